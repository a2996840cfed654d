"""Boxes that overlap are moved apart with the least change to the picture.

The method is PRISM (Gansner, Hu, *Efficient, Proximity-Preserving Overlap Removal*, 2010): neighbours on the sheet (a
Delaunay triangulation and whatever overlaps) keep their distances, those that overlap want a larger one, and the stress
of that is lowered by solving one sparse system per round.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import splu
from scipy.spatial import Delaunay, QhullError, cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

ROUNDS, SOLVES = 40, 2
GROWTH = 1.5  # most that one round stretches a distance
CLOSE = 20.0  # distances below it count as this: things on one spot would outweigh all others
SLACK = 0.5


def overlapping(at: Floats, box: Floats) -> Ints:
    """Pairs (i < j) of boxes (centres ``at``, sizes ``box``, both (n, 2)) that overlap, shape (m, 2)."""
    near = cKDTree(at / box.max(0)).query_pairs(1.0, p=np.inf, output_type="ndarray")
    if not len(near):
        return np.zeros((0, 2), dtype=np.intp)
    over = (box[near[:, 0]] + box[near[:, 1]]) / 2 - np.abs(at[near[:, 0]] - at[near[:, 1]])
    found: Ints = np.sort(near[(over > SLACK).all(1)], axis=1)
    return found


def apart(at: Floats, box: Floats, fixed: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """``at`` with overlapping boxes moved apart; ``fixed`` ones stay. Two fixed boxes may overlap for ever."""
    at = at.copy()
    free = np.flatnonzero(~fixed)
    if not len(free):
        return at
    for _ in range(ROUNDS):
        touching = overlapping(at, box)
        touching = touching[~fixed[touching].all(1)]
        if not len(touching):
            break
        at = _relaxed(at, box, free, _distinct(np.concatenate([_neighbours(at, rng), touching]), len(at)))
    return at


def _neighbours(at: Floats, rng: np.random.Generator) -> Ints:
    """Neighbours on the sheet; all pairs of a few points, none where all lie on one line."""
    n = len(at)
    if n < 5:
        return np.column_stack(np.triu_indices(n, 1)).astype(np.intp)
    try:
        corners = Delaunay(at + rng.normal(0, 0.01, at.shape)).simplices
    except QhullError:
        return np.zeros((0, 2), dtype=np.intp)
    sides = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return np.sort(sides.astype(np.intp), axis=1)


def _distinct(pairs: Ints, n: int) -> Ints:
    keys = np.unique(pairs[:, 0] * n + pairs[:, 1])
    return np.column_stack([keys // n, keys % n])


def _relaxed(at: Floats, box: Floats, free: Ints, pairs: Ints) -> Floats:
    """One round: the distances wanted, and two steps of stress majorization towards them."""
    n, a, b = len(at), pairs[:, 0], pairs[:, 1]
    apart_by = np.abs(at[a] - at[b])
    room = (box[a] + box[b]) / 2 + 1.0
    factor = 1.0 / np.maximum(apart_by / room, 1e-3).max(1)
    distance = np.sqrt((apart_by**2).sum(1))
    wanted = np.maximum(np.where(factor > 1, np.minimum(factor, GROWTH), 1.0) * distance, CLOSE)
    weight = 1.0 / wanted**2
    rows, cols = np.concatenate([a, b, a, b, np.arange(n)]), np.concatenate([b, a, a, b, np.arange(n)])
    # a trace of the diagonal makes the system solvable where nothing is fixed
    values = np.concatenate([-weight, -weight, weight, weight, np.full(n, 1e-7 * weight.mean())])
    laplacian = coo_matrix((values, (rows, cols)), shape=(n, n)).tocsr()[free]
    solver = splu(laplacian[:, free].tocsc())
    held = np.ones(n, bool)
    held[free] = False
    anchor = laplacian[:, held] @ at[held]
    for _ in range(SOLVES):
        between = at[a] - at[b]
        pull = (weight * wanted / np.maximum(np.sqrt((between**2).sum(1)), 1e-3))[:, None] * between
        right = np.column_stack([np.bincount(a, pull[:, k], n) - np.bincount(b, pull[:, k], n) for k in (0, 1)])
        solved = solver.solve(right[free] - anchor)
        at = at.copy()
        at[free] = solved if held.any() else solved - solved.mean(0)
    return at
