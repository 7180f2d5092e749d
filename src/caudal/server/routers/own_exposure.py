"""How much of a group's money an account touched, and by which payments. Exposure is not guilt."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.compute as pc
from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from caudal.errors import InputError
from caudal.server.desk import Opened
from caudal.server.problems import NotFound, Problem
from caudal.server.state import WithDesk

router = APIRouter(tags=["Exposure"])
NOTICE = (
    "Exposure is not guilt: amounts are attributed by a stated method, not proven, and an account may have been "
    "reached without its holder's knowledge or under threat."
)
Method = Literal["proportional", "fifo", "poison"]
Direction = Literal["forward", "backward"]
Account = Annotated[str, Path(description="the account's id in the ledger", max_length=250)]
AMOUNT = "minor units of the base currency"


class Split(BaseModel):
    """The part before, and on or after, the day a designation took effect."""

    authority: str
    day: date
    direct_before: int
    direct_after: int
    indirect_before: int
    indirect_after: int
    first_after: datetime | None
    transfers_after: int


class Exposure(BaseModel):
    """An account's exposure to a group in one direction by one method."""

    group_id: str
    direction: Direction = Field(description="forward: from the group; backward: to the group")
    method: Method
    direct: int = Field(description=f"moved straight between the group and the account, {AMOUNT}")
    indirect: int = Field(description=f"attributed over other accounts, {AMOUNT}")
    held: int = Field(description=f"attributed and still on the account, {AMOUNT}")
    turnover: int = Field(description=f"all that the account received (backward: paid out), {AMOUNT}")
    unexplained: int = Field(description="paid out beyond what the ledger shows coming in (backward: the mirror of it)")
    first: datetime
    last: datetime
    hops: int = Field(description="fewest transfers between the group and the account")
    by_designation: list[Split]


class ExposureAnswer(BaseModel):
    """What is traced between an account and designated groups."""

    account_id: str
    institution_id: str | None
    country: str | None
    currency: str = Field(description="the base currency")
    digits: int = Field(description="decimal digits of its minor unit: 2 means that 100 is 1.00")
    as_of: date
    results: str = Field(description="the run that answered")
    notice: str = NOTICE
    counted_as_own: dict[str, str] = Field(
        description="groups whose own account it is taken to be, each with the reason: a possible match, to be checked"
    )
    exposures: list[Exposure]


class Step(BaseModel):
    """One payment of a path, in order of time."""

    step: int
    transfer_id: str
    time: datetime
    payer_account: str
    payee_account: str
    amount_base: int = Field(description=f"the whole payment, {AMOUNT}")
    part: int = Field(description=f"what of it belongs to this path, {AMOUNT}")


class WayOfMoney(BaseModel):
    """One path of payments."""

    group_id: str
    direction: Direction
    path: int
    reached: int = Field(description=f"what the whole path brings, {AMOUNT}")
    steps: list[Step]


class Explained(BaseModel):
    """How much of an exposure the paths show."""

    group_id: str
    direction: Direction
    amount: int = Field(description=f"the exposure, {AMOUNT}")
    paths_bring: int = Field(description=f"what of it the paths bring, {AMOUNT}")


class PathsAnswer(BaseModel):
    """The largest paths behind an account's exposure, with how much of it they and the listed transfers show."""

    account_id: str
    currency: str
    digits: int
    results: str
    notice: str = NOTICE
    explained: list[Explained]
    paths: list[WayOfMoney]


