"""Who is asking, in the browser. One seam that fails closed: whoever is not known sees nothing.

The development log-in (choose an actor in the sidebar) needs all of: a store that the demonstration or a test made, or
``VINCULO_DEV=1``; and a server that listens on the loopback address only. Everything else is refused until the log-in
of a service is set up.
"""

from __future__ import annotations

from ipaddress import ip_address

import streamlit as st

from dashboard import state
from graph.access import READING_ROLES, Actor
from graph.errors import AccessDenied
from graph.session import DEV_ACTOR, is_development

# Where the session keeps the choice. No widget's own key: those are dropped when a run ends early, and then what the
# page shows and whom it asks for would differ.
CHOSEN = "acting_as"


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
    return on_loopback() and is_development(state.store())


def choices() -> list[Actor]:
    """Actors of the development log-in: readers first, then the one who sees everything."""
    known = state.store().actors()
    readers = [a for a in known if a.roles & READING_ROLES]
    return [*readers, *(a for a in known if not a.roles & READING_ROLES), DEV_ACTOR]


def current_actor() -> Actor:
    """The actor of this session; :class:`AccessDenied` where nobody is known."""
    if not may_choose():
        raise AccessDenied("error.unknown_actor")
    known = {a.id: a for a in choices()}
    asked = st.session_state.get(CHOSEN) or st.query_params.get("as", "")
    if asked and asked not in known:
        raise AccessDenied("error.unknown_actor")
    found = known[asked] if asked else next(iter(known.values()))
    st.session_state[CHOSEN] = found.id
    return found
