"""JSON documents (an array of objects, or an object that holds one) and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from graph.errors import ReaderError
from ingest.limits import Limits
from ingest.readers.base import Options, Row, Table, check_whole

JOIN = "; "
SAMPLE = 1000


def read_json_lines(path: Path, name: str, options: Options) -> Table:
    """Open ``path`` as one object a line. Columns are those of the first thousand lines; later ones are read as
    well."""
    columns: dict[str, None] = {}
    for number, (_, data) in enumerate(json_lines(path, name, options.limits)):
        if isinstance(data, dict):
            columns.update(dict.fromkeys(_flat(data)))
        if number >= SAMPLE:
            break
    if not columns:
        raise ReaderError("ingest.reader.empty", file=name)
    return Table(tuple(columns), _line_rows(path, name, options.limits, dict.fromkeys(columns, "")))


def _line_rows(path: Path, name: str, limits: Limits, blank: dict[str, str]) -> Iterator[Row]:
    for number, data in json_lines(path, name, limits):
        if isinstance(data, dict):
            yield Row(number, blank | _flat(data))  # an object may leave out what others have
        else:
            yield Row(number, {"": str(data)[:1000]}, "ingest.reject.not_object")


def json_lines(path: Path, name: str, limits: Limits) -> Iterator[tuple[int, Any]]:
    """(line, value) of each line that is not blank; a line that is no JSON gives its text instead."""
    with path.open("rb") as source:
        number = 0
        while line := source.readline(limits.line):
            number += 1
            if len(line) >= limits.line:
                raise ReaderError("ingest.reader.line", file=name, row=number, limit=limits.line)
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            try:
                yield number, orjson.loads(line)
            except orjson.JSONDecodeError:
                yield number, line.decode("utf-8", "replace").rstrip("\r\n")


def read_json(path: Path, name: str, options: Options) -> Table:
    """Open ``path`` as a JSON document. A row's number is the line on which its object begins."""
    text = json_text(path, name, options.limits)
    columns: dict[str, None] = {}
    for _, item in json_items(text, name):
        if isinstance(item, dict):
            columns.update(dict.fromkeys(_flat(item)))
    if not columns:
        raise ReaderError("ingest.reader.no_objects", file=name)
    return Table(tuple(columns), _item_rows(text, name, dict.fromkeys(columns, "")))


def json_text(path: Path, name: str, limits: Limits) -> str:
    """The text of a JSON document, which is read as a whole and must be UTF-8 (RFC 8259)."""
    check_whole(path, name, limits)
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ReaderError("ingest.reader.encoding", file=name, encoding="utf-8", detail="") from None


def _item_rows(text: str, name: str, blank: dict[str, str]) -> Iterator[Row]:
    for number, item in json_items(text, name):
        if isinstance(item, dict):
            yield Row(number, blank | _flat(item))
        else:
            yield Row(number, {"": plain_text(json.dumps(item, ensure_ascii=False))[:1000]}, "ingest.reject.not_object")


def json_items(text: str, name: str) -> Iterator[tuple[int, Any]]:
    """(line, item) of the document's array: the document itself, or the first array of objects that it holds."""
    decoder = json.JSONDecoder()
    try:
        at = _skip(text, 0)
        if text[at : at + 1] == "{":
            at = _first_array(text, at, decoder)
        if text[at : at + 1] != "[":
            raise ReaderError("ingest.reader.no_objects", file=name)
        at = _skip(text, at + 1)
        line, counted = 1, 0
        while text[at : at + 1] != "]":
            line += text.count("\n", counted, at)
            counted = at
            item, at = decoder.raw_decode(text, at)
            yield line, item
            at = _skip(text, at)
            if text[at : at + 1] == ",":
                at = _skip(text, at + 1)
            elif text[at : at + 1] != "]":
                raise ValueError("no comma")
    except (ValueError, RecursionError) as broken:
        raise ReaderError("ingest.reader.not_json", file=name, detail=str(broken)[:100]) from None


def _first_array(text: str, at: int, decoder: json.JSONDecoder) -> int:
    """Where the value of the first key of an object begins that is an array of objects; the object's end if none is."""
    at = _skip(text, at + 1)
    while text[at : at + 1] == '"':
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise ValueError("no colon")
        at = _skip(text, at + 1)
        if text[at : at + 1] == "[" and text[_skip(text, at + 1) :][:1] == "{":
            return at
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
    return at


def _skip(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t", "\r", "\n") and at < len(text):
        at += 1
    return at


def _flat(data: dict[str, Any], prefix: str = "") -> dict[str, str]:
    """Cells of an object: ``a.b`` for what is nested, lists of plain values joined by ``; ``, other lists as JSON."""
    cells: dict[str, str] = {}
    for key, value in data.items():
        column = plain_text(f"{prefix}{key}")
        if isinstance(value, dict):
            cells.update(_flat(value, f"{column}."))
        elif isinstance(value, list):
            plain = all(not isinstance(v, (dict, list)) for v in value)
            cells[column] = (
                JOIN.join(map(_scalar, value)) if plain else plain_text(json.dumps(value, ensure_ascii=False))
            )
        else:
            cells[column] = _scalar(value)
    return cells


def plain_text(text: str) -> str:
    """``text`` without lone surrogates, which JSON can write and nothing can store."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _scalar(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return plain_text(str(value))
