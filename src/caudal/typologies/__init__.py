"""Does this look like extortion, funnelling, structuring, pass-through or layering: patterns, never accusations."""

from caudal.typologies.detect import DETECTORS, detect, examine
from caudal.typologies.findings import INNOCENT
from caudal.typologies.settings import Settings, Threshold

TYPOLOGIES = tuple(DETECTORS)
"""Names of the typologies, as in the `typology` column of the findings."""

__all__ = ["INNOCENT", "TYPOLOGIES", "Settings", "Threshold", "detect", "examine"]
