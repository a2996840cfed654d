"""Names of persons and organisations: normal order, parts where columns or an order say so, aliases taken out.

Order is meaning in Spanish (given, father's surname, mother's surname) and the other way round in Portuguese, so
nothing is reordered on a guess: only after a comma (``PÉREZ GÓMEZ, Juan``) or when the mapping declares ``name_order``.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

import yaml

from ingest.normalise.abbreviations import by_marriage, expand, widow
from ingest.normalise.result import Derived, Normal
from ingest.normalise.text import clean, fold, is_placeholder

SURNAME_FIRST, GIVEN_FIRST = "surname_first", "given_first"
PARTICLES = frozenset("de del la las los da do das dos di du van von der den san santa mac mc".split())
JOINTS = frozenset(("y", "e", "i"))
SUFFIXES = frozenset(("filho", "junior", "jr", "neto", "sobrinho", "hijo"))
# countries where one surname is usual, so that three words are one surname and two given names
ONE_SURNAME = frozenset(("AR", "UY"))
PORTUGUESE = frozenset(("BR", "PT"))

_SAID = (
    r"(?:\(\s*a\s*\)|alias|vulgo|alcunhad[oa]|alcunha|apodad[oa]|apodo|a\.?\s?k\.?\s?a\.?"
    r"|(?:m[aá]s\s+)?conocid[oa]\s+como|conhecid[oa]\s+(?:como|por))"
)
_ALIAS = re.compile(rf"[\s,;(\[/-]*(?:(?<=[\s,;(\[/-])|^){_SAID}\s*[:.]?\s+(?P<names>[^)\]]+)[)\]]?", re.IGNORECASE)
_QUOTED = re.compile(r"[\"“”«»„‟]([^\"“”«»„‟]{2,60})[\"“”«»„‟]|(?<!\w)['‘’]([^'‘’]{2,60})['‘’](?!\w)")
_BETWEEN = re.compile(r"\s*[,;/]\s*|\s+(?:o|ou|or|y|e)\s+(?=(?:el|la|los|o|a)\s)", re.IGNORECASE)
_TITLES = re.compile(r"^(?:(?:sr|sra|srta|dr|dra|d|dn|don|doña|dona|ing|lic|prof|cap|cnel|gral)\.\s*)+", re.IGNORECASE)


class Parts(NamedTuple):
    """A name taken apart."""

    given: str = ""
    surname1: str = ""
    surname2: str = ""
    suffix: str = ""
    married: str = ""
    wed: str = ""  # the words that say so, where they stay in the name: de Gómez

    @property
    def whole(self) -> str:
        """The parts in normal order."""
        return " ".join(p for p in (self.given, self.surname1, self.surname2, self.wed, self.suffix) if p)


@cache
def given_names() -> frozenset[str]:
    """Folded given names of the region that are hardly ever surnames (``names.yaml``)."""
    text = resources.files("ingest.normalise").joinpath("names.yaml").read_text(encoding="utf-8")
    return frozenset(name for names in yaml.safe_load(text).values() for name in names.split())


@cache
def women() -> frozenset[str]:
    """Those of :func:`given_names` that only women bear in Spanish."""
    text = resources.files("ingest.normalise").joinpath("names.yaml").read_text(encoding="utf-8")
    names = yaml.safe_load(text)
    return frozenset(names["es_female"].split()) - frozenset(names["es_male"].split())


def _units(text: str) -> list[str]:
    """Words of a name, particles kept with the word they belong to: ``de la Cruz``, ``Ortega y Gasset``."""
    units: list[str] = []
    pending: list[str] = []
    joined = False
    for word in text.split():
        plain = fold(word)
        if plain in JOINTS and units and not pending:
            pending.append(word)
            joined = True
        elif plain in PARTICLES:
            pending.append(word)
        else:
            unit = " ".join([*pending, word])
            if joined and units:
                units[-1] = f"{units[-1]} {unit}"
            else:
                units.append(unit)
            pending, joined = [], False
    if pending:
        units.append(" ".join(pending))
    return units


def _take_suffix(units: list[str], least: int) -> tuple[list[str], str]:
    """Generation marks are no surnames; ``least`` units must be left."""
    if len(units) > least and fold(units[-1]) in SUFFIXES:
        return units[:-1], units[-1]
    return units, ""


def _surnames(units: list[str]) -> tuple[str, str]:
    """First and second surname of the units that are surnames; a third and further ones stay with the second."""
    return (units[0], " ".join(units[1:])) if units else ("", "")


def split_name(text: str, order: str, country: str = "") -> Parts:
    """Parts of a name written in ``order``. Words that are known as given names decide where given names end; where
    they do not, two surnames are taken (one in AR and UY), as the country's custom is."""
    text, married = widow(text)
    units, suffix = _take_suffix(_units(text), 2)
    if len(units) < 2:
        return Parts(given=" ".join(units), suffix=suffix, married=married)
    if order == SURNAME_FIRST:
        surnames, given = _split_surname_first(units, country)
    else:
        given, surnames = _split_given_first(units, country)
    return _parts(" ".join(given), surnames, suffix, married, country)


