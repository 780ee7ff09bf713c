"""What is on file: units, qualifications, tasks at work, offers."""

from planner.catalogue.loading import DEFAULT_QUALIFICATION, load, load_all
from planner.catalogue.offer import read_offer
from planner.catalogue.qualification import Qualification, Task
from planner.catalogue.units import Unit

__all__ = ["DEFAULT_QUALIFICATION", "Qualification", "Task", "Unit", "load", "load_all", "read_offer"]
