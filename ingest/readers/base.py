"""What every reader of rows gives: columns, and rows with the line a person finds them on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

from graph.errors import ReaderError
from ingest.limits import LIMITS, Limits


class Row(NamedTuple):
    """One row of a table.

    ``number`` is the line on which the row begins, counted as a person does: from 1, header and blank lines included, a
    quoted cell of several lines counting each of them. ``problem`` is a catalogue key where the row cannot be trusted
    to say what stands in which column; ``values`` then holds its text under the column ``""``.
    """

    number: int
    values: dict[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """How a file is to be read, as far as its mapping or ``case.yaml`` says; what is empty is found out.

    ``header``: the line of the header (1 unless said), or the names of the columns of a file that has none; ``False``
    numbers them ``1``, ``2`` …. ``ends``: the two columns of a list of pairs that are its ends. ``beside``: the
    package's files by name, for a form that spreads over several.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str | int = ""
    header: bool | int | tuple[str, ...] = True
    limits: Limits = field(default=LIMITS)
    ends: tuple[str, str] | tuple[()] = ()
    beside: Mapping[str, Path] = field(default_factory=dict)


class Table(NamedTuple):
    """A file opened as a table. ``rows`` may be iterated once."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


class RowReader(Protocol):
    """Opens ``path`` (called ``name`` in errors). Raises :class:`ReaderError` on bytes of another form, nothing
    else."""

    def __call__(self, path: Path, name: str, options: Options) -> Table: ...


def check_whole(path: Path, name: str, limits: Limits) -> None:
    """Refuse a file that is empty, or too large for a form that can only be read as a whole."""
    size = path.stat().st_size
    if size == 0:
        raise ReaderError("ingest.reader.empty", file=name)
    if size > limits.whole:
        raise ReaderError("ingest.reader.large", file=name, size=size, limit=limits.whole)


def clean_header(cells: list[str], name: str, limits: Limits) -> tuple[str, ...]:
    """Column names of a header line: trimmed, those without a name numbered, repeated ones told apart by ``.2``,
    ``.3``."""
    while cells and not cells[-1].strip():
        cells = cells[:-1]
    if not cells:
        raise ReaderError("ingest.reader.no_header", file=name)
    if len(cells) > limits.columns:
        raise ReaderError("ingest.reader.columns", file=name, count=len(cells), limit=limits.columns)
    found: dict[str, None] = {}
    for position, cell in enumerate(cells, 1):
        base = " ".join(cell.replace("\ufeff", "").split()) or str(position)
        column, repeat = base, 1
        while column in found:
            repeat += 1
            column = f"{base}.{repeat}"
        found[column] = None
    return tuple(found)


def first_columns(options: Options, name: str) -> tuple[str, ...] | None:
    """Column names that the options give; None where the file's own header holds."""
    if isinstance(options.header, tuple):
        return clean_header(list(options.header), name, options.limits)
    return None


def header_line(options: Options) -> int:
    """The line on which the header stands, 0 for a file without one."""
    if isinstance(options.header, tuple) or options.header is False:
        return 0
    return 1 if options.header is True else options.header


def as_row(number: int, cells: list[str], columns: tuple[str, ...]) -> Row | None:
    """A row of ``cells`` under ``columns``; None when it is blank. Missing cells at the end are blank ones."""
    width = len(columns)
    if len(cells) > width and any(c.strip() for c in cells[width:]):
        return Row(number, {"": "\t".join(cells)}, "ingest.reject.too_many_cells")
    if not any(map(str.strip, cells)):
        return None
    if len(cells) < width:
        cells = cells + [""] * (width - len(cells))
    return Row(number, dict(zip(columns, cells, strict=False)))


def matches(values: Mapping[str, str], wanted: Mapping[str, frozenset[str]]) -> bool:
    """Whether every column of ``wanted`` holds one of its values."""
    return all(values.get(column, "") in known for column, known in wanted.items())
