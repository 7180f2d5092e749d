"""`caudal.toml` of a made-up world."""

from __future__ import annotations

from datetime import timedelta

from caudal.world.calendar import Calendar
from caudal.world.twin.measure import Measure

MARK = "# A made-up world"
"""How the first line of a generated `caudal.toml` begins; only such a workspace is ever overwritten."""


def caudal_toml(calendar: Calendar, accounts: int, seed: int, group: str, measure: Measure | None = None) -> str:
    """The text of `caudal.toml`; the measure of a twin is named in it."""
    applied = f"# Measure in force from {measure.day.isoformat()}; see truth/measure.json.\n" if measure else ""
    last = calendar.as_of - timedelta(days=1)
    published = calendar.as_of.isoformat()
    return f"""\
{MARK}: every person, firm, bank and account in it is invented. Written by `caudal world`.
# {accounts} accounts over {calendar.days} days from {calendar.start.isoformat()} to {last.isoformat()}, seed {seed}.
{applied}# Run it with `caudal run` and the name of this folder. All paths are relative to this file.

title = "A made-up economy and a designated group in it"
note = "Made-up world: every person, firm, bank and account in it is invented."

# The day whose law is applied: the day after the last payment.
as_of = {published}
base_currency = "USD"

# Groups to follow, by id; "all" follows every group that a listed name leads to.
groups = ["{group}"]

# Who is listed. This list is made up too; the built-in register of groups is used beside it.
[[lists]]
path = "lists/members.csv"
format = "members"
published = {published}

# Transfers, parties, accounts and institutions as Parquet.
[ledger]
path = "ledger"

# USD for one unit of each currency, every day.
[rates]
path = "rates.csv"

# Who owns the firms; for the 50 Percent Rule.
[ownership]
path = "ownership.parquet"

# The measures to compare, the main one first.
[impact]
scenarios = ["terrorism-framework", "law-enforcement", "aimed", "aimed-before", "none"]

# What every account and every planted transfer really is; used to measure, never to find.
[truth]
accounts = "truth/accounts.parquet"
transfers = "truth/transfers.parquet"
"""
