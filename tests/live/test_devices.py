"""Whose telephones there are, in which order, and which can be rung."""

from katalog.domain.entry import Entry
from katalog.domain.events import DeviceChanged, DevicesRead
from katalog.live.devices import Telephone
from katalog.live.directory import Directory
from tests.live.directories import directory

ANNA = Entry("1", "08123456", "Anna", devices=("PJSIP/7", "växel:PJSIP/8", "filial:SIP/99"))
BENGT = Entry("2", "101", "Bengt", numbers=("201",))
ROOM = Entry("3", "101", "Rum")


def told(*entries: Entry, logins: frozenset[str] = frozenset()) -> Directory:
    one = directory(*entries, logins=logins)
    one.apply(DevicesRead("växel", frozenset({"PJSIP/7", "PJSIP/101", "SIP/201"}), frozenset({"PJSIP/8", "SIP/101"})))
    one.apply(DevicesRead("filial", frozenset({"SIP/9101", "SIP/99"}), frozenset()))
    return one


def test_devices_that_are_named_come_in_their_order_and_at_their_telephone_system() -> None:
    assert told(ANNA).telephones(ANNA) == [
        Telephone("växel", "PJSIP/7", True),
        Telephone("filial", "PJSIP/7", None),
        Telephone("växel", "PJSIP/8", False),
        Telephone("filial", "SIP/99", True),
    ]


def test_who_names_none_has_those_with_the_extension_then_with_the_further_numbers() -> None:
    assert told(BENGT).telephones(BENGT) == [
        Telephone("växel", "PJSIP/101", True),
        Telephone("växel", "SIP/101", False),
        Telephone("växel", "SIP/201", True),
        Telephone("filial", "SIP/9101", True),
    ]


def test_a_device_that_somebody_names_is_nobody_elses() -> None:
    one = told(BENGT, Entry("4", "300", "Cecilia", devices=("PJSIP/101",)))
    assert "PJSIP/101" not in [telephone.device for telephone in one.telephones(BENGT)]


def test_what_is_read_is_all_there_is_and_what_changes_is_known_at_once() -> None:
    one = told(BENGT)
    one.apply(DeviceChanged("växel", "PJSIP/101", False))
    one.apply(DeviceChanged("växel", "IAX2/101", True))
    assert [(phone.device, phone.registered) for phone in one.telephones(BENGT) if phone.pbx == "växel"] == [
        ("PJSIP/101", False), ("SIP/101", False), ("IAX2/101", True), ("SIP/201", True),
    ]  # fmt: skip
    one.apply(DevicesRead("växel", frozenset(), frozenset({"SIP/201"})))
    assert [phone for phone in one.telephones(BENGT) if phone.pbx == "växel"] == [Telephone("växel", "SIP/201", False)]
    assert one.links["växel"].devices.are_read
    assert not directory(BENGT).links["växel"].devices.are_read


def test_one_is_alone_at_a_telephone_that_only_a_room_has_too() -> None:
    alone = told(BENGT, ROOM, logins=frozenset({"2"}))
    shared = told(BENGT, ROOM, logins=frozenset({"2", "3"}))
    assert alone.is_alone_at("växel", "PJSIP/101", "2")
    assert not shared.is_alone_at("växel", "PJSIP/101", "2")
    assert not shared.is_alone_at("växel", "PJSIP/7", "2")
