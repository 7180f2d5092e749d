"""Made-up results of several scenarios, for the report's comparison."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

SCENARIOS = ("none", "designation", "aimed")
PARTS = {"none": 0.0, "designation": 1.0, "aimed": 0.45}
"""How much of the designation's outcomes each scenario has."""


def compared(outcomes: Sequence[dict[str, Any]], accounts: Sequence[str], names: dict[str, str], hostile: str) -> Any:
    """Tables of a comparison: the other scenarios' outcomes, draws, sentences, assumptions and a frontier.

    Args:
        outcomes: those of the scenario `designation`. accounts: to freeze, by the points. names: their holders'.
    """
    more, uncertain, hanging = [], [], []
    for row in outcomes:
        for name in SCENARIOS:
            part = PARTS[name]
            scaled = {end: row[end] * part for end in ("low", "mid", "high")}
            mine = {**row, **scaled, "scenario": name}
            if name != "designation":
                more.append(mine)
            ends = {end: scaled[end] for end in ("low", "high")}
            spread = {p: scaled["low"] + (scaled["high"] - scaled["low"]) * q for p, q in QUANTILES.items()}
            key = {k: mine[k] for k in ("scenario", "measure", "subject_kind", "unit")}
            uncertain.append({**key, **ends, **spread, "mean": scaled["mid"], "draws": 1000, "seed": "1"})
            if row["low"] < row["high"]:
                for thing, low, high in (("other_channel", "low", "mid"), ("possible matches", "mid", "high")):
                    swing = {"at_low": scaled[low], "at_mid": scaled["mid"], "at_high": scaled[high]}
                    hanging.append(
                        {
                            **key, **swing, "hangs_on": thing + hostile, "kind": "assumption",
                            "swing": abs(scaled[high] - scaled[low]), "variance_share": 0.4,
                            "text": "what it is" + hostile, "source": "where it comes from" + hostile,
                        }
                    )  # fmt: skip
    sentences = [
        {
            "question": "more cut.income (USD)" + hostile, "scenario": one, "other": other,
            "measure": "cut.income", "subject_kind": "amount", "unit": "USD",
            "sentence": f"{one} cuts more than {other} in {held} of 1,000 draws" + hostile, "held": held,
            "equal": 0, "draws": 1000, "verdict": verdict, "hangs_on": hangs, "tested_over": "all ranges" + hostile,
        }
        for one, other, held, verdict, hangs in (
            ("designation", "none", 1000, "holds in all draws", None),
            ("aimed", "designation", 310, "turns on what is not known", "other_channel" + hostile),
            ("designation", "aimed", 690, "turns on what is not known", "other_channel" + hostile),
            ("none", "aimed", 0, "holds in no draw", None),
        )
    ]  # fmt: skip
    assumed = [
        {
            "scenario": name, "name": "other_channel", "low": 0.25, "mid": 0.75, "high": 0.95,
            "text": "share that finds another channel" + hostile, "source": "an office, 2018" + hostile,
            "used_by": ["harmed.remittance senders"],
        }
        for name in SCENARIOS
    ]  # fmt: skip
    return {
        "outcomes": more,
        "uncertainty": uncertain,
        "tornado": hanging,
        "conclusions": sentences,
        "assumptions": assumed,
        **_frontier(accounts, names, hostile),
        **_by_law_and_place(hostile),
        "cut": [
            {
                "scenario": name, "month": month, "flow": flow, "quantity": quantity, "unit": "USD",
                "low": 0.8 * value, "mid": value, "high": 1.1 * value, "basis": "books",
            }
            for name in SCENARIOS
            for month in (1, 2, 3)
            for flow in ("income", "laundering", "spending")
            for quantity, value in (
                ("before", 1000.0), ("stopped", 800 * PARTS[name]), ("net", 800 * PARTS[name] / month),
            )
        ],
        "cut_draws": [
            {
                "scenario": name, "month": month, "flow": flow, "quantity": quantity, "unit": "share of before",
                "low": 0.0, "high": 1.0, "mean": share, "draws": 1000, "seed": "1",
                **{p: share * (0.5 + q) for p, q in QUANTILES.items()},
            }
            for name in SCENARIOS
            for month in (1, 2, 3)
            for flow in ("income", "laundering", "spending")
            for quantity, share in (("stopped", 0.6 * PARTS[name]), ("net", 0.6 * PARTS[name] / month))
        ],
    }  # fmt: skip


