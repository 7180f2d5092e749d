"""Matching for the API: whom a query may mean, how sure that is and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from caudal.errors import InputError
from caudal.screening import Costs, Evidence, Found, Screener, unscreened
from caudal.screening.subjects import Subject
from caudal.server import by_number
from caudal.server.algorithms import CONFIG
from caudal.server.asked import Asked
from caudal.server.data.model import SCREENED, answering
from caudal.server.data.numbered import PROPERTIES
from caudal.server.data.store import Entity
from caudal.server.problems import Problem
from caudal.server.scale import Scale
from caudal.server.snapshot import Snapshot

ALERT, ASK, CLEAR, UNSCREENED = "alert", "ask", "clear", "unscreened"
DEEPEST = 8.0
"""Bits below the alert line within which pairs are looked at, however low the cutoff: a score of 0.01."""
LEAST = 10
"""Pairs looked at per query, however few are to be shown, so that those worth a question are told."""
DIGITS = 3
"""Decimals of bits that are shown."""
EVEN = 1e-9
"""Bits by which rounding may miss a line."""
CACHED = 256
"""Filters of a snapshot whose rows are remembered."""
WARM_NAMES = 16
"""Listed entities looked for in warming up."""
_NAMED = frozenset({"name", "number", "alike", "contradiction", "whole_name", "writing"})
"""Features that come from the two names compared."""


@dataclass(frozen=True)
class Filters:
    """Who may be found.

    Attributes:
        dataset: the dataset asked; include, exclude: of these only, and of none of these.
        without_schema: schemata left out. topics: any of them, where there are any.
        changed_since: a moment (ISO), or None.
    """

    dataset: str
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    without_schema: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    changed_since: str | None = None


@dataclass(frozen=True)
class Wanted:
    """What of the found is shown.

    Attributes:
        limit: results per query. threshold: score of a match. cutoff: least score of a result.
    """

    limit: int
    threshold: float
    cutoff: float


_NOBODY = Found(Subject("", "", 0, ()))
"""What was found of a query that was not compared by name."""
_rows: WeakKeyDictionary[Snapshot, dict[Any, np.ndarray]] = WeakKeyDictionary()


def _remembered(snapshot: Snapshot, key: Any, make: Callable[[], np.ndarray]) -> np.ndarray:
    """Rows worked out once per snapshot; not to be written to."""
    known = _rows.setdefault(snapshot, {})
    found = known.get(key)
    if found is None:
        found = make()
        found.flags.writeable = False
        if len(known) >= CACHED:
            known.clear()
        known[key] = found
    return found


def allowed(snapshot: Snapshot, filters: Filters) -> np.ndarray:
    """Rows of the listed entities that pass the filters; not to be written to.

    Raises:
        Problem: a dataset to include is not there: a slip of the pen would clear everybody.
        NotFound: the dataset is not there.
    """
    return _remembered(snapshot, filters, lambda: _allowed(snapshot, filters))


def _allowed(snapshot: Snapshot, filters: Filters) -> np.ndarray:
    facts, catalogue = snapshot.facts, snapshot.catalogue
    passed = facts.in_any(catalogue.scope(filters.dataset))
    if filters.include:
        unknown = sorted(name for name in filters.include if name not in catalogue.datasets)
        if unknown:
            raise Problem(f"There is no dataset {unknown[0][:100]!r} to include.")
        passed &= facts.in_any(frozenset().union(*map(catalogue.scope, filters.include)))
    known = [name for name in filters.exclude if name in catalogue.datasets]
    if known:
        passed &= ~facts.in_any(frozenset().union(*map(catalogue.scope, known)))
    if filters.without_schema:
        passed &= ~facts.of_schema(filters.without_schema)
    if filters.topics:
        passed &= facts.of_any(filters.topics)
    if filters.changed_since is not None:
        passed &= facts.changed_since(np.datetime64(filters.changed_since, "s"))
    return passed


def passing(snapshot: Snapshot, filters: Filters, gone: frozenset[str] = frozenset()) -> Callable[[Entity], bool]:
    """As `allowed`, for an entity that is no row of the listed ones: whether it passes.

    Args:
        gone: ids that are left out.
    """
    scope = snapshot.catalogue.scope
    within = [scope(filters.dataset)]
    if filters.include:
        within.append(frozenset().union(*map(scope, filters.include)))
    known = [name for name in filters.exclude if name in snapshot.catalogue.datasets]
    without = frozenset().union(*map(scope, known))

    def passes(entity: Entity) -> bool:
        datasets, changed = entity["datasets"], entity["last_change"]
        return (
            all(some.intersection(datasets) for some in within)
            and not without.intersection(datasets)
            and entity["schema"] not in filters.without_schema
            and (not filters.topics or bool(filters.topics.intersection(entity["properties"].get("topics", ()))))
            and (filters.changed_since is None or changed is None or changed >= filters.changed_since)
            and entity["id"] not in gone
        )

    return passes


def _of_schema(snapshot: Snapshot, schema: str) -> np.ndarray:
    return _remembered(snapshot, schema, lambda: snapshot.facts.of_schema(answering(schema)))


def without(snapshot: Snapshot, ids: Sequence[str]) -> np.ndarray | None:
    """Rows of entities that go, or once went, by these ids; None where there are none."""
    return snapshot.screener.listed.subjects.rows(_now(snapshot, ids)) if ids else None


def _now(snapshot: Snapshot, ids: Sequence[str]) -> frozenset[str]:
    """Ids, and those that they go by now."""
    return frozenset({snapshot.store.canonical(uid) or uid for uid in ids} | set(ids))


def stating(snapshot: Snapshot, config: Mapping[str, Any]) -> Screener:
    """The screener, weighing by what a request states (see `algorithms.CONFIG`).

    Raises:
        Problem: something stated is not known, or no number that will do.
    """
    if not config:
        return snapshot.screener
    for name, value in config.items():
        if name not in CONFIG:
            known = ", ".join(CONFIG)
            raise Problem(f"Invalid configuration parameter: {name[:100]!r}. These are known: {known}.")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Problem(f"The configuration parameter {name} must be a number.")
    costs = {name: float(value) for name, value in config.items() if name != "base_rate"}
    base_rate = config.get("base_rate")
    try:
        return snapshot.screener.stating(Costs(**costs), None if base_rate is None else float(base_rate))
    except InputError as error:
        raise Problem(f"The configuration cannot be used: {error.reason}") from error


def answer(
    snapshot: Snapshot, asked: Mapping[str, Asked], filters: Filters, wanted: Wanted, *,
    ids: Sequence[str] = (), screener: Screener | None = None,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Answers by key, each as if it were the only query.

    Args:
        ids: entities left out, by this or an earlier id. screener: see `stating`.
    """
    screener = screener or snapshot.screener
    scale = Scale.of(screener)
    below = max(
        screener.threshold_bits - screener.kept_from(), min(scale.line - scale.bits(wanted.cutoff) + EVEN, DEEPEST)
    )
    passed = allowed(snapshot, filters)
    gone = without(snapshot, ids)
    if gone is not None:
        passed = passed.copy()
        passed[gone] = False
    passes = passing(snapshot, filters, _now(snapshot, ids))
    keys: dict[str, list[str]] = {}
    for key, one in asked.items():
        keys.setdefault(one.schema, []).append(key)
    found: dict[str, Found] = {}
    held: dict[str, list[by_number.Held]] = {}
    nobody: dict[str, str] = {}
    for schema, some in keys.items():
        if by_number.numbered(schema):
            held.update((key, by_number.find(snapshot, screener, asked[key].party, passes)) for key in some)
        among = passed & _of_schema(snapshot, schema)
        if not among.any() and (schema not in PROPERTIES or not passed.any()):
            nobody[schema] = _why_nobody(schema, bool(passed.any()))
        if among.any() or schema not in PROPERTIES:
            parties = [asked[key].party for key in some]
            most = max(wanted.limit, LEAST)
            found.update(zip(some, screener.find(parties, among=among, most=most, below=below), strict=True))
    return _shown(snapshot, screener, scale, asked, found, held, wanted, nobody)


