"""The frame around every page: who asks, in which language, and which pages that gives."""

from __future__ import annotations

from importlib import resources
from typing import NamedTuple

import streamlit as st

from dashboard import identity, markup, state
from dashboard.app_pages import login
from graph.access import READING_ROLES, Actor
from graph.errors import AccessDenied
from graph.i18n import LANGUAGES
from graph.settings import settings

LOGO = str(resources.files("dashboard").joinpath("logo.svg"))
MARK = str(resources.files("dashboard").joinpath("mark.svg"))
LOOK = 10.0  # seconds between two looks at the time, at most
LANGUAGE_NAMES = {"es": "Español", "pt": "Português", "en": "English"}


class Place(NamedTuple):
    """A page: file under ``app_pages``, address, icon, and the roles that have it (empty: everybody)."""

    name: str
    icon: str
    roles: frozenset[str]
    listed: bool = True


PLACES = (
    Place("search", ":material/search:", READING_ROLES),
    Place("flags", ":material/flag:", READING_ROLES),
    Place("network", ":material/hub:", READING_ROLES),
    Place("communities", ":material/groups:", READING_ROLES),
    Place("datasets", ":material/folder_open:", READING_ROLES),
    Place("administration", ":material/handshake:", frozenset({"coordinator", "steward"})),
    Place("deliver", ":material/upload_file:", frozenset({"steward"})),
    Place("entity", ":material/badge:", READING_ROLES, listed=False),
    Place("start", ":material/home:", frozenset(), listed=False),
    Place("service", ":material/monitor_heart:", frozenset({"operator", "steward"})),
)


def places_for(actor: Actor) -> list[Place]:
    """Pages of an actor. This is what is offered, not what protects: each page reads through the actor's view."""
    return [p for p in PLACES if actor.everything or not p.roles or actor.roles & p.roles]


def run() -> None:
    """One run of the script."""
    # a picture of our own: a Material symbol would be fetched from its maker's host
    st.set_page_config(page_title="Vínculo", page_icon=MARK, layout="wide")
    st.html(markup.STYLE)
    st.logo(LOGO, size="large")
    _language()
    state.guard(_known)


def _known() -> None:
    """The pages of whoever is known; for everybody else the log-in."""
    try:
        actor = identity.current_actor()
    except AccessDenied as refusal:
        key, text = refusal.key, refusal.text(state.speaker().lang)
        page = st.Page(lambda: login.draw(key, text), title="Vínculo", url_path="login", default=True)
        st.navigation([page], position="hidden").run()
        with st.sidebar:
            _language_choice(state.speaker()("ui.language"))
        return
    state.set_actor(actor)
    _page(actor)


def _page(actor: Actor) -> None:
    pages = _pages(actor)
    chosen = st.navigation(list(pages.values()))
    state.set_pages(pages)
    with st.sidebar:
        _settings(actor)
        if identity.sits():
            _seat()
    chosen.run()


def _seat() -> None:
    """The way out, and a look now and then whether the sitting is over: what is on the screen must not stay there."""
    if st.button(state.speaker()("login.leave"), key="log-out", icon=":material/logout:"):
        identity.leave()
        st.rerun()
    st.fragment(_watch, run_every=max(1.0, min(LOOK, settings().idle_minutes * 60 / 40)))()


def _watch() -> None:
    if identity.is_over():
        st.rerun()


def _pages(actor: Actor) -> dict[str, st.Page]:
    say = state.speaker()
    return {
        place.name: st.Page(
            f"app_pages/{place.name}.py",
            title=say(f"ui.nav.{place.name}"),
            icon=place.icon,
            url_path=place.name,
            default=place.name == "start",
            visibility="visible" if place.listed else "hidden",
        )
        for place in places_for(actor)
    }


def _language() -> None:
    """The session's language: chosen, else of the address (``?lang=pt``), else of the settings."""
    asked = st.query_params.get("lang", "")
    st.session_state.setdefault("language", asked if asked in LANGUAGES else settings().language)


def _choose(name: str, key: str) -> None:
    st.session_state[name] = st.session_state[key]


def _language_choice(label: str) -> None:
    now = st.session_state["language"]
    key = f"language-{now}"  # a widget of its own for every choice, so that it always shows the one in force
    st.selectbox(
        label,
        LANGUAGES,
        index=LANGUAGES.index(now),
        format_func=LANGUAGE_NAMES.__getitem__,
        key=key,
        on_change=_choose,
        args=("language", key),
    )


def _settings(actor: Actor) -> None:
    say = state.speaker()
    if identity.may_choose():
        known = {a.id: a for a in identity.choices()}
        key = f"actor-{actor.id}"
        st.selectbox(
            say("ui.actor"),
            list(known),
            index=list(known).index(actor.id),
            format_func=lambda i: f"{i} · {known[i].agency}",
            key=key,
            help=say("ui.actor.help"),
            on_change=_choose,
            args=(identity.CHOSEN, key),
        )
    roles = [say.word("actor_role", role) for role in sorted(actor.roles)]
    agency = next((a.name for a in state.store().agencies() if a.code == actor.agency), say("ui.actor.everything"))
    st.html(markup.meta(f"{actor.agency} · {agency}") + markup.meta(say.listed(roles)))
    _language_choice(say("ui.language"))
