"""Search: what is found, in which order, and that it stays so while people change; against a plain model."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from katalog.domain.dialling import Dialling
from katalog.domain.entry import Entry
from katalog.domain.events import EntriesChanged, EntriesRead
from katalog.domain.query import Number, Query, Word
from katalog.domain.rank import (
    ALL_OF_NAME,
    EXTENSION,
    EXTENSION_BEGINS,
    OTHER_NUMBER,
    PART_OF_NUMBER,
    Match,
    Place,
    level,
    typo,
)
from katalog.domain.typo import may_have_one
from katalog.domain.words import fold, words_of
from katalog.live.directory import Directory
from katalog.live.search import beginnings, search, vocabulary
from katalog.live.search.index import Position, SearchIndex
from tests.live.directories import directory

SE = Dialling("SE")

# --- the model -----------------------------------------------------------------------------------------


def one_slip(typed: str, word: str) -> bool:
    """Whether one letter was left out, added or wrong, or two changed places."""
    if not word.isalpha() or abs(len(typed) - len(word)) > 1:
        return False
    begin = next((place for place, (a, b) in enumerate(zip(typed, word, strict=False)) if a != b), len(min(typed, word, key=len)))  # fmt: skip
    one, other = typed[begin:], word[begin:]
    return (
        (one[1:] == other[1:] and len(one) == len(other))
        or one[1:] == other
        or one == other[1:]
        or (len(one) > 1 and one[:2] == other[1::-1] and one[2:] == other[2:])
    )  # fmt: skip


def forms(number: str) -> tuple[str, ...]:
    return SE.forms(number) if number else ()


def levels_of_word(word: Word, entry: Entry) -> Iterator[int]:
    extension = [each for each in words_of(entry.extension) if not each.isdecimal()]
    texts = {
        Place.NAME: [*words_of(entry.name), *extension],
        Place.WORK: [each for text in (entry.title, entry.department, entry.location, *entry.keywords) for each in words_of(text)],
        Place.EMAIL: words_of(entry.email),
    }  # fmt: skip
    for place, words in texts.items():
        for each in words:
            if fold(each).startswith(word.folded):
                spelled = each.startswith(word.spelled)
                match = Match.WHOLE if len(each) == len(word.spelled) else Match.BEGINNING
                yield level(match, place, spelled=spelled, accented=word.is_accented)
            if may_have_one(word.folded) and one_slip(word.folded, fold(each)):
                yield typo(place)


def levels_of_number(number: Number, entry: Entry) -> Iterator[int]:
    words = [min((each for each in levels_of_word(word, entry) if each < PART_OF_NUMBER), default=None) for word in number.words]  # fmt: skip
    if None not in words:
        yield max(each for each in words if each is not None)
    others = [form for other in (entry.mobile, *entry.numbers) for form in forms(other)]
    if {*number.forms} & {*forms(entry.extension)[-1:]}:
        yield EXTENSION
    if {*number.forms} & {form for other in (entry.mobile, *entry.numbers) for form in forms(other)[-1:]}:
        yield OTHER_NUMBER
    if any(each.startswith(form) for each in forms(entry.extension)[-1:] for form in number.forms):
        yield EXTENSION_BEGINS
    if any(part in each for each in (*forms(entry.extension), *others) for part in number.parts):
        yield PART_OF_NUMBER


def rank(query: Query, entry: Entry) -> int | None:
    """The level at which an entry is found, None if it is not."""
    found = []
    for term in query.terms:
        levels = levels_of_word(term, entry) if isinstance(term, Word) else levels_of_number(term, entry)
        best = min(levels, default=None)
        if best is None:
            return None
        found.append(best)
    if not found:
        return None
    extension = {each for each in words_of(entry.extension) if not each.isdecimal()}
    names = {*words_of(entry.name)} | extension
    all_words = all(
        any(name == word.spelled or (not word.is_accented and fold(name) == word.folded) for name in names)
        for word in query.words
    )
    return ALL_OF_NAME if all_words and len(names) == len(query.words) else max(found)


def expected(query: Query, entries: dict[str, Entry], *, hidden: bool) -> list[tuple[int, str]]:
    found = [(number, entry) for entry in entries.values() if (number := rank(query, entry)) is not None]
    found.sort(key=lambda each: (each[0], each[1].key))
    return [(number, entry.id) for number, entry in found if hidden or not entry.hidden]


# --- the real one --------------------------------------------------------------------------------------


async def found(among: Directory, text: str, *, hidden: bool = True, after: Position | None = None) -> list[tuple[int, str]]:  # fmt: skip
    await among.search.ready()
    return [
        (number, entry.id) for number, entry in among.search.find(Query.parse(text, SE), hidden=hidden, after=after)
    ]


async def ids(among: Directory, text: str) -> list[str]:
    return [id_ for _, id_ in await found(among, text)]


# --- properties ----------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    "anna Anna ann annas anan åsa Åsa asa Asa åsas aasa malmö malmo malmø Malmö malm mallmo mamlö söder soder sodre "
    "å ä a ab 12 123 1 kö".split()
)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
NUMBERS = st.sampled_from(
    ["", "100", "101", "1012", "08-101 00", "0810100", "+46 8 101 00", "00468101", "070-123 45 67", "+46701234567", "A-12",
     "4610", "0046 (0)8 101 23", "+47 101 00"]
)  # fmt: skip
ENTRIES = st.builds(
    Entry,
    st.sampled_from("abcdef"),
    NUMBERS.filter(bool),
    NAMES,
    email=st.sampled_from(["", "anna.asa@malmo.se", "åsa@x.se", "12@x.se"]),
    mobile=NUMBERS,
    keywords=st.lists(WORDS, max_size=2).map(tuple),
    title=NAMES | st.just(""),
    department=WORDS | st.just(""),
    numbers=st.lists(NUMBERS.filter(bool), max_size=2).map(tuple),
    hidden=st.booleans(),
)
QUERIES = st.lists(WORDS | NUMBERS | st.sampled_from(["+46", "+4", "004", "70 12", "-", "ana", "åäö"]), max_size=3).map(
    " ".join
)
CHANGES = st.lists(st.lists(ENTRIES, max_size=4) | st.sampled_from("abcdef"), max_size=4)


def make_few_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done for many is done for few."""
    monkeypatch.setattr(beginnings, "HEAVY", 1)
    monkeypatch.setattr(vocabulary, "_DENSE", 1)
    monkeypatch.setattr(search, "_UNORDERED", 4)