def _why_nobody(schema: str, passed: bool) -> str:
    """Why a query was compared with nobody: finding nothing is then no clearance."""
    if not answering(schema) & (SCREENED.keys() | PROPERTIES.keys()):
        kinds = "people, bodies, vessels and aircraft, and by their numbers wallets, securities, accounts and vehicles"
        return f"not screened: nothing of schema {schema} is compared here, only {kinds}"
    if not passed:
        return "not screened: nobody on the lists passes the filters of this request"
    return f"not screened: nobody of a schema that {schema} is compared with passes the filters of this request"


WARM = (
    ("Person", {"name": ["Qorvashani Belmondar de la Vantissa"], "birthDate": ["1970-01-31"], "gender": ["male"]}),
    (
        "Person",
        {"name": ["Xhaqir J. Muhamad Olmenov"], "idNumber": ["QX-1029384"], "address": ["12 Low Street, Malvik"]},
    ),
    ("Company", {"name": ["Vantissa Im- and Export Trading Co., Ltd."], "jurisdiction": ["pa"]}),
    ("Vessel", {"name": ["Vantissa Star II"], "imoNumber": ["9074729"]}),
)
"""Made-up queries that reach every part of the screener."""


def warm(snapshot: Snapshot) -> None:
    """Answer a few made-up queries, so that nobody waits for what is made ready at first use: compiled code, tables of
    the lists' words. To be called before a snapshot is put in force."""
    screener = snapshot.screener
    for schema, properties in WARM:
        for below in (DEEPEST, 0.0):
            screener.find([{"schema": schema, "properties": properties}], below=below)
    rows = np.linspace(0, max(len(screener.listed.subjects) - 1, 0), WARM_NAMES).astype(np.int64)
    if len(screener.listed.subjects):
        some = [screener.listed.subjects[int(row)] for row in np.unique(rows)]
        screener.find(some)
        snapshot.store.many([one.id for one in some])


