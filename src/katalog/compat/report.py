"""What was found, as a table for a terminal or a file."""

from collections.abc import Iterator

from rich.text import Text

from katalog.compat.examination import Result

_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("–", "dim")}


def table(result: Result) -> Iterator[Text]:
    """A line for each of the contract, under the part that it belongs to; then the sum."""
    part = ""
    for line in result.lines:
        if line.part != part:
            yield Text(f"{line.part}" if not part else f"\n{line.part}", "bold")
            part = line.part
        mark, style = _MARKS[line.holds]
        told = f" — {line.told}" if line.told else ""
        yield Text.assemble("  ", (mark, style), " ", line.text, (told, "dim" if line.holds is None else ""))
    if result.lines:
        yield Text(f"\n{summary(result)}")


def summary(result: Result) -> str:
    held, not_held, unseen = (sum(line.holds is wanted for line in result.lines) for wanted in (True, False, None))
    does = "does" if not_held == 1 else "do"
    wrong = {0: "none", 1: "one"}.get(result.wrong, str(result.wrong))
    return (
        f"{held} hold, {not_held} {does} not, {unseen} not asked or not to be seen. "
        f"{result.requests} requests, {wrong} of them with a wrong password."
    )
