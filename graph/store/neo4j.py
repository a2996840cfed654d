"""The production store: a Neo4j server (Community suffices), 5.26 or later. The only file that knows the ``neo4j`` driver.

The scope goes along with every read as parameters, and one predicate in ``neo4j.cypher`` applies it in the query.
Community Edition has no rights of its own: whoever reaches Bolt with the password sees all, so only this program does.
"""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, LiteralString, TypeVar, cast
from urllib.parse import urlsplit

import orjson
from neo4j import GraphDatabase, ManagedTransaction
from neo4j.exceptions import AuthError, DatabaseError, DriverError, Neo4jError, TransientError
from platformdirs import user_data_path

from graph.access import Actor, Agency, DatasetState, Grant, Scope, Team
from graph.delivery import DeliveryReport, Manifest, Reject, check_revision
from graph.errors import NotFound, StoreBusy, StoreError, StoreUnavailable
from graph.identity import Judgement, Opinion, Pair, in_effect
from graph.ids import Ids, new_key
from graph.packing import Packed
from graph.process import holder, is_gone
from graph.store.base import FORMAT, RawCarried, RawLink, RawRecord, Store, StoredFlag
from graph.store.neo4j_rows import (
    PAIR_TYPES,
    carried_rows,
    drawn,
    link_relations,
    link_rows,
    opinion_row,
    queries,
    record_row,
    scope_params,
    spans,
)
from graph.store.rows import (
    ALIVE,
    agency_body,
    agency_of,
    grants_of,
    reasons_body,
    reasons_of,
    report_body,
    team_body,
    team_of,
)

DATABASE = "neo4j"  # Community Edition has one
TRIES = 8  # of a transaction that lost to another one
GONE = "Neo.ClientError.Statement.EntityNotFound"  # a node was deleted by another transaction since it was matched
# a dead server must be told within five seconds: two attempts to connect, no long retries (deadlocks have TRIES)
PATIENCE = {"connection_timeout": 2.0, "connection_acquisition_timeout": 4.0, "max_transaction_retry_time": 1.0}
T = TypeVar("T")
Rows = list[tuple[Any, ...]]


class _Transaction:
    """Runs named queries in one transaction; ``kind`` puts an allow-listed relationship type where parameters cannot go."""

    def __init__(self, inner: ManagedTransaction) -> None:
        self._inner = inner

    def __call__(self, name: str, kind: str = "", /, **params: Any) -> Rows:
        if kind and kind not in link_relations() and kind not in PAIR_TYPES:
            raise StoreError("error.store_broken", detail=f"relation {kind}")
        return self.text(queries()[name].replace("@type", kind), params)

    def text(self, query: str, params: dict[str, Any] | None = None) -> Rows:
        """Run a query's text."""
        # the text comes from our own file, with values always as parameters
        return [tuple(record) for record in self._inner.run(cast(LiteralString, query), params or {})]


