"""How common the words of names are: counted in labelled records, or published, whichever is more."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from analytics.identity.names.fold import data
from analytics.identity.names.phonetics import key
from analytics.identity.reading import PORTUGUESE_SPEAKING
from analytics.identity.table import Table, name_roots, nickname_entry

HIDDEN = 5  # one word in so many is hidden while fitting: records to come hold names that no file knows
_COUNTRY_LEAST = 25  # records with a word before a country's own share is kept
_KNOWN_LEAST = 2e-4  # share from which a word is a name for sure


def frequencies(table: Table) -> dict[str, Any]:
    """Shares of records by phonetic key, over all and per country where a word is common enough there."""
    total = len(table)
    homes = table.homes()
    per_country = Counter(homes)
    everywhere: Counter[str] = Counter()
    inside: dict[str, Counter[str]] = {}
    spelled: Counter[str] = Counter()
    starts = table.names.starts
    given, called = table.nicknames.starts, table.nicknames.columns["text"]
    for record in range(total):
        sounds: set[str] = set()
        for parsed in table.parsed[starts[record] : starts[record + 1]]:
            for word in parsed.normal.split():
                sounds.add(key(word))
                spelled[word] += 1
            sounds.update(name_roots(parsed))
        everywhere.update(sounds)
        everywhere.update({nickname_entry(text) for text in called[given[record] : given[record + 1]]})
        inside.setdefault(homes[record], Counter()).update(sounds)
    published = public_shares()
    here = {sound: n / total for sound, n in everywhere.items() if n > 1}
    common = {sound: max(share.values()) for sound, share in published.items()}
    countries = {}
    for country, counts in sorted(inside.items()):
        own = {s: n / per_country[country] for s, n in counts.items() if n >= _COUNTRY_LEAST}
        listed = {s: share[language_of(country)] for s, share in published.items() if language_of(country) in share}
        countries[country] = {s: _round(max(own.get(s, 0), listed.get(s, 0))) for s in sorted({*own, *listed})}
    return {
        "shares": {s: _round(max(here.get(s, 0), common.get(s, 0))) for s in sorted({*here, *common})},
        "countries": countries,
        "floor": _round(1 / total),
        "unseen": _round(_unseen(everywhere, total, published)),
        "known": sorted(word for word, n in spelled.items() if n >= max(3, _KNOWN_LEAST * total)),
    }


def _unseen(counts: Mapping[str, int], total: int, published: Mapping[str, Any]) -> float:
    """Share that a word has on (geometric) average if it is met in a record and no published table has it."""
    left = {sound: n for sound, n in counts.items() if sound not in published and sound[:1] != "="}
    met = sum(left.values())
    return 2 ** (sum(n * np.log2(n / total) for n in left.values()) / met) if met else 1 / total


def hidden(words: Mapping[str, Any]) -> dict[str, Any]:
    """The frequencies as they would be had one word in :data:`HIDDEN` (by a digest) never been seen.

    What a model is fitted to holds every word of its own records; those it will be used on hold others too, and such
    a word is not rare for being unknown. Published frequencies stay known.
    """
    published = public_shares()

    def seen(sound: str) -> bool:
        return sound[:1] == "=" or hashlib.sha256(sound.encode()).digest()[0] % HIDDEN > 0

    def kept(shares: Mapping[str, float], language: str) -> dict[str, float]:
        found = {}
        for sound, share in shares.items():
            listed = published.get(sound, {})
            if seen(sound):
                found[sound] = share
            elif listed.get(language) or (not language and listed):
                found[sound] = listed[language] if language else max(listed.values())
        return found

    return {
        **words,
        "shares": kept(words["shares"], ""),
        "countries": {country: kept(shares, language_of(country)) for country, shares in words["countries"].items()},
        "known": [word for word in words["known"] if seen(key(word))],
    }


def public_shares() -> dict[str, dict[str, float]]:
    """Phonetic key → {language: share of people}, from the table of the most common names."""
    found: dict[str, dict[str, float]] = {}
    for language in ("es", "pt"):
        for word, percent in data("frequencies")[language].items():
            share = found.setdefault(key(word), {})
            share[language] = share.get(language, 0.0) + percent / 100
    return found


def language_of(country: str) -> str:
    """The language whose name frequencies hold in a country."""
    return "pt" if country in PORTUGUESE_SPEAKING else "es"


def _round(share: float) -> float:
    return float(f"{share:.4g}")
