"""Names that are read word by word, all at once, come out as `names.parse` has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from caudal.screening.names import MAX_TOKENS, PERSON, parse
from caudal.screening.phrases import PARTICLE, TITLE, single_words
from caudal.screening.plain import read_plain
from caudal.screening.screened import PartiesTable, Subjects, encode_parties
from caudal.screening.subjects import from_parties
from caudal.tables import PARTIES

WORD = st.one_of(
    st.sampled_from(
        ["Abdul", "abdulmateen", "Abdullah", "ibn", "BIN", "y", "de", "von", "Dr", "general", "J", "dzhamal"]
    ),
    st.sampled_from(sorted(single_words(PARTICLE) | single_words(TITLE))),
    st.text("abdzhuelmnrABDZHUELMNR", min_size=1, max_size=9),
)
NAME = st.one_of(
    st.tuples(st.lists(WORD, max_size=MAX_TOKENS + 2), st.sampled_from([" ", "  "]), st.sampled_from(["", " "])).map(
        lambda made: made[2] + made[1].join(made[0]) + made[2]
    ),
    st.text(max_size=12),
    st.text("aB\u00e9\u0430\u043e\u0627\u0301\u00a0\u200b\uff0c.-'/ ", max_size=12),
    st.text("ab\u00e9\u2003 ", min_size=30, max_size=72),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(NAME, max_size=12), st.booleans())
def test_plain_names_are_read_as_one_by_one(names: list[str], cuts: bool) -> None:
    names = [name.encode("utf-8", "replace").decode() for name in names]
    column = pa.array(["before", *names], pa.string()).slice(1)
    found = read_plain(column, np.ones(len(names), np.bool_), cuts=cuts)
    at = 0
    for row, count in zip(found.rows.tolist(), found.count.tolist(), strict=True):
        one = parse(names[row], PERSON, cuts=cuts)
        assert tuple(found.words[i] for i in found.word[at : at + count]) == one.tokens
        assert tuple(found.role[at : at + count].tolist()) == one.roles
        assert not one.cut
        at += count
    assert at == found.word.size


def test_ordinary_names_are_plain_and_odd_ones_are_not() -> None:
    names = ["Ana Zubirreta", "O'Neill", "Smith, Ana", "", " ", "a" * 401, "Smith\uff0c Ana", "a\x07b", "a" * 35]
    names += ["ANA ZUBIRRETA", "\u0410\u043d\u043d\u0430"]
    found = read_plain(pa.array(names), np.ones(len(names), np.bool_), cuts=True)
    assert found.rows.tolist() == [0, 1, 9, 10]
    assert [found.words[i] for i in found.word] == ["ana", "zubirreta", "oneill", "ana", "zubirreta", "anna"]
    assert read_plain(pa.array(names), np.zeros(len(names), np.bool_), cuts=True).rows.size == 0


def test_many_distinct_words_keep_their_numbers() -> None:
    letters = "abcdefghijklmnopqrst"
    names = [f"{a}{b}{c}q {c}{b}" for a in letters for b in letters for c in letters]
    found = read_plain(pa.array(names), np.ones(len(names), np.bool_), cuts=False)
    pairs = found.word.reshape(-1, 2).tolist()
    assert [f"{found.words[a]} {found.words[b]}" for a, b in pairs] == names


ROW = st.tuples(NAME, st.lists(NAME, max_size=2), st.sampled_from(["Person", "Company", "LegalEntity"]))


@settings(max_examples=60, deadline=None)
@given(st.lists(ROW, min_size=1, max_size=8))
def test_a_table_is_read_as_its_parties_one_by_one(rows: list[Any]) -> None:
    made = [
        {"party_id": str(i), "name": name, "aliases": also, "schema": schema, "countries": [], "identifiers": []}
        for i, (name, also, schema) in enumerate(rows)
    ]
    made = [{**row, "name": row["name"].encode("utf-8", "replace").decode()} for row in made]
    for row in made:
        row["aliases"] = [alias.encode("utf-8", "replace").decode() for alias in row["aliases"]]
    table = PARTIES.build(made)
    ours, kinds, which = encode_parties(PartiesTable(table))
    theirs, their_kinds, their_which = encode_parties(Subjects(from_parties(table), cuts=True))
    assert kinds == their_kinds
    assert which.tolist() == their_which.tolist()
    for one in ("owner", "kind", "weak", "start", "role", "cut"):
        assert getattr(ours, one).tolist() == getattr(theirs, one).tolist()
    for n in range(len(ours)):
        assert ours.spelled(n) == theirs.spelled(n)
        assert ours.parsed[n] == theirs.parsed[n]
