"""A proposal: what a table seems to say, the mapping drafted from it, and how sure each column is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import InputError, MappingError
from ingest.limits import LIMITS, Limits
from ingest.propose.columns import Sheet, date_reading, read_sheet
from ingest.propose.documents import country_of
from ingest.propose.draft import Drafter
from ingest.propose.match import Fit, Match, Slot, best_match
from ingest.propose.sources import Sources
from ingest.propose.vocabulary import vocabulary


@dataclass(frozen=True, slots=True)
class Decisions:
    """What a person decided about a table. ``slots``: column → slot (``name@payer``; empty: not used); ``orders``:
    column of dates → ``dmy`` or ``mdy``; ``forms``: column → identity document; ``kind``: the kind of table."""

    kind: str = ""
    country: str = ""
    slots: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnNote:
    """What is proposed for a column: ``slot`` is empty where nothing is; ``confidence`` of 0 to 1; ``form`` of its
    numbers, ``order`` of its dates and whether the values prove it, where it holds such."""

    column: str
    example: str
    slot: str = ""
    confidence: float = 0.0
    form: str = ""
    order: str = ""
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """The draft of one table. ``queries`` are those of a mapping file; ``warnings`` are keys and values of
    ``graph/locale/propose.yaml``."""

    sheet: Sheet
    kind: str
    country: str
    columns: tuple[ColumnNote, ...]
    queries: tuple[dict[str, Any], ...]
    warnings: tuple[tuple[str, dict[str, str]], ...] = ()

    def column(self, name: str) -> ColumnNote:
        """The note of one column."""
        return next(c for c in self.columns if c.column == name)

    @property
    def unused(self) -> tuple[ColumnNote, ...]:
        """Columns for which nothing is proposed: a person says what they are, or leaves them out."""
        return tuple(c for c in self.columns if not c.slot)

    @property
    def mapping(self) -> dict[str, Any]:
        """The mapping file as plain data."""
        return {"queries": list(self.queries)}


def propose(
    path: Path,
    name: str = "",
    decided: Decisions | None = None,
    *,
    reader: str = "",
    sheet: str | int = "",
    limits: Limits = LIMITS,
) -> Proposal:
    """Draft the mapping of the table at ``path``; the mapping calls its file ``name`` (its own name where empty).

    Raises :class:`ReaderError` where the file is no table, :class:`MappingError` where nothing of it is understood and
    no ``decided.kind`` says what it is.
    """
    return propose_sheet(read_sheet(path, name or path.name, reader, sheet, limits), decided or Decisions(), sheet)


def propose_sheet(sheet: Sheet, decided: Decisions, named: str | int = "", blank: bool = False) -> Proposal:
    """Draft the mapping of a table that was read already; ``named`` is its sheet of a workbook. With ``blank``, what is
    not enough for a mapping comes back without queries instead of an error, so that a person can add to it."""
    if decided.kind and decided.kind not in vocabulary().frames:
        raise InputError("propose.no_kind", file=sheet.name, value=decided.kind, known=", ".join(vocabulary().frames))
    country = decided.country or country_of(sheet)
    fixed = {column: Slot.of(text) if text else None for column, text in decided.slots.items()}
    match = best_match(sheet, country, decided.kind, fixed)
    if not match.slots and not (blank and decided.kind):
        raise MappingError("propose.nothing", file=sheet.name, known=", ".join(vocabulary().frames))
    sources = Sources(sheet, match, country, decided.orders, decided.forms)
    draft = Drafter(sheet, match, sources).draft()
    if not draft.queries and not blank:
        raise MappingError("propose.no_key", file=sheet.name)
    head: dict[str, Any] = {"csv_url": sheet.name}
    if named != "":
        head["sheet"] = str(named)
    if not sheet.header:
        head["header"] = "false"
    if country:
        head["country"] = country
    queries = tuple({**head, **query} for query in draft.queries)
    notes = tuple(_note(sheet, match, sources, column.name) for column in sheet.columns)
    for note in notes:
        if note.order and not note.proven:
            draft.warn("propose.warn.date_order", column=note.column)
    return Proposal(sheet, match.frame, country, notes, queries, tuple(draft.warnings))


def _note(sheet: Sheet, match: Match, sources: Sources, name: str) -> ColumnNote:
    column = sheet.column(name)
    fit: Fit | None = match.fits.get(name)
    if fit is None:
        return ColumnNote(name, column.example)
    slot = f"{fit.slot.concept}@{fit.slot.side}" if fit.slot.side else fit.slot.concept
    form, order, proven = "", "", False
    kind = vocabulary().concepts[fit.slot.concept].values
    if kind == "document" and fit.slot.concept != "passport":
        form = sources.document(column, "Person")[1]
    elif kind == "date":
        found = date_reading(sheet, name, sources.orders.get(name, ""))
        if found.format and not found.format.startswith("%Y"):
            order, proven = ("mdy" if found.month_first else "dmy"), found.proven or name in sources.orders
    return ColumnNote(name, column.example, slot, round(fit.confidence, 2), form, order, proven)
