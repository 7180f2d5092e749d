"""A ledger as the detectors read it: arrays in the order of the transfer index, and what they share."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.tables import ACCOUNTS, TRANSFERS
from caudal.tracing.index import Codes, Ints, TransferIndex
from caudal.typologies.kernels import DAY, group_rows, pass_on
from caudal.typologies.settings import Channels

Flags = npt.NDArray[np.bool_]
Reals = npt.NDArray[np.float64]

UNKNOWN, CASH, CARD, OTHER = 0, 1, 2, 3
"""Classes of channels."""


class LedgerLike(Protocol):
    """What `detect` needs of a ledger."""

    @property
    def transfers(self) -> pa.Table:
        """A `transfers` table."""

    @property
    def accounts(self) -> pa.Table:
        """An `accounts` table."""


class Lanes(NamedTuple):
    """The transfers of every account on one side, in time order: `rows[start[a]:start[a + 1]]`."""

    start: Ints
    rows: Codes

    def of(self, account: int) -> Codes:
        """The transfers of one account."""
        return self.rows[self.start[account] : self.start[account + 1]]


class Passed(NamedTuple):
    """What left again within a time limit (see `kernels.pass_on`)."""

    inflow: Ints
    outflow: Ints
    waited: Reals


class Series(NamedTuple):
    """All payments from one account to another: `rows[start[i]:start[i + 1]]` in time order."""

    start: Ints
    rows: Codes
    payer: Codes
    payee: Codes


@dataclass(frozen=True)
class Books:
    """The ledger as arrays. Shapes: (transfers,) in index order, or (accounts,) in the order of `index.accounts`.

    Attributes:
        local: amount in minor units of its own currency; `currency` is a code into `currencies`.
        channel: UNKNOWN, CASH, CARD or OTHER.
        inner: transfers that change no hands: an account to itself or to another of the same holder.
        party: code of the holder; an account without one has a code of its own.
        place: code of institution and country together, -1 where neither is known.
        country: code of the country, -1 where it is not known.
        pooled: accounts that mix many people's money.
        texts: the payment texts; None where the ledger has none.
        memo: what detectors share, computed once.
    """

    index: TransferIndex
    base_currency: str
    local: Ints
    currency: Codes
    currencies: list[str]
    channel: npt.NDArray[np.int8]
    inner: Flags
    party: Codes
    place: Codes
    country: Codes
    pooled: Flags
    texts: pa.ChunkedArray | None = None
    memo: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.index)

    @property
    def account_count(self) -> int:
        """Accounts that occur in a transfer."""
        return len(self.index.accounts)

    @cached_property
    def into(self) -> Lanes:
        """What every account received."""
        return Lanes(*group_rows(self.index.payee, self.account_count))

    @cached_property
    def out(self) -> Lanes:
        """What every account paid."""
        return Lanes(*group_rows(self.index.payer, self.account_count))

    @cached_property
    def series(self) -> Series:
        """All payments grouped by payee and then payer."""
        rows = self.into.rows
        payee, payer = self.index.payee[rows], self.index.payer[rows]
        order = np.argsort(payee.astype(np.int64) * self.account_count + payer, kind="stable")
        rows, payee, payer = rows[order], payee[order], payer[order]
        new = np.ones(len(rows), dtype=bool)
        new[1:] = (payee[1:] != payee[:-1]) | (payer[1:] != payer[:-1])
        start = np.append(np.flatnonzero(new), len(rows)).astype(np.int64)
        return Series(start, rows, payer[start[:-1]], payee[start[:-1]])

    @cached_property
    def dealings(self) -> Ints:
        """Per transfer, how many payments its payer ever made to its payee."""
        number = np.diff(self.series.start)
        each = np.empty(len(self), dtype=np.int64)
        each[self.series.rows] = np.repeat(number, number)
        return each

    @cached_property
    def payers_of(self) -> Ints:
        """Different accounts that pay each account, its holder's own left out."""
        s = self.series
        other = self.party[s.payer] != self.party[s.payee]
        return np.bincount(s.payee[other], minlength=self.account_count)

    @cached_property
    def payees_of(self) -> Ints:
        """Different accounts that each account pays, its holder's own left out."""
        s = self.series
        other = self.party[s.payer] != self.party[s.payee]
        return np.bincount(s.payer[other], minlength=self.account_count)

    @cached_property
    def received(self) -> Ints:
        """All that each account received from others, base minor units."""
        return self.total(self.index.payee, ~self.inner)

    @cached_property
    def typical(self) -> float:
        """What the middle one of the accounts that receive anything receives, base minor units."""
        some = self.received[self.received > 0]
        return float(np.median(some)) if len(some) else 1.0

    @cached_property
    def paid(self) -> Ints:
        """All that each account paid to others, base minor units."""
        return self.total(self.index.payer, ~self.inner)

    @cached_property
    def card_receipts(self) -> Ints:
        """Number of card payments each account received."""
        return np.bincount(self.index.payee[self.channel == CARD], minlength=self.account_count)

    def total(self, side: Codes, rows: Flags, amount: Ints | None = None) -> Ints:
        """Sum of amounts per account over the marked transfers (exact below 2**53)."""
        values = (self.index.amount if amount is None else amount)[rows]
        return np.bincount(side[rows], weights=values, minlength=self.account_count).astype(np.int64)

    def passed(self, hours: float) -> Passed:
        """What left again within `hours`; computed once per time limit."""
        key = ("passed", hours)
        if key not in self.memo:
            limit = int(hours * 3_600_000_000)
            ix = self.index
            self.memo[key] = Passed(*pass_on(*self.into, *self.out, ix.time, ix.amount, self.inner, limit))
        passed: Passed = self.memo[key]
        return passed

    def days(self, rows: Codes | Ints) -> Ints:
        """Day number (UTC, since 1970) of the transfers."""
        return self.index.time[rows] // DAY

    @classmethod
    def read(cls, ledger: LedgerLike, index: TransferIndex | None, channels: Channels) -> Books:
        """The books of a ledger; `index` is built where it is not given.

        Raises:
            InputError: a table lacks a column, or the index was made from other transfers.
        """
        transfers = TRANSFERS.check(ledger.transfers)
        index = index if index is not None else TransferIndex.from_transfers(transfers)
        if len(index) != transfers.num_rows:
            raise InputError(
                f"the index holds {len(index)} transfers and the ledger {transfers.num_rows}", file="transfers"
            )
        columns = transfers.select(["transfer_id", "amount", "currency", "channel", "purpose"])
        ids = columns.column("transfer_id")
        if not ids.equals(pa.chunked_array([index.transfer_ids], type=ids.type)):
            # The index orders payments of one instant by the way money goes; bring the columns into its order.
            rows = pc.index_in(index.transfer_ids, value_set=ids.combine_chunks())
            met = np.zeros(len(rows), dtype=bool)
            met[rows.drop_null().to_numpy(zero_copy_only=False)] = True
            if not met.all():
                reason = "the index was made from other transfers, or transfer ids occur twice"
                raise InputError(reason, file="transfers", field="transfer_id")
            columns = columns.take(rows)
        currency, currencies = _codes(columns.column("currency"))
        channel, words = _codes(columns.column("channel"))
        party, place, country, pooled = _account_columns(ACCOUNTS.check(ledger.accounts), index.accounts)
        # Arrow lends arrays that must not be written; one kind of array keeps every kernel at one compilation.
        index = replace(index, **{name: _own(getattr(index, name)) for name in ("time", "payer", "payee", "amount")})
        return cls(
            index=index,
            base_currency=str(getattr(ledger, "base_currency", None) or "USD"),
            local=_own(columns.column("amount").to_numpy()),
            currency=currency,
            currencies=currencies,
            channel=_classes(words, channels)[channel],
            inner=party[index.payer] == party[index.payee],
            party=party,
            place=place,
            country=country,
            pooled=pooled,
            texts=columns.column("purpose") if columns.column("purpose").null_count < len(columns) else None,
        )


