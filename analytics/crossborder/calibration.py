"""From a kind's raw score to a share: what a flag says is 0.9 should be true nine times of ten.

Two layers, one above the other. The shipped one (``calibration.yaml``) is fitted on thousands of flags of generated
truth: isotonic regression (Zadrozny and Elkan 2002), kept as knots between which it is linear, so that it takes any
rising shape. An agency's own verdicts, of which there are few, make the second: a logistic curve over the log-odds,
``sigmoid(intercept + slope · logit(score))`` (Platt 1999, as Kull et al. 2017 use it on probabilities), fitted by
maximum a posteriori with a normal prior on the identity (intercept 0, slope 1): without evidence it changes nothing,
and little evidence moves it little.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.isotonic import IsotonicRegression

EDGE = 1e-4  # scores are kept off 0 and 1, whose log-odds are infinite
SPREAD = (1.5, 0.5)  # standard deviations of the prior of intercept and slope
STEP = 0.025  # of raw score: one knot each
STEPS, CLOSE = 100, 1e-10


Knots = tuple[tuple[float, float], ...]


class Layer(NamedTuple):
    """A logistic curve, and how many examples made it."""

    intercept: float = 0.0
    slope: float = 1.0
    examples: int = 0


def calibrated(raw: float, rule: Mapping[str, Any]) -> float:
    """The score of a flag of this rule, between 0 and 1; what is certain stays so, what nobody confirmed never is."""
    if raw >= 1.0:
        return 1.0
    knots = rule.get("knots", ())
    score = float(np.interp(raw, [x for x, _ in knots], [y for _, y in knots])) if knots else raw
    for intercept, slope, *_ in rule.get("verdicts", ()):
        score = _curve(score, intercept, slope)
    return round(min(score, float(rule.get("most", 0.99))), 4)


def _curve(score: float, intercept: float, slope: float) -> float:
    odds = intercept + slope * _logit(score)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def _logit(score: float) -> float:
    kept = min(1.0 - EDGE, max(EDGE, score))
    return math.log(kept / (1.0 - kept))


def shape(examples: Sequence[tuple[float, bool]]) -> Knots:
    """The rising shape that (raw score, whether it was right) examples make: (raw, share) knots, at most one a step.

    The prior is that a score means what it says: one example on it at each step of :data:`STEP`, so that a step that
    nobody fell on is no cliff, and a handful of examples makes no certainty.
    """
    grid = np.arange(STEP / 2, 1.0, STEP)
    step = np.array([min(len(grid) - 1, int(raw / STEP)) for raw, _ in examples], dtype=np.int64)
    right = np.array([float(r) for _, r in examples])
    count = np.bincount(step, minlength=len(grid))
    share = (np.bincount(step, weights=right, minlength=len(grid)) + grid) / (count + 1)
    place = (np.bincount(step, weights=[raw for raw, _ in examples], minlength=len(grid)) + grid) / (count + 1)
    rising = IsotonicRegression(y_min=0.0, y_max=1.0).fit(grid, share, sample_weight=count + 1).predict(grid)
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in zip(place, rising, strict=True))


def fit(examples: Sequence[tuple[float, bool]]) -> Layer:
    """The layer that (score, whether it was right) examples make, by Newton's method; the slope is never negative.

    The posterior is strictly concave, so there is one maximum, and the order of examples does not matter.
    """
    if not examples:
        return Layer()
    x = np.array([_logit(score) for score, _ in sorted(examples)])
    y = np.array([float(right) for _, right in sorted(examples)])
    design = np.column_stack([np.ones_like(x), x])
    centre, weight = np.array([0.0, 1.0]), np.diag([1.0 / SPREAD[0] ** 2, 1.0 / SPREAD[1] ** 2])
    theta = centre.copy()
    for _ in range(STEPS):
        p = 1.0 / (1.0 + np.exp(-np.clip(design @ theta, -30, 30)))
        slope = design.T @ (y - p) - weight @ (theta - centre)
        bend = (design.T * (p * (1 - p))) @ design + weight
        move = np.linalg.solve(bend, slope)
        while (
            _posterior(theta + move, design, y, centre, weight) < _posterior(theta, design, y, centre, weight) - 1e-12
        ):
            move /= 2
        theta = theta + move
        if np.abs(move).max() < CLOSE:
            break
    if theta[1] < 0:  # more score would mean less truth: one constant share instead
        share = (y.sum() + 1) / (len(y) + 2)
        return Layer(round(_logit(float(share)), 6), 0.0, len(y))
    return Layer(round(float(theta[0]), 6), round(float(theta[1]), 6), len(y))


def _posterior(theta: Any, design: Any, y: Any, centre: Any, weight: Any) -> float:
    odds = design @ theta
    away = theta - centre
    return float((y * odds - np.logaddexp(0, odds)).sum() - away @ weight @ away / 2)
