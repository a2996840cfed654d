"""A graph as the kernels take it, and how it is made from pairs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Nodes = NDArray[np.int32]
Floats = NDArray[np.float64]

compiled: Callable[..., Callable[..., None]] = njit(cache=True, nogil=True)


class CSR(NamedTuple):
    """``indptr`` int64 (n + 1), ``indices`` int32 (m) ascending per row, ``weights`` float64 (m) beside them."""

    indptr: Ints
    indices: Nodes
    weights: Floats

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.indptr) - 1

    def degrees(self) -> Ints:
        """Neighbours of every node (int64, n)."""
        return np.diff(self.indptr)


def from_pairs(n: int, source: Ints, target: Ints, weights: Floats | None = None, directed: bool = False) -> CSR:
    """The graph of these links; parallel ones are added up, self-loops left out.

    ``source``, ``target``: integers below ``n``, any order; ``weights``: one each, 1.0 where None. Undirected graphs
    hold each link in both rows.
    """
    a, b = np.asarray(source, dtype=np.int64), np.asarray(target, dtype=np.int64)
    w = np.ones(len(a)) if weights is None else np.asarray(weights, dtype=np.float64)
    kept = a != b
    a, b, w = a[kept], b[kept], w[kept]
    if not directed:
        a, b, w = np.concatenate((a, b)), np.concatenate((b, a)), np.concatenate((w, w))
    key = a * max(n, 1) + b
    order = np.argsort(key, kind="stable")
    key, w = key[order], w[order]
    first = np.ones(len(key), dtype=np.bool_)
    first[1:] = key[1:] != key[:-1]
    starts = np.flatnonzero(first)
    summed = np.add.reduceat(w, starts) if len(starts) else w
    rows = key[starts] // max(n, 1)
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=n), out=indptr[1:])
    return CSR(indptr, (key[starts] % max(n, 1)).astype(np.int32), summed.astype(np.float64))
