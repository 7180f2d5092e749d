"""How fast the further list formats are read, and how much memory that takes.

    python benchmarks/register_more.py [--data FOLDER] [--entries 20000] [--repeat 3]

FOLDER holds `lists/eu/*.csv`, `lists/ofac/sdn_compact_*.csv` and `ownership/all_demo.jsonl`; without it only made-up
files are read. Those have as many entries as asked for, in the publishers' layouts: EU FSF XML (an entry of about 3 kB:
two acts, six names, dates, address, document), Canada's feed, FollowTheMoney JSON lines (a person, a firm, a sanction
and a stake in turn), BODS statements (a firm, a person and a relationship in turn). Each line is measured in a process
of its own on one core, as in `register.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from caudal.register import ListSource, Register
from register import LISTS, Task, clock, measure

DATA = LISTS.parent


def load(path: Path) -> Task:
    def task() -> tuple[int, complex]:
        began = clock()
        register = Register.load(ListSource(path, published=date(2026, 8, 20)), builtin=False)
        return len(register), clock() - began

    return task


def eu(count: int) -> Iterator[str]:
    yield '<export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-03-09T14:00:16.479+01:00">\n'
    act = (
        '<regulation regulationType="amendment" organisationType="council" publicationDate="20{0}-03-22" '
        'entryIntoForceDate="20{0}-03-23" numberTitle="20{0}/{1} (OJ L79)" programme="TERR" logicalId="1">'
        "<publicationUrl>https://example.org/OJ/{1}</publicationUrl></regulation>"
    )
    for i in range(count):
        names = "".join(
            f'<nameAlias firstName="Ana" middleName="" lastName="Prueba {i}" wholeName="Ana Prueba {i} {k}" '
            f'function="" gender="F" title="" nameLanguage="" strong="{"true" if k < 4 else "false"}" '
            f'regulationLanguage="en" logicalId="{i}{k}"><regulationSummary regulationType="amendment" '
            'publicationDate="2012-02-22" '
            'numberTitle="151/2012 (OJ L49)" publicationUrl="https://example.org/OJ/151"/></nameAlias>'
            for k in range(6)
        )
        yield (
            f'<sanctionEntity designationDetails="" unitedNationId="" euReferenceNumber="EU.{i}.1" logicalId="{i}">'
            f'<remark>Made up</remark>{act.format(18, i)}{act.format(19, i)}<subjectType code="person"/>{names}'
            f'<birthdate circa="false" calendarType="GREGORIAN" city="Lugar" birthdate="1957-01-{i % 28 + 1:02}" '
            f'year="1957" countryIso2Code="IQ" countryDescription="IRAQ"/>'
            '<citizenship countryIso2Code="IQ" countryDescription="IRAQ"/>'
            '<address city="Lugar" street="1 Calle" countryIso2Code="IQ" countryDescription="IRAQ"/>'
            f'<identification number="AD{i}" identificationTypeCode="passport"/></sanctionEntity>\n'
        )
    yield "</export>"


def canada(count: int) -> Iterator[str]:
    yield '<feed xmlns="http://www.w3.org/2005/Atom"><title>Currently listed entities, publicsafety.gc.ca</title>\n'
    for i in range(count):
        yield (
            f"<entry><title>Frente Inventado {i} (FI{i})</title><id>{i}</id><summary>Front {i}, The Front (F), "
            f"Casa {i}, S.A., formerly Grupo {i}</summary>"
            "<content>Made up.</content><published>2025-02-20</published></entry>\n"
        )
    yield "</feed>"


def ftm(count: int) -> Iterator[str]:
    def line(uid: str, schema: str, **properties: str) -> str:
        held = {k: [v] for k, v in properties.items()}
        record = {"id": uid, "caption": uid, "schema": schema, "properties": held, "datasets": ["zz"]}
        return json.dumps({**record, "first_seen": "2023-04-20T10:41:16", "last_seen": "2026-02-03T06:10:02"}) + "\n"

    for i in range(0, count, 2):
        yield line(f"p{i}", "Person", name=f"Ana Prueba {i}", alias=f"Anita {i}", birthDate="1957-01-02", country="co")
        yield line(f"f{i}", "Company", name=f"Inventa {i} S.A.", registrationNumber=str(i), jurisdiction="co")
        yield line(f"s{i}", "Sanction", entity=f"p{i}", program="SDGT", startDate="2025-02-20")
        yield line(f"o{i}", "Ownership", owner=f"p{i}", asset=f"f{i}", percentage="50.5%")


def bods(count: int) -> Iterator[str]:
    def line(kind: str, record: str, **details: Any) -> str:
        statement = {"statementId": record, "recordId": record, "recordType": kind, "recordStatus": "new"}
        published = {"publicationDate": "2026-02-01", "bodsVersion": "0.4", "publisher": {"name": "Registry"}}
        about = {"statementDate": "2026-01-01", "recordDetails": details, "publicationDetails": published}
        return json.dumps({**statement, **about}) + "\n"

    share = {"type": "shareholding", "share": {"minimum": 50, "maximum": 75}, "startDate": "2020-01-01"}
    for i in range(0, count, 2):
        yield line("entity", f"C{i}", entityType={"type": "registeredEntity"}, name=f"Inventa {i} Ltd")
        yield line("person", f"P{i}", names=[{"type": "legal", "fullName": f"Ana Prueba {i}"}], birthDate="1980-05")
        yield line("relationship", f"R{i}", subject=f"C{i}", interestedParty=f"P{i}", interests=[share])


MADE_UP: dict[str, tuple[str, Callable[[int], Iterator[str]]]] = {
    "EU FSF XML": ("eu.xml", eu),
    "Canada's feed": ("ca.xml", canada),
    "FollowTheMoney lines": ("ftm.json", ftm),
    "BODS statements": ("bods.jsonl", bods),
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--data", type=Path, default=DATA)
    options.add_argument("--entries", type=int, default=20_000)
    options.add_argument("--repeat", type=int, default=3)
    given = options.parse_args()
    print(
        f"one core of {os.cpu_count()}; load {os.getloadavg()[0]:.1f}; best of {given.repeat}; data from {given.data}"
    )
    real = {
        "EU Official Journal, 45 CSV files": given.data / "lists/eu",
        "OFAC compact CSV": given.data / "lists/ofac/sdn_compact_2026-08-20.csv",
        "BODS, UK and GLEIF": given.data / "ownership/all_demo.jsonl",
    }
    for label, path in real.items():
        if path.exists():
            measure(label, "entries", load(path), given.repeat)
        else:
            print(f"{label}: {path} is not there")
    with tempfile.TemporaryDirectory() as folder:
        for label, (name, write) in MADE_UP.items():
            path = Path(folder) / name
            with path.open("w", encoding="utf-8") as file:
                file.writelines(write(given.entries))
            size = path.stat().st_size / 1e6
            measure(f"{label}, made up, {size:.0f} MB", "entries", load(path), given.repeat)


if __name__ == "__main__":
    main()
