"""The embedded store: one SQLite file in WAL mode, FTS5 over folded names. The only file that knows ``sqlite3``.

The scope is rendered once, as the temporary view ``visible`` over a connection's own scope tables; every read joins it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from graph.access import Actor, Agency, DatasetState, Grant, Scope, Team
from graph.delivery import DeliveryReport, Manifest, Reject, check_revision
from graph.errors import StoreBusy, StoreError, StoreUnavailable
from graph.identity import Judgement, Opinion, Pair, in_effect
from graph.ids import Ids, new_key
from graph.model import is_link
from graph.packing import Packed
from graph.process import holder, is_gone
from graph.store.base import FORMAT, RawCarried, RawLink, RawRecord, Store, StoredFlag
from graph.store.rows import (
    agency_body,
    agency_of,
    grants_of,
    reasons_body,
    reasons_of,
    report_body,
    team_body,
    team_of,
)

ALIVE = 9007199254740991  # died of a version that lives: larger than any delivery number
WAL_LIMIT = 64 << 20
SCOPE = """
CREATE TEMP TABLE IF NOT EXISTS sight (did INTEGER PRIMARY KEY, cur INTEGER, level INTEGER);
CREATE TEMP TABLE IF NOT EXISTS override (nid INTEGER PRIMARY KEY, level INTEGER);
CREATE TEMP TABLE IF NOT EXISTS mutual (a INTEGER, b INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS hitable (did INTEGER PRIMARY KEY);
CREATE TEMP VIEW IF NOT EXISTS visible AS
  SELECT v.vid, v.nid, v.did, v.schema, v.mask, v.edge, coalesce(o.level, s.level) AS level
  FROM main.version v JOIN temp.sight s ON s.did = v.did AND v.born <= s.cur AND v.died > s.cur
  LEFT JOIN temp.override o ON o.nid = v.nid WHERE v.low <= coalesce(o.level, s.level);
"""
LINKS = """
SELECT rv.id, v.did, l.relation, v.schema, l.prop, ra.id, rb.id, l.directed, l.start, l.finish, l.label, l.origin
FROM link l JOIN visible v ON v.vid = l.vid JOIN visible a ON a.nid = l.source JOIN visible b ON b.nid = l.target
JOIN record rv ON rv.nid = v.nid JOIN record ra ON ra.nid = l.source JOIN record rb ON rb.nid = l.target
WHERE l.level <= v.level AND (v.schema = 'CaseRole' OR ((a.mask = '' OR a.level = 5) AND (b.mask = '' OR b.level = 5)))
"""
CARRIED = """
SELECT r.id, i.id, i.kind, i.value, c.prop FROM carries c JOIN visible v ON v.vid = c.vid AND c.level <= v.level
JOIN record r ON r.nid = v.nid JOIN identifier i ON i.iid = c.iid
"""
CLEAR = "(x.mask = '' OR x.level = 5) AND (y.mask = '' OR y.level = 5)"
PAIRS = f"""
SELECT ra.id, rb.id, p.score, p.state, p.reasons FROM pair p JOIN visible x ON x.nid = p.a JOIN visible y ON y.nid = p.b
JOIN record ra ON ra.nid = p.a JOIN record rb ON rb.nid = p.b WHERE {CLEAR}
AND (p.state = 'automatic' OR :all OR EXISTS (SELECT 1 FROM temp.mutual m WHERE m.a = x.did AND m.b = y.did))
"""  # noqa: S608
OPINIONS = f"""
SELECT ra.id, rb.id, o.agency, o.verdict FROM opinion o JOIN visible x ON x.nid = o.a JOIN visible y ON y.nid = o.b
JOIN record ra ON ra.nid = o.a JOIN record rb ON rb.nid = o.b WHERE {CLEAR} AND o.agency IN (:viewer, '*')
"""  # noqa: S608
NIDS = "(SELECT nid FROM record WHERE id IN (SELECT value FROM json_each(:ids)))"


class SQLiteStore(Store):
    """A store in one file. Safe for many readers and several writing processes on one machine (local disk only)."""

    def __init__(self, path: Path, url: str = "") -> None:
        self.path, self.url = path, url or f"sqlite:///{path}"
        self.clock = lambda: datetime.now(UTC)
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._write() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                script = resources.files("graph.store").joinpath("schema.sql").read_text(encoding="utf-8")
                for statement in script.split(";\n"):
                    db.execute(statement)
                db.executemany(
                    "INSERT INTO meta VALUES (?, ?)", [("format", str(FORMAT)), ("key", new_key()), ("version", "1")]
                )
        if (found := self.meta("format")) != str(FORMAT):
            raise StoreError("error.store_format", found=found, wanted=FORMAT)
        self.ids = Ids(self.meta("key"))

    # --- connections ----------------------------------------------------------------------------------------------

    @property
    def _db(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._local, "db", None)
        if db is None:
            try:
                db = sqlite3.connect(self.path, timeout=30, isolation_level=None)
                for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-131072", "temp_store=MEMORY"):
                    db.execute(f"PRAGMA {pragma}")
                db.executescript(SCOPE) if db.execute(
                    "SELECT 1 FROM sqlite_master WHERE name='meta'"
                ).fetchone() else None
            except sqlite3.Error as error:
                raise StoreUnavailable("error.store_unavailable", detail=str(error)) from error
            self._local.db, self._local.scope = db, None
        return db

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        db = self._db
        try:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:
                db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StoreUnavailable("error.store_unavailable", detail=str(error)) from error
        wal = self.path.with_name(self.path.name + "-wal")
        if wal.exists() and wal.stat().st_size > WAL_LIMIT:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _ask(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, params).fetchall()

    def _read(self, scope: Scope, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """Run ``sql`` with ``visible`` meaning what ``scope`` sees."""
        db = self._db
        if self._local.scope is not scope:
            self._local.scope = None
            db.executescript(
                SCOPE + "DELETE FROM sight; DELETE FROM override; DELETE FROM mutual; DELETE FROM hitable;"
            )
            db.executemany(
                "INSERT INTO sight VALUES (?, ?, ?)", [(n, s.current, s.level) for n, s in scope.sights.items()]
            )
            db.executemany(
                "INSERT OR IGNORE INTO override SELECT nid, ? FROM record WHERE id = ?",
                [(level, record) for record, level in scope.overrides.items()],
            )
            db.executemany("INSERT INTO mutual VALUES (?, ?)", scope.mutual or ())
            db.executemany("INSERT INTO hitable VALUES (?)", [(n,) for n in scope.hits])
            self._local.scope = scope
        return db.execute(sql, params).fetchall()

    def close(self) -> None:
        if db := getattr(self._local, "db", None):
            db.close()
            self._local.db = None

    # --- administration -------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str:
        rows = self._ask("SELECT value FROM meta WHERE key = :key", key=key)
        return str(rows[0][0]) if rows else ""

    def set_meta(self, key: str, value: str) -> None:
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def version(self) -> int:
        return int(self.meta("version"))

    def _changed(self, db: sqlite3.Connection) -> None:
        db.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'version'")

    def agencies(self) -> list[Agency]:
        return [agency_of(body) for (body,) in self._ask("SELECT body FROM agency ORDER BY code")]

    def actors(self) -> list[Actor]:
        rows = self._ask("SELECT id, agency, roles FROM actor ORDER BY id")
        return [Actor(i, agency, frozenset(roles.split())) for i, agency, roles in rows]

    def teams(self) -> list[Team]:
        return [team_of(body) for (body,) in self._ask("SELECT body FROM team ORDER BY id")]

    def save_federation(self, agencies: Iterable[Agency], actors: Iterable[Actor], teams: Iterable[Team]) -> None:
        with self._write() as db:
            db.executemany("INSERT OR REPLACE INTO agency VALUES (?, ?)", [(a.code, agency_body(a)) for a in agencies])
            rows = [(a.id, a.agency, " ".join(sorted(a.roles))) for a in actors]
            db.executemany("INSERT OR REPLACE INTO actor VALUES (?, ?, ?)", rows)
            db.executemany("INSERT OR REPLACE INTO team VALUES (?, ?)", [(t.id, team_body(t)) for t in teams])
            self._changed(db)

    def datasets(self) -> list[DatasetState]:
        countries = {a.code: a.country for a in self.agencies()}
        rows = self._ask(
            "SELECT did, owner, name, current, revision, protected, retention, title, accepted FROM dataset ORDER BY did"
        )
        return [
            DatasetState(did, owner, name, countries.get(owner, owner[:2]), cur, rev, bool(prot), keep, title, bool(ok))
            for did, owner, name, cur, rev, prot, keep, title, ok in rows
        ]

    def grants(self) -> list[Grant]:
        rows = self._ask("SELECT did, receiver, level, record, until, purpose, ground FROM release ORDER BY rowid")
        return [Grant(*row) for row in rows]

    def replace_grants(self, dataset: int, grants: Iterable[Grant]) -> None:
        with self._write() as db:
            self._put_grants(db, dataset, grants)
            self._changed(db)

    def _put_grants(self, db: sqlite3.Connection, dataset: int, grants: Iterable[Grant]) -> None:
        db.execute("DELETE FROM release WHERE did = ?", (dataset,))
        rows = [(dataset, g.to, g.level, g.record, g.until, g.purpose, g.ground) for g in grants]
        db.executemany("INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def manifest(self, dataset: int) -> str:
        rows = self._ask("SELECT manifest FROM dataset WHERE did = :did", did=dataset)
        return str(rows[0][0]) if rows else ""

    def ledger(self, owner: str) -> list[dict[str, Any]]:
        rows = self._ask(
            """SELECT d.name, e.revision, e.state, e.digest, e.started, e.published, e.actor, e.report
            FROM delivery e JOIN dataset d USING (did) WHERE d.owner = :owner ORDER BY e.number DESC""",
            owner=owner,
        )
        names = ("dataset", "revision", "state", "digest", "started", "published", "actor")
        return [dict(zip(names, row[:7], strict=True)) | {"report": orjson.loads(row[7] or "{}")} for row in rows]

    def withdraw(self, dataset: int) -> None:
        with self._write() as db:
            db.execute("UPDATE delivery SET state = 'withdrawn' WHERE did = ? AND state = 'current'", (dataset,))
            db.execute("UPDATE dataset SET current = 0 WHERE did = ?", (dataset,))
            self._changed(db)

    # --- deliveries -----------------------------------------------------------------------------------------------

    def begin(self, manifest: Manifest, draft: bool) -> tuple[int, int]:
        now = self.clock().isoformat(timespec="seconds")
        with self._write() as db:
            db.execute("INSERT OR IGNORE INTO dataset (owner, name) VALUES (?, ?)", (manifest.owner, manifest.dataset))
            where = (manifest.owner, manifest.dataset)
            did, revision = db.execute(
                "SELECT did, revision FROM dataset WHERE owner = ? AND name = ?", where
            ).fetchone()
            check_revision(manifest, revision)
            busy = db.execute(
                "SELECT started FROM delivery WHERE did = ? AND state IN ('loading', 'draft')", (did,)
            ).fetchone()
            if busy:
                raise StoreBusy("error.delivery_busy", dataset=manifest.dataset, since=busy[0])
            row = (did, manifest.revision, "loading", holder(), now)
            cursor = db.execute(
                "INSERT INTO delivery (did, revision, state, holder, started) VALUES (?, ?, ?, ?, ?)", row
            )
            return did, int(cursor.lastrowid or 0)

    def digests(self, dataset: int, number: int, ids: Sequence[str]) -> dict[str, bytes]:
        sql = """SELECT r.id, v.digest FROM record r JOIN version v USING (nid) JOIN dataset d ON d.did = v.did
        WHERE r.id IN (SELECT value FROM json_each(:ids)) AND v.did = :did AND v.born <= d.current AND v.died > d.current"""
        return dict(self._ask(sql, ids=_json(ids), did=dataset))

    def write(self, dataset: int, number: int, records: Sequence[Packed]) -> None:
        if not records:
            return
        with self._write() as db:
            names = {p.id for p in records} | {end for p in records for k in p.links for end in (k.source, k.target)}
            db.execute("INSERT OR IGNORE INTO record (id) SELECT value FROM json_each(?)", (_json(sorted(names)),))
            sql = "SELECT id, nid FROM record WHERE id IN (SELECT value FROM json_each(?))"
            nid = dict(db.execute(sql, (_json(list(names)),)))
            self._retire(db, dataset, number, [p.id for p in records])
            shared = {(i.kind, i.value): self.ids.identifier(i.kind, i.value) for p in records for i in p.identifiers}
            rows = [(name, kind, value) for (kind, value), name in shared.items()]
            db.executemany("INSERT OR IGNORE INTO identifier (id, kind, value) VALUES (?, ?, ?)", rows)
            sql = "SELECT id, iid FROM identifier WHERE id IN (SELECT value FROM json_each(?))"
            iid = dict(db.execute(sql, (_json(list(shared.values())),)))
            vid = int(db.execute("SELECT coalesce(max(vid), 0) FROM version").fetchone()[0])
            wid = int(db.execute("SELECT coalesce(max(wid), 0) FROM words").fetchone()[0])
            versions, packs, links, carries, words, texts = [], [], [], [], [], []
            for p in records:
                vid += 1
                versions.append(
                    (vid, nid[p.id], dataset, number, ALIVE, p.schema, p.low, p.mask, p.digest, int(is_link(p.schema)))
                )
                packs += [(vid, level, payload) for level, payload in p.packs.items()]
                links += [
                    (
                        vid,
                        nid[k.source],
                        nid[k.target],
                        k.level,
                        k.relation,
                        k.prop,
                        k.directed,
                        k.start,
                        k.end,
                        k.label,
                        k.origin,
                    )
                    for k in p.links
                ]
                carries += [(vid, iid[shared[i.kind, i.value]], i.level, i.prop) for i in p.identifiers]
                text = ""
                for level, found in p.words.items():  # a level reads the words of the levels below it too
                    wid, text = wid + 1, f"{text} {found}".strip()
                    words.append((wid, vid, level))
                    texts.append((wid, text))
            db.executemany("INSERT INTO version VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", versions)
            db.executemany("INSERT INTO pack VALUES (?, ?, ?)", packs)
            db.executemany("INSERT INTO link VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", links)
            db.executemany("INSERT OR IGNORE INTO carries VALUES (?, ?, ?, ?)", carries)
            db.executemany("INSERT INTO words VALUES (?, ?, ?)", words)
            db.executemany("INSERT INTO fulltext (rowid, text) VALUES (?, ?)", texts)

    def _retire(self, db: sqlite3.Connection, dataset: int, number: int, ids: Sequence[str]) -> int:
        sql = f"""UPDATE version SET died = :number WHERE nid IN {NIDS} AND did = :did AND died = {ALIVE}
        AND born <= (SELECT current FROM dataset WHERE did = :did)"""  # noqa: S608
        return db.execute(sql, {"ids": _json(ids), "did": dataset, "number": number}).rowcount

    def retire(self, dataset: int, number: int, ids: Sequence[str]) -> int:
        with self._write() as db:
            return self._retire(db, dataset, number, ids)

    def current_ids(self, dataset: int, number: int) -> Iterator[list[str]]:
        last = ""
        sql = f"""SELECT r.id FROM record r JOIN version v USING (nid) JOIN dataset d ON d.did = v.did
        WHERE v.did = :did AND v.died = {ALIVE} AND v.born <= d.current AND r.id > :last ORDER BY r.id LIMIT 5000"""  # noqa: S608
        while ids := [str(i) for (i,) in self._ask(sql, did=dataset, last=last)]:
            yield ids
            last = ids[-1]

    def keep_rejects(self, dataset: int, number: int, rejects: Sequence[Reject]) -> None:
        with self._write() as db:
            rows = [(dataset, number, orjson.dumps(asdict(r)).decode()) for r in rejects]
            db.executemany("INSERT INTO reject VALUES (?, ?, ?)", rows)

    def rejects(self, dataset: int) -> Iterator[Reject]:
        sql = """SELECT body FROM reject WHERE number = (SELECT max(number) FROM delivery WHERE did = :did
        AND state IN ('current', 'draft')) ORDER BY rowid"""
        for (body,) in self._ask(sql, did=dataset):
            yield Reject(**orjson.loads(body))

    def publish(
        self, dataset: int, number: int, manifest: Manifest, actor: str, report: DeliveryReport, protected: bool
    ) -> None:
        now, body = self.clock().isoformat(timespec="seconds"), manifest.as_json()
        with self._write() as db:
            row = (report.state, now, actor, manifest.digest, body, report_body(report), number)
            sql = "UPDATE delivery SET state=?, published=?, actor=?, digest=?, manifest=?, report=? WHERE number=?"
            db.execute(sql, row)
            if report.state != "current":
                return
            sql = "UPDATE delivery SET state = 'superseded' WHERE did = ? AND state = 'current' AND number <> ?"
            db.execute(sql, (dataset, number))
            accepted = int(bool(manifest.investigation.get("number")))
            keep = manifest.mode != "full"  # what an addition does not touch stays masked as it was
            sql = """UPDATE dataset SET current=?, revision=?, protected=max(?, protected * ?), accepted=?, retention=?, title=?,
            manifest=? WHERE did=?"""
            row2 = (
                number,
                manifest.revision,
                protected,
                keep,
                accepted,
                manifest.retention,
                manifest.title,
                body,
                dataset,
            )
            db.execute(sql, row2)
            self._put_grants(db, dataset, grants_of(manifest, dataset))
            self._changed(db)

    def abandon(self, dataset: int, number: int) -> None:
        gone = {"did": dataset, "number": number}
        born = "(SELECT vid FROM version WHERE did = :did AND born = :number)"
        with self._write() as db:
            db.execute(f"DELETE FROM fulltext WHERE rowid IN (SELECT wid FROM words WHERE vid IN {born})", gone)  # noqa: S608
            for table in ("words", "pack", "link", "carries", "version"):
                db.execute(f"DELETE FROM {table} WHERE vid IN {born}", gone)  # noqa: S608
            db.execute(f"UPDATE version SET died = {ALIVE} WHERE did = :did AND died = :number", gone)  # noqa: S608
            db.execute("DELETE FROM reject WHERE number = :number", gone)
            db.execute("DELETE FROM delivery WHERE number = :number", gone)

    def sweep(self) -> int:
        rows = self._ask("SELECT did, number, holder FROM delivery WHERE state = 'loading'")
        left = [(did, number) for did, number, name in rows if is_gone(name)]
        for did, number in left:
            self.abandon(did, number)
        return len(left)

    # --- reading --------------------------------------------------------------------------------------------------

    def fetch(self, scope: Scope, ids: Sequence[str]) -> list[RawRecord]:
        sql = f"""SELECT r.id, v.did, v.schema, v.mask, v.level, p.payload FROM record r JOIN visible v ON v.nid = r.nid
        LEFT JOIN pack p ON p.vid = v.vid AND p.level <= v.level WHERE r.nid IN {NIDS} ORDER BY r.id, p.level"""  # noqa: S608
        return _gather(self._read(scope, sql, ids=_json(ids)))

    def scan(self, scope: Scope, schemata: Sequence[str], chunk: int) -> Iterator[list[RawRecord]]:
        kind = "AND v.schema IN (SELECT value FROM json_each(:schemata))" if schemata else ""
        page = f"""SELECT r.nid AS nid, r.id AS id, v.did AS did, v.schema AS schema, v.mask AS mask, v.level AS level, v.vid AS vid
        FROM record r JOIN visible v ON v.nid = r.nid WHERE r.id > :last {kind} ORDER BY r.id LIMIT :chunk"""  # noqa: S608
        sql = f"""SELECT x.id, x.did, x.schema, x.mask, x.level, p.payload FROM ({page}) x
        LEFT JOIN pack p ON p.vid = x.vid AND p.level <= x.level ORDER BY x.id, p.level"""  # noqa: S608
        last = ""
        while rows := _gather(self._read(scope, sql, schemata=_json(schemata), last=last, chunk=chunk)):
            yield rows
            last = rows[-1].id

    def find(self, scope: Scope, words: Sequence[str], schemata: Sequence[str]) -> list[tuple[str, str]]:
        query = " ".join(f'"{w}"*' for w in words if w.isalnum())
        if not query:
            return []
        kind = "AND v.schema IN (SELECT value FROM json_each(:schemata))" if schemata else ""
        sql = f"""SELECT r.id, f.text FROM fulltext f JOIN words w ON w.wid = f.rowid JOIN visible v ON v.vid = w.vid
        JOIN record r ON r.nid = v.nid WHERE fulltext MATCH :query AND w.level <= v.level {kind} AND NOT EXISTS
        (SELECT 1 FROM words u WHERE u.vid = w.vid AND u.level > w.level AND u.level <= v.level) ORDER BY r.id"""  # noqa: S608
        return [(i, text) for i, text in self._read(scope, sql, query=query, schemata=_json(schemata))]

    def nodes(self, scope: Scope) -> list[tuple[str, int, str, str]]:
        sql = """SELECT r.id, v.did, v.schema, CASE WHEN v.level = 5 THEN '' ELSE v.mask END FROM visible v
        JOIN record r ON r.nid = v.nid WHERE v.edge = 0 ORDER BY r.id"""
        return [(i, did, schema, mask) for i, did, schema, mask in self._read(scope, sql)]

    def links_of(self, scope: Scope, ids: Sequence[str]) -> list[RawLink]:
        sql = " UNION ".join(f"{LINKS} AND l.{end} IN {NIDS}" for end in ("source", "target"))
        return sorted(RawLink(*row) for row in self._read(scope, sql, ids=_json(ids)))

    def all_links(self, scope: Scope) -> list[RawLink]:
        return sorted(RawLink(*row) for row in self._read(scope, LINKS))

    def carried(self, scope: Scope, ids: Sequence[str]) -> list[RawCarried]:
        rows = self._read(scope, f"{CARRIED} WHERE v.nid IN {NIDS}", ids=_json(ids))
        return sorted(RawCarried(*row) for row in rows)

    def carriers(self, scope: Scope, identifiers: Sequence[str]) -> list[RawCarried]:
        some = "(SELECT iid FROM identifier WHERE id IN (SELECT value FROM json_each(:ids)))"
        rows = self._read(scope, f"{CARRIED} WHERE c.iid IN {some}", ids=_json(identifiers))
        return sorted(RawCarried(*row) for row in rows)

    def all_carried(self, scope: Scope) -> list[RawCarried]:
        shared = "(SELECT c.iid FROM carries c JOIN visible v ON v.vid = c.vid AND c.level <= v.level GROUP BY 1 HAVING count(*) > 1)"
        return sorted(RawCarried(*row) for row in self._read(scope, f"{CARRIED} WHERE c.iid IN {shared}"))

    # --- identity -------------------------------------------------------------------------------------------------

    def save_pairs(self, pairs: Iterable[Pair], model: str) -> dict[str, int]:
        with self._write() as db:
            db.execute("CREATE TEMP TABLE IF NOT EXISTS fresh (a TEXT, b TEXT, score REAL, state TEXT, reasons TEXT)")
            db.execute("DELETE FROM temp.fresh")
            rows = ((p.left, p.right, p.score, p.state, reasons_body(p)) for p in pairs)
            db.executemany("INSERT INTO temp.fresh VALUES (?, ?, ?, ?, ?)", rows)
            db.execute("DROP TABLE IF EXISTS temp.freshpair")
            db.execute("""CREATE TEMP TABLE freshpair AS SELECT x.nid AS a, y.nid AS b, f.score, f.state, f.reasons
                FROM temp.fresh f JOIN record x ON x.id = f.a JOIN record y ON y.id = f.b""")
            db.execute("CREATE UNIQUE INDEX temp.freshpair_ab ON freshpair (a, b)")
            before = int(db.execute("SELECT count(*) FROM pair").fetchone()[0])
            gone = "NOT EXISTS (SELECT 1 FROM temp.freshpair f WHERE f.a = pair.a AND f.b = pair.b)"
            removed = db.execute(f"DELETE FROM pair WHERE {gone}").rowcount  # noqa: S608
            written = db.execute(
                """INSERT INTO pair SELECT a, b, score, state, reasons, ? FROM temp.freshpair WHERE true
                ON CONFLICT (a, b) DO UPDATE SET score=excluded.score, state=excluded.state, reasons=excluded.reasons,
                model=excluded.model WHERE (score, state, reasons, model) IS NOT
                (excluded.score, excluded.state, excluded.reasons, excluded.model)""",
                (model,),
            ).rowcount
            after = int(db.execute("SELECT count(*) FROM pair").fetchone()[0])
            if removed or written:
                self._changed(db)
        added = after - (before - removed)
        return {"added": added, "changed": written - added, "removed": removed, "unchanged": after - written}

    def pairs(self, scope: Scope, ids: Sequence[str] | None) -> list[Pair]:
        rows: list[tuple[Any, ...]] = []
        for end in ("p.a", "p.b") if ids is not None else ("",):
            some = f" AND {end} IN {NIDS}" if end else ""
            rows += self._read(scope, PAIRS + some, ids=_json(ids or []), all=int(scope.mutual is None))
        found = {(a, b): Pair(a, b, s, state, reasons_of(why)) for a, b, s, state, why in rows}
        return [found[key] for key in sorted(found)]

    def opinions(self, scope: Scope, ids: Sequence[str] | None) -> list[Opinion]:
        rows: list[tuple[Any, ...]] = []
        for end in ("o.a", "o.b") if ids is not None else ("",):
            some = f" AND {end} IN {NIDS}" if end else ""
            rows += self._read(scope, OPINIONS + some, ids=_json(ids or []), viewer=scope.viewer)
        return sorted({Opinion(*row) for row in rows})

    _JUDGEMENT = """SELECT j.number, ra.id, rb.id, j.verdict, j.agency, j.actor, j.at, j.score, j.model, j.retracted
    FROM judgement j JOIN record ra ON ra.nid = j.a JOIN record rb ON rb.nid = j.b WHERE """

    def judgements(self, left: str, right: str) -> list[Judgement]:
        rows = self._ask(self._JUDGEMENT + "ra.id = :left AND rb.id = :right ORDER BY 1", left=left, right=right)
        return [Judgement(*row) for row in rows]

    def judgement(self, number: int) -> Judgement | None:
        rows = self._ask(self._JUDGEMENT + "j.number = :number", number=number)
        return Judgement(*rows[0]) if rows else None

    def log_judgement(self, judgement: Judgement, owners: tuple[str, str]) -> int:
        j = judgement
        with self._write() as db:
            a, b = (db.execute("SELECT nid FROM record WHERE id = ?", (i,)).fetchone()[0] for i in (j.left, j.right))
            sql = (
                "INSERT INTO judgement (a, b, verdict, agency, actor, at, score, model) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            )
            cursor = db.execute(sql, (a, b, j.verdict, j.agency, j.actor, j.at, j.score, j.model))
            self._settle(db, j.left, j.right, owners)
            return int(cursor.lastrowid or 0)

    def retract(self, number: int, at: str, owners: tuple[str, str]) -> None:
        with self._write() as db:
            db.execute("UPDATE judgement SET retracted = ? WHERE number = ?", (at, number))
            row = db.execute(self._JUDGEMENT + "j.number = ?", (number,)).fetchone()
            self._settle(db, row[1], row[2], owners)

    def _settle(self, db: sqlite3.Connection, left: str, right: str, owners: tuple[str, str]) -> None:
        log = [Judgement(*r) for r in db.execute(self._JUDGEMENT + "ra.id = ? AND rb.id = ?", (left, right))]
        a, b = (db.execute("SELECT nid FROM record WHERE id = ?", (i,)).fetchone()[0] for i in (left, right))
        db.execute("DELETE FROM opinion WHERE a = ? AND b = ?", (a, b))
        rows = [(a, b, o.agency, o.verdict) for o in in_effect(log, owners)]
        db.executemany("INSERT INTO opinion VALUES (?, ?, ?, ?)", rows)
        self._changed(db)

    # --- hits, flags, jobs ----------------------------------------------------------------------------------------

    def hits(self, scope: Scope, agency: str) -> list[tuple[str, int, str]]:
        mine = "JOIN dataset md ON md.did = m.did AND md.owner = :agency AND md.accepted = 1"
        theirs = """JOIN temp.hitable h ON h.did = o.did JOIN dataset d ON d.did = o.did AND o.born <= d.current
        AND o.died > d.current AND o.mask = ''"""
        sql = f"""SELECT r.id, o.did, i.kind FROM visible m {mine} JOIN record r ON r.nid = m.nid JOIN carries c ON c.vid = m.vid
        JOIN identifier i ON i.iid = c.iid JOIN carries x ON x.iid = c.iid JOIN version o ON o.vid = x.vid {theirs}
        WHERE m.mask = ''"""  # noqa: S608
        for a, b in (("a", "b"), ("b", "a")):
            sql += f""" UNION SELECT r.id, o.did, 'identity' FROM visible m {mine} JOIN record r ON r.nid = m.nid
            JOIN pair p ON p.{a} = m.nid JOIN version o ON o.nid = p.{b} {theirs} WHERE m.mask = ''"""  # noqa: S608
        return [(i, did, kind) for i, did, kind in self._read(scope, f"{sql} ORDER BY 1, 2, 3", agency=agency)]

    def save_flags(self, agency: str, flags: Sequence[StoredFlag], at: str) -> dict[str, int]:
        counts = {"new": 0, "updated": 0, "unchanged": 0, "withdrawn": 0}
        with self._write() as db:
            known = dict(db.execute("SELECT id, digest || ' ' || state FROM flag WHERE agency = ?", (agency,)))
            for flag in flags:
                digest, _, state = known.pop(flag.id, "").partition(" ")
                if digest == flag.digest and state != "withdrawn":
                    counts["unchanged"] += 1
                    continue
                counts["updated" if digest else "new"] += 1
                state = "new" if state in ("", "withdrawn") else "updated"
                sql = """INSERT INTO flag VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET body=excluded.body,
                digest=excluded.digest, state=excluded.state, last_seen=excluded.last_seen"""
                db.execute(sql, (flag.id, agency, flag.kind, flag.body, flag.digest, state, at, at))
                db.execute("DELETE FROM ground WHERE flag = ?", (flag.id,))
                sql = "INSERT OR IGNORE INTO ground SELECT ?, nid, ?, ? FROM record WHERE id = ?"
                rows = [(flag.id, level, 0, record) for record, level in flag.grounds]
                db.executemany(sql, rows + [(flag.id, 0, did, record) for did, record in flag.hits])
            gone = [key for key, state in known.items() if not state.endswith(" withdrawn")]
            counts["withdrawn"] = len(gone)
            db.executemany("UPDATE flag SET state = 'withdrawn', last_seen = ? WHERE id = ?", [(at, i) for i in gone])
        return counts

    def flags(self, scope: Scope, agency: str) -> list[StoredFlag]:
        sql = """SELECT f.id, f.agency, f.kind, f.body, f.digest, f.state, f.first_seen, f.last_seen FROM flag f
        WHERE f.agency = :agency AND f.state <> 'withdrawn' AND NOT EXISTS (SELECT 1 FROM ground g WHERE g.flag = f.id AND (
          NOT EXISTS (SELECT 1 FROM visible v WHERE v.nid = g.nid AND v.level >= g.level)
          OR (g.dataset > 0 AND NOT EXISTS (SELECT 1 FROM temp.hitable h WHERE h.did = g.dataset)))) ORDER BY f.id"""
        rows = self._read(scope, sql, agency=agency)
        grounds: dict[str, list[tuple[str, int, int]]] = {}
        some = _json([row[0] for row in rows])
        sql = """SELECT g.flag, r.id, g.level, g.dataset FROM ground g JOIN record r USING (nid)
        WHERE g.flag IN (SELECT value FROM json_each(:ids)) ORDER BY 1, 2, 4"""
        for flag, record, level, did in self._ask(sql, ids=some):
            grounds.setdefault(flag, []).append((record, level, did))
        return [
            StoredFlag(
                *row[:5],
                grounds=tuple((r, level) for r, level, did in grounds.get(row[0], ()) if not did),
                hits=tuple((did, r) for r, _, did in grounds.get(row[0], ()) if did),
                state=row[5],
                first_seen=row[6],
                last_seen=row[7],
            )
            for row in rows
        ]

    def take_lock(self, name: str, holder: str, until: str, now: str) -> bool:
        with self._write() as db:
            row = db.execute("SELECT holder, until FROM joblock WHERE name = ?", (name,)).fetchone()
            if row and row[0] != holder and row[1] > now and not is_gone(row[0]):
                return False
            db.execute("INSERT OR REPLACE INTO joblock VALUES (?, ?, ?)", (name, holder, until))
            return True

    def drop_lock(self, name: str, holder: str) -> None:
        with self._write() as db:
            db.execute("DELETE FROM joblock WHERE name = ? AND holder = ?", (name, holder))

    def log_job(self, name: str, started: str, ended: str, outcome: str, counts: str) -> None:
        with self._write() as db:
            db.execute("INSERT INTO jobrun VALUES (?, ?, ?, ?, ?)", (name, started, ended, outcome, counts))

    def job_history(self, name: str, limit: int) -> list[dict[str, str]]:
        sql = "SELECT started, ended, outcome, counts FROM jobrun WHERE name = :name ORDER BY rowid DESC LIMIT :limit"
        names = ("started", "ended", "outcome", "counts")
        return [dict(zip(names, row, strict=True)) for row in self._ask(sql, name=name, limit=limit)]


def _json(values: Iterable[str]) -> str:
    return orjson.dumps(list(values)).decode()


def _gather(rows: list[tuple[Any, ...]]) -> list[RawRecord]:
    """Rows of one pack each, ordered by record, as records of several packs."""
    found: dict[str, tuple[tuple[Any, ...], list[bytes]]] = {}
    for row in rows:
        packs = found.setdefault(row[0], (row, []))[1]
        if row[5] is not None:
            packs.append(row[5])
    return [RawRecord(*row[:5], packs=tuple(packs)) for row, packs in found.values()]
