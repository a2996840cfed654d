"""CSV of any delimiter, encoding, byte order mark and line end (CR alone too), streamed.

A line that cannot be parsed costs that line and nothing after it: a quote left open swallows lines only until the limit
of a cell, then the first line alone is given as unreadable and reading goes on with the next.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from graph.errors import ReaderError
from ingest.limits import Limits
from ingest.readers.base import Options, Row, Table, as_row, clean_header, first_columns, header_line
from ingest.readers.encoding import declared, detect

DELIMITERS = ";,\t|"
SAMPLE = 50


class _OpenQuote(Exception):
    """A quoted cell ran over too many lines."""


class _Lines:
    """Lines of a file that can be given back, and what the row being read consumed of them."""

    def __init__(self, lines: Iterable[str], limits: Limits) -> None:
        self._lines = iter(lines)
        self._again: deque[str] = deque()
        self._limits = limits
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if len(self.taken) >= self._limits.cell_lines:
            raise _OpenQuote
        line = self._again.popleft() if self._again else next(self._lines)
        self.taken.append(line)
        self.number += 1
        return line

    def keep_first(self) -> str:
        """Give back all lines of the row but its first, and that one."""
        first, *rest = self.taken
        self._again.extendleft(reversed(rest))
        self.number -= len(rest)
        return first.rstrip("\r\n")


def read_csv(path: Path, name: str, options: Options) -> Table:
    """Open ``path`` as CSV. Encoding and delimiter are those declared, else found from the file."""
    if path.stat().st_size == 0:
        raise ReaderError("ingest.reader.empty", file=name)
    encoding = declared(options.encoding, name) if options.encoding else detect(path)
    delimiter = options.delimiter or _delimiter(path, encoding, name)
    rows = _rows(path, name, encoding, delimiter, options.limits)
    columns = first_columns(options, name)
    wanted = header_line(options)
    if columns is None and wanted:
        header = next((r for r in rows if r[0] >= wanted), None)
        if header is None or header[2]:
            raise ReaderError("ingest.reader.no_header", file=name)
        columns = clean_header(header[1], name, options.limits)
    elif columns is None:
        first = next(rows, None)
        if first is None:
            raise ReaderError("ingest.reader.empty", file=name)
        columns = tuple(str(i) for i in range(1, len(first[1]) + 1))
        rows = _chain(first, rows)
    return Table(columns, _as_rows(rows, columns))


def _chain(
    first: tuple[int, list[str], str], rest: Iterator[tuple[int, list[str], str]]
) -> Iterator[tuple[int, list[str], str]]:
    yield first
    yield from rest


def _as_rows(rows: Iterator[tuple[int, list[str], str]], columns: tuple[str, ...]) -> Iterator[Row]:
    for number, cells, problem in rows:
        if problem:
            yield Row(number, {"": "".join(cells)}, problem)
        elif row := as_row(number, cells, columns):
            yield row


def _rows(path: Path, name: str, encoding: str, delimiter: str, limits: Limits) -> Iterator[tuple[int, list[str], str]]:
    """(line on which the row begins, its cells, problem). Blank lines are passed over."""
    csv.field_size_limit(limits.cell)
    try:
        with path.open(encoding=encoding, newline="") as source:
            lines = _Lines(_bounded(source, name, limits), limits)
            parser = csv.reader(lines, delimiter=delimiter, strict=True)
            while True:
                begins = lines.number + 1
                lines.taken.clear()
                try:
                    cells = next(parser)
                except StopIteration:
                    return
                except (csv.Error, _OpenQuote):
                    if not lines.taken:
                        return
                    yield begins, [lines.keep_first()], "ingest.reject.quote"
                    continue
                if cells:
                    yield begins, cells, ""
    except UnicodeError as wrong:
        raise ReaderError(
            "ingest.reader.encoding", file=name, encoding=encoding, detail=str(wrong.__class__.__name__)
        ) from None
    except OSError as broken:
        raise ReaderError("ingest.reader.broken", file=name, detail=str(broken.strerror)) from broken


def _bounded(source: Iterable[str], name: str, limits: Limits) -> Iterator[str]:
    """Lines of a text, refused when one is too long to be a row (a binary file has no line ends)."""
    readline = source.readline  # type: ignore[attr-defined]
    while line := readline(limits.line):
        if len(line) >= limits.line:
            raise ReaderError("ingest.reader.line", file=name, limit=limits.line)
        yield line


def _delimiter(path: Path, encoding: str, name: str) -> str:
    """The delimiter that splits most lines of the beginning into as many cells as the first one."""
    try:
        with path.open(encoding=encoding, newline="") as source:
            sample = [line for line in islice(source, SAMPLE) if line.strip() and len(line) < 100_000]
    except UnicodeError:
        raise ReaderError("ingest.reader.encoding", file=name, encoding=encoding, detail="") from None
    best = (0.0, 0, ",")
    for delimiter in DELIMITERS:
        try:
            widths = [len(cells) for cells in csv.reader(sample, delimiter=delimiter) if cells]
        except csv.Error:
            continue
        if widths and widths[0] > 1:
            best = max(best, (sum(w == widths[0] for w in widths) / len(widths), widths[0], delimiter))
    return best[2]
