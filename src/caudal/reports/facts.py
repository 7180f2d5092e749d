"""What a report must be told besides the tables: the question, the law, the lists, the method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any


@dataclass(frozen=True)
class Designation:
    """One designation of a group, as its source gives it. An unknown day is None."""

    authority: str
    effective: date | None = None
    source: str = ""
    source_url: str | None = None
    ended: date | None = None


@dataclass(frozen=True)
class Group:
    """A group of interest and the designations that stand for it on the day of the report."""

    id: str
    name: str
    designations: Sequence[Designation] = ()


@dataclass(frozen=True)
class ListVersion:
    """One version of a list that was screened against; `age_days` counts to the day of the report."""

    dataset: str
    version: str
    published: date | None = None
    entries: int = 0
    age_days: int | None = None


@dataclass(frozen=True)
class LedgerNumbers:
    """What was read from the ledger. `rejected` maps a reason to the number of rows kept aside for it."""

    rows_read: int = 0
    accepted: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)
    first: datetime | date | None = None
    last: datetime | date | None = None


@dataclass(frozen=True)
class LawEffect:
    """One thing a designation under an authority does in law, with where it is written."""

    authority: str
    topic: str
    text: str
    source: str
    source_url: str | None = None
    checked: date | None = None


@dataclass(frozen=True)
class CoercedAnswer:
    """One of the answers on a payment made under threat: the rule, what is settled in it and what is open."""

    question: str
    rule: str
    settled: str
    open: str
    source: str
    source_url: str | None = None


@dataclass(frozen=True)
class ReportFacts:
    """The facts of one run that no table holds.

    Attributes:
        title: title of the report.
        as_of: the day whose law is applied.
        base_currency: ISO 4217 code of every amount in base currency.
        note: a sentence shown before everything else, such as "made-up world: every name is invented".
        groups: the groups of interest with their designations.
        list_versions: what was screened against.
        ledger: rows read, accepted and rejected; first and last transfer.
        effective: first day of the measure assessed; None where the run assesses none.
        scenario: name of the scenario the report is about, where several were assessed; None: all that there are.
        threshold: evidence in bits from which the screener raised an alert.
        costs: what was stated to cost: miss, false_alert, question; the bands follow from their ratios.
        methods: heading to text: how each stage computed what the report shows.
        limits: sentences on what this run could not see, beside the standing ones.
        law: effects in law, one per authority and topic.
        coerced_payment: the answers on one coerced payment, never merged into one.
        explained: accounts whose exposure is opened into paths and transfers; each a mapping with the keys direction,
            group_id, account_id, amount (what all paths bring), shown (what those in `paths` bring), covered (the share
            that the transfers of `evidence` carry alone) and transfers (how many those are).
        paid_when_designated: answers to "was it designated when it paid?"; each a mapping with the keys
            transfer, party, entity (ids), day (date), status ("yes", "no" or "unknown") and text.
        generated_at: when the report was written, UTC.
        version: Caudal's version.
        seconds: stage to seconds it took in this run (0 where its table was still valid).
    """

    title: str
    as_of: date
    base_currency: str = "USD"
    note: str = ""
    groups: Sequence[Group] = ()
    list_versions: Sequence[ListVersion] = ()
    ledger: LedgerNumbers = field(default_factory=LedgerNumbers)
    effective: date | None = None
    scenario: str | None = None
    threshold: float | None = None
    costs: Mapping[str, float] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)
    limits: Sequence[str] = ()
    law: Sequence[LawEffect] = ()
    coerced_payment: Sequence[CoercedAnswer] = ()
    explained: Sequence[Mapping[str, Any]] = ()
    paid_when_designated: Sequence[Mapping[str, Any]] = ()
    generated_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    version: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
