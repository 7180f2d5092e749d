"""`/reconcile/{dataset}`: the Reconciliation Service API that OpenRefine speaks, version 0.2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

import numpy as np
import orjson
from fastapi import APIRouter, Form, Query, Request, Response
from followthemoney import model, registry
from followthemoney.property import Property
from followthemoney.schema import Schema
from pydantic import ValidationError

from caudal.server.algorithms import OWN, Algorithm, algorithm
from caudal.server.asked import ANYTHING, Asked, read
from caudal.server.data.store import Query as TextQuery
from caudal.server.data.words import words
from caudal.server.gate.lookups import noted
from caudal.server.matching import Filters, Wanted, answer
from caudal.server.problems import Problem
from caudal.server.routers import shapes_reconcile as shapes
from caudal.server.routers.match import MOST_TEXTS, ByName, InPath, Since, moment
from caudal.server.routers.preview import HEIGHT, WIDTH, offered
from caudal.server.routers.shapes import answer as answered
from caudal.server.scale import LINE
from caudal.server.settings import Bounds
from caudal.server.snapshot import Snapshot
from caudal.server.state import WithSnapshot, WithState

router = APIRouter(tags=["Reconciliation"])

SUGGESTED = 5
"""Types and properties suggested at most."""
MOST_CANDIDATES = 50
"""Candidates per query at most."""
BATCH = 50
"""Queries that a client is told to send at once."""
SPACE = "https://followthemoney.tech/explorer/"
Prefix = Annotated[str, Query(max_length=200, description="Beginning of what is looked for")]
InForm = Annotated[str | None, Form(description="JSON")]


@router.get("/reconcile/{dataset}", response_model=shapes.Manifest, summary="Reconciliation service")
def reconcile(
    request: Request, dataset: InPath, snapshot: WithSnapshot, state: WithState,
    queries: Annotated[str | None, Query(description="JSON-encoded queries; better sent by POST")] = None,
    algorithm_name: Annotated[ByName, Query(alias="algorithm")] = OWN, changed_since: Since = None,
) -> Response:  # fmt: skip
    """What the service is and where its parts are. Put this address into OpenRefine to reconcile a column of names.

    With `queries`, an answer as from POST.
    """
    title = snapshot.catalogue.get(dataset).title
    if queries is not None:
        return _reconciled(
            request, snapshot, dataset, queries, algorithm(algorithm_name), changed_since, state.settings.bounds
        )
    base = str(request.base_url).rstrip("/")
    own = f"{base}/reconcile/{dataset}"
    # OpenRefine sends no headers: what it was given in the address, a key, must be in every address it is given.
    passed = urlencode([(name, value) for name, value in parse_qsl(request.url.query) if name != "queries"])
    rest = f"?{passed}" if passed else ""
    shown = f"{own}/preview?{passed}{'&' if passed else ''}id={{{{id}}}}"
    preview = {"preview": {"url": shown, "width": WIDTH, "height": HEIGHT}} if offered(state.settings) else {}
    return answered(
        {
            **preview,
            "versions": ["0.2"],
            "name": f"{title} (Caudal)",
            "identifierSpace": f"{base}/entities/",
            "schemaSpace": SPACE,
            "documentation": f"{base}/openapi.json",
            "batchSize": min(BATCH, state.settings.bounds.batch),
            "view": {"url": f"{base}/entities/{{{{id}}}}"},
            "suggest": {
                part: {"service_url": own, "service_path": f"/suggest/{part}{rest}"}
                for part in ("entity", "type", "property")
            },
            "extend": {
                "propose_properties": {"service_url": own, "service_path": f"/extend/property{rest}"},
                "property_settings": _SETTINGS,
            },
            "defaultTypes": [_type(schema) for schema in _schemata(snapshot, dataset)],
        }
    )


_SETTINGS = [
    {
        "name": "limit",
        "label": "Limit",
        "type": "number",
        "default": 0,
        "help_text": "Values per row at most; 0: all of them.",
    },
    {
        "name": "render",
        "label": "Values",
        "type": "select",
        "default": "caption",
        "choices": [{"value": "caption", "name": "as people read them"}, {"value": "raw", "name": "as codes"}],
        "help_text": "A country as its name or as its code.",
    },
]


@router.post("/reconcile/{dataset}", response_model=dict[str, shapes.Result] | shapes.Extended, summary="Reconcile")
def reconcile_post(
    request: Request, dataset: InPath, snapshot: WithSnapshot, state: WithState, queries: InForm = None,
    extend: InForm = None, algorithm_name: Annotated[ByName, Query(alias="algorithm")] = OWN,
    changed_since: Since = None,
) -> Response:  # fmt: skip
    """Candidates for the cells of a batch (`queries`), or values of properties of entities (`extend`).

    Candidates are scored as in `/match`; those below the line are shown too, for a person to choose from.
    """
    bounds = state.settings.bounds
    chosen = algorithm(algorithm_name)
    snapshot.catalogue.get(dataset)
    if extend is not None and extend.strip():
        return _extended(request, snapshot, extend, bounds)
    if queries is None or not queries.strip():
        raise Problem("No queries provided.")
    return _reconciled(request, snapshot, dataset, queries, chosen, changed_since, bounds)


def _reconciled(
    request: Request, snapshot: Snapshot, dataset: str, queries: str, chosen: Algorithm, changed_since: str | None,
    bounds: Bounds,
) -> Response:  # fmt: skip
    try:
        batch = shapes.Batch.model_validate(_json(queries)).root
    except ValidationError as error:
        raise Problem(_fault(error)) from error
    if len(batch) > bounds.batch:
        raise Problem(f"Too many queries in one batch (limit: {bounds.batch}).")
    asked = {key: _asked(one, bounds) for key, one in batch.items()}
    if sum(one.values for one in asked.values()) > MOST_TEXTS:
        raise Problem(f"The queries hold too many values (limit: {MOST_TEXTS:,} in one batch).")
    filters = Filters(dataset, changed_since=moment(changed_since))
    wanted = Wanted(max((min(one.limit, MOST_CANDIDATES) for one in batch.values()), default=0), LINE, 0.0)
    found = answer(snapshot, asked, filters, wanted) if asked else {}
    shown = {
        key: {"result": [_candidate(one) for one in found[key]["results"][: one_asked.limit]]}
        for key, one_asked in batch.items()
    }
    noted(
        request, "reconcile", [one.party for one in asked.values()],
        [[candidate["id"] for candidate in one["result"]] for one in shown.values()],
    )  # fmt: skip
    return answered(shown, {"x-batch-size": str(len(shown)), **chosen.headers})


def _asked(query: shapes.Query, bounds: Bounds) -> Asked:
    types = [query.type] if isinstance(query.type, str) else query.type or []
    schema = types[0] if types else ANYTHING
    properties: dict[str, list[Any]] = {"name": [query.query]} if query.query else {}
    for given in query.properties:
        prop = model.get_qname(given.pid)
        name = given.pid if prop is None else prop.name
        properties.setdefault(name, []).extend(_values(given.v))
    return read(None, schema, properties, bounds.value_length)


def _values(given: Any) -> Iterator[Any]:
    """Values of a cell: plain ones, or entities that were reconciled before, which go by name."""
    for value in given if isinstance(given, list) else [given]:
        yield value.get("name") or value.get("id") if isinstance(value, dict) else value


def _candidate(result: dict[str, Any]) -> dict[str, Any]:
    evidence = result["evidence"]
    return {
        **_entity(result),
        "score": result["score"],
        "match": result["match"],
        "features": [
            {"id": "bits", "value": evidence["bits"]},
            {"id": "probability", "value": evidence["probability"]},
            *({"id": name, "value": bits} for name, bits in result["features"].items()),
        ],
    }


def _entity(entity: dict[str, Any]) -> dict[str, Any]:
    schema = model.get(entity["schema"])
    types = [] if schema is None else [_type(schema)]
    return {"id": entity["id"], "name": entity["caption"], "description": _about(entity, schema), "type": types}


def _about(entity: dict[str, Any], schema: Schema | None) -> str:
    """What tells an entity apart from its namesakes, in a few words."""
    properties = entity["properties"]
    held = [
        *properties.get("birthDate", ())[:1],
        *properties.get("registrationNumber", ())[:1],
        *entity["datasets"][:3],
    ]
    return ", ".join([schema.label if schema is not None else entity["schema"], *held])


def _type(schema: Schema) -> dict[str, Any]:
    return {"id": schema.name, "name": schema.plural, "description": schema.description or schema.label}


def _schemata(snapshot: Snapshot, dataset: str) -> list[Schema]:
    """Schemata of whom a dataset lists and what they are more generally, for those that can be compared."""
    facts = snapshot.facts
    rows = facts.in_any(snapshot.catalogue.scope(dataset))
    names = [facts.schemata[code] for code in np.unique(facts.schema[rows]).tolist()]
    found = {one.name: one for name in names if (schema := model.get(name)) is not None for one in schema.schemata}
    return [found[name] for name in sorted(found)]


def _props(snapshot: Snapshot, dataset: str) -> Iterator[Property]:
    schemata = _schemata(snapshot, dataset)
    for prop in sorted(model.properties, key=lambda prop: prop.qname):
        if prop.schema in schemata and not prop.hidden and not prop.stub and prop.type != registry.entity:
            yield prop


def _begins(prefix: str, *texts: str) -> bool:
    """Whether a text, or a word of it, begins so."""
    start = prefix.strip().casefold()
    return bool(start) and any(
        text.casefold().startswith(start) or f" {start}" in f" {text.casefold()}" for text in texts
    )


@router.get("/reconcile/{dataset}/suggest/entity", response_model=shapes.EntitySuggestions, summary="Suggest entities")
def suggest_entity(
    request: Request, dataset: InPath, snapshot: WithSnapshot, prefix: Prefix = "",
    limit: Annotated[int, Query(le=500)] = 10,
) -> Response:  # fmt: skip
    """Entities with names in which all the words stand, the last of which may be the beginning of one."""
    scope = snapshot.catalogue.scope(dataset)
    entities: Sequence[dict[str, Any]] = []
    typed = words(prefix)
    if typed:
        asked = " AND ".join([*(f'names:"{word}"' for word in typed[:-1]), f"names:{typed[-1]}*"])
        entities = snapshot.store.search(TextQuery(asked, scope, limit=max(limit, 0))).entities
    noted(request, "suggest", [prefix], [[entity["id"] for entity in entities]])
    return _suggested(prefix, [_entity(entity) for entity in entities])


@router.get(
    "/reconcile/{dataset}/suggest/property", response_model=shapes.PropertySuggestions, summary="Suggest properties"
)
def suggest_property(dataset: InPath, snapshot: WithSnapshot, prefix: Prefix = "") -> Response:
    """Properties of what the dataset lists, by name or label."""
    snapshot.catalogue.get(dataset)
    found = [
        {"id": prop.qname, "name": prop.label, "description": prop.description}
        for prop in _props(snapshot, dataset)
        if _begins(prefix, prop.name, prop.label)
    ]
    return _suggested(prefix, found[:SUGGESTED])


@router.get("/reconcile/{dataset}/suggest/type", response_model=shapes.TypeSuggestions, summary="Suggest types")
def suggest_type(dataset: InPath, snapshot: WithSnapshot, prefix: Prefix = "") -> Response:
    """Schemata of what the dataset lists, by name or label."""
    found = [
        _type(schema)
        for schema in _schemata(snapshot, dataset)
        if _begins(prefix, schema.name, schema.label, schema.plural)
    ]
    return _suggested(prefix, found[:SUGGESTED])


def _suggested(prefix: str, result: list[dict[str, Any]]) -> Response:
    return answered({"code": "/api/status/ok", "status": "200 OK", "prefix": prefix, "result": result})


@router.get("/reconcile/{dataset}/extend/property", response_model=shapes.Proposed, summary="Properties to extend by")
def propose(
    dataset: InPath, snapshot: WithSnapshot, type: Annotated[str, Query(max_length=100)] = ANYTHING, limit: int = 0
) -> Response:
    """Properties that rows of a type can be extended by, featured ones first."""
    snapshot.catalogue.get(dataset)
    schema = model.get(type)
    if schema is None:
        raise Problem("There is no such type.")
    shown = [prop for prop in schema.properties.values() if not prop.hidden and prop.type != registry.entity]
    shown.sort(key=lambda prop: (prop.name not in schema.featured, prop.label))
    found = [{"id": prop.name, "name": prop.label} for prop in shown]
    return answered({"limit": limit, "type": schema.name, "properties": found[:limit] if limit > 0 else found})


def _extended(request: Request, snapshot: Snapshot, extend: str, bounds: Bounds) -> Response:
    """Values of properties of entities, by any id they go or went by."""
    try:
        wanted = shapes.Extend.model_validate(_json(extend))
    except ValidationError as error:
        raise Problem(_fault(error)) from error
    if len(wanted.ids) > bounds.batch:
        raise Problem(f"Too many queries in one batch (limit: {bounds.batch}).")
    now = {uid: snapshot.store.canonical(uid) or uid for uid in wanted.ids}
    entities = snapshot.store.many(list(now.values()))
    rows: dict[str, dict[str, list[dict[str, str]]]] = {uid: {} for uid in wanted.ids}
    meta: dict[str, str] = {}
    for uid in wanted.ids:
        entity = entities.get(now[uid])
        schema = None if entity is None else model.get(entity["schema"])
        if entity is None or schema is None:
            continue
        for asked in wanted.properties:
            prop = schema.get(asked.id)
            if prop is None or prop.type == registry.entity:
                continue
            meta.setdefault(asked.id, prop.label)
            values = entity["properties"].get(prop.name, [])
            values = values[: asked.settings.limit] if asked.settings.limit else values
            read_by = prop.type.caption if asked.settings.render == "caption" else str
            rows[uid][asked.id] = [{"str": read_by(value) or value} for value in values]
    noted(request, "reconcile", list(wanted.ids), [[uid] for uid in now.values() if uid in entities])
    content = {"meta": [{"id": pid, "name": name} for pid, name in meta.items()], "rows": rows}
    return answered(content, {"x-batch-size": str(len(rows))})


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise Problem("The queries are no JSON.") from error


def _fault(error: ValidationError) -> str:
    """The first fault of what was sent: where it is and what; not what stands there, which may be a name."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(part)[:40] for part in first["loc"])
    return f"Invalid query: {where or 'the batch'}: {first['msg']}."
