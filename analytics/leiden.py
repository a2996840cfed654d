"""Leiden's method for weighted undirected graphs (Traag, Waltman and van Eck 2019, Sci. Rep. 9, 5233), in numba.

Our own, because the permissive libraries' are not fit: scikit-network 0.33's ``Leiden`` computes in single precision
and does not end on some graphs of thirty nodes; networkit's varies with the number of threads. Double precision, one
thread, and a seeded visiting order: the same graph and seed give the same partition.

Quality is Newman's modularity with Reichardt and Bornholdt's resolution: over communities, the weight inside minus
resolution · volume² / total. In the refinement the best merge is taken, not a random good one (Traag's θ → 0).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LEVELS = 64
PASSES = 8


def leiden(adjacency: sparse.csr_matrix[np.float64], seed: int, resolution: float = 1.0) -> Ints:
    """Community of every node (int64, n), numbered in the order of the nodes.

    ``adjacency``: symmetric n × n CSR without self-loops, weights above 0. Runs are repeated from their own
    result until nothing moves, as the method prescribes. Every community is connected.
    """
    rng = np.random.RandomState(seed)
    labels = np.arange(adjacency.shape[0], dtype=np.int64)
    for _ in range(PASSES):
        found = _run(adjacency, labels, rng, resolution)
        if np.array_equal(found, labels):
            break
        labels = found
    return labels


def _run(adjacency: sparse.csr_matrix[np.float64], start: Ints, rng: np.random.RandomState, resolution: float) -> Ints:
    graph, labels = adjacency.tocsr(), ordered(start)
    strength: Floats = np.asarray(graph.sum(axis=1), dtype=np.float64).ravel()
    total = float(strength.sum())
    if not total:
        return labels
    at = np.arange(adjacency.shape[0], dtype=np.int64)  # node of the original graph → node of this level's
    for _ in range(LEVELS):
        csr = (graph.indptr.astype(np.int64), graph.indices.astype(np.int64), graph.data)
        n = len(strength)
        labels = ordered(_move(*csr, strength, labels, rng.permutation(n), resolution, total))
        if labels.max() + 1 == n:
            break
        refined = ordered(_refine(*csr, strength, labels, rng.permutation(n), resolution, total))
        size = int(refined.max()) + 1
        if size == n:  # nothing merged inside the communities: what they are is final
            break
        first = np.zeros(size, dtype=np.int64)
        first[refined] = labels
        fold = sparse.csr_matrix((np.ones(n), (np.arange(n), refined)), shape=(n, size))
        graph = (fold.T @ graph @ fold).tocsr()
        graph.sort_indices()
        strength = np.bincount(refined, strength, minlength=size).astype(np.float64)
        at, labels = refined[at], ordered(first)
    return ordered(labels[at])


def ordered(labels: Ints) -> Ints:
    """The same partition with communities numbered by their first node."""
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[inverse.ravel()]


_compiled: Callable[..., Callable[..., Ints]] = njit(cache=True, nogil=True)


@_compiled
def _move(
    indptr: Ints,
    indices: Ints,
    weights: Floats,
    strength: Floats,
    labels: Ints,
    order: Ints,
    gamma: float,
    mass: float,
) -> Ints:
    """Fast local moving: a queue of nodes; whoever's neighbour moved away is looked at again."""
    n = len(strength)
    labels = labels.copy()
    volume = np.zeros(n)
    size = np.zeros(n, dtype=np.int64)
    for u in range(n):
        volume[labels[u]] += strength[u]
        size[labels[u]] += 1
    free = np.empty(n + 1, dtype=np.int64)  # a stack of empty communities
    top = 0
    for c in range(n - 1, -1, -1):
        if size[c] == 0:
            free[top] = c
            top += 1
    queue = order.copy()
    waiting = np.ones(n, dtype=np.bool_)
    head, length = 0, n
    near = np.zeros(n)
    touched = np.empty(n, dtype=np.int64)
    least = 1e-12 * mass
    while length > 0:
        u = queue[head]
        head = (head + 1) % n
        length -= 1
        waiting[u] = False
        own = labels[u]
        count = 0
        for k in range(indptr[u], indptr[u + 1]):
            v = indices[k]
            if v == u:
                continue
            c = labels[v]
            if near[c] == 0.0:
                touched[count] = c
                count += 1
            near[c] += weights[k]
        volume[own] -= strength[u]
        best, gain = own, near[own] - gamma * strength[u] * volume[own] / mass
        for i in range(count):
            c = touched[i]
            if c == own:
                continue
            value = near[c] - gamma * strength[u] * volume[c] / mass
            if value > gain + least:
                best, gain = c, value
        if gain < -least and size[own] > 1 and top > 0:
            best = free[top - 1]
        for i in range(count):
            near[touched[i]] = 0.0
        volume[best] += strength[u]
        if best == own:
            continue
        if top > 0 and best == free[top - 1]:
            top -= 1
        size[own] -= 1
        size[best] += 1
        if size[own] == 0:
            free[top] = own
            top += 1
        labels[u] = best
        for k in range(indptr[u], indptr[u + 1]):
            v = indices[k]
            if labels[v] != best and not waiting[v]:
                queue[(head + length) % n] = v
                length += 1
                waiting[v] = True
    return labels


@_compiled
def _refine(
    indptr: Ints,
    indices: Ints,
    weights: Floats,
    strength: Floats,
    labels: Ints,
    order: Ints,
    gamma: float,
    mass: float,
) -> Ints:
    """Merge the single nodes of each community anew, only into what is well connected inside it."""
    n = len(strength)
    whole = np.zeros(n)
    for u in range(n):
        whole[labels[u]] += strength[u]
    refined = np.arange(n)
    volume = strength.copy()
    alone = np.ones(n, dtype=np.bool_)
    cut = np.zeros(n)  # weight from a refined community to the rest of its community
    for u in range(n):
        for k in range(indptr[u], indptr[u + 1]):
            if indices[k] != u and labels[indices[k]] == labels[u]:
                cut[u] += weights[k]
    near = np.zeros(n)
    touched = np.empty(n, dtype=np.int64)
    for step in range(n):
        u = order[step]
        rest = whole[labels[u]]
        if not alone[u] or cut[u] < gamma * strength[u] * (rest - strength[u]) / mass:
            continue
        count = 0
        for k in range(indptr[u], indptr[u + 1]):
            v = indices[k]
            if v != u and labels[v] == labels[u]:
                c = refined[v]
                if near[c] == 0.0:
                    touched[count] = c
                    count += 1
                near[c] += weights[k]
        best, gain = u, 0.0
        for i in range(count):
            c = touched[i]
            if cut[c] < gamma * volume[c] * (rest - volume[c]) / mass:
                continue
            value = near[c] - gamma * strength[u] * volume[c] / mass
            if value > gain:
                best, gain = c, value
        if best != u:
            refined[u] = best
            volume[best] += strength[u]
            volume[u] = 0.0
            cut[best] += cut[u] - 2.0 * near[best]
            alone[best] = False
            alone[u] = False
        for i in range(count):
            near[touched[i]] = 0.0
    return refined
