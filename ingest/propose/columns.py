"""A table read for a proposal: its rows, and of every column its words, how full it is and a sample of its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path

from graph.errors import ReaderError
from ingest.limits import LIMITS, Limits
from ingest.normalise.dates import DAY_FIRST, MONTH_FIRST, DateOrder, normal_date
from ingest.normalise.text import is_placeholder
from ingest.propose.vocabulary import documents, vocabulary, words_of
from ingest.readers import Options, open_table

MOST_ROWS = 20_000  # rows that are looked at; the mapping then holds for all
SAMPLE = 80  # distinct values of a column
LONGEST = 400  # characters of a value that is worth looking at
FORMATS = ("%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%m/%d/%Y", "%m-%d-%Y", "%d/%m/%y", "%Y%m%d")
CLOCKS = ("", " %H:%M", " %H:%M:%S")


@dataclass(frozen=True, slots=True)
class Column:
    """One column as a proposal sees it. ``filled`` counts rows that say something in it."""

    name: str
    words: tuple[str, ...]
    filled: int
    sample: tuple[str, ...]

    @property
    def example(self) -> str:
        """A value of it, on one line and not too long."""
        text = " ".join(self.sample[0].split()) if self.sample else ""
        return text if len(text) <= 40 else f"{text[:39]}…"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as a proposal sees it; ``rows`` are those looked at, ``header`` whether the file has a header line."""

    name: str
    columns: tuple[Column, ...]
    rows: tuple[Mapping[str, str], ...]
    header: bool = True

    def column(self, name: str) -> Column:
        """The column called ``name``."""
        return next(c for c in self.columns if c.name == name)

    def fullness(self, name: str, rows: Sequence[Mapping[str, str]] | None = None) -> float:
        """Share of rows that say something in a column; 1 for a table without rows."""
        among = self.rows if rows is None else rows
        return sum(bool(r[name].strip()) for r in among) / len(among) if among else 1.0


def read_sheet(path: Path, name: str, reader: str = "", sheet: str | int = "", limits: Limits = LIMITS) -> Sheet:
    """Read the beginning of a table. Raises :class:`ReaderError` where the file cannot be read as one."""
    options = Options(sheet=sheet, limits=limits)
    table = open_table(path, name, reader, options)
    rows = [r.values for r in islice(table.rows, MOST_ROWS) if not r.problem]
    header = not _is_data(table.columns)
    columns = table.columns
    if not header:
        table = open_table(path, name, reader, Options(sheet=sheet, header=False, limits=limits))
        columns, rows = table.columns, [r.values for r in islice(table.rows, MOST_ROWS) if not r.problem]
    if not columns:
        raise ReaderError("ingest.reader.no_header", file=name)
    plain = [{c: r.get(c, "") for c in columns} for r in rows]
    return Sheet(name, tuple(_column(c, plain, header) for c in columns), tuple(plain), header)


def _is_data(columns: Sequence[str]) -> bool:
    """Whether the first line is a row already: no word of it is a header's, and much of it is numbers or nothing."""
    known = sum(any(w in _known() for w in words_of(c)) for c in columns)
    values = sum(
        is_placeholder(c) or c.replace(".", "", 1).replace("-", "").isdigit() or normal_date(c) is not None
        for c in columns
    )
    return not known and values >= max(1, 0.3 * len(columns))


@cache
def _known() -> frozenset[str]:
    """Every word that some phrase has."""
    return frozenset(documents()).union(*(p for c in vocabulary().concepts.values() for p in c.phrases))


def _column(name: str, rows: Sequence[Mapping[str, str]], header: bool) -> Column:
    seen: dict[str, None] = {}
    filled = 0
    for row in rows:
        text = row[name].strip()
        if text:
            filled += 1
            if len(seen) < SAMPLE and not is_placeholder(text):
                seen.setdefault(text[:LONGEST])
    return Column(name, words_of(name) if header else (), filled, tuple(seen))


@dataclass(frozen=True, slots=True)
class DateReading:
    """How a column's dates are read: a format where every value has it, and whether the values prove day or month
    first."""

    format: str
    proven: bool
    month_first: bool


def date_reading(sheet: Sheet, column: str, said: str = "") -> DateReading:
    """Decide the order of day and month once for a column, from all rows looked at; ``said`` (``dmy``, ``mdy``) is a
    person's own decision."""
    order, values = DateOrder(), [r[column].strip() for r in sheet.rows if r[column].strip()]
    for text in values:
        order.see(text.split(" ")[0].split("T")[0])
    month_first = (said or order.order) == MONTH_FIRST
    proven = bool(order.day_first) != bool(order.month_first)
    sample = values[:2000]
    for base in FORMATS:
        if base.startswith("%m") != month_first and not base.startswith("%Y"):
            continue
        for clock in CLOCKS:
            if sample and all(_fits(text, base + clock) for text in sample):
                return DateReading(base + clock, proven, month_first)
    return DateReading("", proven, month_first)


def _fits(text: str, format: str) -> bool:
    """Whether a format is needed for a value and reads it: ISO, which is read without one, does not count."""
    if format.startswith("%Y"):
        return text[:8].isdigit() and normal_date(text, DAY_FIRST, format) is not None
    return not text[:4].isdigit() and normal_date(text, DAY_FIRST, format) is not None
