"""Hits that are no oracle: "that agency holds something on this; ask there"; asked within a limit, told to the holder.

A hit rests on an accepted delivery of the agency that gets it (an investigation number; a draft raises none). Whoever
delivers invented people to learn who is known elsewhere meets a limit on **questions**, not on answers: on one day an
agency may have at most ``VINCULO_HITS_PER_DAY`` new subjects looked up elsewhere. A limit on answers would be an oracle
of its own: once it is used up, whether one more invented person is refused would tell whether it is known. What waits
is a function of the agency's own deliveries and of the day alone, so it may be shown with its count.

A subject is what is asked: the identity and the shared identifiers of a record, whatever else the record says and in
whichever dataset it stands. What was looked up once stays looked up, also against what others deliver later.

The holder reads in its log of looks which agency got a hit on which of its records, and when. That line is written
before the hit is told; where it cannot be written, no hit is.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from graph.access import FOREVER, IDENTITY, READING_ROLES, TEXT, Actor, DatasetState, Scope, Sight
from graph.errors import StoreBusy
from graph.model import descends
from graph.packing import decode
from graph.process import holder
from graph.settings import settings

if TYPE_CHECKING:
    from graph.store.base import Store

ASKED, TOLD, WAITING = "hit_asked", "hit_told", "hit_waiting"
LEASE = timedelta(minutes=2)
PATIENCE = 20.0  # seconds for another process that looks up the same agency's records
COMPARED = "LegalEntity"  # what the matcher compares: people and organisations

RawHit = tuple[str, int, str]
_here = threading.RLock()  # the lock in the store tells processes apart, not threads of one


class Holder(NamedTuple):
    """Whom to ask: an agency and its contact point."""

    owner: str
    contact: str


class Hit(NamedTuple):
    """An agency's own record, who holds something on it, and the kind of match (an identifier's, or ``identity``)."""

    record: str
    holder: Holder
    kind: str


class Told(NamedTuple):
    """What an agency may be told now, as (own record, dataset, kind), and how many of its records are not looked up."""

    hits: list[RawHit]
    waiting: int


def contact(store: Store, scope: Scope, owner: str, datasets: Iterable[int]) -> str:
    """The contact points that these of the deliveries at ``hit`` name, else the agency's own."""
    numbers = scope.hits & set(datasets)
    named = {_line(orjson.loads(store.manifest(number) or "{}").get("contact") or {}) for number in numbers}
    own = next((a.contact for a in store.agencies() if a.code == owner), {})
    return "; ".join(sorted(named - {""})) or _line(own)


def _line(entry: Mapping[str, str]) -> str:
    return ", ".join(str(entry[k]) for k in ("name", "email", "phone") if entry.get(k))


def waiting(store: Store, actor: Actor) -> int:
    """How many records of the actor's agency the limit has left waiting: a count of its own deliveries, no more."""
    return int(store.kept(WAITING).get(actor.agency, {}).get("records", 0)) if actor.roles & READING_ROLES else 0


def pending(store: Store, agency: str) -> str:
    """What of an agency's look-ups the clock will change: the day, while some of its records wait; else nothing."""
    return _day(store) if int(store.kept(WAITING).get(agency, {}).get("records", 0)) else ""


def due(store: Store) -> datetime:
    """When records that wait may be looked up: the next day's first moment, :data:`FOREVER` where none waits."""
    days = [str(body["day"]) for body in store.kept(WAITING).values() if body["records"]]
    return min((datetime.fromisoformat(d).replace(tzinfo=UTC) + timedelta(days=1) for d in days), default=FOREVER)


def told(store: Store, scope: Scope, agency: str, actor: str, whole: bool = False) -> Told:
    """The hits that ``agency`` may be told now, by ``scope``, and no more; new ones are told to their holders first.

    ``whole``: where some of its records have to wait, none is told and no holder's line is written.
    """
    with _turn(store, agency):
        subjects, left = _look_up(store, scope, agency)
        _note(store, agency, left)
        if whole and left:
            return Told([], left)
        states = {d.number: d for d in store.datasets()}
        found = [h for h in store.hits(scope, agency) if h[0] in subjects and h[1] in states]
        _tell(store, scope, agency, actor, found, subjects, states)
    return Told(found, left)


@contextmanager
def _turn(store: Store, agency: str) -> Iterator[None]:
    """One look-up of an agency at a time, on whichever machine: several at once would have the limit several times."""
    name, me, began = f"hits:{agency}", holder(), time.monotonic()
    with _here:
        while not store.take_lock(name, me, (store.clock() + LEASE).isoformat(), store.clock().isoformat()):
            if time.monotonic() - began > PATIENCE:
                raise StoreBusy("error.job_busy", job="hits")
            time.sleep(0.05)
        try:
            yield
        finally:
            store.drop_lock(name, me)


# --- questions --------------------------------------------------------------------------------------------------------


def _day(store: Store) -> str:
    return store.clock().astimezone(UTC).date().isoformat()


