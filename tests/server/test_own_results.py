"""Caudal's own questions about a workspace: what the server answers is what the tables say."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pyarrow.compute as pc
import pytest
from fastapi.testclient import TestClient

import caudal
from caudal.server import Settings, create_app
from caudal.server.desk import EXPLAINERS
from caudal.workspace.state import State


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("results") / "world"
    caudal.generate(folder, accounts=600, days=60, seed=11)
    toml = folder / "caudal.toml"
    text = toml.read_text().replace(
        '["terrorism-framework", "law-enforcement", "aimed", "aimed-before", "none"]', '["terrorism-framework", "none"]'
    )
    toml.write_text(text.replace("[impact]", "[impact]\ndraws = 40"))
    return caudal.run(folder)


@pytest.fixture(scope="module")
def client(run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with asking(run.workspace, tmp_path_factory.mktemp("data")) as client:
        yield client


def asking(workspace: Path | None, data: Path) -> TestClient:
    return TestClient(create_app(Settings(workspace=workspace, data=data)), base_url="http://localhost")


def test_an_exposure_is_what_tracing_found(client: TestClient, run) -> None:
    table = run.table("exposures")
    account = table.sort_by([("indirect", "descending")])["account_id"][0].as_py()
    answer = client.get(f"/exposure/{account}").json()
    rows = table.filter(pc.equal(table["account_id"], account)).to_pylist()
    keys = ("group_id", "direction", "method", "direct", "indirect", "held", "turnover", "unexplained", "hops")
    assert sorted(tuple(e[k] for k in keys) for e in answer["exposures"]) == sorted(
        tuple(r[k] for k in keys) for r in rows
    )
    amounts = [e["direct"] + e["indirect"] for e in answer["exposures"]]
    assert amounts == sorted(amounts, reverse=True)
    assert (answer["currency"], answer["digits"], answer["counted_as_own"]) == ("USD", 2, {})
    for exposure in answer["exposures"]:
        for split in exposure["by_designation"]:
            assert split["direct_before"] + split["direct_after"] == exposure["direct"]
    one = client.get(f"/exposure/{account}", params={"method": "fifo", "direction": "forward"}).json()["exposures"]
    assert one == [e for e in answer["exposures"] if (e["method"], e["direction"]) == ("fifo", "forward")]


def test_an_account_of_the_group_says_why_it_is_taken_for_one(client: TestClient, run) -> None:
    (group, accounts), *_ = run.context.seeds.accounts.items()
    answer = client.get(f"/exposure/{accounts[0]}").json()
    assert "possible match" in answer["counted_as_own"][group] or "%" in answer["counted_as_own"][group]
    assert client.get(f"/exposure/{accounts[0]}/paths").status_code == 200


def test_paths_are_chains_of_real_payments_that_bring_no_more_than_the_exposure(client: TestClient, run) -> None:
    payments = {r["transfer_id"]: r for r in run.table("transfers").to_pylist()}
    table = run.table("exposures")
    table = table.filter(pc.and_(pc.equal(table["method"], "proportional"), pc.greater(table["hops"], 1)))
    account = table.sort_by([("indirect", "descending")])["account_id"][0].as_py()
    answer = client.get(f"/exposure/{account}/paths", params={"limit": 3}).json()
    assert answer["paths"]
    for path in answer["paths"]:
        steps = path["steps"]
        assert [s["step"] for s in steps] == list(range(1, len(steps) + 1))
        assert all(a["payee_account"] == b["payer_account"] for a, b in pairwise(steps))
        assert account == (steps[-1]["payee_account"] if path["direction"] == "forward" else steps[0]["payer_account"])
        assert all(s["amount_base"] == payments[s["transfer_id"]]["amount_base"] >= s["part"] for s in steps)
    for explained in answer["explained"]:
        ways = [p for p in answer["paths"] if all(p[k] == explained[k] for k in ("group_id", "direction"))]
        assert sum(p["reached"] for p in ways) <= explained["amount"] + len(ways)
        assert len(ways) <= 3


def test_only_a_few_explainers_are_kept(client: TestClient, run) -> None:
    opened = client.app.state.caudal.desk.open()
    (group, _), *_ = run.context.seeds.accounts.items()
    first = opened.explainer(group, "forward")
    assert opened.explainer(group, "forward") is first
    opened.explainer(group, "backward")
    assert len(opened._explainers) <= EXPLAINERS


def test_impact_is_what_was_assessed(client: TestClient, run) -> None:
    known = client.get("/impact").json()["scenarios"]
    assert known == ["terrorism framework", "none"]
    answer = client.get("/impact/terrorism-framework").json()
    rows = [r for r in run.table("outcomes").to_pylist() if r["scenario"] == "terrorism framework"]
    assert [(o["measure"], o["low"], o["mid"], o["high"]) for o in answer["outcomes"]] == [
        (r["measure"], r["low"], r["mid"], r["high"]) for r in rows
    ]
    named = {a["name"] for a in answer["assumptions"]}
    assert {n for o in answer["outcomes"] for n in o["rests_on"] or ()} <= named
    for outcome in answer["outcomes"]:
        if outcome["drawn"]:
            assert outcome["low"] <= outcome["drawn"]["p05"] <= outcome["drawn"]["p95"] <= outcome["high"]
    assert answer == client.get("/impact/terrorism framework").json()


def test_pages_of_the_affected_are_the_whole_once(client: TestClient, run) -> None:
    table = run.table("affected")
    rows = [r for r in table.to_pylist() if r["scenario"] == "terrorism framework"]
    seen, offset = [], 0
    while True:
        page = client.get("/impact/terrorism-framework/affected", params={"limit": 7, "offset": offset}).json()
        assert page["total"] == len(rows)
        if not page["affected"]:
            break
        seen += page["affected"]
        offset += 7
    key = lambda r: (r["effect"], r["subject_id"], r["group_id"], r["role"], r["amount"], r["reason"])  # noqa: E731
    assert sorted(map(key, seen)) == sorted(map(key, rows))
    roles = {r["role"] for r in client.get("/impact/terrorism-framework/affected?effect=blocked").json()["affected"]}
    assert roles == {r["role"] for r in rows if r["effect"] == "blocked"}
    assert "immigration" not in client.get("/impact/terrorism-framework/affected?limit=500").text.replace(
        page["notice"], ""
    )


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/exposure/nobody", 404),
        ("/exposure/nobody/paths", 404),
        ("/impact/nothing", 404),
        ("/impact/nothing/affected", 404),
        ("/impact/none/affected?limit=501", 422),
        ("/exposure/x?method=guess", 422),
    ],
)
def test_what_is_not_there(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_without_a_workspace_it_says_so(tmp_path: Path) -> None:
    client = asking(None, tmp_path)
    for path in ("/impact", "/exposure/a", "/impact/none"):
        answer = client.get(path)
        assert (answer.status_code, "workspace" in answer.json()["detail"]) == (404, True)


def test_a_run_in_between_is_never_mixed(run, tmp_path: Path) -> None:
    folder = tmp_path / "world"
    shutil.copytree(run.workspace, folder)
    client = asking(folder, tmp_path / "data")
    account = run.table("exposures")["account_id"][0].as_py()
    before = client.get(f"/exposure/{account}").json()
    state = State.load(folder / "tables")
    tracing = state.stages["tracing"]
    tracing.files = {**tracing.files, "exposures.parquet": "0" * 32}
    state.save()
    assert client.get(f"/exposure/{account}").status_code == 503
    assert str(folder) not in client.get(f"/exposure/{account}").text
    caudal.run(folder)
    after = client.get(f"/exposure/{account}").json()
    assert after["results"] != before["results"]
    assert after["exposures"] == before["exposures"]
