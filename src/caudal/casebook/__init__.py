"""Casebook: what did people decide, why, and who checked it.

A decision stays with one party (or payment text) and one list entry until the data it rested on changes; then it comes
back with the difference in words.
"""

from caudal.casebook.book import Casebook
from caudal.casebook.ground import Ground, grounds
from caudal.casebook.standing import cleared, standing

__all__ = ["Casebook", "Ground", "cleared", "grounds", "standing"]
