"""Changes that wait for other people: proposed by one, in effect when every agency concerned has another who agrees.

A proposal is a small document of the kernel's own (``Store.keep("pending", …)``) and each agreement one beside it, so
that two people who agree at once do not lose each other's word. It lapses after :data:`DAYS`, and when whoever proposed
it is locked; the word of somebody who is locked does not count. Whoever is not concerned is told that there is no such
thing. What is carried out in the end stands in :mod:`graph.confirming`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from graph.access import READING_ROLES, Actor
from graph.errors import AccessDenied, NotFound

if TYPE_CHECKING:
    from graph.store.base import Store

DAYS = 30
ANSWERING = frozenset({"coordinator", "steward"})
OF_CASES = frozenset({"unmask"})  # kinds that name a record
BY_OPERATOR = frozenset({"login"})  # kinds to which an operator may agree in place of the agency's second person


@dataclass(frozen=True, slots=True)
class Pending:
    """A proposal: ``needs`` names the agencies that must agree, ``agreed`` who did (agency → actor)."""

    id: str
    kind: str
    by: str
    agency: str
    at: str
    until: str
    needs: tuple[str, ...]
    body: Mapping[str, Any]
    agreed: Mapping[str, str]

    @property
    def open(self) -> tuple[str, ...]:
        """Agencies that have not agreed yet."""
        return tuple(code for code in self.needs if code not in self.agreed)


def may_answer(store: Store, actor: Actor) -> None:
    """:class:`AccessDenied` unless the actor may propose and agree to such changes for its agency."""
    store.admit(actor)
    if not actor.roles & ANSWERING:
        raise AccessDenied("error.role_needed", role="coordinator | steward")


def propose(store: Store, actor: Actor, kind: str, needs: Iterable[str], body: Mapping[str, Any]) -> Pending:
    """Put a change before the agencies of ``needs``; the caller has written it down and checked who asks."""
    now = store.clock()
    found = Pending(
        secrets.token_hex(4),
        kind,
        actor.id,
        actor.agency,
        now.isoformat(timespec="seconds"),
        (now + timedelta(days=DAYS)).isoformat(timespec="seconds"),
        tuple(dict.fromkeys(needs)),
        body,
        {},
    )
    fields = {name: getattr(found, name) for name in ("kind", "by", "agency", "at", "until", "needs", "body")}
    lapsed = {i: None for i, known in store.kept("pending").items() if _over(known, now)}
    store.keep("pending", {**lapsed, found.id: fields})
    return found


def waiting(store: Store, actor: Actor, kind: str = "") -> list[Pending]:
    """What waits for the actor's agency, or was proposed by it, oldest first."""
    store.admit(actor)
    found = [p for p in _all(store) if _concerns(p, actor) and kind in ("", p.kind)]
    if not actor.roles & READING_ROLES:  # an operator is shown no case content
        found = [p for p in found if p.kind not in OF_CASES]
    return sorted(found, key=lambda p: (p.at, p.id))


def one(store: Store, actor: Actor, number: str, kind: str = "") -> Pending:
    """One of :func:`waiting`; :class:`NotFound` for what is not, for what has lapsed, and for what is none of ours."""
    for found in waiting(store, actor, kind):
        if found.id == number:
            return found
    raise NotFound("error.not_found", id=number)


def may_agree(store: Store, actor: Actor, found: Pending) -> None:
    """:class:`AccessDenied` for an actor that may not agree. Nobody agrees to what he proposed himself."""
    if _as_operator(found, actor):
        store.admit(actor)
    else:
        may_answer(store, actor)
    if actor.id == found.by:
        raise AccessDenied("pending.own")
    if actor.agency not in found.needs and not _as_operator(found, actor):
        raise AccessDenied("pending.not_asked")


def agree(store: Store, actor: Actor, found: Pending) -> Pending:
    """Note that ``actor`` agrees for its agency (the caller has written it down); the proposal as it is then."""
    may_agree(store, actor, found)
    code = found.needs[0] if _as_operator(found, actor) else actor.agency
    store.keep("agreed", {f"{found.id}:{code}": {"actor": actor.id, "at": store.clock().isoformat()}})
    for known in _all(store):
        if known.id == found.id:
            return known
    drop(store, found)  # it was refused in the same moment: the word that came too late is forgotten with it
    raise NotFound("error.not_found", id=found.id)


def drop(store: Store, found: Pending) -> None:
    """Forget a proposal: it was carried out, refused or taken back."""
    store.keep("agreed", {f"{found.id}:{code}": None for code in found.needs})
    store.keep("pending", {found.id: None})


def _as_operator(found: Pending, actor: Actor) -> bool:
    return found.kind in BY_OPERATOR and actor.has("operator")


def _concerns(found: Pending, actor: Actor) -> bool:
    return _as_operator(found, actor) or actor.everything or actor.agency == found.agency or actor.agency in found.needs


def _over(body: Mapping[str, Any], now: datetime) -> bool:
    return now >= datetime.fromisoformat(body["until"])


def _all(store: Store) -> list[Pending]:
    now, locked = store.clock(), store.kept("lock").keys()
    agreed: dict[str, dict[str, str]] = {}
    for key, body in store.kept("agreed").items():
        number, _, agency = key.partition(":")
        if f"actor:{body['actor']}" not in locked:
            agreed.setdefault(number, {})[agency] = body["actor"]
    return [
        Pending(**{**body, "id": number, "needs": tuple(body["needs"]), "agreed": agreed.get(number, {})})
        for number, body in store.kept("pending").items()
        if not _over(body, now) and f"actor:{body['by']}" not in locked
    ]
