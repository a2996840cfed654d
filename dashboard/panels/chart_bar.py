"""The tools above the chart, and what they do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from dashboard import charting, state
from dashboard.charting import Desk, Filters
from dashboard.texts import Speaker
from graph.settings import settings

LONGEST_PATH = 6


def expand(desk: Desk, ids: Sequence[str], kinds: Sequence[str]) -> None:
    """Add the neighbours of ``ids`` by relations ``kinds``; no step where nothing is new."""
    step = charting.expanded(state.view(), desk.step, ids, kinds, settings().chart_cap)
    if {n.id for n in step.chart.nodes} != {n.id for n in desk.chart.nodes} or step.hidden() != desk.step.hidden():
        desk.push(step)
    else:
        st.toast(state.speaker()("ui.network.nothing_new"))


def remove(desk: Desk) -> None:
    """Take the selected things off the chart."""
    if desk.nodes:
        desk.push(charting.removed(state.view(), desk.step, desk.nodes))


def find_path(desk: Desk, say: Speaker) -> None:
    """Add the shortest paths between the two selected things, and mark them."""
    source, target = desk.nodes[:2]
    found = state.view().paths(source, target, LONGEST_PATH)
    if not found:
        st.toast(say("ui.network.no_path", most=LONGEST_PATH), icon=":material/route:")
        return
    ids = list(dict.fromkeys(n.id for path in found for n in path.nodes))
    desk.push(charting.added(state.view(), desk.step, ids, tuple(ids)))
    desk.select([source, target])
    length = len(found[0].nodes) - 1
    st.toast(say.counted("ui.network.paths", len(found), length=length), icon=":material/route:")


def tools(desk: Desk, say: Speaker) -> None:
    """One row: steps, selection, filters, depth."""
    two = len(desk.nodes) == 2
    some = bool(desk.nodes)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        if _tool("undo", ":material/undo:", say, desk.at > 0):
            desk.undo()
            st.rerun()
        if _tool("redo", ":material/redo:", say, desk.at < len(desk.steps) - 1):
            desk.redo()
            st.rerun()
        if _tool("expand", ":material/zoom_out_map:", say, some):
            expand(desk, desk.nodes, ())
            st.rerun()
        if _tool("collapse", ":material/zoom_in_map:", say, len(desk.nodes) == 1):
            desk.push(charting.collapsed(state.view(), desk.step, desk.nodes[0]))
            st.rerun()
        if _tool("remove", ":material/delete:", say, some):
            remove(desk)
            st.rerun()
        if _tool("path", ":material/route:", say, two):
            find_path(desk, say)
            st.rerun()
        _filters(desk, say)
        _depth(desk, say)


def _tool(name: str, icon: str, say: Speaker, possible: bool) -> bool:
    label = say(f"ui.tool.{name}")
    return st.button(label, key=f"tool-{name}", icon=icon, help=say(f"ui.tool.{name}.help"), disabled=not possible)


def _filters(desk: Desk, say: Speaker) -> None:
    """Filters change what is shown, never where it stands."""
    chart = desk.chart
    relations = say.order_by({k.relation for k in chart.links}, say.relation)
    owners = sorted({owner for n in chart.nodes for owner in n.owners})
    kinds = {n.schema: n for n in chart.nodes}
    schemata = say.order_by(kinds, lambda s: say.kind_of(kinds[s]))
    label = say("ui.filters.active") if desk.filters.active else say("ui.filters")
    with st.popover(label, icon=":material/filter_alt:"):
        chosen = st.multiselect(
            say("ui.filters.relations"),
            relations,
            format_func=say.relation,
            key="filter_relations",
            placeholder=say("ui.all"),
        )
        held = st.multiselect(say("ui.filters.owners"), owners, key="filter_owners", placeholder=say("ui.all"))
        wanted = st.multiselect(
            say("ui.filters.kinds"),
            schemata,
            format_func=lambda s: say.kind_of(kinds[s]),
            key="filter_schemata",
            placeholder=say("ui.all"),
        )
        inferred = st.toggle(say("ui.filters.inferred"), value=True, key="filter_inferred")
        filters = Filters(frozenset(chosen), frozenset(held), frozenset(wanted), inferred)
        if st.button(say("ui.filters.clear"), disabled=not filters.active, on_click=clear_filters):
            filters = Filters()
    if filters != desk.filters:
        desk.filters = filters
        st.rerun()


def clear_filters() -> None:
    """Show everything again."""
    for name in ("relations", "owners", "schemata", "inferred"):
        st.session_state.pop(f"filter_{name}", None)


def _depth(desk: Desk, say: Speaker) -> None:
    """How far around its first things the chart reaches; another reach opens it anew."""
    if desk.asked.community:
        return
    depth = desk.asked.depth
    options = charting.DEPTHS if len(desk.asked.ids) > 1 else charting.DEPTHS[1:]
    chosen = st.segmented_control(
        say("ui.depth"),
        options,
        default=depth,
        format_func=lambda d: say(f"ui.depth.{d}"),
        key=f"depth-{depth}",
        label_visibility="collapsed",
        help=say("ui.depth.help"),
    )
    if chosen and chosen != depth:
        st.query_params.from_dict(replace(desk.asked, depth=chosen).address())
        st.rerun()
