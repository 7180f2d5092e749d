"""Numbers: read out of what lists write, typed by their form, checked, and weighed."""

from __future__ import annotations

import random
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.mx import curp, rfc

from caudal.screening import Screener
from caudal.screening.identifiers import (
    KINDS,
    Number,
    encoded,
    fits,
    near,
    numbers,
    plain,
    read,
    telling,
    typed,
    wallets,
)
from caudal.screening.properties import number_reasons
from caudal.screening.worth import STRONG, WORTH

BODY_CURP, BODY_RFC = "ZUCN660717HJCBRM0", "ZUCN660717A1"
CURP = BODY_CURP + curp.calc_check_digit(BODY_CURP)
RFC = BODY_RFC + rfc.calc_check_digit(BODY_RFC)


@pytest.mark.parametrize(
    ("written", "kind", "expected"),
    [
        ("Freedonian passport number TR024417, issued on 20 Dec. 2003", "passport", ["TR024417"]),
        ("(a) Freedonia number EC6530802 (expires 19.1.2021), (b) EB2778599", "passport", ["EC6530802", "EB2778599"]),
        ("660000 73767", "national", ["66000073767"]),
        ("C.C. 16.215.230-1", "tax", ["CC162152301"]),
        ("IMO 9339301", "national", ["9339301"]),
        ("GB29 NWBK 6016 1331 9268 19", "number", ["GB29NWBK60161331926819"]),
        ("NWBKGB2LXXX", "bic", ["NWBKGB2L"]),
        ("+44 (20) 7946 0018, 020 7946 0019", "phone", ["79460018", "79460019"]),
        ("Info@Example.org, sales@example.org", "e-mail", ["info@example.org", "sales@example.org"]),
        ("12345", "national", []),
        ("000000000", "passport", []),
        ("none", "passport", []),
        ("1" * 5000, "passport", []),
    ],
)
def test_numbers_are_read_as_lists_write_them(written: str, kind: str, expected: list[str]) -> None:
    assert [number.text for number in read(written, kind)] == expected


def test_a_number_of_a_telling_form_is_typed_whatever_its_label() -> None:
    assert typed(CURP, "national") == Number("curp", CURP, True)
    assert typed(CURP[:-1] + str((int(CURP[-1]) + 1) % 10), "number") == Number(
        "curp", CURP[:-1] + str((int(CURP[-1]) + 1) % 10), False
    )
    assert typed(RFC, "tax") == Number("rfc", RFC, True)
    assert typed("GB29NWBK60161331926819", "number") == Number("iban", "GB29NWBK60161331926819", True)
    assert typed("213800D1EI4B9WTWWD28", "registration") == Number("lei", "213800D1EI4B9WTWWD28", True)


def test_mexican_check_digits_agree_with_the_library_that_knows_them() -> None:
    rng = random.Random(3)
    for _ in range(2_000):
        day = f"{rng.randint(16, 99):02d}{rng.randint(1, 12):02d}{rng.randint(1, 28):02d}"
        letters = "".join(rng.choices(string.ascii_uppercase, k=4))
        person = f"{letters}{day}{rng.choice('HM')}JC{''.join(rng.choices('BCDFG', k=3))}{rng.randint(0, 9)}"
        digit = rng.choice("0123456789")
        found = typed(person + digit, "national")
        assert found is not None
        assert found.valid == (digit == curp.calc_check_digit(person))
        body = f"{letters[: rng.choice((3, 4))]}{day}{''.join(rng.choices(string.ascii_uppercase, k=2))}"
        found = typed(body + digit, "tax")
        assert found is not None
        assert (found.valid is True) == (digit == rfc.calc_check_digit(body))


def test_a_curp_tells_birth_and_gender() -> None:
    told = encoded(Number("curp", CURP, True))
    assert told is not None
    assert (told.birth, told.gender) == ("1966-07-17", "male")
    assert fits(told.initials, ["nemorio", "zubirreta", "cervantes"])
    assert not fits(told.initials, ["maria", "garcia", "lopez"])
    assert encoded(Number("rfc", "ZUCN100717A19", None)) is None, "the century of 10 is open"
    assert encoded(Number("passport", "AB1234567")) is None


@given(st.text(max_size=60), st.sampled_from(sorted(KINDS)))
def test_whatever_is_written_is_read_or_left(text: str, kind: str) -> None:
    for number in read(text, kind):
        assert number.kind in KINDS
        assert number.text
        assert number.text == plain(number.text) or number.kind == "e-mail"


def agree(ours: list[Number], theirs: list[Number], *, elsewhere: bool = False) -> float:
    return sum(reason.bits for reason in number_reasons(ours, theirs, elsewhere))


def test_what_numbers_are_worth() -> None:
    passport = Number("passport", "AB1234567")
    assert agree([passport], [passport]) >= STRONG
    assert 0 < agree([passport], [passport], elsewhere=True) < agree([passport], [passport])
    assert agree([passport], [Number("tax", "AB1234567")]) < agree([passport], [passport])
    assert agree([Number("number", "AB1234567")], [passport]) == agree([passport], [passport])
    assert agree([Number("phone", "12345678")], [Number("passport", "12345678")]) == 0
    assert agree([Number("passport", "123457")], [Number("passport", "123457")]) < agree([passport], [passport])
    assert agree([passport], [Number("passport", "ZX7654321")]) == 0, "people have several passports"
    wrong = Number("curp", CURP, False)
    assert agree([wrong], [wrong]) < agree([Number("curp", CURP, True)], [Number("curp", CURP, True)])


