"""The gateway through the telephone system: to whom it goes by which address."""

from typing import Any

import pytest

from katalog.connectors.base import Finding
from katalog.domain.destination import Destination
from katalog.domain.message import Outcome, Reason, State
from katalog.errors import SettingsError
from katalog.gateways.base import Gateway, Setup, Sms, make_gateway

INTERNAL, MOBILE = Destination.INTERNAL, Destination.MOBILE


class System:
    """A telephone system that takes what it is told to take."""

    def __init__(self, **states: State) -> None:
        self.states = states
        self.taken: list[tuple[str, str, str]] = []

    def room(self, text: str) -> int:
        return 20

    async def send_message(self, to: str, sender: str, text: str) -> Outcome:
        self.taken.append((to, sender, text))
        return Outcome(self.states.get(to.rpartition(":")[2], State.SENT), Reason("sv", to))

    async def check_messages(self) -> Finding:
        return Finding(True, "write=message", "taken")


def gateway(system: System, **options: str) -> Gateway:
    return make_gateway("asterisk", Setup("SE", options, {"växel": system, "lagret": System()}))


async def send(system: System, sms: Sms, **options: Any) -> State:
    return (await gateway(system, **options).send(sms)).state


async def test_every_telephone_of_whose_number_it_is_gets_it_and_one_is_enough() -> None:
    lines = (("växel", "101"), ("växel", "111"), ("lagret", "900"), ("växel", "101"), ("växel", "1@x/y"))
    sms = Sms("08123456", INTERNAL, "102", "Hej", lines)
    system = System(**{"101": State.FAILED})
    assert await send(system, sms) is State.SENT
    assert system.taken == [("pjsip:101", "102", "Hej"), ("pjsip:111", "102", "Hej")]
    assert await send(System(**{"101": State.FAILED, "111": State.UNKNOWN}), sms) is State.UNKNOWN
    assert await send(System(**{"101": State.FAILED, "111": State.FAILED}), sms) is State.FAILED


async def test_a_number_of_nobody_is_the_telephone_systems_own() -> None:
    system = System()
    assert await send(system, Sms("130", INTERNAL, "102", "Hej"), inside="pjsip:x{number}") is State.SENT
    assert system.taken == [("pjsip:x130", "102", "Hej")]


async def test_other_numbers_go_by_the_trunk_if_there_is_one() -> None:
    system, sms = System(), Sms("0701740606", MOBILE, "102", "Hej")
    outside = "pjsip:trunk/sip:{number}@192.0.2.9:5060"
    assert await send(system, sms, outside=outside) is State.SENT
    assert system.taken == [("pjsip:trunk/sip:0701740606@192.0.2.9:5060", "102", "Hej")]
    assert await send(system, sms, outside="pjsip:trunk/sip:{e164}@x") is State.SENT
    assert system.taken[-1][0] == "pjsip:trunk/sip:+46701740606@x"
    assert gateway(system, outside=outside).objection(sms) is None
    objection = gateway(system).objection(sms)
    assert objection is not None
    assert "own telephones only" in objection.en


async def test_what_its_line_does_not_hold_is_refused_beforehand() -> None:
    assert gateway(System()).objection(Sms("130", INTERNAL, "102", "å" * 10)) is None
    objection = gateway(System()).objection(Sms("130", INTERNAL, "102", "å" * 11))
    assert objection is not None
    assert "takes 20 bytes at most; the message has 22" in objection.en


async def test_the_telephone_system_is_the_named_one_else_the_first() -> None:
    first, second = System(), System()
    systems = {"växel": first, "lagret": second}
    await make_gateway("asterisk", Setup("SE", {"pbx": "lagret"}, systems)).send(Sms("1", INTERNAL, "2", "x"))
    assert (len(first.taken), len(second.taken)) == (0, 1)
    for options, among in (({"pbx": "x"}, systems), ({}, {})):
        with pytest.raises(SettingsError, match=r"sms_asterisk\.pbx: no \[\[pbx\]\] of that name"):
            make_gateway("asterisk", Setup("SE", options, among))


async def test_a_check_is_the_telephone_systems() -> None:
    assert await gateway(System()).check() == [Finding(True, "write=message", "taken")]
