from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register.ownership import blocked, check_stakes, controlled, read_ownership
from caudal.tables import OWNERSHIP, WHOLE

Write = Callable[[str, str | bytes], Path]
Stake = tuple[str, str, int, int]
PERCENT = WHOLE // 100


def table(
    *rows: Stake, kind: str = "owns", source: str = "s", since: date | None = None, until: date | None = None
) -> pa.Table:
    """Stakes of (owner, asset, least percent, largest percent)."""
    return OWNERSHIP.build(
        [
            {
                "owner_id": owner,
                "asset_id": asset,
                "share_min": low * PERCENT,
                "share_max": high * PERCENT,
                "kind": kind,
                "from": since,
                "until": until,
                "source": source,
            }
            for owner, asset, low, high in rows
        ]
    )


def exact(*rows: tuple[str, str, int]) -> pa.Table:
    return table(*((o, a, s, s) for o, a, s in rows))


def statuses(stakes: pa.Table, listed: set[str], day: date | None = None) -> dict[str, str]:
    return {o.asset_id: o.status for o in blocked(stakes, listed, day)}


def test_faq_401_first_example_shares_are_not_multiplied() -> None:
    stakes = exact(("X", "A", 50), ("A", "B", 50))
    assert statuses(stakes, {"X"}) == {"A": "yes", "B": "yes"}
    assert blocked(stakes, ["X"])[1].chain == ["X (listed) owns 50% of A", "A (blocked by ownership) owns 50% of B"]


def test_faq_401_second_example_shares_are_added() -> None:
    stakes = exact(("X", "A", 50), ("X", "B", 50), ("A", "C", 25), ("B", "C", 25))
    assert statuses(stakes, {"X"}) == {"A": "yes", "B": "yes", "C": "yes"}


def test_faq_401_third_example_result_follows_from_the_rule() -> None:
    stakes = exact(("X", "A", 50), ("X", "B", 10), ("A", "B", 40))
    assert statuses(stakes, {"X"}) == {"A": "yes", "B": "yes"}
    (found,) = [o for o in blocked(stakes, ["X"]) if o.asset_id == "B"]
    assert (found.share_min, found.share_max) == (WHOLE // 2, WHOLE // 2)


def test_a_stake_below_half_passes_nothing_on() -> None:
    """Follows from the rule: 25% of A does not block A, so what A owns does not count."""
    assert statuses(exact(("X", "A", 25), ("A", "B", 100)), {"X"}) == {}
    assert statuses(exact(("X", "A", 49), ("Y", "A", 1)), {"X", "Y"}) == {"A": "yes"}
    assert statuses(exact(("X", "A", 49)), {"X"}) == {}


def test_ranges_that_leave_it_open() -> None:
    stakes = table(("X", "A", 25, 50), ("A", "B", 75, 100), ("X", "C", 50, 75), ("X", "D", 25, 49))
    found = {o.asset_id: o for o in blocked(stakes, ["X"])}
    assert {k: o.status for k, o in found.items()} == {"C": "yes", "A": "cannot tell", "B": "cannot tell"}
    assert (found["A"].share_min, found["A"].share_max) == (25 * PERCENT, 50 * PERCENT)
    assert (found["B"].share_min, found["B"].share_max) == (0, WHOLE)
    assert found["B"].chain == ["X (listed) owns 25% to 50% of A", "A (blocked by ownership) owns 75% to 100% of B"]


def test_stakes_have_days() -> None:
    first, last = date(2020, 1, 1), date(2021, 1, 1)
    stakes = pa.concat_tables([table(("X", "A", 60, 60), since=first, until=last), table(("A", "B", 60, 60))])
    assert statuses(stakes, {"X"}, date(2019, 12, 31)) == {}
    assert statuses(stakes, {"X"}, first) == {"A": "yes", "B": "yes"}
    assert statuses(stakes, {"X"}, last) == {}
    assert statuses(stakes, {"X"}) == {}


def test_one_source_adds_up_and_two_sources_tell_of_the_same_holding() -> None:
    assert statuses(exact(("X", "A", 30), ("X", "A", 20)), {"X"}) == {"A": "yes"}
    two = pa.concat_tables([table(("X", "A", 30, 30), source="register"), table(("X", "A", 60, 60), source="press")])
    (found,) = blocked(two, ["X"])
    assert (found.status, found.share_min, found.share_max) == ("cannot tell", 30 * PERCENT, 60 * PERCENT)


def test_control_does_not_block_but_warns() -> None:
    stakes = pa.concat_tables([exact(("X", "A", 60)), table(("A", "B", 0, 0), kind="controls")])
    assert statuses(stakes, {"X"}) == {"A": "yes"}
    (warning,) = controlled(stakes, ["X", "A"])
    assert (warning.asset_id, warning.controller_id, warning.kind) == ("B", "A", "controls")
    assert "does not block" in warning.text


def test_cycles_end_and_the_listed_are_not_reported() -> None:
    ring = exact(("A", "B", 100), ("B", "A", 100), ("X", "A", 10))
    assert statuses(ring, {"X"}) == {}
    assert statuses(ring, {"A"}) == {"B": "yes"}
    assert statuses(ring, {"nobody"}) == statuses(ring, set()) == statuses(OWNERSHIP.empty(), {"X"}) == {}


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ((("X", "A", 101, 101),), "share_max"),
        ((("X", "A", -1, 10),), "share_min"),
        ((("X", "A", 60, 50),), "share_min"),
        ((("X", "Y", 1, 1), ("X", "X", 50, 50)), "asset_id"),
        ((("", "A", 50, 50),), "owner_id"),
    ],
)
def test_wrong_stakes_are_named(rows: tuple[Stake, ...], field: str) -> None:
    with pytest.raises(InputError) as caught:
        blocked(table(*rows), ["X"])
    assert (caught.value.field, caught.value.row) == (field, len(rows))


