"""Addresses told from a landmark (``200 mts. S de la iglesia``, ``del mercado 2 c. al lago, 1 c. arriba``): one form of
each step, nothing moved or computed.

Where there are no street names this is the address, so it stays whole; only distance, unit and direction are written
alike, so that two tellings of one place meet.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from ingest.normalise.text import fold

_STEP = re.compile(
    r"(?<![\w.,/-])(?P<count>\d{1,4}(?:[.,]\d{1,3})?|½|\d½)\s*(?P<unit>[^\W\d_]{1,10})\.?"
    r"\s+(?:(?:al?|ao|para\s+o|hacia\s+(?:el|la)?|rumbo\s+al?)\s+(?:la\s+)?)?(?P<way>[^\W\d_]{1,8})(?:\.|\b)"
    r"(?P<of>\s+(?=(?:de|del|da|do)\b))?",
    re.IGNORECASE,
)


class Step(NamedTuple):
    """One step from a landmark: how many of which unit, which way."""

    number: str
    unit: str
    way: str

    @property
    def text(self) -> str:
        """The step in its one form."""
        table = _table()
        unit = self.unit[:-1] if self.number == "1" and self.unit.endswith("s") else self.unit
        if self.way in table["plain"]:
            return f"{self.number} {unit} {self.way}"
        article = "ao" if self.way in table["portuguese"] else "a la" if self.way == "montaña" else "al"
        return f"{self.number} {unit} {article} {self.way}"


@cache
def _table() -> dict[str, Any]:
    text = resources.files("ingest.normalise").joinpath("relative.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    for kind in ("units", "directions"):
        table[kind] = {short: word for word, shorts in table[kind].items() for short in shorts}
    return table


def _step(found: re.Match[str]) -> Step | None:
    table = _table()
    unit, way = table["units"].get(fold(found["unit"])), table["directions"].get(fold(found["way"]))
    short = len(found["way"]) == 1
    # a lone letter is a direction only where a landmark follows: "10 m e de la plaza", and no "Manzana 3 c s"
    if not unit or not way or (short and not found["of"]):
        return None
    return Step(found["count"].replace(",", "."), unit, way)


@lru_cache(maxsize=10_000)
def steps(text: str) -> tuple[Step, ...]:
    """The steps that an address tells, in order; none for one told by street and number."""
    return tuple(step for found in _STEP.finditer(text) if (step := _step(found)))


def spell_steps(text: str) -> str:
    """``text`` with each of its steps in its one form."""

    def spell(found: re.Match[str]) -> str:
        step = _step(found)
        return found[0] if step is None else step.text + (" " if found["of"] else "")

    return _STEP.sub(spell, text)
