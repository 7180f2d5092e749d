"""Matching of what has no name to go by: a wallet, a security, an account, a vehicle, found by its exact number.

Found are the things themselves that lists name, and beside them whoever a list says they belong to: the `holder` of a
wallet, the `issuer` of a security, a party whose own entry gives the number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from caudal.screening import Evidence, Reason, Screener
from caudal.screening.by_number import by_number
from caudal.screening.subjects import subject
from caudal.server.data.model import answering, label
from caudal.server.data.numbered import HELD, HOLDER, PROPERTIES, numbers_of, telling
from caudal.server.data.store import Entity
from caudal.server.snapshot import Snapshot

ANYTHING = "Thing"
"""It has no property that holds a number."""
Passes = Callable[[Entity], bool]


@dataclass(frozen=True)
class Held:
    """An entity found by a number.

    Attributes:
        entity: as the store has it. evidence: of the pair. version: list and version it comes from.
    """

    entity: Entity
    evidence: Evidence
    version: str


def numbered(schema: str) -> bool:
    """Whether queries of a schema are compared by number with things that have no name to go by."""
    return schema != ANYTHING and bool(answering(schema) & PROPERTIES.keys())


def find(snapshot: Snapshot, screener: Screener, party: Mapping[str, Any], passes: Passes) -> list[Held]:
    """Things and parties with a number of a query, most telling first; things before whoever they belong to.

    Args:
        party: schema and properties of the query. passes: whether an entity may be found; asked of every one.
    """
    schema = party["schema"]
    own = telling(schema, party["properties"]) if schema in PROPERTIES else party["properties"]
    ours = subject({"schema": schema, "properties": {**party["properties"], **own}})
    texts = sorted(ours.identifiers)
    if not texts:
        return []
    found: dict[str, Held] = {}
    owners: dict[str, tuple[Entity, Evidence]] = {}
    covered = answering(schema)
    for thing in snapshot.store.numbered(texts):
        if thing["schema"] not in covered:
            continue
        theirs = {**thing, "properties": {**thing["properties"], **telling(thing["schema"], thing["properties"])}}
        evidence = by_number(screener, ours, subject(theirs))
        if evidence is None:
            continue
        for uid in thing["properties"].get(HOLDER.get(thing["schema"], ""), ()):
            owners.setdefault(uid, (thing, evidence))
        if passes(thing):
            found[thing["id"]] = _held(screener, thing, evidence)
    if schema in HELD:
        _add_parties(snapshot, screener, ours, owners, passes, found)
    return sorted(found.values(), key=lambda one: -one.evidence.bits)


def _add_parties(
    snapshot: Snapshot, screener: Screener, ours: Any, owners: Mapping[str, tuple[Entity, Evidence]], passes: Passes,
    found: dict[str, Held],
) -> None:  # fmt: skip
    """Parties that give the number as their own, and those that a thing with the number belongs to."""
    listed = screener.listed
    rows = sorted({row for some in listed.holders(sorted(ours.identifiers)) for row in some})
    parties = {listed.subjects.id(row): row for row in rows}
    entities = snapshot.store.many([*parties, *owners])
    for uid, row in parties.items():
        entity = entities.get(uid)
        if entity is None or not passes(entity):
            continue
        whose = Reason("holder", 0.0, "the list gives this number in the entry of the party itself")
        evidence = by_number(screener, ours, listed.subjects[row], [whose])
        if evidence is not None:
            found[uid] = Held(entity, evidence, listed.version(row))
    for uid, (thing, evidence) in owners.items():
        entity = entities.get(uid)
        if entity is None or uid in found or not passes(entity):
            continue
        role = HOLDER[thing["schema"]]
        words = f"the list names it as {role} of the {label(thing['schema']).casefold()} {thing['id']}"
        both = (*evidence.reasons, Reason("holder", 0.0, words))
        found[uid] = _held(screener, entity, _of(evidence, both, entity["caption"]))


def _of(evidence: Evidence, reasons: tuple[Reason, ...], listed: str) -> Evidence:
    return Evidence(
        evidence.probability, evidence.bits, reasons, evidence.alert, query=evidence.query, listed=listed,
        kind=evidence.kind,
    )  # fmt: skip


def _held(screener: Screener, entity: Entity, evidence: Evidence) -> Held:
    dataset = entity["datasets"][0]
    return Held(entity, evidence, screener.listed.versions.get(dataset, dataset))


def why_not(party: Mapping[str, Any], *, named: bool) -> tuple[bool, str]:
    """Whether the numbers of a query of such a schema can be compared, and what could not be.

    Args:
        named: whether its name was compared too, with vessels and aircraft.
    """
    schema, properties = party["schema"], party["properties"]
    known = ", ".join(PROPERTIES[schema])
    if not numbers_of(schema, properties):
        given = any(properties.get(name) for name in PROPERTIES[schema])
        what = "what is given there is no number that tells one apart" if given else "none of them is given"
        extent = "partly" if named else "not"
        return False, f"{extent} screened: a {schema} is compared by its exact number ({known}), and {what}"
    if properties.get("name") and not named:
        return True, f"partly screened: of a {schema} only its number is compared ({known}), not its name"
    return True, ""
