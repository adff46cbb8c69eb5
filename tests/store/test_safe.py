"""Secrets that are kept encrypted, and the key that is not kept with them."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from katalog.errors import StoreError
from katalog.store.safe import Locked, Safe

SECRET = "https://anna:hemligt@moln.se/åäö"


def test_what_was_sealed_is_opened_by_whoever_has_the_key(tmp_path: Path) -> None:
    sealed = Safe(tmp_path / "katalog.key").seal(SECRET)
    assert "hemligt" not in sealed
    assert Safe(tmp_path / "katalog.key").open(sealed) == SECRET
    assert Safe(tmp_path / "katalog.key").seal(SECRET) != sealed, "nobody sees that two are the same"


def test_the_key_is_for_its_owner_alone_and_made_only_when_it_is_needed(tmp_path: Path) -> None:
    safe = Safe(tmp_path / "katalog.key")
    with pytest.raises(Locked):
        safe.open("x")
    assert list(tmp_path.iterdir()) == []
    safe.seal(SECRET)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_several_that_make_it_at_once_make_one(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda _: Safe(tmp_path / "katalog.key").seal(SECRET), range(32)))
    assert {Safe(tmp_path / "katalog.key").open(one) for one in sealed} == {SECRET}


def test_without_the_key_or_with_another_nothing_is_opened(tmp_path: Path) -> None:
    file = tmp_path / "katalog.key"
    sealed = Safe(file).seal(SECRET)
    kept = file.read_bytes()
    for wrong in (None, b"", b"no key", b"\xff" * 44):
        file.unlink()
        if wrong is not None:
            file.write_bytes(wrong)
        with pytest.raises(Locked, match=r"katalog\.key") as locked:
            Safe(file).open(sealed)
        assert "katalog.key" in locked.value.sv
        file.touch()
    file.unlink()
    Safe(file).seal("x")  # a new one is made
    with pytest.raises(Locked):
        Safe(file).open(sealed)
    file.write_bytes(kept + b"\n")
    assert Safe(file).open(sealed) == SECRET, "put back, and edited by somebody"
    with pytest.raises(Locked):
        Safe(file).open(sealed[:-4] + "AAAA")


@pytest.mark.parametrize("content", [None, b"no key"])
def test_where_no_key_can_be_made_nothing_is_sealed(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "none" / "katalog.key"
    if content is not None:
        file.parent.mkdir()
        file.write_bytes(content)
    with pytest.raises(StoreError, match=r"calendars\.key_file"):
        Safe(file).seal(SECRET)


def test_a_mark_tells_the_same_from_another_and_nothing_without_the_key(tmp_path: Path) -> None:
    first, second = Safe(tmp_path / "a.key"), Safe(tmp_path / "b.key")
    assert first.mark("Hej") == Safe(tmp_path / "a.key").mark("Hej")
    assert len({first.mark("Hej"), first.mark("hej"), second.mark("Hej"), first.mark("\ud83d")}) == 4
    with pytest.raises(StoreError, match=r"key_file"):
        Safe(tmp_path / "none" / "c.key").mark("Hej")
