from __future__ import annotations

from dataclasses import fields

from caudal.impact import Answer, coercion_answers


def test_five_answers_stay_apart():
    answers = coercion_answers()
    assert [a.id for a in answers] == ["sanctions", "material support", "civil liability", "immigration", "local law"]
    names = {f.name for f in fields(Answer)}
    assert not names & {"score", "risk", "weight", "rank"}


def test_each_has_rule_source_settled_and_open():
    for answer in coercion_answers():
        assert answer.question.endswith("?")
        assert answer.rule.endswith(".")
        assert answer.settled_points
        assert answer.open_points
        assert answer.settled.count(answer.settled_points[-1]) == 1
        assert answer.sources
        assert all(s.url.startswith("http") and s.text for s in answer.sources)
        assert answer.source_url == answer.sources[0].url


def test_they_arise_by_authority():
    arising = {a.id for a in coercion_answers() if a.arises({"TCO"})}
    assert arising == {"sanctions"}
    assert {a.id for a in coercion_answers() if a.arises({"FTO", "CA-LTE"})} == {a.id for a in coercion_answers()}


def test_nothing_unverified_and_no_person():
    for answer in coercion_answers():
        words = " ".join([answer.rule, answer.settled, answer.open, answer.knowledge, answer.duress, answer.amount])
        assert "unverified" not in words.lower()
        assert "from memory" not in words.lower()
    immigration = next(a for a in coercion_answers() if a.id == "immigration")
    assert "never for a person" in immigration.question
