"""Readers: bytes in, rows out, one form of file each, within limits and without meaning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from graph.errors import PackageError
from ingest.problems import nearest
from ingest.readers.base import Options, Row, RowReader, Table
from ingest.readers.csv_file import read_csv
from ingest.readers.excel import OLE, ZIP, read_excel
from ingest.readers.json_file import read_json, read_json_lines

__all__ = ["ROW_READERS", "Options", "Row", "Table", "open_table"]

ROW_READERS: Mapping[str, RowReader] = {
    "csv": read_csv,
    "excel": read_excel,
    "json": read_json,
    "jsonl": read_json_lines,
}


def guess(path: Path, name: str) -> str:
    """The reader for a file that names none, by its first bytes; its name decides between JSON and JSON lines only."""
    with path.open("rb") as source:
        head = source.read(512)
    if head.startswith((ZIP, OLE)):
        return "excel"
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if name.lower().endswith((".jsonl", ".ndjson")):
        return "jsonl"
    return "json" if name.lower().endswith(".json") or plain.startswith((b"[{", b"[\n")) else "csv"


def open_table(path: Path, name: str, reader: str, options: Options) -> Table:
    """Open a file as a table with the reader called ``reader`` (empty: by content)."""
    kind = reader or guess(path, name)
    if kind not in ROW_READERS:
        raise PackageError(
            "ingest.case.reader", file=name, value=kind, known=nearest(kind, ROW_READERS) or ", ".join(ROW_READERS)
        )
    return ROW_READERS[kind](path, name, options)
