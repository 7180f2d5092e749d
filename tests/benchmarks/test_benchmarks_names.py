from __future__ import annotations

import csv
import random
import subprocess
import sys
from pathlib import Path

import pytest
from benchmarks.screening import cultures, perturb, romanise
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.register import Register

ROOT = Path(__file__).resolve().parents[2]
NAMES = [
    "Ivan Petrovich Zelinov",
    "Omar Khalid al-Harouni",
    "Wei Xiaolong",
    "Lucia Benitez Valdora",
    "Thomas Greatorex",
]
words = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=9).map(str.capitalize), min_size=1, max_size=5
)


@given(words)
@settings(max_examples=100, deadline=None)
def test_a_name_is_written_the_same_whenever_it_is_asked_and_in_another_way_than_listed(name):
    text = " ".join(name)
    first = dict(perturb.all_written(text))
    assert first == dict(perturb.all_written(text))
    assert first.pop("exact") == text
    for kind, made in first.items():
        assert made.strip()
        assert made != text, kind


@given(words)
@settings(max_examples=100, deadline=None)
def test_each_kind_does_what_it_says(name):
    text = " ".join(name)
    made = dict(perturb.all_written(text))
    letters = sorted(text.lower().replace(" ", ""))
    for kind in ("joined token", "split token", "order"):
        if kind in made:
            assert sorted(made[kind].lower().replace(" ", "").replace(",", "")) == letters
    if "dropped token" in made:
        assert len(made["dropped token"].split()) == len(name) - 1
        assert set(made["dropped token"].split()) <= set(name)
    assert len(made["added token"].split()) == len(name) + 1
    if "one typo" in made:
        assert edits(made["one typo"], text) <= 2  # a swap is two edits
        assert made["one typo"][0] == text[0]
    assert made["Cyrillic"].lower() != text.lower()
    assert not set(made["Cyrillic"].lower()) & set("abcdefghijklmnopqrstuvwxyz")


def edits(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (x != y))
    return row[-1]


def test_another_seed_gives_other_errors():
    made = {perturb.written(name, "two typos", seed=seed) for name in NAMES for seed in range(10)}
    assert len(made) > 4 * len(NAMES)


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("Omar Khalid al-Harouni", "arabic"), ("Sergey Zelinov", "slavic"), ("Wei Xiaolong", "chinese"),
        ("Kim Chol Jin", "korean"), ("Maria Benitez Valdora", "iberian"), ("Thomas Greatorex", "general"),
    ],
)  # fmt: skip
def test_the_rules_are_chosen_by_the_letters(name, group):
    assert romanise.group_of(name.split()) == group


def test_romanisations_stay_near_the_name():
    for name in NAMES:
        for seed in range(40):
            made = romanise.respelled(name.split(), random.Random(seed))
            assert made is None or edits(" ".join(made).lower(), name.lower()) <= 9


def test_cyrillic_letters_of_a_name():
    assert romanise.cyrillic(["Khrushchina", "Yuriy"]) == ["Хрущина", "Юрий"]
    assert romanise.cyrillic(["Milena", "Jovanovic"]) == ["Милена", "Йованович"]
    assert romanise.cyrillic(["Jorge", "Benitez"]) == ["Хорхе", "Бенитес"]
    assert romanise.cyrillic(["Иван"]) is None


def test_culture_sets_are_seeded_and_their_halves_apart():
    for culture in cultures.CULTURES:
        dev, held = (set(cultures.people(culture, "common", half)) for half in ("dev", "held"))
        assert not dev & held
        assert 880 <= len(dev | held) <= 900
        assert cultures.people(culture) == cultures.people(culture)
        halves = [cultures.people(culture, "further", half) for half in ("dev", "held")]
        assert not {g for g, _ in halves[0]} & {g for g, _ in halves[1]}
        assert not {f for _, f in halves[0]} & {f for _, f in halves[1]}
        assert min(map(len, halves)) >= 100
        for person in halves[0][:20]:
            longer = cultures.third(culture, person, "further", "dev")
            assert len(longer.split()) == 3
            assert set(person) <= set(longer.split())


def test_the_two_sets_of_a_culture_share_no_name():
    for name, culture in cultures.CULTURES.items():
        given, further = set(culture.given.split()), set(culture.further_given.split())
        family, more = set(culture.family.split()), set(culture.further_family.split())
        assert not given & further, name
        assert not family & more, name


def test_both_write_files_for_other_matchers(tmp_path):
    names = tmp_path / "names.csv"
    names.write_text(
        "name,schema\n" + "".join(f"{n},Person\n" for n in NAMES) + "Orvel Trading Ltd,Company\n", encoding="utf-8"
    )
    for module, *more in (("perturb", names), ("cultures",)):
        out = tmp_path / f"{module}.csv"
        command = [sys.executable, "-m", f"benchmarks.screening.{module}", *more, out]
        subprocess.run(command, cwd=ROOT, check=True)
        rows = list(csv.DictReader(out.open(encoding="utf-8", newline="")))
        assert len(rows) > 40
    written = list(csv.DictReader((tmp_path / "perturb.csv").open(encoding="utf-8", newline="")))
    assert written[0] == {"row": "0", "kind": "exact", "name": NAMES[0], "written": NAMES[0]}
    assert {row["kind"] for row in written} == set(perturb.KINDS)
    assert not any(row["kind"] == "Cyrillic" for row in written if "Orvel" in row["name"])


@pytest.mark.real
def test_no_listed_name_stands_in_the_benchmark(shared_data):
    entities = Register.load([shared_data / "lists" / "ofac"], builtin=False).tables()["entities"]
    listed = {c.lower() for c in entities["caption"].to_pylist() if len(c.split()) >= 3}
    texts = [p.read_text(encoding="utf-8") for p in (ROOT / "benchmarks" / "screening").glob("*.py")]
    texts += [p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("*.py")]
    for text in texts:
        run = " ".join("".join(c if c.isalnum() or c in "-'" else " " for c in text.lower()).split()).split()
        spans = {" ".join(run[i : i + n]) for n in (3, 4, 5) for i in range(len(run) - n + 1)}
        assert not spans & listed
