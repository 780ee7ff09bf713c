"""The tables and workbooks that screen, command line and downloads share."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # whoever shows a table does not wait for all workbooks
    from planner.report.audit_book import audit_workbook
    from planner.report.cohort_book import cohort_csv, cohort_template, cohort_workbook
    from planner.report.cpd_book import cpd_workbook
    from planner.report.delivery_book import delivery_workbook
    from planner.report.empty_portfolios import portfolio_template
    from planner.report.plan_book import plan_workbook
    from planner.report.record_book import record_template, record_workbook
    from planner.report.timeline_tables import timeline_workbook

_WHERE = {
    "audit_workbook": "audit_book",
    "cohort_csv": "cohort_book",
    "cohort_template": "cohort_book",
    "cohort_workbook": "cohort_book",
    "cpd_workbook": "cpd_book",
    "delivery_workbook": "delivery_book",
    "plan_workbook": "plan_book",
    "portfolio_template": "empty_portfolios",
    "record_template": "record_book",
    "record_workbook": "record_book",
    "timeline_workbook": "timeline_tables",
}

__all__ = [
    "audit_workbook",
    "cohort_csv",
    "cohort_template",
    "cohort_workbook",
    "cpd_workbook",
    "delivery_workbook",
    "plan_workbook",
    "portfolio_template",
    "record_template",
    "record_workbook",
    "timeline_workbook",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
