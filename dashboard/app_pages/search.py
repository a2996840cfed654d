"""One box for names and numbers."""

from __future__ import annotations

import streamlit as st

from analytics.crossborder.flags import HIT, Flag
from analytics.crossborder.flags import say as told
from analytics.crossborder.reader import flags
from dashboard import markup, state, things
from dashboard.texts import Speaker
from graph.result import SearchItem, SearchPage

PAGE = 20


def draw() -> None:
    say = state.speaker()
    st.title(say("ui.nav.search"))
    text, group = _box(say)
    if not text:
        st.info(say("ui.search.empty"), icon=":material/lightbulb:")
        return
    start = (max(1, st.session_state.get("search_page", 1)) - 1) * PAGE
    kinds = things.schemata(group) if group else ()
    page = state.keep(("search", text, kinds, start), lambda: state.view().search(text, kinds, PAGE, start))
    _count(page, start, say)
    hits = _hits() if page.items else {}
    for item in page.items:
        _item(item, hits, say)
    _turn(page, start, say)


def _box(say: Speaker) -> tuple[str, str | None]:
    """The words looked for and the group of kinds; both stay in the address, so that it can be sent to a colleague."""
    last = st.session_state.get("search_last", "")
    address = state.asked("q", last)
    if address != last:  # a link was followed; what the box says otherwise is what was typed since
        st.session_state["search_text"] = address
    st.session_state.setdefault("search_text", last)
    asked = state.asked("kind")
    st.session_state.setdefault("search_group", asked if asked in things.GROUPS else None)
    text = st.text_input(
        say("ui.search.label"),
        key="search_text",
        placeholder=say("ui.search.placeholder"),
        help=say("ui.search.help"),
        on_change=_first_page,
    ).strip()
    group = st.pills(
        say("ui.search.kinds"),
        list(things.GROUPS),
        format_func=lambda g: say(f"ui.group.{g}"),
        key="search_group",
        on_change=_first_page,
        label_visibility="collapsed",
    )
    st.session_state["search_last"] = text
    wanted = {k: v for k, v in (("q", text), ("kind", group or "")) if v}
    if dict(st.query_params) != wanted:
        st.query_params.from_dict(wanted)
    return text, group


def _first_page() -> None:
    st.session_state["search_page"] = 1


def _count(page: SearchPage, start: int, say: Speaker) -> None:
    if not page.total:
        st.warning(say("ui.search.nothing"), icon=":material/search_off:")
        return
    shown = say("ui.search.range", first=start + 1, last=start + len(page.items))
    st.html(markup.meta(f"{say.counted('ui.search.total', page.total)} · {shown}"))


def _hits() -> dict[str, list[Flag]]:
    """Own record → hits on it: that another agency holds something, and nothing more."""
    found: dict[str, list[Flag]] = {}
    for flag in state.keep(("flags",), lambda: flags(state.view())):
        if flag.kind == HIT:
            for record in {r for side in flag.sides for r in side.records}:
                found.setdefault(record, []).append(flag)
    return found


def _item(item: SearchItem, hits: dict[str, list[Flag]], say: Speaker) -> None:
    entity = item.entity
    mine = {flag.id: flag for r in entity.records for flag in hits.get(r.id, ())}
    with st.container(border=True):
        left, right = st.columns([5, 2], vertical_alignment="center")
        title = say.caption(entity.caption, entity.schema, entity.masked)
        facts = things.key_facts(entity, say)
        left.html(
            f"<div>{markup.name(title)}</div><div>{things.entity_chips(entity, say)}</div>"
            + (markup.meta(facts) if facts else "")
            + "".join(markup.hit(flag.title(say.lang), told(flag.reason, say.lang)) for flag in mine.values())
        )
        with right.container(horizontal=True, horizontal_alignment="right"):
            if st.button(say("ui.open"), key=f"open-{entity.id}", type="primary"):
                state.go("entity", id=entity.id)
            if st.button(say("ui.open_network"), key=f"net-{entity.id}", icon=":material/hub:"):
                state.go("network", id=entity.id)


def _turn(page: SearchPage, start: int, say: Speaker) -> None:
    """Earlier and later matches."""
    if page.total <= PAGE:
        return
    with st.container(horizontal=True, horizontal_alignment="center"):
        for label, step, possible in (
            ("ui.previous", -1, start > 0),
            ("ui.next", 1, start + PAGE < page.total),
        ):
            if st.button(say(label), key=label, disabled=not possible):
                st.session_state["search_page"] = start // PAGE + 1 + step
                st.rerun()


draw()
