"""What came of a request, and why one is refused."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from katalog.errors import OutgoingError

Lookup = Callable[[str, int], Awaitable[list[tuple[int, str]]]]
"""Host, port → (address family, address) of each."""


class Reply(msgspec.Struct, frozen=True):
    """`headers` by their name in lower case; `body` as it was before it was compressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def refusal() -> OutgoingError:
    return OutgoingError(
        "Adressen leder in i ett eget nät, dit katalog inte får gå (webhooks.allow_private).",
        "The address leads into a private network, where katalog may not go (webhooks.allow_private).",
    )


def too_late() -> OutgoingError:
    return OutgoingError("Servern svarar inte i tid.", "The server does not answer in time.")
