"""Links of an entity by kind: how many, to whom, since when, who says so."""

from __future__ import annotations

import streamlit as st

from dashboard import markup, state
from dashboard.texts import Speaker, plain
from graph.result import Entity, Link, Node, Subgraph

SHOWN = 12


def by_relation(entity: Entity, say: Speaker) -> None:
    """One fold per kind of link, its count on it; the ends can be opened."""
    around: Subgraph = state.keep(("around", entity.id), lambda: state.view().neighbourhood([entity.id], cap=1000))
    nodes = {n.id: n for n in around.nodes}
    mine = around.start[0]
    grouped: dict[str, list[Link]] = {}
    for link in around.links:
        if mine in (link.source, link.target):
            grouped.setdefault(link.relation, []).append(link)
    if not grouped:
        st.html(markup.meta(say("ui.links.none")))
        return
    for relation in sorted(grouped, key=say.relation):
        found = grouped[relation]
        with st.expander(f"{plain(say.relation(relation))} ({say.number(len(found))})", expanded=len(grouped) == 1):
            for link in found[:SHOWN]:
                _line(link, nodes[link.target if link.source == mine else link.source], link.source == mine, say)
            if len(found) > SHOWN:
                st.html(markup.meta(say("ui.links.more", count=len(found) - SHOWN)))
    if around.hidden:
        st.html(markup.meta(say("ui.links.hidden", count=sum(around.hidden.values()))))


def origin(link: Link, say: Speaker) -> str:
    """Who says that a link exists, and where."""
    if link.state == "proposed":
        return say("ui.link.inferred", score=say.percent(link.score))
    parts = [p for p in (link.owner, link.dataset) if p]
    for document, row, _, _ in link.sources[:1]:
        if document:
            named = say.document(document)
            parts.append(say("ui.source.row", document=named, row=row) if row else named)
    return " · ".join(parts)


def _line(link: Link, other: Node, outgoing: bool, say: Speaker) -> None:
    left, right = st.columns([2, 3], vertical_alignment="center")
    arrow = "" if not link.directed else ("→ " if outgoing else "← ")
    label = say.caption(other.caption, other.schema, other.masked)
    key = f"end-{link.id}"
    if left.button(plain(arrow + label), key=key, type="tertiary", disabled=other.kind != "entity"):
        state.go("entity", id=other.id)
    parts = [say.kind(other)]
    if link.caption:
        parts.append(say.role(link.caption) if link.relation == "CASE_ROLE" else link.caption)
    if link.start or link.end:
        parts.append(say.span(link.start, link.end))
    parts.append(origin(link, say))
    right.html(markup.meta(" · ".join(parts)))
