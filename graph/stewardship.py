"""Drafts and releases: what a steward does with its agency's datasets after they were delivered."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import orjson

from graph.access import (
    DOCUMENT,
    RELEASE_LEVELS,
    TEXT,
    Actor,
    DatasetState,
    Grant,
    end_of,
    owner_scope,
    require,
)
from graph.delivery import DeliveryReport, DocumentRef, Manifest, RecordRule, Release
from graph.errors import InputError, NotFound
from graph.packing import decode
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


def revisions(store: Store, actor: Actor) -> dict[str, int]:
    """The datasets of the actor's agency with their current revision, for a steward."""
    store.admit(actor)
    require(actor, "steward", actor.agency)
    return {d.name: d.revision for d in store.datasets() if d.owner == actor.agency and d.current}


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

    ``none`` ends what the receiver had. Raises :class:`InputError` for an unknown level or receiver and for a date that
    is none, :class:`NotFound` for a record that the dataset does not have.
    """
    state = own_dataset(store, actor, dataset)
    _check(store, actor, to, RELEASE_LEVELS)
    if record:
        _holds(store, state, record)
    grant = Grant(state.number, to.to, RELEASE_LEVELS[to.level], record, to.until, to.purpose, to.ground)
    fields = {"level": to.level, "records": [record] * bool(record)}
    _log(store, actor, dataset, to, what="release", **fields)
    _put(store, state, grant, keep=bool(grant.level or record))


def release_text(store: Store, actor: Actor, dataset: str, to: Release, record: str = "", document: str = "") -> None:
    """Add the free text of one record, or the name of one document, to what ``to.to`` reads in full.

    For datasets that hold a protected person, where both are withheld outside the owner (the sixth hard decision).
    ``to.level`` is ``full``, or ``none`` to take it back. Raises as :func:`release` does, and :class:`InputError` for
    both or neither and for a document that the dataset does not have.
    """
    state = own_dataset(store, actor, dataset)
    _check(store, actor, to, ("full", "none"))
    if bool(record) == bool(document):
        raise InputError("release.one_thing", value=dataset)
    if record:
        _holds(store, state, record)
    elif to.level != "none" and not _has_document(store, state, document):
        raise InputError("release.no_document", value=document)
    name = f"{DOCUMENT}{document}" if document else record
    # the log keeps no file's name: it may hold a protected person's
    known = store.ids.document(actor.agency, dataset, document) if document else ""
    fields = {"level": to.level, "records": [record] * bool(record), "document": known}
    _log(store, actor, dataset, to, what="release text", **fields)
    _put(store, state, Grant(state.number, to.to, TEXT, name, to.until, to.purpose, to.ground), to.level != "none")


def releases(store: Store, actor: Actor, dataset: str) -> list[Grant]:
    """What holds of a dataset of the actor's agency: every release of it, in the order in which they were given."""
    state = own_dataset(store, actor, dataset)
    return [g for g in store.grants() if g.dataset == state.number]


def _check(store: Store, actor: Actor, to: Release, levels: Iterable[str]) -> None:
    # a team is known to its members only
    known = {"*", *(a.code for a in store.agencies())}
    known |= {f"team:{t.id}" for t in store.teams() if actor.everything or actor.agency in t.members}
    if to.level not in levels or to.to not in known:
        raise InputError("release.unknown", value=f"{to.to} {to.level}", levels=", ".join(levels))
    try:
        end_of(to.until or "9999-01-01")
    except ValueError as error:
        raise InputError("release.bad_date", value=to.until) from error


def _holds(store: Store, state: DatasetState, record: str) -> None:
    """Another owner's record would be given at a level that is not ours to give."""
    if not store.digests(state.number, 0, [record]):
        raise NotFound("error.not_found", id=record)


def _log(store: Store, actor: Actor, dataset: str, to: Release, **fields: Any) -> None:
    common = {"actor": actor.id, "agency": actor.agency, "dataset": dataset, "to": to.to}
    store.audit.changes.append(until=to.until, ground=to.ground, **common, **fields)


def _put(store: Store, state: DatasetState, grant: Grant, keep: bool) -> None:
    """Replace what was said of that receiver and thing before."""
    same = (grant.to, grant.record, grant.level >= TEXT)
    others = [g for g in store.grants() if g.dataset == state.number and (g.to, g.record, g.level >= TEXT) != same]
    store.replace_grants(state.number, [*others, grant] if keep else others)


def _has_document(store: Store, state: DatasetState, name: str) -> bool:
    """Whether the manifest lists a document of that name, or some statement of the dataset rests on it."""
    listing = store.manifest(state.number)
    if listing and any(d.file == name for d in manifest_of(listing).documents):
        return True
    scanned = store.scan(owner_scope(state, store.clock()), (), 5000)
    packs = (pack for chunk in scanned for raw in chunk for pack in raw.packs)
    return any(s.document == name for pack in packs for s in decode(pack))


def withdraw(store: Store, actor: Actor, dataset: str) -> None:
    """Take a dataset of the actor's agency out of every view at once."""
    state = own_dataset(store, actor, dataset)
    store.audit.changes.append(what="withdraw", actor=actor.id, agency=actor.agency, dataset=dataset)
    store.withdraw(state.number)
    settle(store, state.number)
