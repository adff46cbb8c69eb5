"""Cards, read by a reader of vCards that is not ours."""

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from katalog.domain.entry import Entry, Kind
from katalog.outputs.vcard import WIDTH, file_name, vcard

ID = "01a20d67-f5fe-7bda-97f7-b9ad25d8a8bf"
ANNA = Entry(
    ID, "101", "Anna Maria Öberg", "anna@b.se", "070-174 06 05", title="Chef, support", department="Support; Malmö",
    numbers=("08-12 34 56", "+46 8 123456", "08-500 100 00–99", "100–199", "*45"),
)  # fmt: skip


def written(entry: Entry, **more: int) -> str:
    return vcard(entry, "Exempel AB", "SE", **more)


def test_a_card_is_written_as_the_standard_says() -> None:
    assert written(ANNA) == (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Öberg;Anna Maria;;;\r\nFN:Anna Maria Öberg\r\n"
        "ORG:Exempel AB;Support\\; Malmö\r\nTITLE:Chef\\, support\r\n"
        "TEL;TYPE=WORK,VOICE:101\r\nTEL;TYPE=CELL,VOICE:+46701740605\r\nTEL;TYPE=WORK,VOICE:+468123456\r\n"
        "TEL;TYPE=WORK,VOICE:*45\r\nEMAIL;TYPE=INTERNET,WORK:anna@b.se\r\n"
        f"UID:urn:uuid:{ID}\r\nEND:VCARD\r\n"
    )


def test_what_there_is_not_has_no_line() -> None:
    text = written(Entry(ID, "101", "Bo"))
    assert "TITLE" not in text
    assert "EMAIL" not in text
    assert "CELL" not in text
    assert "ORG:Exempel AB\r\n" in text


@pytest.mark.parametrize(
    ("name", "kind", "n"),
    [
        ("Anna Andersson", Kind.PERSON, "Andersson;Anna;;;"),
        ("Andersson, Anna", Kind.PERSON, "Andersson;Anna;;;"),
        ("Bo", Kind.PERSON, "Bo;;;;"),
        ("Rum 12", Kind.ROOM, "Rum 12;;;;"),
        ("Växel, natt", Kind.FUNCTION, "Växel\\, natt;;;;"),
    ],
)
def test_a_name_is_parted_where_it_is_a_persons(name: str, kind: Kind, n: str) -> None:
    assert f"\r\nN:{n}\r\n" in written(Entry(ID, "1", name, kind=kind))


def test_a_long_line_is_folded_between_letters() -> None:
    name = "Å" * 100 + " " + "😀" * 30
    text = written(Entry(ID, "1", name))
    assert all(len(line.encode()) <= WIDTH for line in text.split("\r\n"))
    assert f"\r\nFN:{name}\r\n" in text.replace("\r\n ", "")


TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=60)


@given(name=TEXTS, title=TEXTS, department=TEXTS)
def test_another_reads_what_was_written(name: str, title: str, department: str) -> None:
    """Whatever signs people use."""
    card = vobject.readOne(written(Entry(ID, "101", name + "\n;", title=title, department=department)))
    assert card.fn.value == name + "\n;"
    assert card.title.value == title
    assert card.org.value == ["Exempel AB", department]
    assert card.uid.value == f"urn:uuid:{ID}"


def test_what_does_not_fit_is_left_out_the_least_needed_first() -> None:
    whole = written(ANNA)
    dropped, size = [], len(whole.encode())
    while len(shorter := written(ANNA, most=size - 1)) < len(whole):
        before = written(ANNA, most=size)
        gone = set(before.split("\r\n")) - set(shorter.split("\r\n"))
        if not gone:
            break
        dropped += [line.partition(":")[0].partition(";")[0] + line[-3:] for line in gone]
        size = len(shorter.encode())
    assert dropped == ["UID8bf", "TEL*45", "TEL456", "TITLEort", "ORGlmö", "EMAIL.se", "TEL605"]
    assert written(ANNA, most=10) == (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Öberg;Anna Maria;;;\r\nFN:Anna Maria Öberg\r\n"
        "TEL;TYPE=WORK,VOICE:101\r\nEND:VCARD\r\n"
    )


@pytest.mark.parametrize(
    ("name", "called"),
    [("Åsa Öberg", "Åsa Öberg.vcf"), ('../"A"\nB:*', "A B.vcf"), ("...", ".vcf")],
)
def test_a_file_is_called_as_people_are(name: str, called: str) -> None:
    assert file_name(Entry(ID, "1", name)) == called
