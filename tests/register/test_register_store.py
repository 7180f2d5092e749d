"""What the store accepts, keeps, refuses and remembers."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.register import Register
from caudal.register.store import ListRecord, Source, Store, Version, history
from caudal.register.store import arrive as arrive_module
from caudal.register.store import where as where_module
from caudal.register.store.add import add, import_files
from caudal.register.store.index import StoredFile
from caudal.register.store.known import known_lists
from caudal.register.store.update import confirm, update

HEAD = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source\n"
Put = Callable[..., Path]


def row(number: int, aliases: str = "", group: str = "", authority: str = "") -> str:
    return f"m-{number},Person,Name Number {number},{aliases},,,,{group},{authority},,,\n"


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a members list of these rows, last written on a day."""

    def _put(rows: list[str], day: date = date(2026, 1, 10), name: str = "house.csv") -> Path:
        path = tmp_path / name
        path.write_text(HEAD + "".join(rows), encoding="utf-8")
        seconds = datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()
        os.utime(path, (seconds, seconds))
        return path

    return _put


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def test_a_file_becomes_a_version_and_a_changed_file_another(store: Store, put: Put) -> None:
    path = put([row(n) for n in range(20)])
    first = add(store, "house", [str(path)])
    assert (first.status, first.version.entries, first.version.accepted_by) == ("new", 20, "checks")
    assert first.version.published == date(2026, 1, 10)
    assert update(store)[0].status == "unchanged"
    put([row(0, aliases="Also"), *(row(n) for n in range(1, 19)), row(99, group="tren-de-aragua")], date(2026, 1, 11))
    second = update(store, ["house"])[0]
    assert second.status == "new"
    assert [e.id for e in second.diff.added] == ["m-99"]
    assert [e.id for e in second.diff.removed] == ["m-19"]
    assert [(a.new.id, a.changes[0].field, a.changes[0].added) for a in second.diff.amended] == [
        ("m-0", "alias", ("Also",))
    ]
    assert second.diff.by_group() == {"tren-de-aragua": (1, 0, 0)}
    record = store.record("house")
    assert [v.published for v in record.versions] == [date(2026, 1, 10), date(2026, 1, 11)]
    assert len(list((store.folder / "raw").iterdir())) == 2
    assert not list(store.folder.glob(".incoming*"))


@pytest.mark.parametrize(("kept", "status"), [(19, "new"), (18, "waiting"), (1, "waiting")])
def test_a_list_that_lost_a_tenth_waits_for_a_person(store: Store, put: Put, kept: int, status: str) -> None:
    path = put([row(n) for n in range(20)])
    add(store, "house", [str(path)])
    held = store.record("house").current
    put([row(n) for n in range(kept)], date(2026, 1, 11))
    outcome = update(store)[0]
    assert outcome.status == status
    if status == "new":
        return
    assert f"it lacks {20 - kept} of 20 entries" in outcome.reason
    assert len(outcome.diff.removed) == 20 - kept
    assert store.record("house").current == held
    assert len(Register.load(store, builtin=False)) == 20
    assert update(store)[0].status == "waiting"
    with pytest.raises(InputError, match="say who confirms"):
        confirm(store, "house", "  ")
    confirmed = confirm(store, "house", "Ana  Prueba")
    assert (confirmed.status, confirmed.version.accepted_by) == ("new", "Ana Prueba")
    assert len(confirmed.diff.removed) == 20 - kept
    record = store.record("house")
    assert record.current.entries == kept
    assert record.current.accepted_by == "Ana Prueba"
    assert record.refused is None
    assert update(store)[0].status == "unchanged"
    with pytest.raises(InputError, match="no version of house waits"):
        confirm(store, "house", "Ana Prueba")


def test_a_swapped_list_of_the_same_length_waits(store: Store, put: Put) -> None:
    path = put([row(n) for n in range(20)])
    add(store, "house", [str(path)])
    put([row(n) for n in range(100, 120)], date(2026, 1, 11))
    assert update(store)[0].status == "waiting"


def test_a_stale_copy_waits(store: Store, put: Put) -> None:
    path = put([row(n) for n in range(20)])
    add(store, "house", [str(path)])
    put([row(n) for n in range(21)], date(2026, 1, 9))
    assert "older than the version held" in update(store)[0].reason


