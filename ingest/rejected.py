"""Rejects with the row they stood in, so that it can be given back to be corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from graph.delivery import Reject
from ingest.context import Outcome
from ingest.readers.base import Row

if TYPE_CHECKING:
    from ingest.plan import Source

LARGEST = 65_536  # characters of a row that is kept beside its rejects; a larger one is found by its line only


def row_of(reject: Reject) -> dict[str, str]:
    """The row that a reject holds, blank cells left out; empty where it holds none."""
    if reject.columns or not reject.whole or not reject.value.startswith("{"):
        return reject.columns
    try:
        found = orjson.loads(reject.value)
    except orjson.JSONDecodeError:
        return {}
    flat = isinstance(found, dict) and all(isinstance(v, str) for v in found.values())
    return {str(c): v for c, v in found.items()} if flat else {"": reject.value}


def with_row(outcome: Outcome, row: Row) -> Outcome:
    """``outcome`` with the row in the first of its rejects, where none of them holds it yet."""
    rejects = outcome.rejects
    if not rejects or row.problem or outcome.row != row.number or any(map(row_of, rejects)):
        return outcome
    rejects[0] = _holding(rejects[0], row)
    return outcome


def _holding(reject: Reject, row: Row) -> Reject:
    columns = {c: v for c, v in row.values.items() if v}
    return reject if sum(map(len, columns.values())) > LARGEST else replace(reject, columns=columns)


def with_rows(outcomes: Iterable[Outcome], rows: Callable[[], Iterator[Row]]) -> Iterator[Outcome]:
    """``outcomes`` with their rows, which are opened and read along only when there is a reject."""
    along: Iterator[Row] | None = None
    read = 0
    for number, outcome in enumerate(outcomes, 1):
        if outcome.rejects:
            along = along or rows()
            row = None
            while read < number:
                row, read = next(along, None), read + 1
            outcome = with_row(outcome, row) if row else outcome
        yield outcome


def find_rows(rejects: Sequence[Reject], sources: Iterable[Source]) -> list[Reject]:
    """Rejects that were found when all files were read, with their rows, for which the files are read once more."""
    wanted: dict[str, dict[int, list[int]]] = {}
    for at, reject in enumerate(rejects):
        if not row_of(reject):
            wanted.setdefault(reject.document, {}).setdefault(reject.row, []).append(at)
    found = list(rejects)
    for source in sources:
        places = wanted.get(source.name)
        if not places or source.table is None:
            continue
        for row in source.table().rows:
            if row.number in places and not row.problem:
                said = " ".join(row.values.values())
                for at in places[row.number]:  # objects of a document may stand on one line: the value tells which
                    if not found[at].columns and all(word in said for word in found[at].value.split()):
                        found[at] = _holding(found[at], row)
    return found
