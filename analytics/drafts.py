"""Who in a reader's view may be the same as somebody in a draft: the matcher's own scores, kept by nobody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from analytics.identity.match import match
from analytics.identity.model import Model, shipped
from analytics.identity.reading import schemata
from graph.access import IDENTITY, OWN
from graph.identity import Pair
from graph.packing import level_of
from graph.statement import Record
from graph.view import as_record

if TYPE_CHECKING:
    from graph.drafts import Draft

CHUNK = 5000


class Alike(NamedTuple):
    """A record of the draft and one of the reader's view that may be the same, why, and how likely."""

    draft: Record
    other: Record
    pair: Pair


def alike(draft: Draft, model: Model | None = None, limit: int = 200) -> tuple[list[Alike], int]:
    """Pairs of a draft's record and a record of another dataset in the reader's view, best first, at most ``limit``;
    and how many more there are.

    A score is what the two records and the model give at identity level, as it will be once the draft is accepted. The
    view is read in chunks, so that memory stays bounded whatever its size. The look is written down.
    """
    chosen = model or shipped()
    wanted = frozenset(schemata())
    drafted = [r for chunk in draft.records() for r in chunk if r.schema in wanted]
    by_id = {r.id: r for r in drafted}
    plain = [_at_identity(r) for r in drafted]
    found: list[Alike] = []
    for chunk in _visible(draft) if plain else ():
        known = {r.id: r for r in chunk}
        # a record's id may stand on both sides where its own dataset has it: those of the view are left out before
        for pair in match([plain, [_at_identity(r) for r in chunk]], chosen).pairs:
            ends = (pair.left, pair.right)
            mine, other = [i for i in ends if i in by_id], [i for i in ends if i in known]
            if len(mine) == 1 and len(other) == 1:
                found.append(Alike(by_id[mine[0]], known[other[0]], pair))
    found.sort(key=lambda a: (-a.pair.score, a.draft.id, a.other.id))
    draft.view._look("draft alike", [a.other.id for a in found[:limit]], len(found))
    return found[:limit], max(0, len(found) - limit)


def _visible(draft: Draft) -> Iterator[list[Record]]:
    """People and organisations of the reader's view with something to compare, without the draft's own dataset."""
    view = draft.view
    scope, store = view.scope(), view._store
    for raws in store.scan(scope, schemata(), CHUNK):
        outside = [raw for raw in raws if raw.dataset != draft.dataset and raw.packs]
        yield [as_record(raw, view.dataset(raw.dataset), raw.id) for raw in outside if not _masked(raw.mask, raw.level)]


def _masked(mask: str, level: int) -> bool:
    return bool(mask) and level < OWN


def _at_identity(record: Record) -> Record:
    kept = tuple(s for s in record.statements if level_of(record.schema, s.prop) <= IDENTITY)
    return replace(record, statements=kept)
