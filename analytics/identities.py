"""Every record of a view with the rows it comes from, the entity that holds it, and the group it may belong to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from graph.access import IDENTITY
from graph.identity import cluster, decisive
from graph.model import is_link
from graph.packing import decode

if TYPE_CHECKING:
    from graph.view import View

CHUNK = 5000


class IdentityRow(NamedTuple):
    """One line per record and source row; ``row`` is counted as a person counts lines, 0 where the level shows none.

    ``entity``: confirmed and automatic identities; ``group``: proposed ones too. ``state``: the weakest that ties the
    record to others of its group (``confirmed``, ``automatic``, ``proposed``), empty where it stands alone.
    """

    dataset: str
    document: str
    row: int
    schema: str
    record: str
    entity: str
    group: str
    state: str


def identities(view: View) -> Iterator[IdentityRow]:
    """All records that are no links, in the order of their ids; rows in order. Masked ones under their pseudonym."""
    members = view.membership()  # writes the look down before anything is given
    store, scope = view._store, view.scope()
    opinions = store.opinions(scope, None)
    judged = decisive(opinions)
    pairs = store.pairs(scope, None)
    states = cluster(members, (p for p in pairs if p.state == "automatic"), opinions).state
    proposed = [(p.left, p.right) for p in pairs if p.state == "proposed" and (p.left, p.right) not in judged]
    group = _joined((members[a], members[b]) for a, b in proposed if a in members and b in members)
    hypothesis = set(group.values())
    for raws in store.scan(scope, (), CHUNK):
        shown = view.shown_ids(scope, (raw.id for raw in raws))
        for raw in raws:
            if is_link(raw.schema):
                continue
            record = shown[raw.id]
            entity = members.get(record, record)
            whole = group.get(entity, entity)
            state = "proposed" if whole in hypothesis else states.get(entity, "")
            rows = {(s.document, s.row) for pack in raw.packs for s in decode(pack)} if raw.level > IDENTITY else set()
            dataset = view.dataset(raw.dataset).name
            for document, row in sorted(rows) or [("", 0)]:
                name = view.document_name(scope, raw.dataset, document)
                yield IdentityRow(dataset, name, row, raw.schema, record, entity, whole, state)


def _joined(ties: Iterator[tuple[str, str]]) -> dict[str, str]:
    """Entity → the smallest entity that proposals lead to; entities without proposals are left out."""
    root: dict[str, str] = {}

    def find(x: str) -> str:
        while (parent := root.setdefault(x, x)) != x:
            root[x] = root[parent]
            x = parent
        return x

    for a, b in ties:
        one, two = sorted((find(a), find(b)))
        root[two] = one
    return {x: find(x) for x in list(root)}
