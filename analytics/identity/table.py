"""Records as arrays: what the later steps compare. Only identity-level content goes in, whatever else a record carries.

Rows are in the order of the record ids and every record's values in the order of the values themselves, so that the
same records give the same arrays in whatever order they, or their statements, come.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import yaml
from numpy.typing import NDArray

from analytics.identity.names.fold import words
from analytics.identity.names.organisations import Firm, firm
from analytics.identity.names.parse import MAX_GIVEN, PORTUGUESE, SPANISH, Name, from_parts, parse
from analytics.identity.names.vocabulary import Vocabulary, roots
from analytics.identity.ragged import Index, offsets
from graph.model import descends, model
from graph.statement import Record, Statement

PERSON, FIRM = 0, 1
NAME_WEAKNESS = {"name": 0, "previousName": 1, "alias": 1, "weakAlias": 2}
DOCUMENTS = ("idNumber", "taxNumber", "passportNumber", "socialSecurityNumber", "registrationNumber", "vatCode")
_PARTS = ("firstName", "secondName", "middleName", "lastName", "surname1", "surname2", "marriedName", "nameSuffix")
_NATIONS = ("nationality", "citizenship", "jurisdiction", "country", "mainCountry")
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_PORTUGUESE_SPEAKING = frozenset({"br", "pt", "ao", "mz", "cv"})
CHECKS = {"wrong": 0, "unknown": 1, "": 1, "wellformed": 2, "valid": 3}


class Values(NamedTuple):
    """Values of several records: ``starts[i]:starts[i + 1]`` are record i's rows of the arrays; ``shown``: as
    written."""

    starts: Index
    record: Index
    shown: list[str]
    columns: dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Table:
    """The records of one run. ``family``: :data:`PERSON` or :data:`FIRM`. ``sex``: 1 male, 2 female, 3 other, 0 not
    said."""

    ids: list[str]
    owner: list[str]
    country: list[str]
    schema: list[str]
    family: NDArray[np.int8]
    sex: NDArray[np.int8]
    names: Values
    parsed: list[Name | Firm]
    births: Values
    documents: Values
    nations: Values
    nicknames: Values
    vocabulary: Vocabulary
    dropped: dict[str, int]

    def __len__(self) -> int:
        return len(self.ids)


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


class _Row(NamedTuple):
    id: str
    owner: str
    country: str
    schema: str
    family: int
    sex: int
    names: list[tuple[str, int, Name | Firm]]
    births: list[tuple[str, int, int, int]]
    documents: list[tuple[str, str, int, bool, str]]
    nations: list[str]
    nicknames: list[str]


def schemata() -> list[str]:
    """Exact schema names of the records to match: persons and organisations of every kind."""
    found = [s.name for s in model() if descends(s.name, "LegalEntity") and not s.abstract]
    return sorted(found)


def _family(record: Record) -> int:
    """A legal entity of no stated kind is taken for a person if it says what only persons have, or its name has no
    legal form."""
    if descends(record.schema, "Person"):
        return PERSON
    if record.schema != "LegalEntity":
        return FIRM
    if any(s.prop in ("birthDate", "firstName", "gender") for s in record.statements):
        return PERSON
    return FIRM if any(firm(s.value).form for s in record.of("name")) else PERSON


def _person_names(record: Record, tradition: str) -> tuple[list[tuple[str, int, Name | Firm]], list[str], int]:
    """(shown, weakness, parsed) names; nicknames; how many placeholders were left out."""
    found: list[tuple[str, int, Name | Firm]] = []
    nicknames: set[str] = set()
    nobody = 0
    parts = {prop: record.values(prop) for prop in _PARTS}
    whole: set[frozenset[str]] = set()
    surnames = parts["surname1"] or parts["lastName"]
    if parts["firstName"] and surnames and all(len(values) <= 1 for values in parts.values()):
        one = {prop: (values[0] if values else "") for prop, values in parts.items()}
        given = " ".join(filter(None, (one["firstName"], one["secondName"] or one["middleName"])))
        name = from_parts(given, surnames[0], one["surname2"], one["marriedName"], one["nameSuffix"], tradition)
        if name.surnames or name.given:
            found.append((name.written, 0, name))
            whole.add(frozenset((*name.given, *name.surnames)))
    for statement in record.of(*NAME_WEAKNESS):
        weakness = NAME_WEAKNESS[statement.prop]
        name = parse(statement.value, tradition)
        if name.nobody:
            nobody += 1
            continue
        every = frozenset((*name.given, *name.surnames))
        if weakness and (
            len(every) < 2 or not name.given or statement.value[:3].lower() in ("el ", "la ", "os ", "as ")
        ):
            nicknames.add(" ".join(words(statement.value)))
            continue
        if every in whole:
            continue
        whole.add(every)
        found.append((statement.original or statement.value, weakness, name))
    return found, sorted(nicknames), nobody


def _firm_names(record: Record) -> tuple[list[tuple[str, int, Name | Firm]], list[str], int]:
    found: list[tuple[str, int, Name | Firm]] = []
    seen: set[tuple[tuple[str, ...], str]] = set()
    for statement in record.of(*NAME_WEAKNESS):
        parsed = firm(statement.value)
        if parsed.words and (parsed.words, parsed.form) not in seen:
            seen.add((parsed.words, parsed.form))
            found.append((statement.original or statement.value, NAME_WEAKNESS[statement.prop], parsed))
    return found, [], 0


def _birth(value: str) -> tuple[int, int, int] | None:
    match = _DATE.match(value)
    return (int(match[1]), int(match[2] or 0), int(match[3] or 0)) if match else None


def _document(statement: Statement) -> tuple[str, str, int, bool, str] | None:
    """(form, value, check, derived, as written); None for a number written only to fill the field."""
    value = re.sub(r"[\W_]", "", statement.value).upper()
    if len(value) < 4 or _placeholder().search(value):
        return None
    form = statement.form or "?"
    return form, value, CHECKS.get(statement.check, 1), bool(statement.derived), statement.original or statement.value


def _read(record: Record, dropped: dict[str, int]) -> _Row:
    nations = sorted({value.lower()[:2] for value in (v for p in _NATIONS for v in record.values(p))})
    country = record.country.lower()
    family = _family(record)
    if family == PERSON:
        home = nations[0] if len(nations) == 1 else country
        found, nicknames, nobody = _person_names(record, PORTUGUESE if home in _PORTUGUESE_SPEAKING else SPANISH)
    else:
        found, nicknames, nobody = _firm_names(record)
    dropped["names"] += nobody
    numbers: dict[tuple[str, str], tuple[str, str, int, bool, str]] = {}
    for statement in sorted(record.of(*DOCUMENTS), key=lambda s: (bool(s.derived), s.value, s.form, s.original)):
        number = _document(statement)
        if number is None:
            dropped["documents"] += 1
        else:
            numbers.setdefault(number[:2], number)
    sexes = record.values("gender")
    sex = {"male": 1, "female": 2, "other": 3}.get(sexes[0], 0) if len(sexes) == 1 else 0
    births = sorted({(v, *b) for v in record.values("birthDate") if (b := _birth(v))}) if family == PERSON else []
    return _Row(
        record.id, record.owner, country, record.schema, family, sex, sorted(found, key=lambda n: (n[1], n[0])), births,
        [numbers[k] for k in sorted(numbers)], nations, nicknames,
    )  # fmt: skip


def _values(rows: list[list[Any]], shown: Any, columns: dict[str, tuple[Any, Any]]) -> Values:
    """Ragged arrays of ``rows``; ``columns``: name → (dtype, function of a value)."""
    flat = [value for row in rows for value in row]
    record = np.repeat(np.arange(len(rows), dtype=np.int64), [len(row) for row in rows])
    arrays = {name: np.array([get(value) for value in flat], dtype=dtype) for name, (dtype, get) in columns.items()}
    return Values(offsets(record, len(rows)), record, [shown(value) for value in flat], arrays)


def build(records: Iterable[Iterable[Record]], known: Iterable[str] = ()) -> Table:
    """Arrays of the records. ``known``: words that the model knows as names (see :class:`Vocabulary`)."""
    dropped = {"names": 0, "documents": 0}
    rows = sorted((_read(record, dropped) for chunk in records for record in chunk), key=lambda row: row.id)
    every: set[str] = set()
    for row in rows:
        for _, _, name in row.names:
            every.update(name.words if isinstance(name, Firm) else (*name.given, *name.surnames))
    return Table(
        ids=[row.id for row in rows],
        owner=[row.owner for row in rows],
        country=[row.country for row in rows],
        schema=[row.schema for row in rows],
        family=np.array([row.family for row in rows], dtype=np.int8),
        sex=np.array([row.sex for row in rows], dtype=np.int8),
        names=_values([row.names for row in rows], lambda n: n[0], {
            "weak": (np.int8, lambda n: n[1]),
            "normal": (object, lambda n: n[2].normal),
        }),
        parsed=[name for row in rows for _, _, name in row.names],
        births=_values([row.births for row in rows], lambda b: b[0], {
            "year": (np.int32, lambda b: b[1]), "month": (np.int32, lambda b: b[2]), "day": (np.int32, lambda b: b[3]),
        }),
        documents=_values([row.documents for row in rows], lambda d: d[4], {
            "form": (object, lambda d: d[0]), "value": (object, lambda d: d[1]),
            "check": (np.int8, lambda d: d[2]), "derived": (bool, lambda d: d[3]),
        }),
        nations=_values([row.nations for row in rows], str, {"code": (object, str)}),
        nicknames=_values([row.nicknames for row in rows], str, {"text": (object, str)}),
        vocabulary=Vocabulary(every, known),
        dropped=dropped,
    )  # fmt: skip


def name_roots(parsed: Name | Firm) -> list[str]:
    """Phonetic keys that a name is looked for under; initials are none."""
    every = parsed.words if isinstance(parsed, Firm) else (*parsed.given, *parsed.surnames)
    return list(dict.fromkeys(root for word in every if len(word) > 1 for root in roots(word)))


def given_words(parsed: Name | Firm) -> tuple[str, ...]:
    """Given names of a person's name."""
    return () if isinstance(parsed, Firm) else parsed.given[:MAX_GIVEN]
