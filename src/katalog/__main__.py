"""`python -m katalog` and the command `katalog`."""

from katalog.cli import app


def main() -> None:
    app()


if __name__ == "__main__":
    main()
