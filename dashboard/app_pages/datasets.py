"""Which datasets the reader sees and how far; for a data steward also the agency's deliveries and their rejects."""

from __future__ import annotations

from itertools import islice
from typing import Any

import streamlit as st

from dashboard import markup, state
from dashboard.panels import quality
from dashboard.texts import Speaker
from graph.access import LEVEL_NAMES
from graph.i18n import has, t

MOST_REJECTS = 200


def draw() -> None:
    say = state.speaker()
    st.title(say("ui.nav.datasets"))
    st.subheader(say("ui.datasets.visible"))
    _visible(say)
    actor = state.actor()
    if actor.has("steward") and not actor.everything:
        st.subheader(say("ui.datasets.own"))
        _own(actor.agency, say)


def _visible(say: Speaker) -> None:
    view = state.view()
    scope = view.scope()
    found = view.datasets()
    if not found:
        st.info(say("ui.datasets.empty"), icon=":material/lightbulb:")
        return
    heads = ["ui.owner", "ui.datasets.country", "ui.dataset", "ui.datasets.title", "ui.revision", "ui.level"]
    heads += ["ui.datasets.protected", "ui.datasets.retention"]
    rows = [
        (
            d.owner,
            say.country(d.country),
            d.name,
            d.title,
            say.revision(d.revision),
            say.level(LEVEL_NAMES.get(scope.level(d.number), "identity")),
            say("ui.datasets.yes") if d.protected else "",
            say.day(d.retention),
        )
        for d in found
    ]
    st.html(markup.table([say(h) for h in heads], rows, say("ui.datasets.visible"), numeric=(4,)))


def _own(agency: str, say: Speaker) -> None:
    ledger = state.store().ledger(agency)
    if not ledger:
        st.info(say("ui.datasets.own.empty"), icon=":material/lightbulb:")
        return
    heads = ["ui.dataset", "ui.revision", "ui.datasets.state", "ui.datasets.at", "ui.datasets.rows"]
    heads += ["ui.datasets.accepted", "ui.datasets.rejected", "ui.datasets.values_rejected", "ui.datasets.changes"]
    rows = [_delivery(line, say) for line in ledger]
    st.html(markup.table([say(h) for h in heads], rows, say("ui.datasets.own"), numeric=(1, 4, 5, 6, 7, 8)))
    quality.choose(ledger, say)
    st.subheader(say("ui.rejects"))
    own = {d.name: d.number for d in state.view().datasets() if d.owner == agency}
    if own:
        name = st.selectbox(say("ui.dataset"), list(own), key="rejects_dataset")
        _rejects(own[name], say)


def _delivery(line: dict[str, Any], say: Speaker) -> tuple[str, ...]:
    report = line["report"]
    changes = " / ".join(say.number(report.get(k, 0)) for k in ("added", "changed", "removed"))
    counts = [say.number(report.get(k, 0)) for k in ("rows_read", "rows_accepted", "rows_rejected", "values_rejected")]
    state_word = say.word("delivery_state", line["state"])
    return (
        line["dataset"],
        say.number(line["revision"]),
        state_word,
        say.day(line["published"] or line["started"]),
        *counts,
        changes,
    )


def _rejects(number: int, say: Speaker) -> None:
    found = list(islice(state.store().rejects(number), MOST_REJECTS + 1))
    if not found:
        st.html(markup.meta(say("ui.rejects.none")))
        return
    heads = ["document", "row", "column", "value", "reason", "what"]
    rows = [
        (
            r.document,
            say.number(r.row) if r.row else "",
            say.beginning(r.column),
            say.beginning(r.value),
            t(r.reason, say.lang, **r.params) if has(r.reason) else r.reason,
            say("ui.rejects.whole" if r.whole else "ui.rejects.one"),
        )
        for r in found[:MOST_REJECTS]
    ]
    st.html(markup.table([say(f"ui.rejects.{h}") for h in heads], rows, say("ui.rejects"), numeric=(1,)))
    if len(found) > MOST_REJECTS:
        st.html(markup.meta(say("ui.rejects.shown", shown=MOST_REJECTS)))


draw()
