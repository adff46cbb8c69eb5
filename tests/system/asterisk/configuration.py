"""The whole configuration of a throw-away Asterisk: text out of settings, no file is read or written here.

Everything listens on loopback only. Phones and the outside world are told apart by address (RFC 5735: all of
127/8 is loopback): phones speak from 127.0.0.1, the trunk from 127.0.0.2, so a caller from outside may show any
number, an extension's own too.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.system.asterisk.dialplan import (
    INBOUND,
    INTERNAL,
    PARK,
    PARKING_SPACES,
    PICKUP,
    QUEUES,
    dialplan,
    queue_name,
)

LOOPBACK = "127.0.0.1"
OUTSIDE = "127.0.0.2"
"""The outside world's address, see above."""

RTP_PORTS = (10000, 19999)
"""Shared by all instances: Asterisk takes the next port where one is taken."""

RIGHTS: Mapping[str, tuple[str, str]] = {
    # The least that katalog needs, for each thing that it does (docs/connectors.md).
    "katalog": ("call,system", "reporting"),
    "katalog-dial": ("call,system", "reporting,call,originate"),
    "katalog-profiles": ("call,system,user", "reporting,call"),
    "katalog-astdb": ("call,system,user", "reporting,call,originate"),
    "katalog-recordings": ("call,system,cdr", "reporting"),
    "katalog-messages": ("call,system", "reporting,message"),
    # A usual mistake: events come, the list is refused.
    "unreporting": ("call,system", ""),
    # And one that nothing refuses: the list comes, and nothing is ever told of a call.
    "deaf": ("system", "reporting"),
    # Another: everything is allowed, and half the traffic is of no use.
    "everything": ("all", "all"),
    # The tests' own.
    "truth": ("all", "all"),
}
"""Manager account → its read and write classes."""


@dataclass(frozen=True)
class Ports:
    sip: int
    ami: int
    ari: int
    trunk: int
    """Where the outside world listens, on `OUTSIDE`."""


@dataclass(frozen=True)
class Settings:
    ports: Ports
    directories: Mapping[str, str]
    """asterisk.conf's own, as the package has them but for those that no two instances may share."""
    secrets: Mapping[str, str]
    extensions: tuple[str, ...]
    extra: Mapping[str, str] = field(default_factory=dict)
    """File name → text that is put after ours."""
    tells_presentations: bool = True
    """Whether events of the manager interface say if the other party's number may be shown."""


def extensions(count: int) -> tuple[str, ...]:
    """`count` extensions from 100 on (three digits as long as they last)."""
    return tuple(str(100 + number) for number in range(count))


def render(settings: Settings) -> dict[str, str]:
    """File name → text."""
    files = {
        "asterisk.conf": _asterisk(settings.directories),
        "modules.conf": _modules(),
        "logger.conf": _logger(),
        "manager.conf": _manager(settings),
        "http.conf": _section("general", enabled="yes", bindaddr=LOOPBACK, bindport=settings.ports.ari),
        "ari.conf": _ari(settings.secrets["truth"]),
        "rtp.conf": _section("general", rtpstart=RTP_PORTS[0], rtpend=RTP_PORTS[1], strictrtp="no"),
        "pjsip.conf": _pjsip(settings.ports, settings.extensions),
        "extensions.conf": dialplan(settings.extensions),
        "queues.conf": _queues(),
        "confbridge.conf": _confbridge(),
        "features.conf": _features(),
        "res_parking.conf": _parking(),
        "musiconhold.conf": _section("default", mode="files", directory="moh"),
        "cdr.conf": _section("general", enable="yes")
        + _section("csv", usegmtime="no", loguniqueid="yes", loguserfield="yes", newcdrcolumns="yes"),
        "cdr_manager.conf": _cdr_manager(),
    }
    for name, text in settings.extra.items():
        files[name] = files.get(name, "") + text
    return files


def _section(name: str, **values: object) -> str:
    return "\n".join([f"[{name}]", *(f"{key} = {value}" for key, value in values.items()), ""])


def _template(name: str, **values: object) -> str:
    """A section that others are made from."""
    return _section(name, **values).replace("]", "](!)", 1)


def _asterisk(directories: Mapping[str, str]) -> str:
    # Debian's own file has `[directories](!)`, a template that nothing uses: there the defaults hold.
    lines = ["[directories]", *(f"{key} => {value}" for key, value in directories.items())]
    return "\n".join(lines) + "\n" + _section("options", verbose=3, documentation_language="en_US")


