"""Tracing: how much of a group's money sits where, and by which transfers it came.

`TransferIndex` holds a ledger as arrays sorted by time; `StoredIndex`, made by `prepare`, holds one of any size on disk
and gives it to a pass a part at a time. `run_trace` follows the money of many groups over either, from the groups and
to them; `trace` does it for one method and direction straight from a ledger; `reached` says who is reached at all.
`flows` and `by_institution` sum the result for pictures and for the question which institutions keep a channel open.
Exposure is not guilt.
"""

from caudal.tracing.disk import StoredIndex
from caudal.tracing.index import TransferIndex
from caudal.tracing.opening import Opening
from caudal.tracing.preparing import prepare, stored
from caudal.tracing.reach import Reached, reached
from caudal.tracing.run import DIRECTIONS, METHODS, Total, Trace, run_trace, trace
from caudal.tracing.summaries import BY_INSTITUTION, FLOWS, by_institution, flows

__all__ = [
    "BY_INSTITUTION",
    "DIRECTIONS",
    "FLOWS",
    "METHODS",
    "Opening",
    "Reached",
    "StoredIndex",
    "Total",
    "Trace",
    "TransferIndex",
    "by_institution",
    "flows",
    "prepare",
    "reached",
    "run_trace",
    "stored",
    "trace",
]
