"""One entity from several lists: merged by identifiers and strong evidence only, every statement with its source.

    merging = Merging(entities, decisions=read_decisions("decisions.csv"))
    for merged in merging.merged:
        merged.id, merged.members, merged.statements
    merging.explain("ofac-36", "un-6908555")    # in words, why they are one or are not

A wrong merge is undone by a decision (`different`); a decision always wins.
"""

from caudal.register.merging.decisions import Decision, read_decisions
from caudal.register.merging.merged import Listing, Merged, Statement
from caudal.register.merging.merging import Merging, Refused, Tie
from caudal.register.merging.ties import ties, with_merged

__all__ = [
    "Decision",
    "Listing",
    "Merged",
    "Merging",
    "Refused",
    "Statement",
    "Tie",
    "read_decisions",
    "ties",
    "with_merged",
]
