"""Ledgers of ISO 20022 messages: ids, what messages say of payers and payees, and whom they name besides.

A side of a payment holds an account, and its birth date, numbers and address go to the holder of that account. Whoever
else a payment names (ultimate debtor and creditor, initiating party...) is a party of its own without an account: the
message ties it to the payment, not to a bank account, so no money is counted as its own. The table `roles` keeps the
tie, and screening looks at it like at any other party.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.ledger.iso_messages import HASH, NOT_PROVIDED, Who
from caudal.ledger.iso_reader import MAPPING, IsoReader, Named
from caudal.ledger.reading import Read, read_mapped
from caudal.ledger.rows import Settings
from caudal.ledger.tally import Tally
from caudal.ledger.text import digest, normal, or_null, whole
from caudal.tables import PARTIES, ROLES

Ints = npt.NDArray[np.int64]
Progress = Callable[[int, int | None], None]

_MADE = rf"\s?\| [0-9a-f]{{{HASH}}}$"
_SIDES = {"debtor": "payer_account", "creditor": "payee_account"}


def read_messages(reader: IsoReader, settings: Settings, progress: Progress | None) -> Read:
    """Read the payments of a reader of messages.

    Raises:
        InputError: no payment is usable, or a rate is missing.
    """
    read = read_mapped(reader, MAPPING, settings, progress, rename=_ids)
    read.reading.notes.update(reader.notes)
    return _with_named(read, reader.named)


def _ids(made: pa.Array) -> pa.Array:
    """The UETR; without one the payer's reference where no other payment has it; else `x` and a hash of the payment."""
    own = pc.invert(pc.match_substring_regex(made, _MADE))
    reference = pc.replace_substring_regex(made, _MADE, "")
    counted = reference.value_counts()
    often = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    vague = pc.or_(
        pc.is_in(reference, value_set=often),
        pc.is_in(pc.utf8_upper(reference), value_set=pa.array(["", NOT_PROVIDED])),
    )
    hashed = pc.binary_join_element_wise("x", pc.utf8_slice_codeunits(made, -HASH), "")
    return pc.if_else(own, made, pc.if_else(vague, hashed, reference))


def _with_named(read: Read, named: Named) -> Read:
    """The reading with what its messages say of the parties."""
    rows = np.frombuffer(named.row, dtype=np.int64) if len(named.row) else np.empty(0, np.int64)
    if not len(rows):
        return read
    role, of = (np.frombuffer(codes, dtype=np.int64) for codes in (named.role, named.of))
    source = read.transfers["source_row"].to_numpy()
    order = np.argsort(source)
    place = np.minimum(np.searchsorted(source, rows, sorter=order), len(source) - 1)
    transfer = order[place]
    there = source[transfer] == rows  # not so for payments that were rejected
    role, of, transfer = role[there], of[there], transfer[there]
    who = list(named.who)
    roles = list(named.roles)
    of_side = np.isin(role, [at for at, name in enumerate(roles) if name in _SIDES])
    parties = read.parties
    for name, column in _SIDES.items():
        if name in named.roles:
            mine = role == named.roles[name]
            accounts = whole(read.transfers[column]).take(pa.array(transfer[mine]))
            parties = _told(parties, read.accounts, accounts, of[mine], who)
    if of_side.all():
        return replace(read, parties=parties)
    parties, ids = _others(parties, who, np.unique(of[~of_side]))
    table = ROLES.build(
        {
            "transfer_id": whole(read.transfers["transfer_id"]).take(pa.array(transfer[~of_side])),
            "party_id": ids.take(pa.array(of[~of_side])),
            "role": pa.array(roles, pa.string()).take(pa.array(role[~of_side])),
        }
    )
    keys = list(ROLES.key)
    table = ROLES.check(table.group_by(keys).aggregate([])).sort_by([(key, "ascending") for key in keys])
    return replace(read, parties=parties, roles=table)


