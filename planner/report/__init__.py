"""The tables and workbooks that screen, command line and downloads share."""

from planner.report.audit_book import audit_workbook
from planner.report.cohort_book import cohort_csv, cohort_template, cohort_workbook
from planner.report.cpd_book import cpd_workbook
from planner.report.delivery_book import delivery_workbook
from planner.report.empty_portfolios import portfolio_template
from planner.report.plan_book import plan_workbook
from planner.report.record_book import record_template, record_workbook
from planner.report.timeline_tables import timeline_workbook

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
