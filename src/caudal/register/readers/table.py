"""CSV rows of a list, streamed, with their row numbers."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from caudal.errors import InputError

END_OF_FILE = "\x1a"
"""The control character OFAC's legacy files end with."""


def csv_rows(path: Path, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """The non-empty rows of a UTF-8 CSV file with their 1-based row numbers, up to the end-of-file character.

    Raises:
        InputError: the file is missing, is not UTF-8, or is no CSV (an open quote, a field of over 131,072 characters).
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(file, path, delimiter)
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})", file=str(path)) from error


def _rows(file: TextIO, path: Path, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    number = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError as error:
            # The text layer decodes ahead in blocks, so the row at fault has to be looked for.
            raise InputError("it is not UTF-8 text", file=str(path), row=_bad_row(path)) from error
        except csv.Error as error:
            raise InputError(f"it is no readable CSV ({error})", file=str(path), row=reader.line_num) from error
        number += 1
        if row and row[0].startswith(END_OF_FILE):
            return
        if any("\0" in value for value in row):
            raise InputError("it holds NUL characters; it is no UTF-8 CSV", file=str(path), row=number)
        if row and any(value.strip() for value in row):
            yield number, row


def _bad_row(path: Path) -> int | None:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return None
