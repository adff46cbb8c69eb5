"""Recordings: where their files are, and which one stands for several."""

import pytest

from katalog.domain.recording import Recording, longest, relative_to

PREFIX = "/var/spool/asterisk/monitor"


@pytest.mark.parametrize("prefix", [PREFIX, PREFIX + "/"])
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (f"{PREFIX}/a.wav", "a.wav"),
        (f"{PREFIX}//2026/11/å b.wav", "2026/11/å b.wav"),
        (f"{PREFIX}/./a.wav", "a.wav"),
        (PREFIX, None),
        (f"{PREFIX}/", None),
        (f"{PREFIX}2/a.wav", None),
        (f"{PREFIX}/../secret.wav", None),
        (f"{PREFIX}/2026/../a.wav", None),
        (f"{PREFIX}/a\0.wav", None),
        ("a.wav", None),
        ("/etc/passwd", None),
        ("", None),
    ],
)
def test_a_file_below_the_prefix_and_no_other(prefix: str, file: str, expected: str | None) -> None:
    assert relative_to(prefix, file) == expected


def recording(id_: str, seconds: float | None) -> Recording:
    return Recording(id_, "växel", "1.1", f"{id_}.wav", 0.0, 1.0, seconds)


def test_the_longest_stands_for_all_of_them() -> None:
    assert longest([]) is None
    found = [recording("a", None), recording("b", 2.0), recording("c", 3.0), recording("d", 3.0)]
    chosen = longest(found)
    assert chosen is not None
    assert chosen.id == "c"
