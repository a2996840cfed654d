"""One number for what a store holds: equal stores have equal digests, whatever the engine and the order of loading.

For checks by machine only (kills, restores, copies between engines): it reads every dataset whole and gives out a hash,
never content.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from graph.access import OWN, Scope, Sight

if TYPE_CHECKING:
    from graph.store.base import Store


def whole_scope(store: Store) -> Scope:
    """Every current dataset at its owner's level. For digests and copies, never for a surface."""
    live = {d.number: Sight(d.current, OWN) for d in store.datasets() if d.current}
    return Scope("system:digest", live, {}, frozenset(), None, datetime.max.replace(tzinfo=UTC))


def digest(store: Store) -> str:
    """SHA-256 over datasets, records with their packs, links, identifiers, grants, pairs, in one canonical order."""
    scope, total = whole_scope(store), hashlib.sha256()
    names = {d.number: f"{d.owner}/{d.name}" for d in store.datasets()}
    for d in sorted(store.datasets(), key=lambda d: (d.owner, d.name)):
        if d.current:
            total.update(orjson.dumps([d.owner, d.name, d.revision, d.protected, d.accepted, d.retention, d.title]))
            grants = [
                [g.to, g.level, g.record, g.until, g.purpose, g.ground] for g in store.grants() if g.dataset == d.number
            ]
            total.update(orjson.dumps(sorted(grants)))
            total.update(orjson.dumps(sorted(_reject(r) for r in store.rejects(d.number))))
    for chunk in store.scan(scope, (), 5000):
        for raw in chunk:
            packs = [p.decode() if isinstance(p, bytes) else p for p in raw.packs]
            total.update(orjson.dumps([raw.id, names[raw.dataset], raw.schema, raw.mask, packs]))
    for link in store.all_links(scope):
        total.update(orjson.dumps([*link._replace(dataset=0), names[link.dataset]]))
    for carried in store.all_carried(scope):
        total.update(orjson.dumps(list(carried)))
    for pair in store.pairs(scope, None):
        total.update(orjson.dumps([pair.left, pair.right, pair.score, pair.state, [list(r) for r in pair.reasons]]))
    return total.hexdigest()


def _reject(reject: object) -> str:
    return repr(reject)
