"""Every URL, in one table. The v1 family is served alike without `/api` (paths.py)."""

from collections.abc import Iterable
from functools import partial

from katalog.api.absences import AbsenceDraft, Absences, AbsenceView
from katalog.api.accounts import Accounts, AccountView
from katalog.api.agenda import Agendas, AgendaView
from katalog.api.audit import Audit, AuditPage
from katalog.api.authentication import Authenticator
from katalog.api.calendar import CalendarApi, CalendarDraft, CalendarView
from katalog.api.call_records import CSV, CallRecordPage, CallRecords
from katalog.api.calls import CallLists, Calls
from katalog.api.catalogue import CatalogueApi, ChoiceDraft, ChoiceView
from katalog.api.deliveries import DeliveryApi, DeliveryPage, DeliveryView
from katalog.api.devices import DevicesApi, DeviceView
from katalog.api.dial import AUTOANSWER, ONLY_MOBILE, Dial
from katalog.api.endpoint import Endpoint, Resource
from katalog.api.entries import Entries, EntryDraft, Page
from katalog.api.events import IN_FRAMES, EventFrame, Events
from katalog.api.extensions import Extensions
from katalog.api.health import Health, Healthz
from katalog.api.limits import Limits
from katalog.api.login import Credentials, Login
from katalog.api.lookup import Holders, Lookup
from katalog.api.messages import MessageApi, MessagePage
from katalog.api.metrics import Metrics
from katalog.api.openapi import OpenApi
from katalog.api.pages import Pages
from katalog.api.pbx import Pbxs, PbxView
from katalog.api.profile import ProfileDraft, Profiles
from katalog.api.recordings import MP3, Mp3, Recordings
from katalog.api.referral import FORM, Referral, Referrals
from katalog.api.sms import MessageDraft, Preview, SmsApi
from katalog.api.tokens import TokenDraft, Tokens, TokenView
from katalog.api.webhooks import WebhookApi, WebhookDraft, WebhookPatch, WebhookView
from katalog.domain.profile import Profile
from katalog.domain.view import Contact, EntryView


