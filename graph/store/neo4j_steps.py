"""Steps of the Neo4j store's transactions: each takes ``run``, which runs a named query in the transaction at hand.

A step may run twice, because a transaction that lost to another one is tried again: it changes nothing but the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple
from itertools import islice
from typing import Any, Protocol, TypeVar

import orjson

from graph.access import DatasetState, Grant
from graph.errors import StoreError
from graph.identity import Judgement, Pair, in_effect
from graph.ids import Ids
from graph.model import model
from graph.packing import Packed
from graph.store.base import RawRecord, StoredFlag
from graph.store.neo4j_rows import (
    PAIR_TYPES,
    carried_rows,
    drawn,
    link_relations,
    link_rows,
    opinion_row,
    queries,
    record_row,
)
from graph.store.rows import ALIVE, reasons_body

T = TypeVar("T")
Rows = list[tuple[Any, ...]]
Drawn = Sequence[tuple[str, list[str] | None]]  # (record id, relationship types that its newest version draws)
PART = 5000


class Run(Protocol):
    """Runs a named query; the second argument is an allow-listed relationship type, where the query needs one."""

    def __call__(self, name: str, kind: str = "", /, **params: Any) -> Rows: ...  # noqa: D102


class Runner(Protocol):
    """The driver's session or transaction: what runs a query's text."""

    def run(self, query: Any, parameters: dict[str, Any] | None = None) -> Iterable[Iterable[Any]]: ...  # noqa: D102


class Transaction:
    """Runs named queries in one transaction; ``kind`` is an allow-listed type, for where parameters cannot go."""

    def __init__(self, inner: Runner) -> None:
        self._inner = inner

    def __call__(self, name: str, kind: str = "", /, **params: Any) -> Rows:
        if kind and kind not in link_relations() and kind not in PAIR_TYPES:
            raise StoreError("error.store_broken", detail=f"relation {kind}")
        return self.text(queries()[name].replace("@type", kind), params)

    def text(self, query: str, params: dict[str, Any] | None = None) -> Rows:
        """Run a query's text."""
        # the text comes from our own file, with values always as parameters
        return [tuple(record) for record in self._inner.run(query, {"p": params or {}})]


def once(ids: Iterable[str]) -> list[str]:
    """Ids without repeats."""
    return list(dict.fromkeys(ids))


