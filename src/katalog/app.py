"""The composition root: builds every part of a server from the settings, and runs them together."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from starlette.types import ASGIApp

from katalog.api.absences import Absences
from katalog.api.accounts import Accounts as AccountsApi
from katalog.api.agenda import Agendas
from katalog.api.application import application
from katalog.api.audit import Audit
from katalog.api.authentication import Authenticator
from katalog.api.calendar import CalendarApi
from katalog.api.call_records import CallRecords
from katalog.api.calls import Calls
from katalog.api.cards import Cards
from katalog.api.catalogue import CatalogueApi
from katalog.api.deliveries import DeliveryApi
from katalog.api.devices import DevicesApi
from katalog.api.dial import Dial
from katalog.api.endpoint import Endpoint
from katalog.api.entries import Entries
from katalog.api.events import Events
from katalog.api.extensions import Extensions
from katalog.api.health import Healthz
from katalog.api.imports import Imports
from katalog.api.invitations import Invitations
from katalog.api.limits import Limits
from katalog.api.links import Links
from katalog.api.login import Login
from katalog.api.lookup import Lookup
from katalog.api.me import Me
from katalog.api.measures import measures
from katalog.api.messages import MessageApi
from katalog.api.metrics import Measures, Metrics
from katalog.api.openapi import OpenApi
from katalog.api.origin import Networks, Proxies
from katalog.api.pages import Pages
from katalog.api.passwords import Passwords
from katalog.api.pbx import Pbxs, System
from katalog.api.profile import Profiles
from katalog.api.prompt import Prompt
from katalog.api.recordings import Recordings
from katalog.api.referral import Referrals
from katalog.api.routes import endpoints, resources
from katalog.api.routes.handlers import Handlers
from katalog.api.sms import SmsApi
from katalog.api.throttle import Throttle
from katalog.api.tokens import Tokens
from katalog.api.traffic import Traffic
from katalog.api.webhooks import WebhookApi
from katalog.calendars.calendars import Calendars
from katalog.calllog.calllog import CallLog
from katalog.calllog.catchup import Rows
from katalog.calllog.cdr_file import CdrFile
from katalog.calllog.cdr_table import CdrTable
from katalog.codes import Codes
from katalog.connectors.base import Compares, Connector, Messages, PbxAddress, Telephones, make_connector
from katalog.connectors.supervisor import Supervisor
from katalog.domain.device import DevicePattern
from katalog.domain.dialling import Dialling
from katalog.domain.events import CodeDialled, PbxEvent, RecordingsChanged, RecordingsRead
from katalog.errors import StoreError
from katalog.follower import Follower
from katalog.gateways.base import Gateway, Setup, make_gateway
from katalog.indications import Indications
from katalog.live.accounts import Accounts
from katalog.live.directory import Directory
from katalog.live.feeds import Feeds
from katalog.live.presences import Presences
from katalog.messages.draft import Rules
from katalog.messages.outbox import SAME_SECONDS, Budget, Outbox
from katalog.outgoing.client import Outgoing
from katalog.outgoing.target import basic
from katalog.recordings.cache import Cache
from katalog.recordings.folder import Folder
from katalog.recordings.recorder import Recorder
from katalog.recordings.retention import Retention
from katalog.recordings.sounds import Sounds
from katalog.server.certificate import Certificate
from katalog.settings import Organisation, Pbx, Settings
from katalog.store import audit, call_records, changes, messages, organisations, tokens
from katalog.store.database import Database
from katalog.store.migrate import upgrade
from katalog.store.safe import Safe
from katalog.store.trail import Trail
from katalog.switchboard.switchboard import Switchboard
from katalog.web.page import Home
from katalog.webhooks.sender import Sender
from katalog.webhooks.webhooks import Webhooks

STAMP_PERIOD = 30.0
"""Seconds between two writings of when tokens were last used."""

TURNS = 10
"""Of the event loop, at most, from when the server is ready until it has answered those who wait already."""

HISTORY_PERIOD = 3600.0
"""Seconds between two looks for what is to be forgotten."""

log = structlog.get_logger()


def connectors_of(pbxs: Sequence[Pbx]) -> list[Connector]:
    return [
        make_connector(
            pbx.type,
            PbxAddress(
                pbx.name,
                pbx.host,
                pbx.port,
                pbx.username,
                pbx.secret,
                pbx.db_context,
                pbx.dial_context,
                records=bool(pbx.recordings),
            ),
        )
        for pbx in pbxs
    ]


def call_details_of(pbx: Pbx, timezone: str) -> Rows | None:
    """Where a telephone system keeps its own records of calls, if the settings say so. Raises StoreError, if it takes a
    driver that is not installed.
    """
    zone = ZoneInfo(pbx.cdr_timezone or timezone)
    if pbx.cdr_file is not None:
        return CdrFile(pbx.cdr_file, zone)
    return CdrTable(pbx.cdr_url, pbx.cdr_table, zone) if pbx.cdr_url else None


def gateway_of(settings: Settings, connectors: Sequence[Connector]) -> Gateway | None:
    """What text messages leave by, if anything is set up. Raises SettingsError."""
    sms = settings.sms
    if not sms.gateway:
        return None
    own = {"asterisk": settings.sms_asterisk, "http": settings.sms_http}
    options = own[sms.gateway].model_dump() if sms.gateway in own else sms.options
    systems = {each.name: each for each in connectors if isinstance(each, Messages)}
    return make_gateway(sms.gateway, Setup(settings.organisation.country, options, systems))


def home_of(organisation: Organisation) -> Home:
    """What the pages have to know of the organisation."""
    dialling = Dialling(organisation.country)
    return Home(organisation.name, organisation.timezone, dialling.code, dialling.trunk, dialling.international)


def folders_of(pbxs: Sequence[Pbx]) -> dict[str, Folder]:
    """Where the recordings are, of those telephone systems that have any."""
    return {pbx.name: Folder(Path(pbx.recordings), pbx.recordings_prefix) for pbx in pbxs if pbx.recordings}


class App:
    """One server. `application` is what an ASGI server runs, within `running`; `prompt` has what it need not see."""

    def __init__(
        self,
        settings: Settings,
        *,
        connectors: Sequence[Connector] | None = None,
        clock: Callable[[], float] = time.time,
        ready: Callable[[], None] = lambda: None,
        certificate: Certificate | None = None,
    ) -> None:
        self.settings = settings
        self._ready = ready
        self.database = Database(settings.database.url)
        self.directories: dict[str, Directory] = {}
        self.accounts = Accounts()
        language = settings.organisation.language
        self._clock = clock
        self._calendar = settings.organisation.calendar
        self._connectors = connectors_of(settings.pbx) if connectors is None else connectors
        self._home = ""
        self.follower = Follower(self.database, self.directories, self.accounts, self._new_directory)
        self._safe = Safe(Path(settings.calendars.key_file))
        self._outgoing = Outgoing(allow_private=settings.webhooks.allow_private)
        self._sender = Sender(self._outgoing, self._safe, clock)
        self._webhooks = Webhooks(self.database, self.directories, self._outgoing, self._sender, clock=clock)
        self._calllog = CallLog(self.database, clock, self._cdrs())
        self._trail = Trail(self.database)
        self._switchboard = Switchboard(self._connectors, settings.dial.policy, settings.dial.per_minute, self._trail)
        self._outbox = self._make_outbox()
        folders, kept = folders_of(settings.pbx), settings.recordings
        self._sounds = Sounds(folders, Cache(Path(kept.cache), kept.cache_mb * 1_000_000))
        self._recorder = Recorder(self.database, folders, self._sounds, clock)
        self._retention = Retention(
            self.database, folders, self._sounds, days=kept.days, erases=kept.erase, clock=clock
        )
        self._passwords = Passwords()
        server = settings.server
        proxies = Proxies(server.trusted_proxies)
        limits = Limits(settings.limits.per_minute, time.monotonic)
        traffic = Traffic()
        self._authenticator = Authenticator(
            self.accounts,
            self.directories,
            self._passwords,
            Throttle(server.failures_per_login, server.failures_per_address, time.monotonic),
            proxies,
            clock,
            self.follower.look,
            query_credentials=server.query_credentials,
            session_days=server.session_days,
        )
        self._events = Events(self.directories, self._authenticator)
        known = measures(
            version("katalog"),
            self.directories,
            self.follower,
            self._connectors,
            limits,
            self._webhooks,
            self._recorder,
            self._sounds,
            self._outbox,
            self._switchboard,
            lambda: certificate.shown.expires if certificate else None,
        )
        self.metrics = Metrics(
            [traffic, self._events, Measures(known)], self._authenticator, Networks(server.metrics_from)
        )
        self.endpoints = self._table()
        found = resources(self.endpoints, self._authenticator, limits)
        self.application: ASGIApp = application(found, traffic, proxies, language, access_log=server.access_log)
        # What has a line in the log for each request has it from the application.
        self.prompt = Prompt([] if server.access_log else [each for each in found if each.is_prompt], traffic)

    def _make_outbox(self) -> Outbox:
        sms = self.settings.sms
        gateway = gateway_of(self.settings, self._connectors)
        rules = Rules(self.settings.organisation.country, sms.kinds, sms.by, sms.max_parts, sms.plain)
        budget = Budget(sms.per_minute, sms.per_day)
        return Outbox(self.database, self._safe, sms.gateway, gateway, rules, budget, self._clock)

    def _table(self) -> list[Endpoint]:
        settings, zone = self.settings, ZoneInfo(self.settings.organisation.timezone)
        organisation = settings.organisation
        webhooks = WebhookApi(
            self.database, self._safe, self._outgoing, self._webhooks, self._clock, zone, organisation.language
        )
        recordings = Recordings(self.database, self._recorder, self._sounds, self._clock)
        links = Links(self._authenticator, settings.server.public_url)
        return endpoints(
            Handlers(
                extensions=Extensions(),
                calls=Calls(self.database, self._calllog, recordings, zone, organisation.country, self._clock),
                records=CallRecords(self.database, self._calllog, recordings, zone, organisation.country),
                recordings=recordings,
                events=self._events,
                login=Login(
                    self.database, self.follower, self.accounts, self._authenticator, settings.server.session_days
                ),
                dial=Dial(self._switchboard),
                entries=Entries(self.database, self.follower),
                lookup=Lookup(),
                profiles=Profiles(self.database, self.follower, self._calendar, self._clock),
                absences=Absences(self.database, self.follower, self._calendar),
                referrals=Referrals(self._calendar),
                calendars=CalendarApi(self.database, self.follower, self._safe, zone, organisation.language),
                catalogue=CatalogueApi(
                    self.database, self.follower, organisation.language, self._calendar, self._clock
                ),
                tokens=Tokens(self.database, self.follower, self.accounts, self._authenticator, zone),
                webhooks=webhooks,
                deliveries=DeliveryApi(
                    self.database, webhooks, self._sender, self._webhooks, self._clock, zone, organisation.language
                ),
                sms=SmsApi(self._outbox, organisation.language),
                messages=MessageApi(self.database, self.accounts, self._clock, zone, organisation.language),
                audit=Audit(self.database, self._trail, zone),
                pbxs=Pbxs(self._systems(), zone, organisation.language, self._clock),
                accounts=AccountsApi(self.database, self.follower, self.accounts, self._authenticator, links, zone),
                health=Healthz(self.directories, self.follower),
                metrics=self.metrics,
                pages=Pages(
                    self.database,
                    self.follower,
                    self._passwords,
                    links,
                    home=home_of(organisation),
                    language=organisation.language,
                ),
                openapi=OpenApi(version("katalog"), lambda: self.endpoints),
                me=Me(
                    self.database, self.follower, self._authenticator, self._passwords, self._switchboard, self._outbox
                ),
                agendas=Agendas(self._calendar, self._clock),
                devices=DevicesApi(self._switchboard),
                invitations=Invitations(self.database, self.follower, links, zone),
                imports=Imports(self.database, self.follower, zone, organisation.language),
                cards=Cards(organisation.name, organisation.country),
            )
        )

    def _systems(self) -> dict[str, System]:
        compare = {each.name: each for each in self._connectors if isinstance(each, Compares)}

        def healed(name: str) -> int:
            return compare[name].healed if name in compare else 0

        return {
            pbx.name: System.at(pbx.type, pbx.host, pbx.port, partial(healed, pbx.name)) for pbx in self.settings.pbx
        }

    def _cdrs(self) -> dict[str, Rows]:
        """Where telephone systems keep their own records of calls, of those whose settings say so."""
        found: dict[str, Rows] = {}
        for pbx in self.settings.pbx:
            source = call_details_of(pbx, self.settings.organisation.timezone)
            if source is not None:
                found[pbx.name] = source
        return found

    def _new_directory(self, organisation: str) -> Directory:
        """The telephone systems of the settings, and the calendars' template, are the default organisation's."""
        is_home = organisation == self._home
        patterns = {pbx.name: DevicePattern(pbx.pattern) for pbx in self.settings.pbx}
        return Directory(
            self.settings.organisation.country,
            Presences(self._calendar, self.settings.organisation.language),
            patterns if is_home else {},
            self.accounts.entries_with_login,
            self._clock,
            Feeds(self.settings.calendars.template if is_home else ""),
        )

    def _calendars(self) -> Calendars:
        settings = self.settings.calendars
        return Calendars(
            self.directories,
            Outgoing(allow_private=self.settings.webhooks.allow_private),
            self._safe,
            words=settings.words,
            zone=self.settings.organisation.timezone,
            interval=settings.interval,
            authorization=basic(settings.username, settings.password) if settings.username else None,
            clock=self._clock,
        )

    async def open(self) -> None:
        """The database brought up to date and everything read. Raises StoreError."""
        await upgrade(self.database)
        home = await organisations.default(self.database, self.settings.organisation.name)
        self._home = home.id
        await changes.purge(self.database, home.id, home.revision)
        await self.follower.load()

    def end(self) -> None:
        """The server is asked to end: what would go on for ever does not."""
        self._events.end()

    @property
    def home(self) -> Directory:
        """The default organisation's directory."""
        return self.directories[self._home]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(self._passwords.close)
            stack.callback(self._sounds.close)
            stack.push_async_callback(self.database.close)
            stack.push_async_callback(self._outbox.close)
            await self.open()
            await self._calllog.begin(self._home, self.home)
            for call in self._calllog.open:
                self.home.recall(call.pbx, call.leg, call.began, call.answered)
            self._recorder.begin(self._home, self.home)
            telephones = {each.name: each for each in self._connectors if isinstance(each, Telephones)}
            indications = Indications(self.home, telephones, self._clock)
            try:
                async with asyncio.TaskGroup() as tasks:
                    started = [
                        tasks.create_task(self._follow_telephones(indications), name="telephones"),
                        tasks.create_task(self.follower.run(), name="follower"),
                        tasks.create_task(self._write_stamps(), name="stamps"),
                        tasks.create_task(self._forget_history(), name="history"),
                        tasks.create_task(self._trail.run(), name="trail"),
                        tasks.create_task(self._events.run(), name="events"),
                        tasks.create_task(self._calendars().run(), name="calendars"),
                        tasks.create_task(self._webhooks.run(), name="webhooks"),
                        tasks.create_task(self._calllog.run(), name="calls"),
                        tasks.create_task(self._recorder.run(), name="recordings"),
                    ]
                    self._ready()
                    yield
                    for task in started:
                        task.cancel()
            finally:
                await self._write_stamps_once()
                await self._trail.write()

    async def _follow_telephones(self, indications: Indications) -> None:
        """For ever. A telephone system is connected when it is known what its telephones are to show. At 100,000
        entries that takes a second, and readers who wait for the start are answered first.
        """
        for _ in range(TURNS):
            await asyncio.sleep(0)
        await indications.begin()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(indications.run(), name="indications")
            for connector in self._connectors:
                supervisor = Supervisor(connector, partial(self._heard, tasks, connector))
                tasks.create_task(supervisor.run(), name="pbx")

    def _heard(self, tasks: asyncio.TaskGroup, connector: Connector, event: PbxEvent) -> None:
        if isinstance(event, CodeDialled):
            tasks.create_task(self._dialled(connector, event), name="code")
        elif isinstance(event, RecordingsRead | RecordingsChanged):
            self._recorder.hear(event)
        else:
            self.home.apply(event)
            self._calllog.hear(event)

    async def _dialled(self, connector: Connector, event: CodeDialled) -> None:
        codes = Codes(self.database, self.follower, self._home, self.home, self._calendar, self._clock)
        try:
            done = await codes.dialled(event)
        except Exception:
            # A fault of ours is a refusal to whoever dialled, and nothing to everybody else.
            log.exception("code.fault", pbx=event.pbx)
            done = False
        if isinstance(connector, Telephones):
            connector.reply(event.call, done=done)

    async def _write_stamps(self) -> None:
        while True:
            await asyncio.sleep(STAMP_PERIOD)
            await self._write_stamps_once()

    async def _write_stamps_once(self) -> None:
        try:
            await tokens.stamp_used(self.database, self._authenticator.take_unwritten())
        except StoreError as error:
            log.warning("store.stamps", reason=str(error))

    async def _forget_history(self) -> None:
        """Who set which profile, called whom and wrote to whom is kept for the set numbers of days, then gone."""
        while True:
            now, settings = self._clock(), self.settings
            sent = now - settings.sms.days * 86400.0
            try:
                await audit.purge(self.database, audit.OF_PEOPLE, now - settings.organisation.history_days * 86400.0)
                await audit.purge(self.database, audit.OF_MESSAGES, sent)
                await messages.purge(self.database, sent, marks=now - SAME_SECONDS)
                await call_records.purge(self.database, self._home, now - settings.calls.days * 86400.0)
                await self._retention.forget(self._home)
            except StoreError as error:
                log.warning("store.history", reason=str(error))
            await asyncio.sleep(HISTORY_PERIOD)
