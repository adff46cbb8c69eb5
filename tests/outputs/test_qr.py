"""QR codes, read from their picture by a reader that is not ours."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import zxingcpp

from katalog.domain.entry import Entry
from katalog.outputs import qr
from katalog.outputs.vcard import vcard

SCALE = 4
_STEP = re.compile(r"([Mmh])([-\d.]+)(?: ([-\d.]+))?")


def picture(svg: bytes) -> memoryview:
    """Each module as a square of dots: black where the lines of the drawing run."""
    root = ET.fromstring(svg)
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    dots = bytearray(b"\xff" * (width * height * SCALE * SCALE))
    line = root.findall("{http://www.w3.org/2000/svg}path")[-1]
    assert line.attrib["stroke"] == "#000"
    x = y = 0.0
    for command, one, two in _STEP.findall(line.attrib["d"]):
        if command == "h":
            for row in range(int(y) * SCALE, (int(y) + 1) * SCALE):
                begin = row * width * SCALE + int(x) * SCALE
                dots[begin : begin + int(one) * SCALE] = bytes(int(one) * SCALE)
            x += float(one)
        else:
            x, y = (x + float(one), y + float(two)) if command == "m" else (float(one), float(two))
    return memoryview(dots).cast("B", shape=[height * SCALE, width * SCALE])


def read(svg: bytes) -> zxingcpp.Barcode:
    (found,) = zxingcpp.read_barcodes(picture(svg))
    return found


@pytest.mark.parametrize(
    "entry",
    [
        Entry("01a20d67-f5fe-7bda-97f7-b9ad25d8a8bf", "101", "Åsa Öberg", "asa@b.se", "0701740605", title="Vd"),
        Entry("1", "1" * 64, "😀" * 200),  # the longest that there may be
        Entry("1", "101", "Bo", numbers=tuple(f"08-123 45 {number}" for number in range(10, 99))),
    ],
    ids=["usual", "longest", "many numbers"],
)
def test_a_telephone_reads_the_card(entry: Entry) -> None:
    text = vcard(entry, "Exempel AB", "SE", most=qr.BYTES)
    found = read(qr.svg(text))
    assert found.text == text
    assert found.ec_level == "M"


def test_there_is_white_around_it() -> None:
    svg = qr.svg("x")
    dots = picture(svg)
    side = qr.QUIET * SCALE
    rows: Any = dots.tolist()
    assert all(dot == 255 for row in rows[:side] + rows[-side:] for dot in row)
    assert all(dot == 255 for row in rows for dot in row[:side] + row[-side:])
    assert min(dot for row in rows for dot in row) == 0
    # A page may be dark; the code is not.
    assert b'fill="#fff"' in svg


def test_what_no_code_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="Data too large"):
        qr.svg("x" * 2332)