def endpoints(
    extensions: Extensions,
    calls: Calls,
    records: CallRecords,
    recordings: Recordings,
    events: Events,
    login: Login,
    dial: Dial,
    entries: Entries,
    lookup: Lookup,
    profiles: Profiles,
    absences: Absences,
    referrals: Referrals,
    calendars: CalendarApi,
    catalogue: CatalogueApi,
    tokens: Tokens,
    webhooks: WebhookApi,
    deliveries: DeliveryApi,
    sms: SmsApi,
    messages: MessageApi,
    audit: Audit,
    pbxs: Pbxs,
    accounts: Accounts,
    health: Healthz,
    metrics: Metrics,
    pages: Pages,
    openapi: OpenApi,
    agendas: Agendas,
    devices: DevicesApi,
) -> list[Endpoint]:
    """The rows. The directory first: it is what programs poll."""
    paged = ("limit", "cursor")
    filters = ("keyword", "department", "available", "oncall")
    entry = "/api/entries/{id}"
    return [
        Endpoint(
            "GET",
            "/api/extensions",
            extensions.all,
            "Every entry that you may see",
            answer=list[Contact],
            cost="read",
        ),
        Endpoint(
            "GET", "/api/extensions/me", extensions.me, "Your own entry", answer=Contact, errors=(404,), cost="read"
        ),
        Endpoint(
            "GET",
            "/api/extensions/{extension}",
            extensions.one,
            "The entry of a number, in any notation",
            answer=Contact,
            errors=(404,),
            cost="read",
        ),
        Endpoint(
            "GET",
            "/api/calls",
            calls.own,
            "Your own calls that are over",
            query=("fromDate", "toDate", "withRecordings"),
            answer=CallLists,
            errors=(400,),
        ),
        Endpoint(
            "GET",
            "/api/recordings/{id}",
            recordings.one,
            "A recording of a call, to be listened to; whole or one range",
            answer=Mp3,
            media=MP3,
            errors=(404, 416, 503),
        ),
        Endpoint(
            "GET",
            "/api/events",
            events.stream,
            "The directory as it changes: Server-Sent Events",
            query=("extension", "department", "keyword", "snapshot"),
            answer=EventFrame,
            inside=IN_FRAMES,
            media="text/event-stream",
            errors=(422,),
        ),
        Endpoint(
            "GET",
            "/api/auth/login",
            login.login,
            "Begin a session by Basic or the query",
            public=True,
            query=("username", "password"),
            errors=(401, 403, 429),
            cost="login",
        ),
        Endpoint(
            "POST",
            "/api/auth/login",
            login.login,
            "Begin a session by Basic, form or JSON",
            public=True,
            body=Credentials,
            errors=(400, 401, 403, 413, 429),
            cost="login",
        ),
        Endpoint("POST", "/api/auth/logout", login.logout, "End the session", public=True, errors=(403,)),
        Endpoint("GET", "/api/auth/logout", login.logout, "End the session", public=True, errors=(403,)),
        *_of_calls(dial),
        Endpoint(
            "GET",
            "/api/entries",
            entries.page,
            "Entries, searched and filtered, a page at a time",
            query=("q", *filters, "fields", *paged),
            answer=Page,
            errors=(422,),
            cost="read",
            costs={"q": "search"},
        ),
        Endpoint(
            "POST",
            "/api/entries",
            entries.add,
            "Add an entry",
            admin=True,
            body=EntryDraft,
            answer=EntryView,
            status=201,
            errors=(400, 403, 409, 413, 422),
        ),
        Endpoint("GET", entry, entries.one, "One entry", answer=EntryView, errors=(404,), cost="read"),
        Endpoint(
            "PATCH",
            entry,
            entries.change,
            "Change an entry (RFC 7396)",
            admin=True,
            body=EntryDraft,
            answer=EntryView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint("DELETE", entry, entries.remove, "Remove an entry", admin=True, errors=(403, 404, 412)),
        Endpoint(
            "GET",
            "/api/lookup/{number}",
            lookup.one,
            "Who has a number, in any notation",
            answer=Holders,
            cost="search",
        ),
        Endpoint(
            "GET",
            "/api/call-records",
            records.page,
            "Calls that are over: your own, or everybody's",
            query=("entry", "extension", "direction", "outcome", "number", "from", "to", "format", *paged),
            answer=CallRecordPage,
            texts=(CSV,),
            errors=(403, 422),
        ),
        *_of_profiles("/api/extensions/me/profile", "your own profile", profiles),
        *_of_profiles("/api/extensions/{extension}/profile", "the profile of a number's entry", profiles),
        Endpoint(
            "GET",
            "/api/extensions/{extension}/referral",
            referrals.one,
            "What the caller of a number is told",
            query=("format",),
            answer=Referral,
            texts=(FORM,),
            errors=(404, 422),
        ),
        *_of_profiles(f"{entry}/profile", "an entry's profile", profiles),
        Endpoint(
            "GET",
            f"{entry}/profile/history",
            profiles.history,
            "Who set and planned what, newest first",
            query=paged,
            answer=AuditPage,
            errors=(403, 404, 422),
        ),
        Endpoint("GET", f"{entry}/absences", absences.all, "What is planned", answer=list[AbsenceView], errors=(404,)),
        Endpoint(
            "POST",
            f"{entry}/absences",
            absences.add,
            "Plan an absence, once or by an RRULE",
            body=AbsenceDraft,
            answer=AbsenceView,
            status=201,
            errors=(400, 403, 404, 409, 413, 422),
        ),
        Endpoint(
            "PUT",
            f"{entry}/absences/{{absence}}",
            absences.replace,
            "Change a planned absence",
            body=AbsenceDraft,
            answer=AbsenceView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            f"{entry}/absences/{{absence}}",
            absences.remove,
            "Remove a planned absence",
            errors=(403, 404, 409, 412),
        ),
        Endpoint(
            "GET",
            f"{entry}/calendar",
            calendars.one,
            "Where an entry's calendar is read from, and how it goes",
            answer=CalendarView,
            errors=(403, 404, 409),
        ),
        Endpoint(
            "PUT",
            f"{entry}/calendar",
            calendars.set,
            "Read an entry's calendar from an address of its own",
            body=CalendarDraft,
            answer=CalendarView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            f"{entry}/calendar",
            calendars.remove,
            "Take an entry's own calendar back",
            errors=(403, 404, 409, 412),
        ),
        Endpoint("GET", "/api/profiles", catalogue.all, "The profiles there are to set", answer=list[ChoiceView]),
        Endpoint(
            "POST",
            "/api/profiles",
            catalogue.add,
            "Add a profile to the catalogue",
            admin=True,
            body=ChoiceDraft,
            answer=ChoiceView,
            status=201,
            errors=(400, 403, 409, 413, 422),
        ),
        Endpoint(
            "GET", "/api/profiles/{id}", catalogue.one, "One profile of the catalogue", answer=ChoiceView, errors=(404,)
        ),
        Endpoint(
            "PUT",
            "/api/profiles/{id}",
            catalogue.replace,
            "Change a profile of the catalogue",
            admin=True,
            body=ChoiceDraft,
            answer=ChoiceView,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            "/api/profiles/{id}",
            catalogue.remove,
            "Remove a profile from the catalogue",
            admin=True,
            errors=(403, 404, 409, 412),
        ),
        Endpoint("GET", "/api/tokens", tokens.all, "Your tokens and sessions", answer=list[TokenView]),
        Endpoint(
            "POST",
            "/api/tokens",
            tokens.add,
            "Make a token; its secret is shown once",
            body=TokenDraft,
            answer=TokenView,
            status=201,
            errors=(400, 403, 413, 422),
        ),
        Endpoint("DELETE", "/api/tokens/{id}", tokens.revoke, "Revoke a token or end a session", errors=(403, 404)),
        *_webhooks(webhooks, deliveries),
        *_messages(sms, messages),
        Endpoint(
            "GET",
            "/api/accounts",
            accounts.all,
            "Who can log in",
            admin=True,
            answer=list[AccountView],
            errors=(403,),
        ),
        Endpoint(
            "GET",
            "/api/audit",
            audit.page,
            "Who changed what",
            admin=True,
            query=("subject", *paged),
            answer=AuditPage,
            errors=(403, 422),
        ),
        Endpoint(
            "GET",
            "/api/pbx",
            pbxs.all,
            "The telephone systems",
            admin=True,
            answer=list[PbxView],
            errors=(403,),
        ),
        Endpoint("GET", "/api/openapi.json", openapi.document, "This document", public=True),
        Endpoint(
            "GET",
            "/invitation/{code}",
            pages.invitation,
            "Where an invited person chooses a password",
            public=True,
            page=True,
        ),
        Endpoint("POST", "/invitation/{code}", pages.choose, "Choose a password", public=True, page=True),
        Endpoint(
            "GET",
            "/healthz",
            health.health,
            "Whether the server and its telephone systems are well",
            public=True,
            answer=Health,
        ),
        Endpoint(
            "GET",
            "/readyz",
            health.health,
            "Whether the server has read everything and answers",
            public=True,
            answer=Health,
        ),
        Endpoint(
            "GET",
            "/metrics",
            metrics.all,
            "How the server fares, for Prometheus",
            public=True,
            answer=str,
            media="text/plain",
            errors=(401, 403, 429),
        ),
        Endpoint("GET", "/", pages.start, "The start page", public=True, page=True),
        Endpoint("GET", "/style.css", pages.style, "The pages' stylesheet", public=True, page=True),
        *_of_the_page(agendas, devices),
    ]


def _of_calls(dial: Dial) -> list[Endpoint]:
    row = partial(Endpoint, changes=True, errors=(400, 403, 503))
    number, ways = "/api/dial/{number}", (AUTOANSWER, ONLY_MOBILE)
    dialling = "Ring your own telephone, then a number"
    return [
        row("GET", number, dial.dial, dialling, query=ways),
        row("POST", number, dial.dial, dialling, query=ways),
        # Without a number it is refused as any number that is none.
        row("GET", "/api/dial", dial.dial, "Without a number: 400"),
        row("POST", "/api/dial", dial.dial, "Without a number: 400"),
        row("GET", "/api/hangup", dial.hangup, "End your own calls"),
        row("POST", "/api/hangup", dial.hangup, "End your own calls"),
    ]


def _messages(sms: SmsApi, messages: MessageApi) -> list[Endpoint]:
    number = "/api/sms/{number}"
    preview = "/api/messages/preview"
    return [
        Endpoint(
            "GET",
            number,
            sms.send,
            "Send a text message in your name",
            changes=True,
            query=("message",),
            errors=(400, 403),
        ),
        Endpoint(
            "POST",
            number,
            sms.send,
            "Send a text message in your name",
            query=("message",),
            body=MessageDraft,
            errors=(400, 403),
        ),
        Endpoint(
            "GET",
            "/api/messages",
            messages.page,
            "Text messages that were sent, newest first",
            query=("limit", "cursor"),
            answer=MessagePage,
            errors=(422,),
        ),
        Endpoint(
            "GET",
            preview,
            sms.preview,
            "What a text message would be, before it is sent",
            query=("message", "number"),
            answer=Preview,
        ),
        Endpoint(
            "POST",
            preview,
            sms.preview,
            "What a text message would be, before it is sent",
            query=("message", "number"),
            changes=False,
            body=MessageDraft,
            answer=Preview,
            errors=(400,),
        ),
    ]


def _webhooks(webhooks: WebhookApi, deliveries: DeliveryApi) -> list[Endpoint]:
    all_, one = "/api/webhooks", "/api/webhooks/{id}"
    each = f"{one}/deliveries/{{delivery}}"
    changes = (400, 403, 404, 412, 413, 422)
    row = partial(Endpoint, admin=True)
    return [
        row("GET", all_, webhooks.all, "Who is told of what", answer=list[WebhookView], errors=(403,)),
        row(
            "POST",
            all_,
            webhooks.add,
            "Have a program told; the secret is shown once",
            body=WebhookDraft,
            answer=WebhookView,
            status=201,
            errors=(400, 403, 409, 413, 422),
        ),
        row("GET", one, webhooks.one, "One webhook, and how it goes", answer=WebhookView, errors=(403, 404)),
        row(
            "PATCH",
            one,
            webhooks.change,
            "Change, pause or resume a webhook",
            body=WebhookPatch,
            answer=WebhookView,
            errors=changes,
        ),
        row("DELETE", one, webhooks.remove, "Remove a webhook and what waits for it", errors=(403, 404, 412)),
        row(
            "POST",
            f"{one}/secret",
            webhooks.rotate,
            "A new secret; the one before signs too for a day",
            answer=WebhookView,
            errors=(403, 404, 412),
        ),
        row(
            "POST",
            f"{one}/test",
            deliveries.test,
            "Send a test and give what came of it",
            answer=DeliveryView,
            errors=(403, 404),
        ),
        row(
            "GET",
            f"{one}/deliveries",
            deliveries.page,
            "What was sent, and how it went",
            query=("state", "limit", "cursor"),
            answer=DeliveryPage,
            errors=(403, 404, 422),
        ),
        row("GET", each, deliveries.one, "One message, whole", answer=DeliveryView, errors=(403, 404)),
        row(
            "POST",
            f"{each}/retry",
            deliveries.retry,
            "Send a message again",
            answer=DeliveryView,
            status=202,
            errors=(403, 404, 409),
        ),
    ]


def _of_profiles(path: str, what: str, profiles: Profiles) -> list[Endpoint]:
    return [
        Endpoint(
            "GET",
            path,
            profiles.now,
            f"What holds now: {what}",
            query=("source",),
            answer=Profile | None,
            errors=(404, 422),
            cost="read",
        ),
        Endpoint(
            "PUT",
            path,
            profiles.set,
            f"Set {what} by hand",
            body=ProfileDraft,
            answer=Profile,
            errors=(400, 403, 404, 409, 412, 413, 422),
        ),
        Endpoint(
            "DELETE",
            path,
            profiles.clear,
            f"Take back what was set by hand: {what}",
            answer=Profile,
            errors=(403, 404, 409, 412),
        ),
    ]


def _of_the_page(agendas: Agendas, devices: DevicesApi) -> list[Endpoint]:
    return [
        Endpoint(
            "GET",
            "/api/entries/{id}/agenda",
            agendas.one,
            "What is known of an entry's time to come",
            query=("from", "to"),
            answer=AgendaView,
            errors=(404, 422),
            cost="read",
        ),
        Endpoint(
            "GET",
            "/api/entries/{id}/devices",
            devices.all,
            "An entry's telephones, the preferred one first",
            answer=list[DeviceView],
            errors=(403, 404),
        ),
    ]


def resources(table: Iterable[Endpoint], authenticator: Authenticator, limits: Limits) -> list[Resource]:
    """One for each path, in the order of the table."""
    paths: dict[str, list[Endpoint]] = {}
    for endpoint in table:
        paths.setdefault(endpoint.path, []).append(endpoint)
    return [Resource(path, rows, authenticator, limits) for path, rows in paths.items()]
