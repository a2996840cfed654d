"""Texts that mean something to an interpreter stay texts: in the store, the logs, searches, exports and errors.

tests/data/injection.yaml has them by interpreter; tests/ingest/injected.py puts each into every field of every reader.
What a browser makes of them is looked at in tests/dashboard/test_injection_pages.py.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import networkx as nx
import orjson
import pytest

from graph.access import Actor, Agency
from graph.audit import Audit
from graph.chart import chart_for
from graph.errors import InputError, VinculoError
from graph.export import FORMATS, export
from graph.i18n import LANGUAGES
from graph.packing import decode, fold
from graph.store import open_store
from graph.store.base import Store
from ingest.context import Context
from ingest.load import deliver
from ingest.ofac.package import make_package
from ingest.package import open_package
from ingest.plan import plan_sources
from ingest.readers import ROW_READERS
from ingest.records import RECORD_READERS

sys.path.insert(0, str(Path(__file__).parent))
from injected import CASE, corpus, folder_of, ofac, packages  # noqa: E402

ROLES = frozenset({"steward", "analyst"})
ANA, BIA = Actor("ar:ana", "AR-MPF", ROLES), Actor("br:bia", "BR-MPF", ROLES)


def honest(store: Store, place: Path) -> str:
    """A delivery of another agency, and everything that it reads: which nothing that follows may change."""
    mapping = b"csv_url: x.csv\nentities: {p: {schema: Person, keys: [ID], properties: {name: {column: N}}}}\n"
    files = {"mapping.yml": mapping, "x.csv": "ID;N\n1;João Paz\n2;Rita Luz\n".encode()}
    deliver(store, folder_of(place, "br-mpf-1", files, {"owner": "BR-MPF"}), BIA)
    return as_read(store)


def as_read(store: Store) -> str:
    view = store.view(BIA)
    ids = sorted(view.membership())
    return repr((view.records(ids), view.entities(ids), view.neighbourhood(ids), view.search("paz"), view.datasets()))


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.prove)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    login: dict[str, str] = {}
    url = f"sqlite:///{tmp_path / 'x.db'}"
    if request.param == "neo4j":
        from neo4j import GraphDatabase

        server = request.getfixturevalue("neo4j_server")
        url, login = server.uri, {"user": server.user, "password": server.password}
        with GraphDatabase.driver(url, auth=tuple(login.values())) as driver, driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
    made = open_store(url, **login)
    made.set_meta("made_by", "test")
    made.audit = Audit(tmp_path / "audit")
    made.clock = lambda: datetime(2026, 11, 25, 12, tzinfo=UTC)
    made.save_federation([Agency("AR-MPF", "MPF", "AR"), Agency("BR-MPF", "MPF", "BR")], [ANA, BIA], [])
    yield made
    made.close()


def inventory(store: Store) -> set[str]:
    """What the engine itself is made of: tables, or labels, types and property names."""
    if store.url.startswith("sqlite"):
        db = store._db  # type: ignore[attr-defined]
        return {
            f"{kind} {name} {sql}" for kind, name, sql in db.execute("SELECT type, name, sql FROM main.sqlite_master")
        }
    with store._driver.session() as session:  # type: ignore[attr-defined]
        kinds = {"labels": "label", "relationshipTypes": "relationshipType", "propertyKeys": "propertyKey"}
        return {f"{k} {r[0]}" for k, name in kinds.items() for r in session.run(f"CALL db.{k}() YIELD {name}")}


def foreign(before: set[str], after: set[str]) -> set[str]:
    """New names of the engine's that no code of ours gives."""
    return {x for x in after - before if not re.fullmatch(r"\w+ [A-Za-z_][A-Za-z0-9_]{0,40}", x)}


def squash(text: str) -> str:
    """What a text says without what cleaning takes: control and format characters, spaces, the form of letters."""
    return text.translate({ord(c): fold(c).replace(" ", "") for c in set(text)})