@settings(deadline=None, max_examples=300)
@given(st.lists(ENTRIES, max_size=6), CHANGES, st.lists(QUERIES, min_size=1, max_size=3), st.booleans())
def test_what_is_found_is_what_the_model_finds(
    begin: list[Entry], changes: list[list[Entry] | str], queries: list[str], few: bool
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        if few:
            make_few_many(patch)
        asyncio.run(_compare(begin, changes, queries))


async def _compare(begin: list[Entry], changes: list[list[Entry] | str], queries: list[str]) -> None:
    there = {entry.id: entry for entry in begin}
    among = directory(*there.values())
    for change in [[], *changes]:
        if isinstance(change, str):
            there.pop(change, None)
            among.apply(EntriesChanged((), (change,)))
        else:
            new = {entry.id: entry for entry in change}
            there |= new
            among.apply(EntriesChanged(tuple(new.values())))
        for text in queries:
            query = Query.parse(text, SE)
            for hidden in (True, False):
                wanted = expected(query, there, hidden=hidden)
                assert await found(among, text, hidden=hidden) == wanted
                for number, id_ in wanted:
                    rest = await found(among, text, hidden=hidden, after=(number, there[id_].key))
                    assert rest == wanted[wanted.index((number, id_)) + 1 :]


# --- the index -----------------------------------------------------------------------------------------


async def test_nothing_is_made_before_somebody_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(search, "SearchIndex", None)
        among = directory(Entry("a", "1", "Anna"))
        among.apply(EntriesChanged((Entry("b", "2", "Bo"),), ("a",)))
    assert await ids(among, "bo") == ["b"]


async def test_others_have_their_turn_while_an_index_is_made_and_changes_meanwhile_are_in_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "_TURN", 0.0)
    among = directory(*[Entry(f"e{number}", f"{number:03}", "Anna") for number in range(200)])
    task = asyncio.create_task(ids(among, "anna"))
    other = asyncio.create_task(ids(among, "beata"))
    await asyncio.sleep(0)
    among.apply(EntriesChanged((Entry("e5", "005", "Beata"),), ("e6",)))
    assert not task.done()
    assert len(await task) == 198
    assert await other == ["e5"]


