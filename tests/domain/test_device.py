"""Whose device is it: by its name alone, and as an entry names it."""

import pytest

from katalog.domain.device import DeviceName, DevicePattern
from katalog.settings import DEFAULT_PATTERN


@pytest.mark.parametrize(
    ("device", "extension"),
    [
        ("PJSIP/100", "100"),
        ("SIP/08123456", "08123456"),
        ("IAX2/anna", "anna"),
        ("SCCP/100", "100"),
        ("PJSIP/100/x", None),
        ("Local/100@from-internal", None),
        ("DAHDI/1", None),
        ("xPJSIP/100", None),
        ("PJSIP/", None),
        ("", None),
    ],
)
def test_the_usual_pattern_reads_the_extension_out_of_a_telephones_name(device: str, extension: str | None) -> None:
    assert DevicePattern(DEFAULT_PATTERN).extension(device) == extension


def test_a_pattern_may_take_just_a_part_of_the_name_or_nothing() -> None:
    pattern = DevicePattern(r"PJSIP/(?:kund7_(?P<extension>\d+)|fax)$")
    assert pattern.extension("PJSIP/kund7_100") == "100"
    assert pattern.extension("PJSIP/fax") is None


@pytest.mark.parametrize(
    ("text", "pbx", "device"),
    [
        ("PJSIP/100", None, "PJSIP/100"),
        ("växel:PJSIP/100", "växel", "PJSIP/100"),
        ("växel-2:SIP/a:b", "växel-2", "SIP/a:b"),
        ("PJSIP/a:b", None, "PJSIP/a:b"),
        ("Local/100@from-internal", None, "Local/100@from-internal"),
    ],
)
def test_a_device_is_named_of_every_telephone_system_or_of_one(text: str, pbx: str | None, device: str) -> None:
    assert DeviceName.parse(text) == DeviceName(pbx, device)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "100",
        "/100",
        "PJSIP/",
        "PJ SIP/100",
        "PJSIP/1 00",
        "PJSIP/100/2",
        ":PJSIP/100",
        "a:b:PJSIP/100",
        "a/b:PJSIP/100",
        " PJSIP/100",
        "PJSIP/100\n",
        "växel:",
        "växel:100",
    ],
)
def test_what_is_no_device_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        DeviceName.parse(text)
