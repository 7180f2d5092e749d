"""Screening again only what changed gives what screening everything gives, the population held still."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from caudal.errors import InputError
from caudal.screening import Costs, Screener
from caudal.screening.delta import STATE, Delta, rescreen
from caudal.screening.frozen import POPULATION, Frozen, census
from caudal.screening.screener import MOST_KEPT
from caudal.tables import MATCHES, PARTIES

LIKE = [
    *("karadumanlar", "zubirreta", "vrublovsky", "cervantes", "nemorio"),
    *("tresmares", "oleksandr", "pelusaria", "korvashani", "mateen"),
]


def words(rng: random.Random, few: bool = False) -> str:
    """A name of a few invented words, some of them with a typo, so that many pairs come near each other."""
    out = []
    for word in rng.sample(LIKE[:3] if few else LIKE, rng.choice((1, 2, 2, 3))):
        k = rng.randrange(len(word))
        out.append(word if rng.random() < 0.7 else word[:k] + rng.choice("aeinrst") + word[k + 1 :])
    return " ".join(out).title()


def entry(rng: random.Random, name: str, make: Any, few: bool) -> dict[str, Any]:
    more: dict[str, list[str]] = {}
    if rng.random() < 0.4:
        more["birthDate"] = [f"19{rng.randrange(50, 99)}-0{rng.randrange(1, 9)}-11"]
    if rng.random() < 0.3:
        more["address"] = [f"Calle {rng.choice(LIKE)} {rng.randrange(1, 90)}, {rng.choice(LIKE)}"]
    if rng.random() < 0.2:
        more["registrationNumber"] = [f"7700{rng.randrange(20)}123"]
    alias = [words(rng)] if rng.random() < 0.3 else []
    found: dict[str, Any] = make(name, rng.choice(("Person", "Company")), words(rng, few), *alias, **more)
    return found


def customer(rng: random.Random, party: str, few: bool) -> dict[str, Any]:
    name = words(rng, few)
    if rng.random() < 0.1:
        name = f"{name} {words(rng)} {words(rng)}"[:35]
    return {
        "party_id": party, "schema": rng.choice(("Person", "Company", "LegalEntity")), "name": name,
        "aliases": [words(rng)] if rng.random() < 0.2 else [],
        "birth_date": "1966-07-11" if rng.random() < 0.2 else None, "countries": [],
        "identifiers": [f"7700{rng.randrange(20)}123"] if rng.random() < 0.2 else [],
        "address": f"{rng.choice(LIKE)} 12, {rng.choice(LIKE)}" if rng.random() < 0.2 else None,
    }  # fmt: skip


def make(register: Any, frozen: Frozen | None) -> Screener:
    return Screener(register, frozen=frozen)


def plain(matches: pa.Table) -> list[dict[str, Any]]:
    """Rows without the moment of screening, bits rounded: sums may be added up in another order."""
    rows = MATCHES.check(matches).drop_columns(["screened_at"]).to_pylist()
    for row in rows:
        row["bits"], row["probability"] = round(row["bits"], 9), round(row["probability"], 9)
    return sorted(rows, key=lambda r: (r["party_id"], r["entity_id"]))


class World:
    """A list and a file of customers that change from day to day."""

    def __init__(self, seed: int, make_register: Any, make_entity: Any) -> None:
        self.rng = random.Random(seed)
        self.few = seed % 2 == 0  # few words make many matches a party, more than are kept
        self.make_register, self.make_entity = make_register, make_entity
        self.entries = {f"e{i}": entry(self.rng, f"e{i}", make_entity, self.few) for i in range(60)}
        self.customers = {f"c{i}": customer(self.rng, f"c{i}", self.few) for i in range(150)}
        self.next = 1000

    def day(self) -> None:
        """Some entries and customers come, go or change."""
        for held, new in (
            (self.entries, lambda i: entry(self.rng, i, self.make_entity, self.few)),
            (self.customers, lambda i: customer(self.rng, i, self.few)),
        ):
            if self.rng.random() < 0.2:
                continue  # this side stays as it is today
            for _ in range(self.rng.randrange(5)):
                del held[self.rng.choice(sorted(held))]
            for _ in range(self.rng.randrange(5)):
                some = self.rng.choice(sorted(held))
                held[some] = new(some)
            for _ in range(self.rng.randrange(5)):
                self.next += 1
                held[f"n{self.next}"] = new(f"n{self.next}")

    @property
    def register(self) -> Any:
        return self.make_register(list(self.entries.values()))

    @property
    def parties(self) -> pa.Table:
        return PARTIES.build(list(self.customers.values()))


@pytest.mark.parametrize("seed", range(8))
def test_delta_is_full_screening_while_the_population_is_held_still(
    seed: int, tmp_path: Path, make_register: Any, make_entity: Any
) -> None:
    world = World(seed, make_register, make_entity)
    first = rescreen(tmp_path, world.register, world.parties, make)
    assert first.full
    assert plain(first.matches) == plain(Screener(world.register).match(world.parties))
    assert first.matches.num_rows > 100
    saturated = 0
    for _ in range(4):
        world.day()
        found = rescreen(tmp_path, world.register, world.parties, make)
        assert not found.full
        frozen = Frozen.load(tmp_path)
        everything = Screener(world.register, frozen=frozen).match(world.parties)
        assert plain(found.matches) == plain(everything)
        assert found.matches["party_id"].to_pylist() == everything["party_id"].to_pylist()
        counts = [found.matches["party_id"].to_pylist().count(p) for p in world.customers]
        saturated += sum(n == MOST_KEPT for n in counts)
        assert found.again < len(world.customers)
    assert saturated or not world.few, "no party had as many matches as are kept: the hard case was not met"


def test_no_index_of_all_entries_is_built_again(tmp_path: Path, make_register: Any, make_entity: Any) -> None:
    world = World(2, make_register, make_entity)
    sizes: list[int] = []

    def counted(register: Any, frozen: Frozen | None) -> Screener:
        screener = make(register, frozen)
        if frozen is None or screener.listed is not frozen.listed:
            sizes.append(len(screener.listed.subjects))
        return screener

    rescreen(tmp_path, world.register, world.parties, counted)
    assert max(sizes) == len(world.entries)
    sizes.clear()
    again = 0
    for _ in range(4):
        world.day()
        again += rescreen(tmp_path, world.register, world.parties, counted).again
    assert again
    assert 0 < max(sizes) < len(world.entries) // 2


@pytest.mark.parametrize("seed", [1, 2])
def test_entities_passed_over_are_as_if_not_listed(seed: int, make_register: Any, make_entity: Any) -> None:
    world = World(seed, make_register, make_entity)
    frozen = Screener(world.register).freeze(world.parties)
    everyone = Screener(world.register, frozen=frozen)
    for share in (0.1, 0.5, 1.0):
        gone = {i for i in world.entries if world.rng.random() < share}
        rest = world.make_register([e for i, e in world.entries.items() if i not in gone])
        found, counts = everyone.match_and_count(world.parties, without=gone | {"nobody"})
        assert plain(found) == plain(Screener(rest, frozen=frozen).match(world.parties))
        assert sorted(counts.words.texts) == sorted(census(world.parties).words.texts)
        assert counts.size == census(world.parties).size


def test_nothing_changed_screens_nothing(tmp_path: Path, make_register: Any, make_entity: Any) -> None:
    world = World(3, make_register, make_entity)
    first = rescreen(tmp_path, world.register, world.parties, make)
    again = rescreen(tmp_path, world.register, world.parties, make)
    assert (again.full, again.parties, again.entries, again.again) == ("", 0, 0, 0)
    assert again.matches.equals(first.matches)
    assert again.moved == 0.0
    assert not again.stale


def test_the_moment_of_a_match_kept_is_when_it_was_compared(
    tmp_path: Path, make_register: Any, make_entity: Any
) -> None:
    world = World(4, make_register, make_entity)
    first = rescreen(tmp_path, world.register, world.parties, make)
    del world.customers["c0"]
    again = rescreen(tmp_path, world.register, world.parties, make)
    assert set(again.matches["screened_at"].to_pylist()) == set(first.matches["screened_at"].to_pylist())
    assert again.parties_gone == 1


def full(found: Delta) -> str:
    assert found.kept == 0
    return found.full


def test_everything_is_screened_where_what_was_kept_cannot_be_trusted(
    tmp_path: Path, make_register: Any, make_entity: Any
) -> None:
    world = World(5, make_register, make_entity)
    register, parties = world.register, world.parties
    rescreen(tmp_path, register, parties, make)
    dear = rescreen(tmp_path, register, parties, lambda r, f: Screener(r, costs=Costs(miss=50), frozen=f))
    assert full(dear) == "the settings or the program changed"
    assert full(rescreen(tmp_path, register, parties, make)) == "the settings or the program changed"
    assert full(rescreen(tmp_path, register, parties, make, refresh=True)) == "it was asked for"
    (tmp_path / POPULATION).write_bytes(b"PK" + bytes(40))
    assert full(rescreen(tmp_path, register, parties, make)) == "what was kept is not whole"
    (tmp_path / STATE).write_text("[]", encoding="utf-8")
    assert full(rescreen(tmp_path, register, parties, make)) == "what was kept cannot be read"
    (tmp_path / STATE).unlink()  # as after an interruption
    assert full(rescreen(tmp_path, register, parties, make)) == "nothing was kept before"
    assert not rescreen(tmp_path, register, parties, make).full
    assert json.loads((tmp_path / STATE).read_text(encoding="utf-8"))["files"]


def test_a_population_that_moved_is_said_to_be_stale(tmp_path: Path, make_register: Any, make_entity: Any) -> None:
    world = World(6, make_register, make_entity)
    rescreen(tmp_path, world.register, world.parties, make)
    for i in range(400):  # everybody is suddenly called so
        world.customers[f"m{i}"] = {**world.customers["c1"], "party_id": f"m{i}", "name": f"Quorvitz {'ab'[i % 2]}{i}"}
    found = rescreen(tmp_path, world.register, world.parties, make)
    assert found.moved > 0
    fresh = rescreen(tmp_path, world.register, world.parties, make, refresh=True)
    assert fresh.moved == 0.0


def test_a_population_is_read_back_as_it_was(tmp_path: Path, make_register: Any, make_entity: Any) -> None:
    world = World(7, make_register, make_entity)
    frozen = Screener(world.register).freeze(world.parties)
    frozen.save(tmp_path)
    again = Frozen.load(tmp_path)
    one, other = (Screener(world.register, frozen=f).match(world.parties) for f in (frozen, again))
    assert plain(one) == plain(other)
    (tmp_path / POPULATION).write_bytes(b"nothing")
    with pytest.raises(InputError, match=POPULATION):
        Frozen.load(tmp_path)


def test_two_parties_of_one_id_are_refused(tmp_path: Path, make_register: Any, make_entity: Any) -> None:
    world = World(8, make_register, make_entity)
    twice = pa.concat_tables([world.parties, world.parties.slice(0, 1)])
    with pytest.raises(InputError, match="two parties are called"):
        rescreen(tmp_path, world.register, twice, make)
