"""The metrics of what a server knows, one row each. Those of requests are in `traffic.py`."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import get_args

from katalog.api.limits import Limits
from katalog.api.metrics import Measure
from katalog.connectors.base import Compares, Connector
from katalog.domain.events import Event
from katalog.domain.message import State
from katalog.follower import Follower
from katalog.live.directory import Directory
from katalog.live.feeds import FeedState
from katalog.live.link import Link, LinkState
from katalog.messages.outbox import Outbox
from katalog.recordings.recorder import Recorder
from katalog.recordings.sounds import Sounds
from katalog.switchboard.switchboard import Switchboard
from katalog.webhooks.webhooks import Webhooks

_KINDS = {kind: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower() for kind in get_args(Event)}

Labelled = Mapping[tuple[str, ...], float]


def measures(
    version: str,
    directories: Mapping[str, Directory],
    follower: Follower,
    connectors: Iterable[Connector],
    limits: Limits,
    webhooks: Webhooks,
    recorder: Recorder,
    sounds: Sounds,
    outbox: Outbox,
    switchboard: Switchboard,
    expires: Callable[[], float | None],
) -> list[Measure]:
    """Of the whole server, whatever organisations it has. `expires` gives the end of its certificate, if it has one."""

    def links() -> Iterable[Link]:
        return (link for directory in directories.values() for link in directory.links.values())

    def of_links(read: Callable[[Link], float]) -> Callable[[], Labelled]:
        return lambda: {(link.name,): read(link) for link in links()}

    def states() -> Labelled:
        return {(link.name, str(state)): link.state is state for link in links() for state in LinkState}

    def since() -> Labelled:
        return {(link.name,): link.since for link in links() if link.state is LinkState.LIVE and link.since is not None}

    def healed() -> Labelled:
        return {(each.name,): each.healed for each in connectors if isinstance(each, Compares)}

    def events() -> Labelled:
        heard: Counter[type[Event]] = Counter()
        for directory in directories.values():
            heard.update(directory.heard)
        return {(name,): heard[kind] for kind, name in _KINDS.items()}

    def calendars(*, broken: bool) -> int:
        statuses = (status for directory in directories.values() for status in directory.feeds.statuses.values())
        return sum(status.state is FeedState.BROKEN or not broken for status in statuses)

    def receivers() -> Labelled:
        states = webhooks.states()
        return {(state,): states[state] for state in ("active", "failing", "paused")}

    def attempts() -> Labelled:
        return {(result,): webhooks.results[result] for result in ("ok", "failed")}

    def ends() -> Labelled:
        end = expires()
        return {} if end is None else {(): end}

    def dials() -> Labelled:
        return {(outcome,): switchboard.outcomes[outcome] for outcome in ("placed", "repeated", "refused", "away")}

    def sent() -> Labelled:
        return {(str(state),): outbox.outcomes[state] for state in (State.SENT, State.FAILED, State.UNKNOWN)}

    def conversions() -> Labelled:
        return {(result,): sounds.results[result] for result in ("ok", "failed")}

    of_pbx, row = ("pbx",), Measure
    return [
        row("katalog_info", "The version that runs; always 1.", lambda: {(version,): 1}, ("version",)),
        row("katalog_entries", "Entries in the directory.", lambda: sum(map(len, directories.values()))),
        row("katalog_calls", "Calls now, one for each device in it.", of_links(lambda link: len(link.legs)), of_pbx),
        row("katalog_events_total", "Events that were applied to the live directory.", events, ("kind",)),
        row("katalog_pbx_link", "1 for the state that the link is in.", states, ("pbx", "state")),
        row("katalog_pbx_connected_timestamp_seconds", "Since when the link is live.", since, of_pbx),
        row("katalog_pbx_events_total", "Changes of calls that it told.", of_links(lambda link: link.events), of_pbx),
        row("katalog_pbx_healed_total", "Differences that a comparison of the pictures put right.", healed, of_pbx),
        row(
            "katalog_pbx_away",
            "Telephone systems whose link is not live.",
            lambda: sum(link.state is not LinkState.LIVE for link in links()),
        ),
        row("katalog_database_away", "1 while the database cannot be used.", lambda: follower.is_away),
        row("katalog_calendars", "Calendars that are read.", lambda: calendars(broken=False)),
        row("katalog_calendars_broken", "Of them, those that cannot be read.", lambda: calendars(broken=True)),
        row("katalog_webhooks", "Receivers, by how it goes; of the server that sends.", receivers, ("state",)),
        row("katalog_webhook_queue", "Messages that wait for all of them.", lambda: sum(webhooks.waiting().values())),
        row("katalog_webhook_attempts_total", "Messages that were sent, by how it went.", attempts, ("result",)),
        row("katalog_webhook_left_out_total", "Calls not told, since too much waited.", webhooks.left_out),
        row("katalog_certificate_expiry_timestamp_seconds", "When the certificate that is shown ends.", ends),
        row("katalog_dials_total", "Calls that people asked for, by what came of it.", dials, ("outcome",)),
        row("katalog_messages_total", "Text messages handed over, by what became of them.", sent, ("state",)),
        row("katalog_recordings_total", "Recordings found that can be listened to.", lambda: recorder.found),
        row("katalog_recording_conversions_total", "MP3 made of them, by how it went.", conversions, ("result",)),
        row("katalog_recording_cache_bytes", "What is kept of it.", lambda: sounds.cache.bytes),
        row("katalog_limited_requests_total", "Requests refused by a limit.", limits.refused, ("limit",)),
    ]