class Neo4jStore(Store):
    """A store on a server, for many readers and loads from many machines at once."""

    def __init__(self, url: str, user: str = "neo4j", password: str = "") -> None:
        self.url = url
        self.clock = lambda: datetime.now(UTC)
        self._rendered: tuple[Scope | None, dict[str, Any]] = (None, {})
        self._pairing = threading.Lock()
        auth = (user, password) if password else None
        with _typed():
            self._driver = GraphDatabase.driver(
                url, auth=auth, notifications_min_severity="OFF", telemetry_disabled=True, **PATIENCE
            )
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

        def schema(run: _Transaction) -> None:
            for statement in queries()["constraints"].split(";\n"):
                run.text(statement)
            for kind in link_relations():
                run("link_index", kind)

        self._write(schema, gate=False)
        self._ask("await_indexes")
        fresh = [("format", str(FORMAT)), ("key", new_key()), ("version", "1")]

        def start(run: _Transaction) -> None:
            run("found", rows=fresh)
            run("pair_run")
            run("set_meta", key="indexed", value=" ".join(link_relations()))

        self._write(start)

    # --- transactions ---------------------------------------------------------------------------------------------

    def _write(self, work: Callable[[_Transaction], T], gate: bool = True) -> T:
        """One transaction, tried again when it lost to another one. Behind the ``gate`` they run one after the other."""

        def whole(inner: ManagedTransaction) -> T:
            run = _Transaction(inner)
            if gate:
                run("gate")
            return work(run)

        with _typed():
            for attempt in range(TRIES):
                try:
                    with self._driver.session(database=DATABASE) as session:
                        return session.execute_write(whole)
                except Neo4jError as error:
                    lost = isinstance(error, TransientError) or error.code == GONE
                    if not lost or attempt == TRIES - 1:
                        raise
                time.sleep(random.uniform(0.02, 0.1) * 2**attempt)  # noqa: S311 - spreads the losers
        raise AssertionError("unreachable")

    def _ask(self, name: str, /, **params: Any) -> Rows:
        with _typed(), self._driver.session(database=DATABASE) as session:
            return session.execute_read(lambda inner: _Transaction(inner)(name, **params))

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

    def agencies(self) -> list[Agency]:
        return [agency_of(body) for (body,) in self._ask("agencies")]

    def actors(self) -> list[Actor]:
        return [Actor(i, agency, frozenset(roles)) for i, agency, roles in self._ask("actors")]

    def teams(self) -> list[Team]:
        return [team_of(body) for (body,) in self._ask("teams")]

    def save_federation(self, agencies: Iterable[Agency], actors: Iterable[Actor], teams: Iterable[Team]) -> None:
        offices = [
            {"code": a.code, "name": a.name, "country": a.country, "caption": a.code, "body": agency_body(a)}
            for a in agencies
        ]
        people = [{"id": a.id, "agency": a.agency, "roles": sorted(a.roles)} for a in actors]
        groups = [
            {"id": t.id, "body": team_body(t), "purpose": t.purpose, "members": sorted(t.members)} for t in teams
        ]

        def work(run: _Transaction) -> None:
            run("put_agencies", rows=offices)
            run("put_actors", rows=people)
            run("put_teams", rows=groups)
            run("changed")

        self._write(work)

    def datasets(self) -> list[DatasetState]:
        countries = {a.code: a.country for a in self.agencies()}
        return [
            DatasetState(did, owner, name, countries.get(owner, owner[:2]), cur, rev, prot, keep, title, ok)
            for did, owner, name, cur, rev, prot, keep, title, ok in self._ask("datasets")
        ]

    def grants(self) -> list[Grant]:
        return [Grant(*row) for row in self._ask("grants")]

    def replace_grants(self, dataset: int, grants: Iterable[Grant]) -> None:
        given = list(grants)

        def work(run: _Transaction) -> None:
            _put_grants(run, dataset, given)
            run("changed")

        self._write(work)

    def manifest(self, dataset: int) -> str:
        rows = self._ask("manifest", did=dataset)
        return str(rows[0][0]) if rows else ""

    def ledger(self, owner: str) -> list[dict[str, Any]]:
        names = ("dataset", "revision", "state", "digest", "started", "published", "actor")
        rows = self._ask("ledger", owner=owner)
        return [dict(zip(names, row[:7], strict=True)) | {"report": orjson.loads(row[7] or "{}")} for row in rows]

    def withdraw(self, dataset: int) -> None:
        self._write(lambda run: (run("withdraw", did=dataset), run("changed")))

    # --- deliveries -----------------------------------------------------------------------------------------------

    def begin(self, manifest: Manifest, draft: bool) -> tuple[int, int]:
        now = self.clock().isoformat(timespec="seconds")
        where = {"owner": manifest.owner, "name": manifest.dataset}

        def work(run: _Transaction) -> tuple[int, int, int]:
            if not (rows := run("dataset", **where)):
                rows = [(_next(run, "dataset"), 0, 0)]
                run("put_dataset", number=rows[0][0], **where)
            did, revision, current = rows[0]
            check_revision(manifest, revision)
            if busy := run("busy", did=did):
                key = "error.draft_open" if busy[0][0] == "draft" else "error.delivery_busy"
                raise StoreBusy(key, dataset=manifest.dataset, since=busy[0][1])
            number = _next(run, "delivery")
            run("put_delivery", did=did, number=number, revision=manifest.revision, holder=holder(), now=now)
            return did, number, current

        did, number, current = self._write(work)
        # what was withdrawn does not come back with the next delivery
        while not current and self._write(lambda run: _end_withdrawn(run, did, number), gate=False):
            pass
        return did, number

    def digests(self, dataset: int, number: int, ids: Sequence[str]) -> dict[str, bytes]:
        return {i: bytes.fromhex(digest) for i, digest in self._ask("digests", did=dataset, ids=_once(ids))}

    def write(self, dataset: int, number: int, records: Sequence[Packed]) -> None:
        if not records:
            return
        state = next(d for d in self.datasets() if d.number == dataset)
        name = f"{state.owner}/{state.name}"
        links = [row for p in records for row in link_rows(p, dataset, number)]
        own = {p.id for p in records}
        ends = sorted({row[end] for row in links for end in ("a", "b")} - own)
        carried = [pair for p in records for pair in carried_rows(p, dataset, number, self.ids)]
        identifiers = {identifier["id"]: identifier for identifier, _ in carried}

        def work(run: _Transaction) -> None:
            known = run("known", did=dataset, ids=sorted(own))
            if any(row[1] != dataset for row in known):
                raise StoreError("error.store_broken", detail="a record id of another dataset")
            if any(row[2] == number for row in known):
                raise ValueError("a record id came twice in one delivery: assemble its fragments first")
            _end(run, [(row[0], row[4]) for row in known], ALIVE, number)
            run("keep", rows=[(row[0], _labels(row[3])) for row in known])
            former = {row[0] for row in known}
            run("put_records", rows=[record_row(p, name, dataset, number, p.id in former) for p in records])
            run("put_ends", ids=ends)
            run("put_links", rows=links)
            # in one order everywhere, so that two loads do not wait for each other in a ring
            run("put_identifiers", rows=[identifiers[i] for i in sorted(identifiers)])
            run("put_carries", rows=sorted((row for _, row in carried), key=lambda row: row["to"]))

        self._write(work, gate=False)

    def retire(self, dataset: int, number: int, ids: Sequence[str]) -> int:
        def work(run: _Transaction) -> int:
            rows = run("living", did=dataset, ids=_once(ids), alive=ALIVE)
            _end(run, [(i, draws) for i, draws in rows], ALIVE, number)
            return len(rows)

        return self._write(work, gate=False)

    def current_ids(self, dataset: int, number: int) -> Iterator[list[str]]:
        last = ""
        while ids := [str(i) for (i,) in self._ask("current_ids", did=dataset, last=last, alive=ALIVE)]:
            yield ids
            last = ids[-1]

    def keep_rejects(self, dataset: int, number: int, rejects: Sequence[Reject]) -> None:
        for part in _parts(rejects, 5000):
            bodies = [orjson.dumps(asdict(r)).decode() for r in part]
            self._write(lambda run, bodies=bodies: run("put_rejects", number=number, bodies=bodies), gate=False)  # type: ignore[misc]

    def rejects(self, dataset: int) -> Iterator[Reject]:
        last = -1
        while rows := self._ask("rejects", did=dataset, last=last):
            for _, body in rows:
                yield Reject(**orjson.loads(body))
            last = rows[-1][0]

    def publish(
        self, dataset: int, number: int, manifest: Manifest, actor: str, report: DeliveryReport, protected: bool
    ) -> None:
        body, now = manifest.as_json(), self.clock().isoformat(timespec="seconds")
        delivery = {"state": report.state, "published": now, "actor": actor, "digest": manifest.digest}
        delivery |= {"manifest": body, "report": report_body(report), "protected": protected}
        fields = {"current": number, "revision": manifest.revision, "retention": manifest.retention}
        fields |= {"title": manifest.title, "accepted": bool(manifest.investigation.get("number")), "manifest": body}
        keep = manifest.mode != "full"  # what an addition does not touch stays masked as it was

        def work(run: _Transaction) -> None:
            run("publish", number=number, fields=delivery)
            if report.state != "current":
                return
            run("make_current", did=dataset, number=number, protected=protected, keep=keep, fields=fields)
            _put_grants(run, dataset, grants_of(manifest, dataset))
            run("changed")

        self._write(work)

    def drafts(self, owner: str) -> list[tuple[int, int, str]]:
        return [(did, number, name) for did, number, name in self._ask("drafts", owner=owner)]

    def draft(self, number: int) -> tuple[str, str, bool]:
        manifest, report, protected = self._ask("draft", number=number)[0]
        return str(manifest), str(report), bool(protected)

    def abandon(self, dataset: int, number: int) -> None:
        # in steps that can each be done again: whoever is killed here leaves what the next sweep goes on with
        for step in (_forget, _revive):
            while self._write(lambda run, step=step: step(run, number), gate=False):  # type: ignore[misc]
                pass
        while self._write(lambda run: run("drop_rejects", number=number)[0][0], gate=False):
            pass
        self._write(lambda run: run("drop_delivery", number=number))

    def sweep(self) -> int:
        left = [(did, number) for did, number, name in self._ask("loading") if is_gone(name)]
        for did, number in left:
            self.abandon(did, number)
        return len(left)

    # --- reading --------------------------------------------------------------------------------------------------

    def fetch(self, scope: Scope, ids: Sequence[str]) -> list[RawRecord]:
        found = [_raw(row) for part in _parts(_once(ids), 10_000) for row in self._columns(scope, "fetch", ids=part)]
        return sorted(found, key=lambda raw: raw.id)

    def scan(self, scope: Scope, schemata: Sequence[str], chunk: int) -> Iterator[list[RawRecord]]:
        last, wanted = "", {"schemata": list(schemata), "any": not schemata, "chunk": chunk}
        while rows := [_raw(row) for row in self._columns(scope, "scan", last=last, **wanted)]:
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
        return sorted({RawLink(*row) for row in self._columns(scope, "links_of", ids=_once(ids))})

    def all_links(self, scope: Scope) -> list[RawLink]:
        return sorted(RawLink(*row) for row in self._columns(scope, "links", ranges=self._whole()))

    def carried(self, scope: Scope, ids: Sequence[str]) -> list[RawCarried]:
        return sorted(RawCarried(*row) for row in self._columns(scope, "carried_by", ids=_once(ids)))

    def carriers(self, scope: Scope, identifiers: Sequence[str]) -> list[RawCarried]:
        return sorted(RawCarried(*row) for row in self._columns(scope, "carriers", ids=_once(identifiers)))

    def all_carried(self, scope: Scope) -> list[RawCarried]:
        rows = self._columns(scope, "all_carried", ranges=self._whole("i"))
        return sorted(RawCarried(*row) for row in rows)

    # --- identity -------------------------------------------------------------------------------------------------

    def save_pairs(self, pairs: Iterable[Pair], model: str) -> dict[str, int]:
        counts = dict.fromkeys(("added", "changed", "removed", "unchanged"), 0)
        with self._pairing, self._held("pairs"):
            run_number = int(self._write(lambda run: run("pair_run"))[0][0])
            self._clear_pairs(("drop_new_pairs", "revive_pairs"), run_number)  # what a killed run left
            seen: set[int] = set()
            rest = iter(pairs)
            while part := list(islice(rest, 5000)):
                rows = [(p.left, p.right, p.score, p.state, reasons_body(p)) for p in part]
                keys = [hash(row[:2]) for row in rows]
                if len(set(keys)) < len(keys) or not seen.isdisjoint(keys):
                    raise ValueError("a pair came twice")
                seen.update(keys)
                found = self._ask("pairs_between", rows=rows, run=run_number, model=model)
                changed = [rows[i] for i, known, same in found if known and not same]
                added = [rows[i] for i, known, _ in found if not known]
                self._put_pairs(changed, [*changed, *added], run_number, model)
                counts["added"] += len(added)
                counts["changed"] += len(changed)
                counts["unchanged"] += len(found) - len(added) - len(changed)
            for span in self._whole():
                ends = self._ask("pair_ends", span=span, run=run_number)
                gone = [row for row in ends if hash(row) not in seen]
                self._put_pairs(gone, [], run_number, model)
                counts["removed"] += len(gone)
            if counts["added"] or counts["changed"] or counts["removed"]:
                self._write(lambda run: (run("next", name="pairs", step=1), run("changed")))
                self._clear_pairs(("drop_old_pairs",), run_number + 1)
        return counts

    def _put_pairs(self, ended: Sequence[Any], fresh: Sequence[Any], number: int, model: str) -> None:
        """End pairs and write new ones under the next run's number, which no reader has yet."""
        if not ended and not fresh:
            return

        def work(run: _Transaction) -> None:
            run("end_pairs", rows=[row[:2] for row in ended], run=number)
            run("put_pairs", rows=fresh, run=number, model=model, alive=ALIVE)

        self._write(work, gate=False)

    def _clear_pairs(self, names: Iterable[str], number: int) -> None:
        for name in names:
            for kind in PAIR_TYPES:

                def work(run: _Transaction, name: str = name, kind: str = kind) -> Rows:
                    return run(name, kind, run=number, **({"alive": ALIVE} if name == "revive_pairs" else {}))

                while self._write(work, gate=False)[0][0]:
                    pass

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
            rows = self._columns(scope, "pairs_of", ids=_once(ids))
        found = [Pair(a, b, score, state, reasons_of(why)) for a, b, score, state, why in rows]
        return sorted(found, key=lambda p: (p.left, p.right))

    def opinions(self, scope: Scope, ids: Sequence[str] | None) -> list[Opinion]:
        name, some = ("opinions", {}) if ids is None else ("opinions_of", {"ids": _once(ids)})
        return sorted(Opinion(*row) for row in self._columns(scope, name, **some))

    def judgements(self, left: str, right: str) -> list[Judgement]:
        return [Judgement(*row) for row in self._ask("judgements", left=left, right=right)]

    def judgement(self, number: int) -> Judgement | None:
        rows = self._ask("judgement_by_number", number=number)
        return Judgement(*rows[0]) if rows else None

    def standing(self, agency: str) -> list[Judgement]:
        return [Judgement(*row) for row in self._ask("standing", agency=agency)]

    def owners_of(self, ids: Sequence[str]) -> dict[str, str]:
        return dict(self._ask("owners", ids=_once(ids)))

    def log_judgement(self, judgement: Judgement, owners: tuple[str, str]) -> int:
        def work(run: _Transaction) -> int:
            number = _next(run, "judgement")
            run("put_judgement", fields=judgement._replace(number=number)._asdict())
            if not run("judgement_by_number", number=number):
                raise NotFound("error.not_found", id=f"{judgement.left} {judgement.right}")
            _settle(run, judgement.left, judgement.right, owners)
            return number

        return self._write(work)

    def retract(self, number: int, at: str, owners: tuple[str, str]) -> None:
        def work(run: _Transaction) -> None:
            for left, right in run("retract", number=number, at=at):
                _settle(run, left, right, owners)

        self._write(work)

    # --- hits, flags, jobs ----------------------------------------------------------------------------------------

    def hits(self, scope: Scope, agency: str) -> list[tuple[str, int, str]]:
        known = self.datasets()
        mine = [d.number for d in known if d.owner == agency and d.accepted and d.number in scope.sights]
        theirs: list[int | None] = [None] * (max((d.number for d in known), default=0) + 1)
        for d in known:
            if d.number in scope.hits:
                theirs[d.number] = d.current
        return [(i, did, kind) for i, did, kind in self._read(scope, "hits", mine=mine, theirs=theirs)]

    def save_flags(self, agency: str, flags: Sequence[StoredFlag], at: str) -> dict[str, int]:
        def work(run: _Transaction) -> dict[str, int]:
            counts = {"new": 0, "updated": 0, "unchanged": 0, "withdrawn": 0}
            known = {i: (digest, state) for i, digest, state in run("known_flags", agency=agency)}
            rows = []
            for flag in flags:
                digest, state = known.pop(flag.id, ("", ""))
                if digest == flag.digest and state != "withdrawn":
                    counts["unchanged"] += 1
                    continue
                counts["updated" if digest else "new"] += 1
                state = "new" if state in ("", "withdrawn") else "updated"
                grounds = {(record, 0): level for record, level in reversed(flag.grounds)}
                grounds |= {(record, did): 0 for did, record in flag.hits}
                row = {"id": flag.id, "kind": flag.kind, "body": flag.body, "digest": flag.digest, "state": state}
                rows.append(row | {"grounds": [(r, level, did) for (r, did), level in grounds.items()]})
            for part in _parts(rows, 1000):
                run("put_flags", rows=part, agency=agency, at=at)
            gone = [i for i, (_, state) in known.items() if state != "withdrawn"]
            counts["withdrawn"] = len(gone)
            run("drop_flags", ids=gone, at=at)
            return counts

        return self._write(work)

    def flags(self, scope: Scope, agency: str) -> list[StoredFlag]:
        found = []
        for *fields, state, first, last, grounds in self._read(scope, "flags", agency=agency, hits=sorted(scope.hits)):
            grounds.sort(key=lambda g: (g[0], g[2]))
            seen = tuple((record, level) for record, level, did in grounds if not did)
            hits = tuple((did, record) for record, _, did in grounds if did)
            found.append(StoredFlag(*fields, seen, hits, state, first, last))
        return found

    def take_lock(self, name: str, holder: str, until: str, now: str) -> bool:
        def work(run: _Transaction) -> bool:
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
        self._write(lambda run: run("put_job", fields=fields | {"n": _next(run, "job")}))

    def job_history(self, name: str, limit: int) -> list[dict[str, str]]:
        names = ("started", "ended", "outcome", "counts")
        return [dict(zip(names, row, strict=True)) for row in self._ask("jobs", name=name, limit=limit)]


