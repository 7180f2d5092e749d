"""From arrays to the tables of a workspace."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caudal.storage import READ_FAST, aside
from caudal.tables import ACCOUNTS, INSTITUTIONS, PARTIES, TRANSFERS, TRUTH_ACCOUNTS, TRUTH_TRANSFERS, Table
from caudal.world.book import Book
from caudal.world.countries import COUNTRIES, CURRENCIES
from caudal.world.institutions import Places
from caudal.world.naming import digits
from caudal.world.stage import CHANNELS, Payments
from caudal.world.streams import Ints, stream
from caudal.world.texts import Texts

_COUNTRY_CODES = pa.array([c.code for c in COUNTRIES])

LEDGER_TRANSFERS = Table(
    "transfers",
    TRANSFERS.key,
    "The payments as a bank's ledger holds them: without what the ledger room adds, and no correspondents.",
    tuple(c for c in TRANSFERS.columns if c.name not in ("amount_base", "source_row", "via")),
)
"""`transfers` as the world writes it: the ledger room converts amounts and numbers rows."""


def party_ids(party: Ints) -> pa.Array:
    """Ids such as P0000001 for party codes."""
    return pc.binary_join_element_wise("P", digits(party + 1, 7), "")


def transfer_ids(first: int, count: int) -> pa.Array:
    """Ids such as T00000000001 for `count` transfers from number `first` (0 is the earliest)."""
    return transfer_numbers(np.arange(first, first + count))


def transfer_numbers(place: Ints) -> pa.Array:
    """Ids of the transfers at the given places of the ledger; 0 is the earliest."""
    return pc.binary_join_element_wise("T", digits(place + 1, 11), "")


def account_ids(seed: int, book: Book, places: Places) -> pa.Array:
    """Ids that look like account numbers of their country: code, bank, number. Unique, and not sorted by age."""
    rng = stream(seed, "account numbers")
    # The factor and 10**10 have no common divisor, so no number comes twice.
    number = (np.arange(book.accounts) * 7_368_787 + int(rng.integers(0, 10**10))) % 10**10
    parts = []
    order: list[Ints] = []
    for code, country in enumerate(COUNTRIES):
        rows = np.flatnonzero(book.account_country == code)
        bank = digits(book.account_institution[rows] * 37 % 997 + 1, 3)
        text = pc.binary_join_element_wise(country.code.upper(), bank, digits(number[rows], country.account_digits), "")
        parts.append(text)
        order.append(rows)
    return pa.concat_arrays(parts).take(pa.array(np.argsort(np.concatenate(order), kind="stable")))


def parties_table(book: Book) -> pa.Table:
    """The table `parties`."""
    codes = np.arange(book.parties)
    country = pa.array(book.party_country)
    return PARTIES.check(
        pa.table(
            {
                "party_id": party_ids(codes),
                "schema": pa.concat_arrays(book.schemas),
                "name": book.name_column(),
                "aliases": _lists(_aliases(book)),
                "birth_date": pa.concat_arrays(book.births),
                "countries": _lists(_COUNTRY_CODES.take(country)),
                "identifiers": _lists(pa.concat_arrays(book.documents)),
                "address": pa.concat_arrays(book.addresses),
            }
        )
    )


def _aliases(book: Book) -> pa.Array:
    mask = np.zeros(book.parties, dtype=bool)
    codes = sorted(book.aliases)
    mask[codes] = True
    first = pa.array([book.aliases[c] for c in codes], pa.string())
    return pc.replace_with_mask(pa.nulls(book.parties, pa.string()), pa.array(mask), first)


def _lists(values: pa.Array) -> pa.Array:
    """Lists of one value, or of none where it is missing."""
    lengths = pc.is_valid(values).to_numpy(zero_copy_only=False).astype(np.int32)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), values.drop_null())


def institutions_table(places: Places) -> pa.Table:
    """The table `institutions`."""
    ids, names, kinds, countries = zip(*places.institutions, strict=True)
    return INSTITUTIONS.build(
        {
            "institution_id": list(ids),
            "name": list(names),
            "kind": list(kinds),
            "country": [COUNTRIES[c].code for c in countries],
        }
    )


def accounts_table(book: Book, places: Places, ids: pa.Array) -> pa.Table:
    """The table `accounts`."""
    institution = pa.array([i[0] for i in places.institutions])
    return ACCOUNTS.check(
        pa.table(
            {
                "account_id": ids,
                "party_id": party_ids(book.account_party),
                "institution_id": institution.take(pa.array(book.account_institution)),
                "country": _COUNTRY_CODES.take(pa.array(book.account_country)),
                "pooled": pa.array(book.account_pooled),
            }
        )
    )


def truth_accounts(book: Book, ids: pa.Array, group: str) -> pa.Table:
    """The table `truth_accounts`."""
    return TRUTH_ACCOUNTS.check(
        pa.table(
            {
                "account_id": ids,
                "group_id": pc.if_else(pa.array(book.account_group), group, pa.scalar(None, pa.string())),
                "role": pa.array(book.roles).take(pa.array(book.account_role)),
                "listed": pa.array(book.account_listed),
                "coerced": pa.array(book.account_coerced),
            }
        )
    )


def truth_transfers(paid: Payments, labels: tuple[str, ...], schemes: list[str]) -> pa.Table:
    """The table `truth_transfers`; `paid` in order of transfer id."""
    rows = np.flatnonzero(paid.label >= 0)
    numbers = transfer_numbers(rows)
    return TRUTH_TRANSFERS.check(
        pa.table(
            {
                "transfer_id": numbers,
                "label": pa.array(labels).take(pa.array(paid.label[rows])),
                "scheme_id": pa.array(schemes).take(pa.array(paid.scheme[rows])),
                "coerced": pa.array(paid.coerced[rows]),
            }
        )
    )


def write_transfers(paid: Payments, ids: pa.Array, texts: Texts, path: Path, rows: int = 1 << 20) -> None:
    """Write `transfers` in order of time, a row group at a time, so that memory stays bounded by the arrays."""
    channels, currencies = pa.array(CHANNELS), pa.array([c.code for c in CURRENCIES])
    every_text = texts.all()
    # A dictionary only helps where values repeat; ids, times and amounts are written as they are.
    options = {**READ_FAST, "use_dictionary": ["payer_account", "payee_account", "currency", "channel", "purpose"]}
    with aside(path) as temporary, pq.ParquetWriter(temporary, LEDGER_TRANSFERS.schema, **options) as writer:
        for low in range(0, max(len(paid), 1), rows):
            part = slice(low, min(low + rows, len(paid)))
            table = pa.table(
                {
                    "transfer_id": transfer_ids(low, part.stop - low),
                    "time": pa.array(paid.time[part]).cast(pa.timestamp("us", tz="UTC")),
                    "payer_account": ids.take(pa.array(paid.payer[part])),
                    "payee_account": ids.take(pa.array(paid.payee[part])),
                    "amount": pa.array(paid.amount[part]),
                    "currency": currencies.take(pa.array(paid.currency[part])),
                    "channel": channels.take(pa.array(paid.channel[part])),
                    "purpose": every_text.take(pa.array(paid.purpose[part])),
                }
            )
            writer.write_table(LEDGER_TRANSFERS.check(table))
