"""Stocks of names and words, read once from the YAML files beside this module.

Names are drawn by rank with weight 1 / (rank + q) ** s (Zipf–Mandelbrot), which gives the shares that national name
statistics show: the most frequent surname about 2.5 % of people, the ten most frequent about 15 %.
"""

from __future__ import annotations

import math
from bisect import bisect
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import Any

import yaml

from ingest.scenario.rates import Variant

PORTUGUESE = frozenset({"BR", "PT"})


@cache
def load(name: str) -> Any:
    """The content of ``data/NAME.yaml``."""
    text = resources.files("ingest.scenario").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (both are safe loaders)


def language(country: str) -> str:
    """Language that names of ``country`` follow: ``pt`` or ``es``."""
    return "pt" if country in PORTUGUESE else "es"


class Weighted:
    """Values with Zipf–Mandelbrot weights, drawn by a number between 0 and 1."""

    def __init__(self, values: list[str], q: float, s: float) -> None:
        weights = [1 / (rank + q) ** s for rank in range(1, len(values) + 1)]
        total = sum(weights)
        self.values = values
        self.bounds = list(accumulate(weight / total for weight in weights))
        self.bounds[-1] = 1.0
        self.bits = {value: -math.log2(weight / total) for value, weight in zip(values, weights, strict=True)}

    def at(self, u: float) -> str:
        """The value at ``u`` of the cumulated weights."""
        return self.values[bisect(self.bounds, u, 0, len(self.values) - 1)]


def _mix(own: list[str], common: list[str]) -> list[str]:
    """A country's own list interleaved with the common one, without repeats."""
    mixed: dict[str, None] = {}
    for index, name in enumerate(common):
        if index < len(own):
            mixed.setdefault(own[index])
        mixed.setdefault(name)
    return list(mixed)


def _held_out(names: list[str], common: list[str], variant: Variant) -> list[str]:
    """``names`` without those that only the other variant has: one in five of the common stock each."""
    absent = {name for rank, name in enumerate(common) if rank % 5 == (4 if variant == "train" else 3)}
    return [name for name in names if name not in absent]


class Names:
    """The names of one country: ``surname``, ``male`` and ``female`` are Weighted."""

    def __init__(self, country: str, variant: Variant) -> None:
        self.language = language(country)
        data = load(f"names_{self.language}")

        def stock(kind: str, q: float, s: float) -> Weighted:
            common = list(dict.fromkeys(data[kind]))
            mixed = _mix(data[f"own_{kind}"].get(country, []), common)
            return Weighted(_held_out(mixed, common, variant), q, s)

        if "surnames" not in data:
            raise ValueError(f"no surnames for {country}")
        self.surname = stock("surnames", 8, 0.95)
        self.male = stock("male", 5, 0.9)
        self.female = stock("female", 5, 0.9)
        self.reserved: list[str] = data["reserved_surnames"]
        self.aliases: list[str] = data["aliases"]
        self.particles = {name: particle for particle, names in data.get("particles", {}).items() for name in names}


@cache
def names(country: str, variant: Variant) -> Names:
    """The stock of ``country`` (ISO 3166 alpha-2, upper case) in one variant."""
    return Names(country, variant)


@cache
def short_forms() -> tuple[dict[str, list[str]], dict[str, str]]:
    """(hypocorisms, abbreviations) of both languages."""
    spanish, portuguese = load("names_es"), load("names_pt")
    return (
        {**spanish["hypocorisms"], **portuguese["hypocorisms"]},
        {**spanish["abbreviations"], **portuguese["abbreviations"]},
    )


@cache
def spellings() -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
    """(Spanish to Portuguese, Portuguese to Spanish, within a language)."""
    data = load("spelling")
    forward: dict[str, str] = {a: b for a, b in data["es_pt"].items() if a != b}
    return forward, {b: a for a, b in forward.items()}, data["within"]