@contextmanager
def _typed() -> Iterator[None]:
    """The driver's errors as ours. An answer may be lost when a connection breaks, so nobody is told it was not done."""
    try:
        yield
    except (DriverError, TransientError, DatabaseError, AuthError) as error:
        raise StoreUnavailable("error.store_unavailable", detail=str(error)[:300]) from error
    except Neo4jError as error:
        raise StoreError("error.store_broken", detail=f"{error.code} {error.message}"[:300]) from error


def _once(ids: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(ids))


def _parts(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (things[n : n + size] for n in range(0, len(things), size))


def _raw(row: tuple[Any, ...]) -> RawRecord:
    return RawRecord(*row[:5], packs=tuple(row[5]))


def _labels(found: Iterable[str]) -> list[str]:
    return [label for label in found if label != "Record"]


def _next(run: _Transaction, name: str, step: int = 1) -> int:
    return int(run("next", name=name, step=step)[0][0])


def _put_grants(run: _Transaction, dataset: int, grants: Sequence[Grant]) -> None:
    run("drop_grants", did=dataset)
    first = _next(run, "grant", len(grants)) - len(grants) + 1
    rows = []
    for n, g in enumerate(grants, first):
        row = {"did": dataset, "to": g.to, "level": g.level, "record": g.record, "until": g.until}
        rows.append(row | {"purpose": g.purpose, "ground": g.ground, "n": n})
    run("put_grants", did=dataset, rows=rows)


def _end(run: _Transaction, rows: Sequence[tuple[str, list[str] | None]], old: int, new: int) -> None:
    """Move the end of records' newest versions, and of all they draw and carry, from ``old`` to ``new``."""
    ids = [i for i, _ in rows]
    if not ids:
        return
    run("end_records", ids=ids, old=old, new=new)
    for kind, some in drawn(rows).items():
        run("end_links", kind, ids=some, old=old, new=new)
    run("end_carries", ids=ids, old=old, new=new)


def _end_withdrawn(run: _Transaction, did: int, number: int) -> int:
    rows = run("withdrawn", did=did, number=number, alive=ALIVE)
    _end(run, [(i, draws) for i, draws in rows], ALIVE, number)
    return len(rows)


def _forget(run: _Transaction, number: int) -> int:
    """Take some versions back that a delivery wrote; how many."""
    rows = run("born", number=number)
    ids = [row[0] for row in rows]
    ends: set[str] = set()
    for kind, some in drawn((i, draws) for i, draws, _ in rows).items():
        for pair in run("drop_links", kind, ids=some, number=number):
            ends.update(pair)
    identifiers = [i for (i,) in run("drop_carries", ids=ids, number=number)]
    run("unlabel", rows=[(i, _labels(labels)) for i, _, labels in rows])
    run("restore", ids=ids)
    run("strip", rows=[(i,) for i in ids], number=number)
    run("drop_bare", ids=sorted(ends.union(ids)))
    run("drop_identifiers", ids=identifiers)
    return len(rows)


def _revive(run: _Transaction, number: int) -> int:
    """Let some versions live on that a delivery ended; how many."""
    rows = run("died", number=number)
    _end(run, [(i, draws) for i, draws in rows], number, ALIVE)
    return len(rows)


def _settle(run: _Transaction, left: str, right: str, owners: tuple[str, str]) -> None:
    """Bring the opinions of a pair up to date with its log."""
    log = [Judgement(*row) for row in run("judgements", left=left, right=right)]
    run("drop_opinions", left=left, right=right)
    run("put_opinions", left=left, right=right, rows=[opinion_row(o) for o in in_effect(log, owners)])
    run("changed")
