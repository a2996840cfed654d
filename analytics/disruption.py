"""What is left of a network when people are taken out of it, by the order of a metric, by choice, or at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.compiled.betweenness import dependencies
from analytics.compiled.csr import CSR, Floats, Ints
from analytics.compiled.removal import giant_after

RANDOM = 100  # curves at random that an order is held against


class Curve(NamedTuple):
    """``order`` of removal; ``giant`` (int64, removals + 1): nodes of the largest piece at first and after each."""

    order: tuple[int, ...]
    giant: Ints

    def fall(self, share: float) -> float:
        """Part of the largest piece that is lost once ``share`` of all nodes is removed (at least one), in 0 … 1."""
        step = min(max(1, round(share * self.nodes)), len(self.order))
        return 1.0 - float(self.giant[step]) / max(float(self.giant[0]), 1.0)

    @property
    def nodes(self) -> int:
        """Nodes that are removed in the whole curve."""
        return len(self.order)

    def robustness(self) -> float:
        """Mean share of nodes in the largest piece over the curve (Schneider et al. 2011, PNAS 108, 3838)."""
        return float(self.giant[1:].mean()) / max(self.nodes, 1) if self.nodes else 0.0


def by_order(graph: CSR, order: Sequence[int]) -> Curve:
    """The curve of a chosen order."""
    return Curve(tuple(order), giant_after(graph, np.array(order, dtype=np.int64)))


def by_metric(graph: CSR, metric: str, again: bool = True, steps: int | None = None) -> Curve:
    """Highest first by ``degree`` or ``betweenness``; of equals the lowest number.

    ``again``: measured anew after each removal (sequential), else once before the first (simultaneous).
    """
    measure: Callable[[CSR], Floats] = _MEASURES[metric]
    steps = graph.n if steps is None else min(steps, graph.n)
    if not again:
        order = np.lexsort((np.arange(graph.n), -np.round(measure(graph), 9)))
        return by_order(graph, order[:steps].tolist())
    left, order_ = graph, []
    alive = np.ones(graph.n, dtype=np.bool_)
    for _ in range(steps):
        values = np.round(measure(left), 9)
        values[~alive] = -1.0
        worst = int(np.argmax(values))
        order_.append(worst)
        alive[worst] = False
        left = without(left, worst)
    return by_order(graph, order_)


def at_random(graph: CSR, seed: int, times: int = RANDOM) -> NDArray[np.float64]:
    """Mean curve of ``times`` random orders (float64, n + 1)."""
    rng = np.random.RandomState(seed)
    total = np.zeros(graph.n + 1)
    for _ in range(times):
        total += giant_after(graph, rng.permutation(graph.n))
    return total / times


def without(graph: CSR, node: int) -> CSR:
    """The graph with a node's links gone; its number stays."""
    rows = np.repeat(np.arange(graph.n), graph.degrees())
    kept = (rows != node) & (graph.indices != node)
    indptr = np.zeros(graph.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows[kept], minlength=graph.n), out=indptr[1:])
    return CSR(indptr, graph.indices[kept], graph.weights[kept])


def _degree(graph: CSR) -> Floats:
    return graph.degrees().astype(np.float64)


def _betweenness(graph: CSR) -> Floats:
    return dependencies(graph, np.arange(graph.n)) / 2.0


_MEASURES: dict[str, Callable[[CSR], Floats]] = {"degree": _degree, "betweenness": _betweenness}
