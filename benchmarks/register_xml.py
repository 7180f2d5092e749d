"""How fast OFAC's advanced XML is read, and how much memory that takes.

    python benchmarks/register_xml.py [--megabytes 100] [--repeat 3]

Writes a made-up SDN_ADVANCED.XML of about that size to a temporary folder (every name is invented), reads it in a
process of its own on one core, and prints entries a second, core seconds and the peak memory of that process (its
imports included, which are also given alone). Of the repeats the one with the fewest core seconds is given.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import TextIO

from caudal.register.readers.ofac_advanced import read_ofac_advanced

NAMESPACE = "https://sanctionslistservice.ofac.treas.gov/api/PublicationPreview/exports/ADVANCED_XML"
VALUES: dict[str, dict[int, str]] = {
    "AliasType": {1400: "A.K.A.", 1401: "F.K.A.", 1403: "Name"},
    "EntryEventType": {1: "Created"},
    "FeatureType": {8: "Birthdate", 9: "Place of Birth", 10: "Nationality Country", 25: "Location", 224: "Gender"},
    "DetailReference": {91526: "Male"},
    "IDRegDocType": {1571: "Passport", 1584: "National ID No."},
    "LegalBasis": {1: "Unknown"},
    "List": {1550: "SDN List"},
    "LocPartType": {1451: "ADDRESS1", 1454: "CITY"},
    "NamePartType": {1520: "Last Name", 1521: "First Name", 1525: "Entity Name"},
    "PartyType": {1: "Individual", 2: "Entity"},
    "RelationType": {15003: "Owned or Controlled By", 1555: "Associate Of"},
    "SanctionsType": {1: "Program", 1705: "Block"},
    "Script": {215: "Latin", 220: "Cyrillic"},
    "Country": dict(enumerate(("Mexico", "Peru", "Chile", "Colombia", "Panama"), start=11)),
}
SYLLABLES = ("ba", "ro", "ke", "lim", "tor", "va", "ne", "shu", "gri", "mo", "sel", "da")
BYTES_PER_ENTRY = 4_600
"""About what one made-up entry takes."""


def word(rnd: random.Random) -> str:
    return "".join(rnd.choices(SYLLABLES, k=rnd.randint(2, 4))).upper()


def day(tag: str, year: int, month: int, number: int) -> str:
    return f"<{tag}>\n<Year>{year}</Year>\n<Month>{month}</Month>\n<Day>{number}</Day>\n</{tag}>\n"


def feature(uid: int, number: int, kind: int, inner: str) -> str:
    return (
        f'<Feature ID="{uid}{number}" FeatureTypeID="{kind}">\n<FeatureVersion ID="{uid}{number}" ReliabilityID="1">\n'
        f"<Comment />\n{inner}</FeatureVersion>\n"
        f'<IdentityReference IdentityID="{uid}" IdentityFeatureLinkTypeID="1" />\n</Feature>\n'
    )


def party(uid: int, rnd: random.Random) -> str:
    person = uid % 3 > 0
    groups = {1: 1520, 2: 1521} if person else {3: 1525}
    text = (
        f'<DistinctParty FixedRef="{uid}">\n<Comment />\n<Profile ID="{uid}" PartySubTypeID="{4 if person else 3}">\n'
        f'<Identity ID="{uid}" FixedRef="{uid}" Primary="true" False="false">\n'
    )
    for alias in range(4):
        kind = 1403 if alias == 0 else 1400
        primary, low = str(alias == 0).lower(), str(alias == 3).lower()
        text += f'<Alias FixedRef="{uid}" AliasTypeID="{kind}" Primary="{primary}" LowQuality="{low}">\n'
        text += f'<DocumentedName ID="{uid}{alias}" FixedRef="{uid}" DocNameStatusID="1">\n'
        for group in groups:
            text += (
                f'<DocumentedNamePart>\n<NamePartValue NamePartGroupID="{uid}{group}" ScriptID="215" ScriptStatusID="1"'
                f' Acronym="false">{word(rnd)} {word(rnd)}</NamePartValue>\n</DocumentedNamePart>\n'
            )
        text += "</DocumentedName>\n</Alias>\n"
    text += "<NamePartGroups>\n"
    for group, kind in groups.items():
        part = f'<NamePartGroup ID="{uid}{group}" NamePartTypeID="{kind}" />'
        text += f"<MasterNamePartGroup>\n{part}\n</MasterNamePartGroup>\n"
    text += "</NamePartGroups>\n</Identity>\n"
    if person:
        born = (rnd.randint(1930, 2000), rnd.randint(1, 12), rnd.randint(1, 28))
        edges = day("From", *born) + day("To", *born)
        flags = 'Approximate="false" YearFixed="false" MonthFixed="false" DayFixed="false"'
        sides = f"<Start {flags}>\n{edges}</Start>\n<End {flags}>\n{edges}</End>\n"
        period = f'<DatePeriod CalendarTypeID="1">\n{sides}</DatePeriod>\n'
        text += feature(uid, 1, 8, period)
        text += feature(uid, 2, 224, '<VersionDetail DetailTypeID="1431" DetailReferenceID="91526" />\n')
        text += feature(uid, 3, 10, f'<VersionLocation LocationID="{uid}" />\n')
    text += feature(uid, 4, 25, f'<VersionLocation LocationID="{uid}" />\n')
    return text + "</Profile>\n</DistinctParty>\n"


def write_list(file: TextIO, entries: int) -> None:
    """A made-up list of so many entries, with the sections in the order of the schema."""
    rnd = random.Random(7)  # noqa: S311 (made-up names need no secrets)
    file.write(f'<?xml version="1.0" encoding="utf-8"?>\n<Sanctions xmlns="{NAMESPACE}">\n')
    file.write('<DateOfIssue CalendarTypeID="1"><Year>2026</Year><Month>1</Month><Day>15</Day></DateOfIssue>\n')
    file.write("<ReferenceValueSets>\n")
    for kind, held in VALUES.items():
        items = "".join(f'<{kind} ID="{number}">{text}</{kind}>\n' for number, text in held.items())
        file.write(f"<{kind}Values>\n{items}</{kind}Values>\n")
    file.write('<PartySubTypeValues><PartySubType ID="3" PartyTypeID="2">Unknown</PartySubType>')
    file.write('<PartySubType ID="4" PartyTypeID="1">Unknown</PartySubType></PartySubTypeValues>\n')
    file.write("</ReferenceValueSets>\n<Locations>\n")
    for uid in range(1, entries + 1):
        country = f'<LocationCountry CountryID="{rnd.randint(11, 15)}" CountryRelevanceID="1" />'
        file.write(f'<Location ID="{uid}">\n{country}\n')
        for kind, text in ((1451, f"Calle {uid}"), (1454, word(rnd).title())):
            file.write(
                f'<LocationPart LocPartTypeID="{kind}">\n<LocationPartValue Primary="true" LocPartValueTypeID="1"'
                f' LocPartValueStatusID="1">\n<Comment />\n<Value>{text}</Value>\n</LocationPartValue>\n'
                "</LocationPart>\n"
            )
        file.write("</Location>\n")
    file.write("</Locations>\n<IDRegDocuments>\n")
    for uid in range(1, entries + 1):
        for kind in (1571, 1584):
            file.write(
                f'<IDRegDocument ID="{uid}{kind}" IDRegDocTypeID="{kind}" IdentityID="{uid}" IssuedBy-CountryID="12"'
                f' ValidityID="1">\n<Comment />\n<IDRegistrationNo>X{uid:08d}</IDRegistrationNo>\n'
                "<IssuingAuthority />\n</IDRegDocument>\n"
            )
    file.write("</IDRegDocuments>\n<DistinctParties>\n")
    for uid in range(1, entries + 1):
        file.write(party(uid, rnd))
    file.write("</DistinctParties>\n<ProfileRelationships>\n")
    for uid in range(2, entries + 1, 2):
        kind = rnd.choice((15003, 1555))
        file.write(
            f'<ProfileRelationship ID="{uid}" From-ProfileID="{uid}" To-ProfileID="{rnd.randrange(1, uid)}"'
            f' RelationTypeID="{kind}" RelationQualityID="1" Former="false" SanctionsEntryID="{uid}">\n<Comment />\n'
            "</ProfileRelationship>\n"
        )
    file.write("</ProfileRelationships>\n<SanctionsEntries>\n")
    for uid in range(1, entries + 1):
        listed = day("Date", rnd.randint(2001, 2025), rnd.randint(1, 12), rnd.randint(1, 28))
        programmes = rnd.sample(("SDGT", "SDNTK", "TCO"), k=rnd.randint(1, 2))
        file.write(f'<SanctionsEntry ID="{uid}" ProfileID="{uid}" ListID="1550">\n<EntryEvent ID="{uid}"')
        file.write(f' EntryEventTypeID="1" LegalBasisID="1">\n<Comment />\n{listed}</EntryEvent>\n')
        for number, tag in enumerate(programmes):
            file.write(
                f'<SanctionsMeasure ID="{uid}{number}" SanctionsTypeID="1">\n<Comment>{tag}</Comment>\n'
                '<DatePeriod CalendarTypeID="1" />\n</SanctionsMeasure>\n'
            )
        file.write("</SanctionsEntry>\n")
    file.write("</SanctionsEntries>\n</Sanctions>\n")


def peak() -> float:
    """Peak memory of this process, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(path: str, out: multiprocessing.Queue[tuple[int, int, float, float, float, float]]) -> None:
    before, wall, core = peak(), time.perf_counter(), time.process_time()
    read = read_ofac_advanced(Path(path))
    stakes = 0 if read.ownership is None else read.ownership.num_rows
    out.put((len(read.entities), stakes, time.perf_counter() - wall, time.process_time() - core, before, peak()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "SDN_ADVANCED.XML"
        with path.open("w", encoding="utf-8") as file:
            write_list(file, max(1, given.megabytes * 1_000_000 // BYTES_PER_ENTRY))
        results = []
        for _ in range(given.repeat):
            queue: multiprocessing.Queue[tuple[int, int, float, float, float, float]] = context.Queue()
            process = context.Process(target=measure, args=(str(path), queue))
            process.start()
            results.append(queue.get())
            process.join()
        size = path.stat().st_size / 1_000_000
    entries, stakes, wall, core, before, most = min(results, key=lambda r: r[3])
    print(f"made-up SDN_ADVANCED.XML of {size:.0f} MB, {entries:,} entries, {stakes:,} stakes")
    speed = f"{entries / core:,.0f} entries and {size / core:.0f} MB a second"
    print(f"{core:.2f} core seconds ({wall:.2f} s by the clock): {speed}")
    print(f"peak memory {most:.0f} MB, of which {before:.0f} MB before reading")


if __name__ == "__main__":
    main()
