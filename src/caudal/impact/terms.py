"""A scenario made definite: for each group the authorities, the entities and the days, as the register gives them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from caudal.errors import InputError
from caudal.impact.faces import RegisterLike
from caudal.impact.scenario import Scenario
from caudal.register import law

NEVER = 2**62
"""A moment no transfer reaches, in microseconds."""

ALWAYS = -(2**62)
"""A moment before every transfer, in microseconds."""


@dataclass(frozen=True)
class Window:
    """The first day of an effect: it lies between `earliest` and `latest`; None is unbounded."""

    earliest: date | None
    latest: date | None

    @property
    def day(self) -> date | None:
        """The day, where it is known."""
        return self.earliest if self.earliest == self.latest else None

    @property
    def words(self) -> str:
        """The day in words."""
        if self.day:
            return self.day.isoformat()
        if self.earliest:
            return f"a day not known, {self.earliest} at the earliest"
        return "a day not known"

    @property
    def moments(self) -> tuple[int, int]:
        """Both ends in microseconds since 1970-01-01 UTC."""
        return (
            moment(self.earliest) if self.earliest else ALWAYS,
            moment(self.latest) if self.latest else NEVER,
        )

    @staticmethod
    def first(windows: Iterable[Window]) -> Window:
        """The window of the first of several effects."""
        windows = list(windows)
        unbounded = any(w.earliest is None for w in windows)
        latest = [w.latest for w in windows if w.latest]
        return Window(
            None if unbounded else min(w.earliest for w in windows if w.earliest),
            min(latest) if latest else None,
        )


@dataclass(frozen=True)
class GroupTerms:
    """One group under the scenario.

    The law decides what a listing does: see `powers`.

    Attributes:
        code: its number in the assessment's own tables.
        designated: entities of the group with a designation in force, and the group's own entries.
        linked: entities the register ties to the group without a designation in force.
        authorities: the day from which each authority of the scenario has effect; empty: not designated.
        listing: the day each entity was first listed by name, as far as it is known.
        powers: what those authorities do by the register's law of the as-of day (`register.law.POWERS`), each from the
            first day on which one of them does it.
        silent: nothing is held about what any of them blocks.
        designation: the first day on which any authority of the register took effect, whatever the scenario says; None:
            it was not designated.
        seized: the day from which a court takes hold of what the scenario names as prosecuted; None: nothing named.
    """

    code: int
    id: str
    name: str
    designated: frozenset[str]
    linked: frozenset[str]
    authorities: Mapping[str, Window]
    listing: Mapping[str, Window]
    powers: Mapping[str, Window] = field(default_factory=dict)
    silent: bool = False
    designation: Window | None = None
    seized: Window | None = None

    @property
    def window(self) -> Window | None:
        """The first effective day the register gives for any of its authorities; None where it is not designated.

        An authority without a day does not blur the split by the others' days; it does blur what one could have read.
        """
        known = [w for w in self.authorities.values() if w.day]
        return Window.first(known or self.authorities.values()) if self.authorities else None

    @property
    def moments(self) -> tuple[int, int]:
        """The window in microseconds; never where it is not designated."""
        return self.window.moments if self.window else (NEVER, NEVER)

    @property
    def measure(self) -> Window | None:
        """The day from which anything of the scenario stops money: a designation, or a court."""
        windows = [w for w in (self.window, self.seized) if w]
        return Window.first([w for w in windows if w.day] or windows) if windows else None

    @property
    def american(self) -> bool:
        """Whether OFAC's 50 Percent Rule holds under one of the authorities."""
        return "owned" in self.powers

    @property
    def stops(self) -> bool:
        """Whether a listing under one of the authorities stops money: frozen, refused, or nothing is held about it."""
        return self.silent or "freeze" in self.powers or "reject" in self.powers

    @property
    def holds(self) -> bool:
        """Whether what is stopped is also held where it is; refused payments are not."""
        return self.silent or "freeze" in self.powers

    def reach(self, side: str) -> tuple[float, float, float]:
        """Whether the law gives an institution cause to cut ties, by its side (domestic, foreign, unknown).

        At home by anything that binds there. Abroad by secondary sanctions or by the crime of material support; without
        them only in high, because a correspondent at home may still ask.
        """
        if not self.authorities or not (self.stops or "material support" in self.powers):
            return 0.0, 0.0, 0.0
        home = 0.0 if self.silent else 1.0, 1.0, 1.0
        abroad = float("secondary sanctions" in self.powers or "material support" in self.powers)
        if side == "domestic":
            return home
        return (abroad, abroad, 1.0) if side == "foreign" else (min(home[0], abroad), abroad, 1.0)

    @property
    def words(self) -> str:
        """The designation in words."""
        if not self.authorities:
            return "not designated"
        return ", ".join(f"{a} from {w.words}" for a, w in sorted(self.authorities.items()))


@dataclass(frozen=True)
class OwnGroup:
    """A listed entity outside every group of interest: it is its own group."""

    id: str
    name: str
    entity_ids: tuple[str, ...]