def parts(things: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """``things`` in parts of at most ``size``."""
    return (things[n : n + size] for n in range(0, len(things), size))


def raw(row: tuple[Any, ...]) -> RawRecord:
    """A row of ``fetch`` or ``scan``."""
    record, dataset, schema, mask, level, packs = row
    return RawRecord(record, dataset, schema, mask, level, tuple(packs))


def flag_of(row: tuple[Any, ...]) -> StoredFlag:
    """A row of ``flags``."""
    *fields, state, first, last, grounds = row
    grounds.sort(key=lambda g: (g[0], g[2]))
    seen = tuple((record, level) for record, level, did in grounds if not did)
    hits = tuple((did, record) for record, _, did in grounds if did)
    identifier, agency, kind, body, digest = fields
    return StoredFlag(identifier, agency, kind, body, digest, seen, hits, state, first, last)


def next_number(run: Run, name: str, step: int = 1) -> int:
    """Count on by ``step``; the last number."""
    return int(run("next", name=name, step=step)[0][0])


def put_terms(run: Run, dataset: int, grants: Sequence[Grant] | None = None, **fields: Any) -> Rows:
    """Change what holds of a dataset: ``fields`` of its state, and its grants where given.

    All of it is one property, because a reader here might see half of a transaction, and a release must never be read
    with another delivery than its own. What else is written of it is for people.
    """
    terms = orjson.loads(run("terms", did=dataset)[0][0]) | fields
    if grants is not None:
        run("drop_grants", did=dataset)
        first = next_number(run, "grant", len(grants) or 1) - len(grants)
        terms |= {"first": first, "grants": [list(g)[1:] for g in map(astuple, grants)]}
        names = ("to", "level", "record", "until", "purpose", "ground")
        rows = [dict(zip(names, g, strict=True)) | {"did": dataset} for g in terms["grants"]]
        run("put_grants", did=dataset, rows=rows)
    return run("put_terms", did=dataset, terms=orjson.dumps(terms).decode(), fields=fields)


def state_of(row: tuple[Any, ...]) -> tuple[DatasetState, list[tuple[int, Grant]]]:
    """A row of ``datasets``: the dataset, and its grants with the order in which they were given."""
    number, owner, name, country, body = row
    terms = orjson.loads(body)
    first, grants = terms.pop("first", 0), terms.pop("grants", ())
    state = DatasetState(number, owner, name, country or owner[:2], **({"current": 0, "revision": 0} | terms))
    return state, [(n, Grant(number, *fields)) for n, fields in enumerate(grants, first)]


# --- versions ---------------------------------------------------------------------------------------------------------


class Batch:
    """New versions of records, with what they draw and carry, ready to be written under a delivery's number."""

    def __init__(self, records: Sequence[Packed], dataset: int, number: int, ids: Ids) -> None:
        self._records, self._dataset, self._number = records, dataset, number
        strange = {link.relation for p in records for link in p.links}.difference(link_relations())
        strange.update(p.schema for p in records if p.schema not in model().schemata)
        if strange:  # they become labels and types
            raise StoreError("error.store_broken", detail=f"unknown schema or relation: {sorted(strange)}"[:200])
        self._own = {p.id for p in records}
        self._links = [row for p in records for row in link_rows(p, dataset, number)]
        self._ends = sorted({row[end] for row in self._links for end in ("a", "b")} - self._own)
        carried = [pair for p in records for pair in carried_rows(p, dataset, number, ids)]
        # in one order everywhere, so that two loads do not wait for each other in a ring
        named = {identifier["id"]: identifier for identifier, _ in carried}
        self._identifiers = [named[i] for i in sorted(named)]
        self._carried = sorted((row for _, row in carried), key=lambda row: row["to"])

    def write(self, run: Run) -> None:
        """Write new versions behind what is there; nobody sees either until the delivery is current."""
        known = run("known", ids=sorted(self._own))
        if any(did != self._dataset for _, did, *_ in known):
            raise StoreError("error.store_broken", detail="a record id of another dataset")
        if any(born == self._number for _, _, born, *_ in known):
            raise ValueError("a record id came twice in one delivery: assemble its fragments first")
        end_versions(run, [(i, draws) for i, _, _, draws in known], ALIVE, self._number)
        there = {row[0] for row in known}
        rows = [record_row(p, self._dataset, self._number) for p in self._records]
        run("put_records", did=self._dataset, rows=[row for row in rows if row["id"] not in there])
        run("put_versions", rows=[row for row in rows if row["id"] in there])
        run("put_ends", ids=self._ends)
        run("put_links", rows=self._links)
        run("put_identifiers", rows=self._identifiers)
        run("put_carries", rows=self._carried)


def end_versions(run: Run, rows: Drawn, old: int, new: int) -> None:
    """Move the end of records' newest versions, and of all they draw and carry, from ``old`` to ``new``."""
    if not rows:
        return
    ids = [i for i, _ in rows]
    run("end_records", ids=ids, old=old, new=new)
    run("end_later", ids=ids, old=old, new=new)
    for kind, some in drawn(rows).items():
        run("end_links", kind, ids=some, old=old, new=new)
    run("end_carries", ids=ids, old=old, new=new)


def end_current(run: Run, did: int, number: int, ids: Sequence[str]) -> int:
    """End those of ``ids`` that the current delivery has; how many."""
    rows = run("living", did=did, ids=once(ids), alive=ALIVE)
    end_versions(run, [(i, draws) for i, draws in rows], ALIVE, number)
    return len(rows)


def forget(run: Run, number: int) -> int:
    """Take some versions back that a delivery wrote; how many."""
    rows = run("born", number=number)
    ids = [row[0] for row in rows]
    ends: set[str] = set()
    for kind, some in drawn((i, draws) for i, draws, _ in rows).items():
        for pair in run("drop_links", kind, ids=some, number=number):
            ends.update(pair)
    identifiers = [i for (i,) in run("drop_carries", ids=ids, number=number)]
    run("unlabel", rows=[(i, labels) for i, _, labels in rows if labels])
    run("restore", ids=ids, number=number)
    run("strip", ids=ids, number=number)
    run("drop_bare", ids=sorted(ends.union(ids)))
    run("drop_identifiers", ids=identifiers)
    return len(rows)


def revive(run: Run, number: int) -> int:
    """Let some versions live on that a delivery ended; how many."""
    rows = run("died", number=number)
    end_versions(run, [(i, draws) for i, draws in rows], number, ALIVE)
    return len(rows)


def drop_rejects(run: Run, number: int) -> int:
    """Forget some rejects of a delivery; how many."""
    return int(run("drop_rejects", number=number)[0][0])


# --- identity and flags -----------------------------------------------------------------------------------------------


def settle(run: Run, left: str, right: str, owners: tuple[str, str]) -> None:
    """Bring the opinions of a pair up to date with its log."""
    log = [Judgement(*row) for row in run("judgements", left=left, right=right)]
    run("drop_opinions", left=left, right=right)
    run("put_opinions", left=left, right=right, rows=[opinion_row(o) for o in in_effect(log, owners)])
    run("changed")


class PairRun:
    """One run of the matcher: its pairs are written under a number that no reader has until all are there."""

    def __init__(self, ask: Run, write: Callable[[Callable[[Run], Rows]], Rows], model: str) -> None:
        self._ask, self._write, self._model = ask, write, model
        self._run = int(write(lambda run: run("pair_run"))[0][0])
        self._clear("drop_new_pairs", self._run)  # what a killed run left
        self._clear("revive_pairs", self._run, alive=ALIVE)

    def _clear(self, name: str, number: int, **params: Any) -> None:
        for kind in PAIR_TYPES:
            while self._write(lambda run, kind=kind: run(name, kind, run=number, **params))[0][0]:  # type: ignore[misc]
                pass

    def replace(self, pairs: Iterable[Pair], spans: Sequence[list[str]]) -> dict[str, int]:
        """Bring the pairs to ``pairs``, leaving what is the same; counts added, changed, removed, unchanged."""
        counts = dict.fromkeys(("added", "changed", "removed", "unchanged"), 0)
        seen: set[int] = set()
        rest = iter(pairs)
        while part := list(islice(rest, PART)):
            rows = [(p.left, p.right, p.score, p.state, reasons_body(p)) for p in part]
            keys = [hash(row[:2]) for row in rows]
            if len(set(keys)) < len(keys) or not seen.isdisjoint(keys):
                raise ValueError("a pair came twice")
            seen.update(keys)
            found = self._ask("pairs_between", rows=rows, run=self._run, model=self._model)
            changed = [rows[i] for i, known, same in found if known and not same]
            added = [rows[i] for i, known, _ in found if not known]
            self._put(changed, [*changed, *added])
            counts["added"] += len(added)
            counts["changed"] += len(changed)
            counts["unchanged"] += len(found) - len(added) - len(changed)
        for span in spans:
            gone = [row for row in self._ask("pair_ends", span=span, run=self._run) if hash(row) not in seen]
            for part_gone in parts(gone, PART):
                self._put(part_gone, [])
            counts["removed"] += len(gone)
        if counts["added"] or counts["changed"] or counts["removed"]:
            self._write(lambda run: run("next", name="pairs", step=1) and run("changed"))
            self._clear("drop_old_pairs", self._run + 1)
        return counts

    def _put(self, ended: Sequence[Any], fresh: Sequence[Any]) -> None:
        if not ended and not fresh:
            return

        def work(run: Run) -> Rows:
            run("end_pairs", rows=[row[:2] for row in ended], run=self._run)
            return run("put_pairs", rows=fresh, run=self._run, model=self._model, alive=ALIVE)

        self._write(work)


def put_flags(run: Run, agency: str, flags: Sequence[StoredFlag], at: str) -> dict[str, int]:
    """Bring an agency's flags to ``flags``; counts new, updated, unchanged, withdrawn."""
    counts = {"new": 0, "updated": 0, "unchanged": 0, "withdrawn": 0}
    known = {i: (digest, state) for i, digest, state in run("known_flags", agency=agency)}
    rows = []
    for flag in flags:
        digest, state = known.pop(flag.id, ("", ""))
        if digest == flag.digest and state != "withdrawn":
            counts["unchanged"] += 1
            continue
        counts["updated" if digest else "new"] += 1
        state = "updated" if digest else "new"
        grounds = {(record, 0): level for record, level in reversed(flag.grounds)}
        grounds |= {(record, did): 0 for did, record in flag.hits}
        row = {"id": flag.id, "kind": flag.kind, "body": flag.body, "digest": flag.digest, "state": state}
        rows.append(row | {"grounds": [(r, level, did) for (r, did), level in grounds.items()]})
    for part in parts(rows, 1000):
        run("put_flags", rows=part, agency=agency, at=at)
    gone = [i for i, (_, state) in known.items() if state != "withdrawn"]
    counts["withdrawn"] = len(gone)
    run("drop_flags", ids=gone, at=at)
    return counts
