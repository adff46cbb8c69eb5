"""What happens in the directory reaches a receiver over HTTP: what, to whom, in which order, and when it fails."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web

from katalog.connectors.base import Emit, Finding
from katalog.domain.account import Role
from katalog.domain.call import Direction, Leg, LineStatus
from katalog.domain.entry import Entry
from katalog.domain.events import LegsChanged, LegsRead, LegsWithdrawn, LinkLost
from katalog.domain.identifier import new_id
from katalog.domain.webhook import TOPICS
from katalog.errors import StoreError
from katalog.settings import Pbx, Webhooks
from katalog.store import alone, deliveries, entries, told
from katalog.store.database import Database
from katalog.webhooks import office as module
from tests.installation import ACTOR, Installation, bearer
from tests.webhooks.receiver import Receiver, Told, signed_by

RINGING = Leg("1.1", "PJSIP/100", Direction.IN, LineStatus.RINGING, "0701231234")
UP = Leg("1.1", "PJSIP/100", Direction.IN, LineStatus.UP, "0701231234")
ALL = [str(topic) for topic in TOPICS]
DAY = 86_400.0


class Exchange:
    """A telephone system that tells nothing by itself; tests apply its events."""

    name = "växel"

    async def session(self, emit: Emit) -> None:
        emit(LegsRead(self.name, ()))
        await asyncio.Event().wait()

    async def check(self) -> list[Finding]:
        return []


class Office:
    """An installation with a receiver; `hook` makes a webhook to it, of all events if none are named."""

    def __init__(self, installation: Installation, receiver: Receiver, admin: dict[str, str]) -> None:
        self.installation = installation
        self.receiver = receiver
        self.admin = admin
        self.client = installation.client

    async def hook(self, *events: str, **fields: Any) -> dict[str, Any]:
        body = {"url": self.receiver.url, "events": list(events) or ALL, **fields}
        made = await self.client.post("/api/webhooks", json=body, headers=self.admin)
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.json()
        return found

    async def get(self, path: str) -> Any:
        answer = await self.client.get(path, headers=self.admin)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def patch(self, entry: Entry, **fields: Any) -> None:
        answer = await self.client.patch(f"/api/entries/{entry.id}", json=fields, headers=self.admin)
        assert answer.status_code == 200, answer.text

    def apply(self, *legs: Leg, ended: tuple[str, ...] = ()) -> None:
        self.installation.app.home.apply(LegsChanged("växel", legs, ended))

    async def deliveries(self, hook: dict[str, Any], query: str = "") -> list[dict[str, Any]]:
        page = await self.get(f"/api/webhooks/{hook['id']}/deliveries{query}")
        found: list[dict[str, Any]] = page["deliveries"]
        return found

    async def attempted(self, hook: dict[str, Any], count: int) -> None:
        """Waits until it is kept how so many attempts went: the receiver knows of each before the server does."""
        async with asyncio.timeout(5):
            while sum(len(each["attempts"]) for each in await self.deliveries(hook)) < count:
                await asyncio.sleep(0.02)

    async def until(self, hook: dict[str, Any], **wanted: Any) -> dict[str, Any]:
        """Waits until the webhook is as wanted."""
        async with asyncio.timeout(5):
            while True:
                found: dict[str, Any] = await self.get(f"/api/webhooks/{hook['id']}")
                if all(found[name] == value for name, value in wanted.items()):
                    return found
                await asyncio.sleep(0.02)


async def opened(installation: Installation, receiver: Receiver) -> Office:
    account = await installation.add_account("chefen", role=Role.ADMIN)
    async with asyncio.timeout(5):
        while not installation.app._webhooks._leads:  # what happens before then may be told to nobody
            await asyncio.sleep(0.01)
    return Office(installation, receiver, bearer(await installation.add_token(account)))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver.running() as running:
        yield running


@pytest.fixture
async def office(tmp_path: Path, receiver: Receiver) -> AsyncIterator[Office]:
    async with Installation.running(
        tmp_path, connectors=[Exchange()], pbx=[Pbx(name="växel")], webhooks=Webhooks(allow_private=True)
    ) as installation:
        yield await opened(installation, receiver)


async def test_an_entry_that_comes_changes_and_goes(office: Office) -> None:
    hook = await office.hook("entry.added", "entry.changed", "entry.removed")
    anna = await office.installation.add("100", "Anna", department="Sälj", devices=("PJSIP/100",))
    added, *_ = await office.receiver.until(1)
    await office.patch(anna, title="Chef")
    changed = (await office.receiver.until(2))[-1]
    await office.patch(anna, devices=["PJSIP/101"])  # nobody sees this
    await office.client.delete(f"/api/entries/{anna.id}", headers=office.admin)
    removed = (await office.receiver.until(3))[-1]

    assert office.receiver.types == ["entry.added", "entry.changed", "entry.removed"]
    assert added.data["entry"] | {"title": "Chef"} == changed.data["entry"]
    assert added.data["entry"] == {
        "id": anna.id, "extension": "100", "name": "Anna", "email": "", "mobile": "",
        "profile": {"available": True, "name": "Tillgänglig", "until": "0000-00-00 00:00:00", "message": None},
        "keyWords": [], "kind": "person", "title": "", "department": "Sälj", "location": "", "numbers": [],
    }  # fmt: skip
    assert removed.data == {"entry": {"id": anna.id, "extension": "100", "name": "Anna"}}
    assert all(signed_by(each, hook["secret"]) for each in office.receiver.told)
    assert len({each.id for each in office.receiver.told}) == 3
    await office.until(hook, waiting=0)
    assert [each["state"] for each in await office.deliveries(hook)] == ["delivered"] * 3


async def test_a_call_is_told_from_its_beginning_to_its_end(office: Office) -> None:
    anna = await office.installation.add("100", "Anna", devices=("PJSIP/100",))
    await office.hook("call.started", "call.answered", "call.ended")
    office.apply(RINGING)
    office.installation.advance(4)
    office.apply(UP)
    office.installation.advance(60)
    office.apply(ended=("1.1",))
    started, answered, ended = await office.receiver.until(3)
    assert office.receiver.types == ["call.started", "call.answered", "call.ended"]
    assert started.data == {
        "entry": {"id": anna.id, "extension": "100", "name": "Anna"},
        "call": {
            "id": "1.1", "pbx": "växel", "callerid": "0701231234", "direction": "in", "linestatus": "ringing",
            "started": "2026-09-21T14:13:20.000Z", "answered": None, "ended": None,
        },
    }  # fmt: skip
    assert answered.data["call"]["linestatus"] == "up"
    assert answered.data["call"]["answered"] == "2026-09-21T14:13:24.000Z"
    assert ended.data["call"]["ended"] == "2026-09-21T14:14:24.000Z"


async def test_a_call_that_comes_and_goes_in_one_moment_is_told(office: Office) -> None:
    await office.installation.add("100", "Anna", devices=("PJSIP/100",))
    await office.hook("call.started", "call.answered", "call.ended")
    office.apply(UP)
    office.apply(ended=("1.1",))
    await office.receiver.until(3)
    assert office.receiver.types == ["call.started", "call.answered", "call.ended"]
    assert [each.data["call"]["linestatus"] for each in office.receiver.told] == ["ringing", "up", "up"]


async def test_a_profile_set_and_one_that_ends_by_itself(office: Office) -> None:
    anna = await office.installation.add("100", "Anna")
    await office.hook("profile.changed")
    body = {"name": "Semester", "until": "2026-09-22 09:00:00", "message": "Åter i morgon"}
    path = f"/api/entries/{anna.id}/profile"
    assert (await office.client.put(path, json=body, headers=office.admin)).status_code == 200
    (set_,) = await office.receiver.until(1)
    assert set_.data["entry"] == {"id": anna.id, "extension": "100", "name": "Anna"}
    assert set_.data["profile"] == {"available": False, **body}
    office.installation.turn_to("2026-09-22 09:00:00")
    ended = (await office.receiver.until(2))[-1]
    assert ended.data["profile"]["available"] is True


async def test_a_telephone_system_that_is_lost_and_back(office: Office) -> None:
    await office.installation.add("100", "Anna", devices=("PJSIP/100",))
    await office.hook("pbx.lost", "pbx.back", "call.started", "call.ended")
    home = office.installation.app.home
    office.apply(RINGING)
    home.apply(LinkLost("växel", "it went away"))
    await office.receiver.until(2)
    home.apply(LegsWithdrawn("växel"))  # the call is no longer shown, but nobody knows that it has ended
    home.apply(LinkLost("växel", "it is still away"))
    await asyncio.sleep(0.3)
    home.apply(LegsRead("växel", ()))
    await office.receiver.until(4)
    by_type = {each.type: each.data for each in office.receiver.told}
    assert by_type["pbx.lost"] == {"pbx": "växel", "reason": "it went away"}
    assert by_type["pbx.back"] == {"pbx": "växel", "reason": ""}
    assert by_type["call.ended"]["call"]["id"] == "1.1"


async def test_a_filter_takes_some_and_tells_of_those_who_leave_it(office: Office) -> None:
    await office.hook("entry.added", "entry.changed", "entry.removed", "profile.changed", department="sälj")
    anna = await office.installation.add("100", "Anna", department="Sälj")
    await office.receiver.until(1)
    bo = await office.installation.add("200", "Bo", department="IT")
    await office.patch(anna, department="IT")
    await office.receiver.until(2)
    await office.patch(bo, department="SÄLJ")
    await office.installation.set_profile(anna, "holiday")
    await office.receiver.until(3)
    await office.installation.set_profile(bo, "holiday")
    await office.receiver.until(4)
    assert office.receiver.types == ["entry.added", "entry.removed", "entry.added", "profile.changed"]


async def test_a_hidden_entry_is_told_to_nobody(office: Office) -> None:
    await office.hook()
    anna = await office.installation.add("100", "Anna", hidden=True, devices=("PJSIP/100",))
    office.apply(RINGING)
    await office.patch(anna, hidden=False)
    await office.receiver.until(2)
    assert office.receiver.types == ["entry.added", "call.started"]
    await office.patch(anna, hidden=True)
    await office.receiver.until(4)
    assert set(office.receiver.types[2:]) == {"entry.removed", "call.ended"}


async def test_what_fails_is_sent_again_with_the_same_id_and_in_order(office: Office) -> None:
    hook = await office.hook("entry.added", "entry.removed", "call.started", "call.ended")
    office.receiver.answer = lambda _: web.Response(status=500, text="trasig\nsedan igår" + "x" * 1000)
    anna = await office.installation.add("100", "Anna", devices=("PJSIP/100",))
    bo = await office.installation.add("200", "Bo", devices=("PJSIP/200",))
    await office.receiver.until(2)
    office.apply(RINGING)
    failing = await office.until(hook, state="failing", waiting=3)
    assert failing["reason"] == "Mottagaren svarar 500."
    await office.attempted(hook, 2)
    waiting = {each["subject"]: each for each in await office.deliveries(hook, "?state=waiting")}
    (attempt,) = waiting[bo.id]["attempts"]
    assert attempt["status"] == 500
    assert attempt["response"].startswith("trasig sedan igår")
    assert len(attempt["response"].encode()) == 500
    assert attempt["reason"] == "Mottagaren svarar 500."

    office.receiver.answer = lambda _: 204
    office.installation.advance(4.9)
    await asyncio.sleep(0.6)
    assert len(office.receiver.told) == 2
    office.installation.advance(1.2)
    await office.receiver.until(5)
    of_anna = [each for each in office.receiver.told if each.data["entry"]["id"] == anna.id]
    assert [each.type for each in of_anna] == ["entry.added", "entry.added", "call.started"]
    assert of_anna[0].id == of_anna[1].id
    await office.until(hook, state="active", waiting=0, reason=None)


async def test_stale_states_are_left_out_while_it_waits(office: Office) -> None:
    hook = await office.hook("entry.added", "entry.changed", "profile.changed")
    office.receiver.answer = lambda _: 503
    anna = await office.installation.add("100", "Anna")
    await office.attempted(hook, 1)
    for number in range(5):
        await office.patch(anna, title=f"nr {number}")
        await office.installation.set_profile(anna, ("holiday", "lunch")[number % 2])
    await office.until(hook, waiting=2)
    office.receiver.answer = lambda _: 200
    office.installation.advance(10)
    await office.receiver.until(3)
    # It has never taken the entry's coming, so the change is told as that.
    assert office.receiver.types[1:] == ["entry.added", "profile.changed"]
    assert office.receiver.told[1].data["entry"]["title"] == "nr 4"
    assert office.receiver.told[2].data["profile"]["name"] == "Semester"


async def test_one_that_nobody_answers_is_left_in_peace_and_then_gets_everything(office: Office) -> None:
    hook = await office.hook("entry.added")
    answers = office.receiver.answer
    office.receiver.answer = lambda _: 503
    await office.installation.add("100", "Anna")
    await office.attempted(hook, 1)
    for number in range(20):
        await office.installation.add(f"2{number:02}", "Bo")
    resting = await office.until(hook, waiting=21, state="failing")
    assert resting["next"] is not None
    await asyncio.sleep(0.6)
    assert len(office.receiver.told) == 1
    office.installation.advance(6.1)
    await office.attempted(hook, 2)
    await office.receiver.until(2)  # one, to see whether it is back
    office.receiver.answer = answers
    office.installation.advance(36.1)
    await office.receiver.until(2 + 21)
    await office.until(hook, waiting=0, state="active")


async def test_after_days_it_is_paused_with_its_reason_tried_once_a_day_and_back_by_itself(office: Office) -> None:
    hook = await office.hook("entry.added")
    office.receiver.answer = lambda _: 500
    await office.installation.add("100", "Anna")
    await office.receiver.until(1)
    for _ in range(12):
        count = len(office.receiver.told)
        await office.attempted(hook, count)
        await office.receiver.until(count)
        found = await office.until(hook, waiting=1)
        if found["paused"]:
            break
        office.installation.advance(1.2 * DAY)
        async with asyncio.timeout(5):
            while len(office.receiver.told) == count:
                await asyncio.sleep(0.01)
    assert found["state"] == "paused"
    assert found["reason"] == "Mottagaren svarar 500."
    assert found["by_hand"] is False
    before = len(office.receiver.told)
    office.installation.advance(0.9 * DAY)
    await asyncio.sleep(0.6)
    assert len(office.receiver.told) == before
    office.receiver.answer = lambda _: 200
    office.installation.advance(0.4 * DAY)
    await office.receiver.until(before + 1)
    await office.until(hook, state="active", waiting=0)


async def test_gone_pauses_at_once_and_a_test_that_succeeds_resumes(office: Office) -> None:
    hook = await office.hook("entry.added")
    office.receiver.answer = lambda _: 410
    await office.installation.add("100", "Anna")
    await office.until(hook, state="paused", waiting=1)
    office.receiver.answer = lambda told: 200
    answer = await office.client.post(f"/api/webhooks/{hook['id']}/test", headers=office.admin)
    assert answer.status_code == 200
    assert answer.json()["state"] == "delivered"
    await office.until(hook, state="active", waiting=0)
    assert office.receiver.types == ["entry.added", "test", "entry.added"]
    assert office.receiver.told[1].data == {"webhook": hook["id"]}
    assert signed_by(office.receiver.told[1], hook["secret"])


async def test_paused_by_hand_keeps_everything_and_goes_on_by_hand(office: Office) -> None:
    hook = await office.hook("entry.added")
    path = f"/api/webhooks/{hook['id']}"
    paused = await office.client.patch(path, json={"paused": True}, headers=office.admin)
    assert paused.json()["by_hand"] is True
    await office.installation.add("100", "Anna")
    await office.until(hook, waiting=1, state="paused")
    office.installation.advance(2 * DAY)
    await asyncio.sleep(0.6)
    assert office.receiver.told == []
    await office.client.patch(path, json={"paused": False}, headers=office.admin)
    await office.receiver.until(1)


async def test_one_message_that_is_never_taken_is_given_up_and_sent_again_by_hand(office: Office) -> None:
    hook = await office.hook("entry.added")

    def answer(told: Told) -> int:
        return 500 if told.data["entry"]["name"] == "Gift" else 200

    office.receiver.answer = answer
    poison = await office.installation.add("100", "Gift")
    await office.attempted(hook, 1)
    for number in range(14):
        await office.installation.add(f"2{number:02}", "Bo")
        office.installation.advance(1.3 * DAY)
        # One more of each round's own, and of the one that is not given up yet.
        await office.attempted(hook, 1 + number + 1 + min(number + 1, 10))
    await office.until(hook, state="active", waiting=0)
    (failed,) = await office.deliveries(hook, "?state=failed")
    assert failed["subject"] == poison.id
    assert len(failed["attempts"]) == 11
    office.receiver.answer = lambda _: 200
    path = f"/api/webhooks/{hook['id']}/deliveries/{failed['id']}"
    answered = await office.client.post(f"{path}/retry", headers=office.admin)
    assert answered.status_code == 202
    count = len(office.receiver.told)
    async with asyncio.timeout(5):
        while (await office.get(path))["state"] != "delivered":
            await asyncio.sleep(0.02)
    assert len(office.receiver.told) == count + 1
    assert office.receiver.told[-1].id == failed["id"]


async def test_a_message_that_waits_is_sent_at_once_by_hand(office: Office) -> None:
    hook = await office.hook("entry.added")
    office.receiver.answer = lambda _: 500
    await office.installation.add("100", "Anna")
    await office.until(hook, state="failing")
    (waiting,) = await office.deliveries(hook)
    assert waiting["next"] is not None
    office.receiver.answer = lambda _: 200
    path = f"/api/webhooks/{hook['id']}/deliveries/{waiting['id']}"
    await office.client.post(f"{path}/retry", headers=office.admin)
    await office.receiver.until(2)
    message = (await office.get(path))["message"]
    assert message["type"] == "entry.added"


async def test_one_that_was_sent_again_by_hand_keeps_its_place_over_a_restart(
    tmp_path: Path, receiver: Receiver
) -> None:
    parts: dict[str, Any] = {"pbx": [Pbx(name="växel")], "webhooks": Webhooks(allow_private=True)}
    receiver.answer = lambda _: 500
    async with Installation.running(tmp_path, connectors=[Exchange()], **parts) as first:
        office = await opened(first, receiver)
        await first.add("100", "Anna", devices=("PJSIP/100",))
        hook = await office.hook("call.started", "call.ended")
        office.apply(RINGING)
        office.apply(ended=("1.1",))
        await office.until(hook, state="failing", waiting=2)
        (ended,) = [each for each in await office.deliveries(hook) if each["event"] == "call.ended"]
        path = f"/api/webhooks/{hook['id']}/deliveries/{ended['id']}/retry"
        assert (await office.client.post(path, headers=office.admin)).status_code == 202
        await asyncio.sleep(0.5)
    receiver.answer = lambda _: 200
    receiver.told.clear()
    async with Installation.running(tmp_path, now=1_790_100_000.0, connectors=[Exchange()], **parts):
        await receiver.until(2)
    assert receiver.types == ["call.started", "call.ended"]


async def test_a_new_secret_and_the_one_before_both_verify_for_a_day(office: Office) -> None:
    hook = await office.hook("entry.added")
    rotated = await office.client.post(f"/api/webhooks/{hook['id']}/secret", headers=office.admin)
    new = rotated.json()
    assert new["secret"] != hook["secret"]
    assert new["former_until"] is not None
    await office.installation.add("100", "Anna")
    (first,) = await office.receiver.until(1)
    assert signed_by(first, hook["secret"])
    assert signed_by(first, new["secret"])
    office.installation.advance(DAY)
    await office.installation.add("101", "Bo")
    second = (await office.receiver.until(2))[-1]
    assert signed_by(second, new["secret"])
    assert not signed_by(second, hook["secret"])


async def test_a_redirect_is_a_failure_and_not_followed(office: Office) -> None:
    hook = await office.hook("entry.added")
    elsewhere = office.receiver.url + "/annanstans"
    office.receiver.answer = lambda _: web.Response(status=307, headers={"location": elsewhere})
    await office.installation.add("100", "Anna")
    failing = await office.until(hook, state="failing")
    assert failing["reason"] == "Mottagaren svarar 307. En omdirigering följs inte."
    assert len(office.receiver.told) == 1


async def test_what_changed_while_the_server_was_not_there_is_told_at_its_start(
    tmp_path: Path, receiver: Receiver
) -> None:
    parts: dict[str, Any] = {"pbx": [Pbx(name="växel")], "webhooks": Webhooks(allow_private=True)}
    async with Installation.running(tmp_path, connectors=[Exchange()], **parts) as first:
        office = await opened(first, receiver)
        anna = await first.add("100", "Anna", devices=("PJSIP/100",))
        gone = await first.add("300", "Cia")
        await first.add("400", "Disa")
        await office.hook()
        office.apply(RINGING)
        await receiver.until(1)
    async with (  # as a command does it
        Database(f"sqlite:///{tmp_path / 'katalog.db'}") as database,
        database.write(first.organisation, ACTOR) as change,
    ):
        await entries.replace(change, anna, msgspec.structs.replace(anna, title="Chef"))
        await entries.remove(change, [gone])
        await entries.add(change, Entry(new_id(), "500", "Eva"))
    async with Installation.running(tmp_path, connectors=[Exchange()], **parts):
        await receiver.until(5)
    told = {each.type: each.data["entry"] for each in receiver.told}
    assert told["entry.changed"]["title"] == "Chef"
    assert told["entry.removed"]["name"] == "Cia"
    assert told["entry.added"]["name"] == "Eva"
    assert told["call.ended"]["id"] == anna.id


PRIVATE = [
    "http://127.0.0.1/",
    "http://localhost:8080/x",
    "http://[::1]/",
    "http://169.254.169.254/",
    "https://10.0.0.1/",
]


@pytest.mark.parametrize("url", [*PRIVATE, "ftp://example.com/", "hej", ""])
async def test_an_address_that_may_not_be_gone_to_is_refused(tmp_path: Path, receiver: Receiver, url: str) -> None:
    async with Installation.running(tmp_path) as installation:
        office = await opened(installation, receiver)
        body = {"url": url, "events": ["entry.added"]}
        refused = await office.client.post("/api/webhooks", json=body, headers=office.admin)
        assert refused.status_code == 422
        assert refused.json()["field"] == "url"
        assert await office.get("/api/webhooks") == []


async def test_a_name_that_leads_elsewhere_later_leads_nowhere(tmp_path: Path, receiver: Receiver) -> None:
    """As when the settings no longer allow it, or a name is bound anew: what counts is where it leads when it is sent."""
    async with Installation.running(tmp_path, webhooks=Webhooks(allow_private=True)) as first:
        office = await opened(first, receiver)
        await office.hook("entry.added")
    async with Installation.running(tmp_path) as second:
        office = Office(second, receiver, office.admin)
        await second.add("100", "Anna")
        (hook,) = await office.get("/api/webhooks")
        failing = await office.until(hook, state="failing")
        assert "webhooks.allow_private" in failing["reason"]
    assert receiver.told == []


async def test_of_two_servers_one_sends_and_the_other_follows_when_it_ends(tmp_path: Path, receiver: Receiver) -> None:
    parts: dict[str, Any] = {"webhooks": Webhooks(allow_private=True)}
    async with Installation.running(tmp_path, **parts) as first:
        office = await opened(first, receiver)
        async with Installation.running(tmp_path, **parts) as second:
            # Made and asked at the one that does not send.
            other = Office(second, receiver, office.admin)
            hook = await other.hook("entry.added")
            async with asyncio.timeout(5):
                while not first.app._webhooks.states():
                    await asyncio.sleep(0.02)
            await second.add("100", "Anna")
            await receiver.until(1)
            assert (await other.get(f"/api/webhooks/{hook['id']}"))["state"] == "active"
            tried = await other.client.post(f"/api/webhooks/{hook['id']}/test", headers=office.admin)
            assert tried.json()["state"] == "delivered"
    assert receiver.types == ["entry.added", "test"]
    async with Installation.running(tmp_path, **parts) as third:
        await third.add("101", "Bo")
        await receiver.until(3)


async def test_too_many_that_wait_leave_calls_out_and_say_so(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    anna = await office.installation.add("100", "Anna", devices=("PJSIP/100",))
    hook = await office.hook("call.started", "call.ended", "entry.changed")
    office.receiver.answer = lambda _: 503
    for number in range(3):
        office.apply(msgspec.structs.replace(RINGING, id=f"{number}.1"))
        office.apply(ended=(f"{number}.1",))
    await office.patch(anna, title="Chef")
    full = await office.until(hook, waiting=4, state="failing")
    assert full["left_out"] == 3
    office.receiver.answer = lambda _: 200
    office.installation.advance(10)
    await office.until(hook, waiting=0, left_out=3)
    assert office.receiver.types[-1] == "entry.changed"


async def test_when_the_last_webhook_is_gone_nothing_of_anybody_is_kept(office: Office) -> None:
    await office.installation.add("100", "Anna", devices=("PJSIP/100",))
    office.apply(RINGING)
    hook = await office.hook()

    async def kept() -> int:
        async with office.installation.app.database.read() as connection:
            rows = [row async for rows in told.stream(connection, office.installation.organisation) for row in rows]
        return len(rows)

    async with asyncio.timeout(5):
        while await kept() < 4:  # Anna, her call, the telephone system, and that there is a ledger
            await asyncio.sleep(0.02)
    await office.client.delete(f"/api/webhooks/{hook['id']}", headers=office.admin)
    assert await kept() == 0
    again = await office.hook()
    await office.installation.add("101", "Bo")
    await office.receiver.until(1)
    assert again["waiting"] == 0


async def test_metrics_tell_how_it_goes(office: Office) -> None:
    hook = await office.hook("entry.added")
    office.receiver.answer = lambda _: 503
    for number in range(3):
        await office.installation.add(f"10{number}", "Anna")
    await office.until(hook, waiting=3, state="failing")
    text, attempts = "", 'katalog_webhook_attempts_total{result="failed"} '
    async with asyncio.timeout(5):
        # The receiver knows of each before the server does.
        while f"{attempts}{len(office.receiver.told)}.0" not in text.splitlines():
            text = (await office.client.get("/metrics", headers=office.admin)).text
    for line in (
        'katalog_webhooks{state="active"} 0.0',
        'katalog_webhooks{state="failing"} 1.0',
        "katalog_webhook_queue 3.0",
    ):
        assert line in text.splitlines()


async def test_a_database_that_cannot_be_written_for_a_while_loses_nothing(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.installation.add("100", "Anna", devices=("PJSIP/100",))
    await office.hook("call.started", "call.ended")
    monkeypatch.setattr(alone, "AFTER_FAULT", 0.05)
    put, failures = deliveries.put, iter(range(3))

    async def refuse(*arguments: Any) -> None:
        if next(failures, None) is not None:
            raise StoreError("the disk is full")
        await put(*arguments)

    monkeypatch.setattr(deliveries, "put", refuse)
    office.apply(RINGING)
    office.apply(ended=("1.1",))
    await office.receiver.until(2)
    assert office.receiver.types == ["call.started", "call.ended"]
    assert next(failures, None) is None


async def test_a_database_that_cannot_be_read_for_a_while_is_asked_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook = await office.hook("entry.added")
    office.receiver.answer = lambda _: 500
    await office.installation.add("100", "Anna")
    await office.until(hook, state="failing")
    get, failures = deliveries.get, iter(range(2))

    async def refuse(*arguments: Any) -> Any:
        if next(failures, None) is not None:
            raise StoreError("it went away")
        return await get(*arguments)

    monkeypatch.setattr(deliveries, "get", refuse)
    office.receiver.answer = lambda _: 200
    async with asyncio.timeout(10):
        while len(office.receiver.told) < 2:
            office.installation.advance(6)
            await asyncio.sleep(0.4)
    await office.receiver.until(2)
    await office.until(hook, state="active", waiting=0)


async def test_calls_of_a_telephone_system_that_is_no_more_have_ended(tmp_path: Path, receiver: Receiver) -> None:
    allowed = Webhooks(allow_private=True)
    async with Installation.running(
        tmp_path, connectors=[Exchange()], pbx=[Pbx(name="växel")], webhooks=allowed
    ) as first:
        office = await opened(first, receiver)
        await first.add("100", "Anna", devices=("PJSIP/100",))
        await office.hook("call.started", "call.ended")
        office.apply(RINGING)
        await receiver.until(1)
    async with Installation.running(tmp_path, webhooks=allowed):
        await receiver.until(2)
    assert receiver.types == ["call.started", "call.ended"]


async def test_one_message_that_waits_goes_on_by_hand_though_its_receiver_takes_others(office: Office) -> None:
    hook = await office.hook("entry.added")
    office.receiver.answer = lambda told: 500 if told.data["entry"]["name"] == "Gift" else 200
    await office.installation.add("100", "Gift")
    await office.until(hook, state="failing")
    await office.installation.add("101", "Bo")
    await office.until(hook, state="active", waiting=1)
    office.receiver.answer = lambda _: 200
    await office.client.patch(f"/api/webhooks/{hook['id']}", json={"paused": False}, headers=office.admin)
    await office.until(hook, waiting=0)
