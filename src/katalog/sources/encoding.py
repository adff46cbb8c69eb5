"""In which encoding a file of text is written: UTF-8, Windows-1252 or, if it says so itself, UTF-16."""

import codecs
import re
from typing import BinaryIO

from katalog.errors import SourceError

_CHUNK = 1 << 20
_UNDECODED = re.compile("[\udc80-\udcff]+")
_WORKBOOKS = {
    b"PK\x03\x04": ("en Excel-arbetsbok (eller en annan ZIP-fil)", "an Excel workbook (or another ZIP file)"),
    b"\xd0\xcf\x11\xe0": ("en äldre Excel-arbetsbok", "an old Excel workbook"),
}


def encoding_of(file: BinaryIO) -> str:
    """Python's name for the encoding of `file`, which is read to its end and rewound.

    The whole file is looked at: the first Swedish letter may come after megabytes of ASCII. Bytes that are
    UTF-8 only by accident are rare in Windows-1252 and damaged ones are rare in UTF-8, so the majority tells.
    """
    file.seek(0)
    start = file.read(4)
    for magic, (sv, en) in _WORKBOOKS.items():
        if start.startswith(magic):
            raise SourceError(
                f"är {sv}, inte CSV; i Excel: Spara som, ”CSV UTF-8”",
                f"is {en}, not CSV; in Excel: Save As, “CSV UTF-8”",
            )
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if start.startswith(codecs.BOM_UTF8) or _is_utf8(file):
        file.seek(0)
        return "utf-8-sig"
    file.seek(0)
    return "cp1252"


def _is_utf8(file: BinaryIO) -> bool:
    decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
    good = bad = 0
    while chunk := file.read(_CHUNK):
        text = decode(chunk)
        if not text.isascii():
            undecoded = sum(len(run) for run in _UNDECODED.findall(text))
            bad += undecoded
            good += len(text) - len(text.encode("ascii", "ignore")) - undecoded
    # What the end of the file cuts off counts too.
    bad += len(decode(b"", final=True))
    return good >= bad
