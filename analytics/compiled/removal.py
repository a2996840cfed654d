"""What is left when nodes are taken out one after the other."""

from __future__ import annotations

import numpy as np

from analytics.compiled.csr import CSR, Ints, Nodes, compiled


def giant_after(graph: CSR, order: Ints) -> Ints:
    """Nodes of the largest connected piece at first and after each removal in ``order`` (int64, len(order) + 1).

    Run backwards: nodes come back in reverse and pieces are joined by union–find (Newman and Ziff 2001, Phys. Rev. E
    64, 016706), so that the whole curve costs one pass over the links. Undirected graphs; ``order`` without repetition.
    """
    order = np.asarray(order, dtype=np.int64)
    sizes = np.zeros(len(order) + 1, dtype=np.int64)
    _grow(graph.indptr, graph.indices, order, sizes)
    return sizes


@compiled
def _grow(indptr: Ints, indices: Nodes, order: Ints, sizes: Ints) -> None:
    n = len(indptr) - 1
    there = np.ones(n, dtype=np.bool_)
    for u in order:
        there[u] = False
    parent = np.arange(n)
    size = np.ones(n, dtype=np.int64)
    largest = 0
    steps = len(order)
    for step in range(-1, steps):
        if step < 0:
            first, last = 0, n
        else:
            back = order[steps - 1 - step]
            there[back] = True
            first, last = back, back + 1
        for u in range(first, last):
            if not there[u]:
                continue
            root = np.int64(u)
            while parent[root] != root:
                parent[root] = parent[parent[root]]
                root = parent[root]
            for at in range(indptr[u], indptr[u + 1]):
                v = np.int64(indices[at])
                if not there[v]:
                    continue
                while parent[v] != v:
                    parent[v] = parent[parent[v]]
                    v = parent[v]
                if v != root:
                    top, low = (v, root) if size[v] > size[root] else (root, v)
                    parent[low] = top
                    size[top] += size[low]
                    root = top
            largest = max(largest, size[root])
        sizes[steps - 1 - step] = largest
