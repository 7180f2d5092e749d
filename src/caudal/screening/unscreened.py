"""Who could not be screened, or only in part: nothing found there is no clearance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.screening.names import MAX_TOKENS
from caudal.screening.subjects import subject
from caudal.screening.text import CONTROL, LONGEST, clean, tokens
from caudal.screening.text_words import LONGEST_TEXT
from caudal.tables import PARTIES, UNSCREENED

NOT, PARTLY = "not", "partly"
SHOWN = 100
"""Characters of a name or text that are kept."""
FILLERS = frozenset(
    """
    na none null nil nan unknown unnamed noname anonymous notprovided notavailable notapplicable noinformation test
    unbekannt desconocido sinnombre inconnu x xx xxx xxxx tba tbd
    """.split()  # noqa: SIM905
)
"""What is written where no name is known, letters only."""
_ORDINARY = r"^[A-Za-z][ -~]{2,199}$"


def unscreened(parties: pa.Table | Sequence[Any]) -> pa.Table:
    """The parties of which no name, or not the whole name, could be compared: an UNSCREENED table.

    Args:
        parties: as for `Screener.match`.

    Raises:
        InputError: the table lacks a column of `parties`, or a dictionary is no entity.
    """
    rows: list[dict[str, Any]] = []
    if isinstance(parties, pa.Table):
        table = PARTIES.check(parties)
        # Names of plain letters, of middling length and without what fillers are made of need no closer look.
        odd = pc.invert(pc.match_substring_regex(table["name"], _ORDINARY))
        letters = pc.utf8_lower(pc.replace_substring_regex(table["name"], "[^A-Za-z]", ""))
        odd = pc.or_(odd, pc.is_in(letters, value_set=pa.array(sorted(FILLERS))))
        odd = pc.or_(odd, pc.greater(pc.count_substring(table["name"], " "), MAX_TOKENS // 2))
        for row in table.filter(odd).to_pylist():
            _party(row["party_id"], [row["name"], *(row["aliases"] or ())], bool(row["identifiers"]), rows)
    else:
        for position, party in enumerate(parties):
            who = subject(party)
            names = [name for name, _ in who.names] or [""]
            _party(who.id or str(position), names, bool(who.identifiers), rows)
    return UNSCREENED.build(rows) if rows else UNSCREENED.empty()


def unscreened_texts(transfers: pa.Table) -> pa.Table:
    """The transfers whose payment text was not read to its end: an UNSCREENED table."""
    purpose = transfers["purpose"].cast(pa.string())
    long = transfers.filter(pc.fill_null(pc.greater(pc.utf8_length(purpose), LONGEST_TEXT), False))
    rows = [
        {
            "transfer_id": row["transfer_id"],
            "extent": PARTLY,
            "written": row["purpose"][:SHOWN],
            "reason": f"only the first {LONGEST_TEXT:,} of {len(row['purpose']):,} characters were read",
        }
        for row in long.select(["transfer_id", "purpose"]).to_pylist()
    ]
    return UNSCREENED.build(rows) if rows else UNSCREENED.empty()


def _party(party_id: str, names: Iterable[str], numbered: bool, rows: list[dict[str, Any]]) -> None:
    """Add what is wrong with a party's names, if anything is."""
    faults = [(name, _fault(name)) for name in names]
    readable = [name for name, (extent, _) in faults if extent != NOT]
    worst = next(((name, fault) for name, fault in faults if fault[0] == NOT), None)
    if readable:
        # Another name stands in for one that says nothing; what was cut off of a long one is still missing.
        worst = next(((name, fault) for name, fault in faults if fault[0] == PARTLY), None)
    if worst is None:
        return
    name, (extent, reason) = worst
    if extent == NOT and numbered:
        extent, reason = PARTLY, f"{reason}; only its numbers were compared"
    written = name[:SHOWN].encode("utf-8", "replace").decode()
    rows.append({"party_id": party_id, "extent": extent, "written": written, "reason": reason})


def _fault(name: str) -> tuple[str, str]:
    """(extent, reason) for one name; empty where it can be compared whole."""
    if not name.strip():
        return NOT, "there is no name"
    words = tokens(clean(name).text)
    letters = "".join(sign for sign in "".join(words) if sign.isalpha())
    if not words:
        return NOT, "the name has no letter or digit that can be read"
    if letters in FILLERS:
        return NOT, "what is written where a name should be is a filler"
    if not letters:
        return NOT, "the name has digits only"
    if len(letters) == 1 and len(words) == 1:
        return NOT, "the name is a single letter"
    if len(name) > LONGEST:
        return PARTLY, f"only the first {LONGEST} of {len(name):,} characters were read"
    if len(words) > MAX_TOKENS:
        return PARTLY, f"only the first {MAX_TOKENS} of {len(words)} words were compared"
    if not "".join(words).isascii():
        return PARTLY, "its script cannot be transliterated: it meets only names written in the same one"
    if CONTROL in clean(name).remarks:
        return PARTLY, "control characters or broken text stand in the name; what they hid is not known"
    return "", ""
