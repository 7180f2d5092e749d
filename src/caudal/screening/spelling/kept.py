"""What was once worked out of words, kept in the user's cache folder from one process to the next.

`rigour` reads its tables of names whole, for seconds and hundreds of megabytes, when the first word is asked about.
What it says of a word never changes within a version, so the answers for the words of the lists are kept. The file's
name holds a fingerprint of this program and its libraries, and the file a checksum of itself: one that is of another
version, cut or altered is never used and is written anew. Where no file can be written, all works, only slower.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import numpy as np

from caudal.screening.spelling.lexicon import Lexicon
from caudal.screening.stored import program
from caudal.storage import aside

SWITCH = "CAUDAL_CACHE"
"""Environment variable: the folder to keep things in; empty: nothing is kept."""
WORTH_KEEPING = 500
"""New words from which the file is written again."""
MOST_WORDS = 1_000_000
"""Words kept; past them the file begins anew with those of the lists at hand."""
_SUM = 16


def folder() -> Path | None:
    """Where things are kept: what the environment says, or the usual place of the system; None: nowhere."""
    stated = os.environ.get(SWITCH)
    if stated is not None:
        return Path(stated) if stated else None
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
    elif sys.platform == "darwin":
        base = str(Path("~/Library/Caches").expanduser())
    else:
        base = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(base) / "caudal" if base and "~" not in base else None


def _file() -> Path | None:
    place = folder()
    return None if place is None else place / f"words-{program()}.bin"


class Kept:
    """Words and what is known of them.

    Attributes:
        words: the words. start, keys: keys of word i are keys[start[i]:start[i+1]] (int64). known: whether it is a
            known personal name.
    """

    def __init__(self, words: Lexicon, start: np.ndarray, keys: np.ndarray, known: np.ndarray) -> None:
        self.words, self.start, self.keys, self.known = words, start, keys, known

    @classmethod
    def none(cls) -> Kept:
        """Nothing."""
        return cls(Lexicon.of([]), np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.bool_))

    @classmethod
    def read(cls) -> Kept:
        """What was kept; nothing where there is no file, or none that can be trusted."""
        path = _file()
        if path is None:
            return cls.none()
        try:
            held = path.read_bytes()
        except OSError:
            return cls.none()
        if blake2b(held[_SUM:], digest_size=_SUM).digest() != held[:_SUM]:
            return cls.none()
        read = io.BytesIO(held[_SUM:])
        data, at, start, keys, known = (np.load(read, allow_pickle=False) for _ in range(5))
        return cls(Lexicon(data, at), start, keys, known)

    def write(self) -> None:
        """Keep these words; older versions' files go. A folder that cannot be written to is passed over."""
        path = _file()
        if path is None or len(self.words) > MOST_WORDS:
            return
        made = io.BytesIO()
        for values in (self.words.data, self.words.at, self.start, self.keys, self.known):
            np.save(made, values, allow_pickle=False)
        with suppress(OSError):
            with aside(path) as temporary:
                temporary.write_bytes(blake2b(made.getbuffer(), digest_size=_SUM).digest() + made.getbuffer())
            for other in path.parent.glob("words-*.bin"):
                if other != path:
                    other.unlink(missing_ok=True)

    def find(self, query: Lexicon) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Keys of the words that are kept, the word each belongs to (ascending), which are known, and which are not
        kept."""
        at = self.words.find(query)
        here = np.flatnonzero(at >= 0)
        known = np.zeros(len(query), np.bool_)
        known[here] = self.known[at[here]]
        low, counts = self.start[at[here]], self.start[at[here] + 1] - self.start[at[here]]
        owner = np.repeat(here, counts)
        offset = np.arange(owner.size) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.keys[np.repeat(low, counts) + offset], owner, known, np.flatnonzero(at < 0)
