"""When are two notations one number, and when is it better to say nothing?"""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.number import e164

COUNTRIES = ("SE", "NO", "DK", "FI", "US", "DE", "IT")

NOTATIONS = {
    ("SE", "+468123456"): [
        "08-123 456", "08123456", "08/123456", "(08) 12 34 56", "08.123.456", "08–123 456", "08\u00a0123\u202f456",
        "+468123456", "+46 8 123 456", "＋46 8 123456", " +46-8-123456", "+46 (0)8-12 34 56", "0046 (0)8 123456",
        "00468123456", "00 46 8 12 34 56", "٠٨١٢٣٤٥٦",
    ],
    ("SE", "+46701231234"): ["070-123 12 34", "0701231234", "+46701231234", "0046 70 123 12 34"],
    ("SE", "+4722123456"): ["+47 22 12 34 56", "0047 22123456"],
    ("NO", "+4722123456"): ["22 12 34 56", "22123456", "+4722123456", "004722123456"],
    ("DK", "+4533123456"): ["33 12 34 56", "33123456", "+4533123456", "004533123456"],
    ("FI", "+35891234567"): ["09 123 4567", "091234567", "+35891234567", "0035891234567", "990 358 9 1234567"],
    ("US", "+12125550123"): [
        "(212) 555-0123", "212-555-0123", "2125550123", "12125550123", "1 (212) 555-0123", "+1 212.555.0123",
        "01112125550123",
    ],
    ("US", "+468123456"): ["011 46 8 123 456", "+46 8 123 456"],
    ("DE", "+4930123456"): ["030 123456", "030/123456", "+49 30 123456", "+49 (0)30 123456", "004930123456"],
    ("IT", "+390612345678"): ["06 1234 5678", "0612345678", "+39 06 1234 5678", "00390612345678"],
    ("IT", "+393331234567"): ["333 123 4567", "3331234567", "+393331234567", "00393331234567"],
    ("IS", "+3545512345"): ["551 2345", "5512345", "+354 551 2345", "00354 5512345"],
    ("NO", "+4710123456"): ["10 12 34 56", "+4710123456"],  # in no range, but whole: there is no trunk prefix to miss
    ("FO", "+298201234"): ["+298 201234", "00298201234"],
    # In a range that nobody has been told of yet, but written as the country writes.
    ("US", "+19923235863"): ["(992) 323-5863", "9923235863", "+1 992 323 5863"],
    ("SE", "+46812345"): ["08-123 45", "0812345", "+46 8 123 45"],
    ("BO", "+59171234567"): ["71234567", "+591 71234567"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("country", "public", "notation"),
    [(country, public, notation) for (country, public), all_ in NOTATIONS.items() for notation in all_],
)
def test_every_notation_of_a_number_is_the_same_number(country: str, public: str, notation: str) -> None:
    assert e164(notation, country) == public


NATIONAL = {
    "SE": ("0", "8123456", "00", "46"),
    "NO": ("", "22123456", "00", "47"),
    "DK": ("", "33123456", "00", "45"),
    "FI": ("0", "91234567", "00", "358"),
    "US": ("", "2125550123", "011", "1"),
    "DE": ("0", "30123456", "00", "49"),
    "IT": ("", "0612345678", "00", "39"),
}


@given(
    st.sampled_from(COUNTRIES), st.lists(st.sampled_from(["", " ", "-", ".", "/", "\u00a0"]), min_size=8, max_size=8)
)
def test_how_the_digits_are_grouped_does_not_matter(country: str, signs: list[str]) -> None:
    trunk, national, abroad, code = NATIONAL[country]
    grouped = "".join(digit + sign for digit, sign in itertools.zip_longest(national, signs, fillvalue=""))
    written = {trunk + grouped, f"+{code} {grouped}", f"{abroad} {code} {grouped}", f"{abroad}{code}{grouped}"}
    assert {e164(notation, country) for notation in written} == {f"+{code}{national}"}


@pytest.mark.parametrize("country", COUNTRIES)
def test_the_country_says_whose_number_a_national_one_is(country: str) -> None:
    trunk, national, _, code = NATIONAL[country]
    for other in COUNTRIES:
        assert (e164(trunk + national, other) == f"+{code}{national}") == (other == country)
        assert e164(f"+{code}{national}", other) == f"+{code}{national}"


@given(st.sampled_from(COUNTRIES), st.text("0123456789", max_size=6))
def test_a_short_number_is_internal_and_has_no_other_notation(country: str, digits: str) -> None:
    assert e164(digits, country) is None


@given(st.from_regex(r"[1-9][0-9]{0,18}", fullmatch=True))
def test_in_sweden_a_number_without_its_trunk_zero_is_not_guessed(digits: str) -> None:
    assert e164(digits, "SE") is None


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("", "SE"),
        (" ", "SE"),
        ("+", "SE"),
        ("+46", "SE"),
        ("00", "SE"),
        ("8123456", "SE"),  # no trunk prefix
        ("468123456", "SE"),  # the country's code with nothing before it
        ("46 8 123456", "SE"),
        ("46701231234", "SE"),
        ("4722123456", "NO"),
        ("390612345678", "IT"),
        ("46863588550", "SE"),
        ("4778251140", "NO"),
        ("49603051", "DE"),
        ("201234", "FO"),  # whole there, but as short as an internal number
        ("7631706690", "SE"),  # in no range that is known: no reason to believe that it is Swedish
        ("00468123456", "US"),  # 00 leads nowhere there
        ("555-0123", "US"),  # local to an area
        ("081", "SE"),
        ("081234567890123", "SE"),  # too long
        ("0" * 21, "SE"),
        ("+46" + "1" * 30, "SE"),
        ("+999 123 456 789", "SE"),  # no such country
        ("0812A456", "SE"),  # nor ABC as 222
        ("0800-FLOWERS", "US"),
        ("tel:+468123456", "SE"),
        ("08123456;ext=5", "SE"),
        ("08123456x5", "SE"),
        ("*21*08123456#", "SE"),
        ("%2B468123456", "SE"),  # the encoding of URLs is taken off before
        ("++468123456", "SE"),
        ("08123456", "XX"),  # no such country
    ],
)
def test_what_is_no_whole_public_number_has_no_other_notation(number: str, country: str) -> None:
    assert e164(number, country) is None


@given(st.text() | st.text("+＋0123456789 -().٠۱", max_size=25), st.sampled_from((*COUNTRIES, "XX", "")))
def test_any_text_is_a_number_or_none_and_never_an_error(text: str, country: str) -> None:
    found = e164(text, country)
    assert found is None or re.fullmatch(r"\+[1-9][0-9]{4,16}", found)


@given(st.text("+0123456789 -()", max_size=18), st.sampled_from(COUNTRIES))
def test_the_public_form_of_a_number_is_its_own_public_form(text: str, country: str) -> None:
    found = e164(text, country)
    assert found is None or e164(found, country) == found
