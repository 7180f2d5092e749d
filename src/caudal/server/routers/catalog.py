"""GET /catalog: the datasets and their versions. POST /updatez: look for new versions now."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Response

from caudal.server.data.catalogue import Dataset
from caudal.server.data.requests import Requests
from caudal.server.problems import Unready
from caudal.server.routers.shapes import CatalogOut, StatusOut, answer
from caudal.server.snapshot import Snapshot
from caudal.server.state import WithSnapshot, WithState

router = APIRouter()


@router.get(
    "/catalog",
    tags=["Data access"],
    summary="All datasets",
    response_model=CatalogOut,
    responses={304: {"description": "Nothing changed since the answer whose ETag was sent"}},
)
@router.get("/manifest", include_in_schema=False)
def catalog(
    snapshot: WithSnapshot, state: WithState, if_none_match: Annotated[str | None, Header()] = None
) -> Response:
    """Every dataset and collection with the version that answers now."""
    told = catalog_out(snapshot, Requests(state.settings).outcome)
    parts = sorted(f"{d['name']}:{d['version']}:{d['index_version']}" for d in told["datasets"])
    etag = f'"{hashlib.blake2b(chr(10).join(parts).encode(), digest_size=16).hexdigest()}"'
    headers = {"etag": etag}
    if if_none_match is not None and {"*", etag} & {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}:
        return Response(status_code=304, headers=headers)
    return answer(told, headers)


def catalog_out(snapshot: Snapshot, outcome: Mapping[str, Any]) -> dict[str, Any]:
    """The catalogue as it is shown; `outcome` is what the last renewal came to."""
    versions = outcome.get("versions") or {}
    datasets = [_dataset(one, versions.get(one.name)) for one in snapshot.catalogue.datasets.values()]
    current = [d["name"] for d in datasets if d["load"] and d["index_current"]]
    outdated = [d["name"] for d in datasets if d["index_version"] is not None and not d["index_current"]]
    return {
        "datasets": datasets,
        "current": current,
        "outdated": outdated,
        "index_stale": bool(outdated),
        "snapshot": snapshot.version,
        "warnings": _warnings(snapshot, outcome),
    }


def _warnings(snapshot: Snapshot, outcome: Mapping[str, Any]) -> list[str]:
    found = [str(outcome["failed"])] if outcome.get("failed") else []
    for one in snapshot.catalogue.datasets.values():
        found += [f"{one.name}: {reason} ({count})" for reason, count in one.more.get("left_out", {}).items()]
    return found


def _dataset(one: Dataset, named: str | None) -> dict[str, Any]:
    """A dataset as it is shown; `named` is the version that its source names."""
    loaded = one.version if one.load else None
    return {
        **one.more,
        "name": one.name,
        "title": one.title,
        "load": one.load,
        "version": named or one.version or None,
        "index_version": loaded,
        "index_current": loaded is not None and (named is None or named == loaded),
        "children": list(one.children),
    }


@router.post(
    "/updatez",
    tags=["System information"],
    summary="Look for new lists now",
    response_model=StatusOut,
    responses={202: {"model": StatusOut, "description": "It is still being done; see /catalog"}},
)
async def update(
    state: WithState,
    token: Annotated[str, Query(title="a key, where it is not sent as a header")] = "",
    sync: Annotated[bool, Query(title="answer when it is done")] = False,
    force: Annotated[bool, Query(title="build everything anew, changed or not")] = True,
) -> Response:
    """Read the manifest and the lists again. Requests are answered from the state before until the new one is whole."""
    requests = Requests(state.settings)
    if not await asyncio.to_thread(lambda: requests.kept):
        raise Unready("No process here renews the lists.")
    number = await asyncio.to_thread(lambda: requests.ask(force=force))
    waited = 0.0
    while sync and waited < state.settings.bounds.seconds - 5.0:
        outcome = await asyncio.to_thread(lambda: requests.outcome)
        if outcome["number"] >= number:
            if outcome["failed"]:
                raise Unready(str(outcome["failed"]))
            return answer({"status": "ok"})
        await asyncio.sleep(0.25)
        waited += 0.25
    return answer({"status": "running"}, status=202) if sync else answer({"status": "ok"})
