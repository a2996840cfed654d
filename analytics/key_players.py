"""Key players (Borgatti 2006, Comput. Math. Organ. Theory 12, 21): a set, since the best two are not the two best.

Positive: through whom is most of the network reached soonest (distance-weighted reach). Negative: without whom does it
fall apart most (fragmentation; distance-weighted while the network is small enough). Both by the best next one, then by
exchanges of one member while they help, as the paper does; the same input gives the same set.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.compiled.csr import CSR, Floats, Ints
from analytics.compiled.pieces import cohesion, cohesion_without, pairs_without
from analytics.compiled.traversal import distances

CANDIDATES = 2_000  # of a larger network only so many of the highest degree are tried; the result says so
WEIGHTED = 400  # nodes up to which fragmentation weighs distances
ROUNDS = 20


class KeyPlayers(NamedTuple):
    """``nodes`` in the order of their choice, ``value`` of the set in 0 … 1, ``before`` that without a set.

    ``tried`` of ``n`` nodes were candidates; ``weighted``: whether distances count in a fragmentation.
    """

    nodes: tuple[int, ...]
    value: float
    before: float
    tried: int
    weighted: bool


def key_players_positive(graph: CSR, size: int, candidates: int = CANDIDATES) -> KeyPlayers:
    """The set of ``size`` whose distance-weighted reach is greatest: mean over all nodes of 1 / distance to the set.

    A member counts 1, what cannot be reached 0.
    """
    tried = _candidates(graph, candidates)
    steps = distances(graph, tried)
    near = np.where(steps > 0, 1.0 / np.maximum(steps, 1), np.where(steps == 0, 1.0, 0.0)).astype(np.float32)
    chosen: list[int] = []
    while len(chosen) < min(size, len(tried)):
        chosen.append(_best(near, _reached(near, chosen), chosen))
    for _ in range(ROUNDS):
        before = float(_reached(near, chosen).sum(dtype=np.float64))
        for place in range(len(chosen)):
            others = chosen[:place] + chosen[place + 1 :]
            chosen[place] = _best(near, _reached(near, others), others, chosen[place])
        if float(_reached(near, chosen).sum(dtype=np.float64)) <= before:
            break
    value = float(_reached(near, chosen).sum(dtype=np.float64)) / max(graph.n, 1)
    return KeyPlayers(tuple(int(tried[i]) for i in chosen), round(value, 9), 0.0, len(tried), True)


def key_players_negative(graph: CSR, size: int, candidates: int = CANDIDATES, weighted: int = WEIGHTED) -> KeyPlayers:
    """The set of ``size`` without which fragmentation is greatest: 1 − pairs that still reach each other / all pairs.

    Up to ``weighted`` nodes a pair counts 1 / distance (Borgatti's D_F), so that longer ways count as damage as well.
    """
    tried = _candidates(graph, candidates)
    by_distance = graph.n <= weighted

    def left(gone: NDArray[np.bool_], some: Ints) -> Floats:
        if by_distance:
            return cohesion_without(graph, gone, some)[:, 1]
        return pairs_without(graph, gone, some).astype(np.float64)

    def total(members: list[int]) -> float:
        return cohesion(graph, _mask(graph.n, members))[1 if by_distance else 0]

    chosen: list[int] = []
    while len(chosen) < min(size, len(tried)):
        some = np.setdiff1d(tried, np.array(chosen, dtype=np.int64))
        chosen.append(int(some[np.argmin(np.round(left(_mask(graph.n, chosen), some), 9))]))
    for _ in range(ROUNDS):
        better = False
        for place in range(len(chosen)):
            others = chosen[:place] + chosen[place + 1 :]
            some = np.setdiff1d(tried, np.array(others, dtype=np.int64))
            values = np.round(left(_mask(graph.n, others), some), 9)
            if values.min() < values[np.flatnonzero(some == chosen[place])[0]]:
                chosen[place], better = int(some[np.argmin(values)]), True
        if not better:
            break
    pairs = max(graph.n * (graph.n - 1), 1)
    after, before = 1.0 - total(chosen) / pairs, 1.0 - total([]) / pairs
    return KeyPlayers(tuple(chosen), round(after, 9), round(before, 9), len(tried), by_distance)


def _candidates(graph: CSR, most: int) -> Ints:
    order = np.lexsort((np.arange(graph.n), -graph.degrees()))[:most]
    return np.sort(order).astype(np.int64)


def _mask(n: int, members: list[int]) -> NDArray[np.bool_]:
    gone = np.zeros(n, dtype=np.bool_)
    gone[members] = True
    return gone


def _reached(near: NDArray[np.float32], members: list[int]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = near[members].max(axis=0) if members else np.zeros(near.shape[1], dtype=np.float32)
    return found


def _best(near: NDArray[np.float32], reached: NDArray[np.float32], taken: list[int], now: int = -1) -> int:
    """The candidate that adds most; of equals the first, or the one that is there now."""
    sums = np.round(np.maximum(near, reached).sum(axis=1, dtype=np.float64), 6)
    sums[taken] = -1.0
    best = int(np.argmax(sums))
    return now if now >= 0 and sums[now] == sums[best] else best
