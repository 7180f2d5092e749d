from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from caudal.errors import InputError
from caudal.impact import Comparison, Outcomes, Published, assess, compare
from caudal.tables import (
    ACCOUNTS,
    AGENTS,
    ATTRIBUTIONS,
    DESIGNATIONS,
    ENTITIES,
    EXPOSURES,
    FINDINGS,
    INSTITUTIONS,
    MATCHES,
    MEMBERSHIPS,
    NAMES,
    OWNERSHIP,
    PARTIES,
    TRANSFERS,
)

DAY = date(2025, 2, 20)
AS_OF = date(2025, 6, 30)


@dataclass(frozen=True)
class Group:
    id: str
    name: str
    entity_ids: list[str]


@dataclass
class Lists:
    """A register of made-up groups, in the shape the assessment reads."""

    entities: list[dict[str, Any]] = field(default_factory=list)
    designations: list[dict[str, Any]] = field(default_factory=list)
    memberships: list[dict[str, Any]] = field(default_factory=list)
    ownership: list[dict[str, Any]] = field(default_factory=list)
    as_of: date | None = None

    def add(
        self, entity: str, group: str, kind: str = "same", authorities: Sequence[str] = ("SDGT",), **days: Any
    ) -> None:
        days = days or {"effective": DAY}
        self.entities.append(
            {
                "entity_id": entity,
                "schema": "Organization",
                "caption": entity.title(),
                "properties": "{}",
                "dataset": "x",
            }
        )
        self.memberships.append({"group_id": group, "entity_id": entity, "kind": kind, "source": "made up"})
        for authority in authorities:
            self.designations.append(
                {"entity_id": entity, "authority": authority, "programme": authority, "source": "made up", **days}
            )

    @property
    def groups(self) -> list[Group]:
        ids = sorted({m["group_id"] for m in self.memberships})
        return [
            Group(g, g.replace("-", " ").title(), [m["entity_id"] for m in self.memberships if m["group_id"] == g])
            for g in ids
        ]

    def group(self, wanted: str) -> Group:
        for group in self.groups:
            if wanted in (group.id, group.name):
                return group
        raise InputError(f"there is no group {wanted!r}")

    def tables(self) -> dict[str, pa.Table]:
        return {
            "entities": ENTITIES.build(self.entities),
            "names": NAMES.empty(),
            "designations": DESIGNATIONS.build(self.designations),
            "ownership": OWNERSHIP.build(self.ownership),
            "memberships": MEMBERSHIPS.build(self.memberships),
        }


