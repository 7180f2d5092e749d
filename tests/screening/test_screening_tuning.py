"""What a threshold does to a file, samples from below the line, and what a review of them comes to."""

from __future__ import annotations

import csv
import math
import random
from collections import Counter
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.reports.tune import TuneFacts, render_tuning
from caudal.screening import Costs, Screener
from caudal.screening.customers import read_customers
from caudal.screening.intervals import beta_share, exact, stratified
from caudal.screening.samples import COLUMNS, draw, review, write
from caudal.screening.tuning import BELOW, CHANGES, best_by_cost, tune
from caudal.tables import MATCHES, PARTIES


class Listed:
    """The made-up register with designations, and entities by id."""

    def __init__(self, register: Any, listed: list[dict[str, Any]]) -> None:
        self._tables = register.tables()
        self._listed = {e["id"]: e for e in listed}

    def tables(self) -> dict[str, Any]:
        ids = self._tables["entities"]["entity_id"]
        return {**self._tables, "designations": pa.table({"entity_id": ids})}

    def __getitem__(self, key: str) -> dict[str, Any]:
        e = self._listed[key]
        held = {k: v for k, v in e.items() if k not in ("id", "schema", "names")}
        return {"id": key, "schema": e["schema"], "properties": {"name": [n for n, _ in e["names"]], **held}}


@pytest.fixture(scope="module")
def tuned(register: Any, made_up_listed: list[dict[str, Any]], parties_of: Any) -> Any:
    names = [" ".join(e["names"][0][0].replace(",", "").split()[:2]) for e in made_up_listed[:60]]
    parties = parties_of(*names)
    screener = Screener(register)
    return tune(screener, Listed(register, made_up_listed), parties, seed=3, changed=60), parties, screener


def test_the_curve_agrees_with_screening_at_each_threshold(tuned: Any, register: Any) -> None:
    tuning, parties, screener = tuned
    assert tuning.points[tuning.now].bits == pytest.approx(screener.threshold_bits)
    for point in tuning.points[::6]:
        there = Screener(register, point.probability, costs=screener.bands.costs).match(parties, below=BELOW + 12)
        bands = Counter(there["band"].to_pylist())
        assert point.alerts == bands["alert"]
        if point.bits <= screener.threshold_bits:
            assert point.asks >= bands["ask"]  # pairs the other screener keeps no longer may still be asked about here
        assert point.true + point.false == pytest.approx(point.alerts)


def test_the_curve_goes_one_way(tuned: Any) -> None:
    points = tuned[0].points
    for a, b in pairwise(points):
        assert a.alerts >= b.alerts
        assert a.recall >= b.recall
        assert a.missed <= b.missed + 1e-9
    assert best_by_cost(points).cost == min(p.cost for p in points)
    assert tuned[0].recall["as it is"][0] > 0.9
    assert set(tuned[0].recall) <= set(CHANGES)


def test_the_same_seed_gives_the_same_numbers(tuned: Any, register: Any, made_up_listed: Any) -> None:
    tuning, parties, screener = tuned
    again = tune(screener, Listed(register, made_up_listed), parties, seed=3, changed=60)
    assert again.as_dict() == tuning.as_dict()


def test_the_page_holds_the_numbers_and_no_markup_of_the_data(tuned: Any) -> None:
    tuning = tuned[0]
    row = {"bits": 1.0, "party_name": "<script>x</script>", "party_id": "p", "listed_name": "y", "entity_id": "e",
           "band": "below", "stratum": "0 to 1", "stratum_pairs": 3}  # fmt: skip
    page = render_tuning(tuning, TuneFacts("f.csv", ["a list"], date(2026, 1, 1), Costs(), 0.001, [row], "s.csv"))
    assert "<script>x" not in page
    assert "&lt;script&gt;x" in page
    assert f"{tuning.points[tuning.now].alerts} alerts" in page
    assert page.count('data-figure="') == 3


def pairs(n: int, line: float = 14.0) -> tuple[pa.Table, pa.Table]:
    rng = random.Random(n)
    evidence = '{"query": "=Q", "listed": "L", "kind": "primary", "reasons": []}'
    rows = [
        {"party_id": f"p{i}", "entity_id": "e", "probability": 0.1, "bits": line - rng.random() * 8, "alert": False,
         "band": "below", "evidence": evidence, "list_version": "1", "screened_at": 0}
        for i in range(n)
    ]  # fmt: skip
    rows.append({**rows[0], "party_id": "above", "bits": line + 1, "alert": True, "band": "alert"})
    people = [{"party_id": r["party_id"], "schema": "Person", "name": "x", "aliases": [], "countries": [],
               "identifiers": []} for r in rows]  # fmt: skip
    return MATCHES.build(rows), PARTIES.build(people)


