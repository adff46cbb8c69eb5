"""A long JSON array whose objects change one at a time, kept ready to be sent: as it is, and compressed.

Its objects are in chunks in their order, and so many chunks are a part. A change costs the chunk that it is in, and
putting its part together: not the whole list. Nothing is made before somebody asks for it.
"""

import bisect
import itertools
import math
import time
from collections.abc import Callable, Iterable, Iterator

from katalog.live.gzip import Piece, hasty_piece, joined, member, piece

Key = tuple[str, str, str]
"""Extension, name and id: the order of every list. The id says which object it is."""

CHUNK = 32
"""Objects in a chunk to begin with; one that grows to twice as many is parted. Each is compressed apart, knowing the
last object before it: nearly as well as all as one, since objects are much alike."""

PART = 8
"""Chunks in a part, likewise: some 70 KB. A server holds a few of them for a reader who is slow, not the whole list.
Smaller ones cost more in handing over than they save (docs/performance.md)."""

CALM = 1.0
"""Seconds. What has changed is compressed in haste if the list was made anew so lately, for it will soon be again; and
well when it has not changed for so long,"""

AT_ONCE = 16
"""so many chunks with each list that is made."""

_OPEN, _COMMA, _CLOSE = b"[", b",", b"]"
_END = piece(_CLOSE)


class _Chunk:
    """Objects that follow each other, and what was made of them. The text begins with what is before it in the array,
    `[` or `,`.
    """

    __slots__ = ("keys", "objects", "piece", "text")

    def __init__(self, keys: list[Key], objects: list[bytes | None]) -> None:
        self.keys = keys
        self.objects = objects
        self.text: bytes | None = None
        self.piece: Piece | None = None

    def forget(self) -> None:
        self.text = self.piece = None


class _Part:
    """Chunks that follow each other, and what was made of all of them. `firsts` is where each begins: a key that is as
    great is in it or after it. The key that it was may be gone.
    """

    __slots__ = ("chunks", "firsts", "piece", "plain")

    def __init__(self, chunks: list[_Chunk]) -> None:
        self.chunks = chunks
        self.firsts = [chunk.keys[0] for chunk in chunks]
        self.plain: bytes | None = None
        self.piece: Piece | None = None

    def forget(self) -> None:
        self.plain = self.piece = None


