"""The planted group: every part is there, behaves as described, and the truth says so."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import networkx as nx
import pytest

from caudal.world import MIN_ACCOUNTS, generate

LABELS = {
    "extortion", "hand-over", "smuggling fee", "funnel", "structuring", "mule layer", "trade shell", "facilitator fee",
    "goods purchase", "group spending",
}  # fmt: skip
PARTS = {
    "leader", "cell", "collector", "relative", "smuggling facilitator", "funnel", "structurer", "mule", "shell",
    "foreign front", "facilitator",
}  # fmt: skip


@dataclass
class Planted:
    db: duckdb.DuckDBPyConnection
    members: list[dict[str, str]]
    folder: Path

    def one(self, sql: str) -> float:
        row = self.db.execute(sql).fetchone()
        assert row is not None
        return float(row[0])

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        return self.db.execute(sql).fetchall()


def load(folder: Path) -> Planted:
    db = duckdb.connect()
    db.execute("set threads = 1; set timezone = 'UTC'")
    for name in ("transfers", "parties", "accounts", "institutions"):
        db.execute(f"create view {name} as from '{folder}/ledger/{name}.parquet'")
    db.execute(f"create view truth as from '{folder}/truth/accounts.parquet'")
    db.execute(f"create view owns as from '{folder}/ownership.parquet'")
    db.execute(
        f"""
        create table planted as
        select t.*, amount / (case currency when 'CLP' then 1 else 100 end) as units, units * rate as usd, label,
               scheme_id, x.coerced, p.role as payer_role, e.role as payee_role, e.listed as payee_listed
        from transfers t join '{folder}/truth/transfers.parquet' x using (transfer_id)
        join '{folder}/rates.csv' using (currency)
        join truth p on p.account_id = payer_account join truth e on e.account_id = payee_account
        where day = cast(time as date)
        """
    )
    with (folder / "lists" / "members.csv").open(encoding="utf-8") as file:
        return Planted(db, list(csv.DictReader(file)), folder)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    out = tmp_path_factory.mktemp("group") / "w"
    generate(out, accounts=12_000, days=90, seed=11)
    found = load(out)
    yield found
    found.db.close()


@pytest.mark.parametrize(("accounts", "seed"), [(MIN_ACCOUNTS, 0), (1000, 1), (1000, 2), (4000, 1)])
def test_at_least_one_of_each_in_a_small_world(tmp_path: Path, accounts: int, seed: int) -> None:
    generate(tmp_path / "w", accounts, 90, seed)
    small = load(tmp_path / "w")
    assert {r[0] for r in small.rows("select distinct role from truth where group_id is not null")} == PARTS
    assert {r[0] for r in small.rows("select distinct label from planted")} == LABELS
    assert small.one("select count(*) from truth where coerced") >= 4
    listed = small.one("select count(*) from truth where listed")
    assert 0.15 <= listed / small.one("select count(*) from truth where group_id is not null") <= 0.30
    small.db.close()


def test_shares_of_the_group(planted: Planted) -> None:
    group = planted.one("select count(*) from truth where group_id = 'tren-de-aragua'")
    assert 0.005 <= group / 12_000 <= 0.01
    assert 0.15 <= planted.one("select count(*) from truth where listed") / group <= 0.30
    assert planted.one("select count(*) from truth where listed and group_id is null") == 0
    for role in ("leader", "collector", "shell"):
        assert planted.one(f"select count(*) from truth where listed and role = '{role}'") > 0
    assert planted.one("select avg(listed::int) from truth where role = 'leader'") > 0.5


def test_coercion_is_marked_on_payers_and_payments_alike(planted: Planted) -> None:
    payers = {r[0] for r in planted.rows("select distinct payer_account from planted where coerced")}
    marked = {r[0] for r in planted.rows("select account_id from truth where coerced")}
    assert payers <= marked
    assert len(payers) > 0.9 * len(marked) > 0  # some are drawn in too late to pay within the window
    assert planted.one("select count(*) from truth where coerced and (listed or group_id is not null)") == 0
    assert {r[0] for r in planted.rows("select distinct label from planted where coerced")} == {"extortion"}
    assert planted.one("select count(*) from planted where label = 'extortion' and not coerced") == 0


def test_extortion_is_fixed_round_and_goes_to_one_collector(planted: Planted) -> None:
    sums = """
        select payer_account, count(distinct amount) as sums, count(*) as n from planted
        where label = 'extortion' group by 1
    """
    assert planted.one(f"select max(sums) from ({sums})") == 1
    assert planted.one(f"select max(n) from ({sums})") >= 10
    assert planted.one("select max(units % 5) from planted where label = 'extortion'") == 0
    collectors = """
        select scheme_id, count(distinct payer_account) as payers,
               count(distinct payee_account) filter (time < '2025-02-20' and payee_role = 'collector') as first
        from planted where label = 'extortion' group by 1
    """
    assert planted.one(f"select max(first) from ({collectors})") == 1
    assert planted.one(f"select min(payers) from ({collectors})") >= 5
    texts = {r[0] for r in planted.rows("select distinct purpose from planted where label = 'extortion'")}
    assert None in texts
    assert all(t is None or len(t.split()) <= 2 for t in texts)


def test_after_its_day_a_listed_collector_is_paid_less(planted: Planted) -> None:
    share = """
        select sum(usd) filter (payee_listed) / sum(usd) from planted
        where label = 'extortion' and payee_role = 'collector' and scheme_id in
        (select scheme_id from planted where label = 'extortion' and payee_listed) and time {when}
    """
    before = planted.one(share.format(when="< '2025-02-20'"))
    after = planted.one(share.format(when=">= '2025-03-15'"))
    assert before == 1
    assert after < 0.5


def test_structuring_stays_below_the_limit(planted: Planted) -> None:
    deposits = "from planted where label = 'structuring' and payer_role = 'cash' and currency = 'USD'"
    assert planted.one(f"select max(usd) {deposits}") < 10_000
    assert planted.one(f"select min(usd) {deposits}") > 8_500
    assert planted.one(f"select count(*) {deposits}") > 20


def test_funnels_take_cash_in_many_cities_and_wire_it_on_soon(planted: Planted) -> None:
    funnels = """
        select count(distinct payer_account) filter (payer_role = 'cash') as counters,
               sum(usd) filter (payee_role = 'funnel') as got, sum(usd) filter (payer_role = 'funnel') as sent
        from planted where label = 'funnel' group by scheme_id having got > 0
    """
    assert planted.one(f"select max(counters) from ({funnels})") >= 5
    assert 0.85 < planted.one(f"select sum(sent) / sum(got) from ({funnels})") < 1
    abroad = """
        select avg((p.country <> e.country)::int) from planted join accounts p on p.account_id = payer_account
        join accounts e on e.account_id = payee_account where label = 'funnel' and payer_role = 'funnel'
    """
    assert planted.one(abroad) > 0.3


def test_mules_keep_a_little_and_pass_the_rest_on_after_it_came(planted: Planted) -> None:
    layer = """
        with seen as (
            select payee_account as account, time, usd as got, 0 as sent from planted where payee_role = 'mule'
            union all select payer_account, time, 0, usd from planted where payer_role = 'mule'
        ), running as (
            select account, time, sum(got) over w as got, sum(sent) over w as sent from seen
            window w as (partition by account order by time range between unbounded preceding and current row)
        ) select {what} from running
    """
    assert planted.one(layer.format(what="max(sent - got)")) < 1.5  # rounding and the day's rate, never more than came
    kept = layer.format(what="account, 1 - max(sent) / max(got) as kept") + " group by account having max(got) > 5000"
    assert 0.02 < planted.one(f"select median(kept) from ({kept})") < 0.15
    hops = planted.rows("select payer_role, payee_role from planted where label = 'mule layer' group by all")
    assert {("mule", "mule"), ("mule", "shell"), ("collector", "mule")} <= set(hops)


def test_shells_pay_the_foreign_bank_and_goods_come_from_lawful_merchants(planted: Planted) -> None:
    held = """
        select count(*) from planted join accounts on account_id = payee_account
        join institutions using (institution_id) where label = 'trade shell' and name <> 'Banco Istmeño de Ultramar'
    """
    assert planted.one(held) == 0
    honest = """
        select count(*) from truth join accounts using (account_id) join institutions using (institution_id)
        where name = 'Banco Istmeño de Ultramar' and group_id is null and role <> 'bank'
    """
    assert planted.one(honest) > 0
    goods = "select count(*) from planted join truth on account_id = payee_account where label = 'goods purchase'"
    assert planted.one(goods) > 0
    assert planted.one(f"{goods} and group_id is not null") == 0
    invoiced = planted.one("select sum(usd) from planted where label = 'trade shell'")
    assert planted.one("select sum(usd) from planted where label = 'goods purchase'") < 0.7 * invoiced


def test_smuggling_payers_are_apart_from_the_coerced(planted: Planted) -> None:
    families = "from planted where label = 'smuggling fee' and payer_role = 'household'"
    assert planted.one(f"select count(*) {families} and coerced") == 0
    assert planted.one(f"select count(*) {families} and channel = 'remittance'") > 0
    parts = f"select count(*) as n {families} group by payer_account, scheme_id"
    assert planted.one(f"select median(n) from ({parts})") >= 3


def test_the_list_and_the_ledger_spell_names_apart(planted: Planted) -> None:
    listed = planted.rows(
        "select name from parties join accounts using (party_id) join truth using (account_id) where listed"
    )
    names = {r[0] for r in listed}
    on_list = {m["name"] for m in planted.members}
    same = len(names & on_list)
    assert 0.2 < same / len(names) < 0.8
    assert {m["group"] for m in planted.members} == {"tren-de-aragua"}
    assert {m["authority"] for m in planted.members} == {"SDGT"}
    days = [m["effective"] for m in planted.members]
    assert days.count("2025-02-20") > 0.5 * len(days)
    assert max(days) > "2025-02-20"
    assert {m["schema"] for m in planted.members} == {"Person", "Company"}
    assert len({m["entity_id"] for m in planted.members}) == len(planted.members)
    unknown = len(planted.members) - len(names)
    assert unknown > 0.3 * len(planted.members)


def test_namesakes_were_born_in_another_year(planted: Planted) -> None:
    years = {(m["name"].split()[0], m["name"].split()[-2]): m["birth_date"][:4] for m in planted.members}
    namesakes = planted.rows(
        "select name, birth_date from parties join accounts using (party_id) join truth using (account_id) "
        "where role = 'namesake'"
    )
    assert len(namesakes) >= 2
    for name, born in namesakes:
        words = str(name).split()
        assert (words[0], words[1]) in years
        assert born is None or str(born)[:4] != years[words[0], words[1]]


def test_some_payment_texts_name_a_listed_party(planted: Planted) -> None:
    named = planted.rows(
        "select purpose from planted where purpose like 'por cuenta de %' or purpose like 'pago a favor de %'"
    )
    assert len(named) >= 3
    innocent = planted.one("select count(*) from transfers where purpose like 'por cuenta de %'")
    assert innocent > len(named)


def test_ownership_holds_the_shapes_that_the_fifty_percent_rule_meets(planted: Planted) -> None:
    listed = {r[0] for r in planted.rows("select party_id from accounts join truth using (account_id) where listed")}
    rows = planted.rows("select owner_id, asset_id, share_min, share_max, kind from owns")
    assert all(0 <= low <= high <= 1_000_000 for _, _, low, high, _ in rows)  # type: ignore[operator]
    direct: dict[object, int] = {}
    for owner, asset, low, _, kind in rows:
        if kind == "owns" and owner in listed:
            direct[asset] = direct.get(asset, 0) + int(str(low))
    assert any(500_000 <= share < 1_000_000 for share in direct.values())
    assert any(250_000 <= share < 500_000 for share in direct.values())
    assert any(share == 1_000_000 for share in direct.values())
    graph = nx.DiGraph((owner, asset) for owner, asset, _, _, kind in rows if kind == "owns")
    assert not nx.is_directed_acyclic_graph(graph)
    assert any(kind == "acts for" and asset in listed for _, asset, _, _, kind in rows)
    total: dict[object, int] = {}
    for _, asset, low, _, kind in rows:
        if kind == "owns":
            total[asset] = total.get(asset, 0) + int(str(low))
    assert max(total.values()) <= 1_000_000
    ordinary = [a for a in total if a not in direct]
    assert len(ordinary) > 500


def test_no_ordinary_flow_of_the_world_is_labelled(planted: Planted) -> None:
    neither = """
        select count(*) from planted join truth p on p.account_id = payer_account
        join truth e on e.account_id = payee_account
        where p.group_id is null and e.group_id is null and label <> 'smuggling fee'
    """
    assert planted.one(neither) == 0
