"""The link chart: select, expand, filter, find paths, take it out."""

from __future__ import annotations

import streamlit as st

from dashboard import charting, markup, state
from dashboard.charting import Asked, Desk, Step
from dashboard.components import canvas
from dashboard.panels import chart_bar, chart_details, chart_tables, grouping
from dashboard.texts import Speaker, plain
from graph.errors import NotFound
from graph.settings import settings

KEY = "chart_canvas"
HEIGHT = 520


def draw() -> None:
    say = state.speaker()
    desk = _desk(say)
    if desk is None:
        st.title(say("ui.nav.network"))
        st.info(say("ui.network.empty"), icon=":material/lightbulb:")
        if st.button(say("ui.nav.search"), icon=":material/search:", type="primary"):
            state.go("search")
        return
    _events(desk)
    st.title(plain(desk.chart.title))
    chart_bar.tools(desk, say)
    left, right = st.columns([7, 3], gap="small")
    with left:
        _canvas(desk, say)
    with right:
        chart_details.panel(desk, say)
    chart_tables.tabs(desk, say)


def _desk(say: Speaker) -> Desk | None:
    """The session's chart: opened from the address, or as it was left; read anew when the store changed."""
    desk: Desk | None = st.session_state.get("chart")
    view = state.view()
    stand = (state.store().version(), view.scope().expires)
    asked = _asked()
    if asked and (desk is None or desk.asked != asked):
        desk = Desk(asked, [_opened(asked, say)], stand=stand)
        st.session_state["chart"] = desk
        chart_bar.clear_filters()
    if desk is not None and desk.stand != stand:
        desk.steps[desk.at] = charting.refreshed(view, desk.step)
        desk.stand = stand
        desk.prune()
    if desk is not None and asked is None:
        st.query_params.from_dict(desk.asked.address())
    return desk


def _asked() -> Asked | None:
    """What the address asks for, None where it asks for nothing."""
    ids = tuple(st.query_params.get_all("id"))
    depth, identities = state.asked("depth", "1"), state.asked("identities", "confirmed")
    if community := state.asked("community"):
        return Asked(community=community, identities="proposed" if identities == "proposed" else "confirmed")
    known = charting.DEPTHS if len(ids) > 1 else charting.DEPTHS[1:]
    return Asked(ids, depth if depth in known else "1") if ids else None


def _opened(asked: Asked, say: Speaker) -> Step:
    view, cap = state.view(), settings().chart_cap
    if asked.community:
        found = grouping.one(asked.community, asked.identities == "proposed")
        if found is None:
            raise NotFound("ui.network.community.gone")
        first = found.bridges[0].member if found.bridges else found.members[0]
        named = view.entity(first)
        title = say("ui.network.community", name=say.caption(named.caption, named.schema, named.masked))
        return charting.together(view, found.members, cap, title, say.lang)
    if asked.depth == "0":
        return charting.together(view, asked.ids, cap, language=say.lang)
    return charting.opened(view, asked.ids, int(asked.depth), cap, say.lang)


def _events(desk: Desk) -> None:
    """Do what was done on the canvas; the callback only takes it down, so that errors are said on the page."""
    for event in st.session_state.pop("chart_events", []):
        match event["kind"]:
            case "select":
                desk.select(event["nodes"], event["edges"])
            case "moved":
                desk.move(event["places"])
            case "expand":
                chart_bar.expand(desk, [event["id"]], ())
            case "remove":
                chart_bar.remove(desk)
            case "undo":
                desk.undo()
            case "redo":
                desk.redo()


def _take_down() -> None:
    if found := canvas.event(KEY):
        st.session_state.setdefault("chart_events", []).append(found)


def _canvas(desk: Desk, say: Speaker) -> None:
    nodes, links = desk.shown()
    drawing = canvas.elements(nodes, links, desk.chart.positions, say, desk.chart.start)
    label = say("ui.canvas.label", nodes=len(nodes), links=len(links))
    chosen = {"nodes": desk.nodes, "edges": desk.edges}
    canvas.chart(
        drawing,
        chosen,
        say,
        key=KEY,
        height=HEIGHT,
        fit=desk.fit,
        path=desk.step.path,
        label=label,
        on_event=_take_down,
    )
    st.html(chart_details.legend(nodes, links, say))
    for line in chart_details.caps(desk, say):
        st.html(markup.meta(line))


draw()
