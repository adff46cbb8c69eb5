"""What an Originate says: whose telephone, whose name, and nothing that somebody's name could add."""

from collections.abc import Sequence

import pytest

from katalog.connectors.asterisk import originate
from katalog.connectors.asterisk.wire import action
from katalog.domain.placing import Party, Placing

ANNA = Placing(
    "0701112233",
    ("PJSIP/100", "PJSIP/104"),
    "",
    Party("100", "Anna"),
    Party("0701112233", 'Kund "K", AB'),
    autoanswer=True,
)


def placing(
    devices: Sequence[str] = ("PJSIP/100",), name: str = "Anna", *, mobile: str = "", autoanswer: bool = True
) -> Placing:
    return Placing(
        "0701112233", tuple(devices), mobile, Party("100", name), Party("0701112233", name), autoanswer=autoanswer
    )


def test_one_telephone_then_the_number_in_the_context() -> None:
    headers = originate.direct(placing(), "katalog-1", "from-internal")
    assert {key: value for key, value in headers.items() if key != "Variable"} == {
        "Channel": "PJSIP/100", "ChannelId": "katalog-1", "Timeout": "30000", "Async": "true",
        "Context": "from-internal", "Exten": "0701112233", "Priority": "1",
    }  # fmt: skip
    assert headers["Variable"] == [
        "CALLERID(num)=100",
        'CALLERID(name)="Anna"',
        "CONNECTEDLINE(num,i)=0701112233",
        'CONNECTEDLINE(name,i)="Anna"',
        "PJSIP_HEADER(add,Call-Info)=<sip:katalog>;answer-after=0",
        "PJSIP_HEADER(add,Alert-Info)=<http://katalog>;info=alert-autoanswer;delay=0",
        "PJSIP_HEADER(add,Answer-Mode)=Auto",
    ]


def test_what_is_to_be_lifted_by_hand_has_nothing_of_automatic_answers() -> None:
    variables = originate.direct(placing(autoanswer=False), "katalog-1", "from-internal")["Variable"]
    assert not [each for each in variables if "HEADER" in each]


def test_chan_sip_has_a_way_of_its_own_to_add_headers() -> None:
    variables = originate.direct(placing(["SIP/100"]), "katalog-1", "from-internal")["Variable"]
    assert [each for each in variables if "HEADER" in each] == [
        "SIPADDHEADER01=Call-Info: <sip:katalog>;answer-after=0",
        "SIPADDHEADER02=Alert-Info: <http://katalog>;info=alert-autoanswer;delay=0",
        "SIPADDHEADER03=Answer-Mode: Auto",
    ]


def test_several_and_mobiles_only_wait_and_dial_nothing_by_themselves() -> None:
    one = originate.waiting(placing(["PJSIP/100", "PJSIP/104"]), "PJSIP/104", "katalog-2")
    two = originate.mobile(placing((), mobile="0709876543"), "katalog-3", "from-internal")
    for headers in (one, two):
        assert (headers["Application"], headers["Data"]) == ("Wait", "5")
        assert not {"Context", "Exten", "Priority"} & set(headers)
    assert one["Channel"] == "PJSIP/104"
    assert (two["Channel"], two["OtherChannelId"]) == ("Local/0709876543@from-internal/n", "katalog-3-2")


def test_a_mobile_is_called_as_from_ones_own_telephone_and_not_as_from_the_number() -> None:
    variables = originate.mobile(placing((), mobile="0709876543"), "katalog-3", "from-internal")["Variable"]
    assert variables == [
        "CALLERID(num)=100", 'CALLERID(name)="Anna"', "CONNECTEDLINE(num,i)=100", 'CONNECTEDLINE(name,i)="Anna"',
    ]  # fmt: skip
    assert dict(originate.identity(placing())) == {"CALLERID(num)": "100", "CALLERID(name)": "Anna"}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Kund, AB; (x)", '"Kund, AB; (x)"'),
        ('",CHANNEL(language)=x,Y="', '"\\",CHANNEL(language)=x,Y=\\""'),
        ("a\\", '"a\\\\"'),
        ("Anna\r\nAction: Hangup\r\n\r\n", '"Anna Action: Hangup"'),
        ("  An\u00a0na\t\x00\u2028\x1bx\ud800 ", '"An na x"'),
        ("Åsa 😀 👩\u200d💻", '"Åsa 😀 👩\u200d💻"'),
        ("x" * 200, f'"{"x" * 80}"'),
        ("", '""'),
    ],
)
def test_a_name_is_one_value_on_one_line_whatever_is_in_it(name: str, sent: str) -> None:
    headers = originate.direct(placing(name=name), "katalog-1", "from-internal")
    assert headers["Variable"][1] == f"CALLERID(name)={sent}"
    assert headers["Variable"][3] == f"CONNECTEDLINE(name,i)={sent}"
    said = action("Originate", **headers)
    assert said.count(b"\r\n") == len(headers) + len(headers["Variable"]) + 1
    assert max(map(len, said.split(b"\r\n"))) < 1024


def test_the_longest_name_fits_into_a_line() -> None:
    said = action("Originate", **originate.direct(placing(name="\U0001f600" * 200), "katalog-1", "from-internal"))
    assert max(map(len, said.split(b"\r\n"))) < 1024