def test_a_version_that_is_taken_back_no_longer_waits(store: Store, put: Put) -> None:
    path = put([row(n) for n in range(20)])
    add(store, "house", [str(path)])
    put([row(0)], date(2026, 1, 11))
    assert update(store)[0].status == "waiting"
    put([row(n) for n in range(20)])
    assert update(store)[0].status == "unchanged"
    assert store.record("house").refused is None


@pytest.mark.parametrize("content", ["", "no list", "<html></html>", HEAD, HEAD + "x,Robot,X,,,,,,,,,\n", "a\0b"])
def test_what_cannot_be_read_is_refused(store: Store, put: Put, content: str) -> None:
    path = put([row(1)])
    add(store, "house", [str(path)])
    held = store.record("house").versions
    path.write_text(content, encoding="utf-8")
    outcome = update(store)[0]
    assert outcome.status == "failed"
    assert store.record("house").versions == held
    path.unlink()
    assert "no such file" in update(store)[0].reason
    with pytest.raises(InputError):
        add(store, "other", [str(path)])
    assert set(store.lists) == {"house"}


class Stopped(BaseException):
    """What an interruption raises."""


@pytest.mark.parametrize(
    ("module", "name"),
    [(arrive_module, "compare"), (arrive_module, "doubts"), (where_module, "write_text"), (where_module, "Index")],
)
def test_an_interrupted_update_leaves_the_store_as_it_was(
    store: Store, put: Put, monkeypatch: pytest.MonkeyPatch, module: object, name: str
) -> None:
    path = put([row(n) for n in range(20)])
    add(store, "house", [str(path)])
    before = tree(store.folder)
    put([row(n) for n in range(21)], date(2026, 1, 11))

    def stop(*_args: object, **_named: object) -> None:
        raise Stopped

    if name == "Index":
        monkeypatch.setattr(where_module.Store, "_write", stop)
    else:
        monkeypatch.setattr(module, name, stop)
    with pytest.raises(Stopped):
        update(store)
    assert tree(store.folder) == before
    monkeypatch.undo()
    assert update(store)[0].status == "new"


def test_writers_at_the_same_time_lose_nothing(store: Store, put: Put) -> None:
    paths = [put([row(n)], name=f"list{n}.csv") for n in range(8)]
    threads = [threading.Thread(target=add, args=(store, f"list{n}", [str(p)])) for n, p in enumerate(paths)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.lists) == 8
    assert all(record.current for record in store.lists.values())


def test_what_was_known_on_a_day(store: Store, put: Put, tmp_path: Path) -> None:
    first = put([row(n) for n in range(20)], name="a.csv")
    second = put([row(n) for n in range(1, 21)], name="b.csv")
    add(store, "house", [str(first)], published=date(2026, 1, 5), held=date(2026, 1, 8))
    add(store, "house", [str(second)], published=date(2026, 2, 5), held=date(2026, 2, 9))
    now = Register.load(store, builtin=False)
    assert len(now.versions) == 2
    assert (now["m-0"].last_seen, now["m-5"].first_seen) == (date(2026, 1, 5), date(2026, 1, 5))
    assert now.designated_on("m-0", date(2026, 2, 6)).status == "no"
    then = Register.load(store, builtin=False, known_at=date(2026, 2, 8))
    assert [v.published for v in then.versions] == [date(2026, 1, 5)]
    assert "m-20" not in then
    assert Register.load(store, builtin=False, known_at=date(2026, 1, 7)).versions == []
    assert [s.published for s in store.sources(known_at=date(2026, 2, 9), history=False)] == [date(2026, 2, 5)]
    files = Register.load([*store.sources()], builtin=False, known_at=date(2026, 2, 4))
    assert [v.published for v in files.versions] == [date(2026, 1, 5)]


def test_a_version_confirmed_later_was_not_known_before(store: Store, put: Put) -> None:
    path = put([row(n) for n in range(20)])
    add(store, "house", [str(path)], held=date(2026, 1, 10))
    put([row(n) for n in range(10)], date(2026, 1, 11))
    update(store, now=noon(date(2026, 1, 12)))
    confirm(store, "house", "Ana Prueba", now=noon(date(2026, 1, 15)))
    assert "m-15" in Register.load(store, builtin=False, known_at=date(2026, 1, 14))
    assert [s.published for s in store.sources(known_at=date(2026, 1, 15))] == [date(2026, 1, 10), date(2026, 1, 11)]


