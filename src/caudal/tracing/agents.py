"""Accounts that behave like a group's own hands: reasons and innocent explanations, never a label.

Who is an agent of a group is for the institution to decide, on all it knows. What a ledger and lists can say for it:

- it lives on the group's business: much of what it received came from the group, or much of what it paid went there;
- it hands money through: what comes in goes out again within a day or two;
- its holder shares an identifier or an address with a holder of the group's accounts, owns or is owned by one below the
  line of the 50 Percent Rule, acts for one, or is a possible match, too weak for an alert, with an entity tied to it.

The strength orders the rows. Each reason speaks on its own, 1 - (1 - a)(1 - b)...: the first two together count
`share * passed * HANDED`, the first alone `share * LIVES`, the others the weights of `WEIGHTS`. It is no probability;
the weights were set on made-up worlds, and how often they point at the group's own is measured on others.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.tables import ACCOUNTS, AGENTS, EXPOSURES, MATCHES, MEMBERSHIPS, OWNERSHIP, PARTIES
from caudal.tracing.index import TransferIndex
from caudal.tracing.kernels import Ints
from caudal.tracing.passing import Reals, passing

WITHIN_HOURS = 48.0
HANDED, LIVES = 0.9, 0.3
WEIGHTS = {"identifier": 0.9, "acts for": 0.6, "owns": 0.4, "address": 0.3, "weaker match": 0.3}
LEAST = 0.2
"""Rows below this strength are left out."""

SHARED_BY = 5
"""An address or identifier that more parties have than this is a building or a default value, and says nothing."""

_INNOCENT = {
    "identifier": "a number typed into the wrong file, or one family's shared document",
    "acts for": "a lawyer, accountant or employee with a mandate that ended or covers one lawful matter",
    "owns": "a minority holding without a say in the business",
    "address": "neighbours, relatives who are not involved, or a building with many offices",
    "weaker match": "someone else with a similar name",
}


@dataclass(frozen=True)
class _Seen:
    """What the ledger shows of an account; the columns of the table of the same names."""

    share_from: float
    share_to: float
    passed: float
    hours: float | None
    payers: int
    payees: int


@dataclass(frozen=True)
class _Tie:
    """One reason about the holder."""

    kind: str
    text: str


def agents(
    index: TransferIndex,
    groups: Mapping[str, Iterable[str]],
    exposures: pa.Table,
    accounts: pa.Table,
    *,
    parties: pa.Table | None = None,
    ownership: pa.Table | None = None,
    matches: pa.Table | None = None,
    memberships: pa.Table | None = None,
    within_hours: float = WITHIN_HOURS,
    least: float = LEAST,
) -> pa.Table:
    """Accounts that behave like a group's own hands, as an AGENTS table, those with most reasons first.

    Only accounts with exposure by the proportional method are looked at; the groups' own and pooled ones never are.

    Args:
        index: the transfers.
        groups: the accounts of each group, by group id.
        exposures: EXPOSURES in both directions.
        accounts: ACCOUNTS.
        parties: PARTIES; without it no identifier or address is compared.
        ownership: OWNERSHIP.
        matches: MATCHES; those that are no alert count as weaker.
        memberships: MEMBERSHIPS: which entities are tied to a group.
        within_hours: how quickly money must be paid on.
        least: rows of less strength are left out, 0 to 1.

    Raises:
        InputError: a table has another shape, or an argument is out of its range.
    """
    if not within_hours > 0 or not 0 <= least <= 1:
        raise InputError("the time must be above 0 hours, and the least strength between 0 and 1", field="agents")
    held = ACCOUNTS.check(accounts)
    party_of = dict(zip(held["account_id"].to_pylist(), held["party_id"].to_pylist(), strict=True))
    pooled = set(held.filter(held["pooled"])["account_id"].to_pylist())
    table = EXPOSURES.check(exposures)
    table = table.filter(pc.equal(table["method"], "proportional"))
    code_of = pc.index_in(table["account_id"], value_set=index.accounts).combine_chunks()
    if code_of.null_count:
        raise InputError("an exposed account occurs in no transfer", file="exposures", field="account_id")
    code = code_of.to_numpy()
    amount = table["direct"].to_numpy() + table["indirect"].to_numpy()
    back = pc.equal(table["direction"], "backward").to_numpy()
    asked = np.zeros(len(index.accounts), np.bool_)
    asked[code] = True
    moved = passing(index, asked, round(within_hours * 3_600_000_000))
    received, paid = index.turnover
    handed = _share(moved.passed, received)
    rows = []
    for group, own in groups.items():
        seeds = set(own)
        mine = pc.equal(table["group_id"], group).to_numpy()
        came, went = np.zeros(len(asked), np.int64), np.zeros(len(asked), np.int64)
        came[code[mine & ~back]] = amount[mine & ~back]
        went[code[mine & back]] = amount[mine & back]
        share_from, share_to = _share(came, received), _share(went, paid)
        share = np.maximum(share_from, share_to)
        holders = {party_of[a] for a in seeds if party_of.get(a)}
        ties = _ties(holders, group, parties, ownership, matches, memberships)
        tied = np.zeros(len(asked), np.bool_)
        tied[index.codes(account for account, party in party_of.items() if party in ties)[0]] = True
        alone = 1 - (1 - HANDED * share * handed) * (1 - LIVES * share)
        here = (came > 0) | (went > 0)
        for at in np.flatnonzero(here & (tied | (alone >= least))).tolist():
            account = index.accounts[at].as_py()
            if account in seeds or account in pooled:
                continue
            known = ties.get(party_of.get(account) or "", [])
            strength = _strength(float(alone[at]), known)
            if strength < least:
                continue
            seen = _Seen(
                share_from=float(share_from[at]),
                share_to=float(share_to[at]),
                passed=float(handed[at]),
                hours=float(moved.stay[at]) / 3_600_000_000 if moved.passed[at] > 0 else None,
                payers=int(moved.payers[at]),
                payees=int(moved.payees[at]),
            )
            rows.append(
                {
                    "account_id": account,
                    "party_id": party_of.get(account),
                    "group_id": group,
                    "strength": strength,
                    "amount_from": int(came[at]),
                    "amount_to": int(went[at]),
                    **vars(seen),
                    "reasons": _reasons(seen, within_hours, known),
                    "innocent": _innocent(seen, known),
                }
            )
    rows.sort(key=lambda row: (row["group_id"], -row["strength"], row["account_id"]))
    return AGENTS.build(rows)


def _share(part: Reals | Ints, whole: Ints) -> Reals:
    """A part of a whole, 0 to 1; 0 where there is no whole."""
    shares = np.zeros(len(whole))
    np.divide(part, whole, out=shares, where=whole > 0)
    return np.minimum(shares, 1.0, out=shares)


def _strength(alone: float, ties: list[_Tie]) -> float:
    against = 1 - alone
    for kind in {tie.kind for tie in ties}:
        against *= 1 - WEIGHTS[kind]
    return 1 - against


def _reasons(seen: _Seen, within: float, ties: list[_Tie]) -> list[str]:
    said = []
    if seen.share_from >= 0.05:
        said.append(f"{seen.share_from:.0%} of what it received is traced from the group")
    if seen.share_to >= 0.05:
        said.append(f"{seen.share_to:.0%} of what it paid is traced to the group")
    if seen.hours is not None and seen.passed >= 0.05:
        quick = f"within {within:g} hours, after {seen.hours:.1f} on average"
        said.append(f"{seen.passed:.0%} of what it received was paid on {quick}")
    said.append(f"it was paid by {_n(seen.payers)} and paid {_n(seen.payees)}")
    return said + [tie.text for tie in ties]


def _innocent(seen: _Seen, ties: list[_Tie]) -> list[str]:
    said = []
    if seen.passed >= 0.3:
        said.append("an agent, an escrow or a payment processor that passes on what it is given, as agreed")
    if seen.payees >= 10 and seen.payees >= 3 * seen.payers:
        said.append("a payroll firm or a remittance agent that pays many people for a few customers")
    elif seen.payers >= 10 and seen.payers >= 3 * seen.payees:
        said.append("a landlord, a school or a shop that takes money from many people")
    if max(seen.share_from, seen.share_to) >= 0.3:
        said.append("an employee, a relative or a supplier whose main customer belongs to the group, knowingly or not")
    if seen.share_to >= 0.3 and seen.share_from < 0.05:
        said.append("someone who pays under threat: a possible victim")
    said += sorted({_INNOCENT[tie.kind] for tie in ties})
    return said or ["an ordinary customer who had to do with the group by chance"]


def _n(count: int) -> str:
    return f"{count:,} account{'' if count == 1 else 's'}"


def _ties(
    seeds: set[str],
    group: str,
    parties: pa.Table | None,
    ownership: pa.Table | None,
    matches: pa.Table | None,
    memberships: pa.Table | None,
) -> dict[str, list[_Tie]]:
    """What ties each party to the holders of the group's accounts, the group's own left out."""
    found: dict[str, list[_Tie]] = defaultdict(list)
    if parties is not None:
        _shared(seeds, PARTIES.check(parties), found)
    if ownership is not None:
        for row in OWNERSHIP.check(ownership).to_pylist():
            for party, other, owner in (
                (row["asset_id"], row["owner_id"], True),
                (row["owner_id"], row["asset_id"], False),
            ):
                if other in seeds and party not in seeds:
                    found[party].append(_owned(row, other, owner))
    if matches is not None and memberships is not None:
        tied = MEMBERSHIPS.check(memberships)
        tied = tied.filter(pc.equal(tied["group_id"], group))
        entities = set(tied["entity_id"].to_pylist())
        weak = MATCHES.check(matches)
        weak = weak.filter(pc.and_(pc.invert(weak["alert"]), pc.is_valid(weak["party_id"])))
        for row in weak.select(["party_id", "entity_id", "bits"]).to_pylist():
            if row["entity_id"] in entities and row["party_id"] not in seeds:
                text = f"possible match below the alert threshold with {row['entity_id']} ({row['bits']:.1f} bits)"
                found[row["party_id"]].append(_Tie("weaker match", f"{text}, which a list ties to the group"))
    return found


def _owned(row: Mapping[str, object], other: str, owner: bool) -> _Tie:
    if row["kind"] != "owns":
        ends = f"{other} {row['kind']} it" if owner else f"it {row['kind']} {other}"
        return _Tie("acts for", f"{ends} ({row['source']}), and {other} holds an account of the group")
    low, high = (f"{int(str(row[end])) / 10_000:g}%" for end in ("share_min", "share_max"))
    share = low if low == high else f"{low} to {high}"
    ends = f"{other} owns {share} of it" if owner else f"it owns {share} of {other}"
    return _Tie("owns", f"{ends} ({row['source']}), and {other} holds an account of the group")


def _shared(seeds: set[str], parties: pa.Table, found: dict[str, list[_Tie]]) -> None:
    """Identifiers and addresses that a few parties have in common, one of them a holder of the group's accounts."""
    having: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for row in parties.select(["party_id", "identifiers", "address"]).to_pylist():
        for kind, values in (("identifier", row["identifiers"]), ("address", [row["address"]])):
            for value in values:
                key = re.sub(r"[^\w]+", "", value or "").casefold()
                if len(key) >= 5:
                    having[kind, key].append((row["party_id"], value))
    for (kind, _), holders in sorted(having.items()):
        near = sorted(party for party, _ in holders if party in seeds)
        if not near or len({party for party, _ in holders}) > SHARED_BY:
            continue
        for party, value in holders:
            if party not in seeds:
                found[party].append(
                    _Tie(kind, f"it shares the {kind} {value} with {near[0]}, who holds an account of the group")
                )
