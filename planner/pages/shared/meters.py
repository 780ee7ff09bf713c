"""Rules measured: each a bar with its sentence, by word and sign as well as by colour."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from planner.pages.shared.words import plain
from planner.rules.measure import Finding


def show(findings: Iterable[Finding], key: str) -> None:
    """Draws each rule; those that are only upper limits and kept are folded. `key` keeps folds apart."""
    kept = []
    for finding in findings:
        if finding.holds and finding.rule.at_least is None:
            kept.append(finding)
        else:
            draw(finding)
    if kept:
        with st.expander(f"Upper limits: {len(kept)} kept", key=f"limits-{key}"):
            for finding in kept:
                draw(finding)


def draw(finding: Finding, waived: frozenset[str] = frozenset()) -> None:
    """One rule as a bar, its parts after it; those whose ids are `waived` are marked so."""
    limit = finding.at_least if finding.at_least is not None else finding.at_most
    share = 1.0 if not limit else min(1.0, max(0.0, finding.measured / limit))
    mark = ":green[:material/check: met]" if finding.holds else ":red[:material/close: not met]"
    if finding.rule.id in waived:
        mark = ":orange[:material/gavel: waived]"
    st.progress(share, text=f"“{plain(finding.rule.text)}” — **{plain(finding.progress)}** {mark}")
    for part in finding.parts:
        draw(part, waived)