def _parts(given: str, surnames: list[str], suffix: str, married: str, country: str) -> Parts:
    wed = "" if married else by_marriage(surnames, given, country, women(), given_names())
    if wed:
        surnames, married, wed = surnames[:-1], wed, surnames[-1]
    first, second = _surnames(surnames)
    return Parts(given, first, second, suffix, married, wed)


def _split_surname_first(units: list[str], country: str) -> tuple[list[str], list[str]]:
    known = [fold(u) in given_names() for u in units]
    first_given = next((i for i in range(1, len(units)) if known[i]), 0)
    if not first_given:
        first_given = 1 if len(units) == 2 or (country in ONE_SURNAME and len(units) == 3) else 2
    return units[:first_given], units[first_given:]


def _split_given_first(units: list[str], country: str) -> tuple[list[str], list[str]]:
    count = 1
    while count < len(units) - 1 and fold(units[count]) in given_names():
        count += 1
    if count == 1 and len(units) > 3 and country not in PORTUGUESE:
        count = len(units) - 2
    return units[:count], units[count:]


def _aliases(text: str) -> tuple[str, list[str]]:
    """``text`` without the aliases that stand in it, and these."""
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        names = match["names"] if "names" in match.re.groupindex else match[1] or match[2]
        quoted = [a or b for a, b in _QUOTED.findall(names)]
        found.extend(n for n in (clean(a).strip(" .,;'\"“”«»()[]-") for a in quoted or _BETWEEN.split(names)) if n)
        return " "

    rest = _QUOTED.sub(lambda m: f" {m[0]} ", text)
    rest = _ALIAS.sub(take, rest)
    rest = _QUOTED.sub(take, rest)
    rest = re.sub(r"[(\[]\s*[)\]]", " ", rest)
    rest = re.sub(rf"[\s,;(/-]+{_SAID}[\s:.)]*$", " ", rest, flags=re.IGNORECASE)
    return clean(rest).strip(" ,;-/"), list(dict.fromkeys(found))


@lru_cache(maxsize=2_000)
def person_name(text: str, order: str = "", country: str = "") -> Normal | None:
    """A person's name in normal order; its parts and aliases as derived values. None where it says that none is
    known."""
    plain, aliases = _bare(text)
    if is_placeholder(text) or not any(c.isalpha() for c in plain + "".join(aliases)):
        return None
    derived = [Derived("weakAlias", a, "name>alias") for a in aliases if any(c.isalpha() for c in a)]
    if not any(c.isalpha() for c in plain):
        inner = person_name(derived[0].value) if derived and derived[0].value != text else None
        return inner._replace(derived=tuple(derived[1:])) if inner else None
    value = plain
    left, comma, right = (p.strip() for p in plain.partition(","))
    if comma and left and right and "," not in right and any(c.isalpha() for c in right):
        value, parts = _comma(left, right, country)
        derived += parts
    elif order:
        split = split_name(plain, order, country)
        value = split.whole
        derived += _as_derived(split, f"name>{order}")
    elif married := _married(plain, country):
        derived.append(Derived("marriedName", married, "name>married"))
    if is_placeholder(value):
        return None
    value = _bare(value)[0] or value
    if (full := expand(value)) != value:
        derived.append(Derived("alias", full, "name>abbreviation"))
    return Normal(value, derived=tuple(derived))


def _married(text: str, country: str) -> str:
    """The husband's surname that a name in the usual order says, as widow's or with ``de``."""
    _, married = widow(text)
    units, _ = _take_suffix(_units(text), 2)
    if married or len(units) < 3:
        return married
    given, surnames = _split_given_first(units, country)
    return by_marriage(surnames, " ".join(given), country, women(), given_names())


def _bare(text: str) -> tuple[str, list[str]]:
    """``text`` without titles, aliases and marks around it, and these aliases; nothing more can be taken off it."""
    found: list[str] = []
    while True:
        shorter = _TITLES.sub("", clean(text).strip(" .,;:-*/"))
        shorter, aliases = _aliases(shorter)
        found += aliases
        if shorter == text:
            return text, list(dict.fromkeys(found))
        text = shorter


def _comma(left: str, right: str, country: str) -> tuple[str, list[Derived]]:
    if fold(right) in SUFFIXES:
        return f"{left} {right}", [Derived("nameSuffix", right, "name>comma")]
    left, married = widow(left)
    units, suffix = _take_suffix(_units(left), 1)
    parts = _parts(right, units, suffix, married, country)
    return parts.whole, _as_derived(parts, "name>comma")


def _as_derived(parts: Parts, rule: str) -> list[Derived]:
    last = " ".join(p for p in (parts.surname1, parts.surname2) if p)
    pairs = (
        ("firstName", parts.given), ("surname1", parts.surname1), ("surname2", parts.surname2), ("lastName", last),
        ("nameSuffix", parts.suffix), ("marriedName", parts.married),
    )  # fmt: skip
    return [Derived(prop, value, rule) for prop, value in pairs if value] if parts.surname1 else []


@lru_cache(maxsize=10_000)
def plain_name(text: str) -> Normal | None:
    """The name of an organisation or thing: as written, cleaned. None where it says that none is known."""
    text = clean(text).strip(" ,;:*")
    text = text[1:-1].strip() if len(text) > 2 and text[0] in '"“«' and text[-1] in '"”»' else text
    if is_placeholder(text) or not any(c.isalnum() for c in text):
        return None
    return Normal(text)
