"""`/dial`, `/hangup` and `/sms`: what rings, ends calls or costs, and is asked only if somebody says so."""

import asyncio
from urllib.parse import quote

from katalog.compat import reading
from katalog.compat.answer import Answer
from katalog.compat.asking import Asking
from katalog.compat.parts.authentication import NO_BEARER, need_password
from katalog.compat.shape import Differs, Unseen

TEXT = "Prov från katalog: åäö"
RINGS = 3.0
"""Seconds that the telephone rings before it is hung up."""

_ELSEWHERE = (("Sec-Fetch-Site", "cross-site"),)
_SHOWN = 200


async def acting(asking: Asking) -> None:
    asking.part("Dial, hang up, SMS")
    await _hang_up_nothing(asking)
    await _dial(asking)
    with asking.line("GET /sms/{number} sends, or is 400 with the reason"):
        number = asking.options.sms
        if not number:
            raise Unseen("costs: only with --sms NUMBER")
        path = f"{asking.target.base}/sms/{quote(number, safe='+')}?message={quote(TEXT)}"
        _done(await asking.ask("GET", path, fresh=True))


async def _hang_up_nothing(asking: Asking) -> None:
    path = f"{asking.target.base}/hangup"
    for text, method, end in (
        ("GET /hangup with nothing to end is 400 with a message", "GET", ""),
        ("POST /hangup/ is the same", "POST", "/"),
    ):
        with asking.line(text):
            await _must_be_idle(asking)
            reading.message(await asking.ask(method, path + end, fresh=True), 400)
    with asking.line("another site's page may not, by what a browser adds itself (Basic): 403"):
        need_password(asking)
        await _must_be_idle(asking)
        answer = await asking.ask("GET", path, (*asking.credentials.basic, *_ELSEWHERE), fresh=True)
        reading.message(answer, 403)
    with asking.line("a token may, from wherever it comes"):
        if not asking.credentials.token:
            raise Unseen(NO_BEARER)
        await _must_be_idle(asking)
        answer = await asking.ask("GET", path, (*asking.credentials.bearer, *_ELSEWHERE), fresh=True)
        reading.message(answer, 400)


async def _must_be_idle(asking: Asking) -> None:
    """Raises Unseen if there may be a call that would be ended."""
    if not asking.options.hangup:
        raise Unseen("would end your call if one began just then: only with --hangup")
    own = await asking.get("/extensions/me")
    if own.status == 404:
        return
    if own.status != 200 or reading.one_object(own).get("calls") != []:
        raise Unseen("you are in a call, or it cannot be seen that you are not")


async def _dial(asking: Asking) -> None:
    number, placed = asking.options.dial, False
    with asking.line("GET /dial/{number}??autoanswer=1 is taken, or is 400 with the reason"):
        if not number:
            raise Unseen("rings: only with --dial NUMBER")
        path = f"{asking.target.base}/dial/{quote(number, safe='+')}??autoanswer=1"
        placed = _done(await asking.ask("GET", path, fresh=True))
    with asking.line("GET /hangup ends it"):
        if not placed:
            raise Unseen("no call was placed")
        if not asking.options.hangup:
            raise Unseen("hang up yourself, or ask with --hangup")
        await asyncio.sleep(RINGS)
        reading.ok(await asking.ask("GET", f"{asking.target.base}/hangup", fresh=True))


def _done(answer: Answer) -> bool:
    """Whether it was; if not, the reason is told as what could not be seen."""
    if answer.status == 400:
        raise Unseen(f"400, as it should be if it is not done: {_sentence(reading.message(answer, 400))}")
    if answer.status == 403:
        raise Differs("200 or 400", "403: is the token one that may only read?")
    reading.ok(answer)
    return True


def _sentence(message: str) -> str:
    """For a terminal: without what could move its cursor."""
    return "".join(sign if sign.isprintable() else "?" for sign in message[:_SHOWN])
