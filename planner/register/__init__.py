"""What a centre keeps between visits: people, registrations, statuses, decisions, and all that happened."""

from planner.register.changes import Actor, RefusedError, Verification
from planner.register.erasing import Erased
from planner.register.history import Happened
from planner.register.kept_rows import Registered
from planner.register.merging import Dispute, Merged, OvertakenError
from planner.register.roles import Person
from planner.register.rows import Kept
from planner.register.service import Register

__all__ = [
    "Actor",
    "Dispute",
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
