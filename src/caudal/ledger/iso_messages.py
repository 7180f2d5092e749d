"""What one payment in an ISO 20022 message says: its elements as a flat record, the same for every kind of message.

Elements are read by their path below the payment, as the schemas of pacs.008, pacs.009, pain.001 (customer credit
transfers, transfers of financial institutions, orders) and camt.053 (statements) name them; what a message says once
for all its payments (group header, payment information, account of a statement) is read once and looked up there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, NamedTuple

COLUMNS = (
    "path",
    "MsgId",
    "UETR",
    "EndToEndId",
    "id",
    "date",
    "Amt",
    "Amt/@Ccy",
    "DbtrAcct",
    "Dbtr",
    "Dbtr/type",
    "Dbtr/Ctry",
    "DbtrAgt/BICFI",
    "DbtrAgt",
    "DbtrAgt/Ctry",
    "CdtrAcct",
    "Cdtr",
    "Cdtr/type",
    "Cdtr/Ctry",
    "CdtrAgt/BICFI",
    "CdtrAgt",
    "CdtrAgt/Ctry",
    "RmtInf",
    "channel",
    *(f"agent {place}" for place in range(1, 9)),
)
"""Columns of a payment as read, in order; names of elements where one stands behind."""

AGENTS = 8
"""Columns for institutions between both sides: three before the instructing one, two that hand on, three after."""

NOT_PROVIDED = "NOTPROVIDED"
"""What the messages write where the payer gave no reference."""

MARK = " | "
"""Between a payer's reference and the hash that tells payments of one reference apart."""

HASH = 23
"""Hex digits of that hash."""

COVERED = "UndrlygCstmrCdtTrf"
"""Element of a pacs.009 that tells the customers' payment which it covers."""

_UETR, _REFERENCE, _ID = (COLUMNS.index(name) for name in ("UETR", "EndToEndId", "id"))
_TELLING = [
    COLUMNS.index(name) for name in ("EndToEndId", "date", "Amt", "Amt/@Ccy", "DbtrAcct", "Dbtr", "CdtrAcct", "Cdtr")
]

Flat = dict[str, list[str]]


class Who(NamedTuple):
    """A person or firm as one message describes it; what is not said is empty."""

    name: str = ""
    type: str = ""
    country: str = ""
    birth_date: str = ""
    identifiers: tuple[str, ...] = ()
    address: str = ""

    def adds_to(self, other: Who) -> bool:
        """Whether this description says anything that `other` does not."""
        same = " ".join(self.name.casefold().split()) == " ".join(other.name.casefold().split())
        return not (
            same
            and self.birth_date in ("", other.birth_date)
            and self.country in ("", other.country)
            and self.address in ("", other.address)
            and set(self.identifiers) <= set(other.identifiers)
        )


NOBODY = Who()


class Payment(NamedTuple):
    """One payment: the values of `COLUMNS`, both sides in full, and others it names, each with its role."""

    values: list[str]
    debtor: Who
    creditor: Who
    others: list[tuple[str, Who]]


def flat(element: Any, cut: int, skip: Iterable[str] = ()) -> Flat:
    """The texts below an element by path, such as `Dbtr/Nm`; the currency of an amount is at its path and `@Ccy`.

    Args:
        element: the element.
        cut: length of the namespace in front of every tag.
        skip: children left out.
    """
    found: Flat = {}

    def walk(parent: Any, prefix: str) -> None:
        for child in parent:
            path = prefix + child.tag[cut:]
            if len(child):
                walk(child, path + "/")
                continue
            found.setdefault(path, []).append((child.text or "").strip())
            currency = child.get("Ccy")
            if currency is not None:
                found.setdefault(path + "@Ccy", []).append(currency)

    if not skip:
        walk(element, "")
        return found
    for child in element:
        name = child.tag[cut:]
        if name in skip:
            continue
        if len(child):
            walk(child, name + "/")
        else:
            found.setdefault(name, []).append((child.text or "").strip())
            if child.get("Ccy") is not None:
                found.setdefault(name + "@Ccy", []).append(child.get("Ccy"))
    return found


def first(record: Flat, *paths: str) -> str:
    """The first text there is at one of the paths, else empty."""
    for path in paths:
        for text in record.get(path, ()):
            if text:
                return text
    return ""


def by_element(record: Flat) -> dict[str, Flat]:
    """A header's texts by their outermost element, so that a payment can take over what it does not say itself."""
    found: dict[str, Flat] = {}
    for path, texts in record.items():
        found.setdefault(path.partition("/")[0].partition("@")[0], {})[path] = texts
    return found


def with_header(record: Flat, elements: set[str], header: dict[str, Flat]) -> Flat:
    """A payment with what its message says for all: an element that the payment has itself is taken from it whole."""
    for name, texts in header.items():
        if name not in elements:
            elements.add(name)
            record.update(texts)
    return record


