"""The command line: each command reads, asks once and shows."""
