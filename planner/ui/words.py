"""Text for pages."""

from __future__ import annotations

import re


def plain(text: str) -> str:
    """`text` so that Markdown shows it letter by letter: nothing in it becomes a link or a style."""
    escaped = re.sub(r"([\\`*_{}\[\]<>()#+\-.!|~$:&])", r"\\\1", text)
    return " ".join(escaped.split())
