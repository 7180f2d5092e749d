"""Structured logs: one line of JSON on standard error for each request and event, with nothing of what was asked.

A line names the route, never the address asked for: that may hold a name, an account or a list id.
"""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

PACKAGE = Path(__file__).resolve().parents[2]


def _dumps(event: Any, **_: Any) -> str:
    return orjson.dumps(event, default=str).decode("utf-8", "replace")


def _shared() -> list[Processor]:
    return [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _no_values,
    ]


def configure() -> None:
    """Send the server's own log through structlog to standard error."""
    structlog.configure(
        processors=[*_shared(), structlog.processors.JSONRenderer(serializer=_dumps)],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )


def formatter() -> logging.Formatter:
    """For the web server's log, which goes through `logging`: the same lines."""
    return structlog.stdlib.ProcessorFormatter(
        processor=structlog.processors.JSONRenderer(serializer=_dumps), foreign_pre_chain=_shared(), keep_exc_info=True
    )


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "caudal.server.gate.logs.formatter"}},
    "handlers": {"err": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"}},
    "loggers": {
        "uvicorn": {"handlers": ["err"], "level": "INFO", "propagate": False},
        "uvicorn.access": {"handlers": [], "level": "CRITICAL", "propagate": False},
    },
}
"""What uvicorn is given."""


def where(error: BaseException) -> list[str]:
    """The places an error came through, innermost last; without its message, which may hold what was asked."""
    return [
        f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-12:]
    ]


def _short(name: str) -> str:
    path = Path(name)
    return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name


def _no_values(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception becomes its type and where it came from."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["error"], event["where"] = type(error).__name__, where(error)
    record = event.get("_record")
    if record is not None:
        record.exc_info = record.exc_text = None
    return event
