"""Small made-up ledgers as rows (id, microseconds, payer, payee, amount), and a slow reference for tracing them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import networkx as nx
import pyarrow as pa
import pytest
from hypothesis import strategies as st

Row = tuple[str, int, str, str, int]
NAMES = [f"acc-{letter}" for letter in "abcdefg"]


@pytest.fixture(scope="session")
def table() -> Callable[[Iterable[Row]], pa.Table]:
    """Rows as the columns of a `transfers` table that tracing reads."""

    def build(rows: Iterable[Row]) -> pa.Table:
        columns = list(zip(*rows, strict=True)) or [()] * 5
        return pa.table(
            {
                "transfer_id": pa.array(columns[0], pa.string()),
                "time": pa.array(columns[1], pa.int64()).cast(pa.timestamp("us", tz="UTC")),
                "payer_account": pa.array(columns[2], pa.string()),
                "payee_account": pa.array(columns[3], pa.string()),
                "amount_base": pa.array(columns[4], pa.int64()),
            }
        )

    return build


@pytest.fixture(scope="session")
def ledgers() -> st.SearchStrategy[list[Row]]:
    """Up to forty transfers among seven accounts, with ties in time, self-transfers, nothing paid and large sums."""
    amount = st.one_of(st.integers(0, 20), st.integers(1, 10**6), st.integers(2**50, 2**56))
    row = st.tuples(st.integers(0, 12), st.sampled_from(NAMES), st.sampled_from(NAMES), amount)
    ids = st.randoms(use_true_random=False)

    def named(rows: list[tuple[int, str, str, int]], random: object) -> list[Row]:
        numbers = list(range(len(rows)))
        random.shuffle(numbers)  # type: ignore[attr-defined]
        return [(f"t{number:03d}", *row) for number, row in zip(numbers, rows, strict=True)]

    return st.builds(named, st.lists(row, max_size=40), ids)


@pytest.fixture(scope="session")
def group_sets() -> st.SearchStrategy[dict[str, list[str]]]:
    """One to three groups of one to three accounts, which may overlap."""
    own = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)
    return st.dictionaries(st.sampled_from(["g1", "g2", "g3"]), own, min_size=1, max_size=3)


@dataclass
class Wallet:
    """An account as two purses, and what is written down about it."""

    clean: int = 0
    tainted: int = 0
    stuck: int = 0
    unexplained: int = 0
    received: int = 0
    direct: int = 0
    indirect: int = 0
    met: list[tuple[int, int]] = field(default_factory=list)  # (time, hops) of every attributed receipt

    @property
    def hops(self) -> int:
        return min(hops for _, hops in self.met)

    @property
    def holds(self) -> int:
        return self.clean + self.tainted

    @property
    def held(self) -> int:
        return self.tainted + self.stuck

    def put(self, pieces: list[tuple[int, bool]]) -> None:
        for size, tainted in pieces:
            if tainted:
                self.tainted += size
            else:
                self.clean += size

    def take(self, x: int) -> list[tuple[int, bool]]:
        """The share of each purse; what does not divide stays in the tainted one."""
        part = self.tainted * x // self.holds
        self.tainted -= part
        self.clean -= x - part
        return [(part, True), (x - part, False)]

    def mix(self) -> int:
        """All clean money becomes tainted; how much it was."""
        mixed, self.clean = self.clean, 0
        self.tainted += mixed
        return mixed


@dataclass
class Queue(Wallet):
    """An account as a queue of lots, the oldest first; every receipt is a lot, none is ever joined to another."""

    lots: list[tuple[int, bool]] = field(default_factory=list)

    @property
    def holds(self) -> int:
        return sum(size for size, _ in self.lots)

    @property
    def held(self) -> int:
        return sum(size for size, tainted in self.lots if tainted) + self.stuck

    def put(self, pieces: list[tuple[int, bool]]) -> None:
        self.lots += pieces

    def take(self, x: int) -> list[tuple[int, bool]]:
        taken = []
        while x:
            size, tainted = self.lots.pop(0)
            used = min(size, x)
            taken.append((used, tainted))
            x -= used
            if used < size:
                self.lots.insert(0, (size - used, tainted))
        return taken


@dataclass
class Slow:
    """The reference's answer for one group, method and direction."""

    wallets: dict[str, Wallet]
    moved: dict[str, tuple[int, int]]  # transfer id -> (attributed, hops)
    emitted: int = 0
    returned: int = 0
    mixed: int = 0
    opening: int = 0
    dust: int = 0