def test_another_number_of_a_kind_one_has_once_contradicts() -> None:
    one, other = Number("imo", "9074729", True), Number("imo", "9339301", True)
    assert agree([one], [other]) == WORTH.number_contradiction
    assert agree([one, other], [other]) > 0
    assert agree([Number("imo", "9074728", False)], [other]) == 0, "a number that is none contradicts nothing"


def test_near_numbers_say_little_and_real_ones_that_are_near_nothing() -> None:
    assert near("AB123456", "AB123465")
    assert near("AB123456", "AB123956")
    assert not near("AB123456", "AB129956")
    assert agree([Number("passport", "AB123456")], [Number("passport", "AB123465")]) == WORTH.number_near
    valid = Number("curp", CURP, True)
    assert agree([Number("curp", CURP[:-1] + "X", False)], [valid]) == WORTH.number_near
    sister = Number("curp", CURP[:4] + "77" + CURP[6:], True)
    assert agree([valid], [sister]) == WORTH.number_contradiction
    assert agree([Number("rfc", RFC[:10])], [Number("rfc", RFC, True)]) == WORTH.number_ending


def test_wallets_stand_in_notes() -> None:
    address = "1BoatSLRHtKNngkdXEeobR76b53LETtpyT"
    found = numbers({}, [f"Digital Currency Address - XBT {address}", "a note"])
    assert found == (Number("wallet", address.upper()),)
    # OFAC writes every further one of a party as `alt.`; FollowTheMoney lists have theirs as a note of our reader.
    other = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
    notes = [f"alt. Digital Currency Address - ETH {other};", f"Wallet {address} XBT", "Wallet short", f"of {other}"]
    assert wallets(notes) == [(other, "ETH"), (address, "XBT")]
    assert {n.text for n in numbers({}, notes)} == {address.upper(), other.upper()}


@given(st.lists(st.builds(Number, st.sampled_from(sorted(KINDS)), st.text("0123456789AB", min_size=6, max_size=8))))
def test_numbers_of_both_sides_may_change_places(held: list[Number]) -> None:
    half = len(held) // 2
    assert agree(held[:half], held[half:]) == pytest.approx(agree(held[half:], held[:half]))


def test_fillers_tell_nobody_apart() -> None:
    assert not telling("0000000")
    assert not telling("1234567")
    assert not telling("ABCDEFG")
    assert telling("1234568")


def person(name: str, **properties: Any) -> dict[str, Any]:
    return {"schema": "Person", "properties": {"name": [name], **properties}}


LISTED = person("ZUBIRRETA CERVANTES, Nemorio", idNumber=[CURP], birthDate=["1966-07-17"], gender=["male"])


def test_a_strong_number_outlives_a_change_of_name(screener: Any) -> None:
    other = screener.compare(person("Abelardo Quintanilla", idNumber=[CURP]), LISTED)
    assert other.alert
    assert any("does not outweigh" in reason.text for reason in other.reasons)
    same = screener.compare(person("Nemorio Zubirreta Cervantes", idNumber=[CURP]), LISTED)
    assert same.bits > other.bits
    nobody = screener.compare(person("", idNumber=[CURP]), LISTED)
    assert nobody.alert


def test_what_a_curp_encodes_counts_as_birth_date_and_is_held_against_what_is_given(screener: Any) -> None:
    listed = person("ZUBIRRETA CERVANTES, Nemorio", birthDate=["1966-07-17"])
    plainly = screener.compare(person("Nemorio Zubirreta Cervantes"), listed)
    given = screener.compare(person("Nemorio Zubirreta Cervantes", idNumber=[CURP]), listed)
    assert given.bits == pytest.approx(plainly.bits + WORTH.birth_day)
    odd = screener.compare(person("Nemorio Zubirreta Cervantes", idNumber=[CURP], birthDate=["1980-01-02"]), listed)
    assert any("encodes the birth date" in reason.text for reason in odd.reasons)
    assert odd.bits < plainly.bits
    borrowed = screener.compare(person("Maria Garcia Lopez", idNumber=[CURP]), listed)
    assert any("initials" in reason.text for reason in borrowed.reasons)


def test_a_number_in_a_batch_finds_its_pair_with_the_weight_that_compare_gives(
    make_register: Any, make_entity: Any, make_crowd: Any
) -> None:
    listed = make_entity("p", "Person", "ZUBIRRETA CERVANTES, Nemorio", idNumber=[CURP], birthDate=["1966-07-17"])
    screener = Screener(make_register([listed, *make_crowd(40, 9)]))
    query = {"id": "q", **person("Abelardo Quintanilla", idNumber=[CURP])}
    row = screener.match([query]).to_pylist()[0]
    assert (row["party_id"], row["entity_id"], row["alert"]) == ("q", "p", True)
    assert row["bits"] == pytest.approx(screener.compare(query, LISTED | {"id": "p"}).bits, abs=0.5)
