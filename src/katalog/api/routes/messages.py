"""Text messages."""

from katalog.api.endpoint import Endpoint
from katalog.api.messages import MessagePage
from katalog.api.routes.handlers import Handlers
from katalog.api.sms import MessageDraft, Preview


def rows(on: Handlers) -> list[Endpoint]:
    number = "/api/sms/{number}"
    preview = "/api/messages/preview"
    return [
        Endpoint(
            "GET",
            number,
            on.sms.send,
            "Send a text message in your name",
            changes=True,
            query=("message",),
            errors=(400, 403),
        ),
        Endpoint(
            "POST",
            number,
            on.sms.send,
            "Send a text message in your name",
            query=("message",),
            body=MessageDraft,
            errors=(400, 403),
        ),
        Endpoint(
            "GET",
            "/api/messages",
            on.messages.page,
            "Text messages that were sent, newest first",
            query=("limit", "cursor"),
            answer=MessagePage,
            errors=(422,),
        ),
        Endpoint(
            "GET",
            preview,
            on.sms.preview,
            "What a text message would be, before it is sent",
            query=("message", "number"),
            answer=Preview,
        ),
        Endpoint(
            "POST",
            preview,
            on.sms.preview,
            "What a text message would be, before it is sent",
            query=("message", "number"),
            changes=False,
            body=MessageDraft,
            answer=Preview,
            errors=(400,),
        ),
    ]
