"""Long lines folded for a terminal; what goes to a file or another program keeps one line for each thing said."""

from __future__ import annotations

import shutil
import sys
import textwrap

WIDEST = 110
"""Lines longer than this are hard to read, however wide the terminal."""


def folded(lines: list[str]) -> str:
    """The lines as text, folded with their indentation where a person reads them on a terminal."""
    if not sys.stdout.isatty():
        return "\n".join(lines)
    return "\n".join(fold(line, min(WIDEST, shutil.get_terminal_size((100, 24)).columns)) for line in lines)


def fold(line: str, width: int) -> str:
    """One line folded at words; what follows is indented two further, and an address is never broken."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    return textwrap.fill(
        line.strip(),
        max(width, len(indent) + 20),
        initial_indent=indent,
        subsequent_indent=f"{indent}  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
