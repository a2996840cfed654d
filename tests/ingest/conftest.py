"""What the tests of ingest stand on: a store with three agencies, and case packages made in a few words."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from graph.access import Actor, Agency
from graph.packing import decode
from graph.statement import Statement
from graph.store import open_store
from graph.store.base import Store

STEWARD = frozenset({"steward", "analyst"})
PLAIN_MAPPING = """
csv_url: data/personas.csv
entities:
  persona:
    schema: Person
    keys: [ID]
    key_literal: persona
    properties:
      name: {column: NOMBRE}
      idNumber: {column: DNI, form: ar.dni}
      birthDate: {column: NACIMIENTO}
"""
PLAIN_ROWS = "ID;NOMBRE;DNI;NACIMIENTO\n1;Ana Paz;12.345.678;03/04/1980\n2;Luis Sosa;23.456.789;\n"


def case(**changes: object) -> str:
    """``case.yaml`` of a plain delivery of AR-MPF, with lines replaced or added (None takes one away)."""
    lines: dict[str, object] = {
        "vinculo": 1,
        "dataset": "ar-mpf-1",
        "revision": 1,
        "title": "Operación Prueba",
        "owner": "AR-MPF",
        "investigation": "{number: FSM 1/2026, unit: PROCUNAR, offences: ['iccs:0601'], opened: 2026-03-01}",
        **changes,
    }
    return "".join(f"{k}: {v}\n" for k, v in lines.items() if v is not None)


Files = Mapping[str, str | bytes]


@pytest.fixture
def package(tmp_path: Path) -> Callable[..., Path]:
    """Write a package folder: files by name, the plain ones where they are not said (None leaves one out)."""
    made = 0

    def make(files: Mapping[str, str | bytes | None] | None = None, **changes: object) -> Path:
        nonlocal made
        made += 1
        folder = tmp_path / f"package{made}"
        content: dict[str, str | bytes | None] = {
            "case.yaml": case(**changes),
            "mapping.yml": PLAIN_MAPPING,
            "data/personas.csv": PLAIN_ROWS,
            **(files or {}),
        }
        for name, data in content.items():
            if data is not None:
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data.encode() if isinstance(data, str) else data)
        return folder

    return make


@pytest.fixture
def zipped(tmp_path: Path) -> Callable[[Path], Path]:
    """A zip of a package folder."""

    def make(folder: Path) -> Path:
        target = tmp_path / f"{folder.name}.zip"
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                archive.write(path, path.relative_to(folder).as_posix())
        return target

    return make


@pytest.fixture
def actor() -> Actor:
    """A steward of AR-MPF."""
    return Actor("ar:ana", "AR-MPF", STEWARD)


@pytest.fixture
def store(tmp_path: Path, actor: Actor) -> Iterator[Store]:
    """An embedded store with three agencies."""
    made = open_store(f"sqlite:///{tmp_path}/vinculo.db")
    agencies = [Agency("AR-MPF", "MPF", "AR"), Agency("BR-MPF", "MPF", "BR"), Agency("US-OFAC", "OFAC", "US")]
    made.save_federation(agencies, [actor, Actor("us:o", "US-OFAC", STEWARD)], [])
    yield made
    made.close()


@pytest.fixture
def content(store: Store) -> Callable[..., dict[str, tuple[str, str, list[Statement]]]]:
    """What an actor's agency sees in the store: record id → (schema, mask, statements without references)."""

    def read(actor: Actor) -> dict[str, tuple[str, str, list[Statement]]]:
        found = {}
        for chunk in store.scan(store.scope(actor), (), 5000):
            for raw in chunk:
                statements = sorted(s for pack in raw.packs for s in decode(pack))
                found[raw.id] = (raw.schema, raw.mask, statements)
        return found

    return read
