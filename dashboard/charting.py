"""The working chart of one session: steps that can be undone, what is selected, filtered, and left out and why.

Knows nothing of Streamlit. A step is a chart: its positions are kept, so undo and redo bring everything back to where
it was, and what a new step adds is placed around what is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graph.chart import Chart
from graph.errors import NotFound
from graph.i18n import DEFAULT_LANGUAGE
from graph.neighbourhood import POSSIBLY_SAME
from graph.result import Link, Node, Subgraph
from graph.view import View

MOST_FETCHED = 2000  # things of one expansion that are looked at one by one; more are only counted
MOST_STEPS = 60
DEPTHS = ("0", "1", "2", "3")


@dataclass(frozen=True, slots=True)
class Step:
    """One state of the chart. ``left`` are things the cap kept off it, ``beyond`` counts those not even fetched."""

    chart: Chart
    left: Mapping[str, Node] = field(default_factory=dict)
    beyond: Mapping[str, int] = field(default_factory=dict)
    path: tuple[str, ...] = ()

    def hidden(self) -> Counter[tuple[str, str]]:
        """(kind, schema) → how many things the cap keeps off the chart."""
        found = Counter((n.kind, n.schema) for n in self.left.values())
        found.update({("entity", schema): count for schema, count in self.beyond.items()})
        return found


@dataclass(frozen=True, slots=True)
class Filters:
    """What is shown of the chart; empty means everything. Positions do not depend on it."""

    relations: frozenset[str] = frozenset()
    owners: frozenset[str] = frozenset()
    schemata: frozenset[str] = frozenset()
    inferred: bool = True

    def passes(self, link: Link) -> bool:
        """Whether a link is shown."""
        if link.state == "proposed":
            return self.inferred and (not self.relations or POSSIBLY_SAME in self.relations)
        if self.relations and link.relation not in self.relations:
            return False
        return not self.owners or link.owner in self.owners

    def keeps(self, node: Node) -> bool:
        """Whether a node is shown, apart from its links."""
        if self.schemata and node.schema not in self.schemata:
            return False
        return not self.owners or node.kind != "entity" or bool(self.owners & set(node.owners))

    @property
    def active(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.relations or self.owners or self.schemata) or not self.inferred


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chart begins with, as the address says it: things and how far around them, or a community."""

    ids: tuple[str, ...] = ()
    depth: str = "1"  # 0: only what joins the things with one another
    community: str = ""
    identities: str = "confirmed"

    def address(self) -> dict[str, str | list[str]]:
        """The parameters of the address that open it again."""
        if self.community:
            return {"community": self.community, "identities": self.identities}
        return {"id": list(self.ids), "depth": self.depth}


@dataclass(slots=True)
class Desk:
    """The working chart."""

    asked: Asked
    steps: list[Step]
    at: int = 0
    nodes: list[str] = field(default_factory=list)  # selected
    edges: list[str] = field(default_factory=list)
    filters: Filters = Filters()
    fit: int = 0
    canvas: int = 0  # grows when the selection changed elsewhere than in the table
    stand: object = None  # the state of the store the current chart was read at

    @property
    def step(self) -> Step:
        """The step shown."""
        return self.steps[self.at]

    @property
    def chart(self) -> Chart:
        """The chart shown."""
        return self.step.chart

    def push(self, step: Step) -> None:
        """Go on with a new step; what was undone is gone."""
        del self.steps[self.at + 1 :]
        self.steps.append(step)
        del self.steps[: max(0, len(self.steps) - MOST_STEPS)]
        self.at = len(self.steps) - 1
        self.prune()

    def undo(self) -> None:
        """Back one step."""
        self.at = max(0, self.at - 1)
        self.prune()

    def redo(self) -> None:
        """Forward one step."""
        self.at = min(len(self.steps) - 1, self.at + 1)
        self.prune()

    def select(self, nodes: Iterable[str] = (), edges: Iterable[str] = ()) -> None:
        """Select by ids; what is not on the chart is left out."""
        self.nodes, self.edges = sorted(nodes), sorted(edges)
        self.prune()

    def prune(self) -> None:
        """Forget selected things that the chart no longer has."""
        nodes, links = {n.id for n in self.chart.nodes}, {k.id for k in self.chart.links}
        self.nodes = [i for i in self.nodes if i in nodes]
        self.edges = [i for i in self.edges if i in links]
        self.canvas += 1

    def move(self, places: Mapping[str, Sequence[float]]) -> None:
        """Put things where they were dragged to, for good; no step of its own."""
        known = {i: (float(p[0]), float(p[1])) for i, p in places.items() if i in self.chart.positions}
        chart = replace(self.chart, positions={**self.chart.positions, **known})
        self.steps[self.at] = replace(self.step, chart=chart)

    def shown(self) -> tuple[list[Node], list[Link]]:
        """Nodes and links after the filters. A node goes with its last link, unless it is selected or begun with."""
        chart, filters = self.chart, self.filters
        kept = {n.id for n in chart.nodes if filters.keeps(n)}
        between = [k for k in chart.links if k.source in kept and k.target in kept]
        links = [k for k in between if filters.passes(k)]
        if filters.active:
            linked = {end for k in between for end in (k.source, k.target)}
            still = {end for k in links for end in (k.source, k.target)} | set(chart.start) | set(self.nodes)
            kept -= linked - still
            links = [k for k in links if k.source in kept and k.target in kept]
        return [n for n in chart.nodes if n.id in kept], links


