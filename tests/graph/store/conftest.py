"""Both engines, empty, under one known key: what the contract suite runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import casework
import pytest
import worlds

from graph.audit import Audit
from graph.store import Store, open_store

ENGINES = ("sqlite", "neo4j")


@pytest.fixture(scope="session")
def neo4j_wiped(neo4j_server: Any) -> Iterator[Callable[[], Any]]:
    """Function that empties the server, keeping its indexes, and gives where it is."""
    from neo4j import GraphDatabase

    open_store(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password).close()
    with GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)) as driver:

        def wiped() -> Any:
            with driver.session() as session:
                gone = "MATCH (n) WHERE NOT n:Meta CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
                session.run(gone).consume()
                fresh = "UNWIND $rows AS row MATCH (m:Meta {key: row[0]}) SET m.value = row[1]"
                session.run(fresh, rows=[["version", "1"], ["key", worlds.KEY], ["made_by", ""]]).consume()
                session.run("CREATE (:Counter {name: 'pairs', value: 0})").consume()
            return neo4j_server

        yield wiped


@pytest.fixture
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[str], Store]]:
    """Function engine → an empty store of it; all are closed at the end."""
    made: list[Store] = []

    def new(engine: str) -> Store:
        folder = tmp_path / f"store{len(made)}"
        if engine == "sqlite":
            url, login = f"sqlite:///{folder / 'x.db'}", {}
            first = open_store(url)
            first.set_meta("key", worlds.KEY)
            first.close()
        else:
            server = request.getfixturevalue("neo4j_wiped")()
            url, login = server.uri, {"user": server.user, "password": server.password}
        store = open_store(url, **login)
        store.audit = Audit(folder / "audit")
        store.clock = lambda: worlds.NOW
        store.login = login  # type: ignore[attr-defined]
        made.append(store)
        return store

    yield new
    for store in made:
        store.close()


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, empty: Callable[[str], Store]) -> Store:
    """An empty store with our agencies, actors and team; its clock stands still."""
    return casework.found(empty(request.param))


@pytest.fixture
def again(store: Store) -> Iterator[Callable[[], Store]]:
    """Function that opens the same store once more, as another process would."""
    made: list[Store] = []

    def second() -> Store:
        found = open_store(store.url, **store.login)  # type: ignore[attr-defined]
        found.clock, found.audit = store.clock, store.audit
        made.append(found)
        return found

    yield second
    for found in made:
        found.close()


@pytest.fixture
def contents(store: Store) -> Callable[[], Any]:
    """Function that gives everything the engine holds, down to its own books."""

    def sqlite() -> Any:
        db = store._db  # type: ignore[attr-defined]
        tables = [name for (name,) in db.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        # ids and identifiers that a delivery named stay interned; no read starts from them
        kept = [t for t in tables if t not in ("record", "identifier") and not t.startswith("fulltext_")]
        return {t: sorted(map(repr, db.execute(f"SELECT * FROM main.{t}"))) for t in kept}  # noqa: S608

    def neo4j() -> Any:
        with store._driver.session() as session:  # type: ignore[attr-defined]
            nodes = session.run("MATCH (n) WHERE NOT n:Counter RETURN labels(n), properties(n)")
            links = session.run("MATCH (a)-[k]->(b) RETURN type(k), properties(a), properties(k), properties(b)")
            return [sorted(repr(_plain(row)) for row in result.values()) for result in (nodes, links)]

    return sqlite if store.url.startswith("sqlite") else neo4j


def _plain(value: Any) -> Any:
    """Without the order in which a server happens to name labels and properties."""
    if isinstance(value, dict):
        return sorted(value.items())
    return sorted(map(_plain, value), key=repr) if isinstance(value, list) else value
