"""Watch lists: a person of an agency watches an entity or an identifier and is told when something comes into it.

What is told is what the watcher's own view holds, at the moment it is looked at, beside what it held when the watch
began or was last noted; nothing else is asked of anybody. So a watch is no way to fish: on data that are not released
it says nothing, raises no hit, tells no holder, and an invented number is as quiet as one that is hidden.

A watch is its person's own. What it has seen is kept as ids, under its agency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph.access import READING_ROLES, Actor, Scope
from graph.errors import AccessDenied, InputError, NotFound
from graph.flagging import WORKING_ROLES
from graph.packing import fold, identifier_kinds, squeeze

if TYPE_CHECKING:
    from graph.result import Entity
    from graph.store.base import RawLink, Store
    from graph.view import View

ENTITY = "entity"
MOST = 200  # watches of one person
LONGEST = 200  # characters of a watched number


@dataclass(frozen=True, slots=True)
class Watch:
    """``kind`` is ``entity`` (``value``: an id) or a kind of identifier (``value``: the number as it was typed)."""

    id: str
    actor: str
    kind: str
    value: str
    since: str
    urgent: bool
    seen: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fresh:
    """Something new on what is watched: an entity of the view (``relation``: by what link, empty for a record)."""

    entity: Entity
    relation: str
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """A watch as its person reads it: the entities it is about now, and what is new."""

    watch: Watch
    about: tuple[Entity, ...]
    fresh: tuple[Fresh, ...]


def watch(store: Store, actor: Actor, kind: str, value: str, urgent: bool = False) -> Watch:
    """Begin to watch; what the view holds now is not new.

    Raises :class:`NotFound` for an entity that the actor does not see, :class:`InputError` for an unknown kind, for a
    number that is none and for one watch too many, :class:`AccessDenied` for who does not work on cases.
    """
    _may(store, actor)
    value = value.strip()
    if kind != ENTITY and kind not in identifier_kinds():
        raise InputError("watch.kind", value=kind, known=", ".join((ENTITY, *identifier_kinds())))
    if not value or len(value) > LONGEST or (kind != ENTITY and not _number(kind, value)):
        raise InputError("watch.value", value=value)
    if kind == ENTITY:
        store.view(actor).entity(value)
    mine = _own(store, actor)
    if found := next((w for w in mine if (w.kind, w.value) == (kind, value)), None):
        return found
    if len(mine) >= MOST:
        raise InputError("watch.most", most=MOST)
    store.audit.changes.append(what="watch", actor=actor.id, agency=actor.agency, records=[], kind=kind)
    # one's own and the same each time, so that two windows make one watch and it tells of no others
    number = store.ids.flag(actor.agency, "watch", actor.id, kind, value)[1:13]
    new = Watch(number, actor.id, kind, value, store.clock().isoformat(timespec="seconds"), urgent, _NONE)
    return _put(store, actor, new, _held(store, store.view(actor), new))


_NONE: frozenset[str] = frozenset()


def watches(store: Store, actor: Actor) -> list[Watch]:
    """The actor's own watches, oldest first."""
    store.admit(actor)
    if not actor.roles & READING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst | coordinator")
    return _own(store, actor)


def unwatch(store: Store, actor: Actor, watch_id: str) -> None:
    """End a watch; :class:`NotFound` for one that is not the actor's."""
    found = _one(store, actor, watch_id)
    store.audit.changes.append(what="watch end", actor=actor.id, agency=actor.agency, records=[], kind=found.kind)
    store.keep(_kind(actor.agency), {f"{actor.id}/{watch_id}": None})


def news(store: Store, actor: Actor) -> list[Watched]:
    """What is new on each of the actor's watches, as its view holds it now; a look, logged before it is told."""
    view = store.view(actor)
    scope = view.scope()
    found = [_told(store, view, scope, w) for w in watches(store, actor)]
    records = {r.id for w in found for e in (*w.about, *(f.entity for f in w.fresh)) for r in e.records}
    fields = {"actor": actor.id, "agency": actor.agency, "what": "watch", "records": sorted(records)}
    store.audit.looks.append(**fields, results=sum(len(w.fresh) for w in found), ground="")
    return found


def note(store: Store, actor: Actor, watch_id: str) -> None:
    """Take note of what is new on a watch: from now on it is not."""
    found = _one(store, actor, watch_id)
    _put(store, actor, found, found.seen | _held(store, store.view(actor), found))