def opened(view: View, ids: Sequence[str], depth: int, cap: int, language: str = DEFAULT_LANGUAGE) -> Step:
    """A first step: everything within ``depth`` links of ``ids``. Raises :class:`NotFound` where one is not visible."""
    found = view.neighbourhood(ids, (), depth, cap + MOST_FETCHED)
    ordered = _nearest(found)
    left = {n.id: n for n in ordered[cap:]}
    inside = {n.id for n in ordered[:cap]}
    links = tuple(k for k in found.links if k.source in inside and k.target in inside)
    subgraph = replace(found, nodes=tuple(n for n in found.nodes if n.id in inside), links=links, hidden=_count(left))
    return Step(Chart.of(view, subgraph, language=language), left, dict(found.hidden))


def together(view: View, ids: Sequence[str], cap: int, title: str = "", language: str = DEFAULT_LANGUAGE) -> Step:
    """A first step: these things, and what is linked to at least two of them."""
    found = view.neighbourhood(ids, (), 1, cap + MOST_FETCHED)
    begun = set(found.start)
    touches: dict[str, set[str]] = {}
    for k in found.links:
        for end, other in ((k.source, k.target), (k.target, k.source)):
            if end in begun and other not in begun:
                touches.setdefault(other, set()).add(end)
    joined = sorted((i for i, ends in touches.items() if len(ends) > 1), key=lambda i: (-len(touches[i]), i))
    kept = {*begun, *joined}
    rank = {i: n for n, i in enumerate([*found.start, *joined])}
    nodes = sorted((n for n in found.nodes if n.id in kept), key=lambda n: rank[n.id])
    left = {n.id: n for n in nodes[cap:]}
    inside = kept - set(left)
    links = tuple(k for k in found.links if k.source in inside and k.target in inside)
    subgraph = replace(found, nodes=tuple(n for n in found.nodes if n.id in inside), links=links, hidden=_count(left))
    return Step(Chart.of(view, subgraph, title, language=language), left)


def _nearest(found: Subgraph) -> list[Node]:
    """Nodes by distance from the start, then those that cross a border, then the best linked."""
    near: dict[str, list[str]] = {}
    for k in found.links:
        near.setdefault(k.source, []).append(k.target)
        near.setdefault(k.target, []).append(k.source)
    distance = dict.fromkeys(found.start, 0)
    frontier = list(found.start)
    while frontier:
        following = list(dict.fromkeys(j for i in frontier for j in near.get(i, ()) if j not in distance))
        distance.update(dict.fromkeys(following, distance[frontier[0]] + 1))
        frontier = following
    far = len(found.nodes)
    return sorted(
        found.nodes, key=lambda n: (distance.get(n.id, far), -n.crosses, -len(near.get(n.id, ())), n.schema, n.id)
    )


def _count(nodes: Mapping[str, Node]) -> dict[str, int]:
    return dict(sorted(Counter(n.schema for n in nodes.values()).items()))


def _with(view: View, step: Step, ids: Iterable[str], left: Mapping[str, Node], path: tuple[str, ...] = ()) -> Step:
    """A step whose chart has exactly ``ids`` and every link between them; what stays keeps its place."""
    wanted = list(dict.fromkeys(ids))
    while True:
        try:
            found = view.neighbourhood(wanted, (), 0, max(1, len(wanted)))
            break
        except NotFound as error:  # withdrawn since: it leaves the chart, as it left the view
            wanted.remove(error.params["id"])
    start = tuple(i for i in step.chart.start if i in set(found.start))
    left = {i: n for i, n in left.items() if i not in set(found.start)}
    subgraph = replace(found, start=start, hidden=_count(left))
    chart = Chart.of(view, subgraph, step.chart.title, step.chart, step.chart.language)
    return Step(chart, left, step.beyond, path)


def expanded(view: View, step: Step, ids: Sequence[str], kinds: Sequence[str], cap: int) -> Step:
    """``step`` with the neighbours of ``ids`` by relations ``kinds`` (all where empty), up to ``cap`` things in all."""
    found = view.neighbourhood(ids, kinds, 1, MOST_FETCHED)
    have = {n.id for n in step.chart.nodes}
    degree = Counter(end for k in found.links for end in (k.source, k.target))
    fresh = sorted(
        (n for n in found.nodes if n.id not in have), key=lambda n: (-n.crosses, -degree[n.id], n.schema, n.id)
    )
    room = max(0, cap - len(have))
    left = {**step.left, **{n.id: n for n in fresh[room:]}}
    beyond = Counter(step.beyond) + Counter(found.hidden)
    return replace(_with(view, step, [*have, *(n.id for n in fresh[:room])], left), beyond=dict(beyond))


def added(view: View, step: Step, ids: Iterable[str], path: tuple[str, ...] = ()) -> Step:
    """``step`` with more things on it."""
    return _with(view, step, [*(n.id for n in step.chart.nodes), *ids], step.left, path)


def removed(view: View, step: Step, ids: Iterable[str]) -> Step:
    """``step`` without ``ids``."""
    gone = set(ids)
    return _with(view, step, (n.id for n in step.chart.nodes if n.id not in gone), step.left)


def collapsed(view: View, step: Step, node: str) -> Step:
    """``step`` without what hangs on ``node`` alone."""
    near: dict[str, set[str]] = {}
    for k in step.chart.links:
        near.setdefault(k.source, set()).add(k.target)
        near.setdefault(k.target, set()).add(k.source)
    return removed(view, step, (i for i, ends in near.items() if ends == {node} and i not in step.chart.start))


def refreshed(view: View, step: Step) -> Step:
    """``step`` as the view is now."""
    return _with(view, step, (n.id for n in step.chart.nodes), step.left, step.path)
