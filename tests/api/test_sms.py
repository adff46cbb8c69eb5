"""Text messages: what is sent, in whose name, what is not and why, and that nothing is sent twice. The clock stands on
Monday 21 September 2026, 16:13:20 in Stockholm; the gateway is a server on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from katalog.domain.identifier import new_id
from katalog.domain.message import Message, Outcome, State
from katalog.domain.sms import Encoding
from katalog.errors import StoreError
from katalog.messages import outbox
from katalog.store import messages
from tests.api.desk import ANNA, BENGT, OK, Desk, told
from tests.gateways.elks import replying
from tests.installation import ACTOR, Installation, basic, bearer

Start = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    async with AsyncExitStack() as stack:

        async def begin(**settings: Any) -> Desk:
            return await stack.enter_async_context(Desk.open(tmp_path, **settings))

        yield begin


@pytest.fixture
async def desk(start: Start) -> Desk:
    return await start()


# --- who may -------------------------------------------------------------------------------------------


async def test_a_head_or_a_browser_that_fetches_in_advance_sends_nothing(desk: Desk) -> None:
    url = f"/sms/{BENGT}?message=Hej"
    response = await desk.client.head(url, headers=basic("anna"))
    assert (response.status_code, response.headers["allow"]) == (405, "GET, OPTIONS, POST")
    assert (await desk.client.options(url, headers=basic("anna"))).headers["allow"] == "GET, OPTIONS, POST"
    for name, value in (
        ("sec-purpose", "prefetch;prerender"), ("purpose", "prefetch"), ("x-moz", "prefetch"), ("purpose", "preview"),
    ):  # fmt: skip
        response = await desk.send(headers={name: value, "sec-fetch-site": "none"})
        assert response.status_code == 403
    assert desk.elks.forms == []


async def test_another_sites_page_sends_nothing_but_with_a_token_of_its_own(desk: Desk) -> None:
    cross = {"sec-fetch-site": "cross-site", "origin": "https://annan.se"}
    for headers in (cross, {"origin": "https://annan.se"}):
        assert (await desk.send(headers=headers | basic("anna"))).status_code == 403
    login = await desk.client.post("/auth/login", headers=basic("anna"))
    cookie = {"cookie": login.headers["set-cookie"].partition(";")[0]}
    url = f"/sms/{BENGT}?message=Hej"
    assert (await desk.client.get(url, headers=cookie | cross)).status_code == 403
    assert desk.elks.forms == []
    account = desk.installation.app.accounts.named("anna")
    assert account is not None
    token = bearer(await desk.installation.add_token(account))
    assert (await desk.client.get(url, headers=token | cross)).content == OK
    own = {"sec-fetch-site": "same-origin"}
    assert (await desk.client.get(f"{url}2", headers=cookie | own)).content == OK


async def test_its_answer_has_the_id_by_which_it_is_in_the_log(desk: Desk) -> None:
    assert (await desk.send()).headers["x-request-id"]
    assert (await desk.send("112")).headers["x-request-id"]
    assert "x-request-id" not in (await desk.client.get("/api/messages", headers=desk.as_("anna"))).headers


async def test_a_token_that_may_only_read_sends_nothing(desk: Desk) -> None:
    account = desk.installation.app.accounts.named("anna")
    assert account is not None
    token = bearer(await desk.installation.add_token(account, read_only=True))
    for method in ("GET", "POST"):
        response = await desk.client.request(method, f"/sms/{BENGT}?message=Hej", headers=token)
        assert response.status_code == 403
    assert desk.elks.forms == []
    # What a message would be may be read.
    assert (await desk.client.post("/api/messages/preview?message=Hej", headers=token)).status_code == 200


async def test_without_a_login_it_is_401(desk: Desk) -> None:
    assert (await desk.client.get(f"/sms/{BENGT}?message=Hej")).status_code == 401


# --- in whose name, and to whom ------------------------------------------------------------------------


async def test_a_program_sends_with_the_sender_that_is_set_for_it_or_not_at_all(start: Start, desk: Desk) -> None:
    assert "no sender" in told(await desk.send(who="program"))
    assert desk.elks.forms == []


async def test_senders_are_those_of_the_settings(start: Start) -> None:
    desk = await start(sender="mobile", senders={"08123457": "Receptionen"}, fallback="Exempel")
    for who in ("anna", "bengt", "program"):
        assert (await desk.send(who=who)).content == OK
    assert [form["from"] for form in desk.elks.forms] == ["+46701740605", "Receptionen", "Exempel"]


async def test_only_allowed_kinds_of_numbers_are_sent_to(desk: Desk) -> None:
    for number, why in (
        ("112", "emergency"), ("+46112", "emergency"), ("00112", "emergency"), ("09001234567", "premium"),
        ("004790123456", "other countries"), ("08123457", "no mobiles"), ("101", "public numbers only"),
        ("abc", "no number"), ("*23*1", "no number"), ("070174060%22", "no number"),
    ):  # fmt: skip
        assert why in told(await desk.send(number)), number
    assert desk.elks.forms == []
    assert await desk.kept() == []


async def test_what_is_allowed_besides_is_sent_to(start: Start) -> None:
    desk = await start(allow=["mobile", "national", "international"])
    for number in ("08123457", "+47 901 23 456"):
        assert (await desk.send(number)).content == OK
    assert [form["to"] for form in desk.elks.forms] == ["+468123457", "+4790123456"]


async def test_with_no_gateway_it_says_so(start: Start) -> None:
    desk = await start(gateway="")
    assert "sms.gateway" in told(await desk.send())
    assert await desk.audit() == []


# --- how long ------------------------------------------------------------------------------------------


async def test_what_is_too_long_is_told_before_it_costs(desk: Desk) -> None:
    assert (await desk.send(text="a" * 918)).content == OK
    assert "it takes 7 parts, and 6 may be sent at most" in told(await desk.send(text="a" * 919))
    assert "The signs 😀 leave less room" in told(await desk.send(text="a" * 402 + "😀"))
    assert len(desk.elks.forms) == 1
    swedish = await desk.send(text="a" * 919, headers={"accept-language": "sv"})
    assert "tar 7 delar" in told(swedish)


async def test_typographic_signs_are_written_plainly_unless_that_is_not_wanted(start: Start) -> None:
    desk = await start()
    await desk.send(text="”Hej” – då")
    assert desk.elks.texts == ['"Hej" - då']


async def test_a_preview_tells_what_it_would_be_and_sends_nothing(desk: Desk) -> None:
    assert await desk.preview(message="Hej då – €", number="+46 70-174 06 06") == {
        "number": BENGT, "kind": "mobile", "sender": "08123456", "text": "Hej då - €", "encoding": "GSM-7",
        "characters": 10, "units": 11, "parts": 1, "left": 149, "forcing": [], "sends": True, "reason": None,
    }  # fmt: skip
    told = await desk.preview(message="Привет 😀", number="112")
    assert (told["encoding"], told["characters"], told["units"], told["left"]) == ("UCS-2", 8, 9, 61)
    assert told["forcing"] == ["П", "р", "и", "в", "е", "т", "😀"]
    assert (told["kind"], told["sends"]) == ("emergency", False)
    assert "emergency" in told["reason"]
    for written in ("+46701740606", "%2B46701740606", "070-174%2006+06"):
        url = f"/api/messages/preview?message=x&number={written}"
        assert (await desk.client.get(url, headers=desk.as_("anna"))).json()["number"] == BENGT
    told = await desk.preview(message="x")
    assert (told["number"], told["kind"], told["sends"], told["units"]) == ("", None, False, 1)
    assert "no sender" in (await desk.preview("program", message="x", number=BENGT))["reason"]
    body = {"message": "Hej", "number": BENGT}
    for options in ({"json": body}, {"data": body}):
        response = await desk.client.post("/api/messages/preview", headers=desk.as_("anna"), **options)  # type: ignore[arg-type]
        assert response.json()["sends"] is True
    assert desk.elks.forms == []
    assert await desk.audit() == []


# --- what is kept --------------------------------------------------------------------------------------


async def test_what_became_of_it_is_kept_and_never_what_it_says(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    await desk.send(text="Hemligheten")
    desk.elks.answer = replying(403, "Not enough credits")
    assert told(await desk.send(text="Hemligheten 2")) == "The gateway refuses (403: Not enough credits)."
    failed, sent = await desk.kept()
    entry = desk.installation.app.home.find("08123456", hidden=True)
    assert entry is not None
    assert sent == {
        "id": sent["id"], "at": "2026-09-21T16:13:20+02:00", "account": "anna", "entry": entry.id, "number": BENGT,
        "sender": "08123456", "gateway": "http", "state": "sent", "reason": None, "encoding": "GSM-7", "parts": 1,
        "reference": "s00000000000000000000000000000001",
    }  # fmt: skip
    assert (failed["state"], failed["reason"]) == ("failed", "The gateway refuses (403: Not enough credits).")
    metrics = (await desk.client.get("/metrics", headers=desk.as_("chef"))).text
    for state, count in (("sent", 1), ("failed", 1), ("unknown", 0)):
        assert f'katalog_messages_total{{state="{state}"}} {count}.0' in metrics
    refused, done = await desk.audit()
    assert (done["action"], done["subject"], done["actor"]) == ("message.sent", sent["id"], "anna")
    assert done["details"] == {
        "number": BENGT, "sender": "08123456", "parts": 1, "outcome": "sent", "reason": None,
    }  # fmt: skip
    assert (refused["action"], refused["details"]["outcome"]) == ("message.refused", "failed")
    path = desk.installation.app.database.path
    assert path is not None
    everything = b"".join(file.read_bytes() for file in path.parent.glob("katalog.db*"))
    assert b"Hemligheten" not in everything
    assert BENGT.encode() in everything
    written = capfd.readouterr()
    assert "Hemligheten" not in written.out + written.err
    assert BENGT not in written.out + written.err


async def test_people_see_their_own_and_admins_all_a_page_at_a_time(start: Start) -> None:
    desk = await start(fallback="Exempel")
    for number, who in enumerate(("anna", "bengt", "anna", "program")):
        assert (await desk.send(text=f"Hej {number}", who=who)).content == OK
    assert [row["account"] for row in await desk.kept()] == ["program", "anna", "bengt", "anna"]
    assert [row["account"] for row in await desk.kept("anna")] == ["anna"] * 2
    assert [row["account"] for row in await desk.kept("bengt")] == ["bengt"]
    assert [row["entry"] for row in await desk.kept("program")] == [None]
    seen, cursor = [], ""
    while True:
        response = await desk.client.get(
            "/api/messages", headers=desk.as_("chef"), params={"limit": "3", "cursor": cursor}
        )
        seen += [row["account"] for row in response.json()["messages"]]
        if (cursor := response.json()["next"]) is None:
            break
    assert seen == ["program", "anna", "bengt", "anna"]
    assert (await desk.client.get("/api/messages?limit=0", headers=basic("anna"))).status_code == 422


async def test_what_is_too_old_is_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await desk.send()
    app = desk.installation.app
    now = desk.installation._clock[0]
    await messages.purge(app.database, now, marks=now)
    assert len(await desk.kept()) == 1
    await messages.purge(app.database, now + 1, marks=now)
    assert await desk.kept() == []


async def test_what_was_being_sent_when_the_server_ended_is_unknown(desk: Desk) -> None:
    account = desk.installation.app.accounts.named("anna")
    assert account is not None
    now = desk.installation._clock[0]
    left = Message(new_id(), account.id, None, BENGT, "08123456", now, "http", 1, Encoding.GSM7)
    async with desk.installation.app.database.write(account.organisation, ACTOR) as change:
        await messages.add(change, left)
    assert (await desk.kept())[0]["state"] == "sending"
    desk.installation.advance(121)
    (row,) = await desk.kept()
    assert (row["state"], "katalog ended meanwhile" in row["reason"]) == ("unknown", True)


# --- once ----------------------------------------------------------------------------------------------


async def test_the_same_within_half_a_minute_is_one_message(desk: Desk) -> None:
    for _ in range(3):
        assert (await desk.send()).content == OK
    response = await desk.client.post(f"/api/sms/+46{BENGT[1:]}", data={"message": "Hej"}, headers=desk.as_("anna"))
    assert response.content == OK
    assert len(desk.elks.forms) == 1
    await desk.send(text="Hej!")
    await desk.send(ANNA)
    await desk.send(who="bengt")
    assert len(desk.elks.forms) == 4
    desk.installation.advance(30.1)
    assert (await desk.send()).content == OK
    assert len(desk.elks.forms) == 5
    assert len(await desk.kept()) == 5


async def test_many_at_once_are_one_message_with_one_outcome(desk: Desk) -> None:
    desk.elks.delay = 0.1
    answers = await asyncio.gather(*(desk.send() for _ in range(20)))
    assert {answer.content for answer in answers} == {OK}
    desk.elks.answer = replying(400, "Nej")
    answers = await asyncio.gather(*(desk.send(text="Hej igen") for _ in range(20)))
    assert {told(answer) for answer in answers} == {"The gateway refuses (400: Nej)."}
    assert len(desk.elks.forms) == 2


async def test_what_failed_may_be_tried_again_at_once(desk: Desk) -> None:
    answer, desk.elks.answer = desk.elks.answer, replying(503, "Busy")
    assert "refuses" in told(await desk.send())
    desk.elks.answer = answer
    assert (await desk.send()).content == OK
    assert [row["state"] for row in await desk.kept()] == ["sent", "failed"]


async def test_what_may_have_been_sent_is_400_and_not_sent_again(desk: Desk) -> None:
    answer, desk.elks.answer = desk.elks.answer, replying(500, "Oops")
    assert "It is not known whether the message was sent." in told(await desk.send())
    desk.elks.answer = answer
    assert "It is not known" in told(await desk.send())
    assert len(desk.elks.forms) == 1
    assert [row["state"] for row in await desk.kept()] == ["unknown"]
    assert (await desk.audit())[0]["details"]["outcome"] == "unknown"


async def test_a_client_that_leaves_does_not_stop_it(desk: Desk) -> None:
    desk.elks.delay = 0.2
    asking = asyncio.create_task(desk.send())
    await desk.elks.until(1)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert (await desk.send()).content == OK
    assert len(desk.elks.forms) == 1


async def test_a_restart_within_half_a_minute_does_not_send_it_again(tmp_path: Path) -> None:
    async with Desk.open(tmp_path) as desk:
        desk.elks.delay = 0.3
        asking = asyncio.create_task(desk.send())
        await desk.elks.until(1)
        # A server that ends waits for what is under way.
    assert (await asking).content == OK
    app = desk.installation.app
    async with Installation.running(tmp_path, sms=app.settings.sms, sms_http=app.settings.sms_http) as again:
        response = await again.client.get(f"/sms/{BENGT}?message=Hej", headers=desk.as_("anna"))
        assert response.content == OK
        assert [row["state"] for row in await Desk(again, desk.elks, desk).kept()] == ["sent"]
    assert len(desk.elks.forms) == 1


async def test_one_that_another_server_is_sending_is_waited_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ELSEWHERE_SECONDS", 0.3)
    app = desk.installation.app
    account = app.accounts.named("anna")
    assert account is not None
    # Sent here and forgotten here, as if another server had done it.
    await desk.send()
    app._outbox._recent.clear()
    assert (await desk.send()).content == OK
    (row,) = await desk.kept()
    async with app.database.write(account.organisation, ACTOR) as change:
        await messages.settle(change, row["id"], Outcome(State.SENDING))
    app._outbox._recent.clear()
    assert "It is not known" in told(await desk.send())
    assert len(desk.elks.forms) == 1


# --- how many ------------------------------------------------------------------------------------------


async def test_a_budget_by_the_minute_and_by_the_day_is_400_and_never_429(start: Start) -> None:
    desk = await start(per_minute=2, per_day=3)
    assert [(await desk.send(text=f"{n}")).status_code for n in range(2)] == [200, 200]
    assert "At most 2 messages may be sent in a minute" in told(await desk.send(text="2"))
    assert "At most 2" in (await desk.preview(message="x", number=BENGT))["reason"]
    # The same again is no further message, and another account has its own budget.
    assert (await desk.send(text="1")).content == OK
    assert (await desk.send(text="1", who="bengt")).content == OK
    desk.installation.advance(61)
    assert (await desk.send(text="2")).content == OK
    desk.installation.advance(61)
    assert "At most 3 messages may be sent in 24 hours" in told(await desk.send(text="3"))
    desk.installation.advance(86_400)
    assert (await desk.send(text="3")).content == OK
    assert [row["details"]["reason"] for row in await desk.audit() if row["action"] == "message.refused"] == [
        "At most 3 messages may be sent in 24 hours.",
        "At most 2 messages may be sent in a minute. Try again in a while.",
    ]


async def test_many_at_once_do_not_get_past_the_budget(start: Start) -> None:
    desk = await start(per_minute=5)
    answers = await asyncio.gather(*(desk.send(text=f"{n}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [400] * 7
    assert len(desk.elks.forms) == 5


async def test_of_a_day_those_that_failed_do_not_count(start: Start) -> None:
    desk = await start(per_minute=100, per_day=1)
    answer, desk.elks.answer = desk.elks.answer, replying(400, "Nej")
    for number in range(3):
        assert "refuses" in told(await desk.send(text=f"{number}"))
    desk.elks.answer = answer
    assert (await desk.send(text="x")).content == OK


async def test_refusals_that_repeat_are_in_the_audit_trail_once(desk: Desk) -> None:
    for _ in range(5):
        told(await desk.send("112"))
    told(await desk.send("09001234567"))
    assert [row["details"]["number"] for row in await desk.audit()] == ["09001234567", "112"]


# --- faults --------------------------------------------------------------------------------------------


async def test_a_gateway_with_a_fault_of_its_own_is_400(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(desk.installation.app._outbox._gateway, "send", broken)
    assert "an inner fault" in told(await desk.send())
    assert [row["state"] for row in await desk.kept()] == ["unknown"]


async def test_a_database_that_goes_away_after_it_was_accepted_makes_no_5xx(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = desk.installation.app.database
    write = database.write

    async def then_away(request: object) -> Any:
        def away(*_: object, **__: object) -> Any:
            raise StoreError("away")

        monkeypatch.setattr(database, "write", away)
        return await desk.elks._as_documented(request)  # type: ignore[arg-type]

    desk.elks.answer = then_away
    assert (await desk.send()).content == OK
    # And who asks again is told the same.
    assert (await desk.send()).content == OK
    assert len(desk.elks.forms) == 1
    # What was not accepted may be tried again.
    assert (await desk.send(text="annat")).status_code == 503
    assert len(desk.elks.forms) == 1
    monkeypatch.setattr(database, "write", write)
    assert [row["state"] for row in await desk.kept()] == ["sending"]
    assert (await desk.send(text="annat")).content == OK
