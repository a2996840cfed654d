"""How far apart what is left lies when some nodes are taken out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analytics.compiled.csr import CSR, Floats, Ints, Nodes, compiled


def cohesion(graph: CSR, removed: NDArray[np.bool_]) -> tuple[float, float]:
    """(ordered pairs that reach each other, sum of one over their distance) without the ``removed`` (bool, n).

    Breadth-first from every node that is left: O(nodes · links).
    """
    out = np.zeros((1, 2))
    one = np.full(1, -1, dtype=np.int64)
    _without(graph.indptr, graph.indices, removed.copy(), one, out)
    return float(out[0, 0]), float(out[0, 1])


def cohesion_without(graph: CSR, removed: NDArray[np.bool_], candidates: Ints) -> Floats:
    """:func:`cohesion` when each candidate is taken out beside the ``removed`` (float64, candidates × 2)."""
    out = np.zeros((len(candidates), 2))
    _without(graph.indptr, graph.indices, removed.copy(), np.asarray(candidates, dtype=np.int64), out)
    return out


def pairs_without(graph: CSR, removed: NDArray[np.bool_], candidates: Ints) -> Ints:
    """Ordered pairs that reach each other when each candidate is taken out as well (int64): O(links) a candidate."""
    found = np.zeros(len(candidates), dtype=np.int64)
    _pairs(graph.indptr, graph.indices, removed.copy(), np.asarray(candidates, dtype=np.int64), found)
    return found


@compiled
def _without(indptr: Ints, indices: Nodes, gone: NDArray[np.bool_], candidates: Ints, out: Floats) -> None:
    n = len(indptr) - 1
    distance = np.full(n, -1, dtype=np.int32)
    queue = np.empty(n, dtype=np.int32)
    for number in range(len(candidates)):
        candidate = candidates[number]
        before = candidate >= 0 and gone[candidate]
        if candidate >= 0:
            gone[candidate] = True
        for source in range(n):
            if gone[source]:
                continue
            queue[0] = source
            distance[source] = 0
            length, head = 1, 0
            while head < length:
                u = queue[head]
                head += 1
                for at in range(indptr[u], indptr[u + 1]):
                    v = indices[at]
                    if not gone[v] and distance[v] < 0:
                        distance[v] = distance[u] + 1
                        queue[length] = v
                        length += 1
            for at in range(1, length):
                out[number, 0] += 1.0
                out[number, 1] += 1.0 / distance[queue[at]]
            for at in range(length):
                distance[queue[at]] = -1
        if candidate >= 0:
            gone[candidate] = before


@compiled
def _pairs(indptr: Ints, indices: Nodes, gone: NDArray[np.bool_], candidates: Ints, found: Ints) -> None:
    n = len(indptr) - 1
    seen = np.full(n, -1, dtype=np.int64)
    queue = np.empty(n, dtype=np.int32)
    for number in range(len(candidates)):
        candidate = candidates[number]
        before = gone[candidate]
        gone[candidate] = True
        for source in range(n):
            if gone[source] or seen[source] == number:
                continue
            queue[0] = source
            seen[source] = number
            length, head = 1, 0
            while head < length:
                u = queue[head]
                head += 1
                for at in range(indptr[u], indptr[u + 1]):
                    v = indices[at]
                    if not gone[v] and seen[v] != number:
                        seen[v] = number
                        queue[length] = v
                        length += 1
            found[number] += length * (length - 1)
        gone[candidate] = before
