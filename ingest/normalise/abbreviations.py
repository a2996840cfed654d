"""Abbreviations in names written out (``Ma. Fernanda Hdez.`` → ``María Fernanda Hernández``), and names by marriage.

The name as written stays the name: in Mexico ``Ma.`` is a registered name of its own, and a woman's ``de Gómez`` is her
mother's surname as often as her husband's. What is read into it is given beside it, as inferred.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml

from ingest.normalise.text import fold

_WORD = re.compile(r"([^\W\d_ªº]+)(\.?[ªº]\.?|\.)?")
_ORDINALS = {"ª": "a", "º": "o"}
_WIDOW = re.compile(r"\s+(?:vda|vva|viuda|vi[uú]va|v)\.?\s+de\s+(?P<married>.+)$", re.IGNORECASE)
_LONE_V = re.compile(r"\s+v\s+de\s", re.IGNORECASE)


@cache
def _table() -> dict[str, Any]:
    text = resources.files("ingest.normalise").joinpath("abbreviations.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    for kind in ("bare", "marked"):
        table[kind] = {short: word for word, shorts in table[kind].items() for short in shorts}
    return table


@lru_cache(maxsize=2_000)
def expand(text: str) -> str:
    """``text`` with its abbreviations written out; unchanged where it has none that is certain."""
    table = _table()
    words = list(_WORD.finditer(text))

    def spell(at: int, found: re.Match[str]) -> str:
        plain = fold(found[1]) + _ORDINALS.get((found[2] or "").strip("."), "")
        last = at == len(words) - 1
        if last and plain in table["not_last"]:
            return found[0]
        word = table["bare"].get(plain) or (table["marked"].get(plain) if found[2] else None)
        if word is None and not last and fold(words[at + 1][1]) in table["before"].get(plain, ()):
            word = table["marked"].get(plain)
        if word is None:
            return found[0]
        return word.upper() if found[1].isupper() and (len(found[1]) > 2 or text.isupper()) else str(word)

    parts, end = [], 0
    for at, found in enumerate(words):
        parts += [text[end : found.start()], spell(at, found)]
        end = found.end()
    return "".join([*parts, text[end:]])


def widow(text: str) -> tuple[str, str]:
    """A name without ``viuda de X`` at its end, and X; ``v.`` counts with its point only."""
    found = _WIDOW.search(text)
    if not found or _LONE_V.match(text, found.start()):
        return text, ""
    return text[: found.start()], found["married"].strip()


def by_marriage(surnames: list[str], given: str, country: str, women: frozenset[str], names: frozenset[str]) -> str:
    """The husband's surname that the last of ``surnames`` (``de X``) most likely is; empty where it need not be one.

    ``women``, ``names``: folded given names of women, and of anybody (``de Jesús`` is no husband). Only where that is
    the custom, after another surname, and for no compound surname that has its ``de`` from of old.
    """
    table = _table()
    if country not in table["custom"] or len(surnames) < 2 or not set(fold(given).split()) & women:
        return ""
    last = surnames[-1].split()
    if len(last) != 2 or fold(last[0]) != "de" or fold(last[1]) in names:
        return ""
    if fold(" ".join(surnames[-2:])) in table["compound"]:
        return ""
    return last[1]
