"""Who owns whom, and OFAC's 50 Percent Rule over it.

stakes, rejected = read_ownership("ownership.parquet")
for owned in blocked(stakes, listed={"ofac-36"}, day=date(2025, 2, 20)):
    owned.asset_id, owned.status, owned.chain
"""

from caudal.register.ownership.read import Stakes, read_ownership
from caudal.register.ownership.rule import THRESHOLD, Controlled, Owned, blocked, controlled
from caudal.register.ownership.stakes import StakeIndex, check_stakes

__all__ = [
    "THRESHOLD",
    "Controlled",
    "Owned",
    "StakeIndex",
    "Stakes",
    "blocked",
    "check_stakes",
    "controlled",
    "read_ownership",
]
