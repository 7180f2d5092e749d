from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caudal.errors import InputError
from caudal.impact.published import STATES_OF_MEXICO, Published

SHARED = Path(os.environ.get("CAUDAL_SHARED", Path(__file__).resolve().parents[3] / "shared"))
REAL = SHARED / "data" / "remittances"

COUNTRIES = """PERIODO,ID_PAIS,PAIS,ID_FLUJO,FLUJO,VALOR_USD
2025-01-01,USA,Estados Unidos,1,Ingresos,900
2025-01-01,USA,Estados Unidos,2,Egresos,90
2025-01-01,PSE,Palestina,1,Ingresos,5
2025-01-01,PSE,Territorio Palestino,1,Ingresos,6
2025-01-01,XXX,No Identificado,1,Ingresos,7
2025-04-01,USA,Estados Unidos,1,Ingresos,1820
"""
STATES = "PERIODO,ID_ESTADO,ESTADO,VALOR_USD\n2025-01-01,CA,California,300\n"
MONTHS = """PERIODO,ID_FLUJO,FLUJO,OPERACIONES,VALOR_USD
2025-01-01,1,Ingresos,2,400
2025-02-01,1,Ingresos,1,300
2025-03-01,1,Ingresos,1,300
2025-04-01,1,Ingresos,9,1900
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "pais.csv").write_text(COUNTRIES, encoding="utf-8")
    (tmp_path / "usa.csv").write_text(STATES, encoding="utf-8")
    (tmp_path / "meses.csv").write_text(MONTHS, encoding="utf-8")
    (tmp_path / "estados.csv").write_text("PERIODO,CVE_ENT,ENTIDAD,VALOR_USD\n2025-01-01,16,Michoacán,77\n", "utf-8")
    return tmp_path


def test_every_corridor_of_the_tables(folder):
    held = Published.read(folder).values
    assert held["us", "mx"] == {date(2025, 1, 1): 900, date(2025, 4, 1): 1820}
    assert held["mx", "us"] == {date(2025, 1, 1): 90}
    assert held["ps", "mx"] == {date(2025, 1, 1): 11}, "two names of one code add up"
    assert held["us-ca", "mx"] == {date(2025, 1, 1): 300}
    assert held["*", "mx-mic"] == {date(2025, 1, 1): 77}
    assert held["*", "mx"][date(2025, 4, 1)] == 1900
    assert set(held) == {("us", "mx"), ("mx", "us"), ("ps", "mx"), ("us-ca", "mx"), ("*", "mx-mic"), ("*", "mx")}


def test_a_whole_quarter_and_parts_of_two(folder):
    held = Published.read(folder)
    quarter = held.volume(("us", "mx"), date(2025, 1, 1), date(2025, 3, 31))
    assert (quarter.value, quarter.operations) == (900, pytest.approx(900 * 4 / 1000))
    parts = held.volume(("us", "mx"), date(2025, 3, 31), date(2025, 4, 1))
    assert parts.value == pytest.approx(900 / 90 + 1820 / 91)
    assert quarter.file == "pais.csv"


def test_days_nothing_was_published_for_count_like_the_mean_day(folder):
    held = Published.read(folder)
    longer = held.volume(("us", "mx"), date(2025, 4, 1), date(2025, 9, 29))
    assert longer.value == pytest.approx(1820 / 91 * 182)
    assert "91 published days spread over 182" in longer.words
    later = held.volume(("us", "mx"), date(2026, 1, 1), date(2026, 1, 10))
    assert later.value == pytest.approx((900 + 1820) / (90 + 91) * 10)
    assert "no published period covers these days" in later.words
    assert held.volume(("ht", "us"), date(2025, 1, 1), date(2025, 3, 31)) is None


@given(st.dates(date(2024, 11, 1), date(2025, 8, 1)), st.integers(1, 200), st.integers(1, 199))
def test_parts_of_the_days_published_add_up(first, length, cut):
    held = Published(values={("us", "mx"): {date(2025, 1, 1): 90_000, date(2025, 4, 1): 45_500}})
    first = max(first, date(2025, 1, 1))
    last = min(date.fromordinal(first.toordinal() + length), date(2025, 6, 30))
    middle = date.fromordinal(first.toordinal() + cut)
    if not first <= middle < last:
        return
    after = date.fromordinal(middle.toordinal() + 1)
    whole = held.volume(("us", "mx"), first, last).value
    parts = held.volume(("us", "mx"), first, middle).value + held.volume(("us", "mx"), after, last).value
    assert parts == pytest.approx(whole)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (STATES.replace("300", "3e2"), "row 2, field VALOR_USD: '3e2' is no whole number"),
        (STATES.replace(",300", ",-300"), "row 2, field VALOR_USD"),
        (STATES.replace("300", ""), "row 2, field VALOR_USD: '' is no whole number"),
        (STATES.replace("CA,", "ZZ,"), "row 2, field ID_ESTADO: 'zz' is no state"),
        (
            STATES.replace("2025-01-01", "2025-02-01"),
            "row 2, field PERIODO: 2025-02-01 is not the first day of a quarter",
        ),
        (STATES.replace("2025-01-01", "1 enero"), "row 2, field PERIODO: '1 enero' is no day"),
        (STATES + "2025-01-01,CA,California,301\n", "row 3: the row of 2025-01-01 CA California stands twice"),
        (STATES + "2025-04-01,CA,California\n", "row 3: 3 values for 4 columns"),
        (COUNTRIES.replace(",1,Ingresos,900", ",3,Ingresos,900"), "row 2, field ID_FLUJO: '3' is neither 1 nor 2"),
        (COUNTRIES.replace("USA,Estados Unidos,1,Ingresos,900", "U1,x,1,x,900"), "row 2, field ID_PAIS"),
        (
            MONTHS.replace("2025-02-01", "2025-02-02"),
            "row 3, field PERIODO: 2025-02-02 is not the first day of a month",
        ),
        ("PERIODO,CVE_ENT,ENTIDAD,VALOR_USD\n2025-01-01,33,x,1\n", "row 2, field CVE_ENT"),
        ("a,b\n1,2\n", "those of no published table"),
    ],
)
def test_a_bad_row_is_named(tmp_path, content, said):
    (tmp_path / "table.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as error:
        Published.read(tmp_path)
    assert said in str(error.value)
    assert "table.csv" in str(error.value)


def test_no_file_an_empty_folder_and_a_corridor_given_twice(tmp_path, folder):
    with pytest.raises(InputError, match="no such file"):
        Published.read(tmp_path / "nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="no CSV file"):
        Published.read(tmp_path / "empty")
    (folder / "usa2.csv").write_text(STATES, encoding="utf-8")
    with pytest.raises(InputError, match="gives the same corridor"):
        Published.read(folder)


def test_places(tmp_path, folder):
    places = tmp_path / "places.txt"
    places.write_text("party_id,place\nana,us-CA\nberta,mx-mic\n", encoding="utf-8")
    assert Published.read(folder, places).places == {"ana": "us-ca", "berta": "mx-mic"}
    for text, said in (
        ("party_id,place\nana,us-zz\n", "row 2, field place: 'us-zz' is no state"),
        ("party_id,place\nana,us-ca\nana,us-tx\n", "row 3, field party_id: 'ana' stands twice"),
        ("party_id\nana\n", "field place: the column is missing"),
    ):
        places.write_text(text, encoding="utf-8")
        with pytest.raises(InputError) as error:
            Published.read(folder, places)
        assert said in str(error.value)


@pytest.mark.skipif(not REAL.is_dir(), reason="the published tables are not here (../shared/data/remittances)")
def test_the_real_tables_agree_with_each_other():
    held = Published.read(REAL)
    for year in range(2014, 2026):
        first, last = date(year, 1, 1), date(year, 12, 31)
        whole = held.volume(("*", "mx"), first, last)
        by_country = sum(
            v for (a, b), q in held.values.items() if b == "mx" and len(a) == 2 for p, v in q.items() if p.year == year
        )
        by_state = sum(held.volume(("*", f"mx-{s}"), first, last).value for s in STATES_OF_MEXICO)
        from_us = held.volume(("us", "mx"), first, last).value
        us_states = sum(
            v for (a, _), q in held.values.items() if a.startswith("us-") for p, v in q.items() if p.year == year
        )
        assert by_state == pytest.approx(whole.value, rel=1e-6)
        assert us_states == pytest.approx(from_us, rel=1e-6)
        assert 0.93 <= from_us / whole.value <= by_country / whole.value <= 1.0
        assert 250 < whole.value / whole.operations < 450, "the mean remittance in US dollars"
