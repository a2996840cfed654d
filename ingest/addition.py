"""A delivery that adds: what the dataset said of a record before stays, and what was masked stays masked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from graph.access import Actor
from graph.delivery import Manifest
from graph.model import common_schema, link_types
from graph.packing import decode
from graph.statement import Delivered, Statement
from graph.store.base import Store

Former = Callable[[Sequence[str]], Mapping[str, Delivered]]


def former_records(store: Store, actor: Actor, manifest: Manifest) -> Former:
    """A function that gives those of some records that the dataset's current delivery has, as they were delivered."""
    numbers = {d.number for d in store.datasets() if (d.owner, d.name) == (manifest.owner, manifest.dataset)}
    scope = store.scope(actor)

    def former(ids: Sequence[str]) -> Mapping[str, Delivered]:
        found = {
            raw.id: Delivered(raw.id, raw.schema, [s for pack in raw.packs for s in decode(pack)], "", raw.mask)
            for raw in store.fetch(scope, ids)
            if raw.dataset in numbers
        }
        for link in store.links_of(scope, list(found)):
            record = found.get(link.record)
            if record is not None and link.prop:
                record.statements.append(_end(link.prop, link.target, link.origin))
        return found

    return former


def _end(prop: str, target: str, origin: str) -> Statement:
    document, row, evaluation, handling = _origin(origin)
    return Statement(prop, target, "", document, row, evaluation, handling)


def _origin(origin: str) -> tuple[Any, ...]:
    return tuple(orjson.loads(origin)) if origin else ("", 0, "", "")


def merged(record: Delivered, former: Delivered) -> Delivered:
    """``record`` with what was said of it before. A link's ends are those of the new delivery: they make its id."""
    edge = link_types().get(record.schema)
    ends = {edge.source, edge.target} if edge else set()
    seen = {(s.prop, s.value, s.document, s.row): s for s in former.statements if s.prop not in ends}
    seen.update({(s.prop, s.value, s.document, s.row): s for s in record.statements})
    schema = record.schema if edge else common_schema(record.schema, former.schema)
    return replace(record, schema=schema, statements=list(seen.values()))
