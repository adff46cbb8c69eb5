"""A message before it is sent: how it would go out, and the first thing that stands in its way."""

from collections.abc import Collection

import pytest

from katalog.connectors.base import Finding
from katalog.domain.destination import Destination
from katalog.domain.entry import Entry
from katalog.domain.message import Outcome, Reason, State
from katalog.domain.sender import Senders
from katalog.gateways.base import Sms
from katalog.messages.draft import Draft, Rules, draft
from tests.live.directories import directory

INTERNAL, NATIONAL, MOBILE, INTERNATIONAL, PREMIUM, EMERGENCY = Destination
ALL = tuple(Destination)

ANNA = Entry("1", "08123456", "Anna", devices=("PJSIP/101", "filial:SIP/9101"))
BENGT = Entry("2", "102", "Bengt", numbers=("08123457",))
CECILIA = Entry("3", "0701740606", "Cecilia")
DAVID = Entry("4", "0701740607", "David", devices=("PJSIP/104",), hidden=True)


class Gateway:
    def __init__(self, *, in_house: bool) -> None:
        self.in_house = in_house

    def objection(self, sms: Sms) -> Reason | None:
        return Reason("nej", "no") if sms.text == "no" else None

    async def send(self, sms: Sms) -> Outcome:
        return Outcome(State.SENT)

    async def check(self) -> list[Finding]:
        return []


def made(
    number: str,
    text: str = "Hej",
    *,
    in_house: bool = True,
    allow: Collection[Destination] = ALL,
    plain: bool = True,
    entry: Entry | None = ANNA,
) -> Draft:
    rules = Rules("SE", allow, Senders(), 2, plain)
    return draft(rules, Gateway(in_house=in_house), directory(ANNA, BENGT, CECILIA, DAVID), entry, number, text)


@pytest.mark.parametrize(
    ("number", "kind", "lines"),
    [
        # By any number of somebody, and by the telephone system's own.
        ("+46 8 12 34 56", INTERNAL, {("växel", "101"), ("filial", "101")}),
        ("101", INTERNAL, {("växel", "101"), ("filial", "101")}),
        ("102", INTERNAL, {(pbx, number) for pbx in ("växel", "filial") for number in ("102", "08123457")}),
        ("08-12 34 57", INTERNAL, {(pbx, number) for pbx in ("växel", "filial") for number in ("102", "08123457")}),
        # Nobody's: a telephone in the kitchen.
        ("130", INTERNAL, set()),
        # Who has nothing but a mobile is outside; with a telephone of the house, inside, hidden or not.
        ("070-174 06 06", MOBILE, set()),
        ("070-174 06 07", INTERNAL, {("växel", "104")}),
        ("070-174 06 08", MOBILE, set()),
        ("08123499", NATIONAL, set()),
    ],
)
def test_a_gateway_of_the_house_reaches_its_telephones(
    number: str, kind: Destination, lines: set[tuple[str, str]]
) -> None:
    found = made(number)
    assert (found.kind, set(found.lines), found.objection) == (kind, lines, None)
    assert found.sms == Sms(found.number, kind, "08123456", "Hej", found.lines)


@pytest.mark.parametrize(
    ("number", "kind"), [("08123456", NATIONAL), ("101", INTERNAL), ("0701740607", MOBILE), ("00112", EMERGENCY)]
)
def test_for_any_other_gateway_a_number_is_what_it_costs(number: str, kind: Destination) -> None:
    found = made(number, in_house=False)
    assert (found.kind, found.lines) == (kind, ())


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (made("Anna"), "That is no number."),
        (made("101", ""), "The message is empty."),
        (made("101", "\u200b\u00a0"), "The message is empty."),
        (made("101", "a\ud83d"), "The message has characters that cannot be sent."),
        (made("112"), "No messages may be sent to emergency numbers."),
        (made("101", allow=[MOBILE]), "No messages may be sent to internal numbers."),
        (made("08123499", allow=[MOBILE]), "No messages may be sent to numbers that are no mobiles."),
        (made("0701740605", allow=[INTERNAL]), "No messages may be sent to mobile numbers."),
        (made("004790123456", allow=[MOBILE]), "No messages may be sent to numbers in other countries."),
        (made("09001234567", allow=[MOBILE]), "No messages may be sent to premium-rate numbers."),
        (made("101", entry=None), "There is no sender for this account (sms.sender, sms.fallback)."),
        (made("101", "a" * 307), "The message is too long: it takes 3 parts, and 2 may be sent at most."),
        (made("101", "no"), "no"),
    ],
)
def test_the_first_that_stands_in_the_way_is_told(found: Draft, why: str) -> None:
    assert found.objection is not None
    assert found.objection.en == why
    assert found.objection.sv


def test_typography_stays_where_that_is_wanted() -> None:
    assert made("101", "”Hej”").text == '"Hej"'
    assert made("101", "”Hej”", plain=False).text == "”Hej”"
