"""Qualifications, read and compared."""
