"""A long JSON array whose objects change one at a time, kept ready to be sent: as it is, and compressed.

Its objects are in chunks in their order. A change costs the chunk that it is in, and putting the chunks together:
not the whole list. Nothing is made before somebody asks for it.
"""

import bisect
from collections.abc import Callable, Iterable, Iterator

from katalog.live.gzip import Piece, Sum, hasty_piece, member, piece

Key = tuple[str, str, str]
"""Extension, name and id: the order of every list. The id says which object it is."""

CHUNK = 64
"""Objects in a chunk to begin with; one that grows to twice as many is parted."""

PART = 16
"""Chunks in a part: some 256 KB. A change makes one part anew, and a server holds a few of them for a reader who is
slow, not the whole list. Smaller ones cost more in handing over than they save (docs/performance.md)."""

SETTLED = 4
"""A chunk that changes is compressed in haste, for it may change again before anybody asks. It is compressed well with
the next list after so many changes, times the number of chunks, have gone past it."""

_OPEN, _COMMA, _CLOSE = b"[", b",", b"]"
_END = piece(_CLOSE)


class _Chunk:
    """Objects that follow each other, and what was made of them. The text begins with what is before it in the array,
    `[` or `,`: no chunk ever becomes the first that was not made as such.
    """

    __slots__ = ("keys", "objects", "piece", "text")

    def __init__(self, keys: list[Key]) -> None:
        self.keys = keys
        self.objects: list[bytes | None] = [None] * len(keys)
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
        self._sum: Sum | None = None  # of all chunks' texts
        self._deflated: list[bytes] = []  # likewise
        self._stale: set[int] = set()  # but for these
        self._hasty: dict[int, int] = {}  # chunks, and the change after which they were; in the order of the changes

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
            if number == len(self._parts) - 1:
                texts += (_CLOSE,) if self._chunks else (_OPEN, _CLOSE)
            part = self._parts[number] = b"".join(texts)
        return part

    def gzip(self) -> bytes:
        """The array as one gzip member."""
        if self._gzip is None:
            total = self._up_to_date()
            if self._chunks:
                self._gzip = member([*self._deflated, _END.deflated], total.whole + _END.checksum)
            else:
                alone = piece(_OPEN + _CLOSE)
                self._gzip = member([alone.deflated], alone.checksum)
        return self._gzip

    def _up_to_date(self) -> Sum:
        """Everything compressed as it is now, and its checksum."""
        if self._sum is None:
            pieces = [self._piece(chunk) for chunk in self._chunks]
            self._deflated = [each.deflated for each in pieces]
            self._sum = Sum([each.checksum for each in pieces])
        else:
            fresh = {number: self._pack(number, hasty_piece) for number in self._stale}
            self._sum.replace({number: each.checksum for number, each in fresh.items()})
            for number in fresh:
                self._hasty.pop(number, None)
                self._hasty[number] = self.number
            self._settle()
        self._stale.clear()
        return self._sum

    def _settle(self) -> None:
        """Compresses well what has not changed for long."""
        before = self.number - SETTLED * len(self._chunks)
        while self._hasty and next(iter(self._hasty.values())) <= before:
            number = next(iter(self._hasty))
            del self._hasty[number]
            self._pack(number, piece)

    def _pack(self, number: int, compress: Callable[[bytes], Piece]) -> Piece:
        chunk = self._chunks[number]
        chunk.piece = compress(self._text(chunk))
        self._deflated[number] = chunk.piece.deflated
        return chunk.piece

    def _piece(self, chunk: _Chunk) -> Piece:
        if chunk.piece is None:
            chunk.piece = piece(self._text(chunk))
        return chunk.piece

    def _text(self, chunk: _Chunk) -> bytes:
        if chunk.text is None:
            objects = chunk.objects
            while None in objects:
                place = objects.index(None)
                objects[place] = self._encode(chunk.keys[place][2])
            before = _OPEN if chunk is self._chunks[0] else _COMMA
            chunk.text = before + _COMMA.join(objects)  # type: ignore[arg-type]
        return chunk.text

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
        place = bisect.bisect(keys, key)
        keys.insert(place, key)
        self._chunks[number].objects.insert(place, None)
        if len(keys) > 2 * CHUNK:
            self._chunks[number : number + 1] = _Chunk(keys[:CHUNK]), _Chunk(keys[CHUNK:])
            self._forget_order()
        else:
            self._forget(number)

    def discard(self, key: Key) -> None:
        number = self._number(key)
        keys = self._chunks[number].keys
        place = bisect.bisect_left(keys, key)
        del keys[place], self._chunks[number].objects[place]
        following = self._chunks[number + 1].keys if number + 1 < len(self._chunks) else []
        if not keys or (following and len(keys) + len(following) <= CHUNK):
            self._chunks[number : number + 2] = [_Chunk(keys + following)] if following else []
            self._forget_order()
        else:
            self._forget(number)

    def touch(self, key: Key) -> None:
        """The object of this key is another now."""
        number = self._number(key)
        chunk = self._chunks[number]
        chunk.objects[bisect.bisect_left(chunk.keys, key)] = None
        self._forget(number)

    def touch_all(self) -> None:
        """Every object may be another now."""
        for chunk in self._chunks:
            chunk.objects = [None] * len(chunk.keys)
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
        self._hasty.clear()
