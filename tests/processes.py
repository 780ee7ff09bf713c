"""The processes of this machine, as the tests of what outlives a command see them."""

from __future__ import annotations

from pathlib import Path


def alive(session: int) -> list[int]:
    """The processes of a session that still run."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            state, _, _, of = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
        except (OSError, ValueError):
            continue
        if state != "Z" and int(of) == session:
            found.append(int(folder.name))
    return found
