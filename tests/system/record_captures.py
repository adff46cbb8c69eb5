"""Records what Asterisk says of every flow: the words that the connector's unit tests replay.

    python -m tests.system.record_captures [FLOW …]      writes tests/captures/asterisk-<major>/<flow>.{ami,json}

The `.ami` is every byte that a manager session of the least rights gets, from the banner on. It asks for
`CoreShowChannels` while calls are up and at the end, and for `Ping` at the other checkpoints; the ActionID of each
answer is the checkpoint's name. The `.json` is what the flow says must be shown at each of them, in their order.
"""

import asyncio
import json
import re
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from tests.system.asterisk.root import SUITES
from tests.system.asterisk.server import Manager
from tests.system.checkpoint import Checkpoint
from tests.system.flows import FLOWS, play
from tests.system.office import Office
from tests.system.truth import Truth

FOLDER = Path(__file__).parent.parent / "captures"

SILENCE = 0.05
"""Seconds without a word until a session has said all that it has to say of a settled state."""

LIMIT = 15.0


class Recorder:
    """One manager session that keeps what it hears, byte for byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heard = b""
        self._reader = reader
        self._writer = writer
        self._news = asyncio.Event()
        self._task = asyncio.create_task(self._listen())

    @classmethod
    async def connect(cls, manager: Manager) -> Self:
        recorder = cls(*await asyncio.open_connection(manager.host, manager.port))
        try:
            # Nothing comes before the banner has gone out.
            await recorder._until(rb"\r\n")
            await recorder.ask("Login", "login", Username=manager.user, Secret=manager.secret, Events="call,system")
            await recorder._until(rb"Event: FullyBooted\r\n(.+\r\n)+\r\n")
        except BaseException:
            await recorder.close()
            raise
        return recorder

    async def ask(self, action: str, number: str, **fields: str) -> None:
        """Until the answer, or the last item of it, has come."""
        lines = [f"Action: {action}", f"ActionID: {number}", *(f"{key}: {value}" for key, value in fields.items())]
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        own = rb"ActionID: " + re.escape(number.encode()) + rb"\r\n"
        ends = rb"EventList: Complete" if action == "CoreShowChannels" else rb"(Message|Ping): "
        await self._until(own + rb"(.+\r\n)*" + ends + rb".*\r\n(.+\r\n)*\r\n")

    async def silence(self) -> None:
        while True:
            self._news.clear()
            try:
                async with asyncio.timeout(SILENCE):
                    await self._news.wait()
            except TimeoutError:
                return

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def _until(self, pattern: bytes) -> None:
        async with asyncio.timeout(LIMIT):
            while re.search(pattern, self.heard) is None:
                self._news.clear()
                await self._news.wait()

    async def _listen(self) -> None:
        while data := await self._reader.read(65536):
            self.heard += data
            self._news.set()


class Recording(NamedTuple):
    """What was heard during a flow, and what the flow said must be shown."""

    heard: bytes
    expected: Sequence[Mapping[str, object]]

    def write(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.ami").write_bytes(self.heard)
        text = "[\n" + ",\n".join(json.dumps(one, ensure_ascii=False) for one in self.expected) + "\n]\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


async def record(office: Office, name: str) -> Recording:
    recorder = await Recorder.connect(office.pbx.manager("katalog"))
    truth = Truth(office.observer)
    expected: list[Mapping[str, object]] = []

    async def at(checkpoint: Checkpoint) -> None:
        await truth.agrees(checkpoint)
        if checkpoint.name == "gone":
            await office.empty()
        await recorder.silence()
        talking = any(line.linestatus == "up" for lines in checkpoint.lines.values() for line in lines)
        await recorder.ask("CoreShowChannels" if talking or checkpoint.name == "gone" else "Ping", checkpoint.name)
        shown = {device: [list(line) for line in lines] for device, lines in checkpoint.lines.items()}
        expected.append({"checkpoint": checkpoint.name, "shown": shown})

    try:
        await play(name, office, at)
    finally:
        await recorder.close()
    return Recording(recorder.heard, expected)


async def record_all(version: str, names: Sequence[str]) -> None:
    folder = FOLDER / f"asterisk-{version}"
    async with Office(version) as office:
        for name in names:
            (await record(office, name)).write(folder, name)
    print(f"{len(names)} flows of Asterisk {version} in {folder}", flush=True)


def main(names: Sequence[str]) -> None:
    unknown = sorted(set(names) - FLOWS.keys())
    if unknown:
        sys.exit(f"no such flow: {', '.join(unknown)}; there are: {', '.join(sorted(FLOWS))}")
    for stale in FOLDER.glob("asterisk-*/*"):
        if stale.stem not in FLOWS:
            stale.unlink()
    for version in SUITES:
        asyncio.run(record_all(version, names or sorted(FLOWS)))


if __name__ == "__main__":
    main(sys.argv[1:])
