"""GET /entities/{id}: one entity, and those beside it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from caudal.server.data.model import entity_props
from caudal.server.data.store import Entity
from caudal.server.gate.lookups import noted
from caudal.server.problems import NotFound
from caudal.server.routers.search import OFFSET, PAGE, sorts, window
from caudal.server.routers.shapes import AdjacentAll, AdjacentOut, EntityOut, answer
from caudal.server.snapshot import Snapshot
from caudal.server.state import WithSnapshot

router = APIRouter(tags=["Data access"])
Id = Annotated[str, Path(description="the entity's id", examples=["ofac-49756"])]
Limit = Annotated[int, Query(title="results of each property", le=PAGE)]
Offset = Annotated[int, Query(title="first result of each property", le=OFFSET)]
Sorts = Annotated[list[str], Query(title="field:asc or field:desc, in order")]
MOVED: dict[int | str, dict[str, Any]] = {308: {"description": "The entity goes by another id now"}}


@router.get("/entities/{entity_id}", summary="One entity", response_model=EntityOut, responses=MOVED)
def fetch_entity(
    request: Request,
    snapshot: WithSnapshot,
    entity_id: Id,
    nested: Annotated[bool, Query(title="with the entities beside it in place of their ids")] = True,
) -> Response:
    """An entity by its id, whole. Where it goes by another id now, the answer leads there."""
    entity = found(request, snapshot, entity_id)
    if isinstance(entity, Response):
        return entity
    return answer(snapshot.store.nested(entity) if nested else entity)


@router.get(
    "/entities/{entity_id}/adjacent", summary="Entities beside one", response_model=AdjacentAll, responses=MOVED
)
def fetch_adjacent(
    request: Request,
    snapshot: WithSnapshot,
    entity_id: Id,
    sort: Sorts = [],  # noqa: B006
    limit: Limit = 10,
    offset: Offset = 0,
) -> Response:
    """By property, a page of the entities beside one: its sanctions, owners, addresses..."""
    entity = found(request, snapshot, entity_id)
    if isinstance(entity, Response):
        return entity
    limit, offset = window(limit, offset)
    beside = snapshot.store.adjacent(entity, None, limit, offset, sorts(sort))
    pages = {name: _page(results, total, limit, offset) for name, (results, total) in beside.items()}
    return answer({"entity": entity, "adjacent": pages})


@router.get(
    "/entities/{entity_id}/adjacent/{property_name}",
    summary="Entities beside one, by one property",
    response_model=AdjacentOut,
    responses=MOVED,
)
def fetch_adjacent_by_property(
    request: Request,
    snapshot: WithSnapshot,
    entity_id: Id,
    property_name: Annotated[str, Path(description="a property that leads to entities", examples=["sanctions"])],
    sort: Sorts = [],  # noqa: B006
    limit: Limit = 10,
    offset: Offset = 0,
) -> Response:
    """A page of the entities beside one that a property leads to."""
    entity = found(request, snapshot, entity_id, property_name)
    if isinstance(entity, Response):
        return entity
    if property_name not in entity_props(entity["schema"]):
        raise NotFound("No such property!")
    limit, offset = window(limit, offset)
    beside = snapshot.store.adjacent(entity, property_name, limit, offset, sorts(sort))
    results, total = beside.get(property_name, ([], 0))
    return answer(_page(results, total, limit, offset))


def found(request: Request, snapshot: Snapshot, entity_id: str, *more: str) -> Entity | Response:
    """The entity of that id, or the answer that leads to the id it goes by now.

    Raises:
        NotFound: there is none.
    """
    entity = snapshot.store.get(entity_id)
    noted(request, "entity", [entity_id], [[entity["id"]] if entity is not None else []])
    if entity is not None:
        return entity
    canonical = snapshot.store.canonical(entity_id)
    if canonical is None:
        raise NotFound("No such entity!")
    here = request.scope["route"].name
    names = {"property_name": more[0]} if more else {}
    address = request.app.url_path_for(here, entity_id=canonical, **names)
    return RedirectResponse(f"{address}?{request.url.query}" if request.url.query else address, 308)


def _page(results: list[Entity], total: int, limit: int, offset: int) -> dict[str, Any]:
    return {"limit": limit, "offset": offset, "total": {"value": total, "relation": "eq"}, "results": results}
