"""What a store is measured against: the very rows that it holds, written once more in the plainest way its engine has.

Bare means without our model: no packing, no ids, no versions looked up, no digests; just rows in the order in which the
store wrote them, in transactions of the same size, into the same tables (labels), indexes and full text.
"""

from __future__ import annotations

import pickle  # noqa: S403 (of our own rows, in a file of our own without a name)
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from graph.delivery import BATCH
from graph.errors import StoreError

if TYPE_CHECKING:
    from graph.store.neo4j import Neo4jStore

MADE_BY = "bench"  # mark of a store that a benchmark fills and empties

# table → what of it a batch of versions brought, from the last numbers before it (:vid …) to those after it (:vid1 …)
_SQLITE = {
    "record": "SELECT * FROM record WHERE nid > :nid AND nid <= :nid1",
    "version": "SELECT * FROM version WHERE vid > :vid AND vid <= :vid1",
    "pack": "SELECT * FROM pack WHERE vid > :vid AND vid <= :vid1",
    "link": "SELECT * FROM link WHERE vid > :vid AND vid <= :vid1",
    "identifier": "SELECT * FROM identifier WHERE iid > :iid AND iid <= :iid1",
    "carries": "SELECT * FROM carries WHERE vid > :vid AND vid <= :vid1",
    "words": "SELECT * FROM words WHERE vid > :vid AND vid <= :vid1",
    "fulltext": "SELECT wid, f.text FROM words JOIN fulltext f ON f.rowid = wid WHERE vid > :vid AND vid <= :vid1",
}
_LAST = """SELECT max(nid) AS nid, (SELECT max(iid) FROM carries WHERE vid > :vid AND vid <= :vid1) AS iid FROM (
SELECT nid FROM version WHERE vid > :vid AND vid <= :vid1 UNION ALL
SELECT max(source, target) FROM link WHERE vid > :vid AND vid <= :vid1)"""

# what reads (kind, row), and what writes rows of one kind: labels and types are part of a query's text
_NEO4J = (
    (
        "MATCH (n:Record|Identifier) RETURN reduce(t = '', l IN labels(n) | t + ':`' + l + '`'), properties(n)",
        "UNWIND $p.rows AS row CREATE (n@kind) SET n = row",
    ),
    (
        "MATCH (a:Record)-[k]->(b:Record) RETURN ':`' + type(k) + '`', [a.id, b.id, properties(k)]",
        "UNWIND $p.rows AS row MATCH (a:Record {id: row[0]}) MATCH (b:Record {id: row[1]}) "
        "CREATE (a)-[k@kind]->(b) SET k = row[2]",
    ),
    (
        "MATCH (a:Record)-[k]->(b:Identifier) RETURN ':`' + type(k) + '`', [a.id, b.id, properties(k)]",
        "UNWIND $p.rows AS row MATCH (a:Record {id: row[0]}) MATCH (b:Identifier {id: row[1]}) "
        "CREATE (a)-[k@kind]->(b) SET k = row[2]",
    ),
)


@dataclass(slots=True)
class Written:
    """Rows written, and the wall and processor seconds (of this process) that it took."""

    rows: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Add the time of what runs inside."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.wall, self.cpu = self.wall + time.perf_counter() - wall, self.cpu + time.process_time() - cpu


def bare_sqlite(held: Path, fresh: Path) -> Written:
    """Write the rows of the store at ``held`` into a new one at ``fresh`` with ``executemany``, a batch at a time."""
    from graph.store.sqlite import SQLiteStore

    source, target, written = SQLiteStore(held), SQLiteStore(fresh), Written()
    last, end = {"nid": 0, "iid": 0, "vid": 0}, source._ask("SELECT max(vid) FROM version")[0][0] or 0
    while last["vid"] < end:
        span = last | {"vid1": last["vid"] + BATCH}
        nid, iid = source._ask(_LAST, vid=span["vid"], vid1=span["vid1"])[0]
        span |= {"nid1": max(nid, last["nid"]), "iid1": max(iid or 0, last["iid"])}
        rows = {table: source._ask(sql, **span) for table, sql in _SQLITE.items()}
        with written.timed(), target._write() as db:
            for table, found in rows.items():
                if found:
                    marks, columns = ", ".join("?" * len(found[0])), "(rowid, text)" if table == "fulltext" else ""
                    db.executemany(f"INSERT INTO {table} {columns} VALUES ({marks})", found)  # noqa: S608 (our tables)
        written.rows += sum(map(len, rows.values()))
        last = {name: span[f"{name}1"] for name in last}
    source.close()
    target.close()
    return written


def bare_neo4j(store: Neo4jStore) -> Written:
    """Write the nodes and relationships of all records and identifiers again, with ``UNWIND`` and ``CREATE`` alone.

    The store is emptied for it, so it must be one that a benchmark made.
    """
    written = Written()
    with tempfile.TemporaryFile() as file:
        for read, put in _NEO4J:
            _spool(store, read, put, file)
        pickle.dump(None, file)
        empty_neo4j(store)
        file.seek(0)
        while batch := pickle.load(file):  # noqa: S301 (written above)
            put, rows = batch
            with written.timed():
                store._write(lambda run, put=put, rows=rows: run.text(put, {"rows": rows}), gate=False)  # type: ignore[misc]
            written.rows += len(rows)
    return written


def _spool(store: Neo4jStore, read: str, put: str, file: IO[bytes]) -> None:
    """Keep what ``read`` finds in batches of one kind."""
    waiting: dict[str, list[Any]] = {}
    with store._driver.session() as session:
        for kind, row in session.run(read):
            rows = waiting.setdefault(kind, [])
            rows.append(row)
            if len(rows) == BATCH:
                pickle.dump((put.replace("@kind", kind), waiting.pop(kind)), file)
    for kind, rows in waiting.items():
        pickle.dump((put.replace("@kind", kind), rows), file)


def empty_neo4j(store: Neo4jStore) -> None:
    """Take everything out of a store that a benchmark made, but for its own settings and indexes."""
    if store.meta("made_by") != MADE_BY:
        raise StoreError("error.store_broken", detail=f"made_by: not {MADE_BY}")
    with store._driver.session() as session:
        gone = "MATCH (n) WHERE NOT n:Meta CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS"
        session.run(gone).consume()
        session.run("CREATE (:Counter {name: 'pairs', value: 0})").consume()
