"""A text as a QR code (ISO/IEC 18004), drawn as SVG."""

import io

import segno

MEDIA = "image/svg+xml"

BYTES = 990
"""As many as a code of 117 modules a side takes, with this correction. Larger ones ask much of a telephone's camera."""

CORRECTION = "m"
"""An eighth of the code may be dirty, or shine."""

QUIET = 4
"""Modules of white around it, as the standard wants them."""


def svg(text: str) -> bytes:
    """Black on white, whatever is around it. A text of more than `BYTES` makes a larger code, up to 2331 bytes; raises
    ValueError beyond that.
    """
    # Without a word on the encoding, which some readers take for a part of the text: all take UTF-8 for what it is.
    code = segno.make(text, error=CORRECTION, mode="byte", encoding="utf-8", micro=False, boost_error=False)
    written = io.BytesIO()
    code.save(written, kind="svg", border=QUIET, dark="#000", light="#fff", omitsize=True, xmldecl=False, nl=False)
    return written.getvalue()
