"""What a person or a centre can reach, from facts."""

from planner.recognition.eligibility import measured_of, read_facts, with_measured
from planner.recognition.job_profile import JobProfile, load_profile
from planner.recognition.renewals import Appointment, appointments, calendar_file
from planner.recognition.scheme_file import load_recognitions
from planner.recognition.schemes import Career, Reach, Recognition, career

__all__ = [
    "Appointment",
    "Career",
    "JobProfile",
    "Reach",
    "Recognition",
    "appointments",
    "calendar_file",
    "career",
    "load_profile",
    "load_recognitions",
    "measured_of",
    "read_facts",
    "with_measured",
]
