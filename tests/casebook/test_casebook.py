"""A decision stays with its pair until what it rested on changes."""

from __future__ import annotations

import csv
import random
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.casebook import Casebook, Ground, cleared, grounds, standing
from caudal.errors import CaudalError, InputError
from caudal.tables import DECISIONS, STANDING

PAIR = ("p1", None, "e1")


def states(book: Casebook, day: Any) -> dict[Any, str]:
    rows = standing(book.table(), day.tables()).to_pylist()
    return {(r["party_id"], r["transfer_id"], r["entity_id"]): r["state"] for r in rows}


def changes(book: Casebook, day: Any) -> list[str]:
    rows = standing(book.table(), day.tables()).to_pylist()
    return next(r["changes"] for r in rows if (r["party_id"], r["entity_id"]) == ("p1", "e1"))


def decide(book: Casebook, day: Any, key: Any = PAIR, verdict: str = "cleared", **more: str) -> dict[str, Any]:
    said = {"reason": "born elsewhere", "by": "Ana Ruiz", **more}
    return book.decide(key, verdict, ground=grounds(day.tables(), {key})[key], list_version="made up 1", **said)


@pytest.fixture
def book(tmp_path: Path) -> Casebook:
    return Casebook(tmp_path / "decisions.csv")


def test_everything_is_open_before_anybody_decided(book: Casebook, day: Any) -> None:
    found = states(book, day)
    assert len(found) == 5
    assert set(found.values()) == {"open"}
    assert standing(book.table(), day.tables()).schema == STANDING.schema
    assert not cleared(standing(book.table(), day.tables()))


def test_a_decision_holds_for_its_pair_alone(book: Casebook, day: Any) -> None:
    decide(book, day)
    found = states(book, day)
    assert found.pop(PAIR) == "decided"
    assert set(found.values()) == {"open"}
    assert cleared(standing(book.table(), day.tables())) == {PAIR}


def test_it_stays_while_nothing_that_matters_changes(book: Casebook, day: Any) -> None:
    decide(book, day)
    day.entities["e1"]["program"] = ["X", "Y"]
    day.parties[0]["aliases"] = ["Nemo", "Zubi"]
    day.bits["p1", "e1"] += 1.5
    day.parties[1]["birth_date"] = "1999-01-01"
    day.entities["e2"]["birthDate"] = ["1970"]
    assert states(book, day)[PAIR] == "decided"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.parties[0].update(birth_date="1970-01-02"), "party, birth_date: was empty, now 1970-01-02"),
        (lambda d: d.parties[0].update(name="Other"), "party, name: was Zubirreta p1, now Other"),
        (lambda d: d.parties[0].update(aliases=["Zubi", "Neo"]), "party, aliases: lost Nemo; gained Neo"),
        (
            lambda d: d.entities["e1"].update(birthDate=["1967-07-17"]),
            "list entry, birthDate: lost 1966-07-17; gained 1967-07-17",
        ),
        (lambda d: d.entities["e1"].update(gender=["male"]), "list entry, gender: gained male"),
        (lambda d: d.names.append(("e1", "El Zubi", "alias")), "list entry, names: gained El Zubi (alias)"),
        (lambda d: d.bits.update({("p1", "e1"): 19.5}), "evidence, bits: was 16.0, now 19.5"),
    ],
)
def test_it_comes_back_with_the_difference_in_words(book: Casebook, day: Any, change: Any, words: str) -> None:
    decide(book, day)
    change(day)
    assert states(book, day)[PAIR] == "came back"
    assert changes(book, day) == [words]
    assert not cleared(standing(book.table(), day.tables()))
    decide(book, day, by="Ben Soto")
    assert states(book, day)[PAIR] == "decided"


def test_a_change_undone_stands_again(book: Casebook, day: Any) -> None:
    decide(book, day)
    day.parties[0]["name"] = "Other"
    assert states(book, day)[PAIR] == "came back"
    day.parties[0]["name"] = "Zubirreta p1"
    assert states(book, day)[PAIR] == "decided"


def test_another_band_comes_back(book: Casebook, day: Any) -> None:
    day.band = "ask"
    decide(book, day)
    day.band = "alert"
    assert changes(book, day) == ["evidence, band: was ask, now alert"]


def test_a_pair_that_is_no_match_any_more_is_gone(book: Casebook, day: Any) -> None:
    decide(book, day)
    del day.bits["p1", "e1"]
    assert states(book, day)[PAIR] == "gone"


def test_a_payment_text_is_decided_by_its_words(book: Casebook, day: Any) -> None:
    key = (None, "t1", "e1")
    decide(book, day, key)
    assert states(book, day)[key] == "decided"
    day.purpose = "for Zubirreta & sons"
    assert states(book, day)[key] == "came back"


