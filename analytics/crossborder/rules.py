"""The thresholds and weights of ``settings.yaml``, how scores are calibrated, and the discount of what is common."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import orjson
import yaml

from graph.errors import SettingsError
from graph.settings import settings

if TYPE_CHECKING:
    from graph.store.base import Store

OWN = "flag_calibration"  # documents of the store: agency → kind → the layer its own verdicts made
FILES = ("settings.yaml", "calibration.yaml")


def _text(name: str) -> str:
    return resources.files("analytics.crossborder").joinpath(name).read_text(encoding="utf-8")


@cache
def rules() -> Mapping[str, Mapping[str, Any]]:
    """Kind → its rule version, thresholds, weights, caps and shipped calibration."""
    loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(_text("settings.yaml"))
    shapes = yaml.safe_load(_text("calibration.yaml"))["kinds"]
    return {
        kind: {**rule, "knots": shapes.get(kind, {}).get("knots", []), "verdicts": []} for kind, rule in loaded.items()
    }


def rules_of(store: Store, agency: str) -> Mapping[str, Mapping[str, Any]]:
    """The rules for one agency: those shipped, the thresholds of the settings, and what its own verdicts taught."""
    return with_layers(store.kept(OWN).get(agency, {}).get("layers", {}))


def with_layers(own: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    """The shipped rules with an agency's own layers (kind → intercept, slope, examples) above them."""
    wanted = thresholds()
    found = {}
    for kind, rule in rules().items():
        layers = [list(own[kind])] if kind in own else []
        found[kind] = {**rule, "verdicts": layers, "threshold": wanted.get(kind, rule["threshold"])}
    return found


def thresholds() -> dict[str, float]:
    """Kind → threshold, of ``VINCULO_FLAG_THRESHOLDS`` (``hit=0.7,money=0.6``); :class:`SettingsError` for nonsense."""
    found: dict[str, float] = {}
    for entry in filter(None, (e.strip() for e in settings().flag_thresholds.split(","))):
        kind, _, value = entry.partition("=")
        try:
            number = float(value)
        except ValueError:
            number = -1.0
        if kind.strip() not in rules() or not 0.0 <= number <= 1.0:
            hint = f"{' | '.join(rules())}, 0–1"
            raise SettingsError("error.setting", name="VINCULO_FLAG_THRESHOLDS", value=entry, hint=hint)
        found[kind.strip()] = number
    return found


def rules_digest(store: Store | None = None) -> str:
    """Changes with any rule, threshold or calibration: the job runs again although no data changed."""
    own = store.kept(OWN) if store else {}
    parts = [*(_text(name) for name in FILES), settings().flag_thresholds]
    parts.append(orjson.dumps(own, option=orjson.OPT_SORT_KEYS).decode())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def rarity(carriers: int, rule: Mapping[str, Any]) -> float:
    """How much a thing that ``carriers`` entities of the view share tells of two of them: 1 for two, 0 above the cap.

    A logarithmic discount of hubs, as Adamic and Adar (2003) weigh a common neighbour by 1 / log of its degree.
    """
    if carriers > rule["cap"]:
        return 0.0
    return 1.0 if carriers <= 2 else 1.0 / (1.0 + float(rule["slope"]) * math.log(carriers / 2))
