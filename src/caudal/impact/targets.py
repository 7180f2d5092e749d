"""Whom a scenario names besides the lists: parties and accounts of the books, institutions, and who is left out.

An account that is named, that a court takes hold of, or whose holder an institution may judge an agent, counts by low,
mid and high weights like a possible match. Agents come from the table `agents`; behaving like one is not being one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.impact.aim import Aim
from caudal.impact.coded import coded
from caudal.impact.faces import LedgerLike
from caudal.impact.listed import Possible
from caudal.impact.scenario import FRONTIERS
from caudal.impact.terms import Terms
from caudal.tables import AGENTS, ATTRIBUTIONS

ACCOUNT_SCHEMA = pa.schema(
    [
        ("account_id", pa.string()),
        ("g", pa.int32()),
        ("role", pa.string()),
        ("assumption", pa.string()),
        ("reason", pa.string()),
    ]
)
"""Accounts hit one by one: the group's code, `named`, `prosecuted` or `agent`, the assumption by whose share it is so
(empty: it surely is), and why in words."""


@dataclass(frozen=True)
class Targets:
    """What a scenario names, looked up in the books.

    Attributes:
        parties: named parties, for each group by its code.
        accounts: rows in the shape of `ACCOUNT_SCHEMA`.
        institutions: institutions with whose accounts nobody may pay or be paid.
        exempt_parties, exempt_accounts: who is left out.
    """

    parties: Mapping[int, dict[str, Possible]]
    accounts: pa.Table
    institutions: frozenset[str]
    exempt_parties: frozenset[str]
    exempt_accounts: frozenset[str]


def find(
    terms: Terms, ledger: LedgerLike, attributions: pa.Table, agents: pa.Table | None, aim: Aim | None = None
) -> Targets:
    """Look up what the scenario names in the books.

    Args:
        aim: the point of the frontier that the scenario asks for (`accounts = "frontier"` and the like).

    Raises:
        InputError: a party, account or institution is unknown (`field` is the key's path), there is no group to hit, or
            the scenario needs the table `agents` and it is not given.
    """
    scenario = terms.scenario
    check(terms, ledger)
    named = () if scenario.accounts in FRONTIERS else scenario.accounts
    seized = () if scenario.prosecuted == "agents" else scenario.prosecuted
    asked = {*seized, *scenario.facilitators, *scenario.exempt}
    parties = _among(ledger.parties.column("party_id"), asked)
    seen = _accounts_among(ledger, asked)
    accounts = ledger.accounts.select(["account_id", "party_id", "institution_id"])
    of_party: dict[str, list[str]] = {}
    for row in _rows_of(accounts, "party_id", asked).to_pylist():
        of_party.setdefault(row["party_id"], []).append(row["account_id"])
    rows: list[tuple[str, str, str, str]] = []
    rows += [(account, "named", "", "named by the scenario") for account in named]
    if aim:
        rows += [(account, "named", "", f"named: {aim.words}") for account in aim.accounts]
    for name in seized:
        for account in of_party.get(name, [name] if name in seen else []):
            rows.append((account, "prosecuted", "", "named by the scenario: a court takes hold of it"))
    rows += _agents(terms, agents)
    own = _ties(terms, ledger, attributions, [r[0] for r in rows], scenario.facilitators, of_party)
    named_parties: dict[int, dict[str, Possible]] = {g.code: {} for g in terms.groups}
    for party in scenario.facilitators:
        if party in parties and terms.groups:
            code = next((own[a] for a in of_party.get(party, ()) if a in own), 0)
            named_parties[code][party] = Possible(party, party, 1.0, False)
    exempt = set(scenario.exempt)
    at_exempt = set(_rows_of(accounts, "institution_id", exempt).column("account_id").to_pylist())
    table = pa.Table.from_pylist(
        [
            {"account_id": account, "g": own.get(account, 0), "role": role, "assumption": name, "reason": reason}
            for account, role, name, reason in rows
        ],
        ACCOUNT_SCHEMA,
    )
    return Targets(
        named_parties,
        table,
        frozenset(scenario.institutions),
        frozenset(exempt & parties),
        frozenset((exempt & seen) | at_exempt | {a for p in exempt & parties for a in of_party.get(p, ())}),
    )


def check(terms: Terms, ledger: LedgerLike) -> None:
    """Refuse a scenario that names what the books do not have.

    Raises:
        InputError: a party, account or institution is unknown (`field` is the key's path), or there is no group to hit.
    """
    scenario = terms.scenario
    if not terms.groups and any(getattr(scenario, key) for key in ("accounts", "institutions", "prosecuted")):
        raise InputError("there is no designated group that the measure could be about", field="groups")
    named = () if scenario.accounts in FRONTIERS else scenario.accounts
    seized = () if scenario.prosecuted == "agents" else scenario.prosecuted
    licences = scenario.licences
    asked = {
        *scenario.facilitators, *named, *scenario.institutions, *seized, *scenario.exempt,
        *(n for x in licences for n in (*x.parties, *x.accounts)),
    }  # fmt: skip
    if not asked:
        return
    parties = _among(ledger.parties.column("party_id"), asked)
    institutions = _among(ledger.institutions.column("institution_id"), asked)
    seen = _accounts_among(ledger, asked)

    def known(key: str, names: Iterable[str], *among: Iterable[str]) -> None:
        for place, name in enumerate(names):
            if not any(name in some for some in among):
                kinds = " nor ".join(_words(some, parties, institutions) for some in among)
                raise InputError(f"{name!r} is no {kinds}", field=f"{key}.{place}")

    known("facilitators", scenario.facilitators, parties, terms.facilitators)
    known("accounts", named, seen)
    known("institutions", scenario.institutions, institutions)
    known("prosecuted", seized, parties, seen)
    known("exempt", scenario.exempt, parties, seen, institutions, terms.exempt)
    for place, licence in enumerate(licences):
        known(f"licences.{place}.parties", licence.parties, parties)
        known(f"licences.{place}.accounts", licence.accounts, seen)


def _words(some: Iterable[str], parties: set[str], institutions: set[str]) -> str:
    if some is parties:
        return "party of the books"
    if some is institutions:
        return "institution of the books"
    return "entry of the lists" if isinstance(some, frozenset) else "account of the books"


def _among(column: pa.ChunkedArray, names: Iterable[str]) -> set[str]:
    """Those of some names that stand in a column."""
    wanted = pa.array(sorted(set(names)), pa.string())
    return set(wanted.filter(pc.is_in(wanted, value_set=column.combine_chunks())).to_pylist()) if len(wanted) else set()


def _accounts_among(ledger: LedgerLike, names: Iterable[str]) -> set[str]:
    """Those of some names that are accounts of the books, also such as only transfers name."""
    wanted = pa.array(sorted(set(names)), pa.string())
    return set(wanted.filter(pa.array(coded(ledger).codes(wanted) >= 0)).to_pylist()) if len(wanted) else set()


def _rows_of(table: pa.Table, column: str, names: Iterable[str]) -> pa.Table:
    """The rows that name one of these in a column."""
    return table.filter(pc.is_in(table.column(column), value_set=pa.array(sorted(set(names)), pa.string())))


def _agents(terms: Terms, agents: pa.Table | None) -> list[tuple[str, str, str, str]]:
    """Accounts that behave like agents, where a court is asked to take hold of them or the law reaches them."""
    scenario = terms.scenario
    asked = scenario.prosecuted == "agents"
    judged = {g.id for g in terms.groups if "agents" in g.powers}
    if agents is None:
        if asked:
            raise InputError("it needs the table `agents`", field="prosecuted")
        return []
    found = []
    table = AGENTS.check(agents).select(["account_id", "group_id", "strength"])
    for row in table.to_pylist():
        words = f"behaves like the group's own hands (strength {row['strength']:.2f}); a person must judge it"
        if asked and any(g.id == row["group_id"] for g in terms.groups):
            found.append((row["account_id"], "prosecuted", "agent_is_proved", words))
        if row["group_id"] in judged:
            found.append((row["account_id"], "agent", "agent_is_judged", words))
    return found


def _ties(
    terms: Terms,
    ledger: LedgerLike,
    attributions: pa.Table,
    accounts: Iterable[str],
    parties: Iterable[str],
    of_party: Mapping[str, list[str]],
) -> dict[str, int]:
    """The group each account moved most money for, by its code; those that moved none are left out."""
    wanted = {*accounts, *(a for p in parties for a in of_party.get(p, ()))}
    if len(terms.groups) < 2 or not wanted:
        return {}
    names = pa.array(sorted(wanted), pa.string())
    rows = ATTRIBUTIONS.check(attributions).select(["transfer_id", "group_id", "amount"])
    moved: dict[str, dict[str, int]] = {}
    for column in ("payer_account", "payee_account"):
        theirs = ledger.transfers.select(["transfer_id", column])
        theirs = theirs.filter(pc.is_in(theirs.column(column), value_set=names))
        joined = theirs.join(rows, "transfer_id", join_type="inner").group_by([column, "group_id"])
        for row in joined.aggregate([("amount", "sum")]).to_pylist():
            mine = moved.setdefault(row[column], {})
            mine[row["group_id"]] = mine.get(row["group_id"], 0) + row["amount_sum"]
    codes = {g.id: g.code for g in terms.groups}
    return {
        account: codes[max(sums, key=lambda g: (sums[g], g))]
        for account, sums in ((a, {g: n for g, n in s.items() if g in codes}) for a, s in moved.items())
        if sums
    }
