"""Recordings over HTTP: who may listen, what is sent, and what is told of them in the call log."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from katalog.domain.account import Role
from katalog.domain.call import Direction
from katalog.domain.events import LegsChanged, RecordingsChanged, RecordingsRead
from katalog.domain.recording import Heard, Recorded
from katalog.errors import StoreError
from katalog.recordings import recorder, sounds
from katalog.recordings.folder import Folder
from katalog.settings import Pbx, Recordings
from katalog.store import recordings as store
from tests.api.scripted import Scripted
from tests.installation import Installation, basic, bearer
from tests.sound import header, seconds_of_mp3, wav, write

IN, OUT = Direction.IN, Direction.OUT
NOW = 1_790_000_000.0
PREFIX = "/var/spool/asterisk/monitor"


class Office:
    """Anna has 101, Bengt 102; what is recorded on a channel is told as Asterisk's connector tells it."""

    def __init__(self, installation: Installation, pbx: Scripted, folder: Path) -> None:
        self.installation = installation
        self.pbx = pbx
        self.folder = folder
        self._count = 0

    async def record(
        self,
        *heard: tuple[str, str],
        file: str = "",
        channel: str = "",
        seconds: float | None = 1.0,
        began: float = NOW - 50,
    ) -> str:
        """A recording that is over: legs and the extensions whose they are; gives its channel."""
        self._count += 1
        channel, file = channel or f"channel.{self._count}", file or f"2026/{self._count}.wav"
        emit = await self.pbx.live()
        legs = tuple(Heard(leg, f"PJSIP/{extension}") for leg, extension in heard)
        emit(RecordingsChanged("växel", (Recorded(channel, f"{PREFIX}/{file}", began, legs),)))
        if seconds is not None:
            write(self.folder / file, wav(seconds))
        emit(RecordingsChanged("växel", ended=(channel,)))
        return channel

    async def call(self, extension: str = "101", *, party: str = "0701740605", direction: Direction = IN) -> str:
        return await self.pbx.call(extension, direction, party, began=NOW - 60, answered=NOW - 50, ended=NOW - 10)

    async def ids(self, login: str = "anna", folder: str = "incoming") -> list[str | None]:
        """The `recordingId` of each call of a list."""
        response = await self.get("/api/calls?withRecordings=1", login)
        return [call["recordingId"] for call in response.json()[folder]]

    async def found(self, login: str = "anna") -> list[str]:
        """The same, when each call has one; a busy machine may take longer than a reader has patience."""
        async with asyncio.timeout(5):
            while None in (ids := await self.ids(login)):
                pass
        return [id_ for id_ in ids if id_ is not None]

    async def listed(self, count: int) -> None:
        """Until so many calls are in the list: a server that has just started may not write the log yet."""
        async with asyncio.timeout(5):
            while len(await self.ids()) != count:
                pass

    async def heard(self, count: int) -> dict[str, Any]:
        """The record of Anna's one call, when so many recordings of it can be listened to."""
        async with asyncio.timeout(5):
            while True:
                (record,) = (await self.get("/api/call-records")).json()["records"]
                if len(record["recordings"]) == count:
                    return dict(record)

    async def recorded(self, **options: float | None) -> str:
        """A call of Anna's that was recorded: the id of its recording."""
        leg = await self.call()
        await self.record((leg, "101"), **options)  # type: ignore[arg-type]
        (id_,) = await self.found()
        return id_

    async def get(self, path: str, login: str = "anna", **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.installation.client.get(path, headers=basic(login) | named)

    async def listen(self, id_: str, login: str = "anna", **headers: str) -> httpx.Response:
        return await self.get(f"/api/recordings/{id_}", login, **headers)

    async def played(self) -> list[dict[str, object]]:
        rows = (await self.get("/api/audit", "chefen")).json()["audit"]
        return [row for row in rows if row["action"] == "recording.played"]


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    pbx, folder = Scripted(), tmp_path / "monitor"
    folder.mkdir()
    async with Installation.running(
        tmp_path,
        now=NOW,
        connectors=[pbx],
        pbx=[Pbx(name="växel", recordings=str(folder), recordings_prefix=PREFIX)],
        recordings=Recordings(cache=str(tmp_path / "cache"), erase=True),
    ) as installation:
        anna = await installation.add("101", "Anna Andersson")
        bengt = await installation.add("102", "Bengt Bengtsson")
        await installation.add_account("anna", entry=anna)
        await installation.add_account("bengt", entry=bengt)
        await installation.add_account("växeln", role=Role.RECEPTION)
        await installation.add_account("chefen", role=Role.ADMIN)
        await installation.add_account("program", role=Role.SERVICE)
        await pbx.live()
        yield Office(installation, pbx, folder)


async def test_a_recording_is_mp3_as_long_as_the_call_whatever_is_accepted(office: Office) -> None:
    id_ = await office.recorded(seconds=2.0)
    for accept in ("*/*", "application/json", "text/html"):
        response = await office.listen(id_, accept=accept)
        assert response.status_code == 200
        assert response.headers["content-type"] == "audio/mpeg"
        assert response.headers["accept-ranges"] == "bytes"
        assert response.headers["content-length"] == str(len(response.content))
        assert seconds_of_mp3(response.content) == pytest.approx(2.0, rel=0.05, abs=0.1)
    for path in (f"/recordings/{id_}", f"/recordings/{id_}/", f"/api//recordings/{id_}/"):
        assert (await office.get(path)).content == response.content


async def test_it_belongs_to_those_who_are_heard_and_to_no_other_call(office: Office) -> None:
    mine, other, theirs = await office.call("101"), await office.call("101"), await office.call("102")
    assert other
    await office.record((mine, "101"), (theirs, "102"), ("trunk.1", "trunk"))
    async with asyncio.timeout(5):
        while not any(ids := await office.ids("anna")):
            pass
    assert sorted(id_ is None for id_ in ids) == [False, True]
    assert await office.ids("bengt") == [id_ for id_ in ids if id_]
    response = await office.get("/api/calls")
    assert "recordingId" not in response.json()["incoming"][0]


async def test_who_may_listen(office: Office) -> None:
    id_ = await office.recorded()
    status = {
        login: (await office.listen(id_, login)).status_code
        for login in ("anna", "bengt", "växeln", "chefen", "program")
    }
    assert status == {"anna": 200, "bengt": 404, "växeln": 404, "chefen": 200, "program": 200}
    unknown = await office.listen("01a20d67-f5fe-7bda-97f7-b9ad25d8a8bf")
    assert unknown.json() == (await office.listen(id_, "bengt")).json(), "nobody is told that it exists"
    assert unknown.json()["message"]
    assert (await office.installation.client.get(f"/api/recordings/{id_}")).status_code == 401


async def test_a_token_that_may_only_read_may_listen(office: Office) -> None:
    id_ = await office.recorded()
    account = await office.installation.add_account("robot", role=Role.SERVICE)
    token = await office.installation.add_token(account, read_only=True)
    response = await office.installation.client.get(f"/api/recordings/{id_}", headers=bearer(token))
    assert response.status_code == 200


async def test_one_range_is_given_and_what_is_none_that_is_known_gets_all_of_it(office: Office) -> None:
    id_ = await office.recorded()
    whole = (await office.listen(id_)).content
    for wanted, first, last in (("0-99", 0, 99), ("100-", 100, -1), ("-10", -10, -1), ("5-9999999", 5, -1)):
        first, last = first % len(whole), last % len(whole)
        response = await office.listen(id_, range=f"bytes={wanted}")
        assert response.status_code == 206
        assert response.headers["content-range"] == f"bytes {first}-{last}/{len(whole)}"
        assert response.headers["content-length"] == str(last + 1 - first)
        assert response.content == whole[first : last + 1]
    for wanted in ("bytes=0-1,5-6", "frames=0-1", "bytes=", "bytes=9-5", "bytes=a-b"):
        response = await office.listen(id_, range=wanted)
        assert response.status_code == 200, wanted
        assert "content-range" not in response.headers
        assert response.content == whole


async def test_a_range_beyond_the_end_is_refused_with_the_size(office: Office) -> None:
    id_ = await office.recorded()
    size = len((await office.listen(id_)).content)
    for wanted in (f"bytes={size}-", "bytes=-0"):
        response = await office.listen(id_, range=wanted)
        assert response.status_code == 416
        assert response.headers["content-range"] == f"bytes */{size}"
        assert response.json()["type"] == "urn:katalog:error:out-of-range"


async def test_head_and_entity_tags(office: Office) -> None:
    id_ = await office.recorded()
    path = f"/api/recordings/{id_}"
    head = await office.installation.client.head(path, headers=basic("anna"))
    assert (head.status_code, head.content) == (200, b"")
    assert await office.played() == [], "nobody has heard anything yet"
    whole = await office.listen(id_)
    assert head.headers["content-length"] == str(len(whole.content))
    etag = whole.headers["etag"]
    assert (await office.listen(id_, if_none_match=etag)).status_code == 304
    assert (await office.listen(id_, range="bytes=0-9", if_range=etag)).status_code == 206
    for other in ('"other"', f"W/{etag}", "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert (await office.listen(id_, range="bytes=0-9", if_range=other)).status_code == 200


async def test_each_listening_is_in_the_audit_once(office: Office) -> None:
    id_ = await office.recorded()
    for wanted in ("bytes=0-99", "bytes=100-", "bytes=0-"):
        await office.listen(id_, range=wanted)
    await office.listen(id_, "chefen")
    chief, anna = await office.played()
    assert (chief["actor"], anna["actor"]) == ("chefen", "anna")
    assert anna["subject"] == id_
    details = anna["details"]
    assert isinstance(details, dict)
    assert details["extensions"] == ["101"]
    office.installation.advance(601)
    await office.listen(id_)
    assert len(await office.played()) == 3
    await office.listen(id_, "bengt")
    await office.listen(id_, range="bytes=99999999-")
    assert len(await office.played()) == 3, "who was refused has heard nothing"


async def test_records_tell_of_what_one_may_listen_to(office: Office) -> None:
    leg = await office.call()
    for seconds, file in ((1.0, "a.wav"), (3.0, "b.wav"), (2.0, "c.wav")):
        await office.record((leg, "101"), file=file, channel="channel.1", seconds=seconds, began=NOW - 50 + seconds)
    await office.heard(3)
    (longest,) = await office.found()
    for login in ("anna", "chefen"):
        (record,) = (await office.get("/api/call-records", login)).json()["records"]
        assert record["recordingId"] == longest
        first, third, second = record["recordings"]
        assert third != longest
        assert second == longest
        assert first != longest
    (record,) = (await office.get("/api/call-records", "växeln")).json()["records"]
    assert (record["recordingId"], record["recordings"]) == (None, [])


async def test_what_has_no_sound_or_another_kind_of_it_is_none(office: Office) -> None:
    old = time.time() - 100
    contents = {
        "unanswered": header(0), "empty": b"", "short": b"RIFF", "gsm": header(0, kind=49) + b"x" * 100,
        "bits": header(100, bits=8) + b"x" * 100, "mp3": b"ID3" + b"x" * 100,
        "rate": header(100, rate=7000) + b"x" * 100, "far": header(0)[:36] + b"LIST\xff\xff\xff\x00" + b"x" * 70_000,
    }  # fmt: skip
    with capture_logs() as logs:
        for name, content in contents.items():
            os.utime(write(office.folder / f"{name}.wav", content), (old, old))
            await office.record((await office.call(), "101"), file=f"{name}.wav", seconds=None)
        async with asyncio.timeout(5):
            while len(refused := [line["reason"] for line in logs if line["event"] == "recording.refused"]) < 5:
                await asyncio.sleep(0.02)
        assert await office.ids() == [None] * len(contents)
    assert sorted(refused) == [
        "1 channels of 7000 Hz", "encoding 1 with 8 bits, not PCM with 16", "encoding 49 with 16 bits, not PCM with 16",
        "no WAV file", "no sound within its head",
    ]  # fmt: skip


@pytest.mark.alone  # how long a reader is kept waiting is measured
async def test_a_file_that_is_whole_only_later_is_found_then(office: Office) -> None:
    leg = await office.call()
    sound = wav(1.0)
    path = write(office.folder / "a.wav", header(0) + sound[44:])
    await office.record((leg, "101"), file="a.wav", seconds=None)
    began = time.monotonic()
    assert await office.ids() == [None]
    assert time.monotonic() - began < 2
    path.write_bytes(sound)
    async with asyncio.timeout(10):
        while await office.ids() == [None]:
            await asyncio.sleep(0.05)


async def test_one_that_its_asterisk_has_left_unfinished_is_taken_as_it_is(office: Office) -> None:
    leg = await office.call()
    path = write(office.folder / "a.wav", header(0) + wav(1.5)[44:])
    old = time.time() - 100
    os.utime(path, (old, old))
    await office.record((leg, "101"), file="a.wav", seconds=None)
    (id_,) = await office.found()
    assert seconds_of_mp3((await office.listen(id_)).content) == pytest.approx(1.5, rel=0.05, abs=0.1)


async def test_one_that_is_being_written_anew_is_for_later(office: Office) -> None:
    id_ = await office.recorded()
    write(office.folder / "2026/1.wav", header(0) + b"x" * 8000)
    response = await office.listen(id_)
    assert response.status_code == 503
    assert response.headers["retry-after"]
    assert "skrivs" in response.json()["message"]


async def test_a_file_that_is_gone_is_404_though_it_was_listened_to(office: Office) -> None:
    id_ = await office.recorded()
    assert (await office.listen(id_)).status_code == 200
    (office.folder / "2026/1.wav").unlink()
    assert (await office.listen(id_)).status_code == 404
    assert list((office.folder.parent / "cache").iterdir()) == []


async def test_nothing_outside_of_the_folder_is_read(office: Office) -> None:
    outside = office.folder.parent / "outside"
    for path in (office.folder.parent / "secret.wav", outside / "secret.wav"):
        write(path, wav(1.0))
    (office.folder / "link.wav").symlink_to(outside / "secret.wav")
    (office.folder / "folder").symlink_to(outside)
    (office.folder / "dir").mkdir()
    os.mkfifo(office.folder / "pipe")
    files = ("../secret.wav", "2026/../../secret.wav", "link.wav", "folder/secret.wav", "dir", "pipe", "missing.wav")
    for file in files:
        await office.record((await office.call(), "101"), file=file, seconds=None)
    assert await office.ids() == [None] * len(files)
    async with asyncio.timeout(5):
        changed = 0
        while changed < len(files) - 2:  # that are kept by now
            async with office.installation.app.database.aside() as connection:
                changed = (await connection.exec_driver_sql("UPDATE recording SET seconds = 1")).rowcount
    ids = [id_ for id_ in await office.ids() if id_]
    assert len(ids) == len(files) - 2, "what leads out by its name is not even kept"
    assert {(await office.listen(id_)).status_code for id_ in ids} == {404}, (
        "nor is it where it was thought to be there"
    )


async def test_a_link_within_the_folder_is_followed_and_one_that_leaves_later_is_not(office: Office) -> None:
    write(office.folder / "real/a.wav", wav(1.0))
    (office.folder / "a.wav").symlink_to(office.folder / "real/a.wav")
    leg = await office.call()
    await office.record((leg, "101"), file="a.wav", seconds=None)
    (id_,) = await office.found()
    assert (await office.listen(id_)).status_code == 200
    secret = write(office.folder.parent / "secret.wav", wav(1.0))
    (office.folder / "a.wav").unlink()
    (office.folder / "a.wav").symlink_to(secret)
    assert (await office.listen(id_)).status_code == 404


async def test_a_path_elsewhere_is_told_once(office: Office) -> None:
    leg = await office.call()
    emit = await office.pbx.live()
    with capture_logs() as logs:
        for name in ("a", "b"):
            recorded = Recorded(name, f"/elsewhere/{name}.wav", NOW, (Heard(leg, "PJSIP/101"),))
            emit(RecordingsChanged("växel", (recorded,)))
    assert [(line["event"], line["folder"]) for line in logs] == [("recording.outside", "/elsewhere")]
    assert await office.ids() == [None]


async def test_many_who_want_it_at_once_have_it_made_once(office: Office) -> None:
    id_ = await office.recorded(seconds=5.0)
    answers = await asyncio.gather(*(office.listen(id_, login) for login in ("anna", "chefen", "program") * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert office.installation.app._sounds.results == {"ok": 1}
    await office.listen(id_)
    assert office.installation.app._sounds.results == {"ok": 1}


async def test_a_disk_that_is_full_is_an_inner_fault_and_leaves_nothing(office: Office) -> None:
    id_ = await office.recorded()
    write(office.folder.parent / "cache", b"a file, where the folder should be")
    with capture_logs() as logs:
        response = await office.listen(id_)
    assert response.status_code == 503
    assert "recording.failed" in [line["event"] for line in logs]
    assert await office.played() == []


@pytest.mark.alone
async def test_while_one_is_made_everybody_else_is_answered(office: Office) -> None:
    minute = wav(60.0)
    leg = await office.call()
    write(office.folder / "long.wav", header(10 * (len(minute) - 44)) + minute[44:] * 10)
    await office.record((leg, "101"), file="long.wav", seconds=None)
    (id_,) = await office.found()
    await office.get("/api/extensions")
    making = asyncio.create_task(office.listen(id_))
    slowest, answered = 0.0, 0
    while not making.done():
        began = time.perf_counter()
        assert (await office.get("/api/extensions")).status_code == 200
        slowest, answered = max(slowest, time.perf_counter() - began), answered + 1
        await asyncio.sleep(0.005)
    assert seconds_of_mp3((await making).content) == pytest.approx(600, rel=0.05)
    assert answered > 10
    assert slowest < 0.1


async def test_who_comes_when_too_many_are_made_is_told_to_come_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await office.recorded()
    monkeypatch.setattr(sounds, "MOST", 0)
    response = await office.listen(id_)
    assert (response.status_code, response.headers["retry-after"]) == (503, "5")


async def test_a_folder_that_does_not_answer_holds_nobody_for_long(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_ = await office.recorded()
    monkeypatch.setattr(sounds, "LIMIT", 0.05)
    monkeypatch.setattr(Folder, "open", lambda *_: time.sleep(0.3))
    with capture_logs() as logs:
        assert (await office.listen(id_)).status_code == 503
    assert [line["reason"] for line in logs if line["event"] == "recording.failed"] == ["no answer"]


async def test_what_is_told_while_the_database_is_away_is_kept_when_it_is_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    leg = await office.call()
    assert await office.ids() == [None]
    put, calls = store.put, 0

    async def away(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise StoreError("away")
        await put(*arguments)

    monkeypatch.setattr(recorder, "AFTER_FAULT", 0.05)
    monkeypatch.setattr(store, "put", away)
    await office.record((leg, "101"))
    assert len(await office.found()) == 1
    assert calls == 2


async def test_a_file_that_never_comes_is_told_after_an_hour(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "FIRST", 0.2)
    await office.record((await office.call(), "101"), seconds=None)
    with capture_logs() as logs:
        assert await office.ids() == [None]
        office.installation.advance(3601)
        async with asyncio.timeout(15):
            while "recording.missing" not in [line["event"] for line in logs]:
                await asyncio.sleep(0.02)
    assert not any("wav" in str(line) for line in logs), "names of files have people's numbers in them"


# -- how long ---------------------------------------------------------------------------------------------


async def forget(office: Office) -> None:
    await office.installation.app._retention.forget(office.installation.organisation)


async def test_it_goes_with_the_last_call_that_it_is_of_and_so_do_its_files(office: Office) -> None:
    mine, theirs = await office.call("101"), await office.call("102")
    await office.record((mine, "101"), (theirs, "102"))
    (id_,) = await office.found()
    assert (await office.listen(id_)).status_code == 200
    office.installation.advance(3600)
    for extension, status in (("101", 200), ("102", 404)):
        entry = office.installation.app.home.find(extension, hidden=True)
        assert entry is not None
        path = f"/api/entries/{entry.id}"
        assert (await office.installation.client.delete(path, headers=basic("chefen"))).status_code == 200
        assert (await office.listen(id_, "chefen")).status_code == status
        await forget(office)
        assert (office.folder / "2026/1.wav").exists() == (status == 200)
        assert bool(list((office.folder.parent / "cache").iterdir())) == (status == 200)


async def test_it_is_kept_while_the_call_goes_on(office: Office) -> None:
    leg = await office.pbx.call("101", IN, "070", began=NOW - 60, answered=NOW - 50)
    await office.record((leg, "101"))
    office.installation.advance(7200)
    await forget(office)
    assert (office.folder / "2026/1.wav").exists()
    emit = await office.pbx.live()
    emit(LegsChanged("växel", (), (leg,)))
    assert len(await office.found()) == 1


async def test_after_its_days_it_is_gone_while_the_call_stays(tmp_path: Path) -> None:
    pbx, folder = Scripted(), tmp_path / "monitor"
    async with Installation.running(
        tmp_path,
        now=NOW,
        connectors=[pbx],
        pbx=[Pbx(name="växel", recordings=str(folder), recordings_prefix=PREFIX)],
        recordings=Recordings(cache=str(tmp_path / "cache"), days=30),
    ) as installation:
        await installation.add_account("anna", entry=await installation.add("101", "Anna Andersson"))
        office = Office(installation, pbx, folder)
        id_ = await office.recorded()
        office.installation.advance(29 * 86400)
        await forget(office)
        assert (await office.listen(id_)).status_code == 200
        office.installation.advance(2 * 86400)
        await forget(office)
        assert (await office.listen(id_)).status_code == 404
        assert await office.ids() == [None]
        assert (folder / "2026/1.wav").exists(), "the telephone system's own file is not touched unless it is wanted"


async def test_files_that_may_not_be_erased_are_told_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        await office.record((await office.call(), "101"))
    assert len(await office.found()) == 2

    def refuse(path: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    office.installation.app._retention._days = 1
    office.installation.advance(2 * 86400)
    with capture_logs() as logs:
        await forget(office)
    assert [line["event"] for line in logs] == ["recording.kept"]
    assert await office.ids() == [None, None]


# -- restarts ---------------------------------------------------------------------------------------------


async def test_what_goes_on_over_a_restart_is_one_recording(tmp_path: Path) -> None:
    folder = tmp_path / "monitor"
    sections = {
        "pbx": [Pbx(name="växel", recordings=str(folder), recordings_prefix=PREFIX)],
        "recordings": Recordings(cache=str(tmp_path / "cache")),
    }
    recorded = Recorded("c.1", f"{PREFIX}/a.wav", NOW - 50, (Heard("leg.1", "PJSIP/101"),))
    first = Scripted()
    async with Installation.running(tmp_path, now=NOW, connectors=[first], **sections) as installation:
        await installation.add_account("anna", entry=await installation.add("101", "Anna Andersson"))
        emit = await first.live()
        emit(RecordingsRead("växel", ()))
        emit(RecordingsChanged("växel", (recorded,)))
        other = Recorded("c.2", f"{PREFIX}/b.wav", NOW - 50, (Heard("leg.1", "PJSIP/101"),))
        emit(RecordingsChanged("växel", (other,)))
        await asyncio.sleep(0.05)
    write(folder / "b.wav", wav(0.5))
    second = Scripted()
    async with Installation.running(tmp_path, now=NOW, connectors=[second], **sections) as installation:
        emit = await second.live()
        # Its beginning was not heard by this one; the other has ended meanwhile.
        emit(RecordingsRead("växel", (Recorded("c.1", f"{PREFIX}/a.wav", 0.0, recorded.heard),)))
        write(folder / "a.wav", wav(2.0))
        emit(RecordingsChanged("växel", ended=("c.1",)))
        office = Office(installation, second, folder)
        call = await second.call("101", IN, "070", began=NOW - 60, answered=NOW - 50, ended=NOW - 10)
        assert call
        await office.listed(1)
        async with installation.app.database.aside() as connection:
            await connection.exec_driver_sql("UPDATE call_record SET leg = 'leg.1'")
        record = await office.heard(2)
        assert seconds_of_mp3((await office.listen(record["recordingId"])).content) == pytest.approx(2.0, abs=0.15)
        # What is told of it once more, with its beginning unheard, does not open it again.
        emit(RecordingsRead("växel", (Recorded("c.1", f"{PREFIX}/a.wav", 0.0, recorded.heard),)))
        (again,) = (await office.get("/api/call-records")).json()["records"]
        assert again["recordings"] == record["recordings"]
