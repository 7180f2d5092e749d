"""What every payment is for, in words a reader of the truth tables needs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from caudal.world.economy import World
from caudal.world.group import LABELS
from caudal.world.stage import CARD, CASH, DEBIT, TRANSFER, Payments
from caudal.world.streams import Flags, Ints
from caudal.world.texts import MONTHS
from caudal.world.twin.senders import Remitted

KINDS = (
    "other", "wage", "pension", "family", "remittance", "rent", "dues", "card", "cash", "trade", "school or church",
    "savings or loan", "between agents", "extortion", "smuggling fee", "cash paid in", "laundering", "group spending",
)  # fmt: skip
(OTHER, WAGE, PENSION, FAMILY, REMITTED, RENT, DUES, BY_CARD, BY_CASH, TRADE, FEES, BANKING, SETTLED, EXTORTED,
 SMUGGLED, CASH_IN, LAUNDERED, SPENT) = range(len(KINDS))  # fmt: skip

FLOWS = ("lawful", "income", "laundering", "spending")
FLOW_OF: Ints = np.array([0] * EXTORTED + [1, 1, 1, 2, 3])
"""The flow of every kind: of lawful life, or of the group."""

HELD: Flags = np.isin(np.arange(len(KINDS)), [WAGE, PENSION, FAMILY, REMITTED, RENT, DUES, FEES])
"""Kinds that are made up once a closed account has a successor; a card payment of that day is gone."""

_MONTHLY = tuple(
    f"{word} {month}" for word, code in (("renta", "es"), ("rent", "en"), ("aluguel", "pt")) for month in MONTHS[code]
)
_WORDS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (WAGE, ("nómina", "payroll", "salário", "servicio de nómina", "payroll service", "serviço de folha")),
    (PENSION, ("pensión", "pension", "aposentadoria")),
    (FAMILY, ("mesada", "allowance", "gastos de casa", "household", "casa")),
    (RENT, ("residencia", "dorm rent", "república", *_MONTHLY)),
    (FEES, ("mensualidad", "tuition", "mensalidade", "diezmo", "offering", "dízimo")),
)
_PLANTED = {
    "extortion": EXTORTED,
    "smuggling fee": SMUGGLED,
    "goods purchase": SPENT,
    "facilitator fee": SPENT,
    "group spending": SPENT,
}


def kinds(world: World, paid: Payments, sent: Remitted) -> Ints:
    """The kind of every payment: its place in KINDS."""
    book, texts = world.book, world.texts
    firm = np.zeros(book.accounts, dtype=bool)
    firm[world.firms.account] = True
    kind = np.full(len(paid), OTHER)
    kind[firm[paid.payer] & firm[paid.payee]] = TRADE
    kind[paid.channel == CARD] = BY_CARD
    kind[paid.channel == CASH] = BY_CASH
    kind[paid.channel == DEBIT] = DUES
    silent = (paid.purpose == 0) & (paid.channel == TRANSFER) & ~firm[paid.payer] & ~firm[paid.payee]
    kind[silent] = FAMILY
    own = np.zeros(book.accounts, dtype=bool)
    own[world.places.own[world.places.own >= 0]] = True
    own[world.people.savings[world.people.savings >= 0]] = True
    kind[own[paid.payer] | own[paid.payee]] = BANKING
    spoken: npt.NDArray[np.int64] = np.full(texts.count, -1)
    for code, words in _WORDS:
        spoken[[number for word in words if (number := texts.known(word)) is not None]] = code
    said = spoken[paid.purpose]
    kind[said >= 0] = said[said >= 0]
    desk = np.zeros(book.accounts, dtype=bool)
    desk[world.places.settlement[world.places.settlement >= 0]] = True
    kind[desk[paid.payer] & desk[paid.payee]] = SETTLED
    kind[sent.first] = REMITTED
    kind[sent.second[sent.second >= 0]] = REMITTED
    for number, label in enumerate(LABELS):
        rows = paid.label == number
        kind[rows] = _PLANTED.get(label, LAUNDERED)
        if label in ("funnel", "structuring"):
            kind[rows & (paid.channel == CASH)] = CASH_IN
    return kind
