"""Can alerts be ranked where the best peer cannot: AUC among pairs that logic-v2 scores exactly 1.0 (.5 by its score).

- *labelled*: the labelled pairs.
- *listed*: matches are listed people's names written otherwise, beside the entity meant; pairs that are no match are
  made-up people of common names, clean people, and *other* listed people (unless the list gives both the same day of
  birth), beside the listed people that nomenklatura's index gives for them. Entities stand with all their aliases.

Each set is looked at within the pairs at exactly 1.0, and within all pairs that logic-v2 alerts on (.70), where its own
score is measured too.
"""

from __future__ import annotations

import random
from typing import Any

from benchmarks.screening import cultures, labelled, peers, perturb, perturbed
from benchmarks.screening.common import CLEAN_FILES, SEED, Setting, table
from benchmarks.screening.metrics import auc

TOP = 1.0
ALERT = peers.MATCHERS["logic-v2"]
PER_CULTURE = 60
CLEAN = 500


def _ranked(name: str, scores: list[float], bits: list[float], truth: list[bool]) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "pairs": len(scores)}
    for what, least in (("at 1.0", TOP), ("alerts", ALERT)):
        keep = [i for i, score in enumerate(scores) if score >= least]
        true = [truth[i] for i in keep]
        found[what] = {
            "pairs": len(keep),
            "matches": sum(true),
            "logic-v2": auc([scores[i] for i in keep], true),
            "Caudal": auc([bits[i] for i in keep], true),
        }
    return found


def _labelled(setting: Setting, worker: peers.Peers) -> list[dict[str, Any]]:
    rows = labelled.rows(setting)
    asked = [(row["schema"], row["name1"], row["name2"]) for row in rows]
    scores = worker.ask("pairs", matcher="logic-v2", pairs=asked)["scores"]
    bits = [e.bits for e in labelled.compared(setting, rows)]
    truth = [row["is_match"] == "true" for row in rows]
    return [
        _ranked(f"labelled, {name}", *([values[i] for i in at] for values in (scores, bits, truth)))
        for name, at in labelled.split(rows).items()
    ]


def _listed(setting: Setting, worker: peers.Peers, entities: int) -> dict[str, Any]:
    people = {key: properties for key, _, properties in peers.listed_people(setting)}
    tables = setting.ofac.tables()["entities"].select(["entity_id", "properties"]).to_pydict()
    born = {
        key: text.partition('"birthDate": [')[2].partition("]")[0]
        for key, text in zip(tables["entity_id"], tables["properties"], strict=True)
    }
    groups = perturbed.queries(setting, "people")
    chosen = groups["exact"][:entities]
    own = [q for kind in perturb.CONTRACT for q in groups.get(kind, ()) if q.entity in {c.entity for c in chosen}]
    scores = worker.ask("right", matcher="logic-v2", queries=[("Person", q.written, q.entity) for q in own])["scores"]
    pairs = [(q.written, q.entity, score, True) for q, score in zip(own, scores, strict=True) if score >= ALERT]

    rng = random.Random(SEED)  # noqa: S311
    others: list[tuple[str, str]] = [(q.listed, q.entity) for q in groups["exact"][: 4 * entities]]
    for culture in cultures.CULTURES:
        names = cultures.written(cultures.people(culture, "common", setting.half))
        others += [(name, "") for name in rng.sample(names, PER_CULTURE)]
    clean = [row["full_name"] for file in CLEAN_FILES for row in setting.clean_people(file)]
    others += [(name, "") for name in rng.sample(clean, CLEAN)]
    asked = [("Person", name) for name, _ in others]
    given = worker.ask("candidates", queries=asked)["candidates"]
    above = worker.ask("search", matcher="logic-v2", queries=asked, candidates=given, wide=False, above=ALERT)["above"]
    for (name, entity), found in zip(others, above, strict=True):
        for key, score in found:
            same = key == entity or (entity and born[entity] and born[entity] == born[key])
            if not same:
                pairs.append((name, key, score, False))
    compare = setting.everyone.compare
    bits = [
        compare(labelled.entity("Person", name), {"schema": "Person", "properties": people[key]}).bits
        for name, key, _, _ in pairs
    ]
    return _ranked("listed", [p[2] for p in pairs], bits, [p[3] for p in pairs])


def run(setting: Setting, entities: int = 100) -> dict[str, Any]:
    """AUC of Caudal's bits, and of logic-v2's score, within what logic-v2 alerts on and scores 1.0."""
    worker = peers.of(setting)
    found = [*_labelled(setting, worker), _listed(setting, worker, entities)]
    lines = [
        (
            f"{f['name']}, {what}", f[what]["pairs"], f[what]["matches"], f[what]["logic-v2"], f[what]["Caudal"],
        )
        for f in found
        for what in ("at 1.0", "alerts")
    ]  # fmt: skip
    version = worker.versions["nomenklatura"]
    head = ("pairs that logic-v2", "n", "matches", "AUC of its score", "AUC of Caudal's bits")
    table(f"ranking within what nomenklatura {version} scores 1.0 or alerts on ({setting.half} half)", head, lines)
    return {f["name"]: f for f in found}
