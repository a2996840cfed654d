"""How the service runs, for operators and data stewards. No case content."""

from __future__ import annotations

import streamlit as st

from dashboard import markup, state

JOB = "flags"
RUNS = 30


def draw() -> None:
    say = state.speaker()
    st.title(say("ui.nav.service"))
    st.html(markup.meta(say("ui.service.intro")))
    st.subheader(say("ui.service.jobs"))
    runs = state.store().job_history(JOB, RUNS)
    if runs:
        heads = [say(f"ui.service.{h}") for h in ("started", "ended", "outcome", "counts")]
        # what a run counted is counted over everybody's data, so it is for the operator
        whole = state.actor().everything or state.actor().has("operator")
        heads = heads if whole else heads[:3]
        rows = [(say.day(r["started"]), say.day(r["ended"]), r["outcome"], r["counts"])[: len(heads)] for r in runs]
        st.html(markup.table(heads, rows, say("ui.service.jobs")))
    else:
        st.info(say("ui.service.jobs.empty"), icon=":material/lightbulb:")
    st.subheader(say("ui.service.agencies"))
    heads = [say("ui.service.code"), say("ui.service.agency"), say("ui.datasets.country")]
    agencies = [(a.code, a.name, say.country(a.country)) for a in state.store().agencies()]
    st.html(markup.table(heads, agencies, say("ui.service.agencies")))


draw()
