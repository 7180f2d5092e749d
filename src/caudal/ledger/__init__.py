"""Which payments were made: reading, checking and converting a ledger.

`Ledger.open` reads a CSV by a `Mapping`, a Parquet file, a folder of canonical Parquet tables, or ISO 20022
messages, and gives the tables transfers, parties, accounts, institutions, rejected and roles.
`Rates` holds dated exchange rates.
"""

from __future__ import annotations

from caudal.ledger.ledger import Ledger
from caudal.ledger.mapping import Mapping
from caudal.ledger.rates import Rates
from caudal.ledger.summary import Summary

__all__ = ["Ledger", "Mapping", "Rates", "Summary"]
