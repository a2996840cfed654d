"""Boosted trees as plain arrays: exact scores, and what each feature added to each of them.

Scores come from the leaves that no decision rules out, found by bits for many rows at once: no branches to guess wrong
(QuickScorer: C. Lucchese and others, SIGIR 2015).

A tree's node holds the mean score of what reaches it. Walking down, each step's change of that mean is put down to the
feature that decided it, so the parts and the base add up to the score exactly (the decomposition of A. Saabas,
"Interpreting random forests", 2014, applied to the additive scores of a boosted model). Kernels are compiled by numba
and sum in a fixed order: equal input gives equal bytes, whatever the order of the rows and the number of threads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LEAVES = 32  # the most of one tree: one bit each
_BLOCK = 512  # rows scored together: their columns stay in the processor's cache
# Place of the only bit set in a number of 32, after multiplication (a de Bruijn sequence).
_SEQUENCE = 0x077CB531
_PLACES = np.zeros(32, dtype=np.int32)
_PLACES[[((_SEQUENCE << n) & 0xFFFFFFFF) >> 27 for n in range(32)]] = range(32)


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
        out = np.full(len(rows), self.base, dtype=np.float64)
        question, leaf, column, cut, mask, value = self._decisions
        _score(np.ascontiguousarray(rows), question, leaf, column, cut, mask, value, _PLACES, out)
        return out

    @cached_property
    def _decisions(self) -> tuple[NDArray[Any], ...]:
        """What :func:`_score` asks, tree by tree: the column of each question (twice the feature, one more where a
        missing value goes right) and its cut, the leaves left when the answer is no, and the values of the leaves from
        left to right. ValueError for a tree of too many leaves."""
        asked: list[tuple[int, float, int]] = []
        leaves: list[float] = []
        question, leaf = [0], [0]
        for root in self.start.tolist():
            self._walk(root, asked, leaves, leaf[-1])
            if len(leaves) - leaf[-1] > LEAVES:
                raise ValueError(f"a tree of {len(leaves) - leaf[-1]} leaves; at most {LEAVES} can be scored")
            question.append(len(asked))
            leaf.append(len(leaves))
        column, cut, mask = zip(*asked, strict=True) if asked else ((), (), ())
        exact = np.array(cut, dtype=np.float64)
        single = exact.astype(np.float32)  # the greatest single that is no greater: the same answers for single values
        single = np.where(single > exact, np.nextafter(single, np.float32(-np.inf)), single).astype(np.float32)
        numbers = [np.array(n, dtype=np.int64) for n in (question, leaf, column)]
        return *numbers, single, np.array(mask, dtype=np.uint32), np.array(leaves, dtype=np.float64)

    def _walk(self, node: int, asked: list[tuple[int, float, int]], leaves: list[float], first: int) -> None:
        """Append the questions and the leaves of the subtree at ``node``; ``first``: number of the tree's first
        leaf."""
        if self.left[node] < 0:
            leaves.append(float(self.value[node]))
            return
        here = len(leaves) - first
        place = len(asked)
        asked.append((0, 0.0, 0))
        self._walk(int(self.left[node]), asked, leaves, first)
        ruled_out = (1 << (len(leaves) - first)) - (1 << here)
        column = 2 * int(self.feature[node]) + (not self.missing[node])
        asked[place] = column, float(self.cut[node]), ~ruled_out & 0xFFFFFFFF
        self._walk(int(self.right[node]), asked, leaves, first)

    def parts(self, rows: NDArray[np.float32]) -> Floats:
        """What each feature added to each row's log-odds, (n, features). ``expected`` plus a row's parts is its
        score."""
        out = np.zeros(rows.shape, dtype=np.float64)
        _parts(rows, self.start, self.feature, self.cut, self.left, self.right, self.missing, self.value, out)
        return out


@njit(cache=True, parallel=True)
def _score(rows, question, leaf, column, cut, mask, value, places, out):  # type: ignore[no-untyped-def]
    count, features = rows.shape
    for block in prange((count + _BLOCK - 1) // _BLOCK):
        low = block * _BLOCK
        width = min(_BLOCK, count - low)
        columns = np.empty((2 * features, width), dtype=np.float32)
        for f in range(features):
            for i in range(width):
                x = rows[low + i, f]
                gone = np.isnan(x)
                columns[2 * f, i] = np.float32(-np.inf) if gone else x
                columns[2 * f + 1, i] = np.float32(np.inf) if gone else x
        left = np.empty(width, dtype=np.uint32)
        for t in range(len(question) - 1):
            left[:] = np.uint32(0xFFFFFFFF)
            for q in range(question[t], question[t + 1]):
                values, most, keep = columns[column[q]], cut[q], mask[q]
                for i in range(width):
                    left[i] &= np.uint32(0xFFFFFFFF) if values[i] <= most else keep
            for i in range(width):
                lowest = left[i] & (~left[i] + np.uint32(1))
                place = places[np.uint32(lowest * np.uint32(_SEQUENCE)) >> np.uint32(27)]
                out[low + i] += value[leaf[t] + place]


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
