"""Search order: a score of ours over visible words. Engines' relevance scores, which hidden rows move, are not used."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rapidfuzz import fuzz, process

from graph.packing import fold


def words_of(text: str) -> list[str]:
    """What is looked for: folded words; a number written with dots, dashes or blanks is looked for as one word."""
    words = fold(text).split()
    if words and all(w.isdigit() or len(w) <= 2 for w in words) and any(c.isdigit() for c in text):
        return ["".join(words)]
    return list(dict.fromkeys(words))


def scores(words: Sequence[str], texts: Sequence[str]) -> list[float]:
    """0–100 for each text: how much of it the words are, in any order. Vectorised; rounded, so ties are ties."""
    query = " ".join(words)
    one = [query]
    found = process.cdist(one, texts, scorer=fuzz.token_sort_ratio, dtype=np.float32)[0]
    whole = process.cdist(one, texts, scorer=fuzz.token_set_ratio, dtype=np.float32)[0]
    return [float(round(x)) for x in (found + whole) / 2]
