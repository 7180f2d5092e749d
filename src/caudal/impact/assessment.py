"""One scenario, start to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact import (
    answers,
    blocked,
    books,
    checking,
    closed,
    correspondents,
    corridor_draws,
    corridors,
    cut,
    derisking,
    duties,
    exposed,
    firms,
    frontier_draws,
    immigration,
    institutions,
    licences,
    listed,
    months,
    owned,
    reached,
    remittances,
    targets,
    texts,
    victims,
)
from caudal.impact.aim import Aim, take
from caudal.impact.duties import Duty
from caudal.impact.faces import LedgerLike, Progress, RegisterLike
from caudal.impact.frontier import Frontier
from caudal.impact.model import Model
from caudal.impact.published import Published
from caudal.impact.ranges import Rows
from caudal.impact.scenario import Scenario
from caudal.impact.terms import Terms, settle
from caudal.impact.unknowns import Unknowns
from caudal.impact.words import Money

STEPS = 8


@dataclass(frozen=True)
class Outcomes:
    """What one designation does in these books.

    Attributes:
        outcomes: the `outcomes` table: every number as low, mid and high with its assumption and source.
        affected: the `affected` table: everyone reached, one row each, with the reason.
        duties: what must be done about blocked property and by when.
        duty_days: the table of that name: the same with all its days and the accounts it concerns.
        coerced_payment: the table of that name: which of the five answers arise for a payment under threat, since when.
        corridors: the table of that name: remittances by corridor, counted and, where volumes are given, scaled.
        immigration: the table of that name: groups of people whom an immigration rule would reach; nothing of a person.
        harm_months: the table of that name: what of the harm is still there in each month after the day.
        terms: the scenario with every group, authority and day looked up.
        cut: the table of that name: what the measure stops of the group's money, month by month, before and after the
            group re-routes it.
        aim: the frontier and the point of it that was taken, for a scenario that asks for one.
        model: the formula behind each outcome, for random draws (`caudal.impact.uncertainty`).
    """

    outcomes: pa.Table
    affected: pa.Table
    duties: list[Duty]
    terms: Terms
    coerced_payment: pa.Table
    corridors: pa.Table
    cut: pa.Table
    model: Model
    immigration: pa.Table
    harm_months: pa.Table
    duty_days: pa.Table
    aim: Aim | None = None


def assess(
    scenario: Scenario | Mapping[str, Any] | Path | str,
    register: RegisterLike,
    ledger: LedgerLike,
    *,
    matches: pa.Table,
    exposures: pa.Table,
    attributions: pa.Table,
    findings: pa.Table,
    coercion: pa.Table | None = None,
    ownership: pa.Table | None = None,
    published: Published | None = None,
    agents: pa.Table | None = None,
    frontier: Frontier | None = None,
    progress: Progress | None = None,
    memory_limit: str = "600MB",
) -> Outcomes:
    """What a designation blocks, whom it exposes and whom it harms, in these books on the as-of day.

    Args:
        scenario: a `Scenario`, a mapping of its keys, or the path of a TOML file.
        register: groups, entities, designations and ownership.
        ledger: the books; amounts are read from `amount_base`.
        matches: the `matches` table; only rows with `alert` count.
        exposures: the `exposures` table (proportional, forward), for money still held.
        attributions: the `attributions` table (proportional, both directions), for everything that has a time.
        findings: the `findings` table, for possible victims of extortion.
        coercion: the `coercion` table: how probable it is of each that it pays under threat; without it the assumption
            `pattern_is_coercion` stands for all.
        ownership: further stakes beside the register's, of entity or party ids.
        published: volumes of remittances, to scale what the books show of a corridor; without them nothing is scaled.
        agents: the `agents` table, for accounts that behave like the group's own hands; needed where a scenario
            prosecutes them, and counted where the law reaches agents nobody named.
        frontier: computed before, of the same books and groups, for a scenario that takes its accounts from it.
        progress: called with (steps done, steps in all).
        memory_limit: of the database, in DuckDB's words.

    Raises:
        InputError: the scenario is impossible or names an unknown group or authority (`field` is the key's path), a
            table has another shape, or attributions do not belong to the ledger.
    """
    scenario = Scenario.load(scenario)
    as_of = scenario.as_of or getattr(register, "as_of", None) or _last_day(ledger)
    checking.check_day(scenario, ledger)
    terms = settle(scenario, register, as_of)
    unknowns = Unknowns(scenario.assumption)
    rows = Rows(scenario.name, ledger.base_currency, unknowns)
    money = Money(ledger.base_currency)
    sure = scenario.assumption("match_sure").mid
    steps = iter(range(1, STEPS + 1))

    def done() -> None:
        if progress:
            progress(next(steps), STEPS)

    alerted = listed.alerts(matches)
    found = {g.code: listed.possible(alerted, g) for g in terms.groups}
    aim = take(terms, register, ledger, alerted, attributions, frontier)
    if aim:
        rows.sheets["frontier_draws"] = frontier_draws.sheet(aim, unknowns, sure)
    hit = targets.find(terms, ledger, attributions, agents, aim)
    for code, named in hit.parties.items():
        found[code] |= named
    holders = set(ledger.parties.column("party_id").to_pylist())
    listed_rows = listed.listed_rows(terms, found, sure, holders.__contains__, unknowns)
    stakes = owned.all_stakes(register.tables()["ownership"], ownership)
    owned_rows = owned.owned_rows(
        terms, found, listed.others(alerted, terms), stakes, sure, holders.__contains__, unknowns, listed_rows
    )
    done()
    with books.opened(ledger, terms.end, scenario, memory_limit) as db:
        done()
        licences.prepare(db, terms)
        blocked.prepare(db, terms, listed_rows, owned_rows, hit, unknowns)
        licences.of_blocked(db)
        blocked.report(db, rows, terms)
        done()
        exposed.prepare(db, terms, attributions, exposures, unknowns)
        exposed.report(db, rows, scenario)
        licences.report(db, rows, terms)
        texts.prepare(db, terms, alerted, sure, unknowns)
        texts.report(db, rows)
        done()
        institutions.prepare(db, terms)
        institutions.report(db, rows, terms)
        correspondents.report(db, rows, terms)
        done()
        closed.prepare(db, terms, hit, unknowns)
        closed.report(db, rows, terms)
        remittances.prepare(db, terms, unknowns)
        remittances.report(db, rows, scenario)
        corridors.prepare(db, scenario, published)
        by_corridor = corridors.corridors(db, scenario, ledger.base_currency, published)
        rows.sheets["corridor_draws"] = corridor_draws.prepared(db, unknowns, scenario, ledger.base_currency)
        done()
        stopped = cut.report(db, rows, terms, findings, coercion)
        victims.prepare(db, findings, coercion, terms, unknowns)
        victims.report(db, rows, scenario, terms, coercion is not None)
        firms.prepare(db, scenario)
        firms.report(db, rows)
        derisking.prepare(db, unknowns)
        derisking.report(db, rows, scenario)
        immigration.prepare(db, terms, findings, unknowns)
        by_rule = immigration.table(db, scenario, ledger.base_currency, coercion is not None)
        duties.report(db, rows, terms)
        exposed.report_groups(db, rows, terms)
        del db.attributed, db.dealings  # millions of rows; what follows needs their tables alone
        done()
        parts = [
            blocked.affected(money),
            texts.affected(money),
            institutions.affected(terms, money),
            remittances.affected(money),
            victims.affected(money),
            firms.affected(money),
        ]
        span = months.span(db)
        to_do = duties.table(db, rows, terms)
        affected = reached.merged(db, scenario.name, parts, [exposed.affected(money)])
        done()
    return Outcomes(
        outcomes=rows.table(),
        affected=affected,
        duties=duties.duties(terms),
        terms=terms,
        coerced_payment=answers.answered(terms),
        corridors=by_corridor,
        cut=stopped,
        model=rows.model,
        immigration=by_rule,
        aim=aim,
        harm_months=months.table(rows, terms, span),
        duty_days=to_do,
    )


def _last_day(ledger: LedgerLike) -> date:
    if not ledger.transfers.num_rows:
        raise InputError("the ledger has no transfers, so the scenario must give a day", field="as_of")
    last: date = pc.max(ledger.transfers.column("time")).as_py().date()
    return last
