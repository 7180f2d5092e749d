"""Ordinary life: is the made-up economy balanced, and does it show the published figures it is built on?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from caudal.world import generate

Query = duckdb.DuckDBPyConnection


def open_world(folder: Path) -> Query:
    """The world's tables as views; `paid` has the amount in USD and the truth of both sides."""
    db = duckdb.connect()
    db.execute("set threads = 1; set timezone = 'UTC'")
    for name in ("transfers", "parties", "accounts", "institutions"):
        db.execute(f"create view {name} as from '{folder}/ledger/{name}.parquet'")
    db.execute(f"create view truth as from '{folder}/truth/accounts.parquet'")
    db.execute(f"create view planted as from '{folder}/truth/transfers.parquet'")
    db.execute(f"create view rates as from '{folder}/rates.csv'")
    db.execute(
        """
        create table paid as
        select t.*, amount / (case currency when 'CLP' then 1 else 100 end) * rate as usd,
               p.role as payer_role, e.role as payee_role, label, scheme_id, coalesce(planted.coerced, false) as coerced
        from transfers t
        join rates using (currency) left join planted using (transfer_id)
        join truth p on p.account_id = payer_account join truth e on e.account_id = payee_account
        where day = cast(time as date)
        """
    )
    return db


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Query]:
    out = tmp_path_factory.mktemp("economy") / "w"
    generate(out, accounts=12_000, days=90, seed=5)
    with open_world(out) as db:
        yield db


def value(db: Query, sql: str) -> float:
    row = db.execute(sql).fetchone()
    assert row is not None
    return float(row[0])


def test_every_transfer_has_a_rate(world: Query) -> None:
    assert value(world, "select count(*) from paid") == value(world, "select count(*) from transfers")


def test_remittances_have_the_published_mean_and_cash_share(world: Query) -> None:
    # Banxico: mean USD 393 in 2024; 49.6% of the money sent electronically in 2025 was paid out in cash.
    sent = "from paid where channel = 'remittance' and payee_role = 'agent'"
    assert value(world, f"select avg(usd) {sent}") == pytest.approx(393, rel=0.05)
    assert value(world, f"select avg(usd) {sent} and label is null") == pytest.approx(393, rel=0.05)
    assert value(world, f"select count(*) {sent}") > 2000
    out = "from paid where payer_role = 'agent' and payee_role <> 'agent' and label is null"
    cash = value(world, f"select sum(usd) {out} and channel = 'cash'")
    assert cash / value(world, f"select sum(usd) {out}") == pytest.approx(0.496, abs=0.03)


def test_both_legs_of_a_remittance_bear_its_number(world: Query) -> None:
    legs = """
        select regexp_extract(purpose, '[0-9]{8}$') as number, count(*) as legs,
               min(time) filter (payee_role = 'agent') as paid_in, min(time) filter (payer_role = 'agent') as paid_out,
               sum(usd) filter (payer_role = 'agent') / sum(usd) filter (payee_role = 'agent') as ratio
        from paid where purpose like '%ref ________' and label is null group by 1
    """
    count = value(world, f"select count(*) from ({legs})")
    pairs = f"select count(*) from ({legs}) where legs = 2 and paid_out > paid_in and ratio between 0.9 and 1.05"
    assert value(world, pairs) / count > 0.95  # a few are paid out after the window's end


def test_agents_are_settled_every_week(world: Query) -> None:
    world.execute(
        """
        create or replace temp table desks as
        select account_id, (select coalesce(sum(usd), 0) from paid where payee_account = account_id)
             - (select coalesce(sum(usd), 0) from paid where payer_account = account_id) as net,
               (select coalesce(sum(usd), 0) from paid where payer_account = account_id) as paid_out
        from truth join accounts using (account_id) where role = 'agent' and country <> 'us'
        """
    )
    assert value(world, "select count(*) from desks where paid_out > 0") >= 10
    assert value(world, "select max(abs(net) / paid_out) from desks where paid_out > 0") < 0.01


def test_people_spend_roughly_what_they_earn(world: Query) -> None:
    net = """
        select account_id, (select sum(usd) from paid where payee_account = account_id) as got,
               (select sum(usd) from paid where payer_account = account_id) as spent
        from truth where role = '{role}'
    """
    for role, low, high in (("household", 0.85, 1.05), ("shop", 0.93, 1.05), ("restaurant", 0.93, 1.05)):
        ratio = value(world, f"select sum(spent) / sum(got) from ({net.format(role=role)})")
        assert low < ratio < high, role
    people = net.format(role="household")
    apart = f"select avg((abs(got - spent) > 0.75 * greatest(got, spent))::int) from ({people}) where got + spent > 600"
    assert value(world, apart) < 0.05


def test_banks_do_not_lend_the_economy_into_being(world: Query) -> None:
    lent = value(world, "select sum(usd) from paid where payer_role = 'bank'")
    got = value(world, "select sum(usd) from paid where payee_role = 'bank'")
    wages = value(world, "select sum(usd) from paid where purpose in ('nómina', 'payroll', 'salário')")
    assert abs(lent - got) < 0.1 * wages
    assert lent < 0.7 * wages


