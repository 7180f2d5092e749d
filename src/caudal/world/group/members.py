"""The list the world writes: who of the group is on it, how the list spells them, and who merely shares a name."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from caudal.world.book import COMPANY, PERSON
from caudal.world.countries import CODES, COUNTRIES
from caudal.world.economy import World
from caudal.world.group.roster import DESIGNATED, Roster
from caudal.world.names import CULTURES, FIRM_NAMES, NICKNAMES, SURNAMES
from caudal.world.naming import people_names, plain
from caudal.world.streams import Ints

LISTED_SHARE = 0.22
"""Share of the group's accounts whose holders are on the list."""

SHORT_FORMS = {
    "S.A. de C.V.": "SA de CV",
    "S. de R.L. de C.V.": "S de RL de CV",
    "S.A.S.": "SAS",
    "Ltda.": "Limitada",
    "C.A.": "CA",
    "S.A.C.": "SAC",
    "S.A.": "SA",
    "LLC": "L.L.C.",
    "Inc.": "Inc",
    "Corp.": "Corporation",
}


@dataclass(frozen=True)
class Member:
    """One entry of the list. `party` is its party in the ledger, or -1 for somebody the ledger does not know."""

    schema: str
    name: str
    aliases: tuple[str, ...]
    birth_date: str
    countries: tuple[str, ...]
    identifiers: tuple[str, ...]
    effective: date
    party: int


def list_members(world: World, roster: Roster) -> list[Member]:
    """Choose who is listed, write their entries, and change how the ledger spells some of them."""
    rng, book = world.rng("group list"), world.book
    accounts = _choose(rng, world, roster)
    parties = book.account_party[accounts]
    collectors = set(world.people.account[roster.people["collector"]].tolist())
    births, papers = pa.concat_arrays(book.births), pa.concat_arrays(book.documents)
    schemas = pa.concat_arrays(book.schemas)
    names = book.name_list(parties)
    members = []
    for turn, (account, party, name) in enumerate(zip(accounts.tolist(), parties.tolist(), names, strict=True)):
        person = schemas[party].as_py() == PERSON
        country = CODES[int(book.party_country[party])]
        paper = papers[party].as_py()
        born = births[party].as_py() or ""
        if person and len(born) < 10 and rng.random() < 0.7:  # the list often knows more than the bank
            born = f"{born or rng.integers(1960, 2000)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
        late = account not in collectors and turn > 0 and rng.random() < 0.25
        members.append(
            Member(
                schema=PERSON if person else COMPANY,
                name=name,
                aliases=_aliases(rng, name, person),
                birth_date=born if person else "",
                countries=(country, "ve") if person and country != "ve" and rng.random() < 0.5 else (country,),
                identifiers=(paper,) if paper and rng.random() < 0.6 else (),
                effective=_later(rng, world) if late else DESIGNATED,
                party=party,
            )
        )
        written = _as_the_bank_writes(rng, name, person)
        if written != name:
            book.renamed[party] = written
        book.account_listed[book.account_party == party] = True
    members += _strangers(rng, world, 8 + len(members))
    _namesakes(rng, world, members)
    return members


def _choose(rng: np.random.Generator, world: World, roster: Roster) -> Ints:
    """Accounts whose holders are listed: most leaders, some shells and collectors, a few of the others."""
    account = world.people.account
    firms = np.concatenate([roster.shells, roster.fronts])
    total = int(world.book.account_group.sum())
    target = max(4, round(total * LISTED_SHARE))
    chosen: list[Ints] = []
    for pool, share in (
        (account[roster.people["leader"]], 0.85),
        (account[roster.people["collector"]], 0.4),
        (firms, 0.3),
        (account[roster.people["facilitator"]], 0.3),
    ):
        least = 0 if share == 0.3 and len(pool) < 3 else 1
        chosen.append(rng.choice(pool, max(least, round(len(pool) * share)), replace=False))
    rest = account[np.concatenate([roster.people[p] for p in ("cell", "mule", "funnel", "structurer", "smuggler")])]
    missing = max(0, target - sum(map(len, chosen)))
    chosen.append(rng.choice(rest, min(missing, len(rest)), replace=False))
    return np.concatenate(chosen)


def _later(rng: np.random.Generator, world: World) -> date:
    first = max(DESIGNATED, world.calendar.start)
    return first + timedelta(days=int(rng.integers(5, max(6, (world.calendar.as_of - first).days))))


def _aliases(rng: np.random.Generator, name: str, person: bool) -> tuple[str, ...]:
    if not person:
        return (plain(name),) if plain(name) != name and rng.random() < 0.5 else ()
    found = []
    if rng.random() < 0.4:
        found.append(str(rng.choice(NICKNAMES)))
    words = name.split()
    if len(words) >= 4 and rng.random() < 0.5:
        found.append(f"{words[0]} {words[-2]}")
    return tuple(found)