def test_wrong_kinds_and_days_are_named() -> None:
    with pytest.raises(InputError, match="kind"):
        check_stakes(table(("X", "A", 1, 1), kind="likes"))
    with pytest.raises(InputError, match="ends before"):
        check_stakes(table(("X", "A", 1, 1), since=date(2020, 1, 2), until=date(2020, 1, 2)))


NODES = "ABCDEF"
graphs = st.dictionaries(
    st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda p: p[0] != p[1]),
    st.tuples(st.sampled_from([0, 10, 25, 40, 49, 50, 51, 100]), st.sampled_from([0, 0, 1, 25])),
    max_size=14,
)
someone = st.sets(st.sampled_from(NODES), max_size=3)


def stakes_of(graph: dict[tuple[str, str], tuple[int, int]]) -> pa.Table:
    rows = [(o, a, low, min(low + wide, 100)) for (o, a), (low, wide) in graph.items()]
    return table(*rows) if rows else OWNERSHIP.empty()


def least_closed(stakes: pa.Table, listed: set[str], column: str) -> set[str]:
    """By brute force: what is in every set that holds the listed and everyone whom its members own by half or more."""
    rows = stakes.to_pylist()
    least = set(NODES)
    for choice in product([False, True], repeat=len(NODES)):
        chosen = {n for n, taken in zip(NODES, choice, strict=True) if taken}
        owned = {n: sum(r[column] for r in rows if r["asset_id"] == n and r["owner_id"] in chosen) for n in NODES}
        if listed <= chosen and all(n in chosen for n, share in owned.items() if share >= WHOLE // 2):
            least &= chosen
    return least


@settings(max_examples=150, deadline=None)
@given(graphs, someone)
@example({("A", "B"): (50, 0), ("B", "C"): (25, 25), ("C", "B"): (100, 0)}, {"A"})
def test_the_fixpoint_is_the_least_closed_set(graph: dict[tuple[str, str], tuple[int, int]], listed: set[str]) -> None:
    stakes = stakes_of(graph)
    sure = least_closed(stakes, listed, "share_min") - listed
    possible = least_closed(stakes, listed, "share_max") - listed
    assert statuses(stakes, listed) == {n: "yes" if n in sure else "cannot tell" for n in possible}


@settings(deadline=None)
@given(graphs, someone, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_names_does_not_matter(graph, listed, random) -> None:  # type: ignore[no-untyped-def]
    stakes = stakes_of(graph)
    order = list(range(stakes.num_rows))
    random.shuffle(order)
    assert statuses(stakes.take(pa.array(order, pa.int64())), listed) == statuses(stakes, listed)
    renamed = {n: f"{9 - i}-{n}" for i, n in enumerate(NODES)}
    other = stakes_of({(renamed[o], renamed[a]): share for (o, a), share in graph.items()})
    expected = {renamed[n]: s for n, s in statuses(stakes, listed).items()}
    assert statuses(other, {renamed[n] for n in listed}) == expected


@settings(deadline=None)
@given(graphs, someone, someone, st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)))
def test_more_listed_or_more_stakes_never_free_anyone(graph, listed, more, pair) -> None:  # type: ignore[no-untyped-def]
    rank = {"cannot tell": 1, "yes": 2}
    before = statuses(stakes_of(graph), listed)
    after = statuses(stakes_of(graph), listed | more)
    assert all(n in more or rank[after[n]] >= rank[s] for n, s in before.items())
    if pair[0] != pair[1] and pair not in graph:
        wider = statuses(stakes_of({**graph, pair: (50, 0)}), listed)
        assert all(rank[wider[n]] >= rank[s] for n, s in before.items())


