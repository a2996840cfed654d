"""The graph as one actor may see it. Made by ``Store.view(actor)``; there is no other way to read.

Every public call takes the actor's scope anew (cheaply, when nothing changed), so a withdrawn release or an ended team
holds from the next call on, and one call sees one state of every dataset: the old delivery or the new, never a mixture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from graph import hits, search
from graph.access import FULL, LEVEL_NAMES, OWN, Actor, DatasetState, Scope, with_texts
from graph.errors import LimitExceeded, NotFound
from graph.hits import Hit
from graph.identity import Membership, Opinion, Pair, cluster, decisive
from graph.model import caption, common_schema
from graph.packing import decode
from graph.result import Entity, GraphArrays, Proposal, SearchItem, SearchPage, Stamp, Subgraph, Withheld
from graph.settings import settings
from graph.sighting import as_known
from graph.statement import Record, Statement

if TYPE_CHECKING:
    from graph.store.base import RawRecord, Store, StoredFlag


def as_record(raw: RawRecord, dataset: DatasetState, shown_as: str) -> Record:
    """A raw record as its reader knows it: at ``identity`` without documents and rows, no part of that level."""
    statements: list[Statement] = []
    for payload in raw.packs:
        statements += decode(payload)
    level = LEVEL_NAMES[raw.level]
    if level == "identity":
        statements = [s._replace(document="", row=0) for s in statements]
    masked = raw.mask if raw.level < OWN else ""
    return Record(
        shown_as,
        raw.schema,
        dataset.owner,
        dataset.country,
        dataset.name,
        dataset.revision,
        level,
        tuple(statements),
        masked,
    )


def code_version() -> str:
    """Version of the installed program."""
    try:
        return version("vinculo")
    except PackageNotFoundError:
        return "0"


class View:
    """Reads for one actor. Ids it gives are the actor's own: a masked record is known by a pseudonym."""

    def __init__(self, store: Store, actor: Actor, purpose: str = "") -> None:
        self._store, self.actor, self.purpose = store, actor, purpose
        self._version = -1
        self._scope: Scope | None = None
        self._datasets: dict[int, DatasetState] = {}
        self._known: dict[int, DatasetState] = {}  # as this actor may know them
        self._true: dict[str, str] | None = None
        self._members: tuple[Membership, dict[str, list[str]]] | None = None
        self.scope()

    # --- scope, names ---------------------------------------------------------------------------------------------

    def scope(self) -> Scope:
        """The predicate in force now. For the kernel's own modules."""
        now, seen = self._store.clock(), self._store.version()
        if self._scope is None or seen != self._version or now >= self._scope.expires:
            (self._scope, self._datasets), self._version = self._store.sight(self.actor), seen
            self._true = self._members = None
            self._known = {}
        return self._scope

    def _shown(self, raw_id: str, mask: str, level: int) -> str:
        return raw_id if not mask or level >= OWN else self._store.ids.pseudonym(raw_id, self.scope().viewer)

    def _pseudonyms(self, scope: Scope) -> dict[str, str]:
        """Pseudonym → true id of every masked record this actor sees as such."""
        if self._true is None:
            masked = [i for i, _, _, mask in self._store.nodes(scope) if mask]
            self._true = {self._store.ids.pseudonym(i, scope.viewer): i for i in masked}
        return self._true

    def _true_ids(self, scope: Scope, ids: Iterable[str]) -> list[str]:
        """True ids of shown ones. A masked record's true id opens nothing: only its pseudonym does."""
        return [self._pseudonyms(scope).get(i, "") if i.startswith("p") else i for i in ids]

    def shown_ids(self, scope: Scope, true_ids: Iterable[str]) -> dict[str, str]:
        """True id → the id this actor knows it by, of visible records. For the kernel's own modules."""
        back = {true: shown for shown, true in self._pseudonyms(scope).items()}
        return {i: back.get(i, i) for i in sorted(set(true_ids))}

    def pseudonym_of(self, true_id: str) -> str:
        """What this reader knows a masked link's record by; it opens like any other. For the kernel's own modules."""
        scope = self.scope()
        name = self._store.ids.pseudonym(true_id, scope.viewer)
        self._pseudonyms(scope)[name] = true_id
        return name

    def dataset(self, number: int) -> DatasetState:
        """A dataset by its number, as this actor may know it. For the kernel's own modules."""
        if number not in self._known:
            self._known[number] = as_known(self._datasets[number], self._scope or self.scope())
        return self._known[number]

    def document_name(self, scope: Scope, number: int, name: str) -> str:
        """A document's name as this actor may know it: withheld outside a dataset with protected people's owner."""
        dataset = self._datasets[number]
        if not name or not dataset.protected or scope.names(number, name):
            return name
        return self._store.ids.document(dataset.owner, dataset.name, name)

    def stamp(self, **parameters: object) -> Stamp:
        """What a result made now rests on."""
        scope = self.scope()
        sets = [(d.owner, d.name, d.revision) for d in self._seen(scope)]
        text = {k: str(v) for k, v in sorted(parameters.items())}
        at = self._store.clock().isoformat(timespec="seconds")
        return Stamp(scope.viewer, self.actor.id, at, tuple(sets), parameters=text, code=code_version())

    def datasets(self) -> list[DatasetState]:
        """Datasets of which this actor sees records, by owner and name."""
        return self._seen(self.scope())

    def _seen(self, scope: Scope) -> list[DatasetState]:
        return sorted((self.dataset(n) for n in self._datasets if n in scope.sights), key=lambda d: (d.owner, d.name))

    def _look(self, what: str, records: Iterable[str], results: int, **more: object) -> None:
        """Write down that this actor looks, before the answer is given: records and number of results, no content."""
        actor, ids = self.actor, sorted(set(records))
        fields = {"actor": actor.id, "agency": actor.agency, "what": what, "records": ids, "results": results}
        self._store.audit.looks.append(**fields, ground=self.purpose, **more)

    # --- records and entities -------------------------------------------------------------------------------------

    def records(self, ids: Sequence[str]) -> list[Record]:
        """Visible records among ``ids``, by shown id."""
        scope = self.scope()
        found = self._records(scope, self._true_ids(scope, ids))
        self._look("records", (r.id for r in found.values()), len(found))
        return sorted(found.values(), key=lambda r: r.id)

    def _records(self, scope: Scope, true_ids: Iterable[str]) -> dict[str, Record]:
        """True id → record."""
        wanted = [i for i in dict.fromkeys(true_ids) if i]
        found = self._store.fetch(scope, wanted) if wanted else []
        return {
            raw.id: self._withhold(
                as_record(raw, self.dataset(raw.dataset), self._shown(raw.id, raw.mask, raw.level)), raw, scope
            )
            for raw in found
        }

    def _withhold(self, record: Record, raw: RawRecord, scope: Scope) -> Record:
        """Outside the owner, the file names of a dataset that holds a protected person are withheld."""
        if record.level == "own" and self._datasets[raw.dataset].owner != scope.viewer:
            record = replace(record, level="full")  # its mask was lifted for this reader
        if not self._datasets[raw.dataset].protected:
            return record
        statements = (
            s._replace(document=self.document_name(scope, raw.dataset, s.document)) for s in record.statements
        )
        return replace(record, statements=tuple(statements))

    def _membership(self, scope: Scope, true_ids: Sequence[str]) -> tuple[Membership, dict[str, list[str]]]:
        """Entities around these records: their component over visible pairs and opinions, and what clusters it."""
        if self._members is not None:
            return self._members
        known, frontier = set(true_ids), list(true_ids)
        pairs: dict[tuple[str, str], Pair] = {}
        opinions: set[Opinion] = set()
        while frontier:
            pairs.update({(p.left, p.right): p for p in self._store.pairs(scope, frontier) if p.state == "automatic"})
            opinions.update(self._store.opinions(scope, frontier))
            ends = {e for key in pairs for e in key} | {e for o in opinions for e in (o.left, o.right)}
            frontier = sorted(ends - known)
            known |= ends
        return _grouped(cluster(known, pairs.values(), opinions))

    def membership(self) -> Mapping[str, str]:
        """Record → entity, over the whole view, in one bulk read. Masked records under their pseudonyms."""
        scope = self.scope()
        found = self.members(scope)
        self._look("membership", (), len(found), datasets=[list(d) for d in self.stamp().datasets])
        return found

    def members(self, scope: Scope) -> dict[str, str]:
        """:meth:`membership` for the kernel's own modules."""
        nodes = self._store.nodes(scope)
        entity = self._all_members(scope, nodes)[0].entity
        shown = {i: self._shown(i, mask, 0) for i, _, _, mask in nodes}
        return {shown[i]: shown[i] if mask else entity[i] for i, _, _, mask in nodes}

    def _all_members(
        self, scope: Scope, nodes: list[tuple[str, int, str, str]]
    ) -> tuple[Membership, dict[str, list[str]]]:
        if self._members is None:
            pairs = (p for p in self._store.pairs(scope, None) if p.state == "automatic")
            found = cluster((n[0] for n in nodes), pairs, self._store.opinions(scope, None))
            self._members = _grouped(found)
        return self._members

    def entity(self, entity_id: str) -> Entity:
        """The entity that holds the record ``entity_id``; :class:`NotFound` for what is hidden and for what is not."""
        found = self.entities([entity_id])
        if entity_id not in found:
            raise NotFound("error.not_found", id=entity_id)
        return found[entity_id]

    def entities(self, ids: Sequence[str]) -> dict[str, Entity]:
        """Asked id → the entity that holds it; ids with nothing visible are left out."""
        found = self.resolve(self.scope(), ids)
        self._look("entities", (r.id for e in found.values() for r in e.records), len(found))
        return found

    def resolve(self, scope: Scope, ids: Sequence[str]) -> dict[str, Entity]:
        """:meth:`entities` for the kernel's own modules, which write down what they give themselves."""
        true = dict(zip(ids, self._true_ids(scope, ids), strict=True))
        membership, groups = self._membership(scope, [i for i in dict.fromkeys(true.values()) if i])
        wanted = {i: groups.get(membership.entity.get(i, i), [i]) for i in true.values() if i}
        records = self._records(scope, (m for group in wanted.values() for m in group))
        made: dict[str, Entity] = {}
        result: dict[str, Entity] = {}
        for asked, i in true.items():
            # a masked record's true id opens nothing, even where somebody knows it
            if i not in records or (records[i].masked and not asked.startswith("p")):
                continue
            name = membership.entity.get(i, i)
            if name not in made:
                members = [records[m] for m in wanted[i] if m in records]
                made[name] = as_entity(members, membership.state.get(name, ""))
            result[asked] = made[name]
        return result

    def withheld(self, entity: Entity) -> Withheld:
        """How much of what this actor reads in full is withheld, because a case holds a protected person.

        Free texts (values) and documents (names) behind the entity's unmasked records; nothing is said of what is not
        read in full, and of masked people.
        """
        scope = self.scope()
        shown = [r.id for r in entity.records if not r.masked and r.level != "identity"]
        read = [raw for raw in self._store.fetch(scope, sorted(shown)) if self._datasets[raw.dataset].protected]
        names = {
            (raw.dataset, s.document)
            for raw in read
            for pack in raw.packs
            for s in decode(pack)
            if s.document and not scope.names(raw.dataset, s.document)
        }
        less = {raw.id: sum(len(decode(pack)) for pack in raw.packs) for raw in read if raw.level == FULL}
        whole = self._store.fetch(with_texts(scope, less), sorted(less)) if less else []
        texts = sum(len(decode(pack)) for raw in whole for pack in raw.packs) - sum(less.values())
        self._look("withheld", shown, texts + len(names))
        return Withheld(texts, len(names))

    # --- search ---------------------------------------------------------------------------------------------------

    def search(self, text: str, schemata: Sequence[str] = (), limit: int = 20, offset: int = 0) -> SearchPage:
        """Entities whose visible names and numbers hold every word of ``text`` (accents folded, any order).

        Ordered by our own score of the visible words, then by id; ``total`` counts all. Raises nothing for no match.
        """
        scope = self.scope()
        words = search.words_of(text)
        found = self._store.find(scope, words, schemata) if words else []
        if not found:
            self._look("search", (), 0)
            return SearchPage(0, ())
        scores = search.scores(words, [matched for _, matched in found])
        membership, _ = self._membership(scope, [i for i, _ in found])
        best: dict[str, tuple[float, str, str]] = {}
        for (i, matched), score in zip(found, scores, strict=True):
            name = membership.entity.get(i, i)
            if name not in best or (-score, i) < (-best[name][0], best[name][1]):
                best[name] = (score, i, matched)
        ordered = sorted(best.values(), key=lambda b: (-b[0], b[1]))
        page = ordered[offset : offset + limit]
        entities = self.resolve(scope, [i for _, i, _ in page])
        self._look("search", (r.id for e in entities.values() for r in e.records), len(ordered))
        return SearchPage(len(ordered), tuple(SearchItem(entities[i], m, s) for s, i, m in page if i in entities))

    # --- links ----------------------------------------------------------------------------------------------------

    def link_counts(self, entity_id: str, proposed: bool = True) -> dict[str, int]:
        """Relation → how many links of it this entity or identifier has: what expanding by it would bring."""
        from graph.neighbourhood import hop, shown_records

        scope = self.scope()
        nodes, links = hop(self, scope, [entity_id], proposed)
        own = entity_id if entity_id in nodes else self.resolve(scope, [entity_id])[entity_id].id
        links = [link for link in links if own in (link.source, link.target)]
        self._look("link_counts", shown_records([nodes[own]], links), len(links))
        return dict(sorted(Counter(link.relation for link in links).items()))

    def neighbourhood(
        self, ids: Sequence[str], kinds: Sequence[str] = (), depth: int = 1, cap: int = 300, proposed: bool = True
    ) -> Subgraph:
        """Everything within ``depth`` links of ``ids`` (of relations ``kinds``; empty: all), at most ``cap`` nodes.

        What the cap leaves out is counted in ``hidden``. Asking for an id that is not visible raises :class:`NotFound`.
        """
        from graph.neighbourhood import neighbourhood, shown_records

        found = neighbourhood(self, ids, kinds, depth, cap, proposed)
        self._look("neighbourhood", shown_records(found.nodes, found.links), len(found.nodes))
        return found

    def paths(self, source: str, target: str, max_length: int = 6, limit: int = 10) -> list[Subgraph]:
        """Shortest paths between two things, through visible records only; empty where there is none."""
        from graph.neighbourhood import paths, shown_records

        found = paths(self, source, target, max_length, limit)
        self._look("paths", set().union(*(shown_records(p.nodes, p.links) for p in found)), len(found))
        return found

    def arrays(self, proposed: bool = False) -> GraphArrays:
        """The whole view as arrays, in one bulk read; see :class:`~graph.result.GraphArrays`."""
        from graph.arrays import arrays

        found = arrays(self, proposed)
        # a whole view is written down by its datasets, not by a million ids
        self._look("arrays", (), len(found.ids), datasets=[list(d) for d in found.stamp.datasets])
        return found

    # --- identity -------------------------------------------------------------------------------------------------

    def proposals(self, limit: int = 0) -> list[Proposal]:
        """Pairs that may be the same and are not one entity yet, best first; judged ones are left out."""
        scope = self.scope()
        judged = decisive(self._store.opinions(scope, None))
        pairs = [p for p in self._store.pairs(scope, None) if (p.left, p.right) not in judged]
        entities = self.resolve(scope, [i for p in pairs for i in (p.left, p.right)])
        open_pairs = [
            Proposal(p, entities[p.left], entities[p.right])
            for p in sorted(pairs, key=lambda p: (-p.score, p.left, p.right))
            if p.left in entities and p.right in entities and entities[p.left].id != entities[p.right].id
        ]
        shown = open_pairs[:limit] if limit else open_pairs
        self._look("proposals", (r.id for p in shown for e in (p.left, p.right) for r in e.records), len(shown))
        return shown

    def grounds(self, entity: Entity) -> tuple[list[Pair], list[Opinion]]:
        """Why an entity's records are one: the pairs and the judgements in effect between them."""
        scope = self.scope()
        inside = {r.id for r in entity.records}
        ids = sorted(inside)
        pairs = [p for p in self._store.pairs(scope, ids) if p.left in inside and p.right in inside]
        opinions = [o for o in self._store.opinions(scope, ids) if o.left in inside and o.right in inside]
        self._look("grounds", ids, len(pairs) + len(opinions))
        return pairs, opinions

    # --- flags, hits ----------------------------------------------------------------------------------------------

    def flags(self, ids: Iterable[str] | None = None) -> list[StoredFlag]:
        """The actor's agency's flags of which it still sees every ground, ordered by id; ``ids``: of these alone."""
        wanted = None if ids is None else set(ids)
        found = [f for f in self.standing_flags() if wanted is None or f.id in wanted]
        self._look("flags", (r for f in found for r, _ in f.grounds), len(found))
        return found

    def standing_flags(self) -> list[StoredFlag]:
        """:meth:`flags` for modules that tell nobody of them, or write down what they tell themselves."""
        scope = self.scope()
        found = self._store.flags(scope, self.actor.agency)
        if scope.unhit:  # a record may have been shut off since the job ran
            standing = {(dataset, record) for record, dataset, _ in self._store.hits(scope, self.actor.agency)}
            found = [f for f in found if standing.issuperset(f.hits)]
        # which dataset a hit rests on is the holder's, and its number one over everybody's data
        return [f._replace(hits=()) for f in found]

    def hits(self) -> list[Hit]:
        """Who holds something on the agency's own records: ask there, nothing more is said (see :mod:`graph.hits`).

        Raises :class:`LimitExceeded` where the limit of a day keeps some of its records waiting: then none is given.
        """
        scope, agency = self.scope(), self.actor.agency
        found = hits.told(self._store, scope, agency, self.actor.id, whole=True)
        if found.waiting:
            raise LimitExceeded("hits.limit", waiting=found.waiting, limit=settings().hits_per_day)
        self._look("hits", (r for r, _, _ in found.hits), len(found.hits))
        held: dict[str, set[int]] = {}
        for _, number, _ in found.hits:
            held.setdefault(self._datasets[number].owner, set()).add(number)
        holders = {o: hits.Holder(o, hits.contact(self._store, scope, o, numbers)) for o, numbers in held.items()}
        return [Hit(*h) for h in sorted({(r, holders[self._datasets[n].owner], kind) for r, n, kind in found.hits})]


def _grouped(membership: Membership) -> tuple[Membership, dict[str, list[str]]]:
    groups: dict[str, list[str]] = {}
    for record, name in membership.entity.items():
        groups.setdefault(name, []).append(record)
    return membership, {name: sorted(group) for name, group in groups.items()}


def as_entity(records: Sequence[Record], state: str) -> Entity:
    """The entity of these visible records; schema, caption and facts come from them alone."""
    ordered = sorted(records, key=lambda r: (r.owner, r.dataset, r.id))
    schema = ordered[0].schema
    for record in ordered[1:]:
        schema = common_schema(schema, record.schema)
    values: dict[str, list[str]] = {}
    for record in ordered:
        for s in record.statements:
            values.setdefault(s.prop, []).append(s.value)
    return Entity(
        min(r.id for r in ordered), schema, caption(schema, values), tuple(ordered), state if len(ordered) > 1 else ""
    )
