"""What is achieved: the verdict, the way home, where it leads."""

from planner.portfolio.progression import Standing, standings
from planner.portfolio.verdict import Judgement, Verdict, Way, judge, transcript
from planner.records.portfolio_files import read_portfolios
from planner.records.portfolios import Decision, Details, Entry, Portfolio

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
