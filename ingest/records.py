"""Readers whose files say what they mean and need no mapping: rows in, outcomes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ingest.context import Context, Outcome
from ingest.manifest import SourceSpec
from ingest.ofac.reader import read_ofac
from ingest.package import Package
from ingest.readers import Table, opener
from ingest.readers.calls import read_calls
from ingest.readers.ftm import entity_table, read_ftm
from ingest.readers.routes import read_routes
from ingest.readers.statements import read_statements
from ingest.readers.stix import read_stix

RecordReader = Callable[[Package, SourceSpec, Context], Iterator[Outcome]]


def _table(package: Package, spec: SourceSpec) -> Callable[[], Table]:
    return opener(package, spec)[1]


RECORD_READERS: Mapping[str, RecordReader] = {
    "calls": read_calls,
    "ftm": read_ftm,
    "ofac": read_ofac,
    "routes": read_routes,
    "statements": read_statements,
    "stix": read_stix,
}

# those of them that read a table, one outcome a row: how it is opened to find a row again
TABLES: Mapping[str, Callable[[Package, SourceSpec], Callable[[], Table]]] = {
    "calls": _table,
    "ftm": entity_table,
    "routes": _table,
    "statements": _table,
}
