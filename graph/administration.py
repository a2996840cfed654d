"""Agencies and actors, changed by people: who is taken away is locked, not deleted, so that the logs keep their sense.

An operator adds, changes and locks agencies and actors. A coordinator or steward does so with the actors of its own
agency that are no operators; where that gives a role whose word counts for the agency (:data:`ANSWERING`), a second
such person must agree, since whoever could make his own second person would need none. Every step is written down
before it is done.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from graph import pending
from graph.access import Actor, Agency, Team
from graph.errors import AccessDenied, InputError
from graph.federation import GROUNDS, ROLES
from graph.pending import ANSWERING, Pending

if TYPE_CHECKING:
    from graph.store.base import Store

KIND = "actor"
NAME = re.compile(r"[\w.@:+-]+")
RESERVED = ("dev:", "system:", "job:", "agency:", "team:")  # names that the program itself gives


def fingerprint(thing: Agency | Actor | Team | None) -> str:
    """What the log keeps of a thing before and after: enough to compare, nothing of what it says."""
    if thing is None:
        return ""
    body = {k: sorted(v) if isinstance(v, frozenset) else v for k, v in asdict(thing).items()}
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def log(store: Store, actor: Actor, what: str, name: str, before: Any = None, after: Any = None) -> None:
    """Write an administrative step down, before it is done."""
    fields = {"actor": actor.id, "agency": actor.agency, "subject": name}
    store.audit.changes.append(what=f"admin {what}", before=fingerprint(before), after=fingerprint(after), **fields)


def is_operator(actor: Actor) -> bool:
    """Whether the actor may change everybody's administration."""
    return actor.everything or actor.has("operator")


def _operator(store: Store, actor: Actor) -> None:
    store.admit(actor)
    if not is_operator(actor):
        raise AccessDenied("error.role_needed", role="operator")


# --- agencies ---------------------------------------------------------------------------------------------------------


def put_agency(store: Store, actor: Actor, agency: Agency, new: bool) -> None:
    """Add (``new``) or change an agency, for an operator. A locked one is open again once it is changed."""
    _operator(store, actor)
    known = {a.code: a for a in store.agencies()}
    if (agency.code in known) is new:
        raise InputError("admin.exists" if new else "admin.unknown", value=agency.code)
    code, country = agency.code, agency.country
    named = re.fullmatch(r"[\w.-]+", code) and re.fullmatch(r"[A-Z]{2}", country)
    if not named or set(agency.automatic) - GROUNDS:
        raise InputError("admin.bad_agency", value=code)
    log(store, actor, "agency add" if new else "agency change", code, known.get(code), agency)
    store.save_federation([agency], [], [])
    _unlock(store, f"agency:{code}")


def lock_agency(store: Store, actor: Actor, code: str) -> None:
    """Lock an agency: its actors are refused everywhere; what it released stays released until its term."""
    _operator(store, actor)
    if code == actor.agency:
        raise AccessDenied("admin.oneself")
    agency = next((a for a in store.agencies() if a.code == code), None)
    if agency is None:
        raise InputError("admin.unknown", value=code)
    log(store, actor, "agency lock", code, agency)
    _lock(store, actor, f"agency:{code}")


# --- actors -----------------------------------------------------------------------------------------------------------


def may_manage(actor: Actor, person: Actor) -> bool:
    """An operator everybody; a coordinator or steward those of its agency who are no operators."""
    own = actor.agency == person.agency and bool(actor.roles & ANSWERING) and not person.has("operator")
    return is_operator(actor) or own


