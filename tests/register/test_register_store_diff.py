"""What changed between two versions: against an independent computation, and on the real snapshots of OFAC's list."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.register.entry import Designation, Draft, Entity
from caudal.register.rejects import Rejects
from caudal.register.sources import ListSource, ListVersion, ReadList
from caudal.register.store import Diff, Snapshot, Store, compare, history, read_snapshot
from caudal.register.store.add import add

DAY = date(2026, 1, 1)
Facts = tuple[str, frozenset[str], frozenset[str], frozenset[str]]

words = st.sampled_from(["ALFA", "BETA", "GAMMA", "DELTA"])
some = st.frozensets(words)
facts = st.tuples(st.sampled_from(["Person", "Company"]), some, some, some)
lists = st.dictionaries(st.integers(0, 9), facts)


def entity(number: int, known: Facts, *, backwards: bool = False) -> Entity:
    schema, aliases, countries, authorities = known
    draft = Draft(f"x-{number}", schema)
    draft.name("NAME", "primary", "Latn")
    order = sorted(aliases, reverse=backwards)
    for alias in order:
        draft.name(alias, "alias", "Latn")
    for country in sorted(countries, reverse=backwards):
        draft.add("country", country)
    listed = [Designation(a, a, source=f"version {backwards}") for a in sorted(authorities, reverse=backwards)]
    return draft.finish("NAME", listed, "made_up", DAY)


def snapshot(entries: dict[int, Facts], *, backwards: bool = False) -> Snapshot:
    numbers = sorted(entries, reverse=backwards)
    entities = [entity(n, entries[n], backwards=backwards) for n in numbers]
    read = ReadList(ListVersion("made_up", "1", DAY, "made up", len(entities)), entities, Rejects())
    return Snapshot("made up", "made_up", DAY, {e.id: e for e in entities}, 0, [read])


@given(lists, lists)
def test_the_diff_is_what_sets_say(old: dict[int, Facts], new: dict[int, Facts]) -> None:
    found = compare(snapshot(old), snapshot(new, backwards=True))
    assert {e.id for e in found.added} == {f"x-{n}" for n in new.keys() - old.keys()}
    assert {e.id for e in found.removed} == {f"x-{n}" for n in old.keys() - new.keys()}
    changed = {n for n in old.keys() & new.keys() if old[n] != new[n]}
    assert {a.new.id for a in found.amended} == {f"x-{n}" for n in changed}
    for amendment in found.amended:
        number = int(amendment.new.id[2:])
        fields = ("schema", "alias", "country", "designation")
        was, now = ([{v} if isinstance(v, str) else set(v) for v in side[number]] for side in (old, new))
        expected = {f: (b - a, a - b) for f, a, b in zip(fields, was, now, strict=True) if a != b}
        assert {c.field: (set(c.added), set(c.removed)) for c in amendment.changes} == expected


@given(lists, lists)
def test_back_again_is_the_same_turned_round(old: dict[int, Facts], new: dict[int, Facts]) -> None:
    there, back = compare(snapshot(old), snapshot(new)), compare(snapshot(new), snapshot(old))
    assert {e.id for e in there.added} == {e.id for e in back.removed}
    assert {a.new.id for a in there.amended} == {a.new.id for a in back.amended}
    turned = {(a.new.id, c.field): (c.removed, c.added) for a in back.amended for c in a.changes}
    assert {(a.new.id, c.field): (c.added, c.removed) for a in there.amended for c in a.changes} == turned


@given(lists)
def test_no_version_differs_from_itself(entries: dict[int, Facts]) -> None:
    assert not compare(snapshot(entries), snapshot(entries, backwards=True))


def test_entries_of_a_group_on_either_side_count_for_it(tmp_path: Path) -> None:
    head = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source\n"
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(head + "a,Person,Left Group,,,,,ms-13,,,,\nb,Person,Gone,,,,,ms-13,,,,\nc,Person,Other,,,,,,,,,\n")
    new.write_text(head + "a,Person,Left Group,Alias,,,,,,,,\nc,Person,Other,X,,,,,,,,\nd,Person,New,,,,,ms-13,,,,\n")
    changes = compare(*(read_snapshot(ListSource(p, None, DAY)) for p in (old, new)))
    assert changes.by_group() == {"ms-13": (1, 1, 1)}
    only = changes.of_group("ms-13")
    assert ([e.id for e in only.added], [e.id for e in only.removed], [a.new.id for a in only.amended]) == (
        ["d"],
        ["b"],
        ["a"],
    )
    facts = changes.as_dict()
    assert facts["by_group"]["ms-13"] == {"added": 1, "removed": 1, "amended": 1}
    assert {e["id"]: e["changes"] for e in facts["amended"]}["c"] == [{"field": "alias", "added": ["X"], "removed": []}]


def compact(path: Path) -> dict[str, tuple[str, str, frozenset[str], frozenset[str]]]:
    """A compact snapshot read in the plainest way: values of a cell are separated by semicolons."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {
            r["uid"]: (
                r["name"].strip(),
                r["type"].strip(),
                frozenset(v.strip() for v in r["programs"].split(";") if v.strip()),
                frozenset(v.strip() for v in r["alternate_names"].split(";") if v.strip()),
            )
            for r in csv.DictReader(file)
        }


