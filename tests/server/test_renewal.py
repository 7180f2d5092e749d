"""Snapshots renewed: deltas, faults on disk, full disks."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.server.made_up import entity, write

from caudal.errors import InputError
from caudal.server import Settings
from caudal.server.data import building, folder
from caudal.server.data.building import refresh
from caudal.server.data.folder import Snapshots
from caudal.server.data.opening import open_snapshot
from caudal.server.data.store import Query

FIELDS = ("countries", "topics", "datasets", "schema")


def manifest(where: Path, version: str, *, delta: bool = True) -> Settings:
    index = "delta_url: deltas.json" if delta else "title: a"
    (where / "manifest.yml").write_text(
        f"datasets: [{{name: alist, version: '{version}', path: export.json, {index}}}]", "utf-8"
    )
    return Settings(manifest=str(where / "manifest.yml"), data=where / "data")


def held(config: Settings) -> dict[str, Any]:
    """Everything a snapshot answers, in one comparable shape."""
    snapshots = Snapshots(config.data)
    version = snapshots.current
    assert version is not None
    snapshot = open_snapshot(snapshots, version)
    try:
        scope = snapshot.catalogue.scope("default")
        found = {}
        for schema in ("Thing", "Interval"):
            for words in ("", "alpha", "beta OR gamma"):
                got = snapshot.store.search(Query(words, scope, schema, facets=FIELDS, limit=1000))
                found[schema, words] = (sorted(got.entities, key=lambda e: e["id"]), got.facets, got.total)
        nested = {e["id"]: snapshot.store.nested(e) for e in found["Thing", ""][0]}
        facts = snapshot.facts
        compared = sorted(
            (who.id, facts.schemata[code], str(when))
            for who, code, when in zip(snapshot.screener.listed.subjects, facts.schema, facts.changed, strict=True)
        )
        matches = snapshot.screener.match([{"id": "q", "schema": "Person", "properties": {"name": ["alpha beta"]}}])
        rows = sorted(zip(matches["entity_id"].to_pylist(), matches["bits"].to_pylist(), strict=True))
        return {"found": found, "nested": _sorted(nested), "compared": compared, "matches": rows}
    finally:
        snapshot.close()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _sorted(v) for k, v in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(v) for v in value), key=lambda v: json.dumps(v, sort_keys=True))
    return value


WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta"])
PEOPLE = st.builds(
    lambda k, names, countries, topic: entity(
        f"p{k}", "Person", ["alist"], name=[" ".join(names)], country=countries, topics=topic
    ),
    st.integers(0, 6),
    st.lists(WORDS, min_size=1, max_size=3),
    st.lists(st.sampled_from(["co", "ve", "ru"]), max_size=2, unique=True),
    st.lists(st.sampled_from(["sanction", "role.pep"]), max_size=1),
)
LINKS = st.builds(
    lambda k, a, b: entity(f"l{k}", "Associate", ["alist"], person=f"p{a}", associate=f"p{b}", relationship="friend"),
    st.integers(0, 3),
    st.integers(0, 6),
    st.integers(0, 6),
)
ENTITIES = st.lists(st.one_of(PEOPLE, PEOPLE, LINKS), min_size=1, max_size=8, unique_by=lambda e: e["id"])
OPERATIONS = st.lists(st.tuples(st.sampled_from(["ADD", "MOD", "DEL"]), st.one_of(PEOPLE, LINKS)), max_size=5)


@given(ENTITIES, st.lists(OPERATIONS, min_size=1, max_size=3))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_deltas_lead_where_reading_all_anew_leads(
    tmp_path_factory: pytest.TempPathFactory, first: list[dict[str, Any]], steps: list[list[tuple[str, Any]]]
) -> None:
    where = tmp_path_factory.mktemp("delta")
    write(where / "export.json", copy.deepcopy(first))
    refresh(manifest(where, "20250100"))
    state = {e["id"]: e for e in copy.deepcopy(first)}
    versions = {"20250100": "d0.json"}
    (where / "d0.json").write_text("", "utf-8")
    for k, operations in enumerate(steps, start=1):
        lines = []
        for op, one in operations:
            lines.append({"op": op, "entity": {"id": one["id"]} if op == "DEL" else one})
            if op == "DEL":
                state.pop(one["id"], None)
            else:
                state[one["id"]] = one
        write(where / f"d{k}.json", lines)
        versions[f"2025010{k}"] = f"d{k}.json"
    state.setdefault("p-last", entity("p-last", "Person", ["alist"], name="alpha beta"))
    write(where / "d9.json", [{"op": "ADD", "entity": state["p-last"]}])
    versions["20250109"] = "d9.json"
    (where / "deltas.json").write_text(json.dumps({"versions": versions}), "utf-8")
    (where / "export.json").unlink()  # only the deltas may be read
    refresh(manifest(where, "20250109"))
    by_deltas = held(Settings(data=where / "data"))
    write(where / "export.json", list(copy.deepcopy(state).values()))
    refresh(manifest(where, "20250109"), force=True)
    assert by_deltas == held(Settings(data=where / "data"))


@pytest.fixture
def served(tmp_path: Path) -> Settings:
    write(tmp_path / "export.json", [entity("p1", "Person", ["alist"], name="alpha beta")])
    config = manifest(tmp_path, "1", delta=False)
    refresh(config)
    return config


def names(config: Settings) -> list[str]:
    return [e["caption"] for e in held(config)["found"]["Thing", ""][0]]


def test_what_did_not_change_is_not_built_anew(served: Settings) -> None:
    version = Snapshots(served.data).current
    assert refresh(served) == version
    assert refresh(served, force=True) != version
    assert Snapshots(served.data).versions == [Snapshots(served.data).current]


def test_deltas_that_do_not_reach_back_or_cannot_be_read(tmp_path: Path, served: Settings) -> None:
    changed = [entity("p2", "Person", ["alist"], name="gamma delta")]
    write(tmp_path / "export.json", copy.deepcopy(changed))
    (tmp_path / "deltas.json").write_text(json.dumps({"versions": {"3": "d3.json"}}), "utf-8")
    refresh(manifest(tmp_path, "3"))
    assert names(served) == ["gamma delta"]
    (tmp_path / "deltas.json").write_text(json.dumps({"versions": {"3": "d3.json", "4": "d4.json"}}), "utf-8")
    (tmp_path / "d4.json").write_text('{"op": "ADD", "entity": {"id": "p3"', "utf-8")
    write(tmp_path / "export.json", [entity("p3", "Person", ["alist"], name="delta alpha")])
    refresh(manifest(tmp_path, "4"))
    assert names(served) == ["delta alpha"]
    about = open_snapshot(Snapshots(served.data), Snapshots(served.data).current or "")
    assert "read whole" in str(about.catalogue.get("alist").more["left_out_first"])
    about.close()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        ("store.sqlite", cut),
        ("store.sqlite", flip),
        ("facts/dataset_bits.npy", flip),
        ("columns/schema.code.npy", cut),
        ("index/names.word.npy", flip),
        ("catalogue.json", Path.unlink),
        ("snapshot.json", cut),
    ],
)
def test_a_damaged_snapshot_is_told_and_built_anew(served: Settings, file: str, harm: Callable[[Path], None]) -> None:
    snapshots = Snapshots(served.data)
    version = snapshots.current
    assert version is not None
    harm(snapshots.path(version) / file)
    with pytest.raises(InputError, match="damaged"):
        open_snapshot(snapshots, version)
    told: list[str] = []
    refresh(served, tell=told.append)
    assert any("damaged" in line for line in told)
    assert names(served) == ["alpha beta"]


@pytest.mark.parametrize("point", ["sum", "index", "store"])
def test_a_full_disk_leaves_what_is_in_force(served: Settings, monkeypatch: pytest.MonkeyPatch, point: str) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    where = {"sum": (folder, "file_hash"), "index": (building, "save_facts"), "store": (building, "index_store")}[point]
    before = Snapshots(served.data).current
    with monkeypatch.context() as patch:
        patch.setattr(*where, full)
        if point == "sum":
            patch.setattr(Snapshots, "about", lambda *_, **__: {"state": "", "shape": "", "loaded": {}})
        with pytest.raises(OSError, match="No space"):
            refresh(served, force=True)
    assert Snapshots(served.data).current == before
    assert sorted(p.name for p in (served.data / "snapshots").iterdir() if p.is_dir()) == [before]
    assert not (served.data / "downloads").exists()
    assert names(served) == ["alpha beta"]


def test_a_source_that_cannot_be_used_leaves_what_is_in_force(tmp_path: Path, served: Settings) -> None:
    (tmp_path / "export.json").write_text("<html>", "utf-8")
    before = Snapshots(served.data).current
    with pytest.raises(InputError, match="no usable"):
        refresh(manifest(tmp_path, "2", delta=False))
    assert Snapshots(served.data).current == before


def test_what_of_an_export_cannot_be_used_is_counted(tmp_path: Path) -> None:
    lines = [
        json.dumps(entity("p1", "Person", ["alist"], name="alpha")),
        "not json",
        json.dumps({"id": "x", "schema": "Banana", "properties": {}}),
        json.dumps({"id": "", "schema": "Person", "properties": {}}),
        json.dumps([1]),
        "",
    ]
    (tmp_path / "export.json").write_text("\n".join(lines), "utf-8")
    config = manifest(tmp_path, "1", delta=False)
    version = refresh(config)
    snapshot = open_snapshot(Snapshots(config.data), version)
    more = snapshot.catalogue.get("alist").more
    snapshot.close()
    assert more["entity_count"] == 1
    assert sum(more["left_out"].values()) == 4
    assert more["left_out_first"][0] == "line 2: line: it is no JSON"


def test_entries_of_one_id_are_put_together_and_taken_apart_again(tmp_path: Path) -> None:
    write(tmp_path / "a.json", [entity("p1", "LegalEntity", ["alist"], name="alpha beta", country="co")])
    write(tmp_path / "b.json", [entity("p1", "Person", ["blist"], name="Alpha Beta", birthDate="1970")])

    def config(b: str) -> Settings:
        alist, blist = "{name: alist, version: 1, path: a.json}", f"{{name: blist, version: {b}, path: b.json}}"
        (tmp_path / "m.yml").write_text(f"datasets: [{alist}, {blist}]", "utf-8")
        return Settings(manifest=str(tmp_path / "m.yml"), data=tmp_path / "data")

    refresh(config("1"))
    (one,) = held(config("1"))["found"]["Thing", ""][0]
    assert (one["schema"], one["datasets"]) == ("Person", ["alist", "blist"])
    assert one["properties"] == {"name": ["alpha beta", "Alpha Beta"], "country": ["co"], "birthDate": ["1970"]}
    write(tmp_path / "b.json", [entity("p2", "Person", ["blist"], name="gamma")])
    refresh(config("2"))
    found = {e["id"]: e for e in held(config("2"))["found"]["Thing", ""][0]}
    assert found["p1"]["schema"] == "LegalEntity"
    assert found["p1"]["datasets"] == ["alist"]
    assert set(found) == {"p1", "p2"}


def test_a_snapshot_in_use_stays(served: Settings) -> None:
    snapshots = Snapshots(served.data)
    before = snapshots.current
    assert before is not None
    snapshot = open_snapshot(snapshots, before)
    after = refresh(served, force=True)
    assert snapshots.versions == [before, after]
    assert snapshot.store.get("p1") is not None
    snapshot.close()
    snapshots.clean()
    assert snapshots.versions == [after]
