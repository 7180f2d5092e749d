"""The chain of the log of look-ups: each line is numbered, and carries a keyed digest of itself and the line before."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

SIGNS = 32
"""Hexadecimal digits of a chain's digest."""
DAYS = "????-??-??.jsonl"
_MOST = 1 << 24


@dataclass(frozen=True)
class End:
    """Where a log ends: the number of its last line and the chain there; (0, "") where there is none."""

    number: int = 0
    chain: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.chain}"

    @classmethod
    def read(cls, text: str) -> End:
        """From the form in which it is written down, `18204:5d41...`; of the chain its first twelve signs will do.

        Raises:
            ValueError: it has not that form.
        """
        number, _, chain = text.strip().partition(":")
        if not number.isdecimal() or not re.fullmatch(rf"[0-9a-f]{{12,{SIGNS}}}", chain):
            raise ValueError(text)
        return cls(int(number), chain)


def chained(key: bytes, before: str, entry: Mapping[str, Any]) -> tuple[bytes, str]:
    """A line of the log that follows on the chain so far, and the chain with it."""
    body = orjson.dumps({k: v for k, v in entry.items() if k != "chain"})
    chain = hmac.digest(key, before.encode() + body, hashlib.sha256)[: SIGNS // 2].hex()
    return body[:-1] + b',"chain":"' + chain.encode() + b'"}\n', chain


def chain_of(line: bytes) -> str:
    """The chain that a line carries; empty where it is not whole."""
    start = len(line) - SIGNS - 12
    if start < 0 or line[start : start + 10] != b',"chain":"' or line[-2:] != b'"}':
        return ""
    return line[start + 10 : -2].decode("ascii", "replace")


def end_of(handle: int, size: int) -> End:
    """Where an open file of the log ends, read from its end; a torn line there is passed over.

    A file that was written before lines were numbered gives the number 0.
    """
    read = 1 << 14
    while True:
        tail = os.pread(handle, read, max(0, size - read)).split(b"\n")
        for line in reversed(tail[1:] if read < size else tail):
            if chain := chain_of(line):
                with suppress(ValueError, TypeError, AttributeError):
                    return End(int(orjson.loads(line).get("n", 0)), chain)
        if read >= min(size, _MOST):
            return End()
        read *= 16


def end_of_log(folder: Path, before: str = "9") -> End:
    """Where the last file of a log before a day (`2026-11-24`) ends; lines of old files without numbers are counted."""
    earlier = sorted(p for p in folder.glob(DAYS) if p.stem < before)
    for path in reversed(earlier):
        with path.open("rb") as file:
            end = end_of(file.fileno(), path.stat().st_size)
        if end.chain:
            return end if end.number else End(sum(p.read_bytes().count(b"\n") for p in earlier), end.chain)
    return End()
