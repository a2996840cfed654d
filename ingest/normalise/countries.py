"""Countries by code, name or demonym, in Spanish, Portuguese and English, to FollowTheMoney's two lower-case
letters."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

import pycountry
import yaml
from babel import Locale
from followthemoney.types import registry

from ingest.normalise.result import Normal
from ingest.normalise.text import fold


@cache
def _names() -> dict[str, str]:
    """Folded name → code. CLDR's names in the three languages, ISO 3166's codes and names, then our own table."""
    found: dict[str, str] = {}
    codes = {c.alpha_2 for c in pycountry.countries}
    for language in ("en", "pt", "es"):
        for code, name in Locale(language).territories.items():
            if code in codes:
                found[fold(name)] = code.lower()
    for country in pycountry.countries:
        for name in (country.alpha_2, country.alpha_3, country.name, getattr(country, "official_name", "")):
            if name:
                found.setdefault(fold(name), country.alpha_2.lower())
    for (
        code,
        name,
    ) in registry.country.names.items():  # what is no country of ISO 3166: Kosovo, Scotland, the Soviet Union
        for known in (code, name):
            found.setdefault(fold(known), code)
    table = yaml.safe_load(resources.files("ingest.normalise").joinpath("countries.yaml").read_text(encoding="utf-8"))
    for code, names in table.items():
        for name in names:
            found[fold(name)] = code.lower()
    return found


@lru_cache(maxsize=5_000)
def normal_country(text: str) -> Normal | None:
    """The country that ``text`` names, as FollowTheMoney codes it; None where it names none."""
    key = fold(text)
    if "(" in text and key not in _names():
        key = fold(text.partition("(")[0])
    if not key:
        return None
    code = _names().get(key)
    if code is None and key.startswith(("republica de ", "republica do ", "republica del ", "reino de ")):
        code = _names().get(key.split(" ", 2)[2])
    return Normal(code) if code else None


def iso2(text: str) -> str:
    """The same in ISO 3166's capitals; empty where ``text`` names no country."""
    found = normal_country(text)
    return found.value.upper() if found else ""
