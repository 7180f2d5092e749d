from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from caudal.cli import cli
from caudal.errors import InputError
from caudal.register import ListSource, Register, law
from caudal.register.data import parse, shipped
from caudal.register.dossier import Fact, GroupFacts, criteria, dossier, facts, terminal
from caudal.register.dossier.assess import weigh
from caudal.register.dossier.page import html
from caudal.register.dossier.relations import FILES, relations
from caudal.register.groups import builtin_groups

DAY = date(2026, 11, 24)
GOOD = """
group = "a"
[[fact]]
id = "x"
topic = "kind"
text = "t"
day = "2025-02"
confidence = "low"
source = "s"
source_url = "https://x.test"
"""
MEMBERS = "entity_id,schema,name,aliases,birth_date,countries,identifiers,group,authority,programme,effective,source\n"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def register() -> Register:
    return Register.load([], as_of=DAY)


class Tags(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


@pytest.mark.parametrize("group", sorted(builtin_groups()))
def test_every_group_has_facts_each_with_source_day_and_confidence(group: str) -> None:
    held = facts(group)
    assert held.fact
    for fact in held.fact:
        assert fact.source
        assert fact.source_url.startswith("http")
        assert fact.confidence in {"high", "moderate", "low"}
        assert date.fromisoformat((fact.day + "-01-01")[:10]) <= fact.checked == DAY
        assert not re.search(r"unverified|memory", fact.text + fact.source)
        assert not re.search(r"\bcriminals?\b(?! (group|organi))|\bterrorists\b", fact.text), fact.text


def test_no_file_without_a_group() -> None:
    assert {f.name for f in shipped("dossiers").iterdir()} == {f"{g}.toml" for g in builtin_groups()}


@pytest.mark.real
def test_every_source_is_one_of_the_facts_gathered(shared_data: Path) -> None:
    domain = shared_data.parent / "domain"
    text = (domain / "facts.md").read_text(encoding="utf-8")
    with (domain / "designations.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    text += " ".join(r["source"] for r in rows)
    official = ("https://eur-lex.europa.eu/eli/reg/2001/2580", "https://github.com/opensanctions/opensanctions")
    for group in builtin_groups():
        for fact in facts(group).fact:
            assert fact.source_url in text or fact.source_url.startswith(official), (group, fact.id)


def test_days_of_unverified_rows_are_not_used() -> None:
    texts = " ".join(f.text for g in builtin_groups() for f in facts(g).fact)
    for day in ("2012-10-11", "2024-07-11", "2021-12-15", "2015-04-08", "2024-02-07", "2024-06-06", "2025-12-17"):
        assert day not in texts


@pytest.mark.parametrize(
    "text",
    [
        GOOD.replace('source = "s"\n', ""),
        GOOD.replace('day = "2025-02"\n', ""),
        GOOD.replace("2025-02", "2025-13"),
        GOOD.replace("kind", "threat score"),
        GOOD.replace('"low"', '"certain"'),
        GOOD + 'supports = ["no-such"]\n',
        GOOD + 'supports = ["fto-threat"]\ncontradicts = ["fto-threat"]\n',
        GOOD + 'disagrees = ["y"]\n',
        GOOD + 'how = "cells"\n',
        GOOD + GOOD.replace('\ngroup = "a"', ""),
    ],
)
def test_a_faulty_dossier_is_refused(text: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(GroupFacts, text, "a.toml")
    assert caught.value.file == "a.toml"


def test_the_good_one_is_read_and_known_from_its_month_on() -> None:
    (fact,) = parse(GroupFacts, GOOD, "a.toml").fact
    assert [fact.known_on(d) for d in (date(2025, 2, 1), date(2025, 2, 28), date(2025, 3, 1))] == [False, True, True]
    year = fact.model_copy(update={"day": "2026"})
    assert [year.known_on(d) for d in (date(2026, 11, 23), DAY)] == [False, True]


def test_criteria_have_sources_and_authorities_that_are_held() -> None:
    for authority, one in criteria().items():
        assert authority in law.authorities()
        assert one.source
        assert one.source_url.startswith("https://")
        assert one.checked == DAY
    (fto,) = [c for c in criteria().values() if c.finds]
    assert fto.id == "FTO"
    assert [c.id for c in fto.criterion] == ["fto-foreign", "fto-activity", "fto-threat"]


def test_a_criterion_shows_both_sides_what_was_found_and_what_is_missing() -> None:
    text = GOOD + 'supports = ["fto-foreign"]\n'
    other = GOOD.replace('"x"', '"y"').replace('\ngroup = "a"', "") + 'contradicts = ["fto-foreign", "fto-threat"]\n'
    held = parse(GroupFacts, text + other, "a.toml").fact
    foreign, activity, threat = weigh(criteria()["FTO"], held, designated=True)
    assert (foreign.state, foreign.missing) == ("facts on both sides", None)
    assert ([f.id for f in foreign.supports], [f.id for f in foreign.contradicts]) == (["x"], ["y"])
    assert activity.state == "found, facts not held"
    assert activity.missing
    assert (threat.state, threat.missing) == ("facts against it", criteria()["FTO"].criterion[2].asks)
    assert weigh(criteria()["FTO"], [], designated=False)[1].state == "no fact held"
    # Other grounds than the criteria may carry a designation as SDGT, so that alone finds nothing.
    assert {w.state for w in weigh(criteria()["SDGT"], [], designated=True)} == {"no fact held"}


def test_tren_de_aragua(register: Register) -> None:
    found = dossier(register, "Tren de Aragua")
    assert [s.authority for s in found.in_force] == ["FTO", "SDGT", "CA-LTE", "AR-REPET"]
    assert {f.country for f in found.countries} == {"ve", "co", "pe", "cl", "ec", "bo", "br"}
    assert "What it does" in found.missing
    assert found.assessments[0].criteria.id == "FTO"
    assert "UN-SC2653" not in {a.criteria.id for a in found.assessments}
    text = "\n".join(terminal(found))
    assert "FTO, SDGT and CA-LTE since 20\u00a0Feb\u00a02025; AR-REPET since" in text
    assert "Operates in Venezuela; cells in Colombia, Peru and Chile; sporadic presence in Ecuador" in text
    assert "missing: An act of terrorist activity" in text


def test_as_of_an_earlier_day_later_sources_are_left_out(register: Register) -> None:
    before = dossier(register, "tren-de-aragua", day=date(2025, 2, 19))
    assert before.in_force == ()
    assert before.topics == {}
    assert before.later == len(facts("tren-de-aragua").fact)
    assert "no designation known" in terminal(before)[2] or "under no designation" in terminal(before)[2]
    assert "Not known" in html(before)


def test_the_farc_is_shown_with_its_end_its_successors_and_the_conflict(register: Register) -> None:
    found = dossier(register, "farc")
    assert [g.id for g in found.successors] == ["farc-ep", "segunda-marquetalia"]
    assert {(a.id, b.id) for a, b in found.conflicts} == {("ca-listed", "dissolved"), ("ca-listed", "revoked")}
    fto = next(a for a in found.assessments if a.criteria.id == "FTO")
    assert fto.status == "no"
    assert fto.weighed[1].state == "facts against it"
    page = html(found)
    assert "Sources at odds" in page
    assert "no longer designated under FTO and SDGT; CA-LTE not known" in page
    assert [g.id for g in dossier(register, "cartel-del-noreste").predecessors] == ["los-zetas"]


@pytest.mark.parametrize("group", sorted(builtin_groups()))
def test_every_page_is_whole_self_contained_and_names_its_gaps(group: str, register: Register) -> None:
    found = dossier(register, group)
    page = html(found)
    for tag, attributes in Tags(page).seen:
        assert tag not in {"script", "img", "iframe", "object"}
        assert not {a for a in attributes if a.startswith("on")}
        if tag == "a":
            assert re.match(r"https?://|#", attributes["href"] or "")
    assert "score" not in page.replace("There is no score", "")
    assert not re.search(r"(?i)\bcriminals\b|\ba criminal\b|threat level", page)
    for missing in found.missing:
        assert missing.lower() in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_hostile_names_of_a_list_are_escaped(write: Callable[[str, str | bytes], Path]) -> None:
    row = [
        "m-1",
        "Person",
        HOSTILE,
        "",
        "",
        "",
        "",
        "tren-de-aragua",
        "FTO",
        "FTO",
        "2025-02-20",
        "javascript:alert(3)",
    ]
    quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in row)
    register = Register.load([write("members.csv", f"{MEMBERS}{quoted}\n")], as_of=DAY)
    found = dossier(register, "tren-de-aragua")
    assert [r.name for r in found.listed["people"]] == [HOSTILE]
    page = html(found)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "<img" not in page
    assert not [a for _, at in Tags(page).seen for a in at.values() if a and a.startswith("javascript")]
    assert HOSTILE in "\n".join(terminal(found))


def test_a_listed_entity_without_a_group_has_a_page_of_its_own(ofac_folder: Path) -> None:
    register = Register.load([ListSource(ofac_folder, published=date(2026, 1, 1))], as_of=DAY)
    entity = next(e for e in register if e.dataset == "us_ofac_sdn" and register.group(e.id).id == e.id)
    found = dossier(register, entity.id)
    assert found.group_id == entity.id
    assert found.topics == {}
    assert "No fact about it is held" in html(found)


def test_a_group_that_only_a_members_list_knows_is_not_taken_for_one_of_its_members(
    write: Callable[[str, str | bytes], Path],
) -> None:
    row = "m-1,Person,Ana Prueba,,,,,Made Up Group,FTO,FTO,2025-02-20,made up\n"
    register = Register.load([write("members.csv", MEMBERS + row)], as_of=DAY)
    found = dossier(register, "made-up-group")
    assert (found.name, found.standings) == ("Made Up Group", ())
    assert [r.name for r in found.listed["people"]] == ["Ana Prueba"]
    assert {a.status for a in found.assessments} == {"no"}
    assert "Made Up Group: not designated on this day" in html(found)
    assert "no list read names the group itself" in "\n".join(terminal(found)).casefold()


def test_alliances_are_read_in_place_by_the_name_the_data_uses(
    register: Register, write: Callable[[str, str | bytes], Path]
) -> None:
    head = "\ufeffEdge,Node,Group,RNode,RGroup,weight\n"
    write(
        "BACRIM2020_Rivals.csv",
        f"{head}E1,N1,Cártel de Sinaloa,N2,Made Up One,2\nE2,N2,Made Up Two,N1,Cártel de Sinaloa,5\n",
    )
    folder = write("BACRIM2020_Alliances.csv", f"{head}E3,N1,Cártel de Sinaloa,N2,Made Up One,1\n").parent
    found = dossier(register, "cartel-de-sinaloa", alliances=folder)
    assert [(r.kind, r.other, r.weight) for r in found.relations or ()] == [
        ("ally", "Made Up One", 1),
        ("rival", "Made Up Two", 5),
        ("rival", "Made Up One", 2),
    ]
    assert found.two_sided == ("Made Up One",)
    assert "both as ally and as rival" in html(found)
    assert dossier(register, "los-lobos", alliances=folder).relations is None  # another group of that name
    write("BACRIM2020_Rivals.csv", f"{head}E1,N1,Cártel de Sinaloa,N2,Made Up One,many\n")
    with pytest.raises(InputError, match="row 2"):
        dossier(register, "cartel-de-sinaloa", alliances=folder)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda t: f"Group,RGroup,weight\n{t}".encode()))
