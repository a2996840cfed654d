"""A chart: a selection from a view with positions, that can be drawn, saved and exported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
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

    ``hidden`` counts, by schema, things linked to those drawn that are not drawn themselves. ``start`` are the nodes the
    selection began with. A chart is a selection, not a copy: whatever leaves the store reads it anew (:meth:`now`).
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
        named = {n.id: n.caption for n in subgraph.nodes}
        title = title or " · ".join(named[i] for i in subgraph.start[:2] if named.get(i)) or t("export.chart", language)
        positions = _place(subgraph.nodes, subgraph.links, language, previous.positions if previous else None, seed)
        return cls(
            title,
            subgraph.nodes,
            subgraph.links,
            positions,
            replace(subgraph.stamp, seed=seed),
            view.actor.id,
            dict(subgraph.hidden),
            language,
            subgraph.start,
        )

    def now(self, view: View) -> Chart:
        """The same selection as ``view`` shows it at this moment: what was withdrawn is gone, captions are today's.

        Nodes are read anew and links between them too, so a chart kept for long can show nothing that its reader may no
        longer see; links that were not in the chart stay out. Nodes that remain keep their positions.
        """
        ids = [n.id for n in self.nodes]
        entities = view.entities([i for i in ids if not i.startswith("i")])
        present = [entities[i].id for i in ids if i in entities]
        around, between = hop(view, view.scope(), present) if present else ({}, [])
        numbers = {i for i in ids if i.startswith("i") and i in around}
        inside = set(present) | numbers
        wanted = {k.id for k in self.links}
        links = [k for k in between if k.id in wanted and k.source in inside and k.target in inside]
        nodes = sorted((around[i] for i in inside), key=node_order)
        outside = Counter(around[i].schema for i in around if i not in inside)
        moved = {entities[i].id: self.positions[i] for i in ids if i in entities and i in self.positions}
        moved |= {i: self.positions[i] for i in numbers if i in self.positions}
        start = tuple(dict.fromkeys(entities[i].id if i in entities else i for i in self.start))
        stamp = replace(view.stamp(), parameters=self.stamp.parameters, seed=self.stamp.seed)
        return replace(
            self,
            nodes=tuple(nodes),
            links=tuple(sorted(links, key=lambda k: k.id)),
            positions=_place(nodes, links, self.language, moved, self.stamp.seed),
            stamp=stamp,
            actor=view.actor.id,
            hidden=dict(sorted(outside.items())),
            start=tuple(i for i in start if i in inside),
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
    lines: list[str] = []
    for word in text.split():
        for piece in (word[i : i + LINE] for i in range(0, len(word), LINE)):
            if lines and len(lines[-1]) + 1 + len(piece) <= LINE and piece is not lines[-1]:
                lines[-1] += f" {piece}"
            else:
                lines.append(piece)
    if len(lines) > LINES:
        return [*lines[: LINES - 1], lines[LINES - 1][: LINE - 1] + "…"]
    return lines


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
