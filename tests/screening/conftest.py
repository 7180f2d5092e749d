"""A made-up register: every name is invented."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest

from caudal.screening import Screener
from caudal.tables import ENTITIES, NAMES, PARTIES


class MadeUp:
    """A register that is nothing but its two tables."""

    def __init__(self, entities: Sequence[dict[str, Any]]) -> None:
        rows, names = [], []
        for e in entities:
            properties = {k: v for k, v in e.items() if k not in ("id", "schema", "names")}
            rows.append(
                {
                    "entity_id": e["id"],
                    "schema": e["schema"],
                    "caption": e["names"][0][0] if e["names"] else "",
                    "properties": json.dumps(properties),
                    "dataset": "made_up",
                }
            )
            names += [{"entity_id": e["id"], "name": name, "kind": kind} for name, kind in e["names"]]
        self._tables = {"entities": ENTITIES.build(rows), "names": NAMES.build(names) if names else NAMES.empty()}

    def tables(self) -> dict[str, pa.Table]:
        return self._tables


def entity(id: str, schema: str, *names: str | tuple[str, str], **properties: list[str]) -> dict[str, Any]:
    pairs = [(n, "primary" if i == 0 else "alias") if isinstance(n, str) else n for i, n in enumerate(names)]
    return {"id": id, "schema": schema, "names": pairs, **properties}


def crowd(n: int, seed: int) -> list[dict[str, Any]]:
    """Invented people and firms to fill a list."""
    rng = random.Random(seed)
    onsets, vowels, codas = (
        ["b", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "z", "br", "dr", "kr", "tr"],
        ["a", "e", "i", "o", "u"],
        ["", "n", "r", "s", "l"],
    )

    def word() -> str:
        return "".join(
            rng.choice(onsets) + rng.choice(vowels) + rng.choice(codas) for _ in range(rng.choice((2, 3, 3)))
        ).title()

    found = []
    for i in range(n):
        if i % 3:
            found.append(entity(f"crowd-{i}", "Person", f"{word().upper()} {word().upper()}, {word()}"))
        else:
            found.append(entity(f"crowd-{i}", "Company", f"{word()} {word()} Trading Co. Ltd"))
    return found


LISTED = [
    entity(
        "p-1", "Person", "ZUBIRRETA CERVANTES, Nemorio", ("EL ZUBI", "weak"),
        birthDate=["1966-07-17"], gender=["male"], lastName=["ZUBIRRETA CERVANTES"], country=["mx"],
        idNumber=["ZUCN660717H"],
    ),
    entity("p-2", "Person", "GARCIA, Jose", country=["mx"]),
    entity("p-3", "Person", "Qorvashani, Abdul Mateen", "Abdulmateen Korvashani"),
    entity("p-4", "Person", "Oleksandr Vrublovsky", "Александр Врубловский"),
    entity("p-5", "Person", "Garcia Lopez, Maria", birthDate=["1970-03-02"]),
    entity("c-1", "Company", "VOSTROBORONEKSPORT OAO", "VOSTROBORONEXPORT JSC", country=["ru"]),
    entity("c-2", "Company", "Karadumanlar Import Export San. ve Tic. Ltd. Sti."),
    entity("c-3", "Organization", "Central Bank of Freedonia"),
    entity("c-4", "Company", "Guangzhou Trading Co., Ltd"),
    entity("c-5", "Company", "Tresmares Textil, S.A. de C.V."),
    entity("c-6", "Company", "Guangzhou"),
    entity("v-1", "Vessel", "PELUSARIA STAR"),
]  # fmt: skip


@pytest.fixture(scope="session")
def made_up_listed() -> list[dict[str, Any]]:
    return [*LISTED, *crowd(300, 1)]


@pytest.fixture(scope="session")
def register(made_up_listed: list[dict[str, Any]]) -> MadeUp:
    return MadeUp(made_up_listed)


@pytest.fixture(scope="session")
def screener(register: MadeUp) -> Screener:
    return Screener(register)


@pytest.fixture(scope="session")
def make_register() -> type[MadeUp]:
    return MadeUp


@pytest.fixture(scope="session")
def make_crowd() -> Any:
    return crowd


@pytest.fixture(scope="session")
def make_entity() -> Any:
    return entity


@pytest.fixture(scope="session")
def parties_of() -> Any:
    def build(*names: str, schema: str = "Person", **columns: list[Any]) -> pa.Table:
        n = len(names)
        data: dict[str, Any] = {
            "party_id": [f"q{i}" for i in range(n)],
            "schema": [schema] * n,
            "name": list(names),
            "aliases": [[]] * n,
            "birth_date": [None] * n,
            "countries": [[]] * n,
            "identifiers": [[]] * n,
        }
        return PARTIES.build({**data, **columns})

    return build
