"""Careers, recognition and professional development."""
