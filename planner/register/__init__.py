"""What a centre keeps between visits: people, registrations, statuses, decisions, and all that happened."""

from planner.register.changes import Actor, RefusedError, Verification
from planner.register.history import Happened
from planner.register.kept_rows import Registered
from planner.register.merging import Dispute
from planner.register.rows import Kept
from planner.register.service import Merged, OvertakenError, Person, Register

__all__ = [
    "Actor",
    "Dispute",
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
