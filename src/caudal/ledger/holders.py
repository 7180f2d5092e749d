"""Accounts, parties and institutions from the mentions of a ledger.

The rules (see `docs/explanation/ledger.md` for why):

- an account is its number; without one, it is the holder's normalised name and country;
- a domestic number is the IBAN that ends in it where both were seen under one name;
- one account has one holder, named by its most frequent spelling, the others are aliases;
- two accounts have one holder only where both are held by a company or organisation of one normalised name and one
  known country. People of one name are never put together.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.ledger.iban import contained, is_iban
from caudal.ledger.mapping import Mapping
from caudal.ledger.mentions import encode, group_codes
from caudal.ledger.tally import Tally
from caudal.ledger.text import digest, join, normal, or_null
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES

Ints = npt.NDArray[np.int64]
BIC = r"^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$"
"""A business identifier code (ISO 9362): party, country, location, and a branch or none."""

DISTINCT = 6
"""Letters and digits a firm's normalised name needs before it can put two accounts together."""


@dataclass(frozen=True)
class Holders:
    """What the mentions come to.

    Attributes:
        account_of: account id of every mention, string array of shape (mentions,).
        written_of: account key of every mention before domestic numbers were joined with IBANs: it depends on that
            mention alone, so that ids made from it do not change when the ledger grows.
        accounts, parties, institutions: the tables.
        spellings: account_id and other spellings of its number seen in the ledger.
    """

    account_of: pa.Array
    written_of: pa.Array
    accounts: pa.Table
    parties: pa.Table
    institutions: pa.Table
    spellings: pa.Table


def holders_of(mentions: pa.Table, weight: Ints, mapping: Mapping, notes: Counter[str]) -> Holders:
    """Accounts, parties and institutions of distinct mentions.

    Args:
        mentions: columns of `mentions.FIELDS`, cleaned.
        weight: how many accepted rows hold each.
        mapping: types, pooled accounts, how numbers are read.
        notes: counts what was left out.
    """
    text = {name: join(mentions.column(name).chunks) for name in mentions.column_names}
    norm = normal(text["name"])
    country = _codes(text["country"], "country", weight, notes)
    bank_country = _codes(text["bank_country"], "bank country", weight, notes)
    bic = _bics(text["bic"], weight, notes)
    institution = _institution_ids(bic, text["bank"], bank_country)
    written = _account_keys(text["account"], norm, country, institution, mapping)
    account_of = _joined(written, norm, bic, weight) if mapping.accounts.join_iban else written

    encoded = account_of.dictionary_encode()
    ids, of = _sorted_ids(encoded)
    count = len(ids)
    schema = _schemata(text["type"], mapping, weight, notes)
    by_account = {
        "name": Tally.of(of, text["name"], weight, count),
        "norm": Tally.of(of, norm, weight, count),
        "schema": Tally.of(of, schema, weight, count),
        "country": Tally.of(of, country, weight, count),
        "institution": Tally.of(of, institution, weight, count),
        "bank_country": Tally.of(of, bank_country, weight, count),
    }
    party_id = _party_ids(ids, by_account)
    accounts = ACCOUNTS.build(
        {
            "account_id": ids,
            "party_id": party_id,
            "institution_id": by_account["institution"].first(),
            "country": _account_countries(ids, by_account),
            "pooled": pa.array(_pooled(ids, of, text, weight, mapping)),
        }
    )
    parties = _parties(party_id, of, text["name"], schema, country, weight)
    institutions = _institutions(institution, bic, text["bank"], bank_country, weight, mapping)
    spellings = _spellings(text["account"], account_of)
    return Holders(account_of, written, accounts, parties, institutions, spellings)


def _sorted_ids(encoded: Any) -> tuple[pa.Array, Ints]:
    """Distinct ids in order, and the place of each value in them."""
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return encoded.dictionary.take(pa.array(order)), rank[encoded.indices.to_numpy(zero_copy_only=False)]


def _keep(values: pa.Array, good: pa.Array, what: str, weight: Ints, notes: Counter[str]) -> pa.Array:
    """The good values; the others become empty and are counted by the rows that hold them."""
    lost = pc.and_(pc.invert(good), pc.not_equal(values, "")).to_numpy(zero_copy_only=False)
    if lost.any():
        notes[what] += int(weight[lost].sum())
    return pc.if_else(good, values, "")


