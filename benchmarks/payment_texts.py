"""Screening of payment texts: a generated file of transfers against lists; time by part, and what was found.

    python benchmarks/payment_texts.py [--transfers 1000000] [--texts 300000] [--lists FILE]

A third of the texts name a made-up person or firm, all hold numbers and words of trade, and one in ten thousand names
somebody on the list whole, with a line break in the name in half of them. Wall and CPU seconds, best of `--times`.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from caudal import Register
from caudal.screening import Screener

ONSETS = ("b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "dr", "kr", "tr", "sh", "ch")
VOWELS = ("a", "e", "i", "o", "u", "ai", "ia")
CODAS = ("", "", "n", "r", "s", "l", "nd", "k")
TRADE = """
payment invoice contract goods services equipment spare parts transport freight rent salary loan repayment advance
construction materials consulting fee medicine textile fish oil metal delivery according annex supplement order
""".split()  # noqa: SIM905
HOW = (
    "INVOICE {n} DD {d} {goods}",
    "PAYMENT FOR {goods} CONTRACT N {n} DD {d}",
    "{who} {goods} INV {n}",
    "/ROC/{n} TRANSFER TO {who} {d}",
    "{n} {goods} {goods2} ACC TO CONTR {d} {who}",
    "REF {n}/{goods}/{who}",
)


def made_up(transfers: int, texts: int, listed: list[str], seed: int = 1) -> pa.Table:
    """Transfers with that many distinct texts."""
    random = np.random.default_rng(seed)

    def pick(words: tuple[str, ...] | list[str], n: int) -> np.ndarray:
        return np.array(words, dtype=object)[random.integers(0, len(words), n)]

    def word(n: int) -> np.ndarray:
        two = pick(ONSETS, n) + pick(VOWELS, n) + pick(CODAS, n) + pick(ONSETS, n) + pick(VOWELS, n) + pick(CODAS, n)
        return np.where(random.random(n) < 0.5, two, two + pick(ONSETS, n) + pick(VOWELS, n))

    given, family = word(2_000), word(20_000)
    held = []
    for at in range(texts):
        who = f"{given[int(random.pareto(1.1) * 20) % 2_000]} {family[int(random.pareto(1.1) * 100) % 20_000]}"
        if at % 10_000 == 7:
            who = listed[int(random.integers(0, len(listed)))]
            if at % 20_000 == 7 and len(who) > 12:
                who = who[:9] + " " + who[9:]
        goods, goods2 = pick(TRADE, 2)
        day = f"{random.integers(1, 29):02d}.{random.integers(1, 13):02d}.20{random.integers(10, 27)}"
        shape = HOW[at % len(HOW)]
        text = shape.format(n=random.integers(10**4, 10**9), d=day, goods=goods, goods2=goods2, who=who)
        held.append(text.upper())
    order = np.concatenate([np.arange(texts), random.integers(0, texts, transfers - texts)])
    account = pa.array([f"A{n:06d}" for n in range(100_000)])
    return pa.table(
        {
            "transfer_id": pa.array([f"t{n}" for n in range(transfers)]),
            "purpose": pa.array(held).take(pa.array(order)),
            "payer_account": account.take(pa.array(random.integers(0, 100_000, transfers))),
            "payee_account": account.take(pa.array(random.integers(0, 100_000, transfers))),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--transfers", type=int, default=1_000_000)
    parser.add_argument("--texts", type=int, default=300_000)
    parser.add_argument("--times", type=int, default=2)
    parser.add_argument("--lists", type=Path, default=Path("../shared/data/lists/ofac/sdn.csv"))
    options = parser.parse_args()
    register = Register.load([options.lists])
    screener = Screener(register)
    named = [name for name in register.tables()["names"]["name"].to_pylist() if 12 < len(name) < 40][::7]
    table = made_up(options.transfers, options.texts, named)
    screener.match_texts(table.slice(0, 1_000))  # compiles the kernels, counts the addresses
    best = (float("inf"), float("inf"))
    found = None
    for _ in range(options.times):
        wall, cpu = time.perf_counter(), time.process_time()
        found = screener.match_texts(table)
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    assert found is not None
    print(f"{options.transfers:,} transfers, {options.texts:,} distinct texts, {len(screener.listed.names):,} names")
    print(f"{best[0]:.1f} s wall, {best[1]:.1f} s CPU: {options.texts / best[0]:,.0f} distinct texts/s")
    print(f"{found.num_rows} matches, {sum(found['alert'].to_pylist())} of them alerts")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


if __name__ == "__main__":
    main()
