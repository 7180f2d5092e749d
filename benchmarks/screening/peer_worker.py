"""Scores names with the peers, inside their own environment; one JSON task a line in, one JSON answer a line out.

Started by `peers.py`; imports nothing of Caudal. Matchers: `logic-v2` and `name-based` of nomenklatura, and `rapidfuzz`
(the token sort ratio of normalised names, the best over an entity's names, 0 to 1).
"""

from __future__ import annotations

import json
import logging
import resource
import sys
import tempfile
import time
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from followthemoney import Dataset, EntityProxy, Statement, StatementEntity
from nomenklatura.blocker.index import Index
from nomenklatura.matching import get_algorithm
from nomenklatura.matching.types import ScoringConfig
from nomenklatura.resolver import Linker
from nomenklatura.store.memory import MemoryStore
from normality import ascii_text
from rapidfuzz import fuzz, process
from rapidfuzz.utils import default_process

NEAREST = 100
"""Listed entities scored besides those the index gives: the nearest by token set ratio, which costs little."""
DATASET = Dataset.make({"name": "listed", "title": "Listed"})


def plain(name: str) -> str:
    """A name in plain Latin letters, for rapidfuzz."""
    return default_process(ascii_text(name) or name)


FRESH = count()


def fresh() -> str:
    """An id not used before: nomenklatura remembers what it worked out of an entity by its id."""
    return f"asked-{next(FRESH)}"


def proxy(key: str, schema: str, properties: dict[str, list[str]]) -> EntityProxy:
    """An entity for nomenklatura's matchers."""
    return EntityProxy.from_dict({"id": key, "schema": schema, "properties": properties})


def statements(key: str, schema: str, properties: dict[str, list[str]]) -> StatementEntity:
    """An entity for nomenklatura's index."""
    made = [
        Statement(entity_id=key, prop=prop, schema=schema, value=value, dataset=DATASET.name)
        for prop, values in properties.items()
        for value in values
    ]
    made.append(Statement(entity_id=key, prop="id", schema=schema, value=key, dataset=DATASET.name))
    return StatementEntity.from_statements(DATASET, made)


class Worker:
    """The listed entities and the matchers over them."""

    def __init__(self) -> None:
        self.config = ScoringConfig.defaults()
        self.entities: dict[str, EntityProxy] = {}
        self.names: list[str] = []
        self.owner: list[str] = []
        self.at: dict[str, list[int]] = {}
        self.index: Index | None = None

    def versions(self, _: dict[str, Any]) -> dict[str, str]:
        """Versions of the peers."""
        return {name: version(name) for name in ("nomenklatura", "rigour", "rapidfuzz", "duckdb")}

    def listed(self, task: dict[str, Any]) -> dict[str, float]:
        """Take in the listed entities, and build nomenklatura's index over them."""
        start = time.perf_counter()
        store: MemoryStore[Any, Any] = MemoryStore(DATASET, Linker({}))
        writer = store.writer()
        for key, schema, properties in task["entities"]:
            self.entities[key] = proxy(key, schema, properties)
            for values in properties.values():
                for name in values:
                    self.at.setdefault(key, []).append(len(self.names))
                    self.names.append(plain(name))
                    self.owner.append(key)
            for statement in statements(key, schema, properties).statements:
                writer.add_statement(statement)
        self.index = Index(store.view(DATASET), Path(tempfile.mkdtemp(prefix="peers-")))
        self.index.build()
        return {"seconds": time.perf_counter() - start, "entities": len(self.entities), "names": len(self.names)}

    def score(self, matcher: str, query: EntityProxy, plain_names: list[str], key: str) -> float:
        """One query against one listed entity."""
        if matcher == "rapidfuzz":
            return max(fuzz.token_sort_ratio(a, self.names[i]) for a in plain_names for i in self.at[key]) / 100
        return float(get_algorithm(matcher).compare(query, self.entities[key], self.config).score)

    def pairs(self, task: dict[str, Any]) -> dict[str, Any]:
        """Scores of pairs of names, each name an entity of its own."""
        matcher = task["matcher"]
        made = [
            (proxy(fresh(), schema, {"name": [a]}), proxy(fresh(), schema, {"name": [b]}), plain(a), plain(b))
            for schema, a, b in task["pairs"]
        ]
        algorithm = None if matcher == "rapidfuzz" else get_algorithm(matcher)
        if algorithm is not None:
            some = [proxy(fresh(), "Person", {"name": [name]}) for name in ("Warm Up", "Worm Up")]
            algorithm.compare(*some, self.config)  # reads its reference data
        start = time.process_time()
        if algorithm is None:
            scores = [fuzz.token_sort_ratio(a, b) / 100 for _, _, a, b in made]
        else:
            scores = [float(algorithm.compare(a, b, self.config).score) for a, b, _, _ in made]
        return {"scores": scores, "seconds": time.process_time() - start}

    def right(self, task: dict[str, Any]) -> dict[str, Any]:
        """Scores of queries against the listed entity that is meant."""
        scores = [
            self.score(task["matcher"], proxy(fresh(), schema, {"name": [name]}), [plain(name)], key)
            for schema, name, key in task["queries"]
        ]
        return {"scores": scores}

    def candidates(self, task: dict[str, Any]) -> dict[str, Any]:
        """Per query the listed entities nomenklatura's index gives."""
        assert self.index is not None
        start = time.process_time()
        made = [statements(f"query-{i}", schema, {"name": [name]}) for i, (schema, name) in enumerate(task["queries"])]
        found: list[list[str]] = [[] for _ in made]
        for query, matches in self.index.match_entities(made):
            found[int(query.id.removeprefix("query-"))] = [match.id for match, _ in matches]
        return {"candidates": found, "seconds": time.process_time() - start}

    def search(self, task: dict[str, Any]) -> dict[str, Any]:
        """The best score of every query over the listed entities, and what it took.

        rapidfuzz compares everybody; the others score what the index gives, and (`wide`) the NEAREST besides.
        """
        matcher, queries = task["matcher"], task["queries"]
        start = time.process_time()
        plain_names = [plain(name) for _, name in queries]
        if matcher == "rapidfuzz":
            best = [
                float(process.cdist([name], self.names, scorer=fuzz.token_sort_ratio).max()) / 100
                for name in plain_names
            ]
            return {"best": best, "seconds": time.process_time() - start, "pairs": len(queries) * len(self.names)}
        wanted = [list(keys) for keys in task["candidates"]]
        if task["wide"]:
            for i, name in enumerate(plain_names):
                near = process.cdist([name], self.names, scorer=fuzz.token_set_ratio)[0]
                order = np.argsort(-near, kind="stable")[: 3 * NEAREST]
                wanted[i] += list(dict.fromkeys(self.owner[int(j)] for j in order))[:NEAREST]
        best, scored, above = [], 0, []
        for (schema, name), keys in zip(queries, wanted, strict=True):
            query = proxy(fresh(), schema, {"name": [name]})
            distinct = dict.fromkeys(keys)
            scored += len(distinct)
            scores = {key: self.score(matcher, query, [], key) for key in distinct}
            best.append(max(scores.values(), default=0.0))
            above.append([(key, score) for key, score in scores.items() if score >= task["above"]])
        return {"best": best, "above": above, "seconds": time.process_time() - start, "pairs": scored}

    def memory(self, _: dict[str, Any]) -> dict[str, float]:
        """Peak memory of this process, MiB."""
        return {"mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main() -> None:
    """Answer tasks until the input ends."""
    logging.disable(logging.CRITICAL)
    worker = Worker()
    for line in sys.stdin:
        task = json.loads(line)
        answer = getattr(worker, task["do"])(task)
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