def _as_the_bank_writes(rng: np.random.Generator, name: str, person: bool) -> str:
    """The ledger's spelling: for about six in ten it differs from the list's in one of the usual ways."""
    luck = rng.random()
    if luck < 0.4:
        return name
    if not person:
        for long, short in SHORT_FORMS.items():
            if name.endswith(long):
                return plain(name[: -len(long)] + short) if luck > 0.7 else name[: -len(long)] + short
        return plain(name).upper()
    words = name.split()
    if luck < 0.55:
        return plain(name)
    if luck < 0.68 and len(words) >= 3:
        return " ".join(words[:-1])
    if luck < 0.78:
        return f"{' '.join(words[-2:])}, {' '.join(words[:-2])}" if len(words) >= 3 else f"{words[-1]}, {words[0]}"
    if luck < 0.9:
        return _slip(rng, name)
    return plain(name).upper()


def _slip(rng: np.random.Generator, name: str) -> str:
    """One slip of the keys inside a word: a letter swapped, lost or doubled."""
    inside = [i for i in range(1, len(name) - 2) if name[i - 1 : i + 2].isalpha()]
    place, kind = int(rng.choice(inside)), int(rng.integers(0, 3))
    if kind == 0 and name[place] != name[place + 1]:
        return name[:place] + name[place + 1] + name[place] + name[place + 2 :]
    if kind == 1:
        return name[:place] + name[place + 1 :]
    return name[:place] + name[place] + name[place:]


def _strangers(rng: np.random.Generator, world: World, count: int) -> list[Member]:
    """Entries for people and firms that the ledger does not know, as most entries of any real list are."""
    culture = np.full(count, CULTURES.index("spanish"))
    given, first, second = (rng.integers(0, 1 << 20, count) for _ in range(3))
    names = people_names(culture, rng.random(count) < 0.2, given, first, second, rng.random(count) < 0.4).to_pylist()
    members = []
    for full_name in names:
        name, person = full_name, rng.random() < 0.85
        country = COUNTRIES[int(rng.integers(1, 9))]
        if not person:
            words = FIRM_NAMES["es"]
            name = f"Inversiones {rng.choice(words)} {rng.choice(words)} {rng.choice(country.forms)}"
        members.append(
            Member(
                schema=PERSON if person else COMPANY,
                name=name,
                aliases=_aliases(rng, name, person),
                birth_date=f"{rng.integers(1960, 2000)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"
                if person
                else "",
                countries=(country.code,),
                identifiers=(f"{country.document}{rng.integers(10**8, 10**10)}",) if rng.random() < 0.7 else (),
                effective=_later(rng, world) if rng.random() < 0.2 else DESIGNATED,
                party=-1,
            )
        )
    return members


def _namesakes(rng: np.random.Generator, world: World, members: list[Member]) -> None:
    """Ordinary people who share a listed person's given name and first surname, born in another year."""
    book, people = world.book, world.people
    household = book.role("household")
    ordinary = np.flatnonzero((book.account_role[people.account] == household) & (people.savings < 0))
    listed = [m for m in members if m.schema == PERSON and len(m.name.split()) >= 3]
    wanted = min(max(2, len(listed) // 3), len(listed), len(ordinary))
    births = pa.concat_arrays(book.births).to_pylist()
    second = SURNAMES["spanish"]
    for pick, who in zip(
        rng.choice(len(listed), wanted, replace=False), rng.choice(ordinary, wanted, replace=False), strict=True
    ):
        words = listed[pick].name.split()
        party = int(people.party[who])
        born = births[party]
        if born and born[:4] == listed[pick].birth_date[:4]:
            continue
        other = [s for s in second if s not in words]
        tail = f" {rng.choice(other)}" if rng.random() < 0.6 else ""
        book.renamed[party] = f"{words[0]} {words[-2]}{tail}"
        book.set_role(people.account[who : who + 1], "namesake")


def members_csv(members: list[Member], group: str) -> str:
    """`members.csv`: the list as a file; made-up entries of one group."""

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        [
            "entity_id",
            "schema",
            "name",
            "aliases",
            "birth_date",
            "countries",
            "identifiers",
            "group",
            "authority",
            "programme",
            "effective",
            "source",
        ]
    )
    for number, m in enumerate(members, 1):
        writer.writerow(
            [
                f"made-up-{number:04d}",
                m.schema,
                m.name,
                ";".join(m.aliases),
                m.birth_date,
                ";".join(m.countries),
                ";".join(m.identifiers),
                group,
                "SDGT",
                "SDGT",
                m.effective.isoformat(),
                "made-up list",
            ]
        )
    return out.getvalue()
