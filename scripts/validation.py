"""Write docs/explanation/validation.md from what the validation benchmark measured on the held-out worlds.

    python benchmarks/validation.py --held   # measure: about five minutes of processor time
    python scripts/validation.py             # the page from benchmarks/validating/held.json

A test fails while the page is not what the numbers say.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "benchmarks" / "validating" / "held.json"
PAGE = ROOT / "docs" / "explanation" / "validation.md"
WRITTEN = "<!-- written by scripts/validation.py from benchmarks/validating/held.json; change those -->"

FLOWS = ("income", "laundering", "spending")
DAYS = (30, 90, 180)
METHODS = ("proportional", "fifo", "poison")
MEASURES = ("listed", "listed and hands", "aimed")
REACT = "middle, institutions react"
Row = dict[str, Any]


class Rows:
    """The rows of the measurement, by what they are of."""

    def __init__(self, rows: Iterable[Row]) -> None:
        names = ("measure", "adaptation", "method", "quantity", "days")
        self._rows = {tuple(row[name] for name in names): row for row in rows}

    def get(self, measure: str, level: str, method: str, quantity: str, days: int) -> Row:
        """One row."""
        return self._rows[measure, level, method, quantity, days]


def table(head: Sequence[str], rows: Iterable[Sequence[str]], texts: int = 1) -> list[str]:
    """A Markdown table, all columns but the first `texts` to the right."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * texts + "--:|" * (len(head) - texts)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def number(value: float | None) -> str:
    """A count, or USD in thousands of it."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 10 or value == 0 else f"{value:.1f}"


def share(value: float | None) -> str:
    """A share in percent."""
    return "-" if value is None else f"{100 * value:.0f}%"


def signed(value: float | None) -> str:
    """A bias in percent."""
    return "-" if value is None else f"{100 * value:+,.0f}%"


def worlds(row: Row, name: str = "within") -> str:
    """In how many worlds the truth lay in the range."""
    return "-" if row[name] is None else f"{round(row[name] * row['worlds'])} of {row['worlds']}"


def span(row: Row, show: Any) -> str:
    """Low to high."""
    return f"{show(row['low'])} - {show(row['high'])}"


def counted(rows: Rows, level: str, names: Sequence[tuple[str, str]], method: str = "proportional") -> list[str]:
    """Truth and range of some quantities at every horizon."""
    head = (
        "", "days", "twin", "low - high", "mid", "error", "truth in range", "5% - 95% of draws", "truth in these",
    )  # fmt: skip
    made = []
    for name, words in names:
        for days in DAYS if name != "blocked.accounts" else (0,):
            row = rows.get("listed", level, method, name, days)
            drawn = "-" if row["p05"] is None else f"{number(row['p05'])} - {number(row['p95'])}"
            made.append(
                [
                    words, str(days or "-"), number(row["truth"]), span(row, number), number(row["mid"]),
                    share(row["error"]), worlds(row), drawn, worlds(row, "within_90"),
                ]
            )  # fmt: skip
    return table(head, made)


def before_rerouting(rows: Rows) -> list[str]:
    """USD that the measure stops before the group adapts, by method of tracing."""
    head = (
        "measure", "flow", "days", "twin, USD", *(f"{m}" for m in METHODS), "low - high", "error", "in range",
        "share: twin", "share: predicted",
    )  # fmt: skip
    made = []
    for measure in MEASURES:
        for flow in FLOWS:
            for days in DAYS:
                found = [rows.get(measure, "none", m, f"cut.{flow}", days) for m in METHODS]
                part = rows.get(measure, "none", "proportional", f"share of {flow} cut", days)
                cells = [f"{number(r['mid'])} ({signed(r['bias'])})" for r in found]
                truth = number(found[0]["truth"])
                first = found[0]
                held = [span(first, number), share(first["error"]), worlds(first)]
                ranged = f"{share(part['mid'])} ({span(part, share)})"
                made.append([measure, flow, str(days), truth, *cells, *held, share(part["truth"]), ranged])
    return table(head, made, 2)


def in_draws(rows: Rows) -> list[str]:
    """What the measure stops in 180 days, as an assessment says it, with its random draws."""
    head = ("flow", "twin, USD", "mid", "low - high", "in range", "5% - 95% of draws", "in these")
    made = []
    for flow in FLOWS:
        row = rows.get("listed", "none", "draws", f"cut.{flow}", 180)
        drawn = f"{number(row['p05'])} - {number(row['p95'])}"
        made.append(
            [flow, number(row["truth"]), f"{number(row['mid'])} ({signed(row['bias'])})", span(row, number),
             worlds(row), drawn, worlds(row, "within_90")]
        )  # fmt: skip
    return table(head, made)


def after_rerouting(rows: Rows) -> list[str]:
    """How much of what is stopped at first stays cut."""
    head = ("measure", "flow", "days", "slow", "middle", "nimble", "predicted: low - high", "mid", "in range")
    made = []
    for measure in MEASURES:
        for flow in FLOWS:
            for days in DAYS:
                name = f"share of stopped {flow} that stays cut"
                found = [rows.get(measure, level, "proportional", name, days) for level in ("slow", "middle", "nimble")]
                row = found[1]
                within = sum(round(r["within"] * r["worlds"]) for r in found)
                of = f"{within} of {sum(r['worlds'] for r in found)}"
                cells = [share(r["truth"]) for r in found]
                made.append([measure, flow, str(days), *cells, span(row, share), share(row["mid"]), of])
    return table(head, made, 2)


def harmed_by_method(rows: Rows, names: Sequence[tuple[str, str, str]]) -> list[str]:
    """The middle by method of tracing, at 90 days."""
    head = ("at 90 days", "twin", *(f"{m}: mid (in range)" for m in METHODS))
    made = []
    for level, name, words in names:
        found = [rows.get("listed", level, m, name, 90) for m in METHODS]
        made.append([words, number(found[0]["truth"]), *(f"{number(r['mid'])} ({worlds(r)})" for r in found)])
    return table(head, made)


def bystanders(rows: Rows) -> list[str]:
    """What the three measures do to others, and to the group."""
    head = ("measure", "others hit, 30 days", "180 days", "spending cut, 180 days: none", "slow", "middle", "nimble")
    what = "people and firms with a stopped payment"
    made = []
    for measure in MEASURES:
        hit = [rows.get(measure, "none", "truth", what, d)["truth"] for d in (30, 180)]
        levels = ("none", "slow", "middle", "nimble")
        cut = [rows.get(measure, lv, "proportional", "share of spending cut", 180)["truth"] for lv in levels]
        made.append([measure, *map(number, hit), *map(share, cut)])
    return table(head, made)


REMITTED = (
    ("harmed.remittance senders", "remittance senders stopped, delayed or sent another way"),
    ("harmed.remittance senders.no other channel", "... with a remittance that was never sent"),
    ("harmed.remittances lost, USD", "remittances lost, USD"),
    ("harmed.customers whose account is closed", "customers whose account is closed"),
)
HIT = (
    ("harmed.employees of blocked firms", "employees of blocked firms"),
    ("harmed.suppliers of blocked firms", "suppliers of blocked firms"),
    ("harmed.coerced payers", "payers under threat, as possible victims"),
)


INTRODUCTION = """
What Caudal says a measure will do is a forecast. In a [made-up world](world.md) it can be held against what
then happens: the world is run again with the measure in force, and single payments and people decide what
follows. This page does so for {count} held-out worlds (seeds {first} to {last}, {accounts:,} accounts each);
other seeds served for looking. `benchmarks/validation.py --held` measures it again.

