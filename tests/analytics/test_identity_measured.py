"""The measures against counts made by hand."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from analytics.identity import measured

IDS = ["a", "b", "c", "d", "e", "x"]
WHO = {"a": "P", "b": "P", "c": "P", "d": "Q", "e": "Q"}  # x: nobody knows


@pytest.fixture
def pairs() -> measured.Judged:
    """a–b 0.9 right, a–d 0.9 wrong, d–e 0.6 right, b–c 0.4 right, c–d 0.1 wrong, a–x not told."""
    told = [("a", "b", 0.9), ("a", "d", 0.9), ("d", "e", 0.6), ("b", "c", 0.4), ("c", "d", 0.1), ("a", "x", 0.8)]
    left, right = (np.array([IDS.index(pair[side]) for pair in told], dtype=np.int64) for side in (0, 1))
    return measured.judged(IDS, left, right, np.array([s for *_, s in told]), WHO)


def test_pairs_of_the_unknown_are_left_out_and_missed_ones_count(pairs: measured.Judged) -> None:
    assert pairs.true == 4 and len(pairs.score) == 5
    assert measured.at(pairs, 0.5) == {
        "cut": 0.5, "pairs": 3, "right": 2, "precision": 0.6667, "recall": 0.5, "f1": 0.5714,
    }  # fmt: skip


def test_the_best_cut_takes_pairs_of_one_score_together(pairs: measured.Judged) -> None:
    best = measured.best(pairs)
    assert best["cut"] == 0.4 and best["pairs"] == 4 and best["f1"] == pytest.approx(2 * 3 / (4 + 4))
    cuts = sorted({float(s) for s in pairs.score})
    assert best["f1"] == max(measured.at(pairs, cut)["f1"] or 0 for cut in cuts)


def test_bands_hold_every_pair_once(pairs: measured.Judged) -> None:
    bands = measured.bands(pairs, (0.0, 0.5, 0.9))
    assert [band["pairs"] for band in bands] == [2, 1, 2]
    assert [band["right"] for band in bands] == [0.5, 1.0, 0.5] and bands[2]["mean"] == 0.9
    assert measured.bands(pairs, (0.95,)) == [{"from": 0.95, "to": 1.0, "pairs": 0, "mean": None, "right": None}]


def test_groups_are_measured_over_pairs_and_by_b3() -> None:
    groups = [["a", "b", "d"], ["x", "e"]]
    told = measured.grouped(WHO, groups)
    held = {r: n for n, g in enumerate([["a", "b", "d"], ["c"], ["e"]]) for r in g}
    found = [(r, s) for r, s in combinations(WHO, 2) if held[r] == held[s]]
    assert told["pairs"] == len(found) == 3
    assert told["right"] == sum(WHO[r] == WHO[s] for r, s in found) == 1
    precise = np.mean([np.mean([WHO[s] == WHO[r] for s in WHO if held[s] == held[r]]) for r in WHO])
    recalled = np.mean([np.mean([held[s] == held[r] for s in WHO if WHO[s] == WHO[r]]) for r in WHO])
    assert told["b3_f1"] == pytest.approx(2 * precise * recalled / (precise + recalled), abs=1e-4)


def test_nothing_found_is_said_and_no_division() -> None:
    assert measured.figures(0, 0, 4) == {"pairs": 0, "right": 0, "precision": None, "recall": 0.0, "f1": 0.0}
    none = np.zeros(0, dtype=np.int64)
    assert measured.best(measured.judged(IDS, none, none, np.zeros(0), WHO))["recall"] == 0.0
