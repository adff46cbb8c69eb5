"""Calls: those that are over, recordings of them, and calls that are asked for."""

from functools import partial

from katalog.api.call_records import CSV, CallRecordPage
from katalog.api.calls import CallLists
from katalog.api.dial import AUTOANSWER, ONLY_MOBILE
from katalog.api.endpoint import PAGED, Endpoint
from katalog.api.recordings import MP3, Mp3
from katalog.api.routes.handlers import Handlers


def rows(on: Handlers) -> list[Endpoint]:
    row = partial(Endpoint, changes=True, errors=(400, 403, 503))
    number, ways = "/api/dial/{number}", (AUTOANSWER, ONLY_MOBILE)
    dialling = "Ring your own telephone, then a number"
    return [
        Endpoint(
            "GET",
            "/api/calls",
            on.calls.own,
            "Your own calls that are over",
            query=("fromDate", "toDate", "withRecordings"),
            answer=CallLists,
            errors=(400,),
        ),
        Endpoint(
            "GET",
            "/api/recordings/{id}",
            on.recordings.one,
            "A recording of a call, to be listened to; whole or one range",
            answer=Mp3,
            media=MP3,
            errors=(404, 416, 503),
        ),
        Endpoint(
            "GET",
            "/api/call-records",
            on.records.page,
            "Calls that are over: your own, or everybody's",
            query=("entry", "extension", "direction", "outcome", "number", "from", "to", "format", *PAGED),
            answer=CallRecordPage,
            texts=(CSV,),
            errors=(403, 422),
        ),
        row("GET", number, on.dial.dial, dialling, query=ways),
        row("POST", number, on.dial.dial, dialling, query=ways),
        row("GET", "/api/dial", on.dial.dial, "Without a number: 400"),
        row("POST", "/api/dial", on.dial.dial, "Without a number: 400"),
        row("GET", "/api/hangup", on.dial.hangup, "End your own calls"),
        row("POST", "/api/hangup", on.dial.hangup, "End your own calls"),
    ]
