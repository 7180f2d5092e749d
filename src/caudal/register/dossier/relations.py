"""Alliances and rivalries among Mexican armed groups, read in place from the BACRIM 2020 tables."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from caudal.errors import InputError

FILES: dict[Literal["ally", "rival"], str] = {"ally": "BACRIM2020_Alliances.csv", "rival": "BACRIM2020_Rivals.csv"}
SOURCE = "BACRIM 2020, data of a study in Science (2023)"
SOURCE_URL = "https://github.com/rafaelprietocuriel/Recruitment"
YEAR = "2020"


@dataclass(frozen=True)
class Relation:
    """One tie between two groups in 2020.

    Attributes:
        weight: the weight the data gives the tie; a larger one is a stronger tie.
    """

    kind: Literal["ally", "rival"]
    other: str
    weight: int
    source: str = SOURCE
    source_url: str = SOURCE_URL
    day: str = YEAR


def relations(folder: Path, name: str) -> list[Relation]:
    """The allies and rivals of the group of that name in the data, the strongest ties first.

    Raises:
        InputError: a table is missing, has other columns, or a weight is no number.
    """
    found: dict[tuple[Literal["ally", "rival"], str], int] = {}
    for kind, file in FILES.items():
        for left, right, weight in _rows(folder / file):
            if name in {left, right} and left != right:
                other = right if left == name else left
                found[kind, other] = max(weight, found.get((kind, other), 0))
    ordered = sorted(found.items(), key=lambda x: (x[0][0], -x[1], x[0][1]))
    return [Relation(kind, other, weight) for (kind, other), weight in ordered]


def _rows(path: Path) -> Iterator[tuple[str, str, int]]:
    if not path.is_file():
        raise InputError("the table is missing", file=str(path))
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for row, cells in enumerate(csv.DictReader(lines), start=2):
                try:
                    yield cells["Group"].strip(), cells["RGroup"].strip(), int(float(cells["weight"]))
                except (KeyError, AttributeError, TypeError, ValueError, OverflowError) as error:
                    raise InputError("it is no row of Group, RGroup, weight", file=str(path), row=row) from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError("it is no CSV in UTF-8", file=str(path)) from error