@dataclass(frozen=True)
class Terms:
    """The scenario with nothing left open.

    Attributes:
        in_force: every entity of the register that has a designation in force on `as_of`.
        captions: the name shown for every entity of the groups.
        facilitators: entries of the lists that the scenario names besides the groups' members.
        exempt: entries of the lists that it leaves out.
    """

    scenario: Scenario
    as_of: date
    groups: tuple[GroupTerms, ...]
    in_force: frozenset[str]
    captions: Mapping[str, str]
    facilitators: frozenset[str] = frozenset()
    exempt: frozenset[str] = frozenset()

    @property
    def end(self) -> int:
        """The first moment after the as-of day, in microseconds."""
        return moment(self.as_of + timedelta(days=1))

    @property
    def authorities(self) -> tuple[str, ...]:
        """Every authority of any group."""
        return tuple(sorted({a for g in self.groups for a in g.authorities}))


def moment(day: date) -> int:
    """The first microsecond of a UTC day since 1970-01-01."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1_000_000


def settle(scenario: Scenario, register: RegisterLike, as_of: date) -> Terms:
    """Look up everything the scenario leaves to the register.

    Raises:
        InputError: a group or authority is unknown, or an effective day lies after the as-of day.
    """
    if isinstance(scenario.effective, date) and scenario.effective > as_of:
        raise InputError(f"{scenario.effective} lies after the as-of day {as_of}", field="effective")
    tables = register.tables()
    designations: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in tables["designations"].to_pylist():
        designations[row["entity_id"]].append(row)
    in_force = {e for e, rows in designations.items() if any(_in_force(r, as_of) for r in rows)}
    _check_authorities(scenario, {r["authority"] for rows in designations.values() for r in rows}, as_of)

    entities = dict(zip(*(tables["entities"].column(c).to_pylist() for c in ("entity_id", "caption")), strict=True))
    same: dict[str, set[str]] = defaultdict(set)
    tied: dict[str, set[str]] = defaultdict(set)
    for row in tables["memberships"].to_pylist():
        (same if row["kind"] == "same" else tied)[row["group_id"]].add(row["entity_id"])
    groups: list[GroupTerms] = []
    named: set[str] = set()
    every_tied = set().union(*same.values(), *tied.values())
    facilitators, exempt = entities.keys() & set(scenario.facilitators), entities.keys() & set(scenario.exempt)
    untied = facilitators - every_tied
    for group in _groups(scenario, register, entities):
        own = same[group.id] | {e for e in group.entity_ids if e not in tied[group.id]}
        held = _held(own, designations, as_of)
        if scenario.groups == "all" and not held:
            continue
        authorities = _authorities(scenario, group, held)
        if scenario.groups == "all" and not authorities and scenario.authorities != "none":
            continue
        every = own | tied[group.id]
        designated = {*own, *(e for e in tied[group.id] if e in in_force)}
        linked = tied[group.id] - designated
        if scenario.members != "all":
            designated, linked = every & set(scenario.members), set()
            named |= designated
        # An entry that belongs to none of the groups is named for the first of them.
        designated |= facilitators & (every if groups else every | untied)
        designated, linked = designated - exempt, linked - exempt - designated
        group_window = Window.first(authorities.values()) if authorities else Window(None, None)
        powers, silent = _powers(authorities, as_of)
        groups.append(
            GroupTerms(
                code=len(groups),
                id=group.id,
                name=group.name,
                designated=frozenset(designated),
                linked=frozenset(linked),
                authorities=authorities,
                listing={e: _listing(e, e in own, scenario, group_window, designations, as_of) for e in designated},
                powers=powers,
                silent=silent,
                designation=_first_day(group, _days(held)) if held else None,
                seized=_seized(scenario, group, held, authorities) if scenario.prosecuted else None,
            )
        )
    for place, member in enumerate(() if scenario.members == "all" else scenario.members):
        if member not in named:
            raise InputError(f"{member!r} is no list entry of a named group", field=f"members.{place}")
    _check_held(scenario, groups)
    wanted = {e for g in groups for e in g.designated | g.linked}
    captions = {e: entities[e] for e in wanted if e in entities}
    return Terms(
        scenario, as_of, tuple(groups), frozenset(in_force), captions, frozenset(facilitators), frozenset(exempt)
    )


def _groups(scenario: Scenario, register: RegisterLike, entities: Mapping[str, str]) -> list[Any]:
    if scenario.groups == "all":
        return list(register.groups)
    found: list[Any] = []
    for place, wanted in enumerate(scenario.groups):
        try:
            group = register.group(wanted)
        except InputError as error:
            if wanted not in entities:
                raise InputError(error.reason, field=f"groups.{place}") from error
            group = OwnGroup(wanted, entities[wanted], (wanted,))
        if any(g.id == group.id for g in found):
            raise InputError(f"{wanted!r} names the group {group.id!r} a second time", field=f"groups.{place}")
        found.append(group)
    return found


def _check_authorities(scenario: Scenario, held: set[str], as_of: date) -> None:
    for place, authority in enumerate(scenario.supposed):
        if authority in held:
            continue
        try:
            law.effects(authority, as_of)
        except InputError as error:
            raise InputError(error.reason, field=f"authorities.{place}") from error
    for place, authority in enumerate(scenario.supposed):
        begun = law.established(authority) if law.held(authority) else None
        first = scenario.effective if isinstance(scenario.effective, date) else as_of
        if begun and first < begun:
            raise InputError(f"{authority} was established on {begun}, after {first}", field=f"authorities.{place}")


def _check_held(scenario: Scenario, groups: list[GroupTerms]) -> None:
    if scenario.effective:
        return
    for place, authority in enumerate(scenario.supposed):
        if not any(authority in g.authorities for g in groups):
            raise InputError(
                f"the register holds no designation in force of a named group under {authority}; "
                "a scenario that supposes one must give `effective`",
                field=f"authorities.{place}",
            )


def _in_force(row: Mapping[str, Any], day: date) -> bool:
    """Whether a designation had effect on a day; one without an effective day counts unless a later day is given."""
    begun = row["effective"] or row["announced"] or row["signed"]
    return (begun is None or begun <= day) and (row["ended"] is None or row["ended"] > day)


def _window(rows: Iterable[Mapping[str, Any]]) -> Window:
    """When the first of some designations took effect: exact where an effective day is given."""
    return Window.first(
        Window(r["effective"], r["effective"]) if r["effective"] else Window(r["announced"] or r["signed"], None)
        for r in rows
    )


def _held(
    own: set[str], designations: Mapping[str, list[dict[str, Any]]], as_of: date
) -> dict[str, list[dict[str, Any]]]:
    """The designations in force of a group's own entries, by authority."""
    held: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entity in own:
        for row in designations.get(entity, ()):
            if _in_force(row, as_of):
                held[row["authority"]].append(row)
    return held


