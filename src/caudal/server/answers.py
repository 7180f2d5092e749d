"""Answers as JSON, written once and not validated again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import Response


def answered(content: Any, headers: Mapping[str, str] | None = None) -> Response:
    """An answer of plain values."""
    return Response(orjson.dumps(content), media_type="application/json", headers=dict(headers or {}))
