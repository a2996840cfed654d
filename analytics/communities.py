"""Communities across jurisdictions: who belongs together, where that crosses a border, and who bridges it.

Leiden's method (Traag, Waltman and van Eck 2019, Sci. Rep. 9, 5233) on the people and companies of a view, weighted as
:func:`analytics.projection.project_actors` says. The same view, seed and resolution give the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from analytics.leiden import leiden, ordered
from analytics.projection import DEPTH, HUB_CAP, Projection, project_actors

if TYPE_CHECKING:
    from graph.result import Stamp
    from graph.view import View


RESTARTS, LARGE = 4, 200_000


class Bridge(NamedTuple):
    """A member through whom jurisdictions meet: held by several, or tied to members of others with this weight."""

    member: str
    countries: tuple[str, ...]
    weight: float


@dataclass(frozen=True, slots=True)
class Community:
    """Members (entity ids, sorted) and how they lie across jurisdictions.

    ``mix``: country → share of members, one of several countries being shared out equally among them; ``entropy``:
    that of the mix in bits (0: one jurisdiction). ``inside``, ``outside``: (number, weight) of ties within, to others.
    """

    id: str
    members: tuple[str, ...]
    owners: tuple[str, ...]
    mix: Mapping[str, float]
    entropy: float
    bridges: tuple[Bridge, ...]
    inside: tuple[int, float]
    outside: tuple[int, float]

    @property
    def crosses(self) -> bool:
        """Whether members of at least two jurisdictions belong to it."""
        return len(self.mix) > 1


@dataclass(frozen=True, slots=True)
class Communities:
    """All communities of at least two members, the largest first; ``alone`` counts people and companies in none.

    ``hubs`` counts connectors left out because too many share them; ``modularity``: Newman's, at this resolution.
    """

    communities: tuple[Community, ...]
    alone: int
    hubs: int
    modularity: float
    stamp: Stamp

    def of(self, entity: str) -> Community | None:
        """The community that an entity belongs to, if any."""
        return next((c for c in self.communities if entity in c.members), None)

    def as_json(self) -> bytes:
        """Canonical JSON."""
        return orjson.dumps(asdict(self), default=tuple, option=orjson.OPT_SORT_KEYS)  # a bridge is a named tuple


def communities(view: View, seed: int = 1, resolution: float = 1.0, proposed: bool = False) -> Communities:
    """Communities of the view's people and companies. ``resolution`` above 1 gives smaller ones.

    ``proposed`` counts possible identities as weak ties; else only confirmed and automatic identities are used.
    """
    graph = project_actors(view.arrays(proposed))
    labels = partition(graph, seed, resolution)
    found, alone = _described(graph, labels)
    stamp = view.stamp(method="leiden", resolution=resolution, hub_cap=HUB_CAP, depth=DEPTH)
    stamp = replace(stamp, seed=seed, identities="proposed" if proposed else "confirmed")
    return Communities(found, alone, graph.hubs, modularity(graph, labels, resolution), stamp)


def partition(graph: Projection, seed: int, resolution: float = 1.0) -> NDArray[np.int64]:
    """A community number for every node, counted in the order of the nodes. Nodes without ties stand alone.

    The best of ``RESTARTS`` runs from different orders; of one run only above ``LARGE`` ties.
    """
    labels = np.arange(len(graph), dtype=np.int64)
    tied = np.flatnonzero(np.diff(graph.indptr))
    if not len(tied):
        return labels
    adjacency = graph.to_scipy()[tied][:, tied]
    runs = RESTARTS if adjacency.nnz <= 2 * LARGE else 1
    orders = np.random.RandomState(seed).randint(0, 2**31 - 1, size=runs)
    best: tuple[float, NDArray[np.int64]] | None = None
    for order in orders:
        found = labels.copy()
        found[tied] = len(graph) + leiden(adjacency, int(order), resolution)
        quality = modularity(graph, found, resolution)
        if best is None or quality > best[0]:
            best = (quality, found)
    return ordered(best[1]) if best else labels


def modularity(graph: Projection, labels: NDArray[np.int64], resolution: float = 1.0) -> float:
    """Newman's modularity of a partition, generalised by Reichardt and Bornholdt's resolution; 0 without ties."""
    total = float(graph.weights.sum())
    if not total:
        return 0.0
    rows = np.repeat(np.arange(len(graph)), np.diff(graph.indptr))
    strength = np.bincount(rows, graph.weights, minlength=len(graph))
    inside = float(graph.weights[labels[rows] == labels[graph.indices]].sum()) / total
    volume = np.bincount(labels, strength)
    return round(inside - resolution * float(((volume / total) ** 2).sum()), 9)


def _described(graph: Projection, labels: NDArray[np.int64]) -> tuple[tuple[Community, ...], int]:
    ids = graph.ids
    rows = np.repeat(np.arange(len(graph)), np.diff(graph.indptr))
    groups: dict[int, list[int]] = {}
    for node, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(node)
    same = labels[rows] == labels[graph.indices]
    size = int(labels.max()) + 1 if len(labels) else 0

    def tally(chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        at = labels[rows[chosen]]
        weights = np.bincount(at, graph.weights[chosen], minlength=size)
        return np.bincount(at, minlength=size).astype(np.int64), weights.astype(np.float64)

    inside, outside = tally(same), tally(~same)
    found = []
    for label, nodes in groups.items():
        if len(nodes) < 2:
            continue
        mix: dict[str, float] = {}
        for node in nodes:
            for country in graph.countries(node):
                mix[country] = mix.get(country, 0.0) + 1 / len(graph.countries(node))
        share = {c: round(n / len(nodes), 6) for c, n in sorted(mix.items())}
        members = tuple(sorted(ids[node] for node in nodes))
        found.append(
            Community(
                members[0],
                members,
                tuple(sorted({o for node in nodes for o in graph.owners(node)})),
                share,
                round(-sum(p * math.log2(p) for p in share.values() if p), 6) + 0.0,
                _bridges(graph, labels, nodes),
                (int(inside[0][label]) // 2, round(float(inside[1][label]) / 2, 6)),
                (int(outside[0][label]), round(float(outside[1][label]), 6)),
            )
        )
    found.sort(key=lambda c: (-len(c.members), c.id))
    return tuple(found), len(graph) - sum(len(c.members) for c in found)


def _bridges(graph: Projection, labels: NDArray[np.int64], nodes: list[int]) -> tuple[Bridge, ...]:
    bridges = []
    for node in nodes:
        own = set(graph.countries(node))
        weight = 0.0
        for at in range(int(graph.indptr[node]), int(graph.indptr[node + 1])):
            other = int(graph.indices[at])
            if labels[other] == labels[node] and set(graph.countries(other)) != own:
                weight += float(graph.weights[at])
        if len(own) > 1 or weight:
            bridges.append(Bridge(graph.ids[node], tuple(sorted(own)), round(weight, 6)))
    return tuple(sorted(bridges, key=lambda b: (-len(b.countries), -b.weight, b.member)))
