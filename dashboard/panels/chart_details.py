"""Beside the chart: what is selected, what it could be expanded by, the legend, and what is not drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import streamlit as st

from dashboard import markup, state, things
from dashboard.charting import Desk
from dashboard.components import canvas
from dashboard.panels import chart_bar, facts, links
from dashboard.texts import Speaker, plain
from graph.result import Link, Node
from graph.style import icon_svg, link_style, node_style

LISTED = 8


def panel(desk: Desk, say: Speaker) -> None:
    """Details of the selection."""
    nodes = {n.id: n for n in desk.chart.nodes}
    chosen = [nodes[i] for i in desk.nodes]
    lines = [k for k in desk.chart.links if k.id in set(desk.edges)]
    with st.container(border=True, height=540):
        if len(chosen) == 1 and not lines:
            _node(chosen[0], desk, say)
        elif chosen:
            _several(chosen, say)
        if lines:
            _links(lines, nodes, say)
        if not chosen and not lines:
            _overview(desk, say)


def _overview(desk: Desk, say: Speaker) -> None:
    chart = desk.chart
    countries = sorted({c for n in chart.nodes for c in n.countries})
    crossing = sum(n.crosses for n in chart.nodes)
    st.html(
        markup.name(say("ui.panel.overview"))
        + markup.meta(say("ui.panel.counts", nodes=len(chart.nodes), links=len(chart.links)))
        + markup.meta(say("ui.panel.countries", countries=say.listed([say.country(c) for c in countries])))
        + (markup.meta(say.counted("ui.panel.crossing", crossing)) if crossing else "")
    )
    st.html(markup.listing(say(f"ui.panel.hint.{n}") for n in ("click", "double", "shift", "drag", "keys")))


def _node(node: Node, desk: Desk, say: Speaker) -> None:
    title = say.caption(node.caption, node.schema, node.masked)
    st.html(markup.name(title) + f"<div>{things.entity_chips(node, say)}</div>")
    if node.kind == "entity" and st.button(say("ui.open_entity"), icon=":material/badge:", key="panel-open"):
        state.go("entity", id=node.id)
    _expansions(node, desk, say)
    if node.kind == "entity":
        entity = state.keep(("entity", node.id), lambda: state.view().entity(node.id))
        stated = [f for f in facts.facts(entity) if not all(s.inferred for _, s in f.said)]
        if stated:
            rows = [(say.prop(f.prop), facts.text(entity, f, say)) for f in stated[:LISTED]]
            st.html(markup.table([say("ui.fact.property"), say("ui.fact.value")], rows, say("ui.fact.caption")))


def _expansions(node: Node, desk: Desk, say: Speaker) -> None:
    """What the node can be expanded by, with counts before it is."""
    counts = state.keep(("counts", node.id), lambda: state.view().link_counts(node.id))
    drawn = Counter(k.relation for k in desk.chart.links if node.id in (k.source, k.target))
    more = [r for r in say.order_by(counts, say.relation) if counts[r] > drawn[r]]
    done = [r for r in say.order_by(counts, say.relation) if r not in more]
    if not counts:
        st.html(markup.meta(say("ui.links.none")))
    if more:
        st.html(markup.meta(say("ui.panel.expand")))
    for relation in more:
        words = say("ui.panel.relation", relation=say.relation(relation), total=counts[relation], drawn=drawn[relation])
        if st.button(plain(words), key=f"by-{relation}", icon=":material/add_circle:", width="stretch"):
            chart_bar.expand(desk, [node.id], [relation])
            st.rerun()
    if done:
        told = say.listed([f"{say.relation(r).lower()} {say.number(counts[r])}" for r in done])
        st.html(markup.meta(say("ui.panel.drawn", relations=told)))


def _several(nodes: Sequence[Node], say: Speaker) -> None:
    st.html(markup.name(say("ui.panel.several", count=len(nodes))))
    captions = [f"{say.caption(n.caption, n.schema, n.masked)} ({say.kind(n)})" for n in nodes]
    st.html(markup.listing(captions[:30]))
    if len(captions) > 30:
        st.html(markup.meta(say("ui.links.more", count=len(captions) - 30)))
    if len(nodes) == 2:
        st.html(markup.meta(say("ui.panel.two")))


def _links(lines: Sequence[Link], nodes: dict[str, Node], say: Speaker) -> None:
    for link in lines[:20]:
        ends = [nodes[i] for i in (link.source, link.target)]
        names = [say.caption(n.caption, n.schema, n.masked) for n in ends]
        arrow = "→" if link.directed else "—"
        tone = "inferred" if link.state == "proposed" else ""
        parts = [markup.name(say.relation(link.relation)), markup.chip(say(f"ui.link.{link.state}"), tone)]
        parts.append(f"<div>{markup.cell(f'{names[0]} {arrow} {names[1]}')}</div>")
        if link.caption:
            parts.append(markup.meta(say.role(link.caption) if link.relation == "CASE_ROLE" else link.caption))
        if link.start or link.end:
            parts.append(markup.meta(say.span(link.start, link.end)))
        parts.append(markup.meta(links.origin(link, say)))
        for document, row, evaluation, handling in link.sources:
            named = say.document(document)
            where = say("ui.source.row", document=named, row=row) if document and row else named
            coded = [say.code(evaluation), *handling.split(",")] if evaluation else handling.split(",")
            parts.append(markup.meta(" · ".join([p for p in (where, *coded) if p])))
        st.html("".join(parts))


def legend(nodes: Iterable[Node], lines: Iterable[Link], say: Speaker) -> str:
    """What the pictures and lines on the chart mean: only those that are on it."""
    groups = {node_style(n).group: n for n in nodes}
    dots = [
        f'<span><img alt="" src="{_picture(n)}">{markup.cell(say.group(g, n))}</span>'
        for g, n in sorted(groups.items(), key=lambda item: say.group(*item))
    ]
    if any(n.crosses for n in groups.values()) or any(n.crosses for n in nodes):
        dots.append(f'<span><span class="ring"></span>{markup.cell(say("ui.legend.crosses"))}</span>')
    looks = {link_style(k).dashed for k in lines}
    for dashed, key in ((False, "ui.legend.stated"), (True, "ui.legend.inferred")):
        if dashed in looks:
            dots.append(f'<span><span class="line{" dashed" if dashed else ""}"></span>{markup.cell(say(key))}</span>')
    return f'<div class="v-legend" role="list">{"".join(dots)}</div>'


def _picture(node: Node) -> str:
    """The picture of a node's group, without the ring of what crosses a border."""
    return canvas.icon(icon_svg(replace(node_style(node), ring="")))


def caps(desk: Desk, say: Speaker) -> list[str]:
    """What is in the view or on the chart and not drawn: by the cap, by a filter. Always said, with exact counts."""
    lines = []
    hidden = desk.step.hidden()
    if hidden:
        kinds = [f"{say.number(n)} {say.kind_named(*key).lower()}" for key, n in sorted(hidden.items())]
        lines.append(say("ui.network.capped", count=sum(hidden.values()), kinds=say.listed(kinds)))
    shown, drawn = desk.shown()
    nodes, links_off = len(desk.chart.nodes) - len(shown), len(desk.chart.links) - len(drawn)
    if nodes or links_off:
        lines.append(say("ui.network.filtered", nodes=nodes, links=links_off))
    return lines
