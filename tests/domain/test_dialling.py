"""Forms of a number, and of the beginning of one, in which it may be looked for."""

import pytest

from katalog.domain.dialling import Dialling


@pytest.mark.parametrize(
    ("country", "number", "forms"),
    [
        ("SE", "070-123 45", ("07012345", "+467012345")),
        ("SE", "+46 70-123 45", ("467012345", "+467012345")),
        ("SE", "+46 (0)70-123 45", ("4607012345", "+467012345")),
        ("SE", "0046 (0)70", ("0046070", "+4670")),
        ("SE", "(0)70", ("070", "+4670")),
        ("SE", "101", ("101",)),
        ("SE", "växeln", ()),
        ("NO", "22 12", ("2212",)),
        ("NO", "0047 22", ("004722", "+4722")),
        ("US", "011 46 8", ("011468", "+468")),
        ("US", "1 650", ("1650", "+1650")),
        ("BR", "0011", ("0011", "+11")),
        ("ZZ", "00 46", ("0046", "+46")),
    ],
)
def test_the_digits_as_written_and_with_the_country_code(country: str, number: str, forms: tuple[str, ...]) -> None:
    assert Dialling(country).forms(number) == forms
