"""Profiles dialled at telephones: what is done, what is refused, and what is remembered of it."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from katalog.connectors.base import Emit, Finding
from katalog.domain.account import Role
from katalog.domain.entry import Kind
from katalog.domain.events import CLEAR, CodeDialled, LegsRead
from katalog.domain.indication import Indication
from katalog.errors import StoreError
from katalog.settings import Pbx
from tests.installation import Installation, bearer


class Telephones:
    """A telephone system at which somebody dials, and hears the answer."""

    name = "växel"

    def __init__(self) -> None:
        self.emit: Emit | None = None
        self.answers: dict[str, bool] = {}

    async def session(self, emit: Emit) -> None:
        self.emit = emit
        emit(LegsRead(self.name, ()))
        await asyncio.Event().wait()

    async def check(self) -> list[Finding]:
        return []

    def indicate(self, indications: Iterable[Indication]) -> None:
        pass

    def reply(self, call: str, *, done: bool) -> None:
        self.answers[call] = done

    async def dial(self, device: str, code: str, until: str = "") -> bool:
        call = f"1.{len(self.answers)}"
        async with asyncio.timeout(5):
            while self.emit is None:
                await asyncio.sleep(0.01)
            self.emit(CodeDialled(self.name, call, device, code, until))
            while call not in self.answers:
                await asyncio.sleep(0.01)
        return self.answers[call]


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[tuple[Installation, Telephones]]:
    telephones = Telephones()
    async with Installation.running(folder, connectors=[telephones], pbx=[Pbx(name="växel")]) as installation:
        installation.turn_to("2026-11-25 11:30:00")
        await installation.add("08123456", "Anna", devices=("PJSIP/101",))
        await installation.add("102", "Bo")
        await installation.add("103", "Rummet", kind=Kind.ROOM)
        yield installation, telephones


def profile(installation: Installation, extension: str) -> tuple[str, str]:
    entry = installation.app.home.find(extension, hidden=True)
    assert entry is not None
    found = installation.app.home.profile(entry)
    assert found is not None
    return found.name, found.until


async def test_a_code_sets_and_another_clears(tmp_path: Path) -> None:
    async with office(tmp_path) as (installation, telephones):
        assert await telephones.dial("PJSIP/101", "3")
        assert profile(installation, "08123456") == ("Lunch", "2026-11-25 13:00:00")
        assert await telephones.dial("PJSIP/101", "2", "1215")
        assert profile(installation, "08123456") == ("Möte", "2026-11-25 12:15:00")
        assert await telephones.dial("PJSIP/101", "4", "1201")
        assert profile(installation, "08123456") == ("Tjänsteresa", "2026-12-01 23:59:59")
        assert await telephones.dial("PJSIP/101", "4")
        assert profile(installation, "08123456") == ("Tjänsteresa", "0000-00-00 00:00:00")
        assert profile(installation, "102")[0] == "Tillgänglig"
        assert await telephones.dial("PJSIP/102", "0")
        assert await telephones.dial("PJSIP/101", CLEAR)
        assert profile(installation, "08123456")[0] == "Tillgänglig"


@pytest.mark.parametrize(
    ("device", "code", "until"),
    [
        ("PJSIP/999", "3", ""),
        ("PJSIP/103", "3", ""),
        ("PJSIP/101", "77", ""),
        ("PJSIP/101", "none", ""),
        ("PJSIP/101", "", "1300"),
        ("PJSIP/101", "3", "2460"),
        ("PJSIP/101", "3", "130"),
        ("PJSIP/101", "3", "1300*1400"),
        ("PJSIP/101", "4", "20200101"),
        ("PJSIP/101", "4", "0230"),
        ("PJSIP/101", CLEAR, "1300"),
    ],
)
async def test_what_is_wrong_is_answered_as_wrong_and_changes_nothing(
    tmp_path: Path, device: str, code: str, until: str
) -> None:
    async with office(tmp_path) as (installation, telephones):
        assert await telephones.dial("PJSIP/101", "1")
        assert not await telephones.dial(device, code, until)
        assert profile(installation, "08123456") == ("Upptagen", "2026-11-25 12:30:00")


async def test_the_history_tells_at_which_telephone(tmp_path: Path) -> None:
    async with office(tmp_path) as (installation, telephones):
        assert await telephones.dial("PJSIP/101", "3", "1215")
        assert await telephones.dial("PJSIP/101", CLEAR)
        chef = bearer(await installation.add_token(await installation.add_account("chef", role=Role.ADMIN)))
        anna = installation.app.home.find("08123456", hidden=True)
        assert anna is not None
        answer = await installation.client.get(f"/api/entries/{anna.id}/profile/history", headers=chef)
        rows = [(row["action"], row["actor"], row["origin"], row["details"]) for row in answer.json()["audit"]]
        assert rows == [
            ("profile.cleared", "PJSIP/101", "växel", {}),
            (
                "profile.set", "PJSIP/101", "växel",
                {"profile": "lunch", "until": "2026-11-25 12:15:00", "message": None},
            ),
        ]  # fmt: skip


async def test_a_database_that_is_away_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with office(tmp_path) as (installation, telephones):

        def away(*_: object) -> None:
            raise StoreError("gone")

        monkeypatch.setattr(installation.app.database, "write", away)
        assert not await telephones.dial("PJSIP/101", "3")
        monkeypatch.undo()
        assert await telephones.dial("PJSIP/101", "3")
