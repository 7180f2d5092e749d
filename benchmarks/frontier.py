"""Seconds, cuts, points, gap and memory of the frontier, at three sizes of made networks and on a made-up world.

    python benchmarks/frontier.py [arcs ...]            # 100000 1000000 10000000; each in a process of its own
    python benchmarks/frontier.py --world ACCOUNTS      # from `caudal world`: ledger, tracing, network, frontier

A made network sums chains of payments: from payers through one to four hands to a core, from the core through one to
four hands to payees, hands chosen with heavy tails, amounts lognormal, so what comes to an account leaves it. Harm is
lognormal beside the money; the core costs little, one account in a thousand cannot be frozen. The smallest size is
swept whole, once by plain bisection on the whole network for comparison; the others until the gap is 1% of the area.
CPU is the processor time of one core; wall is what passed, others' work on the machine included.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caudal.impact import frontier
from caudal.impact.frontier.cutting import Cut, last_cut, minimum_cut
from caudal.impact.frontier.network import NEVER, Network, merged, on_the_way, summed
from caudal.impact.frontier.sweeping import sweep
from caudal.ledger import Ledger
from caudal.tracing import TransferIndex, run_trace
from caudal.world import generate


def made(arcs: int, seed: int = 1) -> Network:
    """A network of about that many arcs."""
    rng = np.random.default_rng(seed)
    side, paths = max(50, arcs // 8), arcs * 2 // 9  # after parallel ones are added up, about `arcs` are left
    core = max(5, side // 400)
    source = core + 2 * side
    money = rng.lognormal(9, 1.6, paths).astype(np.int64) + 1
    tails, heads, amounts = [], [], []

    def heavy(size: Any) -> Any:
        return np.minimum((size * rng.random(paths) ** 2.2).astype(np.int64), size - 1)

    def add(tail: Any, head: Any, which: Any) -> None:
        tails.append(tail[which])
        heads.append(head[which])
        amounts.append(money[which])

    doors = [heavy(core), heavy(core)]
    add(doors[0], doors[1], doors[0] != doors[1])
    everyone = np.ones(paths, np.bool_)
    for spending, door in enumerate(doors):
        here = door
        hands = rng.choice([1, 2, 3, 4], paths, p=[0.35, 0.35, 0.2, 0.1])
        for step in range(4):
            on = hands > step
            after = core + spending * side + heavy(np.where(hands - step > 1, side // 8, side))
            add(*((here, after) if spending else (after, here)), on)
            here = np.where(on, after, here)
        end = np.full(paths, source + spending)
        add(*((here, end) if spending else (end, here)), everyone)
    tail, head, sums = merged(
        np.concatenate(tails).astype(np.int32),
        np.concatenate(heads).astype(np.int32),
        np.concatenate(amounts),
        source + 2,
    )
    through = summed(head, sums, source + 2)[:source]
    cost = (through * rng.lognormal(0.5, 1.8, source) + rng.lognormal(8, 2, source)).astype(np.int64)
    cost[:core] = (through[:core] * rng.random(core) * 0.2).astype(np.int64)
    cost[rng.random(source) < 0.001] = NEVER
    return on_the_way(Network(tail, head, sums, cost, np.arange(source, dtype=np.int32)))


def plain(net: Network, seconds: float) -> tuple[int, int, bool]:
    """Points and cuts of bisection on the whole network, and whether it came to its end in that time."""
    start = time.process_time()
    last, _ = last_cut(net)
    ends = [minimum_cut(net, None), last or minimum_cut(net, Fraction(1, 2**20))]
    open_: list[tuple[Cut, Cut]] = [(ends[0], ends[1])]
    points, cuts = 2, 2
    while open_ and time.process_time() - start < seconds:
        left, right = open_.pop()
        weight = Fraction(left.money - right.money, right.cost - left.cost).limit_denominator(2**60 // net.supply)
        if weight <= 0:
            continue
        cut = minimum_cut(net, weight)
        cuts += 1
        here, there = (c.money + weight * c.cost for c in (left, right))
        if cut.money + weight * cut.cost < min(here, there):
            points += 1
            open_ += [(left, cut), (cut, right)]
    return points, cuts, not open_


def timed(what: str, work: Callable[[], Any]) -> Any:
    cpu, wall = time.process_time(), time.perf_counter()
    done = work()
    print(f"  {what}: {time.process_time() - cpu:.1f} s CPU, {time.perf_counter() - wall:.1f} s wall", flush=True)
    return done


def peak() -> str:
    return f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"


def one_size(arcs: int) -> None:
    net = made(arcs)
    print(f"{len(net.money):,} arcs, {net.nodes:,} accounts, supply {net.supply:,}; {peak()} to make it")
    sweep(made(2_000))  # compiles
    whole = arcs <= 200_000
    for gap in (0.01, 0.0) if whole else (0.01,):
        hull = timed(f"gap {gap:.0%}" if gap else "whole", lambda gap=gap: sweep(net, gap=gap))
        print(
            f"    {len(hull.points)} points, {hull.cuts} cuts, gap {hull.share:.3%}, all found: {hull.done}; {peak()}"
        )
    if whole:
        points, cuts, ended = timed("plain bisection", lambda: plain(net, 90))
        print(f"    {points} points, {cuts} cuts{'' if ended else ', not finished'}")


def a_world(accounts: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "world"
        timed("world", lambda: generate(root, accounts, 90, 12))
        ledger = timed("ledger", lambda: Ledger.open(root / "ledger", rates=root / "rates.csv", base_currency="USD"))
        truth = pq.read_table(root / "truth" / "accounts.parquet")
        own = truth.filter(truth["listed"])["account_id"].to_pylist()
        pooled = ledger.accounts.filter(pc.fill_null(ledger.accounts["pooled"], False))["account_id"].to_pylist()
        print(f"{ledger.transfers.num_rows:,} transfers, {len(own)} listed accounts")
        index = timed("index", lambda: TransferIndex.from_transfers(ledger.transfers))
        traced = timed("tracing", lambda: run_trace(index, {"G": own}, ["proportional"], pooled=pooled))
        for cost in frontier.COSTS:
            found = timed(
                f"frontier, {cost}",
                lambda cost=cost: frontier.compute(
                    ledger, traced.attributions, date(2025, 2, 20), own=own, actual=own, cost=cost
                ),
            )
            net, hull = found.books.network, found.hull
            print(f"    {len(net.money):,} arcs, {net.nodes:,} nodes, {len(hull.points)} points, {hull.cuts} cuts")
            print(f"    gap {hull.share:.2%} of the cuts, {found.share:.2%} with whole accounts; {peak()}")
        for row in timed("replay of three points and the designation", found.replay).to_pylist():
            print(f"    point {row['point']}: left {row['static']:,}, in time {row['left']:,}, of {row['before']:,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arcs", nargs="*", type=int)
    parser.add_argument("--world", type=int, metavar="ACCOUNTS")
    asked = parser.parse_args()
    if asked.world:
        a_world(asked.world)
        return
    for arcs in asked.arcs or [100_000, 1_000_000, 10_000_000]:
        process = multiprocessing.get_context("spawn").Process(target=one_size, args=(arcs,))
        process.start()
        process.join()
        if process.exitcode:
            sys.exit(process.exitcode)


if __name__ == "__main__":
    main()
