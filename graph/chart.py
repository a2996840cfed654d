"""A chart: a selection from a view with positions, that can be drawn, saved and exported."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from graph.i18n import DEFAULT_LANGUAGE, t
from graph.layout import layout
from graph.neighbourhood import hop
from graph.result import Link, Node, Stamp, Subgraph
from graph.words import masked_name, schema_name

if TYPE_CHECKING:
    from graph.view import View

Positions = Mapping[str, tuple[float, float]]
LINE = 20  # characters of one line of a label
LINES = 3


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn: nodes and links as one actor saw them at ``stamp``, and where.

    ``hidden`` counts, by schema, things linked to those drawn that are not drawn themselves. ``start`` are the nodes
    that the selection began with. A chart is a selection, not a copy: whatever leaves the store reads it anew
    (:meth:`now`).
    """

    title: str
    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    positions: Positions
    stamp: Stamp
    actor: str
    hidden: Mapping[str, int] = field(default_factory=dict)
    language: str = DEFAULT_LANGUAGE
    start: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        view: View,
        subgraph: Subgraph,
        title: str = "",
        previous: Chart | None = None,
        language: str = DEFAULT_LANGUAGE,
        seed: int = 0,
    ) -> Chart:
        """A chart of ``subgraph``. What ``previous`` drew stays exactly where it was."""
        positions = _place(subgraph.nodes, subgraph.links, language, previous.positions if previous else None, seed)
        chart = cls(
            title,
            subgraph.nodes,
            subgraph.links,
            positions,
            replace(subgraph.stamp, seed=seed, identities=_identities(subgraph.links)),
            view.actor.id,
            dict(subgraph.hidden),
            language,
            subgraph.start,
        )
        return chart if title else replace(chart, title=chart.called())

    def called(self) -> str:
        """What to call a chart that nobody named: what it begins with."""
        named = {n.id: n.caption for n in self.nodes}
        return " · ".join(named[i] for i in self.start[:2] if named.get(i)) or t("export.chart", self.language)

    def laid_out(self) -> Chart:
        """The chart drawn afresh, without regard to where things were."""
        positions = _place(self.nodes, self.links, self.language, None, self.stamp.seed)
        return replace(self, positions=positions)

    def now(self, view: View) -> Chart:
        """The same selection as ``view``, its own reader's, shows it at this moment.

        Nodes are read anew and links between them too, so a chart kept for long can show nothing that its reader may
        no longer see; links that were not in the chart stay out. What remains keeps its place. ``hidden`` now counts
        whatever is linked to the selection and not in it.
        """
        return self.within(view, [(n.id, n.id) for n in self.nodes], {k.id for k in self.links}.__contains__)

    def within(
        self,
        view: View,
        names: Sequence[tuple[str, str]],
        keep: Callable[[str], bool],
        relations: Collection[str] | None = None,
    ) -> Chart:
        """The selection as ``view`` shows it. ``names``: node of this chart and how ``view`` knows it (several where
        it holds it to be several things); ``keep`` picks links by id, or ``relations`` by relation. For the kernel's
        own modules.
        """
        scope = view.scope()
        found = view.entities([new for _, new in names if not new.startswith("i")])
        numbers = [new for _, new in names if new.startswith("i")]
        asked = {c.identifier for c in view._store.carriers(scope, numbers)} if numbers else set()
        entity = [(old, found[new].id if new in found else new) for old, new in names if new in found or new in asked]
        inside = {new for _, new in entity}
        begun = [new for i in self.start for old, new in entity if old == i]
        # an identifier is asked for itself only where the chart began with it: otherwise it needs two holders
        roots = sorted({i for i in inside if not i.startswith("i")} | {i for i in begun if i.startswith("i")})
        around, between = hop(view, scope, roots) if roots else ({}, [])
        inside &= set(around)
        links = [
            k
            for k in between
            if k.source in inside
            and k.target in inside
            and (keep(k.id) if relations is None else k.relation in relations)
        ]
        outside = Counter(around[i].schema for i in around if i not in inside)
        moved = {new: self.positions[old] for old, new in entity if old in self.positions and new in inside}
        nodes = sorted((around[i] for i in inside), key=node_order)
        return replace(
            self,
            nodes=tuple(nodes),
            links=tuple(sorted(links, key=lambda k: k.id)),
            positions=_place(nodes, links, self.language, moved, self.stamp.seed),
            stamp=replace(
                view.stamp(),
                parameters=self.stamp.parameters,
                seed=self.stamp.seed,
                identities=_identities(links),
            ),
            actor=view.actor.id,
            hidden=dict(sorted(outside.items())),
            start=tuple(i for i in dict.fromkeys(begun) if i in inside),
        )


def chart_for(
    view: View,
    ids: Sequence[str],
    depth: int = 1,
    cap: int = 300,
    *,
    kinds: Sequence[str] = (),
    proposed: bool = True,
    title: str = "",
    previous: Chart | None = None,
    language: str = DEFAULT_LANGUAGE,
) -> Chart:
    """A chart of everything within ``depth`` links of ``ids``; :class:`~graph.errors.NotFound` for one not visible."""
    found = view.neighbourhood(ids, kinds, depth, cap, proposed)
    return Chart.of(view, found, title, previous, language)


def _identities(links: Iterable[Link]) -> str:
    """Which identities a picture shows: inferred ones too, as soon as one of them is drawn."""
    return "proposed" if any(k.state == "proposed" for k in links) else "confirmed"


def node_order(node: Node) -> tuple[str, str, str, str]:
    """The order in which a chart lists its nodes."""
    return node.kind, node.schema, node.caption, node.id


def label_lines(node: Node, language: str) -> list[str]:
    """A node's label as it is drawn: at most :data:`LINES` short lines, then the countries of its owners."""
    if node.masked:
        return wrapped(masked_name(node.masked, language))
    lines = wrapped(node.caption or schema_name(node.schema, language))
    return [*lines, " · ".join(node.countries)] if node.countries else lines


def wrapped(text: str) -> list[str]:
    """``text`` on at most :data:`LINES` lines of :data:`LINE` characters; an ellipsis says that it goes on."""
    return textwrap.wrap(text, LINE, max_lines=LINES, placeholder="…", break_on_hyphens=False)


def label_box(node: Node, language: str) -> tuple[float, float]:
    """Room in pixels (width, height) that a node takes with its label."""
    lines = label_lines(node, language)
    return max(58.0, 7.2 * max(map(len, lines), default=0) + 14.0), 62.0 + 15.0 * len(lines)


def _place(
    nodes: Sequence[Node], links: Sequence[Link], language: str, previous: Positions | None, seed: int
) -> dict[str, tuple[float, float]]:
    return layout(
        (n.id for n in nodes),
        ((k.source, k.target) for k in links),
        sizes={n.id: label_box(n, language) for n in nodes},
        previous=previous,
        seed=seed,
    )
