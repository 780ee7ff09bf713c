"""What a centre keeps between visits: people, registrations, statuses, decisions, and all that happened."""

from planner.register.about import About
from planner.register.changes import Actor, RefusedError, Verification
from planner.register.erasing import Erased
from planner.register.history import Happened
from planner.register.kept_rows import Registered
from planner.register.merging import Dispute, Merged, OvertakenError
from planner.register.retention import Due
from planner.register.roles import Person
from planner.register.rows import Kept
from planner.register.service import Register

__all__ = [
    "About",
    "Actor",
    "Dispute",
    "Due",
    "Erased",
    "Happened",
    "Kept",
    "Merged",
    "OvertakenError",
    "Person",
    "RefusedError",
    "Register",
    "Registered",
    "Verification",
]
