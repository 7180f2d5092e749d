"""The made-up company register: families that own firms, and the chains behind the shells."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from caudal.tables import OWNERSHIP, WHOLE
from caudal.world.economy import World
from caudal.world.group import Group
from caudal.world.owners import Owners
from caudal.world.writer import party_ids

SOURCE = "made-up company register"
_FOUNDED = np.datetime64("2006-01-01")


def ownership(world: World, owners: Owners, group: Group) -> pa.Table:
    """The table `ownership`; ids are party ids of the ledger."""
    rng, people, firms = world.rng("ownership"), world.people, world.firms
    known = np.flatnonzero((owners.first >= 0) & (rng.random(len(firms)) < 0.75))
    two = known[owners.second[known] >= 0]
    owner = np.concatenate([people.party[owners.first[known]], people.party[owners.second[two]]])
    asset = np.concatenate([firms.party[known], firms.party[two]])
    share = np.concatenate([owners.share[known], WHOLE - owners.share[two]])
    days = rng.integers(0, 6800, len(owner))
    rows = pa.table(
        {
            "owner_id": party_ids(owner),
            "asset_id": party_ids(asset),
            "share_min": pa.array(share.astype(np.int32)),
            "share_max": pa.array(share.astype(np.int32)),
            "kind": pa.repeat("owns", len(owner)),
            "from": pa.array(_FOUNDED + days),
            "until": pa.nulls(len(owner), pa.date32()),
            "source": pa.repeat(SOURCE, len(owner)),
        }
    )
    return pa.concat_tables([OWNERSHIP.check(rows), _behind_shells(world, group)])


def _behind_shells(world: World, group: Group) -> pa.Table:
    """Chains to the shells, in turn: 55% in aggregate by two listed parties; all of a holding that owns 60%; 25 to 49%;
    a cycle of two shells; nominees nobody lists. And the facilitator acts for a leader."""
    rng, book, people, roster = world.rng("shell owners"), world.book, world.people, group.roster
    everyone = np.concatenate([people.account[who] for who in roster.people.values()])
    listed = book.account_party[everyone[book.account_listed[everyone]]]
    cells = book.account_party[people.account[roster.people["cell"]]]
    shells = book.account_party[np.concatenate([roster.shells, roster.fronts])]
    rows: list[tuple[int, int, int, int, str]] = []
    for turn, shell in enumerate(shells.tolist()):
        boss, other = (int(p) for p in rng.choice(listed, 2, replace=len(listed) < 2))
        nominee = int(rng.choice(cells))
        after = int(shells[(turn + 1) % len(shells)])
        shape = turn % 5
        if shape == 0:
            rows += [(boss, shell, 300_000, 300_000, "owns"), (other, shell, 250_000, 250_000, "owns")]
            rows += [(nominee, shell, 450_000, 450_000, "owns")]
        elif shape == 1:
            rows += [(boss, shell, WHOLE, WHOLE, "owns"), (shell, after, 600_000, 600_000, "owns")]
        elif shape == 2:
            rows += [(nominee, shell, 400_000, 400_000, "owns")]
        elif shape == 3:
            low = int(rng.integers(25, 40)) * 10_000
            rows += [(boss, shell, low, low + 90_000, "owns"), (nominee, shell, 500_000, 600_000, "owns")]
        else:
            back = int(shells[turn - 1])
            rows += [(shell, back, 100_000, 150_000, "owns"), (back, shell, 300_000, 300_000, "owns")]
            rows += [(nominee, shell, 700_000, 700_000, "owns")]
    leaders = book.account_party[people.account[roster.people["leader"]]]
    for lawyer in book.account_party[people.account[roster.people["facilitator"]]].tolist():
        rows.append((lawyer, int(rng.choice(leaders)), 0, 0, "acts for"))
    unique = {(owner, asset, kind): (low, high) for owner, asset, low, high, kind in rows if owner != asset}
    ids = party_ids(np.arange(book.parties)).to_pylist()
    since = date(2019, 3, 1)
    return OWNERSHIP.build(
        [
            {
                "owner_id": ids[owner],
                "asset_id": ids[asset],
                "share_min": low,
                "share_max": high,
                "kind": kind,
                "from": since.replace(year=since.year + (owner + asset) % 6),
                "source": SOURCE,
            }
            for (owner, asset, kind), (low, high) in unique.items()
        ]
    )
