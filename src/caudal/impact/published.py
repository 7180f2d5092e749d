"""Published remittance volumes, to scale what a sample ledger shows of a corridor.

Reads the tables of Banco de México in the layout of CSV files with these columns, told apart by their headers:

- by country and quarter: PERIODO, ID_PAIS, PAIS, ID_FLUJO, FLUJO, VALOR_USD (1 received by Mexico, 2 sent from it);
- by state of the United States and quarter: PERIODO, ID_ESTADO, ESTADO, VALOR_USD (received by Mexico from it);
- by state of Mexico and quarter: PERIODO, CVE_ENT, ENTIDAD, VALOR_USD (received there from anywhere);
- by month: PERIODO, ID_FLUJO, FLUJO, OPERACIONES, VALOR_USD (number of remittances and value).

PERIODO is the first day of the quarter or month; values are whole US dollars. The first bad row stops the reading and
is named: an estimate on part of a table would look like one on the whole.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from rigour.territories import get_territory

from caudal.errors import InputError

ANYWHERE = "*"
"""A side of a corridor that is not divided: from or to anywhere."""

CURRENCY = "USD"
"""The currency of the published values."""

MEXICO = "mx"

_MEXICAN = """
agu bcn bcs cam coa col chp chh cmx dur gua gro hid jal mex mic mor nay nle oax pue que roo slp sin son tab tam tla ver
yuc zac"""
_AMERICAN = """
ak al ar az ca co ct dc de fl ga hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok or pa pr
ri sc sd tn tx ut va vt wa wi wv wy xx"""

STATES_OF_MEXICO = tuple(_MEXICAN.split())
"""ISO 3166-2 codes in the order of the INEGI numbers 1 to 32 that the tables use (CVE_ENT)."""

STATES_OF_US = frozenset(_AMERICAN.split())
"""Postal codes the tables use; `xx` is not identified."""

FLOWS = {"1": "received", "2": "sent"}
"""ID_FLUJO: Ingresos (received by Mexico) and Egresos (sent from it)."""

KINDS = {
    "country": ("PERIODO", "ID_PAIS", "PAIS", "ID_FLUJO", "FLUJO", "VALOR_USD"),
    "us state": ("PERIODO", "ID_ESTADO", "ESTADO", "VALOR_USD"),
    "mexican state": ("PERIODO", "CVE_ENT", "ENTIDAD", "VALOR_USD"),
    "month": ("PERIODO", "ID_FLUJO", "FLUJO", "OPERACIONES", "VALOR_USD"),
}
"""The columns of each kind of table."""

Corridor = tuple[str, str]
"""Where remittances are sent from and to: a country (`us`), a state (`us-ca`, `mx-mic`), or anywhere (`*`)."""


@dataclass(frozen=True)
class Volume:
    """What was published of one corridor for a span of days.

    Attributes:
        value: whole US dollars.
        operations: number of remittances, by the mean of all remittances of the same flow and days; None where no
            table by month was given.
        words: which periods it rests on and how it was spread over the days.
        file: the file it was read from.
    """

    value: float
    operations: float | None
    words: str
    file: str


@dataclass
class Published:
    """Published values by corridor and period.

    Attributes:
        values: for each corridor, the value of each period by its first day; quarters, months for `* -> mx`.
        operations: for each flow of a whole country, the number of remittances of each month.
        files: the file behind each corridor.
        places: the state (`us-ca`, `mx-mic`) of parties, as a list of the user's own gives it.
    """

    values: dict[Corridor, dict[date, int]] = field(default_factory=dict)
    operations: dict[Corridor, dict[date, int]] = field(default_factory=dict)
    files: dict[Corridor, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)

    def volume(self, corridor: Corridor, first: date, last: date) -> Volume | None:
        """The published volume of a corridor from `first` to `last` (both included), or None where there is none.

        A period that lies only partly within counts by its days. Days that no published period covers count like the
        mean day of those covered; where none is, like the mean day of the last four quarters before, or first after.
        """
        held = self.values.get(corridor)
        if not held:
            return None
        value, covered, used = _within(held, _months(corridor, self.operations), first, last)
        days = (last - first).days + 1
        words = f"published for {used[0]} to {used[-1]}" if covered else ""
        if not covered:
            used = _nearest(held, first)
            months = _months(corridor, self.operations)
            value = sum(held[p] for p in used)
            covered = sum((_end(p, months) - p).days for p in used)
            words = f"no published period covers these days: the mean day of the periods from {used[0]} to {used[-1]}"
        if covered != days:
            words += f"; {covered} published days spread over {days}"
        scale = days / covered
        return Volume(
            value * scale, self._operations(corridor, used, value, scale), words, self.files.get(corridor, "")
        )

    def _operations(self, corridor: Corridor, used: list[date], value: float, scale: float) -> float | None:
        whole = (MEXICO, ANYWHERE) if corridor[0] == MEXICO else (ANYWHERE, MEXICO)
        counts, values = self.operations.get(whole), self.values.get(whole)
        if not counts or not values:
            return None
        last = _end(used[-1], _months(corridor, self.operations))
        months = [m for m in counts if used[0] <= m < last and m in values]
        total = sum(values[m] for m in months)
        return value * scale * sum(counts[m] for m in months) / total if total else None

    @classmethod
    def read(cls, path: Path | str, places: Path | str | None = None) -> Published:
        """Read every CSV table of a folder, or one file; `places` is a CSV of the columns `party_id` and `place`.

        Raises:
            InputError: there is no such file, none of the known layouts fits, or a row is bad (its file, row and field
                are named).
        """
        path = Path(path)
        if not path.exists():
            raise InputError("there is no such file or folder", file=str(path))
        found = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not found:
            raise InputError("the folder has no CSV file", file=str(path))
        published = cls(places={} if places is None else read_places(Path(places)))
        for file in found:
            published._take(file)
        return published

    def _take(self, file: Path) -> None:
        rows = _rows(file)
        header = next(rows, (0, []))[1]
        kind = next((k for k, columns in KINDS.items() if list(columns) == header), None)
        if kind is None:
            raise InputError(
                f"the columns {', '.join(header)!r} are those of no published table of remittances", file=str(file)
            )
        seen: set[tuple[str, ...]] = set()
        sums: dict[Corridor, dict[date, int]] = defaultdict(lambda: defaultdict(int))
        counts: dict[Corridor, dict[date, int]] = defaultdict(dict)
        for number, cells in rows:
            if len(cells) != len(header):
                raise InputError(f"{len(cells)} values for {len(header)} columns", file=str(file), row=number)
            row = dict(zip(header, cells, strict=True))
            key = tuple(v for k, v in row.items() if k not in ("VALOR_USD", "OPERACIONES"))
            if key in seen:
                raise InputError(f"the row of {' '.join(key)} stands twice", file=str(file), row=number)
            seen.add(key)
            period = _period(row["PERIODO"], kind, file, number)
            corridor = _corridor(row, kind, file, number)
            if corridor is None:
                continue
            # One code may stand under two names (two rows for one territory): they are one corridor.
            sums[corridor][period] += _whole(row, "VALOR_USD", file, number)
            if kind == "month":
                counts[corridor][period] = _whole(row, "OPERACIONES", file, number)
        for corridor, values in sums.items():
            if corridor in self.values:
                raise InputError(f"{self.files[corridor]} gives the same corridor", file=str(file))
            self.values[corridor] = dict(sorted(values.items()))
            self.files[corridor] = file.name
        self.operations.update(counts)


def read_places(path: Path) -> dict[str, str]:
    """Where parties live, from a CSV with the columns `party_id` and `place` (`us-ca`, `mx-mic`).

    Raises:
        InputError: the file is missing, a column is, a party stands twice, or a place is no state the tables have.
    """
    if not path.is_file():
        raise InputError("there is no such file", file=str(path))
    rows = _rows(path)
    header = next(rows, (0, []))[1]
    for wanted in ("party_id", "place"):
        if wanted not in header:
            raise InputError("the column is missing", file=str(path), field=wanted)
    known = {f"us-{s}" for s in STATES_OF_US} | {f"{MEXICO}-{s}" for s in STATES_OF_MEXICO}
    party, place = header.index("party_id"), header.index("place")
    places: dict[str, str] = {}
    for number, cells in rows:
        if len(cells) != len(header):
            raise InputError(f"{len(cells)} values for {len(header)} columns", file=str(path), row=number)
        if cells[place].lower() not in known:
            raise InputError(
                f"{cells[place]!r} is no state of the published tables", file=str(path), row=number, field="place"
            )
        if cells[party] in places:
            raise InputError(f"{cells[party]!r} stands twice", file=str(path), row=number, field="party_id")
        places[cells[party]] = cells[place].lower()
    return places


def _rows(file: Path) -> Iterator[tuple[int, list[str]]]:
    """Row number (the header is row 1) and stripped cells of every row that is not empty."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for number, cells in enumerate(csv.reader(lines), 1):
                if cells:
                    yield number, [c.strip() for c in cells]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"it is not readable CSV in UTF-8 ({error})", file=str(file)) from error


