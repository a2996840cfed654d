"""Showing a masked record to one receiver, for a term, with a reason, when a second person of its owner agrees.

A lifted mask adds to a full release and gives nothing without it. It is no part of a manifest, so a new delivery of the
dataset leaves it in force; it ends with its term, when somebody of the owner ends it, and for good when the record or
the dataset is withdrawn or the reason for the mask has become another (:func:`settle`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graph import pending
from graph.access import FULL, READING_ROLES, Actor, DatasetState, Scope, compile_scope, end_of, owner_scope
from graph.errors import AccessDenied, InputError, NotFound
from graph.pending import Pending
from graph.protection import MASKED

if TYPE_CHECKING:
    from graph.store.base import RawRecord, Store

KIND = "unmask"


@dataclass(frozen=True, slots=True)
class Lifted:
    """A mask that is lifted, as its owner sees it."""

    id: str
    dataset: str
    record: str
    to: str
    until: str
    reason: str
    by: str
    confirmed: str


# --- asked by one, agreed by another ----------------------------------------------------------------------------------


def request(store: Store, actor: Actor, record: str, to: str, until: str, reason: str) -> Pending:
    """Ask that ``record`` (a masked one of the actor's agency) be shown to ``to``, an agency or ``team:ID``.

    Raises :class:`NotFound` for any other record, :class:`InputError` for a receiver that is not known, is the owner or
    has no full release of it, for a term that is none, and for want of a reason.
    """
    pending.may_answer(store, actor)
    state, raw = _own(store, actor, record)
    if not reason.strip():
        raise InputError("unmask.reason")
    _term(store, until)
    _receiver(store, actor, state, record, to)
    body = {"dataset": state.number, "name": state.name, "record": record, "mask": raw.mask}
    body |= {"to": to, "until": until, "reason": reason}
    _log(store, actor, "unmask request", body)
    return pending.propose(store, actor, KIND, [actor.agency], body)


def said(found: Pending) -> dict[str, Any]:
    """What the log keeps of a request."""
    return {"subject": found.body["record"], **_fields(found.body)}


def carry_out(store: Store, actor: Actor, found: Pending) -> None:
    """Lift the mask from the next read on, if it is still there, for the same reason, and the term has not passed."""
    body: dict[str, Any] = dict(found.body)
    _term(store, body["until"])
    state, raw = _own(store, actor, body["record"])
    if raw.mask != body["mask"]:
        raise InputError("admin.changed_since", value=body["record"])
    _receiver(store, actor, state, body["record"], body["to"])
    _log(store, actor, "unmask", body)
    records = [body["record"], *_roles(store, owner_scope(state, store.clock()), body["record"])]
    kept = body | {"owner": actor.agency, "by": found.by, "confirmed": actor.id, "records": records}
    over = {i: None for i, lift in store.kept("lift").items() if end_of(lift["until"]) <= store.clock()}
    store.keep("lift", {**over, found.id: kept}, seen=True)


def listed(store: Store, actor: Actor) -> tuple[list[Lifted], list[Pending]]:
    """Masks of the actor's agency that are lifted now, and requests that wait."""
    if not actor.roles & READING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst")
    waiting = [p for p in pending.waiting(store, actor, KIND) if p.agency == actor.agency]
    now = store.clock()
    lifts = [
        _lifted(number, body)
        for number, body in store.kept("lift").items()
        if body["owner"] == actor.agency and now < end_of(body["until"])
    ]
    return lifts, waiting


# --- and ended --------------------------------------------------------------------------------------------------------


def end(store: Store, actor: Actor, number: str) -> None:
    """End a lifted mask of one's agency at once; it takes one person."""
    pending.may_answer(store, actor)
    body = store.kept("lift").get(number)
    if body is None or body["owner"] != actor.agency:
        raise NotFound("error.not_found", id=number)
    _log(store, actor, "unmask end", body)
    store.keep("lift", {number: None}, seen=True)


def settle(store: Store, dataset: int) -> None:
    """Bring a dataset's lifted masks in line with its current delivery.

    Called as a delivery begins, when it has become current and when the dataset is withdrawn: what is no longer there,
    or is masked for another reason, must not come back unmasked. Links that say the record's role are shown with it.
    """
    lifts = {number: body for number, body in store.kept("lift").items() if body["dataset"] == dataset}
    if not lifts:
        return
    scope = owner_scope(next(d for d in store.datasets() if d.number == dataset), store.clock())
    masks = {raw.id: raw.mask for raw in store.fetch(scope, sorted({body["record"] for body in lifts.values()}))}
    for number, body in lifts.items():
        record = body["record"]
        if masks.get(record) != body["mask"]:
            fields = {"actor": "system:settle", "agency": body["owner"], **_fields(body)}
            store.audit.changes.append(what="unmask end", **fields)
            store.keep("lift", {number: None}, seen=True)
        elif (records := [record, *_roles(store, scope, record)]) != body["records"]:
            store.keep("lift", {number: {**body, "records": records}}, seen=True)


# --- helpers ----------------------------------------------------------------------------------------------------------


def _fields(body: Mapping[str, Any]) -> dict[str, Any]:
    fields = {"records": [body["record"]], "dataset": body["name"], "to": body["to"], "until": body["until"]}
    return fields | {"ground": body["reason"]}


def _log(store: Store, actor: Actor, what: str, body: Mapping[str, Any]) -> None:
    store.audit.changes.append(what=what, actor=actor.id, agency=actor.agency, **_fields(body))


def _own(store: Store, actor: Actor, record: str) -> tuple[DatasetState, RawRecord]:
    """A masked record of the actor's agency, with its dataset; :class:`NotFound` for everything else."""
    own = {d.number: d for d in store.datasets() if d.owner == actor.agency}
    for raw in store.fetch(store.scope(actor), [record]):
        if raw.mask and raw.dataset in own and raw.schema in MASKED:
            return own[raw.dataset], raw
    raise NotFound("error.not_found", id=record)


def _roles(store: Store, scope: Scope, record: str) -> list[str]:
    """The masked links that say what the record is in its case."""
    drawn = {k.record for k in store.links_of(scope, [record]) if k.record != record}
    return sorted(raw.id for raw in store.fetch(scope, sorted(drawn)) if raw.mask)


def _term(store: Store, until: str) -> None:
    try:
        over = end_of(until) <= store.clock()
    except ValueError as error:
        raise InputError("unmask.term", value=until) from error
    if over:
        raise InputError("unmask.term", value=until)


def _receiver(store: Store, actor: Actor, state: DatasetState, record: str, to: str) -> None:
    """Refuse a receiver that is none, or that would not read the record in full if it were not masked."""
    terms, now = store.terms(), store.clock()
    # a team is known to its members only
    known = {f"team:{t.id}": t.members for t in terms.teams if actor.agency in t.members and t.active(now)}
    known |= {a.code: frozenset({a.code}) for a in store.open_agencies()}
    others = known.get(to, frozenset()) - {actor.agency}
    if not others:
        raise InputError("unmask.receiver", value=to)
    for code in sorted(others):
        reader = Actor(f"agency:{code}", code, READING_ROLES)
        scope = compile_scope(reader, terms.datasets, terms.grants, terms.teams, now)
        if scope.overrides.get(record, scope.level(state.number)) >= FULL:
            return
    raise InputError("unmask.not_released", value=to)


def _lifted(number: str, body: Mapping[str, Any]) -> Lifted:
    names = ("record", "to", "until", "reason", "by", "confirmed")
    return Lifted(number, body["name"], *(body[name] for name in names))
