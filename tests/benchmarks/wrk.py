"""wrk, the load generator: found on PATH or installed, and told which requests to send."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 8

# Each line of the file is a request: method, path, a header's name and value, body. They are sent
# in this order, each once until all were; `done` says in JSON how it went.
_SCRIPT = """
local requests, sent = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    local method, path, name, value, body = line:match("^(.-)\\t(.-)\\t(.-)\\t(.-)\\t(.*)$")
    local headers = {[name] = value}
    if body ~= "" then headers["Content-Type"] = "application/json" else body = nil end
    requests[#requests + 1] = wrk.format(method, path, headers, body)
  end
end
function request()
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format('\\n{"requests": %d, "seconds": %f, "p99": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
    errors.status + errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class LoadFailed(Exception):
    """The load was not what was to be measured. The message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, with the one header that matters."""

    method: str
    path: str
    header: tuple[str, str] = ("Accept", "*/*")
    body: str = ""

    @property
    def line(self) -> str:
        """As the script reads it."""
        return "\t".join((self.method, self.path, *self.header, self.body))


@dataclass(frozen=True, slots=True)
class Load:
    """How one load went: requests a second, and the 99th percentile in milliseconds."""

    rate: float
    p99: float
    requests: int


def find() -> str:
    """The path of wrk; Debian's package is installed where we may. Raises `LoadFailed`."""
    if not shutil.which("wrk") and os.geteuid() == 0 and shutil.which("apt-get"):
        env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["-y", "--no-install-recommends", "install", "wrk"]):
            command = ["apt-get", "-qq", *arguments]
            subprocess.run(command, env=env, stdout=sys.stderr, check=False, timeout=600)
    found = shutil.which("wrk")
    if found is None:
        raise LoadFailed("wrk is needed and was not found on PATH: install it, for example by apt.")
    return found


def put_load(  # noqa: PLR0913 - what is measured is all of these
    wrk: str, port: int, requests: Sequence[Request], seconds: float, *, once: bool = False
) -> Load:
    """Send `requests` in turn for so long. With `once`, more than there are is a failure.

    Raises `LoadFailed` for any answer that is an error: an error is quick.
    """
    with tempfile.TemporaryDirectory() as home:
        script, lines = Path(home, "requests.lua"), Path(home, "requests")
        script.write_text(_SCRIPT)
        lines.write_text("".join(f"{each.line}\n" for each in requests))
        command = [wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", str(script)]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/", "--", str(lines)],
            capture_output=True,
            text=True,
            check=True,
        )
    said = json.loads(done.stdout.strip().splitlines()[-1])
    if said["failed"] or not said["requests"]:
        raise LoadFailed(f"{said['failed']} of {said['requests']} requests failed: {requests[0]}")
    if once and said["requests"] + CONNECTIONS > len(requests):
        raise LoadFailed(f"Only {len(requests)} requests for {seconds} s: {requests[0]}")
    return Load(said["requests"] / said["seconds"], said["p99"], said["requests"])
