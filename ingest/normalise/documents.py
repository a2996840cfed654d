"""Identity documents: as written → normal form per (country, kind) and the state of its check digit.

Three states that are never mixed: ``unknown`` (no form was said, or no rule is known of it), ``wellformed`` (it has the
shape), ``valid`` (its check digit is right); and ``wrong``: the shape or the digit is not what the form asks for. A
wrong number is kept and stays searchable: typing errors are part of real files.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module, resources
from typing import Any

import yaml
from stdnum.exceptions import ValidationError

from ingest.normalise.checkdigits import RULES as CHECKS
from ingest.normalise.derive import RULES as DERIVATIONS
from ingest.normalise.result import UNKNOWN, VALID, WELLFORMED, WRONG, Normal
from ingest.normalise.text import is_placeholder

_LEAST = 3  # characters below which a number says nothing
# NO, NRO and NUM are marks only where they stand apart: NOR920605F59 is a number that begins so
_MARKS = r"N(?:[º°]\.?|\.)|(?:NO|NRO|NUM|NUMERO)(?![A-Z])\.?|(?:NO|NRO|NUM|NUMERO)\.|[#:./\s]"
_LABEL = re.compile(rf"^(?:{_MARKS})+")


@dataclass(frozen=True, slots=True)
class Form:
    """One document of one country, as ``documents.yaml`` describes it."""

    name: str
    country: str
    title: str
    prop: str
    also: tuple[str, ...]
    shape: re.Pattern[str]
    keep: str
    pad: int
    label: re.Pattern[str]
    check: Callable[[str], bool | None] | None
    derive: str


def _stdnum(module: str) -> Callable[[str], bool]:
    country, name = module.split(".")
    loaded: Any = import_module(f"stdnum.{country}.{name}")

    def check(value: str) -> bool:
        try:
            loaded.validate(value)
        except (ValidationError, ValueError):
            return False
        return True

    return check


def _label(prefixes: Iterable[str]) -> re.Pattern[str]:
    """What may stand before a number: its name, with or without points, and signs for "number"."""
    names = "".join(r"\.?".join(prefix) + r"\.?|" for prefix in prefixes)
    return re.compile(rf"^(?:{names}{_MARKS})+")


@cache
def forms() -> dict[str, Form]:
    """Form name (and alias) → form."""
    text = resources.files("ingest.normalise").joinpath("documents.yaml").read_text(encoding="utf-8")
    found: dict[str, Form] = {}
    for name, entry in yaml.safe_load(text).items():
        module, rule = entry.get("stdnum"), entry.get("rule")
        form = Form(
            name, entry["country"], entry["name"], entry["prop"], tuple(entry.get("also", ())),
            re.compile(entry["shape"]), entry.get("keep", ""), entry.get("pad", 0), _label(entry.get("strip", ())),
            _stdnum(module) if module else CHECKS[rule] if rule else None, entry.get("derive", ""),
        )  # fmt: skip
        for key in (name, *entry.get("aliases", ())):
            found[key] = form
    return found


def forms_for(country: str, prop: str) -> tuple[Form, ...]:
    """The forms of a country that may stand in ``prop``, those whose own property it is first."""
    unique = dict.fromkeys(f for f in forms().values() if f.country == country)
    return tuple(f for f in unique if f.prop == prop) + tuple(f for f in unique if prop in f.also)


def squeeze(text: str, keep: str = "") -> str:
    """Capitals and digits of ``text``, and the signs in ``keep``; accents gone, Ñ only where kept."""
    text = text.upper()
    if text.isascii():
        if text.isalnum():
            return text
    else:
        text = "".join(c if c in keep else unicodedata.normalize("NFKD", c) for c in text).upper()
    return "".join(c for c in text if (c.isascii() and c.isalnum()) or c in keep)


def _is_junk(value: str) -> bool:
    """Whether a number says nothing: too short, or one character over and over."""
    plain = value.replace("-", "")
    return len(plain) < _LEAST or len(set(plain)) == 1


@lru_cache(maxsize=2_000)
def normal_document(text: str, form: str = "", country: str = "", prop: str = "idNumber") -> Normal | None:
    """Normal form of an identity number. ``form`` names it; else ``country`` and ``prop`` say which forms to try: the
    one whose check digit is right, or the only one that fits. None for what is no number ("no tiene", ``0000000``)."""
    text = text.strip()
    if is_placeholder(text):
        return None
    if form:
        return _as(forms()[form], text)
    bare = squeeze(_LABEL.sub("", text.upper()))
    if _is_junk(bare):
        return None
    if not country:
        return Normal(bare, "", UNKNOWN)
    tried = [n for n in (_as(f, text) for f in forms_for(country, prop)) if n and n.check != WRONG]
    right = [n for n in tried if n.check == VALID]
    if len(right) == 1 or (not right and len(tried) == 1):
        return (right or tried)[0]
    return Normal(bare, "", UNKNOWN)


def _unaccented(text: str, keep: str) -> str:
    """``text`` with labels as the table has them (``CÉDULA``); the signs in ``keep`` and ``º`` stay."""
    if text.isascii():
        return text
    parts = (c if c in keep else unicodedata.normalize("NFD", c) for c in unicodedata.normalize("NFC", text))
    return "".join(c for part in parts for c in part if not unicodedata.combining(c))


def _as(form: Form, text: str) -> Normal | None:
    text = _unaccented(text.upper().replace("–", "-"), form.keep)
    value = squeeze(text, form.keep)
    if not form.shape.fullmatch(value):
        value = squeeze(form.label.sub("", text), form.keep).strip("-")
    value = _adjust(form, value)
    if _is_junk(value):
        return None
    if not form.shape.fullmatch(value):
        return Normal(value, form.name, WRONG)
    right = form.check(value) if form.check else None
    if form.name == "pa.ruc":
        value = value.partition("DV")[0]  # the same company is written with and without its check digits
    if right is False:
        return Normal(value, form.name, WRONG)
    derived = tuple(DERIVATIONS[form.derive](value)) if form.derive else ()
    return Normal(value, form.name, WELLFORMED if right is None else VALID, derived)


def _adjust(form: Form, value: str) -> str:
    """Zeros that spreadsheets drop, and what single forms need."""
    if form.name == "pe.dni" and len(value) == 9 and value[:8].isdigit():
        value = value[:8]
    elif form.name == "uy.ci" and len(value) < 7:
        return value
    elif form.name == "ve.cedula" and value.isdigit():
        value = f"V{value}"
    elif form.name == "ve.rif" and value[:1] in "VEJPG" and value[1:].isdigit():
        value = value[0] + value[1:].zfill(9)
    elif form.name in ("cl.rut", "py.ruc"):
        value = value.lstrip("0")
    elif form.name == "co.nit" and len(value) == 9 and value[0] in "89" and value.isdigit() and not form.check(value):  # type: ignore[misc]
        value += _co_nit_digit(value)  # written without its check digit
    elif form.name == "pa.ruc":
        value = re.sub(r"-*(?:-|DV-?)(\d\d)$", r"DV\1", value) if value.count("-") > 2 or "DV" in value else value
    elif form.name == "gt.cedula":
        value = _gt_cedula(value)
    elif form.name in ("ar.dni", "co.cc", "py.ci", "bo.ci"):
        value = value.lstrip("0")
    if form.pad and value[:-1].isdigit() and form.pad - 2 <= len(value) < form.pad:
        filled = value.zfill(form.pad)
        return filled if form.shape.fullmatch(filled) else value
    return value


_GT_LETTERS = {letter: (number,) for number, letter in enumerate("ABCDEFGHIJKLMN_OPQRSTU", 1)} | {"N": (14, 15)}


def _gt_cedula(value: str) -> str:
    """``R19-4478``. The letter is the department's, in the Spanish alphabet (A-1 … N-14, Ñ-15, O-16 … U-22), so it
    tells where the department's number ends when the blank after it was lost."""
    found = re.fullmatch(r"([A-U])-?(\d{1,2}-\d{2,7}|\d{3,9})", value)
    if not found:
        return value
    digits = found[2].replace("-", "")
    for number in _GT_LETTERS[found[1]]:
        rest = digits.removeprefix(str(number))
        if digits.startswith(str(number)) and 2 <= len(rest) <= 7 and found[2] in (digits, f"{number}-{rest}"):
            return f"{found[1]}{number}-{rest}"
    return value


def _co_nit_digit(value: str) -> str:
    from stdnum.co.nit import calc_check_digit

    return str(calc_check_digit(value))
