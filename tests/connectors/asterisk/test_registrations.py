"""Which devices can be rung, by their states."""

import pytest

from katalog.connectors.asterisk.registrations import Registrations
from katalog.connectors.asterisk.wire import Message
from katalog.domain.events import DeviceChanged, DevicesRead


def state(device: str, value: str) -> Message:
    return Message(f"Event: DeviceStateChange\nDevice: {device}\nState: {value}")


def test_what_is_listed_is_told_together_and_then_only_what_differs() -> None:
    registrations = Registrations("växel")
    for device, value in [("PJSIP/100", "NOT_INUSE"), ("PJSIP/101", "UNAVAILABLE"), ("SIP/102", "INVALID")]:
        assert list(registrations.heard(state(device, value))) == []
    assert registrations.read() == DevicesRead("växel", frozenset({"PJSIP/100"}), frozenset({"PJSIP/101", "SIP/102"}))
    # A call is no news.
    assert [list(registrations.heard(state("PJSIP/100", value))) for value in ("RINGING", "INUSE", "BUSY")] == [[]] * 3
    assert list(registrations.heard(state("PJSIP/100", "UNAVAILABLE"))) == [DeviceChanged("växel", "PJSIP/100", False)]
    assert list(registrations.heard(state("PJSIP/101", "NOT_INUSE"))) == [DeviceChanged("växel", "PJSIP/101", True)]
    assert list(registrations.heard(state("PJSIP/103", "UNKNOWN"))) == [DeviceChanged("växel", "PJSIP/103", True)]
    assert list(registrations.heard(state("PJSIP/104", "UNAVAILABLE"))) == [DeviceChanged("växel", "PJSIP/104", False)]


@pytest.mark.parametrize(
    "device", ["Custom:absent100", "Queue:support_avail", "Local/100@office", "confbridge:8", "", "Custom:a/b"]
)
def test_what_is_no_device_is_passed_over(device: str) -> None:
    registrations = Registrations("växel")
    assert list(registrations.heard(state(device, "NOT_INUSE"))) == []
    assert registrations.read() == DevicesRead("växel", frozenset(), frozenset())