def credit_transfer(record: Flat, elements: set[str], bank: bool, place: str) -> Payment:
    """A payment of pacs.008 (or pacs.009 where `bank`) or of pain.001.

    Args:
        record: the payment with what its headers say.
        elements: the outermost elements in it.
        bank: both sides are financial institutions.
        place: path of the payment in the message.
    """
    debtor_agent, creditor_agent = _agent(record, "DbtrAgt/"), _agent(record, "CdtrAgt/")
    debtor_account, creditor_account = _account(record, "DbtrAcct/"), _account(record, "CdtrAcct/")
    if bank:
        debtor, debtor_account, debtor_agent = _bank_side(record, "Dbtr/", debtor_account, debtor_agent)
        creditor, creditor_account, creditor_agent = _bank_side(record, "Cdtr/", creditor_account, creditor_agent)
    else:
        debtor, creditor = _who(record, "Dbtr/"), _who(record, "Cdtr/")
        debtor = debtor if debtor.name else debtor._replace(name=first(record, "DbtrAcct/Nm"))
        creditor = creditor if creditor.name else creditor._replace(name=first(record, "CdtrAcct/Nm"))
    others = _others(record, "", elements, debtor, creditor)
    if bank and COVERED in elements:
        at = COVERED + "/"
        covered = [("debtor", _who(record, at + "Dbtr/")), ("creditor", _who(record, at + "Cdtr/"))]
        covered += _others(record, at, None, covered[0][1], covered[1][1])
        others += [(f"underlying {role}", who) for role, who in covered if who.name or who.identifiers]
    amount = next((p for p in ("IntrBkSttlmAmt", "Amt/InstdAmt", "Amt/EqvtAmt/Amt") if p in record), "")
    times = (first(record, p) for p in ("SttlmTmIndctn/CdtDtTm", "SttlmTmIndctn/DbtDtTm", "AccptncDtTm", "CreDtTm"))
    day = first(record, "IntrBkSttlmDt", "ReqdExctnDt/Dt", "ReqdExctnDt/DtTm", "ReqdExctnDt")
    values = [
        place,
        first(record, "MsgId"),
        first(record, "PmtId/UETR"),
        first(record, "PmtId/EndToEndId"),
        "",
        _time(day, times),
        first(record, amount),
        first(record, amount + "@Ccy"),
        *_side(debtor, debtor_account, debtor_agent),
        *_side(creditor, creditor_account, creditor_agent),
        _text(record),
        "cheque" if first(record, "PmtMtd") == "CHK" else "transfer",
        *_via(record, "", elements, debtor_agent[0], creditor_agent[0]),
    ]
    _identify(values, [values[1], first(record, "CreDtTm"), place])
    return Payment(values, debtor, creditor, others)


def entry(record: Flat, entry_of: Flat, statement: Flat, single: bool, place: str, number: int) -> Payment:
    """A booked payment of a camt.053 statement.

    Args:
        record: the transaction's details; empty where the entry gives none.
        entry_of: the entry.
        statement: the statement: its account, and who holds and who keeps it.
        single: the entry has no other details, so that its amount is this payment's.
        place: path of the payment in the message.
        number: place of the details in their entry.
    """
    credit = (first(record, "CdtDbtInd") or first(entry_of, "CdtDbtInd")) == "CRDT"
    # In the reversal of an entry both sides keep the roles that they had in the payment it takes back.
    other = "Dbtr" if credit != (first(entry_of, "RvslInd") in ("true", "1")) else "Cdtr"
    own = _who(statement, "Acct/Ownr/")
    if not own.name:
        own = own._replace(name=first(statement, "Acct/Nm"))
    own_side = (own, _account(statement, "Acct/"), _agent(statement, "Acct/Svcr/"))
    theirs = _party(record, f"RltdPties/{other}/")
    account = _account(record, f"RltdPties/{other}Acct/")
    agent = _agent(record, f"RltdAgts/{other}Agt/")
    if not theirs.name:
        theirs = theirs._replace(name=first(record, f"RltdPties/{other}Acct/Nm"))
    if not theirs.name and not account:
        theirs, account = Who(type="unnamed"), "UNNAMED" + own_side[1]
    their_side = (theirs, account, agent)
    debtor, creditor = (their_side, own_side) if credit else (own_side, their_side)
    amount, currency = _entry_amount(record, entry_of, single)
    times = (first(record, "RltdDts/AccptncDtTm"), first(record, "RltdDts/TxDtTm"))
    day = first(entry_of, "BookgDt/DtTm", "BookgDt/Dt", "BookgDt", "ValDt/DtTm", "ValDt/Dt", "ValDt")
    family = first(record, "BkTxCd/Domn/Fmly/Cd") or first(entry_of, "BkTxCd/Domn/Fmly/Cd")
    text = _text(record) or _one_line(
        first(record, "AddtlTxInf") or (first(entry_of, "AddtlNtryInf") if single else "")
    )
    values = [
        place,
        first(statement, "Id"),
        first(record, "Refs/UETR"),
        first(record, "Refs/EndToEndId"),
        "",
        _time(day, times),
        amount,
        currency,
        *_side(*debtor),
        *_side(*creditor),
        text,
        {"CNTR": "cash", "CCRD": "card", "MCRD": "card"}.get(family, "transfer"),
        *_via(record, "RltdAgts/", None, debtor[2][0], creditor[2][0]),
    ]
    # A bank's reference stays the same when a later statement repeats the entry; else the statement tells it apart.
    reference = first(record, "Refs/AcctSvcrRef") or first(entry_of, "AcctSvcrRef", "NtryRef")
    _identify(values, [reference, str(number)] if reference else [first(statement, "Id"), place])
    return Payment(values, debtor[0], creditor[0], _others(record, "RltdPties/", None, debtor[0], creditor[0]))


