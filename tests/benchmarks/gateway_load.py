"""Loads for the gateway: whole requests with all their headers, and what they cost in CPU time."""

import json
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.wrk import CONNECTIONS, LoadFailed

# A line of the file is a whole request, with tabs for its line ends. They are sent in this order.
_SCRIPT = """
local requests, sent = {}, 0
function init(args)
  for line in io.lines(args[1]) do requests[#requests + 1] = (line:gsub("\\t", "\\r\\n")) end
end
function request()
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\\n{"requests": %d, "seconds": %f, "p50": %f, "p99": %f, "refused": %d, "broken": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3,
    latency:percentile(99) / 1e3, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout))
end
"""
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Checks:
    """How one load went. Latencies are in milliseconds; CPU seconds are of 1,000 requests."""

    rate: float
    p50: float
    p99: float
    requests: int
    cpu: float


def raw(path: str, *headers: tuple[str, str]) -> str:
    """A GET request as it goes over the wire, in the form of the script's file."""
    lines = [f"GET {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {v}" for name, v in headers)]
    return "\t".join([*lines, "", ""])


def put(  # noqa: PLR0913 - what is measured is all of these
    program: str,
    port: int,
    requests: Sequence[str],
    seconds: float,
    *,
    pids: tuple[int, ...],
    connections: int = CONNECTIONS,
    refused: bool = False,
    once: bool = False,
) -> Checks:
    """Send `requests` in turn for so long; all of them must pass, or all be `refused`.

    `pids` are the main processes whose CPU counts: the server's, and PostgreSQL's. With `once`,
    running out of requests is a failure. Raises `LoadFailed`.
    """
    with tempfile.TemporaryDirectory() as home:
        script, lines = Path(home, "requests.lua"), Path(home, "requests")
        script.write_text(_SCRIPT)
        lines.write_text("".join(f"{each}\n" for each in requests))
        command = [program, "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
        before = sum(map(_cpu, pids))
        done = subprocess.run(
            [*command, "-s", str(script), f"http://127.0.0.1:{port}/", "--", str(lines)],
            capture_output=True,
            text=True,
            check=True,
        )
        cpu = sum(map(_cpu, pids)) - before
    said = json.loads(done.stdout.strip().splitlines()[-1])
    count = said["requests"]
    if not count or said["broken"] or said["refused"] != (count if refused else 0):
        raise LoadFailed(f"{said} for {requests[0]!r}")
    if once and count + connections > len(requests):
        raise LoadFailed(f"Only {len(requests)} requests for {seconds} s: {requests[0]!r}")
    return Checks(count / said["seconds"], said["p50"], said["p99"], count, cpu / count * 1000)


def answer(port: int, request: str) -> bytes:
    """The bytes of one answer."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request.replace("\t", "\r\n").encode())
        return connection.recv(65536)


def _cpu(pid: int) -> float:
    """CPU seconds of a process, its children and, of those that ended, what it has waited for."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, fields = stat.parent.name, stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        if int(name) == pid:
            ticks += sum(map(int, fields[11:15]))
        elif int(fields[1]) == pid:
            ticks += sum(map(int, fields[11:13]))
    return ticks / _TICKS


@contextmanager
def steadily(port: int, requests: Sequence[str], per_second: int) -> Iterator[list[float]]:
    """Send `requests` in turn, so many a second, meanwhile. Yields a list for the rate achieved."""
    ended, rates = threading.Event(), list[float]()

    def send() -> None:
        start, sent = time.monotonic(), 0
        with socket.create_connection(("127.0.0.1", port)) as connection:
            while not ended.wait(max(start + sent / per_second - time.monotonic(), 0)):
                connection.sendall(requests[sent % len(requests)].replace("\t", "\r\n").encode())
                if not connection.recv(65536).startswith(b"HTTP/1.1 401"):
                    return
                sent += 1
        rates.append(sent / (time.monotonic() - start))

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield rates
    finally:
        ended.set()
        sender.join()
