"""Numbers that tell parties apart: what kind each is, how it is written alike, whether its check digits hold.

Check digits of worldwide and large national schemes come from `rigour`; the two Mexican ones (CURP, RFC) are taken
apart here, because they also encode initials, sex and a date of birth.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from rigour.ids import BIC, CNPJ, CPF, FIGI, IBAN, IMO, INN, ISIN, LEI, OGRN, SSN, USCC

SHORTEST = 6
"""Letters and digits under which a number is too likely to be somebody else's too."""
LONGEST = 100
"""Characters of a number that are read."""


@dataclass(frozen=True)
class Kind:
    """A kind of number.

    Attributes:
        words: what people call it.
        bits: the most that agreement on it is worth (see `worth`).
        single: whether one party has only one, so that two different ones contradict.
        national: whether it means something in one country only, and lists file it under different labels.
        check: whether a number's check digits hold; None where it has none.
    """

    words: str
    bits: float
    single: bool = False
    national: bool = False
    check: Callable[[str], bool] | None = None


_CURP = re.compile(r"^([A-Z]{4})(\d{2})(\d{2})(\d{2})([HMX])([A-Z]{2})([A-Z]{3})([0-9A-Z])(\d)$")
_RFC = re.compile(r"^([A-Z&]{3,4})(\d{2})(\d{2})(\d{2})([0-9A-Z]{3})?$")
_CURP_STATES = frozenset(
    "AS BC BS CC CL CM CS CH DF CX DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ YN ZS NE".split()  # noqa: SIM905
)
_ALPHABET = "0123456789ABCDEFGHIJKLMN\u00d1OPQRSTUVWXYZ"
_RFC_ALPHABET = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ \u00d1"


def _curp_check(text: str) -> bool:
    """Check digit of a CURP: weights 18 down to 2, modulo 10 (RENAPO, instructivo normativo)."""
    if not _CURP.match(text) or text[11:13] not in _CURP_STATES:
        return False
    total = sum(_ALPHABET.index(sign) * (18 - k) for k, sign in enumerate(text[:17]))
    return str(-total % 10) == text[17]


def _rfc_check(text: str) -> bool:
    """Check digit of an RFC: weights 13 down to 2, modulo 11 (SAT). Without its ending it has none to hold."""
    if not _RFC.match(text) or len(text) < 12:
        return False
    body = text[:-1].rjust(12)
    total = sum(_RFC_ALPHABET.index(sign) * (13 - k) for k, sign in enumerate(body))
    rest = -total % 11
    return ("A" if rest == 10 else str(rest)) == text[-1]


def _imo(text: str) -> bool:
    return bool(IMO.is_valid(text))


KINDS: Mapping[str, Kind] = {
    "curp": Kind("CURP", 24.0, single=True, check=_curp_check),
    "rfc": Kind("RFC", 24.0, check=_rfc_check),
    "passport": Kind("passport number", 22.0, national=True),
    "national": Kind("identity number", 22.0, national=True),
    "tax": Kind("tax number", 22.0, national=True),
    "registration": Kind("registration number", 22.0, national=True),
    "number": Kind("number", 22.0, national=True),
    "ssn": Kind("US social security number", 24.0, single=True, check=SSN.is_valid),
    "inn": Kind("INN", 24.0, single=True, check=INN.is_valid),
    "ogrn": Kind("OGRN", 24.0, single=True, check=OGRN.is_valid),
    "uscc": Kind("Chinese social credit code", 24.0, single=True, check=USCC.is_valid),
    "cnpj": Kind("CNPJ", 24.0, check=CNPJ.is_valid),
    "cpf": Kind("CPF", 24.0, single=True, check=CPF.is_valid),
    "lei": Kind("LEI", 24.0, single=True, check=LEI.is_valid),
    "bic": Kind("BIC", 20.0, check=BIC.is_valid),
    "iban": Kind("IBAN", 24.0, check=IBAN.is_valid),
    "account": Kind("account number", 18.0),
    "wallet": Kind("wallet address", 24.0),
    "isin": Kind("ISIN", 24.0, check=ISIN.is_valid),
    "figi": Kind("FIGI", 24.0, check=FIGI.is_valid),
    "imo": Kind("IMO number", 24.0, single=True, check=_imo),
    "mmsi": Kind("MMSI", 14.0),
    "call sign": Kind("call sign", 8.0),
    "phone": Kind("phone number", 7.0),
    "e-mail": Kind("e-mail address", 14.0),
}
"""Every kind by name; `number` is one whose kind nobody says."""

