"""`/reconcile/{dataset}/preview`: one listed entity on a small page, which OpenRefine shows in a frame."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from followthemoney import model, registry
from jinja2 import Environment, StrictUndefined, Template

from caudal.server.gate.lookups import noted
from caudal.server.problems import NotFound
from caudal.server.routers.match import InPath
from caudal.server.settings import Settings
from caudal.server.state import WithSnapshot, WithState

router = APIRouter(tags=["Reconciliation"])

WIDTH, HEIGHT = 430, 320
"""Of the frame, in pixels."""
SHOWN = 8
"""Values of a property that are shown; how many more there are is said."""
_STYLE = (
    "body{font:14px/1.4 sans-serif;margin:8px;color:#111;background:#fff}h1{font-size:16px;margin:0}"
    "p{margin:2px 0 6px}th{text-align:left;vertical-align:top;font-weight:600;padding-right:8px}td{vertical-align:top}"
)
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ caption }}</title><style>{{ style }}</style></head>
<body><h1>{{ caption }}</h1>
<p>{{ kind }} · {{ lists | join(", ") }}{% if target %} · named by a list{% endif %}</p>
<table>{% for label, values, more in rows %}
<tr><th scope="row">{{ label }}</th><td>{{ values | join("; ") }}{% if more %} and {{ more }} more{% endif %}</td></tr>
{%- endfor %}
</table>
</body></html>
"""


@router.get(
    "/reconcile/{dataset}/preview",
    summary="Preview of an entity",
    response_class=HTMLResponse,
    responses={404: {"description": "There is no such dataset, or no such entity in it"}},
)
def preview(
    request: Request, dataset: InPath, snapshot: WithSnapshot, state: WithState,
    entity_id: Annotated[str, Query(alias="id", max_length=255, description="the entity's id", examples=["ofac-1"])],
) -> HTMLResponse:  # fmt: skip
    """What a list says of an entity, for a person who chooses between candidates. HTML without a script."""
    scope = snapshot.catalogue.scope(dataset)
    store = snapshot.store
    entity = store.get(entity_id) or store.get(store.canonical(entity_id) or "")
    if entity is not None and not scope.intersection(entity["datasets"]):
        entity = None
    noted(request, "preview", [entity_id], [[entity["id"]] if entity is not None else []])
    if entity is None:
        raise NotFound("No such entity!")
    headers = {"content-security-policy": policy(state.settings)}
    return HTMLResponse(_page(entity, snapshot.catalogue.datasets), headers=headers)


def offered(settings: Settings) -> bool:
    """Whether another page could show the preview: with a key in its address, or because it was named."""
    return settings.needs_keys or bool(settings.origins)


def policy(settings: Settings) -> str:
    """What a browser may do with the page: show it, in a frame of whoever has a key or was named."""
    frames = "*" if settings.needs_keys else " ".join(settings.origins) or "'none'"
    return f"default-src 'none'; style-src '{_hash()}'; base-uri 'none'; frame-ancestors {frames}"


def _page(entity: dict[str, Any], datasets: Any) -> str:
    schema = model.get(entity["schema"])
    known = {} if schema is None else schema.properties
    featured = () if schema is None else schema.featured
    held = [(name, values) for name, values in entity["properties"].items() if name in known and values]
    held = [(name, values) for name, values in held if known[name].type != registry.entity and not known[name].hidden]
    held.sort(key=lambda one: (featured.index(one[0]) if one[0] in featured else len(featured), known[one[0]].label))
    rows = []
    for name, values in held:
        shown = [known[name].type.caption(value) or value for value in values[:SHOWN]]
        rows.append((known[name].label, shown, max(len(values) - SHOWN, 0)))
    return _template().render(
        style=_STYLE,
        caption=entity["caption"],
        kind=entity["schema"] if schema is None else schema.label,
        lists=[datasets[name].title if name in datasets else name for name in entity["datasets"]],
        target=entity["target"],
        rows=rows,
    )


@cache
def _template() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)


@cache
def _hash() -> str:
    return f"sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}"
