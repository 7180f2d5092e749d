"""The gate: what every request passes before and after the question itself.

Who asks and whether the key may (`keys`, `access`), how often (`rates`), how much (`bounds`), what is remembered of it
(`lookups`, `logs`, `metrics`), and what an answer carries (`gate`).
"""

from caudal.server.gate.bounds import read_json
from caudal.server.gate.gate import Gate
from caudal.server.gate.lookups import noted

__all__ = ["Gate", "noted", "read_json"]