OF_PROPERTY: Mapping[str, str] = {
    "idNumber": "national",
    "passportNumber": "passport",
    "taxNumber": "tax",
    "vatCode": "tax",
    "registrationNumber": "registration",
    "innCode": "inn",
    "ogrnCode": "ogrn",
    "okpoCode": "registration",
    "kppCode": "registration",
    "uscCode": "uscc",
    "dunsCode": "registration",
    "licenseNumber": "registration",
    "npiCode": "registration",
    "uniqueEntityId": "registration",
    "cikCode": "registration",
    "serialNumber": "registration",
    "icaoCode": "registration",
    "leiCode": "lei",
    "socialSecurityNumber": "ssn",
    "swiftBic": "bic",
    "iban": "iban",
    "accountNumber": "account",
    "publicKey": "wallet",
    "cryptoAddress": "wallet",
    "accountId": "account",
    "isin": "isin",
    "isinCode": "isin",
    "figiCode": "figi",
    "imoNumber": "imo",
    "mmsi": "mmsi",
    "callSign": "call sign",
    "phone": "phone",
    "email": "e-mail",
    "number": "number",
}
"""FollowTheMoney property to kind; `number` is the parties table's column of identifiers."""

_SHARED = frozenset({"kppCode"})
"""Codes that many firms share; they identify nobody."""
_GENERIC = frozenset({"national", "tax", "registration", "number", "account", "passport"})
"""Labels under which a number of a more telling kind may be filed."""
_DATES = re.compile(r"\b\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\b\d{1,2}\.? [A-Za-z]{3,9}\.?,? \d{4}\b")
_PIECE = re.compile(r"[0-9A-Z][0-9A-Z.-]*")
_WALLET = re.compile(
    r"(?:(?:alt\. )?Digital Currency Address - (?P<currency>\w+)[: ]+(?P<address>[^\s.,;]{20,110})"
    r"|Wallet (?P<alone>[^\s.,;]{20,110})(?: (?P<its>\S+))?$)"
)
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
YOUNGEST = 15
"""A two-digit year up to this one may be of either century; it gives no date."""


@dataclass(frozen=True, order=True)
class Number:
    """A number of a party: its kind (see KINDS), its letters and digits, and whether its check digits hold."""

    kind: str
    text: str
    valid: bool | None = None

    @property
    def words(self) -> str:
        """As people say it: `passport number AB123456`."""
        return f"{KINDS[self.kind].words} {self.text}"


def plain(text: str) -> str:
    """A number without spaces, dashes and case; digits of any script as 0 to 9."""
    if text.isascii():
        return "".join(sign for sign in text if sign.isalnum()).upper()
    signs = []
    for sign in unicodedata.normalize("NFKC", text).upper():
        digit = unicodedata.digit(sign, None)
        signs.append(str(digit) if digit is not None else sign if sign.isalnum() else "")
    return "".join(signs)


def telling(text: str) -> bool:
    """Whether a plain number can tell anybody apart: long enough, with digits, and no filler such as 000000."""
    if len(text) < SHORTEST or not any(sign.isdigit() for sign in text):
        return False
    return len(set(text)) > 2 and text not in "01234567890" and text not in "09876543210"


def numbers(properties: Mapping[str, Iterable[str]], notes: Iterable[str] = ()) -> tuple[Number, ...]:
    """The numbers of a party from its FollowTheMoney properties and from notes that are only a wallet address."""
    found: dict[Number, None] = {}
    for prop, kind in OF_PROPERTY.items():
        if prop in _SHARED:
            continue
        for value in properties.get(prop, ()):
            found.update(dict.fromkeys(read(value, kind)))
    for address, _ in wallets(notes):
        found[Number("wallet", plain(address))] = None
    return tuple(found)


def wallets(notes: Iterable[str]) -> list[tuple[str, str]]:
    """Wallet addresses that stand in notes of their own, as written, each with its currency (empty where not said)."""
    found = [match for note in notes if (match := _WALLET.match(note))]
    return list(dict.fromkeys((m["address"] or m["alone"], m["currency"] or m["its"] or "") for m in found))


def read(value: str, kind: str) -> list[Number]:
    """The numbers a value holds; lists write several, with dates and words around them, into one field."""
    value = value[:LONGEST].strip()
    if kind == "number" and _EMAIL.match(value):
        kind = "e-mail"
    if kind == "e-mail":
        return [Number(kind, one) for one in re.split(r"[,;\s]+", value.casefold()) if _EMAIL.match(one)]
    if kind == "phone":
        return [Number(kind, one[-8:]) for part in re.split(r"[,;/]", value) if len(one := _digits(part)) >= 8]
    whole = typed(plain(value), kind)
    if whole is not None and (not KINDS[kind].national or whole.kind not in _GENERIC or _one_piece(value)):
        return [whole]
    upper = _DATES.sub(" ", value.upper())
    pieces = dict.fromkeys(plain(piece) for piece in _PIECE.findall(upper))
    several = [piece for piece in pieces if sum(map(str.isdigit, piece)) >= 5]
    found = [number for piece in several if (number := typed(piece, kind)) is not None]
    if not found and whole is not None:
        found = [whole]
    return found