def not_booked(entry_of: Flat) -> str:
    """The status of an entry that is not booked, else empty."""
    status = first(entry_of, "Sts/Cd", "Sts/Prtry", "Sts")
    return "" if status in ("BOOK", "") else status


def _identify(values: list[str], told: list[str]) -> None:
    """Fill in the id: the UETR, else the payer's reference with a hash of what tells this payment from any other."""
    if values[_UETR]:
        values[_ID] = values[_UETR].lower()
        return
    text = "\x1f".join([*told, *(values[at] for at in _TELLING)])
    made = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:HASH]
    values[_ID] = f"{values[_REFERENCE]}{MARK}{made}"


def _entry_amount(record: Flat, entry_of: Flat, single: bool) -> tuple[str, str]:
    for path in ("Amt", "AmtDtls/TxAmt/Amt"):
        if path in record:
            return first(record, path), first(record, path + "@Ccy")
    if single:
        return first(entry_of, "Amt"), first(entry_of, "Amt@Ccy")
    currency = first(entry_of, "Amt@Ccy")
    if first(record, "AmtDtls/InstdAmt/Amt@Ccy") == currency:
        return first(record, "AmtDtls/InstdAmt/Amt"), currency
    return "", currency


def has_amount(record: Flat) -> bool:
    """Whether details of an entry give an amount of their own."""
    return "Amt" in record or "AmtDtls/TxAmt/Amt" in record


def _time(day: str, times: Iterable[str]) -> str:
    """The day of settlement, with the time of day where one of the times is of that day; else the first time."""
    given = [time for time in times if time]
    if not day:
        return given[0] if given else ""
    if "T" in day:
        return day
    if len(day) > 10 and day[10] in "Z+-":
        day = day[:10]  # a day may carry a zone in XML; it stays that day
    return next((time for time in given if time[:10] == day), day)


def _side(who: Who, account: str, agent: tuple[str, str, str]) -> list[str]:
    bic, name, country = agent
    return [account, who.name, who.type, who.country, bic, name, country]


def _account(record: Flat, at: str) -> str:
    return first(record, at + "Id/IBAN", at + "Id/Othr/Id", at + "Id/BBAN", at + "Id/PrtryAcct/Id")


def _agent(record: Flat, at: str) -> tuple[str, str, str]:
    """BIC, name (or number in a clearing system) and country of an institution."""
    at += "FinInstnId/"
    bic = first(record, at + "BICFI", at + "BIC")
    name = first(record, at + "Nm")
    if not bic and not name:
        number = first(record, at + "ClrSysMmbId/MmbId")
        system = first(record, at + "ClrSysMmbId/ClrSysId/Cd", at + "ClrSysMmbId/ClrSysId/Prtry")
        name = f"{system} {number}".strip() if number else first(record, at + "LEI", at + "Othr/Id")
    return bic, name, first(record, at + "PstlAdr/Ctry")


def _bank_side(
    record: Flat, at: str, account: str, agent: tuple[str, str, str]
) -> tuple[Who, str, tuple[str, str, str]]:
    """A financial institution as a side of a payment: without an account number, its BIC stands for its account."""
    bic, name, country = _agent(record, at)
    who = _institution(record, at, bic, name, country)
    return who, account or bic[:8].upper(), agent if any(agent) else (bic, name, country)


def _institution(record: Flat, at: str, bic: str, name: str, country: str) -> Who:
    numbers = tuple(number for number in (bic, first(record, at + "FinInstnId/LEI")) if number)
    if not name and not bic:
        return NOBODY
    country = country or (bic[4:6] if len(bic) in (8, 11) else "")
    return Who(name or bic, "bank", country, "", numbers, _address(record, at + "FinInstnId/PstlAdr/"))


