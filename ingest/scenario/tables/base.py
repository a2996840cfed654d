"""What all table writers of one package share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from ingest.scenario.files import Table, open_table
from ingest.scenario.organisations import Company
from ingest.scenario.packages import Package, World
from ingest.scenario.parts import Date, Mark
from ingest.scenario.people import Person
from ingest.scenario.services import Service
from ingest.scenario.sheet import Cell
from ingest.scenario.stocks import load

# Columns by table, in the order of the file; people have their service's own.
COLUMNS: dict[str, tuple[str, ...]] = {
    "companies": ("id", "name", "tax", "register", "country", "address", "phone", "activity", "founded", "notes"),
    "interests": ("company", "kind", "holder", "quality", "percent", "since"),
    "kin": ("person", "relative", "kind", "relation"),
    "papers": ("person", "type", "country", "number"),
    "phones": ("number", "holder", "operator", "imei", "since"),
    "calls": ("caller", "called", "start", "seconds", "cell"),
    "vehicles": ("plate", "country", "make", "model", "colour", "year", "owner"),
    "accounts": ("account", "bank", "kind", "holder", "currency", "opened"),
    "payments": (
        "op", "date", "from", "fkind", "payer", "to", "tkind", "payee", "payee_name", "amount", "currency", "concept",
    ),
    "routes": (
        "route", "leg", "place", "code", "to", "to_code", "mode", "carrier", "number", "cargo", "container",
        "departure", "arrival", "comment",
    ),
    "seizures": (
        "id", "date", "place", "code", "kind", "what", "quantity", "unit", "measure", "container",
    ),
}  # fmt: skip


@dataclass(slots=True)
class Written:
    """What a package's tables hold: rows by table, and what its mapping must know.

    ``papers`` are the (country, type) of identity papers, ``kinds`` the sorts of rows by table that need queries of
    their own (``("owner", "person")`` …).
    """

    rows: dict[str, int] = field(default_factory=dict)
    papers: set[tuple[str, str]] = field(default_factory=set)
    kinds: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)


@dataclass(slots=True)
class Desk:
    """One package being written: its random stream, its folder, and helpers."""

    world: World
    package: Package
    folder: Path
    rng: Random
    written: Written = field(default_factory=Written)

    @property
    def service(self) -> Service:
        """The package's service."""
        return self.package.service

    def words(self, key: str) -> Any:
        """A list of words for the service's country or language."""
        entry = load("words")[key]
        return entry.get(self.service.country) or entry[self.service.language]

    def pick(self, values: Sequence[str]) -> str:
        """One of ``values``."""
        return values[int(self.rng.random() * len(values))]

    def day(self, days: int) -> Date:
        """A day in the ``days`` before the case was opened (counted in months of 28 days)."""
        year, month, day = self.package.opened
        months, day = divmod((year * 12 + month - 1) * 28 + day - 1 - int(self.rng.random() * days), 28)
        return months // 12, months % 12 + 1, day + 1

    def open(self, table: str, columns: Sequence[str]) -> Table:
        """Open the file of ``table`` with its header."""
        service = self.service
        header = [service.header(table, column) for column in columns]
        return open_table(self.folder / service.file_name(table), header, service.file, service.sheet(table))

    def save(self, table: str, rows: Sequence[Sequence[Cell]], marks: Sequence[Mark | None] = ()) -> None:
        """Write ``rows``; the i-th mark is told where the i-th row stands. A table without rows gets no file."""
        if not rows:
            return
        with self.open(table, COLUMNS[table]) as out:
            out.write_all(rows)
        for number, mark in enumerate(marks, 2):  # row 1 is the header
            if mark is not None:
                mark.package, mark.row = self.package.index, number
        self.written.rows[table] = len(rows)

    def kind(self, table: str, *parts: str) -> None:
        """Note that ``table`` holds rows of this sort."""
        self.written.kinds.setdefault(table, set()).add(parts)


def sort_of(holder: Person | Company | None) -> str:
    """``person``, ``company`` or ``outside``: the key of the word that a table's kind column has for it."""
    if holder is None:
        return "outside"
    return "person" if isinstance(holder, Person) else "company"
