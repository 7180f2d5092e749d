"""Payments in ISO 20022 messages, streamed: pacs.008, pacs.009, pain.001 and camt.053 of any minor version.

A message is parsed payment by payment (`lxml.etree.iterparse`), and each is emptied after its turn, so that memory does
not grow with the file. Nothing outside the file is ever read: entities are not resolved, and a document type is
refused (XML external entities, CWE-611; entity expansion, CWE-776).
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from lxml import etree

from caudal.errors import InputError
from caudal.ledger.batches import Batch, Broken
from caudal.ledger.iso_messages import (
    AGENTS,
    COLUMNS,
    Flat,
    Payment,
    Who,
    by_element,
    credit_transfer,
    entry,
    flat,
    has_amount,
    not_booked,
    with_header,
)
from caudal.ledger.mapping import Mapping

SPACE = "urn:iso:std:iso:20022:tech:xsd:"
KINDS = re.compile(re.escape(SPACE) + r"(pacs\.008|pacs\.009|pain\.001|camt\.053)\.\d{3}\.\d{2}")
"""Namespaces that are read: the message, and any variant and version of it."""

ROWS = 1 << 13
"""Payments given at a time."""

LARGEST = 32 << 20
"""Bytes that one payment, or whatever stands between two, may take."""

_TAGS = ("Document", "GrpHdr", "PmtInf", "CdtTrfTxInf", "Stmt", "Ntry", "TxDtls")


def _side(name: str) -> dict[str, str]:
    return {
        "account": f"{name}Acct",
        "name": name,
        "type": f"{name}/type",
        "country": f"{name}/Ctry",
        "bic": f"{name}Agt/BICFI",
        "bank": f"{name}Agt",
        "bank_country": f"{name}Agt/Ctry",
    }


MAPPING = Mapping.of(
    {
        "time": {"column": "date"},
        "payer": _side("Dbtr"),
        "payee": _side("Cdtr"),
        "amount": {"column": "Amt", "currency": "Amt/@Ccy"},
        "purpose": "RmtInf",
        "channel": "channel",
        "via": [f"agent {place}" for place in range(1, AGENTS + 1)],
        "id": "id",
        "types": {
            "person": "Person",
            "organisation": "Organization",
            "bank": "Company",
            "unnamed": "LegalEntity",
        },
        "pooled": {"types": ["bank", "unnamed"]},
    }
)
"""What the columns of a payment mean."""


def is_message(start: bytes, path: Path, by_content: bool) -> bool:
    """Whether a file is XML, by its ending or, where that may decide, its first bytes."""
    return path.suffix.lower() == ".xml" or (by_content and start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"))


def messages_in(folder: Path) -> list[Path]:
    """The XML files of a folder and its folders, in order of their path."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() == ".xml" and path.is_file())


@dataclass
class Named:
    """Who the payments name: descriptions, each kept once, and which payment names which in which role.

    Attributes:
        who: the distinct descriptions.
        roles: the distinct roles.
        row, role, of: for every naming the payment's number, and the places of role and description.
    """

    who: dict[Who, int] = field(default_factory=dict)
    roles: dict[str, int] = field(default_factory=dict)
    row: array[int] = field(default_factory=lambda: array("q"))
    role: array[int] = field(default_factory=lambda: array("q"))
    of: array[int] = field(default_factory=lambda: array("q"))

    def add(self, row: int, role: str, who: Who) -> None:
        """Payment `row` names `who`."""
        self.row.append(row)
        self.role.append(self.roles.setdefault(role, len(self.roles)))
        self.of.append(self.who.setdefault(who, len(self.who)))


class _Refused(Exception):
    """A file that is not read on, and why."""


