"""What a flag rests on, kept beside it without content, so that a later run can say exactly what changed.

A statement is kept as the name of its property and a keyed digest of its value: whether it still stands can be found
out by whoever reads the record, and nothing else can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from graph.access import FULL, IDENTITY
from graph.packing import identifier_kind, level_of

if TYPE_CHECKING:
    from analytics.crossborder.picture import Picture
    from graph.statement import Record

LEG = frozenset(
    {"carrier", "carrierNumber", "place", "placeCode", "toPlace", "toPlaceCode", "departure", "arrival"}
)  # what routes are compared by, beside numbers
MARK = 16  # hex digits kept of a digest: one flag's statements are told apart, more is not needed


def basis(picture: Picture, grounds: Mapping[str, int]) -> dict[str, Any]:
    """The records, statements, judgements and matcher's pairs behind a flag with these grounds, as they are now."""
    nodes = [r for r in sorted(grounds) if r in picture.home]
    return {
        "records": {r: [picture.owner(r), picture.datasets[picture.home[r]].name, grounds[r]] for r in nodes},
        "stated": {r: marks(picture, picture.record(r), grounds[r]) for r in nodes},
        "links": sorted(grounds.keys() - picture.home.keys()),
        **ties(picture, nodes),
    }


def ties(picture: Picture, records: Iterable[str]) -> dict[str, Any]:
    """Judgements in effect for the reader and the matcher's pairs, between these records."""
    inside = set(records)
    judged = {(*pair, picture.judged[pair][0]) for r in inside for pair in picture.judged_on.get(r, ())}
    pairs = {(p.left, p.right, p.state, p.score) for r in inside for p in picture.pairs_on.get(r, ())}
    return {
        "judged": sorted(list(j) for j in judged if j[0] in inside and j[1] in inside),
        "pairs": sorted(list(p) for p in pairs if p[0] in inside and p[1] in inside),
    }


def marks(picture: Picture, record: Record | None, level: int) -> list[str]:
    """``property:digest`` of each statement of a record that a flag at this level may rest on, sorted."""
    if record is None:
        return []
    found = set()
    for s in record.statements:
        low = level_of(record.schema, s.prop) <= IDENTITY
        tells = identifier_kind(record.schema, s.prop) or (record.schema == "RouteLeg" and s.prop in LEG)
        if low or (level >= FULL and tells):
            digest = picture.store.ids.flag(picture.agency, "stated", record.id, s.prop, s.value)[1 : MARK + 1]
            found.add(f"{s.prop}:{digest}")
    return sorted(found)