A made-up world tests the arithmetic and the logic of reactions. It does not test how real banks, real families
or a real group behave: nobody has published that (see [impact](impact.md)).

## How it is done
- **The analyst** has the payments of the 90 days before 2025-02-20 and the list of that day. Register,
  screening, tracing by three methods, typologies and impact run as they would in earnest; the truth is not
  looked at. What is cut rests on the group's [circle](impact.md#cut): the list, and patterns tied to it.
- **Like with like**: the twin freezes accounts in every country, so the analyst is told that institutions abroad
  follow; where the measure alone is meant, that institutions do only what they must. A payment is income,
  laundering or spending by the same rule on both sides: by who pays whom, once per payment.
- **The truth** is the difference between the world and its [twin](world.md#twins): every payment meant in the
  one is made, stopped, delayed or re-routed in the other, with the cause (`truth_effects`).
- **Measures**: *listed* freezes holders listed by then and firms they own by half or more; *listed and hands*
  adds as many accounts again that [behave like the group's hands](following.md); *aimed* is the knee of the
  [frontier](frontier.md).
- **Adaptation**: *none* (before re-routing), *slow*, *middle*, *nimble*. They differ in how soon the group
  notices, how much room other accounts have (10%, 50%, 100% of their busiest 30 days), how many recruits it
  finds (1%, 3%, 10% of its accounts in 30 days) and how much can wait. The forecast adds up ranges over months;
  the twin moves each payment to an account that has room that month, or makes it wait, or loses it. They share
  no formula. What waits is taken to be paid within 30 days: of the last month's, half by the horizon.
- **Institutions** react as drawn per world from stated ranges (an agent that carried a frozen account's money
  stops that corridor with a chance between 0 and 80%, and so on; `benchmarks/validating/worlds.py`).
- *Error* is the mean distance of the middle from the truth, as a share of the mean truth; *bias* is the sum of
  predictions over the sum of truths, less one. Numbers are means over worlds.
"""

WRONG = """
## Where the model is wrong
Found by looking into single payments of worlds that are not among those above.

- **Matches count by their probability.** In these worlds nearly every alert is a true match, and everybody
  truly listed is frozen. The forecast counts {accounts_said} accounts where {accounts_true} are frozen, and
  random draws, which draw each match by its probability, are lower still and too narrow: they hold what is not
  known about names, not how often such lists are right.
- **History is carried on as it was.** Payments of the frozen accounts are USD {daily_30} a day in the first 30
  days and {daily_180} over 180; the forecast has {daily_said} throughout. The group of these worlds still grows
  on the day (cells arrive, funnels open for some weeks) and shrinks later: a mean of 90 days sees neither. The
  error falls from {error_30} at 30 days to {error_180} at 180.
- **A share of what is known is not a share of the group.** Only accounts known on the day count as the group's
  own, and all of them are frozen: so the forecast for *listed* says that {income_said} of the known income is
  stopped at 180 days. The twin loses {income_true} of what the group meant to take in, because most of its
  cells, funnels and cash runners are on no list. Read the sums, not the shares.
- **Tracing starts at the listed and knows nothing of the others.** Money that comes to a listed mule from an
  unlisted one was the group's before; the forecast takes it for new income, and so it takes what a listed
  holder earns lawfully: a pension, the sales of a wholesaler. In one world looked into, of USD 1.02 m that
  reached the frozen accounts in 90 days 40% was money of the group on its way between its own accounts, 26%
  income, 25% lawful, 8% its pay. Hence {income_bias} for income in USD, and {laundering_bias} for laundering
  (proportional, 180 days).
- **Re-routing goes over accounts nobody knows.** The forecast gives the group only the room of known accounts.
  For income and spending none is left, so it has {spending_said} of the stopped spending still cut at 180 days;
  in the twin unlisted cells and successors take over, and {spending_true} stays cut (middle). For laundering it
  is the other way round: the room on all known channels is added up as if any of them could take over for any
  other, so {laundering_said} stays cut, against {laundering_true}. The twin asks for an account of the same
  part that has room in that month. Its levels, from slow to nimble, lie further apart than the forecast's low
  and high.
- **The method of tracing moves money between income and laundering.** Poison takes whoever touches tainted
  money whole: more of what passes between hidden accounts counts as laundering, less as income, and in these
  worlds its sums come closer (income {poison_income}, laundering {poison_laundering} at 180 days). Proportional
  and fifo hardly differ. None of them is right, because none knows where the money came from before the first
  account it knows.
- **People harmed do not grow with time in the forecast**, and do in the twin: {senders_30} senders of
  remittances are hit within 30 days, {senders_180} within 180; the forecast has {senders_said} at either. And
  who finds another way later has still lost what was not sent meanwhile: {lost_true} had a remittance that was
  never sent, against a middle of {lost_said}.
- **Payers under threat** are twice as many as the middle says: {victims_true} within 180 days against
  {victims_said}, and in {victims_in} worlds the high end holds. It bounds how many of those in a pattern pay
  under threat, not how many are in no pattern: payers of cells that no listed or traced account ties to the
  group, and whoever is drawn in after the day.
- **Suppliers** who are paid once, or for the first time after the day, are missed: there is no history to see.
- **Customers of exposed banks**: two in a hundred of all customers is a guess about banks. In the twin banks
  close those who dealt with a frozen account and look-alikes: {closed_true} people, against a middle of
  {closed_said}.
- **Ranges that hold are not ranges that help.** The ends for remittances and closed accounts hold often because
  they are wide. They stay wide until somebody publishes what institutions do.
"""

LIMITS = """
## Limits
- The twin's rules are ours too. Where forecast and twin agree, the logic hangs together; that is not evidence
  about people.
- The analyst sees the books of every bank. A real one sees its own; what is measured here is an upper bound.
- Tracing, typologies and the world come from one house: patterns in it are cleaner than real ones. Other seeds
  of the same generator served for tuning.
- Not played: second rounds (who gets no wage still spends as before), a group that leaves the banks for cash,
  violence against payers, banks that reopen accounts after an appeal, several measures one after the other.
- In these worlds the group moves on only where an account is frozen, not because it is listed
  (`--listed-stay`); otherwise part of what a measure stops would have moved away without it.
- {count} worlds of one size: the spread between worlds is large, and a count of 8 of 8 is not certainty.
"""


def prose(text: str, **values: object) -> list[str]:
    """Paragraphs with their numbers."""
    lines: list[str] = []
    for line in text.strip("\n").format(**values).splitlines():
        # Numbers have lengths of their own: every paragraph is filled again.
        if lines and line and lines[-1] and not line.startswith(("- ", "#")) and not lines[-1].startswith("#"):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    filled = (
        [line] if line.startswith("#") else textwrap.wrap(
            line, 120, subsequent_indent="  " if line.startswith("- ") else "", break_long_words=False,
            break_on_hyphens=False,
        ) or [""]
        for line in lines
    )  # fmt: skip
    return [*(piece for pieces in filled for piece in pieces), ""]


def page(measured: dict[str, Any]) -> str:
    """The page."""
    about, rows = measured["about"], Rows(measured["rows"])
    seeds = about["seeds"]

    def at(name: str, level: str = "none", days: int = 180, method: str = "proportional") -> Row:
        return rows.get("listed", level, method, name, days)

    def stays(flow: str) -> Row:
        return at(f"share of stopped {flow} that stays cut", "middle")

    senders, never = "harmed.remittance senders", "harmed.remittance senders.no other channel"
    closed, victims = "harmed.customers whose account is closed", "harmed.coerced payers"
    blocked = (("blocked.accounts", "accounts"), ("blocked.flows", "payments of frozen accounts, USD"))
    lines = [
        "# Validation: predicted against a twin",
        "",
        WRITTEN,
        "",
        *prose(INTRODUCTION, count=len(seeds), first=seeds[0], last=seeds[-1], accounts=about["accounts"]),
        *(prose(about["notes"]) if about.get("notes") else []),
        "## Blocked",
        *counted(rows, "none", blocked, "any"),
        "Flows are the history's at the pace of `pace`: from the last month's back to the mean. The draws vary who is a",
        "true match, and the pace.",
        "",
        "## Cut, before the group re-routes",
        "USD that is not taken in, laundered or spent; in brackets the bias. Laundering counts the same money at every",
        "hop. *Share* is of all that the group meant to move (twin), and of what is seen and estimated of it (predicted;",
        "in brackets low to high). The method of tracing does not enter where the circle is known: the columns agree.",
        "",
        *before_rerouting(rows),
        "The same for *listed* as a whole assessment says it, matches by their probability and all draws:",
        "",
        *in_draws(rows),
        "## Cut, after the group re-routes",
        "Of what the measure stops at first, how much is still cut at the horizon: in the twin with the group adapting",
        "slowly, in the middle way, nimbly; and as predicted (proportional).",
        "",
        *after_rerouting(rows),
        "*In range* counts worlds times levels of adaptation: the ends of the forecast are meant to hold for all.",
        "",
        "## Harmed",
        "By the measure itself (*listed*):",
        "",
        *counted(rows, "none", HIT),
        "By institutions that are more careful than they must be (*listed*, institutions react):",
        "",
        *counted(rows, REACT, REMITTED),
        "The method of tracing decides which agents and banks count as exposed:",
        "",
        *harmed_by_method(rows, [*((REACT, *pair) for pair in REMITTED[:1]), *(("none", *pair) for pair in HIT)]),
        "## The measures side by side",
        *bystanders(rows),
        "*Others* are people and firms that are neither the group's nor frozen. Nothing here says which measure to",
        "take.",
        "",
        *prose(
            WRONG,
            income_said=share(at("share of income cut")["mid"]),
            income_true=share(at("share of income cut")["truth"]),
            income_bias=signed(at("cut.income")["bias"]),
            laundering_bias=signed(at("cut.laundering")["bias"]),
            poison_income=signed(at("cut.income", method="poison")["bias"]),
            poison_laundering=signed(at("cut.laundering", method="poison")["bias"]),
            accounts_said=number(at("blocked.accounts", days=0, method="any")["mid"]),
            accounts_true=number(at("blocked.accounts", days=0, method="any")["truth"]),
            daily_said=number(at("blocked.flows", days=30, method="any")["mid"] / 30),
            daily_30=number(at("blocked.flows", days=30, method="any")["truth"] / 30),
            daily_180=number(at("blocked.flows", method="any")["truth"] / 180),
            error_30=share(at("blocked.flows", days=30, method="any")["error"]),
            error_180=share(at("blocked.flows", method="any")["error"]),
            spending_said=share(stays("spending")["mid"]),
            spending_true=share(stays("spending")["truth"]),
            laundering_said=share(stays("laundering")["mid"]),
            laundering_true=share(stays("laundering")["truth"]),
            senders_30=number(at(senders, REACT, 30)["truth"]),
            senders_180=number(at(senders, REACT)["truth"]),
            senders_said=number(at(senders, REACT)["mid"]),
            lost_true=number(at(never, REACT)["truth"]),
            lost_said=number(at(never, REACT)["mid"]),
            victims_in=worlds(at(victims)),
            victims_said=number(at(victims)["mid"]),
            victims_true=number(at(victims)["truth"]),
            closed_true=number(at(closed, REACT)["truth"]),
            closed_said=number(at(closed, REACT)["mid"]),
        ),
        *prose(LIMITS, count=len(seeds)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(json.loads(MEASURED.read_text(encoding="utf-8"))), encoding="utf-8")


if __name__ == "__main__":
    main()
