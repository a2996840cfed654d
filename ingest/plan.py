"""Which files of a package are read, by which reader, under which mapping: decided and checked before a row is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from graph.errors import MappingError
from ingest.archive import Member
from ingest.context import Context, Outcome
from ingest.manifest import FILE, SourceSpec
from ingest.mapper import Mapper
from ingest.mapping import QuerySpec, read_mapping
from ingest.mapping_check import check_columns, check_roles, date_columns
from ingest.normalise.dates import DateOrder
from ingest.package import Package
from ingest.problems import MappingProblems, PackageProblems, Problem, nearest
from ingest.quality import TableNotes
from ingest.readers import READING, ROW_READERS, Options, Row, Table, open_table
from ingest.readers.returned import is_returned
from ingest.records import RECORD_READERS, TABLES
from ingest.rejected import with_row, with_rows

DEFAULT_MAPPING = "mapping.yml"


@dataclass(slots=True)
class Source:
    """One file of a delivery, ready to be read. ``keys``: entity name → what stands before its key values.

    ``table`` opens the file as a table, where it is one, so that a row can be given back; ``columns`` are known once it
    was read.
    """

    name: str
    outcomes: Callable[[], Iterator[Outcome]]
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    table: Callable[[], Table] | None = None
    notes: TableNotes = field(default_factory=lambda: TableNotes(()))


def plan_sources(package: Package, context: Context) -> list[Source]:
    """The sources of a package. Raises :class:`PackageError`, :class:`ReaderError` or :class:`MappingError`."""
    specs = package.sources
    problems = [
        Problem("ingest.case.reader", f"sources[{n}]", value=s.reader, known=", ".join((*ROW_READERS, *RECORD_READERS)))
        for n, s in enumerate(specs, 1)
        if s.reader and s.reader not in ROW_READERS and s.reader not in RECORD_READERS
    ]
    if problems:
        raise PackageProblems(problems, FILE)
    direct = [s for s in specs if s.reader in RECORD_READERS]
    planned = [_direct(package, s, context) for s in direct]
    mapped: dict[str, list[tuple[QuerySpec, SourceSpec | None]]] = {}
    for name in _mapping_names(package):
        queries = read_mapping(package.member(name).path, name)
        check_roles(queries, name)
        _check_mapping(package, queries, name, mapped, [s for s in specs if s.mapping == name])
    named = {s.file for s in specs if s.reader not in RECORD_READERS}
    unused = named - set(mapped)
    if unused:
        raise PackageProblems([Problem("ingest.case.no_query", value=f) for f in sorted(unused)], FILE)
    planned += [_mapped(package, file, entries, context) for file, entries in mapped.items()]
    if not planned:
        raise PackageProblems([Problem("ingest.case.no_sources")], FILE)
    if context.manifest.mode != "add":
        for file in sorted(s.name for s in planned if is_returned(package.members[s.name].path)):
            raise PackageProblems([Problem("quality.returned_mode", "mode", value=file)], FILE)
    return planned


def _mapping_names(package: Package) -> list[str]:
    named = list(dict.fromkeys(s.mapping for s in package.sources if s.mapping))
    needs_default = not package.sources or any(
        not s.mapping and s.reader not in RECORD_READERS for s in package.sources
    )
    if needs_default:
        found = next((n for n in (DEFAULT_MAPPING, "mapping.yaml") if n in package.members), "")
        if not found:
            raise PackageProblems([Problem("ingest.case.no_mapping", value=DEFAULT_MAPPING)], FILE)
        named.append(found)
    return list(dict.fromkeys(named))


def _check_mapping(
    package: Package,
    queries: tuple[QuerySpec, ...],
    name: str,
    mapped: dict[str, list[tuple[QuerySpec, SourceSpec | None]]],
    specs: list[SourceSpec],
) -> None:
    """Give each query its files: those it names, else those whose source names its mapping. Columns are checked."""
    by_file = {s.file: s for s in (*package.sources,) if s.mapping in ("", name)}
    columns: dict[str, tuple[str, ...]] = {}
    bound: list[QuerySpec] = []
    problems: list[Problem] = []
    for query in queries:
        files = query.files or tuple(s.file for s in specs)
        if not files:
            problems.append(Problem("ingest.mapping.no_file", query.at))
            continue
        members: list[Member] = [package.member(f, MappingError, name) for f in files]
        query = replace(query, files=tuple(m.name for m in members))
        bound.append(query)
        for file in query.files:
            mapped.setdefault(file, []).append((query, by_file.get(file)))
    if problems:
        raise MappingProblems(problems, name)
    for query in bound:
        for file in query.files:
            if file not in columns:
                columns[file] = _open(package, file, mapped[file]).columns
    check_columns(bound, columns, name)


def _options(entries: list[tuple[QuerySpec, SourceSpec | None]], file: str) -> dict[str, Any]:
    """How a file is read: what ``case.yaml`` and every query on it say, which must not contradict each other."""
    found: dict[str, Any] = {}
    for query, spec in entries:
        for key, value in {**query.options, **(spec.options if spec else {})}.items():
            if found.setdefault(key, value) != value:
                raise MappingProblems(
                    [Problem("ingest.mapping.contradiction", query.at, value=key, document=file)], file
                )
    return found


def _open(package: Package, file: str, entries: list[tuple[QuerySpec, SourceSpec | None]]) -> Table:
    said = _options(entries, file)
    reading = {k: said[k] for k in READING if k in said}
    reader = next((s.reader for _, s in entries if s and s.reader), "")
    beside = {name: member.path for name, member in package.members.items()}
    options = Options(**reading, limits=package.limits, beside=beside)
    return open_table(package.members[file].path, file, reader, options)


def _mapped(
    package: Package, file: str, entries: list[tuple[QuerySpec, SourceSpec | None]], context: Context
) -> Source:
    queries = [q for q, _ in entries]
    options = _options(entries, file)
    keys = {e.name: (e.key_literal,) if e.key_literal else () for q in queries for e in q.entities}

    def outcomes() -> Iterator[Outcome]:
        with context.stages("read"):
            orders = _orders(package, file, entries)
        mapper = Mapper(queries, context, file, orders, options)
        table = _open(package, file, entries)
        source.columns = table.columns
        for rows in context.stages.chunks("read", table.rows):
            with context.stages("quality"):
                for row in rows:
                    notes.see(row.values)
            with context.stages("map"):
                mapped = [with_row(mapper.map(row), row) for row in rows]
            yield from mapped

    notes = TableNotes(set().union(*(q.columns for q in queries)))
    source = Source(file, outcomes, keys, table=lambda: _open(package, file, entries), notes=notes)
    return source


def _orders(package: Package, file: str, entries: list[tuple[QuerySpec, SourceSpec | None]]) -> dict[str, str]:
    """Day–month order of each date column that does not say it: decided from the whole column."""
    evidence = {column: DateOrder() for column in date_columns([q for q, _ in entries])}
    if evidence:
        for row in _open(package, file, entries).rows:
            if not row.problem:
                for column, order in evidence.items():
                    if text := row.values.get(column):
                        order.see(text)
    return {column: order.order for column, order in evidence.items()}


def _direct(package: Package, spec: SourceSpec, context: Context) -> Source:
    if spec.mapping:
        raise PackageProblems([Problem("ingest.case.reader_no_mapping", value=spec.reader)], FILE)
    read = RECORD_READERS[spec.reader]
    table = TABLES[spec.reader](package, spec) if spec.reader in TABLES else None

    def outcomes() -> Iterator[Outcome]:
        said = read(package, spec, context)
        for found in context.stages.chunks("map", with_rows(said, opened) if table else said):
            yield from found

    def opened() -> Iterator[Row]:
        found = table() if table else Table((), iter(()))
        source.columns = found.columns
        return found.rows

    source = Source(spec.file, outcomes, {"": ()}, table=table)
    return source


__all__ = ["Source", "nearest", "plan_sources"]
