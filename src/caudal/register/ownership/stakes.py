"""Stakes of ownership: checked, dated, and as arrays grouped by owner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.register.ownership.kernels import Codes, Ints, by_owner, group, repeated
from caudal.tables import OWNERSHIP, WHOLE

KINDS = ("owns", "controls", "acts for")


def faults(table: pa.Table) -> Iterator[tuple[str, str, pa.Array]]:
    """The ways a row can be wrong: field, reason, and which rows are, as a boolean array."""
    low, high = table.column("share_min"), table.column("share_max")
    self_owned = pc.equal(table.column("owner_id"), table.column("asset_id"))
    begin, end = table.column("from"), table.column("until")
    empty = pc.or_(pc.equal(table.column("owner_id"), ""), pc.equal(table.column("asset_id"), ""))
    yield "owner_id", "the owner or the asset has no id", empty
    yield (
        "kind",
        f"the kind is not one of {', '.join(KINDS)}",
        pc.invert(pc.is_in(table.column("kind"), pa.array(KINDS))),
    )
    yield "share_min", "the share is negative", pc.less(low, 0)
    yield (
        "share_max",
        f"the share is over {WHOLE} parts per million (100%)",
        pc.greater(pc.max_element_wise(low, high), WHOLE),
    )
    yield "share_min", "the least share is over the largest", pc.greater(low, high)
    yield "asset_id", "it owns itself", self_owned
    yield "until", "it ends before it begins", pc.fill_null(pc.less_equal(end, begin), False)


def check_stakes(table: pa.Table) -> pa.Table:
    """The table as OWNERSHIP.

    Raises:
        InputError: a column is missing, or a row is wrong (over 100%, negative, least over largest, self-owned,
            an unknown kind, an end before its beginning); the first such row is given, counted from 1 without a header.
    """
    table = OWNERSHIP.check(table)
    for field, reason, wrong in faults(table):
        place = pc.index(pc.fill_null(wrong, True), True).as_py()
        if place >= 0:
            raise InputError(reason, file="ownership", row=place + 1, field=field)
    return table


def held_on(table: pa.Table, day: date | None, kinds: tuple[str, ...]) -> pa.Table:
    """The stakes of these kinds held on a day; with no day, those that have no end."""
    begin, end = table.column("from"), table.column("until")
    held = pc.is_in(table.column("kind"), pa.array(kinds))
    if day is None:
        held = pc.and_(held, pc.is_null(end))
    else:
        when = pa.scalar(day, pa.date32())
        begun = pc.fill_null(pc.less_equal(begin, when), True)
        held = pc.and_(held, pc.and_(begun, pc.fill_null(pc.greater(end, when), True)))
    return table if pc.all(held).as_py() else table.filter(held)


@dataclass(frozen=True)
class StakeIndex:
    """Stakes as arrays grouped by owner. Of a pair of owner and asset only the first stake has a share.

    Attributes:
        parties: id of every code, shape (parties,).
        start: stakes of owner i are start[i]:start[i + 1], shape (parties + 1,).
        owner: owner of each stake, ascending, shape (stakes,).
        asset: owned party of each stake, shape (stakes,).
        low: least share, parts per million, shape (stakes,).
        high: largest share, parts per million, shape (stakes,).
    """

    parties: pa.Array
    start: Ints
    owner: Codes
    asset: Codes
    low: Codes
    high: Codes

    @classmethod
    def build(cls, stakes: pa.Table) -> StakeIndex:
        """The index of checked stakes.

        Rows of one source about the same owner and asset are several holdings and are added (never over 100%). Several
        sources about the same pair tell of the same holding: the least and the largest of what they say is taken.
        """
        both = pa.chunked_array(
            [*stakes.column("owner_id").chunks, *stakes.column("asset_id").chunks], type=pa.string()
        )
        encoded = both.dictionary_encode().combine_chunks()
        parties = encoded.dictionary
        codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        split = stakes.num_rows
        given = [codes[:split], codes[split:], *(stakes.column(c).to_numpy() for c in ("share_min", "share_max"))]
        for array in given:
            array.flags.writeable = False  # Arrow's arrays mostly are so: one form, one compilation
        start, owner, asset, low, high = by_owner(given[0], given[1], given[2], given[3], len(parties))
        several = np.flatnonzero(repeated(start, asset))
        if len(several):
            rows = group(given[0], len(parties))[1][several]
            source = stakes.column("source").take(pa.array(rows))
            first, least, most = _combined(owner[several], asset[several], source, low[several], high[several])
            low[several], high[several] = 0, 0
            low[several[first]], high[several[first]] = least, most
        asset.flags.writeable = False
        return cls(parties, start, owner, asset, low, high)


def _combined(
    owner: Codes, asset: Codes, source: pa.ChunkedArray, low: Codes, high: Codes
) -> tuple[Ints, Codes, Codes]:
    """For each pair its first row, and its least and largest share: added within a source, widest across sources."""
    place = np.arange(len(owner))
    rows = pa.table({"owner": owner, "asset": asset, "source": source, "low": low, "high": high, "place": place})
    sums = rows.group_by(["owner", "asset", "source"]).aggregate([("low", "sum"), ("high", "sum"), ("place", "min")])
    pairs = sums.group_by(["owner", "asset"]).aggregate([("low_sum", "min"), ("high_sum", "max"), ("place_min", "min")])
    least, most = (
        np.minimum(pairs.column(c).to_numpy(), WHOLE).astype(np.int32) for c in ("low_sum_min", "high_sum_max")
    )
    return pairs.column("place_min_min").to_numpy(), least, most
