"""Triangles through every node, and local clustering (Watts and Strogatz 1998, Nature 393, 440), without weights."""

from __future__ import annotations

import numpy as np

from analytics.compiled.csr import CSR, Floats, Ints, Nodes, compiled


def triangles(graph: CSR) -> Ints:
    """Triangles that each node is in (int64, n); undirected graphs.

    Links are pointed from the lower to the higher degree, so that no row is long (Chiba and Nishizeki 1985, SIAM J.
    Comput. 14, 210): time O(links · √links).
    """
    degree = graph.degrees()
    rank = np.empty(graph.n, dtype=np.int32)
    rank[np.lexsort((np.arange(graph.n), degree))] = np.arange(graph.n, dtype=np.int32)
    found = np.zeros(graph.n, dtype=np.int64)
    _count(graph.indptr, graph.indices, rank, found)
    return found


def clustering(graph: CSR) -> Floats:
    """Share of a node's pairs of neighbours that are tied (float64, n); 0 below two neighbours."""
    degree = graph.degrees().astype(np.float64)
    pairs = degree * (degree - 1)
    share: Floats = np.zeros(graph.n)
    np.divide(2.0 * triangles(graph), pairs, out=share, where=pairs > 0)
    return share


@compiled
def _count(indptr: Ints, indices: Nodes, rank: Nodes, found: Ints) -> None:
    n = len(rank)
    start = np.zeros(n + 1, dtype=np.int64)
    for u in range(n):
        for at in range(indptr[u], indptr[u + 1]):
            if rank[indices[at]] > rank[u]:
                start[u + 1] += 1
    for u in range(n):
        start[u + 1] += start[u]
    higher = np.empty(start[n], dtype=np.int32)
    put = start[:-1].copy()
    for u in range(n):
        for at in range(indptr[u], indptr[u + 1]):
            v = indices[at]
            if rank[v] > rank[u]:
                higher[put[u]] = v
                put[u] += 1
    mark = np.full(n, -1, dtype=np.int32)
    for u in range(n):
        for at in range(start[u], start[u + 1]):
            mark[higher[at]] = u
        for at in range(start[u], start[u + 1]):
            v = higher[at]
            for next_at in range(start[v], start[v + 1]):
                w = higher[next_at]
                if mark[w] == u:
                    found[u] += 1
                    found[v] += 1
                    found[w] += 1