def _own(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return array if array.flags.writeable else array.copy()


def _codes(column: pa.ChunkedArray) -> tuple[Codes, list[Any]]:
    """Codes of a column of few different texts (-1 where empty), and the texts."""
    encoded = pc.dictionary_encode(column).combine_chunks()
    codes = pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int32)
    return codes, encoded.dictionary.to_pylist()


def _classes(words: list[str], channels: Channels) -> npt.NDArray[np.int8]:
    """Class of every channel word; the last entry (code -1) is UNKNOWN."""
    cash, card = set(channels.cash), set(channels.card)
    classes = np.full(len(words) + 1, OTHER, dtype=np.int8)
    for code, word in enumerate(words):
        plain = " ".join(word.replace("_", " ").replace("-", " ").lower().split())
        classes[code] = UNKNOWN if not plain else CASH if plain in cash else CARD if plain in card else OTHER
    classes[-1] = UNKNOWN
    return classes


def _account_columns(accounts: pa.Table, used: pa.Array) -> tuple[Codes, Codes, Codes, Flags]:
    """Holder, place, country and pooled of every account that occurs in a transfer."""
    count = len(used)
    rows = pc.index_in(used, value_set=accounts.column("account_id").combine_chunks())
    found = accounts.take(rows)
    party, _ = _codes(found.column("party_id"))
    party = np.where(party < 0, np.arange(count) + count, party).astype(np.int32)
    country, _ = _codes(found.column("country"))
    institution, _ = _codes(found.column("institution_id"))
    both = (institution.astype(np.int64) + 1) * (int(country.max(initial=0)) + 2) + country + 1
    place = np.where((institution < 0) & (country < 0), -1, both)
    _, place = np.unique(place, return_inverse=True) if count else (place, place)
    unknown = (institution < 0) & (country < 0)
    pooled = pc.fill_null(found.column("pooled"), False).to_numpy(zero_copy_only=False).astype(bool)
    return party, np.where(unknown, -1, place).astype(np.int32), country, pooled
