"""The evidence of one pair, as a person reads it: reasons in words, each with its bits; their sum decides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from caudal.screening import layout as k
from caudal.screening.asking import contradicted, in_words, questions
from caudal.screening.bands import ALERT, ASK, BELOW, Bands, Question
from caudal.screening.calibration import Calibration
from caudal.screening.matcher import Pairing
from caudal.screening.phrases import CORE, NUMBER, PLACE, ROLE_WORDS
from caudal.screening.reason import Reason
from caudal.screening.spelling import EXACT, FORM, LOOSE, ONE_EDIT, PET, SOUND
from caudal.screening.subjects import Subject

KEPT_BELOW = 2.4
"""Bits under the threshold within which pairs are kept: the ask band (see `bands`) lies there, and the rest is kept so
that samples of what was cleared can be reviewed. People who share one word of a longer name lie just under it
(`Weights.single_under`): there are too many to be looked at."""


HALFWAY = -3.0
"""Bits down to which two parts that differ are called somewhat alike."""


@dataclass(frozen=True)
class Evidence:
    """How strongly two parties seem to be the same, and why.

    Attributes:
        probability: that both are the same party, 0 to 1, from the bits and the stated base rate (see `calibration`).
        bits: weight of all evidence, log2 of the likelihood ratio; the sum of the reasons' bits.
        reasons: why, in words, the weightiest first.
        alert: whether it reaches the screener's threshold, so that a person should look.
        query, listed: the names compared. kind: kind of the listed name (primary, alias, weak, former...).
        question: what would settle the pair, where asking for it is worth its cost; else None.
    """

    probability: float
    bits: float
    reasons: tuple[Reason, ...]
    alert: bool
    query: str = ""
    listed: str = ""
    kind: str = ""
    question: Question | None = None

    @property
    def band(self) -> str:
        """alert, ask or below."""
        return ALERT if self.alert else BELOW if self.question is None else ASK

    @property
    def ask(self) -> bool:
        """Whether more should be asked for: no alert, and an answer would be worth asking for."""
        return self.band == ASK

    def to_json(self) -> str:
        """The `evidence` column of the matches table."""
        held: dict[str, Any] = {"query": self.query, "listed": self.listed, "kind": self.kind}
        if self.question is not None:
            held["ask"] = {"field": self.question.field, "form": self.question.form}
        held["reasons"] = [{"feature": r.feature, "bits": round(r.bits, 2), "text": r.text} for r in self.reasons]
        text = json.dumps(held, ensure_ascii=False)
        return text.encode("utf-8", "replace").decode()  # half a surrogate pair in a name is no text


def one_in(share: float) -> str:
    """A share as people say it, to two figures: `about 1 in 40,000`."""
    if share >= 0.5:
        return "nearly everyone"
    n = 1 / share
    digits = max(len(str(int(n))) - 2, 0)
    return f"about 1 in {round(n, -digits):,.0f}"


_HOW = {
    SOUND: "in sound",
    FORM: "as another form of the same name",
    ONE_EDIT: "but for one letter",
    LOOSE: "but for two letters",
    PET: "as a short, pet or foreign form",
}


def _against(query: str, listed: str, bits: float) -> Reason:
    """Two distinctive parts that stand against each other."""
    if bits > 0:
        return Reason("alike", bits, f"{query} is written much like {listed}")
    if bits > HALFWAY:
        return Reason("alike", bits, f"{query} is somewhat like {listed}, and may be another name")
    return Reason("contradiction", bits, f"{query} stands where the list has {listed}")


def name_reasons(pairing: Pairing, query: int, listed: int, alias_kind: str) -> list[Reason]:
    """Reasons from the two names; their bits sum to the pair's score."""
    links, parts = pairing.explain(query, listed)
    a, b = pairing.query.parsed[query], pairing.listed.parsed[listed]
    q_at, t_at = int(pairing.query.start[query]), int(pairing.listed.start[listed])
    reasons: list[Reason] = []
    soft: list[str] = []
    against: list[Reason] = []
    q_used: set[int] = set()
    t_used: set[int] = set()
    core = 0.0
    for row in links:
        i, i_span, j, j_span = (int(x) for x in row[: k.L_BITS])
        bits, made = float(row[k.L_BITS]), int(row[k.L_HOW])
        q_used.update(range(i, i + i_span))
        t_used.update(range(j, j + j_span))
        q_word, t_word = " ".join(a.tokens[i : i + i_span]).upper(), " ".join(b.tokens[j : j + j_span]).upper()
        role = max(min(a.roles[i : i + i_span]), min(b.roles[j : j + j_span]))
        if role > PLACE:
            soft.append(t_word)
            continue
        q_id = int(pairing.query.tok[q_at + i] if i_span == 1 else pairing.query.join[q_at + i])
        t_id = int(pairing.listed.tok[t_at + j] if j_span == 1 else pairing.listed.join[t_at + j])
        level, share = pairing.nearness(q_id, t_id)
        if made == k.BY_LETTERS:
            against.append(_against(q_word, t_word, bits))
            continue
        what = "surname" if b.surname[j] else ROLE_WORDS[role]
        if level < 0:
            text = f"initial {min(q_word, t_word, key=len)} fits {max(q_word, t_word, key=len)}"
        elif i == len(a.tokens) - 1 and a.cut and q_id >= pairing.query.real:
            text = f"{what} {t_word} begins with {q_word}, where the line was cut; {one_in(share)} begin so"
        elif i_span + j_span > 2:
            text = f"{what} {q_word} and {t_word} are the same letters; {one_in(share)}"
        elif level == EXACT:
            text = f"{what} {t_word} agrees exactly, {one_in(share)}"
        else:
            text = f"{what} {q_word} agrees with {t_word} {_HOW[level]}; {one_in(share)} come as near"
        reasons.append(Reason("number" if role == NUMBER else "name", bits, text))
        core += bits
    reasons.sort(key=lambda r: -r.bits)
    reasons += against
    counted = float(parts[k.P_CORE] + parts[k.P_GENERIC])
    if counted < core - 1e-9:
        text = "places and lines of business together count little where the names are not wholly alike"
        reasons.append(Reason("generic words", counted - core, text))
    if soft:
        words = ", ".join(dict.fromkeys(soft))
        text = f"legal forms, titles, particles and trade phrases agree besides ({words}); they tell few parties apart"
        reasons.append(Reason("boilerplate", float(parts[k.P_BOILERPLATE] + parts[k.P_PARTICLE]), text))
    reasons += _left_over(parts, a.tokens, a.roles, b.tokens, b.roles, q_used, t_used, b.surname, a.cut)
    if parts[k.P_LONE]:
        text = "one distinctive word alone: firms that have nothing to do with each other pick the same words"
        reasons.append(Reason("lone word", float(parts[k.P_LONE]), text))
    if parts[k.P_BODY]:
        text = "firms build their names of fewer words than people do"
        reasons.append(Reason("words of firms", float(parts[k.P_BODY]), text))
    if parts[k.P_WHOLE]:
        reasons.append(Reason("whole name", float(parts[k.P_WHOLE]), "nothing distinctive is left over on either side"))
    if parts[k.P_CAPPED]:
        text = "capped: after a contradiction, or with one shared word only, the rest cannot carry an alert"
        reasons.append(Reason("cap", float(parts[k.P_CAPPED]), text))
    if parts[k.P_WEAK]:
        reasons.append(Reason("weak alias", float(parts[k.P_WEAK]), "the list itself calls this alias weak"))
    if parts[k.P_KIND]:
        reasons.append(Reason("kind", float(parts[k.P_KIND]), "one is a person, the other a body or a vessel"))
    reasons += [Reason("writing", 0.0, remark) for remark in a.remarks]
    if alias_kind == "former":
        reasons.append(Reason("former name", 0.0, "the list gives it as a former name"))
    return reasons


