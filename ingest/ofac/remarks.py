"""The remarks of the SDN list: one field in which birth, papers, aliases and links are written one after the other.

Nothing of it is dropped: a part that no rule reads becomes a note of the record.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from ingest.normalise.countries import iso2

LINKED = "Linked To"


class Part(NamedTuple):
    """One part of the remarks: ``kind`` is a property, ``link``, ``wallet`` or ``note``; ``form`` and ``country`` as
    found."""

    kind: str
    value: str
    text: str
    country: str = ""
    form: str = ""
    plain: bool = False


_ALIAS = re.compile(r"(?P<kind>a\.k\.a\.|f\.k\.a\.|n\.k\.a\.|d\.b\.a\.),?\s*'(?P<name>.+)'", re.DOTALL)
_ALIAS_PROPS = {"a": "weakAlias", "f": "previousName", "n": "alias", "d": "alias"}
_SIMPLE = (
    (re.compile(r"DOB (?P<value>.+)"), "birthDate"),
    (re.compile(r"POB (?P<value>.+)"), "birthPlace"),
    (re.compile(r"nationality (?P<value>.+)"), "nationality"),
    (re.compile(r"citizen (?P<value>.+)"), "citizenship"),
    (re.compile(r"Gender (?P<value>.+)"), "gender"),
    (re.compile(r"Email Address:? (?P<value>.+)"), "email"),
    (re.compile(r"Website:? (?P<value>.+)"), "website"),
    (re.compile(r"(?:Phone|Telephone|Fax|Telex)(?: Number)?:? (?P<value>\+?[\d(].+)"), "phone"),
    (re.compile(r"Occupation:? (?P<value>.+)"), "position"),
    (re.compile(r"Organization Established Date (?P<value>.+)"), "incorporationDate"),
    (re.compile(r"SWIFT/BIC (?P<value>\w+)"), "swiftBic"),
    (re.compile(r"Aircraft Model (?P<value>.+)"), "model"),
    (re.compile(r"Aircraft Manufacturer's Serial Number \(MSN\) (?P<value>.+)"), "serialNumber"),
    (re.compile(r"Aircraft Tail Number (?P<value>.+)"), "registrationNumber"),
)
_WALLET = re.compile(r"Digital Currency Address - (?P<currency>\w+) (?P<value>\w+)")
_COUNTRY = re.compile(r"\s*\((?P<country>[^()]+)\)[^()]*$")
_ISSUED = re.compile(r"\s+(?:issued|expires|Issued|Expires)\s+\d{1,2} \w{3} \d{4}")


@cache
def _labels() -> tuple[re.Pattern[str], dict[str, dict[str, Any]]]:
    text = resources.files("ingest.ofac").joinpath("labels.yaml").read_text(encoding="utf-8")
    table: dict[str, dict[str, Any]] = yaml.safe_load(text)
    names = "|".join(re.escape(n) for n in sorted(table, key=len, reverse=True))
    return re.compile(rf"(?P<label>{names})(?:\s*\([A-Z][A-Za-z ]*\))?(?:\s*#|\s*No\.?)?\s+(?P<value>.+)"), table


def split(remarks: str) -> list[str]:
    """Parts between semicolons; a quotation that holds one stays whole. The final full stop of all is taken off, and
    only where it ends the sentence: in ``S.A. DE C.V.`` it belongs to the name and is given back by :func:`parse`."""
    parts: list[str] = []
    for part in remarks.split(";"):
        if parts and re.search(r"\.k\.a\.,?\s*'[^']*$", parts[-1]):
            parts[-1] += f";{part}"
        else:
            parts.append(part)
    return [p.strip() for p in parts if p.strip()]


def parse(part: str) -> Part:
    """What one part says."""
    text = part.removeprefix("alt. ").strip()
    bare = text[:-1].rstrip() if text.endswith(".") else text
    if text.startswith(f"{LINKED}:"):
        return Part("link", text.removeprefix(f"{LINKED}:").strip(), part)
    if found := _ALIAS.fullmatch(bare):
        return Part(_ALIAS_PROPS[found["kind"][0]], found["name"], part)
    for pattern, prop in _SIMPLE:
        if found := pattern.fullmatch(bare):
            return Part(prop, found["value"].strip(), part)
    if found := _WALLET.fullmatch(bare):
        return Part("wallet", found["value"], part, form=found["currency"])
    return _number(bare, part) or Part("note", text, part)


def _number(bare: str, part: str) -> Part | None:
    pattern, table = _labels()
    found = pattern.fullmatch(_ISSUED.sub("", bare))
    if not found:
        return None
    value, country = found["value"].strip(), ""
    if at := _COUNTRY.search(value):
        named = iso2(at["country"].split(".")[0])
        if named or not any(map(str.isdigit, at["country"])):
            country, value = named, value[: at.start()].strip()
    if not any(map(str.isdigit, value)):
        return None
    entry = table[found["label"]]
    form = entry.get("forms", {}).get(country, "")
    return Part(entry["prop"], value, part, country, form, bool(entry.get("plain")))