def test_any_table_of_alliances_is_read_or_refused_in_one_way(tmp_path: Path, content: bytes) -> None:
    for name in FILES.values():
        (tmp_path / name).write_bytes(content)
    with suppress(InputError):
        assert all(r.other != "A" for r in relations(tmp_path, "A"))


@given(
    st.lists(
        st.builds(
            Fact,
            id=st.uuids().map(str),
            topic=st.just("context"),
            text=st.just("t"),
            day=st.just("2025"),
            confidence=st.just("low"),
            source=st.just("s"),
            source_url=st.just("https://x.test"),
            supports=st.sets(st.sampled_from(["fto-foreign", "fto-threat"])).map(tuple),
            contradicts=st.just(("fto-activity",)) | st.just(()),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_no_fact_is_lost_and_none_counts_more_than_once(held: list[Fact], designated: bool) -> None:
    weighed = weigh(criteria()["FTO"], held, designated=designated)
    for one in weighed:
        assert list(one.supports) == [f for f in held if one.criterion.id in f.supports]
        assert list(one.contradicts) == [f for f in held if one.criterion.id in f.contradicts]
        assert (one.missing is None) == bool(one.supports)
        assert (one.state == "found, facts not held") == (designated and not one.supports and not one.contradicts)
    # One fact more or less changes no state but from "none" to "some": the states do not count.
    again = weigh(criteria()["FTO"], held + held, designated=designated)
    assert [w.state for w in again] == [w.state for w in weighed]


@pytest.mark.real
def test_the_real_lists_and_alliances(real_register: Register, shared_data: Path) -> None:
    found = dossier(real_register, "cjng", day=DAY, alliances=shared_data / "groups")
    assert sum(map(len, found.listed.values())) > 0
    rivals = {r.other for r in found.relations or () if r.kind == "rival"}
    assert "La Nueva Familia Michoacana" in rivals
    for kind, rows in found.listed.items():
        assert all(r.words and r.kind == kind for r in rows)
    assert html(found)


def test_on_the_command_line(tmp_path: Path) -> None:
    def caudal(*args: str) -> str:
        done = CliRunner().invoke(cli, ["dossier", "tren-de-aragua", "--as-of", "2026-11-24", *args])
        assert done.exit_code == 0, done.output
        return done.output

    assert caudal().startswith("Tren de Aragua\n")
    page = tmp_path / "new" / "page.html"
    assert caudal("--html", str(page)).strip() == str(page)
    assert page.read_text(encoding="utf-8").startswith("\n<!doctype html>") or "<!doctype html>" in page.read_text()
    told = json.loads(caudal("--json"))
    assert told["group_id"] == "tren-de-aragua"
    assert told["assessments"][0]["weighed"][1]["state"] == "found, facts not held"
    assert all(f["source_url"] for fs in told["topics"].values() for f in fs)


@pytest.mark.parametrize(
    "args", [("no-such-group",), ("farc", "--html", "/dev/null/page.html"), ("cjng", "--alliances", "absent")]
)
def test_bad_input_is_named(args: tuple[str, ...]) -> None:
    assert isinstance(CliRunner().invoke(cli, ["dossier", *args]).exception, InputError)
