"""Expanding a view: links around entities and identifiers, and shortest paths, a whole frontier at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from graph.errors import NotFound
from graph.packing import identifier_kinds
from graph.result import Entity, Link, Node, Subgraph

if TYPE_CHECKING:
    from graph.access import Scope
    from graph.store.base import RawLink
    from graph.view import View

POSSIBLY_SAME = "POSSIBLY_SAME"


def entity_node(entity: Entity) -> Node:
    """The point of a chart that stands for an entity."""
    return Node(
        entity.id,
        "entity",
        entity.schema,
        entity.caption,
        entity.owners,
        entity.countries,
        entity.masked,
        len(entity.records),
        entity.state,
        tuple(r.id for r in entity.records),
    )


def shown_records(nodes: Iterable[Node], links: Iterable[Link]) -> set[str]:
    """Every record that a picture shows something of: the members of its entities, and what draws its links."""
    return {r for n in nodes for r in n.members} | {k.record for k in links if k.record}


def hop(view: View, scope: Scope, ids: Sequence[str], proposed: bool = True) -> tuple[dict[str, Node], list[Link]]:
    """All links at these nodes, with every node they touch; uncapped.

    ``ids`` are entities (any record's id) or identifiers. A shared identifier is drawn where at least two visible
    entities carry it. Raises :class:`NotFound` for an id that is not visible.
    """
    store = view._store
    numbers = [i for i in ids if i.startswith("i")]
    asked = [i for i in ids if not i.startswith("i")]
    found = view.resolve(scope, asked)
    for i in asked:
        if i not in found:
            raise NotFound("error.not_found", id=i)
    inside = {r for e in found.values() for r in view._true_ids(scope, (m.id for m in e.records))}
    raw_links = store.links_of(scope, sorted(inside)) if inside else []
    carried = store.carried(scope, sorted(inside)) if inside else []
    carriers = store.carriers(scope, sorted({c.identifier for c in carried} | set(numbers)))
    pairs = [p for p in store.pairs(scope, sorted(inside)) if p.state == "proposed"] if inside and proposed else []
    ends = {e for k in raw_links for e in (k.source, k.target)}
    ends |= {c.record for c in carriers} | {e for p in pairs for e in (p.left, p.right)}
    of = Ends(view, scope, ends | inside)
    known = {c.identifier for c in carriers}
    for i in numbers:
        if i not in known:
            raise NotFound("error.not_found", id=i)
    nodes = {e.id: entity_node(e) for e in found.values()}
    links = _gathered(link for k in raw_links if (link := of.stated(k)))
    holders: dict[str, set[str]] = {}
    for c in carriers:
        holders.setdefault(c.identifier, set()).add(of.name(c.record))
    for c in carriers:
        if len(holders[c.identifier]) < 2 and c.identifier not in numbers:
            continue
        nodes[c.identifier] = Node(c.identifier, "identifier", c.kind, c.value)
        relation = identifier_kinds()[c.kind]["relation"]
        links.append(of.carries(c.record, c.identifier, relation, c.prop))
    for p in pairs:
        left, right = of.name(p.left), of.name(p.right)
        if left != right:
            state, score = "proposed", p.score
            links.append(Link(f"{p.left}~{p.right}", POSSIBLY_SAME, "", left, right, False, state=state, score=score))
    for link in links:
        for end in (link.source, link.target):
            if end not in nodes:
                nodes[end] = entity_node(of.entities[end])
    return nodes, sorted(dict.fromkeys(links), key=lambda k: (k.relation, k.source, k.target, k.id))


def _gathered(links: Iterable[Link]) -> list[Link]:
    """One link for all rows that state it, with each of them among its sources."""
    found: dict[str, Link] = {}
    for link in links:
        known = found.get(link.id)
        sources = sorted({*known.sources, *link.sources}) if known else link.sources
        found[link.id] = replace(link, sources=tuple(sources))
    return list(found.values())


class Ends:
    """True record id → the entity that holds it, for the ends of many links at once."""

    def __init__(self, view: View, scope: Scope, true_ids: Iterable[str]) -> None:
        self._view, self._scope = view, scope
        shown = view.shown_ids(scope, true_ids)
        found = view.resolve(scope, list(shown.values()))
        self._shown = shown
        self._of = {true: found[s] for true, s in shown.items() if s in found}
        self.entities = {e.id: e for e in self._of.values()}

    def name(self, true_id: str) -> str:
        """Entity id of a record."""
        return self._of[true_id].id

    def stated(self, raw: RawLink) -> Link | None:
        """A stored link between entities; None for one inside a single entity (its two ends were found to be one)."""
        source, target = self.name(raw.source), self.name(raw.target)
        if source == target:
            return None
        dataset = self._view.dataset(raw.dataset)
        document, row, evaluation, handling = orjson.loads(raw.origin)
        document = self._view.document_name(self._scope, raw.dataset, document)
        # a link at a masked person would tell two readers' pseudonyms together, if it had one name for both
        masked = self._of[raw.source].masked or self._of[raw.target].masked
        record = self._view.pseudonym_of(raw.record) if masked else raw.record
        ends = f"{self._shown[raw.source]}:{self._shown[raw.target]}"
        return Link(
            f"{record}:{raw.prop}:{ends}",
            raw.relation,
            raw.schema,
            source,
            target,
            raw.directed,
            raw.label,
            raw.start,
            raw.end,
            dataset.owner,
            dataset.country,
            dataset.name,
            sources=((document, row, evaluation, handling),),
            record=record,
        )

    def carries(self, record: str, identifier: str, relation: str, prop: str) -> Link:
        """The link from an entity to a shared identifier, with the statements that say so."""
        entity = self._of[record]
        member = next(r for r in entity.records if r.id == record)
        sources = tuple((s.document, s.row, s.evaluation, s.handling) for s in member.of(prop))
        return Link(
            f"{record}:{identifier}",
            relation,
            "",
            entity.id,
            identifier,
            False,
            owner=member.owner,
            country=member.country,
            dataset=member.dataset,
            sources=sources,
            record=record,
        )


def neighbourhood(
    view: View, ids: Sequence[str], kinds: Sequence[str], depth: int, cap: int, proposed: bool
) -> Subgraph:
    """Everything within ``depth`` links, nearest first; above ``cap`` nodes the rest is counted, not drawn."""
    scope = view.scope()
    stamp = view.stamp(start=",".join(ids), kinds=",".join(kinds), depth=depth, cap=cap)
    nodes: dict[str, Node] = {}
    links: dict[str, Link] = {}
    frontier = list(ids)
    hidden: Counter[str] = Counter()
    start: tuple[str, ...] = ()
    for step in range(depth + 1):
        around, between = hop(view, scope, frontier, proposed) if frontier else ({}, [])
        if step == 0:
            named = view.resolve(scope, [i for i in ids if not i.startswith("i")])
            start = tuple(dict.fromkeys(named[i].id if i in named else i for i in ids))
            nodes.update({i: around[i] for i in start if i in around})
        if kinds:
            between = [k for k in between if k.relation in kinds]
        if step == depth:  # the last round only closes triangles between what is drawn
            links.update({k.id: k for k in between if k.source in nodes and k.target in nodes})
            break
        degree = Counter(end for k in between for end in (k.source, k.target))
        fresh = sorted(
            (i for i in degree if i not in nodes), key=lambda i: (-around[i].crosses, -degree[i], around[i].schema, i)
        )
        kept = fresh[: max(0, cap - len(nodes))]
        hidden.update(around[i].schema for i in fresh[len(kept) :])
        nodes.update({i: around[i] for i in kept})
        links.update({k.id: k for k in between if k.source in nodes and k.target in nodes})
        frontier = kept
    ordered = sorted(nodes.values(), key=lambda n: (n.kind, n.schema, n.caption, n.id))
    return Subgraph(tuple(ordered), tuple(sorted(links.values(), key=lambda k: k.id)), stamp, dict(hidden), start)


def paths(view: View, source: str, target: str, max_length: int, limit: int) -> list[Subgraph]:
    """Shortest paths by breadth first from both ends; ties in the order of ids, at most ``limit`` of them."""
    scope = view.scope()
    ends = [next(iter(neighbourhood(view, [i], (), 0, 1, False).start)) for i in (source, target)]
    nodes: dict[str, Node] = {}
    links: dict[str, list[Link]] = {}
    distance: list[dict[str, int]] = [{ends[0]: 0}, {ends[1]: 0}]
    frontier = [[ends[0]], [ends[1]]]
    meeting: set[str] = set(distance[0]) & set(distance[1])
    while not meeting and all(frontier) and sum(max(d.values()) for d in distance) < max_length:
        side = 0 if len(frontier[0]) <= len(frontier[1]) else 1
        around, between = hop(view, scope, frontier[side], False)
        nodes.update(around)
        reached = distance[side]
        front, level = set(frontier[side]), max(reached.values()) + 1
        following: set[str] = set()
        for k in between:
            for a, b in ((k.source, k.target), (k.target, k.source)):
                if a in front:
                    links.setdefault(a, []).append(k)
                    links.setdefault(b, []).append(k)
                    if b not in reached:
                        following.add(b)
        reached.update(dict.fromkeys(following, level))
        frontier[side] = sorted(following)
        meeting = following & set(distance[1 - side])
    chains = [
        left[::-1] + right[1:]
        for middle in sorted(meeting)
        for left in _back(middle, distance[0], links)
        for right in _back(middle, distance[1], links)
    ]
    shortest = min((len(c) for c in chains), default=0)
    found = []
    for chain in sorted(c for c in chains if len(c) == shortest)[:limit]:
        steps = set(zip(chain, chain[1:], strict=False)) | set(zip(chain[1:], chain, strict=False))
        used = {k.id: k for i in chain for k in links.get(i, ()) if (k.source, k.target) in steps}
        stamp = view.stamp(source=source, target=target, max_length=max_length)
        found.append(
            Subgraph(
                tuple(nodes[i] for i in chain if i in nodes),
                tuple(used[k] for k in sorted(used)),
                stamp,
                {},
                tuple(chain),
            )
        )
    return found


def _back(node: str, distance: dict[str, int], links: dict[str, list[Link]]) -> list[list[str]]:
    """Every shortest way from ``node`` back to where ``distance`` is 0, as lists that begin with ``node``."""
    if distance[node] == 0:
        return [[node]]
    ways = []
    near = {k.source if k.target == node else k.target for k in links.get(node, ())}
    for other in sorted(near):
        if distance.get(other, -1) == distance[node] - 1:
            ways += [[node, *way] for way in _back(other, distance, links)]
    return ways
