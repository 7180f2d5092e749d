"""Make up a world and write it as a workspace."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from caudal.errors import InputError
from caudal.storage import write_table, write_text
from caudal.tables import ACCOUNTS, INSTITUTIONS, OWNERSHIP, PARTIES, TRUTH_ACCOUNTS, TRUTH_EFFECTS, TRUTH_TRANSFERS
from caudal.world import business_life, fixed_sums, household_life, lookalikes
from caudal.world.book import Book
from caudal.world.calendar import Calendar
from caudal.world.economy import World
from caudal.world.firms import build_firms
from caudal.world.group import LABELS, Group, members_csv, plant, strength
from caudal.world.institutions import build_places
from caudal.world.money import Money
from caudal.world.owners import (
    Owners,
    choose_owners,
    even_out_firms,
    even_out_people,
    net_by_month,
    owners_live_off_firms,
)
from caudal.world.ownership import ownership
from caudal.world.people import build_people
from caudal.world.remittances import remittances, settle
from caudal.world.settings import MARK, caudal_toml
from caudal.world.stage import Funds, Payments, join
from caudal.world.texts import Texts
from caudal.world.twin import Measure, twin
from caudal.world.twin.blocks import start_of
from caudal.world.writer import (
    account_ids,
    accounts_table,
    institutions_table,
    parties_table,
    truth_accounts,
    truth_transfers,
    write_transfers,
)

MIN_ACCOUNTS = 600
"""Fewest accounts of a world: with fewer not every kind of firm and every part of the group fits."""

MAX_ACCOUNTS = 5_000_000
"""Most accounts; a world of 90 days takes about 4 GiB of memory for every million of them."""

MAX_DAYS = 3_660

Progress = Callable[[int, int | None], None]
STEPS = 23


def generate(
    out: Path,
    accounts: int,
    days: int,
    seed: int,
    start: date = date(2025, 1, 6),
    group: str = "tren-de-aragua",
    progress: Progress | None = None,
    *,
    measure: Measure | Mapping[str, Any] | Path | str | None = None,
    listed_move: bool = True,
) -> None:
    """Write a made-up economy with known truth to the folder `out`, as a workspace ready to run.

    The same arguments write the same bytes. `out` is made whole or not at all; an earlier made-up world there is
    replaced file by file, any other folder with something in it is left alone.

    Args:
        out: folder of the workspace.
        accounts: exact number of accounts, at least MIN_ACCOUNTS.
        days: days of payments, at least 1.
        seed: seed of all chance, 0 or more.
        start: first day.
        group: id of the designated group to plant, lower case words joined by hyphens.
        progress: called with steps done and steps in all.
        measure: write the twin: the same world with this measure in force from its day on (a `Measure`, a mapping of
            its keys, or a TOML file). Everything before that day is the same, and `truth/effects.parquet` says what
            became of every payment that the world without the measure has.
        listed_move: whether the group stops using collectors and shells once they are listed, as it does by default,
            whatever banks do; without it the group reacts only to what is frozen.

    Raises:
        InputError: an argument is out of its range, the measure is impossible or names an account or party that is
            not there, or `out` holds something else.
    """
    _check(accounts, days, seed, start, group)
    applied = None if measure is None else Measure.load(measure)
    target = _checked_target(Path(out))
    report = progress or (lambda _done, _total: None)
    with _aside_folder(target) as folder:
        world = found(accounts, Calendar(start, days), seed, linked=applied is not None)
        _write(folder, world, group, report, applied, listed_move)


def _write(
    folder: Path, world: World, group_id: str, report: Progress, measure: Measure | None, listed_move: bool
) -> None:
    done, calendar, seed = 0, world.calendar, world.seed

    def step() -> None:
        nonlocal done
        done += 1
        report(min(done, STEPS), STEPS)

    if measure is not None:
        start_of(world, measure)  # a day outside the window is refused before anybody pays
    step()
    paid, owners, group = live(world, step, listed_move)
    book = world.book
    ids = account_ids(seed, book, world.places)
    if measure is not None:
        changed = twin(world, group, paid, ids, measure)
        paid = changed.paid
        write_table(changed.effects, TRUTH_EFFECTS, folder / "truth" / "effects.parquet")
        write_text(measure.model_dump_json(indent=1) + "\n", folder / "truth" / "measure.json")
    write_transfers(paid, ids, world.texts, folder / "ledger" / "transfers.parquet")
    step()
    write_table(parties_table(book), PARTIES, folder / "ledger" / "parties.parquet")
    write_table(accounts_table(book, world.places, ids), ACCOUNTS, folder / "ledger" / "accounts.parquet")
    write_table(institutions_table(world.places), INSTITUTIONS, folder / "ledger" / "institutions.parquet")
    write_table(ownership(world, owners, group), OWNERSHIP, folder / "ownership.parquet")
    write_table(truth_accounts(book, ids, group_id), TRUTH_ACCOUNTS, folder / "truth" / "accounts.parquet")
    truth = truth_transfers(paid, LABELS, group.schemes.ids)
    write_table(truth, TRUTH_TRANSFERS, folder / "truth" / "transfers.parquet")
    write_text(world.money.csv(), folder / "rates.csv")
    write_text(members_csv(group.members, group_id), folder / "lists" / "members.csv")
    write_text(caudal_toml(calendar, book.accounts, seed, group_id, measure), folder / "caudal.toml")
    report(STEPS, STEPS)


def found(accounts: int, calendar: Calendar, seed: int, linked: bool = False) -> World:
    """The world with its places, people and firms, before anything is paid; `linked` payments know their funds."""
    book = Book()
    places = build_places(seed, book, accounts)
    shells, odd = strength(accounts)["shell"], lookalikes.how_many(accounts)
    firms = build_firms(seed, book, places, accounts, shells, odd)
    people = build_people(seed, book, places, accounts - book.accounts)
    book.close()
    return World(seed, calendar, Money.walk(seed, calendar), places, book, people, firms, Texts(), Funds(linked))


def live(world: World, step: Callable[[], None], listed_move: bool = True) -> tuple[Payments, Owners, Group]:
    """All payments of the window in order of time, the owners of firms, and the planted group."""
    owners = choose_owners(world)
    plan = business_life.plan_trade(world)
    left = business_life.left_after_wages(world, plan, business_life.hire(world, plan))
    world = owners_live_off_firms(world, owners, left)
    plan = business_life.plan_trade(world)  # once more, now that owners spend what firms leave them
    employer = business_life.hire(world, plan)
    parts: list[Payments] = []

    def add(paid: Payments) -> None:
        parts.append(paid)
        step()

    sent = remittances(world)
    add(sent.payments())
    add(business_life.wages(world, employer, lookalikes.paymasters(world)).payments())
    for theme in (
        household_life.rent,
        household_life.dues,
        household_life.family,
        household_life.cash,
        household_life.pensions,
        household_life.card,
        lookalikes.fixed_fees,
        lookalikes.residence,
        lookalikes.processors,
        lookalikes.savings_circles,
        lookalikes.cash_shops,
        lookalikes.on_behalf,
        fixed_sums.innocent_dues,
    ):
        add(theme(world).payments())
    add(business_life.trade(world, plan).payments())
    add(business_life.tills(world, plan).payments())
    net = net_by_month(world, join(parts))
    profits = even_out_firms(world, owners, net).payments()
    saved = even_out_people(world, net + net_by_month(world, profits)).payments()
    add(join([profits, saved]))
    group = plant(world, listed_move)
    add(group.paid)
    add(settle(world, [sent.payments(), group.paid]).payments())
    paid = join(parts)
    return paid.take(np.argsort(paid.time, kind="stable")), owners, group


def _check(accounts: int, days: int, seed: int, start: date, group: str) -> None:
    for name, value, low, high in (
        ("accounts", accounts, MIN_ACCOUNTS, MAX_ACCOUNTS),
        ("days", days, 1, MAX_DAYS),
        ("seed", seed, 0, None),
    ):
        if isinstance(value, bool) or not isinstance(value, int | np.integer):
            raise InputError(f"{value!r} is not a whole number", field=name)
        if value < low:
            raise InputError(f"{value} is too small; the least is {low}", field=name)
        if high is not None and value > high:
            raise InputError(f"{value} is too large; the most is {high}", field=name)
    if not isinstance(start, date) or isinstance(start, datetime) or not 1990 <= start.year <= 2100:
        raise InputError("it must be a day between 1990 and 2100", field="start")
    if not isinstance(group, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", group):
        raise InputError(f"{group!r} is not an id such as tren-de-aragua", field="group")


def _checked_target(out: Path) -> Path:
    if out.is_symlink() or not out.exists():
        return out
    if not out.is_dir():
        raise InputError("it is a file, not a folder", file=str(out))
    settings = out / "caudal.toml"
    if settings.is_file():
        with settings.open("rb") as file:
            if file.read(len(MARK)) == MARK.encode():
                return out
    if any(out.iterdir()):
        raise InputError("the folder is not empty and holds no made-up world", file=str(out))
    return out


@contextmanager
def _aside_folder(target: Path) -> Iterator[Path]:
    """A folder beside `target` whose files take their place there only when the block ends without an error."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent))
    except OSError as error:
        raise InputError(f"the folder cannot be made ({error.strerror})", file=str(target)) from error
    try:
        yield folder
        if not target.exists() or not any(target.iterdir()):
            folder.chmod(0o755)
            if target.exists():
                target.rmdir()
            folder.replace(target)
            return
        files = sorted(p for p in folder.rglob("*") if p.is_file())
        files.sort(key=lambda p: p.name == "caudal.toml")  # the settings last: they stand for the whole
        for file in files:
            place = target / file.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
