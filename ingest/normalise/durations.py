"""Lengths of time as call records write them, to whole seconds: ``95``, ``00:01:35``, ``1:35``, ``1 min 35 s``."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.normalise.result import Normal

_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{2})(?:[.,]\d{1,3})?")
_WORDS = re.compile(
    r"(?:(\d{1,4})\s*h(?:s|rs?|oras?|ours?)?\.?\s*)?(?:(\d{1,5})\s*(?:m|min|mins|minutos?|minutes?|')\.?\s*)?"
    r"(?:(\d{1,7})\s*(?:s|seg|segs|segundos?|sec|seconds?|\"|'')\.?)?",
    re.IGNORECASE,
)
_PLAIN = re.compile(r"(\d{1,9})(?:[.,]0+)?")


@lru_cache(maxsize=10_000)
def normal_duration(text: str) -> Normal | None:
    """Whole seconds; ``mm:ss`` where two parts stand, as operators mean it. None for what is no length of time."""
    text = text.strip()
    if found := _PLAIN.fullmatch(text):
        return Normal(str(int(found[1])))
    if found := _CLOCK.fullmatch(text):
        hours, minutes, seconds = (int(g or 0) for g in found.groups())
        return Normal(str(hours * 3600 + minutes * 60 + seconds)) if seconds < 60 else None
    found = _WORDS.fullmatch(text)
    if found and any(found.groups()):
        hours, minutes, seconds = (int(g or 0) for g in found.groups())
        return Normal(str(hours * 3600 + minutes * 60 + seconds))
    return None