class _Source:
    """A file that counts what was read since the last payment, so that no single element can fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.since = 0

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        self.since += len(block)
        if self.since > LARGEST:
            raise _Refused(f"{LARGEST >> 20} MiB go by without the end of a payment; refused")
        return block


class IsoReader:
    """The payments of a message, or of all messages in a folder.

    Payments are numbered from 1 through all files. A file that cannot be read (on) comes as one broken row; what was
    read of it before counts.

    Attributes:
        file: the file or folder. names: `COLUMNS`.
        named: who was named in the payments of the last reading.
        notes: what was odd in the messages of the last reading, counted.

    Raises:
        InputError: there is no message.
    """

    def __init__(self, path: Path) -> None:
        self.file = str(path)
        self.names = list(COLUMNS)
        self.files = messages_in(path) if path.is_dir() else [path]
        if not self.files:
            raise InputError("the folder has no transfers.parquet, and no ISO 20022 messages (.xml)", file=self.file)
        self.named = Named()
        self.notes: Counter[str] = Counter()

    def batches(self) -> Iterator[Batch]:
        """The payments of all files, some thousand at a time."""
        self.named, self.notes = Named(), Counter()
        number = 0
        taken: list[list[str]] = []
        places: list[tuple[str, int]] = []
        broken: list[Broken] = []
        for path in self.files:
            file = str(path)
            for within, read in enumerate(self._payments(path), start=1):
                if isinstance(read, str):
                    reason, _, text = read.partition("\n")
                    broken.append(Broken(within, reason, text or path.name, file))
                    continue
                number += 1
                taken.append(read.values)
                places.append((file, within))
                self._keep(number, read)
                if len(taken) >= ROWS:
                    yield self._batch(number, taken, places, broken)
                    taken, places, broken = [], [], []
        if taken or broken:
            yield self._batch(number, taken, places, broken)

    def _batch(self, last: int, taken: list[list[str]], places: list[tuple[str, int]], broken: list[Broken]) -> Batch:
        columns = zip(*taken, strict=True) if taken else [()] * len(COLUMNS)
        raw = pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], names=self.names)
        rows = np.arange(last - len(taken) + 1, last + 1, dtype=np.int64)
        return Batch(self.names, raw, rows, broken, places=places)

    def _keep(self, number: int, payment: Payment) -> None:
        for role, who in (("debtor", payment.debtor), ("creditor", payment.creditor)):
            if who.birth_date or who.identifiers or who.address:
                self.named.add(number, role, who)
        for role, who in payment.others:
            self.named.add(number, role, who)

    def _payments(self, path: Path) -> Iterator[Payment | str]:
        """The payments of one file; a text (reason, then what it is about) for what is none."""
        message = _Message(self.notes)
        try:
            with path.open("rb") as file:
                if not file.read(1):
                    raise _Refused("the file is empty")
                file.seek(0)
                source = _Source(file)
                events = etree.iterparse(
                    source,
                    events=("start", "end"),
                    tag=[f"{{*}}{name}" for name in _TAGS],
                    resolve_entities=False,
                    no_network=True,
                    load_dtd=False,
                    huge_tree=False,
                    remove_comments=True,
                    remove_pis=True,
                )
                for event, element in events:
                    if event == "start":
                        message.begin(element)
                    else:
                        for payment in message.end(element):
                            source.since = 0
                            yield payment
            if not message.kind:
                root = getattr(events, "root", None)
                raise _Refused(f"it holds no ISO 20022 Document; its root is {_named(root)}")
        except _Refused as error:
            yield str(error)
        except etree.XMLSyntaxError as error:
            yield f"it is no well-formed XML from here on (line {error.lineno}: {' '.join(str(error.msg).split())})"
        except OSError as error:
            yield f"it cannot be read ({error.strerror or error})"


def _named(element: Any) -> str:
    if element is None or not isinstance(element.tag, str):
        return "unknown"
    name = etree.QName(element)
    return f"{name.localname} of {name.namespace or 'no namespace'}"


class _Message:
    """The message being read: what it says for all its payments, and how many it has given."""

    def __init__(self, notes: Counter[str]) -> None:
        self._notes = notes
        self._start("", "")

    def _start(self, kind: str, space: str) -> None:
        self.kind, self._space = kind, space
        self.cut = len(space) + 2
        self._group: Flat = {}
        self._header: dict[str, Flat] | None = None
        self._statement: Flat | None = None
        self._entry: Flat | None = None
        self._waiting: tuple[Flat, int] | None = None
        self._counts: Counter[str] = Counter()
        self._path = ""

    def begin(self, element: Any) -> None:
        """An element opens."""
        name = element.tag.rpartition("}")[2]
        if name == "Document":
            if element.getroottree().docinfo.doctype:
                raise _Refused("it declares a document type, which no payment message does; refused")
            space = etree.QName(element).namespace or ""
            found = KINDS.fullmatch(space)
            if found is None:
                known = "pacs.008, pacs.009, pain.001 and camt.053"
                raise _Refused(f"its namespace is {space or 'missing'}; read are {known} of ISO 20022")
            self._start(found[1], space)
        elif not self.kind or not element.tag.startswith(f"{{{self._space}}}"):
            return
        elif name == "PmtInf":
            self._header = None
            self._counts[name] += 1
            self._counts["CdtTrfTxInf"] = 0
        elif name == "Stmt":
            self._statement = None
            self._counts[name] += 1
            self._counts["Ntry"] = 0
        elif name == "Ntry":
            self._entry = self._waiting = None
            self._counts[name] += 1
            self._counts["TxDtls"] = 0

    def end(self, element: Any) -> Iterator[Payment | str]:
        """An element is whole: the payments it is or brings."""
        if not self.kind or not element.tag.startswith(f"{{{self._space}}}"):
            return
        name = element.tag[self.cut :]
        if name == "GrpHdr":
            self._group = flat(element, self.cut)
        elif name == "CdtTrfTxInf" and self.kind != "camt.053":
            yield self._transfer(element)
            _drop(element)
        elif name == "TxDtls" and self.kind == "camt.053":
            found = self._details(element)
            if found is not None:
                yield found
            _drop(element)
        elif name == "Ntry" and self.kind == "camt.053":
            yield from self._rest_of_entry(element)
            _drop(element)
        elif name in ("PmtInf", "Stmt"):
            _drop(element)
        elif name == "Document":
            stated = (self._group.get("NbOfTxs") or [""])[0]
            if self.kind != "camt.053" and stated.isdigit() and int(stated) != self._counts["payments"]:
                self._notes["message: its header states another number of payments than it has"] += 1

    def _transfer(self, element: Any) -> Payment:
        parent = element.getparent()
        at = parent.tag[self.cut :]
        if self._header is None:
            header = by_element(self._group)
            if at == "PmtInf":
                header |= by_element(flat(parent, self.cut, skip=("CdtTrfTxInf",)))
            self._header = header
            above = parent.getparent() if at == "PmtInf" else parent
            step = f"PmtInf[{self._counts['PmtInf']}]/" if at == "PmtInf" else ""
            self._path = f"/Document/{above.tag[self.cut :]}/{step}"
        self._counts["CdtTrfTxInf"] += 1
        self._counts["payments"] += 1
        elements = {child.tag[self.cut :] for child in element}
        record = with_header(flat(element, self.cut), elements, self._header)
        place = f"{self._path}CdtTrfTxInf[{self._counts['CdtTrfTxInf']}]"
        return credit_transfer(record, elements, self.kind == "pacs.009", place)

    def _details(self, element: Any) -> Payment | str | None:
        self._counts["TxDtls"] += 1
        ntry = element.getparent().getparent()
        if self._entry is None:
            self._entry = flat(ntry, self.cut, skip=("NtryDtls",))
        record = flat(element, self.cut)
        if self._counts["TxDtls"] == 1 and not has_amount(record):
            self._waiting = (record, 1)  # the entry's amount is its own if no other details follow
            return None
        return self._booked(record, ntry, single=False, number=self._counts["TxDtls"])

    def _rest_of_entry(self, element: Any) -> Iterator[Payment | str]:
        details = self._counts["TxDtls"]
        if details and self._waiting is None:
            return
        self._entry = flat(element, self.cut, skip=("NtryDtls",))
        record = self._waiting[0] if self._waiting else {}
        yield self._booked(record, element, single=details < 2, number=1)

    def _booked(self, record: Flat, ntry: Any, single: bool, number: int) -> Payment | str:
        if self._statement is None:
            self._statement = flat(ntry.getparent(), self.cut, skip=("Ntry", "Bal", "TxsSummry"))
        told = self._entry or {}
        place = f"/Document/BkToCstmrStmt/Stmt[{self._counts['Stmt']}]/Ntry[{self._counts['Ntry']}]"
        if self._counts["TxDtls"]:
            place += f"/NtryDtls/TxDtls[{number}]"
        status = not_booked(told)
        if status:
            return f"the entry is not booked ({status})\n{place}"
        payment = entry(record, told, self._statement, single, place, number)
        if payment.debtor.type == "unnamed" or payment.creditor.type == "unnamed":
            self._notes["entry: it does not name the other side; an account UNNAMED... stands for it, pooled"] += 1
        return payment


def _drop(element: Any) -> None:
    """Empty an element, and take out the one before it, which had its turn."""
    element.clear()
    before = element.getprevious()
    if before is not None and before.tag == element.tag:
        element.getparent().remove(before)