def _party(record: Flat, at: str) -> Who:
    """A side in a statement: a party, in newer versions behind `Pty`, or an institution behind `Agt`."""
    bic, name, country = _agent(record, at + "Agt/")
    if bic or name:
        return _institution(record, at + "Agt/", bic, name, country)
    who = _who(record, at + "Pty/")
    return who if who != NOBODY else _who(record, at)


def _who(record: Flat, at: str) -> Who:
    """A party by its identification: name, type, country, birth date, numbers, address."""
    firm, person = at + "Id/OrgId/", at + "Id/PrvtId/"
    numbers = [
        number
        for path in (
            firm + "AnyBIC",
            firm + "BICOrBEI",
            firm + "LEI",
            firm + "Othr/Id",
            person + "Othr/Id",
        )
        for number in record.get(path, ())
        if number
    ]
    birth = first(record, person + "DtAndPlcOfBirth/BirthDt")[:10]
    kind = ""
    if birth or person + "Othr/Id" in record:
        kind = "person"
    elif numbers:
        kind = "organisation"
    return Who(
        first(record, at + "Nm"),
        kind,
        first(record, at + "PstlAdr/Ctry", at + "CtryOfRes"),
        birth,
        tuple(dict.fromkeys(numbers)),
        _address(record, at + "PstlAdr/"),
    )


def _address(record: Flat, at: str) -> str:
    lines = [line for line in record.get(at + "AdrLine", ()) if line]
    street = " ".join(t for t in (first(record, at + "StrtNm"), first(record, at + "BldgNb")) if t)
    town = " ".join(t for t in (first(record, at + "PstCd"), first(record, at + "TwnNm")) if t)
    rest = [first(record, at + name) for name in ("Dept", "BldgNm", "Flr", "PstBx", "Room")]
    area = [first(record, at + name) for name in ("TwnLctnNm", "DstrctNm", "CtrySubDvsn")]
    told = [part for part in (*rest, street, *lines, *area[:2], town, area[2]) if part]
    return ", ".join([*told, first(record, at + "Ctry")]).rstrip(", ") if told else ""


def _others(record: Flat, at: str, elements: set[str] | None, debtor: Who, creditor: Who) -> list[tuple[str, Who]]:
    """Who is named beside both sides; one that only repeats what its own side says is left out."""
    found = []
    for name, role, side in (
        ("UltmtDbtr", "ultimate debtor", debtor),
        ("UltmtCdtr", "ultimate creditor", creditor),
        ("InitgPty", "initiating party", debtor),
        ("TradgPty", "trading party", NOBODY),
    ):
        if elements is None or name in elements:
            who = _party(record, f"{at}{name}/")
            if (who.name or who.identifiers) and who.adds_to(side):
                found.append((role, who))
    invoice = "RmtInf/Strd/" if at != COVERED + "/" else f"{at}RmtInf/Strd/"
    for name, role, side in (("Invcr/", "invoicer", creditor), ("Invcee/", "invoicee", debtor)):
        if invoice + name + "Nm" in record:
            who = _who(record, invoice + name)
            if who.adds_to(side):
                found.append((role, who))
    return found


def _via(record: Flat, at: str, elements: set[str] | None, payer_bic: str, payee_bic: str) -> list[str]:
    """The institutions between both sides' own, in order of payment, each once; shape (AGENTS,), empty where none."""
    sides = {payer_bic[:8].upper(), payee_bic[:8].upper()}
    found: list[str] = []
    for name in (
        *("PrvsInstgAgt1", "PrvsInstgAgt2", "PrvsInstgAgt3", "PrvsInstgAgt", "InstgAgt", "InstdAgt"),
        *("IntrmyAgt1", "IntrmyAgt2", "IntrmyAgt3"),
    ):
        if elements is not None and name not in elements:
            continue
        bic, named, _ = _agent(record, f"{at}{name}/")
        told = bic[:8].upper() or named
        if told and told not in sides and told not in found:
            found.append(told)
    return (found + [""] * AGENTS)[:AGENTS]


_TEXTS = (
    "RmtInf/Ustrd",
    "RmtInf/Strd/CdtrRefInf/Ref",
    "RmtInf/Strd/RfrdDocInf/Nb",
    "RmtInf/Strd/AddtlRmtInf",
    "Purp/Prtry",
    "InstrForCdtrAgt/InstrInf",
    "InstrForNxtAgt/InstrInf",
    f"{COVERED}/RmtInf/Ustrd",
)


def _text(record: Flat) -> str:
    """The payment text: remittance as written, then references and free words of it and of the instructions."""
    return _one_line(" ".join(text for path in _TEXTS if path in record for text in record[path]))


def _one_line(text: str) -> str:
    return " ".join(text.split())
