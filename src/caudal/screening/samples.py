"""Samples from below the line: pairs that were cleared, drawn at random, for people to review.

What a threshold misses cannot be seen in what it finds. So pairs just under it are drawn by strata of one bit, more
of them near the line than their number; people say of each whether it is a match; and from that follows how many true
matches the line lets through, with a confidence interval. Pairs further below than are kept, and parties nothing on a
list comes near to, are not in the sample: for those only the recall on changed listed names speaks (see `tuning`).
"""

from __future__ import annotations

import csv
import io
import json
import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from caudal.errors import InputError
from caudal.screening.intervals import Interval, stratified
from caudal.storage import write_text

COLUMNS = (
    "sample", "stratum", "stratum_pairs", "stratum_sample", "party_id", "party_name", "birth_date", "countries",
    "identifiers", "entity_id", "listed_name", "bits", "probability", "band", "reasons", "verdict", "reviewer", "note",
)  # fmt: skip
VERDICTS = {"match": True, "true": True, "yes": True, "no match": False, "false": False, "no": False}
"""What a reviewer may write under `verdict`; nothing written means not yet reviewed."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def draw(matches: pa.Table, parties: pa.Table, threshold_bits: float, size: int, seed: int) -> list[dict[str, Any]]:
    """A stratified random sample of the pairs below the threshold.

    Args:
        matches: MATCHES of the whole file; parties: the PARTIES table they come from.
        threshold_bits: the line. size: rows to draw; every stratum gives at least one where it has one.
        seed: the same seed and matches give the same sample.

    Returns:
        One row of COLUMNS per pair; `stratum_pairs` and `stratum_sample` say how many it stands for.
    """
    if size < 1:
        raise InputError("at least one pair must be drawn", field="sample size")
    strata: dict[int, list[dict[str, Any]]] = {}
    for row in matches.to_pylist():
        below = threshold_bits - row["bits"]
        if below > 0 and row["party_id"] is not None:
            strata.setdefault(math.ceil(below) - 1, []).append(row)
    take = _allocation({s: len(rows) for s, rows in strata.items()}, size)
    rng = random.Random(seed)  # noqa: S311 - a sample that can be drawn again
    known = {row["party_id"]: row for row in parties.to_pylist()} if strata else {}
    drawn = []
    for stratum in sorted(strata):
        pool = sorted(strata[stratum], key=lambda row: (row["party_id"], row["entity_id"]))
        for row in rng.sample(pool, take[stratum]):
            drawn.append(_sampled(row, known.get(row["party_id"], {}), stratum, len(pool), take[stratum]))
    for number, row in enumerate(drawn, 1):
        row["sample"] = number
    return drawn


def _allocation(members: Mapping[int, int], size: int) -> dict[int, int]:
    """Rows per stratum by Neyman's rule, at least one, never more than there are.

    A stratum's weight is its pairs times the spread of what is looked for in it. Each bit further down halves the odds,
    and so takes the spread down by the root of 2. J. Neyman, JRSS 97 (1934).
    """
    take = dict.fromkeys(members, 1)
    for _ in range(max(size - len(take), 0)):
        free = [s for s in take if take[s] < members[s]]
        if not free:
            break
        next_ = min(free, key=lambda s: (take[s] / (members[s] * 2.0 ** (-s / 2)), s))
        take[next_] += 1
    return take


def _sampled(row: Mapping[str, Any], party: Mapping[str, Any], stratum: int, pairs: int, sample: int) -> dict[str, Any]:
    evidence = json.loads(row["evidence"])
    reasons = "; ".join(f"{reason['bits']:+.1f} {reason['text']}" for reason in evidence["reasons"])
    return {
        "stratum": f"{stratum} to {stratum + 1} bits below",
        "stratum_pairs": pairs,
        "stratum_sample": sample,
        "party_id": row["party_id"],
        "party_name": evidence.get("query") or party.get("name"),
        "birth_date": party.get("birth_date"),
        "countries": ";".join(party.get("countries") or ()),
        "identifiers": ";".join(party.get("identifiers") or ()),
        "entity_id": row["entity_id"],
        "listed_name": evidence.get("listed"),
        "bits": round(row["bits"], 2),
        "probability": round(row["probability"], 5),
        "band": row["band"],
        "reasons": reasons,
        "verdict": "",
        "reviewer": "",
        "note": "",
    }


def write(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write a sample as CSV, whole or not at all; texts a spreadsheet would run as a formula are quoted away."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(row.get(name)) for name in COLUMNS] for row in rows)
    write_text(out.getvalue(), path)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(FORMULA) and not isinstance(value, int | float) else text


@dataclass(frozen=True)
class Review:
    """What the reviewers found below the line.

    Attributes:
        pairs: pairs below the line in the strata sampled. drawn, reviewed: rows of the sample, and with a verdict.
        matches: of those reviewed, true matches. rate: share of true matches among the pairs below the line.
        reviewers: rows each person reviewed. strata: (stratum, pairs, reviewed, matches).
    """

    pairs: int
    drawn: int
    reviewed: int
    matches: int
    rate: Interval
    reviewers: Mapping[str, int]
    strata: Sequence[tuple[str, int, int, int]]

    @property
    def missed(self) -> Interval:
        """True matches below the line, as a number of pairs."""
        return Interval(self.rate.low * self.pairs, self.rate.mid * self.pairs, self.rate.high * self.pairs)

    def miss_rate(self, found: float) -> Interval:
        """Share of all true matches that the line misses, where `found` of them are above it."""
        shares = [0.0 if m == 0 else m / (m + found) for m in (self.missed.low, self.missed.mid, self.missed.high)]
        return Interval(*shares)


def review(path: Path, confidence: float = 0.95) -> Review:
    """Read a reviewed sample back.

    Rows without a verdict count as not drawn: whoever leaves out the hard ones bends the estimate.

    Raises:
        InputError: the file is no such sample, a verdict is none of VERDICTS or has no reviewer, a stratum is said to
            have fewer pairs than rows, or nothing is reviewed.
    """
    if not path.is_file():
        raise InputError("there is no such file", file=str(path))
    members: dict[str, int] = {}
    drawn: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    hits: Counter[str] = Counter()
    people: Counter[str] = Counter()
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            for column in ("stratum", "stratum_pairs", "verdict", "reviewer"):
                if column not in (reader.fieldnames or ()):
                    raise InputError("the column is missing", file=str(path), row=1, field=column)
            for row in reader:
                at = reader.line_num
                stratum = (row["stratum"] or "").strip()
                pairs = _whole(row["stratum_pairs"], path, at)
                if members.setdefault(stratum, pairs) != pairs:
                    raise InputError(
                        f"{stratum} has {members[stratum]} pairs elsewhere",
                        file=str(path),
                        row=at,
                        field="stratum_pairs",
                    )
                drawn[stratum] += 1
                said = " ".join((row["verdict"] or "").casefold().split())
                if not said:
                    continue
                if said not in VERDICTS:
                    words = f"the verdict is one of {', '.join(VERDICTS)} or empty, not {row['verdict']!r}"
                    raise InputError(words, file=str(path), row=at, field="verdict")
                who = " ".join((row["reviewer"] or "").split())
                if not who:
                    raise InputError(
                        "a verdict needs the name of the reviewer", file=str(path), row=at, field="reviewer"
                    )
                seen[stratum] += 1
                hits[stratum] += VERDICTS[said]
                people[who] += 1
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"it is not a CSV in UTF-8 ({error})", file=str(path)) from error
    for stratum, rows in drawn.items():
        if rows > members[stratum]:
            raise InputError(
                f"{stratum}: {rows} rows of {members[stratum]} pairs", file=str(path), field="stratum_pairs"
            )
    if not people:
        raise InputError("no row has a verdict yet", file=str(path), field="verdict")
    strata = [(name, members[name], seen[name], hits[name]) for name in members]
    rate = stratified([(n, sampled, found) for _, n, sampled, found in strata], confidence)
    pairs = sum(n for _, n, sampled, _ in strata if sampled)
    return Review(pairs, drawn.total(), seen.total(), hits.total(), rate, dict(people), strata)


def _whole(text: str | None, path: Path, row: int) -> int:
    try:
        number = int(text or "")
    except ValueError:
        number = 0
    if number < 1:
        raise InputError(f"a number of pairs, not {text!r}", file=str(path), row=row, field="stratum_pairs")
    return number
