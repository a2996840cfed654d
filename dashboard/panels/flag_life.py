"""A flag's life on its card: where it stands, what is new, and what a person of the agency may do with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import streamlit as st

from analytics.crossborder import queue as desk
from analytics.crossborder.queue import Item
from dashboard import markup, state
from dashboard.texts import Speaker
from graph import flagging
from graph.flagging import CLOSED, NEW, WORKING_ROLES, Event

WHERE = ("open", "mine", "news", "all")
OPEN, NEWS = "flags_open", "flags_news"  # session: the flag whose life is shown, what was new when it was opened
TONES = {"wrong": "wrong", "accepted": "sure"}


def meant(item: Item, where: str, actor: str) -> bool:
    """Whether an item is among those that the reader asks for; the one that is open stays."""
    if item.flag.id == st.session_state.get(OPEN):
        return True
    if where == "mine":
        return item.life.assignee == actor
    return where == "all" or bool(item.news if where == "news" else item.open)


def chips(item: Item, say: Speaker) -> list[str]:
    """Where a flag stands, who has it, its date, and that something is new."""
    life = item.life
    parts = [markup.chip(say(f"flag_life.step.{life.step}"), TONES.get(life.step, ""))]
    if life.assignee:
        parts.append(markup.chip(life.assignee))
    if life.due:
        parts.append(markup.chip(say("ui.flag_life.due_on", day=say.day(life.due)), "wrong" if item.overdue else ""))
    if item.news:
        parts.append(markup.chip(say("flag_life.news"), "hit"))
    return parts


def withdrawn(say: Speaker) -> None:
    """Flags that the reader read and that have lost their ground since, each until it is noted."""
    if state.actor().everything:
        return
    for told in flagging.withdrawn(state.store(), state.actor()):
        kind = say.word("flag.kind", told.kind)
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            said = say("ui.flag_life.withdrawn", kind=kind, read=say.day(told.read), at=say.day(told.at))
            st.html(markup.chip(kind) + markup.sentence(said))
            if st.button(say("ui.flag_life.note"), key=f"noted-{told.flag}", icon=":material/check:"):
                state.guard(lambda flag=told.flag: _noted(flag))  # type: ignore[misc]


def _noted(flag: str) -> None:
    flagging.note(state.store(), state.actor(), flag)
    st.rerun()


def pairs(items: Sequence[Item], say: Speaker) -> None:
    """How many flags there are for each pair of services."""
    rows = [
        (f"{ours} – {other}", *(say.number(c[n]) for n in ("all", "open", "unread")))
        for ours, other, c in desk.service_pairs(items)
    ]
    with st.expander(say("ui.flag_life.pairs")):
        heads = [say("ui.flag_life.pair"), *(say(f"flag_life.head.{n}") for n in ("all", "open", "unread"))]
        st.html(markup.table(heads, rows, say("ui.flag_life.pairs"), numeric=(1, 2, 3)))


def draw(item: Item, say: Speaker) -> None:
    """A button that opens the flag (from then on it is read), and its life where it is open."""
    flag = item.flag.id
    if st.session_state.get(OPEN) != flag:
        label = say("ui.flag_life.read" if item.life.step == NEW else "ui.flag_life.open")
        if st.button(label, key=f"life-{flag}", icon=":material/mark_email_read:", type="tertiary"):
            state.guard(lambda: _opened(flag, say))
        return
    for said in st.session_state.get(NEWS, ()):
        st.html(markup.chip(say("flag_life.news"), "hit") + markup.sentence(said))
    heads = [say(f"flag_life.head.{name}") for name in ("at", "actor", "what", "text")]
    rows = [(say.day(e.at), e.actor, told(e, say), e.text) for e in item.life.history]
    st.html(markup.table(heads, rows, say("ui.flag_life.history")))
    if state.actor().everything or state.actor().roles & WORKING_ROLES:
        _work(item, say)
    if st.button(say("ui.flag_life.shut"), key=f"shut-{flag}", type="tertiary"):
        del st.session_state[OPEN]
        st.rerun()


def told(event: Event, say: Speaker) -> str:
    """What somebody did, in words."""
    value = say.day(event.value) if event.what in ("due", "noted") and event.value else event.value or "–"
    step = say(f"flag_life.step.{event.step}") if event.step else ""
    said = say(f"flag_life.event.{event.what}", value=value, step=step)
    if event.reason:
        said += f" ({say(f'flag_life.reason.{event.reason}')})"
    return said + (f" – {say('flag_life.ignored')}" if event.ignored else "")


def _opened(flag: str, say: Speaker) -> None:
    item = desk.opened(state.store(), state.actor(), flag)
    st.session_state[OPEN], st.session_state[NEWS] = flag, item.news.words(say.lang)
    st.rerun()


def _work(item: Item, say: Speaker) -> None:
    life, flag = item.life, item.flag
    store, who = state.store(), desk.acting(state.actor(), flag.agency)
    people = ["", *flagging.workers(store, who)]
    if life.assignee not in people:  # somebody who has left
        people.append(life.assignee)
    with st.form(f"flags-work-{flag.id}", clear_on_submit=True):
        left, right = st.columns(2)
        to = left.selectbox(
            say("ui.flag_life.step"),
            ["", *life.allowed],
            format_func=lambda s: say(f"flag_life.step.{s}") if s else "–",
            key=f"flags-step-{flag.id}",
        )
        reason = right.selectbox(
            say("ui.flag_life.reason"),
            ["", *flagging.REASONS],
            format_func=lambda r: say(f"flag_life.reason.{r}") if r else "–",
            key=f"flags-reason-{flag.id}",
        )
        assignee = left.selectbox(
            say("ui.flag_life.assignee"),
            people,
            index=people.index(life.assignee),
            format_func=lambda a: a or "–",
            key=f"flags-assignee-{flag.id}",
        )
        day = right.date_input(
            say("ui.flag_life.due"),
            value=date.fromisoformat(life.due) if life.due else None,
            key=f"flags-due-{flag.id}",
        )
        text = st.text_area(say("ui.flag_life.comment"), key=f"flags-text-{flag.id}", max_chars=flagging.LONGEST)
        if st.form_submit_button(say("ui.flag_life.save"), icon=":material/save:"):
            wanted = day.isoformat() if isinstance(day, date) else ""
            state.guard(lambda: _save(item, to, reason, assignee, wanted, text, say))


def _save(item: Item, to: str, reason: str, assignee: str, day: str, text: str, say: Speaker) -> None:
    store, flag = state.store(), item.flag
    who = desk.acting(state.actor(), flag.agency)
    if to:
        desk.step(store, who, flag.id, to, reason, text)
    elif text.strip():
        flagging.comment(store, who, flag.id, text)
    if assignee != item.life.assignee:
        flagging.assign(store, who, flag.id, assignee)
    if day != item.life.due:
        flagging.due(store, who, flag.id, day)
    if to == CLOSED:
        st.session_state.pop(OPEN, None)
    st.toast(say("ui.flag_life.saved"))
    st.rerun()
