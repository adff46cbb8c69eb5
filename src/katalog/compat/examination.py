"""The whole of the contract, asked in order."""

import ssl
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import msgspec

from katalog.compat.asking import Asking, Line, NoServer, Options
from katalog.compat.credentials import Credentials
from katalog.compat.exchange import Exchange
from katalog.compat.parts.acting import acting
from katalog.compat.parts.authentication import authentication
from katalog.compat.parts.calls import calls
from katalog.compat.parts.directory import directory
from katalog.compat.parts.login import login
from katalog.compat.parts.numbers import numbers
from katalog.compat.parts.whole import whole
from katalog.compat.target import Target


class Result(msgspec.Struct, frozen=True):
    """`lost` is why the rest was not asked, if it was not."""

    lines: tuple[Line, ...]
    requests: int
    wrong: int
    lost: str = ""

    @property
    def holds(self) -> bool:
        return not self.lost and all(line.holds is not False for line in self.lines)


async def examine(
    target: Target,
    credentials: Credentials,
    options: Options,
    trust: ssl.SSLContext | None = None,
    *,
    seconds: float = 10.0,
    now: Callable[[], float] = time.time,
) -> Result:
    """With `trust` over TLS. A server that does not answer is told in the result."""
    asking = Asking(target, credentials, options, partial(Exchange, target, trust, seconds), now)
    lost = ""
    try:
        seen = await directory(asking)
        await numbers(asking, seen.entries)
        await authentication(asking)
        await login(asking)
        await calls(asking, has_entry=seen.has_entry)
        await acting(asking)
        whole(asking)
    except NoServer as error:
        lost = str(error)
    finally:
        await asking.close()
    return Result(tuple(asking.lines), asking.requests, asking.wrong, lost)


def trusting(file: Path | None) -> ssl.SSLContext:
    """What this machine trusts, and the certificate in `file` besides. Raises OSError if it cannot be read."""
    context = ssl.create_default_context()
    if file is not None:
        context.load_verify_locations(file)
    return context