def _period(text: str, kind: str, file: Path, row: int) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{text!r} is no day", file=str(file), row=row, field="PERIODO") from None
    if day.day != 1 or (kind != "month" and day.month % 3 != 1):
        what = "month" if kind == "month" else "quarter"
        raise InputError(f"{text} is not the first day of a {what}", file=str(file), row=row, field="PERIODO")
    return day


def _whole(row: Mapping[str, str], name: str, file: Path, number: int) -> int:
    text = row[name]
    if not (text.isascii() and text.isdigit()):
        raise InputError(f"{text!r} is no whole number of 0 or more", file=str(file), row=number, field=name)
    return int(text)


def _corridor(row: Mapping[str, str], kind: str, file: Path, number: int) -> Corridor | None:
    """The corridor of a row; None for a country the tables themselves do not identify."""
    if kind == "mexican state":
        text = row["CVE_ENT"]
        if not text.isdigit() or not 1 <= int(text) <= len(STATES_OF_MEXICO):
            raise InputError(f"{text!r} is no number of a Mexican state", file=str(file), row=number, field="CVE_ENT")
        return ANYWHERE, f"{MEXICO}-{STATES_OF_MEXICO[int(text) - 1]}"
    if kind == "us state":
        code = row["ID_ESTADO"].lower()
        if code not in STATES_OF_US:
            raise InputError(f"{code!r} is no state", file=str(file), row=number, field="ID_ESTADO")
        return f"us-{code}", MEXICO
    flow = FLOWS.get(row["ID_FLUJO"])
    if flow is None:
        raise InputError(f"{row['ID_FLUJO']!r} is neither 1 nor 2", file=str(file), row=number, field="ID_FLUJO")
    other: str | None = ANYWHERE
    if kind == "country":
        if len(row["ID_PAIS"]) != 3 or not row["ID_PAIS"].isalpha():
            raise InputError(f"{row['ID_PAIS']!r} is no country code", file=str(file), row=number, field="ID_PAIS")
        other = _country(row["ID_PAIS"])
    if other is None:
        return None
    return (other, MEXICO) if flow == "received" else (MEXICO, other)