@router.get("/exposure/{account}", summary="How much of a group's money an account touched")
def exposure(
    desk: WithDesk,
    account: Account,
    method: Annotated[Method | None, Query(description="all that the run used when left out")] = None,
    direction: Annotated[Direction | None, Query()] = None,
    group: Annotated[str | None, Query(description="one group's id", max_length=250)] = None,
) -> ExposureAnswer:
    """Direct and indirect amounts by group, direction and method, split by the days designations took effect."""
    opened = desk.open()
    about = _account(opened, account)
    found = opened.rows("exposures", "account_id", account).to_pylist()
    splits = opened.rows("before_after", "account_id", account).to_pylist()
    keys = ("group_id", "direction", "method")
    wanted = {"method": method, "direction": direction, "group_id": group}
    rows = [row for row in found if all(value in (None, row[name]) for name, value in wanted.items())]
    rows.sort(key=lambda row: (-(row["direct"] + row["indirect"]), *(row[k] for k in keys)))
    return ExposureAnswer(
        account_id=account,
        institution_id=about["institution_id"],
        country=about["country"],
        **_currency(opened),
        as_of=opened.results.config.as_of,
        results=opened.results.version,
        counted_as_own=_own(opened, account, about["party_id"]),
        exposures=[
            Exposure(**row, by_designation=[Split(**s) for s in splits if all(s[k] == row[k] for k in keys)])
            for row in rows
        ],
    )


@router.get("/exposure/{account}/paths", summary="By which payments it came or went")
def paths(
    desk: WithDesk,
    account: Account,
    direction: Annotated[Direction | None, Query()] = None,
    group: Annotated[str | None, Query(description="one group's id", max_length=250)] = None,
    limit: Annotated[int, Query(ge=1, le=20, description="paths per group and direction")] = 5,
) -> PathsAnswer:
    """The largest paths by the proportional method, each payment with what of it belongs to the path."""
    opened = desk.open()
    own = _own(opened, account, _account(opened, account)["party_id"])
    exposed = opened.rows("exposures", "account_id", account)
    exposed = exposed.filter(pc.equal(exposed["method"], "proportional"))
    pairs = sorted({(r["group_id"], r["direction"]) for r in exposed.select(["group_id", "direction"]).to_pylist()})
    explained, tables = [], []
    for group_id, way in pairs:
        if group not in (None, group_id) or direction not in (None, way) or group_id in own:
            continue
        try:
            found = opened.explainer(group_id, way).explain(account, paths=limit)
        except InputError as error:
            raise Problem(error.reason) from error
        explained.append(Explained(group_id=group_id, direction=way, amount=found.amount, paths_bring=found.shown or 0))
        tables.append(found.paths)
    ways = _ways(opened, pa.concat_tables(tables)) if tables else []
    return PathsAnswer(
        account_id=account,
        **_currency(opened),
        results=opened.results.version,
        explained=explained,
        paths=ways,
    )


def _account(opened: Opened, account: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = opened.rows("accounts", "account_id", account).to_pylist()
    if not found:
        raise NotFound("No such account in this workspace.")
    return found[0]


def _own(opened: Opened, account: str, party: str | None) -> dict[str, str]:
    """Groups whose own account it is taken to be, with the reason."""
    seeds = opened.results.seeds
    return {
        group: seeds.parties[group].get(party or "", "")
        for group, accounts in sorted(seeds.accounts.items())
        if account in accounts
    }


def _currency(opened: Opened) -> dict[str, Any]:
    currency = opened.results.config.base_currency
    from caudal.ledger.currencies import minor_unit  # noqa: PLC0415 - a room that a server without a workspace leaves

    return {"currency": currency, "digits": minor_unit(currency)}


def _ways(opened: Opened, table: pa.Table) -> list[WayOfMoney]:
    """Paths with their payments."""
    ids = sorted(set(table["transfer_id"].to_pylist()))
    columns = ["transfer_id", "time", "payer_account", "payee_account", "amount_base"]
    payments = {r["transfer_id"]: r for r in opened.rows("transfers", "transfer_id", *ids).select(columns).to_pylist()}
    ways: dict[tuple[str, str, int], WayOfMoney] = {}
    for row in table.to_pylist():
        key = (row["group_id"], row["direction"], row["path"])
        way = ways.get(key)
        if way is None:
            way = ways[key] = WayOfMoney(
                group_id=key[0], direction=row["direction"], path=key[2], reached=row["reached"], steps=[]
            )
        way.steps.append(Step(step=row["step"], part=row["amount"], **payments[row["transfer_id"]]))
    for way in ways.values():
        way.steps.sort(key=lambda step: step.step)
    return list(ways.values())
