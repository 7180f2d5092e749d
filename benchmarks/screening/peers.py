"""The same probes put to the peers: nomenklatura's logic-v2 and name-based matchers, and rapidfuzz's token sort ratio.

They run in an environment of their own, made on first use from `peers.txt` below the cache folder (`CAUDAL_PEERS`, else
`~/.cache/caudal-peers`), because nomenklatura holds DuckDB below 2. Recall of a peer is measured twice: *exhaustive*,
the right entity scored directly, and *by its index*, where the entity must be among the 75 candidates nomenklatura's
index gives as well. False alerts come from scoring, per clean person, what that index gives and the 100 nearest listed
people by rapidfuzz's token set ratio besides; rapidfuzz itself compares everybody. Thresholds: logic-v2 and name-based
at .70, their own; rapidfuzz at .85; and each moved to the rate of false alerts that `perturbed` allows.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from benchmarks.screening import cultures, labelled, perturb, perturbed
from benchmarks.screening.common import CLEAN_FILES, SEED, Setting, best_bits, parties, per_1000, table
from benchmarks.screening.metrics import auc, best_f, cut_for_rate, f_score

HERE = Path(__file__).parent
MATCHERS = {"logic-v2": 0.70, "name-based": 0.70, "rapidfuzz": 0.85}
"""Peers and their thresholds."""
SEARCHED = ("logic-v2", "rapidfuzz")
"""Peers whose false alerts are measured too."""


def place() -> Path:
    """Where the Python of the peers' environment is, or would be."""
    pins = (HERE / "peers.txt").read_text(encoding="utf-8")
    name = hashlib.blake2b(f"{pins}{sys.version_info[:2]}".encode(), digest_size=6).hexdigest()
    folder = Path(os.environ.get("CAUDAL_PEERS", Path.home() / ".cache" / "caudal-peers")) / name
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def environment() -> Path:
    """The Python of the peers' environment; made where it is not there yet.

    Raises:
        SystemExit: it could not be made.
    """
    python = place()
    folder = python.parents[1]
    if not (folder / "ready").exists():
        print(f"  making the peers' environment in {folder} (once)", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        made = subprocess.run(
            [python, "-m", "pip", "install", "--quiet", "--no-deps", "-r", HERE / "peers.txt"],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if made.returncode:
            raise SystemExit(f"the peers' environment could not be made:\n{made.stderr[-2000:]}")
        (folder / "ready").touch()
    return python


class Peers:
    """A running worker with OFAC's individuals, asked by JSON lines."""

    def __init__(self, setting: Setting) -> None:
        self._worker = subprocess.Popen(
            [environment(), HERE / "peer_worker.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.built = self.ask("listed", entities=listed_people(setting))

    def ask(self, do: str, **task: Any) -> dict[str, Any]:
        """One task's answer."""
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        self._worker.stdin.write(json.dumps({"do": do, **task}) + "\n")
        self._worker.stdin.flush()
        line = self._worker.stdout.readline()
        if not line:
            raise SystemExit(f"the peers stopped at the task {do!r}")
        return json.loads(line)

    def close(self) -> None:
        """End the worker."""
        assert self._worker.stdin is not None
        self._worker.stdin.close()
        self._worker.wait()

    @cached_property
    def versions(self) -> dict[str, str]:
        """Versions of the peers."""
        return self.ask("versions")


def of(setting: Setting) -> Peers:
    """The peers of a run, started once."""
    if not hasattr(setting, "peers"):
        setting.peers = Peers(setting)
    return setting.peers


def listed_people(setting: Setting) -> list[tuple[str, str, dict[str, list[str]]]]:
    """OFAC's individuals as (id, schema, FollowTheMoney name properties)."""
    kinds = {"primary": "name", "weak": "weakAlias", "former": "previousName"}
    tables = setting.ofac.tables()
    people = {
        key
        for key, schema in zip(
            tables["entities"]["entity_id"].to_pylist(), tables["entities"]["schema"].to_pylist(), strict=True
        )
        if schema == "Person"
    }
    names: dict[str, dict[str, list[str]]] = {}
    for row in tables["names"].select(["entity_id", "name", "kind"]).to_pylist():
        if row["entity_id"] in people:
            names.setdefault(row["entity_id"], {}).setdefault(kinds.get(row["kind"], "alias"), []).append(row["name"])
    return [(key, "Person", properties) for key, properties in names.items()]


def pairs(setting: Setting, peers: Peers) -> dict[str, Any]:
    """F1 and AUC of the peers and of Caudal on the labelled pairs, and how many pairs stand at the top score."""
    rows = labelled.rows(setting)
    truth = [row["is_match"] == "true" for row in rows]
    asked = [(row["schema"], row["name1"], row["name2"]) for row in rows]
    scores: dict[str, tuple[list[float], float, float]] = {}
    for matcher, threshold in MATCHERS.items():
        answer = peers.ask("pairs", matcher=matcher, pairs=asked)
        scores[matcher] = (answer["scores"], threshold, len(asked) / max(answer["seconds"], 1e-9))
    start = time.process_time()
    bits = [e.bits for e in labelled.compared(setting, rows)]
    took = time.process_time() - start
    scores["Caudal"] = (bits, setting.everyone.threshold_bits, len(asked) / took)
    result, lines = {}, []
    for name, (found, threshold, speed) in scores.items():
        f1, precision, recall = f_score([s >= threshold for s in found], truth)
        top = sum(s == max(found) for s in found)
        best, cut = best_f(found, truth)
        result[name] = {
            "threshold": threshold, "f1": f1, "precision": precision, "recall": recall, "auc": auc(found, truth),
            "best_f1": best, "best_f1_at": cut, "at_top_score": top / len(found), "pairs_per_second": speed,
        }  # fmt: skip
        lines.append(
            (name, f"{threshold:g}", f1, precision, recall, result[name]["auc"], best, top / len(found), f"{speed:.0f}")
        )
    head = ("labelled pairs", "at", "F1", "precision", "recall", "AUC", "best F1", "share at top score", "pairs/s")
    table(
        f"the peers on {len(rows)} labelled pairs ({setting.half} half); Caudal compares pair by pair here", head, lines
    )
    return result


def operating(setting: Setting, peers: Peers, entities: int, clean: int) -> dict[str, Any]:
    """Recall of listed people written otherwise, beside false alerts on clean people."""
    rng = random.Random(SEED)  # noqa: S311
    groups = perturbed.queries(setting, "people")
    chosen = {q.entity for q in groups["exact"][:entities]}
    asked = [q for kind, group in groups.items() if kind in perturb.CONTRACT for q in group if q.entity in chosen]
    names = [row["full_name"] for file in CLEAN_FILES for row in setting.clean_people(file)]
    people = rng.sample(names, min(clean, len(names)))
    clean_queries = [("Person", name) for name in people]
    by_index = peers.ask("candidates", queries=[("Person", q.written) for q in asked])
    given = [q.entity in found for q, found in zip(asked, by_index["candidates"], strict=True)]
    clean_given = peers.ask("candidates", queries=clean_queries)
    result: dict[str, Any] = {
        "queries": len(asked),
        "clean_people": len(people),
        "candidate_recall_of_the_index": sum(given) / len(given),
    }
    lines = []
    for matcher in SEARCHED:
        right = peers.ask("right", matcher=matcher, queries=[("Person", q.written, q.entity) for q in asked])["scores"]
        searched = peers.ask(
            "search", matcher=matcher, queries=clean_queries, candidates=clean_given["candidates"], wide=True, above=2
        )
        cut = cut_for_rate(searched["best"], len(people), perturbed.RATE)
        for what, threshold in (("its own threshold", MATCHERS[matcher]), ("moved", cut)):
            alerts = per_1000(sum(s >= threshold for s in searched["best"]), len(people))
            recall = sum(s >= threshold for s in right) / len(right)
            indexed = sum(s >= threshold and g for s, g in zip(right, given, strict=True)) / len(right)
            entry = {"threshold": threshold, "false_alerts_per_1000": alerts, "recall": recall}
            if matcher != "rapidfuzz":
                entry["recall_by_index"] = indexed
            result.setdefault(matcher, {})[what] = entry
            by_its_index = f"{indexed:.3f}" if matcher != "rapidfuzz" else "-"
            lines.append((f"{matcher}, {what}", f"{threshold:.3f}", f"{alerts:.2f}", recall, by_its_index))
        result[matcher]["pairs_per_second"] = searched["pairs"] / searched["seconds"]
        result[matcher]["by_kind_moved"] = _by_kind(asked, [s >= cut for s in right])
    # Caudal on the same queries and people.
    screener = setting.individuals
    best = list(best_bits(screener.match(parties(people), below=perturbed.BELOW)).values())
    moved = max(cut_for_rate(best, len(people), perturbed.RATE), screener.threshold_bits - perturbed.BELOW)
    bits: list[float | None] = []
    for kind in perturb.CONTRACT:
        bits += perturbed.right_bits(setting, "people", [q for q in asked if q.kind == kind])[0]
    for what, threshold in (("its own threshold", screener.threshold_bits), ("moved", moved)):
        alerts = per_1000(sum(b >= threshold for b in best), len(people))
        recall = sum(b is not None and b >= threshold for b in bits) / len(bits)
        result.setdefault("Caudal", {})[what] = {
            "threshold": threshold, "false_alerts_per_1000": alerts, "recall_by_index": recall,
        }  # fmt: skip
        lines.append((f"Caudal, {what}", f"{threshold:.1f} bits", f"{alerts:.2f}", "-", f"{recall:.3f}"))
    ordered = [q for kind in perturb.CONTRACT for q in asked if q.kind == kind]
    result["Caudal"]["by_kind_moved"] = _by_kind(ordered, [b is not None and b >= moved for b in bits])
    head = (
        f"{len(asked)} listed names written otherwise, {len(people)} clean people", "threshold", "false alerts/1,000",
        "recall, exhaustive", "recall, by its index",
    )  # fmt: skip
    table(f"the peers at their operating points ({setting.half} half)", head, lines)
    print(
        f"  nomenklatura's index gives the right entity for {result['candidate_recall_of_the_index']:.3f} of the names"
    )
    kinds = list(perturb.CONTRACT)
    rows = [
        (k, *(f"{result[m]['by_kind_moved'].get(k, float('nan')):.3f}" for m in (*SEARCHED, "Caudal"))) for k in kinds
    ]
    table("recall by kind at the moved threshold (peers exhaustive)", ("kind", *SEARCHED, "Caudal"), rows)
    return result


def _by_kind(asked: Sequence[perturbed.Query], hit: Sequence[bool]) -> dict[str, float]:
    found: dict[str, list[bool]] = {}
    for query, yes in zip(asked, hit, strict=True):
        found.setdefault(query.kind, []).append(yes)
    return {kind: sum(values) / len(values) for kind, values in found.items()}


def by_culture(setting: Setting, peers: Peers, most: int) -> dict[str, Any]:
    """False alerts of the peers on the culture sets, with two names and with a third."""
    result: dict[str, Any] = {}
    lines = []
    for culture in cultures.CULTURES:
        chosen = cultures.people(culture, "common", setting.half)[:most]
        ways = {
            "two names": cultures.written(chosen),
            "third name": [cultures.third(culture, person, "common", setting.half) for person in chosen],
        }
        result[culture] = {"n": len(chosen)}
        for way, names in ways.items():
            asked = [("Person", name) for name in names]
            given = peers.ask("candidates", queries=asked)["candidates"]
            for matcher in SEARCHED:
                task = {"matcher": matcher, "queries": asked, "candidates": given, "wide": False, "above": 2}
                best = peers.ask("search", **task)["best"]
                rate = per_1000(sum(s >= MATCHERS[matcher] for s in best), len(names))
                result[culture].setdefault(matcher, {})[way] = rate
        cells = [f"{result[culture][m][way]:.1f}" for m in SEARCHED for way in ways]
        lines.append((culture, len(chosen), *cells))
    head = ("culture", "n", *(f"{m}, {way}" for m in SEARCHED for way in ("two names", "third name")))
    table(f"false alerts of the peers per 1,000, common names ({setting.half} half)", head, lines)
    return result


def speed(setting: Setting, peers: Peers, most: int = 300) -> dict[str, float]:
    """Parties a second of processor: logic-v2 on what its index gives, rapidfuzz over everybody, one at a time."""
    names = [row["full_name"] for row in setting.clean_people(CLEAN_FILES[0])[:most]]
    asked = [("Person", name) for name in names]
    given = peers.ask("candidates", queries=asked)
    found = {}
    for matcher in SEARCHED:
        task = {"matcher": matcher, "queries": asked, "candidates": given["candidates"], "wide": False, "above": 2}
        took = peers.ask("search", **task)["seconds"] + (given["seconds"] if matcher != "rapidfuzz" else 0)
        found[matcher] = len(names) / took
    lines = [(matcher, f"{rate:.0f}") for matcher, rate in found.items()]
    table(f"speed of the peers, {len(names)} clean people", ("matcher", "parties/s of processor"), lines)
    return found


def run(setting: Setting, entities: int, clean: int, most: int) -> dict[str, Any]:
    """All of it.

    Args:
        entities: listed people whose names are written otherwise; clean: clean people; most: people per culture.
    """
    peers = of(setting)
    result = {
        "versions": peers.versions,
        "index": peers.built,
        "pairs": pairs(setting, peers),
        "operating": operating(setting, peers, entities, clean),
        "cultures": by_culture(setting, peers, most),
        "parties_per_second": speed(setting, peers),
    }
    result["memory_mib"] = peers.ask("memory")["mib"]
    return result
