"""Core numbers by Batagelj and Zaveršnik (2003, arXiv cs/0310049), in time linear in the links."""

from __future__ import annotations

import numpy as np

from analytics.compiled.csr import CSR, Ints, Nodes, compiled


def core_numbers(graph: CSR) -> Ints:
    """The largest k so that the node is in a part where everybody has k neighbours (int64, n); undirected graphs."""
    degree = graph.degrees().copy()
    _peel(graph.indptr, graph.indices, degree)
    return degree


@compiled
def _peel(indptr: Ints, indices: Nodes, degree: Ints) -> None:
    n = len(degree)
    top = 0
    for u in range(n):
        top = max(top, degree[u])
    start = np.zeros(top + 2, dtype=np.int64)
    for u in range(n):
        start[degree[u] + 1] += 1
    for d in range(1, top + 2):
        start[d] += start[d - 1]
    place = np.empty(n, dtype=np.int64)
    order = np.empty(n, dtype=np.int64)
    fill = start[:-1].copy()
    for u in range(n):
        place[u] = fill[degree[u]]
        order[place[u]] = u
        fill[degree[u]] += 1
    for i in range(n):
        u = order[i]
        for at in range(indptr[u], indptr[u + 1]):
            v = indices[at]
            if degree[v] > degree[u]:
                # swap v with the first of its degree, then let it slip below that border
                head = start[degree[v]]
                other = order[head]
                if other != v:
                    order[place[v]], order[head] = other, v
                    place[other], place[v] = place[v], head
                start[degree[v]] += 1
                degree[v] -= 1
