"""The first screen: the question, the answer in words, three numbers, and what to look at first."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from caudal.reports.books import Books
from caudal.reports.effect import title_of
from caudal.reports.format import amount, count, cut, day, short
from caudal.reports.wording import Wording

OLD_LIST_DAYS = 30
"""A list older than this is named on the first screen."""

MANY_REJECTED = 0.01
"""A share of rejected rows above this is named on the first screen."""


@dataclass(frozen=True)
class Number:
    """One of the three numbers: the value, what it counts, and the detail below it."""

    value: Markup | str
    label: Markup
    detail: Markup
    anchor: str


@dataclass(frozen=True)
class Pointer:
    """One thing to look at first: what it is, why, and where it is in the report."""

    text: Markup
    reason: Markup
    anchor: str


@dataclass(frozen=True)
class Answer:
    """All of the first screen."""

    question: Markup
    sentences: list[Markup]
    numbers: list[Number]
    pointers: list[Pointer]


@dataclass(frozen=True)
class _Tally:
    parties: int
    alerts: int
    texts: int
    owned: int
    paid_out: int
    payees: int
    institutions: int
    paid_in: int
    payers: int
    harmed: int
    victims: int
    harmed_ranges: list[tuple[str, float, float, float]]

    @property
    def harmed_span(self) -> tuple[int, int, int]:
        """All ways of being hit together, low, mid and high; someone hit in two ways counts twice."""
        _, low, mid, high = zip(*self.harmed_ranges, strict=True)
        return round(sum(low)), round(sum(mid)), round(sum(high))


def answer(books: Books, wording: Wording) -> Answer:
    """The first screen, written from the numbers of the tables."""
    tally = _count(books)
    return Answer(
        question=_question(books, wording),
        sentences=_sentences(books, wording, tally),
        numbers=_numbers(books, wording, tally),
        pointers=_pointers(books, wording, tally),
    )


def _question(books: Books, wording: Wording) -> Markup:
    groups = books.facts.groups
    # those with most money in these books first; the others in the order they were given
    moved = {group_id: place for place, group_id in enumerate(books.focus(3))}
    first = sorted(groups, key=lambda g: moved.get(g.id, len(moved)))[:3]
    who = _names([cut(books.group_name(g.id), 60) for g in first], len(groups), wording)
    if not groups:
        return wording("answer.question_open")
    if books.facts.effective is None:
        return wording("answer.question_undated", group=who)
    return wording("answer.question", group=who, day=Markup("<time>{}</time>").format(day(books.facts.effective)))


def _names(names: list[str], total: int, wording: Wording) -> str:
    if total > len(names):
        return ", ".join(names) + wording.plain("answer.and_others", n=total - len(names))
    return wording.plain("answer.and").join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


def _count(books: Books) -> _Tally:
    matched = books.one("""
        SELECT count(DISTINCT party_id) AS parties, count(DISTINCT party_id) FILTER (alert) AS alerts,
               count(DISTINCT transfer_id) FILTER (alert) AS texts FROM matches m
        WHERE NOT EXISTS (
            SELECT 1 FROM standing s WHERE s.state = 'decided' AND s.verdict = 'cleared' AND s.entity_id = m.entity_id
            AND s.party_id IS NOT DISTINCT FROM m.party_id AND s.transfer_id IS NOT DISTINCT FROM m.transfer_id
        )
    """)
    owned = books.one(
        "SELECT count(DISTINCT subject_id) AS n FROM affected WHERE effect = 'blocked' AND role = 'owned'"
    )
    edge = books.one("""
        SELECT coalesce(sum(attributed) FILTER (direction = 'forward'), 0)::BIGINT AS paid_out,
               coalesce(sum(attributed) FILTER (direction = 'backward'), 0)::BIGINT AS paid_in,
               count(DISTINCT account_id) FILTER (direction = 'backward') AS payers FROM edge
    """)
    reached = books.one("""
        SELECT count(DISTINCT e.account_id) AS payees, count(DISTINCT l.institution_id) AS institutions
        FROM exposed e LEFT JOIN labels l USING (account_id) WHERE e.direction = 'forward'
    """)
    harmed = books.one("""
        SELECT count(DISTINCT subject_id) AS harmed,
               count(DISTINCT subject_id) FILTER (role = 'possible victim') AS victims FROM affected
                 WHERE effect = 'harmed'
    """)
    # One row for each way of being hit; a longer name (`harmed.x.y`) is a part of its row and not counted again.
    ranges = books.rows("""
        SELECT measure, low, mid, high FROM outcomes
        WHERE measure LIKE 'harmed.%' AND measure NOT LIKE 'harmed.%.%' AND unit = 'count' AND high > 0
          AND subject_kind IN ('people', 'parties')
        ORDER BY mid DESC, measure
    """)
    return _Tally(
        parties=matched["parties"],
        alerts=matched["alerts"],
        texts=matched["texts"],
        owned=owned["n"],
        paid_out=edge["paid_out"],
        payees=reached["payees"],
        institutions=reached["institutions"],
        paid_in=edge["paid_in"],
        payers=edge["payers"],
        harmed=harmed["harmed"],
        victims=harmed["victims"],
        harmed_ranges=[(r["measure"], r["low"], r["mid"], r["high"]) for r in ranges],
    )


def _sentences(books: Books, wording: Wording, tally: _Tally) -> list[Markup]:
    money = books.currency
    said = []
    if not tally.parties and not tally.texts:
        said.append(wording("answer.no_match"))
    else:
        said.append(wording("answer.matches", n=tally.alerts))
        if tally.owned:
            said.append(wording("answer.owned", n=tally.owned))
        if tally.texts:
            said.append(wording("answer.texts", n=tally.texts))
    if not tally.payees and not tally.paid_in:
        said.append(wording("answer.no_exposure"))
    if tally.paid_in:
        said.append(wording("answer.paid_in", amount=amount(tally.paid_in, money), n=tally.payers))
    if tally.payees:
        said.append(
            wording(
                "answer.paid_out",
                amount=amount(tally.paid_out, money),
                n=tally.payees,
                institutions=wording("answer.institutions", n=tally.institutions),
            )
        )
    if tally.harmed_ranges:
        low, mid, high = tally.harmed_span
        said.append(wording("answer.harmed_range", n=mid, low=f"{low:,}", high=f"{high:,}"))
    elif tally.harmed:
        said.append(wording("answer.harmed", n=tally.harmed))
    elif books.rows_of["outcomes"] or books.rows_of["affected"]:
        said.append(wording("answer.no_harm"))
    else:
        said.append(wording("answer.not_assessed"))
    return said


def _numbers(books: Books, wording: Wording, tally: _Tally) -> list[Number]:
    harmed, harmed_detail = count(tally.harmed), wording("answer.number_harmed_none")
    if tally.harmed_ranges:
        low, mid, high = tally.harmed_span
        harmed = count(mid) if low == high else wording("answer.span", low=count(low), high=count(high))
        harmed_detail = wording("answer.number_harmed_range", n=mid)
    elif tally.harmed:
        harmed_detail = wording("answer.number_harmed_detail", n=tally.victims)
    return [
        Number(
            count(tally.alerts),
            wording("answer.number_matches", n=tally.alerts),
            wording("answer.number_matches_detail", owned=f"{tally.owned:,}", n=tally.parties - tally.alerts),
            "matches",
        ),
        Number(
            amount(tally.paid_out, books.currency),
            wording("answer.number_reached", n=max(1, len(books.facts.groups))),
            wording("answer.number_reached_detail", n=tally.payees, institutions=f"{tally.institutions:,}"),
            "exposure",
        ),
        Number(harmed, wording("answer.number_harmed", n=tally.harmed), harmed_detail, "effect"),
    ]


def _pointers(books: Books, wording: Wording, tally: _Tally) -> list[Pointer]:
    found = [
        *_first_match(books, wording),
        *_first_account(books, wording),
        *_first_institution(books, wording),
        *_first_finding(books, wording),
        *_first_harm(tally, books, wording),
        *_first_warning(books, wording),
    ]
    return found[:5]


def _first_match(books: Books, wording: Wording) -> list[Pointer]:
    rows = books.rows("""
        SELECT coalesce(p.name, t.purpose, m.party_id, m.transfer_id) AS name,
               coalesce(e.caption, m.entity_id) AS listed,
               m.bits FROM matches m LEFT JOIN parties p USING (party_id) LEFT JOIN entities e USING (entity_id)
        LEFT JOIN transfers t ON t.transfer_id = m.transfer_id WHERE m.alert
        ORDER BY m.bits DESC, m.party_id, m.entity_id LIMIT 1
    """)
    return [
        Pointer(
            wording("look.match", name=cut(row["name"], 60), listed=cut(row["listed"], 60)),
            wording("look.match_why", bits=f"{row['bits']:.0f}"),
            "match-1",
        )
        for row in rows
    ]


def _first_account(books: Books, wording: Wording) -> list[Pointer]:
    rows = books.rows("""
        SELECT e.account_id, e.group_id, e.direct + e.indirect AS total, e.held, coalesce(l.name, e.account_id) AS name
        FROM exposed e LEFT JOIN labels l USING (account_id)
        WHERE e.direction = 'forward' AND NOT coalesce(l.pooled, false)
        ORDER BY total DESC, e.account_id LIMIT 1
    """)
    return [
        Pointer(
            wording("look.account", name=cut(row["name"], 60), amount=amount(row["total"], books.currency)),
            wording("look.account_why", held=amount(row["held"], books.currency)),
            "exposure",
        )
        for row in rows
    ]


def _first_institution(books: Books, wording: Wording) -> list[Pointer]:
    rows = books.rows("""
        SELECT l.institution AS name, sum(e.attributed)::BIGINT AS total,
               (SELECT sum(attributed) FROM edge WHERE direction = 'forward')::BIGINT AS whole
        FROM edge e JOIN labels l USING (account_id)
        WHERE e.direction = 'forward' AND l.institution IS NOT NULL GROUP BY 1 ORDER BY total DESC, 1 LIMIT 1
    """)
    return [
        Pointer(
            wording("look.institution", name=cut(row["name"], 60)),
            wording(
                "look.institution_why",
                share=f"{row['total'] / row['whole']:.0%}",
                amount=amount(row["total"], books.currency),
            ),
            "institutions",
        )
        for row in rows
    ]


def _first_finding(books: Books, wording: Wording) -> list[Pointer]:
    rows = books.rows("""
        SELECT typology, len(accounts) AS accounts, amount,
               len(list_filter(roles, lambda r: r = 'possible victim')) AS victims
        FROM findings ORDER BY score DESC, amount DESC, finding_id LIMIT 1
    """)
    return [
        Pointer(
            wording(
                "look.finding",
                typology=wording.of("typology", row["typology"]),
                amount=amount(row["amount"], books.currency),
            ),
            wording("look.finding_why", n=row["accounts"], victims=f"{row['victims']:,}")
            if row["victims"]
            else wording("look.finding_why_plain", n=row["accounts"]),
            "finding-1",
        )
        for row in rows
    ]


def _first_harm(tally: _Tally, books: Books, wording: Wording) -> list[Pointer]:
    if tally.harmed_ranges:
        measure, low, mid, high = tally.harmed_ranges[0]
        what, span = title_of(measure, wording), (short(round(low)), short(round(high)))
        text = wording("look.harm_range", what=what, mid=short(round(mid)), low=span[0], high=span[1])
        return [Pointer(text, wording("look.harm_why"), "effect")]
    rows = books.rows("""
        SELECT role, count(DISTINCT subject_id) AS n FROM affected WHERE effect = 'harmed'
        GROUP BY role ORDER BY n DESC, role LIMIT 1
    """)
    return [
        Pointer(wording("look.harm", n=row["n"], role=row["role"]), wording("look.harm_why"), "effect") for row in rows
    ]


def _first_warning(books: Books, wording: Wording) -> list[Pointer]:
    ledger = books.facts.ledger
    old = [v for v in books.facts.list_versions if v.age_days is not None and v.age_days > OLD_LIST_DAYS]
    bad = ledger.rows_read - ledger.accepted
    if ledger.rows_read and bad / ledger.rows_read > MANY_REJECTED:
        return [Pointer(wording("look.rejected", n=bad), wording("look.rejected_why"), "screened")]
    if old:
        worst = max(old, key=lambda v: v.age_days or 0)
        return [
            Pointer(
                wording("look.old_list", dataset=worst.dataset, n=worst.age_days),
                wording("look.old_list_why"),
                "screened",
            )
        ]
    return []
