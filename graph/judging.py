"""Judging whether two records are the same, and taking it back. A judgement belongs to the agency that makes it.

It takes effect in that agency's views at once, in others' when every owner of the two records has given the same one.
Who sees a record at ``hit`` only does not see it here, and can confirm nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.access import Actor
from graph.errors import AccessDenied, InputError, NotFound
from graph.identity import Judgement
from graph.model import can_be_same

if TYPE_CHECKING:
    from graph.store.base import Store

VERDICTS = ("same", "different", "unsure")
JUDGING_ROLES = frozenset({"analyst", "steward", "coordinator"})


def judge(store: Store, actor: Actor, left: str, right: str, verdict: str, score: float = 0.0, model: str = "") -> int:
    """Log ``actor``'s word on two records it sees (ids as it knows them); the judgement's number.

    Raises :class:`NotFound` when one is not visible, :class:`InputError` for things that cannot be the same,
    :class:`AccessDenied` for an actor without a judging role.
    """
    if not actor.roles & JUDGING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst")
    if verdict not in VERDICTS:
        raise InputError("judge.verdict", value=verdict, known=", ".join(VERDICTS))
    records = {r.id: r for r in store.view(actor).records([left, right])}
    for asked in (left, right):
        if asked not in records:
            raise NotFound("error.not_found", id=asked)
    a, b = sorted((left, right))
    if a == b or records[a].masked or records[b].masked or not can_be_same(records[a].schema, records[b].schema):
        raise InputError("judge.impossible", value=f"{left} {right}")
    at = store.clock().isoformat(timespec="seconds")
    judgement = Judgement(0, a, b, verdict, actor.agency, actor.id, at, score, model)
    fields = {"actor": actor.id, "agency": actor.agency, "records": [a, b]}
    store.audit.changes.append(what="judge", verdict=verdict, **fields)
    return store.log_judgement(judgement, (records[a].owner, records[b].owner))


def reference(store: Store, judgement: Judgement) -> str:
    """What people call a judgement by: its number in the log would tell how many others there are."""
    j = judgement
    return store.ids.judgement(j.agency, j.left, j.right, j.at, j.verdict)


def referred(store: Store, actor: Actor, name: str) -> Judgement:
    """The standing judgement of the actor's agency that ``name`` refers to; :class:`NotFound` where there is none."""
    for judgement in store.standing(actor.agency):
        if reference(store, judgement) == name:
            return judgement
    raise NotFound("error.not_found", id=name)


def undo(store: Store, actor: Actor, number: int) -> Judgement:
    """Retract a judgement of the actor's own agency; what was in effect before it is in effect again, exactly."""
    store.admit(actor)
    judgement = store.judgement(number)
    if not judgement or judgement.agency != actor.agency or judgement.retracted:
        raise NotFound("error.not_found", id=number)
    if not actor.roles & JUDGING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst")
    owners = store.owners_of([judgement.left, judgement.right])
    at = store.clock().isoformat(timespec="seconds")
    fields = {"actor": actor.id, "agency": actor.agency, "records": [judgement.left, judgement.right]}
    store.audit.changes.append(what="undo", judgement=number, **fields)
    store.retract(number, at, (owners[judgement.left], owners[judgement.right]))
    return judgement