def _by_law_and_place(hostile: str) -> dict[str, list[dict[str, Any]]]:
    """What each law asks, remittances by corridor, and groups of people under an immigration rule."""
    texts = ("question", "rule", "before", "after", "knowledge", "duress", "least_amount")
    lists = ("days", "not_raised_by", "by_authority", "settled", "open", "not_verified", "sources", "source_urls")
    asked = [
        {
            "scenario": name, "group_id": "g", "law": law, "since": None, "tier_before": None, "tier_on_day": None,
            "arises": "yes" if name == "designation" else "no", **{t: t + hostile for t in texts},
            **{t: [] for t in lists},
        }
        for name in SCENARIOS
        for law in ("sanctions", "material support")
    ]  # fmt: skip
    places = [
        {
            "scenario": "designation", "sending": "us-ca", "receiving": "mx", "measure": "stopped" + hostile,
            "unit": "senders", "basis": basis, "low": 10.0, "mid": 20.0, "high": 40.0, "sampling_low": None,
            "sampling_high": None, "factor": None, "published": None, "first": date(2025, 1, 1),
            "last": date(2025, 4, 1), "assumption": "counted", "source": "ledger" + hostile,
        }
        for basis in ("counted in these books", "estimate for the corridor")
    ]  # fmt: skip
    people = [
        {
            "scenario": "designation", "cause": cause, "amount": "under 500", "tier": "I" + hostile,
            "exemptions_left": "duress, by discretion", "small_exemptions_gone": True, "low": low, "mid": low,
            "high": low, "hidden": low is None, "assumption": "a", "source": "s" + hostile,
        }
        for cause, low in (("paid extortion", 40.0), ("paid a smuggling fee", None))
    ]  # fmt: skip
    drawn = [
        {
            **{k: places[0][k] for k in ("scenario", "sending", "receiving", "measure", "unit")},
            **{k: places[0][k] for k in ("basis", "low", "high")},
            "p05": 11.0, "p25": 15.0, "p50": 19.0, "p75": 25.0, "p95": 33.0, "mean": 20.0, "draws": 1000, "seed": "1",
        }
    ]  # fmt: skip
    return {"coerced_payment": asked, "corridors": places, "corridor_draws": drawn, "immigration": people}


QUANTILES = {"p05": 0.1, "p25": 0.3, "p50": 0.5, "p75": 0.7, "p95": 0.9}


def _frontier(accounts: Sequence[str], names: dict[str, str], hostile: str) -> dict[str, list[dict[str, Any]]]:
    total = 5_000_000
    points, measures = [], []
    for number, (share, harm) in enumerate(((0.0, 0), (0.5, 4), (0.8, 20), (1.0, 90))):
        cut = round(total * share)
        frozen = accounts[: 2 * number]
        points.append(_point(str(number), "supported", total, cut, harm, len(frozen), f"{number}/1"))
        measures += [_frozen(str(number), account, names, hostile) for account in frozen]
    points.append(_point("actual", "actual", total, round(total * 0.6), 35, 3, None))
    measures += [_frozen("actual", account, names, hostile) for account in accounts[1:4]]
    # Chosen beforehand: one that cuts as much as the designation for less, and one that is worse than it.
    for number, (share, harm) in enumerate(((0.65, 30), (0.55, 50))):
        frozen = accounts[: 2 + number]
        name = f"before {number}"
        points.append(_point(name, "foreseen", total, round(total * share), harm, len(frozen), None))
        measures += [_frozen(name, account, names, hostile) for account in frozen]
    drawn = [
        {
            "scenario": "aimed", "cost": "people", "point": p["point"], "quantity": quantity, "low": 0.0, "high": 200.0,
            **{q: p[quantity] * (0.5 + at) for q, at in QUANTILES.items()}, "mean": p[quantity], "draws": 1000,
            "seed": "1",
        }
        for p in points
        for quantity in ("cut", "share_cut", "harm")
    ]  # fmt: skip
    answers = [
        {
            "cost": "people", "point": point, "other": "actual", "sentence": f"{point} in {held}" + hostile,
            "held": held, "draws": 1000, "verdict": "turns on what is not known", "hangs_on": "party x" + hostile,
        }
        for point, held in (("any", 640), ("none", 360), ("2", 640))
    ]  # fmt: skip
    differences = [
        {**{k: v for k, v in _frozen("2", accounts[0], names, hostile).items() if k != "actual"}, "side": side}
        for side in ("only the point",)
    ]
    replays = [
        {
            "cost": "people", "point": "2", "share_left": 0.2, "before": total, "static": round(0.2 * total),
            "left": round(0.25 * total), "difference": 0.05,
        }
    ]  # fmt: skip
    return {
        "frontier_points": points,
        "frontier_measures": measures,
        "frontier_differences": differences,
        "frontier_replays": replays,
        "frontier_draws": drawn,
        "frontier_answers": answers,
    }


def _point(name: str, kind: str, total: int, cut: int, harm: int, n: int, proof: str | None) -> dict[str, Any]:
    supported = kind == "supported"
    return {
        "cost": "people", "point": name, "kind": kind, "money": total - cut, "cut": cut, "share_cut": cut / total,
        "harm": harm, "bound": float(total - cut), "weight_low": 0.5 if supported else None,
        "weight_high": 2.0 if supported else None, "proof_weight": proof, "proof_flow": total if supported else None,
        "accounts": n, "opened": n > 0,
    }  # fmt: skip


def _frozen(point: str, account: str, names: dict[str, str], hostile: str) -> dict[str, Any]:
    return {
        "cost": "people", "point": point, "account_id": account, "party_id": None,
        "caption": names.get(account, account) + hostile, "role": "own", "harm": 3, "money": 900_000, "share": 0.8,
        "lawful": 200_000, "people": 3, "why": "most of what it moves is the group's" + hostile, "actual": True,
    }  # fmt: skip