def stirring(store: Store, actor: Actor) -> dict[str, tuple[bool, frozenset[str]]]:
    """Watch → (urgent, ids of what is new), of the watches that something new came into. For the notice, which tells
    nobody what."""
    view = store.view(actor)
    fresh = {w.id: (w.urgent, frozenset(_held(store, view, w) - w.seen)) for w in _own(store, actor)}
    return {i: found for i, found in fresh.items() if found[1]}


def _kind(agency: str) -> str:
    return f"watch:{agency}"


def _own(store: Store, actor: Actor) -> list[Watch]:
    found = []
    for key, body in store.kept(_kind(actor.agency)).items():
        who, _, number = key.rpartition("/")
        if who == actor.id:
            found.append(Watch(number, who, **{**body, "seen": frozenset(body["seen"])}))
    return sorted(found, key=lambda w: (w.since, w.id))


def _one(store: Store, actor: Actor, watch_id: str) -> Watch:
    _may(store, actor)
    for found in _own(store, actor):
        if found.id == watch_id:
            return found
    raise NotFound("error.not_found", id=watch_id)


def _may(store: Store, actor: Actor) -> None:
    store.admit(actor)
    if not actor.roles & WORKING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst | coordinator")


def _put(store: Store, actor: Actor, watch: Watch, seen: Iterable[str]) -> Watch:
    body: dict[str, Any] = {"kind": watch.kind, "value": watch.value, "since": watch.since, "urgent": watch.urgent}
    store.keep(_kind(actor.agency), {f"{actor.id}/{watch.id}": {**body, "seen": sorted(seen)}})
    return Watch(watch.id, actor.id, **body, seen=frozenset(seen))


# --- what the view holds ----------------------------------------------------------------------------------------------


TYPED = frozenset({"document", "vehicle"})  # their nodes carry the number's form before it: ``ar.dni:20123456``


def _number(kind: str, value: str) -> str:
    """A number as its node is called; of a typed one without its form."""
    return fold(value) if kind == "address" else squeeze(value.rpartition(":")[2])


def _held(store: Store, view: View, watch: Watch) -> set[str]:
    """Ids of what the view holds on what is watched: records, and links with them."""
    scope = view.scope()
    records = _records(store, view, scope, watch)
    return records | {k.record + k.source + k.target for k in _links(store, scope, watch, records)}


def _records(store: Store, view: View, scope: Scope, watch: Watch) -> set[str]:
    if watch.kind == ENTITY:
        found = view.resolve(scope, [watch.value])
        return {r.id for e in found.values() for r in e.records}
    number = _number(watch.kind, watch.value)
    if watch.kind not in TYPED:
        return {c.record for c in store.carriers(scope, [store.ids.identifier(watch.kind, number)])}
    form = watch.value.rpartition(":")[0]
    near = [i for i, _ in store.find(scope, [number], ())]
    wanted = f"{form}:{number}" if form else f":{number}"
    carried = store.carried(scope, near) if near else []
    return {c.record for c in carried if c.kind == watch.kind and f":{c.value}".endswith(wanted)}


def _links(store: Store, scope: Scope, watch: Watch, records: set[str]) -> list[RawLink]:
    # on an identifier the records that carry it are what comes and goes; on an entity its links too
    return store.links_of(scope, sorted(records)) if watch.kind == ENTITY and records else []


def _told(store: Store, view: View, scope: Scope, watch: Watch) -> Watched:
    records = _records(store, view, scope, watch)
    about = view.resolve(scope, sorted(records))
    fresh = [Fresh(about[r], "", _owners(about[r], {r})) for r in sorted(records - watch.seen) if r in about]
    links = [k for k in _links(store, scope, watch, records) if k.record + k.source + k.target not in watch.seen]
    ends = [k.target if k.source in records else k.source for k in links]
    shown = view.shown_ids(scope, ends)
    others = view.resolve(scope, sorted(set(shown.values())))
    for link, end in zip(links, ends, strict=True):
        if shown[end] in others:
            owner = view.dataset(link.dataset).owner
            fresh.append(Fresh(others[shown[end]], link.relation, (owner,)))
    unique = {e.id: e for e in about.values()}
    return Watched(watch, tuple(unique[i] for i in sorted(unique)), tuple(fresh))


def _owners(entity: Entity, records: set[str]) -> tuple[str, ...]:
    return tuple(sorted({r.owner for r in entity.records if r.id in records}))
