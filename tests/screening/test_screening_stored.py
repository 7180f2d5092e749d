"""The index on disk, the population file, and workers: they change how fast an answer comes, never the answer."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from caudal.errors import InputError
from caudal.screening import Screener, stored
from caudal.screening.population import Counts

PEOPLE = ["Nemorio Zubirreta Cervantes", "Abdulmatin Korvashani", "Alexandr Vrublovski", "Maria Garcia Lopez", "Zubi"]
FIRMS = ["VOSTROBORON EXPORT JSC", "Karadumanlar Ithalat", "KARADUMANLAR IMPORT EXPORT SAN. VE TI", "Guangzhou Ltd"]


def rows(table: pa.Table) -> list[dict[str, Any]]:
    return table.drop_columns(["screened_at"]).to_pylist()


@pytest.fixture(scope="module")
def parties(parties_of: Any) -> pa.Table:
    people = parties_of(*PEOPLE, birth_date=["1966-07-17", None, None, "1970-03-02", None])
    firms = parties_of(*FIRMS, schema="Company", identifiers=[[], [], ["ZUCN660717H"], []])
    both = pa.concat_tables([people, firms])
    ids = pa.array([f"q{i}" for i in range(both.num_rows)])
    return both.set_column(both.schema.get_field_index("party_id"), "party_id", ids)


@pytest.fixture
def folder(screener: Screener, tmp_path: Path) -> Path:
    screener.save(tmp_path / "index", {"lists": "made up"})
    return tmp_path / "index"


def test_a_loaded_index_answers_as_the_one_that_was_built(screener: Screener, folder: Path, parties: pa.Table) -> None:
    loaded = Screener.load(folder, about={"lists": "made up"})
    assert loaded.about == {"lists": "made up"}
    built = rows(screener.match(parties))
    assert len(built) >= 5
    assert rows(loaded.match(parties)) == built
    assert rows(loaded.match(parties, exhaustive=True)) == rows(screener.match(parties, exhaustive=True))
    for i in range(parties.num_rows):
        assert rows(loaded.match(parties.slice(i, 1))) == rows(screener.match(parties.slice(i, 1)))
    texts = pa.table({"transfer_id": ["t1"], "purpose": ["payment to vostroboroneksport oao for pumps"]})
    assert rows(loaded.match_texts(texts)) == rows(screener.match_texts(texts)) != []
    for a, b in ((PEOPLE[0], "ZUBIRRETA CERVANTES, Nemorio"), (FIRMS[0], "Vostroboroneksport")):
        pair = [{"schema": "LegalEntity", "properties": {"name": [name]}} for name in (a, b)]
        assert loaded.compare(*pair) == screener.compare(*pair)


def test_a_list_of_nobody_can_be_written_and_read(make_register: Any, tmp_path: Path, parties: pa.Table) -> None:
    Screener(make_register([])).save(tmp_path / "index")
    assert Screener.load(tmp_path / "index").match(parties).num_rows == 0


def test_nothing_of_a_loaded_index_is_written_to(folder: Path, parties: pa.Table) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    Screener.load(folder).match(parties)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_every_file_is_checked(folder: Path) -> None:
    for path in sorted(p for p in folder.iterdir() if p.name != stored.MANIFEST):
        whole = path.read_bytes()
        middle = len(whole) // 2
        for damaged in (whole[:-1], whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :], b""):
            path.write_bytes(damaged)
            with pytest.raises(InputError, match=f"damaged.*{path.name}.*anew"):
                Screener.load(folder)
        path.unlink()
        with pytest.raises(InputError, match=f"{path.name}: it is missing"):
            Screener.load(folder)
        path.write_bytes(whole)
    Screener.load(folder)


def test_an_old_or_foreign_index_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no index"):
        Screener.load(tmp_path / "nowhere")
    with pytest.raises(InputError, match="something else"):
        Screener.load(folder, about={"lists": "others"})
    manifest = (folder / stored.MANIFEST).read_text()
    (folder / stored.MANIFEST).write_text(manifest[:-20])
    with pytest.raises(InputError, match="damaged"):
        Screener.load(folder)
    (folder / stored.MANIFEST).write_text(json.dumps({**json.loads(manifest), "program": "older"}))
    with pytest.raises(InputError, match="another version"):
        Screener.load(folder)
    (folder / stored.MANIFEST).write_text(manifest)
    monkeypatch.setattr(stored, "FORMAT", stored.FORMAT + 1)
    with pytest.raises(InputError, match="another version"):
        Screener.load(folder)


def test_saving_replaces_an_index_and_nothing_else(screener: Screener, folder: Path, tmp_path: Path) -> None:
    screener.save(folder, {"lists": "newer"})
    assert Screener.load(folder).about == {"lists": "newer"}
    assert [path.name for path in tmp_path.iterdir()] == ["index"], "nothing is left beside it"
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="no index"):
        screener.save(tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


def test_a_failed_save_leaves_the_index_that_was_there(
    screener: Screener, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(stored.np, "save", fail)
    with pytest.raises(OSError, match="full"):
        screener.save(folder, {"lists": "newer"})
    monkeypatch.undo()
    assert Screener.load(folder).about == {"lists": "made up"}
    assert [path.name for path in tmp_path.iterdir()] == ["index"]


def _elsewhere(folder: str, names: list[str], answers: Any) -> None:
    found = Screener.load(folder).match([{"schema": "Person", "properties": {"name": [name]}} for name in names])
    answers.put(rows(found))


def test_several_processes_share_one_index(folder: Path) -> None:
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    workers = [context.Process(target=_elsewhere, args=(str(folder), PEOPLE, answers)) for _ in range(2)]
    for worker in workers:
        worker.start()
    first, second = answers.get(timeout=120), answers.get(timeout=120)
    for worker in workers:
        worker.join()
    assert first == second != []


@pytest.mark.parametrize("workers", [2, 5])
def test_the_answer_does_not_depend_on_the_number_of_workers(
    screener: Screener, parties_of: Any, make_crowd: Any, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    monkeypatch.setattr("caudal.screening.matcher.BLOCK", 7)
    monkeypatch.setattr("caudal.screening.near.PART", 11)
    names = [*PEOPLE, *FIRMS, *(name for e in make_crowd(200, 1) for name, _ in e["names"])]
    table = parties_of(*names, schema="LegalEntity")
    one = rows(screener.match(table, workers=1))
    assert len(one) > 50
    assert rows(screener.match(table, workers=workers)) == one


# The population.
@pytest.fixture
def file(parties_of: Any, make_crowd: Any) -> pa.Table:
    crowd = [name for e in make_crowd(300, 9) for name, _ in e["names"]]
    return parties_of(*PEOPLE, *(f"Nemorio {name}" for name in crowd), *crowd[:50])


def test_a_learned_population_weighs_one_party_as_the_whole_file(
    make_register: Any, made_up_listed: Any, file: pa.Table
) -> None:
    screener = Screener(make_register(made_up_listed))
    whole = rows(screener.match(file))
    alone = [row for i in range(5) for row in rows(screener.match(file.slice(i, 1)))]
    screener.learn(file)
    assert rows(screener.match(file)) == whole
    learned = [row for i in range(5) for row in rows(screener.match(file.slice(i, 1)))]
    assert learned == [row for row in whole if row["party_id"] in {f"q{i}" for i in range(5)}]
    assert learned[0]["bits"] < alone[0]["bits"] - 2, "a given name that many customers bear says less"
    screener.use(None)
    assert rows(screener.match(file.slice(0, 1))) == alone[: len(rows(screener.match(file.slice(0, 1))))]


def test_a_population_file_gives_the_same_and_is_small(
    make_register: Any, made_up_listed: Any, file: pa.Table, tmp_path: Path
) -> None:
    path = tmp_path / "population.parquet"
    learner, user = Screener(make_register(made_up_listed)), Screener(make_register(made_up_listed))
    counts = learner.learn(file)
    counts.save(path)
    read = Counts.load(path)
    assert read.words.texts == counts.words.texts
    assert np.array_equal(read.bearers, counts.bearers)
    assert path.stat().st_size < 50_000
    user.use(read)
    assert rows(user.match(file)) == rows(learner.match(file))
    pair = [{"schema": "Person", "properties": {"name": [PEOPLE[0]]}}] * 2
    assert user.compare(*pair) == learner.compare(*pair)


def test_a_population_names_nobody(screener: Screener, make_register: Any, parties_of: Any) -> None:
    counts = Screener(make_register([])).learn(parties_of("Nemorio Zubirreta", "Nemorio Cervantes"))
    assert counts.words.texts == ["nemorio"], "a word only one party bears is not kept"


def test_customers_written_down_twice_count_once(make_register: Any, parties_of: Any) -> None:
    twice = Screener(make_register([])).learn(
        parties_of("Nemorio Zubirreta", "Zubirreta, Nemorio", "Nemorio Zubirreta")
    )
    assert twice.size == 1
    assert not len(twice.words)


def test_a_file_that_is_no_population_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "population.parquet"
    with pytest.raises(InputError, match="no such file"):
        Counts.load(path)
    path.write_bytes(b"PAR1 nonsense")
    with pytest.raises(InputError, match="not a file of a population"):
        Counts.load(path)
    pa.parquet.write_table(pa.table({"word": ["a"], "people": [1], "bodies": [1]}), path)
    with pytest.raises(InputError, match="not a file of a population"):
        Counts.load(path)
    table = pa.table({"word": ["a"], "people": [5], "bodies": [0]})
    facts = {"caudal.population": json.dumps({"people": 3, "bodies": 0, "parties": 3})}
    pa.parquet.write_table(table.replace_schema_metadata(facts), path)
    with pytest.raises(InputError, match="do not fit"):
        Counts.load(path)
