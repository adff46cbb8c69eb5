"""An entry to take along: as a vCard, and as a QR code of it for a telephone's camera."""

import asyncio
from typing import Annotated
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from katalog.api.entries import visible
from katalog.api.reader import Reader
from katalog.domain.entry import Entry
from katalog.outputs import qr, vcard

Vcard = Annotated[str, msgspec.Meta(extra_json_schema={"contentMediaType": vcard.MEDIA})]
Svg = Annotated[str, msgspec.Meta(extra_json_schema={"contentMediaType": qr.MEDIA})]


class Cards:
    def __init__(self, organisation: str, country: str) -> None:
        self._organisation = organisation
        self._country = country

    async def vcard(self, request: Request, reader: Reader) -> Response:
        entry = visible(request, reader)
        text = vcard.vcard(entry, self._organisation, self._country)
        response = _answer(entry, text.encode(), f"{vcard.MEDIA}; charset=utf-8")
        # The second is for those who know RFC 8187; the others would write its signs as they are.
        called = quote(vcard.file_name(entry), safe="")
        response.headers["content-disposition"] = f"attachment; filename=\"contact.vcf\"; filename*=UTF-8''{called}"
        return response

    async def qr(self, request: Request, reader: Reader) -> Response:
        """What does not fit is left out."""
        entry = visible(request, reader)
        text = vcard.vcard(entry, self._organisation, self._country, most=qr.BYTES)
        # It takes some 20 ms.
        return _answer(entry, await asyncio.to_thread(qr.svg, text), qr.MEDIA)


def _answer(entry: Entry, content: bytes, media: str) -> Response:
    headers = {"etag": f'"{entry.revision}"', "cache-control": "private, no-cache", "content-type": media}
    return Response(content, headers=headers)