@pytest.fixture(scope="session")
def in_order() -> Callable[[Iterable[Row]], list[Row]]:
    """Rows in the documented order, found with networkx instead of our own graph code."""

    def instant(rows: list[Row]) -> list[Row]:
        rows = sorted(rows)
        feeds = [(p, q) for _, _, p, q, x in rows if p != q and x]
        graph = nx.DiGraph(feeds)
        circles = nx.condensation(graph)
        place = circles.graph["mapping"]
        rounds = dict.fromkeys(circles, 0)
        for circle in nx.topological_sort(circles):
            rounds[circle] = max((rounds[before] + 1 for before in circles.predecessors(circle)), default=0)
        inner = [r for r in rows if r[2] != r[3] and r[4] and place[r[2]] == place[r[3]]]
        turn: list[Row] = []
        waiting = list(inner)
        ready: list[str] = []
        while waiting:
            if ready:
                payer = ready.pop(0)
                go = [r for r in waiting if r[2] == payer]
            else:
                go = waiting[:1]
            for row in go:
                waiting.remove(row)
                turn.append(row)
                if not any(r[3] == row[3] for r in waiting):
                    ready.append(row[3])

        def key(row: Row) -> tuple[int, int, int, str]:
            _, _, p, q, x = row
            if p == q or not x:
                return (0, 1, 0, row[0])
            if row in inner:
                return (rounds[place[p]], 0, turn.index(row), row[0])
            return (rounds[place[p]], 1, 0, row[0])

        return sorted(rows, key=key)

    def order(rows: Iterable[Row]) -> list[Row]:
        by_time: dict[int, list[Row]] = {}
        for row in rows:
            by_time.setdefault(row[1], []).append(row)
        return [row for time in sorted(by_time) for row in instant(by_time[time])]

    return order


@pytest.fixture(scope="session")
def slow() -> Callable[..., Slow]:
    """Tracing one group over rows in order, without arrays: an account is two purses, or a queue of lots for fifo.

    `opening` is (balances, the group's part of them), both by account.
    """

    def run(
        steps: list[Row],
        own: Iterable[str],
        method: str,
        direction: str,
        pooled: Iterable[str] = (),
        dust: int = 0,
        opening: tuple[dict[str, int], dict[str, int]] = ({}, {}),
    ) -> Slow:
        if direction == "backward":
            steps = [(name, time, payee, payer, x) for name, time, payer, payee, x in reversed(steps)]
        own, pooled = set(own), set(pooled)
        kind = Queue if method == "fifo" else Wallet
        wallets: dict[str, Wallet] = {name: kind() for row in steps for name in row[2:4]}
        answer = Slow(wallets, {})
        for name, wallet in wallets.items():
            part = 0 if name in own else opening[1].get(name, 0)
            if part:
                wallet.met.append((steps[0][1], 1))
                answer.opening += part
            # Money of pooled accounts that must stay is kept beside the purses, so all they pay is clean.
            wallet.stuck = part if name in pooled else 0
            inside = part - wallet.stuck
            wallet.put([(inside, True), (opening[0].get(name, 0) - inside, False)])
            if method == "poison" and wallet.met and not wallet.stuck:
                answer.mixed += wallet.mix()
        for name, time, payer, payee, x in steps:
            source, target = wallets[payer], wallets[payee]
            if payer == payee or x == 0:
                continue
            lack = max(0, x - source.holds)
            source.unexplained += lack
            source.put([(lack, False)])
            stays = payer in pooled and payer not in own
            if method == "poison" and source.met and not stays and payer not in own:
                answer.mixed += source.mix()
            pieces = source.take(x)
            assert sum(size for size, _ in pieces) == x
            target.received += x
            if payer in own:
                pieces = [(size, payee not in own) for size, _ in pieces]
            hops = 1 if payer in own else (source.hops if source.met else 0) + 1
            carried = sum(size for size, tainted in pieces if tainted)
            if payer in own:
                answer.emitted += carried
            if carried < dust:
                answer.dust += carried
                pieces, carried = [(x, False)], 0
            if carried:
                answer.moved[name] = (carried, hops)
                if payee in own:
                    answer.returned += carried
                else:
                    target.met.append((time, hops))
                    if payer in own:
                        target.direct += carried
                    else:
                        target.indirect += carried
            if payee in own or payee in pooled:
                target.stuck += carried if payee not in own else 0
                target.put([(x, False)])
            else:
                target.put(pieces)
                if method == "poison" and target.met:
                    answer.mixed += target.mix()
        return answer

    return run
