"""How well possible victims of extortion are told from willing payers, and how `coercion.toml` was fitted.

    python benchmarks/coercion.py --make FOLDER --seeds 301-320         # made-up worlds to fit on or to measure
    python benchmarks/coercion.py FOLDER --fit                          # fit, out-of-fold numbers, writes coercion.toml
    python benchmarks/coercion.py FOLDER                                # measure the weights as they are

The fit is a logistic regression in bits: each observation is a line through a few points that may only rise (or only
fall, where a higher value speaks against), with a small ridge. What is not known is worth nothing. Worlds of the seeds
that were fitted on are for choosing; numbers to report come from other seeds, once.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np

from caudal.typologies import extortion, levies
from caudal.typologies.books import Books
from caudal.typologies.likelihood import odds_in_bits, probability
from caudal.typologies.settings import Settings
from caudal.world import generate
from typologies import made_up_world

SIZES = ((10_000, 90), (10_000, 90), (20_000, 90), (6_000, 90), (10_000, 180))
"""Accounts and days of the worlds made, in turn."""

# name, +1 where a higher value speaks for a threat and -1 where it speaks against, points of the line, words, how shown
COLLECTOR = (
    ("payers", 1, (0, 1.5, 2.5, 3.5, 4.5), "{} payers count as alike", "power of two"),
    ("payers repeat", 1, (0.3, 0.7, 0.9, 1), "{} of the payments are the same sum as the one before", "percent"),
    ("payers regular", 1, (0.2, 0.6, 0.9), "{} of the intervals are weeks, fortnights, months, or two", "percent"),
    ("payers short", 1, (0, 0.5, 1), "{} of the payers pay more often than once a month", "percent"),
    ("payers round", 1, (0.3, 0.6, 0.8, 0.95), "roundness of the sums in their own currency is {}", "percent"),
    ("payers burden", -1, (-2.3, -1.6, -1.1, -0.6, -0.2), "a payment is {} of what the payer takes in", "power of ten"),
    ("payers trade", 1, (0, 0.3, 0.6, 0.8, 1), "{} of the payers live on sales, as shops and sellers do", "percent"),
    ("payers back", -1, (0, 0.05, 0.3, 0.8), "{} of the money came back to the payers", "percent"),
    ("payers in step", 1, (0.2, 0.5, 0.7, 0.9), "{} of the others pay within two days of each payment", "percent"),
    ("payers numbered", -1, (0, 0.1, 0.6), "{} of the payments have a number in the text, as invoices have", "percent"),
    ("payers linked", -1, (0, 0.1, 0.3, 0.7), "{} of the payers deal with one another", "percent"),
    ("amounts alike", 1, (0.1, 0.3, 0.6, 1), "{} of the payers pay one and the same sum", "percent"),
    ("start together", 1, (0, 0.2, 0.5, 0.8), "{} of the payers started together, beyond chance", "percent"),
    ("end together", 1, (0, 0.2, 0.5, 0.8), "{} of the payers stopped together, beyond chance", "percent"),
    ("rise together", 1, (0, 0.3, 0.7), "the sum rose at once for {} of the payers", "percent"),
    ("moved", 1, (0, 0.1, 0.25, 0.5), "{} of the payers went over from or to one other account, same sum", "percent"),
    ("one place", 1, (0.2, 0.4, 0.6, 0.8), "{} of the payers use one and the same cash desk", "percent"),
    ("passed on", 1, (0.1, 0.4, 0.7, 0.9), "{} of it left again within a week", "percent"),
    ("to few", 1, (0.3, 0.6, 0.9), "{} of all that left went to the three largest receivers or out in cash", "percent"),
    ("in cash", 1, (0, 0.2, 0.6), "{} of all that left was drawn in cash", "percent"),
    ("staff", -1, (0, 1, 3, 8), "it pays {} others fixed sums regularly, as a business pays wages and bills", "number"),
    ("crowd", 1, (0.2, 0.6, 1), "{} of those who pay it are such payers", "percent"),
    ("income", 1, (0.1, 0.4, 0.7, 1), "{} of what it takes in comes from them", "percent"),
    ("sells", -1, (0, 1), "it takes cards, as a shop does", "none"),
)  # fmt: skip
PAYER = (
    ("repeated", 1, (0, 0.5, 0.8, 1), "{} of the payments are the same sum as the one before", "percent"),
    ("regular", 1, (0, 0.5, 0.9), "{} of the intervals are weeks, fortnights, months or twice that", "percent"),
    ("short", 1, (0, 1), "it pays more often than once a month: {}", "percent"),
    ("payments", 1, (1, 2, 4, 8), "{} payments", "number"),
    ("round", 1, (0, 0.3, 0.6, 0.85, 1), "roundness of the sum in its currency is {}", "percent"),
    ("burden", -1, (-3, -2, -1.3, -0.7, -0.2), "the payments are {} of what the payer takes in", "power of ten"),
    ("trader", 1, (0, 0.6, 1), "how far the payer lives on sales: {}", "percent"),
    ("back", -1, (0, 0.05, 0.5, 1), "{} of the money came back", "percent"),
    ("in step", 1, (0.1, 0.4, 0.7, 0.9), "{} of the others pay within two days of each payment", "percent"),
    ("apart", -1, (0.3, 1, 2, 4), "the sum is {} doublings from what the others pay", "number"),
    ("numbered", -1, (0, 0.5), "{} of the payments have a number in the text, as an invoice has", "percent"),
)  # fmt: skip


HUNCH = {"staff": 1.0, "sells": 1.0, "payers numbered": 0.5}
"""What the ridge pulls a part of a line to, in bits, where the worlds say little; 0.3 for all others. Made-up firms
have less staff and fewer card sales than real ones."""

STEEPEST = 2.0
"""Most bits between two points of a line."""


@dataclass
class Seen:
    """One world: its books, relations and observations, and who pays under threat in truth."""

    name: str
    books: Books
    r: levies.Relations
    own: levies.Observations
    coerced: np.ndarray
    collector: np.ndarray
    role: np.ndarray
    missed: tuple[int, int]  # coerced pairs and collectors that are no relation at all


def look(folder: Path, settings: Settings) -> Seen:
    ledger, _, roles = made_up_world(folder)
    books = Books.read(ledger, None, settings.channels)
    r = levies.relations(books, settings)
    pairs = set(
        duckdb.sql(
            f"SELECT DISTINCT payer_account, payee_account FROM '{folder}/ledger/transfers.parquet' JOIN "
            f"'{folder}/truth/transfers.parquet' USING (transfer_id) WHERE coerced"
        ).fetchall()
    )
    names = np.array(books.index.accounts.to_pylist(), dtype=object)
    code = {name: number for number, name in enumerate(names)}
    wanted_pairs = np.array([code[payer] * len(names) + code[payee] for payer, payee in pairs], dtype=np.int64)
    coerced = np.isin(r.payer * np.int64(len(names)) + r.collector[r.of], wanted_pairs)
    wanted = {payee for _, payee in pairs}
    collector = np.array([name in wanted for name in names[r.collector]], dtype=bool)
    role = np.array([roles[name] for name in names[r.collector]])
    missed = (len(pairs) - int(coerced.sum()), len(wanted) - int(collector.sum()))
    return Seen(folder.name, books, r, levies.of_relations(books, settings, r), coerced, collector, role, missed)


class Fit:
    """Logistic regression in bits on piecewise linear observations that may only go one way.

    What is not known is worth nothing. Where an observation is always known, its typical value is worth nothing; the
    constant is what it is worth that nothing stands out. Between two points a line rises by `STEEPEST` bits at most, so
    that no single observation decides.
    """

    def __init__(self, spec: tuple, ridge: float) -> None:
        self.spec, self.ridge = spec, ridge
        self.typical: dict[str, float | None] = {}

    def hats(self, name: str, sign: int, at: tuple, value: np.ndarray) -> np.ndarray:
        """One column for being known, where it may be unknown, and one for each part of the line."""
        typical = self.typical[name]
        known = ~np.isnan(value)[:, None]
        low, high = np.array(at[:-1]), np.array(at[1:])
        parts = np.clip((np.where(known, value[:, None], at[0]) - low) / (high - low), 0, 1)
        if typical is None:
            return np.concatenate([known, sign * known * parts], axis=1)
        zero = np.clip((typical - low) / (high - low), 0, 1)
        return np.concatenate([np.zeros_like(known), sign * (parts - zero)], axis=1)

    def design(self, observations: dict[str, np.ndarray]) -> np.ndarray:
        parts = [self.hats(name, sign, at, observations[name]) for name, sign, at, _, _ in self.spec]
        return np.concatenate([np.ones((len(parts[0]), 1)), *parts], axis=1)

    def fit(self, observations: dict[str, np.ndarray], truth: np.ndarray, base_rate: float) -> np.ndarray:
        for name, *_ in self.spec:
            value = observations[name]
            self.typical[name] = None if np.isnan(value).any() else float(np.median(value))
        x, y, start = self.design(observations), truth.astype(float), odds_in_bits(base_rate)
        free = np.concatenate([[True], *[[True, *[False] * (len(at) - 1)] for _, _, at, _, _ in self.spec]])
        ridge = np.where(free, 10 * self.ridge, self.ridge)
        ridge[0] = 0.0
        hunch = np.concatenate([[0.0], *[[0.0, *[HUNCH.get(n, 0.3)] * (len(at) - 1)] for n, _, at, _, _ in self.spec]])
        low, high = np.where(free, -np.inf, 0.0), np.where(free, np.inf, STEEPEST)
        weights = np.zeros(x.shape[1])

        def loss(w: np.ndarray) -> float:
            z = (start + x @ w) * np.log(2)
            return float((np.logaddexp(0, z) - y * z).sum() + (ridge * (w - hunch) ** 2).sum() / 2)

        value = loss(weights)
        for _ in range(200):  # projected Newton (Bertsekas 1982)
            p = probability(start + x @ weights)
            gradient = np.log(2) * (x.T @ (p - y)) + ridge * (weights - hunch)
            held = ((weights <= low) & (gradient > 0)) | ((weights >= high) & (gradient < 0))
            inner = np.flatnonzero(~held)
            some = x[:, inner] * np.sqrt(p * (1 - p))[:, None]
            curve = np.log(2) ** 2 * (some.T @ some) + np.diag(ridge[inner] + 1e-9)
            step = np.zeros_like(weights)
            step[inner] = -np.linalg.solve(curve, gradient[inner])
            length = 1.0
            while length > 1e-6:
                tried = np.clip(weights + length * step, low, high)
                if (after := loss(tried)) <= value + 1e-4 * gradient @ (tried - weights):
                    break
                length /= 2
            moved, gained = np.abs(tried - weights).max(), value - after
            weights, value = tried, after
            if moved < 1e-6 or gained < 1e-9:
                break
        return weights

    def lines(self, weights: np.ndarray) -> list[np.ndarray]:
        """The bits at each point."""
        result, first = [], 1
        for name, sign, at, _, _ in self.spec:
            points = self.hats(name, sign, at, np.array(at, dtype=float))
            result.append(points @ weights[first : first + len(at)])
            first += len(at)
        return result


def stretch(bits: np.ndarray, truth: np.ndarray, weight: np.ndarray, base_rate: float) -> tuple[float, float]:
    """Slope and shift in bits that calibrate out-of-fold sums of evidence (Platt 1999), by Newton's method.

    An account weighs as many payers as it has, and five more: payers are to be calibrated as well as collectors.
    """
    x = np.stack([bits, np.ones(len(bits))], axis=1)
    line = np.array([1.0, 0.0])
    for _ in range(50):
        p = probability(odds_in_bits(base_rate) + x @ line)
        curve = (x * (weight * p * (1 - p))[:, None]).T @ x * np.log(2) + 1e-6 * np.eye(2)
        line -= np.linalg.solve(curve, x.T @ (weight * (p - truth)))
    return float(line[0]), float(line[1])


def joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}


def fit_payers(worlds: list[Seen], ridge: float) -> tuple[Fit, np.ndarray, float]:
    fit = Fit(PAYER, ridge)
    rows = [w.collector[w.r.of] for w in worlds]
    seen = joined([{k: v[m] for k, v in w.own.items()} for w, m in zip(worlds, rows, strict=True)])
    truth = np.concatenate([w.coerced[m] for w, m in zip(worlds, rows, strict=True)])
    return fit, fit.fit(seen, truth, truth.mean()), float(truth.mean())


def shares(fit: Fit, weights: np.ndarray, base_rate: float, world: Seen) -> tuple[np.ndarray, np.ndarray]:
    """How much each payer counts, and how much if what came back to it is left out."""
    bits = fit.design(world.own) @ weights
    nothing = {"back": np.zeros(len(bits))}  # the value that is worth nothing
    left_out = fit.design(world.own | nothing) @ weights
    start = odds_in_bits(base_rate)
    return probability(start + bits), probability(start + left_out)


@dataclass
class Fitted:
    payer: tuple[Fit, np.ndarray, float]
    collector: tuple[Fit, np.ndarray, float]

    def predict(self, world: Seen, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
        """Sum of the evidence on each collector in bits, and the share of each payer."""
        share, unreturned = shares(*self.payer, world)
        seen = levies.of_collectors(world.books, settings, world.r, world.own, share, unreturned)
        fit, weights, _ = self.collector
        return fit.design(seen) @ weights, share

    def stretched(self, slope: float, shift: float) -> Fitted:
        """The same with the evidence on collectors stretched."""
        fit, weights, base_rate = self.collector
        weights = weights * slope
        weights[0] += shift
        return Fitted(self.payer, (fit, weights, base_rate))


def fit_all(worlds: list[Seen], settings: Settings, ridge: float) -> Fitted:
    payer = fit_payers(worlds, ridge)
    seen = [levies.of_collectors(w.books, settings, w.r, w.own, *shares(*payer, w)) for w in worlds]
    truth = np.concatenate([w.collector for w in worlds])
    fit = Fit(COLLECTOR, ridge)
    return Fitted(payer, (fit, fit.fit(joined(seen), truth, truth.mean()), float(truth.mean())))


def write(fitted: Fitted, to: Path) -> None:
    words = {
        "collector": "Does this account collect under threat? Base rate: of the accounts that three or more pay.",
        "payer": "If it does, is this payer one of those who pay so? Base rate: of all who pay such an account.",
    }
    out = [
        "# What each observation is worth in bits, and how often the answer is yes before anything is seen.",
        "# Fitted on made-up worlds by benchmarks/coercion.py --fit; not on any real ledger.",
    ]
    for name in ("collector", "payer"):
        fit, weights, base_rate = getattr(fitted, name)
        out += ["", f"# {words[name]}", f"[{name}]", f"base_rate = {base_rate:.4g}", f"ordinary = {weights[0]:.2f}"]
        for (title, sign, at, says, shows), bits in zip(fit.spec, fit.lines(weights), strict=True):
            values = ", ".join(f"{b + 0.0:.2f}".replace("-0.00", "0.00") for b in bits)
            out += [
                "", f"[[{name}.evidence]]", f'name = "{title}"', f'speaks = "{"for" if sign > 0 else "against"}"',
                f"at = [{', '.join(f'{a:g}' for a in at)}]",
                f"bits = [{values}]", f'says = "{says}"', f'shows = "{shows}"',
            ]  # fmt: skip
    to.write_text("\n".join(out) + "\n", encoding="utf-8")


def current(world: Seen, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities with the weights as shipped."""
    w = extortion.weigh(world.books, settings)
    return w.collects, w.coerced


