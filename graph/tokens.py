"""Tokens for programs: who holds one is its actor until it expires. The store keeps a hash of it and never itself.

They are given out by an agency's steward or coordinator only: a token that leaked cannot prolong itself.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from graph.access import Actor
from graph.accounts import may_manage
from graph.errors import AccessDenied, InputError
from graph.login_change import set_entry
from graph.pending import Pending

if TYPE_CHECKING:
    from graph.store.base import Store

KIND = "token"
LONGEST = 365  # days
PREFIX = "vinculo_"  # so that a scanner of secrets finds one that was left lying about


def _hash(token: str) -> str:
    """256 random bits need no slow hash: they cannot be guessed."""
    return hashlib.sha256(token.encode()).hexdigest()


def issue(store: Store, by: Actor, actor_id: str, days: int) -> tuple[str, Pending | None]:
    """A new token of an actor for so many days; told once. With it the proposal, where a second person must agree
    before it opens anything (:mod:`graph.login_change`). Raises :class:`AccessDenied` where ``by`` may not."""
    target = store.actor(actor_id)
    may_manage(store, by, target, own=False)
    if not 1 <= days <= LONGEST:
        raise InputError("login.token_days", value=str(days), most=LONGEST)
    until = (store.clock() + timedelta(days=days)).isoformat(timespec="seconds")
    token = PREFIX + secrets.token_urlsafe(32)
    store.keep(KIND, {key: None for key, body in store.kept(KIND).items() if _over(store, str(body["until"]))})
    entry = {"actor": actor_id, "until": until, "by": by.id}
    return token, set_entry(store, by, target, "token", KIND, {_hash(token): entry}, until=until)


def end(store: Store, by: Actor, actor_id: str) -> int:
    """End every token of an actor at once, for whoever it is or gives them out; how many there were."""
    target = store.actor(actor_id)
    may_manage(store, by, target)
    gone: dict[str, None] = {key: None for key, body in store.kept(KIND).items() if body["actor"] == actor_id}
    store.audit.changes.append(what="admin token end", actor=by.id, agency=target.agency, subject=actor_id)
    store.keep(KIND, gone)
    return len(gone)


def actor_of(store: Store, token: str) -> Actor:
    """The actor that holds a token; :class:`AccessDenied` for one that is unknown or expired, or who is locked."""
    found = store.kept(KIND).get(_hash(token))
    if found is None or _over(store, str(found["until"])):
        raise AccessDenied("login.token_refused")
    return store.actor(str(found["actor"]))


def _over(store: Store, until: str) -> bool:
    return store.clock() >= datetime.fromisoformat(until)
