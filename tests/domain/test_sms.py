"""Lengths by 3GPP TS 23.038 and 23.040: at every edge, and for any text against packing it sign by sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.sms import Encoding, is_sendable, plain, size

GSM7, UCS2 = Encoding

# TS 23.038, 6.2.1: row by row of the table, without the escape.
TABLE = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "^{}\\[~]|€"


def test_the_alphabet_is_that_of_the_table() -> None:
    assert len(TABLE) == 127
    for sign in TABLE:
        assert (size(sign).encoding, size(sign).units) == (GSM7, 1), sign
    for sign in EXTENSION:
        assert (size(sign).encoding, size(sign).units) == (GSM7, 2), sign
    for sign in "çÀáêë`´“”–…\u00a0\tαβ中😀":
        assert size(sign).encoding == UCS2, sign


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts", "left"),
    [
        ("", GSM7, 0, 1, 160),
        ("a" * 160, GSM7, 160, 1, 0),
        ("a" * 161, GSM7, 161, 2, 145),
        ("a" * 306, GSM7, 306, 2, 0),
        ("a" * 307, GSM7, 307, 3, 152),
        ("€" * 80, GSM7, 160, 1, 0),
        ("a" * 159 + "€", GSM7, 161, 2, 145),
        # 153 is odd: the escape of the 77th would be the last of the first part.
        ("€" * 81, GSM7, 162, 2, 143),
        ("a" * 152 + "€" + "a" * 7, GSM7, 161, 2, 144),
        ("€" * 153, GSM7, 306, 3, 151),
        ("я" * 70, UCS2, 70, 1, 0),
        ("я" * 71, UCS2, 71, 2, 63),
        ("я" * 134, UCS2, 134, 2, 0),
        ("я" * 135, UCS2, 135, 3, 66),
        ("😀" * 35, UCS2, 70, 1, 0),
        ("😀" * 36, UCS2, 72, 2, 61),
        ("я" * 66 + "😀" * 3, UCS2, 72, 2, 61),
        ("😀" * 67, UCS2, 134, 3, 65),
    ],
)
def test_lengths_at_the_edges(text: str, encoding: Encoding, units: int, parts: int, left: int) -> None:
    measured = size(text)
    assert (measured.encoding, measured.units, measured.parts, measured.left) == (encoding, units, parts, left)


def test_the_signs_that_force_ucs2_are_told_once_each_in_their_order() -> None:
    assert size("Hej 😀 å ” 😀").forcing == ("😀", "”")
    assert size("Hej å €").forcing == ()


@given(st.text(alphabet=st.one_of(st.sampled_from(TABLE + EXTENSION), st.characters()), max_size=400))
def test_any_text_is_as_long_as_its_code_units_and_what_is_left_fits(text: str) -> None:
    measured = size(text)
    if measured.encoding is GSM7:
        assert measured.units == sum(2 if sign in EXTENSION else 1 for sign in text)
    else:
        assert measured.units == len(text.encode("utf-16-le", "surrogatepass")) // 2
    filler = "a"
    assert size(text + filler * measured.left).parts == measured.parts
    assert size(text + filler * (measured.left + 1)).parts == measured.parts + 1


def test_typography_is_written_plainly_where_that_saves_room() -> None:
    assert plain("”Hej” – ”då”…\u00a0’x’") == '"Hej" - "då"... \'x\''
    assert plain("a\u030a\u200bo\u0308") == "åö"
    assert plain("rad\u2028rad\tx") == "rad\nrad x"
    assert plain("å€\n^") == "å€\n^"
    for kept in ("”Hej” 😀", "Привет – hej", "a\u0301…"):
        assert plain(kept) == kept


@pytest.mark.parametrize("text", ["a\0", "\x1b", "\x7f", "\x85", "\ud83d", "\ude00x", "\x0c"])
def test_what_cannot_be_sent(text: str) -> None:
    assert not is_sendable(text)


def test_what_can() -> None:
    assert is_sendable("Hej\r\n\tdå 😀 å€\u00a0\u2028")
