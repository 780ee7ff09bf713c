"""Untrusted files to rows, rows to whole files."""
