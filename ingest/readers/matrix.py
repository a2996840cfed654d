"""Networks as research and record systems write them: matrices with labels on both sides, and lists of pairs.

Either becomes a table of ties, so that a mapping says what a tie is. Beside ``source`` and ``target`` each row has the
same two ends as ``first`` and ``second`` in alphabetical order: a mapping that takes its key from these makes one link
of a tie that stands twice (undirected), one that takes ``source`` and ``target`` keeps the direction.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from graph.errors import ReaderError
from ingest.readers.base import Options, Row, RowReader, Table, clean_header

TIES = ("source", "target", "weight", "first", "second")
NOTHING = re.compile(
    r"[-.]?|[+-]?(?:0+(?:[.,]0*)*|[.,]0+)(?:[eE][+-]?\d+)?"
)  # blank, a dash, or zero in any way of writing
UNKNOWN = frozenset(("na", "n/a", "#n/a", "nan", "null", "none", "?"))


def matrix_reader(open_any: RowReader) -> RowReader:
    """A reader of matrices over ``open_any``, which opens a table of any form by its content."""

    def read(path: Path, name: str, options: Options) -> Table:
        """Rows are cells that are neither blank nor zero, numbered by the line on which they stand; labels without
        any tie come as rows with one end. A cell that says it is not known, and the cells of two actors who bear one
        label, are told apart by nobody and are given as problems."""
        bare = replace(options, header=False)
        head, _ = _opened(open_any(path, name, bare), name)
        labels = [_label(v) for v in head.values.values()][1:]
        while labels and not labels[-1]:
            labels.pop()
        if not labels:
            raise ReaderError("ingest.reader.no_header", file=name)
        if len(labels) > options.limits.columns:
            raise ReaderError("ingest.reader.columns", file=name, count=len(labels), limit=options.limits.columns)
        sides = (
            Counter(labels),
            Counter(_label(next(iter(r.values.values()), "")) for r in _opened_rows(path, name, bare)),
        )
        twice = frozenset(label for side in sides for label, count in side.items() if count > 1 or not label)
        return Table(TIES, _ties(_opened_rows(path, name, bare), head.number, labels, twice))

    def _opened_rows(path: Path, name: str, options: Options) -> Iterator[Row]:
        return _opened(open_any(path, name, options), name)[1]

    return read


def _opened(table: Table, name: str) -> tuple[Row, Iterator[Row]]:
    """The row of labels, and the rows after it."""
    rows = iter(table.rows)
    head = next((r for r in rows if not r.problem), None)
    if head is None:
        raise ReaderError("ingest.reader.empty", file=name)
    return head, rows


def _label(text: str) -> str:
    return " ".join(text.replace("\ufeff", "").split())


def _tie(number: int, source: str, target: str, weight: str) -> Row:
    first, second = sorted((source, target)) if source and target else ("", "")
    return Row(number, dict(zip(TIES, (source, target, weight, first, second), strict=True)))


def _ties(rows: Iterator[Row], head: int, labels: list[str], twice: frozenset[str]) -> Iterator[Row]:
    tied: set[str] = set()
    seen: set[str] = set()
    for row in rows:
        if row.problem:
            yield row
            continue
        label, *cells = row.values.values()
        source = _label(label)
        seen.add(source)
        empty = True
        for target, cell in zip(labels, cells, strict=False):
            weight = cell.strip()
            if NOTHING.fullmatch(weight):
                continue
            empty = False
            if weight.lower() in UNKNOWN:
                yield Row(row.number, {"": f"{source}\t{target}\t{weight}"}, "readers.reject.matrix_unknown")
            elif source in twice or target in twice:
                yield Row(row.number, {"": f"{source}\t{target}\t{weight}"}, "readers.reject.matrix_label")
            elif source == target:
                yield Row(row.number, {"": f"{source}\t{target}\t{weight}"}, "readers.reject.matrix_diagonal")
            else:
                tied.update((source, target))
                yield _tie(row.number, source, target, weight)
        if empty and source in twice:
            yield Row(row.number, {"": source}, "readers.reject.matrix_label")
        elif empty:
            yield _tie(row.number, source, "", "")
    for label in labels:
        if label not in tied and label not in seen and label not in twice:
            yield _tie(head, "", label, "")


def edges_reader(open_any: RowReader) -> RowReader:
    """A reader of lists of pairs over ``open_any``: the ends are the columns that the options name, else the first
    two."""

    def read(path: Path, name: str, options: Options) -> Table:
        """The table as it is, with ``first`` and ``second`` beside its columns."""
        table = open_any(path, name, options)
        ends = options.ends or table.columns[:2]
        if len(ends) < 2:
            raise ReaderError("readers.edges.columns", file=name)
        if missing := [e for e in ends if e not in table.columns]:
            raise ReaderError("readers.columns", file=name, known=", ".join(missing))
        columns = clean_header([*table.columns, "first", "second"], name, options.limits)
        return Table(columns, _pairs(table, columns, ends))

    return read


def _pairs(table: Table, columns: tuple[str, ...], ends: tuple[str, ...]) -> Iterator[Row]:
    source, target = ends
    for row in table.rows:
        if row.problem:
            yield row
            continue
        pair = sorted((_label(row.values[source]), _label(row.values[target])))
        yield Row(row.number, dict(zip(columns, chain(row.values.values(), pair), strict=True)))
