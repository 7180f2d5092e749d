"""Screening: is this party, or a name in this payment text, a designated one, and how sure are we.

A possible match is a question to a person, never a finding.
"""

from caudal.screening.bands import Bands, Costs
from caudal.screening.calibration import Calibration
from caudal.screening.evidence import Evidence
from caudal.screening.found import Found, Hit
from caudal.screening.reason import Reason
from caudal.screening.screener import Screener
from caudal.screening.unscreened import unscreened, unscreened_texts
from caudal.screening.weights import Weights

__all__ = [
    "Bands",
    "Calibration",
    "Costs",
    "Evidence",
    "Found",
    "Hit",
    "Reason",
    "Screener",
    "Weights",
    "unscreened",
    "unscreened_texts",
]