def _one_piece(value: str) -> bool:
    """Whether a value is one number, though perhaps written in groups."""
    words = any(word.isalpha() and len(word) > 4 for word in value.split())
    return not words and "/" not in value and "(" not in value and not _DATES.search(value)


def _digits(text: str) -> str:
    return "".join(sign for sign in plain(text) if sign.isdigit())


def typed(text: str, kind: str) -> Number | None:
    """A plain number with the kind that its form gives away; None where it cannot tell anybody apart."""
    if kind in _GENERIC:
        kind = _form(text) or kind
    if kind == "imo":
        text = text.removeprefix("IMO")
        return Number(kind, text, _imo(text)) if len(text) == 7 and text.isdigit() else None
    if kind == "bic":
        # The last three signs name a branch; the institution is the first eight (ISO 9362).
        return Number(kind, text[:8], True) if len(text) in (8, 11) and BIC.is_valid(text) else None
    if kind == "call sign":
        return Number(kind, text) if len(text) >= 4 and any(sign.isdigit() for sign in text) else None
    if not telling(text):
        return None
    check = KINDS[kind].check
    valid = check(text) if check is not None else None
    # A quarter of the RFCs on lists have no ending, or not the digit that the rule asks for: that says nothing.
    return Number(kind, text, valid or None if kind == "rfc" else valid)


def _form(text: str) -> str | None:
    """The kind a number's form gives away without doubt."""
    if len(text) == 18 and _CURP.match(text) and text[11:13] in _CURP_STATES:
        return "curp"
    if len(text) in (10, 12, 13) and _born(_RFC.match(text), 2) is not None:
        return "rfc"
    if len(text) == 20 and not text.isdigit() and LEI.is_valid(text):
        return "lei"
    if len(text) == 18 and not text.isdigit() and USCC.is_valid(text):
        return "uscc"
    if text[:3] == "IMO" and len(text) == 10 and text[3:].isdigit():
        return "imo"
    if len(text) > 14 and text[:2].isalpha() and text[2:4].isdigit() and IBAN.is_valid(text):
        return "iban"
    return None


def _born(match: re.Match[str] | None, at: int, century: int = 0) -> date | None:
    """The date that groups `at` to `at` + 2 of a match hold."""
    if match is None:
        return None
    year, month, day = (int(match[at + k]) for k in range(3))
    try:
        return date((century or 1900) + year, month, day)
    except ValueError:
        return None


@dataclass(frozen=True)
class Encoded:
    """What a CURP or RFC says of its bearer: initials in the order of the number, ISO date of birth, gender."""

    initials: str
    birth: str
    gender: str


def encoded(number: Number) -> Encoded | None:
    """What a Mexican number encodes of a person; None for any other, and where the century is open."""
    if number.kind == "curp":
        match = _CURP.match(number.text)
        if match is None:
            return None
        born = _born(match, 2, 1900 if match[8].isdigit() else 2000)
        gender = {"H": "male", "M": "female"}.get(match[5], "")
        return Encoded(match[1], born.isoformat(), gender) if born else None
    if number.kind == "rfc":
        match = _RFC.match(number.text)
        if match is None or len(match[1]) != 4 or int(match[2]) <= YOUNGEST:
            return None
        born = _born(match, 2)
        return Encoded(match[1], born.isoformat(), "") if born else None
    return None


def fits(initials: str, words: Iterable[str]) -> bool:
    """Whether a CURP's or RFC's letters can be those of a name: first surname, second surname, given name, by initial.

    The rule of the registry (first letter and first inner vowel of the first surname, first letters of the second
    surname and of the given name) is loosened to "these letters begin words of the name"; X stands for a missing one.
    """
    begin = {word[:1].upper() for word in words}
    return all(letter in begin or letter == "X" for letter in (initials[0], initials[2], initials[3]))


def information(text: str) -> float:
    """Bits by which a number of this length singles somebody out.

    Three a digit, for numbers are given out in series and not at random, and two a letter, for most letters mark a
    series; two are taken off.
    """
    digits = sum(map(str.isdigit, text))
    return 3.0 * digits + 2.0 * (len(text) - digits) - 2.0


def near(a: str, b: str) -> str:
    """How two numbers of one kind nearly agree, in words; empty where they do not."""
    if len(a) != len(b) or len(a) < SHORTEST:
        return ""
    differ = [k for k in range(len(a)) if a[k] != b[k]]
    if len(differ) == 1:
        return "but for one sign"
    swapped = len(differ) == 2 and differ[1] == differ[0] + 1
    if swapped and a[differ[0]] == b[differ[1]] and a[differ[1]] == b[differ[0]]:
        return "but for two neighbouring signs that are swapped"
    return ""