def put_actor(store: Store, actor: Actor, person: Actor, new: bool) -> Pending | None:
    """Add (``new``) or change an actor; changing opens a locked one. The proposal, where a second person must agree.

    :class:`AccessDenied` says nothing of other agencies' people, :class:`InputError` what is wrong with the actor.
    """
    store.admit(actor)
    known = {a.id: a for a in store.actors()}
    before = known.get(person.id)
    if not may_manage(actor, person) or (before and not may_manage(actor, before)):
        raise AccessDenied("admin.not_yours")
    if person.id == actor.id:
        raise AccessDenied("admin.oneself")
    if (before is not None) is new:
        raise InputError("admin.exists" if new else "admin.unknown", value=person.id)
    _check(store, actor, person, new)
    if _locked(store).get(f"actor:{person.id}", {}).get("operator") and not is_operator(actor):
        raise AccessDenied("error.role_needed", role="operator")
    if not is_operator(actor) and person.roles & ANSWERING:
        log(store, actor, "actor propose", person.id, before, person)
        body = {"id": person.id, "roles": sorted(person.roles), "agency": person.agency, "before": fingerprint(before)}
        return pending.propose(store, actor, KIND, [actor.agency], body)
    _put(store, actor, before, person)
    return None


def _check(store: Store, actor: Actor, person: Actor, new: bool) -> None:
    named = NAME.fullmatch(person.id) and not person.id.startswith(RESERVED)
    if not named or not person.roles or person.roles - ROLES or person.everything:
        raise InputError("admin.bad_roles", value=person.id, known=", ".join(sorted(ROLES)))
    agency = next((a for a in store.agencies() if a.code == person.agency), None)
    if agency is None:
        raise InputError("admin.unknown", value=person.agency)
    # a name that is taken elsewhere must not be found out by trying: an agency's people have names of its own
    begins = (f"{agency.country}:".casefold(), f"{agency.code}:".casefold())
    if new and not is_operator(actor) and not person.id.casefold().startswith(begins):
        raise InputError("admin.bad_prefix", value=person.id, prefixes=" | ".join(begins))


def _put(store: Store, actor: Actor, before: Actor | None, person: Actor) -> None:
    log(store, actor, "actor change" if before else "actor add", person.id, before, person)
    store.save_federation([], [person], [])
    _unlock(store, f"actor:{person.id}")


def said(found: Pending) -> dict[str, Any]:
    """What the log keeps of a proposal."""
    return {"subject": found.body["id"]}


def carry_out(store: Store, actor: Actor, found: Pending) -> None:
    """Do what two people agreed on; :class:`InputError` when the actor was changed in between."""
    body: Mapping[str, Any] = found.body
    before = next((a for a in store.actors() if a.id == body["id"]), None)
    closed = _locked(store).get(f"actor:{body['id']}", {})
    if fingerprint(before) != body["before"] or closed.get("operator"):
        raise InputError("admin.changed_since", value=body["id"])
    _put(store, actor, before, Actor(body["id"], body["agency"], frozenset(body["roles"])))


def lock_actor(store: Store, actor: Actor, name: str) -> None:
    """Lock an actor: refused from its next read on, and kept in the list."""
    store.admit(actor)
    person = next((a for a in store.actors() if a.id == name), None)
    if person is None or not may_manage(actor, person):
        raise AccessDenied("admin.not_yours")
    if person.id == actor.id:
        raise AccessDenied("admin.oneself")
    log(store, actor, "actor lock", name, person)
    _lock(store, actor, f"actor:{name}")


def actors(store: Store, actor: Actor) -> list[tuple[Actor, bool]]:
    """(Actor, whether it is locked) of the asking actor's agency; of all for an operator."""
    store.admit(actor)
    closed = _locked(store).keys()
    seen = [a for a in store.actors() if is_operator(actor) or a.agency == actor.agency]
    return [(a, bool({f"actor:{a.id}", f"agency:{a.agency}"} & closed)) for a in seen]


# --- locks ------------------------------------------------------------------------------------------------------------


def _locked(store: Store) -> dict[str, dict[str, Any]]:
    """``actor:ID`` or ``agency:CODE`` → who locked it and when."""
    return store.kept("lock")


def _lock(store: Store, actor: Actor, key: str) -> None:
    at = store.clock().isoformat(timespec="seconds")
    # what an operator locked, only an operator opens; a later lock by somebody else does not change that
    by_operator = is_operator(actor) or bool(_locked(store).get(key, {}).get("operator"))
    store.keep("lock", {key: {"by": actor.id, "at": at, "operator": by_operator}}, seen=True)


def _unlock(store: Store, key: str) -> None:
    if key in _locked(store):
        store.keep("lock", {key: None}, seen=True)
