"""Networks as the KONECT collection keeps them: ``out.NAME`` with one edge a line, and what is known of edges and nodes
in files of one value a line beside it (Kunegis 2013, doi 10.1145/2487788.2488173).

``rel.ENTITY.ATTRIBUTE`` has a line for each edge, ``ent.ENTITY.ATTRIBUTE`` one for each node in the order of their
numbers; ``meta.NAME`` may name the two kinds of node (``entity-names: person,crime``). All of it becomes one table, so
that a mapping says what an edge is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from graph.errors import ReaderError
from ingest.limits import Limits
from ingest.readers.base import Options, Row, Table, check_whole, clean_header
from ingest.readers.encoding import detect

ENDS = ("source", "target")
EXTRA = ("weight", "time")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_VALUE = re.compile(r"[+-]?[0-9.eE+-]{1,40}", re.ASCII)
_NAMES = re.compile(r"^entity-names:\s*([^,\r\n]+?)\s*,\s*([^,\r\n]+?)\s*$", re.MULTILINE)


class _Side(NamedTuple):
    """A file of one value a line: the column it becomes, and for which end of an edge (none: for the edge)."""

    column: str
    end: int | None
    values: list[str]


def read_konect(path: Path, name: str, options: Options) -> Table:
    """Open ``path`` as a list of edges. Raises :class:`ReaderError` where a file beside it has not a line for each edge
    or node: then nobody can tell which line is whose."""
    check_whole(path, name, options.limits)
    folder, _, file = name.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    beside = {n.removeprefix(prefix): p for n, p in options.beside.items() if n.rpartition("/")[0] == folder}
    ends = _entity_names(beside, file, options.limits)
    edges = [cells for _, cells, _ in _edges(path, name) if cells]
    if not edges:
        raise ReaderError("ingest.reader.empty", file=name)
    sides = list(_sides(beside, ends, edges, prefix, options.limits))
    width = max(map(len, edges)) - 2
    header = [*ends, *EXTRA[:width], *(s.column for s in sides)]
    columns = clean_header(header, name, options.limits)
    return Table(columns, _rows(path, name, columns, width, sides))


def _entity_names(beside: dict[str, Path], file: str, limits: Limits) -> tuple[str, str]:
    meta = beside.get(f"meta.{file.partition('.')[2]}")
    if meta is None:
        return ENDS
    check_whole(meta, meta.name, limits)
    found = _NAMES.search(_text(meta, meta.name))
    return (found[1], found[2]) if found else ENDS


def _text(path: Path, name: str) -> str:
    try:
        return path.read_bytes().decode(detect(path))
    except UnicodeDecodeError:
        raise ReaderError("ingest.reader.encoding", file=name, encoding="utf-8", detail="") from None


def _edges(path: Path, name: str) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """(line, cells, text) of each line that is no remark and not blank; no cells where the line is no edge."""
    for number, line in enumerate(_text(path, name).split("\n"), 1):
        cells = tuple(line.split())
        if not cells or cells[0].startswith("%"):
            continue
        whole = len(cells) >= 2 and all(map(_NUMBER.fullmatch, cells[:2])) and len(cells) <= 4
        yield number, cells if whole and all(map(_VALUE.fullmatch, cells[2:])) else (), line


def _sides(
    beside: dict[str, Path], ends: tuple[str, str], edges: Sequence[tuple[str, ...]], prefix: str, limits: Limits
) -> Iterator[_Side]:
    for file, path in sorted(beside.items()):
        kind, _, rest = file.partition(".")
        entity, _, attribute = rest.partition(".")
        if kind not in ("rel", "ent") or not attribute or (kind == "ent" and entity not in ends):
            continue
        check_whole(path, prefix + file, limits)
        values = _text(path, prefix + file).removesuffix("\n").split("\n")
        if kind == "rel":
            needed, column, end = len(edges), attribute, None
        else:
            end = ends.index(entity)
            needed, column = max(int(e[end]) for e in edges), f"{entity}.{attribute}"
        if len(values) < needed or (kind == "rel" and len(values) > needed):
            raise ReaderError("readers.konect.lines", file=prefix + file, count=len(values), wanted=needed)
        yield _Side(column, end, values)


def _rows(path: Path, name: str, columns: tuple[str, ...], width: int, sides: Sequence[_Side]) -> Iterator[Row]:
    edge = 0
    for number, cells, text in _edges(path, name):
        if not cells:
            yield Row(number, {"": text[:1000]}, "readers.reject.konect_edge")
            continue
        extra = [*cells[2:], *[""] * (width + 2 - len(cells))]
        said = [s.values[edge if s.end is None else int(cells[s.end]) - 1].strip() for s in sides]
        yield Row(number, dict(zip(columns, (*cells[:2], *extra, *said), strict=True)))
        edge += 1