def test_no_text_acts_in_store_log_search_or_export(store: Store, tmp_path: Path) -> None:
    before = honest(store, tmp_path)
    shape, texts = inventory(store), corpus()
    whole = [*packages()]
    assert {reader for reader, _, _ in whole} | {"ofac"} == set(ROW_READERS) | set(RECORD_READERS)
    for number, (reader, files, sources) in enumerate(whole, 2):
        report = deliver(store, folder_of(tmp_path, f"x-{reader}", files, {}, sources), ANA)
        rejects = list(store.rejects(number))
        assert report.rows_read == report.rows_accepted + report.rows_rejected, reader
        assert report.rows_accepted > len(texts) // 2, reader
        assert report.rows_rejected == sum(r.whole for r in rejects), reader
        lost(store, reader, rejects, texts)
    assert as_read(store) == before
    for name, data in ofac(texts).items():
        (tmp_path / "ofac").mkdir(exist_ok=True)
        (tmp_path / "ofac" / name).write_bytes(data)
    deliver(store, make_package(tmp_path / "ofac", tmp_path / "p", owner="AR-MPF"), ANA)
    before = as_read(store)  # that list is released to all

    assert {d.name for d in store.datasets()} == {"br-mpf-1", "ofac-sdn", *(f"x-{reader}" for reader, _, _ in whole)}
    assert foreign(shape, inventory(store)) == set()
    view = store.view(ANA)
    for text in texts:
        view.search(text, limit=1)
        with pytest.raises(VinculoError):
            view.entity(text)
        with pytest.raises(VinculoError):
            view.neighbourhood([text])
    assert as_read(store) == before
    for log in (store.audit.changes, store.audit.looks):
        assert log.verify() is None
        lines = log.path.read_bytes().split(b"\n")
        assert lines[-1] == b"" and all(isinstance(orjson.loads(line), dict) for line in lines[:-1])
    assert not [t for t in texts if len(squash(t)) > 8 and squash(t) in squash(store.audit.looks.path.read_text())]
    exported(store, tmp_path / "out")


def lost(store: Store, reader: str, rejects: list[Any], texts: list[str]) -> None:
    """Nothing is: each text stands in a statement or a reject of this delivery."""
    dataset = next(d.number for d in store.datasets() if d.name == f"x-{reader}")
    said = {r.value for r in rejects}
    for reject in rejects:  # a whole row is told as JSON
        try:
            row = json.loads(reject.value)
        except ValueError:
            continue
        said.update(map(str, [*row, *row.values()] if isinstance(row, dict) else [row]))
    for chunk in store.scan(store.scope(ANA), (), 5000):
        for raw in chunk:
            if raw.dataset == dataset:
                said.update(text for pack in raw.packs for s in decode(pack) for text in (s.original, s.value))
    heard = squash("\n".join(said))
    missing = [t[:40] for t in texts if squash(t)[:30_000] not in heard]  # a cell of a workbook holds no more
    allowed = {"a\0b"} if reader in ("csv", "matrix", "edges") else set()
    assert set(missing) <= allowed, reader


FORMULA = re.compile(r"[=+\-@\t\r＝＋－＠]")
NUMBER = re.compile(r"[+-]?\d[\d.,eE+-]*")


