"""`katalog import` and `katalog export`."""

import typer


def register(app: typer.Typer) -> None:
    """Being written."""
