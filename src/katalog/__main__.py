"""`python -m katalog` and the command `katalog`."""

import gc

# What is imported stays: to look for garbage in it again and again is a fifth of the time that it takes.
gc.disable()

from katalog.cli import app  # noqa: E402

gc.freeze()
gc.enable()


def main() -> None:
    app()


if __name__ == "__main__":
    main()
