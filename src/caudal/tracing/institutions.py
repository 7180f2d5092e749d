"""Which institutions kept a group's money moving: by chain of institutions, and for each one by the part it had.

The chain of a transfer is the institution of the payer's account, those the ledger names between (`via`), and the
institution of the payee's account; one that follows itself is written once, an unknown one is `unknown`. Attributed
amounts are summed by chain, so every attributed unit of a transfer is in exactly one row. An institution is counted
once for each transfer and part, so its own sums are exact; sums over institutions count a transfer again at each.

An institution could have known from the first day the group was publicly designated: announced or in effect, whichever
came first, under any authority. What it did know is not in any ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from caudal.errors import InputError
from caudal.tables import (
    ACCOUNTS,
    ATTRIBUTIONS,
    CHANNELS,
    DAY,
    INSTITUTION_EXPOSURES,
    INSTITUTIONS,
    TEXT,
    TEXTS,
    TRANSFERS,
    Table,
)
from caudal.tracing.summaries import asked, only

UNKNOWN = "unknown"

_COLUMNS = ("transfer_id", "time", "payer_account", "payee_account", "via")

_BIC_COUNTRY = """case when regexp_matches(institution_id, '^[A-Z]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$')
    then lower(substr(institution_id, 5, 2)) end"""
"""The country a BIC itself names (ISO 9362), for correspondents of which the ledger holds nothing else."""

_LEGS = f"""
own as (
    select distinct a.group_id,
           case a.direction when 'forward' then t.payer_account else t.payee_account end as account_id
    from attributed a join payments t using (transfer_id) where a.hops = 1
),
legs as (
    select a.group_id, a.direction, a.method, a.amount, t.transfer_id,
           (a.group_id, t.payer_account) in (select (group_id, account_id) from own)
           or (a.group_id, t.payee_account) in (select (group_id, account_id) from own) as straight,
           epoch_us(t.time) as stamp,
           k.day as known, coalesce(epoch_us(t.time) >= epoch_us(k.day::timestamp), false) as knowing,
           t.payer_account, t.payee_account,
           coalesce(p.institution_id, '{UNKNOWN}') as payer_bank, coalesce(q.institution_id, '{UNKNOWN}') as payee_bank,
           coalesce(t.via, []) as via
    from attributed a
    left join payments t using (transfer_id)
    left join known k using (group_id)
    left join accounts p on p.account_id = t.payer_account
    left join accounts q on q.account_id = t.payee_account
)"""

_SUMS = """
    count(*) as transfers,
    coalesce(sum(amount) filter (straight), 0) as straight,
    coalesce(sum(amount) filter (not straight), 0) as "over",
    min(stamp) as first, max(stamp) as last, any_value(known) as known_from,
    count(*) filter (knowing) as transfers_known,
    coalesce(sum(amount) filter (straight and knowing), 0) as straight_known,
    coalesce(sum(amount) filter (not straight and knowing), 0) as over_known,
    max(stamp) filter (knowing) as last_known
"""


def channels(
    attributions: pa.Table,
    transfers: pa.Table,
    accounts: pa.Table,
    institutions: pa.Table,
    known_from: Mapping[str, date],
) -> pa.Table:
    """Attributed money by chain of institutions, as a CHANNELS table, most money first.

    Args:
        attributions: ATTRIBUTIONS.
        transfers: TRANSFERS.
        accounts: ACCOUNTS.
        institutions: INSTITUTIONS.
        known_from: for each group the first day it was publicly designated, where that is known.

    Raises:
        InputError: an attributed transfer is not among `transfers`, or a sum leaves 64 bits.
    """
    return _answer(
        f"""
        with {_LEGS},
        chained as (
            select *, list_concat([payer_bank], via, [payee_bank]) as every from legs
        ),
        short as (
            select *, [every[i] for i in range(1, len(every) + 1) if i = 1 or every[i] != every[i - 1]] as chain
            from chained
        ),
        -- chains are few and transfers many: countries are looked up for each chain once
        summed as (select group_id, direction, method, chain, {_SUMS} from short group by all),
        place as (
            select chain, list(coalesce(lower(i.country), {_BIC_COUNTRY}, '{UNKNOWN}') order by place) as countries
            from (select chain, unnest(chain) as institution_id, generate_subscripts(chain, 1) as place
                  from (select distinct chain from summed))
            left join institutions i using (institution_id) group by chain
        )
        select s.*, p.countries from summed s join place p using (chain)
        """,
        'group_id, direction, method, straight + "over" desc, chain',
        CHANNELS,
        attributions,
        transfers,
        accounts,
        institutions,
        known_from,
    )


def institution_exposures(
    attributions: pa.Table,
    transfers: pa.Table,
    accounts: pa.Table,
    institutions: pa.Table,
    known_from: Mapping[str, date],
) -> pa.Table:
    """Attributed money by institution and part, as an INSTITUTION_EXPOSURES table; arguments and errors as `channels`.

    Parts: `group's bank` keeps the group's account, `counterparty's bank` another account that paid or received,
    `correspondent` stands between the two. Which account is the group's is read from straight payments.
    """
    return _answer(
        f"""
        with {_LEGS},
        ends as (
            select l.*, payer_account as account_id, payer_bank as institution_id from legs l
            union all select l.*, payee_account, payee_bank from legs l
        ),
        parts as (
            select e.*, case when o.account_id is null then 'counterparty''s bank' else 'group''s bank' end as part
            from ends e left join own o using (group_id, account_id)
            union all
            select l.*, null, unnest(list_distinct(via)), 'correspondent' from legs l
        ),
        kept as (
            select institution_id, part, group_id, direction, method, count(distinct account_id) as accounts
            from parts group by all
        ),
        once as (
            select distinct institution_id, part, group_id, direction, method, transfer_id, amount, straight, stamp,
                   known, knowing from parts
        )
        select institution_id, part, group_id, direction, method, any_value(i.name) as name,
               any_value(coalesce(lower(i.country), {_BIC_COUNTRY})) as country,
               any_value(k.accounts) as accounts, {_SUMS}
        from once left join institutions i using (institution_id)
        join kept k using (institution_id, part, group_id, direction, method)
        group by institution_id, part, group_id, direction, method
        """,
        'group_id, direction, method, straight + "over" desc, institution_id, part',
        INSTITUTION_EXPOSURES,
        attributions,
        transfers,
        accounts,
        institutions,
        known_from,
    )


def _answer(
    query: str,
    order: str,
    shape: Table,
    attributions: pa.Table,
    transfers: pa.Table,
    accounts: pa.Table,
    institutions: pa.Table,
    known_from: Mapping[str, date],
) -> pa.Table:
    attributed = ATTRIBUTIONS.check(attributions)
    if "via" not in transfers.column_names:
        transfers = transfers.append_column("via", pa.nulls(transfers.num_rows, TEXTS))
    payments = only(TRANSFERS, _COLUMNS).check(transfers)
    if not pc.all(pc.is_in(attributed["transfer_id"], value_set=payments["transfer_id"])).as_py() and len(attributed):
        raise InputError("an attributed transfer is not among the transfers", file="attributions", field="transfer_id")
    table = asked(
        query,
        order,
        shape,
        attributed=attributed,
        payments=payments,
        accounts=ACCOUNTS.check(accounts),
        institutions=INSTITUTIONS.check(institutions),
        known=pa.table({"group_id": pa.array(list(known_from), TEXT), "day": pa.array(list(known_from.values()), DAY)}),
    )
    return shape.check(table)
