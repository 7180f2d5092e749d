"""ISO 20022 messages of made-up payments, valid by their schemas: pacs.008, pacs.009, pain.001 and camt.053.

Tests and benchmarks write them to see that a reader gives back what was put in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

SPACE = "urn:iso:std:iso:20022:tech:xsd:"
CREATED = "2024-03-05T10:15:30+02:00"


@dataclass(frozen=True)
class Person:
    """A party of a message; `identifiers` are a person's where `person`, else an organisation's."""

    name: str
    country: str = ""
    birth_date: str = ""
    identifiers: tuple[str, ...] = ()
    address: tuple[str, ...] = ()
    person: bool = True


@dataclass(frozen=True)
class Paid:
    """One payment to be written."""

    end_to_end: str
    amount: str = "100.00"
    currency: str = "USD"
    day: str = "2024-03-05"
    debtor: Person = Person("Debtor Invented")
    creditor: Person = Person("Creditor Invented")
    debtor_account: str = "GB33BUKB20201555555555"
    creditor_account: str = "77001234"
    debtor_bic: str = "AAAAGB2L"
    creditor_bic: str = "BBBBUS33XXX"
    uetr: str = ""
    texts: tuple[str, ...] = ()
    reference: str = ""
    via: tuple[str, ...] = ()
    ultimate_debtor: Person | None = None
    ultimate_creditor: Person | None = None
    initiating: Person | None = None
    accepted: str = ""


@dataclass(frozen=True)
class Booked:
    """One entry of a statement: from or to the statement's account."""

    paid: Paid
    credit: bool = True
    reversal: bool = False
    status: str = "BOOK"
    named: bool = True
    parts: tuple[str, ...] = field(default=())


def _tag(name: str, text: str) -> str:
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def party(name: str, who: Person | None, inner: str = "") -> str:
    """The element of a party; nothing where there is none."""
    if who is None:
        return ""
    lines = _tag("Ctry", who.country) + "".join(_tag("AdrLine", line) for line in who.address)
    ids = "".join(f"<Othr><Id>{escape(one)}</Id></Othr>" for one in who.identifiers)
    born = ""
    if who.birth_date:
        born = (
            f"<DtAndPlcOfBirth><BirthDt>{who.birth_date}</BirthDt>"
            "<CityOfBirth>Nowhere</CityOfBirth><CtryOfBirth>US</CtryOfBirth></DtAndPlcOfBirth>"
        )
    kind = "PrvtId" if who.person else "OrgId"
    told = f"<Id><{kind}>{born}{ids}</{kind}></Id>" if born or ids else ""
    body = _tag("Nm", who.name) + (f"<PstlAdr>{lines}</PstlAdr>" if lines else "") + told
    body = f"<{inner}>{body}</{inner}>" if inner else body
    return f"<{name}>{body}</{name}>"


def account(name: str, number: str) -> str:
    """The element of an account: an IBAN by its two letters and digits, else another number."""
    if not number:
        return ""
    iban = number[:2].isalpha() and number[2:4].isdigit()
    inner = f"<IBAN>{number}</IBAN>" if iban else f"<Othr><Id>{escape(number)}</Id></Othr>"
    return f"<{name}><Id>{inner}</Id></{name}>"


def agent(name: str, bic: str) -> str:
    """The element of an institution."""
    return f"<{name}><FinInstnId><BICFI>{bic}</BICFI></FinInstnId></{name}>"


def _remittance(paid: Paid) -> str:
    inner = "".join(_tag("Ustrd", text) for text in paid.texts)
    if paid.reference:
        inner += f"<Strd><CdtrRefInf><Ref>{escape(paid.reference)}</Ref></CdtrRefInf></Strd>"
    return f"<RmtInf>{inner}</RmtInf>" if inner else ""


def _via(paid: Paid) -> str:
    return "".join(agent(f"IntrmyAgt{at}", bic) for at, bic in enumerate(paid.via, start=1))


def _ids(paid: Paid) -> str:
    return f"<PmtId>{_tag('EndToEndId', paid.end_to_end)}{_tag('UETR', paid.uetr)}</PmtId>"


