"""One gzip member of pieces that were compressed apart."""

import gzip
import zlib
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from katalog.live.gzip import Piece, hasty_piece, joined, member, piece

texts = st.binary(max_size=3000) | st.integers(0, 3000).map(bytes)
Way = Callable[[bytes, bytes], Piece]
ways: list[Way] = [piece, hasty_piece]


@st.composite
def pieces_of(draw: st.DrawFn) -> tuple[bytes, list[Piece]]:
    """A text, and its pieces; each knows as much as it likes of what is before it."""
    whole, pieces = b"", []
    for text, way, known in draw(st.lists(st.tuples(texts, st.sampled_from(ways), st.integers(0, 40_000)))):
        text = whole[: draw(st.integers(0, 3000))] + text
        pieces.append(way(text, whole[max(0, len(whole) - known) :]))
        whole += text
    return whole, pieces


@given(pieces_of())
def test_a_member_of_pieces_is_what_any_reader_unpacks(drawn: tuple[bytes, list[Piece]]) -> None:
    whole, pieces = drawn
    assert gzip.decompress(b"".join(member(pieces))) == whole


@given(pieces_of())
def test_pieces_that_are_joined_are_one(drawn: tuple[bytes, list[Piece]]) -> None:
    whole, pieces = drawn
    one = joined(pieces)
    assert (one.crc, one.length) == (zlib.crc32(whole), len(whole))
    assert gzip.decompress(b"".join(member([hasty_piece(b"before"), one]))) == b"before" + whole


def test_nothing_at_all() -> None:
    assert gzip.decompress(b"".join(member([]))) == b""
