"""What came of a request, and why one is refused."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from katalog.errors import OutgoingError

Lookup = Callable[[str, int], Awaitable[list[tuple[int, str]]]]
"""Host, port → (address family, address) of each."""


class Reply(msgspec.Struct, frozen=True):
    """`headers` by their name in lower case; `body` as it was before it was compressed, `whole` if it has all of it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool = True


def refusal(setting: str) -> OutgoingError:
    """`setting` is the one that would allow it."""
    return OutgoingError(
        f"Adressen leder in i ett eget nät, dit katalog inte får gå ({setting}).",
        f"The address leads into a private network, where katalog may not go ({setting}).",
        unsent=True,
    )


def too_late(*, unsent: bool = False) -> OutgoingError:
    return OutgoingError("Servern svarar inte i tid.", "The server does not answer in time.", unsent=unsent)
