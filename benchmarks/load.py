"""Load by wrk, from a process of its own, on loopback, bounded in time."""

import re
import shutil
import subprocess

CONNECTIONS, SECONDS = 32, 3


def requests_per_second(url: str, headers: dict[str, str] | None = None) -> float:
    """One run. Raises RuntimeError if any answer was not 2xx, or wrk is missing."""
    if shutil.which("wrk") is None:
        raise RuntimeError("wrk is missing: apt-get install wrk")
    options = [option for name, value in (headers or {}).items() for option in ("-H", f"{name}: {value}")]
    result = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", *options, url],
        capture_output=True, text=True, check=True, timeout=SECONDS + 30,
    )  # fmt: skip
    if "Non-2xx" in result.stdout or "Socket errors" in result.stdout:
        raise RuntimeError(result.stdout)
    found = re.search(r"Requests/sec:\s*([\d.]+)", result.stdout)
    if found is None:
        raise RuntimeError(result.stdout)
    return float(found[1])