def report(title: str, p: np.ndarray, truth: np.ndarray, missed: int) -> None:
    """Precision and recall at thresholds, areas, calibration."""
    positives = int(truth.sum()) + missed
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(truth[order])
    precision = hits / np.arange(1, len(p) + 1)
    average = float(precision[truth[order]].sum() / positives)
    ranks = np.argsort(np.argsort(p, kind="stable"), kind="stable") + 1
    yes, no = int(truth.sum()), int((~truth).sum())
    roc = (ranks[truth].sum() - yes * (yes + 1) / 2) / max(yes * no, 1)
    print(f"\n{title}: {positives:,} in truth ({missed} of them never looked at), {len(p):,} looked at")
    print(f"  area under ROC {roc:.4f}, average precision {average:.3f}, Brier {np.mean((p - truth) ** 2):.5f}")
    for t in (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9):
        shown = p >= t
        right = int(truth[shown].sum())
        print(
            f"  probability >= {t:.1f}: {int(shown.sum()):5} shown, precision {right / max(shown.sum(), 1):.3f}, "
            f"recall {right / max(positives, 1):.3f}"
        )
    at = np.flatnonzero(precision >= 0.9)
    if len(at):
        print(f"  best recall at precision 0.9: {hits[at[-1]] / positives:.3f} (p >= {p[order[at[-1]]]:.2f})")
    edges = np.array([0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.97, 1.0001])
    place = np.digitize(p, edges) - 1
    error_all = shown_error = shown_mass = 0.0
    print("  reliability: stated -> true (number)")
    for b in range(len(edges) - 1):
        inside = place == b
        if inside.any():
            stated, true = p[inside].mean(), truth[inside].mean()
            error_all += inside.sum() * abs(stated - true)
            if edges[b] >= 0.05:
                shown_error += inside.sum() * abs(stated - true)
                shown_mass += inside.sum()
            print(f"    {edges[b]:.2f}-{min(edges[b + 1], 1):.2f}: {stated:.3f} -> {true:.3f} ({int(inside.sum())})")
    print(
        f"  expected calibration error {error_all / len(p):.4f} over all; {shown_error / max(shown_mass, 1):.3f} over "
        f"those of 5% or more; expected number {p.sum():.0f}, true {int(truth.sum())}"
    )


