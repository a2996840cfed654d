"""The embedded store: one SQLite file in WAL mode, FTS5 over folded names. The only file that knows ``sqlite3``.

The scope is rendered once, as the temporary view ``visible`` over a connection's own scope tables; every read joins it.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from graph.packing import Packed
from graph.process import holder, is_gone
from graph.store.base import FORMAT, RawCarried, RawLink, RawRecord, Store, StoredFlag, Terms
from graph.store.rows import (
    ALIVE,
    agency_body,
    agency_of,
    flags_of,
    gathered,
    grants_of,
    json_list,
    kept_rows,
    lifts_of,
    links_of,
    reasons_body,
    reasons_of,
    report_body,
    team_body,
    team_of,
)
from graph.store.sqlite_put import SQL, put_records

WAL_LIMIT = 64 << 20  # bytes of write-ahead log above which a writer folds it back


class SQLiteStore(Store):
    """A store in one file. Safe for many readers and several writing processes on one machine (local disk only)."""

    def __init__(self, path: Path, url: str = "") -> None:
        self.path, self.url = path, url or f"sqlite:///{path}"
        self.clock = lambda: datetime.now(UTC)
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._write() as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                script = resources.files("graph.store").joinpath("sqlite_schema.sql").read_text(encoding="utf-8")
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
                self._local.scope = None  # the scope's tables went back too
                raise
            db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise StoreUnavailable("error.store_unavailable", detail=str(error)) from error
        wal = self.path.with_name(self.path.name + "-wal")
        if wal.exists() and wal.stat().st_size > WAL_LIMIT:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _ask(self, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        return self._db.execute(sql, params).fetchall()

    def named(self, name: str, /, **params: Any) -> list[tuple[Any, ...]]:
        return self._ask(SQL[name], **params)

    def _read(self, scope: Scope, sql: str, **params: Any) -> list[tuple[Any, ...]]:
        """Run ``sql`` with ``visible`` meaning what ``scope`` sees."""
        db = self._db
        if self._local.scope is not scope:
            self._local.scope = None
            for statement in SQL["scope"].split(";\n"):  # no script: it would commit what is under way
                db.execute(statement)
            db.executemany(
                "INSERT INTO sight VALUES (?, ?, ?)", [(n, s.current, s.level) for n, s in scope.sights.items()]
            )
            db.executemany(
                "INSERT OR IGNORE INTO override SELECT nid, ? FROM record WHERE id = ?",
                [(level, record) for record, level in scope.overrides.items()],
            )
            db.executemany("INSERT INTO mutual VALUES (?, ?)", scope.mutual or ())
            db.executemany("INSERT INTO hitable VALUES (?)", [(n,) for n in scope.hits])
            db.executemany("INSERT INTO unhit SELECT nid FROM record WHERE id = ?", [(r,) for r in scope.unhit])
            self._local.scope = scope
        return db.execute(sql, params).fetchall()

    def folder(self) -> Path:
        return self.path.with_name(self.path.name + ".files")

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

    def keep(self, kind: str, bodies: Mapping[str, Mapping[str, Any] | None], seen: bool = False) -> None:
        with self._write() as db:
            db.executemany("DELETE FROM kept WHERE kind = ? AND key = ?", [(kind, key) for key in bodies])
            db.executemany("INSERT INTO kept VALUES (?, ?, ?)", kept_rows(kind, bodies))
            if seen:
                self._changed(db)

    def kept(self, kind: str) -> dict[str, dict[str, Any]]:
        rows = self._ask("SELECT key, body FROM kept WHERE kind = :kind ORDER BY key", kind=kind)
        return {key: orjson.loads(body) for key, body in rows}

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
        rows = self._ask(SQL["datasets"])
        return [
            DatasetState(did, owner, name, countries.get(owner, owner[:2]), cur, rev, bool(prot), keep, title, bool(ok))
            for did, owner, name, cur, rev, prot, keep, title, ok in rows
        ]

    def grants(self) -> list[Grant]:
        rows = self._ask("SELECT did, receiver, level, record, until, purpose, ground FROM release ORDER BY rowid")
        return [Grant(*row) for row in rows]

    def terms(self) -> Terms:
        self._db.execute("SAVEPOINT terms")  # one snapshot for all of it
        try:
            codes = frozenset(code for (code,) in self._ask("SELECT code FROM agency"))
            lifts, locked = lifts_of(self.kept("lift").values()), frozenset(self.kept("lock"))
            return Terms(self.datasets(), self.grants(), self.teams(), lifts, codes, locked)
        finally:
            self._db.execute("RELEASE terms")

    def replace_grants(self, dataset: int, grants: Iterable[Grant]) -> None:
        with self._write() as db:
            self._put_grants(db, dataset, grants)
            self._changed(db)

    def _put_grants(self, db: sqlite3.Connection, dataset: int, grants: Iterable[Grant]) -> None:
        db.execute("DELETE FROM release WHERE did = ?", (dataset,))
        rows = [(dataset, g.to, g.level, g.record, g.until, g.purpose, g.ground) for g in grants]
        db.executemany("INSERT INTO release VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def manifest(self, dataset: int) -> str:
        return "".join(text for (text,) in self._ask("SELECT manifest FROM dataset WHERE did = :did", did=dataset))

    def ledger(self, owner: str) -> list[dict[str, Any]]:
        rows = self._ask(SQL["ledger"], owner=owner)
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
                "SELECT state, started FROM delivery WHERE did = ? AND state IN ('loading', 'draft')", (did,)
            ).fetchone()
            if busy:
                key = "error.draft_open" if busy[0] == "draft" else "error.delivery_busy"
                raise StoreBusy(key, dataset=manifest.dataset, since=busy[1])
            row = (did, manifest.revision, "loading", holder(), now)
            cursor = db.execute(
                "INSERT INTO delivery (did, revision, state, holder, started) VALUES (?, ?, ?, ?, ?)", row
            )
            number = int(cursor.lastrowid or 0)
            db.execute(SQL["end_withdrawn"], {"did": did, "number": number})
            return did, number

    def digests(self, dataset: int, number: int, ids: Sequence[str]) -> dict[str, bytes]:
        if not self._current(dataset):  # nothing to look for
            return {}
        return dict(self._ask(SQL["digests"], ids=json_list(ids), did=dataset))

    def _current(self, dataset: int) -> int:
        return int(self._ask("SELECT current FROM dataset WHERE did = :did", did=dataset)[0][0])

    def write(self, dataset: int, number: int, records: Sequence[Packed]) -> None:
        if not records:
            return
        with self._write() as db:
            self._retire(db, dataset, number, [p.id for p in records])
            put_records(db, self.ids, dataset, number, records)

    def _retire(self, db: sqlite3.Connection, dataset: int, number: int, ids: Sequence[str]) -> int:
        if not self._current(dataset):
            return 0
        return db.execute(SQL["retire"], {"ids": json_list(ids), "did": dataset, "number": number}).rowcount

    def retire(self, dataset: int, number: int, ids: Sequence[str]) -> int:
        with self._write() as db:
            return self._retire(db, dataset, number, ids)

    def current_ids(self, dataset: int, number: int) -> Iterator[list[str]]:
        born = vid = 0
        while rows := self._ask(SQL["current_ids"], did=dataset, born=born, vid=vid):
            yield [str(i) for i, _, _ in rows]
            _, born, vid = rows[-1]

    def keep_rejects(self, dataset: int, number: int, rejects: Sequence[Reject]) -> None:
        with self._write() as db:
            rows = [(dataset, number, orjson.dumps(asdict(r)).decode()) for r in rejects]
            db.executemany("INSERT INTO reject VALUES (?, ?, ?)", rows)

    def publish(
        self, dataset: int, number: int, manifest: Manifest, actor: str, report: DeliveryReport, protected: bool
    ) -> None:
        body, now = manifest.as_json(), self.clock().isoformat(timespec="seconds")
        with self._write() as db:
            sql = """UPDATE delivery SET state=?, published=?, actor=?, digest=?, manifest=?, report=?, protected=?
            WHERE number=?"""
            row = (report.state, now, actor, manifest.digest, body, report_body(report), protected, number)
            db.execute(sql, row)
            if report.state != "current":
                return
            sql = "UPDATE delivery SET state = 'superseded' WHERE did = ? AND state = 'current' AND number <> ?"
            db.execute(sql, (dataset, number))
            fields = {"revision": manifest.revision, "retention": manifest.retention, "title": manifest.title}
            fields |= {"accepted": bool(manifest.investigation.get("number")), "manifest": body, "did": dataset}
            # what an addition does not touch stays masked as it was
            fields |= {"number": number, "protected": protected, "keep": manifest.mode != "full"}
            db.execute(SQL["make_current"], fields)
            self._put_grants(db, dataset, grants_of(manifest, dataset))
            self._changed(db)

    def drafts(self, owner: str) -> list[tuple[int, int, str]]:
        return [(did, number, name) for did, number, name in self._ask(SQL["drafts"], owner=owner)]

    def draft(self, number: int) -> tuple[str, str, bool]:
        rows = self._ask("SELECT manifest, report, protected FROM delivery WHERE number = :number", number=number)
        return str(rows[0][0]), str(rows[0][1]), bool(rows[0][2])

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
        return gathered(self._read(scope, SQL["fetch"], ids=json_list(ids)))

    def scan(self, scope: Scope, schemata: Sequence[str], chunk: int) -> Iterator[list[RawRecord]]:
        last, wanted = "", {"schemata": json_list(schemata), "any": not schemata, "chunk": chunk}
        while rows := gathered(self._read(scope, SQL["scan"], last=last, **wanted)):
            yield rows
            last = rows[-1].id

    def find(self, scope: Scope, words: Sequence[str], schemata: Sequence[str]) -> list[tuple[str, str]]:
        query = " ".join(f'"{w}"*' for w in words if w.isalnum())
        if not query:
            return []
        rows = self._read(scope, SQL["find"], query=query, schemata=json_list(schemata), any=not schemata)
        return [(i, text) for i, text in rows]

    def nodes(self, scope: Scope) -> list[tuple[str, int, str, str]]:
        return [(i, did, schema, mask) for i, did, schema, mask in self._read(scope, SQL["nodes"])]

    def links_of(self, scope: Scope, ids: Sequence[str]) -> list[RawLink]:
        return links_of(self._read(scope, SQL["links_of"], ids=json_list(ids)))

    def all_links(self, scope: Scope) -> list[RawLink]:
        return links_of(self._read(scope, SQL["links"]))

    def carried(self, scope: Scope, ids: Sequence[str]) -> list[RawCarried]:
        return sorted(RawCarried(*row) for row in self._read(scope, SQL["carried_by"], ids=json_list(ids)))

    def carriers(self, scope: Scope, identifiers: Sequence[str]) -> list[RawCarried]:
        return sorted(RawCarried(*row) for row in self._read(scope, SQL["carriers"], ids=json_list(identifiers)))

    def all_carried(self, scope: Scope) -> list[RawCarried]:
        return sorted(RawCarried(*row) for row in self._read(scope, SQL["all_carried"]))

    # --- identity -------------------------------------------------------------------------------------------------

    def save_pairs(self, pairs: Iterable[Pair], model: str) -> dict[str, int]:
        with self._write() as db:
            db.execute("CREATE TEMP TABLE IF NOT EXISTS fresh (a TEXT, b TEXT, score REAL, state TEXT, reasons TEXT)")
            db.execute("DELETE FROM temp.fresh")
            rows = ((p.left, p.right, p.score, p.state, reasons_body(p)) for p in pairs)
            db.executemany("INSERT INTO temp.fresh VALUES (?, ?, ?, ?, ?)", rows)
            db.execute("DROP TABLE IF EXISTS temp.freshpair")
            db.execute(SQL["fresh_pairs"])
            db.execute("CREATE UNIQUE INDEX temp.freshpair_ab ON freshpair (a, b)")
            before = int(db.execute("SELECT count(*) FROM pair").fetchone()[0])
            removed = db.execute(SQL["drop_pairs"]).rowcount
            written = db.execute(SQL["put_pairs"], {"model": model}).rowcount
            after = int(db.execute("SELECT count(*) FROM pair").fetchone()[0])
            if removed or written:
                self._changed(db)
        added = after - (before - removed)
        return {"added": added, "changed": written - added, "removed": removed, "unchanged": after - written}

    def pairs(self, scope: Scope, ids: Sequence[str] | None) -> list[Pair]:
        sql = SQL["pairs" if ids is None else "pairs_of"]
        rows = self._read(scope, sql, ids=json_list(ids or ()), all=scope.mutual is None)
        return sorted(Pair(a, b, score, state, reasons_of(why)) for a, b, score, state, why in rows)

    def opinions(self, scope: Scope, ids: Sequence[str] | None) -> list[Opinion]:
        sql = SQL["opinions" if ids is None else "opinions_of"]
        return sorted(Opinion(*row) for row in self._read(scope, sql, ids=json_list(ids or ()), viewer=scope.viewer))

    def judgements(self, left: str, right: str) -> list[Judgement]:
        return [Judgement(*row) for row in self._ask(SQL["judgements"], left=left, right=right)]

    def judgement(self, number: int) -> Judgement | None:
        rows = self._ask(SQL["judgement_by_number"], number=number)
        return Judgement(*rows[0]) if rows else None

    def standing(self, agency: str) -> list[Judgement]:
        return [Judgement(*row) for row in self._ask(SQL["standing"], agency=agency)]

    def owners_of(self, ids: Sequence[str]) -> dict[str, str]:
        return dict(self._ask(SQL["owners"], ids=json_list(ids)))

    def log_judgement(self, judgement: Judgement, owners: tuple[str, str]) -> int:
        j = judgement
        with self._write() as db:
            a, b = _nids(db, j.left, j.right)
            sql = """INSERT INTO judgement (a, b, verdict, agency, actor, at, score, model)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
            cursor = db.execute(sql, (a, b, j.verdict, j.agency, j.actor, j.at, j.score, j.model))
            self._settle(db, j.left, j.right, owners)
            return int(cursor.lastrowid or 0)

    def retract(self, number: int, at: str, owners: tuple[str, str]) -> None:
        with self._write() as db:
            db.execute("UPDATE judgement SET retracted = ? WHERE number = ?", (at, number))
            row = db.execute(SQL["judgement_by_number"], {"number": number}).fetchone()
            self._settle(db, row[1], row[2], owners)

    def _settle(self, db: sqlite3.Connection, left: str, right: str, owners: tuple[str, str]) -> None:
        """Bring the opinions in effect on a pair up to date with its log."""
        log = [Judgement(*r) for r in db.execute(SQL["judgements"], {"left": left, "right": right})]
        a, b = _nids(db, left, right)
        db.execute("DELETE FROM opinion WHERE a = ? AND b = ?", (a, b))
        rows = [(a, b, o.agency, o.verdict) for o in in_effect(log, owners)]
        db.executemany("INSERT INTO opinion VALUES (?, ?, ?, ?)", rows)
        self._changed(db)

    # --- hits, flags, jobs ----------------------------------------------------------------------------------------

    def hits(self, scope: Scope, agency: str) -> list[tuple[str, int, str]]:
        return [(i, did, kind) for i, did, kind in self._read(scope, SQL["hits"], agency=agency)]

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
                row = {"id": flag.id, "agency": agency, "kind": flag.kind, "body": flag.body, "digest": flag.digest}
                db.execute(SQL["put_flag"], {**row, "state": "updated" if digest else "new", "at": at})
                db.execute("DELETE FROM ground WHERE flag = ?", (flag.id,))
                rows = [(flag.id, level, 0, record) for record, level in flag.grounds]
                rows += [(flag.id, 0, did, record) for did, record in flag.hits]
                db.executemany("INSERT OR IGNORE INTO ground SELECT ?, nid, ?, ? FROM record WHERE id = ?", rows)
            gone = [key for key, state in known.items() if not state.endswith(" withdrawn")]
            counts["withdrawn"] = len(gone)
            sql = "UPDATE flag SET state = 'withdrawn', last_seen = ? WHERE id = ?"
            db.executemany(sql, [(at, i) for i in gone])
        return counts

    def flags(self, scope: Scope, agency: str) -> list[StoredFlag]:
        rows = self._read(scope, SQL["flags"], agency=agency)
        return flags_of(rows, self._ask(SQL["grounds"], ids=json_list([row[0] for row in rows])))

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
        names = ("started", "ended", "outcome", "counts")
        return [dict(zip(names, row, strict=True)) for row in self._ask(SQL["jobs"], name=name, limit=limit)]


def _nids(db: sqlite3.Connection, *ids: str) -> list[int]:
    return [int(db.execute("SELECT nid FROM record WHERE id = ?", (i,)).fetchone()[0]) for i in ids]
