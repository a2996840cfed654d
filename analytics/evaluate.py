"""Precision and recall of identities and flags against the truth of a demonstration scenario.

Identities are measured over pairs of records and by B³ (Bagga and Baldwin 1998); flags by kind, against the connections
that an agency can be expected to see: its own side, and a side that is released to it far enough.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.crossborder.picture import job_actor
from analytics.crossborder.reader import flags
from analytics.expected import Judge, Told, expectations
from analytics.identities import IdentityRow, identities
from analytics.truth import Truth, load

if TYPE_CHECKING:
    from analytics.crossborder.flags import Flag
    from graph.access import Actor
    from graph.store.base import Store
    from graph.view import View

BANDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def identities_table(view: View) -> Iterator[IdentityRow]:
    """See :func:`analytics.identities.identities`; what ``vinculo identities --csv`` writes."""
    return identities(view)


def evaluate(store: Store, truth_path: Path, actor: Actor) -> dict[str, Any]:
    """Measure what ``actor`` sees. Shares are between 0 and 1, None where there is nothing to divide by.

    ``identities``: ``automatic`` (confirmed and automatic) and ``proposed`` (proposals too). ``lookalikes``: how many
    planted look-alikes are held to be one thing. ``flags``: per kind the connections expected, those found by a flag of
    that kind and of any kind, the flags raised and how many are right; ``calibration`` by score band.
    """
    view = store.view(actor)
    rows = list(identities(view))
    truth = load(truth_path, rows, {d.name: d.owner for d in view.datasets()})
    entity = {r.record: r.entity for r in rows}
    group = {r.record: r.group for r in rows}
    return {
        "identities": {
            "records": len(truth.who),
            "unplaced_rows": truth.unplaced,
            "automatic": clustering(truth.who, entity),
            "proposed": clustering(truth.who, group),
        },
        "lookalikes": _lookalikes(truth, entity, group),
        "flags": _flags(store, view, truth),
    }


def clustering(truth: Mapping[str, str], found: Mapping[str, str]) -> dict[str, float | int | None]:
    """Pairwise and B³ precision, recall and F1 of a clustering, over the records that ``truth`` knows."""
    both = Counter((truth[r], found[r]) for r in truth)
    true, ours = Counter(truth.values()), Counter(found[r] for r in truth)
    hits, wanted, made = (sum(n * (n - 1) // 2 for n in c.values()) for c in (both, true, ours))
    precise = sum(n * n / ours[f] for (_, f), n in both.items())
    recalled = sum(n * n / true[t] for (t, _), n in both.items())
    total = len(truth)
    return {
        "pairs_true": wanted,
        "pairs_found": made,
        "pairs_right": hits,
        **_figures("", _share(hits, made), _share(hits, wanted)),
        **_figures("b3_", _share(precise, total), _share(recalled, total)),
    }


def _figures(prefix: str, precision: float | None, recall: float | None) -> dict[str, float | int | None]:
    f1 = None
    if precision is not None and recall is not None:
        f1 = round(2 * precision * recall / (precision + recall), 4) if precision + recall else 0.0
    return {f"{prefix}precision": precision, f"{prefix}recall": recall, f"{prefix}f1": f1}


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _lookalikes(truth: Truth, entity: Mapping[str, str], group: Mapping[str, str]) -> dict[str, Any]:
    """Look-alikes of which records of different things are held to be one: automatically (must be 0), or proposed."""
    merged: Counter[str] = Counter()
    proposed: Counter[str] = Counter()
    for kind, records in truth.lookalikes:
        known = [r for r in records if r in truth.who]
        for counted, member in ((merged, entity), (proposed, group)):
            held: dict[str, set[str]] = {}
            for r in known:
                held.setdefault(member[r], set()).add(truth.who[r])
            counted[kind] += any(len(who) > 1 for who in held.values())
    return {
        "total": len(truth.lookalikes),
        "merged": sum(merged.values()),
        "proposed": sum(proposed.values()),
        "proposed_by_kind": {k: n for k, n in sorted(proposed.items()) if n},
    }


def _flags(store: Store, view: View, truth: Truth) -> dict[str, Any]:
    raised = flags(view)
    agencies = [a.code for a in store.agencies()] if view.actor.everything else [view.actor.agency]
    by_agency: dict[str, list[Flag]] = {code: [] for code in agencies}
    for flag in raised:
        by_agency.setdefault(flag.agency, []).append(flag)
    expected: Counter[str] = Counter()
    found: Counter[str] = Counter()
    by_any: Counter[str] = Counter()
    basis: dict[str, Counter[str]] = {}
    sets = {d.number: d for d in store.datasets()}
    hitable: dict[str, frozenset[tuple[str, str]]] = {}
    for code in agencies:
        scope = store.view(job_actor(code)).scope()
        hitable[code] = frozenset((sets[n].owner, sets[n].name) for n in scope.hits)
        known = Told(by_agency[code])
        for want in expectations(truth, code, scope, sets.values()):
            expected[want.kind] += 1
            told = known.kinds(want)
            found[want.kind] += want.kind in told
            by_any[want.kind] += bool(told)
            _count(basis.setdefault(want.basis, Counter()), bool(told))
    judge = Judge(truth, hitable)
    right = {flag.id: judge.right(flag) for flag in raised}
    kinds = sorted({*expected, *(f.kind for f in raised)})
    table = {k: _kind(expected[k], found[k], by_any[k], [right[f.id] for f in raised if f.kind == k]) for k in kinds}
    every = [right[f.id] for f in raised]
    table["all"] = _kind(sum(expected.values()), sum(found.values()), sum(by_any.values()), every)
    return {
        "kinds": table,
        "basis": {b: {**c, "recall": _share(c["found"], c["expected"])} for b, c in sorted(basis.items())},
        "calibration": _calibration([(f.score, right[f.id]) for f in raised]),
    }


def _count(counter: Counter[str], hit: bool) -> None:
    counter["expected"] += 1
    counter["found"] += hit


def _kind(expected: int, found: int, by_any: int, right: list[bool]) -> dict[str, float | int | None]:
    return {
        "expected": expected,
        "found": found,
        "found_by_any_kind": by_any,
        "recall": _share(found, expected),
        "recall_any_kind": _share(by_any, expected),
        "flags": len(right),
        "right": sum(right),
        "precision": _share(sum(right), len(right)),
    }


def _calibration(scored: list[tuple[float, bool]]) -> list[dict[str, float | int | None]]:
    """Share of right flags per score band."""
    bands = []
    for low, high in zip(BANDS, (*BANDS[1:], 1.0001), strict=True):
        inside = [(s, r) for s, r in scored if low <= s < high]
        mean = _share(sum(s for s, _ in inside), len(inside))
        share = _share(sum(r for _, r in inside), len(inside))
        bands.append({"from": low, "to": min(high, 1.0), "flags": len(inside), "mean_score": mean, "right": share})
    return bands
