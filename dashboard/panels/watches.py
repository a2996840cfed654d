"""What the reader watches, with what is new on each; and where the reader is told that there is something."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from analytics import notices
from dashboard import markup, state
from dashboard.texts import Speaker
from graph import watching
from graph.flagging import WORKING_ROLES
from graph.packing import identifier_kinds
from graph.watching import ENTITY, Fresh, Watched


def read() -> list[Watched]:
    """The reader's watches with what is new on each; none for whoever does not work on cases."""
    return watching.news(state.store(), state.actor()) if _works() else []


def _works() -> bool:
    return not state.actor().everything and bool(state.actor().roles & WORKING_ROLES)


def draw(found: Sequence[Watched], say: Speaker) -> None:
    """The watches, those with something new first, a form for another, and the address for notices."""
    if not _works():
        return
    fresh = sum(bool(w.fresh) for w in found)
    with st.expander(say("ui.watch.title", count=len(found), fresh=fresh), expanded=bool(fresh)):
        if not found:
            st.html(markup.meta(say("ui.watch.none")))
        for watched in sorted(found, key=lambda w: not w.fresh):
            _one(watched, say)
        _new(say)
        _address(say)


def _one(watched: Watched, say: Speaker) -> None:
    watch = watched.watch
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        urgent = markup.chip(say("ui.watch.urgent"), "wrong") if watch.urgent else ""
        lines = markup.listing(_said(f, say) for f in watched.fresh) if watched.fresh else ""
        since = markup.meta(say("ui.watch.since", day=say.day(watch.since)))
        st.html(markup.name(title(watched, say)) + urgent + since + lines)
        if watched.fresh and st.button(say("ui.flag_life.note"), key=f"watch-note-{watch.id}", icon=":material/check:"):
            state.guard(lambda: _note(watch.id))
        if st.button(say("ui.watch.end"), key=f"watch-end-{watch.id}", icon=":material/visibility_off:"):
            state.guard(lambda: _end(watch.id))


def title(watched: Watched, say: Speaker) -> str:
    """What is watched, in words."""
    kind, value = watched.watch.kind, watched.watch.value
    if kind != ENTITY:
        return say("watch.identifier", kind=say.word("schema", kind), value=value)
    if not watched.about:
        return say("watch.unseen")
    entity = watched.about[0]
    return say.caption(entity.caption, entity.schema)


def _said(fresh: Fresh, say: Speaker) -> str:
    masked = next((r.masked for r in fresh.entity.records if r.masked), "")
    fields = {"name": say.caption(fresh.entity.caption, fresh.entity.schema, masked), "owners": ", ".join(fresh.owners)}
    if not fresh.relation:
        return say("watch.fresh.record", **fields)
    return say("watch.fresh.link", relation=say.relation(fresh.relation), **fields)


def _note(watch_id: str) -> None:
    watching.note(state.store(), state.actor(), watch_id)
    st.rerun()


def _end(watch_id: str) -> None:
    watching.unwatch(state.store(), state.actor(), watch_id)
    st.rerun()


def _new(say: Speaker) -> None:
    with st.form("watch-new", clear_on_submit=True):
        left, right = st.columns([2, 3])
        kind = left.selectbox(
            say("ui.watch.kind"),
            [*identifier_kinds(), ENTITY],
            format_func=lambda k: say("ui.watch.entity") if k == ENTITY else say.word("schema", k),
            key="watch_kind",
        )
        value = right.text_input(say("ui.watch.value"), key="watch_value", max_chars=watching.LONGEST)
        urgent = st.checkbox(say("ui.watch.urgently"), key="watch_urgent")
        if st.form_submit_button(say("ui.watch.add"), icon=":material/visibility:"):
            state.guard(lambda: _add(kind, value, urgent))


def _add(kind: str, value: str, urgent: bool) -> None:
    watching.watch(state.store(), state.actor(), kind, value, urgent)
    st.rerun()


def _address(say: Speaker) -> None:
    address = notices.address_of(state.store(), state.actor())
    with st.form("watch-mail"):
        wanted = st.text_input(say("ui.watch.mail"), value=address, key="watch_mail", help=say("ui.watch.mail.help"))
        if st.form_submit_button(say("ui.watch.mail.save"), icon=":material/mail:"):
            state.guard(lambda: _tell(wanted.strip(), say))


def _tell(address: str, say: Speaker) -> None:
    notices.set_address(state.store(), state.actor(), address, say.lang)
    st.toast(say("ui.flag_life.saved"))
    st.rerun()
