"""Who is asking, on the command line: the operating-system user mapped in settings, or a token. Fails closed.

``--as ACTOR`` works only with ``VINCULO_DEV=1`` or on a store that the demonstration or a test made; there the default
is ``dev:all``, an actor to whom everything is released. Everywhere else that actor is refused. A token comes from the
environment (``VINCULO_TOKEN``) or a file (``VINCULO_TOKEN_FILE``), never from an argument, which others could read.
"""

from __future__ import annotations

import getpass
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from graph import tokens
from graph.access import READING_ROLES, Actor
from graph.errors import AccessDenied
from graph.settings import settings

if TYPE_CHECKING:
    from graph.store.base import Store

MADE_BY_US = frozenset({"demo", "test"})
DEV_ACTOR = Actor("dev:all", "DEV", READING_ROLES, everything=True)


def is_development(store: Store) -> bool:
    """Whether the development actor and ``--as`` are accepted on this store."""
    return settings().dev or store.meta("made_by") in MADE_BY_US


def actor_for(store: Store, as_actor: str = "") -> Actor:
    """The actor of this command; :class:`AccessDenied` where nobody is known."""
    if as_actor and not is_development(store):
        raise AccessDenied("error.dev_actor_refused" if as_actor == DEV_ACTOR.id else "session.as_refused")
    if not as_actor and (token := settings().token()):  # a program's token holds on a demonstration too
        return tokens.actor_of(store, token)
    if is_development(store):
        return DEV_ACTOR if as_actor in ("", DEV_ACTOR.id) else store.actor(as_actor)
    user = getpass.getuser()
    if not (name := settings().actor_of(user)):
        raise AccessDenied("session.no_actor", user=user)
    return store.actor(name)


def denied(store: Store, reason: str, actor: str = "", **more: Any) -> None:
    """Write a refused attempt into the log of looks: why, and whom it claimed to be where such an actor exists.

    Nothing else that was typed is kept: it may be a password. Where the log cannot be written the attempt stays refused
    all the same, so nothing is raised.
    """
    known = {a.id: a.agency for a in store.actors()}
    who = {"actor": actor, "agency": known[actor]} if actor in known else {"actor": "", "agency": ""}
    with suppress(AccessDenied):
        store.audit.looks.append(**who, what="denied", records=[], results=0, ground=reason, **more)