def test_salaries_come_from_one_employer_in_one_sum(world: Query) -> None:
    wages = "from paid where purpose in ('nómina', 'payroll', 'salário') and payee_role = 'household'"
    employers = f"select count(distinct payer_account) as n {wages} group by payee_account"
    assert value(world, f"select max(n) from ({employers})") == 1
    usual = f"""
        select count(*) as n, max(times) as most from
        (select payee_account, amount, count(*) as times {wages} group by all) group by payee_account
    """
    assert value(world, f"select avg((most > 1)::int) from ({usual})") > 0.9


def test_rent_is_fixed_monthly_and_local(world: Query) -> None:
    by_tenant = """
        select count(distinct amount) as a, count(distinct payee_account) as l, count(*) as n from paid
        where label is null and regexp_matches(purpose, '^(renta|rent|aluguel) ') group by payer_account
    """
    assert value(world, f"select max(a) from ({by_tenant})") == 1
    assert value(world, f"select max(l) from ({by_tenant})") == 1
    assert value(world, f"select max(n) from ({by_tenant})") <= 4


def test_card_payments_are_skewed_and_local(world: Query) -> None:
    card = "from paid where channel = 'card' and payee_role in ('shop', 'restaurant')"
    assert value(world, f"select avg(usd) / median(usd) {card}") > 1.5
    cross = f"""
        select avg((p.country <> e.country)::int) from (select * {card}) join accounts p on p.account_id = payer_account
        join accounts e on e.account_id = payee_account
    """
    assert value(world, cross) == 0
    top = f"select payee_account, count(*) as n {card} group by 1 order by n desc"
    assert value(world, f"select sum(n) from (select n from ({top}) limit 100)") > 0.15 * value(
        world, f"select count(*) {card}"
    )


def test_pooled_accounts_are_those_of_banks_and_agents(world: Query) -> None:
    pooled = "select list(distinct role order by role) from truth join accounts using (account_id) where pooled"
    assert world.execute(pooled).fetchone() == (["agent", "bank", "cash"],)
    assert value(world, "select count(*) from truth join accounts using (account_id) where not pooled and role in "
                        "('agent', 'bank', 'cash')") == 0  # fmt: skip


def test_lookalikes_are_innocent_and_look_the_part(world: Query) -> None:
    roles = "('school', 'processor', 'payroll', 'savings circle', 'cash shop', 'landlord', 'namesake')"
    assert value(world, f"select count(distinct role) from truth where role in {roles}") == 7
    assert value(world, f"select count(*) from truth where role in {roles} and (listed or group_id is not null)") == 0
    school = """
        select count(distinct payer_account) as payers, count(distinct (payer_account, amount)) as sums
        from paid where payee_role = 'school' and purpose in ('mensualidad', 'tuition', 'mensalidade')
        group by payee_account
    """
    assert value(world, f"select max(payers) from ({school})") >= 20
    assert value(world, f"select max(sums - payers) from ({school})") == 0
    through = "select sum(usd) from paid where {side}_role = 'processor' and purpose not like '%te%rer%'"
    assert value(world, through.format(side="payer")) / value(world, through.format(side="payee")) > 0.9
    below = """
        select avg((amount between 0.85 * most and most)::int) from
        (select amount, max(amount) over (partition by payee_account) as most from paid
         where payee_role = 'cash shop' and channel = 'cash' and usd > 4000)
    """
    assert value(world, below) > 0.95
    ring = """
        select count(*) from (select payee_account from paid where purpose in ('tanda', 'savings circle', 'consórcio')
        intersect select payer_account from paid where purpose in ('tanda', 'savings circle', 'consórcio'))
    """
    assert value(world, ring) >= 8


FIXED_SUMS = (
    "stall landlord",
    "moneylender",
    "savings club",
    "trade association",
    "guard service",
    "terminal rental",
    "union",
    "instalment seller",
)


def test_innocent_accounts_take_fixed_sums_from_the_same_kind_of_payers(world: Query) -> None:
    roles = str(FIXED_SUMS)
    assert value(world, f"select count(distinct role) from truth where role in {roles}") == len(FIXED_SUMS)
    assert value(world, f"select count(*) from truth where role in {roles} and (listed or group_id is not null)") == 0
    assert value(world, f"select count(*) from paid where payee_role in {roles} and coerced") == 0
    payers = (
        f"select payee_account, count(distinct payer_account) as n from paid where payee_role in {roles} group by 1"
    )
    assert value(world, f"select min(n) from ({payers})") >= 3
    shops = "from paid where payee_role = '{role}' and channel = 'transfer' and payer_role in ('shop', 'restaurant')"
    for role in ("stall landlord", "trade association", "guard service", "terminal rental"):
        assert value(world, f"select count(distinct payer_account) {shops.format(role=role)}") >= 3, role


def test_a_savings_club_gives_back_and_a_stall_landlord_has_no_staff(world: Query) -> None:
    text = "purpose in ('tanda', 'savings club', 'consórcio')"
    sums = "select sum(usd) from paid where {side}_role = 'savings club' and " + text
    assert 0.3 < value(world, sums.format(side="payer")) / value(world, sums.format(side="payee")) < 1.6
    wages = (
        "select count(*) from paid where payer_role = 'stall landlord' and purpose in ('nómina', 'payroll', 'salário')"
    )
    assert value(world, wages) == 0
