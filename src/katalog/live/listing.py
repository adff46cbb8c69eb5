"""A long JSON array whose objects change one at a time, kept ready to be sent: as it is, and compressed.

Its objects are in chunks in their order. A change costs the chunk that it is in, and putting the chunks together:
not the whole list. Nothing is made before somebody asks for it.
"""

import bisect
from collections.abc import Callable, Iterable, Iterator

from katalog.live.gzip import Checksum, Piece, Sum, member, piece

Key = tuple[str, str, str]
"""Extension, name and id: the order of every list. The id says which object it is."""

CHUNK = 64
"""Objects in a chunk to begin with; one that grows to twice as many is parted."""

PART = 16
"""Chunks in a part: some 256 KB. A change makes one part anew, and a server holds a few of them for a reader who is
slow, not the whole list. Smaller ones cost more in handing over than they save (docs/performance.md)."""

_OPEN, _COMMA, _CLOSE = b"[", b",", b"]"
_PIECES = {text: piece(text) for text in (_OPEN, _COMMA, _CLOSE)}


class _Chunk:
    """Objects that follow each other, and what was made of them."""

    __slots__ = ("keys", "piece", "text")

    def __init__(self, keys: list[Key]) -> None:
        self.keys = keys
        self.text: bytes | None = None
        self.piece: Piece | None = None


class Listing:
    """`encode` gives the object of an id, as JSON."""

    def __init__(self, encode: Callable[[str], bytes]) -> None:
        self.number = 0  # of the last change
        self._encode = encode
        self._chunks: list[_Chunk] = []
        self._parts: list[bytes | None] = []
        self._plain: tuple[bytes, ...] | None = None
        self._gzip: bytes | None = None
        self._sum: Sum | None = None  # of all chunks' texts, but for those in:
        self._stale: set[int] = set()

    # -- reading -----------------------------------------------------------------------------------

    def after(self, key: Key | None) -> Iterator[Key]:
        """Every key in order, from the one after `key` on."""
        first = self._number(key) if key else 0
        for number in range(first, len(self._chunks)):
            keys = self._chunks[number].keys
            yield from keys[bisect.bisect_right(keys, key) :] if key and number == first else keys

    def plain(self) -> tuple[bytes, ...]:
        """The array, in parts to be sent one after another; each is made anew only after a change in it."""
        if self._plain is None:
            if not self._parts:
                self._parts = [None] * max(1, -(-len(self._chunks) // PART))
            self._plain = tuple([self._part(number) for number in range(len(self._parts))])
        return self._plain

    def _part(self, number: int) -> bytes:
        part = self._parts[number]
        if part is None:
            texts = [self._text(chunk) for chunk in self._chunks[number * PART : (number + 1) * PART]]
            last = number == len(self._parts) - 1
            part = _array(texts, _COMMA if number else _OPEN, _COMMA, _CLOSE if last else b"")
            self._parts[number] = part
        return part

    def gzip(self) -> bytes:
        """The array as one gzip member."""
        if self._gzip is None:
            before, comma, after = (_PIECES[text] for text in (_OPEN, _COMMA, _CLOSE))
            pieces = [self._piece(chunk).deflated for chunk in self._chunks]
            deflated = _array(pieces, before.deflated, comma.deflated, after.deflated)
            self._gzip = member(deflated, before.checksum + self._inner_checksum() + after.checksum)
        return self._gzip

    def _inner_checksum(self) -> Checksum:
        if self._sum is None:
            self._sum = Sum([self._checksum(number) for number in range(len(self._chunks))])
        else:
            for number in self._stale:
                self._sum.replace(number, self._checksum(number))
        self._stale.clear()
        return self._sum.whole

    def _checksum(self, number: int) -> Checksum:
        inner = self._piece(self._chunks[number]).checksum
        return _PIECES[_COMMA].checksum + inner if number else inner

    def _text(self, chunk: _Chunk) -> bytes:
        if chunk.text is None:
            chunk.text = _COMMA.join([self._encode(key[2]) for key in chunk.keys])
        return chunk.text

    def _piece(self, chunk: _Chunk) -> Piece:
        if chunk.piece is None:
            chunk.piece = piece(self._text(chunk))
        return chunk.piece

    # -- writing -----------------------------------------------------------------------------------

    def replace(self, keys: Iterable[Key]) -> None:
        """These and no others; every object may be another."""
        ordered = sorted(keys)
        self._chunks = [_Chunk(ordered[start : start + CHUNK]) for start in range(0, len(ordered), CHUNK)]
        self._forget_order()

    def add(self, key: Key) -> None:
        if not self._chunks:
            self.replace([key])
            return
        number = self._number(key)
        keys = self._chunks[number].keys
        bisect.insort(keys, key)
        if len(keys) > 2 * CHUNK:
            self._chunks[number : number + 1] = _Chunk(keys[:CHUNK]), _Chunk(keys[CHUNK:])
            self._forget_order()
        else:
            self._forget(number)

    def discard(self, key: Key) -> None:
        number = self._number(key)
        keys = self._chunks[number].keys
        del keys[bisect.bisect_left(keys, key)]
        following = self._chunks[number + 1].keys if number + 1 < len(self._chunks) else []
        if not keys or (following and len(keys) + len(following) <= CHUNK):
            self._chunks[number : number + 2] = [_Chunk(keys + following)] if following else []
            self._forget_order()
        else:
            self._forget(number)

    def touch(self, key: Key) -> None:
        """The object of this key is another now."""
        self._forget(self._number(key))

    def touch_all(self) -> None:
        """Every object may be another now."""
        for chunk in self._chunks:
            chunk.text = chunk.piece = None
        self._forget_order()

    def _number(self, key: Key) -> int:
        """Of the chunk that the key is in, or would be."""
        return max(0, bisect.bisect_right(self._chunks, key, key=lambda chunk: chunk.keys[0]) - 1)

    def _forget(self, number: int) -> None:
        self.number += 1
        chunk = self._chunks[number]
        chunk.text = chunk.piece = self._plain = self._gzip = None
        self._stale.add(number)
        if self._parts:
            self._parts[number // PART] = None

    def _forget_order(self) -> None:
        self.number += 1
        self._plain = self._gzip = self._sum = None
        self._parts = []
        self._stale.clear()


def _array(parts: list[bytes], before: bytes, comma: bytes, after: bytes) -> bytes:
    """In one go: to copy some megabytes twice is most of what a change costs."""
    between = [before, *[text for part in parts for text in (part, comma)]]
    if parts:
        between.pop()
    return b"".join([*between, after])
