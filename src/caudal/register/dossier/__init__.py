"""Dossiers: what is known of a group of interest, on whose word, and how it stands against each authority's criteria.

    found = dossier(register, "tren-de-aragua")
    page.html(found)

No score: every criterion shows the facts for it, the facts against it, what the authority itself found, and what is
missing.
"""

from caudal.register.dossier.assess import Assessment, Weighed
from caudal.register.dossier.build import Dossier, Listed, Standing, dossier
from caudal.register.dossier.criteria import Criteria, Criterion, criteria
from caudal.register.dossier.facts import Fact, GroupFacts, facts
from caudal.register.dossier.relations import Relation
from caudal.register.dossier.words import terminal

__all__ = [
    "Assessment",
    "Criteria",
    "Criterion",
    "Dossier",
    "Fact",
    "GroupFacts",
    "Listed",
    "Relation",
    "Standing",
    "Weighed",
    "criteria",
    "dossier",
    "facts",
    "terminal",
]