def _look_up(store: Store, scope: Scope, agency: str) -> tuple[dict[str, str], int]:
    """Own record → its subject, of those that are looked up; and how many wait. Smallest datasets go first."""
    own = _own(store, scope, agency)
    digests = _digests(store, own)
    ledger = store.kept(f"{ASKED}:{agency}")
    known: dict[str, str] = {}  # digest of a record → its subject
    for body in ledger.values():
        known.update(body["subjects"])
    fresh = [record for record, (_, digest) in digests.items() if digest not in known]
    asked, new = set(known.values()), _subjects(store, own, agency, fresh)
    unasked: dict[int, list[str]] = {}
    for record, subject in sorted(new.items()):
        if subject not in asked:
            unasked.setdefault(digests[record][0], []).append(record)
    day = _day(store)
    room = settings().hits_per_day - sum(int(body["new"]) for body in ledger.values() if body["day"] == day)
    spent = 0
    for _, records in sorted(unasked.items(), key=lambda item: (len(item[1]), item[0])):
        for record in records:
            if new[record] not in asked and spent < room:
                asked.add(new[record])
                spent += 1
    entered = {digests[record][1]: subject for record, subject in new.items() if subject in asked}
    if entered:
        entry = {"day": day, "new": spent, "subjects": entered}
        store.keep(f"{ASKED}:{agency}", {f"{day}/{len(ledger):06d}": entry})
    known.update(entered)
    subjects = {record: known[digest] for record, (_, digest) in digests.items() if digest in known}
    return subjects, len(digests) - len(subjects)


def _own(store: Store, scope: Scope, agency: str) -> Scope:
    """The scope's part that is the agency's own accepted deliveries."""
    mine = {d.number for d in store.datasets() if d.owner == agency and d.accepted}
    return Scope(agency, {n: s for n, s in scope.sights.items() if n in mine}, {}, frozenset(), None, scope.expires)


def _digests(store: Store, own: Scope) -> dict[str, tuple[int, str]]:
    """Record → (dataset, digest), of those that may raise a hit: what the matcher compares, and what carries a number.

    A masked record raises none, not for its owner either.
    """
    nodes = [(i, did, schema) for i, did, schema, mask in store.nodes(own) if not mask]
    others = [i for i, _, schema in nodes if not descends(schema, COMPARED)]
    carrying = {c.record for c in store.carried(own, others)} if others else set()
    homes: dict[int, list[str]] = {}
    for i, did, schema in nodes:
        if i in carrying or descends(schema, COMPARED):
            homes.setdefault(did, []).append(i)
    return {
        i: (did, bytes(digest).hex())
        for did, ids in homes.items()
        for i, digest in store.digests(did, own.sights[did].current, ids).items()
    }


def _subjects(store: Store, own: Scope, agency: str, records: list[str]) -> dict[str, str]:
    """Record → what is asked by it: its identity and its shared identifiers, under the store's key."""
    if not records:
        return {}
    parts: dict[str, set[str]] = {record: set() for record in records}
    seen = Scope(agency, {n: Sight(s.current, IDENTITY) for n, s in own.sights.items()}, {}, frozenset(), None, FOREVER)
    for raw in store.fetch(seen, records):
        parts[raw.id].update(f"{s.prop}={s.value}" for payload in raw.packs for s in decode(payload))
    for c in store.carried(own, records):
        parts[c.record].add(c.identifier)
    return {record: store.ids.question(agency, *sorted(found)) for record, found in parts.items()}


def _note(store: Store, agency: str, left: int) -> None:
    """Keep how many records wait, for the agency's pages; and say in the log that the limit holds them back."""
    day = _day(store)
    if store.kept(WAITING).get(agency, {"day": day, "records": 0}) != {"day": day, "records": left}:
        if left:
            fields: dict[str, Any] = {"actor": "", "agency": agency, "what": "hits waiting", "records": []}
            store.audit.looks.append(**fields, results=left, ground="limit")
        store.keep(WAITING, {agency: {"day": day, "records": left} if left else None})


# --- answers ----------------------------------------------------------------------------------------------------------


def _tell(
    store: Store,
    scope: Scope,
    agency: str,
    actor: str,
    hits: list[RawHit],
    subjects: Mapping[str, str],
    states: Mapping[int, DatasetState],
) -> None:
    """Write what is told for the first time into the holders' log, one line each, then into the ledger."""
    ledger = store.kept(f"{TOLD}:{agency}") if hits else {}
    entries: dict[str, dict[str, Any]] = {}
    news: dict[str, list[RawHit]] = {}
    for record, dataset, kind in hits:
        subject = subjects[record]
        entry = entries.get(record) or ledger.get(record) or {}
        former = entry.get("hits", []) if entry.get("subject") == subject else []
        if [dataset, kind] not in former:
            entries[record] = {"subject": subject, "hits": [*former, [dataset, kind]]}
            news.setdefault(states[dataset].owner, []).append((record, dataset, kind))
    for owner, new in sorted(news.items()):
        held: set[str] = set()
        for dataset in {d for _, d, _ in new}:
            held |= _held(store, scope, dataset, states[dataset].current, [h for h in new if h[1] == dataset])
        fields = {"actor": actor, "agency": agency, "what": "hit", "records": sorted(held), "results": len(held)}
        store.audit.looks.append(**fields, ground="", holder=owner)
    if entries:
        store.keep(f"{TOLD}:{agency}", entries)


def _held(store: Store, scope: Scope, dataset: int, current: int, hits: list[RawHit]) -> set[str]:
    """The holder's records that these hits rest on: for the holder's log, for nobody else."""
    # up to free text, so that every number counts, and not their masked records, which raise no hit
    theirs = Scope("", {dataset: Sight(current, TEXT)}, {}, frozenset(), None, FOREVER)
    records = sorted({record for record, _, _ in hits})
    kinds = {(record, kind) for record, _, kind in hits}
    shared = {c.identifier for c in store.carried(scope, records) if (c.record, c.kind) in kinds}
    held = {c.record for c in store.carriers(theirs, sorted(shared))} if shared else set()
    paired = {record for record, kind in kinds if kind == "identity"}
    if paired:
        both = Scope("", {**scope.sights, **theirs.sights}, {}, frozenset(), None, FOREVER)
        ends = {end for p in store.pairs(both, sorted(paired)) for end in (p.left, p.right)} - paired
        held |= {raw.id for raw in store.fetch(theirs, sorted(ends))}
    return held
