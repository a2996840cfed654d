"""XLSX, XLS and ODS through calamine, told apart by their bytes and never by their names.

XLSB is refused: how large it would become cannot be told beforehand (``extent.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from graph.errors import ReaderError
from ingest.limits import LIMITS, Limits
from ingest.problems import nearest
from ingest.readers.base import Options, Row, Table, as_row, check_whole, clean_header, first_columns, header_line
from ingest.readers.extent import Unreadable, infos_of, of_xls, of_zip

# a cell takes some 64 bytes of memory while a sheet is read: with this, four hundred megabytes at most
CELLS = 6_000_000
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def read_excel(path: Path, name: str, options: Options) -> Table:
    """Open one sheet (the first, unless ``sheet`` names or counts another) as a table. Dates come as ISO 8601."""
    data = _checked(path, name, options.limits)
    sheet = _sheet(_guarded(lambda: CalamineWorkbook.from_filelike(BytesIO(data)), name), name, options)
    rows = _rows(sheet, name)
    columns = first_columns(options, name)
    wanted = header_line(options)
    if columns is None:
        found = next((r for r in rows if r[0] >= wanted and any(c.strip() for c in r[1])), None)
        if found is None:
            raise ReaderError("ingest.reader.empty", file=name)
        if wanted:
            columns = clean_header(found[1], name, options.limits)
        else:
            columns = tuple(str(i) for i in range(1, len(found[1]) + 1))
            rows = _chain(found, rows)
    return Table(columns, _as_rows(rows, columns))


def _chain(first: tuple[int, list[str]], rest: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    yield first
    yield from rest


def _as_rows(rows: Iterator[tuple[int, list[str]]], columns: tuple[str, ...]) -> Iterator[Row]:
    for number, cells in rows:
        if row := as_row(number, cells, columns):
            yield row


def _checked(path: Path, name: str, limits: Limits) -> bytes:
    """The file's bytes, after the bounds of the zip that a modern workbook is."""
    check_whole(path, name, limits)
    data = path.read_bytes()
    if not data.startswith((OLE, ZIP)):
        raise ReaderError("ingest.reader.not_excel", file=name)
    try:
        cells = of_xls(data) if data.startswith(OLE) else _cells_of_zip(data, name, limits)
    except Unreadable as broken:
        raise ReaderError("ingest.reader.broken", file=name, detail=str(broken)[:100]) from None
    if cells > CELLS:
        raise ReaderError("readers.cells", file=name, count=cells, limit=CELLS)
    return data


_PASSED: dict[bytes, int] = {}  # SHA-256 → cells, of workbooks that were found within bounds: a load opens one thrice


def _cells_of_zip(data: bytes, name: str, limits: Limits) -> int:
    digest = hashlib.sha256(data).digest()
    if limits == LIMITS and digest in _PASSED:
        return _PASSED[digest]
    infos = infos_of(data)
    total = sum(i.file_size for i in infos)
    big = [i for i in infos if i.file_size > 1 << 20 and i.file_size > limits.ratio * max(i.compress_size, 1)]
    if total > limits.sheet_total or big or len(infos) > 10_000:
        raise ReaderError("ingest.reader.bomb", file=name, size=total, limit=limits.sheet_total)
    cells = of_zip(data, infos, CELLS)
    if len(_PASSED) > 1000:
        _PASSED.clear()
    if limits == LIMITS:
        _PASSED[digest] = cells
    return cells


def _guarded(call: Any, name: str) -> Any:
    """``call()``, with every failure of the compiled reader as a :class:`ReaderError`."""
    try:
        return call()
    except (CalamineError, OSError, ValueError, OverflowError) as broken:
        raise ReaderError("ingest.reader.broken", file=name, detail=str(broken)) from None
    except BaseException as panic:
        # a Rust panic derives from BaseException alone and has no importable name
        if type(panic).__name__ == "PanicException":
            raise ReaderError("ingest.reader.broken", file=name, detail="panic") from None
        raise


def _sheet(book: CalamineWorkbook, name: str, options: Options) -> CalamineSheet:
    names = book.sheet_names
    wanted = options.sheet
    if wanted == "":
        wanted = 1
    if isinstance(wanted, int):
        if not 1 <= wanted <= len(names):
            raise ReaderError("ingest.reader.no_sheet", file=name, value=str(wanted), known=", ".join(names))
        wanted = names[wanted - 1]
    if wanted not in names:
        near = nearest(wanted, names)
        raise ReaderError("ingest.reader.no_sheet", file=name, value=wanted, known=near or ", ".join(names))
    return _guarded(lambda: book.get_sheet_by_name(wanted), name)  # type: ignore[no-any-return]


def _rows(sheet: CalamineSheet, name: str) -> Iterator[tuple[int, list[str]]]:
    """(row number in the sheet, cells as text) from the first used row on."""
    start = sheet.start
    if start is None:
        return
    rows = iter(_guarded(sheet.iter_rows, name))
    number = 0
    while True:
        cells = _guarded(lambda: next(rows, None), name)
        if cells is None:
            return
        number += 1
        yield number, [cell_text(c) for c in cells]


def cell_text(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without ``.0``, dates as ISO 8601, truth as SI/NO would be as 1/0."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        whole = cell.time() == time(0)
        return cell.date().isoformat() if whole else cell.replace(microsecond=0).isoformat()
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(int(cell.total_seconds()))
    return str(cell)
