"""SIP messages (RFC 3261) as values: text in, value out, and back. No socket, no state."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

VERSION = "SIP/2.0"

COMPACT = {
    "v": "via", "f": "from", "t": "to", "i": "call-id", "m": "contact", "l": "content-length",
    "c": "content-type", "r": "refer-to", "b": "referred-by", "s": "subject", "k": "supported", "o": "event",
}  # fmt: skip
"""RFC 3261, 7.3.3 and its extensions."""


class Malformed(ValueError):
    """These bytes are no SIP message."""


@dataclass(frozen=True)
class Uri:
    """`sip:user@host:port;parameters?headers`; what is not known is kept as it came."""

    user: str
    host: str
    port: int | None = None
    rest: str = ""
    """Parameters and headers, with their first sign."""

    @classmethod
    def parse(cls, text: str) -> Self:
        match = re.fullmatch(r"sips?:(?:([^@;?]*)@)?([^:;?>]+)(?::(\d+))?([;?].*)?", text.strip())
        if match is None:
            raise Malformed(f"no SIP address: {text!r}")
        user, host, port, rest = match.groups()
        return cls(user or "", host, int(port) if port else None, rest or "")

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        port = f":{self.port}" if self.port is not None else ""
        return f"sip:{user}{self.host}{port}{self.rest}"


@dataclass(frozen=True)
class Address:
    """The value of From, To, Contact, Refer-To …: `"Name" <uri>;tag=…`."""

    uri: Uri
    name: str = ""
    tag: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        match = re.match(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<]*?))\s*<([^>]+)>(.*)', text)
        if match is not None:
            quoted, bare, uri, parameters = match.groups()
            name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
        else:
            uri, _, parameters = text.strip().partition(";")
            name = ""
        tag = re.search(r";\s*tag\s*=\s*([^;\s]+)", ";" + parameters.lstrip(";"))
        return cls(Uri.parse(uri), name, tag.group(1) if tag else "")

    def __str__(self) -> str:
        quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{quoted}" ' if self.name else ""
        tag = f";tag={self.tag}" if self.tag else ""
        return f"{name}<{self.uri}>{tag}"


@dataclass
class Message:
    """Headers in their order, names as written; looked up without regard to case or compact form."""

    headers: list[tuple[str, str]] = field(default_factory=list)
    body: str = ""

    def get(self, name: str, default: str = "") -> str:
        return next(iter(self.all(name)), default)

    def all(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for key, value in self.headers if COMPACT.get(key.lower(), key.lower()) == wanted]

    @property
    def call_id(self) -> str:
        return self.get("Call-ID")

    @property
    def sender(self) -> Address:
        return Address.parse(self.get("From"))

    @property
    def recipient(self) -> Address:
        return Address.parse(self.get("To"))

    @property
    def cseq(self) -> tuple[int, str]:
        number, _, method = self.get("CSeq").partition(" ")
        return int(number), method.strip()

    @property
    def branch(self) -> str:
        match = re.search(r";\s*branch=([^;,\s]+)", self.get("Via"))
        return match.group(1) if match else ""

    @property
    def asserted(self) -> str:
        """The number that the network vouches for (RFC 3325, else the older Remote-Party-ID), `""` if none."""
        for value in (*self.all("P-Asserted-Identity"), *self.all("Remote-Party-ID")):
            # It may be a `tel:` URI beside the `sip:` one.
            if re.search(r"(^|<)\s*sips?:", value):
                return Address.parse(value).uri.user
        return ""

    def encode(self) -> bytes:
        body = self.body.encode()
        lines = [self.first_line(), *(f"{key}: {value}" for key, value in self.headers)]
        return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body

    def first_line(self) -> str:
        raise NotImplementedError


@dataclass
class Request(Message):
    method: str = ""
    uri: str = ""

    def first_line(self) -> str:
        return f"{self.method} {self.uri} {VERSION}"

    def respond(
        self,
        status: int,
        reason: str = "",
        *,
        tag: str = "",
        headers: Iterable[tuple[str, str]] = (),
        body: str = "",
    ) -> "Response":
        """RFC 3261, 8.2.6: what has to be copied is copied; `tag` completes To where it has none."""
        to = self.get("To")
        if tag and not self.recipient.tag:
            to += f";tag={tag}"
        copied = [("Via", via) for via in self.all("Via")]
        copied += [("Record-Route", route) for route in self.all("Record-Route")]
        copied += [("From", self.get("From")), ("To", to), ("Call-ID", self.call_id)]
        copied += [("CSeq", self.get("CSeq"))]
        return Response([*copied, *headers], body, status, reason or REASONS.get(status, "Whatever"))


@dataclass
class Response(Message):
    status: int = 0
    reason: str = ""

    def first_line(self) -> str:
        return f"{VERSION} {self.status} {self.reason}"


REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted", 302: "Moved Temporarily",
    404: "Not Found", 480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 486: "Busy Here",
    487: "Request Terminated", 501: "Not Implemented", 503: "Service Unavailable", 603: "Decline",
}  # fmt: skip


def parse(data: bytes) -> Request | Response:
    text = data.decode("utf-8", "surrogateescape")
    head, separator, body = text.partition("\r\n\r\n")
    if not separator:
        raise Malformed("no empty line after the headers")
    first, *lines = re.sub(r"\r\n[ \t]+", " ", head).split("\r\n")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise Malformed(f"no header: {line!r}")
        if COMPACT.get(name.strip().lower(), name.strip().lower()) != "content-length":
            headers.append((name.strip(), value.strip()))
    if first.startswith(VERSION + " "):
        status, _, reason = first[len(VERSION) + 1 :].partition(" ")
        return Response(headers, body, int(status), reason)
    method, _, rest = first.partition(" ")
    uri, _, version = rest.rpartition(" ")
    if version != VERSION:
        raise Malformed(f"no first line of SIP: {first!r}")
    return Request(headers, body, method, uri)
