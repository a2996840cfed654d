"""Who is asking, on the command line: the operating-system user mapped in settings. Fails closed.

``--as ACTOR`` works only with ``VINCULO_DEV=1`` or on a store that the demonstration or a test made; there the default
is ``dev:all``, an actor to whom everything is released. Everywhere else that actor is refused.
"""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING

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
    if is_development(store):
        return DEV_ACTOR if as_actor in ("", DEV_ACTOR.id) else store.actor(as_actor)
    if as_actor:
        raise AccessDenied("error.dev_actor_refused" if as_actor == DEV_ACTOR.id else "session.as_refused")
    user = getpass.getuser()
    if not (name := settings().actor_of(user)):
        raise AccessDenied("session.no_actor", user=user)
    return store.actor(name)
