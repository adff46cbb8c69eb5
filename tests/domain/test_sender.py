"""In whose name a message goes."""

import pytest

from katalog.domain.entry import Entry
from katalog.domain.sender import Senders, is_sender

ANNA = Entry("1", "08-12 34 56", "Anna", mobile="070-174 06 05")
ROOM = Entry("2", "101", "Rum")


@pytest.mark.parametrize("text", ["+46701740605", "101", "0701740605", "Exempel", "Exempel2026", "4you"])
def test_senders(text: str) -> None:
    assert is_sender(text)


@pytest.mark.parametrize(
    "text", ["", "Exempel AB", "Exempelbolag", "Åkeri", "+", "1" * 16, "++46", "a\n", "1\n", "<sip:1@x>", "a\r\nX: y"]
)
def test_no_senders(text: str) -> None:
    assert not is_sender(text)


@pytest.mark.parametrize(
    ("senders", "anna", "room", "program"),
    [
        (Senders(), "08123456", "101", ""),
        (Senders("extension", {}, "Exempel"), "08123456", "101", "Exempel"),
        (Senders("mobile"), "0701740605", "", ""),
        (Senders("mobile", {"101": "Receptionen"}, "4711"), "0701740605", "Receptionen", "4711"),
        (Senders("mobile", {}, "4711"), "0701740605", "4711", "4711"),
        (Senders("mobile", {"101": "Rum"}), "0701740605", "Rum", ""),
        (Senders("Exempel", {"08-12 34 56": "extension"}), "08123456", "Exempel", "Exempel"),
        (Senders("Exempel", {"08-12 34 56": "mobile"}), "0701740605", "Exempel", "Exempel"),
        (Senders("Exempel", {"08-12 34 56": ""}, "Vaxeln"), "Vaxeln", "Exempel", "Exempel"),
    ],
)
def test_whose_sender_is_what(senders: Senders, anna: str, room: str, program: str) -> None:
    assert (senders.of(ANNA), senders.of(ROOM), senders.of(None)) == (anna, room, program)


def test_an_extension_that_is_no_number_is_no_sender() -> None:
    assert Senders().of(Entry("1", "Växeln!", "V")) == ""
