"""JSON lines, streamed: one object a line; a line that is none is kept aside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from caudal.errors import InputError
from caudal.register.rejects import Rejects

MAX_LINE = 1 << 24
"""A line of more bytes than this is no record."""
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SHOWN = 2_000


def json_lines(path: Path, rejects: Rejects) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with their 1-based line numbers; empty lines are passed over.

    Raises:
        InputError: the file is missing, or its first line opens a JSON array.
    """
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE:
                    rejects.add(str(path), number, None, f"the line is longer than {MAX_LINE} bytes", "")
                    while line and not line.endswith(b"\n"):
                        line = file.readline(MAX_LINE)
                    continue
                text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
                if not text:
                    continue
                if number == 1 and text.startswith(b"["):
                    reason = "it is a JSON array; JSON lines are expected, one object a line"
                    raise InputError(reason, file=str(path), row=1)
                found = _parse(text)
                if isinstance(found, str):
                    rejects.add(str(path), number, None, found, text[:_SHOWN].decode("utf-8", "replace"))
                else:
                    yield number, found
    except OSError as error:
        raise InputError(f"it cannot be read ({error.strerror})", file=str(path)) from error


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON number")


def _parse(line: bytes) -> dict[str, Any] | str:
    """The object of a line, or why it is none."""
    try:
        text = line.decode("utf-8")
        found = json.loads(text, parse_constant=_constant)
        if _SURROGATE.search(text):
            json.dumps(found, ensure_ascii=False).encode("utf-8")  # half a surrogate pair is no text
    except UnicodeDecodeError:
        return "the line is not UTF-8 text"
    except UnicodeEncodeError:
        return "the line holds half a surrogate pair, which is no text"
    except (ValueError, RecursionError) as error:
        return f"the line is no JSON ({error.args[0] if error.args else 'nested too deep'})"
    return found if isinstance(found, dict) else "the line is no JSON object"


def get(record: Any, *path: str) -> Any:
    """A value inside nested objects, or None where a step is missing or no object."""
    for step in path:
        record = record.get(step) if isinstance(record, dict) else None
    return record


def word(value: Any) -> str:
    """A text or number as tidied text; empty for anything else."""
    if isinstance(value, str):
        return " ".join(value.split())
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def items(value: Any) -> list[Any]:
    """A list, or nothing where it is none."""
    return value if isinstance(value, list) else []