def report_roles(worlds: list[Seen], predicted: list[tuple[np.ndarray, np.ndarray]], threshold: float) -> None:
    roles = np.concatenate([w.role for w in worlds])
    p = np.concatenate([c for c, _ in predicted])
    truth = np.concatenate([w.collector for w in worlds])
    print(f"\nBy what the account is: looked at, shown at {threshold:g}, mean probability, highest")
    for role in sorted(set(roles)):
        mine = roles == role
        true = " (collects in truth: " + str(int(truth[mine].sum())) + ")" if truth[mine].any() else ""
        shown = int((p[mine] >= threshold).sum())
        print(f"  {role:22} {int(mine.sum()):6} {shown:5} {p[mine].mean():.4f} {p[mine].max():.3f}{true}")


def measure(worlds: list[Seen], settings: Settings, fit: bool, ridge: float, folds: int) -> None:
    """Fit, with out-of-fold numbers, or measure the weights as they are."""
    if fit:
        predicted: list = [None] * len(worlds)
        for fold in range(folds):
            rest = [w for i, w in enumerate(worlds) if i % folds != fold]
            fitted = fit_all(rest, settings, ridge)
            for i in range(fold, len(worlds), folds):
                predicted[i] = fitted.predict(worlds[i], settings)
        whole = fit_all(worlds, settings, ridge)
        base_rate = whole.collector[2]
        bits, truth = np.concatenate([b for b, _ in predicted]), np.concatenate([w.collector for w in worlds])
        payers = np.concatenate([w.r.over(share) for (_, share), w in zip(predicted, worlds, strict=True)])
        slope, shift = stretch(bits, truth, 5 + payers, base_rate)
        print(f"evidence stretched by {slope:.3f}, shifted by {shift:+.2f} bits")
        write(whole.stretched(slope, shift), Path(str(files("caudal.typologies") / "coercion.toml")))
        found = [(probability(odds_in_bits(base_rate) + slope * b + shift), share) for b, share in predicted]
        predicted = [(p, p[w.r.of] * share) for (p, share), w in zip(found, worlds, strict=True)]
    else:
        predicted = [current(w, settings) for w in worlds]
    report(
        "collectors", np.concatenate([c for c, _ in predicted]), np.concatenate([w.collector for w in worlds]),
        sum(w.missed[1] for w in worlds),
    )  # fmt: skip
    report(
        "payers", np.concatenate([p for _, p in predicted]), np.concatenate([w.coerced for w in worlds]),
        sum(w.missed[0] for w in worlds),
    )  # fmt: skip
    report_roles(worlds, predicted, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="folder of made-up worlds")
    parser.add_argument("--make", action="store_true", help="make the worlds of --seeds there first")
    parser.add_argument("--seeds", default="301-320", help="seeds of worlds to make, such as 301-320")
    parser.add_argument("--fit", action="store_true", help="fit the weights and write coercion.toml")
    parser.add_argument("--ridge", type=float, default=1.0, help="strength of the ridge")
    parser.add_argument("--folds", type=int, default=5, help="folds of worlds for out-of-fold numbers")
    chosen = parser.parse_args()
    if chosen.make:
        low, high = (int(part) for part in chosen.seeds.split("-"))
        for place, seed in enumerate(range(low, high + 1)):
            accounts, days = SIZES[place % len(SIZES)]
            generate(chosen.folder / f"w{seed}", accounts=accounts, days=days, seed=seed)
    settings = Settings()
    worlds = [look(folder, settings) for folder in sorted(chosen.folder.glob("w*"))]
    measure(worlds, settings, chosen.fit, chosen.ridge, chosen.folds)


if __name__ == "__main__":
    main()
