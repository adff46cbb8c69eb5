"""What commands write: to standard output, or to a file that is whole or untouched."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from katalog.cli.common import fail
from katalog.outputs.csv import BYTE_ORDER_MARK

STANDARD = Path("-")


@contextmanager
def written(file: Path) -> Iterator[Callable[[str], object]]:
    """Yields what writes text to `file`, which is whole or untouched, or to standard output as it comes."""
    if file == STANDARD:
        yield write
        return
    # A device or a pipe is written as it is; it cannot be replaced.
    part = file if file.exists() and not file.is_file() else file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as stream:
            stream.write(BYTE_ORDER_MARK)
            yield stream.write
        if part != file:
            part.replace(file)
    except BaseException as error:
        if part != file:
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            fail(f"{file}: cannot be written: {error.strerror}")
        raise


def age(seconds: float) -> str:
    """
    >>> age(7200.0), age(7199.9), age(-1.0)
    ('2 hours', '119 minutes', '0 seconds')
    """
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:.0f} {unit}"
    return f"{max(0.0, seconds):.0f} seconds"


def say(line: str) -> None:
    write(line + "\n")


def write(text: str) -> None:
    """To standard output; when nobody reads it any more (`| head`) the command ends without complaint."""
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(1) from None
