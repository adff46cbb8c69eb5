"""Lists that change one object at a time: always what a fresh encoding of everything gives."""

import gzip
import random
import zlib

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from katalog.live import listing as module
from katalog.live.listing import AT_ONCE, CALM, CHUNK, PART, Key, Listing

keys = st.tuples(st.sampled_from("123"), st.sampled_from("AÅ"), st.sampled_from("abcd"))


class AnyOrder(RuleBasedStateMachine):
    """Chunks of two objects and parts of three chunks, so that they are parted and merged all the time."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = pytest.MonkeyPatch()
        self.patch.setattr(module, "CHUNK", 2)
        self.patch.setattr(module, "PART", 3)
        self.objects: dict[Key, bytes] = {}
        self.count = 0
        self.encoded = 0
        self.now = 0.0
        self.listing = Listing(self.encode, lambda: self.now)

    def teardown(self) -> None:
        self.patch.undo()

    def encode(self, id_: str) -> bytes:
        self.encoded += 1
        return self.objects[next(key for key in self.objects if key[2] == id_)]

    def change(self, key: Key) -> None:
        self.count += 1
        self.objects[key] = f"{key}: {'å' * (self.count % 7)} {self.count}".encode()

    @rule(key=keys)
    def one_is_added(self, key: Key) -> None:
        if any(key[2] == other[2] for other in self.objects):
            return
        self.change(key)
        self.listing.add(key)

    @precondition(lambda self: self.objects)
    @rule(data=st.data())
    def one_changes(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.objects)))
        self.change(key)
        self.listing.touch(key)

    @rule()
    def all_change(self) -> None:
        for key in self.objects:
            self.change(key)
        self.listing.touch_all()

    @precondition(lambda self: self.objects)
    @rule(data=st.data())
    def one_is_removed(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(sorted(self.objects)))
        del self.objects[key]
        self.listing.discard(key)

    @rule(all_=st.lists(keys, unique_by=lambda key: key[2]))
    def all_are_others(self, all_: list[Key]) -> None:
        self.objects = {}
        for key in all_:
            self.change(key)
        self.listing.replace(all_)

    @rule(seconds=st.floats(0, 2 * CALM))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def somebody_reads_it_plain(self) -> None:
        plain = self.listing.plain()
        assert b"".join(plain) == self.fresh()
        assert self.listing.plain() is plain

    @rule()
    def somebody_reads_it_packed(self) -> None:
        encoded = self.encoded
        for _ in range(2):  # the second reader may find it compressed better
            self.unpacks(self.listing.gzip())
        assert self.encoded <= encoded + len(self.objects)
        self.now += CALM
        for _ in self.objects:
            self.unpacks(self.listing.gzip())
        packed, packing = self.listing.gzip(), self.listing.packing
        for _ in range(3):
            self.now += CALM
            assert self.listing.gzip() is packed
        assert self.listing.packing == packing

    def unpacks(self, packed: tuple[bytes, ...]) -> None:
        unpack = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert unpack.decompress(b"".join(packed)) == self.fresh()
        assert unpack.eof
        assert not unpack.unused_data  # one member: not every reader goes on after the first

    def fresh(self) -> bytes:
        return b"[" + b",".join(self.objects[key] for key in sorted(self.objects)) + b"]"

    @invariant()
    def it_is_in_order_from_anywhere_on(self) -> None:
        ordered = sorted(self.objects)
        assert list(self.listing.after(None)) == ordered
        for key in (*ordered, ("2", "A", "bb"), ("", "", ""), ("9", "", "")):
            assert list(self.listing.after(key)) == [other for other in ordered if other > key]


TestAnyOrder = AnyOrder.TestCase


def test_a_change_costs_its_own_object_and_part() -> None:
    asked: list[str] = []

    def encode(id_: str) -> bytes:
        asked.append(id_)
        return b"{}"

    listing = Listing(encode)
    listing.replace((f"{number:04}", "", f"{number:04}") for number in range(2 * PART * CHUNK))
    parts = listing.plain()
    assert len(parts) == 2
    listing.gzip()
    assert len(asked) == 2 * PART * CHUNK
    asked.clear()
    listing.touch(("0003", "", "0003"))
    listing.gzip()
    changed = [new for new, old in zip(listing.plain(), parts, strict=True) if new is not old]
    assert len(changed) == 1
    assert asked == ["0003"]


def test_nothing_is_made_before_it_is_asked_for() -> None:
    def encode(id_: str) -> bytes:
        raise AssertionError(id_)

    listing = Listing(encode)
    listing.replace([("1", "", "1"), ("2", "", "2")])
    listing.touch(("1", "", "1"))
    listing.discard(("2", "", "2"))
    listing.add(("3", "", "3"))


def test_what_is_packed_in_haste_is_packed_well_when_it_has_settled() -> None:
    rng, names = random.Random(1), "Anna Erik Lars Maria Karl Eva Johan Nils Karin Olof".split()
    objects = {
        f"{number:04}": f'{{"name":"{rng.choice(names)} {rng.choice(names)}","mobile":"{rng.randrange(10**8)}"}}'.encode()
        for number in range(2 * AT_ONCE * CHUNK)
    }
    keys = [(id_, "", id_) for id_ in objects]
    now = [0.0]
    listing = Listing(objects.__getitem__, lambda: now[0])
    listing.replace(keys)
    well = size(listing)
    for key in keys[::CHUNK]:
        listing.touch(key)
    hasty = size(listing)
    assert hasty > well
    sizes = []
    for _ in range(8):
        now[0] += 0.3 * CALM
        listing.touch(keys[-1])
        sizes.append(size(listing))
    assert sizes[:3] == [hasty] * 3
    assert hasty > sizes[3] > sizes[4] > well
    assert sizes[4:] == [sizes[4]] * 4  # all but the one that changes
    assert listing.packing == 0
    # Nothing changes any more: each reader has one chunk done, and the one who has the last gets another list.
    for key in keys[::CHUNK]:
        listing.touch(key)
    assert size(listing) == hasty
    now[0] += CALM
    sizes = [size(listing) for _ in keys[::CHUNK]]
    assert sizes == [hasty] * (len(sizes) - 1) + [well]
    assert listing.packing == 1
    assert size(listing) == well
    assert listing.packing == 1
    now[0] += CALM
    listing.touch(keys[-1])
    assert size(listing) == well
    assert gzip.decompress(b"".join(listing.gzip())) == b"".join(listing.plain())


def size(listing: Listing) -> int:
    return sum(map(len, listing.gzip()))


def test_it_is_nearly_as_small_as_if_it_were_compressed_as_one() -> None:
    objects = {
        f"{number:05}": f'{{"extension":"{number}","name":"Anna {number * 7919}","calls":[]}}'.encode()
        for number in range(4 * CHUNK * PART)
    }
    listing = Listing(objects.__getitem__)
    listing.replace((id_, "", id_) for id_ in objects)
    assert size(listing) < 1.1 * len(gzip.compress(b"".join(listing.plain())))
