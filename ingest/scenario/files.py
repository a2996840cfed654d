"""Writers of the tables, in the forms real exports have: separated text in several encodings, and XLSX."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Protocol, Self

from ingest.scenario.sheet import Cell, SheetTable


class Table(Protocol):
    """An open table. ``row`` is the number of the last row written, as a person counts it (the header is row 1)."""

    row: int

    def write(self, cells: Sequence[Cell]) -> int: ...

    def write_all(self, rows: Sequence[Sequence[Cell]]) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class TextTable:
    """Separated text. Characters that the encoding lacks become ``?``, as in real exports."""

    def __init__(self, path: Path, header: Sequence[str], delimiter: str, encoding: str, eol: str) -> None:
        self._file: IO[str] = path.open("w", encoding=encoding, errors="replace", newline="")
        self._writer = csv.writer(self._file, delimiter=delimiter, lineterminator=eol)
        self._writer.writerow(header)
        self.row = 1

    def write(self, cells: Sequence[Cell]) -> int:
        """Write one row; returns its number."""
        self._writer.writerow(cells)
        self.row += 1
        return self.row

    def write_all(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Write many rows."""
        self._writer.writerows(rows)
        self.row += len(rows)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def open_table(path: Path, header: Sequence[str], form: dict[str, Any], sheet: str) -> Table:
    """Open ``path`` for writing in the form a service uses (``file`` in services.yaml)."""
    if form["kind"] == "xlsx":
        return SheetTable(path, header, sheet)
    return TextTable(path, header, form["delimiter"], form["encoding"], form["eol"])
