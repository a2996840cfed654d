"""The production store: a Neo4j server (Community suffices), 5.26 or later. The only file that knows its driver.

The scope goes along with every read as parameters, and one predicate in ``neo4j.cypher`` applies it in the query.
Community Edition has no rights of its own: whoever reaches Bolt with the password sees all, so only this program does.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import orjson
from neo4j import READ_ACCESS, GraphDatabase, ManagedTransaction
from neo4j.exceptions import AuthError, DatabaseError, DriverError, Neo4jError, TransientError
from platformdirs import user_data_path

from graph.access import Actor, Agency, DatasetState, Grant, Scope, Team
from graph.delivery import DeliveryReport, Manifest, Reject, check_revision
from graph.errors import NotFound, StoreBusy, StoreError, StoreUnavailable
from graph.identity import Judgement, Opinion, Pair
from graph.ids import Ids, new_key
from graph.packing import Packed
from graph.process import holder, is_gone
from graph.store.base import FORMAT, RawCarried, RawLink, RawRecord, Store, StoredFlag, Terms
from graph.store.neo4j_rows import federation_rows, hit_params, link_relations, queries, scope_params, spans
from graph.store.neo4j_steps import (
    Batch,
    PairRun,
    Rows,
    Transaction,
    drop_rejects,
    end_current,
    end_versions,
    flag_of,
    forget,
    next_number,
    once,
    parts,
    put_flags,
    put_terms,
    raw,
    revive,
    settle,
    state_of,
)
from graph.store.rows import ALIVE, agency_of, grants_of, kept_rows, lifts_of, reasons_of, report_body, team_of

DATABASE = "neo4j"  # Community Edition has one
# What another transaction did to this one: it is done again, at most TRIES times.
LOST = frozenset(
    {
        "Neo.TransientError.Transaction.DeadlockDetected",
        "Neo.TransientError.Transaction.LockAcquisitionTimeout",
        "Neo.ClientError.Statement.EntityNotFound",  # deleted since it was matched
    }
)
TRIES = 9
GIVE_UP = 1.5  # seconds after which a server that does not answer is not asked again: it must be told within five
PATIENCE: dict[str, Any] = {
    "connection_timeout": 2.0,
    "connection_acquisition_timeout": 3.0,
    "max_transaction_retry_time": 0,  # we do it ourselves, to tell a busy server from a dead one
    "notifications_min_severity": "OFF",
    "telemetry_disabled": True,
}
T = TypeVar("T")


class Neo4jStore(Store):
    """A store on a server, for many readers and loads from many machines at once."""

    def __init__(self, url: str, user: str = "neo4j", password: str = "") -> None:
        self.url = url
        self.clock = lambda: datetime.now(UTC)
        self._rendered: tuple[Scope | None, dict[str, Any]] = (None, {})
        self._pairing = threading.Lock()
        auth = (user, password) if password else None
        self._driver = _patiently(lambda: GraphDatabase.driver(url, auth=auth, **PATIENCE))
        try:
            self._prepare()
        except BaseException:
            self._driver.close()
            raise
        self.ids = Ids(self.meta("key"))

    def _prepare(self) -> None:
        """Make constraints and indexes where they are not there yet; look whether the layout is this program's."""
        if found := self.meta("format"):
            if found != str(FORMAT):
                raise StoreError("error.store_format", found=found, wanted=FORMAT)
            if self.meta("indexed") == " ".join(link_relations()):
                return

        def schema(run: Transaction) -> None:
            for statement in queries()["constraints"].split(";\n"):
                run.text(statement)
            for kind in link_relations():
                run("link_index", kind)

        self._write(schema, gate=False)
        self._ask("await_indexes")
        fresh = [("format", str(FORMAT)), ("key", new_key()), ("version", "1")]

        def start(run: Transaction) -> None:
            run("found", rows=fresh)
            run("pair_run")
            run("set_meta", key="indexed", value=" ".join(link_relations()))

        self._write(start)

    # --- transactions ---------------------------------------------------------------------------------------------

    def _write(self, work: Callable[[Transaction], T], gate: bool = True) -> T:
        """One transaction, done again when it lost to another one. Behind the ``gate`` one runs at a time."""

        def whole(inner: ManagedTransaction) -> T:
            run = Transaction(inner)
            if gate:
                run("gate")
            return work(run)

        def once_more() -> T:
            with self._driver.session(database=DATABASE) as session:
                return session.execute_write(whole)

        return _patiently(once_more)

    def _ask(self, name: str, kind: str = "", /, **params: Any) -> Rows:
        """One read in a transaction of its own, without the round trips of an explicit one."""

        def once_more() -> Rows:
            with self._driver.session(database=DATABASE, default_access_mode=READ_ACCESS) as session:
                return Transaction(session)(name, kind, **params)

        return _patiently(once_more)

    def named(self, name: str, /, **params: Any) -> Rows:
        return self._ask(name, **params)

    def _read(self, scope: Scope, name: str, /, **params: Any) -> Rows:
        """Run a query with the scope's parameters, which are made once per scope."""
        known, rendered = self._rendered
        if known is not scope:
            rendered = scope_params(scope)
            self._rendered = (scope, rendered)
        return self._ask(name, **rendered, **params)

    def _columns(self, scope: Scope, name: str, /, **params: Any) -> Iterator[tuple[Any, ...]]:
        """Rows of a query that gives columns: large reads travel several times faster so."""
        for columns in self._read(scope, name, **params):
            yield from zip(*columns, strict=True)

    def _whole(self, prefix: str = "r") -> list[list[str]]:
        """Ranges of ids for a read of everything."""
        return spans(prefix, int(self._ask("count")[0][0]))

    def close(self) -> None:
        self._driver.close()

    def folder(self) -> Path:
        place = hashlib.sha256(urlsplit(self.url).netloc.encode()).hexdigest()[:12]
        return user_data_path("vinculo") / f"neo4j-{place}"

    # --- administration -------------------------------------------------------------------------------------------

    def meta(self, key: str) -> str:
        rows = self._ask("meta", key=key)
        return str(rows[0][0]) if rows else ""

    def set_meta(self, key: str, value: str) -> None:
        self._write(lambda run: run("set_meta", key=key, value=value))

    def version(self) -> int:
        return int(self.meta("version"))

    def keep(self, kind: str, bodies: Mapping[str, Mapping[str, Any] | None], seen: bool = False) -> None:
        gone, rows = [key for key, body in bodies.items() if body is None], kept_rows(kind, bodies)
        last = ("changed",) if seen else ()
        self._write(lambda run: (run("unkeep", kind=kind, keys=gone), run("keep", rows=rows), [run(n) for n in last]))

    def kept(self, kind: str) -> dict[str, dict[str, Any]]:
        return {key: orjson.loads(body) for key, body in self._ask("kept", kind=kind)}

    def agencies(self) -> list[Agency]:
        return [agency_of(body) for (body,) in self._ask("agencies")]

    def actors(self) -> list[Actor]:
        return [Actor(i, agency, frozenset(roles)) for i, agency, roles in self._ask("actors")]

    def teams(self) -> list[Team]:
        return [team_of(body) for (body,) in self._ask("teams")]

    def save_federation(self, agencies: Iterable[Agency], actors: Iterable[Actor], teams: Iterable[Team]) -> None:
        rows = federation_rows(agencies, actors, teams)
        names = ("put_agencies", "put_actors", "put_teams")
        self._write(lambda run: ([run(n, rows=r) for n, r in zip(names, rows, strict=True)], run("changed")))

    def terms(self) -> Terms:
        datasets, grants = self._datasets()
        # read last: what has just ended must not meet a delivery made after it
        teams, lifts, agencies, locked = self._ask("standing_terms")[0]
        known = [team_of(body) for body in teams], lifts_of(map(orjson.loads, lifts))
        return Terms(datasets, grants, *known, frozenset(agencies), frozenset(locked))

    def _datasets(self) -> tuple[list[DatasetState], list[Grant]]:
        found = [state_of(row) for row in self._ask("datasets")]
        grants = sorted((entry for _, given in found for entry in given), key=lambda entry: entry[0])
        return [state for state, _ in found], [grant for _, grant in grants]

    def datasets(self) -> list[DatasetState]:
        return self._datasets()[0]

    def grants(self) -> list[Grant]:
        return self._datasets()[1]

    def replace_grants(self, dataset: int, grants: Iterable[Grant]) -> None:
        given = list(grants)
        self._write(lambda run: (put_terms(run, dataset, given), run("changed")))

    def manifest(self, dataset: int) -> str:
        rows = self._ask("manifest", did=dataset)
        return str(rows[0][0]) if rows else ""

    def ledger(self, owner: str) -> list[dict[str, Any]]:
        names = ("dataset", "revision", "state", "digest", "started", "published", "actor")
        rows = self._ask("ledger", owner=owner)
        return [dict(zip(names, row[:7], strict=True)) | {"report": orjson.loads(row[7] or "{}")} for row in rows]

    def withdraw(self, dataset: int) -> None:
        self._write(lambda run: (put_terms(run, dataset, current=0), run("withdraw", did=dataset), run("changed")))

    # --- deliveries -----------------------------------------------------------------------------------------------

    def begin(self, manifest: Manifest, draft: bool) -> tuple[int, int]:
        now = self.clock().isoformat(timespec="seconds")
        where = {"owner": manifest.owner, "name": manifest.dataset}

        def work(run: Transaction) -> tuple[int, int, int]:
            if not (rows := run("dataset", **where)):
                rows = [(next_number(run, "dataset"), 0, 0)]
                run("put_dataset", number=rows[0][0], **where)
            did, revision, current = rows[0]
            check_revision(manifest, revision)
            if busy := run("busy", did=did):
                key = "error.draft_open" if busy[0][0] == "draft" else "error.delivery_busy"
                raise StoreBusy(key, dataset=manifest.dataset, since=busy[0][1])
            number = next_number(run, "delivery")
            run("put_delivery", did=did, number=number, revision=manifest.revision, holder=holder(), now=now)
            return did, number, current

        (did, number, current), last = self._write(work), ""
        # what was withdrawn does not come back with the next delivery
        wanted = {"did": did, "number": number, "alive": ALIVE}
        while not current and (rows := self._ask("withdrawn", last=last, **wanted)):
            self._write(lambda run, rows=rows: end_versions(run, rows, ALIVE, number), gate=False)  # type: ignore[misc]
            last = rows[-1][0]
        return did, number

    def digests(self, dataset: int, number: int, ids: Sequence[str]) -> dict[str, bytes]:
        return {i: bytes.fromhex(digest) for i, digest in self._ask("digests", did=dataset, ids=once(ids))}

    def write(self, dataset: int, number: int, records: Sequence[Packed]) -> None:
        if not records:
            return
        batch = Batch(records, dataset, number, self.ids)
        self._write(batch.write, gate=False)

    def retire(self, dataset: int, number: int, ids: Sequence[str]) -> int:
        return self._write(lambda run: end_current(run, dataset, number, ids), gate=False)

    def current_ids(self, dataset: int, number: int) -> Iterator[list[str]]:
        last = ""
        while ids := [str(i) for (i,) in self._ask("current_ids", did=dataset, last=last, alive=ALIVE)]:
            yield ids
            last = ids[-1]

    def keep_rejects(self, dataset: int, number: int, rejects: Sequence[Reject]) -> None:
        for part in parts(rejects, 5000):
            bodies = [orjson.dumps(asdict(r)).decode() for r in part]
            self._write(lambda run, bodies=bodies: run("put_rejects", number=number, bodies=bodies), gate=False)  # type: ignore[misc]

    def publish(
        self, dataset: int, number: int, manifest: Manifest, actor: str, report: DeliveryReport, protected: bool
    ) -> None:
        body, now = manifest.as_json(), self.clock().isoformat(timespec="seconds")
        delivery: dict[str, Any] = {"state": report.state, "published": now, "actor": actor, "digest": manifest.digest}
        delivery |= {"manifest": body, "report": report_body(report), "protected": protected}
        fields: dict[str, Any] = {"current": number, "revision": manifest.revision, "title": manifest.title}
        fields |= {"accepted": bool(manifest.investigation.get("number")), "retention": manifest.retention}

        def work(run: Transaction) -> None:
            run("publish", number=number, fields=delivery)
            if report.state != "current":
                return
            # what an addition does not touch stays masked as it was
            kept = manifest.mode != "full" and orjson.loads(run("terms", did=dataset)[0][0]).get("protected", False)
            put_terms(run, dataset, grants_of(manifest, dataset), **fields, protected=protected or kept)
            run("make_current", did=dataset, number=number, manifest=body)
            run("changed")

        self._write(work)

    def drafts(self, owner: str) -> list[tuple[int, int, str]]:
        return [(did, number, name) for did, number, name in self._ask("drafts", owner=owner)]

    def draft(self, number: int) -> tuple[str, str, bool]:
        manifest, report, protected = self._ask("draft", number=number)[0]
        return str(manifest), str(report), bool(protected)

    def abandon(self, dataset: int, number: int) -> None:
        # in steps that can each be done again: whoever is killed here leaves what the next sweep goes on with
        for step in (forget, revive, drop_rejects):
            while self._write(lambda run, step=step: step(run, number), gate=False):  # type: ignore[misc]
                pass
        self._write(lambda run: run("drop_delivery", number=number))

    def sweep(self) -> int:
        left = [(did, number) for did, number, name in self._ask("loading") if is_gone(name)]
        for did, number in left:
            self.abandon(did, number)
        return len(left)

    # --- reading --------------------------------------------------------------------------------------------------

    def fetch(self, scope: Scope, ids: Sequence[str]) -> list[RawRecord]:
        found = [raw(row) for part in parts(once(ids), 10_000) for row in self._columns(scope, "fetch", ids=part)]
        return sorted(found, key=lambda raw: raw.id)

    def scan(self, scope: Scope, schemata: Sequence[str], chunk: int) -> Iterator[list[RawRecord]]:
        last, wanted = "", {"schemata": list(schemata), "any": not schemata, "chunk": chunk}
        while rows := [raw(row) for row in self._columns(scope, "scan", last=last, **wanted)]:
            yield rows
            last = rows[-1].id

    def find(self, scope: Scope, words: Sequence[str], schemata: Sequence[str]) -> list[tuple[str, str]]:
        words = [w for w in words if w.isalnum()]
        if not words:
            return []
        # the index holds at most 255 letters of a word; it gives candidates, the query itself looks at all of them
        query = " ".join(f"+{w[:200]}*" for w in words)
        wanted = {"schemata": list(schemata), "any": not schemata, "words": [f" {w}" for w in words]}
        return [(i, text) for i, text in self._read(scope, "find", query=query, **wanted)]

    def nodes(self, scope: Scope) -> list[tuple[str, int, str, str]]:
        rows = self._columns(scope, "nodes", ranges=self._whole())
        return sorted((i, did, schema, mask) for i, did, schema, mask in rows)

    def links_of(self, scope: Scope, ids: Sequence[str]) -> list[RawLink]:
        return sorted({RawLink(*row) for row in self._columns(scope, "links_of", ids=once(ids))})

    def all_links(self, scope: Scope) -> list[RawLink]:
        return sorted(RawLink(*row) for row in self._columns(scope, "links", ranges=self._whole()))

    def carried(self, scope: Scope, ids: Sequence[str]) -> list[RawCarried]:
        return sorted(RawCarried(*row) for row in self._columns(scope, "carried_by", ids=once(ids)))

    def carriers(self, scope: Scope, identifiers: Sequence[str]) -> list[RawCarried]:
        return sorted(RawCarried(*row) for row in self._columns(scope, "carriers", ids=once(identifiers)))

    def all_carried(self, scope: Scope) -> list[RawCarried]:
        rows = self._columns(scope, "all_carried", ranges=self._whole("i"))
        return sorted(RawCarried(*row) for row in rows)

    # --- identity -------------------------------------------------------------------------------------------------

    def save_pairs(self, pairs: Iterable[Pair], model: str) -> dict[str, int]:
        with self._pairing, self._held("pairs"):
            run = PairRun(self._ask, lambda work: self._write(work, gate=False), model)
            return run.replace(pairs, self._whole())

    @contextmanager
    def _held(self, name: str) -> Iterator[None]:
        """Hold a lock of the store, against other processes; :class:`StoreBusy` when it is not free within a minute."""
        me, deadline = holder(), time.monotonic() + 60
        while True:
            now = datetime.now(UTC)
            if self.take_lock(name, me, (now + timedelta(hours=6)).isoformat(), now.isoformat()):
                break
            if time.monotonic() > deadline:
                raise StoreBusy("error.job_busy", job=name)
            time.sleep(0.5)
        try:
            yield
        finally:
            self.drop_lock(name, me)

    def pairs(self, scope: Scope, ids: Sequence[str] | None) -> list[Pair]:
        if ids is None:
            rows = self._columns(scope, "pairs", ranges=self._whole())
        else:
            rows = self._columns(scope, "pairs_of", ids=once(ids))
        found = [Pair(a, b, score, state, reasons_of(why)) for a, b, score, state, why in rows]
        return sorted(found, key=lambda p: (p.left, p.right))

    def opinions(self, scope: Scope, ids: Sequence[str] | None) -> list[Opinion]:
        name, some = ("opinions", {}) if ids is None else ("opinions_of", {"ids": once(ids)})
        return sorted(Opinion(*row) for row in self._columns(scope, name, **some))

    def judgements(self, left: str, right: str) -> list[Judgement]:
        return [Judgement(*row) for row in self._ask("judgements", left=left, right=right)]

    def judgement(self, number: int) -> Judgement | None:
        rows = self._ask("judgement_by_number", number=number)
        return Judgement(*rows[0]) if rows else None

    def standing(self, agency: str) -> list[Judgement]:
        return [Judgement(*row) for row in self._ask("standing", agency=agency)]

    def owners_of(self, ids: Sequence[str]) -> dict[str, str]:
        return dict(self._ask("owners", ids=once(ids)))

    def log_judgement(self, judgement: Judgement, owners: tuple[str, str]) -> int:
        def work(run: Transaction) -> int:
            number = next_number(run, "judgement")
            run("put_judgement", fields=judgement._replace(number=number)._asdict())
            if not run("judgement_by_number", number=number):
                raise NotFound("error.not_found", id=f"{judgement.left} {judgement.right}")
            settle(run, judgement.left, judgement.right, owners)
            return number

        return self._write(work)

    def retract(self, number: int, at: str, owners: tuple[str, str]) -> None:
        def work(run: Transaction) -> None:
            for left, right in run("retract", number=number, at=at):
                settle(run, left, right, owners)

        self._write(work)

    # --- hits, flags, jobs ----------------------------------------------------------------------------------------

    def hits(self, scope: Scope, agency: str) -> list[tuple[str, int, str]]:
        mine, theirs = hit_params(scope, self.datasets(), agency)
        rows = self._read(scope, "hits", mine=mine, theirs=theirs, unhit=sorted(scope.unhit))
        return [(i, did, kind) for i, did, kind in rows]

    def save_flags(self, agency: str, flags: Sequence[StoredFlag], at: str) -> dict[str, int]:
        return self._write(lambda run: put_flags(run, agency, flags, at))

    def flags(self, scope: Scope, agency: str) -> list[StoredFlag]:
        return [flag_of(row) for row in self._read(scope, "flags", agency=agency, hits=sorted(scope.hits))]

    def take_lock(self, name: str, holder: str, until: str, now: str) -> bool:
        def work(run: Transaction) -> bool:
            rows = run("lock", name=name)
            if rows and rows[0][0] != holder and rows[0][1] > now and not is_gone(rows[0][0]):
                return False
            run("put_lock", name=name, holder=holder, until=until)
            return True

        return self._write(work)

    def drop_lock(self, name: str, holder: str) -> None:
        self._write(lambda run: run("drop_lock", name=name, holder=holder))

    def log_job(self, name: str, started: str, ended: str, outcome: str, counts: str) -> None:
        fields = {"name": name, "started": started, "ended": ended, "outcome": outcome, "counts": counts}
        self._write(lambda run: run("put_job", fields=fields | {"n": next_number(run, "job")}))

    def job_history(self, name: str, limit: int) -> list[dict[str, str]]:
        names = ("started", "ended", "outcome", "counts")
        return [dict(zip(names, row, strict=True)) for row in self._ask("jobs", name=name, limit=limit)]


def _patiently(work: Callable[[], T]) -> T:
    """Do it, and again where that may help; the driver's errors become ours.

    A connection that breaks may lose the answer only, so nobody is told that nothing was done.
    """
    started, tries = time.monotonic(), 0
    while True:
        try:
            return work()
        except (DriverError, Neo4jError) as error:
            tries += 1
            lost = isinstance(error, Neo4jError) and error.code in LOST and tries < TRIES
            if not lost and not (error.is_retryable() and time.monotonic() - started < GIVE_UP):
                if isinstance(error, DriverError | TransientError | DatabaseError | AuthError):
                    raise StoreUnavailable("error.store_unavailable", detail=str(error)[:300]) from error
                raise StoreError("error.store_broken", detail=str(error)[:300]) from error
        time.sleep(random.uniform(0.02, 0.1) * 2 ** min(tries, 5 if lost else 1))  # noqa: S311 - keeps the losers apart
