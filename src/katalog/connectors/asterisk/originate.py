"""The headers of an Originate: one telephone that rings, then the number in the dialplan. Pure: no socket.

All is said by variables of the new channel, so that no dialplan is needed: who calls (`CALLERID`), whom the telephone
is to show (`CONNECTEDLINE`), and the SIP headers by which it answers by itself.
"""

import unicodedata
from collections.abc import Iterator, Sequence

from katalog.connectors.asterisk.wire import Headers
from katalog.domain.placing import Party, Placing

RINGS = 30
"""Seconds that one's own telephone rings at most."""

WAITS = 5
"""Seconds that a telephone which has answered waits to be sent on. It takes milliseconds; but should the link be lost
just then, nobody listens to silence for ever.
"""

NAME = 80
"""Characters of a name: no display shows more, and an action's line has 1,024 bytes at most."""

AUTOANSWER = {
    # Yealink, Grandstream, Cisco SPA, Gigaset, Mitel.
    "Call-Info": "<sip:katalog>;answer-after=0",
    # Yealink, Snom, Aastra, Unify, AudioCodes, and Polycom, where its settings name this text.
    "Alert-Info": "<http://katalog>;info=alert-autoanswer;delay=0",
    # RFC 5373.
    "Answer-Mode": "Auto",
}
"""SIP headers. Each maker has its own, and passes over the others'."""


def direct(placing: Placing, channel: str, context: str) -> Headers:
    """The one device, then the number: Asterisk does both."""
    (device,) = placing.devices
    variables = [*_shown(placing), *(_answering(device) if placing.autoanswer else ())]
    return _to(device, channel, variables) | {"Context": context, "Exten": placing.number, "Priority": "1"}


def waiting(placing: Placing, device: str, channel: str) -> Headers:
    """One of several devices: it waits to be sent on."""
    return _to(device, channel, _shown(placing)) | _WAITING


def mobile(placing: Placing, channel: str, context: str) -> Headers:
    """One's mobile, called as one would from one's own telephone: it sees what the dialplan shows of one's calls."""
    own = placing.caller
    variables = [*_party("CALLERID({})", own), *_party("CONNECTEDLINE({},i)", own)]
    place = f"Local/{placing.mobile}@{context}/n"
    return _to(place, channel, variables) | {"OtherChannelId": f"{channel}-2"} | _WAITING


def identity(placing: Placing) -> Iterator[tuple[str, str]]:
    """Variable and value, of a channel that is to be sent on: the mobile's number has taken the caller's place."""
    yield "CALLERID(num)", placing.caller.number
    yield "CALLERID(name)", shown(placing.caller.name)


_NO_SIGNS = ("Cc", "Cs")
"""Control characters, and halves of pairs."""

_WAITING = {"Application": "Wait", "Data": str(WAITS)}


def _to(place: str, channel: str, variables: Sequence[str]) -> dict[str, str | Sequence[str]]:
    return {
        "Channel": place,
        "ChannelId": channel,
        "Timeout": str(round(RINGS * 1000)),
        "Async": "true",
        "Variable": variables,
    }


def _shown(placing: Placing) -> list[str]:
    return [*_party("CALLERID({})", placing.caller), *_party("CONNECTEDLINE({},i)", placing.callee)]


def _party(variable: str, party: Party) -> Iterator[str]:
    """Number and name by themselves: together they would be taken apart again at a `<`."""
    yield f"{variable.format('num')}={party.number}"
    yield f"{variable.format('name')}={quoted(shown(party.name))}"


def _answering(device: str) -> Iterator[str]:
    if device.startswith("SIP/"):
        # chan_sip, of Asterisk 16 to 20.
        for number, (name, value) in enumerate(AUTOANSWER.items(), 1):
            yield f"SIPADDHEADER{number:02}={name}: {value}"
    else:
        for name, value in AUTOANSWER.items():
            yield f"PJSIP_HEADER(add,{name})={value}"


def shown(name: str) -> str:
    """A name on one line, without signs that are none of a text."""
    signs = [sign for sign in name if sign.isspace() or unicodedata.category(sign) not in _NO_SIGNS]
    return " ".join("".join(signs).split())[:NAME]


def quoted(text: str) -> str:
    r"""A value of `Variable`: Asterisk takes it apart at commas outside quotes, and a sign after a backslash as it is.

    >>> print(quoted('Anna "Ankan", B'))
    "Anna \"Ankan\", B"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
