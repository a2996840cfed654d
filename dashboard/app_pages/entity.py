"""One entity: what is known of it, from whom, and why its records are one."""

from __future__ import annotations

import streamlit as st

from dashboard import markup, state, things
from dashboard.panels import facts, links, sameness
from dashboard.texts import Speaker, plain
from graph.result import Entity


def draw() -> None:
    say = state.speaker()
    wanted = state.asked("id")
    if not wanted:
        st.title(say("ui.nav.entity"))
        st.info(say("ui.entity.empty"), icon=":material/lightbulb:")
        return
    entity = state.keep(("entity", wanted), lambda: state.view().entity(wanted))
    _head(entity, say)
    left, right = st.columns([7, 5], gap="medium")
    with left:
        _facts(entity, say)
        st.subheader(say("ui.entity.records"))
        _records(entity, say)
    with right:
        st.subheader(say("ui.entity.proposals"))
        sameness.proposals(entity, say)
        st.subheader(say("ui.entity.why"))
        sameness.why_one(entity, say)
        st.subheader(say("ui.entity.links"))
        links.by_relation(entity, say)


def _head(entity: Entity, say: Speaker) -> None:
    left, right = st.columns([5, 1], vertical_alignment="center")
    with left:
        st.title(plain(say.caption(entity.caption, entity.schema, entity.masked)))
        st.html(things.entity_chips(entity, say))
    if right.button(say("ui.open_network"), type="primary", icon=":material/hub:", width="stretch"):
        state.go("network", id=entity.id)


def _facts(entity: Entity, say: Speaker) -> None:
    st.subheader(say("ui.entity.facts"))
    if entity.masked:
        st.info(say("ui.masked.explained"), icon=":material/shield_person:")
    if entity.facts():
        st.html(facts.table(entity, say, scheme=facts.choose(entity, say)))
    else:
        st.html(markup.meta(say("ui.entity.no_facts")))
    kept = state.keep(("withheld", entity.id), lambda: state.view().withheld(entity))
    if any(kept):
        counts = {"texts": say.number(kept.texts), "documents": say.number(kept.documents)}
        st.info(say("ui.withheld", **counts), icon=":material/lock:")


def _records(entity: Entity, say: Speaker) -> None:
    headers = [say("ui.owner"), say("ui.dataset"), say("ui.revision"), say("ui.level"), say("ui.values")]
    rows = [
        (
            f"{r.owner} · {say.country(r.country)}",
            r.dataset,
            say.revision(r.revision),
            say.level(r.level),
            say.number(len(r.statements)),
        )
        for r in entity.records
    ]
    st.html(markup.table(headers, rows, say("ui.entity.records"), numeric=(2, 4)))


draw()
