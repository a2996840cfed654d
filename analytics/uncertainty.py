"""How sure a ranking is, when some links are missing from a case file and some are in it that are not true.

Each replicate is a network as it may really be: links are left out by how well they are evaluated, and as many are
added as a file that misses ``missing`` of all links can be thought to lack. Where they go follows the observed degrees
(the rate of a node's links given the d that were seen is drawn from a gamma of shape d + 1, the posterior under a flat
prior) and, as often as the network's own links close a triangle, friends of friends. A node's rank interval is what it
takes over the replicates (after Frantz, Cataldo and Carley 2009, Comput. Math. Organ. Theory 15, 303, who show how
centrality ranks move when links are missing).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.compiled.betweenness import dependencies
from analytics.compiled.csr import CSR, Floats, Ints, from_pairs
from analytics.compiled.holes import constraint
from analytics.compiled.triangles import triangles

REPLICATES, LEVEL, MISSING = 200, 0.9, 0.2


class RankIntervals(NamedTuple):
    """Rank 1 is the highest; equals share the mean of their ranks. All float64 of shape (n,)."""

    value: Floats
    rank: Floats
    low: Floats
    high: Floats

    def told_apart(self, top: int) -> bool:
        """Whether the first ``top`` are surely ahead of all others: no interval of the others reaches into theirs."""
        order = np.argsort(self.rank, kind="stable")
        first, rest = order[:top], order[top:]
        return not len(rest) or bool(self.high[first].max() < self.low[rest].min())


MEASURES: dict[str, Callable[[CSR], Floats]] = {
    "degree": lambda graph: graph.degrees().astype(np.float64),
    "strength": lambda graph: _strength(graph),
    "betweenness": lambda graph: dependencies(graph, np.arange(graph.n), threads=1) / 2.0,
    "constraint": lambda graph: -np.nan_to_num(constraint(graph), nan=np.inf),  # the lowest stands first
}


def rank_intervals(
    graph: CSR,
    measure: str,
    missing: float = MISSING,
    believed: Floats | None = None,
    replicates: int = REPLICATES,
    level: float = LEVEL,
    seed: int = 1,
) -> RankIntervals:
    """Rank of every node by a measure of :data:`MEASURES`, with the interval that holds it with probability ``level``.

    ``missing``: share of all true links that the file is thought to lack, 0 … 1; ``believed``: how likely each entry of
    ``graph.indices`` is a true link (both entries of a link the same), 1 where None. Undirected.
    """
    rng = np.random.RandomState(seed)
    score = MEASURES[measure]
    value = score(graph)
    ranks = np.empty((replicates, graph.n))
    imputed = Imputation(graph, missing, believed)
    for number in range(replicates):
        ranks[number] = ranked(score(imputed.draw(rng)))
    tail = (1.0 - level) / 2.0
    low, high = np.quantile(ranks, (tail, 1.0 - tail), axis=0) if graph.n else (value, value)
    rank = ranked(value)
    return RankIntervals(value, rank, np.minimum(low, rank), np.maximum(high, rank))


def ranked(values: Floats) -> Floats:
    """1 for the highest; equals (to nine digits) share the mean of their ranks."""
    rounded = np.round(values, 9)
    order = np.argsort(-rounded, kind="stable")
    ordered = rounded[order]
    first = np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(values) else np.zeros(0, dtype=np.bool_)
    group = np.cumsum(first) - 1
    counts = np.bincount(group, minlength=1) if len(values) else np.zeros(0, dtype=np.int64)
    ends = np.cumsum(counts)
    means = ends - (counts - 1) / 2.0
    found = np.empty(len(values))
    found[order] = means[group]
    return found


class Imputation:
    """Networks as this one may really be."""

    def __init__(self, graph: CSR, missing: float, believed: Floats | None = None) -> None:
        rows = np.repeat(np.arange(graph.n), graph.degrees())
        once = rows < graph.indices
        self.n = graph.n
        self.missing = missing
        self.source: Ints = rows[once].astype(np.int64)
        self.target: Ints = graph.indices[once].astype(np.int64)
        self.weights = graph.weights[once]
        self.believed = None if believed is None else believed[once]
        self.graph = graph
        self.degrees = graph.degrees()
        self.mean = float(self.degrees.mean()) if self.n else 0.0
        spread = float(self.degrees.var()) - self.mean  # beyond what chance alone would spread equal rates
        self.shape = min(max(self.mean**2 / spread, 0.5), 1e3) if spread > 0 else 1e3
        pairs = float((self.degrees * (self.degrees - 1)).sum())
        closed = float(6 * triangles(graph).sum() / 3) if graph.n else 0.0
        self.closing = closed / pairs if pairs else 0.0

    def draw(self, rng: np.random.RandomState) -> CSR:
        """One of them."""
        kept = slice(None) if self.believed is None else rng.random_sample(len(self.source)) < self.believed
        source, target, weights = self.source[kept], self.target[kept], self.weights[kept]
        links = len(self.source)
        lacking = int(rng.negative_binomial(links + 1, 1.0 - self.missing)) if 0 < self.missing < 1 else 0
        lacking = min(lacking, self.n * (self.n - 1) // 2 - links)
        if lacking > 0 and links:
            more, to = self._missing(rng, lacking)
            drawn = rng.choice(self.weights, size=len(more))
            source, target = np.concatenate((source, more)), np.concatenate((target, to))
            weights = np.concatenate((weights, drawn))
        return from_pairs(self.n, source, target, weights)

    def _missing(self, rng: np.random.RandomState, wanted: int) -> tuple[Ints, Ints]:
        """Pairs without a link, ``wanted`` of them where that many are found."""
        rate = rng.gamma(self.degrees + self.shape) / (1.0 + self.shape / max(self.mean, 1e-9))
        chance = rate / rate.sum()
        known = np.sort(self.source * self.n + self.target)
        found: Ints = np.zeros(0, dtype=np.int64)
        for _ in range(20):
            lack = wanted - len(found)
            if lack <= 0:
                break
            some = max(2 * lack, 16)
            a = rng.choice(self.n, size=some, p=chance).astype(np.int64)
            b = np.where(rng.random_sample(some) < self.closing, self._friend_of_friend(rng, a), -1)
            free = b < 0
            b[free] = rng.choice(self.n, size=int(free.sum()), p=chance)
            key = np.minimum(a, b) * self.n + np.maximum(a, b)
            at = np.minimum(np.searchsorted(known, key), len(known) - 1)
            fresh = (a != b) & (known[at] != key)
            joined = np.concatenate((found, key[fresh]))
            _, first = np.unique(joined, return_index=True)
            found = joined[np.sort(first)]
        found = found[:wanted]
        return found // self.n, found % self.n

    def _friend_of_friend(self, rng: np.random.RandomState, nodes: Ints) -> Ints:
        step = self._neighbour(rng, nodes)
        return np.where(step < 0, -1, self._neighbour(rng, np.maximum(step, 0)))

    def _neighbour(self, rng: np.random.RandomState, nodes: Ints) -> Ints:
        degree = self.degrees[nodes]
        place = self.graph.indptr[nodes] + (rng.random_sample(len(nodes)) * degree).astype(np.int64)
        found: Ints = np.full(len(nodes), -1, dtype=np.int64)
        tied = degree > 0
        found[tied] = self.graph.indices[place[tied]]
        return found


def _strength(graph: CSR) -> NDArray[np.float64]:
    rows = np.repeat(np.arange(graph.n), graph.degrees())
    return np.bincount(rows, graph.weights, minlength=graph.n).astype(np.float64)
