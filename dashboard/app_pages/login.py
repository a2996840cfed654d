"""The page of whoever is not known: why, and how to log in here. It says nothing of what there is."""

from __future__ import annotations

import streamlit as st

from dashboard import identity, markup, state
from dashboard.texts import plain
from graph.errors import AccessDenied

SAID = "login_said"  # what the last try was told


def draw(key: str, why: str) -> None:
    """``key``: the refusal's; ``why``: its sentence in the reader's language."""
    say, ways = state.speaker(), identity.ways()
    left, middle, right = st.columns([1, 1.6, 1])
    with middle:
        if ways:
            st.title(say("login.title"))
        if said := st.session_state.pop(SAID, ""):
            st.error(say(said), icon=":material/error:")
        elif key != identity.NOBODY or not ways:
            st.error(plain(why), icon=":material/error:")
        if not ways:
            st.info(say("login.nothing_set"), icon=":material/lock:")
            return
        st.html(markup.meta(say("login.notice")))
        if "provider" in ways:
            _provider()
        if "local" in ways:
            _account(say("login.or_local") if "provider" in ways else "")


def _provider() -> None:
    say = state.speaker()
    if st.button(say("login.with_provider"), key="log-in", type="primary", icon=":material/account_balance:"):
        if st.user.get("is_logged_in"):  # somebody who is refused: the cookie goes first, or nothing would change
            identity.forget_login()
        st.login()


def _account(title: str) -> None:
    say = state.speaker()
    if title:
        st.subheader(title)
    with st.form("local", border=True):
        st.text_input(say("login.actor"), key="login_actor", autocomplete="username")
        st.text_input(say("login.password"), key="login_password", type="password", autocomplete="current-password")
        st.form_submit_button(say("login.enter"), on_click=_enter)


def _enter() -> None:
    actor, password = st.session_state.get("login_actor", ""), st.session_state.get("login_password", "")
    st.session_state["login_password"] = ""
    try:
        identity.enter(actor.strip(), password)
    except AccessDenied as refusal:
        st.session_state[SAID] = refusal.key
