"""The checksum of a text from those of its parts."""

import gzip
import zlib
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from katalog.live.gzip import Checksum, Piece, Sum, checksum, hasty_piece, member, piece

Compress = Callable[[bytes], Piece]

texts = st.binary(max_size=3000) | st.integers(0, 3000).map(bytes)


@given(st.lists(texts))
def test_checksums_add_up(parts: list[bytes]) -> None:
    whole = b"".join(parts)
    total = sum((checksum(part) for part in parts), Checksum())
    assert total == checksum(whole)
    assert (total.crc, total.length) == (zlib.crc32(whole), len(whole))


@given(st.lists(texts, min_size=1, max_size=9), st.data())
def test_some_of_many_change(parts: list[bytes], data: st.DataObject) -> None:
    total = Sum([checksum(part) for part in parts])
    assert total.whole == checksum(b"".join(parts))
    changed = data.draw(st.dictionaries(st.integers(0, len(parts) - 1), texts))
    for position, text in changed.items():
        parts[position] = text
    total.replace({position: checksum(text) for position, text in changed.items()})
    assert total.whole == checksum(b"".join(parts))


def test_nothing_at_all() -> None:
    assert Sum([]).whole == checksum(b"") == Checksum()
    assert gzip.decompress(member([], Checksum())) == b""


@given(st.lists(st.tuples(texts, st.sampled_from([piece, hasty_piece]))))
def test_a_member_of_pieces_is_what_any_reader_unpacks(compressed: list[tuple[bytes, Compress]]) -> None:
    parts = [part for part, _ in compressed]
    pieces = [compress(part) for part, compress in compressed]
    packed = member([each.deflated for each in pieces], checksum(b"".join(parts)))
    assert gzip.decompress(packed) == b"".join(parts)