def _shown(
    snapshot: Snapshot, screener: Screener, scale: Scale, asked: Mapping[str, Asked], found: Mapping[str, Found],
    held: Mapping[str, list[by_number.Held]], wanted: Wanted, nobody: Mapping[str, str],
) -> dict[str, dict[str, Any]]:  # fmt: skip
    listed = screener.listed
    ids = {hit.entity: listed.subjects.id(hit.entity) for one in found.values() for hit in one.hits}
    entities = snapshot.store.many(list(ids.values()))
    line, least = scale.bits(wanted.threshold) - EVEN, scale.bits(wanted.cutoff) - EVEN
    answers: dict[str, dict[str, Any]] = {}
    for key, one in asked.items():
        results: list[dict[str, Any]] = []
        asking: list[dict[str, Any]] = []
        by_name = found.get(key, _NOBODY)
        numbered = held.get(key, [])
        hits = [(entities[ids[hit.entity]], hit.evidence, listed.version(hit.entity)) for hit in by_name.hits]
        if numbered:
            hits += [(other.entity, other.evidence, other.version) for other in numbered]
            hits.sort(key=lambda hit: -hit[1].bits)
        for entity, evidence, version in hits:
            score = scale.score(evidence.bits)
            if evidence.bits >= least and len(results) < wanted.limit:
                results.append(_result(entity, evidence, score, evidence.bits >= line, version))
            question = evidence.question
            if evidence.ask and question is not None:
                about = {name: entity[name] for name in ("id", "caption", "schema")}
                ask = {"field": question.field, "form": question.form}
                asking.append({**about, "score": score, "ask": ask})
        warnings = list(one.warnings)
        bands = {evidence.band for _, evidence, _ in hits}
        band = ALERT if ALERT in bands else ASK if ASK in bands else CLEAR
        band = _read(one, by_name, band, warnings, nobody)
        bits = [*by_name.bits, *(other.evidence.bits for other in numbered)]
        matches = sum(some >= line for some in bits)
        relation = "gte" if by_name.more and matches == len(bits) else "eq"
        answers[key] = {
            "status": 200,
            "results": results,
            "total": {"value": matches, "relation": relation},
            "query": one.echo,
            "band": band,
            "ask": asking,
            "warnings": warnings,
        }
    return answers


def _read(one: Asked, by_name: Found, band: str, warnings: list[str], nobody: Mapping[str, str]) -> str:
    """The band of an answer by what of the query could be compared; whatever could not is added to the warnings."""
    if one.schema in PROPERTIES:
        compared, why = by_number.why_not(one.party, named=by_name is not _NOBODY)
        if why:
            warnings.append(why)
        if by_name is _NOBODY:
            if compared and band == CLEAR and one.schema in nobody:
                warnings.append(nobody[one.schema])
                return UNSCREENED
            return band if compared else UNSCREENED
        if compared:
            return band
    elif one.schema in nobody:
        warnings.append(nobody[one.schema])
        band = UNSCREENED
    for fault in unscreened([by_name.party]).to_pylist():
        warnings.append(f"{'not' if fault['extent'] == 'not' else 'partly'} screened: {fault['reason']}")
        band = UNSCREENED if fault["extent"] == "not" and band == CLEAR else band
    return band


def _result(entity: Mapping[str, Any], evidence: Evidence, score: float, match: bool, version: str) -> dict[str, Any]:
    features: dict[str, float] = {}
    words: dict[str, list[str]] = {}
    for reason in evidence.reasons:
        if reason.feature == "ask":
            continue
        name = reason.feature.replace(" ", "_")
        features[name] = features.get(name, 0.0) + reason.bits
        words.setdefault(name, []).append(reason.text)
    explanations = {
        name: {
            "score": round(bits, DIGITS),
            "detail": "; ".join(words[name]),
            "query": evidence.query if name in _NAMED else None,
            "candidate": evidence.listed if name in _NAMED else None,
        }
        for name, bits in features.items()
    }
    question = evidence.question
    own = {
        "band": evidence.band,
        "probability": evidence.probability,
        "bits": round(evidence.bits, DIGITS),
        "query": evidence.query,
        "listed": evidence.listed,
        "kind": evidence.kind,
        "list_version": version,
        "ask": None if question is None else {"field": question.field, "form": question.form},
        "reasons": [{"feature": r.feature, "bits": round(r.bits, DIGITS), "text": r.text} for r in evidence.reasons],
    }
    return {
        **entity,
        "score": score,
        "features": {name: round(bits, DIGITS) for name, bits in features.items()},
        "explanations": explanations,
        "match": match,
        "evidence": own,
    }
