"""Folding: what is left of a written name when case, accents and punctuation say nothing.

ñ becomes n and ç becomes c, because lists in capitals without accents write them so; the phonetic key
(:mod:`analytics.identity.names.phonetics`) brings the sounds back together. Unlike Unicode case folding, an ordinal
sign is written out (``M.ª`` → ``ma``), since it is part of an abbreviation.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml

_SPECIAL = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "þ": "th", "ª": "a", "º": "o"}
_DROPPED = "'’`´ʼ."
_WORD = re.compile(r"[^\W_]+")


@cache
def data(name: str) -> dict[str, Any]:
    """One of this package's tables (``names/data/NAME.yaml``)."""
    text = resources.files("analytics.identity.names").joinpath("data", f"{name}.yaml").read_text(encoding="utf-8")
    table: dict[str, Any] = yaml.safe_load(text)
    return table


@cache
def _table() -> dict[int, str]:
    table = {ord(c): "" for c in _DROPPED}
    for code in range(0xA0, 0x250):
        char = chr(code)
        low = char.lower()
        plain = "".join(c for c in unicodedata.normalize("NFKD", low) if not unicodedata.combining(c))
        table[code] = _SPECIAL.get(low, plain)
    return table


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Lower case, Latin letters without accents, stops and apostrophes dropped; other punctuation is left in place."""
    if text.isascii():
        return text.lower().translate(_table())
    lowered = text.lower().translate(_table())
    if lowered.isascii():
        return lowered
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return plain.lower().translate(_table())


def words(text: str) -> list[str]:
    """Folded words of ``text``: runs of letters and digits."""
    return _WORD.findall(fold(text))
