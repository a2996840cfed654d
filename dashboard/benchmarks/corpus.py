"""Records to match with the truth about them, made by the generator and read as any delivery is, without a store.

The generator writes case packages; the readers, the mapper and the masks of :mod:`ingest` make records of them; what
the matcher would be shown of these (identity level, nothing masked) is kept. So the matcher is measured on what it
gets in use, at a fraction of a store's time.
"""

from __future__ import annotations

import hashlib
import subprocess  # noqa: S404 - this module under this interpreter
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]

from analytics.identity.reading import schemata
from analytics.identity.train import COLUMNS, read_records
from graph.access import IDENTITY
from graph.ids import Ids
from graph.model import descends
from graph.packing import level_of
from graph.statement import Delivered, Record
from ingest.assemble import Assembler
from ingest.context import Context
from ingest.package import open_package
from ingest.plan import Source, plan_sources
from ingest.scenario import Variant, generate

CHUNK = 5000
RECORDS = "records.parquet"
_STATEMENTS = pa.schema([(name, pa.string()) for name in COLUMNS])
Two = tuple[str, str]
_Place = tuple[str, str, int]  # dataset, document, row


@dataclass(frozen=True)
class Told(ABC):
    """Records with the truth about them. ``who``: record → who it is (records whose row the truth names);
    ``lookalikes``: pair of records of two different things → what makes them alike; ``chosen``: which records count."""

    who: dict[str, str]
    lookalikes: dict[Two, str]
    chosen: Callable[[Record], bool] | None = field(default=None, kw_only=True)

    def chunks(self) -> Iterator[list[Record]]:
        """The records, some thousands at a time. Of saved ones statements have no document and row."""
        for chunk in self._every():
            yield [r for r in chunk if self.chosen(r)] if self.chosen else chunk

    def only(self, chosen: Callable[[Record], bool]) -> Told:
        """The corpus with the records that are ``chosen``, all of its truth kept."""
        return replace(self, chosen=chosen)

    @abstractmethod
    def _every(self) -> Iterator[list[Record]]:
        """All records, whether they count or not."""

    def save(self, folder: Path) -> None:
        """Write ``records.parquet`` (statements, the columns of the training command), ``truth.parquet`` and
        ``lookalikes.parquet``."""
        with ParquetWriter(folder / RECORDS, _STATEMENTS) as writer:
            for chunk in self.chunks():
                writer.write_table(_statements(chunk))
        _save_truth(folder, self.who, self.lookalikes)


@dataclass(frozen=True)
class Corpus(Told):
    """A corpus in memory."""

    records: list[Record]

    def only(self, chosen: Callable[[Record], bool]) -> Corpus:  # at once: nothing is chosen on another clock
        return replace(self, records=[record for record in self.records if chosen(record)])

    def _every(self) -> Iterator[list[Record]]:
        for at in range(0, len(self.records), CHUNK):
            yield self.records[at : at + CHUNK]


@dataclass(frozen=True)
class Saved(Told):
    """A corpus whose records stay in its file, for sizes that should not be held in memory."""

    folder: Path

    def _every(self) -> Iterator[list[Record]]:
        return read_records(self.folder / RECORDS, CHUNK)


