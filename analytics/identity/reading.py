"""What the matcher takes from one record: names parsed, birth dates, numbers, countries. Only identity-level content.

A row is a function of the record's content alone, whatever the order of its statements.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from analytics.identity.names.fold import words
from analytics.identity.names.organisations import Firm, firm
from analytics.identity.names.parse import PORTUGUESE, SPANISH, Name, from_parts, parse
from analytics.identity.names.phonetics import key
from graph.model import descends, model
from graph.statement import Record, Statement

PERSON, FIRM = 0, 1
NAME_WEAKNESS = {"name": 0, "previousName": 1, "alias": 1, "weakAlias": 2}
DOCUMENTS = (
    "idNumber", "taxNumber", "passportNumber", "socialSecurityNumber", "registrationNumber", "vatCode",
)  # fmt: skip
CHECKS = {"wrong": 0, "unknown": 1, "": 1, "wellformed": 2, "valid": 3}
SEXES = ("", "male", "female", "other")
UNKNOWN_FORM = "?"

_PARTS = ("firstName", "secondName", "middleName", "surname1", "lastName", "surname2", "marriedName", "nameSuffix")
_NATIONS = ("nationality", "citizenship", "jurisdiction", "country", "mainCountry")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_NO_WORD = re.compile(r"[\W_]+")
PORTUGUESE_SPEAKING = frozenset({"br", "pt", "ao", "mz", "cv"})
_PARENTS = (("fatherName", False), ("motherName", True))
_ARTICLES = ("el ", "la ", "os ", "as ", "los ", "las ")

Named = tuple[str, int, Name | Firm]  # as written, weakness, parsed
Number = tuple[str, str, int, bool, str]  # form, value, check, derived, as written


class Row(NamedTuple):
    """One record, ready for arrays. Every list is sorted. ``births``: (as stated, year, month, day), 0 for unknown."""

    id: str
    owner: str
    country: str
    schema: str
    family: int
    sex: int
    names: list[Named]
    births: list[tuple[str, int, int, int]]
    documents: list[Number]
    nations: list[str]
    nicknames: list[str]


@cache
def schemata() -> list[str]:
    """Exact schema names of the records to match: persons and organisations of every kind."""
    return sorted(s.name for s in model() if descends(s.name, "LegalEntity") and not s.abstract)


@cache
def _rules() -> dict[str, Any]:
    text = resources.files("analytics.identity").joinpath("documents.yaml").read_text(encoding="utf-8")
    rules: dict[str, Any] = yaml.safe_load(text)
    return rules


@cache
def permanent(family: int) -> frozenset[str]:
    """Forms of numbers that one person (or organisation) has one of for life."""
    return frozenset(_rules()["permanent"]["organisation" if family == FIRM else "person"])


@cache
def _placeholder() -> re.Pattern[str]:
    return re.compile(_rules()["placeholder_pattern"])


def read(record: Record, unusable: Counter[str]) -> Row:
    """The row of a record. ``unusable`` counts what says nothing: placeholder ``names`` and ``documents``."""
    said: dict[str, list[Statement]] = {}
    for statement in sorted(record.statements):
        if statement.prop in said:
            said[statement.prop].append(statement)
        else:
            said[statement.prop] = [statement]
    nations = sorted({s.value.lower()[:2] for prop in _NATIONS if prop in said for s in said[prop]})
    country = record.country.lower()
    family = _family(record.schema, said)
    if family == PERSON:
        home = nations[0] if len(nations) == 1 else country
        names, nicknames = _person_names(said, PORTUGUESE if home in PORTUGUESE_SPEAKING else SPANISH, unusable)
    else:
        names, nicknames = _firm_names(said), []
    sexes = {s.value for s in said.get("gender", ())}
    sex = sexes.pop() if len(sexes) == 1 else ""
    births = {(s.value, *b) for s in said.get("birthDate", ()) if (b := _birth(s.value))} if family == PERSON else ()
    return Row(
        record.id,
        record.owner,
        country,
        record.schema,
        family,
        SEXES.index(sex) if sex in SEXES else 0,
        names,
        sorted(births),
        _numbers(said, unusable),
        nations,
        nicknames,
    )


def _family(schema: str, said: dict[str, list[Statement]]) -> int:
    """A legal entity of no stated kind is taken for a person if it says what only persons have, or if its names carry
    no legal form."""
    if descends(schema, "Person"):
        return PERSON
    if schema != "LegalEntity":
        return FIRM
    if said.keys() & {"birthDate", "firstName", "gender"}:
        return PERSON
    return FIRM if any(firm(s.value).form for s in said.get("name", ())) else PERSON


def _bag(texts: Iterable[str]) -> frozenset[str]:
    return frozenset([word for text in texts if text for word in words(text)])


def _from_fields(said: dict[str, list[Statement]], tradition: str) -> tuple[Name, frozenset[str]] | None:
    """The name that separate fields state, if they state one, and the bag of its words."""
    if "firstName" not in said or not ("surname1" in said or "lastName" in said):
        return None
    one: dict[str, str] = {}
    for prop in _PARTS:
        if prop in said:
            one[prop] = said[prop][0].value
            if any(s.value != one[prop] for s in said[prop]):
                return None
    given = " ".join(filter(None, (one["firstName"], one.get("secondName") or one.get("middleName", ""))))
    surnames = one.get("surname1") or one["lastName"]
    rest = one.get("surname2", ""), one.get("marriedName", ""), one.get("nameSuffix", "")
    name = from_parts(given, surnames, *rest, tradition)
    if not (name.given or name.surnames):
        return None
    return name, _bag((given, surnames, *rest))


def _person_names(
    said: dict[str, list[Statement]], tradition: str, unusable: Counter[str]
) -> tuple[list[Named], list[str]]:
    """Names, and nicknames: an alias of one word, without a given name, or that begins with an article."""
    found: list[Named] = []
    nicknames: set[str] = set()
    seen: set[frozenset[str]] = set()
    parents = [(parse(s.value, tradition), late) for prop, late in _PARENTS if prop in said for s in said[prop]]
    stated = _from_fields(said, tradition)
    if stated:
        found.append((stated[0].written, 0, _completed(stated[0], parents)))
        seen.add(stated[1])
    for prop, weakness in NAME_WEAKNESS.items():
        for statement in said.get(prop, ()):
            bag = _bag((statement.value,))
            if bag in seen:
                continue
            seen.add(bag)
            name = parse(statement.value, tradition)
            if name.nobody:
                unusable["names"] += 1
            elif weakness and (
                len(name.given) + len(name.surnames) < 2
                or not name.given
                or statement.value.lower().startswith(_ARTICLES)
            ):
                nicknames.add(" ".join(words(statement.value)))
            else:
                found.append((statement.original or statement.value, weakness, _completed(name, parents)))
    return sorted(found, key=lambda n: (n[1], n[0], n[2].normal)), sorted(nicknames)


def _completed(name: Name, parents: list[tuple[Name, bool]]) -> Name:
    """The name with the surname that it leaves out and a stated parent (with whether it is the mother) has: a list
    that names the mother says the whole name, whatever stands in its column of surnames."""
    for parent, mother in parents:
        if len(name.surnames) != 1 or not name.given or not parent.main_surname:
            continue
        mine, other = name.surnames[0], parent.main_surname
        if key(mine) != key(other):
            late = mother == (name.tradition == SPANISH)  # Spanish: the mother's comes last; Portuguese: the father's
            name = replace(
                name,
                written=f"{name.written} ({parent.written})",
                surnames=(mine, other) if late else (other, mine),
            )
    return name


def _firm_names(said: dict[str, list[Statement]]) -> list[Named]:
    found: list[Named] = []
    seen: set[tuple[tuple[str, ...], str]] = set()
    for prop, weakness in NAME_WEAKNESS.items():
        for statement in said.get(prop, ()):
            parsed = firm(statement.value)
            if parsed.words and (parsed.words, parsed.form) not in seen:
                seen.add((parsed.words, parsed.form))
                found.append((statement.original or statement.value, weakness, parsed))
    return sorted(found, key=lambda n: (n[1], n[0], n[2].normal))


def _birth(value: str) -> tuple[int, int, int] | None:
    match = _DATE.match(value)
    return (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None


def _numbers(said: dict[str, list[Statement]], unusable: Counter[str]) -> list[Number]:
    """Numbers by (form, value); one stated outright counts before the same one derived."""
    found: dict[tuple[str, str], Number] = {}
    for prop in DOCUMENTS:
        for s in said[prop] if prop in said else ():
            value = _NO_WORD.sub("", s.value).upper()
            if len(value) < 4 or _placeholder().search(value):
                unusable["documents"] += 1
                continue
            form = s.form or UNKNOWN_FORM
            known = found.get((form, value))
            if known is None or (known[3] and not s.derived):
                check = CHECKS.get(s.check, 1)
                found[form, value] = (form, value, check, bool(s.derived), s.original or s.value)
    return [found[key] for key in sorted(found)]