def _modules() -> str:
    unwanted = [
        # They would listen to all the world, or on one port for all instances.
        *("chan_sip", "chan_iax2", "chan_unistim", "chan_mgcp", "chan_skinny", "chan_motif", "chan_console"),
        *("pbx_dundi", "res_pjsip_transport_websocket", "res_hep", "res_snmp", "res_xmpp", "res_smdi"),
        # cel_manager sends twenty events for two calls to everybody with read=call.
        *("cel_manager", "cel_custom", "cel_odbc", "cel_pgsql", "cel_radius", "cel_tds"),
        *("cdr_odbc", "cdr_pgsql", "cdr_radius", "cdr_tds", "cdr_adaptive_odbc", "cdr_sqlite3_custom"),
        *("res_phoneprov", "res_calendar", "res_config_ldap", "res_config_pgsql", "res_config_odbc"),
        *("app_voicemail_odbc", "app_voicemail_imap", "app_festival", "app_jack", "res_stun_monitor"),
        *("res_resolver_unbound", "pbx_lua", "pbx_ael", "res_fax", "res_prometheus", "res_statsd"),
        *("app_minivm", "app_directory"),
    ]
    return "\n".join(["[modules]", "autoload = yes", *(f"noload = {name}.so" for name in unwanted), ""])


def _logger() -> str:
    return _section("general", dateformat="%F %T.%3q") + _section("logfiles", full="notice,warning,error,verbose(3)")


def _manager(settings: Settings) -> str:
    general = _section(
        "general", enabled="yes", bindaddr=LOOPBACK, port=settings.ports.ami, timestampevents="yes", webenabled="no"
    )
    if settings.tells_presentations:
        general += "channelvars = CONNECTEDLINE(num-pres)\n"
    return general + "".join(
        _section(
            user,
            secret=settings.secrets[user],
            read=read,
            **({"write": write} if write else {}),
            deny="0.0.0.0/0.0.0.0",
            permit="127.0.0.0/255.0.0.0",
            writetimeout=5000,
        )
        for user, (read, write) in RIGHTS.items()
    )


def _ari(secret: str) -> str:
    return _section("general", enabled="yes") + _section("truth", type="user", password=secret)


def _pjsip(ports: Ports, extensions: Iterable[str]) -> str:
    return "\n".join([*_pjsip_common(ports), *_pjsip_trunk(ports), *_pjsip_phones(extensions)])


def _pjsip_common(ports: Ports) -> Iterator[str]:
    yield _section("global", type="global", endpoint_identifier_order="ip,username,anonymous")
    yield _section("loopback", type="transport", protocol="udp", bind=f"{LOOPBACK}:{ports.sip}")
    common = {
        "type": "endpoint",
        "transport": "loopback",
        "disallow": "all",
        "allow": "ulaw,alaw",
        "direct_media": "no",
        "timers": "no",
        "dtmf_mode": "info",
        "media_address": LOOPBACK,
        "bind_rtp_to_media_address": "yes",
        "send_pai": "yes",
        "trust_id_outbound": "yes",
    }
    yield _template(
        "phone",
        **common,
        context=INTERNAL,
        named_call_group="office",
        named_pickup_group="office",
    )
    yield _section("trunk", **common, context=INBOUND, aors="trunk", trust_id_inbound="yes")


def _pjsip_trunk(ports: Ports) -> Iterator[str]:
    yield _section("trunk", type="aor", contact=f"sip:{OUTSIDE}:{ports.trunk}")
    yield _section("trunk", type="identify", endpoint="trunk", match=OUTSIDE)


def _pjsip_phones(extensions: Iterable[str]) -> Iterator[str]:
    # One registration a phone: a phone that comes back from another port takes its own old one's place.
    yield _template("registration", type="aor", max_contacts=1, remove_existing="yes")
    for extension in extensions:
        yield (
            f'[{extension}](phone)\naors = {extension}\ncallerid = "Ext {extension}" <{extension}>\n'
            f"[{extension}](registration)\n"
        )


def _queues() -> str:
    queue = {"strategy": "ringall", "timeout": 60, "retry": 1, "ringinuse": "yes", "joinempty": "yes"}
    return _section("general", persistentmembers="no", autofill="yes") + "".join(
        _section(queue_name(number), **queue) for number in range(QUEUES)
    )


def _confbridge() -> str:
    return (
        _section("general")
        + _section("default_bridge", type="bridge")
        + _section("default_user", type="user", quiet="yes", announce_join_leave="no")
    )


def _features() -> str:
    return _section("general", pickupexten=PICKUP, transferdigittimeout=10, featuredigittimeout=5000) + _section(
        "featuremap", blindxfer="#1", atxfer="*2", parkcall="#72", disconnect="*0"
    )


def _parking() -> str:
    first, last = PARKING_SPACES
    return _section("general") + _section(
        "default",
        parkext=PARK,
        parkpos=f"{first}-{last}",
        context="parkedcalls",
        parkingtime=300,
        comebacktoorigin="no",
    )


def _cdr_manager() -> str:
    return _section("general", enabled="yes") + "[mappings]\nlinkedid => LinkedID\nrecordingfile => RecordingFile\n"