def pacs008_payment(paid: Paid) -> str:
    """The element of one payment between customers."""
    return (
        f'<CdtTrfTxInf>{_ids(paid)}<IntrBkSttlmAmt Ccy="{paid.currency}">{paid.amount}</IntrBkSttlmAmt>'
        f"{_tag('IntrBkSttlmDt', paid.day)}{_tag('AccptncDtTm', paid.accepted)}<ChrgBr>SHAR</ChrgBr>{_via(paid)}"
        f"{party('UltmtDbtr', paid.ultimate_debtor)}{party('InitgPty', paid.initiating)}"
        f"{party('Dbtr', paid.debtor)}{account('DbtrAcct', paid.debtor_account)}{agent('DbtrAgt', paid.debtor_bic)}"
        f"{agent('CdtrAgt', paid.creditor_bic)}{party('Cdtr', paid.creditor)}"
        f"{account('CdtrAcct', paid.creditor_account)}{party('UltmtCdtr', paid.ultimate_creditor)}"
        f"{_remittance(paid)}</CdtTrfTxInf>\n"
    )


def pacs008_parts(payments: Iterable[Paid], count: int, message: str = "M1", version: str = "08") -> Iterator[str]:
    """A message of payments between customers, piece by piece."""
    yield (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{SPACE}pacs.008.001.{version}"><FIToFICstmrCdtTrf>'
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>{CREATED}</CreDtTm><NbOfTxs>{count}</NbOfTxs>"
        "<SttlmInf><SttlmMtd>CLRG</SttlmMtd></SttlmInf></GrpHdr>\n"
    )
    for paid in payments:
        yield pacs008_payment(paid)
    yield "</FIToFICstmrCdtTrf></Document>\n"


def pacs008(payments: list[Paid], message: str = "M1", version: str = "08") -> str:
    """A message of payments between customers."""
    return "".join(pacs008_parts(payments, len(payments), message, version))


def pacs009(payments: list[Paid], message: str = "M1", covers: Paid | None = None) -> str:
    """A message of transfers between banks, whose BICs are debtor and creditor; each covers `covers`, if given."""
    body = ""
    for paid in payments:
        covered = ""
        if covers is not None:
            covered = (
                f"<UndrlygCstmrCdtTrf>{party('UltmtDbtr', covers.ultimate_debtor)}{party('Dbtr', covers.debtor)}"
                f"{agent('DbtrAgt', covers.debtor_bic)}{agent('CdtrAgt', covers.creditor_bic)}"
                f"{party('Cdtr', covers.creditor)}{_remittance(covers)}</UndrlygCstmrCdtTrf>"
            )
        body += (
            f'<CdtTrfTxInf>{_ids(paid)}<IntrBkSttlmAmt Ccy="{paid.currency}">{paid.amount}</IntrBkSttlmAmt>'
            f"{_tag('IntrBkSttlmDt', paid.day)}{_via(paid)}{agent('Dbtr', paid.debtor_bic)}"
            f"{agent('Cdtr', paid.creditor_bic)}{covered}</CdtTrfTxInf>\n"
        )
    return (
        f'<Document xmlns="{SPACE}pacs.009.001.08"><FICdtTrf><GrpHdr><MsgId>{message}</MsgId>'
        f"<CreDtTm>{CREATED}</CreDtTm><NbOfTxs>{len(payments)}</NbOfTxs>"
        f"<SttlmInf><SttlmMtd>INDA</SttlmMtd></SttlmInf></GrpHdr>{body}</FICdtTrf></Document>\n"
    )


