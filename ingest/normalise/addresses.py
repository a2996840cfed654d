"""Addresses, lightly: the abbreviations of the region's street words written out, the number sign made one.

Nothing is moved, split or guessed: ``Cra. 7 # 24-89`` becomes ``Carrera 7 No. 24-89`` and meets ``CARRERA 7 No
24-89`` when both are folded for comparison.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources

import yaml

from ingest.normalise.relative import spell_steps
from ingest.normalise.result import Normal
from ingest.normalise.text import clean, is_placeholder

_NUMBER_SIGN = re.compile(r"(?:#|\bn[º°ro]{1,3}\b\.?|\bn(?:um|úm)\b\.?|\bn[º°])\s*(?=\d)", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W\d_]+(?:\.(?!\d))?")


@cache
def _words() -> dict[str, str]:
    text = resources.files("ingest.normalise").joinpath("addresses.yaml").read_text(encoding="utf-8")
    return {short: word for word, shorts in yaml.safe_load(text).items() for short in shorts}


@lru_cache(maxsize=2_000)
def normal_address(text: str) -> Normal | None:
    """``text`` with street words written out; None where it says that there is none."""
    text = clean(text).strip(" ,;-")
    if len(text) < 3 or is_placeholder(text) or not any(c.isalpha() for c in text):
        return None

    def spell(found: re.Match[str]) -> str:
        short = found[0].rstrip(".").casefold()
        word = _words().get(short)
        # a lone letter is a street word only with its point (C. = Calle): "C" may be the block of a building
        if word is None or (len(short) < 2 and not found[0].endswith(".")):
            return found[0]
        return word.upper() if found[0].rstrip(".").isupper() and len(short) > 2 and text.isupper() else word

    text = _TOKEN.sub(spell, _NUMBER_SIGN.sub("No. ", spell_steps(text)))
    return Normal(re.sub(r"\s+", " ", re.sub(r"\s*,\s*", ", ", text)).strip(" ,"))