@given(st.integers(1, 120), st.integers(1, 80), st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_a_sample_is_what_was_asked_for(n: int, size: int, seed: int) -> None:
    matches, parties = pairs(n)
    rows = draw(matches, parties, 14.0, size, seed)
    strata = Counter(math.ceil(14.0 - b) - 1 for b in matches["bits"].to_pylist() if b < 14.0)
    assert len(rows) == min(n, max(size, len(strata)))
    assert len({r["party_id"] for r in rows}) == len(rows)
    assert "above" not in {r["party_id"] for r in rows}
    assert {r["stratum"]: r["stratum_pairs"] for r in rows} == {
        f"{s} to {s + 1} bits below": c for s, c in strata.items()
    }
    assert rows == draw(matches, parties, 14.0, size, seed)


def test_every_pair_of_a_stratum_is_as_likely_as_another() -> None:
    matches, parties = pairs(40)
    seen = Counter(r["party_id"] for seed in range(300) for r in draw(matches, parties, 14.0, 20, seed))
    strata: dict[int, list[int]] = {}
    for party, bits in zip(matches["party_id"].to_pylist(), matches["bits"].to_pylist(), strict=True):
        if bits < 14:
            strata.setdefault(math.ceil(14 - bits) - 1, []).append(seen[party])
    for counts in strata.values():
        assert max(counts) - min(counts) < 110


def reviewed(tmp_path: Path, verdict: Any, n: int = 60) -> Path:
    matches, parties = pairs(200)
    rows = draw(matches, parties, 14.0, n, 1)
    for row in rows:
        row["verdict"], row["reviewer"] = verdict(row), "Ana Ruiz"
    write(rows, tmp_path / "s.csv")
    return tmp_path / "s.csv"


def test_a_review_is_read_back(tmp_path: Path) -> None:
    found = review(reviewed(tmp_path, lambda row: "No match"))
    assert (found.reviewed, found.matches, found.rate.low) == (60, 0, 0.0)
    assert 0.03 < found.rate.high < 0.15
    assert found.reviewers == {"Ana Ruiz": 60}
    every = review(reviewed(tmp_path, lambda row: "match"))
    assert every.rate.high == 1.0
    assert every.miss_rate(0).mid == 1.0
    text = (tmp_path / "s.csv").read_text(encoding="utf-8")
    assert "'=Q" in text  # no formula for a spreadsheet
    assert text.splitlines()[0] == ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.update(verdict="maybe"), "row 3, field verdict"),
        (lambda r: r.update(reviewer=" "), "row 3, field reviewer"),
        (lambda r: r.update(stratum_pairs="many"), "row 3, field stratum_pairs"),
        (lambda r: r.update(stratum_pairs="7000"), "field stratum_pairs"),
    ],
)
def test_a_review_that_cannot_be_used_is_one_line(tmp_path: Path, change: Any, words: str) -> None:
    path = reviewed(tmp_path, lambda row: "no")
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    change(rows[1])
    write(rows, path)
    with pytest.raises(InputError, match=words):
        review(path)


def test_nothing_reviewed_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row has a verdict yet"):
        review(reviewed(tmp_path, lambda row: ""))
    with pytest.raises(InputError, match="no such file"):
        review(tmp_path / "absent.csv")


def binomial_tail(k: int, n: int, p: float) -> float:
    """P(X >= k) by summing."""
    return sum(math.comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1))


@given(st.integers(1, 60), st.floats(0.001, 0.999), st.data())
def test_the_exact_interval_is_where_the_binomial_tails_are(n: int, p: float, data: Any) -> None:
    k = data.draw(st.integers(0, n))
    assert beta_share(p, max(k, 1), n - max(k, 1) + 1) == pytest.approx(binomial_tail(max(k, 1), n, p), abs=1e-9)
    found = exact(k, n)
    if k:
        assert binomial_tail(k, n, found.low) == pytest.approx(0.025, abs=1e-6)
    if k < n:
        assert 1 - binomial_tail(k + 1, n, found.high) == pytest.approx(0.025, abs=1e-6)
    assert found.low <= found.mid <= found.high


@given(st.integers(1, 50), st.data())
def test_one_stratum_is_the_plain_interval_and_equal_weights_add_up(n: int, data: Any) -> None:
    k = data.draw(st.integers(0, n))
    assert stratified([(1000, n, k)]) == exact(k, n)
    twice = stratified([(1000, n, k), (1000, n, k)])
    assert twice.mid == pytest.approx(k / n)
    assert twice.high == pytest.approx(exact(2 * k, 2 * n).high)


def test_the_stratified_interval_covers_the_truth_often_enough() -> None:
    rng = random.Random(11)
    strata = [(400, 25, 0.12), (900, 15, 0.05), (3000, 12, 0.01)]
    truth = sum(n * p for n, _, p in strata) / sum(n for n, _, _ in strata)
    hit = 0
    for _ in range(400):
        seen = [(n, s, sum(rng.random() < p for _ in range(s))) for n, s, p in strata]
        found = stratified(seen)
        hit += found.low <= truth <= found.high
    assert hit >= 0.94 * 400


def test_a_file_of_customers_is_read(tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text('\ufeffname,aliases,countries,birth_date\n"A, B",x; y,MX;us,1970\n\n,,,\n', encoding="utf-8")
    rows = read_customers(path).to_pylist()
    assert rows[0] == {
        "party_id": "row 2", "schema": "LegalEntity", "name": "A, B", "aliases": ["x", "y"], "birth_date": "1970",
        "countries": ["mx", "us"], "identifiers": [], "address": None,
    }  # fmt: skip
    assert rows[1]["name"] == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("party_id\np\n", "row 1, field name"),
        ("name,colour\nA,b\n", "row 1, field colour: unknown column"),
        ("name,name\nA,b\n", "twice"),
        ("name,address\nA\n", "row 2: it has 1 fields"),
        ("party_id,name\np,A\np,B\n", "two parties are called 'p'"),
        ("", "field name"),
    ],
)
def test_a_file_that_is_none_is_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "c.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        read_customers(path)
