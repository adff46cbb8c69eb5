"""The directory: what programs poll, how it is searched, changed, brought in and taken along."""

from functools import partial

from katalog.api.call_records import CSV
from katalog.api.cards import Svg, Vcard
from katalog.api.devices import DeviceView
from katalog.api.endpoint import PAGED, Endpoint
from katalog.api.entries import EntryDraft, Page
from katalog.api.events import IN_FRAMES, EventFrame
from katalog.api.imports import ImportAnswer, ImportDetails, ImportPage
from katalog.api.lookup import Holders
from katalog.api.routes.handlers import Handlers
from katalog.domain.view import Contact, EntryView
from katalog.outputs import qr, vcard

ENTRY = "/api/entries/{id}"
FILTERS = ("keyword", "department", "available", "oncall")


def rows(on: Handlers) -> list[Endpoint]:
    row = partial(Endpoint, admin=True)
    return [
        Endpoint(
            "GET",
            "/api/extensions",
            on.extensions.all,
            "Every entry that you may see",
            answer=list[Contact],
            cost="read",
        ),
        Endpoint(
            "GET", "/api/extensions/me", on.extensions.me, "Your own entry", answer=Contact, errors=(404,), cost="read"
        ),
        Endpoint(
            "GET",
            "/api/extensions/{extension}",
            on.extensions.one,
            "The entry of a number, in any notation",
            answer=Contact,
            errors=(404,),
            cost="read",
        ),
        Endpoint(
            "GET",
            "/api/events",
            on.events.stream,
            "The directory as it changes: Server-Sent Events",
            query=("extension", "department", "keyword", "snapshot"),
            answer=EventFrame,
            inside=IN_FRAMES,
            media="text/event-stream",
            errors=(422,),
        ),
        Endpoint(
            "GET",
            "/api/entries",
            on.entries.page,
            "Entries, searched and filtered, a page at a time",
            query=("q", *FILTERS, "fields", "format", *PAGED),
            answer=Page,
            texts=(CSV,),
            errors=(403, 422),
            cost="read",
            costs={"q": "search"},
        ),
        Endpoint(
            "POST",
            "/api/entries",
            on.entries.add,
            "Add an entry",
            admin=True,
            body=EntryDraft,
            answer=EntryView,
            status=201,
            errors=(400, 403, 409, 413, 422),
        ),
        Endpoint("GET", ENTRY, on.entries.one, "One entry", answer=EntryView, errors=(404,), cost="read"),
        Endpoint(
            "PATCH",
            ENTRY,
            on.entries.change,
            "Change an entry (RFC 7396)",
            admin=True,
            body=EntryDraft,
            answer=EntryView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint("DELETE", ENTRY, on.entries.remove, "Remove an entry", admin=True, errors=(403, 404, 412)),
        Endpoint(
            "GET",
            "/api/lookup/{number}",
            on.lookup.one,
            "Who has a number, in any notation",
            answer=Holders,
            cost="search",
        ),
        Endpoint(
            "GET",
            "/api/entries/{id}/devices",
            on.devices.all,
            "An entry's telephones, the preferred one first",
            answer=list[DeviceView],
            errors=(403, 404),
        ),
        row(
            "POST",
            "/api/imports",
            on.imports.bring,
            "Import people from CSV, or see what that would do",
            query=("dry_run", "prune", "force", "name"),
            takes=CSV,
            answer=ImportAnswer,
            errors=(400, 403, 409, 412, 413, 422),
        ),
        row(
            "GET",
            "/api/imports",
            on.imports.page,
            "Imports that were done, newest first",
            query=("limit", "cursor"),
            answer=ImportPage,
            errors=(403, 422),
        ),
        row(
            "GET",
            "/api/imports/{id}",
            on.imports.one,
            "One import, and what it did",
            query=("limit", "cursor"),
            answer=ImportDetails,
            errors=(403, 404, 422),
        ),
        Endpoint(
            "GET",
            "/api/entries/{id}/vcard",
            on.cards.vcard,
            "An entry as a vCard",
            answer=Vcard,
            media=vcard.MEDIA,
            errors=(404,),
            cost="read",
        ),
        Endpoint(
            "GET",
            "/api/entries/{id}/qr",
            on.cards.qr,
            "A QR code of an entry's vCard",
            answer=Svg,
            media=qr.MEDIA,
            errors=(404,),
            cost="read",
        ),
    ]
