"""What an answer says of a message: sent, refused, or nothing that can be relied on."""

import pytest

from katalog.domain.message import State
from katalog.gateways.verdict import LONGEST_REASON, Places, Success, verdict
from katalog.outgoing.reply import Reply

SENT, FAILED, UNKNOWN = State.SENT, State.FAILED, State.UNKNOWN
ELKS = Success(pointer="/status", pattern="^(created|sent|delivered)$")
WORD = Success(pattern="^OK")
HTML = {"content-type": "text/html"}


@pytest.mark.parametrize(
    ("success", "status", "body", "state"),
    [
        (Success(), 200, b"", SENT),
        (Success(), 202, b"<html>", SENT),
        (Success(), 204, b"", FAILED),
        (Success((204,)), 204, b"", SENT),
        (ELKS, 200, b'{"status": "created"}', SENT),
        (ELKS, 200, b'{"status": "failed"}', FAILED),
        (ELKS, 200, b'{"other": 1}', FAILED),
        (ELKS, 200, b'{"status": null}', FAILED),
        (ELKS, 200, b"[]", FAILED),
        # Half an answer, or somebody else's page, is none.
        (ELKS, 200, b'{"status": "crea', UNKNOWN),
        (ELKS, 200, b"<html>Log in", UNKNOWN),
        (ELKS, 200, b"", UNKNOWN),
        (ELKS, 200, b"[" * 100_000, UNKNOWN),
        (Success(pointer="/messages/0/ok"), 200, b'{"messages": [{"ok": true}]}', SENT),
        (Success(pointer="/messages/0/ok"), 200, b'{"messages": [{"ok": 0}]}', SENT),
        (Success(pointer="/messages/0/ok"), 200, b'{"messages": [{"ok": false}]}', FAILED),
        (Success(pointer="/messages/1/ok"), 200, b'{"messages": [{"ok": true}]}', FAILED),
        (Success(pointer="/a~1b~0/x"), 200, b'{"a/b~": {"x": ""}}', SENT),
        (Success(pointer="/code", pattern="^0$"), 200, b'{"code": 0}', SENT),
        (Success(pointer="/code", pattern="^0$"), 200, b'{"code": 7}', FAILED),
        (WORD, 200, b"OK 4711", SENT),
        (WORD, 200, b"ERR 3", FAILED),
        (WORD, 200, b'{"OK": 1}', FAILED),
        # Of what it is that went wrong inside, nobody knows when.
        (ELKS, 500, b'{"status": "created"}', UNKNOWN),
        (ELKS, 502, b"", UNKNOWN),
        (ELKS, 504, b"", UNKNOWN),
        (ELKS, 503, b"", FAILED),
        (ELKS, 429, b"", FAILED),
        (ELKS, 401, b"", FAILED),
        (ELKS, 302, b"", FAILED),
    ],
)
def test_an_answer_is_sent_refused_or_unknown(success: Success, status: int, body: bytes, state: State) -> None:
    assert verdict(Reply(status, {}, body), success, Places()).state is state


def test_a_word_that_was_cut_off_may_have_been_any() -> None:
    assert verdict(Reply(200, {}, b"", whole=False), WORD, Places()).state is UNKNOWN
    assert verdict(Reply(200, {}, b"OK 47", whole=False), WORD, Places()).state is SENT
    assert verdict(Reply(200, {}, b"ERR", whole=True), WORD, Places()).state is FAILED


@pytest.mark.parametrize(
    ("status", "headers", "body", "places", "told"),
    [
        (403, {}, b"Not enough credits", Places(), "The gateway refuses (403: Not enough credits)."),
        (400, HTML, b"<html><body>no", Places(), "The gateway refuses (400)."),
        (
            400,
            {},
            b'{"e": {"m": "Bad  number\\n!"}}',
            Places(reason="/e/m"),
            "The gateway refuses (400: Bad number !).",
        ),
        (400, {}, b'{"e": {"m": "Bad"}}', Places(), "The gateway refuses (400)."),
        (400, {}, b"\xff\x00 x", Places(reason="/e"), "The gateway refuses (400: \ufffd x)."),
        (301, {"location": "https://x"}, b"", Places(), "The gateway redirects (301)."),
        (200, {}, b'{"status": "failed", "why": 4}', Places(reason="/why"), "The gateway refuses (200: 4)."),
    ],
)
def test_a_refusal_is_told_in_the_gateways_words(
    status: int, headers: dict[str, str], body: bytes, places: Places, told: str
) -> None:
    outcome = verdict(Reply(status, headers, body), ELKS, places)
    assert outcome.state is FAILED
    assert outcome.reason is not None
    assert outcome.reason.en == told
    assert outcome.reason.sv.startswith("Tjänsten ")


def test_its_words_are_not_without_end() -> None:
    outcome = verdict(Reply(400, {}, b"x" * 10_000), ELKS, Places())
    assert outcome.reason is not None
    assert len(outcome.reason.en) < LONGEST_REASON + 50


@pytest.mark.parametrize(
    ("body", "reference"), [(b'{"id": "s1"}', "s1"), (b'{"id": 17}', "17"), (b"{}", ""), (b"x", ""), (b"[1]", "")]
)
def test_the_gateways_own_id_is_taken_where_it_is(body: bytes, reference: str) -> None:
    assert verdict(Reply(200, {}, body), Success(), Places(id="/id")).reference == reference
