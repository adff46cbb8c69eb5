"""Sends one message to one webhook, signed (Standard Webhooks 1.0)."""

import base64
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime

from standardwebhooks.webhooks import Webhook as Signer

from katalog.domain.webhook import Attempt, Webhook
from katalog.errors import OutgoingError
from katalog.outgoing.client import Outgoing
from katalog.outgoing.target import NotATarget, parse_target
from katalog.store.safe import Locked, Safe

FORMER_SECONDS = 86_400.0
"""For so long a secret that was replaced signs too, so that a receiver can be given the new one meanwhile."""

BEGINNING = 500
"""Bytes of an answer that are kept."""

_LONGEST = 10_000_000.0
"""Seconds; more than any receiver means."""


def new_secret() -> str:
    """`whsec_` and 24 random bytes in Base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class Sender:
    """`clock` gives Unix seconds."""

    def __init__(self, outgoing: Outgoing, safe: Safe, clock: Callable[[], float]) -> None:
        self._outgoing = outgoing
        self._safe = safe
        self._clock = clock

    async def send(self, webhook: Webhook, id_: str, body: bytes) -> Attempt:
        """One request, without redirects. Whatever goes wrong is in what is given back."""
        at, began = self._clock(), time.monotonic()

        def attempt(
            status: int | None = None, content: bytes = b"", sv: str = "", en: str = "", wait: float = 0.0
        ) -> Attempt:
            # What a receiver answers may hold anything.
            text = "".join(each if each.isprintable() else " " for each in content.decode(errors="replace"))
            return Attempt(at, round((time.monotonic() - began) * 1000), status, text, sv, en, wait)

        try:
            url = parse_target(self._safe.open(webhook.url))
            headers = self._signed(webhook, id_, body, at) | {
                "content-type": "application/json",
                "accept-encoding": "identity",
            }
            reply = await self._outgoing.send("POST", url, headers, body, beginning=BEGINNING)
        except (OutgoingError, Locked, NotATarget) as error:
            return attempt(sv=error.sv, en=error.en)
        if 200 <= reply.status < 300:
            return attempt(reply.status, reply.body)
        sv, en = f"Mottagaren svarar {reply.status}.", f"The receiver answers {reply.status}."
        if 300 <= reply.status < 400:
            sv, en = f"{sv} En omdirigering följs inte.", f"{en} A redirect is not followed."
        return attempt(reply.status, reply.body, sv, en, _seconds(reply.headers.get("retry-after", "")))

    def _signed(self, webhook: Webhook, id_: str, body: bytes, at: float) -> dict[str, str]:
        """Raises Locked."""
        sealed = [webhook.secret, *([webhook.former] if webhook.former and at < webhook.former_until else [])]
        moment, text = datetime.fromtimestamp(int(at), UTC), body.decode()
        signatures = [Signer(self._safe.open(each)).sign(id_, moment, text) for each in sealed]
        return {
            "webhook-id": id_,
            "webhook-timestamp": str(int(at)),
            "webhook-signature": " ".join(signatures),
        }


def _seconds(text: str) -> float:
    """Of `Retry-After`; 0 if it is a date, which few send."""
    text = text.strip()
    return min(float(text), _LONGEST) if text.isascii() and text.isdecimal() else 0.0
