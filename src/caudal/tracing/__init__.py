"""Tracing: how much of a group's money sits where, and by which transfers it came.

`TransferIndex` holds a ledger as arrays sorted by time. `run_trace` follows the money of many groups over it, from the
groups and to them; `trace` does it for one method and direction straight from a ledger. `flows` and `by_institution`
sum the result for pictures and for the question which institutions keep a channel open. Exposure is not guilt.
"""

from caudal.tracing.index import TransferIndex
from caudal.tracing.opening import Opening
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
    "Total",
    "Trace",
    "TransferIndex",
    "by_institution",
    "flows",
    "reached",
    "run_trace",
    "trace",
]
