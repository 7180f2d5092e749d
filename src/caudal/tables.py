"""The columns, types and units of every table that passes between rooms.

This is the one place where a table's shape is written down. A room builds a table with `Table.build`, reads one with
`Table.check`, and the docs and their test take the descriptions from here.

Amounts are int64 in the minor unit of the currency named beside them (cents for USD, whole yen for JPY). `amount_base`
and every amount in `exposures`, `attributions` and `affected` are minor units of the workspace's base currency.
Times are UTC. A share of ownership is an integer in parts per million (500000 is 50%), so that sums are exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

from caudal.errors import InputError

TEXT = pa.string()
TEXTS = pa.list_(pa.string())
DAY = pa.date32()
TIME = pa.timestamp("us", tz="UTC")
AMOUNT = pa.int64()
COUNT = pa.int64()
SHARE = pa.int32()
REAL = pa.float64()
YESNO = pa.bool_()

WHOLE = 1_000_000
"""All of a company, in the unit of `share_min` and `share_max`."""


@dataclass(frozen=True)
class Column:
    """One column: its name, Arrow type, meaning (with unit), and whether it may be empty."""

    name: str
    type: pa.DataType
    doc: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its name, key columns, meaning and columns."""

    name: str
    key: tuple[str, ...]
    doc: str
    columns: tuple[Column, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema, in column order."""
        return pa.schema([pa.field(c.name, c.type, nullable=c.nullable) for c in self.columns])

    def empty(self) -> pa.Table:
        """The table without rows."""
        return self.schema.empty_table()

    def build(self, data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> pa.Table:
        """A table of this shape from a mapping of columns or a list of rows; missing nullable columns become empty.

        Raises:
            InputError: a required column is missing or empty somewhere, or a value does not fit its type.
        """
        if isinstance(data, Mapping):
            columns: dict[str, Any] = dict(data)
        else:
            columns = {c.name: [row.get(c.name) for row in data] for c in self.columns}
        unknown = set(columns) - {c.name for c in self.columns}
        if unknown:
            raise InputError(f"the table has no column {sorted(unknown)[0]!r}", file=self.name)
        length = max((len(v) for v in columns.values()), default=0)
        arrays = []
        for column in self.columns:
            values = columns.get(column.name)
            if values is None:
                values = pa.nulls(length, column.type)
            elif not isinstance(values, pa.Array | pa.ChunkedArray):
                values = pa.array(values, type=column.type, from_pandas=False)
            arrays.append(values if values.type == column.type else values.cast(column.type))
        return self.check(pa.table(arrays, schema=self.schema))

    def check(self, table: pa.Table) -> pa.Table:
        """The same table with its columns in order and cast to the declared types.

        Raises:
            InputError: a column is missing, has a type that cannot be cast, or is empty where it must not be.
        """
        arrays = []
        for column in self.columns:
            if column.name not in table.column_names:
                raise InputError("the column is missing", file=self.name, field=column.name)
            values = table.column(column.name)
            if values.type != column.type:
                try:
                    values = values.cast(column.type)
                except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                    raise InputError(str(error), file=self.name, field=column.name) from error
            if not column.nullable and values.null_count:
                raise InputError(f"{values.null_count} empty values", file=self.name, field=column.name)
            arrays.append(values)
        return pa.table(arrays, schema=self.schema)


ENTITIES = Table(
    "entities",
    ("entity_id",),
    "Everyone and everything on a list: people, companies, organisations, vessels.",
    (
        Column("entity_id", TEXT, "stable id: the list's prefix and the list's own id, such as `ofac-49756`"),
        Column("schema", TEXT, "FollowTheMoney schema: Person, Company, Organization, LegalEntity, Vessel, Airplane"),
        Column("caption", TEXT, "the name shown to people"),
        Column("properties", TEXT, "FollowTheMoney properties as JSON: property name to list of strings"),
        Column("dataset", TEXT, "the list it comes from, such as `us_ofac_sdn`, `un_sc`, `caudal_groups`"),
        Column("first_seen", DAY, "day of the earliest list version held that names it", nullable=True),
        Column("last_seen", DAY, "day of the latest list version held that names it", nullable=True),
    ),
)

NAMES = Table(
    "names",
    ("entity_id", "name", "kind"),
    "Every name of every entity, as the list writes it.",
    (
        Column("entity_id", TEXT, "the entity"),
        Column("name", TEXT, "the name as published"),
        Column("kind", TEXT, "primary, alias, weak, former or original script"),
        Column("script", TEXT, "ISO 15924 code of the script, such as Latn, Cyrl; empty when mixed", nullable=True),
    ),
)

DESIGNATIONS = Table(
    "designations",
    ("entity_id", "authority", "programme", "source"),
    "Who is designated under which law, with the days that source gives. An unknown day is empty, never guessed.",
    (
        Column("entity_id", TEXT, "the entity"),
        Column("authority", TEXT, "id of the legal authority, such as FTO, SDGT, TCO, UN-SC2653 (see `law`)"),
        Column("programme", TEXT, "the programme tag as published"),
        Column("announced", DAY, "day it was announced", nullable=True),
        Column("signed", DAY, "day it was signed", nullable=True),
        Column("effective", DAY, "first day it has legal effect", nullable=True),
        Column("ended", DAY, "first day it has no effect any more", nullable=True),
        Column("source", TEXT, "where it is written: publication or list file with its version"),
        Column("source_url", TEXT, "address of that source", nullable=True),
        Column("not_before", DAY, "where only a year, month or span is known: first day it may begin", nullable=True),
        Column("not_after", DAY, "where only a year, month or span is known: last day it may begin", nullable=True),
        Column("ended_after", DAY, "where the end is seen from list versions: last that named it", nullable=True),
        Column("note", TEXT, "what else the source says of its days, word for word", nullable=True),
    ),
)

OWNERSHIP = Table(
    "ownership",
    ("owner_id", "asset_id", "kind", "from", "source"),
    "Who owns, controls or acts for whom. Ids are entity ids or party ids.",
    (
        Column("owner_id", TEXT, "the owner, controller or agent"),
        Column("asset_id", TEXT, "the owned or controlled, or the principal of an agent"),
        Column("share_min", SHARE, "least share it may be, parts per million; 0 where there is none", nullable=False),
        Column("share_max", SHARE, "largest share it may be, parts per million", nullable=False),
        Column("kind", TEXT, "owns, controls or acts for"),
        Column("from", DAY, "first day", nullable=True),
        Column("until", DAY, "first day it no longer holds", nullable=True),
        Column("source", TEXT, "where it is written"),
    ),
)

MEMBERSHIPS = Table(
    "memberships",
    ("group_id", "entity_id", "kind", "source"),
    "Which listed entities stand for or belong to a group of interest, on whose word.",
    (
        Column("group_id", TEXT, "the group, such as `tren-de-aragua`; a listed entity outside them is its own group"),
        Column("entity_id", TEXT, "the listed entity"),
        Column("kind", TEXT, "same (the group itself on a list), linked (the list says it is tied to it)"),
        Column("source", TEXT, "the words of the list, or the record that says so"),
    ),
)

PARTIES = Table(
    "parties",
    ("party_id",),
    "The people and firms of the ledger.",
    (
        Column("party_id", TEXT, "the party"),
        Column("schema", TEXT, "Person, Company, Organization, or LegalEntity where it is not known"),
        Column("name", TEXT, "its name as most often written"),
        Column("aliases", TEXTS, "other spellings seen"),
        Column("birth_date", TEXT, "year, month or day of birth as ISO text", nullable=True),
        Column("countries", TEXTS, "ISO 3166 alpha-2 codes, lower case"),
        Column("identifiers", TEXTS, "document, tax and registration numbers"),
        Column("address", TEXT, "address as written", nullable=True),
    ),
)

INSTITUTIONS = Table(
    "institutions",
    ("institution_id",),
    "The banks and payment firms that hold the accounts.",
    (
        Column("institution_id", TEXT, "its BIC, or an id of the ledger's own"),
        Column("name", TEXT, "its name"),
        Column("kind", TEXT, "bank, money transfer, exchange, or unknown"),
        Column("country", TEXT, "ISO 3166 alpha-2 code, lower case", nullable=True),
    ),
)

ACCOUNTS = Table(
    "accounts",
    ("account_id",),
    "The accounts of the ledger, who holds them and where.",
    (
        Column("account_id", TEXT, "the account"),
        Column("party_id", TEXT, "its holder", nullable=True),
        Column("institution_id", TEXT, "the institution that keeps it", nullable=True),
        Column("country", TEXT, "ISO 3166 alpha-2 code of the account, lower case", nullable=True),
        Column("pooled", YESNO, "true where many people's money is mixed: a bank's own, a payment firm's settlement"),
    ),
)

TRANSFERS = Table(
    "transfers",
    ("transfer_id",),
    "The payments, sorted by time and then transfer id.",
    (
        Column("transfer_id", TEXT, "the ledger's own id, or a hash of the row's content"),
        Column("time", TIME, "when it was booked, UTC; a ledger of days gives midnight"),
        Column("payer_account", TEXT, "the account it left"),
        Column("payee_account", TEXT, "the account it reached"),
        Column("amount", AMOUNT, "amount in minor units of `currency`, positive"),
        Column("currency", TEXT, "ISO 4217 code"),
        Column("amount_base", AMOUNT, "the amount in minor units of the base currency"),
        Column("channel", TEXT, "wire, cash, card, transfer, remittance... as the ledger says", nullable=True),
        Column("purpose", TEXT, "the payment text", nullable=True),
        Column("source_row", COUNT, "row in the file it was read from (a header is row 1)", nullable=True),
        Column("via", TEXTS, "institutions between the payer's and the payee's, in order of payment", nullable=True),
    ),
)

ROLES = Table(
    "roles",
    ("transfer_id", "party_id", "role"),
    "Parties that a payment names beside payer and payee, such as the ultimate debtor of an ISO 20022 message.",
    (
        Column("transfer_id", TEXT, "the transfer"),
        Column("party_id", TEXT, "the party; it holds no account in the ledger by being named so"),
        Column(
            "role",
            TEXT,
            "ultimate debtor, ultimate creditor, initiating party, trading party, invoicer, invoicee; `underlying` "
            "before it, and underlying debtor and creditor, where a transfer between banks covers customers' payment",
        ),
    ),
)

REJECTED = Table(
    "rejected",
    ("file", "row", "field"),
    "Rows that could not be used, kept whole, each with its reason.",
    (
        Column("file", TEXT, "the file"),
        Column("row", COUNT, "row in that file (a header is row 1)", nullable=True),
        Column("field", TEXT, "the field at fault", nullable=True),
        Column("reason", TEXT, "what is wrong with it"),
        Column("content", TEXT, "the row as read, as JSON"),
    ),
)

MATCHES = Table(
    "matches",
    ("party_id", "transfer_id", "entity_id"),
    "Possible matches between a party, or a payment text, and a listed entity. A possible match is not a finding.",
    (
        Column("party_id", TEXT, "the party; empty where a payment text matched", nullable=True),
        Column("transfer_id", TEXT, "the transfer whose text matched; empty where a party matched", nullable=True),
        Column("entity_id", TEXT, "the listed entity"),
        Column("probability", REAL, "probability that both are the same, 0 to 1"),
        Column("bits", REAL, "weight of the evidence in bits: log2 of the likelihood ratio"),
        Column("alert", YESNO, "true where the evidence reaches the screener's threshold and a person should look"),
        Column(
            "band", TEXT, "alert; ask: one question would settle it; below: cleared, kept for samples", nullable=True
        ),
        Column(
            "evidence",
            TEXT,
            "JSON: {query, listed, kind, reasons: [{feature, bits, text}]}; query and listed are the names compared; "
            "in the ask band also ask: {field, form}, what to ask for and in which form the list holds it",
        ),
        Column("list_version", TEXT, "dataset and version of the list that answered"),
        Column("screened_at", TIME, "when"),
    ),
)

SCREENED = Table(
    "screened",
    ("kind", "id"),
    "What was screened: a fingerprint of everything compared of each party and each listed entity.",
    (
        Column("kind", TEXT, "party or entity"),
        Column("id", TEXT, "its id"),
        Column("fingerprint", TEXT, "hash of the fields that are compared"),
    ),
)

UNSCREENED = Table(
    "unscreened",
    ("party_id", "transfer_id"),
    "Parties and payment texts that could not be screened, or only in part. Finding nothing is no clearance for them.",
    (
        Column("party_id", TEXT, "the party; empty for a payment text", nullable=True),
        Column("transfer_id", TEXT, "the transfer whose text it is; empty for a party", nullable=True),
        Column("extent", TEXT, "not: no name was compared at all; partly: something was left out"),
        Column("written", TEXT, "the name or text as written, its first 100 characters"),
        Column("reason", TEXT, "why, in words"),
    ),
)

DECISIONS = Table(
    "decisions",
    ("decision_id",),
    "What people decided about possible matches, in the order they did. Rows are added, never changed.",
    (
        Column("decision_id", TEXT, "d1, d2, d3..."),
        Column("party_id", TEXT, "the party; empty where it is about a payment text", nullable=True),
        Column("transfer_id", TEXT, "the transfer whose text matched; empty where a party did", nullable=True),
        Column("entity_id", TEXT, "the listed entity"),
        Column("verdict", TEXT, "confirmed, cleared, or more (something was asked)"),
        Column("reason", TEXT, "why, in the person's words"),
        Column("decided_by", TEXT, "the person"),
        Column("seconds", TEXT, "decision this one is the second pair of eyes of", nullable=True),
        Column("decided_at", TIME, "when"),
        Column("list_version", TEXT, "dataset and version of the list at that time"),
        Column("fingerprint", TEXT, "hash of what it rests on"),
        Column("rested_on", TEXT, "what it rests on, as JSON: {party, entry, evidence}"),
        Column("seal", TEXT, "hash of this row and of the seal before it"),
    ),
)

STANDING = Table(
    "standing",
    ("party_id", "transfer_id", "entity_id"),
    "Where every possible match in the bands alert and ask stands, and every pair somebody decided about.",
    (
        Column("party_id", TEXT, "the party; empty where a payment text matched", nullable=True),
        Column("transfer_id", TEXT, "the transfer whose text matched; empty where a party matched", nullable=True),
        Column("entity_id", TEXT, "the listed entity"),
        Column(
            "state",
            TEXT,
            "open; asked; waits (for a second person); decided; came back (its ground changed); "
            "gone (no possible match any more)",
        ),
        Column("changes", TEXTS, "what changed since the decision, in words"),
        Column("decision_id", TEXT, "the decision that counts", nullable=True),
        Column("verdict", TEXT, "its verdict", nullable=True),
        Column("reason", TEXT, "its reason", nullable=True),
        Column("decided_by", TEXT, "who made it", nullable=True),
        Column("seconded_by", TEXT, "who looked at it besides", nullable=True),
        Column("decided_at", TIME, "when", nullable=True),
    ),
)

DEALINGS = Table(
    "dealings",
    ("transfer_id", "entity_id", "part"),
    "Payments that directly touch a possible match, each with whether that one was designated on the day of payment.",
    (
        Column("transfer_id", TEXT, "the transfer"),
        Column("entity_id", TEXT, "the listed entity"),
        Column("party_id", TEXT, "the party that may be it; empty where the payment text names it", nullable=True),
        Column("part", TEXT, "payer, payee, named in the text, or a role of the table roles"),
        Column("day", DAY, "UTC day of the payment"),
        Column("status", TEXT, "yes, no or unknown: was it designated on that day"),
        Column("since", DAY, "first day of the designation that answers, where known", nullable=True),
        Column("reason", TEXT, "the answer in a sentence"),
    ),
)

EXPOSURES = Table(
    "exposures",
    ("account_id", "group_id", "direction", "method"),
    "How much of a group's money reached an account, or came from it. Exposure is not guilt.",
    (
        Column("account_id", TEXT, "the account"),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward: from the group; backward: to the group"),
        Column("method", TEXT, "poison, proportional or fifo"),
        Column("direct", AMOUNT, "moved straight between the group and this account, base minor units"),
        Column("indirect", AMOUNT, "attributed over other accounts, base minor units"),
        Column("held", AMOUNT, "attributed and still on the account at the end (backward: at the start)"),
        Column("turnover", AMOUNT, "all that the account received (backward: paid out), base minor units"),
        Column("unexplained", AMOUNT, "paid out beyond what the ledger shows coming in (backward: the mirror of it)"),
        Column("first", TIME, "first attributed transfer"),
        Column("last", TIME, "last attributed transfer"),
        Column("hops", COUNT, "fewest transfers between the group and the account"),
    ),
)

ATTRIBUTIONS = Table(
    "attributions",
    ("transfer_id", "group_id", "direction", "method"),
    "The transfers that carried a group's money and how much of each: what every exposure opens down to.",
    (
        Column("transfer_id", TEXT, "the transfer"),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("method", TEXT, "poison, proportional or fifo"),
        Column("amount", AMOUNT, "the attributed part, base minor units"),
        Column("hops", COUNT, "fewest transfers between the group and this one, itself included"),
    ),
)

EXPOSURE_BOUNDS = Table(
    "exposure_bounds",
    ("account_id", "group_id", "direction"),
    "How little and how much of a group's money may have come to an account, or from it, whatever was spent first.",
    (
        Column("account_id", TEXT, "the account"),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("low", AMOUNT, "at least: every account on the way spends the group's money last, base minor units"),
        Column("high", AMOUNT, "at most: every account spends the group's money first, base minor units"),
        Column("opening", AMOUNT, "money taken to be on the account before the ledger (backward: after it)"),
    ),
)

BEFORE_AFTER = Table(
    "before_after",
    ("account_id", "group_id", "direction", "method", "authority", "day"),
    "Exposure split by the days on which designations of the group took effect, one row for each day.",
    (
        Column("account_id", TEXT, "the account"),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("method", TEXT, "the method of attribution"),
        Column("authority", TEXT, "the authority of the designation, such as FTO"),
        Column("day", DAY, "first day of its effect; a payment on this day counts as after"),
        Column("direct_before", AMOUNT, "moved straight between both before that day, base minor units"),
        Column("direct_after", AMOUNT, "moved straight on or after it"),
        Column("indirect_before", AMOUNT, "attributed over others, by transfers before that day"),
        Column("indirect_after", AMOUNT, "attributed over others, by transfers on or after it"),
        Column("first_after", TIME, "first attributed transfer on or after it", nullable=True),
        Column("transfers_after", COUNT, "attributed transfers on or after it"),
    ),
)

CHANNELS = Table(
    "channels",
    ("group_id", "direction", "method", "chain"),
    "Attributed money by the chain of institutions it went through.",
    (
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("method", TEXT, "the method of attribution"),
        Column("chain", TEXTS, "the payer's institution, those between, the payee's; an unknown one is `unknown`"),
        Column("countries", TEXTS, "their countries in the same order, lower case; `unknown` where not known"),
        Column("transfers", COUNT, "attributed transfers through it"),
        Column("straight", AMOUNT, "their attributed amounts where the group itself is payer or payee"),
        Column("over", AMOUNT, "their attributed amounts between others"),
        Column("first", TIME, "first of them"),
        Column("last", TIME, "last of them"),
        Column("known_from", DAY, "first day the group was publicly designated: announced or in effect", nullable=True),
        Column("transfers_known", COUNT, "of these transfers, those on or after that day; 0 where it is not known"),
        Column("straight_known", AMOUNT, "their straight amounts"),
        Column("over_known", AMOUNT, "their amounts between others"),
        Column("last_known", TIME, "last of them", nullable=True),
    ),
)

INSTITUTION_EXPOSURES = Table(
    "institution_exposures",
    ("institution_id", "part", "group_id", "direction", "method"),
    "Which institutions a group's money went through, in which part, with how much, since when, and after which day "
    "they could have known. A transfer counts once in each part an institution has in it.",
    (
        Column("institution_id", TEXT, "the institution, `unknown` for accounts whose institution is not known"),
        Column("part", TEXT, "group's bank, counterparty's bank, or correspondent (between the two)"),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("method", TEXT, "the method of attribution"),
        Column("name", TEXT, "its name", nullable=True),
        Column("country", TEXT, "its country; ISO 3166 alpha-2 code, lower case", nullable=True),
        Column("accounts", COUNT, "accounts it keeps that paid or received; 0 for a correspondent"),
        Column("transfers", COUNT, "attributed transfers"),
        Column("straight", AMOUNT, "their attributed amounts where the group itself is payer or payee"),
        Column("over", AMOUNT, "their attributed amounts between others"),
        Column("first", TIME, "first of them"),
        Column("last", TIME, "last of them"),
        Column("known_from", DAY, "first day the group was publicly designated: announced or in effect", nullable=True),
        Column("transfers_known", COUNT, "of these transfers, those on or after that day; 0 where it is not known"),
        Column("straight_known", AMOUNT, "their straight amounts"),
        Column("over_known", AMOUNT, "their amounts between others"),
        Column("last_known", TIME, "last of them", nullable=True),
    ),
)

PATHS = Table(
    "paths",
    ("account_id", "group_id", "direction", "measure", "path", "step"),
    "The largest paths of payments, in order of time, by which a group's money came to an account, or went from it.",
    (
        Column("account_id", TEXT, "the account explained"),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward: from the group to the account; backward: from the account to the group"),
        Column("measure", TEXT, "carried: the group's money that took this path; widest: the least payment on it"),
        Column("path", COUNT, "number of the path, 1 for the largest"),
        Column("step", COUNT, "number of the transfer on it in order of time, from 1"),
        Column("transfer_id", TEXT, "the transfer"),
        Column("amount", AMOUNT, "what of the transfer belongs to this path at this step, base minor units, rounded"),
        Column("reached", AMOUNT, "what the whole path brings, base minor units, rounded"),
    ),
)

EVIDENCE = Table(
    "evidence",
    ("account_id", "group_id", "direction", "transfer_id"),
    "The transfers that carry most of an account's exposure to a group, those that bring most first.",
    (
        Column("account_id", TEXT, "the account explained"),
        Column("group_id", TEXT, "the group"),
        Column("direction", TEXT, "forward or backward"),
        Column("rank", COUNT, "place of the transfer by what it brings, from 1"),
        Column("transfer_id", TEXT, "the transfer"),
        Column("carried", AMOUNT, "the group's money on it, base minor units, rounded"),
        Column("reached", AMOUNT, "the part of it that came to the account (backward: from it), rounded"),
    ),
)

AGENTS = Table(
    "agents",
    ("account_id", "group_id"),
    "Accounts that behave like a group's own hands, with the reasons and the innocent explanations that fit as well. "
    "Behaving like an agent is not being one: whoever keeps the account weighs the reasons and decides.",
    (
        Column("account_id", TEXT, "the account"),
        Column("party_id", TEXT, "its holder", nullable=True),
        Column("group_id", TEXT, "the group"),
        Column("strength", REAL, "how much speaks for it, 0 to 1; for ordering, not a probability"),
        Column("amount_from", AMOUNT, "traced from the group to it, base minor units"),
        Column("amount_to", AMOUNT, "traced from it to the group, base minor units"),
        Column("share_from", REAL, "that part of all it received, 0 to 1"),
        Column("share_to", REAL, "that part of all it paid, 0 to 1"),
        Column("passed", REAL, "share of all it received that it paid on within the time given, 0 to 1"),
        Column("hours", REAL, "how long that money stayed on average, hours", nullable=True),
        Column("payers", COUNT, "different accounts that paid it"),
        Column("payees", COUNT, "different accounts it paid"),
        Column("reasons", TEXTS, "what speaks for it, in words, with the numbers"),
        Column("innocent", TEXTS, "what else it may be"),
    ),
)

FINDINGS = Table(
    "findings",
    ("finding_id",),
    "Patterns that want a person's eyes. A pattern is not an accusation.",
    (
        Column("finding_id", TEXT, "stable id: typology and a hash of its transfers"),
        Column("typology", TEXT, "extortion collector, funnel account, structuring, rapid pass-through, cycle"),
        Column("accounts", TEXTS, "the accounts concerned"),
        Column("roles", TEXTS, "the part each account plays, in the same order: collector, possible victim, hub..."),
        Column("transfers", TEXTS, "the transfers concerned"),
        Column("amount", AMOUNT, "sum of those transfers, base minor units"),
        Column("first", TIME, "first of them"),
        Column("last", TIME, "last of them"),
        Column("score", REAL, "how strongly the pattern shows, 0 to 1; for ordering, not a probability of guilt"),
        Column("reasons", TEXTS, "why, in words, with the numbers"),
        Column(
            "probability",
            REAL,
            "extortion collector: how probable it is that the account collects under threat, calibrated on made-up "
            "worlds; empty for patterns that have a score only",
            nullable=True,
        ),
    ),
)

COERCION = Table(
    "coercion",
    ("collector_account", "payer_account"),
    "Possible victims: who may pay under threat to whom, by behaviour only. Payers are never suspects.",
    (
        Column("collector_account", TEXT, "the account that is paid"),
        Column("payer_account", TEXT, "the possible victim's account"),
        Column(
            "probability",
            REAL,
            "that the payer pays under threat: that the collector collects so, times that this payer then is one of "
            "those; calibrated on made-up worlds",
        ),
        Column("bits", REAL, "sum of the evidence on this payer, should the collector collect under threat"),
        Column("collector_probability", REAL, "that the account collects under threat"),
        Column("collector_bits", REAL, "sum of the evidence on the account"),
        Column("payments", COUNT, "payments of this payer to this account"),
        Column("amount", AMOUNT, "sum of them, base minor units"),
        Column("first", TIME, "first of them"),
        Column("last", TIME, "last of them"),
        Column("reasons", TEXTS, "why, in words, each with its bits; the payer's own first"),
    ),
)

OUTCOMES = Table(
    "outcomes",
    ("scenario", "measure", "subject_kind", "unit"),
    "What a measure does: blocked, exposed, harmed, cut; as ranges with the assumption each hangs on.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("measure", TEXT, "what is counted, such as `blocked`, `exposed.after`, `harmed.coerced payers`"),
        Column("subject_kind", TEXT, "parties, accounts, transfers, institutions, people, amount"),
        Column("unit", TEXT, "count, or `USD` and the like for whole currency units"),
        Column("low", REAL, "low"),
        Column("mid", REAL, "mid"),
        Column("high", REAL, "high"),
        Column("assumption", TEXT, "what the range hangs on, or `counted` where it is exact"),
        Column("source", TEXT, "the table, rule or publication behind it"),
        Column("rests_on", TEXTS, "names of the assumptions in it, as in the table `assumptions`", nullable=True),
    ),
)

UNCERTAINTY = Table(
    "uncertainty",
    ("scenario", "measure", "subject_kind", "unit"),
    "Every outcome over random draws of all that is not known: possible matches, ownership, assumptions. The ends low "
    "and high of `outcomes` hold for every combination; the quantiles here say where most of them lie.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("measure", TEXT, "as in `outcomes`"),
        Column("subject_kind", TEXT, "as in `outcomes`"),
        Column("unit", TEXT, "as in `outcomes`"),
        Column("low", REAL, "the low end of `outcomes`: no draw is below it"),
        Column("p05", REAL, "one draw in twenty is at or below it"),
        Column("p25", REAL, "one draw in four"),
        Column("p50", REAL, "one draw in two"),
        Column("p75", REAL, "three draws in four"),
        Column("p95", REAL, "nineteen draws in twenty"),
        Column("high", REAL, "the high end of `outcomes`: no draw is above it"),
        Column("mean", REAL, "the mean of all draws"),
        Column("draws", COUNT, "how many draws"),
        Column("seed", TEXT, "the seed they come from"),
    ),
)

TORNADO = Table(
    "tornado",
    ("scenario", "measure", "subject_kind", "unit", "hangs_on"),
    "What an outcome hangs on: its value with one thing at its low or high and all others in the middle.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("measure", TEXT, "as in `outcomes`"),
        Column("subject_kind", TEXT, "as in `outcomes`"),
        Column("unit", TEXT, "as in `outcomes`"),
        Column("hangs_on", TEXT, "name of an assumption, or a kind of unsure items such as `possible matches`"),
        Column("kind", TEXT, "assumption, or unsure items"),
        Column("at_low", REAL, "the outcome with it at its low (unsure items: none holds), all else in the middle"),
        Column("at_mid", REAL, "the outcome with everything in the middle"),
        Column("at_high", REAL, "the outcome with it at its high (unsure items: all hold), all else in the middle"),
        Column("swing", REAL, "how far apart at_low and at_high are"),
        Column(
            "variance_share", REAL, "share of the variance over the draws that it explains by itself", nullable=True
        ),
        Column("text", TEXT, "what it is, in words, with its range"),
        Column("source", TEXT, "where its range comes from"),
    ),
)

CONCLUSIONS = Table(
    "conclusions",
    ("question", "scenario", "other"),
    "Plain sentences and in how many draws each holds. The same questions are asked of every scenario and of every "
    "ordered pair of scenarios.",
    (
        Column("question", TEXT, "the question, in a few words"),
        Column("scenario", TEXT, "the scenario it is asked of"),
        Column("other", TEXT, "the scenario it is compared with; empty where none is"),
        Column("measure", TEXT, "the outcome it is about, as in `outcomes`"),
        Column("subject_kind", TEXT, "as in `outcomes`"),
        Column("unit", TEXT, "as in `outcomes`"),
        Column("sentence", TEXT, "the answer in words, with the number of draws in which it holds"),
        Column("held", COUNT, "in how many draws the answer is yes"),
        Column("equal", COUNT, "in how many draws both sides are the same: no in either direction"),
        Column("draws", COUNT, "how many draws"),
        Column("verdict", TEXT, "holds in all draws, holds in no draw, or turns on what is not known"),
        Column("hangs_on", TEXT, "what the answer turns on most; empty where all draws agree", nullable=True),
        Column("tested_over", TEXT, "the ranges of the assumptions it was tried over; empty where nothing is unsure"),
    ),
)

ASSUMPTIONS = Table(
    "assumptions",
    ("scenario", "name"),
    "Every assumption of a scenario, with its range, its source and the outcomes that use it.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("name", TEXT, "name, as in a scenario's `assumptions.NAME`"),
        Column("low", REAL, "low, a share between 0 and 1"),
        Column("mid", REAL, "mid"),
        Column("high", REAL, "high"),
        Column("text", TEXT, "what it is a share or chance of"),
        Column("source", TEXT, "where the range comes from, or that there is no source"),
        Column("used_by", TEXTS, "the measures of `outcomes` that rest on it, each once"),
    ),
)

CUT = Table(
    "cut",
    ("scenario", "month", "flow", "quantity"),
    "How much of a group's money a measure stops, month by month of 30 days from its day, before and after the group "
    "re-routes it.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("month", COUNT, "the month, counted from 1"),
        Column("flow", TEXT, "income, laundering (each channel it passes counts) or spending"),
        Column(
            "quantity",
            TEXT,
            "before: what moves without the measure, as far as it is seen; unseen: what hands of the group move that "
            "neither list nor patterns show; stopped: what passes stopped accounts; rerouted: what of it gets "
            "through all the same; net: the rest; lost: what of that is never made good; cost: what recruits cost",
        ),
        Column("unit", TEXT, "the base currency; whole units"),
        Column("low", REAL, "low"),
        Column("mid", REAL, "mid"),
        Column("high", REAL, "high"),
        Column("basis", TEXT, "books: the month as it is; mean after, mean before, all: a mean of those months"),
    ),
)

_SPREAD = (
    Column("low", REAL, "no draw is below it"),
    Column("p05", REAL, "one draw in twenty is at or below it"),
    Column("p25", REAL, "one draw in four"),
    Column("p50", REAL, "one draw in two"),
    Column("p75", REAL, "three draws in four"),
    Column("p95", REAL, "nineteen draws in twenty"),
    Column("high", REAL, "no draw is above it"),
    Column("mean", REAL, "the mean of all draws"),
    Column("draws", COUNT, "how many draws"),
    Column("seed", TEXT, "the seed they come from"),
)

CUT_DRAWS = Table(
    "cut_draws",
    ("scenario", "month", "flow", "quantity", "unit"),
    "`cut` over the random draws. The months of a draw add up to that draw of the outcome: stopped to "
    "`cut.FLOW.before re-routing`, net to `cut.FLOW`, lost to `cut.FLOW.never made good`.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("month", COUNT, "the month, counted from 1"),
        Column("flow", TEXT, "income, laundering or spending"),
        Column("quantity", TEXT, "before, stopped, net or lost, as in `cut`"),
        Column(
            "unit",
            TEXT,
            "the base currency (whole units), or `share of before`: each draw by its own `before`, 1 at most",
        ),
        *_SPREAD,
    ),
)

CORRIDOR_DRAWS = Table(
    "corridor_draws",
    ("scenario", "sending", "receiving", "measure", "unit", "basis"),
    "`corridors` over the random draws. In every draw the amounts of the corridors between countries add up to the "
    "outcomes of `harmed.remittance senders`; someone who sends over two corridors counts in both.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("sending", TEXT, "as in `corridors`"),
        Column("receiving", TEXT, "as in `corridors`"),
        Column("measure", TEXT, "as in `corridors`, of those that hang on what is not known"),
        Column("unit", TEXT, "as in `corridors`"),
        Column("basis", TEXT, "`counted in these books`"),
        *_SPREAD,
    ),
)

FRONTIER_DRAWS = Table(
    "frontier_draws",
    ("cost", "point", "quantity"),
    "The opened points of `frontier_points` and the designation as made over the random draws: what each cuts and "
    "harms when possible matches are the listed ones or are not. The points themselves stay as they are.",
    (
        Column("scenario", TEXT, "the scenario whose frontier it is"),
        Column("cost", TEXT, "as in `frontier_points`"),
        Column("point", TEXT, "as in `frontier_points`"),
        Column("quantity", TEXT, "cut, share_cut (of what flows in that draw) or harm, each as in `frontier_points`"),
        *_SPREAD,
    ),
)

FRONTIER_ANSWERS = Table(
    "frontier_answers",
    ("cost", "point", "other"),
    "In how many draws an opened point cuts no less of the group's money than the designation as made for no more "
    "harm, and is not equal to it in both; and the other way round.",
    (
        Column("cost", TEXT, "as in `frontier_points`"),
        Column(
            "point",
            TEXT,
            "a point, `actual`, `any` (some set chosen afterwards), `any before` (chosen before the day), or `none`",
        ),
        Column("other", TEXT, "whom it is held against"),
        Column("sentence", TEXT, "the answer in words, with the number of draws in which it holds"),
        Column("held", COUNT, "in how many draws the answer is yes"),
        Column("draws", COUNT, "how many draws"),
        Column("verdict", TEXT, "holds in all draws, holds in no draw, or turns on what is not known"),
        Column("hangs_on", TEXT, "whose match it turns on most; empty where all draws agree", nullable=True),
    ),
)

AFFECTED = Table(
    "affected",
    ("scenario", "effect", "subject_id", "group_id"),
    "Whom a measure reaches in these books, one row each, with the reason. Holds nothing about immigration.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("effect", TEXT, "blocked, exposed, or harmed"),
        Column("subject_kind", TEXT, "party, account or institution"),
        Column("subject_id", TEXT, "its id"),
        Column("group_id", TEXT, "the group"),
        Column("role", TEXT, "listed, owned, counterparty, possible victim, remittance sender..."),
        Column("amount", AMOUNT, "the amount concerned, base minor units"),
        Column("before", AMOUNT, "the part before the effective day", nullable=True),
        Column("after", AMOUNT, "the part on or after the effective day", nullable=True),
        Column("reason", TEXT, "why, in words: the list entry, the chain of ownership, the pattern"),
    ),
)

FRONTIER_POINTS = Table(
    "frontier_points",
    ("cost", "point"),
    "Sets of accounts to freeze, each leaving the least of a group's money for the harm it does, and beside them the "
    "designation as it was made.",
    (
        Column("cost", TEXT, "what harm counts: `lawful flow` (base minor units) or `people`"),
        Column("point", TEXT, "a number by rising harm, `actual`, `budget` with its amount, or `before` with a number"),
        Column(
            "kind",
            TEXT,
            "supported: best for a weight; completed: a best cut of which an account was halved, frozen "
            "whole; actual: the designation as made; budget: best found within a budget of harm; foreseen: chosen by "
            "the payments before the day, measured by those after it",
        ),
        Column("money", AMOUNT, "the group's money that can still go from income to use, base minor units"),
        Column("cut", AMOUNT, "what of it no longer can, base minor units"),
        Column("share_cut", REAL, "that part of all of it, 0 to 1"),
        Column("harm", COUNT, "lawful payments lost (base minor units) or people who lose them, summed over accounts"),
        Column("bound", REAL, "no set of at most that harm leaves less money than this, base minor units"),
        Column(
            "weight_low", REAL, "smallest weight (money per unit of harm) for which it is proven best", nullable=True
        ),
        Column(
            "weight_high",
            REAL,
            "largest such weight; empty: there is no largest, or it is best for none",
            nullable=True,
        ),
        Column("proof_weight", TEXT, "the weight P/Q of its proof; 0/1: money first, then harm", nullable=True),
        Column(
            "proof_flow",
            COUNT,
            "value of a flow that no cut undercuts: Q * money + P * harm of the cut (of weight 0/1: its harm)",
            nullable=True,
        ),
        Column("accounts", COUNT, "accounts it freezes"),
        Column("opened", YESNO, "true where `frontier_measures` lists its accounts"),
    ),
)

_FRONTIER_ACCOUNT = (
    Column("account_id", TEXT, "the account"),
    Column("party_id", TEXT, "its holder", nullable=True),
    Column("caption", TEXT, "the holder's name, else the account"),
    Column(
        "role",
        TEXT,
        "own: taken for the group's; mostly: most of what it moves is the group's; income: on the way "
        "to the group; use: on the way from it; both; outside: on no way",
    ),
    Column("harm", COUNT, "what freezing it costs, in the unit of `cost`"),
    Column("money", AMOUNT, "the most of the group's money that can pass it, base minor units"),
    Column("share", REAL, "share of its turnover that is attributed to the group, 0 to 1"),
    Column("lawful", AMOUNT, "payments to and from it that are not the group's, base minor units"),
    Column("people", COUNT, "people with such payments, the holder included unless the account is the group's"),
    Column("why", TEXT, "its part in words"),
)

FRONTIER_MEASURES = Table(
    "frontier_measures",
    ("cost", "point", "account_id"),
    "The accounts that a point of the frontier freezes. Being on a way of the group's money is not guilt.",
    (
        Column("cost", TEXT, "what harm counts"),
        Column("point", TEXT, "the point"),
        *_FRONTIER_ACCOUNT,
        Column("actual", YESNO, "true where the designation as made freezes it too", nullable=True),
    ),
)

FRONTIER_DIFFERENCES = Table(
    "frontier_differences",
    ("cost", "point", "account_id"),
    "What tells the designation as it was made from the nearest points of the frontier, account by account.",
    (
        Column("cost", TEXT, "what harm counts"),
        Column("point", TEXT, "the point"),
        *_FRONTIER_ACCOUNT,
        Column("side", TEXT, "`only the designation` or `only the point` freezes it"),
    ),
)

COERCED_PAYMENT = Table(
    "coerced_payment",
    ("scenario", "group_id", "law"),
    "One coerced payment, five answers: what each law says of a payment made under threat to a group of the measure. "
    "It is about rules, never about a person, and the five are never merged. Not legal advice.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("group_id", TEXT, "the group paid"),
        Column("law", TEXT, "sanctions, material support, civil liability, immigration or local law"),
        Column("arises", TEXT, "whether the measure brings the question up by the as-of day: yes, no or cannot tell"),
        Column("since", DAY, "first day an authority brings it up, where that day is known", nullable=True),
        Column("days", TEXTS, "the authorities that bring it up, each with its first day"),
        Column("not_raised_by", TEXTS, "the authorities of the measure that do not bring it up"),
        Column("tier_before", TEXT, "for immigration: the group's tier on the day before", nullable=True),
        Column("tier_on_day", TEXT, "for immigration: its tier on the as-of day under the measure", nullable=True),
        Column("question", TEXT, "what this law asks"),
        Column("rule", TEXT, "the rule in words"),
        Column("before", TEXT, "what it says of a payment before the first day"),
        Column("after", TEXT, "what it says of one from that day on; the same as `before` where it does not arise"),
        Column("knowledge", TEXT, "what the payer must have known"),
        Column("duress", TEXT, "what a threat changes"),
        Column("least_amount", TEXT, "whether a small amount changes anything"),
        Column("by_authority", TEXTS, "what each authority of the measure adds"),
        Column("settled", TEXTS, "what statutes, rules or decisions of that day say"),
        Column("open", TEXTS, "what nothing settles, or what was looked for and not found"),
        Column("not_verified", TEXTS, "what is said somewhere while the official text was not read"),
        Column("sources", TEXTS, "where it is written"),
        Column("source_urls", TEXTS, "the addresses of these sources, in the same order"),
    ),
)

CORRIDORS = Table(
    "corridors",
    ("scenario", "sending", "receiving", "measure", "unit", "basis"),
    "Lawful remittances by corridor: what the books count and, apart from it, what that means for the whole corridor "
    "where published volumes are given. Places are those of accounts and homes; nobody's nationality.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("sending", TEXT, "country sent from, a state such as `us-ca`, `*` for anywhere, or `unknown`"),
        Column("receiving", TEXT, "country paid out in, a state such as `mx-mic`, or `unknown`"),
        Column("measure", TEXT, "all remittances; over someone blocked or exposed; stopped, delayed or dearer..."),
        Column("unit", TEXT, "senders, remittances, or `USD` and the like for whole currency units"),
        Column("basis", TEXT, "`counted in these books` or `estimate for the corridor`"),
        Column("low", REAL, "low; of an estimate with the sampling error and the representativeness taken in"),
        Column("mid", REAL, "mid"),
        Column("high", REAL, "high"),
        Column("sampling_low", REAL, "low end of the sampling error of the mid of an estimate", nullable=True),
        Column("sampling_high", REAL, "high end of it", nullable=True),
        Column("factor", REAL, "the estimate divided by what the books count", nullable=True),
        Column("published", REAL, "published value or number of remittances it was scaled to", nullable=True),
        Column("first", DAY, "first day of the books"),
        Column("last", DAY, "last day of the books up to the as-of day"),
        Column("assumption", TEXT, "what it hangs on, or `counted`"),
        Column("source", TEXT, "the table, file or publication behind it"),
    ),
)

IMMIGRATION = Table(
    "immigration",
    ("scenario", "cause", "amount", "tier"),
    "How many people an immigration rule would reach if they had an immigration matter, by cause, amount and what is "
    "left of the exemptions. Groups of people only: no ids, no small cells, rounded; nobody's nationality or status is "
    "known or used.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("cause", TEXT, "paid extortion, paid a smuggling fee, works for a blocked firm, other payment"),
        Column("amount", TEXT, "band of what was paid in all (for work: received), base currency; the law knows none"),
        Column("tier", TEXT, "tier of the organisation paid, on the day of the payment, under the measure"),
        Column("exemptions_left", TEXT, "the exemptions that are left"),
        Column("small_exemptions_gone", YESNO, "true where those for insignificant and limited support do not hold"),
        Column("low", REAL, "people, low; empty where hidden", nullable=True),
        Column("mid", REAL, "people, mid", nullable=True),
        Column("high", REAL, "people, high", nullable=True),
        Column("hidden", YESNO, "true where the cell is too small to be shown, or would give a small one away"),
        Column("assumption", TEXT, "what the range hangs on"),
        Column("source", TEXT, "where the rule and the ranges are written"),
    ),
)

FRONTIER_REPLAYS = Table(
    "frontier_replays",
    ("cost", "point"),
    "Points of the frontier re-simulated in time: the frozen accounts' payments struck out, the rest traced again.",
    (
        Column("cost", TEXT, "what harm counts"),
        Column("point", TEXT, "the point"),
        Column("share_left", REAL, "share of the group's money that still flows at the point, 0 to 1"),
        Column(
            "before",
            AMOUNT,
            "the money of the group's accounts and those mostly its, traced from all of them, nothing frozen",
        ),
        Column("static", AMOUNT, "what of it still flows when the point is frozen, by the network alone"),
        Column("left", AMOUNT, "what of it still flows in time: payments struck, funded, traced again"),
        Column("difference", REAL, "`left` less `static` as a share of `before`; below 0: time cuts more"),
    ),
)

HARM_MONTHS = Table(
    "harm_months",
    ("scenario", "measure", "unit", "month"),
    "What of the harm is still there in each month after the day, as people find other channels and other income.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("measure", TEXT, "senders without a channel, remittances not arriving, wages not paid..."),
        Column("unit", TEXT, "people, parties, or `USD` and the like for whole currency units in that month"),
        Column("month", COUNT, "1 for the first month after the day"),
        Column("first", DAY, "first day of that month; empty where the day of the measure is not known", nullable=True),
        Column("low", REAL, "low"),
        Column("mid", REAL, "mid"),
        Column("high", REAL, "high"),
        Column("assumption", TEXT, "what the range hangs on"),
        Column("source", TEXT, "where it comes from"),
    ),
)

DUTY_DAYS = Table(
    "duty_days",
    ("scenario", "group_id", "authority", "topic", "text"),
    "What must be done about blocked property and by when, by the law of the as-of day, with the accounts it concerns.",
    (
        Column("scenario", TEXT, "the scenario"),
        Column("group_id", TEXT, "the group"),
        Column("authority", TEXT, "the authority that asks for it"),
        Column("topic", TEXT, "blocks, reporting or records"),
        Column("text", TEXT, "the duty in words"),
        Column("deadline", TEXT, "the period as the law words it; empty where there is none"),
        Column("due", DAY, "that period counted from the effective day, where it is known", nullable=True),
        Column("next_due", DAY, "first such day after the as-of day; a yearly duty comes back", nullable=True),
        Column("days_passed", TEXTS, "its days up to the as-of day"),
        Column("accounts_low", REAL, "accounts to be blocked for the group, low"),
        Column("accounts_mid", REAL, "mid"),
        Column("accounts_high", REAL, "high"),
        Column("source", TEXT, "where the duty is written"),
        Column("source_url", TEXT, "its address", nullable=True),
    ),
)

TRUTH_ACCOUNTS = Table(
    "truth_accounts",
    ("account_id",),
    "For a generated world: what each account really is.",
    (
        Column("account_id", TEXT, "the account"),
        Column("group_id", TEXT, "the group it works for; empty for everyone else", nullable=True),
        Column("role", TEXT, "household, shop, cell, collector, funnel, mule, shell, facilitator, agent, bank..."),
        Column("listed", YESNO, "true where its holder is on the list the world writes"),
        Column("coerced", YESNO, "true where it pays under threat"),
    ),
)

TRUTH_TRANSFERS = Table(
    "truth_transfers",
    ("transfer_id",),
    "For a generated world: the transfers of planted activity.",
    (
        Column("transfer_id", TEXT, "the transfer"),
        Column("label", TEXT, "extortion, smuggling fee, funnel, structuring, mule layer, trade shell..."),
        Column("scheme_id", TEXT, "the planted scheme it belongs to"),
        Column("coerced", YESNO, "true where the payer pays under threat"),
    ),
)

TRUTH_EFFECTS = Table(
    "truth_effects",
    ("transfer_id",),
    "For the twin of a generated world: every payment intended in the base world that the measure or a reaction to it "
    "changed. A payment that is not here was made as intended; USD cents at the rate of the day.",
    (
        Column("transfer_id", TEXT, "the payment as the base world has it"),
        Column("time", TIME, "when it was to be made"),
        Column("payer_account", TEXT, "who was to pay"),
        Column("payee_account", TEXT, "who was to be paid"),
        Column("flow", TEXT, "lawful, or of the group: income, laundering, spending"),
        Column("kind", TEXT, "wage, family, remittance, rent, trade, card, extortion, smuggling fee, laundering..."),
        Column("coerced", YESNO, "true where the payer pays under threat"),
        Column("outcome", TEXT, "stopped, delayed, re-routed, smaller or larger"),
        Column(
            "cause", TEXT, "account frozen or closed, corridor stopped, agent refuses, dearer, money did not come..."
        ),
        Column(
            "blocked", TEXT, "whose account was blocked when it was to be made: payer, payee or both", nullable=True
        ),
        Column("way", TEXT, "how it went instead: existing account, recruit, another agent, by hand...", nullable=True),
        Column("amount", AMOUNT, "what was intended"),
        Column("moved", AMOUNT, "what the twin's ledger has of it by the end of the window"),
        Column("moved_at", TIME, "when", nullable=True),
        Column("twin_id", TEXT, "the payment in the twin's ledger; empty where there is none", nullable=True),
    ),
)

TABLES: dict[str, Table] = {
    t.name: t
    for t in (
        ENTITIES,
        NAMES,
        DESIGNATIONS,
        OWNERSHIP,
        MEMBERSHIPS,
        PARTIES,
        INSTITUTIONS,
        ACCOUNTS,
        TRANSFERS,
        ROLES,
        REJECTED,
        MATCHES,
        SCREENED,
        UNSCREENED,
        DECISIONS,
        STANDING,
        DEALINGS,
        EXPOSURES,
        ATTRIBUTIONS,
        EXPOSURE_BOUNDS,
        BEFORE_AFTER,
        CHANNELS,
        INSTITUTION_EXPOSURES,
        PATHS,
        EVIDENCE,
        AGENTS,
        FINDINGS,
        COERCION,
        OUTCOMES,
        CUT,
        UNCERTAINTY,
        TORNADO,
        CONCLUSIONS,
        ASSUMPTIONS,
        CUT_DRAWS,
        CORRIDOR_DRAWS,
        FRONTIER_DRAWS,
        FRONTIER_ANSWERS,
        AFFECTED,
        FRONTIER_POINTS,
        FRONTIER_MEASURES,
        FRONTIER_DIFFERENCES,
        COERCED_PAYMENT,
        CORRIDORS,
        IMMIGRATION,
        FRONTIER_REPLAYS,
        HARM_MONTHS,
        DUTY_DAYS,
        TRUTH_ACCOUNTS,
        TRUTH_TRANSFERS,
        TRUTH_EFFECTS,
    )
}
"""Every table by name."""