def pain001(payments: list[Paid], message: str = "M1", initiating: Person | None = None) -> str:
    """A customer's orders, one payment information for each."""
    body = ""
    for at, paid in enumerate(payments, start=1):
        body += (
            f"<PmtInf><PmtInfId>P{at}</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt><Dt>{paid.day}</Dt></ReqdExctnDt>"
            f"{party('Dbtr', paid.debtor)}{account('DbtrAcct', paid.debtor_account)}{agent('DbtrAgt', paid.debtor_bic)}"
            f"{party('UltmtDbtr', paid.ultimate_debtor)}"
            f'<CdtTrfTxInf>{_ids(paid)}<Amt><InstdAmt Ccy="{paid.currency}">{paid.amount}</InstdAmt></Amt>'
            f"{_via(paid)}{agent('CdtrAgt', paid.creditor_bic)}{party('Cdtr', paid.creditor)}"
            f"{account('CdtrAcct', paid.creditor_account)}{party('UltmtCdtr', paid.ultimate_creditor)}"
            f"{_remittance(paid)}</CdtTrfTxInf></PmtInf>\n"
        )
    return (
        f'<Document xmlns="{SPACE}pain.001.001.09"><CstmrCdtTrfInitn><GrpHdr><MsgId>{message}</MsgId>'
        f"<CreDtTm>{CREATED}</CreDtTm><NbOfTxs>{len(payments)}</NbOfTxs>"
        f"{party('InitgPty', initiating or Person('Orders Invented'))}</GrpHdr>{body}</CstmrCdtTrfInitn></Document>\n"
    )


def camt053(entries: list[Booked], own: str = "GB33BUKB20201555555555", owner: str = "Owner Invented") -> str:
    """A statement of the account `own`; `parts` of an entry are the amounts of its details, "" for one without."""
    body = ""
    for at, booked in enumerate(entries, start=1):
        paid = booked.paid
        other, number, bic, who = (
            ("Dbtr", paid.debtor_account, paid.debtor_bic, paid.debtor)
            if booked.credit != booked.reversal
            else ("Cdtr", paid.creditor_account, paid.creditor_bic, paid.creditor)
        )
        details = ""
        for place, part in enumerate(booked.parts or ("",), start=1):
            side = "CRDT" if booked.credit else "DBIT"
            own_amount = f'<Amt Ccy="{paid.currency}">{part}</Amt><CdtDbtInd>{side}</CdtDbtInd>' if part else ""
            reference = paid.end_to_end + (f"-{place}" if len(booked.parts) > 1 else "")
            related = party(other, who, "Pty") + account(f"{other}Acct", number)
            ultimate = (party("UltmtDbtr", paid.ultimate_debtor, "Pty") if other == "Dbtr" else "") + (
                party("UltmtCdtr", paid.ultimate_creditor, "Pty") if other == "Cdtr" else ""
            )
            parties = f"<RltdPties>{related}{ultimate}</RltdPties>" if booked.named else ""
            agents = f"<RltdAgts>{agent(f'{other}Agt', bic)}{_via(paid)}</RltdAgts>" if booked.named else ""
            details += (
                f"<TxDtls><Refs>{_tag('EndToEndId', reference)}{_tag('UETR', paid.uetr)}</Refs>{own_amount}"
                f"{parties}{agents}{_remittance(paid)}</TxDtls>"
            )
        body += (
            f'<Ntry><NtryRef>N{at}</NtryRef><Amt Ccy="{paid.currency}">{paid.amount}</Amt>'
            f"<CdtDbtInd>{'CRDT' if booked.credit else 'DBIT'}</CdtDbtInd>"
            f"<RvslInd>{str(booked.reversal).lower()}</RvslInd><Sts><Cd>{booked.status}</Cd></Sts>"
            f"<BookgDt><Dt>{paid.day}</Dt></BookgDt><BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd>"
            f"<NtryDtls>{details}</NtryDtls></Ntry>\n"
        )
    return (
        f'<Document xmlns="{SPACE}camt.053.001.08"><BkToCstmrStmt><GrpHdr><MsgId>S</MsgId><CreDtTm>{CREATED}</CreDtTm>'
        f"</GrpHdr><Stmt><Id>S1</Id><Acct>{account('x', own)[3:-4]}<Ownr><Nm>{escape(owner)}</Nm></Ownr>"
        "<Svcr><FinInstnId><BICFI>CCCCGB2L</BICFI></FinInstnId></Svcr></Acct><Bal><Tp><CdOrPrtry><Cd>OPBD</Cd>"
        '</CdOrPrtry></Tp><Amt Ccy="USD">1</Amt><CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2024-03-05</Dt></Dt></Bal>'
        f"{body}</Stmt></BkToCstmrStmt></Document>\n"
    )
