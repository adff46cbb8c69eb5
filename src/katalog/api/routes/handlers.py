"""What the rows of every table are answered by."""

import msgspec

from katalog.api.absences import Absences
from katalog.api.accounts import Accounts
from katalog.api.agenda import Agendas
from katalog.api.audit import Audit
from katalog.api.calendar import CalendarApi
from katalog.api.call_records import CallRecords
from katalog.api.calls import Calls
from katalog.api.cards import Cards
from katalog.api.catalogue import CatalogueApi
from katalog.api.deliveries import DeliveryApi
from katalog.api.devices import DevicesApi
from katalog.api.dial import Dial
from katalog.api.entries import Entries
from katalog.api.events import Events
from katalog.api.extensions import Extensions
from katalog.api.health import Healthz
from katalog.api.imports import Imports
from katalog.api.invitations import Invitations
from katalog.api.login import Login
from katalog.api.lookup import Lookup
from katalog.api.me import Me
from katalog.api.messages import MessageApi
from katalog.api.metrics import Metrics
from katalog.api.openapi import OpenApi
from katalog.api.pages import Pages
from katalog.api.pbx import Pbxs
from katalog.api.profile import Profiles
from katalog.api.recordings import Recordings
from katalog.api.referral import Referrals
from katalog.api.sms import SmsApi
from katalog.api.tokens import Tokens
from katalog.api.webhooks import WebhookApi


class Handlers(msgspec.Struct, frozen=True, kw_only=True):
    """One for each noun, as the composition root has made them."""

    extensions: Extensions
    calls: Calls
    records: CallRecords
    recordings: Recordings
    events: Events
    login: Login
    dial: Dial
    entries: Entries
    lookup: Lookup
    profiles: Profiles
    absences: Absences
    referrals: Referrals
    calendars: CalendarApi
    catalogue: CatalogueApi
    tokens: Tokens
    webhooks: WebhookApi
    deliveries: DeliveryApi
    sms: SmsApi
    messages: MessageApi
    audit: Audit
    pbxs: Pbxs
    accounts: Accounts
    health: Healthz
    metrics: Metrics
    pages: Pages
    openapi: OpenApi
    me: Me
    agendas: Agendas
    devices: DevicesApi
    invitations: Invitations
    imports: Imports
    cards: Cards