@settings(deadline=None)
@given(graphs, someone)
def test_every_chain_leads_from_the_listed_and_carries_the_half(graph, listed) -> None:  # type: ignore[no-untyped-def]
    for owned in blocked(stakes_of(graph), listed):
        assert owned.chain[-1].endswith(f" of {owned.asset_id}")
        explained = set(listed)
        for line in owned.chain:
            owner, rest = line.split(" (", 1)
            assert owner in explained, line
            assert rest.startswith("listed)" if owner in listed else "blocked by ownership)")
            explained.add(line.rsplit(" of ", 1)[1])
        lines = [line for line in owned.chain if line.endswith(f" of {owned.asset_id}")]
        reach = sum(
            max(int(p.rstrip("%")) for p in line.split(" owns ")[1].split() if p.endswith("%")) for line in lines
        )
        assert reach >= 50


def test_reading_stakes(write: Write, tmp_path: Path) -> None:
    path = write(
        "own.csv",
        "owner_id,asset_id,share_min,share_max,kind,from,until,source\n"
        "X,A,500000,500000,owns,2020-01-01,,reg\n"
        "X,B,half,500000,owns,,,reg\n"
        "X,C,0,1000001,owns,,,reg\n"
        "C,C,0,100,owns,,,reg\n"
        "X,D,5,2,owns,,,reg\n"
        "X,E,0,0,controls,,2020-13-01,reg\n"
        "X,F,0,0,controls,,,reg\n",
    )
    stakes, rejected = read_ownership(path)
    assert stakes.column("asset_id").to_pylist() == ["A", "F"]
    assert stakes.column("from").to_pylist() == [date(2020, 1, 1), None]
    assert [(r["row"], r["field"]) for r in rejected.sort_by("row").to_pylist()] == [
        (3, "share_min"),
        (4, "share_max"),
        (5, "asset_id"),
        (6, "share_min"),
        (7, "until"),
    ]
    parquet = tmp_path / "own.parquet"
    pq.write_table(pa.concat_tables([stakes, table(("Z", "Z", 1, 1))]), parquet)
    again = read_ownership(parquet)
    assert again.stakes.num_rows == 2
    assert [r["row"] for r in again.rejected.to_pylist()] == [3]


def test_files_that_hold_no_stakes(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_ownership(tmp_path / "none.csv")
    with pytest.raises(InputError, match="no such file"):
        read_ownership(tmp_path / "none.parquet")
    with pytest.raises(InputError, match="missing"):
        read_ownership(write("a.csv", "owner_id,asset_id\nX,A\n"))
    with pytest.raises(InputError, match="not a readable Parquet"):
        read_ownership(write("a.parquet", "owner_id,asset_id\nX,A\n"))
    with pytest.raises(InputError, match="no usable stake"):
        read_ownership(write("b.csv", "owner_id,asset_id,share_min,share_max,kind,source\nX,X,1,1,owns,s\n"))
