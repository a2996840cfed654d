"""Readers whose files say what they mean and need no mapping: rows in, outcomes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ingest.context import Context, Outcome
from ingest.manifest import SourceSpec
from ingest.ofac.reader import read_ofac
from ingest.package import Package
from ingest.readers.ftm import read_ftm

RecordReader = Callable[[Package, SourceSpec, Context], Iterator[Outcome]]

RECORD_READERS: Mapping[str, RecordReader] = {"ftm": read_ftm, "ofac": read_ofac}
