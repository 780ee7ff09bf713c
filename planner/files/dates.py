"""Dates as people write them."""

from __future__ import annotations

import re
from datetime import date, datetime


def as_date(text: str) -> date | None:
    """The date that a text means, the day first as written in Britain; None if it means none."""
    plain = re.sub(r"[T ]\d\d:\d\d(:\d\d(\.\d+)?)?$", "", text.strip())
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y"):
        try:
            return datetime.strptime(plain, form).date()
        except ValueError:
            continue
    return None
