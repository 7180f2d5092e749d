"""The whole job on the real lists and the real ledger, read in place."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pyarrow.compute as pc
import pytest

import caudal

pytestmark = pytest.mark.real

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "azerbaijani_laundromat"
ARMS_EXPORTER = "ofac-18782"


@pytest.fixture(scope="module")
def wires(shared_data: Path, tmp_path_factory: pytest.TempPathFactory):
    workspace = tmp_path_factory.mktemp("wires")
    (workspace / "caudal.toml").write_text(
        f"""
        title = "Wires of 2012 to 2014"
        as_of = 2026-08-20
        groups = "all"
        [[lists]]
        path = "{shared_data}/lists/ofac/sdn.csv"
        published = 2026-08-20
        [[lists]]
        path = "{shared_data}/lists/un/consolidated.xml"
        [ledger]
        path = "{shared_data}/ledgers/azerbaijani_laundromat_wires.csv"
        mapping = "{EXAMPLE}/mapping.toml"
        """,
        encoding="utf-8",
    )
    return caudal.run(workspace)


def test_every_list_entry_and_every_wire_is_accounted_for(wires):
    versions = {v["dataset"]: v for v in wires.facts["register"]["versions"]}
    assert versions["us_ofac_sdn"]["entries"] == 19_249
    assert versions["un_sc"]["entries"] == 730 + 273
    summary = wires.facts["ledger"]["summary"]
    assert summary["rows"] == 16_940
    assert summary["accepted"] + summary["rejected"] == 16_940
    assert summary["accepted"] > 16_500


def test_an_arms_exporter_listed_today_paid_a_shell_company_before_any_designation_known(wires):
    dealings = wires.table("dealings").to_pylist()
    paid = [d for d in dealings if d["entity_id"] == ARMS_EXPORTER and d["part"] == "payer"]
    assert paid, "the exporter's own payments are found"
    assert {d["day"].year for d in paid} <= {2012, 2013, 2014}
    assert {d["status"] for d in paid if d["day"] < date(2014, 3, 20)} == {"no"}
    first = min(paid, key=lambda d: d["day"])
    assert "2014-03-20" in first["reason"]
    assert "2026-08-20" in first["reason"]
    named = [d for d in dealings if d["entity_id"] == ARMS_EXPORTER and d["part"] == "named in the text"]
    assert named, "a bank pays on the exporter's behalf and the payment text says so"


def test_the_exporter_s_money_is_followed_into_the_core_companies(wires):
    exposures = wires.table("exposures")
    mine = exposures.filter(
        pc.and_(pc.equal(exposures["group_id"], ARMS_EXPORTER), pc.equal(exposures["method"], "proportional"))
    ).to_pylist()
    parties = dict(zip(*[wires.table("accounts")[c].to_pylist() for c in ("account_id", "party_id")], strict=True))
    names = dict(zip(*[wires.table("parties")[c].to_pylist() for c in ("party_id", "name")], strict=True))
    direct = {names[parties[e["account_id"]]] for e in mine if e["direction"] == "forward" and e["direct"] > 0}
    assert "METASTAR INVEST LLP" in direct
    assert any(e["hops"] > 1 for e in mine)


def test_alerts_do_not_explode_and_say_why(wires):
    matches = wires.table("matches")
    alerts = matches.filter(matches["alert"]).to_pylist()
    parties = {m["party_id"] for m in alerts if m["party_id"]}
    assert 1 <= len(parties) <= 60
    for alert in alerts:
        evidence = json.loads(alert["evidence"])
        assert evidence["reasons"]
        assert sum(r["bits"] for r in evidence["reasons"]) == pytest.approx(alert["bits"], abs=0.5)


def test_the_report_says_what_it_read(wires):
    text = wires.report.read_text(encoding="utf-8")
    assert "19,249" in text
    assert "16,940" in text
    assert wires.report.stat().st_size < 12_000_000