def _country(alpha3: str) -> str | None:
    """The two-letter code of a three-letter one; None where ISO 3166 has none (XXX, not identified)."""
    territory = get_territory(alpha3.lower())
    return territory.code if territory is not None and len(territory.code) == 2 else None


def _months(corridor: Corridor, by_month: Mapping[Corridor, object]) -> bool:
    """Whether the values of a corridor are by month."""
    return corridor in by_month


def _end(period: date, monthly: bool) -> date:
    """The first day after a period."""
    ahead = period.month - 1 + (1 if monthly else 3)
    return date(period.year + ahead // 12, ahead % 12 + 1, 1)


def _within(held: Mapping[date, int], monthly: bool, first: date, last: date) -> tuple[float, int, list[date]]:
    """The value that falls on the days from first to last, how many days that covers, and the periods used."""
    value, covered, used = 0.0, 0, []
    stop = last + timedelta(days=1)
    for period, amount in held.items():
        end = _end(period, monthly)
        days = (min(end, stop) - max(period, first)).days
        if days > 0:
            value += amount * days / (end - period).days
            covered += days
            used.append(period)
    return value, covered, used


def _nearest(held: Mapping[date, int], first: date) -> list[date]:
    """The last four periods before a day, or the first four where there is none before."""
    periods = sorted(held)
    before = [p for p in periods if p < first]
    return before[-4:] or periods[:4]
