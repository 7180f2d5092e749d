"""The application: routes, and how a problem becomes an answer."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from caudal.server.problems import Problem
from caudal.server.settings import Settings
from caudal.server.snapshot import Current
from caudal.server.state import State


def create_app(settings: Settings, current: Current | None = None) -> FastAPI:
    """The application of some settings.

    Args:
        settings: as `caudal serve` was told.
        current: holds the snapshot that answers; a new, empty one where none is given.
    """
    app = FastAPI(
        title="Caudal",
        version=version("caudal"),
        summary="Who is designated, who is a possible match, and who else a designation hits.",
    )
    app.state.caudal = State(settings, current or Current())
    app.add_exception_handler(Problem, _problem)
    return app


async def _problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for nothing else
    return JSONResponse({"detail": error.detail}, error.status, error.headers)
