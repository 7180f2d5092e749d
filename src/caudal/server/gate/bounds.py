"""How much one request may be: bytes, levels, length of values; and JSON that is JSON."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from caudal.server.problems import Problem
from caudal.server.settings import Bounds

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]


class NotJson(Problem):
    """A body that is no JSON; `position` is the character where that shows."""

    status = 422

    def __init__(self, position: int) -> None:
        super().__init__("This is not JSON.")
        self.position = position


class Gone(Exception):
    """The client went away before its request was whole."""


async def read_body(receive: Receive, length: str | None, bounds: Bounds) -> bytes:
    """A request's body, whole.

    Args:
        receive: the ASGI channel.
        length: its content-length, if it says one.
        bounds: how much it may be.

    Raises:
        Problem: 413; the rest is not read. 400: the length is no number.
        Gone: the client left.
    """
    if length is not None and not (length.isascii() and length.isdigit()):
        raise Problem("content-length is no number.")
    if length is not None and (len(length) > 18 or int(length) > bounds.body_bytes):
        raise too_large(bounds)
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if size > bounds.body_bytes:
            raise too_large(bounds)
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def too_large(bounds: Bounds) -> Problem:
    """The answer to a body that is too large."""
    return Problem(f"The body may have {bounds.body_bytes:,} bytes.", 413, {"connection": "close"})


def read_json(text: bytes | str, bounds: Bounds) -> Any:
    """JSON from outside, within bounds; also for JSON inside a form or an address.

    Raises:
        NotJson: 422, it is none.
        Problem: 400, it holds NaN or Infinity, or has too many levels or too long a value.
    """
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        _say_more(text, bounds)
        raise NotJson(error.pos) from error
    check(found, bounds)
    return found


def check(found: Any, bounds: Bounds) -> None:
    """Look through parsed JSON, level by level.

    Raises:
        Problem: 400, it has too many levels or too long a value.
    """
    level, deep = [found], 0
    while level:
        below: list[Any] = []
        nested = False
        for one in level:
            if isinstance(one, str):
                if len(one) > bounds.value_length:
                    raise Problem(f"A value may have {bounds.value_length:,} characters.")
            elif isinstance(one, dict):
                nested = True
                below.extend(one)
                below.extend(one.values())
            elif isinstance(one, list):
                nested = True
                below.extend(one)
        deep += nested
        if deep > bounds.json_depth:
            raise _too_deep(bounds)
        level = below


def _too_deep(bounds: Bounds) -> Problem:
    return Problem(f"JSON may have {bounds.json_depth} levels.")


def _say_more(text: bytes | str, bounds: Bounds) -> None:
    """Tell apart what Python's more lenient reader takes: numbers that are none, and what is only too deep."""

    def refuse(constant: str) -> Any:
        raise Problem(f"{constant} is no number in JSON.")

    try:
        json.loads(text, parse_constant=refuse)
    except RecursionError as error:
        raise _too_deep(bounds) from error
    except ValueError:
        return
    if (text.count(b"[") + text.count(b"{") if isinstance(text, bytes) else text.count("[") + text.count("{")) > 1000:
        raise _too_deep(bounds)
