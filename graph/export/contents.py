"""What a chart holds, read in full from a view: every statement behind every thing and link, with its source.

Writers get this and nothing else, so an exporter cannot reach what its reader may not see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from graph.chart import Chart
from graph.identity import SETTLED_BY_ALL, Pair
from graph.model import is_link
from graph.result import Entity, Link, Node
from graph.statement import Record, Statement
from graph.words import kind_name, masked_name

if TYPE_CHECKING:
    from graph.view import View


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement with whoever says it. An empty ``prop`` stands for the tie itself: "these two are linked"."""

    statement: Statement
    owner: str
    dataset: str
    revision: int
    record: str  # as this reader knows it

    @classmethod
    def of(cls, record: Record, statement: Statement) -> Fact:
        """The fact that ``record`` states."""
        return cls(statement, record.owner, record.dataset, record.revision, record.id)


@dataclass(frozen=True, slots=True)
class Item:
    """A thing drawn. ``grounds`` are the pairs for which its records are held to be one, ``judged`` who decided so."""

    node: Node
    label: str
    facts: tuple[Fact, ...]
    records: tuple[Record, ...] = ()
    grounds: tuple[Pair, ...] = ()
    judged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A link drawn, under an id that tells nothing. ``pair`` is the matcher's pair behind an inference."""

    id: str
    link: Link
    facts: tuple[Fact, ...]
    record: Record | None = None
    pair: Pair | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """A chart with all it rests on. ``handling``: every handling code in it; ``protected``: masked people in it."""

    chart: Chart
    items: tuple[Item, ...]
    lines: tuple[Line, ...]
    handling: tuple[str, ...]
    protected: int

    @property
    def statements(self) -> int:
        """How many statements it holds."""
        return sum(len(i.facts) for i in self.items) + sum(len(k.facts) for k in self.lines)


def gather(view: View, chart: Chart) -> Contents:
    """Everything that ``chart`` (of this moment: :meth:`~graph.chart.Chart.now`) rests on, in a few bulk reads."""
    scope, store = view.scope(), view._store
    entities = view.entities([n.id for n in chart.nodes if n.kind == "entity"])
    merged = sorted({r.id for e in entities.values() if len(e.records) > 1 for r in e.records})
    ends = {end for k in chart.links if k.state == "proposed" for end in (k.source, k.target)}
    drawn = {r.id for e in entities.values() if e.id in ends for r in e.records}
    asked = sorted(set(merged) | drawn)
    pairs = {(p.left, p.right): p for p in store.pairs(scope, asked)} if asked else {}
    opinions = [o for o in store.opinions(scope, merged) if o.verdict == "same"] if merged else []
    named = sorted({k.record for k in chart.links if k.record and is_link(k.schema)})
    records = {r.id: r for r in view._records(scope, view._true_ids(scope, named)).values()}
    items = []
    for node in chart.nodes:
        entity = entities.get(node.id)
        inside = {r.id for r in entity.records} if entity and len(entity.records) > 1 else set()
        items.append(
            Item(
                node,
                label_of(node, chart.language),
                _facts(entity),
                entity.records if entity else (),
                tuple(p for key, p in sorted(pairs.items()) if inside.issuperset(key) and p.state == "automatic"),
                tuple(
                    sorted({o.agency for o in opinions if {o.left, o.right} <= inside and o.agency != SETTLED_BY_ALL})
                ),
            )
        )
    lines = [
        Line(
            _opaque(scope.viewer, k.id),
            k,
            _link_facts(view, k, records.get(k.record)),
            records.get(k.record),
            _pair(k, pairs),
        )
        for k in chart.links
    ]
    facts = [f for i in items for f in i.facts] + [f for k in lines for f in k.facts]
    codes = {code for f in facts for code in f.statement.handling.split(",") if code}
    lines.sort(key=lambda k: (k.link.relation, k.link.source, k.link.target, k.id))
    return Contents(chart, tuple(items), tuple(lines), tuple(sorted(codes)), sum(bool(n.masked) for n in chart.nodes))


def label_of(node: Node, language: str) -> str:
    """What a thing is called in full: its caption, or what kind of thing it is where it has none."""
    return masked_name(node.masked, language) if node.masked else node.caption or kind_name(node, language)


def _facts(entity: Entity | None) -> tuple[Fact, ...]:
    return tuple(Fact.of(record, statement) for record, statement in entity.facts()) if entity else ()


def _opaque(viewer: str, link_id: str) -> str:
    """A link's id in files. The kernel's own names true ids, which would undo the pseudonyms of masked people."""
    return "l" + hashlib.sha256(f"{viewer}\0{link_id}".encode()).hexdigest()[:24]


def _link_facts(view: View, link: Link, record: Record | None) -> tuple[Fact, ...]:
    revision = next((d.revision for d in view.datasets() if (d.owner, d.name) == (link.owner, link.dataset)), 0)
    shown = record.id if record else ""
    ties = [
        Fact(Statement("", "", "", document, row, evaluation, handling), link.owner, link.dataset, revision, shown)
        for document, row, evaluation, handling in link.sources
    ]
    return (*ties, *(Fact.of(record, s) for s in _sorted(record.statements))) if record else tuple(ties)


def _sorted(statements: Iterable[Statement]) -> list[Statement]:
    return sorted(statements, key=lambda s: (s.prop, s.value, s.document, s.row))


def _pair(link: Link, pairs: dict[tuple[str, str], Pair]) -> Pair | None:
    left, _, right = link.id.partition("~")
    return pairs.get((left, right)) if link.state == "proposed" else None
