"""Manifests and catalogues."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from caudal.errors import InputError
from caudal.server.data.manifest import Plan, read_manifest
from caudal.server.data.sources import Lists, Remote

INDEX = {
    "datasets": [
        {
            "name": "all_lists",
            "title": "All lists",
            "version": "20250101000000-abc",
            "children": ["one_list"],
            "delta_url": "https://lists.example/all/delta.json",
            "resources": [
                {"name": "entities.ftm.json", "url": "https://lists.example/all/entities.ftm.json", "mime_type": "a/b"},
                {"name": "names.txt", "url": "https://lists.example/all/names.txt", "mime_type": "text/plain"},
            ],
        },
        {"name": "one_list", "title": "One", "last_export": "2025-01-01T10:20:30", "entities_url": "one.json"},
    ]
}


def plan(tmp_path: Path, text: str, elsewhere: dict[str, Any] | None = None, address: str | None = None) -> Plan:
    asked = []

    def read(where: str, token: str | None) -> bytes:
        asked.append((where, token))
        if where.startswith("https:"):
            found = (elsewhere or {})[where]
            return found.encode() if isinstance(found, str) else json.dumps(found).encode()
        return Path(where).read_bytes()

    file = tmp_path / "manifest.yml"
    file.write_text(text, encoding="utf-8")
    found = read_manifest(address or str(file), read)
    object.__setattr__(found, "asked", asked)
    return found


def test_datasets_of_files_and_addresses(tmp_path: Path) -> None:
    found = plan(
        tmp_path,
        """
        datasets:
          - {name: blocklist, title: Own, path: data/own.json, version: 20250301, namespace: true}
          - {name: far, entities_url: "https://lists.example/far.json", delta_url: "https://lists.example/d.json"}
          - {name: part, path: part.json, load: false}
          - {name: full, title: Full, datasets: [blocklist, far]}
        """,
    )
    own, far = found.sources
    assert own == Remote("blocklist", str(tmp_path / "data/own.json"), "20250301", namespace=True)
    assert isinstance(far, Remote)
    assert (far.url, far.version, far.delta_url) == (
        "https://lists.example/far.json",
        None,
        "https://lists.example/d.json",
    )
    datasets = {d.name: d for d in found.datasets}
    assert datasets["full"].children == ("blocklist", "far")
    assert not datasets["part"].load
    assert datasets["default"].children == ("blocklist", "far")


def test_a_catalogue_loads_what_is_in_scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIST_TOKEN", "s3cret")
    text = """
    catalogs:
      - url: https://lists.example/index.json
        scope: all_lists
        resource_name: entities.ftm.json
        auth_token: $LIST_TOKEN
    """
    found = plan(tmp_path, text, {"https://lists.example/index.json": INDEX})
    (source,) = found.sources
    assert isinstance(source, Remote)
    assert (source.name, source.url) == ("all_lists", "https://lists.example/all/entities.ftm.json")
    assert (source.version, source.token) == ("20250101000000-abc", "s3cret")
    assert ("https://lists.example/index.json", "s3cret") in found.asked  # type: ignore[attr-defined]
    by_name = {d.name: d for d in found.datasets}
    assert not by_name["one_list"].load
    both = plan(
        tmp_path,
        "catalogs: [{url: 'https://lists.example/index.json', resource_type: a/b}]",
        {"https://lists.example/index.json": INDEX},
    )
    assert [(s.name, s.url, s.version) for s in both.sources if isinstance(s, Remote)] == [
        ("all_lists", "https://lists.example/all/entities.ftm.json", "20250101000000-abc"),
        ("one_list", "https://lists.example/one.json", "20250101102030"),
    ]


def test_own_lists_in_a_manifest(tmp_path: Path) -> None:
    found = plan(tmp_path, "datasets: [{name: law, title: Law, lists: [ofac, un/list.xml]}]")
    assert found.sources == (Lists("law", (tmp_path / "ofac", tmp_path / "un/list.xml")),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("datasets: [", "cannot be read"),
        ("- a", "valid"),
        ("datasets: [{title: a}]", "the key is missing"),
        ("datasets: [{name: A-b, path: x}]", "try 'a_b'"),
        ("datasets: [{name: a, path: x}, {name: a, path: y}]", "two datasets"),
        ("datasets: [{name: a, path: x}, {name: b, datasets: [c]}]", "no dataset here"),
        ("datasets: [{name: a, path: x, datasets: [b]}, {name: b, datasets: [a]}]", "holds itself"),
        ("datasets: [{name: a, datasets: []}]", "no dataset that can be loaded"),
        ("datasets: [{name: a, load: true}]", "neither path nor entities_url"),
        ("databases: []", "no such key"),
        ("catalogs: [{url: 'https://lists.example/index.json', scope: none}]", "no dataset none"),
        ("catalogs: [{url: 'https://lists.example/index.json', auth_token: $NOT_SET_HERE}]", "NOT_SET_HERE"),
        ("datasets: [{name: a, path: 'ftp://x/y'}]", "ftp"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        plan(tmp_path, text, {"https://lists.example/index.json": INDEX})


def test_a_fault_in_the_file_does_not_repeat_what_stands_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 2") as raised:
        plan(tmp_path, "catalogs: [{url: 'https://lists.example/i', auth_token: s3cret}]\n{")
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("path", ["/etc/passwd", "file:///etc/passwd"])
def test_a_manifest_from_elsewhere_names_no_file_of_this_machine(tmp_path: Path, path: str) -> None:
    far = "https://lists.example/manifest.yml"
    for text in (f"datasets: [{{name: a, path: '{path}'}}]", f"datasets: [{{name: a, lists: ['{path}']}}]"):
        with pytest.raises(InputError, match="of this machine"):
            plan(tmp_path, "", {far: text}, far)
    beside = plan(tmp_path, "", {far: "datasets: [{name: a, path: data/a.json}]"}, far)
    assert [s.url for s in beside.sources if isinstance(s, Remote)] == ["https://lists.example/data/a.json"]
