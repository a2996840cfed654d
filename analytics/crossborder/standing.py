"""Whether an agency's flags can have changed: a digest of all that they follow from.

A delivery never changes under its number, so what a view holds follows from its scope and the numbers of the deliveries
in it; with the matcher's pairs, the judgements, the rules, the hits, what may be told of them today and whom to ask,
that is all that :func:`analytics.crossborder.run.flags_of` looks at. Where the digest is the same, a run would find the
same flags.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from analytics.crossborder.picture import job_actor
from analytics.crossborder.rules import rules_of
from graph import hits

if TYPE_CHECKING:
    from graph.access import DatasetState, Scope
    from graph.store.base import Store

KIND = "flags_stand"  # documents of the store: agency → the digest that its flags were last brought up to date with


def stand(store: Store, agency: str) -> str:
    """The digest for one agency now."""
    scope = store.view(job_actor(agency)).scope()
    states = {d.number: d for d in store.datasets()}
    known = scope.sights.keys() | scope.hits
    parts = (
        _scope(scope),
        [_dataset(store, scope, states[n]) for n in sorted(known) if n in states],
        [[p.left, p.right, p.score, p.state, [list(r) for r in p.reasons]] for p in store.pairs(scope, None)],
        [list(o) for o in store.opinions(scope, None)],
        rules_of(store, agency),
        sorted((a.code, a.country, sorted(a.contact.items())) for a in store.agencies()),
        store.hits(scope, agency) if scope.hits else [],  # the matcher's pairs with what is not seen
        hits.pending(store, agency),
    )
    digest = hashlib.sha256()
    for part in parts:
        digest.update(orjson.dumps(part, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def _scope(scope: Scope) -> list[Any]:
    return [
        scope.viewer,
        sorted((n, s.current, s.level) for n, s in scope.sights.items()),
        sorted(scope.overrides.items()),
        sorted(scope.hits),
        None if scope.mutual is None else sorted(scope.mutual),
        sorted(scope.homes.items()),
        sorted(scope.unhit),
        sorted(scope.documents),
    ]


def _dataset(store: Store, scope: Scope, d: DatasetState) -> list[Any]:
    manifest = store.manifest(d.number) if d.number in scope.hits else ""
    return [d.number, d.owner, d.name, d.country, d.current, d.revision, d.protected, d.accepted, manifest]


def due(store: Store, agency: str) -> str:
    """The digest to keep after a run, empty where the agency's flags are up to date with it already."""
    now = stand(store, agency)
    return "" if store.kept(KIND).get(agency, {}).get("digest") == now else now


def keep(store: Store, agency: str, digest: str) -> None:
    """Remember that the agency's flags are those of this digest."""
    store.keep(KIND, {agency: {"digest": digest}})