def _codes(values: pa.Array, what: str, weight: Ints, notes: Counter[str]) -> pa.Array:
    lower = pc.utf8_lower(values)
    good = pc.match_substring_regex(lower, r"^[a-z]{2}$")
    return _keep(lower, good, f"{what}: is no ISO 3166 alpha-2 code, left empty", weight, notes)


def _bics(values: pa.Array, weight: Ints, notes: Counter[str]) -> pa.Array:
    upper = pc.replace_substring_regex(pc.utf8_upper(values), r"\s", "")
    good = pc.match_substring_regex(upper, BIC)
    kept = _keep(upper, good, "BIC: is none by its form, left empty", weight, notes)
    # The last three characters name a branch; the institution is the first eight (ISO 9362).
    return pc.utf8_slice_codeunits(kept, 0, 8)


def _institution_ids(bic: pa.Array, bank: pa.Array, country: pa.Array) -> pa.Array:
    name = normal(bank)
    hashed = pc.binary_join_element_wise("bank-", digest([name, country], 16), "")
    named = pc.if_else(pc.equal(name, ""), "", hashed)
    return pc.if_else(pc.equal(bic, ""), named, bic)


def _account_keys(number: pa.Array, norm: pa.Array, country: pa.Array, bank: pa.Array, mapping: Mapping) -> pa.Array:
    if not mapping.accounts.as_written:
        number = _plain(number)
    keys = number
    if mapping.accounts.scope == "bank":
        scoped = pc.binary_join_element_wise(bank, number, "/")
        keys = pc.if_else(pa.array(_filled(bank) & _filled(number) & ~is_iban(number)), scoped, number)
    unnamed = pc.binary_join_element_wise("name-", digest([norm, country], 16), "")
    return pc.if_else(pc.equal(number, ""), unnamed, keys)


def _joined(keys: pa.Array, norm: pa.Array, bic: pa.Array, weight: Ints) -> pa.Array:
    """Account keys with every domestic number replaced by the IBAN it is surely part of."""
    encoded = keys.dictionary_encode()
    numbers, of = encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    target = contained(numbers, is_iban(numbers))
    asked = np.flatnonzero(target >= 0)
    if not len(asked):
        return keys
    # Sure means: seen under one normalised name at least once, and not at two different institutions.
    concerned = np.isin(of, np.concatenate([asked, target[asked]])) & _filled(norm)
    held: dict[int, set[int]] = {}
    for account, name in zip(of[concerned].tolist(), encode(norm)[concerned].tolist(), strict=True):
        held.setdefault(account, set()).add(name)
    banks = Tally.of(of, bic, weight, len(numbers)).first().to_pylist()
    for account in asked.tolist():
        iban = int(target[account])
        shared = held.get(account, set()) & held.get(iban, set())
        if not shared or (banks[account] and banks[iban] and banks[account] != banks[iban]):
            target[account] = -1
    place = np.where(target >= 0, target, np.arange(len(numbers)))
    return numbers.take(pa.array(place[of]))


def _schemata(types: pa.Array, mapping: Mapping, weight: Ints, notes: Counter[str]) -> pa.Array:
    encoded = types.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    known = [mapping.types.get(value, "") for value in values]
    schema = pa.array(known, pa.string()).take(encoded.indices)
    lost = pc.and_(pc.equal(schema, ""), pc.not_equal(types, "")).to_numpy(zero_copy_only=False)
    if lost.any():
        notes["type: is not in the mapping's types, taken as LegalEntity"] += int(weight[lost].sum())
    return schema


def _party_ids(ids: pa.Array, by_account: dict[str, Tally]) -> pa.Array:
    norm = pc.fill_null(by_account["norm"].first(), "")
    country = pc.fill_null(by_account["country"].first(), "")
    schema = pc.fill_null(by_account["schema"].first(), "")
    firm = pc.is_in(schema, value_set=pa.array(["Company", "Organization"]))
    size = pc.utf8_length(pc.replace_substring(norm, " ", ""))
    sure = pc.and_(pc.and_(firm, pc.not_equal(country, "")), pc.greater_equal(size, DISTINCT))
    by_name = pc.binary_join_element_wise("firm-", digest([norm, country], 16), "")
    by_number = pc.binary_join_element_wise("holder-", digest([ids], 16), "")
    party = pc.if_else(sure, by_name, by_number)
    return pc.if_else(pc.equal(norm, ""), pa.scalar(None, pa.string()), party)


def _account_countries(ids: pa.Array, by_account: dict[str, Tally]) -> pa.Array:
    iban = pa.array(is_iban(ids))
    own = pc.if_else(iban, pc.utf8_lower(pc.utf8_slice_codeunits(ids, 0, 2)), pa.scalar(None, pa.string()))
    return pc.coalesce(own, by_account["bank_country"].first())


