"""Which reader a path wants."""

from __future__ import annotations

from pathlib import Path

from caudal.errors import InputError
from caudal.ledger.csv_reader import CsvReader
from caudal.ledger.iso_reader import IsoReader, is_message
from caudal.ledger.mapping import Mapping
from caudal.ledger.parquet_reader import ParquetReader


def reader_for(path: Path, mapping: Mapping | None) -> CsvReader | ParquetReader | IsoReader:
    """The reader for a file or folder: Parquet or XML by its first bytes or its ending, else CSV.

    A folder is one of Parquet tables where it has `transfers.parquet`, else one of ISO 20022 messages.

    Raises:
        InputError: there is no such file, it cannot be opened, or a mapping is given for messages.
    """
    if path.is_dir():
        inside = path / "transfers.parquet"
        return ParquetReader(inside) if inside.is_file() else _messages(path, mapping)
    if not path.exists():
        raise InputError("there is no such file", file=str(path))
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise InputError(f"the file cannot be read ({error.strerror})", file=str(path)) from error
    if start.startswith(b"PAR1") or path.suffix.lower() in {".parquet", ".pq"}:
        return ParquetReader(path)
    if is_message(start, path, mapping is None):
        return _messages(path, mapping)
    if mapping is None:
        return CsvReader(path)
    return CsvReader(path, mapping.encoding, mapping.delimiter)


def _messages(path: Path, mapping: Mapping | None) -> IsoReader:
    if mapping is not None:
        raise InputError("ISO 20022 messages say themselves what they mean; leave the mapping out", file=str(path))
    return IsoReader(path)
