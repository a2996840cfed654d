"""A whole view as arrays, for analytics: one bulk read of nodes, links, identifiers and identities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from graph.packing import identifier_kinds
from graph.result import GraphArrays

if TYPE_CHECKING:
    from graph.view import View


def arrays(view: View, proposed: bool) -> GraphArrays:
    """Entities and shared identifiers as nodes, links between them as index arrays; nodes ordered by id.

    A link whose two ends are one entity is left out. ``proposed`` adds the matcher's possible identities as links.
    """
    scope, store = view.scope(), view._store
    raw_nodes = store.nodes(scope)
    members = view.members(scope)
    shown = {i: view._shown(i, mask, 0) for i, _, _, mask in raw_nodes}
    entity = {i: members[s] for i, s in shown.items()}
    owners: dict[str, set[str]] = {}
    countries: dict[str, set[str]] = {}
    schema: dict[str, str] = {}
    masked: dict[str, str] = {}
    for i, did, name, mask in raw_nodes:
        e, dataset = entity[i], view.dataset(did)
        owners.setdefault(e, set()).add(dataset.owner)
        countries.setdefault(e, set()).add(dataset.country)
        schema.setdefault(e, name)
        masked.setdefault(e, mask)
    rows: list[tuple[str, str, str, bool, str]] = []
    for k in store.all_links(scope):
        a, b = entity[k.source], entity[k.target]
        if a != b:
            rows.append((a, b, k.relation, k.directed, k.record))
    kinds = identifier_kinds()
    carried = store.all_carried(scope)
    holders: dict[str, set[str]] = {}
    for c in carried:
        holders.setdefault(c.identifier, set()).add(entity[c.record])
    for c in carried:
        if len(holders[c.identifier]) > 1:
            schema[c.identifier] = c.kind
            rows.append((entity[c.record], c.identifier, kinds[c.kind]["relation"], False, ""))
    if proposed:
        for p in store.pairs(scope, None):
            a, b = entity[p.left], entity[p.right]
            if p.state == "proposed" and a != b:
                rows.append((a, b, "POSSIBLY_SAME", False, ""))
    rows = list(dict.fromkeys(rows))
    ids = sorted(schema)
    number = {i: n for n, i in enumerate(ids)}
    relations = sorted({r[2] for r in rows})
    code = {r: n for n, r in enumerate(relations)}
    return GraphArrays(
        ids,
        ["identifier" if i.startswith("i") else "entity" for i in ids],
        [schema[i] for i in ids],
        [tuple(sorted(owners.get(i, ()))) for i in ids],
        [tuple(sorted(countries.get(i, ()))) for i in ids],
        [masked.get(i, "") for i in ids],
        np.fromiter((number[r[0]] for r in rows), np.int32, len(rows)),
        np.fromiter((number[r[1]] for r in rows), np.int32, len(rows)),
        np.fromiter((code[r[2]] for r in rows), np.int32, len(rows)),
        np.fromiter((r[3] for r in rows), np.bool_, len(rows)),
        relations,
        [r[4] for r in rows],
        view.stamp(proposed=proposed),
    )
