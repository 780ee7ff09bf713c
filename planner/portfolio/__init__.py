"""What is achieved: the verdict, the way home, where it leads."""

from planner.portfolio.progression import Standing, standings
from planner.portfolio.verdict import (
    Decision,
    Details,
    Entry,
    Judgement,
    Portfolio,
    Verdict,
    Way,
    judge,
    read_portfolios,
    transcript,
)

__all__ = [
    "Decision",
    "Details",
    "Entry",
    "Judgement",
    "Portfolio",
    "Standing",
    "Verdict",
    "Way",
    "judge",
    "read_portfolios",
    "standings",
    "transcript",
]
