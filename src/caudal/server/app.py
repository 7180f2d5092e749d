"""The application: routes, and how a problem becomes an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from caudal.server.gate.gate import Gate
from caudal.server.problems import Problem
from caudal.server.routers import (
    algorithms,
    catalog,
    entities,
    health,
    match,
    own_exposure,
    own_impact,
    own_law,
    own_register,
    page,
    preview,
    reconcile,
    search,
)
from caudal.server.settings import Settings
from caudal.server.snapshot import Current
from caudal.server.state import State


class Refusal(BaseModel):
    """Why there is no answer, in one line."""

    detail: str


ALWAYS: dict[int | str, dict[str, Any]] = {
    status: {"model": Refusal, "description": text}
    for status, text in {
        400: "The request cannot be answered as asked",
        401: "No valid key",
        403: "The key, or the place the request comes from, may not ask this",
        404: "There is no such thing here",
        413: "The body is too large",
        414: "The address is too long",
        429: "The key asked too often; see Retry-After",
        500: "A fault of the server; the detail names the request",
        503: "Not ready, too busy, or the look-up cannot be logged; it was not answered",
        504: "It took too long; it was not answered",
    }.items()
}
"""What any request may be answered with."""
ROUTES = (
    health,
    search,
    match,
    preview,
    reconcile,
    entities,
    catalog,
    algorithms,
    own_law,
    own_register,
    own_exposure,
    own_impact,
    page,
)
"""The questions there are."""


Companion = Callable[[State], Coroutine[Any, Any, None]]
"""Runs beside the application, from its start to its end."""


def create_app(settings: Settings, current: Current | None = None, companions: Sequence[Companion] = ()) -> FastAPI:
    """The application of some settings.

    Args:
        settings: as `caudal serve` was told.
        current: holds the snapshot that answers; a new, empty one where none is given.
        companions: what runs beside it.
    """
    state = State(settings, current or Current())
    app = FastAPI(
        title="Caudal",
        version=version("caudal"),
        summary="Who is designated, who is a possible match, and who else a designation hits.",
        docs_url=None,  # their pages load scripts from elsewhere
        redoc_url=None,
        responses=ALWAYS,
        lifespan=partial(_lifespan, companions=companions),
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.caudal = state
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    for part in ROUTES:
        app.include_router(part.router)
    app.add_middleware(Gate, state=state)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST"],
            allow_headers=["authorization", "content-type", "x-api-key", "x-purpose", "x-request-id"],
            expose_headers=["x-request-id", "x-index-version", "x-batch-size", "retry-after"],
        )
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI, companions: Sequence[Companion]) -> AsyncIterator[None]:
    state: State = app.state.caudal
    state.life.stopping = False
    beside = [asyncio.create_task(companion(state)) for companion in companions]
    try:
        yield
    finally:
        state.life.stopping = True
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        state.close()


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
    return JSONResponse({"detail": error.detail}, error.status, error.headers)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """A request that is not of the shape asked for: where and why, without what was sent, which may name a person."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for nothing else
    faults = [{"type": f["type"], "loc": list(f["loc"])[:8], "msg": f["msg"]} for f in error.errors()[:20]]
    return JSONResponse({"detail": faults}, 422)
