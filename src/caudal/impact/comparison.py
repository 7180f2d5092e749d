"""Several scenarios in the same books, side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.impact.assessment import Outcomes, assess
from caudal.impact.faces import LedgerLike, Progress, RegisterLike
from caudal.impact.frontier import Frontier
from caudal.impact.ready import scenario_of
from caudal.impact.scenario import FRONTIERS, Scenario
from caudal.tables import TABLES

PARTS = ("outcomes", "affected", "cut", "coerced_payment", "corridors", "immigration", "harm_months", "duty_days")
"""The tables that every scenario gives rows to."""

FRONTIER = ("frontier_points", "frontier_measures", "frontier_differences", "frontier_replays")
"""The tables of the frontier that an aimed scenario takes its accounts from."""


@dataclass(frozen=True)
class Comparison:
    """What several scenarios do in the same books.

    Attributes:
        results: each scenario's own result.
    """

    results: tuple[Outcomes, ...]

    def table(self, name: str) -> pa.Table:
        """One of the tables of PARTS, of all scenarios in their order."""
        return pa.concat_tables([TABLES[name].empty(), *(getattr(r, name) for r in self.results)])

    def tables(self) -> dict[str, pa.Table]:
        """Every table of PARTS and of FRONTIER by name; the latter are empty where no scenario asks for a frontier."""
        found, edge = {name: self.table(name) for name in PARTS}, self.frontier
        for name in FRONTIER:
            found[name] = TABLES[name].empty()
        if edge is not None:
            found |= {"frontier_points": edge.points, "frontier_measures": edge.measures}
            found |= {"frontier_differences": edge.differences, "frontier_replays": edge.replay(edge.chosen)}
        return found

    @property
    def frontier(self) -> Frontier | None:
        """The frontier of the first scenario that takes its accounts from one."""
        return next((r.aim.frontier for r in self.results if r.aim), None)

    @cached_property
    def outcomes(self) -> pa.Table:
        """The `outcomes` tables of all scenarios as one, in the order they were given."""
        return self.table("outcomes")

    @property
    def affected(self) -> pa.Table:
        """The `affected` tables of all."""
        return self.table("affected")

    @property
    def cut(self) -> pa.Table:
        """The `cut` tables of all."""
        return self.table("cut")

    @property
    def names(self) -> list[str]:
        """The scenarios' names, in order."""
        return [r.terms.scenario.name for r in self.results]

    def side_by_side(self) -> list[dict[str, Any]]:
        """One row per measure, subject and unit, in the order they first occur.

        `values` holds for each scenario its low, mid and high, or None where the measure does not arise in it.
        """
        rows: dict[tuple[str, str, str], dict[str, Any]] = {}
        for row in self.outcomes.to_pylist():
            key = row["measure"], row["subject_kind"], row["unit"]
            one = rows.setdefault(
                key, {"measure": key[0], "subject_kind": key[1], "unit": key[2], "values": dict.fromkeys(self.names)}
            )
            one["values"][row["scenario"]] = (row["low"], row["mid"], row["high"])
        return list(rows.values())


def compare(
    scenarios: Iterable[Scenario | Mapping[str, Any] | Path | str],
    register: RegisterLike,
    ledger: LedgerLike,
    *,
    progress: Progress | None = None,
    **inputs: Any,
) -> Comparison:
    """Assess several scenarios in the same books. Their order changes no number.

    Args:
        scenarios: scenarios, mappings, paths of TOML files, or names of ready-made ones.
        register, ledger, inputs: as for `assess`.
        progress: called with (steps done, steps in all) over all scenarios.

    Raises:
        InputError: as `assess`; or two scenarios have one name, or there is none.
    """
    chosen = [scenario_of(s) for s in scenarios]
    check(chosen)
    results: list[Outcomes] = []
    edges: dict[tuple[Any, ...], Frontier] = {}
    for place, scenario in enumerate(chosen):

        def said(done: int, total: int | None, place: int = place) -> None:
            if progress and total:
                progress(place * total + done, len(chosen) * total)

        try:
            asked = inputs | {"progress": said if progress else None}
            if scenario.accounts in FRONTIERS and not asked.get("frontier"):
                asked["frontier"] = edges.get(_frontier_key(scenario))
            results.append(assess(scenario, register, ledger, **asked))
        except InputError as error:
            raise InputError(
                error.reason, file=error.file or scenario.name, row=error.row, field=error.field
            ) from error
        aim = results[-1].aim
        if aim is not None:
            edges.setdefault(_frontier_key(scenario), aim.frontier)
    return Comparison(tuple(results))


def _frontier_key(scenario: Scenario) -> tuple[Any, ...]:
    """What the frontier of a scenario hangs on: two that are alike in it share one."""
    return scenario.groups, scenario.authorities, scenario.effective, scenario.as_of, scenario.prosecuted


def check(scenarios: Iterable[Scenario]) -> None:
    """Refuse a comparison of nothing, or of two scenarios with one name."""
    names = [s.name for s in scenarios]
    if not names:
        raise InputError("name one scenario at least", field="scenarios")
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two scenarios are called {name!r}: a table could not tell them apart", field="name")
