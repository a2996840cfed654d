"""Betweenness by Brandes (2001, J. Math. Sociol. 25, 163), exact or from sampled sources, without weights."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from analytics.compiled.csr import CSR, Floats, Ints, Nodes, compiled

PARTS = 16  # sources are shared out over so many, whatever the number of threads: sums keep their order


def dependencies(graph: CSR, sources: Ints, threads: int = 0) -> Floats:
    """Sum over ``sources`` of how much each depends on every node (float64, n).

    From all sources of an undirected graph every pair counts twice. ``threads`` 0: as many as there are cores. Time
    O(sources · links), memory O(threads · n).
    """
    shares = [part for part in np.array_split(np.asarray(sources, dtype=np.int64), PARTS) if len(part)]
    found = [np.zeros(graph.n) for _ in shares]

    def run(number: int) -> None:
        _accumulate(graph.indptr, graph.indices, shares[number], found[number])

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        list(pool.map(run, range(len(shares))))
    total = np.zeros(graph.n)
    for part in found:
        total += part
    return total


@compiled
def _accumulate(indptr: Ints, indices: Nodes, sources: Ints, out: Floats) -> None:
    n = len(indptr) - 1
    distance = np.full(n, -1, dtype=np.int32)
    ways = np.zeros(n)
    share = np.zeros(n)
    queue = np.empty(n, dtype=np.int32)
    for source in sources:
        queue[0] = source
        distance[source] = 0
        ways[source] = 1.0
        length = 1
        head = 0
        while head < length:
            u = queue[head]
            head += 1
            for at in range(indptr[u], indptr[u + 1]):
                v = indices[at]
                if distance[v] < 0:
                    distance[v] = distance[u] + 1
                    queue[length] = v
                    length += 1
                if distance[v] == distance[u] + 1:
                    ways[v] += ways[u]
        # a node's successors stand behind it in the queue, so that no list of predecessors has to be kept
        for back in range(length - 1, 0, -1):
            u = queue[back]
            for at in range(indptr[u], indptr[u + 1]):
                v = indices[at]
                if distance[v] == distance[u] + 1:
                    share[u] += ways[u] / ways[v] * (1.0 + share[v])
            out[u] += share[u]
        for at in range(length):
            u = queue[at]
            distance[u] = -1
            ways[u] = 0.0
            share[u] = 0.0
