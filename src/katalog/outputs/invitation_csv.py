"""Invitations as CSV, for a mail merge: who is invited, and the link. It opens accounts, so it is for few eyes."""

import csv
import io
from collections.abc import Iterable

COLUMNS = ("login", "name", "email", "link")


def text(invited: Iterable[tuple[str, str, str, str]]) -> str:
    written = io.StringIO(newline="")
    csv.writer(written).writerows([COLUMNS, *invited])
    return written.getvalue()
