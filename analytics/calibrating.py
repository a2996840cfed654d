"""The shipped calibration: raw scores of flags on generated truth, the shape of each kind, and how well it holds.

Flags are found with thresholds open, so that also those are judged that would not be raised: a curve fitted only on
what passes a threshold knows nothing of what lies below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.crossborder.calibration import calibrated, shape
from analytics.crossborder.picture import Picture, job_actor
from analytics.crossborder.reader import as_flag
from analytics.crossborder.rules import rules
from analytics.crossborder.run import flags_of
from analytics.expected import Judge
from analytics.identities import identities
from analytics.truth import load

if TYPE_CHECKING:
    from graph.access import Actor
    from graph.store.base import Store

BANDS = (0.5, 0.6, 0.7, 0.8, 0.9)


class Example(NamedTuple):
    """A flag found with thresholds open: its kind, its raw score, whether it is right."""

    kind: str
    raw: float
    right: bool


def examples(store: Store, truth_path: Path, everybody: Actor) -> list[Example]:
    """All agencies' flags of a demonstration scenario that was delivered and resolved, judged by its truth.

    ``everybody`` is the development actor, to whom everything is released. What a confirmed identity makes certain is
    left out: there is nothing to learn.
    """
    view = store.view(everybody)
    rows = list(identities(view))
    truth = load(truth_path, rows, {d.name: d.owner for d in view.datasets()})
    sets = {d.number: d for d in store.datasets()}
    agencies = [a.code for a in store.open_agencies()]
    scopes = {code: store.view(job_actor(code)).scope() for code in agencies}
    judge = Judge(
        truth, {code: frozenset((sets[n].owner, sets[n].name) for n in scopes[code].hits) for code in agencies}
    )
    found = []
    for code in agencies:
        for flag in map(as_flag, flags_of(Picture(store, code, opened()))):
            if flag.raw < 1.0:
                found.append(Example(flag.kind, flag.raw, judge.right(flag)))
    return found


def opened() -> dict[str, dict[str, Any]]:
    """The rules without thresholds and without calibration."""
    return {kind: {**rule, "threshold": 0.0, "knots": [], "verdicts": []} for kind, rule in rules().items()}


def shapes(found: Iterable[Example]) -> dict[str, dict[str, Any]]:
    """Kind → the knots that examples of it make, and how many there were."""
    by: dict[str, list[tuple[float, bool]]] = {}
    for e in found:
        by.setdefault(e.kind, []).append((e.raw, e.right))
    return {kind: {"examples": len(some), "knots": shape(some)} for kind, some in sorted(by.items())}


def table(found: Sequence[Example], by: Mapping[str, Mapping[str, Any]]) -> list[dict[str, float | int | None]]:
    """Per band of the calibrated score (from, below from + 0.1): flags, their mean score, the share that is right."""
    known = {kind: {**rule, "knots": by.get(kind, {}).get("knots", ())} for kind, rule in rules().items()}
    scored = [(calibrated(e.raw, known[e.kind]), e.right) for e in found]
    bands = []
    for low in BANDS:
        inside = [(s, r) for s, r in scored if low <= s < low + 0.1 or (low == BANDS[-1] and s >= low)]
        n = len(inside)
        mean, right = (round(sum(x[i] for x in inside) / n, 4) if n else None for i in (0, 1))
        bands.append({"from": low, "flags": n, "mean_score": mean, "right": right})
    return bands