def _statements(records: Iterable[Record]) -> pa.Table:
    rows = [
        (r.id, r.schema, r.owner, r.country, r.dataset, s.prop, s.value, s.original, s.form, s.check, s.derived)
        for r in records
        for s in r.statements
    ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    return pa.table([pa.array(column, pa.string()) for column in columns], schema=_STATEMENTS)


def _save_truth(folder: Path, who: Mapping[str, str], lookalikes: Mapping[Two, str]) -> None:
    pd.DataFrame(sorted(who.items()), columns=["record", "entity"]).to_parquet(folder / "truth.parquet", index=False)
    pd.DataFrame(
        [(a, b, kind) for (a, b), kind in sorted(lookalikes.items())], columns=["left", "right", "kind"]
    ).to_parquet(folder / "lookalikes.parquet", index=False)


def saved(folder: Path) -> Saved:
    """A saved corpus, its records left where they are."""
    who = pd.read_parquet(folder / "truth.parquet")
    alike = pd.read_parquet(folder / "lookalikes.parquet")
    return Saved(
        dict(zip(who["record"], who["entity"], strict=True)),
        {(a, b): kind for a, b, kind in alike.itertuples(index=False)},
        folder,
    )


def load(folder: Path) -> Corpus:
    """A saved corpus. Statements have no document and row."""
    kept = saved(folder)
    return Corpus(kept.who, kept.lookalikes, [record for chunk in kept.chunks() for record in chunk])


class _Generated:
    """A generated corpus, package by package. The same arguments give the same records, ids too."""

    def __init__(self, folder: Path, size: int, seed: int, variant: Variant) -> None:
        self._made = generate(folder, size=size, seed=seed, variant=variant)
        self._ids = Ids(hashlib.sha256(f"corpus {size} {seed} {variant}".encode()).hexdigest())
        self._at: dict[_Place, list[tuple[str, str]]] = {}

    def packages(self) -> Iterator[list[Record]]:
        """The records of each package."""
        wanted = frozenset(schemata())
        for package in self._made.packages:
            records: list[Record] = []
            for record, dataset, revision, owner in _read(package, self._ids):
                if record.mask or record.schema not in wanted:
                    continue
                for place in {(dataset, s.document, s.row) for s in record.statements if s.row}:
                    self._at.setdefault(place, []).append((record.id, record.schema))
                records.append(_shown(record, dataset, revision, owner))
            yield records

    def truth(self) -> tuple[dict[str, str], dict[Two, str]]:
        """Who the records of all packages read so far are, and which are look-alikes."""
        return _placed(orjson.loads(self._made.truth.read_bytes()), self._at)


def make(size: int, seed: int, variant: Variant) -> Corpus:
    """A generated corpus. The same arguments give the same records, ids too."""
    with TemporaryDirectory(prefix="vinculo-corpus-") as folder:
        made = _Generated(Path(folder) / "scenario", size, seed, variant)
        records = [record for package in made.packages() for record in package]
        return Corpus(*made.truth(), records)


def write(folder: Path, size: int, seed: int, variant: Variant) -> None:
    """The files of the corpus that :func:`make` would give, with the records of one package in memory at a time."""
    with TemporaryDirectory(prefix="vinculo-corpus-") as scratch:
        made = _Generated(Path(scratch) / "scenario", size, seed, variant)
        with ParquetWriter(folder / RECORDS, _STATEMENTS) as writer:
            for package in made.packages():
                writer.write_table(_statements(package))
        _save_truth(folder, *made.truth())


def made_apart(folder: Path, size: int, seed: int, variant: Variant) -> Saved:
    """A saved corpus of generated records, made by a process of its own so that its memory is not the caller's."""
    code = "import sys, pathlib; from dashboard.benchmarks.corpus import write; "
    code += "write(pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])"
    subprocess.run([sys.executable, "-c", code, str(folder), str(size), str(seed), variant], check=True)  # noqa: S603
    return saved(folder)


def _read(path: Path, ids: Ids) -> Iterator[tuple[Delivered, str, int, str]]:
    """Every record of a package with its mask, as a delivery would store it: (record, dataset, revision, owner)."""
    with open_package(path) as package:
        manifest = package.manifest
        context = Context(ids, manifest)
        keys: dict[str, tuple[str, ...]] = {}
        sources = plan_sources(package, context)
        for source in sources:
            keys.update(source.keys)
        gone, forced = set(), {}
        for rule in manifest.rules:
            name, _, values = rule.key.partition(":")
            record = context.record(*keys[name], *(" ".join(v.split()) for v in values.split("|")))
            if rule.action == "withdraw":
                gone.add(record)
            elif rule.action == "mask":
                forced[record] = "protected"
        with Assembler(str(manifest.investigation.get("opened", "")), None, forced) as assembler:
            for source in filter(_of_people, sources):
                for outcome in source.outcomes():
                    assembler.add([f for f in outcome.fragments if f.id not in gone])
            for found in assembler.records():
                yield found, manifest.dataset, manifest.revision, manifest.owner


def _of_people(source: Source) -> bool:
    """Whether a file tells of people, organisations or their roles: the generator's files are of one kind each, so
    its first usable row shows it."""
    first = next((o.fragments for o in source.outcomes() if o.fragments), [])
    return any(f.schema == "CaseRole" or descends(f.schema, "LegalEntity") for f in first)


def _shown(record: Delivered, dataset: str, revision: int, owner: str) -> Record:
    said = tuple(
        s._replace(document="", row=0) for s in record.statements if level_of(record.schema, s.prop) <= IDENTITY
    )
    return Record(record.id, record.schema, owner, owner[:2], dataset, revision, "identity", said)


def _placed(truth: dict[str, Any], at: dict[_Place, list[tuple[str, str]]]) -> tuple[dict[str, str], dict[Two, str]]:
    """The truth tied to records by dataset, document and row."""

    def found(entry: dict[str, Any], kind: str) -> list[str]:
        places = ((r["dataset"], r["document"], r["row"]) for r in entry["records"])
        return sorted({id for place in places for id, schema in at.get(place, ()) if descends(schema, kind)})

    who: dict[str, str] = {}
    for section, kind in (("people", "Person"), ("organisations", "Organization")):
        for entry in truth[section]:
            who.update(dict.fromkeys(found(entry, kind), entry["truth"]))
    alike: dict[Two, str] = {}
    for entry in truth["lookalikes"]:
        for a, b in combinations([r for r in found(entry, "LegalEntity") if r in who], 2):
            if who[a] != who[b]:
                alike[a, b] = entry["kind"]
    return who, alike
