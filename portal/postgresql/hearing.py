"""What this process has heard of its database's server."""


class Hearing:
    """One per process. Connections note when they heard something; the prober judges."""

    silent = False
    """Whether the server has said nothing to anybody for too long. Nobody waits for it then."""
    silences = 0
    """How often that began. By the number, a thread that looks now and then also sees a
    hang that is over: after a failover another host answers, but the one waited for never will."""
    last = float("-inf")
    """When, by `time.monotonic`, a connection got its last answer."""


hearing = Hearing()
