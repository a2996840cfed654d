"""What a service decides about its own: what waits for a second person, whom it lets see what, lifted masks."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.panels import masks, releases, waiting
from graph.access import READING_ROLES


def draw() -> None:
    say = state.speaker()
    actor = state.actor()
    st.title(say("ui.nav.administration"))
    st.subheader(say("ui.waiting"))
    waiting.draw(say)
    if actor.has("steward") and not actor.everything:
        st.subheader(say("ui.releases"))
        releases.draw(say)
    if actor.roles & READING_ROLES and not actor.everything:
        st.subheader(say("ui.masks"))
        masks.draw(say)


draw()
