"""All that the kinds look at, read once for one agency: its view's records, entities, links, identifiers and pairs.

The scope is taken once and every read is made with it, so that all kinds see one state of every dataset. People whom
another owner has masked are left out here: they raise no flag for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from analytics.crossborder.flags import Side
from analytics.crossborder.rules import rules_of
from graph.access import FULL, IDENTITY, OWN, Actor, DatasetState
from graph.identity import Pair, cluster, decisive
from graph.model import caption, caption_props
from graph.packing import level_of
from graph.sighting import as_known
from graph.view import as_entity, as_record

if TYPE_CHECKING:
    from analytics.crossborder.parties import Party
    from analytics.crossborder.shared_identifier import Tie
    from graph.result import Entity
    from graph.statement import Record
    from graph.store.base import RawCarried, RawLink, Store

CHUNK = 2000


def job_actor(agency: str) -> Actor:
    """In whose name the flag job reads: a coordinator of the agency the flags are for."""
    return Actor("job:flags", agency, frozenset({"coordinator"}))


def raise_to(grounds: dict[str, int], more: Iterable[tuple[str, int]]) -> None:
    """Add (record, level) to grounds, a record keeping the highest level; what lies above ``FULL`` is no ground.

    A record whose mask was lifted for the reader is one at the level of its owner: see ``run._stored``.
    """
    for record, level in more:
        grounds[record] = min(FULL, max(level, grounds.get(record, 0)))


class Picture:
    """One agency's view in memory. Records are known by their true ids: none of them is masked for this reader."""

    def __init__(self, store: Store, agency: str, rules: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """``rules``: others than those in force for the agency, to see what they would change."""
        self.store, self.agency = store, agency
        self.scope = store.view(job_actor(agency)).scope()
        self.rules = rules if rules is not None else rules_of(store, agency)
        self.datasets: dict[int, DatasetState] = {d.number: d for d in store.datasets()}
        # others' masked records that are shown to this agency for a term
        self.lifted = frozenset(record for record, level in self.scope.overrides.items() if level >= OWN)
        self.home: dict[str, int] = {}
        self.schema: dict[str, str] = {}
        for record, dataset, schema, mask in store.nodes(self.scope):
            if not mask:
                self.home[record], self.schema[record] = dataset, schema
        self.pairs = [p for p in store.pairs(self.scope, None) if p.left in self.home and p.right in self.home]
        opinions = store.opinions(self.scope, None)
        self.judged = decisive(opinions)
        membership = cluster(self.home, (p for p in self.pairs if p.state == "automatic"), opinions)
        self.entity, self.state = membership.entity, membership.state
        self._records: dict[str, Record] = {}
        self._captions: dict[str, tuple[str, dict[str, int]]] = {}
        # what one kind leaves for the next, so that no connection is said twice
        self.paid: set[tuple[str, str]] = set()  # (account, other owner): `money` tells of them
        self.likely: set[tuple[str, str]] = set()  # pairs of entities that `same_entity` proposes
        self.ties: Mapping[tuple[str, str, str], Tie] | None = None
        self.behind: Mapping[str, tuple[Party, ...]] | None = None
        self.common = 0  # things above a cap, which connected nobody

    # --- whose ----------------------------------------------------------------------------------------------------

    @cached_property
    def groups(self) -> Mapping[str, list[str]]:
        """Entity → its records, sorted."""
        found: dict[str, list[str]] = {}
        for record in sorted(self.entity):
            found.setdefault(self.entity[record], []).append(record)
        return found

    def owner(self, record: str) -> str:
        """Agency that owns a record."""
        return self.datasets[self.home[record]].owner

    def country(self, record: str) -> str:
        """Jurisdiction of a record."""
        return self.datasets[self.home[record]].country

    def mine(self, record: str) -> bool:
        """Whether the reader's own agency owns it."""
        return self.owner(record) == self.agency

    def ours(self, entity: str) -> list[str]:
        """The reader's own records of an entity."""
        return [r for r in self.groups[entity] if self.mine(r)]

    def others(self, entity: str) -> dict[str, list[str]]:
        """Other owner → its records of an entity."""
        found: dict[str, list[str]] = {}
        for record in self.groups[entity]:
            if not self.mine(record):
                found.setdefault(self.owner(record), []).append(record)
        return found

    def anchor(self, records: Iterable[str]) -> str:
        """The record that stands for these in a flag's key: the first by dataset, so that later ones change no key."""
        return min(records, key=lambda r: (self.owner(r), self.datasets[self.home[r]].name, r))

    def sides(self, entity: str, records: Iterable[str]) -> list[Side]:
        """One side for each dataset that holds some of ``records``."""
        found: dict[int, list[str]] = {}
        for record in sorted(set(records)):
            found.setdefault(self.home[record], []).append(record)
        held = [(self.datasets[number], records) for number, records in found.items()]
        return [Side(d.owner, d.country, d.name, entity, tuple(rs)) for d, rs in held]

    def place(self, records: Iterable[str]) -> str:
        """Owners and datasets of records, in words: ``AR-MPF (ar-mpf-2026-00123)``."""
        names: dict[str, set[str]] = {}
        for record in records:
            d = self.datasets[self.home[record]]
            names.setdefault(d.owner, set()).add(d.name)
        return ", ".join(f"{owner} ({', '.join(sorted(sets))})" for owner, sets in sorted(names.items()))

    def link_country(self, link: RawLink) -> str:
        """Jurisdiction of the owner who says so."""
        return self.datasets[link.dataset].country

    def link_place(self, link: RawLink) -> str:
        """Owner and dataset that say so."""
        return f"{self.datasets[link.dataset].owner} ({self.datasets[link.dataset].name})"

    def strength(self, entity: str) -> float:
        """How sure it is that an entity's records are one: 1 where confirmed or single, else its weakest tie."""
        return 1.0 if self.state.get(entity, "confirmed") == "confirmed" else round(self._weakest.get(entity, 1.0), 4)

    @cached_property
    def _weakest(self) -> Mapping[str, float]:
        found: dict[str, float] = {}
        for p in self.pairs:
            if p.state == "automatic" and (e := self.entity[p.left]) == self.entity[p.right]:
                found[e] = min(p.score, found.get(e, 1.0))
        return found

    # --- what ties ------------------------------------------------------------------------------------------------

    @cached_property
    def links(self) -> list[RawLink]:
        """Links between two different entities, both unmasked."""
        known = self.entity
        return [
            k
            for k in self.store.all_links(self.scope)
            if k.source in known and k.target in known and known[k.source] != known[k.target]
        ]

    @cached_property
    def carried(self) -> list[RawCarried]:
        """Identifiers that at least two records carry."""
        return [c for c in self.store.all_carried(self.scope) if c.record in self.entity]

    @cached_property
    def carriers(self) -> Mapping[str, int]:
        """Identifier → how many entities of the view carry it."""
        found: dict[str, set[str]] = {}
        for c in self.carried:
            found.setdefault(c.identifier, set()).add(self.entity[c.record])
        return {identifier: len(entities) for identifier, entities in found.items()}

    @cached_property
    def judged_on(self) -> Mapping[str, list[tuple[str, str]]]:
        """Record → pairs with it that are judged."""
        found: dict[str, list[tuple[str, str]]] = {}
        for pair in self.judged:
            for record in pair:
                found.setdefault(record, []).append(pair)
        return found

    @cached_property
    def pairs_on(self) -> Mapping[str, list[Pair]]:
        """Record → the matcher's pairs with it."""
        found: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            found.setdefault(pair.left, []).append(pair)
            found.setdefault(pair.right, []).append(pair)
        return found

    @cached_property
    def proposed(self) -> list[Pair]:
        """The matcher's proposals between two entities, not judged by this agency or by the owners."""
        return [
            p
            for p in self.pairs
            if p.state == "proposed"
            and (p.left, p.right) not in self.judged
            and self.entity[p.left] != self.entity[p.right]
        ]

    # --- what they say --------------------------------------------------------------------------------------------

    def need(self, record: str, *props: str) -> int:
        """Level at which a reader sees these properties of a record."""
        return max((level_of(self.schema[record], p) for p in props), default=IDENTITY)

    def read(self, ids: Iterable[str]) -> dict[str, Record]:
        """Records by id, in bulk."""
        wanted = sorted(set(ids))
        found: dict[str, Record] = {}
        for at in range(0, len(wanted), CHUNK):
            for raw in self.store.fetch(self.scope, wanted[at : at + CHUNK]):
                found[raw.id] = as_record(raw, self.datasets[raw.dataset], raw.id)
        return found

    def record(self, record: str) -> Record | None:
        """A record as it was read for :meth:`prepare`."""
        return self._records.get(record)

    def seen(self, ids: Iterable[str]) -> set[str]:
        """Those of these records, links too, that the view holds."""
        return set(self.read(ids))

    def prepare(self, ids: Iterable[str]) -> None:
        """Read these records, all at once, for :meth:`record`."""
        self._records.update(self.read(r for r in ids if r not in self._records))

    def scan(self, schemata: Sequence[str]) -> Iterator[list[Record]]:
        """All visible records of these schemata, in chunks."""
        for raws in self.store.scan(self.scope, schemata, CHUNK):
            yield [
                as_record(raw, self.datasets[raw.dataset], raw.id) for raw in raws if not raw.mask or raw.level >= OWN
            ]

    def data(self, records: Iterable[str]) -> list[tuple[str, str, int]]:
        """(owner, dataset, revision) of the datasets that hold these records, links included where their ends are.

        A flag is read long after it was made, so it keeps what its reader may know of a dataset, not more.
        """
        numbers = {self.home[r] for r in records if r in self.home}
        known = (as_known(self.datasets[number], self.scope) for number in numbers)
        return sorted((d.owner, d.name, d.revision) for d in known)

    def name(self, entities: Iterable[str]) -> None:
        """Read the captions of these entities, all at once."""
        wanted = sorted(set(entities) - set(self._captions))
        for at in range(0, len(wanted), CHUNK):
            some = wanted[at : at + CHUNK]
            records = self.read(r for e in some for r in self.groups[e])
            for e in some:
                members = [records[r] for r in self.groups[e] if r in records]
                if members:
                    self._captions[e] = self._caption(as_entity(members, ""))

    def caption(self, entity: str) -> tuple[str, Mapping[str, int]]:
        """What an entity is called, and the (record → level) that must be seen to call it so."""
        return self._captions[entity]

    def _caption(self, entity: Entity) -> tuple[str, dict[str, int]]:
        text = entity.caption
        for prop in caption_props(entity.schema):
            if text and caption(entity.schema, {prop: entity.values(prop)}) == text:
                holders = [r for r in entity.records if text in r.values(prop)]
                return text, {r.id: max(IDENTITY, min(FULL, self.need(r.id, prop))) for r in holders}
        return entity.schema, {}
