"""From a kind's raw score to a share: what a flag says is 0.9 should be true nine times of ten.

A layer is a logistic curve over the log-odds of what lies below it, ``sigmoid(intercept + slope · logit(score))``
(Platt 1999, as Kull et al. 2017 use it on probabilities). It is fitted by maximum a posteriori with a normal prior on
the identity (intercept 0, slope 1): without evidence a layer changes nothing, and little evidence moves it little. The
first layer is shipped (``calibration.yaml``, fitted on generated truth), an agency's own verdicts make the second.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

EDGE = 1e-4  # scores are kept off 0 and 1, whose log-odds are infinite
SPREAD = (1.5, 0.5)  # standard deviations of the prior of intercept and slope
STEPS, CLOSE = 100, 1e-10


class Layer(NamedTuple):
    """A curve, and how many examples made it."""

    intercept: float = 0.0
    slope: float = 1.0
    examples: int = 0


def calibrated(raw: float, rule: Mapping[str, Any]) -> float:
    """The score of a flag of this rule, between 0 and 1; what is certain stays so, what nobody confirmed never is."""
    if raw >= 1.0:
        return 1.0
    score = raw
    for intercept, slope, *_ in rule.get("calibration", ()):
        score = _curve(score, intercept, slope)
    return round(min(score, float(rule.get("most", 0.99))), 4)


def _curve(score: float, intercept: float, slope: float) -> float:
    odds = intercept + slope * _logit(score)
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, odds))))


def _logit(score: float) -> float:
    kept = min(1.0 - EDGE, max(EDGE, score))
    return math.log(kept / (1.0 - kept))


def fit(examples: Sequence[tuple[float, bool]], spread: tuple[float, float] = SPREAD) -> Layer:
    """The layer that (score, whether it was right) examples make, by Newton's method; the slope is never negative.

    ``spread``: the prior's standard deviations, where there is more to learn from than people's verdicts.

    The posterior is strictly concave, so there is one maximum, and the order of examples does not matter.
    """
    if not examples:
        return Layer()
    x = np.array([_logit(score) for score, _ in sorted(examples)])
    y = np.array([float(right) for _, right in sorted(examples)])
    design = np.column_stack([np.ones_like(x), x])
    centre, weight = np.array([0.0, 1.0]), np.diag([1.0 / spread[0] ** 2, 1.0 / spread[1] ** 2])
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
