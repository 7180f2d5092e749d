"""When an entity was designated, by whom and on whose word; and who is blocked because of who owns it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from caudal.register import Designation, law
from caudal.register.ownership import Owned
from caudal.server.data.numbered import HOLDER
from caudal.server.routers.entities import MOVED, Id, found
from caudal.server.routers.own_law import today
from caudal.server.routers.shapes import answer
from caudal.server.state import WithSnapshot

router = APIRouter(tags=["Law"])
Known = Literal["yes", "no", "unknown"]
RULE = (
    "OFAC's 50 Percent Rule: whoever blocked persons own by 50% or more together is blocked too "
    "(https://ofac.treasury.gov/faqs/401). Control without ownership does not block."
)
AsOf = Annotated[date | None, Query(description="the day asked about, as 2025-02-20; today (UTC) when left out")]


class DesignationOut(BaseModel):
    """One record of a list; a day that the list does not give is null, never guessed."""

    entity_id: str = Field(description="the entity it is about: the one asked for, or the same group on another list")
    authority: str
    authority_name: str | None
    programme: str
    in_force: Known = Field(description="on the day asked about, by this record alone")
    announced: date | None
    signed: date | None
    effective: date | None
    not_before: date | None = Field(description="it took effect on this day or later, where the day is not known")
    not_after: date | None
    ended: date | None
    ended_after: date | None
    source: str
    source_url: str | None
    note: str | None


class DesignationsOut(BaseModel):
    """Whether an entity was designated on a day, and every record that says so or not."""

    entity_id: str
    caption: str
    as_of: date
    snapshot: str
    designated: Known
    reason: str = Field(description="why, in one sentence")
    since: date | None = Field(description="first day of effect, where it is known")
    same_as: list[str] = Field(description="entries of other lists for the same group; their records count too")
    belongs_to: list[str] = Field(
        description="of a wallet its holders, of a security its issuer: what is designated is they; ask for them"
    )
    designations: list[DesignationOut]


class OwnedOut(BaseModel):
    """One that is, or may be, blocked because of who owns it."""

    entity_id: str
    caption: str | None = Field(description="null where no dataset here holds it")
    status: Literal["yes", "cannot tell"]
    share_min: float = Field(description="percent held by blocked persons, at least")
    share_max: float = Field(description="at most")
    chain: list[str] = Field(description="the stakes that lead to it from the listed, owners first")


class ControlOut(BaseModel):
    """Control without ownership by half: a warning, no more."""

    entity_id: str
    caption: str | None
    kind: str
    text: str


class OwnershipOut(BaseModel):
    """What the rule makes of an entity and of what it owns."""

    model_config = ConfigDict(populate_by_name=True)

    entity_id: str
    caption: str
    as_of: date
    snapshot: str
    rule: str = RULE
    listed: bool = Field(description="itself designated that day under an authority whose law reaches what it owns")
    blocked: OwnedOut | None = Field(description="how it is, or may be, blocked by its owners; null where it is not")
    owns: list[OwnedOut] = Field(description="blocked because of it, alone or together with others")
    controls: list[ControlOut]


@router.get(
    "/entities/{entity_id}/designations",
    summary="When it was designated, by whom, on whose word",
    response_model=DesignationsOut,
    responses=MOVED,
)
def designations(
    request: Request,
    snapshot: WithSnapshot,
    entity_id: Id,
    as_of: AsOf = None,
    authority: Annotated[
        str | None, Query(description="only under this authority, such as FTO", max_length=250)
    ] = None,
) -> Response:
    """All records held, of any day, and what they come to on the day asked about."""
    entity = found(request, snapshot, entity_id)
    if isinstance(entity, Response):
        return entity
    day = as_of or today()
    others = snapshot.legal.same(entity["id"])
    held = snapshot.store.many(others)
    entities = [entity, *(held[uid] for uid in others if uid in held)]
    said = snapshot.legal.designated(entities, day, authority)
    records = snapshot.legal.designations([e["id"] for e in entities])
    return answer(
        {
            "entity_id": entity["id"],
            "caption": entity["caption"],
            "as_of": day,
            "snapshot": snapshot.version,
            "designated": said.status,
            "reason": said.text,
            "since": said.since,
            "same_as": [e["id"] for e in entities[1:]],
            "belongs_to": entity["properties"].get(HOLDER.get(entity["schema"], ""), []),
            "designations": [
                _record(uid, d, day) for uid, some in records.items() for d in some if authority in (None, d.authority)
            ],
        }
    )


@router.get(
    "/owned/{entity_id}",
    summary="Who is blocked because of who owns it",
    response_model=OwnershipOut,
    responses=MOVED,
)
def owned(request: Request, snapshot: WithSnapshot, entity_id: Id, as_of: AsOf = None) -> Response:
    """OFAC's 50 Percent Rule on a day, in both directions, each with the chain of stakes that leads there."""
    entity = found(request, snapshot, entity_id)
    if isinstance(entity, Response):
        return entity
    day = as_of or today()
    owning = snapshot.legal.owning(day)
    by_owners = owning.blocked(entity["id"])
    below, controls = owning.owned_by(entity["id"]), owning.controls(entity["id"])
    known = snapshot.store.many(sorted({o.asset_id for o in below} | {c.asset_id for c in controls}))
    captions = {uid: e["caption"] for uid, e in known.items()}
    return answer(
        {
            "entity_id": entity["id"],
            "caption": entity["caption"],
            "as_of": day,
            "snapshot": snapshot.version,
            "rule": RULE,
            "listed": entity["id"] in owning.listed,
            "blocked": None if by_owners is None else _owned(by_owners, {entity["id"]: entity["caption"]}),
            "owns": [_owned(one, captions) for one in below],
            "controls": [
                {"entity_id": c.asset_id, "caption": captions.get(c.asset_id), "kind": c.kind, "text": c.text}
                for c in controls
            ],
        }
    )


def _record(uid: str, d: Designation, day: date) -> dict[str, object]:
    in_force = "yes" if d.on(day) else "no" if d.off(day) else "unknown"
    name = law.authority(d.authority).name if law.answers(d.authority) else None
    days = ("announced", "signed", "effective", "not_before", "not_after", "ended", "ended_after")
    return {
        "entity_id": uid,
        "authority": d.authority,
        "authority_name": name,
        "programme": d.programme,
        "in_force": in_force,
        **{name: getattr(d, name) for name in days},
        "source": d.source,
        "source_url": d.source_url,
        "note": d.note,
    }


def _owned(one: Owned, captions: dict[str, str]) -> dict[str, object]:
    return {
        "entity_id": one.asset_id,
        "caption": captions.get(one.asset_id),
        "status": one.status,
        "share_min": one.share_min / 10_000,
        "share_max": one.share_max / 10_000,
        "chain": one.chain,
    }
