"""On the real lists and the real wires beside the project."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from caudal.register import Register
from caudal.screening import Screener

pytestmark = pytest.mark.real

STATE_EXPORTER = "ofac-18782"


@pytest.fixture(scope="module")
def real_screener(shared_data: Path) -> Screener:
    return Screener(Register.load([shared_data / "lists/ofac", shared_data / "lists/un"], builtin=False))


@pytest.fixture(scope="module")
def wires(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "ledgers/azerbaijani_laundromat_wires.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_wires_give_few_alerts_and_the_true_ones(
    real_screener: Screener, wires: list[dict[str, str]], parties_of: Any
) -> None:
    names = list(dict.fromkeys(row[f"{side}_name"] for row in wires for side in ("payer", "beneficiary")))
    found = real_screener.match(parties_of(*names, schema="Company"))
    alerts = found.filter(found["alert"]).to_pylist()
    pairs = {(names[int(m["party_id"][1:])], m["entity_id"]) for m in alerts}
    assert ("JSC ROSOBORONEXPORT", STATE_EXPORTER) in pairs
    assert any(name.startswith("JSC MAGNITOGORSK IRON") for name, _ in pairs)
    assert len(alerts) <= 30
    line = real_screener.threshold_bits
    for m in alerts:
        reasons = json.loads(m["evidence"])["reasons"]
        assert sum(r["bits"] for r in reasons if r["feature"] == "name") > 0.75 * line, (
            "boilerplate never carries an alert"
        )
        assert all(r["bits"] <= 7.5 for r in reasons if r["feature"] == "boilerplate")


def test_the_payment_texts_that_name_the_exporter_are_found(
    real_screener: Screener, wires: list[dict[str, str]]
) -> None:
    table = pa.table(
        {
            "transfer_id": [row["row"] for row in wires],
            "purpose": [row["purpose"] or None for row in wires],
            "payer_account": [row["payer_account"] for row in wires],
            "payee_account": [row["beneficiary_account"] for row in wires],
        }
    )
    found = real_screener.match_texts(table)
    alerts = found.filter(found["alert"])
    named = {row["row"] for row in wires if "ROSOBORONEXPORT" in row["purpose"] or "ROSOBORNEXPORT" in row["purpose"]}
    hits = {
        t
        for t, e in zip(alerts["transfer_id"].to_pylist(), alerts["entity_id"].to_pylist(), strict=True)
        if e == STATE_EXPORTER
    }
    assert hits == named
    assert alerts.num_rows <= len(named) + 5


@pytest.mark.parametrize("file", ["clean_people_us.csv", "clean_people_global.csv"])
def test_unlisted_people_are_left_alone(real_screener: Screener, shared_data: Path, parties_of: Any, file: str) -> None:
    with (shared_data / "names" / file).open(encoding="utf-8") as handle:
        names = [row["full_name"] for row in csv.DictReader(handle)][:3000]
    found = real_screener.match(parties_of(*names))
    assert len(set(found.filter(found["alert"])["party_id"].to_pylist())) / len(names) <= 0.006


def test_listed_names_find_themselves(real_screener: Screener, parties_of: Any) -> None:
    people = [s for s in real_screener.listed.subjects if s.kind == 0 and len(s.names[0][0].split()) >= 3][::12]
    found = real_screener.match(parties_of(*(s.names[0][0] for s in people)))
    own = {
        int(p[1:])
        for p, e, alert in zip(
            found["party_id"].to_pylist(), found["entity_id"].to_pylist(), found["alert"].to_pylist(), strict=True
        )
        if alert and people[int(p[1:])].id == e
    }
    assert len(own) / len(people) >= 0.98