def _authorities(scenario: Scenario, group: Any, held: Mapping[str, list[dict[str, Any]]]) -> dict[str, Window]:
    """The authorities of the scenario for one group, and the day each takes effect."""
    if scenario.authorities == "none":
        return {}
    wanted = scenario.supposed or tuple(sorted(held))
    if isinstance(scenario.effective, date):
        return {a: Window(scenario.effective, scenario.effective) for a in wanted}
    days = _days(held)
    if scenario.effective == "designation":
        return dict.fromkeys(wanted, _first_day(group, days))
    return {a: days[a] for a in wanted if a in held}


def _days(held: Mapping[str, list[dict[str, Any]]]) -> dict[str, Window]:
    """The day each authority of the register took effect.

    The same designation may stand on a list without dates and in a record with them: a known day wins.
    """
    return {a: _window([r for r in rows if r["effective"]] or rows) for a, rows in held.items()}


def _first_day(group: Any, days: Mapping[str, Window]) -> Window:
    """The first day on which any authority of the register took effect for a group."""
    if not days:
        raise InputError(
            f"the register holds no designation of {group.id} in force that day; give a day", field="effective"
        )
    return Window.first([w for w in days.values() if w.day] or days.values())


def _powers(authorities: Mapping[str, Window], as_of: date) -> tuple[dict[str, Window], bool]:
    """What the authorities do by the law of the day and from when, and whether nothing is held about any."""
    days: dict[str, list[Window]] = defaultdict(list)
    for authority, window in authorities.items():
        for power in law.powers(authority, as_of):
            days[power].append(window)
    silent = bool(authorities) and all(law.silent(a, "blocks") for a in authorities)
    return {power: Window.first([w for w in some if w.day] or some) for power, some in days.items()}, silent


def _seized(
    scenario: Scenario, group: Any, held: Mapping[str, list[dict[str, Any]]], authorities: Mapping[str, Window]
) -> Window:
    """The day from which a court takes hold of what is prosecuted: the scenario's, else that of its designation."""
    if isinstance(scenario.effective, date):
        return Window(scenario.effective, scenario.effective)
    if scenario.effective is None and authorities:
        return Window.first([w for w in authorities.values() if w.day] or authorities.values())
    return _first_day(group, _days(held))


def _listing(
    entity: str,
    is_group: bool,
    scenario: Scenario,
    group: Window,
    designations: Mapping[str, list[dict[str, Any]]],
    as_of: date,
) -> Window:
    """When a name could first be read on a list: never before the group's own day under this scenario."""
    if is_group or scenario.effective or scenario.members != "all":
        return group
    rows = [r for r in designations.get(entity, ()) if _in_force(r, as_of)]
    own = _window([r for r in rows if r["effective"]] or rows)
    latest = None if own.latest is None or group.latest is None else max(own.latest, group.latest)
    bounds = [d for d in (own.earliest, group.earliest) if d]
    return Window(max(bounds) if bounds else None, latest)
