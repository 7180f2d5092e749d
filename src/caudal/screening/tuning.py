"""What a threshold does to a file: how many alerts and questions, how many of them right, what is missed.

Counts come from the file itself. How many alerts are true and false is what the model's own probabilities say, as good
as they are calibrated. Recall is measured on names of the lists, written otherwise by a seeded generator.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from caudal.screening.asking import contradicted, questions
from caudal.screening.bands import Bands, Question
from caudal.screening.screener import Screener
from caudal.screening.subjects import subject

BELOW = 8.0
"""Bits under the threshold that are looked at."""
STEP = 0.5
ABOVE = 10.0
LETTERS = "abcdefghijklmnopqrstuvwxyz"

Words = list[str]


@dataclass(frozen=True)
class Point:
    """What one threshold gives.

    Attributes:
        bits, probability: the threshold. alerts, asks: pairs; parties: parties with an alert.
        true, false: alerts expected to be right and wrong; missed: true matches expected below, asked about or not.
        cost: expected cost by the stated costs. recall: share of changed listed names found by an alert.
    """

    bits: float
    probability: float
    alerts: int
    parties: int
    asks: int
    true: float
    false: float
    missed: float
    cost: float
    recall: float


@dataclass(frozen=True)
class Tuning:
    """The trade-off of one file.

    Attributes:
        parties: how many were screened. points: ascending thresholds. now: index of the threshold in force.
        recall: change to a name: share found by an alert at the threshold in force, of how many.
        matches: the MATCHES table down to BELOW bits under the threshold.
    """

    parties: int
    points: Sequence[Point]
    now: int
    recall: Mapping[str, tuple[float, int]]
    matches: pa.Table

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "parties": self.parties,
            "threshold_bits": self.points[self.now].bits,
            "points": [asdict(point) for point in self.points],
            "recall": {change: {"found": found, "of": of} for change, (found, of) in self.recall.items()},
        }


def tune(
    screener: Screener,
    register: Any,
    parties: pa.Table,
    *,
    seed: int = 1,
    changed: int = 300,
    progress: Callable[[int, int | None], None] | None = None,
) -> Tuning:
    """Screen a file and draw its trade-off.

    Args:
        screener: over `register`, with the threshold and costs in force.
        register: gives an entity by its id, and `tables()`.
        parties: the PARTIES table. seed: of the generator. changed: listed parties whose names are written otherwise.
        progress: as for `Screener.match`.
    """
    matches = screener.match(parties, progress, below=BELOW)
    rows = _pairs(screener, register, parties, matches)
    found = changed_names(screener, register, seed, changed)
    scores = sorted(bits for some in found.values() for bits in some)
    line = screener.threshold_bits
    steps = range(-int(BELOW / STEP), int(ABOVE / STEP) + 1)
    points = [_point(screener, rows, scores, line + STEP * step, step) for step in steps]
    recall = {c: (sum(b >= line for b in some) / len(some), len(some)) for c, some in found.items() if some}
    return Tuning(parties.num_rows, points, int(BELOW / STEP), recall, matches)


@dataclass(frozen=True)
class _Pair:
    party: str
    bits: float
    probability: float
    questions: Sequence[Question]


def _pairs(screener: Screener, register: Any, parties: pa.Table, matches: pa.Table) -> list[_Pair]:
    """Every kept pair with what could be asked about it."""
    rows = matches.select(["party_id", "entity_id", "bits", "probability", "evidence"]).to_pylist()
    wanted = {row["party_id"] for row in rows}
    who = {row["party_id"]: _as_entity(row) for row in parties.to_pylist() if row["party_id"] in wanted}
    listed: dict[str, Any] = {}
    found = []
    for row in rows:
        evidence = json.loads(row["evidence"])
        asked: Sequence[Question] = ()
        if not contradicted([(reason["feature"], reason["bits"]) for reason in evidence["reasons"]]):
            if row["entity_id"] not in listed:
                listed[row["entity_id"]] = subject(register[row["entity_id"]])
            names = evidence["query"], evidence["listed"]
            asked = questions(subject(who[row["party_id"]]), listed[row["entity_id"]], names)
        found.append(_Pair(row["party_id"], row["bits"], row["probability"], asked))
    return found


def _as_entity(row: Mapping[str, Any]) -> dict[str, Any]:
    held = {
        "name": [row["name"]],
        "alias": row["aliases"],
        "birthDate": [row["birth_date"]] if row["birth_date"] else [],
        "country": row["countries"],
        "idNumber": row["identifiers"],
    }
    return {"id": row["party_id"], "schema": row["schema"], "properties": held}


def _point(screener: Screener, pairs: Sequence[_Pair], scores: Sequence[float], bits: float, step: int) -> Point:
    # At the threshold in force the number itself is taken, so that rounding moves no pair over the line.
    probability = screener.threshold if step == 0 else screener.calibration.probability(bits)
    probability = min(max(probability, 1e-9), 1 - 1e-9)
    bands = Bands(screener.bands.costs, probability, screener.bands.per_bit)
    costs = bands.costs
    alerts = [pair for pair in pairs if pair.probability >= probability]
    rest = [pair for pair in pairs if pair.probability < probability]
    asked = [(pair, best) for pair in rest if (best := bands.best(pair.probability, pair.questions)) is not None]
    true = sum(pair.probability for pair in alerts)
    missed = sum(pair.probability for pair in rest)
    saved = sum(bands.saved(pair.probability, best) for pair, best in asked)
    cost = costs.false_alert * (len(alerts) - true) + costs.miss * missed - saved
    recall = 1 - bisect_left(scores, bits) / len(scores) if scores else 0.0
    return Point(
        bits, probability, len(alerts), len({pair.party for pair in alerts}), len(asked), true, len(alerts) - true,
        missed, cost, recall,
    )  # fmt: skip


def changed_names(screener: Screener, register: Any, seed: int, size: int) -> dict[str, list[float]]:
    """Bits that changed names of listed parties reach with the right one, by kind of change; -inf where not found."""
    rng = random.Random(seed)  # noqa: S311 - names that can be made again
    names = register.tables()["names"].select(["entity_id", "name", "kind"]).to_pylist()
    pool: dict[str, str] = {}
    for row in names:
        words = row["name"].replace(",", " ").split()
        if row["kind"] == "primary" and len(words) >= 2 and row["name"].isascii():
            pool.setdefault(row["entity_id"], " ".join(words))
    designated = set(register.tables()["designations"]["entity_id"].to_pylist())
    ids = sorted(entity for entity in pool if entity in designated)
    drawn = rng.sample(ids, min(size, len(ids)))
    schemas = dict(zip(*(register.tables()["entities"][c].to_pylist() for c in ("entity_id", "schema")), strict=True))
    found: dict[str, list[float]] = {}
    for change, make in CHANGES.items():
        made = [(entity, " ".join(words)) for entity in drawn if (words := make(pool[entity].split(), rng))]
        # One change at a time, each listed party once: a name written in many ways would look common.
        queries = [{"id": entity, "schema": schemas[entity], "properties": {"name": [name]}} for entity, name in made]
        best = {entity: float("-inf") for entity, _ in made}
        if queries:
            rows = screener.match(queries, below=BELOW).select(["party_id", "entity_id", "bits"]).to_pylist()
            best |= {row["party_id"]: row["bits"] for row in rows if row["party_id"] == row["entity_id"]}
        found[change] = list(best.values())
    return found


def _typo(words: Words, rng: random.Random) -> Words:
    out = list(words)
    at = max(range(len(out)), key=lambda i: (len(out[i]), rng.random()))
    word = out[at]
    k = rng.randrange(len(word))
    how = rng.randrange(4)
    if how == 0:
        word = word[:k] + rng.choice(LETTERS) + word[k + 1 :]
    elif how == 1:
        word = word[:k] + word[k + 1 :]
    elif how == 2:
        word = word[:k] + rng.choice(LETTERS) + word[k:]
    elif k + 1 < len(word):
        word = word[:k] + word[k + 1] + word[k] + word[k + 2 :]
    out[at] = word
    return out


def _two_typos(words: Words, rng: random.Random) -> Words:
    return _typo(_typo(words, rng), rng)


def _order(words: Words, rng: random.Random) -> Words:
    return [*words[1:], words[0]]


def _dropped(words: Words, rng: random.Random) -> Words:
    if len(words) < 3:
        return []
    at = rng.randrange(len(words))
    return [word for i, word in enumerate(words) if i != at]


def _joined(words: Words, rng: random.Random) -> Words:
    at = rng.randrange(len(words) - 1)
    return [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]


CHANGES: dict[str, Callable[[Words, random.Random], Words]] = {
    "as it is": lambda words, rng: words,
    "one typo": _typo,
    "two typos": _two_typos,
    "another order": _order,
    "one word left out": _dropped,
    "two words joined": _joined,
}
"""Ways a true name is written otherwise."""


def best_by_cost(points: Iterable[Point]) -> Point:
    """The threshold of least expected cost; the highest of equals."""
    return min(points, key=lambda point: (round(point.cost, 6), -point.bits))