def _pooled(
    ids: pa.Array, of: Ints, text: dict[str, pa.Array], weight: Ints, mapping: Mapping
) -> npt.NDArray[np.bool_]:
    """Accounts listed as pooled, and those whose rows mostly show a pooled type or name."""
    spec = mapping.pooled
    mention = np.zeros(len(of), dtype=bool)
    if spec.types:
        mention |= _is_in(text["type"], pa.array(spec.types))
    if spec.names:
        mention |= _is_in(normal(text["name"]), normal(pa.array(spec.names)))
    rows = np.bincount(of, weights=weight, minlength=len(ids))
    pooled: npt.NDArray[np.bool_] = 2 * np.bincount(of, weights=weight * mention, minlength=len(ids)) > rows
    if spec.accounts:
        listed = join([pa.array(spec.accounts), _plain(pa.array(spec.accounts))])
        pooled |= _is_in(ids, listed)
        pooled[of[_is_in(text["account"], listed)]] = True
    return pooled


def _plain(numbers: pa.Array) -> pa.Array:
    """Account numbers without what is only spelling. A minus before digits is not: some files number with signs."""
    plain = pc.replace_substring_regex(pc.utf8_upper(numbers), r"[\s\-./]", "")
    kept = pc.or_(pc.equal(plain, ""), pc.match_substring_regex(numbers, r"^-[0-9]+$"))
    return pc.if_else(kept, numbers, plain)


def _filled(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.not_equal(values, "").to_numpy(zero_copy_only=False), dtype=bool)


def _is_in(values: pa.Array, wanted: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(pc.is_in(values, value_set=wanted).to_numpy(zero_copy_only=False), dtype=bool)


def _parties(
    party_id: pa.Array, account: Ints, name: pa.Array, schema: pa.Array, country: pa.Array, weight: Ints
) -> pa.Table:
    held = party_id.take(pa.array(account))
    known = np.flatnonzero(held.is_valid().to_numpy(zero_copy_only=False))
    at = pa.array(known)
    ids, of = _sorted_ids(held.take(at).dictionary_encode())
    name, schema, country, weight = name.take(at), schema.take(at), country.take(at), weight[known]
    count = len(ids)
    names = Tally.of(of, name, weight, count)
    nothing = pa.ListArray.from_arrays(pa.array(np.zeros(count + 1, np.int32)), pa.array([], pa.string()))
    return PARTIES.build(
        {
            "party_id": ids,
            "schema": pc.fill_null(Tally.of(of, schema, weight, count).first(), "LegalEntity"),
            "name": pc.fill_null(names.first(), ""),
            "aliases": names.rest(),
            "countries": Tally.of(of, country, weight, count).all(),
            "identifiers": nothing,
        }
    )


def _institutions(
    ids: pa.Array, bic: pa.Array, name: pa.Array, country: pa.Array, weight: Ints, mapping: Mapping
) -> pa.Table:
    known = np.flatnonzero(pc.not_equal(ids, "").to_numpy(zero_copy_only=False))
    if not len(known):
        return INSTITUTIONS.empty()
    at = pa.array(known)
    distinct, of = _sorted_ids(ids.take(at).dictionary_encode())
    some = weight[known]
    count = len(distinct)
    code = Tally.of(of, bic.take(at), some, count).first()
    from_code = or_null(pc.fill_null(pc.utf8_lower(pc.utf8_slice_codeunits(code, 4, 6)), ""))
    return INSTITUTIONS.build(
        {
            "institution_id": distinct,
            "name": pc.coalesce(Tally.of(of, name.take(at), some, count).first(), distinct),
            "kind": pa.array([mapping.institution_kind] * count),
            "country": pc.coalesce(Tally.of(of, country.take(at), some, count).first(), from_code),
        }
    )


def _spellings(number: pa.Array, account_of: pa.Array) -> pa.Table:
    other = np.flatnonzero(
        pc.and_(pc.not_equal(number, account_of), pc.not_equal(number, "")).to_numpy(zero_copy_only=False)
    )
    account, spelling = account_of.take(pa.array(other)), number.take(pa.array(other))
    table = pa.table({"account_id": account, "spelling": spelling})
    if not len(other):
        return table
    first, _ = group_codes([encode(account), encode(spelling)])
    distinct = table.take(pa.array(first))
    return distinct.sort_by([("account_id", "ascending"), ("spelling", "ascending")])