async def test_one_who_gives_up_waiting_leaves_the_rest_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_TURN", 0.0)
    among = directory(*[Entry(f"e{number}", f"{number:03}", "Anna") for number in range(200)])
    task = asyncio.create_task(ids(among, "anna"))
    await asyncio.sleep(0)
    task.cancel()
    assert len(await ids(among, "anna")) == 200


async def test_an_index_that_could_not_be_made_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    among = directory(Entry("a", "1", "Anna"))
    with monkeypatch.context() as patch:
        patch.setattr(SearchIndex, "build", lambda _: (1 / number for number in (0,)))
        with pytest.raises(ZeroDivisionError):
            await ids(among, "anna")
    assert await ids(among, "anna") == ["a"]


async def test_after_very_many_changes_it_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_UNORDERED", 2)
    among = directory(Entry("a", "1", "Anna"))
    assert await ids(among, "anna") == ["a"]
    first = among.search._index
    among.apply(EntriesChanged(tuple(Entry(f"b{number}", "0", "Anna") for number in range(2))))
    assert len(await ids(among, "anna")) == 3
    assert among.search._index is first
    among.apply(EntriesRead(tuple(Entry(f"b{number}", "0", "Anna") for number in range(4))))
    assert len(await ids(among, "anna")) == 4
    assert among.search._index is not first


async def test_a_beginning_that_many_extensions_have_follows_who_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    make_few_many(monkeypatch)
    among = directory(*[Entry(id_, f"10{number}", "Anna") for number, id_ in enumerate("abc")])
    assert await ids(among, "10") == ["a", "b", "c"]
    among.apply(EntriesChanged((Entry("b", "2", "Anna"), Entry("d", "109", "Anna"))))
    assert await ids(among, "10") == ["a", "c", "d"]
    assert await ids(among, "2") == ["b"]


async def test_a_word_that_many_have_follows_who_changes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    make_few_many(monkeypatch)
    among = directory(*[Entry(id_, "1", "Anna Annas") for id_ in "abc"])
    assert await ids(among, "ann") == ["a", "b", "c"]
    among.apply(EntriesChanged((Entry("a", "1", "Annas"), Entry("b", "1", "Bo"), Entry("c", "1", "Bo"))))
    assert await ids(among, "ann") == ["a"]
    assert await ids(among, "anna") == ["a"]
    assert await ids(among, "bo") == ["b", "c"]


async def test_all_pieces_of_a_number_are_not_the_number() -> None:
    among = directory(Entry("a", "1", "A", numbers=("1234", "2345")), Entry("b", "2", "B 12345"))
    assert await ids(among, "12345") == ["b"]
    assert await ids(among, "2345") == ["a"]


async def test_entries_with_one_number_at_all_places_can_change(monkeypatch: pytest.MonkeyPatch) -> None:
    make_few_many(monkeypatch)
    among = directory(Entry("a", "100", "A", mobile="100", numbers=("100", "1 00")), Entry("b", "100", "B"))
    assert await ids(among, "100") == ["a", "b"]
    among.apply(EntriesChanged((Entry("a", "100", "A"),)))
    among.apply(EntriesChanged((), ("b", "nobody")))
    assert await ids(among, "100") == ["a"]