def test_the_built_in_groups_as_a_day_could_know_them() -> None:
    tda = "caudal-tren-de-aragua"
    assert "FTO" in {d.authority for d in Register.load([])[tda].designations}
    before = Register.load([], known_at=date(2025, 1, 1))
    assert tda not in before
    assert "tren-de-aragua" not in {g.id for g in before.groups}
    after = Register.load([], known_at=date(2025, 2, 20))
    assert "FTO" in {d.authority for d in after[tda].designations}
    farc = Register.load([], known_at=date(2021, 11, 1)).group("farc").entity_ids[0]
    assert all(d.ended is None for d in Register.load([], known_at=date(2021, 11, 1))[farc].designations)
    assert any(d.ended for d in Register.load([])[farc].designations)


def test_an_older_version_from_an_archive_takes_its_place(store: Store, put: Put) -> None:
    path = put([row(n) for n in range(20)], date(2026, 3, 1))
    add(store, "house", [str(path)])
    old = put([row(n) for n in range(3)], name="old.csv")
    outcome = import_files(store, "house", [old], published=date(2025, 12, 1), held=date(2025, 12, 2))
    assert (outcome.status, outcome.diff) == ("new", None)
    record = store.record("house")
    assert [v.published for v in record.versions] == [date(2025, 12, 1), date(2026, 3, 1)]
    assert record.current.entries == 20
    assert import_files(store, "house", [old], published=date(2025, 12, 1)).status == "unchanged"
    assert record.sources[0].at == str(path)


def test_history_tells_when_an_entry_came_changed_went_and_came_back(store: Store, put: Put) -> None:
    rest = [row(n) for n in range(50, 90)]
    versions = [
        (date(2026, 1, 1), rest),
        (date(2026, 1, 2), [*rest, row(1)]),
        (date(2026, 1, 3), [*rest, row(1)]),
        (date(2026, 1, 4), [*rest, row(1, aliases="El Ejemplo")]),
        (date(2026, 1, 5), rest),
        (date(2026, 1, 6), [*rest, row(1, aliases="El Ejemplo;Otro")]),
    ]
    for day, rows in versions:
        add(store, "house", [str(put(rows, day))])
    for who in ("m-1", "name NUMBER 1", "el ejemplo"):
        [one] = history(store, who)
        assert [(e.published.day, e.kind) for e in one.events] == [
            (2, "first seen"),
            (4, "amended"),
            (5, "gone"),
            (6, "back"),
        ]
        assert one.events[1].changes[0].added == ("El Ejemplo",)
        assert one.events[3].changes[0].added == ("Otro",)
        assert (one.first_seen.day, one.last_seen.day, one.listed, one.from_start) == (2, 6, True, False)
    assert history(store, "m-50")[0].from_start
    add(store, "house", [str(put([*rest, row(1).replace("Name Number 1", "Renamed")], date(2026, 1, 7)))])
    [one] = history(store, "name number 1")
    assert (one.entity.caption, one.last_seen.day, [e.kind for e in one.events][-1]) == ("Renamed", 7, "amended")
    with pytest.raises(InputError, match="no version held names"):
        history(store, "nobody")


@pytest.mark.parametrize("name", ["", "UN", "a b", "../x", "a/b", "-a", "a--b", "x" * 3 + "."])
def test_bad_names(store: Store, put: Put, name: str) -> None:
    with pytest.raises(InputError, match="no name for a list"):
        add(store, name, [str(put([row(1)]))])
    assert not store.exists


def test_a_damaged_index_is_said_in_one_line(store: Store, put: Put) -> None:
    add(store, "house", [str(put([row(1)]))])
    index = store.folder / "index.json"
    raw = json.loads(index.read_text())
    for bad in ("{", "[]", json.dumps({**raw, "caudal_store": 2}), json.dumps({**raw, "more": 1}), "\xff"):
        index.write_text(bad, encoding="latin-1")
        with pytest.raises(InputError, match="no index of a list store"):
            store.lists  # noqa: B018
    raw["lists"]["house"]["versions"][0]["files"][0]["name"] = "../../etc/passwd"
    index.write_text(json.dumps(raw))
    with pytest.raises(InputError, match="no index of a list store"):
        store.sources()


