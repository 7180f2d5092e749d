"""What `caudal trace` says: lines a person can follow down to single transfers, and the same facts for machines."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.reports.format import exact, exponent, human, percent
from caudal.tracing import Explanation, Trace, TransferIndex

STANDING = "Exposure is not guilt: attributed amounts say where to look, nothing about what anyone knew."
_PART = {"forward": "from", "backward": "to"}


@dataclass(frozen=True)
class Asked:
    """What every question is asked of.

    Attributes:
        index: the transfers.
        groups: accounts of each group by group id.
        directions: forward, backward or both.
        currency: base currency.
        tables: transfers, accounts, parties, institutions; of a workspace also ownership, matches, memberships.
        public: first day each group was publicly designated, where known.
        dust: a payment that carries less than this many minor units of a group's money arrives clean.
    """

    index: TransferIndex
    groups: Mapping[str, list[str]]
    directions: tuple[str, ...]
    currency: str
    tables: Mapping[str, pa.Table]
    public: Mapping[str, date] = field(default_factory=dict)
    dust: int = 0

    def at(self, index: TransferIndex) -> Asked:
        """The same questions of another index."""
        return replace(self, index=index)

    @property
    def pooled(self) -> list[str]:
        """Accounts where tracing stops."""
        accounts = self.tables["accounts"]
        return accounts.filter(accounts["pooled"])["account_id"].to_pylist()  # type: ignore[no-any-return]

    def holders(self, accounts: Iterable[str]) -> dict[str, str]:
        """The holder's name of each account that has one other than itself."""
        wanted = pa.array(sorted(set(accounts)), pa.string())
        held = self.tables["accounts"]
        held = held.filter(pc.is_in(held["account_id"], value_set=wanted)).select(["account_id", "party_id"])
        parties = self.tables["parties"]
        known = parties.filter(pc.is_in(parties["party_id"], value_set=held["party_id"].combine_chunks()))
        names = dict(zip(known["party_id"].to_pylist(), known["name"].to_pylist(), strict=True))
        return {row["account_id"]: names[row["party_id"]] for row in held.to_pylist() if row["party_id"] in names}

    def transfers(self, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Transfers by id."""
        table = self.tables["transfers"]
        found = table.filter(pc.is_in(table["transfer_id"], value_set=pa.array(sorted(set(ids)), pa.string())))
        return {row["transfer_id"]: row for row in found.to_pylist()}


def add(rows: list[dict[str, Any]], table: pa.Table, columns: Mapping[str, tuple[str, ...]]) -> None:
    """Add sums of columns of another table with the same keys to rows of exposures."""
    keys = ("account_id", "group_id", "direction")
    found = {tuple(row[k] for k in keys): row for row in table.to_pylist()}
    for row in rows:
        other = found[tuple(row[k] for k in keys)]
        row.update({name: sum(other[one] for one in parts) for name, parts in columns.items()})


def minor(amount: str | None, currency: str) -> int:
    """An amount in whole units of a currency as minor units; 0 where there is none.

    Raises:
        InputError: it is no amount, or negative.
    """
    try:
        value = Decimal(amount or 0).scaleb(exponent(currency))
    except InvalidOperation as error:
        raise InputError(f"{amount!r} is no amount", field="--dust") from error
    if not value.is_finite() or value < 0:
        raise InputError(f"{amount!r} is no amount of 0 or more", field="--dust")
    return int(value)


def read_opening(path: Path, currency: str) -> dict[str, int]:
    """Opening balances from a CSV with the columns account and amount (whole units of the base currency).

    Raises:
        InputError: the file is not there, or a row has no account or no amount.
    """
    found: dict[str, int] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for name in ("account", "amount"):
                if name not in (reader.fieldnames or ()):
                    raise InputError("the column is missing", file=str(path), row=1, field=name)
            for number, row in enumerate(reader, start=2):
                try:
                    amount = Decimal(row["amount"]).scaleb(exponent(currency))
                except (InvalidOperation, TypeError) as error:
                    raise InputError("it is no amount", file=str(path), row=number, field="amount") from error
                if not row["account"] or not amount.is_finite() or amount < 0:
                    raise InputError("an account and an amount of 0 or more are needed", file=str(path), row=number)
                found[row["account"]] = found.get(row["account"], 0) + int(amount)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("it cannot be read as a CSV in UTF-8", file=str(path)) from error
    return found


def exposures(asked: Asked, rows: list[dict[str, Any]], shown: list[dict[str, Any]], found: Trace) -> list[str]:
    """The most exposed accounts, a line each, and the sums."""
    money = asked.currency
    out = [f"{len({row['account_id'] for row in rows}):,} accounts exposed"]
    for total in found.totals:
        if total.emitted:
            moved = "left" if total.direction == "forward" else "came to"
            out.append(
                f"{total.group_id}, {total.direction}: {human(total.emitted, money)} {moved} the group; "
                f"{human(total.returned, money)} of it came back, {human(total.pooled, money)} stopped at pools"
                f"{f', {human(total.dust, money)} was dust' if total.dust else ''}"
            )
    names = asked.holders(row["account_id"] for row in shown)
    several = len(asked.groups) > 1 or len(asked.directions) > 1
    for row in shown:
        line = (
            f"{row['account_id']:<36} {human(row['direct'], money):>14} direct "
            f"{human(row['indirect'], money):>14} indirect  {row['hops']} hop(s)  "
            f"{row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}"
        )
        if "low" in row:
            line += f"  at least {human(row['low'], money)}, at most {human(row['high'], money)}"
        if "after" in row:
            line += f"  {human(row['before'], money)} before, {human(row['after'], money)} after"
        if row["turnover"] and row["unexplained"] * 10 >= row["turnover"]:
            line += f"  {percent(row['unexplained'] / row['turnover'])} of its turnover unexplained"
        if several:
            line += f"  {_PART[row['direction']]} {row['group_id']}"
        if row["account_id"] in names:
            line += f"  {names[row['account_id']]}"
        out.append(line)
    return out


def explanation_facts(asked: Asked, found: Explanation) -> dict[str, Any]:
    """An explanation as plain data: paths with their steps, transfers with what they carry."""
    ids = [*found.paths["transfer_id"].to_pylist(), *found.transfers["transfer_id"].to_pylist()]
    known = asked.transfers(ids)
    wanted = ("transfer_id", "time", "payer_account", "payee_account", "amount_base", "purpose")

    def told(row: dict[str, Any]) -> dict[str, Any]:
        return {name: known[row["transfer_id"]].get(name) for name in wanted}

    paths: dict[int, dict[str, Any]] = {}
    for row in found.paths.to_pylist():
        path = paths.setdefault(row["path"], {"path": row["path"], "reached": row["reached"], "steps": []})
        path["steps"].append({**told(row), "part": row["amount"]})
    return {
        "account_id": found.account_id,
        "holder": asked.holders([found.account_id]).get(found.account_id),
        "group_id": found.group_id,
        "direction": found.direction,
        "amount": found.amount,
        "currency": asked.currency,
        "paths_bring": found.shown,
        "paths": list(paths.values()),
        "transfers_carry": found.covered,
        "transfers": [
            {**told(row), "rank": row["rank"], "carried": row["carried"], "reached": row["reached"]}
            for row in found.transfers.to_pylist()
        ],
    }


def explanation(asked: Asked, found: Explanation, facts: Mapping[str, Any], top: int) -> list[str]:
    """An explanation a person can follow from transfer to transfer."""
    money = asked.currency
    steps = [step for path in facts["paths"] for step in path["steps"]] + facts["transfers"][:top]
    names = asked.holders({step[end] for step in steps for end in ("payer_account", "payee_account")})
    own = set(asked.groups[found.group_id])

    def who(account: str) -> str:
        group = " [the group]" if account in own else ""
        return f"{names[account]} ({account}){group}" if account in names else f"{account}{group}"

    holder = f", held by {facts['holder']}" if facts["holder"] else ""
    came = f"came from {found.group_id}" if found.direction == "forward" else f"went to {found.group_id}"
    out = [
        f"Account {found.account_id}{holder}",
        f"{exact(found.amount, money)} {came}, in proportional shares.",
    ]
    brought = ""
    if found.shown is not None and found.amount:
        brought = f"; together they bring {percent(found.shown / found.amount)}"
    kind = "largest" if found.shown is not None else "widest"
    count = len(facts["paths"])
    out.append(f"The {kind} path{'s' if count != 1 else ''} ({count}{brought}):" if count else "No path brings a unit.")
    for path in facts["paths"]:
        word = "brings" if found.shown is not None else "could have brought"
        out.append(f"  Path {path['path']} {word} {exact(path['reached'], money)} in {_n(len(path['steps']), 'step')}")
        out += [_step(step, who, money, part=step["part"]) for step in path["steps"]]
    if facts["transfers"]:
        carry = f"{_n(len(facts['transfers']), 'transfer')} carry {percent(found.covered)} of it"
        cut = f"; the first {top} are shown" if len(facts["transfers"]) > top else ""
        out.append(f"{carry}, those that bring most first{cut}:")
        out += [_step(row, who, money, part=row["carried"], brings=row["reached"]) for row in facts["transfers"][:top]]
    return [*out, ""]


def _step(row: Mapping[str, Any], who: Any, money: str, *, part: int, brings: int | None = None) -> str:
    stamp: datetime = row["time"]
    when = f"{stamp:%Y-%m-%d}" if (stamp.hour, stamp.minute, stamp.second) == (0, 0, 0) else f"{stamp:%Y-%m-%d %H:%M}"
    said = f", {human(part, money)} of it" if human(part, money) != human(row["amount_base"], money) else ""
    arrives = human(brings, money) if brings is not None else human(part, money)
    reached = f", of which {arrives} arrives" if arrives != human(part, money) else ""
    purpose = f'  "{row["purpose"]}"' if row["purpose"] else ""
    return (
        f"    {when}  {who(row['payer_account'])} -> {who(row['payee_account'])}: "
        f"{exact(row['amount_base'], money)}{said}{reached}  ({row['transfer_id']}){purpose}"
    )


def institutions(asked: Asked, parts: list[dict[str, Any]], chains: list[dict[str, Any]], top: int) -> list[str]:
    """Institutions and chains, those with most money first."""
    known = asked.tables["institutions"]
    names = dict(zip(known["institution_id"].to_pylist(), known["name"].to_pylist(), strict=True))
    out = ["Institutions the group's money went through, by part:"]
    for row in sorted(parts, key=lambda r: -(r["straight"] + r["over"]))[:top]:
        place = f" ({row['country'].upper()})" if row["country"] else ""
        name = f"{row['name'] or row['institution_id']}{place}"
        way = f"{_PART[row['direction']]} {row['group_id']}"
        out.append(f"  {name}, {row['part']}, {way}: {_sums(row, asked.currency)}")
    out.append("Chains of institutions:")
    for row in sorted(chains, key=lambda r: -(r["straight"] + r["over"]))[:top]:
        chain = " > ".join(
            f"{names.get(bank, bank)} ({place.upper()})" if place != "unknown" else names.get(bank, bank)
            for bank, place in zip(row["chain"], row["countries"], strict=True)
        )
        out.append(f"  {chain}, {_PART[row['direction']]} {row['group_id']}: {_sums(row, asked.currency)}")
    if all(row["known_from"] is None for row in parts):
        out.append("No day of designation is known; --since DAY splits at a day of your choice.")
    return [*out, "Sums over institutions count a transfer again at each. What an institution knew is in no ledger."]


def _sums(row: Mapping[str, Any], money: str) -> str:
    line = (
        f"{human(row['straight'], money)} straight, {human(row['over'], money)} over others, "
        f"{_n(row['transfers'], 'transfer')}, {row['first']:%Y-%m-%d} to {row['last']:%Y-%m-%d}"
    )
    if row["known_from"] is None:
        return line
    if not row["transfers_known"]:
        return f"{line}; nothing since {row['known_from']}"
    since = f"{human(row['straight_known'], money)} straight and {human(row['over_known'], money)} over others"
    return f"{line}; since {row['known_from']}, when it could have known: {since}, last {row['last_known']:%Y-%m-%d}"


def agents(asked: Asked, rows: list[dict[str, Any]], top: int) -> list[str]:
    """Accounts that behave like the group's own hands, with both readings."""
    names = asked.holders(row["account_id"] for row in rows[:top])
    out = [f"{_n(len(rows), 'account')} behave{'s' if len(rows) == 1 else ''} like a group's own hands"]
    for row in rows[:top]:
        holder = f", held by {names[row['account_id']]}" if row["account_id"] in names else ""
        out.append(f"{row['account_id']}{holder}: strength {row['strength']:.2f} for {row['group_id']}")
        out += [f"    {reason}" for reason in row["reasons"]]
        out += [f"    it may also be {other}" for other in row["innocent"]]
    return [*out, "Behaving like an agent is not being one. Who keeps the account weighs the reasons and decides."]


def _n(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"
