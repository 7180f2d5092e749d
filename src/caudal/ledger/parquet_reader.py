"""Rows of a Parquet file, streamed by row group."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from caudal.errors import InputError
from caudal.ledger.batches import Batch

ROWS = 1 << 16
"""Rows given at a time."""


class ParquetReader:
    """A Parquet file of any flat schema. Row numbers count a header as row 1, so that the first row is row 2.

    Raises:
        InputError: the file is missing, empty, truncated or no Parquet.
    """

    def __init__(self, path: Path, columns: list[str] | None = None) -> None:
        self.file = str(path)
        self._path = path
        schema = self._open().schema_arrow
        self.names: list[str] = [n for n in schema.names if columns is None or n in columns]
        self.types: dict[str, Any] = {name: schema.field(name).type for name in self.names}

    def _open(self) -> Any:
        if not self._path.is_file():
            raise InputError("there is no such file", file=self.file)
        if not self._path.stat().st_size:
            raise InputError("the file is empty", file=self.file)
        try:
            return pq.ParquetFile(self._path, page_checksum_verification=True)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise InputError(f"it is not a readable Parquet file ({error})", file=self.file) from error

    def batches(self) -> Iterator[Batch]:
        """The rows; every value is checked, so that damaged bytes end in an error and not in a number."""
        file = self._open()
        total = file.metadata.num_rows
        last = 1
        try:
            for raw in file.iter_batches(batch_size=ROWS, columns=self.names):
                raw.validate(full=True)
                rows = np.arange(last + 1, last + 1 + raw.num_rows, dtype=np.int64)
                last += raw.num_rows
                yield Batch(list(raw.schema.names), raw, rows, total=total)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise InputError(f"the file is damaged after row {last} ({error})", file=self.file) from error
        finally:
            file.close()