class Tags(HTMLParser):
    """What elements a page has, and what attributes would run something or lead out."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.scripts = 0
        self.acting: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.scripts += tag == "script"
        for name, value in attrs:
            leads = name in ("src", "href", "action", "data") and not (value or "").startswith(("#", "data:"))
            if name.startswith("on") or leads or name == "data-injected":
                self.acting.append(f"{tag} {name}={value}")


def exported(store: Store, out: Path) -> None:
    for actor, name in ((BIA, "plain"), (ANA, "hostile")):
        view = store.view(actor)
        ids = sorted({e for e in view.membership().values()})
        some = [
            e for e, x in view.entities(ids).items() if {r.dataset for r in x.records} & {"x-csv", "x-ftm", "br-mpf-1"}
        ]
        chart = chart_for(view, some, 1, 2_000, title=corpus()[12])
        for form in FORMATS:
            export(view, chart, form, out / name / form / "chart")
    files = {p.relative_to(out / "hostile").as_posix(): p for p in (out / "hostile").rglob("*") if p.is_file()}
    assert set(files) == {p.relative_to(out / "plain").as_posix() for p in (out / "plain").rglob("*") if p.is_file()}
    for name, path in files.items():
        if name.endswith(".csv"):
            with path.open(encoding="utf-8-sig", newline="") as source:
                rows = list(csv.reader(source))
            assert len(rows) > 10 or "entit" not in name
            assert {len(row) for row in rows} == {len(rows[0])}, name
            acting = [c for row in rows for c in row if FORMULA.match(c.lstrip(" ")) and not NUMBER.fullmatch(c)]
            assert acting == [], name
        elif name.endswith(".html"):
            hostile, plain = (Tags((out / who / name).read_text(encoding="utf-8")) for who in ("hostile", "plain"))
            assert hostile.tags == plain.tags and hostile.scripts == plain.scripts and hostile.acting == plain.acting
            assert "default-src 'none'" in path.read_text(encoding="utf-8")
        elif name.endswith((".graphml", ".gexf")):
            graph = nx.read_graphml(path) if name.endswith(".graphml") else nx.read_gexf(path)
            assert len(graph) > 50
        elif name.endswith((".json", ".ftm", ".jsonl")):
            assert all(isinstance(orjson.loads(line), dict) for line in path.read_bytes().splitlines() if line.strip())


# --- the manifest -----------------------------------------------------------------------------------------------------

FREE: dict[str, Callable[[str], dict[str, Any]]] = {
    "title": lambda x: {"title": x},
    "number": lambda x: {"investigation": {**CASE["investigation"], "number": x, "unit": x, "name": x, "summary": x}},
    "contact": lambda x: {"contact": {"name": x, "email": x, "phone": x}},
    "release": lambda x: {"release": [{"to": "BR-MPF", "level": "hit", "purpose": x, "ground": x}]},
}
STRICT: dict[str, Callable[[str], dict[str, Any]]] = {
    "dataset": lambda x: {"dataset": x},
    "owner": lambda x: {"owner": x},
    "revision": lambda x: {"revision": x},
    "mode": lambda x: {"mode": x},
    "evaluation": lambda x: {"evaluation": {"scheme": x, "source": x, "information": x}},
    "handling": lambda x: {"handling": [x]},
    "to": lambda x: {"release": [{"to": x, "level": "full"}]},
    "level": lambda x: {"release": [{"to": "BR-MPF", "level": x}]},
    "until": lambda x: {"release": [{"to": "BR-MPF", "level": "hit", "until": x}]},
    "retention": lambda x: {"retention": {"until": x}},
    "opened": lambda x: {"investigation": {**CASE["investigation"], "opened": x}},
    "source": lambda x: {"sources": [{"file": x}]},
    "mapping": lambda x: {"sources": [{"file": "x.csv", "mapping": x}]},
    "reader": lambda x: {"sources": [{"file": "x.csv", "reader": x}]},
    "document": lambda x: {"documents": [{"file": x}]},
    "digest": lambda x: {"documents": [{"file": "x.csv", "sha256": x}]},
    "record": lambda x: {"records": [{"key": x, "withdraw": True, "reason": x}]},
    "key": lambda x: {x: x},
}
PLAIN = {
    "mapping.yml": b"csv_url: x.csv\nentities: {p: {schema: Person, keys: [ID], properties: {name: {column: N}}}}\n",
    "x.csv": b"ID;N\n1;Ana Paz\n",
}


def told(error: VinculoError) -> None:
    """An error is a sentence of bearable length in every language, and nothing in it acts on a terminal."""
    for lang in LANGUAGES:
        said = error.text(lang)
        assert said.strip() and len(said) < 5_000
        assert re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", said) is None, error.key


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Store]:
    made = open_store(f"sqlite:///{tmp_path / 'small.db'}")
    made.save_federation([Agency("AR-MPF", "MPF", "AR"), Agency("BR-MPF", "MPF", "BR")], [ANA, BIA], [])
    yield made
    made.close()


def test_every_free_field_of_the_manifest_is_kept_as_a_text(small: Store, tmp_path: Path) -> None:
    for n, text in enumerate(corpus()):
        fields: dict[str, Any] = {}
        for make in FREE.values():
            fields |= make(text)
        folder = folder_of(tmp_path, f"m-{n}", PLAIN, fields)
        try:
            deliver(small, folder, ANA)
        except InputError as error:
            told(error)
            continue
        kept = json.loads(small.manifest(next(d.number for d in small.datasets() if d.name == f"m-{n}")))
        assert squash(kept["title"]) == squash(text) and squash(kept["investigation"]["number"]) == squash(text)
    assert len(small.datasets()) > len(corpus()) * 0.6
    assert small.audit.changes.verify() is None and small.view(BIA).datasets() == []


@pytest.mark.parametrize("field", STRICT)
def test_every_strict_field_of_the_manifest_refuses_it_and_says_so(field: str, small: Store, tmp_path: Path) -> None:
    for n, text in enumerate(corpus()):
        folder = folder_of(tmp_path, f"m-{n}", PLAIN, STRICT[field](text))
        if field == "dataset" and re.fullmatch(r"[a-z0-9]+", text):
            continue  # a name like any other
        with pytest.raises(VinculoError) as caught:
            if field == "record":  # looked at when the mapping is known
                deliver(small, folder, ANA)
            with open_package(folder) as package:
                plan_sources(package, Context(small.ids, package.manifest))
        told(caught.value)
    assert small.datasets() == []
