"""Reads iCalendar files in a process of its own.

A large file takes seconds, and a rule can be made to take for ever or to fill the memory: calls and readers are not to
wait for it. The process has a limit of time and of memory, ends with its parent, and writes nothing but its answers.
"""

import asyncio
import os
import resource
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

import katalog
from katalog.domain.absence import Period
from katalog.domain.feed import NotACalendar
from katalog.domain.presence import Busy

SECONDS = 30
MEMORY = 2 << 30
_LENGTH = 8


class Question(msgspec.Struct, frozen=True):
    """The arguments of `ical.busy_times`, the zone by its name."""

    data: bytes
    window: Period
    zone: str
    words: dict[str, str]
    usual: str
    owner: str


class Answer(msgspec.Struct, frozen=True):
    """Either what was found, or why nothing can be read."""

    busy: tuple[Busy, ...] = ()
    sv: str = ""
    en: str = ""


class Reading:
    """The process is started with the first question, and again after one that it did not survive."""

    def __init__(self, seconds: int = SECONDS) -> None:
        self._seconds = seconds
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def busy_times(self, question: Question) -> tuple[Busy, ...]:
        """One question at a time. Raises NotACalendar, also if the process does not survive it."""
        async with self._turn:
            try:
                answer = await self._ask(msgspec.msgpack.encode(question))
            except (asyncio.IncompleteReadError, ConnectionError):
                await self._end()
                raise NotACalendar(
                    "Kalendern tar för lång tid att läsa.", "The calendar takes too long to read."
                ) from None
            except BaseException:
                # An answer that nobody waited for must not be taken for the next one.
                await self._end()
                raise
        if answer.en:
            raise NotACalendar(answer.sv, answer.en)
        return answer.busy

    async def _ask(self, question: bytes) -> Answer:
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                __name__,
                str(self._seconds),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=_environment(),
            )
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None  # noqa: S101
        assert stdout is not None  # noqa: S101
        stdin.write(len(question).to_bytes(_LENGTH) + question)
        await stdin.drain()
        length = int.from_bytes(await stdout.readexactly(_LENGTH))
        return msgspec.msgpack.decode(await stdout.readexactly(length), type=Answer)

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            with suppress(ProcessLookupError):
                process.kill()
            # Also reads what is left, so that no pipe stays open.
            await process.communicate()


def _environment() -> dict[str, str]:
    """None of our secrets, which may be in variables."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TZDIR") if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(katalog.__file__).parent.parent)}


def _answer(encoded: bytes) -> Answer:
    from katalog.domain import ical  # slow to import, and for this process alone

    question = msgspec.msgpack.decode(encoded, type=Question)
    try:
        found = ical.busy_times(
            question.data, question.window, ZoneInfo(question.zone), question.words, question.usual, question.owner
        )
    except NotACalendar as error:
        return Answer(sv=error.sv, en=error.en)
    return Answer(tuple(found))


def main(seconds: int) -> None:
    """Answers questions on standard input until it ends. What takes longer than `seconds` ends the process."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while length := source.read(_LENGTH):
        question = source.read(int.from_bytes(length))
        signal.alarm(seconds)
        answer = msgspec.msgpack.encode(_answer(question))
        signal.alarm(0)
        sink.write(len(answer).to_bytes(_LENGTH) + answer)
        sink.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
