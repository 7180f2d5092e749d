"""Tracing: how much of a group's money sits where, and by which transfers it came.

`TransferIndex` holds a ledger as arrays sorted by time; `StoredIndex`, made by `prepare`, holds one of any size on disk
and gives it to a pass a part at a time. `run_trace` follows the money of many groups over either, from the groups and
to them; `trace` does it for one method and direction straight from a ledger; `reached` says who is reached at all.
`flows` and `by_institution` sum the result for pictures.

What people then ask: `Explainer` (the largest paths behind an exposure and the transfers that carry most of it),
`until` and `before_after` (as of a day, and before or after a designation), `exposure_bounds` (whatever was spent first
or was there before), `channels` and `institution_exposures` (which institutions keep a channel open), and `agents` (who
behaves like the group's own hands). Exposure is not guilt.
"""

from caudal.tracing.agents import agents
from caudal.tracing.bounds import exposure_bounds
from caudal.tracing.days import before_after, until
from caudal.tracing.disk import StoredIndex
from caudal.tracing.explain import MEASURES, Explainer, Explanation
from caudal.tracing.index import TransferIndex
from caudal.tracing.institutions import channels, institution_exposures
from caudal.tracing.opening import Opening
from caudal.tracing.preparing import prepare, stored
from caudal.tracing.reach import Reached, reached
from caudal.tracing.run import DIRECTIONS, METHODS, Total, Trace, run_trace, trace
from caudal.tracing.summaries import BY_INSTITUTION, FLOWS, by_institution, flows

__all__ = [
    "BY_INSTITUTION",
    "DIRECTIONS",
    "FLOWS",
    "MEASURES",
    "METHODS",
    "Explainer",
    "Explanation",
    "Opening",
    "Reached",
    "StoredIndex",
    "Total",
    "Trace",
    "TransferIndex",
    "agents",
    "before_after",
    "by_institution",
    "channels",
    "exposure_bounds",
    "flows",
    "institution_exposures",
    "prepare",
    "reached",
    "run_trace",
    "stored",
    "trace",
    "until",
]
