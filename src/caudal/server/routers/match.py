"""`/match/{dataset}`: whom among the listed a party may be."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache, partial
from typing import Annotated, Any

import orjson
from anyio import to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from followthemoney import registry

from caudal.server.algorithms import OWN, Algorithm, algorithm, feature_docs
from caudal.server.asked import Asked, read
from caudal.server.gate.lookups import noted
from caudal.server.matching import Filters, Wanted, answer, stating
from caudal.server.problems import Problem
from caudal.server.routers.shapes import answer as answered
from caudal.server.routers.shapes_match import MatchAnswer, MatchQuery
from caudal.server.scale import LINE
from caudal.server.settings import Bounds
from caudal.server.snapshot import Snapshot
from caudal.server.state import WithSnapshot, WithState

router = APIRouter(tags=["Matching"])

PAGE, MOST_SHOWN = 5, 500
"""Results per query where it is not said how many, and at most."""
MOST_IDS = 50
"""Entities that one request can leave out."""
MOST_TEXTS = 5_000
"""Values in all the queries of one request."""
SMALL = 1_024
"""Bytes of a request that is answered where it is read: a query or two, in a few milliseconds. Handing it to a thread
and back would cost as much again; what is larger goes to one, so that others need not wait for it."""
MOMENT = r"^\d{4}(-\d{2}(-\d{2}(T\d{2}(:\d{2}(:\d{2})?)?Z?)?)?)?$"

InPath = Annotated[str, Path(description="Dataset or collection", max_length=200, examples=["default"])]
Names = Annotated[list[str], Query(max_length=200)]
Since = Annotated[str | None, Query(pattern=MOMENT, description="Only entities changed since this moment (UTC)")]
ByName = Annotated[str, Query(max_length=100, description="See `/algorithms`")]
REFUSALS: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such dataset"}}


@router.post("/match/{dataset}", response_model=MatchAnswer, responses=REFUSALS, summary="Match parties by example")
async def match(
    request: Request, batch: MatchQuery, dataset: InPath, snapshot: WithSnapshot, state: WithState,
    limit: Annotated[int, Query(le=MOST_SHOWN, description="Results per query")] = PAGE,
    threshold: Annotated[
        float, Query(ge=0, le=1, allow_inf_nan=False, description="Score from which a result is a possible match")
    ] = LINE,
    cutoff: Annotated[
        float, Query(ge=0, le=1, allow_inf_nan=False, description="Score from which a result is shown at all; "
                     "never above the threshold")
    ] = LINE,
    algorithm_name: Annotated[str, Query(alias="algorithm", max_length=100, description="See `/algorithms`")] = OWN,
    include_dataset: Names = [],  # noqa: B006 - a default made anew costs more than all else the framework does
    exclude_schema: Names = [],  # noqa: B006
    exclude_dataset: Names = [],  # noqa: B006
    topics: Names = [],  # noqa: B006
    changed_since: Since = None,
    exclude_entity_ids: Annotated[
        list[str], Query(max_length=MOST_IDS, description="Entities left out, by any id they go or went by")
    ] = [],  # noqa: B006
) -> Response:  # fmt: skip
    """Whom among the listed each party of a batch may be.

    Every query is answered as if it were the only one. Results are ranked by the evidence; 0.7 of the score is Caudal's
    own alert line, and `evidence` gives the bits, the calibrated probability and the reasons in words. `ask` tells the
    pairs that cannot be told apart on what is known, and the one question that would settle each. A possible match is a
    question to a person, never a finding.
    """
    chosen = algorithm(algorithm_name)
    filters = Filters(
        dataset, frozenset(include_dataset), frozenset(exclude_dataset), frozenset(exclude_schema),
        known_topics(topics), moment(changed_since),
    )  # fmt: skip
    snapshot.catalogue.get(dataset)
    if batch.weights:
        raise Problem(
            "Weights cannot be set by a request: the worth of evidence is measured. See config in /algorithms."
        )
    wanted = Wanted(max(limit, 0), threshold, min(cutoff, threshold))
    work = partial(
        _matched, request, snapshot, batch, filters, wanted, exclude_entity_ids, state.settings.bounds, chosen
    )
    if len(await request.body()) <= SMALL:
        return work()
    return await to_thread.run_sync(work)


def _matched(
    request: Request, snapshot: Snapshot, batch: MatchQuery, filters: Filters, wanted: Wanted, ids: list[str],
    bounds: Bounds, chosen: Algorithm,
) -> Response:  # fmt: skip
    screener = stating(snapshot, batch.config)
    asked = understood(batch, bounds)
    responses = answer(snapshot, asked, filters, wanted, ids=ids, screener=screener)
    noted(
        request, "match", [one.party for one in asked.values()],
        [[result["id"] for result in one["results"]] for one in responses.values()],
        Counter(result["evidence"]["band"] for one in responses.values() for result in one["results"]),
    )  # fmt: skip
    content = {"responses": responses, "matcher": _matcher(), "limit": wanted.limit}
    return answered(content, {"x-batch-size": str(len(responses)), **chosen.headers})


def understood(batch: MatchQuery, bounds: Bounds) -> dict[str, Asked]:
    """The queries of a batch; those that are null are passed over.

    Raises:
        Problem: there are none, too many, or one cannot be read.
    """
    if len(batch.queries) > bounds.batch:
        raise Problem(f"Too many queries in one batch (limit: {bounds.batch}).")
    asked = {
        key: read(one.id, one.schema_, one.properties, bounds.value_length)
        for key, one in batch.queries.items()
        if one is not None
    }
    if not asked:
        raise Problem("No queries provided.")
    if sum(one.values for one in asked.values()) > MOST_TEXTS:
        raise Problem(f"The queries hold too many values (limit: {MOST_TEXTS:,} in one batch).")
    return asked


def known_topics(topics: list[str]) -> frozenset[str]:
    """Topics to look for.

    Raises:
        Problem: one is no topic: nobody has it, so a slip of the pen would clear everybody.
    """
    for topic in topics:
        if topic not in registry.topic.names:
            raise Problem(f"There is no topic {topic[:100]!r}.")
    return frozenset(topics)


def moment(text: str | None) -> str | None:
    """A moment as it is compared.

    Raises:
        Problem: no calendar has it.
    """
    if text is None:
        return None
    whole = text.rstrip("Z") + "0000-01-01T00:00:00"[len(text.rstrip("Z")) :]
    try:
        return datetime.fromisoformat(whole).replace(tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S")
    except ValueError as error:
        raise Problem("changed_since is no date that a calendar has.") from error


@cache
def _matcher() -> orjson.Fragment:
    return orjson.Fragment(orjson.dumps(feature_docs()))
