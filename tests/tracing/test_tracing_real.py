"""The published wires: money of the account that pays most is traced and conserved to the cent."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from caudal.tracing import METHODS, TransferIndex, flows, run_trace, trace

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def wires(shared_data):
    """The wires as rows: account, or name where there is none; cents of a US dollar; the day at midnight."""
    path = shared_data / "ledgers" / "azerbaijani_laundromat_wires.csv"
    if not path.is_file():
        pytest.skip(f"real wires not found at {path}")
    rows = []
    with path.open(encoding="utf-8", newline="") as file:
        for wire in csv.DictReader(file):
            day = datetime.fromisoformat(wire["date"]).replace(tzinfo=UTC)
            rows.append(
                (
                    f"w{int(wire['row']):05d}",
                    int(day.timestamp()) * 1_000_000,
                    wire["payer_account"] or wire["payer_name"],
                    wire["beneficiary_account"] or wire["beneficiary_name"],
                    int(abs(Decimal(wire["amount_usd"])) * 100),
                )
            )
    return rows


def test_the_largest_payers_money_is_conserved(wires, table, slow, in_order):
    paid = Counter()
    for _, _, payer, payee, amount in wires:
        paid[payer] += amount if payer != payee else 0
    largest, sent = paid.most_common(1)[0]
    transfers = table(wires)
    found = run_trace(TransferIndex.from_transfers(transfers), {"g": [largest]})
    totals = {(t.direction, t.method): t for t in found.totals}
    assert totals["forward", "proportional"].emitted == totals["forward", "poison"].emitted == sent
    assert {total.mixed for (_, method), total in totals.items() if method != "poison"} == {0}
    between = flows(found.attributions, transfers).to_pylist()
    direct = sum(f["amount"] for f in between if f["payer_account"] == largest and f["direction"] == "forward")
    assert direct == len(METHODS) * sent

    steps = in_order(wires)
    for (direction, method), total in totals.items():
        answer = slow(steps, [largest], method, direction)
        assert (answer.emitted, answer.returned, answer.mixed) == (total.emitted, total.returned, total.mixed)
        rows = [r for r in found.exposures.to_pylist() if (r["direction"], r["method"]) == (direction, method)]
        ours = {r["account_id"]: (r["direct"], r["indirect"], r["held"], r["hops"]) for r in rows}
        met = {name: w for name, w in answer.wallets.items() if w.met and name != largest}
        assert ours == {name: (w.direct, w.indirect, w.held, w.hops) for name, w in met.items()}


def test_the_face_gives_the_same_and_reaches_beyond_the_first_hop(wires, table):
    payer = Counter(row[2] for row in wires).most_common(1)[0][0]
    found = trace(SimpleNamespace(transfers=table(wires)), {"g": [payer]})
    both = run_trace(TransferIndex.from_transfers(table(wires)), {"g": [payer]}, ["proportional"], ["forward"])
    assert found == both.exposures
    assert max(found.column("hops").to_pylist()) > 1
    assert min(found.column("direct").to_pylist()) >= 0