def _left_over(
    parts: np.ndarray, q_tokens: tuple[str, ...], q_roles: tuple[int, ...], t_tokens: tuple[str, ...],
    t_roles: tuple[int, ...], q_used: set[int], t_used: set[int], surname: tuple[bool, ...], cut: bool,
) -> list[Reason]:  # fmt: skip
    """What one side has and the other lacks, in words."""
    q_rest = [(i, t.upper()) for i, t in enumerate(q_tokens) if i not in q_used and q_roles[i] <= PLACE]
    t_rest = [(j, t.upper()) for j, t in enumerate(t_tokens) if j not in t_used and t_roles[j] <= PLACE]
    q_words, t_words = " ".join(w for _, w in q_rest), " ".join(w for _, w in t_rest)
    found = []
    clash = float(parts[k.P_CONTRADICTION])
    missing = float(parts[k.P_MISSING])
    if clash:
        if q_words and t_words:
            found.append(Reason("contradiction", clash, f"{q_words} stands where the list has {t_words}"))
        else:
            found.append(Reason("contradiction", clash, "the legal forms differ"))
    if t_rest and not q_rest:
        if cut:
            found.append(Reason("missing", missing, f"{t_words} may have been cut off"))
        else:
            seconds = [j for j, _ in t_rest if surname[j] and t_roles[j] == CORE]
            others = any(surname[j] for j in t_used)
            second = len(seconds) == len(t_rest) == 1 and others
            text = f"no second surname given (the list has {t_words})" if second else f"{t_words} is not given"
            found.append(Reason("missing", missing, text))
    elif q_rest and not t_rest:
        found.append(Reason("missing", missing, f"the list has no {q_words}"))
    elif missing:
        found.append(Reason("missing", missing, "one side has more names than the other"))
    return found


def weigh(
    reasons: list[Reason], bands: Bands, calibration: Calibration, between: tuple[Subject, Subject] | None, **names: str
) -> Evidence:
    """The evidence from its reasons.

    Args:
        reasons: they are summed. bands: the decision rule. calibration: what they make of a probability.
        between: the party and the list entry, where a question to the party may settle the pair.
        names: query, listed and kind of `Evidence`.
    """
    bits = sum(reason.bits for reason in reasons)
    probability = calibration.probability(bits)
    question = None
    if between is not None and not contradicted([(reason.feature, reason.bits) for reason in reasons]):
        compared = names.get("query", ""), names.get("listed", "")
        question = bands.best(probability, questions(*between, compared))
    if question is not None:
        reasons = [*reasons, Reason("ask", 0.0, in_words(question))]
    return Evidence(probability, bits, tuple(reasons), probability >= bands.threshold, question=question, **names)