def _told(parties: pa.Table, accounts: pa.Table, of_account: pa.Array, of: Ints, who: list[Who]) -> pa.Table:
    """Parties with the birth dates, numbers and addresses that the descriptions of account holders give."""
    holder = accounts["party_id"].take(pc.index_in(of_account, value_set=whole(accounts["account_id"])))
    at = pc.index_in(whole(holder), value_set=whole(parties["party_id"]))
    known = at.is_valid().to_numpy(zero_copy_only=False)
    if not known.any():
        return parties
    party, of = pc.drop_null(at).to_numpy().astype(np.int64), of[known]
    pairs, weight = np.unique(party * len(who) + of, return_counts=True)
    party, of = np.divmod(pairs, len(who))
    weight = weight.astype(np.int64)
    count = parties.num_rows

    def most(values: list[str]) -> pa.Array:
        return Tally.of(party, pa.array([values[one] for one in of.tolist()], pa.string()), weight, count).first()

    numbers = [(i, j, n) for i, one in enumerate(of.tolist()) for j, n in enumerate(who[one].identifiers)]
    again = np.array([i for i, _, _ in numbers], dtype=np.int64)
    held = Tally.of(party[again], pa.array([n for _, _, n in numbers], pa.string()), weight[again], count).all()
    columns = {name: parties[name] for name in parties.column_names}
    columns["birth_date"] = pc.coalesce(parties["birth_date"], most([one.birth_date for one in who]))
    columns["address"] = pc.coalesce(parties["address"], most([one.address for one in who]))
    before = (
        parties["identifiers"].to_pylist() if pc.sum(pc.list_value_length(parties["identifiers"])).as_py() else None
    )
    if before is None:
        columns["identifiers"] = held
    else:
        both = zip(before, held.to_pylist(), strict=True)
        columns["identifiers"] = pa.array([list(dict.fromkeys([*a, *b])) for a, b in both], pa.list_(pa.string()))
    return PARTIES.build(columns)


def _others(parties: pa.Table, who: list[Who], used: Ints) -> tuple[pa.Table, pa.Array]:
    """Parties with those that payments only name, and the party of each description (null for unused ones).

    One party for one description, told by name, country, birth date and numbers: of people alone, a shared name is no
    reason to put them together, and a description that says more is another one.
    """
    some = [who[one] for one in used.tolist()]
    names = pa.array([" ".join(one.name.split()) for one in some], pa.string())
    country = [one.country.lower() if len(one.country) == 2 and one.country.isalpha() else "" for one in some]
    told = [
        normal(names),
        pa.array(country, pa.string()),
        pa.array([one.birth_date for one in some], pa.string()),
        pa.array(["\x1e".join(sorted(one.identifiers)) for one in some], pa.string()),
    ]
    ids = pc.binary_join_element_wise("named-", digest(told, 16), "")
    table = PARTIES.build(
        {
            "party_id": ids,
            "schema": pa.array([MAPPING.types.get(one.type, "LegalEntity") for one in some], pa.string()),
            "name": names,
            "aliases": pa.array([[] for _ in some], pa.list_(pa.string())),
            "birth_date": or_null(told[2]),
            "countries": pa.array([[code] if code else [] for code in country], pa.list_(pa.string())),
            "identifiers": pa.array([list(one.identifiers) for one in some], pa.list_(pa.string())),
            "address": or_null(pa.array([one.address for one in some], pa.string())),
        }
    )
    table = _one_each(table)
    everyone = pa.concat_tables([parties, table]).sort_by("party_id").combine_chunks()
    place = np.full(len(who), -1, dtype=np.int64)
    place[used] = np.arange(len(used))
    return everyone, ids.take(pa.array(place, mask=place < 0))


def _one_each(table: pa.Table) -> pa.Table:
    """One row for each party: descriptions that differ in spelling or address only are one."""
    table = table.sort_by([(key, "ascending") for key in ("party_id", "name", "address")]).combine_chunks()
    ids = table["party_id"].to_pylist()
    spelt: dict[str, dict[str, None]] = {}
    for party, name in zip(ids, table["name"].to_pylist(), strict=True):
        spelt.setdefault(party, {})[name] = None
    kept = [at for at, party in enumerate(ids) if not at or party != ids[at - 1]]
    columns = {name: table[name].take(pa.array(kept, pa.int64())) for name in table.column_names}
    columns["aliases"] = pa.array([list(spelt[ids[at]])[1:] for at in kept], pa.list_(pa.string()))
    return PARTIES.build(columns)
