"""Twins: the same world with a measure in force. What holds for every one of them, and what a measure changes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.storage import file_hash, read_table
from caudal.tables import TRUTH_EFFECTS
from caudal.world import Measure, generate
from caudal.world.calendar import Calendar
from caudal.world.generation import found, live

DAY = date(2025, 2, 20)
START = datetime(2025, 2, 20, tzinfo=UTC)
WARY = {"close_exposed": 0.5, "close_alike": 0.3, "refuse_alike": 0.5, "stop_corridor": 0.7, "dearer": 0.4}
COLUMNS = ["transfer_id", "time", "payer_account", "payee_account", "amount", "currency", "channel", "purpose"]


def make(folder: Path, **more: Any) -> Path:
    generate(folder, 2500, 120, 5, listed_move=False, **more)
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("twins") / "base")


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    measure = {"day": DAY, "freeze": {"listed": True}, "institutions": WARY}
    return make(tmp_path_factory.mktemp("twins") / "twin", measure=measure)


def transfers(folder: Path) -> pa.Table:
    return pq.read_table(folder / "ledger/transfers.parquet").select(COLUMNS)


def effects(folder: Path) -> pa.Table:
    return read_table(folder / "truth/effects.parquet", TRUTH_EFFECTS)


def group_accounts(folder: Path, *, listed: bool | None = None, role: str | None = None) -> list[str]:
    rows = pq.read_table(folder / "truth/accounts.parquet").to_pylist()
    return [
        r["account_id"]
        for r in rows
        if r["group_id"] and (listed is None or r["listed"] == listed) and (role is None or r["role"] == role)
    ]


def test_everything_before_the_day_is_the_same(base: Path, twin: Path) -> None:
    before, after = (transfers(f).filter(pc.less(transfers(f)["time"], START)) for f in (base, twin))
    assert before.num_rows > 1000
    assert before.equals(after)
    for name in ("ledger/parties", "ledger/accounts", "ledger/institutions", "ownership"):
        assert file_hash(base / f"{name}.parquet") == file_hash(twin / f"{name}.parquet")
    assert (base / "lists/members.csv").read_bytes() == (twin / "lists/members.csv").read_bytes()
    assert pc.min(effects(twin)["time"]).as_py() >= START


def test_same_arguments_same_bytes(twin: Path, tmp_path: Path) -> None:
    again = make(tmp_path / "again", measure={"day": DAY, "freeze": {"listed": True}, "institutions": WARY})
    files = [p.relative_to(twin) for p in sorted(twin.rglob("*")) if p.is_file()]
    assert [file_hash(twin / f) for f in files] == [file_hash(again / f) for f in files]
    assert json.loads((twin / "truth/measure.json").read_text())["day"] == "2025-02-20"


def test_every_intended_payment_is_made_or_named_once(base: Path, twin: Path) -> None:
    con = duckdb.connect()
    con.execute(f"CREATE VIEW base AS SELECT * FROM '{base}/ledger/transfers.parquet'")
    con.execute(f"CREATE VIEW twin AS SELECT * FROM '{twin}/ledger/transfers.parquet'")
    con.execute(f"CREATE VIEW effects AS SELECT * FROM '{twin}/truth/effects.parquet'")
    rest = ", ".join(COLUMNS[1:])
    # What is not named as changed is in the twin as it was, nothing else is there, and nothing is there twice.
    assert (
        con.sql(
            f"""(SELECT {rest} FROM base WHERE transfer_id NOT IN (SELECT transfer_id FROM effects))
            EXCEPT ALL (SELECT {rest} FROM twin WHERE transfer_id NOT IN
            (SELECT twin_id FROM effects WHERE twin_id IS NOT NULL))"""
        ).fetchall()
        == []
    )
    one, two, three, four = con.sql(
        """SELECT (SELECT count(*) FROM base), (SELECT count(*) FROM twin), count(*), count(twin_id)
           FROM effects"""
    ).fetchall()[0]
    assert two == one - three + four
    assert three == con.sql("SELECT count(DISTINCT transfer_id) FROM effects").fetchall()[0][0]
    assert four == con.sql("SELECT count(*) FROM effects JOIN twin ON twin_id = twin.transfer_id").fetchall()[0][0]
    wrong = con.sql(
        """SELECT e.* FROM effects e JOIN base b USING (transfer_id) LEFT JOIN twin t ON e.twin_id = t.transfer_id
           WHERE e.time <> b.time OR e.payer_account <> b.payer_account OR e.payee_account <> b.payee_account
              OR (e.outcome = 'stopped') <> (e.moved = 0 AND e.way IS NULL)
              OR (e.outcome = 'delayed' AND t.time < b.time)
              OR (e.outcome = 're-routed' AND t.payer_account = b.payer_account AND t.payee_account = b.payee_account)
              OR (e.outcome IN ('smaller', 'larger')
                  AND (t.payer_account <> b.payer_account OR t.payee_account <> b.payee_account OR t.time <> b.time))
              OR (e.outcome = 'smaller' AND t.amount >= b.amount) OR (e.outcome = 'larger' AND t.amount <= b.amount)"""
    )
    assert wrong.fetchall() == []
    outcomes = {r[0] for r in con.sql("SELECT DISTINCT outcome FROM effects").fetchall()}
    assert outcomes == {"stopped", "delayed", "re-routed", "smaller", "larger"}
    assert con.sql("SELECT count(*) FROM effects WHERE cause = ''").fetchall() == [(0,)]


def test_a_frozen_account_moves_nothing(base: Path, twin: Path) -> None:
    frozen = pa.array(group_accounts(base, listed=True))
    assert len(frozen) >= 5
    day_of = {}
    for line in (base / "lists/members.csv").read_text().splitlines()[1:]:
        day_of[line.split(",")[2]] = line.split(",")[10]
    late = set(day_of.values()) - {"2025-02-20"}
    assert late  # some listings take effect later, and are frozen later
    last = datetime.fromisoformat(max(late)).replace(tzinfo=UTC)

    def moved(folder: Path, since: datetime) -> int:
        table = transfers(folder).filter(pc.greater_equal(transfers(folder)["time"], since))
        touched = pc.or_(*(pc.is_in(table[c], value_set=frozen) for c in ("payer_account", "payee_account")))
        return int(pc.sum(touched).as_py() or 0)

    assert moved(base, last) > 0
    assert moved(twin, last) == 0


def test_nobody_in_the_place_of_another_pays_out_more_than_came_in(base: Path, twin: Path) -> None:
    recruits = set(group_accounts(twin)) - set(group_accounts(base))
    assert recruits
    con = duckdb.connect()
    con.execute(f"CREATE VIEW e AS SELECT * FROM '{twin}/truth/effects.parquet' WHERE twin_id IS NOT NULL")
    con.execute(f"CREATE VIEW t AS SELECT * FROM '{twin}/ledger/transfers.parquet'")
    sums = con.sql(
        """SELECT account, sum(came), sum(went) FROM (
             SELECT payee_account AS account, moved AS came, 0 AS went FROM (SELECT t.payee_account, e.moved FROM e
               JOIN t ON e.twin_id = t.transfer_id WHERE flow <> 'lawful')
             UNION ALL SELECT payer_account, 0, moved FROM (SELECT t.payer_account, e.moved FROM e
               JOIN t ON e.twin_id = t.transfer_id WHERE flow <> 'lawful')) GROUP BY account"""
    ).fetchall()
    checked = [(came, went) for account, came, went in sums if account in recruits]
    assert any(went > 0 for _, went in checked)
    assert all(went <= came * 1.02 + 100 for came, went in checked)  # exchange rates move between the two


def test_a_measure_that_touches_nothing_changes_nothing(base: Path, tmp_path: Path) -> None:
    table = transfers(base)
    late = table.filter(pc.greater_equal(table["time"], START))
    busy = {*late["payer_account"].to_pylist(), *late["payee_account"].to_pylist()}
    accounts = pq.read_table(base / "ledger/accounts.parquet").filter(pc.field("pooled") == False)  # noqa: E712
    idle = [a for a in accounts["account_id"].to_pylist() if a not in busy]
    assert idle
    quiet = make(tmp_path / "quiet", measure={"day": DAY, "freeze": {"accounts": idle}})
    assert effects(quiet).num_rows == 0
    assert file_hash(quiet / "ledger/transfers.parquet") == file_hash(base / "ledger/transfers.parquet")
    assert file_hash(quiet / "truth/accounts.parquet") == file_hash(base / "truth/accounts.parquet")


def test_links_change_no_payment() -> None:
    worlds = [found(900, Calendar(date(2025, 1, 6), 80), 7, linked) for linked in (False, True)]
    plain, linked = (live(world, lambda: None)[0] for world in worlds)
    assert plain.draws is None
    for name in ("time", "payer", "payee", "amount", "currency", "channel", "purpose", "label", "scheme", "coerced"):
        assert np.array_equal(getattr(plain, name), getattr(linked, name))
    with pytest.raises(ValueError, match="not linked"):
        _ = plain.links


def test_money_is_drawn_after_it_came_and_by_whom_it_came_to() -> None:
    world = found(900, Calendar(date(2025, 1, 6), 80), 7, linked=True)
    paid = live(world, lambda: None)[0]
    draws, feeds = paid.links
    usd = world.money.usd(paid.amount, paid.currency.astype(np.int64), world.calendar.day_of(paid.time))
    came, last = np.zeros(world.funds.count), np.zeros(world.funds.count, dtype=np.int64)
    to = np.full(world.funds.count, -1)
    for row in np.flatnonzero(feeds >= 0).tolist():
        came[feeds[row]] += usd[row]
        last[feeds[row]] = max(last[feeds[row]], paid.time[row])
        to[feeds[row]] = paid.payee[row]
    drawn = np.flatnonzero((draws >= 0) & (paid.label >= 0))
    assert len(drawn) > 50
    assert (came[draws[drawn]] > 0).mean() > 0.95  # the others were fed before the window
    assert np.all(paid.time[drawn] >= last[draws[drawn]])
    pooled = world.book.account_pooled
    own = drawn[(came[draws[drawn]] > 0) & ~pooled[paid.payer[drawn]]]
    assert np.array_equal(to[draws[own]], paid.payer[own])


def test_freezing_more_stops_no_less_directly(base: Path, tmp_path: Path) -> None:
    few, more = group_accounts(base, role="collector"), group_accounts(base)
    assert set(few) < set(more)
    touched = []
    for name, accounts in (("few", few), ("more", more)):
        measure = {"day": DAY, "freeze": {"accounts": sorted(accounts)}, "institutions": WARY}
        table = effects(make(tmp_path / name, measure=measure))
        direct = table.filter(pc.is_valid(table["blocked"]))
        frozen = direct.filter(pc.equal(direct["cause"], "account frozen"))
        touched.append((set(direct["transfer_id"].to_pylist()), set(table["transfer_id"].to_pylist())))
        assert frozen.num_rows > 0
    assert touched[0][0] <= touched[1][1]
    assert len(touched[0][0]) < len(touched[1][0])


def income(folder: Path) -> int:
    """USD cents of extortion that reached the group after the day."""
    con = duckdb.connect()
    lost = con.sql(
        f"SELECT sum(amount - moved) FROM '{folder}/truth/effects.parquet' WHERE kind = 'extortion'"
    ).fetchall()[0][0]
    return int(lost or 0)


def test_a_group_that_cannot_adapt_loses_more(base: Path, tmp_path: Path) -> None:
    freeze = {"accounts": group_accounts(base, role="collector")}
    lost = []
    for name, rules in (
        ("rigid", {"spare": 0, "recruits_per_month": 0}),
        ("slow", {"spare": 0.2, "recruits_per_month": 0.05, "recruit_days": [30, 60]}),
        ("nimble", {"spare": 3, "recruits_per_month": 1, "recruit_days": [0, 1], "notice_days": [0, 0], "arrears": 1}),
    ):
        lost.append(income(make(tmp_path / name, measure={"day": DAY, "freeze": freeze, "group": rules})))
    assert lost[0] > lost[1] > lost[2] >= 0
    table = effects(tmp_path / "rigid")
    asked = table.filter(pc.equal(table["kind"], "extortion"))
    assert set(asked["outcome"].to_pylist()) == {"stopped"}
    assert pc.all(asked["coerced"]).as_py()
    # Without income nothing is passed on.
    assert "money did not come" in table.filter(pc.equal(table["flow"], "laundering"))["cause"].to_pylist()


def test_a_stopped_corridor_stops_its_remittances_until_senders_find_a_way(base: Path, tmp_path: Path) -> None:
    measure = {
        "day": DAY,
        "institutions": {"corridors": ["gt"]},
        "customers": {"other_channel": 1, "informal": 0.5},
    }
    table = effects(make(tmp_path / "all", measure=measure))
    sent = table.filter(pc.equal(table["kind"], "remittance"))
    assert sent.num_rows > 20
    assert set(sent["cause"].to_pylist()) == {"corridor stopped"}
    assert set(sent["outcome"].to_pylist()) == {"stopped"}  # every agent stopped: there is no other channel
    assert set(table.filter(pc.not_equal(table["flow"], "lawful"))["kind"].to_pylist()) <= {
        "smuggling fee",
        "laundering",
    } | {"group spending"}
    measure["customers"] = {"other_channel": 0, "informal": 1, "search_days": [0, 0], "later": 1}
    by_hand = effects(make(tmp_path / "hand", measure=measure))
    by_hand = by_hand.filter(pc.equal(by_hand["kind"], "remittance"))
    assert set(by_hand["way"].to_pylist()) == {"by hand"}
    assert pc.sum(by_hand["moved"]).as_py() == 0


def test_a_frozen_firm_pays_no_wages(base: Path, tmp_path: Path) -> None:
    con = duckdb.connect()
    firm, count = con.sql(
        f"""SELECT payer_account, count(*) AS n FROM '{base}/ledger/transfers.parquet' JOIN
            '{base}/truth/accounts.parquet' ON payer_account = account_id
            WHERE purpose IN ('nómina', 'payroll', 'salário') AND time >= '2025-02-20' AND role <> 'payroll'
              AND role <> 'government' GROUP BY ALL ORDER BY n DESC LIMIT 1"""
    ).fetchall()[0]
    table = effects(make(tmp_path / "firm", measure={"day": DAY, "freeze": {"accounts": [firm]}}))
    lost = table.filter(pc.and_(pc.equal(table["kind"], "wage"), pc.equal(table["payer_account"], firm)))
    assert lost.num_rows == count
    assert set(lost["outcome"].to_pylist()) == {"stopped"}
    assert set(lost["blocked"].to_pylist()) == {"payer"}


def test_a_payroll_firm_pays_only_what_its_clients_paid_in(base: Path, tmp_path: Path) -> None:
    con = duckdb.connect()
    client, payroll = con.sql(
        f"""SELECT payer_account, payee_account FROM '{base}/ledger/transfers.parquet'
            WHERE purpose IN ('servicio de nómina', 'payroll service', 'serviço de folha') AND time >= '2025-02-22'
            LIMIT 1"""
    ).fetchall()[0]
    table = effects(make(tmp_path / "client", measure={"day": DAY, "freeze": {"accounts": [client]}}))
    unpaid = table.filter(pc.and_(pc.equal(table["payer_account"], payroll), pc.equal(table["kind"], "wage")))
    assert unpaid.num_rows > 0
    assert set(unpaid["cause"].to_pylist()) == {"money did not come"}
    assert set(unpaid["outcome"].to_pylist()) == {"stopped"}


BAD: list[tuple[dict[str, Any], str]] = [
    ({"freeze": {"accounts": ["nobody"]}}, "freeze.accounts"),
    ({"freeze": {"parties": ["P9999999"]}}, "freeze.parties"),
    ({"freeze": {"accounts": ["a", "a"]}}, "freeze.accounts"),
    ({"freeze": {"listed": True}, "day": date(2024, 1, 1)}, "day"),
    ({"freeze": {"listed": True}, "day": date(2025, 5, 6)}, "day"),
    ({"freeze": {}}, "freeze"),
    ({"freeze": {"listed": True}, "group": {"spare": -1}}, "group.spare"),
    ({"freeze": {"listed": True}, "group": {"recruit_days": [40, 10]}}, "group.recruit_days"),
    ({"freeze": {"listed": True}, "institutions": {"corridors": ["us"]}}, "institutions.corridors"),
    ({"freeze": {"listed": True}, "customers": {"later": float("nan")}}, "customers.later"),
    ({"freeze": {"listed": True}, "customers": {"nonsense": 1}}, "customers.nonsense"),
]


@pytest.mark.parametrize(("keys", "field"), BAD)
def test_bad_measures_are_named(tmp_path: Path, keys: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        make(tmp_path / "w", measure={"day": DAY, **keys})
    assert caught.value.field == field
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_contradictions_are_named(base: Path, tmp_path: Path) -> None:
    accounts = pq.read_table(base / "ledger/accounts.parquet").to_pylist()
    pooled = next(a for a in accounts if a["pooled"])
    held = next(a for a in accounts if not a["pooled"])
    for freeze, word in (
        ({"accounts": [pooled["account_id"]]}, "pooled"),
        ({"accounts": [held["account_id"]], "parties": [held["party_id"]]}, "frozen already"),
    ):
        with pytest.raises(InputError, match=word):
            make(tmp_path / "w", measure={"day": DAY, "freeze": freeze})
    assert list(tmp_path.iterdir()) == []


def test_a_measure_file(tmp_path: Path) -> None:
    file = tmp_path / "measure.toml"
    file.write_text('name = "all"\nday = 2025-02-20\n[freeze]\nlisted = true\n[group]\nspare = 1.5\n')
    measure = Measure.load(file)
    assert (measure.name, measure.day, measure.group.spare) == ("all", DAY, 1.5)
    file.write_text("day = 2025-02-20\n[freeze]\nlisted = 3\n")
    with pytest.raises(InputError) as caught:
        Measure.load(file)
    assert (caught.value.file, caught.value.field) == (str(file), "freeze.listed")
    file.write_text("day = [")
    with pytest.raises(InputError, match="TOML"):
        Measure.load(file)
    with pytest.raises(InputError, match="no such file"):
        Measure.load(tmp_path / "none.toml")


SHARES = st.sampled_from([0.0, 0.3, 1.0])


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    day=st.integers(0, 39),
    spare=st.sampled_from([0.0, 0.5, 5.0]),
    shares=st.lists(SHARES, min_size=12, max_size=12),
)
def test_it_holds_for_any_small_twin(
    tmp_path_factory: pytest.TempPathFactory, seed: int, day: int, spare: float, shares: list[float]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    names = (
        "close_exposed",
        "close_alike",
        "refuse_alike",
        "stop_corridor",
        "stop_other_corridor",
        "lose_bank",
        "dearer",
    )
    begin = date(2025, 2, 1).toordinal() + day
    measure = Measure(
        day=date.fromordinal(begin),
        freeze={"listed": True},
        institutions=dict(zip(names, shares, strict=False)),
        customers={"other_channel": shares[7], "informal": shares[8], "later": shares[9]},
        group={"spare": spare, "recruits_per_month": shares[10], "arrears": shares[11], "waits": shares[11]},
    )
    generate(folder / "b", 700, 40, seed, date(2025, 2, 1))
    generate(folder / "t", 700, 40, seed, date(2025, 2, 1), measure=measure)
    test_every_intended_payment_is_made_or_named_once_in(folder / "b", folder / "t")


def test_every_intended_payment_is_made_or_named_once_in(base: Path, twin: Path) -> None:
    one, two, table = transfers(base), transfers(twin), effects(twin)
    assert two.num_rows == one.num_rows - table.num_rows + len(table["twin_id"].drop_null())
    assert len(pc.unique(table["transfer_id"])) == table.num_rows
    times = two["time"].cast(pa.int64()).to_numpy()
    assert np.all(np.diff(times) >= 0)
    assert pc.min(two["amount"]).as_py() > 0 if two.num_rows else True
    assert not pc.any(pc.equal(two["payer_account"], two["payee_account"])).as_py()
    stopped = table.filter(pc.equal(table["outcome"], "stopped"))
    assert stopped["twin_id"].null_count == stopped.num_rows
