"""Which payments were made: reading, checking and converting a ledger.

`Ledger.open` reads a CSV by a `Mapping`, a Parquet file, or a folder of canonical Parquet tables, and gives the tables
transfers, parties, accounts, institutions and rejected. `Rates` holds dated exchange rates.
"""

from __future__ import annotations

from caudal.ledger.ledger import Ledger
from caudal.ledger.mapping import Mapping
from caudal.ledger.rates import Rates
from caudal.ledger.summary import Summary

__all__ = ["Ledger", "Mapping", "Rates", "Summary"]
