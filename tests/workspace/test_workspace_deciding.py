"""Decisions in a workspace: they stay over runs, and a cleared match is not followed."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import caudal
from caudal.errors import InputError
from caudal.screening import Screener
from caudal.storage import read_table, write_table
from caudal.tables import PARTIES
from caudal.workspace import Run, deciding, summary


def first_alert(workspace: Path) -> dict[str, str]:
    matches = read_table(workspace / "tables" / "matches.parquet", "matches").to_pylist()
    return next(m for m in matches if m["alert"] and m["party_id"])


def followed(run: Run, party: str) -> bool:
    """Whether a party counts as a group's own because of a possible match, and not because somebody owns it."""
    return any("possible match" in held.get(party, "") for held in run.facts["tracing"]["seed_parties"].values())


def test_a_cleared_match_is_decided_not_followed_and_said(done: Path) -> None:
    match = first_alert(done)
    key = {"party": match["party_id"], "entity": match["entity_id"]}
    before = caudal.run(done)
    assert set(before.facts["decisions"]["states"]) == {"open"}
    holder = match["party_id"]
    assert followed(before, holder)
    row = deciding.decide(done, **key, verdict="cleared", reason="another birth date", by="Ana Ruiz")
    assert row["list_version"] == match["list_version"]
    others = [s for s in deciding.stand(done) if s["party_id"] == holder and s["state"] == "open"]
    for other in others:  # a match with another entry stays what it is until it is decided too
        deciding.decide(done, party=holder, entity=other["entity_id"], verdict="cleared", reason="same", by="Ana Ruiz")
    after = caudal.run(done)
    assert "screening" in after.reused
    assert after.facts["decisions"]["states"]["decided"] == 1 + len(others)
    assert not followed(after, holder)
    text = after.report.read_text(encoding="utf-8")
    assert "another birth date" in text
    assert "Where they stand" in text
    assert any(line.startswith("Decisions") for line in summary.lines(after))
    stood = deciding.stand(done)
    assert [s["state"] for s in stood if s["party_id"] == holder and s["entity_id"] == key["entity"]] == ["decided"]


def test_it_comes_back_when_the_customer_changes(done: Path) -> None:
    match = first_alert(done)
    deciding.decide(
        done, party=match["party_id"], entity=match["entity_id"], verdict="cleared", reason="no", by="Ana Ruiz"
    )
    path = done / "tables" / "parties.parquet"
    parties = pq.read_table(path).to_pylist()
    next(p for p in parties if p["party_id"] == match["party_id"])["birth_date"] = "1901-02-03"
    write_table(PARTIES.build(parties), PARTIES, path)
    first = deciding.stand(done)[0]
    assert first["state"] == "came back"
    assert any("1901-02-03" in change for change in first["changes"])


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"entity": "nobody"}, "no possible match"),
        ({"transfer": "t"}, "a party, or a transfer"),
        ({"reason": ""}, "needs a reason"),
        ({"by": ""}, "the name of the person"),
    ],
)
def test_what_cannot_be_decided_is_one_line(done: Path, more: dict[str, str], words: str) -> None:
    match = first_alert(done)
    said = {"party": match["party_id"], "entity": match["entity_id"], "verdict": "cleared", "reason": "r", "by": "A"}
    with pytest.raises(InputError, match=words):
        deciding.decide(done, **{**said, **more})
    assert not (done / "decisions.csv").exists()


def test_nothing_is_decided_before_a_run(world: Path) -> None:
    with pytest.raises(InputError, match="nothing was screened"):
        deciding.decide(world, party="p", entity="e", verdict="cleared", reason="r", by="A")


def test_only_what_changed_is_screened_again_where_that_is_asked_for(world: Path) -> None:
    config = world / "caudal.toml"
    config.write_text(config.read_text(encoding="utf-8") + "\n[screening]\nkeep = true\n", encoding="utf-8")
    first = caudal.run(world)
    assert first.facts["screening"]["delta"]["full"] == "nothing was kept before"
    plain = Screener(first.context.register).match(first.table("parties"))
    of_parties = first.table("matches").filter(pc.is_valid(first.table("matches")["party_id"]))
    assert of_parties.drop_columns(["screened_at"]).equals(plain.drop_columns(["screened_at"]))
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace("keep = true", "keep = true\ntexts = false"), encoding="utf-8")
    again = caudal.run(world)
    delta = again.facts["screening"]["delta"]
    assert (delta["full"], delta["parties"], delta["again"]) == ("", 0, 0)
    assert delta["kept"] == plain.num_rows
    assert any("stand as they were" in line for line in summary.lines(again))
    assert caudal.run(world, fresh=True).facts["screening"]["delta"]["full"] == "it was asked for"
