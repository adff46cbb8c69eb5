"""Logs: one JSON object a line for machines, readable lines on a terminal. Never a local variable.

A traceback that shows the values of variables shows passwords and tokens too, so none here does.
"""

import logging
import sys
from contextvars import ContextVar
from typing import Protocol

import structlog


class Named(Protocol):
    """A request that is being answered; its id is made when somebody asks for it."""

    @property
    def id(self) -> str: ...


answering: ContextVar[Named] = ContextVar("answering")
"""The request for which a task works. structlog's own variables cost a read four times as much, and want the id."""


def with_request(
    logger: structlog.typing.WrappedLogger, method: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Every line that is written for a request has its id."""
    request = answering.get(None)
    if request is not None:
        event["request"] = request.id
    return event


def configure(level: int = logging.INFO) -> None:
    shared: list[structlog.typing.Processor] = [
        with_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        last: list[structlog.typing.Processor] = [
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        ]
    else:
        last = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
