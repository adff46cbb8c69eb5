"""Webhooks, and what became of their messages."""

from functools import partial

from katalog.api.deliveries import DeliveryPage, DeliveryView
from katalog.api.endpoint import Endpoint
from katalog.api.routes.handlers import Handlers
from katalog.api.webhooks import WebhookDraft, WebhookPatch, WebhookView


def rows(on: Handlers) -> list[Endpoint]:
    all_, one = "/api/webhooks", "/api/webhooks/{id}"
    each = f"{one}/deliveries/{{delivery}}"
    changes = (400, 403, 404, 412, 413, 422)
    row = partial(Endpoint, admin=True)
    return [
        row("GET", all_, on.webhooks.all, "Who is told of what", answer=list[WebhookView], errors=(403,)),
        row(
            "POST",
            all_,
            on.webhooks.add,
            "Have a program told; the secret is shown once",
            body=WebhookDraft,
            answer=WebhookView,
            status=201,
            errors=(400, 403, 409, 413, 422),
        ),
        row("GET", one, on.webhooks.one, "One webhook, and how it goes", answer=WebhookView, errors=(403, 404)),
        row(
            "PATCH",
            one,
            on.webhooks.change,
            "Change, pause or resume a webhook",
            body=WebhookPatch,
            answer=WebhookView,
            errors=changes,
        ),
        row("DELETE", one, on.webhooks.remove, "Remove a webhook and what waits for it", errors=(403, 404, 412)),
        row(
            "POST",
            f"{one}/secret",
            on.webhooks.rotate,
            "A new secret; the one before signs too for a day",
            answer=WebhookView,
            errors=(403, 404, 412),
        ),
        row(
            "POST",
            f"{one}/test",
            on.deliveries.test,
            "Send a test and give what came of it",
            answer=DeliveryView,
            errors=(403, 404),
        ),
        row(
            "GET",
            f"{one}/deliveries",
            on.deliveries.page,
            "What was sent, and how it went",
            query=("state", "limit", "cursor"),
            answer=DeliveryPage,
            errors=(403, 404, 422),
        ),
        row("GET", each, on.deliveries.one, "One message, whole", answer=DeliveryView, errors=(403, 404)),
        row(
            "POST",
            f"{each}/retry",
            on.deliveries.retry,
            "Send a message again",
            answer=DeliveryView,
            status=202,
            errors=(403, 404, 409),
        ),
    ]
