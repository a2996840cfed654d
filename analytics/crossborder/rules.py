"""The thresholds and weights of ``settings.yaml``, and the discount of what is common."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def rules() -> Mapping[str, Mapping[str, Any]]:
    """Kind → its rule version, threshold, weights and caps."""
    text = resources.files("analytics.crossborder").joinpath("settings.yaml").read_text(encoding="utf-8")
    loaded: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    return loaded


@cache
def rules_digest() -> str:
    """Changes with any rule: the job runs again although no data changed."""
    text = resources.files("analytics.crossborder").joinpath("settings.yaml").read_bytes()
    return hashlib.sha256(text).hexdigest()[:16]


def rarity(carriers: int, rule: Mapping[str, Any]) -> float:
    """How much a thing that ``carriers`` entities of the view share tells of two of them: 1 for two, 0 above the cap.

    A logarithmic discount of hubs, as Adamic and Adar (2003) weigh a common neighbour by 1 / log of its degree.
    """
    if carriers > rule["cap"]:
        return 0.0
    return 1.0 if carriers <= 2 else 1.0 / (1.0 + float(rule["slope"]) * math.log(carriers / 2))
