"""People a register knows only as owners are not on any list, and nobody is screened against them."""

from __future__ import annotations

import json

import pyarrow as pa

from caudal.screening import Screener
from caudal.tables import DESIGNATIONS, ENTITIES, MEMBERSHIPS, NAMES

PEOPLE = {
    "l-1": "Quintilla Zarzamora Vanderquil",
    "o-1": "Wenceslada Ibarrondo Quetzalin",
    "m-1": "Teodomira Arrazubi Xochitlan",
}


class Tables:
    def tables(self) -> dict[str, pa.Table]:
        entities = [
            {"entity_id": i, "schema": "Person", "caption": n, "properties": json.dumps({"name": [n]}), "dataset": "x"}
            for i, n in PEOPLE.items()
        ]
        designation = {"entity_id": "l-1", "authority": "SDGT", "programme": "SDGT", "source": "made up"}
        ties = [
            {"group_id": "o-1", "entity_id": "o-1", "kind": "same", "source": "itself"},
            {"group_id": "some-group", "entity_id": "m-1", "kind": "linked", "source": "made up"},
        ]
        return {
            "entities": ENTITIES.build(entities),
            "names": NAMES.build([{"entity_id": i, "name": n, "kind": "primary"} for i, n in PEOPLE.items()]),
            "designations": DESIGNATIONS.build([designation]),
            "memberships": MEMBERSHIPS.build(ties),
        }


def test_only_the_designated_and_those_tied_to_a_group_are_screened_against():
    parties = [{"id": i, "schema": "Person", "properties": {"name": [n]}} for i, n in PEOPLE.items()]
    found = Screener(Tables()).match(parties).to_pylist()
    assert {(m["party_id"], m["entity_id"]) for m in found if m["alert"]} == {("l-1", "l-1"), ("m-1", "m-1")}
    assert "o-1" not in {m["entity_id"] for m in found}
