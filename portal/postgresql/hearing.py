"""What this process has heard of its database's server."""


class Hearing:
    """One per process. Connections note when they heard something; the prober judges."""

    silent = False
    """Whether the server has said nothing to anybody for too long. Nobody waits for it then."""
    last = float("-inf")
    """When, by `time.monotonic`, a connection got its last answer."""


hearing = Hearing()
