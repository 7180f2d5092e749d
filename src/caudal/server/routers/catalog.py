"""GET /catalog: the datasets and their versions. POST /updatez: look for new versions now."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from caudal.server.data.catalogue import Dataset
from caudal.server.routers.shapes import CatalogOut, answer
from caudal.server.snapshot import Snapshot
from caudal.server.state import WithSnapshot

router = APIRouter()


@router.get(
    "/catalog",
    tags=["Data access"],
    summary="All datasets",
    response_model=CatalogOut,
    responses={304: {"description": "Nothing changed since the answer whose ETag was sent"}},
)
@router.get("/manifest", include_in_schema=False)
def catalog(snapshot: WithSnapshot, if_none_match: Annotated[str | None, Header()] = None) -> Response:
    """Every dataset and collection with the version that answers now."""
    told = catalog_out(snapshot)
    parts = sorted(f"{d['name']}:{d['version']}:{d['index_version']}" for d in told["datasets"])
    etag = f'"{hashlib.blake2b(chr(10).join(parts).encode(), digest_size=16).hexdigest()}"'
    headers = {"etag": etag}
    if if_none_match is not None and {"*", etag} & {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    return answer(told, headers)


def catalog_out(snapshot: Snapshot) -> dict[str, Any]:
    """The catalogue as it is shown."""
    datasets = [_dataset(one) for one in snapshot.catalogue.datasets.values()]
    current = [d["name"] for d in datasets if d["load"] and d["index_current"]]
    outdated = [d["name"] for d in datasets if d["index_version"] is not None and not d["index_current"]]
    return {
        "datasets": datasets,
        "current": current,
        "outdated": outdated,
        "index_stale": bool(outdated),
        "snapshot": snapshot.version,
        "warnings": [],
    }


def _dataset(one: Dataset) -> dict[str, Any]:
    loaded = one.version if one.load else None
    return {
        **one.more,
        "name": one.name,
        "title": one.title,
        "load": one.load,
        "version": one.version or None,
        "index_version": loaded,
        "index_current": loaded is not None,
        "children": list(one.children),
    }
