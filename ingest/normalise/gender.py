"""Sex or gender as registered, in the words of the region, to FollowTheMoney's ``male``, ``female``, ``other``."""

from __future__ import annotations

from functools import lru_cache

from ingest.normalise.result import Normal
from ingest.normalise.text import fold

WORDS = {
    "m": "male", "male": "male", "masc": "male", "masculino": "male", "hombre": "male", "varon": "male",
    "homem": "male", "h": "male", "f": "female", "female": "female", "fem": "female", "femenino": "female",
    "feminino": "female", "mujer": "female", "mulher": "female", "x": "other", "other": "other", "otro": "other",
    "outro": "other", "no binario": "other", "nao binario": "other", "travesti": "other", "trans": "other",
}  # fmt: skip


@lru_cache(maxsize=1024)
def normal_gender(text: str) -> Normal | None:
    """``male``, ``female`` or ``other``; None where the word is not known. ``M`` is read as *masculino*, never
    *mujer*."""
    found = WORDS.get(fold(text))
    return Normal(found) if found else None
