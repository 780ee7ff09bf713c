"""What a centre keeps between visits: people, registrations, statuses, decisions, and all that happened."""

from planner.register.changes import Actor, Verification
from planner.register.history import Happened
from planner.register.merging import Clash
from planner.register.rows import Kept
from planner.register.service import Learner, Merged, OvertakenError, Person, Register

__all__ = [
    "Actor",
    "Clash",
    "Happened",
    "Kept",
    "Learner",
    "Merged",
    "OvertakenError",
    "Person",
    "Register",
    "Verification",
]
