"""Whom the agency lets see a dataset: what holds, a new release, one by one where people are protected, withdrawal."""

from __future__ import annotations

import streamlit as st

from dashboard import markup, state
from dashboard.texts import Speaker
from graph import stewardship
from graph.access import DOCUMENT, RELEASE_LEVELS, TEXT, Grant
from graph.delivery import Release

OF = ("dataset", "record", "text", "document")
LEVELS = {number: name for name, number in RELEASE_LEVELS.items()}


def draw(say: Speaker) -> None:
    """For a steward: choose one of the agency's datasets, see and change who sees it."""
    own = [d.name for d in state.view().datasets() if d.owner == state.actor().agency]
    if not own:
        st.html(markup.meta(say("ui.datasets.own.empty")))
        return
    dataset = st.selectbox(say("ui.dataset"), own, key="releases_dataset")
    _holding(dataset, say)
    with st.expander(say("ui.releases.new")):
        _new(dataset, say)
    with st.expander(say("ui.releases.withdraw")):
        _withdraw(dataset, say)


def _holding(dataset: str, say: Speaker) -> None:
    found = stewardship.releases(state.store(), state.actor(), dataset)
    if not found:
        st.html(markup.meta(say("ui.releases.none")))
        return
    heads = [say(f"release.head.{name}") for name in ("to", "level", "of", "until", "purpose", "ground")]
    rows = [(g.to, _level(g, say), _of(g, say), say.day(g.until), g.purpose, g.ground) for g in found]
    st.html(markup.table(heads, rows, say("ui.releases")))


def _level(grant: Grant, say: Speaker) -> str:
    if grant.level >= TEXT:
        return say("ui.releases.of.document" if grant.record.startswith(DOCUMENT) else "ui.releases.of.text")
    return say(f"ui.releases.level.{LEVELS[grant.level]}")


def _of(grant: Grant, say: Speaker) -> str:
    return grant.record.removeprefix(DOCUMENT) or say("ui.releases.of.dataset")


def _new(dataset: str, say: Speaker) -> None:
    store, actor = state.store(), state.actor()
    teams = [f"team:{t.id}" for t in store.teams() if actor.agency in t.members]
    others = [a.code for a in store.agencies() if a.code != actor.agency]
    of = st.selectbox(say("ui.releases.of"), OF, format_func=lambda x: say(f"ui.releases.of.{x}"), key="releases_of")
    with st.form("release", clear_on_submit=True):
        left, right = st.columns(2)
        to = left.selectbox(say("release.head.to"), ["*", *teams, *others], key="releases_to")
        levels = tuple(RELEASE_LEVELS) if of in ("dataset", "record") else ("full", "none")
        level = right.selectbox(
            say("release.head.level"),
            levels,
            index=levels.index("none"),  # nothing is given by a press too early
            format_func=lambda name: say(f"ui.releases.level.{name}"),
            key="releases_level",
        )
        what = "" if of == "dataset" else left.text_input(say(f"ui.releases.of.{of}"), key="releases_what").strip()
        until = right.date_input(say("release.head.until"), value=None, key="releases_until")
        purpose = left.text_input(say("release.head.purpose"), key="releases_purpose")
        ground = right.text_input(say("release.head.ground"), key="releases_ground")
        if st.form_submit_button(say("ui.releases.save"), icon=":material/share:"):
            said = Release(to, level, until.isoformat() if until else "", purpose.strip(), ground.strip())
            state.guard(lambda: _save(dataset, of, what, said, say))


def _save(dataset: str, of: str, what: str, said: Release, say: Speaker) -> None:
    store, actor = state.store(), state.actor()
    if of == "dataset":
        stewardship.release(store, actor, dataset, said)
    elif of == "record" and what:
        stewardship.release(store, actor, dataset, said, record=what)
    else:  # without a name it is refused there
        record, document = ("", what) if of == "document" else (what, "")
        stewardship.release_text(store, actor, dataset, said, record, document)
    st.toast(say("ui.releases.saved"))
    st.rerun()


def _withdraw(dataset: str, say: Speaker) -> None:
    st.warning(say("ui.releases.withdraw.explained"), icon=":material/warning:")
    sure = st.checkbox(say("ui.releases.withdraw.sure", dataset=dataset), key=f"withdraw-sure-{dataset}")
    if st.button(say("ui.releases.withdraw"), disabled=not sure, key="withdraw", icon=":material/block:"):
        state.guard(lambda: _withdrawn(dataset, say))


def _withdrawn(dataset: str, say: Speaker) -> None:
    stewardship.withdraw(state.store(), state.actor(), dataset)
    st.toast(say("cli.dataset.withdrawn", dataset=dataset))
    st.rerun()
