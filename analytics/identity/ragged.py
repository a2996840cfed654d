"""Several values per record as arrays, and their cross products over pairs of records."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]


def offsets(owner: NDArray[Any], records: int) -> Index:
    """Start of each record's values, (records + 1,), for values sorted by their record's number."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=records))]).astype(np.int64)


class Cross(NamedTuple):
    """All (left value, right value) of each pair: number of the pair, of the left and of the right value."""

    pair: Index
    left: Index
    right: Index


def cross(starts: Index, left: NDArray[Any], right: NDArray[Any]) -> Cross:
    """Every value of record ``left[i]`` with every value of record ``right[i]``; pairs without one on a side are
    absent."""
    left_count = starts[left + 1] - starts[left]
    right_count = starts[right + 1] - starts[right]
    sizes = left_count * right_count
    pair = np.repeat(np.arange(len(left), dtype=np.int64), sizes)
    within = np.arange(len(pair), dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    width = right_count[pair]
    return Cross(
        pair, starts[left][pair] + within // np.maximum(width, 1), starts[right][pair] + within % np.maximum(width, 1)
    )


def best(pair: Index, pairs: int, value: NDArray[Any]) -> Index:
    """Row of the greatest ``value`` of each pair, the first of equals; −1 for a pair without rows. ``pair`` is
    sorted."""
    found = np.full(pairs, -1, dtype=np.int64)
    if len(pair):
        order = np.lexsort((np.arange(len(pair)), -value, pair))
        first = np.concatenate([[True], pair[order][1:] != pair[order][:-1]])
        found[pair[order][first]] = order[first]
    return found


def largest(pair: Index, pairs: int, value: NDArray[Any], missing: float = np.nan) -> NDArray[np.float32]:
    """Greatest ``value`` of each pair, ``missing`` for a pair without rows. ``pair`` is sorted."""
    found = np.full(pairs, missing, dtype=np.float32)
    if len(pair):
        starts = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]]))
        found[pair[starts]] = np.maximum.reduceat(value, starts)
    return found
