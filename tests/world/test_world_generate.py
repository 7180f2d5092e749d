"""The workspace a world is written as, its invariants, and that the same arguments give the same bytes."""

from __future__ import annotations

import csv
import tomllib
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from caudal.storage import file_hash, read_table
from caudal.tables import ACCOUNTS, INSTITUTIONS, OWNERSHIP, PARTIES, TRANSFERS, TRUTH_ACCOUNTS, TRUTH_TRANSFERS
from caudal.world import generate

FILES = {
    "caudal.toml",
    "ledger/accounts.parquet",
    "ledger/institutions.parquet",
    "ledger/parties.parquet",
    "ledger/transfers.parquet",
    "lists/members.csv",
    "ownership.parquet",
    "rates.csv",
    "truth/accounts.parquet",
    "truth/transfers.parquet",
}


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): file_hash(p) for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("worlds") / "small"
    generate(out, accounts=1000, days=60, seed=3)
    return out


def test_it_writes_the_whole_workspace(small: Path) -> None:
    assert set(contents(small)) == FILES
    assert not [p for p in small.parent.iterdir() if p != small]


def test_same_arguments_same_bytes(small: Path, tmp_path: Path) -> None:
    generate(tmp_path / "again", accounts=1000, days=60, seed=3)
    assert contents(tmp_path / "again") == contents(small)


def test_another_seed_gives_another_world(small: Path, tmp_path: Path) -> None:
    generate(tmp_path / "other", accounts=1000, days=60, seed=4)
    before, after = contents(small), contents(tmp_path / "other")
    assert all(before[f] != after[f] for f in FILES - {"ledger/institutions.parquet"})


def test_the_group_id_does_not_reshuffle_the_world(small: Path, tmp_path: Path) -> None:
    generate(tmp_path / "other", accounts=1000, days=60, seed=3, group="made-up-gang")
    before, after = contents(small), contents(tmp_path / "other")
    assert before["ledger/transfers.parquet"] == after["ledger/transfers.parquet"]
    assert set(read_table(tmp_path / "other" / "truth/accounts.parquet", TRUTH_ACCOUNTS)["group_id"].to_pylist()) == {
        None,
        "made-up-gang",
    }


def test_settings_are_readable_and_point_to_what_is_there(small: Path) -> None:
    text = (small / "caudal.toml").read_text(encoding="utf-8")
    settings = tomllib.loads(text)
    assert settings["as_of"] == date(2025, 1, 6) + timedelta(days=60)
    assert settings["groups"] == ["tren-de-aragua"]
    assert settings["base_currency"] == "USD"
    assert "invented" in settings["note"]
    paths = [settings["lists"][0]["path"], settings["ledger"]["path"], settings["rates"]["path"]]
    paths += [settings["ownership"]["path"], *settings["truth"].values()]
    assert all((small / p).exists() for p in paths)
    assert text.count("\n#") >= 5


def test_tables_have_their_shapes(small: Path) -> None:
    assert read_table(small / "ledger/accounts.parquet", ACCOUNTS).num_rows == 1000
    for name, shape in (("parties", PARTIES), ("institutions", INSTITUTIONS)):
        table = read_table(small / f"ledger/{name}.parquet", shape)
        assert len(pc.unique(table.column(0))) == table.num_rows
    read_table(small / "ownership.parquet", OWNERSHIP)
    assert read_table(small / "truth/accounts.parquet", TRUTH_ACCOUNTS).num_rows == 1000
    read_table(small / "truth/transfers.parquet", TRUTH_TRANSFERS)
    transfers = pq.read_schema(small / "ledger/transfers.parquet")
    expected = [f for f in TRANSFERS.schema if f.name not in ("amount_base", "source_row", "via")]
    assert [(f.name, f.type) for f in transfers] == [(f.name, f.type) for f in expected]


def test_transfers_are_sound(small: Path) -> None:
    table = pq.read_table(small / "ledger/transfers.parquet")
    accounts = read_table(small / "ledger/accounts.parquet", ACCOUNTS)["account_id"].combine_chunks()
    assert len(pc.unique(accounts)) == len(accounts)
    assert table.num_rows > 10_000
    ids = table["transfer_id"].to_pylist()
    assert ids == [f"T{n + 1:011d}" for n in range(len(ids))]
    times = table["time"].to_pylist()
    assert times == sorted(times)
    assert times[0] >= datetime(2025, 1, 6, tzinfo=UTC)
    assert times[-1] < datetime(2025, 1, 6, tzinfo=UTC) + timedelta(days=60)
    assert pc.min(table["amount"]).as_py() > 0
    for side in ("payer_account", "payee_account"):
        assert pc.all(pc.is_in(table[side], value_set=accounts)).as_py()
    assert not pc.any(pc.equal(table["payer_account"], table["payee_account"])).as_py()


def test_ids_join_up(small: Path) -> None:
    accounts = read_table(small / "ledger/accounts.parquet", ACCOUNTS)
    parties = read_table(small / "ledger/parties.parquet", PARTIES)["party_id"].combine_chunks()
    institutions = read_table(small / "ledger/institutions.parquet", INSTITUTIONS)["institution_id"].combine_chunks()
    assert pc.all(pc.is_in(accounts["party_id"], value_set=parties)).as_py()
    assert pc.all(pc.is_in(parties, value_set=accounts["party_id"].combine_chunks())).as_py()
    assert pc.all(pc.is_in(accounts["institution_id"], value_set=institutions)).as_py()
    ownership = read_table(small / "ownership.parquet", OWNERSHIP)
    for side in ("owner_id", "asset_id"):
        assert pc.all(pc.is_in(ownership[side], value_set=parties)).as_py()
    truth = read_table(small / "truth/accounts.parquet", TRUTH_ACCOUNTS)
    assert truth["account_id"].to_pylist() == accounts["account_id"].to_pylist()
    ledger = pq.read_table(small / "ledger/transfers.parquet")
    planted = read_table(small / "truth/transfers.parquet", TRUTH_TRANSFERS)
    assert pc.all(pc.is_in(planted["transfer_id"], value_set=ledger["transfer_id"].combine_chunks())).as_py()
    assert len(pc.unique(planted["transfer_id"])) == planted.num_rows


def test_rates_cover_every_day_and_currency(small: Path) -> None:
    with (small / "rates.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["day", "currency", "rate"]
    days = {(date(2025, 1, 6) + timedelta(days=n)).isoformat() for n in range(61)}
    used = set(pq.read_table(small / "ledger/transfers.parquet")["currency"].to_pylist())
    assert used == {"USD", "MXN", "COP", "VES", "PEN", "CLP", "GTQ", "BRL"}
    assert {(r["day"], r["currency"]) for r in rows} == {(d, c) for d in days for c in used}
    assert all(float(r["rate"]) > 0 for r in rows)
    assert {r["rate"] for r in rows if r["currency"] == "USD"} == {"1"}
    by_day = [float(r["rate"]) for r in rows if r["currency"] == "MXN"]
    assert max(abs(b / a - 1) for a, b in pairwise(by_day)) < 0.04
    assert len(set(by_day)) == len(by_day)


def test_progress_is_reported_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    generate(tmp_path / "w", accounts=700, days=5, seed=0, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert len({total for _, total in seen}) == 1
    assert seen[-1][0] == seen[-1][1] == len(seen)
