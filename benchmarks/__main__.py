"""`python -m benchmarks [name …]`: runs the benchmarks and prints each as a table."""

import os
import platform
import sys
from collections.abc import Callable

from benchmarks import (
    adapter,
    ari,
    calllog,
    calls,
    changing,
    dial,
    growth,
    http,
    memory,
    page,
    profiles,
    push,
    restart,
    search,
    start,
)
from benchmarks.table import Row, begin, show

BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "http": http.measure,
    "changing": changing.measure,
    "ari": ari.measure,
    "adapter": adapter.measure,
    "calls": calls.measure,
    "calllog": calllog.measure,
    "dial": dial.measure,
    "growth": growth.measure,
    "memory": memory.measure,
    "page": page.measure,
    "profiles": profiles.measure,
    "push": push.measure,
    "restart": restart.measure,
    "search": search.measure,
    "start": start.measure,
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(BENCHMARKS)
    if unknown:
        print(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}")
    begin()
    are_met = True
    for name in names or BENCHMARKS:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows = BENCHMARKS[name]()
        show(rows)  # at once: they took minutes, and the next may fail
        are_met = are_met and all(row.is_met for row in rows)
    return 0 if are_met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
