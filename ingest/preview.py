"""The first rows of a table as they will be understood: which things, which facts, and what would be refused."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from graph.delivery import Manifest, Reject
from graph.ids import Ids
from graph.model import property_type
from graph.statement import Delivered
from ingest.context import Context, Outcome
from ingest.mapper import Mapper
from ingest.mapping import QuerySpec, read_mapping
from ingest.mapping_check import date_columns
from ingest.normalise.dates import DateOrder
from ingest.package import Package
from ingest.plan import plan_sources
from ingest.propose import Sheet
from ingest.readers.base import Row

ROWS = 5
NAMING = ("name", "number", "registrationNumber", "accountNumber", "imei", "caseNumber", "idNumber")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of a thing. ``written`` is the value as it stood where that differs; ``check``, ``form`` are those of
    its normal form; a link's end is named by what it leads to."""

    prop: str
    value: str
    written: str = ""
    form: str = ""
    check: str = ""
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Thing:
    """One record that a row makes; ``mask`` says that it would be protected."""

    schema: str
    facts: tuple[Fact, ...]
    mask: str = ""


@dataclass(frozen=True, slots=True)
class Understood:
    """A row as it will be understood."""

    row: int
    things: tuple[Thing, ...]
    refused: tuple[Reject, ...]


def preview_table(sheet: Sheet, mapping: str, owner: str, rows: int = ROWS) -> list[Understood]:
    """The first rows of a table under the text of a mapping. ``owner`` is the agency that will deliver it.

    Raises :class:`MappingError` with all that is wrong with the mapping.
    """
    with tempfile.TemporaryDirectory(prefix="vinculo-") as folder:
        path = Path(folder, "mapping.yml")
        path.write_text(mapping, encoding="utf-8")
        queries = [q for q in read_mapping(path, path.name) if sheet.name in q.files]
    options = {k: v for q in queries for k, v in q.options.items()}
    orders = _orders(sheet, queries)
    mapper = Mapper(queries, _context(owner), sheet.name, orders, options)
    first = 2 if sheet.header else 1
    return [_understood(mapper.map(Row(n, dict(r)))) for n, r in enumerate(islice(sheet.rows, rows), first)]


def preview_package(package: Package, rows: int = ROWS) -> Mapping[str, list[Understood]]:
    """The first rows of each source of a package, by file."""
    context = Context(Ids(secrets.token_hex(32)), package.manifest)
    return {s.name: [_understood(o) for o in islice(s.outcomes(), rows)] for s in plan_sources(package, context)}


def _context(owner: str) -> Context:
    return Context(Ids(secrets.token_hex(32)), Manifest(owner, "preview", 1))


def _orders(sheet: Sheet, queries: Iterable[QuerySpec]) -> dict[str, str]:
    evidence = {column: DateOrder() for column in date_columns(list(queries))}
    for row in sheet.rows:
        for column, order in evidence.items():
            order.see(row[column])
    return {column: order.order for column, order in evidence.items()}


def _understood(outcome: Outcome) -> Understood:
    names = {f.id: _name(f) for f in outcome.fragments}
    return Understood(
        outcome.row, tuple(_thing(f, names) for f in outcome.fragments if f.statements), tuple(outcome.rejects)
    )


def _name(fragment: Delivered) -> str:
    said = {s.prop: s.value for s in reversed(fragment.statements)}
    return next((said[p] for p in NAMING if p in said), "")


def _thing(fragment: Delivered, names: Mapping[str, str]) -> Thing:
    facts = []
    for s in fragment.statements:
        if property_type(fragment.schema, s.prop) == "entity":  # its value is an id, its original the key
            facts.append(Fact(s.prop, names.get(s.value) or s.original))
        else:
            facts.append(Fact(s.prop, s.value, s.original, s.form, s.check, bool(s.derived)))
    return Thing(fragment.schema, tuple(facts), fragment.mask)
