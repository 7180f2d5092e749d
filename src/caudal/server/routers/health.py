"""Is it there (/healthz), may it be asked (/readyz), and how is it doing (/metrics)."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response
from pydantic import BaseModel

from caudal.server.state import WithState

router = APIRouter(tags=["System information"])


class Status(BaseModel):
    """That all is well."""

    status: str = "ok"


@router.get("/healthz", summary="Is the server there")
async def healthz() -> Status:
    """Answers as soon as the server listens, whether lists are loaded or not."""
    return Status()


@router.get("/readyz", summary="May the server be asked")
async def readyz(state: WithState) -> Status:
    """Answers with 503 and the reason while it may not: lists not loaded, log of look-ups not writable, stopping."""
    await asyncio.to_thread(state.life.check, state.current, state.lookups)
    return Status()


@router.get(
    "/metrics",
    summary="Numbers for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(state: WithState) -> Response:
    """Requests, latency, refusals, matches by band, and the state of the lists, over all processes of the server."""
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
