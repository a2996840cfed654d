"""Boosted trees as plain arrays: exact scores, and what each feature added to each of them.

A tree's node holds the mean score of what reaches it. Walking down, each step's change of that mean is put down to the
feature that decided it, so the parts and the base add up to the score exactly (the decomposition of A. Saabas,
"Interpreting random forests", 2014, applied to the additive scores of a boosted model). Kernels are compiled by numba
and sum in a fixed order: equal input gives equal bytes, whatever the order of the rows and the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Trees:
    """``start[t]`` is tree t's first node. A leaf has ``left`` = −1. A missing value goes left where ``missing`` says
    so.

    A row goes left where its value is at most ``cut``. ``value``: mean of the scores (log-odds) of what reaches the
    node.
    """

    base: float  # log-odds before any tree, the prior in it
    start: NDArray[np.int64]
    feature: NDArray[np.int16]
    cut: Floats
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    missing: NDArray[np.bool_]
    value: Floats

    @classmethod
    def load(cls, body: Mapping[str, Any]) -> Trees:
        """From the model file."""
        return cls(
            float(body["base"]),
            np.array(body["start"], dtype=np.int64),
            np.array(body["feature"], dtype=np.int16),
            np.array(body["cut"], dtype=np.float64),
            np.array(body["left"], dtype=np.int32),
            np.array(body["right"], dtype=np.int32),
            np.array(body["missing"], dtype=np.bool_),
            np.array(body["value"], dtype=np.float64),
        )

    def dump(self) -> dict[str, Any]:
        """For the model file."""
        return {
            "base": self.base,
            "start": self.start.tolist(),
            "feature": self.feature.tolist(),
            "cut": self.cut.tolist(),
            "left": self.left.tolist(),
            "right": self.right.tolist(),
            "missing": self.missing.astype(int).tolist(),
            "value": self.value.tolist(),
        }

    @property
    def expected(self) -> float:
        """Log-odds of a pair of which nothing is known: the base and every tree's root."""
        return self.base + float(self.value[self.start].sum())

    def score(self, rows: NDArray[np.float32]) -> Floats:
        """Log-odds of each row, (n,)."""
        out = np.empty(len(rows), dtype=np.float64)
        _score(
            rows, self.base, self.start, self.feature, self.cut, self.left, self.right, self.missing, self.value, out
        )
        return out

    def parts(self, rows: NDArray[np.float32]) -> Floats:
        """What each feature added to each row's log-odds, (n, features). ``expected`` plus a row's parts is its
        score."""
        out = np.zeros(rows.shape, dtype=np.float64)
        _parts(rows, self.start, self.feature, self.cut, self.left, self.right, self.missing, self.value, out)
        return out


@njit(cache=True, parallel=True)
def _score(rows, base, start, feature, cut, left, right, missing, value, out):  # type: ignore[no-untyped-def]
    for i in prange(len(rows)):
        total = base
        for t in range(len(start)):
            node = start[t]
            while left[node] >= 0:
                x = rows[i, feature[node]]
                go = missing[node] if np.isnan(x) else x <= cut[node]
                node = left[node] if go else right[node]
            total += value[node]
        out[i] = total


@njit(cache=True, parallel=True)
def _parts(rows, start, feature, cut, left, right, missing, value, out):  # type: ignore[no-untyped-def]
    for i in prange(len(rows)):
        for t in range(len(start)):
            node = start[t]
            while left[node] >= 0:
                f = feature[node]
                x = rows[i, f]
                go = missing[node] if np.isnan(x) else x <= cut[node]
                child = left[node] if go else right[node]
                out[i, f] += value[child] - value[node]
                node = child
