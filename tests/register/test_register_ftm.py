"""Every schema and property the readers give is one FollowTheMoney knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from caudal.register import Entity, Register

followthemoney = pytest.importorskip(
    "followthemoney", reason="the development dependency followthemoney is not installed"
)


def strange(register: Register) -> set[tuple[str, str]]:
    """Pairs of schema and property that FollowTheMoney does not have, or has only for links between entities."""
    found = set()
    for entity in register:
        schema = followthemoney.model.get(entity.schema)
        if schema is None:
            found.add((entity.schema, ""))
            continue
        for prop in entity.properties:
            known = schema.get(prop)
            if known is None or known.type.name == "entity":
                found.add((entity.schema, prop))
    return found


def as_ftm(entity: Entity) -> dict[str, list[str]]:
    """The properties after FollowTheMoney has cleaned them."""
    proxy = followthemoney.model.get_proxy({**entity.to_ftm(), "properties": {}})
    for prop, values in entity.properties.items():
        proxy.add(prop, values)
    return {prop.name: proxy.get(prop) for prop in proxy.iterprops()}


def test_made_up_lists(ofac_folder: Path, un_file: Path, members_file: Path) -> None:
    register = Register.load([ofac_folder, un_file, members_file])
    assert strange(register) == set()
    for entity in register:
        cleaned = as_ftm(entity)
        for prop in ("birthDate", "nationality", "country", "gender", "imoNumber", "name"):
            assert set(cleaned.get(prop, [])) == set(entity.properties.get(prop, [])), (entity.id, prop)


@pytest.mark.real
def test_real_lists(real_register: Register) -> None:
    assert strange(real_register) == set()
    checked = 0
    for entity in list(real_register)[::50]:
        cleaned = as_ftm(entity)
        for prop in ("birthDate", "nationality", "citizenship", "country", "birthCountry", "gender", "flag"):
            assert set(cleaned.get(prop, [])) == set(entity.properties.get(prop, [])), (entity.id, prop)
            checked += len(entity.properties.get(prop, []))
    assert checked > 300
