"""The party names and payment texts of real wires against OFAC and UN: what alerts, what is asked, and was it right.

Every distinct pair of names that alerts or asks is printed with a key, for a person to judge. Judgements are read from
a file of one's own, kept outside the project, `--judged FILE`: one line per pair, `KEY same|different|unsure`. The key
is a hash, so that the file holds no name.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pyarrow as pa
from benchmarks.screening.common import Setting

from caudal.tables import PARTIES

VERDICTS = ("same", "different", "unsure")


def read_wires(data: Path) -> tuple[pa.Table, pa.Table, dict[str, str]]:
    """Party names as parties, the transfers' texts, and the text of each row."""
    with (data / "ledgers/azerbaijani_laundromat_wires.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds: dict[str, str] = {}
    for row in rows:
        for side in ("payer", "beneficiary"):
            kinds.setdefault(row[f"{side}_name"], row[f"{side}_type"])
    people = PARTIES.build(
        [
            {
                "party_id": f"q{i}",
                "schema": "Person" if kind == "Person" else "Company",
                "name": name,
                "aliases": [],
                "countries": [],
                "identifiers": [],
            }
            for i, (name, kind) in enumerate(kinds.items())
        ]
    )
    transfers = pa.table(
        {
            "transfer_id": [row["row"] for row in rows],
            "purpose": [row["purpose"] or None for row in rows],
            "payer_account": [row["payer_account"] for row in rows],
            "payee_account": [row["beneficiary_account"] for row in rows],
        }
    )
    return people, transfers, {row["row"]: row["purpose"] for row in rows}


def key_of(query: str, listed: str) -> str:
    """The key of a pair of names in a file of judgements."""
    return hashlib.blake2b(f"{query}|{listed}".encode(), digest_size=6).hexdigest()


def read_judged(path: Path | None) -> dict[str, str]:
    """Judgements by key; lines that are empty or begin with # are passed over."""
    judged: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if path else [], 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) < 2 or words[1] not in VERDICTS:
            raise SystemExit(f"{path}, line {number}: expected KEY {'|'.join(VERDICTS)}")
        judged[words[0]] = words[1]
    return judged


def run(setting: Setting, judged_file: Path | None = None) -> dict[str, Any]:
    """Counts of alerts and questions by party and by pair; the pairs are printed, never returned."""
    judged = read_judged(judged_file)
    people, transfers, purposes = read_wires(setting.data)
    result: dict[str, Any] = {"party_names": people.num_rows}
    rows = sorted(setting.everyone.match(people).to_pylist(), key=lambda m: -m["bits"])
    alerted = {m["party_id"] for m in rows if m["alert"]}
    asked = {m["party_id"] for m in rows if m["band"] == "ask"} - alerted
    result["parties"] = {"alert": len(alerted), "ask": len(asked), "kept": len({m["party_id"] for m in rows})}
    print(
        f"\nreal wires: {people.num_rows} party names; {len(alerted)} alert, {len(asked)} more with a question, "
        f"{result['parties']['kept']} kept at all"
    )
    shown: dict[tuple[str, str, str], dict[str, Any]] = {}
    for m in rows:
        evidence = json.loads(m["evidence"])
        if m["band"] != "below":
            shown.setdefault(
                (m["band"], evidence["query"], evidence["listed"]),
                {**m, "reasons": evidence["reasons"], "kind": evidence["kind"]},
            )
    verdicts: dict[str, dict[str, int]] = {"alert": defaultdict(int), "ask": defaultdict(int)}
    for (how, query, listed), m in sorted(shown.items(), key=lambda item: (item[0][0], -item[1]["bits"])):
        key = key_of(query, listed)
        verdict = judged.get(key, "to judge")
        verdicts[how][verdict] += 1
        reasons = ", ".join(f"{r['feature']} {r['bits']:.1f}" for r in m["reasons"] if r["bits"])
        listed_as = f"{listed} ({m['entity_id']}, {m['kind']})"
        print(f"  {how:5s} {m['bits']:5.1f} {key} {verdict:9s} {query} | {listed_as} [{reasons}]")
    result["pairs"] = {how: sum(found.values()) for how, found in verdicts.items()}
    result["judged"] = {how: dict(found) for how, found in verdicts.items()}
    counts = result["pairs"]
    print(f"  distinct pairs: {counts['alert']} alerts, {counts['ask']} questions; judged: {result['judged']}")
    result["texts"] = texts(setting, transfers, purposes)
    return result


def texts(setting: Setting, transfers: pa.Table, purposes: dict[str, str]) -> dict[str, Any]:
    """Listed names inside payment texts."""
    found = setting.everyone.match_texts(transfers)
    by_name: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for m in found.to_pylist():
        evidence = json.loads(m["evidence"])
        by_name[(evidence["query"], evidence["listed"])].append(m)
    alerts = sum(found["alert"].to_pylist())
    print(
        f"payment texts: {len(set(purposes.values()))} distinct, {alerts} transfers alert, {len(by_name)} names found"
    )
    for (query, listed), group in by_name.items():
        word = "alert" if group[0]["alert"] else "below"
        text = purposes[group[0]["transfer_id"]][:70]
        print(f"  {word} {group[0]['bits']:5.1f} x{len(group):3d} {query} | {listed} | {text}")
    return {"distinct": len(set(purposes.values())), "alerting_transfers": alerts, "names": len(by_name)}