@pytest.fixture(scope="module")
def snapshots(shared_data: Path) -> list[Path]:
    return [shared_data / f"lists/ofac/sdn_compact_{day}.csv" for day in ("2026-07-25", "2026-08-20")]


@pytest.fixture(scope="module")
def changes(snapshots: list[Path]) -> Diff:
    old, new = (read_snapshot(ListSource(p)) for p in snapshots)
    return compare(old, new)


@pytest.mark.real
def test_ofac_between_two_days(snapshots: list[Path], changes: Diff) -> None:
    old, new = (compact(p) for p in snapshots)
    assert {e.id for e in changes.added} == {f"ofac-{uid}" for uid in new.keys() - old.keys()}
    assert {e.id for e in changes.removed} == {f"ofac-{uid}" for uid in old.keys() - new.keys()}
    differing = {uid for uid in old.keys() & new.keys() if old[uid] != new[uid]}
    assert {a.new.id for a in changes.amended} == {f"ofac-{uid}" for uid in differing}
    assert (len(changes.added), len(changes.removed), len(changes.amended)) == (103, 108, 20)
    for amendment in changes.amended:
        uid = amendment.new.id.removeprefix("ofac-")
        by_field = {c.field: c for c in amendment.changes}
        assert ("primary name" in by_field) == (old[uid][0] != new[uid][0])
        assert ("designation" in by_field) == (old[uid][2] != new[uid][2])
        alias = by_field.get("alias")
        assert set(alias.added if alias else ()) == new[uid][3] - old[uid][3]
        assert set(alias.removed if alias else ()) == old[uid][3] - new[uid][3]


@pytest.mark.real
def test_the_store_holds_both_days_and_tells_the_history(snapshots: list[Path], changes: Diff, tmp_path: Path) -> None:
    store = Store(tmp_path / "store")
    for path in snapshots:
        outcome = add(store, "sdn", [str(path)])
        assert outcome is not None
        assert outcome.status == "new"
    assert outcome.diff is not None
    assert [e.id for e in outcome.diff.removed] == [e.id for e in changes.removed]
    assert [v.published for v in store.record("sdn").versions] == [date(2026, 7, 25), date(2026, 8, 20)]
    [gone] = history(store, changes.removed[0].id)
    assert (gone.last_seen, gone.listed, gone.from_start) == (date(2026, 7, 25), False, True)
    [changed] = history(store, changes.amended[0].new.id)
    assert changed.events[-1].changes == changes.amended[0].changes
