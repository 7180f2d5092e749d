"""Exposure and the calendar: as of a past day, and before or after the day a designation took effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa

from caudal.tables import ATTRIBUTIONS, BEFORE_AFTER, DAY, EXPOSURES, TEXT, TRANSFERS
from caudal.tracing.index import TransferIndex
from caudal.tracing.summaries import asked, only

_DAY_US = 86_400_000_000


def until(index: TransferIndex, day: date) -> TransferIndex:
    """The ledger as it stood at the end of a UTC day: transfers after it are left out.

    Tracing it gives the exposure as of that day. Nothing later leaks into it, backward either: money that reached the
    group afterwards is not yet part of anyone's exposure.
    """
    end = ((day - date(1970, 1, 1)).days + 1) * _DAY_US
    count = int(np.searchsorted(index.time, end, side="left"))
    return replace(
        index,
        time=index.time[:count],
        payer=index.payer[:count],
        payee=index.payee[:count],
        amount=index.amount[:count],
        transfer_ids=index.transfer_ids.slice(0, count),
    )


def before_after(
    exposures: pa.Table, attributions: pa.Table, transfers: pa.Table, days: Mapping[str, Mapping[str, date]]
) -> pa.Table:
    """Exposures split by the days on which designations of their group took effect, as a BEFORE_AFTER table.

    A group may be designated under several authorities on different days, so the split is a table of its own with a row
    for each of them, not two columns of `exposures`. What is split is the exposure over the whole ledger, by the time
    of the attributed transfer at the account itself: before and after add up to `direct` and `indirect`.

    Args:
        exposures: EXPOSURES.
        attributions: ATTRIBUTIONS; methods whose transfers were not kept have no rows.
        transfers: TRANSFERS (or those of its columns that name the transfer, its time and its accounts).
        days: for each group the first day of effect by authority.

    Raises:
        InputError: a sum leaves 64 bits.
    """
    rows = [(group, authority, day) for group, known in days.items() for authority, day in known.items()]
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    table = asked(
        """
        with moved as (
            select a.*, epoch_us(t.time) as at,
                   case a.direction when 'forward' then t.payee_account else t.payer_account end as account_id
            from attributed a join payments t using (transfer_id)
        ),
        split as (select *, epoch_us(day::timestamp) as since from days)
        select e.account_id, e.group_id, e.direction, e.method, s.authority, s.day,
            coalesce(sum(m.amount) filter (m.hops = 1 and m.at < s.since), 0) as direct_before,
            coalesce(sum(m.amount) filter (m.hops = 1 and m.at >= s.since), 0) as direct_after,
            coalesce(sum(m.amount) filter (m.hops > 1 and m.at < s.since), 0) as indirect_before,
            coalesce(sum(m.amount) filter (m.hops > 1 and m.at >= s.since), 0) as indirect_after,
            min(m.at) filter (m.at >= s.since) as first_after,
            count(*) filter (m.at >= s.since) as transfers_after
        from exposed e
        join moved m using (account_id, group_id, direction, method)
        join split s using (group_id)
        group by e.account_id, e.group_id, e.direction, e.method, s.authority, s.day
        """,
        "group_id, direction, method, account_id, day, authority",
        BEFORE_AFTER,
        exposed=EXPOSURES.check(exposures),
        attributed=ATTRIBUTIONS.check(attributions),
        payments=only(TRANSFERS, ("transfer_id", "time", "payer_account", "payee_account")).check(transfers),
        days=pa.table(
            {
                "group_id": pa.array(columns[0], TEXT),
                "authority": pa.array(columns[1], TEXT),
                "day": pa.array(columns[2], DAY),
            }
        ),
    )
    return BEFORE_AFTER.check(table)
