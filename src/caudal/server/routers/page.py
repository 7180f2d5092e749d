"""The page at `/`: what the service is, the ages of its lists, and one search box."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, StrictUndefined, Template

from caudal.server.data.catalogue import Catalogue, Dataset
from caudal.server.problems import NotFound, Unready
from caudal.server.snapshot import Snapshot
from caudal.server.state import WithState

router = APIRouter(include_in_schema=False)
MTIME = "modification day"
"""In the words of a version whose list says no day of its own: how old such a list is, nobody knows."""
KINDS = (
    ("LegalEntity", "not said"),
    ("Person", "a person"),
    ("Organization", "a firm or organisation"),
    ("Vessel", "a ship"),
)
ASSETS = {"page.css": "text/css", "page.js": "text/javascript"}


@router.get("/")
def page(request: Request, state: WithState) -> HTMLResponse:
    """The page."""
    why_not = ""
    snapshot: Snapshot | None = None
    try:
        snapshot = state.current.get()
    except Unready as error:
        why_not = error.detail
    catalogue = snapshot.catalogue if snapshot is not None else Catalogue([])
    datasets = list(catalogue.datasets.values())
    text = _template().render(
        version=version("caudal"),
        snapshot=None if snapshot is None else _about(snapshot.version),
        why_not=why_not,
        kinds=KINDS,
        keys=state.settings.needs_keys,
        purpose_required=state.settings.purpose_required,
        datasets=datasets,
        chosen="default" if "default" in catalogue.datasets else next(iter(catalogue.datasets), ""),
        lists=[_list(one) for one in datasets if one.load],
        collections=[one for one in datasets if one.children],
        routes=_routes(request),
    )
    return HTMLResponse(text)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """A file of the page."""
    if name not in ASSETS:
        raise NotFound("No such file.")
    return Response(_asset(name), media_type=ASSETS[name])


@cache
def _asset(name: str) -> bytes:
    return (files("caudal.server") / "page" / name).read_bytes()


@cache
def _template() -> Template:
    text = _asset("index.html.j2").decode("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(text)


def _about(name: str) -> dict[str, str]:
    """A snapshot's version, and the moment in it."""
    moment = datetime.strptime(name[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return {"version": name, "moment": moment.isoformat(), "words": f"{moment:%Y-%m-%d %H:%M} UTC"}


def _list(one: Dataset) -> dict[str, Any]:
    count = one.more.get("entity_count")
    told = str(one.more.get("list_version") or one.version)
    return {
        "name": one.name,
        "title": one.title,
        "version": told,
        "age": None if MTIME in told else _days_old(one.version),
        "entities": count if isinstance(count, int) else None,
    }


def _days_old(text: str) -> int | None:
    """Days since the day that a version begins with; None where it begins with none."""
    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    return max((datetime.now(UTC).date() - day).days, 0)


def _routes(request: Request) -> list[tuple[str, str]]:
    """What can be asked, in the order of the OpenAPI document."""
    paths: dict[str, dict[str, Any]] = request.app.openapi()["paths"]
    told = []
    for path, methods in paths.items():
        words = next(iter(methods.values())).get("summary", "")
        told.append((f"{' or '.join(method.upper() for method in methods)} {path}", words))
    return told
