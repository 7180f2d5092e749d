"""Write docs/explanation/who-gets-stopped.md from what the benchmark of screening measured on the held-out halves.

    python scripts/who_gets_stopped.py                        # the page from benchmarks/screening/held.json
    python scripts/who_gets_stopped.py --measure --shared DIR # measure first (about fifteen minutes), then write

Run it with `--measure` for every release; a test fails while the page is not what the numbers say.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "benchmarks" / "screening" / "held.json"
PAGE = ROOT / "docs" / "explanation" / "who-gets-stopped.md"
PROBES = "pairs,clean,cultures,perturbed,candidates,wires,calibration,ranking,peers"
WRITTEN = "<!-- written by scripts/who_gets_stopped.py from benchmarks/screening/held.json; change those -->"
TWO, BORN, THIRD, BOTH = "two names", "with birth date", "third name", "third name, birth date"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A Markdown table, all columns but the first to the right."""
    lines = ["| " + " | ".join(head) + " |", "|---|" + "--:|" * (len(head) - 1)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def rate(value: float | None) -> str:
    """A rate per 1,000."""
    return "-" if value is None else "0" if value == 0 else f"{value:.1f}"


def share(value: float | None) -> str:
    """A share or an area, to three figures, as the benchmark's tables have it."""
    return "-" if value is None else f"{value:.3f}".removeprefix("0") if value < 1 else f"{value:.3f}"


def by_culture(common: dict[str, Any], peers: dict[str, Any] | None) -> list[str]:
    """Alerts and questions on two common names, beside the peers' alerts."""
    head = ["made-up people of common names", "people", "alerts", "questions"]
    head += ["logic-v2: alerts", "rapidfuzz: alerts"] if peers else []
    rows = []
    for culture, found in common.items():
        row = [culture, f"{found[TWO]['n']}", rate(found[TWO]["alerts"]), rate(found[TWO]["asks"])]
        if peers:
            row += [rate(peers[culture][matcher][TWO]) for matcher in ("logic-v2", "rapidfuzz")]
        rows.append(row)
    return table(head, rows)


def what_helps(common: dict[str, Any]) -> list[str]:
    """What a third name and a birth date change."""
    head = (
        "alerts + questions",
        "two names",
        "and a birth date",
        "a third name",
        "and a birth date",
        "the third name is a",
    )
    rows = [
        [
            culture,
            *(f"{rate(found[way]['alerts'])} + {rate(found[way]['asks'])}" for way in (TWO, BORN, THIRD, BOTH)),
            found["third"],
        ]
        for culture, found in common.items()
    ]
    return table(head, rows)


def less_common(further: dict[str, Any]) -> list[str]:
    """The set of names that the tables of common names were not written from."""
    head = ("made-up people of less common names", "people", "known to the tables", "alerts", "questions")
    rows = [
        [
            culture,
            f"{found[TWO]['n']}",
            f"{100 * found['known']:.0f}%",
            rate(found[TWO]["alerts"]),
            rate(found[TWO]["asks"]),
        ]
        for culture, found in further.items()
    ]
    return table(head, rows)


def recall(perturbed: dict[str, Any]) -> list[str]:
    """How many listed names written otherwise are found."""
    head = (
        "listed name written otherwise",
        "people: alert",
        "and question",
        "moved line",
        "bodies: alert",
        "and question",
    )
    kinds = list(dict.fromkeys([*perturbed["people"], *perturbed["bodies"]]))
    totals = {"all of the aim": "**all but split, initials, legal form**", "all": "**all**"}
    kinds = [kind for kind in kinds if kind not in totals] + list(totals)
    rows = []
    for kind in kinds:
        people, bodies = perturbed["people"].get(kind), perturbed["bodies"].get(kind)
        row = [totals.get(kind, kind)]
        row += (
            [
                share(people["recall"]),
                share((people["alert"] + people["ask"]) / people["n"]),
                share(people["moved_recall"]),
            ]
            if people
            else ["-"] * 3
        )
        row += (
            [share(bodies["recall"]), share((bodies["alert"] + bodies["ask"]) / bodies["n"])] if bodies else ["-"] * 2
        )
        rows.append(row)
    return table(head, rows)


def operating(perturbed: dict[str, Any], peers: dict[str, Any] | None) -> list[str]:
    """Recall against false alerts: the curve, and the peers."""
    curve = perturbed["curve"]
    out = table(
        ("false alerts per 1,000 clean people, at most", *(f"{c['rate']:g}" for c in curve)),
        [
            ["line, bits", *(f"{c['bits']:.1f}" for c in curve)],
            ["listed people found", *(share(c["recall"]) for c in curve)],
        ],
    )
    if not peers:
        return out
    found = peers["operating"]
    out += [
        f"The same for the peers, on {found['queries']:,} of these names and {found['clean_people']:,} clean people;",
        "*exhaustive* scores the right entity directly, *by its index* asks that the matcher's own index finds it:",
        "",
    ]
    rows = []
    for name in ("logic-v2", "rapidfuzz", "Caudal"):
        for what in ("its own threshold", "moved"):
            f = found[name][what]
            line = f"{f['threshold']:.1f} bits" if name == "Caudal" else f"{f['threshold']:.2f}"
            row = [f"{name}, {what if what != 'moved' else 'moved to 6 per 1,000'}", line]
            rows.append(
                [*row, rate(f["false_alerts_per_1000"]), share(f.get("recall")), share(f.get("recall_by_index"))]
            )
    head = ("matcher", "line", "false alerts per 1,000", "found, exhaustive", "found, by its index")
    return out + table(head, rows)


def other_measures(probes: dict[str, Any]) -> list[str]:
    """Labelled pairs, ranking, candidates, calibration, wires."""
    out: list[str] = []
    peers = probes.get("peers")
    pairs = peers["pairs"] if peers else {"Caudal": {**probes["pairs"]["all"], "pairs_per_second": None}}
    head = ("labelled pairs of names", "F1", "precision", "recall", "AUC")
    rows = [[name, *(share(f[key]) for key in ("f1", "precision", "recall", "auc"))] for name, f in pairs.items()]
    own = probes["pairs"]["all"]
    evens = {**own["at_evens"], "auc": own["auc"]}
    name = f"Caudal, told that half of the pairs match ({probes['pairs']['evens_at_bits']:.1f} bits)"
    rows.append([name, *(share(evens[key]) for key in ("f1", "precision", "recall", "auc"))])
    for part in ("people", "bodies"):
        f = probes["pairs"][part]
        rows.append([f"Caudal, {part} only", *(share(f[key]) for key in ("f1", "precision", "recall", "auc"))])
    out += table(head, rows)
    if "ranking" in probes:
        head = ("pairs that logic-v2 scores", "pairs", "matches", "AUC of its score", "AUC of Caudal's bits")
        rows = [
            [
                f"{f['name']}: {'exactly 1.0' if what == 'at 1.0' else '.70 or more'}",
                f"{f[what]['pairs']}",
                f"{f[what]['matches']}",
                share(f[what]["logic-v2"]),
                share(f[what]["Caudal"]),
            ]
            for f in probes["ranking"].values()
            for what in ("at 1.0", "alerts")
        ]
        out += ["Ranking, where the best peer ties or cannot tell:", "", *table(head, rows)]
    calibration = probes["calibration"]
    cases = {
        f"a screening in which {1000 * float(rate):g} in 1,000 are listed": case
        for rate, case in calibration["screened"]["rates"].items()
    }
    cases["labelled pairs, picked because they are hard"] = calibration["labelled"]
    head = (
        "expected calibration error of the probability",
        "pairs",
        "10 bins of equal width",
        "10 bins of equal count",
    )
    rows = [
        [name, f"{c['pairs']:,}", share(c["equal width"]["ece"]), share(c["equal count"]["ece"])]
        for name, c in cases.items()
    ]
    out += table(head, rows)
    dense = list(calibration["screened"]["rates"])[-1]
    bins = calibration["screened"]["rates"][dense]["equal width"]["bins"]
    head = (
        f"reliability where {1000 * float(dense):g} in 1,000 are listed",
        *(f"{b['low']:.1f}-{b['high']:.1f}" for b in bins),
    )
    out += table(head, [["said", *(share(b["said"]) for b in bins)], ["true", *(share(b["seen"]) for b in bins)]])
    found, wires = probes["candidates"], probes["wires"]
    kept = sum(found[what]["kept"] for what in ("people", "bodies"))
    names = sum(found[what]["queries"] for what in ("people", "bodies"))
    given = [f"{100 * found[what]['kept_recall']:.1f}%" for what in ("people", "bodies")]
    out += [
        f"Before scoring: of {kept:,} pairs that scoring everybody keeps for {names:,} names, the index "
        f"gives {given[0]} for people and {given[1]} for bodies.",
        "",
        f"On {wires['party_names']:,} party names of real wires, against OFAC's and the UN's lists, "
        f"{wires['parties']['alert']} names alert and {wires['parties']['ask']} more are a question." + judged(wires),
        "",
    ]
    return out


def judged(wires: dict[str, Any]) -> str:
    """What a person made of the pairs of the wires, where every one was judged."""
    verdicts = wires.get("judged", {})
    if not verdicts or any("to judge" in found for found in verdicts.values()):
        return ""
    said = []
    for how, name in (("alert", "alerts"), ("ask", "questions")):
        of = {verdict: verdicts[how].get(verdict, 0) for verdict in ("same", "unsure", "different")}
        said.append(
            f"of {sum(of.values())} pairs of names that are {name}, {of['same']} are the listed party, {of['unsure']} "
            f"cannot be told on the names alone, {of['different']} are others"
        )
    return f" Judged by hand: {'; '.join(said)}."


TEXT = """\
{written}
# Who gets stopped

Whoever screens names stops people who are on no list. Whom it stops depends on where names come from: in a culture of
few surnames, more people share one with somebody designated. This page counts them, for this release, beside how many
of the designated are found; the one says nothing without the other.

Measured on {date}, Python {python}, {cores} cores of {processor}, on the held-out halves (what is not clean about
them stands at the end), against OFAC's individuals at the default line. Rates are per 1,000 people; of 450 people, one
is 2.2. An *alert* goes to a person; a *question* is a pair that one more field of the customer's would settle.
{peers}
## By name culture

Two common names, as a customer might give them. Hispanic {hispanic}, Anglo {anglo} alerts per 1,000; the most are
{worst}, {most}.

{by_culture}
Names that are ordinary, but that the shipped tables of common names mostly do not know:

{less_common}
Names screened each alone, with no other customer beside them to show what is common:

{alone}
## What helps the person at the counter

{what_helps}
Files of clean people of many cultures, as a bank holds them:

{clean}
## Whom it finds

Names of {sample} listed people and as many bodies, written otherwise. At the default line ({line} bits) {rate} of 1,000
clean people alert; *moved line* is the recall of people with the line at {moved} bits, where {moved_rate} do.

{recall}
{operating}
## Further measures

{further}
## Put your own matcher to it

Both sets of names are seeded and need no list of ours:

```
python -m benchmarks.screening.cultures people.csv --half held              # culture, name, birth date
python -m benchmarks.screening.cultures longer.csv --half held --third      # with a third name
python -m benchmarks.screening.perturb names.csv written.csv --column name  # row, kind, name, written
```

`names.csv` is any file of listed names (a column `schema` tells people from bodies). Count the share of `people.csv`
that your matcher stops at your threshold, by culture, and the share of `written.csv` for which it finds the entity of
`row`; move the threshold until clean people give the rate you can live with, and give both numbers together. The
kinds: one and two letters left out, added, swapped or replaced; another romanisation by rule (Arabic, Persian,
Cyrillic, Chinese, Korean, Spanish, Portuguese, else letters of one sound); another order; a word dropped, added, joined
to the next, split; a given name as an initial; Cyrillic letters; another legal form.

Everything on this page is measured again by

```
python scripts/who_gets_stopped.py --measure --shared DIR
```

which runs `python -m benchmarks.screening` on the held-out halves, makes the peers an environment of their own, and
writes the page. `DIR/data` holds the lists and files of names, which are not part of the project.

## What these numbers are not

- The made-up people pair given and family names evenly. In life a few pairs are far more common than the rest.
- The `common` sets are names that tables of common names know; their held-out half is other pairs of the same names.
  The less common sets share no name between their halves.
- Birth dates are drawn between 1950 and 2005 and chance to agree with the list's as any would.
- The errors of the generator are even over its kinds; nobody knows the mix of a real ledger.
- Questions are not free: each one makes somebody wait. They are counted beside the alerts for that reason.
- The real wires have no halves: whatever was set was set with them in view.
- A first version of the model was set with both halves of the labelled pairs in view.
"""


def page(measured: dict[str, Any]) -> str:
    """The page."""
    about, probes = measured["about"], measured["probes"]
    common, peers = probes["cultures"]["common"], probes.get("peers")
    two = {culture: found[TWO]["alerts"] for culture, found in common.items()}
    worst = max(two, key=lambda culture: two[culture])
    operated = probes["perturbed"]
    alone = [
        [culture, f"{f['alone']['n']}", f"{rate(f['alone']['alerts'])} + {rate(f['alone']['asks'])}"]
        for culture, f in common.items()
    ]
    clean = [[n, f"{f['n']:,}", f"{f['alerts']:.2f}", f"{f['asks']:.2f}"] for n, f in probes["clean"].items()]
    by = ""
    if peers:
        versions = peers["versions"]
        by = f"\nThe peers are nomenklatura {versions['nomenklatura']} with the candidates of its own index, "
        by += "and rapidfuzz\n"
        by += f"{versions['rapidfuzz']} over everybody, at thresholds of .70 and .85.\n"
    parts = {
        "by_culture": by_culture(common, peers and peers["cultures"]),
        "less_common": less_common(probes["cultures"]["further"]),
        "alone": table(("alerts + questions", "people", "two common names, alone"), alone),
        "what_helps": what_helps(common),
        "clean": table(("clean people", "people", "alerts", "questions"), clean),
        "recall": recall(operated),
        "operating": operating(operated, peers),
        "further": other_measures(probes),
    }
    return TEXT.format(
        written=WRITTEN,
        date=about["date"],
        python=about["python"],
        cores=about["cores"],
        processor=about["processor"],
        peers=by,
        hispanic=rate(two["Hispanic"]),
        anglo=rate(two["Anglo"]),
        worst=worst,
        most=rate(two[worst]),
        sample=f"{about['sample']:,}",
        line=f"{operated['threshold_bits']:.1f}",
        rate=f"{operated['false_alerts_per_1000']:.2f}",
        moved=f"{operated['moved_threshold_bits']:.1f}",
        moved_rate=f"{operated['moved_false_alerts_per_1000']:.2f}",
        **{name: "\n".join(lines) for name, lines in parts.items()},
    )


def main() -> None:
    """Measure where asked, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("CAUDAL_SHARED", ROOT.parent / "shared")))
    options = parser.parse_args()
    if options.measure:
        run = [sys.executable, "-m", "benchmarks.screening", "--half", "held", "--only", PROBES]
        more = ["--shared", str(options.shared.resolve()), "--json", str(MEASURED)]
        subprocess.run([*run, *more], cwd=ROOT, check=True)  # noqa: S603
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    PAGE.write_text(page(measured), encoding="utf-8")


if __name__ == "__main__":
    main()
