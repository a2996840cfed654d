"""Structural holes (Burt 1992): constraint, how much a node's contacts are tied among themselves."""

from __future__ import annotations

import numpy as np

from analytics.compiled.csr import CSR, Floats, Ints, Nodes, compiled


def constraint(graph: CSR) -> Floats:
    """Burt's constraint of every node (float64, n), NaN where it has no ties; undirected graphs, weights as strengths.

    Low where a node stands between people who do not know each other. Time: the sum over links of both ends' degrees.
    """
    strength = np.bincount(np.repeat(np.arange(graph.n), graph.degrees()), graph.weights, minlength=graph.n)
    found = np.full(graph.n, np.nan)
    _constraint(graph.indptr, graph.indices, graph.weights, strength.astype(np.float64), found)
    return found


@compiled
def _constraint(indptr: Ints, indices: Nodes, weights: Floats, strength: Floats, found: Floats) -> None:
    n = len(strength)
    share = np.zeros(n)
    owner = np.full(n, -1, dtype=np.int64)
    for u in range(n):
        if indptr[u] == indptr[u + 1]:
            continue
        for at in range(indptr[u], indptr[u + 1]):
            share[indices[at]] = weights[at] / strength[u]
            owner[indices[at]] = u
        total = 0.0
        for at in range(indptr[u], indptr[u + 1]):
            v = indices[at]
            spent = share[v]
            for through in range(indptr[v], indptr[v + 1]):
                w = indices[through]
                if owner[w] == u:
                    spent += share[w] * weights[through] / strength[w]
            total += spent * spent
        found[u] = total
