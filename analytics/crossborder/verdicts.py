"""What an agency's verdicts teach of its flags: a layer of calibration per kind, its effect, and putting it in force.

Only the agency's own verdicts count, and only its own flags change: another agency's never show in either. A verdict
``accepted`` or ``known`` says that the flag was right, ``wrong`` that it was not; of several on a flag the last holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from analytics.crossborder.calibration import Layer, calibrated, fit
from analytics.crossborder.flags import KINDS
from analytics.crossborder.picture import Picture
from analytics.crossborder.rules import OWN, rules, with_layers
from analytics.crossborder.run import flags_of
from graph.access import Actor, require
from graph.errors import AccessDenied
from graph.flagging import VERDICTS, WORKING_ROLES, WRONG, lives

if TYPE_CHECKING:
    from graph.store.base import Store

Rules = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Effect:
    """Of one kind: verdicts and how many said wrong; flags raised before and after, how many come and go; the share of
    them that is expected to be right, by the new scores (None: no flag)."""

    kind: str
    verdicts: int
    wrong: int
    before: int
    after: int
    appear: int
    disappear: int
    expected_before: float | None
    expected_after: float | None


@dataclass(frozen=True, slots=True)
class Recalibration:
    """Layers by kind and what they would change."""

    layers: Mapping[str, Layer]
    effects: tuple[Effect, ...]


def examples(store: Store, actor: Actor) -> dict[str, list[tuple[float, bool]]]:
    """Kind → (score by the shipped calibration, whether it was right) of each flag that the agency judged."""
    found: dict[str, list[tuple[float, bool]]] = {}
    for _, life in sorted(lives(store, actor).items()):
        given = [e for e in life.history if e.what == "step" and e.step in VERDICTS and not e.ignored]
        if given and (kind := str(given[-1].held.get("kind", ""))) in rules():
            score = calibrated(float(given[-1].held["raw"]), rules()[kind])
            found.setdefault(kind, []).append((score, given[-1].step != WRONG))
    return found


def recalibrate(store: Store, actor: Actor) -> Recalibration:
    """What the agency's verdicts so far would make of its scores. Nothing is changed, and the look is logged.

    A confirmed identity stays certain: it is judged by judgements, not by verdicts on flags.
    """
    _may(store, actor)
    judged = {kind: [e for e in found if e[0] < 1.0] for kind, found in examples(store, actor).items()}
    layers = {kind: fit(found) for kind, found in sorted(judged.items()) if found}
    effects = _effects(store, actor.agency, judged, with_layers(layers))
    fields = {"actor": actor.id, "agency": actor.agency, "what": "flag calibrate", "records": []}
    store.audit.looks.append(**fields, results=sum(e.verdicts for e in effects), ground="")
    return Recalibration(layers, effects)


def put(store: Store, actor: Actor, layers: Mapping[str, Layer]) -> None:
    """Put layers in force for the agency's flags from the next run on; none: the shipped calibration alone."""
    _may(store, actor)
    require(actor, "coordinator", actor.agency)
    counts = {kind: layer.examples for kind, layer in layers.items()}
    store.audit.changes.append(what="flag calibrate", actor=actor.id, agency=actor.agency, records=[], verdicts=counts)
    at = store.clock().isoformat(timespec="seconds")
    body = {"layers": {kind: list(layer) for kind, layer in layers.items()}, "by": actor.id, "at": at}
    store.keep(OWN, {actor.agency: body if layers else None})


def _may(store: Store, actor: Actor) -> None:
    store.admit(actor)
    if not actor.roles & WORKING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst | coordinator")


def _effects(
    store: Store, agency: str, judged: Mapping[str, list[tuple[float, bool]]], new: Rules
) -> tuple[Effect, ...]:
    before, after = _raised(Picture(store, agency)), _raised(Picture(store, agency, new))
    effects = []
    for kind in KINDS:
        old = {i: raw for i, (k, raw) in before.items() if k == kind}
        now = {i: raw for i, (k, raw) in after.items() if k == kind}
        said = judged.get(kind, [])
        if old or now or said:
            wrong = sum(not right for _, right in said)
            moved = (len(now.keys() - old.keys()), len(old.keys() - now.keys()))
            shares = (_expected(old, new[kind]), _expected(now, new[kind]))
            effects.append(Effect(kind, len(said), wrong, len(old), len(now), *moved, *shares))
    return tuple(effects)


def _raised(picture: Picture) -> dict[str, tuple[str, float]]:
    return {f.id: (f.kind, float(orjson.loads(f.body)["raw"])) for f in flags_of(picture)}


def _expected(raised: Mapping[str, float], rule: Mapping[str, Any]) -> float | None:
    scores = [calibrated(raw, rule) for raw in raised.values()]
    return round(sum(scores) / len(scores), 4) if scores else None
