"""What moves: plates (with their country), VIN (ISO 3779), containers (ISO 6346), ships (IMO, MMSI)."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import resources

import yaml
from stdnum import imo, iso6346
from stdnum.exceptions import ValidationError

from ingest.normalise.documents import squeeze
from ingest.normalise.result import UNKNOWN, VALID, WELLFORMED, WRONG, Normal
from ingest.normalise.text import is_placeholder


@cache
def plate_shapes() -> dict[str, re.Pattern[str]]:
    """Country → pattern of its plates, past series included (``plates.yaml``)."""
    text = resources.files("ingest.normalise").joinpath("plates.yaml").read_text(encoding="utf-8")
    classes = {"A": "[A-Z]", "9": r"\d", "B": "[B-DF-HJ-NP-TV-Z]"}
    shapes = {}
    for country, series in yaml.safe_load(text).items():
        parts = ["".join(classes[c] for c in str(shape)) for shape in series]
        shapes[country] = re.compile("|".join(f"(?:{p})" for p in parts))
    return shapes


@lru_cache(maxsize=10_000)
def normal_plate(text: str, country: str = "") -> Normal | None:
    """A plate without blanks and dashes, typed by its country: without it the same letters are cars of five
    countries."""
    value = squeeze(text)
    if not 3 <= len(value) <= 10 or is_placeholder(text) or len(set(value)) == 1 or not any(map(str.isdigit, value)):
        return None
    shape = plate_shapes().get(country)
    if shape is None:
        return Normal(value, f"{country.lower()}.plate" if country else "", UNKNOWN)
    return Normal(value, f"{country.lower()}.plate", WELLFORMED if shape.fullmatch(value) else WRONG)


_VIN_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


@lru_cache(maxsize=10_000)
def normal_vin(text: str) -> Normal | None:
    """VIN or chassis number. The check digit (49 CFR 565) binds makers for North America only: others are
    well-formed."""
    value = squeeze(text)
    if len(value) < 6 or is_placeholder(text) or len(set(value)) == 1:
        return None
    if len(value) != 17 or not set(value) <= set(_VIN_VALUES):
        return Normal(value, "", UNKNOWN if len(value) < 17 else WRONG)
    rest = sum(_VIN_VALUES[c] * w for c, w in zip(value, _VIN_WEIGHTS, strict=True)) % 11
    return Normal(value, "vin", VALID if value[8] == ("X" if rest == 10 else str(rest)) else WELLFORMED)


@lru_cache(maxsize=10_000)
def normal_container(text: str) -> Normal | None:
    """Container number: owner, category, serial, check digit (ISO 6346)."""
    value = squeeze(text)
    if len(value) < 6 or is_placeholder(text):
        return None
    try:
        iso6346.validate(value)
    except ValidationError:
        return Normal(value, "container", WRONG)
    return Normal(value, "container", VALID)


@lru_cache(maxsize=10_000)
def normal_imo(text: str) -> Normal | None:
    """IMO ship number, seven digits, the last one checks."""
    value = squeeze(text).removeprefix("IMO")
    if not value.isdigit() or len(value) < 5:
        return None
    return Normal(value, "imo", VALID if imo.is_valid(value) else WRONG)


@lru_cache(maxsize=10_000)
def normal_mmsi(text: str) -> Normal | None:
    """MMSI, nine digits; a ship's begins with 2–7 (ITU-R M.585). It has no check digit."""
    value = squeeze(text).removeprefix("MMSI")
    if not value.isdigit() or len(value) < 5:
        return None
    return Normal(value, "mmsi", WELLFORMED if re.fullmatch(r"[0-9]{9}", value) else WRONG)
