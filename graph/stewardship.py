"""Drafts and releases: what a steward does with its agency's datasets after they were delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from graph.access import RELEASE_LEVELS, Actor, DatasetState, Grant, require
from graph.delivery import DeliveryReport, DocumentRef, Manifest, RecordRule, Release
from graph.errors import InputError, NotFound
from graph.unmasking import settle

if TYPE_CHECKING:
    from graph.store.base import Store


def manifest_of(body: str) -> Manifest:
    """A manifest from the JSON that the ledger keeps."""
    fields: dict[str, Any] = orjson.loads(body)
    fields["releases"] = tuple(Release(**r) for r in fields["releases"])
    fields["documents"] = tuple(DocumentRef(**d) for d in fields["documents"])
    fields["rules"] = tuple(RecordRule(**r) for r in fields["rules"])
    return Manifest(**fields)


def listed(store: Store, actor: Actor) -> list[tuple[str, int]]:
    """Drafts of the actor's agency: (dataset, delivery number within the agency, from 1)."""
    store.admit(actor)
    return [(name, n) for n, (_, _, name) in enumerate(store.drafts(actor.agency), 1)]


def _draft(store: Store, actor: Actor, dataset: str) -> tuple[int, int]:
    store.admit(actor)
    require(actor, "steward", actor.agency)
    for did, number, name in store.drafts(actor.agency):
        if name == dataset:
            return did, number
    raise NotFound("error.not_found", id=dataset)


def accept(store: Store, actor: Actor, dataset: str) -> DeliveryReport:
    """Make a draft of the actor's agency current; :class:`NotFound` where there is none."""
    did, number = _draft(store, actor, dataset)
    body, report_body, protected = store.draft(number)
    report = DeliveryReport(**{**orjson.loads(report_body), "state": "current"})
    store.audit.changes.append(what="draft accept", actor=actor.id, agency=actor.agency, dataset=dataset)
    store.publish(did, number, manifest_of(body), actor.id, report, protected)
    settle(store, did)
    return report


def drop(store: Store, actor: Actor, dataset: str) -> None:
    """Throw a draft of the actor's agency away; :class:`NotFound` where there is none."""
    did, number = _draft(store, actor, dataset)
    store.audit.changes.append(what="draft drop", actor=actor.id, agency=actor.agency, dataset=dataset)
    store.abandon(did, number)


def own_dataset(store: Store, actor: Actor, dataset: str) -> DatasetState:
    """A dataset of the actor's agency, for a steward; :class:`NotFound` where it has none of that name."""
    store.admit(actor)
    require(actor, "steward", actor.agency)
    for state in store.datasets():
        if state.owner == actor.agency and state.name == dataset:
            return state
    raise NotFound("error.not_found", id=dataset)


def delivered(store: Store, actor: Actor, dataset: str, revision: int = 0) -> dict[str, Any]:
    """The ledger's line of an own dataset's newest delivery, draft or current, or of its last one of ``revision``; for
    a steward. :class:`NotFound` where there is none."""
    require(actor, "steward", actor.agency)
    for line in store.ledger(actor.agency):
        wanted = line["revision"] == revision if revision else line["state"] in ("current", "draft")
        if line["dataset"] == dataset and wanted:
            return line
    raise NotFound("error.not_found", id=dataset)


def latest_report(store: Store, actor: Actor, dataset: str) -> dict[str, Any]:
    """What was counted of the delivery whose rejects are kept; see :func:`delivered`."""
    return dict(delivered(store, actor, dataset)["report"])


def release(store: Store, actor: Actor, dataset: str, to: Release, record: str = "") -> None:
    """Let ``to.to`` see a dataset (or one record) at ``to.level``, instead of what was said of that receiver before.

    ``none`` ends what the receiver had. Raises :class:`InputError` for an unknown level or receiver.
    """
    state = own_dataset(store, actor, dataset)
    known = {"*", *(a.code for a in store.agencies()), *(f"team:{t.id}" for t in store.teams())}
    if to.level not in RELEASE_LEVELS or to.to not in known:
        raise InputError("release.unknown", value=f"{to.to} {to.level}", levels=", ".join(RELEASE_LEVELS))
    others = [g for g in store.grants() if g.dataset == state.number and not (g.to == to.to and g.record == record)]
    grant = Grant(state.number, to.to, RELEASE_LEVELS[to.level], record, to.until, to.purpose, to.ground)
    fields = {"actor": actor.id, "agency": actor.agency, "dataset": dataset, "to": to.to, "level": to.level}
    store.audit.changes.append(
        what="release", until=to.until, ground=to.ground, records=[record] * bool(record), **fields
    )
    store.replace_grants(state.number, [*others, grant] if grant.level or record else others)


def withdraw(store: Store, actor: Actor, dataset: str) -> None:
    """Take a dataset of the actor's agency out of every view at once."""
    state = own_dataset(store, actor, dataset)
    store.audit.changes.append(what="withdraw", actor=actor.id, agency=actor.agency, dataset=dataset)
    store.withdraw(state.number)
    settle(store, state.number)
