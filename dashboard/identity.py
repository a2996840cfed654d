"""Who is asking, in the browser. One seam that fails closed: whoever is not known sees nothing.

Looked up anew at every run, in this order:

1. The development log-in (choose an actor in the sidebar) needs all of: a store that the demonstration or a test made,
   or ``VINCULO_DEV=1``; a server that listens on the loopback address only; and no OpenID Connect provider set up.
2. A person whom that provider vouches for (``st.login``): its signed cookie holds the claims, the store says which
   actor that person is and what it may do.
3. A local account of the store, on loopback or behind TLS. It lives in the window's session and not in a cookie.

Everybody else is refused, and an attempt is written into the log of looks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address
from secrets import token_hex
from typing import Any, NamedTuple

import orjson
import streamlit as st

from dashboard import state
from graph import accounts, logins
from graph.access import READING_ROLES, Actor
from graph.errors import AccessDenied
from graph.session import DEV_ACTOR, denied, is_development
from graph.settings import settings
from graph.sittings import ENDED, IDLE, LONG, Sittings

# Where the session keeps the choice. No widget's own key: those are dropped when a run ends early, and then what the
# page shows and whom it asks for would differ.
CHOSEN = "acting_as"
LOCAL, SITTING, NOTED = "local_account", "sitting", "noted_refusal"
NOBODY, COOKIE, CHANGED = "error.unknown_actor", "login.cookie", "login.changed"
ORDINARY = frozenset({NOBODY, IDLE, LONG, ENDED, CHANGED})  # ends of a session, and whoever has not tried yet
USER_COOKIE = "_streamlit_user"
SITTINGS = Sittings()  # of this process: there is one


class Sitting(NamedTuple):
    """One log-in: what it is known by, when it began, and by which way (``provider`` | ``local``)."""

    key: str
    begun: datetime
    way: str


def on_loopback() -> bool:
    """Whether the server listens on the loopback address only; an unset address means all of them."""
    address = st.get_option("server.address") or ""
    if address == "localhost":
        return True
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def may_choose() -> bool:
    """Whether the development log-in holds here."""
    return on_loopback() and not settings().oidc_issuer and is_development(state.store())


def choices() -> list[Actor]:
    """Actors of the development log-in: readers first, then the one who sees everything."""
    known = state.store().actors()
    readers = [a for a in known if a.roles & READING_ROLES]
    return [*readers, *(a for a in known if not a.roles & READING_ROLES), DEV_ACTOR]


def ways() -> list[str]:
    """How one can log in here: ``provider``, ``local``."""
    local = (on_loopback() or settings().tls) and accounts.exist(state.store())
    return ["provider"] * bool(settings().oidc_issuer) + ["local"] * local


def current_actor() -> Actor:
    """The actor of this session; :class:`AccessDenied` where nobody is known. A click is noted by it."""
    try:
        return _current()
    except AccessDenied as refusal:
        st.session_state.pop(SITTING, None)
        state.forget()
        if refusal.key not in ORDINARY and st.session_state.get(NOTED) != refusal.key:
            asked = st.session_state.get(LOCAL, {}).get("actor", "") or st.query_params.get("as", "")
            denied(state.store(), refusal.key, actor=asked, via="dashboard")
            st.session_state[NOTED] = refusal.key
        raise


def _current() -> Actor:
    if may_choose():
        return _chosen()
    if st.query_params.get("as"):
        raise AccessDenied("session.as_refused")
    if settings().oidc_issuer and st.user.get("is_logged_in"):
        return _of_provider(st.user.to_dict())
    if LOCAL in st.session_state:
        return _of_account(st.session_state[LOCAL])
    if settings().oidc_issuer and any(name.startswith(USER_COOKIE) for name in st.context.cookies):
        raise AccessDenied(COOKIE)  # a cookie is there, and its signature or origin is not right
    raise AccessDenied(NOBODY)


def _chosen() -> Actor:
    known = {a.id: a for a in choices()}
    asked = st.session_state.get(CHOSEN) or st.query_params.get("as", "")
    if asked and asked not in known:
        raise AccessDenied(NOBODY)
    found = known[asked] if asked else next(iter(known.values()))
    st.session_state[CHOSEN] = found.id
    return found


def _of_provider(claims: Mapping[str, Any]) -> Actor:
    """Whom the provider vouches for. The cookie outlives the claims, so these are looked at in every run."""
    store = state.store()
    begun = logins.checked(claims, settings().oidc_issuer, settings().oidc_client, store.clock())
    # of the claims alone, not of what comes with them (Streamlit adds tokens where their cookie is there too): else a
    # cookie that somebody kept would begin a sitting of its own after the log-out
    named = [claims.get(name) for name in ("iss", "sub", "aud", "iat", "exp", "nonce", "jti")]
    key = hashlib.sha256(orjson.dumps(named)).hexdigest()
    return _seated(Sitting(key, begun, "provider"), lambda: logins.actor_of(store, claims))


def _of_account(local: Mapping[str, Any]) -> Actor:
    store = state.store()
    if "local" not in ways() or accounts.stand(store, local["actor"]) != local["stand"]:
        raise AccessDenied(CHANGED)
    return _seated(Sitting(local["key"], local["begun"], "local"), lambda: store.actor(str(local["actor"])))


def _seated(sitting: Sitting, who: Callable[[], Actor]) -> Actor:
    """The actor of a sitting that goes on; in a window that has just come to it, the log-in is written down."""
    actor = who()
    if why := SITTINGS.touch(sitting.key, sitting.begun, state.store().clock(), *_limits()):
        raise AccessDenied(why)
    if st.session_state.get(SITTING) != sitting:
        fields = {"actor": actor.id, "agency": actor.agency, "what": "login", "records": [], "results": 0}
        state.store().audit.looks.append(**fields, ground=sitting.way)
        st.session_state[SITTING] = sitting
        st.session_state.pop(NOTED, None)
    return actor


def _limits() -> tuple[timedelta, timedelta]:
    return timedelta(minutes=settings().idle_minutes), timedelta(hours=settings().session_hours)


def is_over() -> bool:
    """Whether this session's sitting has ended meanwhile. Asking is no click."""
    sitting: Sitting | None = st.session_state.get(SITTING)
    return sitting is not None and bool(SITTINGS.over(sitting.key, sitting.begun, state.store().clock(), *_limits()))


def sits() -> bool:
    """Whether somebody logged in here, and so can log out."""
    return SITTING in st.session_state


def enter(actor_id: str, password: str) -> None:
    """Log in to a local account; :class:`AccessDenied` where that cannot be, which is written down."""
    store = state.store()
    try:
        if "local" not in ways():
            raise AccessDenied("login.not_here")
        actor = accounts.check(store, actor_id, password)
    except AccessDenied as refusal:
        denied(store, refusal.key, actor=accounts.known(store, actor_id), via="dashboard")
        raise
    st.session_state[LOCAL] = {
        "actor": actor.id,
        "stand": accounts.stand(store, actor.id),
        "begun": store.clock(),
        "key": token_hex(16),
    }


def leave() -> None:
    """Log out, in every window of the sitting."""
    sitting: Sitting | None = st.session_state.get(SITTING)
    if sitting:
        SITTINGS.end(sitting.key, sitting.begun)
    forget_login()


def forget_login() -> None:
    """Let go of the log-in that this window has, whatever became of it."""
    provider = bool(settings().oidc_issuer and st.user.get("is_logged_in"))
    for key in (SITTING, LOCAL, NOTED):
        st.session_state.pop(key, None)
    state.forget()
    if provider:
        st.logout()  # takes the cookie away and leads to the provider, where the session ends too
        st.stop()
