"""What a draft would connect to, for its own agency's people, in what that agency may see already.

A draft is read under a scope of its own, which no view has: its dataset alone, as it would be. What it is held against
is the reader's own view. Nothing is asked of anybody else's data, so nothing of others' hits can show, and nobody else
and no job reads a draft.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.access import FOREVER, OWN, READING_ROLES, Actor, DatasetState, Scope, Sight
from graph.errors import AccessDenied, NotFound
from graph.model import caption
from graph.packing import decode
from graph.statement import Record
from graph.store.base import RawRecord

if TYPE_CHECKING:
    from graph.store.base import Store
    from graph.view import View

CHUNK = 2000


def draft_scope(dataset: int, number: int, owner: str) -> Scope:
    """The predicate that reads one dataset as the draft ``number`` would leave it, at its owner's level."""
    return Scope(owner, {dataset: Sight(number, OWN)}, {}, frozenset(), frozenset({(dataset, dataset)}), FOREVER)


@dataclass(frozen=True, slots=True)
class Other:
    """A record of the reader's view that a draft's record shares something with. ``id`` opens in that view."""

    id: str
    owner: str
    dataset: str
    schema: str
    caption: str


@dataclass(frozen=True, slots=True)
class Shared:
    """An identifier of the draft that records of the reader's view carry too. ``hidden``: how many of them the bound
    leaves out."""

    kind: str
    value: str
    records: tuple[str, ...]  # captions of the draft's own records
    others: tuple[Other, ...]
    hidden: int = 0


class Draft:
    """An open draft as its own agency's people read it. Made by :func:`open_draft`."""

    def __init__(self, store: Store, view: View, state: DatasetState, number: int) -> None:
        self.view, self.state = view, state
        self._store, self._number = store, number
        self._scope = draft_scope(state.number, number, state.owner)

    @property
    def dataset(self) -> int:
        """The dataset's number, which no reader of the view is shown."""
        return self.state.number

    def records(self) -> Iterator[list[Record]]:
        """Records that the draft adds or changes, in chunks by id, as the owner would read them."""
        from graph.view import as_record

        for raws in self._raws():
            yield [as_record(raw, self.state, raw.id) for raw in raws]

    def _raws(self) -> Iterator[list[RawRecord]]:
        for rows in self._store.changed(self.dataset, self.state.current, self._number):
            ids = [i for i, _, there in rows if there]
            for at in range(0, len(ids), CHUNK):
                yield self._store.fetch(self._scope, ids[at : at + CHUNK])

    def shared(self, limit: int = 200, each: int = 20) -> tuple[list[Shared], int]:
        """Identifiers that the draft's new or changed records share with records of other datasets in the reader's
        view, by kind and value, at most ``limit`` of them with ``each`` records; and how many more there are.
        """
        found: dict[str, tuple[str, str]] = {}
        own: dict[str, dict[str, None]] = {}
        for raws in self._raws():
            names = {raw.id: _name(raw) for raw in raws}
            for carried in self._store.carried(self._scope, list(names)):
                found[carried.identifier] = carried.kind, carried.value
                own.setdefault(carried.identifier, {})[names[carried.record]] = None
        scope = self.view.scope()
        theirs: dict[str, list[str]] = {}
        ids = sorted(found, key=lambda i: (found[i], i))
        for at in range(0, len(ids), CHUNK):
            carriers = self._store.carriers(scope, ids[at : at + CHUNK])
            inside = self._inside(scope, [c.record for c in carriers])
            for c in carriers:
                if c.record not in inside:
                    theirs.setdefault(c.identifier, []).append(c.record)
        shown = [i for i in ids if i in theirs]
        made = self._others(scope, [r for i in shown[:limit] for r in sorted(set(theirs[i]))[:each]])
        result = []
        for i in shown[:limit]:
            records = sorted(set(theirs[i]))
            others = tuple(made[r] for r in records[:each])
            result.append(Shared(*found[i], tuple(own[i]), others, max(0, len(records) - each)))
        self.view._look("draft shared", [o.id for s in result for o in s.others], len(shown))
        return result, len(shown) - len(result)

    def _inside(self, scope: Scope, ids: Sequence[str]) -> set[str]:
        """Those of the records that are the draft's own dataset's."""
        wanted = list(dict.fromkeys(ids))
        found = (self._store.fetch(scope, wanted[at : at + CHUNK]) for at in range(0, len(wanted), CHUNK))
        return {raw.id for raws in found for raw in raws if raw.dataset == self.dataset}

    def _others(self, scope: Scope, ids: Sequence[str]) -> dict[str, Other]:
        found = {}
        for record in self.others(scope, ids):
            values: dict[str, list[str]] = {}
            for s in record.statements:
                values.setdefault(s.prop, []).append(s.value)
            name = caption(record.schema, values)
            found[record.id] = Other(record.id, record.owner, record.dataset, record.schema, name)
        return found

    def others(self, scope: Scope, ids: Sequence[str]) -> list[Record]:
        """Records of the reader's view, for what is told of a draft; who asks writes down that it looked."""
        return list(self.view._records(scope, ids).values())


def _name(raw: RawRecord) -> str:
    values: dict[str, list[str]] = {}
    for payload in raw.packs:
        for s in decode(payload):
            values.setdefault(s.prop, []).append(s.value)
    return caption(raw.schema, values)


def open_draft(store: Store, actor: Actor, dataset: str) -> Draft:
    """The open draft of ``dataset`` of the actor's agency; :class:`NotFound` where there is none.

    Raises :class:`AccessDenied` for an actor without a reading role: an operator sees no case content.
    """
    if not actor.everything and not actor.roles & READING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst")
    for did, number, name in store.drafts(actor.agency):
        if name == dataset:
            state = next(d for d in store.datasets() if d.number == did)
            return Draft(store, store.view(actor), state, number)
    raise NotFound("error.not_found", id=dataset)
