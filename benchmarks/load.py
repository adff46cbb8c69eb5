"""Load by wrk, from a process of its own, on loopback, bounded in time."""

import re
import shutil
import subprocess

import msgspec

CONNECTIONS, SECONDS = 32, 3

_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


class Load(msgspec.Struct, frozen=True):
    """What one run of it gave: requests a second, and the milliseconds in which 99 of 100 were answered."""

    rate: float
    p99: float


def requests_per_second(url: str, headers: dict[str, str] | None = None, connections: int = CONNECTIONS) -> float:
    """One run, as `load`."""
    return load(url, headers, connections).rate


def load(url: str, headers: dict[str, str] | None = None, connections: int = CONNECTIONS) -> Load:
    """One run. Raises RuntimeError if any answer was neither 2xx nor 3xx, or wrk is missing."""
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is missing: apt-get install wrk")
    options = [option for name, value in (headers or {}).items() for option in ("-H", f"{name}: {value}")]
    result = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *options, url],
        capture_output=True, text=True, check=True, timeout=SECONDS + 30,
    )  # fmt: skip
    if "Non-2xx" in result.stdout or "Socket errors" in result.stdout:
        raise RuntimeError(result.stdout)
    rate = re.search(r"Requests/sec:\s*([\d.]+)", result.stdout)
    p99 = re.search(r"99%\s*([\d.]+)(us|ms|s)", result.stdout)
    if rate is None or p99 is None:
        raise RuntimeError(result.stdout)
    return Load(float(rate[1]), float(p99[1]) * _MILLISECONDS[p99[2]])
