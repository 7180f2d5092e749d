"""What leaves the house: the report of a run as one HTML file that needs no network."""

from caudal.reports.facts import (
    CoercedAnswer,
    Designation,
    Group,
    LawEffect,
    LedgerNumbers,
    ListVersion,
    ReportFacts,
)
from caudal.reports.page import render, write_report

__all__ = [
    "CoercedAnswer",
    "Designation",
    "Group",
    "LawEffect",
    "LedgerNumbers",
    "ListVersion",
    "ReportFacts",
    "render",
    "write_report",
]