@dataclass
class World:
    """A small ledger, its register and the tables of the stages before, all made up."""

    lists: Lists = field(default_factory=Lists)
    party_rows: list[dict[str, Any]] = field(default_factory=list)
    account_rows: list[dict[str, Any]] = field(default_factory=list)
    institution_rows: list[dict[str, Any]] = field(default_factory=list)
    transfer_rows: list[dict[str, Any]] = field(default_factory=list)
    match_rows: list[dict[str, Any]] = field(default_factory=list)
    exposure_rows: list[dict[str, Any]] = field(default_factory=list)
    attribution_rows: list[dict[str, Any]] = field(default_factory=list)
    finding_rows: list[dict[str, Any]] = field(default_factory=list)
    stake_rows: list[dict[str, Any]] = field(default_factory=list)
    base_currency: str = "USD"

    def bank(self, name: str, country: str | None = "us", kind: str = "bank") -> str:
        self.institution_rows.append({"institution_id": name, "name": name.title(), "kind": kind, "country": country})
        return name

    def party(self, name: str, schema: str = "Person", bank: str | None = None, pooled: bool = False) -> str:
        """A party with one account, `a-<name>`."""
        self.party_rows.append(
            {"party_id": name, "schema": schema, "name": name, "aliases": [], "countries": [], "identifiers": []}
        )
        self.account_rows.append(
            {"account_id": f"a-{name}", "party_id": name, "institution_id": bank, "country": None, "pooled": pooled}
        )
        return name

    def pay(self, payer: str, payee: str, amount: int, day: date | datetime, channel: str = "transfer") -> str:
        time = day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=UTC)
        key = f"t{len(self.transfer_rows):05d}"
        self.transfer_rows.append(
            {
                "transfer_id": key,
                "time": time,
                "payer_account": f"a-{payer}",
                "payee_account": f"a-{payee}",
                "amount": amount,
                "currency": "USD",
                "amount_base": amount,
                "channel": channel,
            }
        )
        return key

    def match(self, party: str, entity: str, probability: float = 1.0, alert: bool = True) -> None:
        self.match_rows.append(
            {
                "party_id": party,
                "entity_id": entity,
                "probability": probability,
                "bits": 10.0,
                "alert": alert,
                "evidence": "{}",
                "list_version": "made up",
                "screened_at": datetime(2025, 6, 30, tzinfo=UTC),
            }
        )

    def attribute(self, transfer: str, group: str, direction: str, amount: int, hops: int = 1) -> None:
        self.attribution_rows.append(
            {
                "transfer_id": transfer,
                "group_id": group,
                "direction": direction,
                "method": "proportional",
                "amount": amount,
                "hops": hops,
            }
        )

    def own(self, owner: str, asset: str, low: float, high: float | None = None) -> None:
        self.stake_rows.append(
            {
                "owner_id": owner,
                "asset_id": asset,
                "share_min": round(low * 1_000_000),
                "share_max": round((low if high is None else high) * 1_000_000),
                "kind": "owns",
                "source": "made up",
            }
        )

    def find(self, collector: str, victims: Sequence[str], transfers: Sequence[str]) -> None:
        time = datetime(2025, 1, 1, tzinfo=UTC)
        self.finding_rows.append(
            {
                "finding_id": f"f{len(self.finding_rows)}",
                "typology": "extortion collector",
                "accounts": [f"a-{collector}", *(f"a-{v}" for v in victims)],
                "roles": ["collector", *("possible victim" for _ in victims)],
                "transfers": list(transfers),
                "amount": 1,
                "first": time,
                "last": time,
                "score": 0.9,
                "reasons": ["made up"],
            }
        )

    @property
    def parties(self) -> pa.Table:
        return PARTIES.build(self.party_rows)

    @property
    def accounts(self) -> pa.Table:
        return ACCOUNTS.build(self.account_rows)

    @property
    def institutions(self) -> pa.Table:
        return INSTITUTIONS.build(self.institution_rows)

    @property
    def transfers(self) -> pa.Table:
        return TRANSFERS.build(self.transfer_rows)

    def assess(
        self,
        scenario: Any = None,
        published: Published | None = None,
        agents: Sequence[str] | None = None,
        coercion: pa.Table | None = None,
        **keys: Any,
    ) -> Outcomes:
        """Assess the group `los-inventados`, unless told otherwise; `agents` behave like its hands."""
        scenario = scenario or {"name": "made up", "groups": ["los-inventados"], "as_of": AS_OF} | keys
        hands = self.hands(agents)
        return assess(scenario, self.lists, self, published=published, agents=hands, coercion=coercion, **self.inputs)

    def compare(self, scenarios: Sequence[Any], agents: Sequence[str] = ()) -> Comparison:
        """Compare several scenarios; `agents` behave like the group's hands."""
        return compare(scenarios, self.lists, self, agents=self.hands(agents), **self.inputs)

    def hands(self, agents: Sequence[str] | None) -> pa.Table | None:
        """The table `agents` for some accounts of the group `los-inventados`."""
        if agents is None:
            return None
        row: dict[str, Any] = {"group_id": "los-inventados", "reasons": ["made up"], "innocent": []}
        row |= dict.fromkeys(("strength", "share_from", "share_to", "passed"), 0.5)
        row |= dict.fromkeys(("amount_from", "amount_to", "payers", "payees"), 1)
        return AGENTS.build([row | {"account_id": a} for a in agents])

    @property
    def inputs(self) -> dict[str, pa.Table]:
        """The tables of the stages before."""
        return {
            "matches": MATCHES.build(self.match_rows),
            "exposures": EXPOSURES.build(self.exposure_rows),
            "attributions": ATTRIBUTIONS.build(self.attribution_rows),
            "findings": FINDINGS.build(self.finding_rows),
            "ownership": OWNERSHIP.build(self.stake_rows),
        }


Triple = tuple[float, float, float]


@pytest.fixture
def new_world() -> type[World]:
    """Makes empty ledgers."""
    return World


@pytest.fixture
def world() -> World:
    """An empty ledger, and one made-up group designated on `DAY`."""
    world = World()
    world.lists.add("los-inventados", "los-inventados", authorities=("FTO", "SDGT"))
    return world


@pytest.fixture
def value() -> Callable[..., Triple]:
    """Reads one outcome: value(outcomes, measure, subject kind) -> (low, mid, high)."""

    def read(result: Outcomes, measure: str, kind: str) -> Triple:
        rows = [r for r in result.outcomes.to_pylist() if r["measure"] == measure and r["subject_kind"] == kind]
        assert len(rows) == 1, f"{len(rows)} rows of {measure} ({kind})"
        return rows[0]["low"], rows[0]["mid"], rows[0]["high"]

    return read


@pytest.fixture
def days() -> Callable[[int], date]:
    """days(n): the day n days after the effective day."""
    return lambda n: DAY + timedelta(days=n)
