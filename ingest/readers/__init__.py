"""Readers: bytes in, rows out, one form of file each, within limits and without meaning."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from graph.errors import PackageError, ReaderError
from ingest.limits import LIMITS, Limits
from ingest.problems import nearest
from ingest.readers.anx import read_anx
from ingest.readers.base import Options, Row, RowReader, Table
from ingest.readers.csv_file import read_csv
from ingest.readers.excel import OLE, ZIP, read_excel
from ingest.readers.json_file import read_json, read_json_lines
from ingest.readers.matrix import edges_reader, matrix_reader

__all__ = ["ROW_READERS", "Options", "Row", "Table", "guess", "open_table", "reading_options"]

HEAD = 1 << 16
READING = ("encoding", "delimiter", "sheet", "header")
WEB_PAGE = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<?xml")


def _by_content(path: Path, name: str, options: Options) -> Table:
    return PLAIN[guess(path, name)](path, name, options)


PLAIN: Mapping[str, RowReader] = {
    "csv": read_csv,
    "excel": read_excel,
    "json": read_json,
    "jsonl": read_json_lines,
    "anx": read_anx,
}
ROW_READERS: Mapping[str, RowReader] = {
    **PLAIN,
    "matrix": matrix_reader(_by_content),
    "edges": edges_reader(_by_content),
}


def guess(path: Path, name: str) -> str:
    """The reader for a file that names none, by its first bytes and never by its name alone: an ``.xls`` may be a
    modern workbook or tab-separated text. Raises :class:`ReaderError` for a web page that calls itself a workbook."""
    with path.open("rb") as source:
        head = source.read(HEAD)
    if head.startswith((ZIP, OLE)):
        return "excel"
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = name.lower()
    if lower.endswith(".anx") or plain.startswith(b"<Chart") or (plain.startswith(b"<?xml") and b"<Chart" in plain):
        return "anx"
    if plain[:20].lower().startswith(WEB_PAGE):
        raise ReaderError("readers.web_page", file=name)
    if lower.endswith((".jsonl", ".ndjson")) or _is_lines(plain):
        return "jsonl"
    return "json" if lower.endswith(".json") or plain.startswith((b"[{", b"[\n", b"[\r\n")) else "csv"


def _is_lines(plain: bytes) -> bool:
    """Whether the first line is a whole object and another object follows on the next: JSON lines, whatever the
    name."""
    first, _, rest = plain.partition(b"\n")
    if not first.startswith(b"{") or not rest.lstrip().startswith(b"{"):
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


def open_table(path: Path, name: str, reader: str, options: Options) -> Table:
    """Open a file as a table with the reader called ``reader`` (empty: by content)."""
    kind = reader or guess(path, name)
    if kind not in ROW_READERS:
        raise PackageError(
            "ingest.case.reader", file=name, value=kind, known=nearest(kind, ROW_READERS) or ", ".join(ROW_READERS)
        )
    return ROW_READERS[kind](path, name, options)


def reading_options(said: Mapping[str, Any], limits: Limits = LIMITS) -> Options:
    """How a file is read, of the options that ``case.yaml`` or a mapping say of it."""
    return Options(**{k: said[k] for k in READING if k in said}, limits=limits)
