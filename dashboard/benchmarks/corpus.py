"""Records to match with the truth about them, made by the generator and read as any delivery is, without a store.

The generator writes case packages; the readers, the mapper and the masks of :mod:`ingest` make records of them; what
the matcher would be shown of these (identity level, nothing masked) is kept. So the matcher is measured on what it
gets in use, at a fraction of a store's time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
import pandas as pd

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

Two = tuple[str, str]
_Place = tuple[str, str, int]  # dataset, document, row


@dataclass(frozen=True)
class Corpus:
    """``records``; ``who``: record → who it is (records whose row the truth names); ``lookalikes``: pair of records of
    two different things → what makes them alike."""

    records: list[Record]
    who: dict[str, str]
    lookalikes: dict[Two, str]

    def save(self, folder: Path) -> None:
        """Write ``records.parquet`` (statements, the columns of the training command), ``truth.parquet`` and
        ``lookalikes.parquet``."""
        rows = [
            (r.id, r.schema, r.owner, r.country, r.dataset, s.prop, s.value, s.original, s.form, s.check, s.derived)
            for r in self.records
            for s in r.statements
        ]
        pd.DataFrame(rows, columns=list(COLUMNS)).to_parquet(folder / "records.parquet", index=False)
        pd.DataFrame(sorted(self.who.items()), columns=["record", "entity"]).to_parquet(
            folder / "truth.parquet", index=False
        )
        pd.DataFrame(
            [(a, b, kind) for (a, b), kind in sorted(self.lookalikes.items())], columns=["left", "right", "kind"]
        ).to_parquet(folder / "lookalikes.parquet", index=False)


def load(folder: Path) -> Corpus:
    """A saved corpus. Statements have no document and row."""
    who = pd.read_parquet(folder / "truth.parquet")
    alike = pd.read_parquet(folder / "lookalikes.parquet")
    return Corpus(
        [record for chunk in read_records(folder / "records.parquet") for record in chunk],
        dict(zip(who["record"], who["entity"], strict=True)),
        {(a, b): kind for a, b, kind in alike.itertuples(index=False)},
    )


def make(size: int, seed: int, variant: Variant) -> Corpus:
    """A generated corpus. The same arguments give the same records, ids too."""
    with TemporaryDirectory(prefix="vinculo-corpus-") as folder:
        made = generate(Path(folder) / "scenario", size=size, seed=seed, variant=variant)
        ids = Ids(hashlib.sha256(f"corpus {size} {seed} {variant}".encode()).hexdigest())
        wanted = frozenset(schemata())
        records: list[Record] = []
        at: dict[_Place, list[tuple[str, str]]] = {}
        for package in made.packages:
            for record, dataset, revision, owner in _read(package, ids):
                if record.mask or record.schema not in wanted:
                    continue
                for place in {(dataset, s.document, s.row) for s in record.statements if s.row}:
                    at.setdefault(place, []).append((record.id, record.schema))
                records.append(_shown(record, dataset, revision, owner))
        truth = orjson.loads(made.truth.read_bytes())
    return Corpus(records, *_placed(truth, at))


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