class Listing:
    """`encode` gives the object of an id, as JSON. `clock` gives seconds that never go back."""

    def __init__(self, encode: Callable[[str], bytes], clock: Callable[[], float] = time.monotonic) -> None:
        self.number = 0  # of the last change
        self.packing = 0  # one more when the same list is compressed better than before
        self._encode = encode
        self._clock = clock
        self._parts: list[_Part] = []
        self._firsts: list[Key] = []  # where each begins, likewise
        self._plain: tuple[bytes, ...] | None = None
        self._gzip: tuple[bytes, ...] | None = None
        self._packed_at = -math.inf
        self._hasty: dict[_Chunk, float] = {}  # and when it was compressed; the oldest first

    # -- reading -----------------------------------------------------------------------------------

    def after(self, key: Key | None) -> Iterator[Key]:
        """Every key in order, from the one after `key` on."""
        number, place = self._find(key) if key else (0, 0)
        for part in self._parts[number:]:
            for chunk in part.chunks[place:]:
                yield from chunk.keys[bisect.bisect_right(chunk.keys, key) :] if key else chunk.keys
                key = None
            place = 0

    def plain(self) -> tuple[bytes, ...]:
        """The array, in parts to be sent one after another; each is made anew only after a change in it."""
        if self._plain is None:
            self._plain = tuple([self._text_of(part) for part in self._parts]) or (_OPEN + _CLOSE,)
        return self._plain

    def _text_of(self, part: _Part) -> bytes:
        if part.plain is None:
            texts = [self._text(chunk) for chunk in part.chunks]
            if part is self._parts[-1]:
                texts.append(_CLOSE)
            part.plain = b"".join(texts)
        return part.plain

    def gzip(self) -> tuple[bytes, ...]:
        """The array as one gzip member, in parts likewise."""
        if self._gzip is not None and self._hasty:
            self._settle_meanwhile()
        if self._gzip is None:
            now = self._clock()
            self._settle(now - CALM, AT_ONCE)
            calm, self._packed_at = now - self._packed_at >= CALM, now
            pieces = [part.piece or self._pack(number, calm=calm) for number, part in enumerate(self._parts)]
            self._gzip = member([*(pieces or [piece(_OPEN)]), _END])
        return self._gzip

    def _settle_meanwhile(self) -> None:
        """When nothing changes any more, each reader has one chunk compressed well. After the last, the list is joined
        anew.
        """
        now = self._clock()
        if now - self._packed_at >= CALM:
            self._settle(now - CALM, 1)
            if not self._hasty:
                self._gzip = None
                self.packing += 1

    def _settle(self, before: float, most: int) -> None:
        """What has not changed for long is to be compressed well."""
        for chunk, time_ in tuple(itertools.islice(self._hasty.items(), most)):
            if time_ > before:
                break
            del self._hasty[chunk]
            number, place = self._find(chunk.keys[0])
            chunk.piece = piece(self._text(chunk), self._known(number, place))
            self._parts[number].piece = None

    def _pack(self, number: int, *, calm: bool) -> Piece:
        part = self._parts[number]
        for place, chunk in enumerate(part.chunks):
            if chunk.piece is None:
                pack = piece if calm else hasty_piece
                chunk.piece = pack(self._text(chunk), self._known(number, place))
                if not calm:
                    self._hasty[chunk] = self._packed_at
        part.piece = joined([chunk.piece for chunk in part.chunks if chunk.piece])
        return part.piece

    def _known(self, number: int, place: int) -> bytes:
        """The object before a chunk."""
        if number == place == 0:
            return b""
        before = self._parts[number].chunks[place - 1] if place else self._parts[number - 1].chunks[-1]
        return self._object(before, len(before.keys) - 1)

    def _text(self, chunk: _Chunk) -> bytes:
        if chunk.text is None:
            objects = chunk.objects
            while None in objects:
                self._object(chunk, objects.index(None))
            before = _OPEN if chunk is self._parts[0].chunks[0] else _COMMA
            chunk.text = before + _COMMA.join(objects)  # type: ignore[arg-type]
        return chunk.text

    def _object(self, chunk: _Chunk, place: int) -> bytes:
        found = chunk.objects[place]
        if found is None:
            found = chunk.objects[place] = self._encode(chunk.keys[place][2])
        return found

    # -- writing -----------------------------------------------------------------------------------

    def replace(self, keys: Iterable[Key]) -> None:
        """These and no others; every object may be another."""
        ordered = sorted(keys)
        chunks = []
        for start in range(0, len(ordered), CHUNK):
            some = ordered[start : start + CHUNK]
            chunks.append(_Chunk(some, [None] * len(some)))
        self._parts = [_Part(chunks[start : start + PART]) for start in range(0, len(chunks), PART)]
        self._firsts = [part.firsts[0] for part in self._parts]
        self._hasty.clear()
        self._change()

    def add(self, key: Key) -> None:
        if not self._parts:
            self.replace([key])
            return
        number, place = self._find(key)
        part = self._parts[number]
        chunk = part.chunks[place]
        at = bisect.bisect(chunk.keys, key)
        chunk.keys.insert(at, key)
        chunk.objects.insert(at, None)
        self._forget(number, place, last=at == len(chunk.keys) - 1)
        if len(chunk.keys) > 2 * CHUNK:
            halves = slice(None, CHUNK), slice(CHUNK, None)
            part.chunks[place : place + 1] = [_Chunk(chunk.keys[half], chunk.objects[half]) for half in halves]
            part.firsts.insert(place + 1, chunk.keys[CHUNK])
        if len(part.chunks) > 2 * PART:
            second = _Part(part.chunks[PART:])
            self._parts[number : number + 1] = _Part(part.chunks[:PART]), second
            self._firsts.insert(number + 1, second.firsts[0])

    def discard(self, key: Key) -> None:
        number, place = self._find(key)
        part = self._parts[number]
        chunk = part.chunks[place]
        at = bisect.bisect_left(chunk.keys, key)
        del chunk.keys[at], chunk.objects[at]
        self._forget(number, place, last=at == len(chunk.keys))
        if not chunk.keys:
            del part.chunks[place], part.firsts[place]
        elif place + 1 < len(part.chunks) and len(chunk.keys) + len(part.chunks[place + 1].keys) <= CHUNK:
            following = part.chunks.pop(place + 1)
            del part.firsts[place + 1]
            following.forget()
            self._hasty.pop(following, None)
            chunk.keys += following.keys
            chunk.objects += following.objects
        if not part.chunks:
            del self._parts[number], self._firsts[number]
        if self._parts:
            self._forget_ends()

    def touch(self, key: Key) -> None:
        """The object of this key is another now."""
        number, place = self._find(key)
        chunk = self._parts[number].chunks[place]
        at = bisect.bisect_left(chunk.keys, key)
        chunk.objects[at] = None
        self._forget(number, place, last=at == len(chunk.keys) - 1)

    def touch_all(self) -> None:
        """Every object may be another now."""
        for part in self._parts:
            for chunk in part.chunks:
                chunk.objects = [None] * len(chunk.keys)
                self._forget_chunk(part, chunk)
        self._change()

    def _find(self, key: Key) -> tuple[int, int]:
        """The part that the key is in, or would be, and the chunk of it."""
        number = max(0, bisect.bisect_right(self._firsts, key) - 1)
        firsts = self._parts[number].firsts if self._parts else []
        return number, max(0, bisect.bisect_right(firsts, key) - 1)

    def _forget(self, number: int, place: int, *, last: bool) -> None:
        """What was made of a chunk; if its `last` object is another, the chunk after it knew that."""
        part = self._parts[number]
        self._forget_chunk(part, part.chunks[place])
        if last:
            if place + 1 == len(part.chunks):
                number, place = number + 1, -1
            if number < len(self._parts):
                part = self._parts[number]
                self._forget_chunk(part, part.chunks[place + 1])
        self._change()

    def _forget_chunk(self, part: _Part, chunk: _Chunk) -> None:
        chunk.forget()
        part.forget()
        self._hasty.pop(chunk, None)

    def _forget_ends(self) -> None:
        """The first and the last may be others than before, and say so."""
        first, last = self._parts[0], self._parts[-1]
        text = first.chunks[0].text
        if text is not None and not text.startswith(_OPEN):
            self._forget_chunk(first, first.chunks[0])
        if last.plain is not None and not last.plain.endswith(_CLOSE):
            last.plain = None

    def _change(self) -> None:
        self.number += 1
        self._plain = self._gzip = None
