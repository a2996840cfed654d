"""Routes told in one line, as reports do: ``Guayaquil–Colón–Amberes``, ``desde Santos hasta Róterdam vía Leixões``."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.normalise.places import find_place
from ingest.normalise.text import clean, is_placeholder

_ARROWS = re.compile(r"\s*(?:->|=>|→|➔|➜|⇒|—|–|>|»|\s/\s|;)\s*")
_SPACED = re.compile(r"\s+-+\s*|\s*-+\s+")
_WORDS = re.compile(
    r"^(?:(?:desde|de|from)\s+)?(?P<first>.+?)\s+(?:hasta|hacia|a|até|para|to)\s+(?P<last>.+?)"
    r"(?:,?\s+(?:v[ií]a|por|pasando\s+por|passando\s+por|con\s+escalas?\s+en|com\s+escalas?\s+em|via)\s+(?P<via>.+))?$",
    re.IGNORECASE,
)
_FIRM = re.compile(r"\b(?:desde|hasta|hacia|até|from)\b", re.IGNORECASE)
_VIA = re.compile(
    r"\s*[(,]?\s*\b(?:v[ií]a|con\s+escalas?\s+en|com\s+escalas?\s+em)\s+(?P<via>[^()]+)\)?\s*$", re.IGNORECASE
)
_BETWEEN = re.compile(r"\s*,\s*|\s+(?:y|e|and)\s+")


@lru_cache(maxsize=5_000)
def split_route(text: str) -> tuple[str, ...]:
    """Places of a route in the order travelled, as written; empty where ``text`` is no list of at least two.

    Arrows and long dashes always part; hyphens part where blanks stand beside them, or where what they part are
    places that are known (``Guayaquil-Colón`` is two, ``Port-au-Prince`` is one).
    """
    text = clean(text).strip(" .;")
    if is_placeholder(text):
        return ()
    for pattern in (_ARROWS, _SPACED):
        parts = _parts(pattern.split(text))
        if len(parts) > 1:
            return _with_via(parts)
    if "-" in text:
        parts = _parts(text.split("-"))
        if len(parts) > 1 and all(find_place(p) for p in parts):
            return parts
    if found := _WORDS.match(text):
        via = _parts(_BETWEEN.split(found["via"])) if found["via"] else ()
        parts = (found["first"].strip(), *via, found["last"].strip())
        # "a" is a word of many names: without a firmer one, both ends must be places that are known
        if _FIRM.search(text) or all(find_place(p) for p in (parts[0], parts[-1])):
            return parts
    return ()


def _parts(parts: list[str]) -> tuple[str, ...]:
    return tuple(p.strip(" ,.;") for p in parts if p.strip(" ,.;-"))


def _with_via(parts: tuple[str, ...]) -> tuple[str, ...]:
    """``Guayaquil → Amberes (vía Colón)``: what is on the way stands before the last place."""
    found = _VIA.search(parts[-1])
    if not found:
        return parts
    last = parts[-1][: found.start()].strip(" (,")
    return (*parts[:-1], *_parts(_BETWEEN.split(found["via"])), last) if last else parts
