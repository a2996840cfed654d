"""Masks of the agency's own records that are lifted for somebody, and the request for another."""

from __future__ import annotations

import streamlit as st

from dashboard import markup, state
from dashboard.texts import Speaker
from graph import unmasking
from graph.pending import ANSWERING
from graph.unmasking import Lifted


def draw(say: Speaker) -> None:
    """What is lifted now, each with a button that ends it, and a form for who may ask."""
    store, actor = state.store(), state.actor()
    lifts, _ = unmasking.listed(store, actor)
    if not lifts:
        st.html(markup.meta(say("ui.masks.none")))
    for lifted in lifts:
        _one(lifted, say)
    if actor.roles & ANSWERING:
        with st.expander(say("ui.masks.ask")):
            _ask(say)


def _one(lifted: Lifted, say: Speaker) -> None:
    left, right = st.columns([3, 1], vertical_alignment="center")
    fields = {"by": lifted.by, "second": lifted.confirmed, "reason": lifted.reason}
    told = say("ui.masks.until", to=lifted.to, until=say.day(lifted.until))
    left.html(
        markup.cell(f"{lifted.dataset} · {lifted.record}")
        + markup.meta(told)
        + markup.meta(say("ui.masks.by", **fields))
    )
    may = bool(state.actor().roles & ANSWERING)
    if may and right.button(say("ui.masks.end"), key=f"end-{lifted.id}", icon=":material/visibility_off:"):
        state.guard(lambda: _end(lifted.id, say))


def _ask(say: Speaker) -> None:
    store, actor = state.store(), state.actor()
    teams = [f"team:{t.id}" for t in store.teams() if actor.agency in t.members]
    others = [a.code for a in store.open_agencies() if a.code != actor.agency]
    st.html(markup.meta(say("ui.masks.explained")))
    with st.form("unmask", clear_on_submit=True):
        left, right = st.columns(2)
        record = left.text_input(say("ui.releases.of.record"), key="masks_record").strip()
        to = right.selectbox(say("release.head.to"), [*others, *teams], key="masks_to")
        until = left.date_input(say("release.head.until"), value=None, key="masks_until")
        reason = right.text_input(say("ui.masks.reason"), key="masks_reason")
        if st.form_submit_button(say("ui.masks.ask"), icon=":material/visibility:"):
            day = until.isoformat() if until else ""
            state.guard(lambda: _request(record, to, day, reason, say))


def _request(record: str, to: str, until: str, reason: str, say: Speaker) -> None:
    unmasking.request(state.store(), state.actor(), record, to, until, reason)
    st.toast(say("ui.masks.asked"))
    st.rerun()


def _end(number: str, say: Speaker) -> None:
    unmasking.end(state.store(), state.actor(), number)
    st.toast(say("ui.masks.ended"))
    st.rerun()
