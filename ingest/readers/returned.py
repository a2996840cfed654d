"""Files of rejects that were given back, corrected: known by columns of ours, whatever is said of how to read them.

The columns of ours come first and are taken off again. A row keeps the line on which it stood in the file that was
delivered first, so that what was accepted of it then and what is added now come from one and the same row. The steward
may have saved the file with a spreadsheet program: encoding and delimiter are found anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.readers.base import Options, Row, Table
from ingest.readers.csv_file import read_csv

REASON, COLUMN, VALUE, ROW = "vinculo:reason", "vinculo:column", "vinculo:value", "vinculo:row"
OURS = (REASON, COLUMN, VALUE, ROW)
HEAD = 4096


def is_returned(path: Path) -> bool:
    """Whether a file is one of rejects: its first line names our columns."""
    with path.open("rb") as source:
        head = source.read(HEAD)
    first = head.replace(b"\r", b"\n").partition(b"\n")[0]
    return all(name.encode() in first for name in (REASON, ROW))


def read_returned(path: Path, name: str, options: Options) -> Table:
    """Open a file of rejects as the table that it was. Raises :class:`ReaderError` where it is no such table now."""
    table = read_csv(path, name, Options(limits=options.limits))
    return Table(tuple(c for c in table.columns if c not in OURS), _rows(table.rows))


def _rows(rows: Iterator[Row]) -> Iterator[Row]:
    for number, values, problem in rows:
        line = values.get(ROW, "").strip()
        stood = int(line) if line.isdecimal() and len(line) < 10 else number
        yield Row(stood, {c: v for c, v in values.items() if c not in OURS}, problem)


def returned_line(number: int, data: Any) -> int:
    """The line on which an object stood that was given back in a file of objects; ``number`` for any other."""
    stood = data.get(ROW) if isinstance(data, dict) else None
    return stood if isinstance(stood, int) and 0 < stood < 10**9 else number
