"""Names of organisations: the words that tell which one it is, apart from the legal form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from analytics.identity.names.fold import data, words
from analytics.identity.names.parse import MAX_GIVEN, MAX_SURNAMES

MAX_WORDS = MAX_GIVEN + MAX_SURNAMES
_INSIDE_BRACKETS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Firm:
    """``words``: folded, in order, without legal form and particles; ``form``: code of the legal form, empty for none
    found."""

    written: str
    words: tuple[str, ...]
    form: str = ""

    @property
    def normal(self) -> str:
        """Normal form: the words in order."""
        return " ".join(self.words)


@cache
def _forms() -> dict[tuple[str, ...], str]:
    """Folded words of a legal form → its code."""
    found: dict[tuple[str, ...], str] = {}
    for code, written in data("organisation_forms")["forms"].items():
        for text in written:
            found.setdefault(tuple(_joined(words(text))), code)
    return found


@cache
def common_words() -> frozenset[str]:
    """Words that say nothing of which organisation it is (trade, services …)."""
    return frozenset(data("organisation_forms")["common"])


@cache
def _particles() -> frozenset[str]:
    return frozenset(data("particles")["particles"]) | {"a", "the", "of", "and"}


def _joined(parts: list[str]) -> list[str]:
    """Runs of single letters as one word: s a de c v → sa de cv."""
    out: list[str] = []
    run = ""
    for part in parts:
        if len(part) == 1 and part.isalpha():
            run += part
            continue
        if run:
            out.append(run)
            run = ""
        out.append(part)
    if run:
        out.append(run)
    return out


@lru_cache(maxsize=200_000)
def firm(written: str) -> Firm:
    """Parse an organisation's name; the longest legal form at its end, or at its start, is taken off (twice at
    most)."""
    parts = _joined(words(_INSIDE_BRACKETS.sub(" ", written))) or _joined(words(written))
    form = ""
    for _ in range(2):
        for length in range(min(7, len(parts) - 1), 0, -1):
            code = _forms().get(tuple(parts[-length:]))
            if code:
                parts, form = parts[:-length], form or code
                break
        else:
            break
    if not form:
        for length in range(min(4, len(parts) - 1), 1, -1):
            code = _forms().get(tuple(parts[:length]))
            if code:
                parts, form = parts[length:], code
                break
    kept = [part for part in parts if part not in _particles()] or parts
    return Firm(written, tuple(kept[:MAX_WORDS]), form)
