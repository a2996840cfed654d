"""How good scored pairs and groups are against the truth: precision, recall, F1, calibration, B³.

All of it is over pairs of records of which the truth says who they are; a true pair that was never a candidate counts
as missed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.identity.match import Scored

BANDS = (0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95)


class Judged(NamedTuple):
    """Pairs as record numbers with their scores and whether they are one, (n,); ``true``: number of true pairs."""

    left: NDArray[Any]
    right: NDArray[Any]
    score: NDArray[Any]
    same: NDArray[np.bool_]
    true: int


def true_pairs(who: Iterable[str]) -> int:
    """Number of pairs of records that are one, from who each record is."""
    return sum(n * (n - 1) // 2 for n in Counter(who).values())


def judged(
    ids: Sequence[str],
    left: NDArray[Any],
    right: NDArray[Any],
    score: NDArray[Any],
    who: Mapping[str, str],
) -> Judged:
    """Pairs of records, as numbers in ``ids``, held against the truth. Pairs with a record that ``who`` does not know
    are left out."""
    number = {name: n for n, name in enumerate(dict.fromkeys(who[r] for r in ids if r in who))}
    code = np.array([number[who[r]] if r in who else -1 for r in ids], dtype=np.int64)
    known = (code[left] >= 0) & (code[right] >= 0)
    left, right = left[known], right[known]
    return Judged(left, right, score[known], code[left] == code[right], true_pairs(who[r] for r in ids if r in who))


def of_scored(scored: Scored, who: Mapping[str, str]) -> Judged:
    """Every candidate of a run held against the truth."""
    return judged(scored.table.ids, scored.left, scored.right, scored.score, who)


def figures(found: int, right: int, true: int) -> dict[str, float | int | None]:
    """Precision, recall and F1 of ``found`` pairs of which ``right`` are right, of ``true`` that there are."""
    precision = round(right / found, 4) if found else None
    recall = round(right / true, 4) if true else None
    f1 = round(2 * right / (found + true), 4) if found + true else None
    return {"pairs": found, "right": right, "precision": precision, "recall": recall, "f1": f1}


def at(pairs: Judged, cut: float) -> dict[str, float | int | None]:
    """Figures of the pairs that reach ``cut``."""
    kept = pairs.score >= cut
    return {"cut": cut, **figures(int(kept.sum()), int(pairs.same[kept].sum()), pairs.true)}


def best(pairs: Judged) -> dict[str, float | int | None]:
    """Figures at the cut with the best F1, chosen with the truth in hand: what a tool could reach at most."""
    if not len(pairs.score):
        return {"cut": 1.0, **figures(0, 0, pairs.true)}
    order = np.argsort(-pairs.score, kind="stable")
    score, right = pairs.score[order], np.cumsum(pairs.same[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + pairs.true)
    last = np.append(score[1:] != score[:-1], True)  # pairs of one score are taken together
    return at(pairs, float(score[int(np.argmax(np.where(last, f1, 0.0)))]))


def bands(pairs: Judged, edges: Sequence[float] = BANDS) -> list[dict[str, float | int | None]]:
    """For each band of scores how many pairs are in it, their mean score and the share that are right: a calibrated
    score has them alike."""
    told: list[dict[str, float | int | None]] = []
    for low, high in zip(edges, (*edges[1:], 1.0), strict=True):
        inside = (pairs.score >= low) & ((pairs.score < high) if high < 1 else (pairs.score <= 1))
        count = int(inside.sum())
        mean = round(float(pairs.score[inside].mean()), 3) if count else None
        share = round(float(pairs.same[inside].mean()), 3) if count else None
        told.append({"from": low, "to": high, "pairs": count, "mean": mean, "right": share})
    return told


def grouped(who: Mapping[str, str], groups: Iterable[Sequence[str]], cut: float | None = None) -> dict[str, Any]:
    """Pairwise and B³ figures of groups of records, over the records that ``who`` knows."""
    held: dict[str, str] = {r: r for r in who}
    for group in groups:
        held.update({r: group[0] for r in group if r in held})
    both = Counter((who[r], held[r]) for r in who)
    ours, true = Counter(held.values()), Counter(who.values())
    right, found, wanted = (sum(n * (n - 1) // 2 for n in c.values()) for c in (both, ours, true))
    total = max(len(who), 1)
    precise = sum(n * n / ours[h] for (_, h), n in both.items()) / total
    recalled = sum(n * n / true[w] for (w, _), n in both.items()) / total
    b3 = 2 * precise * recalled / (precise + recalled) if precise + recalled else 0.0
    told: dict[str, Any] = {"cut": cut} if cut is not None else {}
    return {**told, **figures(found, right, wanted), "b3_f1": round(b3, 4)}
