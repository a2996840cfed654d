"""The quality report of a delivery, as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import markup
from dashboard.quality import sections
from dashboard.texts import Speaker


def choose(ledger: Sequence[Mapping[str, Any]], say: Speaker) -> None:
    """Let the steward choose one of the agency's deliveries, and show its report. ``ledger``: newest first."""
    lines = [line for line in ledger if line["state"] != "loading"]
    if not lines:
        return
    st.subheader(say("quality.title"))

    def name(at: int) -> str:
        line = lines[at]
        state = say.word("delivery_state", line["state"])
        return say("quality.of", dataset=line["dataset"], revision=line["revision"], state=state)

    chosen = st.selectbox(say("quality.choose"), range(len(lines)), format_func=name, key="quality_delivery")
    show(lines[chosen or 0]["report"], say)


def show(report: Mapping[str, Any], say: Speaker) -> None:
    """Show one report, as the ledger keeps it."""
    if not report.get("quality"):
        st.html(markup.meta(say("quality.none")))
    for section in sections(report, say):
        st.html(markup.meta(section.title))
        rows = [[say.number(cell) if isinstance(cell, int) else cell for cell in row] for row in section.rows]
        numeric = tuple(at for at, cell in enumerate(section.rows[0]) if isinstance(cell, int))
        st.html(markup.table(section.heads, rows, section.title, numeric=numeric))
