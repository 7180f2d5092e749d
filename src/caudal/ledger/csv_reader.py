"""Rows of a CSV, streamed."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from caudal.errors import InputError
from caudal.ledger.batches import Batch, Broken

BLOCK = 4 << 20
"""Bytes parsed at a time; also the longest row that can be read."""

TOO_LONG = f"a row is longer than {BLOCK >> 20} MiB; is a quotation mark left open?"


class CsvReader:
    """A CSV by RFC 4180 with a header, with any delimiter and encoding; line breaks inside quotes are fine.

    The whole file is decoded once before it is parsed, so that a wrong encoding is told with its byte, not met halfway.

    Raises:
        InputError: the file is missing, empty, or not in the encoding.
    """

    def __init__(self, path: Path, encoding: str = "utf-8", delimiter: str = ",") -> None:
        self.file = str(path)
        self._path = path
        self._encoding = encoding
        self._delimiter = delimiter
        self._lines = self._check_encoding()
        self._width, self.names = self._header()

    def _check_encoding(self) -> int:
        """See that every byte can be decoded; the number of line breaks."""
        decoder = codecs.getincrementaldecoder(self._encoding)(errors="strict")
        lines = seen = 0
        try:
            with pa.input_stream(self.file, compression="detect") as stream:
                while block := stream.read(BLOCK):
                    held = len(decoder.getstate()[0])
                    try:
                        breaks = decoder.decode(block).count("\n")
                    except UnicodeError as error:
                        at = max(0, seen - held + getattr(error, "start", 0))
                        raise self._not_decoded(at, lines, block, at - seen, error) from error
                    if not breaks and len(block) >= BLOCK:  # also what a decompression bomb looks like
                        raise InputError(TOO_LONG, file=self.file)
                    lines += breaks
                    seen += len(block)
            try:
                decoder.decode(b"", final=True)
            except UnicodeError as error:
                raise self._not_decoded(seen, lines, b"", 0, error) from error
        except FileNotFoundError as error:
            raise InputError("there is no such file", file=self.file) from error
        except OSError as error:
            raise InputError(f"the file cannot be read ({error})", file=self.file) from error
        if not seen:
            raise InputError("the file is empty", file=self.file)
        return lines

    def _not_decoded(self, at: int, lines: int, block: bytes, within: int, error: UnicodeError) -> InputError:
        line = lines + block[: max(0, within)].count(b"\n") + 1
        why = getattr(error, "reason", str(error))
        reason = f"it is not {self._encoding} (byte {at}, line {line}: {why}); a mapping may say the encoding"
        return InputError(reason, file=self.file)

    def _open(self, bad: list[tuple[int, str, int]], types: dict[str, Any] | None) -> Any:
        def handler(row: Any) -> str:
            bad.append((row.number, row.text, row.actual_columns))
            return "skip"

        return pacsv.open_csv(
            self.file,
            # One thread: only then does the parser number the rows it leaves out.
            pacsv.ReadOptions(
                use_threads=False, autogenerate_column_names=True, block_size=BLOCK, encoding=self._encoding
            ),
            pacsv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=handler,
            ),
            pacsv.ConvertOptions(column_types=types, strings_can_be_null=False),
        )

    def _header(self) -> tuple[int, list[str]]:
        with self._named_errors():
            width = len(self._open([], None).schema)
            with self._open([], self._types(width)) as stream:
                for batch in stream:
                    if batch.num_rows:
                        return width, [str(column[0].as_py()).strip() for column in batch.columns]
        raise InputError("the file has no header", file=self.file)

    @staticmethod
    def _types(width: int) -> dict[str, Any]:
        return {f"f{at}": pa.string() for at in range(width)}

    def _named_errors(self) -> _Named:
        return _Named(self.file)

    def batches(self) -> Iterator[Batch]:
        """The rows after the header; rows of another width come as broken, empty ones are passed over."""
        bad: list[tuple[int, str, int]] = []  # only ever added to: the parser may be ahead of us
        told = 0  # how many of them were given
        last = 0  # number of the last good row given
        with self._named_errors(), self._open(bad, self._types(self._width)) as stream:
            while True:
                try:
                    raw = stream.read_next_batch()
                except StopIteration:
                    break
                ahead = bad[told:]
                rows = _numbers(last, raw.num_rows, ahead)
                last = int(rows[-1]) if len(rows) else last
                ready = [one for one in ahead if one[0] <= last]
                told += len(ready)
                if len(rows) and rows[0] == 1:
                    raw, rows = raw.slice(1), rows[1:]
                filled = np.zeros(len(rows), dtype=bool)
                for column in raw.columns:
                    if filled.all():
                        break
                    filled |= pc.not_equal(column, "").to_numpy(zero_copy_only=False)
                blank = int((~filled).sum())
                if blank:
                    raw, rows = raw.filter(pa.array(filled)), rows[filled]
                yield Batch(self.names, raw, rows, self._wrong_width(ready), blank, max(self._lines, last))
        if bad[told:]:
            empty = pa.RecordBatch.from_pylist([], schema=pa.schema(self._types(self._width)))
            yield Batch(self.names, empty, np.empty(0, np.int64), self._wrong_width(bad[told:]), 0, self._lines)

    def _wrong_width(self, bad: list[tuple[int, str, int]]) -> list[Broken]:
        return [
            Broken(row, f"it has {width} fields where the header has {self._width}", text) for row, text, width in bad
        ]


def _numbers(last: int, count: int, bad: list[tuple[int, str, int]]) -> npt.NDArray[np.int64]:
    """Row numbers of the next `count` good rows after row `last`, given the broken rows met so far.

    The parser tells of broken rows as it meets them, which may be a block before the good rows around them are given.
    """
    skipped = np.array([number for number, _, _ in bad], dtype=np.int64)
    rows = np.arange(last + 1, last + 1 + count + len(skipped), dtype=np.int64)
    return rows[~np.isin(rows, skipped)][:count]


class _Named:
    """Turns the parser's own errors into one that names the file."""

    def __init__(self, file: str) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, pa.ArrowInvalid | OSError | UnicodeError | pa.ArrowNotImplementedError):
            text = str(error)
            if "cannot infer number of columns" in text:  # what the parser says of a first line without an end
                raise InputError("the file has no rows", file=self._file) from error
            if "straddling" in text:
                text = TOO_LONG
            raise InputError(f"it is not a readable CSV ({text})", file=self._file) from error
