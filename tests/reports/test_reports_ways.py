"""An exposure opens down to its paths and transfers; chains of institutions and agents stand with both readings."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from lxml import html

from caudal.reports import ReportFacts, render
from caudal.tables import TABLES
from caudal.tracing import (
    Explainer,
    TransferIndex,
    agents,
    before_after,
    channels,
    institution_exposures,
    run_trace,
)

Tables = dict[str, pa.Table]
HOSTILE = "</script><script>window.hacked = 1</script>\"'<b>"


@pytest.fixture(scope="module")
def opened(made_up: Tables, made_up_facts: ReportFacts) -> tuple[Tables, ReportFacts]:
    """The made-up world traced anew, with everything people ask of the money."""
    straight = made_up["attributions"].filter(
        pc.and_(pc.equal(made_up["attributions"]["hops"], 1), pc.equal(made_up["attributions"]["direction"], "forward"))
    )
    payer = dict(zip(*(made_up["transfers"][c].to_pylist() for c in ("transfer_id", "payer_account")), strict=True))
    groups: dict[str, list[str]] = {}
    for row in straight.to_pylist():
        own = groups.setdefault(row["group_id"], [])
        if payer[row["transfer_id"]] not in own:
            own.append(payer[row["transfer_id"]])
    accounts = made_up["accounts"]
    pooled = accounts.filter(accounts["pooled"])["account_id"].to_pylist()
    index = TransferIndex.from_transfers(made_up["transfers"])
    found = run_trace(index, groups, ["proportional"], pooled=pooled)
    tables = {**made_up, "exposures": found.exposures, "attributions": found.attributions}
    day = date(2025, 2, 20)
    banks = made_up["institutions"]
    days = {group: {"FTO": day, "SDGT": day} for group in groups}
    tables["before_after"] = before_after(found.exposures, found.attributions, made_up["transfers"], days)
    rest = (found.attributions, made_up["transfers"], accounts, banks, dict.fromkeys(groups, day))
    tables["channels"], tables["institution_exposures"] = channels(*rest), institution_exposures(*rest)
    tables["agents"] = agents(index, groups, found.exposures, accounts, parties=made_up["parties"], least=0.0)
    paths, evidence, told = [], [], []
    for direction in ("forward", "backward"):
        for group, own in groups.items():
            explainer = Explainer(index, group, own, direction, pooled)
            mine = pc.and_(
                pc.equal(found.exposures["group_id"], group), pc.equal(found.exposures["direction"], direction)
            )
            rows = found.exposures.filter(mine).to_pylist()
            for row in sorted(rows, key=lambda r: -(r["direct"] + r["indirect"]))[:4]:
                why = explainer.explain(row["account_id"])
                paths.append(why.paths)
                evidence.append(why.transfers)
                told.append(
                    {
                        "account_id": row["account_id"],
                        "group_id": group,
                        "direction": direction,
                        "amount": why.amount,
                        "shown": why.shown,
                        "covered": why.covered,
                        "transfers": why.transfers.num_rows,
                    }
                )
    tables["paths"], tables["evidence"] = pa.concat_tables(paths), pa.concat_tables(evidence)
    return tables, replace(made_up_facts, explained=told)


def words(page: str, section: str) -> str:
    root: Any = html.fromstring(page, parser=html.HTMLParser(encoding="utf-8", huge_tree=True))
    return " ".join(root.get_element_by_id(section).text_content().split())


def test_an_exposure_opens_down_to_paths_and_transfers(opened: tuple[Tables, ReportFacts]) -> None:
    tables, facts = opened
    page = render(tables, facts)
    text = words(page, "exposure")
    assert re.search(r"(The largest path of payments brings|largest paths of payments bring) .*% of it", text)
    assert re.search(r"(One transfer carries|transfers alone carry) .*% of it", text)
    assert "Of it on this path" in text
    assert "FTO, SDGT, in effect from 2025-02-20:" in text
    assert "caudal trace WORKSPACE --explain" in text
    for row in tables["paths"].to_pylist()[:5]:
        assert row["transfer_id"] in page


def test_chains_and_agents_are_shown_with_what_one_could_have_known(opened: tuple[Tables, ReportFacts]) -> None:
    page = render(*opened)
    text = words(page, "institutions")
    assert "Chains of institutions" in text
    assert "since 2025-02-20:" in text or "nothing since 2025-02-20" in text
    text = words(page, "agents")
    assert "Reasons, not a label" in text
    assert "What speaks for it" in text
    assert "It may also be" in text
    for name in ("paths", "evidence", "before_after", "channels", "institution_exposures", "agents"):
        assert f'data-csv="{name}"' in page


def test_without_them_the_report_stays_whole(made_up: Tables, made_up_facts: ReportFacts) -> None:
    empty = {name: TABLES[name].empty() for name in ("paths", "evidence", "channels", "agents", "before_after")}
    page = render({**made_up, **empty}, made_up_facts)
    assert 'id="agents"' not in page
    assert 'href="#agents"' not in page
    assert "transfers is shown" in page or "transfers are shown" in page


def test_hostile_words_in_reasons_stay_words(opened: tuple[Tables, ReportFacts]) -> None:
    tables, facts = opened
    rows = tables["agents"].to_pylist()
    for row in rows:
        row["reasons"], row["innocent"] = [HOSTILE], [HOSTILE]
    chains = tables["channels"].to_pylist()
    for row in chains:
        row["chain"] = [bank + HOSTILE for bank in row["chain"]]
    page = render(
        {**tables, "agents": TABLES["agents"].build(rows), "channels": TABLES["channels"].build(chains)}, facts
    )
    assert "<script>window.hacked" not in page
    assert "&lt;script&gt;window.hacked" in page
