"""The truth of a twin: every intended payment that did not happen as intended, and why."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from caudal.tables import TRUTH_EFFECTS
from caudal.world.economy import World
from caudal.world.stage import Payments
from caudal.world.streams import Ints
from caudal.world.twin.blocks import Blocks
from caudal.world.twin.fates import CAUSES, MADE, OUTCOMES, WAYS, Fates
from caudal.world.twin.kinds import FLOW_OF, FLOWS, KINDS
from caudal.world.writer import transfer_numbers

SIDES = ("", "payer", "payee", "both")


def effects(
    world: World, paid: Payments, fates: Fates, kind: Ints, number: Ints, ids: pa.Array, blocks: Blocks
) -> pa.Table:
    """The table `truth_effects`.

    Args:
        world: the world.
        paid: the base world's payments in order of transfer id.
        fates: what became of each.
        kind: the kind of each.
        number: its place in the twin's ledger, -1 where it is not in it.
        ids: ids of accounts.
        blocks: who is blocked when.
    """
    rows = np.flatnonzero(fates.outcome != MADE)
    day = world.calendar.day_of(paid.time[rows])
    later = world.calendar.day_of(fates.time[rows])
    code = paid.currency[rows].astype(np.int64)
    booked = fates.in_books[rows]
    payer, payee = paid.payer[rows].astype(np.int64), paid.payee[rows].astype(np.int64)
    side = blocks.at(payer, paid.time[rows]) + 2 * blocks.at(payee, paid.time[rows])
    moved = np.where(booked, world.money.usd(fates.amount[rows], code, later), 0.0)
    return TRUTH_EFFECTS.check(
        pa.table(
            {
                "transfer_id": transfer_numbers(rows),
                "time": pa.array(paid.time[rows]).cast(pa.timestamp("us", tz="UTC")),
                "payer_account": ids.take(pa.array(paid.payer[rows])),
                "payee_account": ids.take(pa.array(paid.payee[rows])),
                "flow": pa.array(FLOWS).take(pa.array(FLOW_OF[kind[rows]])),
                "kind": pa.array(KINDS).take(pa.array(kind[rows])),
                "coerced": pa.array(paid.coerced[rows]),
                "outcome": pa.array(OUTCOMES).take(pa.array(fates.outcome[rows])),
                "cause": pa.array(CAUSES).take(pa.array(fates.cause[rows])),
                "blocked": _empty_as_null(pa.array(SIDES).take(pa.array(side))),
                "way": _empty_as_null(pa.array(WAYS).take(pa.array(fates.way[rows]))),
                "amount": pa.array(_cents(world.money.usd(paid.amount[rows], code, day))),
                "moved": pa.array(_cents(moved)),
                "moved_at": pa.array(fates.time[rows], mask=~booked).cast(pa.timestamp("us", tz="UTC")),
                "twin_id": pc.if_else(pa.array(booked), transfer_numbers(number[rows]), pa.scalar(None, pa.string())),
            }
        )
    )


def _cents(usd: np.ndarray) -> Ints:
    cents: Ints = np.rint(usd * 100).astype(np.int64)
    return cents


def _empty_as_null(text: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)
