"""What is dialled, and what kind of number it is: by cases of the Swedish numbering plan, and of some others."""

import pytest

from katalog.domain.destination import Destination, NotANumber, destination, dialled

INTERNAL, NATIONAL, MOBILE, INTERNATIONAL, PREMIUM, EMERGENCY = Destination


@pytest.mark.parametrize(
    ("country", "written", "digits", "kind"),
    [
        # As people and programs write them.
        ("SE", "101", "101", INTERNAL),
        ("SE", "0123", "0123", INTERNAL),
        ("SE", "6900", "6900", INTERNAL),
        ("SE", "08-123 456", "08123456", NATIONAL),
        ("SE", " +46 (0)8-12 34 56", "08123456", NATIONAL),
        ("SE", "0046 8 123456", "08123456", NATIONAL),
        ("SE", "010-123 45 67", "0101234567", NATIONAL),
        ("SE", "0771-12 34 56", "0771123456", NATIONAL),
        ("SE", "020-12 34 56", "020123456", NATIONAL),
        ("SE", "1177", "1177", NATIONAL),
        ("SE", "070/174 06 05", "0701740605", MOBILE),
        ("SE", "＋46701740605", "0701740605", MOBILE),
        ("SE", "+47 22 86 44 00", "004722864400", INTERNATIONAL),
        ("SE", "0012125552368", "0012125552368", INTERNATIONAL),
        ("SE", "+881 6 1234 5678", "00881612345678", PREMIUM),
        ("SE", "+800 1234 5678", "0080012345678", INTERNATIONAL),
        ("SE", "+44 909 879 0000", "00449098790000", PREMIUM),
        ("SE", "0900-123 45 67", "09001234567", PREMIUM),
        ("SE", "0944-123 45 67", "09441234567", PREMIUM),
        ("SE", "118 118", "118118", PREMIUM),
        # Behind a digit for an outside line, and what nobody knows.
        ("SE", "90701740605", "90701740605", MOBILE),
        ("SE", "9004722864400", "9004722864400", INTERNATIONAL),
        ("SE", "909001234567", "909001234567", PREMIUM),
        ("SE", "9118118", "9118118", PREMIUM),
        ("SE", "85001234", "85001234", PREMIUM),
        # Never, however it is written.
        ("SE", "112", "112", EMERGENCY),
        ("SE", "+46112", "0112", EMERGENCY),
        ("SE", "0112", "0112", EMERGENCY),
        ("SE", "9112", "9112", EMERGENCY),
        ("SE", "00112", "00112", EMERGENCY),
        ("NO", "113", "113", EMERGENCY),
        ("US", "9911", "9911", EMERGENCY),
        # Where there is no trunk prefix, where it is the country code, and where it stays.
        ("NO", "+47 22 86 44 00", "22864400", NATIONAL),
        ("US", "+1 (212) 555-2368", "12125552368", MOBILE),
        ("US", "+46 8 123456", "011468123456", INTERNATIONAL),
        ("IT", "+39 06 1234 5678", "0612345678", NATIONAL),
        ("GB", "0909 879 0000", "09098790000", PREMIUM),
        ("GB", "07012 345678", "07012345678", PREMIUM),
    ],
)
def test_a_number_is_dialled_and_known_for_what_it_is(
    country: str, written: str, digits: str, kind: Destination
) -> None:
    assert dialled(written, country) == digits
    assert destination(digits, country, internal=False) is kind


@pytest.mark.parametrize("written", ["", " ", "+", "Anna", "08ABC", "*23*2", "#23#", "0701;postd=1", "1" * 21, "٠٧٠١"])
def test_what_is_no_number_is_not_dialled(written: str) -> None:
    with pytest.raises(NotANumber):
        dialled(written, "SE")


def test_what_is_known_in_the_house_is_internal_but_for_the_emergency_number_itself() -> None:
    assert destination("9112", "SE", internal=True) is INTERNAL
    assert destination("08123456", "SE", internal=True) is INTERNAL
    assert destination("112", "SE", internal=True) is EMERGENCY
