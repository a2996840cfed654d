"""Places by name or code, offline: sea and river ports (UN/LOCODE), airports (IATA, with their towns), regions.

A name that two places bear is given no code unless the country decides: a wrong port sends a request to the wrong
country. Ports from sea-ports (MIT), airports and towns from airportsdata (MIT), regions from ISO 3166-2 (pycountry).
Towns without port or airport are not known here; they stay as written.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import airportsdata
import pycountry
import yaml

from ingest.normalise.countries import iso2
from ingest.normalise.result import UNKNOWN, WELLFORMED, Derived, Normal
from ingest.normalise.text import clean, fold, is_placeholder

PORT, AIRPORT, REGION = "port", "airport", "region"
_PREFIX = re.compile(
    r"^(?:(?:el\s+|o\s+)?(?:puerto|porto|port|terminal|aeropuerto|aeroporto|airport|aer[oó]dromo|ciudad|cidade)"
    r"(?:\s+internacional)?\s+(?:de\s+la|de\s+los|del|de|do|da|of)\s+)",
    re.IGNORECASE,
)
_LOCODE = re.compile(r"([A-Z]{2})[ -]?([A-Z2-9]{3})")
_IN_BRACKETS = re.compile(r"^(?P<name>.*?)\s*[(\[](?P<inside>[^()\[\]]+)[)\]]$")


class Place(NamedTuple):
    """A place: ``code`` is a UN/LOCODE (port), IATA code (airport) or ISO 3166-2 code (region); degrees where known."""

    name: str
    country: str
    kind: str
    code: str
    latitude: float | None = None
    longitude: float | None = None


def _read(name: str) -> str:
    return resources.files("ingest.normalise").joinpath(name).read_text(encoding="utf-8")


@cache
def _table() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_read("places.yaml"))
    return found


@cache
def ports() -> dict[str, Place]:
    """UN/LOCODE → port (``ports.csv``)."""
    found = {}
    for line in _read("ports.csv").splitlines():
        if not line.startswith("#"):
            code, name, city, lat, lon = line.split(";")
            known = city if fold(city) == fold(name) else name  # the town's spelling has the accents
            found[code] = Place(known, code[:2], PORT, code, float(lat) if lat else None, float(lon) if lon else None)
    return found


@cache
def airports() -> dict[str, Place]:
    """IATA code → airport."""
    return {
        code: Place(a["name"], a["country"], AIRPORT, code, round(a["lat"], 4), round(a["lon"], 4))
        for code, a in airportsdata.load("IATA").items()
    }


@cache
def _by_name() -> dict[str, tuple[Place, ...]]:
    """Folded name → places that bear it: ports first, then airports by their own name and their town's, then
    regions."""
    found: dict[str, dict[Place, None]] = {}

    def add(name: str, place: Place) -> None:
        if key := fold(name):
            found.setdefault(key, {})[place] = None

    for place in ports().values():
        add(place.name, place)
        add(place.name.partition("(")[0], place)
    for code, names in _table()["exonyms"].items():
        for name in names if code in ports() else ():
            add(name, ports()[code])
    for code, a in airportsdata.load("IATA").items():
        add(a["name"], airports()[code])
        add(a["city"], airports()[code])
    for region in pycountry.subdivisions:
        if region.parent_code is None:
            add(region.name, Place(region.name, region.country_code, REGION, region.code))
    return {key: tuple(places) for key, places in found.items()}


@lru_cache(maxsize=10_000)
def find_place(text: str, country: str = "", kind: str = "") -> Place | None:
    """The one place that ``text`` names, by code or name; None where none or several do. ``country`` (ISO 3166) is the
    one said of it; a country in the text itself (``Colón, Panamá``; ``Santos (BR)``) counts for more. ``kind`` is said
    where only ports or only airports can be meant."""
    text = clean(text)
    if is_placeholder(text):
        return None
    if found := _LOCODE.fullmatch(text):
        port = ports().get(found[1] + found[2])
        if port:
            return port
    if found := _IN_BRACKETS.fullmatch(text):
        inside = found["inside"].strip()
        code = inside.upper().replace(" ", "")
        if (by_code := ports().get(code) or (airports().get(code) if len(code) == 3 else None)) is not None:
            return by_code
        if named := iso2(inside):
            return find_place(found["name"], named, kind)
    if len(text) == 3 and text.isupper() and text in airports():
        return airports()[text]
    head, comma, tail = text.rpartition(",")
    if comma and (named := iso2(tail)):
        return find_place(head.partition(",")[0], named, kind)
    return _named(text, country, kind) or _named(_PREFIX.sub("", text), country, kind)


def _named(text: str, country: str, kind: str) -> Place | None:
    """One place of that name, of the country where one is said. A port or airport goes before a region, and among
    those of one country a port before an airport, because routes are told by ports; names that ports or airports of
    two countries bear, and two ports of one name, are no answer."""
    places = [p for p in _by_name().get(fold(text), ()) if not country or p.country == country.upper()]
    places = [p for p in places if p.kind == kind] if kind else places
    places = [p for p in places if p.kind != REGION] or places
    if len({p.country for p in places}) != 1:
        return None
    of_kind = [p for p in places if p.kind == PORT] or places
    return of_kind[0] if len(of_kind) == 1 or of_kind[0].kind == AIRPORT else None


@lru_cache(maxsize=10_000)
def normal_place(text: str, country: str = "") -> Normal | None:
    """The place as written, cleaned; a port's UN/LOCODE as a derived ``placeCode``. None where it says that none is
    known. The name is never replaced: what a witness called the place is evidence."""
    value = clean(text).strip(" ,;.-")
    if is_placeholder(value):
        return None
    place = find_place(value, country)
    if place is None:
        return Normal(value, "", UNKNOWN)
    derived = (Derived("placeCode", place.code, "place>unlocode"),) if place.kind == PORT else ()
    return Normal(value, f"place.{place.kind}", WELLFORMED, derived)


@cache
def _modes() -> dict[str, str]:
    return {fold(word): mode for mode, words in _table()["modes"].items() for word in (mode, *words)}


@lru_cache(maxsize=1_000)
def normal_mode(text: str) -> Normal | None:
    """Mode of transport: ``sea``, ``air``, ``road``, ``rail``, ``river``, ``post``, ``foot``; None where the word is
    not known or several are."""
    key = fold(text)
    found = {_modes()[key]} if key in _modes() else {_modes()[w] for w in key.split() if w in _modes()}
    return Normal(found.pop()) if len(found) == 1 else None
