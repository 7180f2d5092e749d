"""Which reader a path wants."""

from __future__ import annotations

from pathlib import Path

from caudal.errors import InputError
from caudal.ledger.csv_reader import CsvReader
from caudal.ledger.mapping import Mapping
from caudal.ledger.parquet_reader import ParquetReader


def reader_for(path: Path, mapping: Mapping | None) -> CsvReader | ParquetReader:
    """The reader for a file or folder: Parquet by its first bytes or its ending, else CSV.

    Raises:
        InputError: there is no such file, or it cannot be opened.
    """
    if path.is_dir():
        inside = path / "transfers.parquet"
        if not inside.is_file():
            raise InputError("the folder has no transfers.parquet", file=str(path))
        return ParquetReader(inside)
    if not path.exists():
        raise InputError("there is no such file", file=str(path))
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", file=str(path)) from error
    if start == b"PAR1" or path.suffix.lower() in {".parquet", ".pq"}:
        return ParquetReader(path)
    if mapping is None:
        return CsvReader(path)
    return CsvReader(path, mapping.encoding, mapping.delimiter)