def test_a_confirmation_wants_a_second_person(book: Casebook, day: Any) -> None:
    first = decide(book, day, verdict="confirmed")
    ground = grounds(day.tables(), {PAIR})[PAIR]
    assert states(book, day)[PAIR] == "waits"
    with pytest.raises(InputError, match="another than Ana Ruiz"):
        book.second(first["decision_id"], by="ana  RUIZ", ground=ground)
    with pytest.raises(InputError, match="no decision 'd9'"):
        book.second("d9", by="Ben Soto", ground=ground)
    second = book.second(first["decision_id"], by="Ben Soto", ground=ground)
    assert states(book, day)[PAIR] == "decided"
    with pytest.raises(InputError, match="itself a second"):
        book.second(second["decision_id"], by="Cid Mora", ground=ground)
    decide(book, day, verdict="cleared")
    with pytest.raises(InputError, match="d3 followed it"):
        book.second(first["decision_id"], by="Cid Mora", ground=ground)


def test_nobody_seconds_what_has_changed(book: Casebook, day: Any) -> None:
    first = decide(book, day, verdict="confirmed")
    day.parties[0]["name"] = "Other"
    with pytest.raises(InputError, match=r"has changed .party, name"):
        book.second(first["decision_id"], by="Ben Soto", ground=grounds(day.tables(), {PAIR})[PAIR])


def test_asked_is_asked(book: Casebook, day: Any) -> None:
    decide(book, day, verdict="more", reason="birth date")
    assert states(book, day)[PAIR] == "asked"
    day.parties[0]["birth_date"] = "1970-01-02"  # the answer
    assert states(book, day)[PAIR] == "came back"


@pytest.mark.parametrize(
    ("more", "field"), [({"reason": " "}, "reason"), ({"by": "\n"}, "by"), ({"verdict": "maybe"}, "verdict")]
)
def test_no_decision_without_reason_name_and_verdict(book: Casebook, day: Any, more: Any, field: str) -> None:
    with pytest.raises(InputError, match=f"field {field}"):
        decide(book, day, **more)
    assert not book.path.exists()


def test_the_book_is_read_back_as_it_was_written(book: Casebook, day: Any) -> None:
    decide(book, day, reason='said "no", in two\nlines; ñ =1+1')
    decide(book, day, ("p2", None, "e1"), verdict="confirmed")
    again = Casebook(book.path)
    assert again.table().equals(book.table())
    assert again.table().schema == DECISIONS.schema
    assert again.table()["reason"][0].as_py() == 'said "no", in two lines; ñ =1+1'


@pytest.mark.parametrize("seed", range(6))
def test_a_row_changed_dropped_or_moved_shows(book: Casebook, day: Any, seed: int) -> None:
    for n in range(4):
        decide(book, day, reason=f"reason {n}")
    rows = list(csv.reader(book.path.open(encoding="utf-8", newline="")))
    rng = random.Random(seed)
    at = rng.randrange(1, 4)
    if seed % 3 == 0:
        rows[at][rng.randrange(len(rows[at]) - 1)] += "x"
    elif seed % 3 == 1:
        del rows[at]
    else:
        rows[at], rows[at + 1] = rows[at + 1], rows[at]
    with book.path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    with pytest.raises(InputError, match=r"decisions\.csv, row \d"):
        Casebook(book.path)


def test_a_file_of_something_else_is_one_line(tmp_path: Path) -> None:
    for content in (b"a,b\n1,2\n", b"\xff\xfe\x00", b""):
        path = tmp_path / "decisions.csv"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"decisions\.csv"):
            Casebook(path)


def test_a_file_that_cannot_be_written_is_one_line_and_nothing_is_lost(book: Casebook, day: Any) -> None:
    decide(book, day)
    before = book.path.read_bytes()
    blocked = Casebook(book.path)
    book.path.unlink()
    book.path.mkdir()  # nothing can take its name now
    with pytest.raises(CaudalError, match="nothing was written"):
        decide(blocked, day)
    book.path.rmdir()
    book.path.write_bytes(before)
    assert Casebook(book.path).table().num_rows == 1


def test_two_people_at_once_lose_nothing(book: Casebook, day: Any) -> None:
    threads = [
        threading.Thread(target=lambda n=n: [decide(Casebook(book.path), day, reason=f"{n}.{k}") for k in range(5)])
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    table = Casebook(book.path).table()
    assert table["decision_id"].to_pylist() == [f"d{n}" for n in range(1, 21)]
    assert len(set(table["reason"].to_pylist())) == 20


values = st.one_of(st.text(max_size=5), st.lists(st.text(max_size=3), max_size=3).map(lambda x: sorted(set(x))))
fields = st.dictionaries(st.sampled_from("abcd"), values.filter(bool))


@given(fields, fields, fields, fields)
def test_changes_are_said_exactly_where_fingerprints_differ(a: Any, b: Any, c: Any, d: Any) -> None:
    one, other = Ground(a, b, {"bits": 1.0}), Ground(c, d, {"bits": 1.5})
    assert bool(one.changes(other)) == (one.fingerprint != other.fingerprint)
    assert Ground.from_json(one.to_json()) == one
    assert not one.changes(one)
