"""Readers: bytes in, rows out, one form of file each, within limits and without meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from graph.errors import PackageError, ReaderError
from ingest.problems import nearest
from ingest.readers.anx import read_anx
from ingest.readers.base import Options, Row, RowReader, Table
from ingest.readers.csv_file import read_csv
from ingest.readers.encoding import detect
from ingest.readers.excel import OLE, ZIP, read_excel
from ingest.readers.json_file import read_json, read_json_lines
from ingest.readers.konect import read_konect
from ingest.readers.matrix import edges_reader, matrix_reader
from ingest.readers.returned import is_returned, read_returned

if TYPE_CHECKING:
    from ingest.manifest import SourceSpec
    from ingest.package import Package

__all__ = ["READING", "ROW_READERS", "Options", "Row", "Table", "guess", "open_table", "opener"]

HEAD = 1 << 16
READING = ("encoding", "delimiter", "sheet", "header", "ends")
CHART = re.compile(rb"<(?:[\w.-]+:)?Chart[\s/>]")
JSON = re.compile(rb"\[\s*(?:[{\]]|$)|\{\s*(?:[\"}]|$)")
WEB_PAGE = (b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<?xml")


def _by_content(path: Path, name: str, options: Options) -> Table:
    return PLAIN[guess(path, name)](path, name, options)


PLAIN: Mapping[str, RowReader] = {
    "csv": read_csv,
    "excel": read_excel,
    "json": read_json,
    "jsonl": read_json_lines,
    "anx": read_anx,
    "konect": read_konect,
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
    if b"\0" in head:  # UTF-16: look at the text
        head = head.decode(detect(path), "ignore").encode()
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    lower = name.lower()
    if lower.endswith(".anx") or (plain.startswith(b"<") and CHART.search(plain)):
        return "anx"
    if plain[:20].lower().startswith(WEB_PAGE):
        raise ReaderError("readers.web_page", file=name)
    if lower.endswith((".jsonl", ".ndjson")) or (not lower.endswith(".json") and _is_object(plain)) or _is_lines(plain):
        return "jsonl"
    return "json" if lower.endswith(".json") or JSON.match(plain) else "csv"


def _is_lines(plain: bytes) -> bool:
    """Whether the first line is a whole object and another object follows on the next: JSON lines, whatever the
    name."""
    return _is_object(plain) and plain.partition(b"\n")[2].lstrip().startswith(b"{")


def _is_object(plain: bytes) -> bool:
    """Whether the first line is a whole object."""
    first = plain.partition(b"\n")[0]
    if not first.startswith(b"{"):
        return False
    try:
        orjson.loads(first)
    except orjson.JSONDecodeError:
        return False
    return True


def open_table(path: Path, name: str, reader: str, options: Options) -> Table:
    """Open a file as a table with the reader called ``reader`` (empty: by content).

    A file of rejects that comes back is read as such whatever is said.
    """
    if is_returned(path):
        return read_returned(path, name, options)
    kind = reader or guess(path, name)
    if kind not in ROW_READERS:
        raise PackageError(
            "ingest.case.reader", file=name, value=kind, known=nearest(kind, ROW_READERS) or ", ".join(ROW_READERS)
        )
    return ROW_READERS[kind](path, name, options)


def opener(package: Package, spec: SourceSpec) -> tuple[str, Callable[[], Table]]:
    """Name of a source's file, and what opens it as a table, as often as it has to be read."""
    member = package.member(spec.file)
    said = {k: spec.options[k] for k in READING if k in spec.options}
    options = Options(**said, limits=package.limits)
    return member.name, lambda: open_table(member.path, member.name, "", options)
