"""Which extension shows what, when it changes, and when it ends by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from katalog.connectors.base import Emit, Finding
from katalog.domain.device import DevicePattern
from katalog.domain.entry import Entry, Kind
from katalog.domain.events import DndRead, EntriesChanged, PresencesChanged
from katalog.domain.indication import AWAY, DND, Indication
from katalog.domain.presence import Hand
from katalog.indications import Indications
from katalog.live.directory import Directory
from katalog.settings import DEFAULT_PATTERN, Pbx
from tests.installation import Installation
from tests.live import directories

ANNA = Entry("1", "08123456", "Anna", devices=("PJSIP/101", "filial:SIP/9201"))
BO = Entry("2", "102", "Bo", numbers=("+46102",))
ROOM = Entry("3", "103", "Rummet", kind=Kind.ROOM)
HIDDEN = Entry("4", "104", "Dolda", hidden=True)


class Telephones:
    """Remembers what is shown, as a telephone system does."""

    def __init__(self) -> None:
        self.shown: dict[str, Indication] = {}
        self.told = 0

    def indicate(self, indications: Iterable[Indication]) -> None:
        for indication in indications:
            self.told += 1
            self.shown[indication.extension] = indication

    def reply(self, call: str, *, done: bool) -> None:
        raise AssertionError(call)

    @property
    def absent(self) -> set[str]:
        return {extension for extension, indication in self.shown.items() if indication.absent}


@asynccontextmanager
async def indicated(directory: Directory, now: list[float] | None = None) -> AsyncIterator[dict[str, Telephones]]:
    telephones = {name: Telephones() for name in directories.PATTERNS}
    clock = (lambda: now[0]) if now else time.time
    indications = Indications(directory, telephones, clock)
    await indications.begin()
    task = asyncio.create_task(indications.run())
    try:
        yield telephones
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_extension_is_that_of_the_telephone_and_not_the_number_of_the_company() -> None:
    now = [1_790_000_000.0]
    directory = directories.directory(ANNA, BO, ROOM, HIDDEN, now=now)
    directory.apply(PresencesChanged((Hand("1", "meeting", now[0], now[0] + 60, "Ring  inte\n nu"),)))
    async with indicated(directory, now) as telephones:
        växel, filial = telephones["växel"], telephones["filial"]
        assert växel.shown["101"] == Indication("101", True, AWAY, "Möte", "till 2026-09-21 16:14. Ring inte nu")
        assert filial.absent == {"201"}
        assert set(växel.shown) == {"101", "102", "+46102", "103", "104"}
        # A room shows nothing; of whoever is hidden telephones show no words.
        directory.apply(
            PresencesChanged((Hand("3", "ill", now[0]), Hand("4", "ill", now[0]), Hand("2", "home", now[0])))
        )
        await settle()
        assert växel.absent == {"101", "104"}
        assert växel.shown["103"] == Indication("103")
        assert växel.shown["104"] == Indication("104", True, AWAY)
        assert växel.shown["102"].name == "Arbetar hemma"


async def test_a_number_that_is_no_longer_somebodys_shows_nothing_of_them() -> None:
    now = [1_790_000_000.0]
    directory = directories.directory(ANNA, BO, now=now)
    directory.apply(PresencesChanged((Hand("1", "ill", now[0]), Hand("2", "ill", now[0]))))
    async with indicated(directory, now) as telephones:
        directory.apply(EntriesChanged((msgspec.structs.replace(ANNA, devices=("PJSIP/111",)),)))
        await settle()
        assert telephones["växel"].absent == {"111", "102", "+46102"}
        assert telephones["filial"].absent == {"102", "+46102"}
        directory.apply(EntriesChanged(removed=("2",)))
        await settle()
        assert telephones["växel"].absent == {"111"}
        assert telephones["filial"].absent == set()


async def test_of_several_with_one_telephone_it_is_the_one_whom_the_number_means() -> None:
    now = [1_790_000_000.0]
    first, second = (Entry(id_, f"08{id_}", name, devices=("PJSIP/101",)) for id_, name in (("1", "A"), ("2", "B")))
    directory = directories.directory(first, second, now=now)
    async with indicated(directory, now) as telephones:
        directory.apply(PresencesChanged((Hand("2", "ill", now[0]),)))
        await settle()
        assert telephones["växel"].absent == set()
        directory.apply(PresencesChanged((Hand("1", "ill", now[0]),)))
        await settle()
        assert telephones["växel"].absent == {"101"}


async def test_do_not_disturb_at_the_telephone_lights_and_asks_for_nothing() -> None:
    now = [1_790_000_000.0]
    directory = directories.directory(ANNA, BO, now=now)
    async with indicated(directory, now) as telephones:
        directory.apply(DndRead("växel", frozenset({"101", "888"})))
        await settle()
        assert telephones["växel"].shown["101"] == Indication("101", True, DND, "Stör ej")
        directory.apply(PresencesChanged((Hand("2", "busy", now[0]),)))
        await settle()
        assert telephones["växel"].shown["102"].dnd
        directory.apply(DndRead("växel", frozenset()))
        await settle()
        assert telephones["växel"].absent == {"102", "+46102"}


async def test_what_does_not_concern_profiles_tells_no_telephone() -> None:
    now = [1_790_000_000.0]
    directory = directories.directory(ANNA, BO, now=now)
    async with indicated(directory, now) as telephones:
        before = telephones["växel"].told
        directories.read(directory, directories.leg("1.1", "PJSIP/101"))
        directories.tell(directory, ended=("1.1",))
        await settle()
        assert telephones["växel"].told == before


@pytest.mark.alone
async def test_ten_thousand_ends_in_one_second_are_told_within_one_second() -> None:
    """With the real clock, and nobody who asks."""
    people = [Entry(str(number), str(number), "A", devices=(f"PJSIP/{number}",)) for number in range(10_000, 20_000)]
    directory = Directory("SE", directories.presences(), {"växel": DevicePattern(DEFAULT_PATTERN)})
    directory.apply(EntriesChanged(tuple(people)))
    end = time.time() + 3.0
    directory.apply(PresencesChanged(tuple(Hand(person.id, "meeting", end - 60, end) for person in people)))
    async with indicated(directory) as telephones:
        assert len(telephones["växel"].absent) == 10_000
        assert time.time() < end, "this machine is too slow to begin in time"
        await asyncio.sleep(max(0.0, end - time.time()))
        while telephones["växel"].absent:
            assert time.time() < end + 1.0, len(telephones["växel"].absent)
            await asyncio.sleep(0.01)
        print(f"told after {(time.time() - end) * 1000:.0f} ms")


class Connected:
    """A telephone system of which only matters whether it has been connected."""

    name = "växel"

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def session(self, emit: Emit) -> None:
        self.begun.set()
        await asyncio.sleep(60)

    async def check(self) -> list[Finding]:
        return []


async def test_readers_do_not_wait_until_it_is_known_what_telephones_show_and_telephone_systems_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = asyncio.Event()

    async def begin(_: Indications) -> None:
        await known.wait()

    monkeypatch.setattr(Indications, "begin", begin)
    pbx = Connected()
    async with Installation.running(tmp_path, connectors=[pbx], pbx=[Pbx(name="växel")]) as installation:
        assert (await installation.client.get("/readyz")).status_code == 200
        await settle()
        assert not pbx.begun.is_set()
        known.set()
        await asyncio.wait_for(pbx.begun.wait(), 5)