def test_known_lists_have_addresses_and_are_added_by_name(store: Store, un_file: Path) -> None:
    assert set(known_lists()) == {"ofac-sdn", "ofac-consolidated", "un", "eu", "uk", "canada"}
    assert all(a.startswith("https://") for one in known_lists().values() for a in one.addresses)
    for name in known_lists():
        assert add(store, name) is None
    assert store.record("uk").sources[0].link == "UK-Sanctions-List.xml"
    outcome = add(store, "un", [str(un_file)])
    assert outcome.version.published == date(2026, 1, 15)
    assert store.record("un").sources[0].is_url
    with pytest.raises(InputError, match="known without that: ofac-sdn"):
        add(store, "atlantis")
    with pytest.raises(InputError, match="not both"):
        add(store, "house", [str(un_file), "https://example.org/list"])


def test_a_missed_update_and_the_age(store: Store, put: Put) -> None:
    add(store, "house", [str(put([row(1)], date(2026, 1, 10)))])
    update(store, now=noon(date(2030, 1, 1)))
    record = store.record("house")
    assert record.age(date(2026, 1, 20)) == 10
    assert not record.missed(date(2030, 1, 2))
    assert record.missed(date(2030, 1, 3))


def test_an_address_that_is_none_fails_in_one_line(store: Store) -> None:
    for number, url in enumerate(("http://", "http://exa mple/", "http://[::1", "https://.x", "http://a:99999999/")):
        add(store, f"bad{number}", [url])
    for outcome in update(store):
        assert outcome.status == "failed", outcome
        assert "\n" not in outcome.reason


def test_a_folder_that_is_a_store_gives_the_versions_in_force(store: Store, put: Put) -> None:
    add(store, "house", [str(put([row(n) for n in range(20)]))], held=date(2026, 1, 10))
    put([row(n) for n in range(1, 21)], date(2026, 1, 11))
    update(store)
    assert [v.published for v in Register.load(store.folder, builtin=False).versions] == [date(2026, 1, 11)]
    then = Register.load(store.folder, builtin=False, known_at=date(2026, 1, 10))
    assert [v.published for v in then.versions] == [date(2026, 1, 10)]
    assert then.rejected.num_rows == 0


def test_a_full_disk_is_said_in_one_line(store: Store, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put([row(n) for n in range(20)])
    add(store, "house", [str(path)])
    before = tree(store.folder)
    put([row(n) for n in range(21)], date(2026, 1, 11))

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(where_module, "write_text", full)
    with pytest.raises(InputError, match="the store cannot be written"):
        update(store)
    assert tree(store.folder) == before


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_the_index_raises_anything_else(store: Store, put: Put, data: st.DataObject) -> None:
    index = store.folder / "index.json"
    if not store.exists:
        add(store, "house", [str(put([row(1)]))])
        (store.folder / "whole.json").write_bytes(index.read_bytes())
    raw = bytearray((store.folder / "whole.json").read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
    index.write_bytes(bytes(raw))
    with suppress(InputError):
        store.sources()


def test_the_workplace_of_a_killed_update_is_cleared_away(store: Store, put: Put) -> None:
    add(store, "house", [str(put([row(1)]))])
    old, running = store.folder / ".incoming-old", store.folder / ".incoming-new"
    for folder in (old, running):
        folder.mkdir()
        (folder / "half").write_bytes(b"half")
    os.utime(old, (0, 0))
    update(store)
    assert (old.exists(), running.exists()) == (False, True)


days = st.integers(1, 6).map(lambda n: date(2026, 1, n))


@given(st.lists(st.tuples(days, days), unique=True), days)
def test_the_versions_held_on_a_day_are_the_last_accepted_of_each_day(
    accepted: list[tuple[date, date]], known: date
) -> None:
    record = ListRecord(name="x", sources=(Source(at="x"),))
    file = StoredFile(name="x", hash="0" * 32, size=1, source="x")
    for number, (published, day) in enumerate(accepted):
        version = Version(
            hash=f"{number:032x}",
            dataset="x",
            published=published,
            fetched_at=noon(day),
            accepted_at=noon(day),
            accepted_by="checks",
            entries=1,
            files=(file,),
        )
        record = record.accept(version)
    expected = []
    for published in sorted({p for p, d in accepted if d <= known}):
        last = max(d for p, d in accepted if p == published and d <= known)
        expected.append(f"{accepted.index((published, last)):032x}")
    assert [v.hash for v in record.held(known)] == expected
    assert record.current is None or record.current.published == max(p for p, _ in accepted)
    assert ListRecord.model_validate_json(record.model_dump_json()) == record
