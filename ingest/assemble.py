"""Fragments of many rows and files → one record each, with its mask; links whose ends are not there become rejects.

Persons are given first, then other things, then links, because a link carries the mask of its ends. Of every record
only 64 bits of its id are held in memory (ids are random, so these tell records apart), besides persons' roles and
masks.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from graph.delivery import Reject
from graph.model import can_be_same, common_schema, descends, is_link, link_types, model, property_type
from graph.protection import ROLES, mask, strictest
from graph.statement import Delivered, Statement
from ingest.addition import Former, merged
from ingest.spill import IN_MEMORY, Fragment, Spill

# what belongs to a masked person and would tell who it is: masked with it
BELONGINGS = {"Identification": "holder", "Passport": "holder", "PhoneNumber": "user", "Device": "user"}
BATCH = 2000


def _short(id: str) -> int:
    return int(id[1:17], 16)


@cache
def _entity_props(schema: str) -> frozenset[str]:
    return frozenset(p for p in model()[schema].properties if property_type(schema, p) == "entity")


@dataclass(slots=True)
class Lost:
    """What assembly found out about rows that were accepted before: ``rows`` of them turned out to say nothing
    usable."""

    rejects: list[Reject] = field(default_factory=list)
    rows: int = 0


class Assembler:
    """Takes fragments, gives records. Use as a context manager.

    ``opened`` is the day the case was opened; ``forced`` masks single records; ``former`` gives what the dataset's
    current delivery says of some records (for a delivery that adds); ``complete`` says that every record referred to
    must be there (not so for a delivery that deletes).
    """

    def __init__(
        self,
        opened: str,
        former: Former | None = None,
        forced: Mapping[str, str] | None = None,
        complete: bool = True,
        in_memory: int = IN_MEMORY,
    ) -> None:
        self._opened = opened
        self._complete = complete
        self._former = former
        self._forced = forced or {}
        self._persons, self._things, self._links = Spill(in_memory), Spill(in_memory), Spill(in_memory)
        self._roles: dict[int, int] = {}
        self._masks: dict[int, str] = {}
        self._ids = array("Q")
        self._gone: dict[tuple[str, int], int] = {}
        self.lost = Lost()

    def __enter__(self) -> Assembler:
        return self

    def __exit__(self, *exc: object) -> None:
        for bag in (self._persons, self._things, self._links):
            bag.__exit__()

    def add(self, fragments: list[Delivered]) -> None:
        """Keep the fragments of one row."""
        siblings = len(fragments)
        for record in fragments:
            fragment = Fragment(record, siblings)
            if is_link(record.schema):
                if record.schema == "CaseRole":
                    self._note_role(record)
                self._links.add(fragment)
                continue
            if record.statements:
                self._ids.append(_short(record.id))
            (self._persons if descends(record.schema, "LegalEntity") else self._things).add(fragment)

    def _note_role(self, link: Delivered) -> None:
        bits = 0
        for s in link.statements:
            if s.prop == "role":
                bits |= 1 << ROLES.index(s.value if s.value in ROLES else "other")
        for s in link.statements:
            if s.prop == "person":
                key = _short(s.value)
                self._roles[key] = self._roles.get(key, 0) | bits

    def records(self) -> Iterator[Delivered]:
        """Every record once. When the last one was given, ``lost`` holds what could not be used."""
        self._ids = array("Q", np.unique(np.frombuffer(self._ids, dtype=np.uint64)).tobytes() if self._ids else b"")
        for bag, finish in ((self._persons, self._person), (self._things, self._thing), (self._links, self._link)):
            batch: list[tuple[Delivered, list[Fragment]]] = []
            for group in bag.groups():
                if record := self._joined(group):
                    batch.append((record, group))
                if len(batch) >= BATCH:
                    yield from self._finished(batch, finish)
                    batch = []
            yield from self._finished(batch, finish)

    def _joined(self, group: list[Fragment]) -> Delivered | None:
        """One record of its fragments. A fragment whose schema cannot be that of the first is rejected."""
        first = group[0].record
        if len(group) == 1:
            statements = list(dict.fromkeys(first.statements))
            return Delivered(first.id, first.schema, statements, "", first.mask) if statements else None
        schema, hidden = first.schema, ""
        seen: dict[tuple[str, str, str, int], Statement] = {}
        for fragment in group:
            record = fragment.record
            if record.schema != schema:
                if not can_be_same(schema, record.schema):
                    for s in record.statements:
                        params = {"schema": record.schema, "other": schema}
                        self._lose(s, "ingest.reject.schema", params, [fragment])
                    continue
                schema = common_schema(schema, record.schema)
            hidden = hidden or record.mask
            for s in record.statements:
                seen.setdefault((s.prop, s.value, s.document, s.row), s)
        return Delivered(first.id, schema, list(seen.values()), "", hidden) if seen else None

    def _finished(
        self, batch: list[tuple[Delivered, list[Fragment]]], finish: Callable[[Delivered, bool], None]
    ) -> Iterator[Delivered]:
        former = self._former([r.id for r, _ in batch]) if self._former and batch else {}
        dangling = self._dangling([r for r, _ in batch]) if self._complete else set()
        for record, group in batch:
            if dangling and not self._without(record, dangling, group):
                continue
            before = former.get(record.id)
            if before is not None:
                if before.schema != record.schema and not can_be_same(before.schema, record.schema):
                    params = {"schema": record.schema, "other": before.schema}
                    for s in record.statements:
                        self._lose(s, "ingest.reject.schema", params, group)
                    continue
                record = merged(record, before)
            finish(record, before is not None)
            if before is not None:
                # an addition cannot unmask: the role that masked the record may stand in what was delivered before
                record.mask = strictest((record.mask, before.mask))
            if record.mask:
                self._masks[_short(record.id)] = record.mask
            yield record

    def _dangling(self, records: list[Delivered]) -> set[str]:
        """Ids that records refer to and that neither this delivery nor (for an addition) the former one has."""
        unknown = set()
        for record in records:
            props = _entity_props(record.schema)
            for s in record.statements:
                if s.prop in props and not self._has(s.value):
                    unknown.add(s.value)
        if unknown and self._former:
            unknown.difference_update(self._former(sorted(unknown)))
        return unknown

    def _has(self, id: str) -> bool:
        key = _short(id)
        at = bisect_left(self._ids, key)
        return at < len(self._ids) and self._ids[at] == key

    def _without(self, record: Delivered, dangling: set[str], group: list[Fragment]) -> bool:
        """Take dangling references out of a record; whether the record still says something."""
        props = _entity_props(record.schema)
        lost = [s for s in record.statements if s.prop in props and s.value in dangling]
        if not lost:
            return True
        record.statements = [s for s in record.statements if s not in lost]
        have = {s.prop for s in record.statements}
        edge = link_types().get(record.schema)
        stays = {edge.source, edge.target} <= have if edge else bool(have)
        told: set[tuple[str, int]] = set()
        for s in lost:
            params = {"schema": record.schema, "prop": s.prop}
            first = not stays and (s.document, s.row) not in told  # a fragment is gone once, however many ends it lacks
            told.add((s.document, s.row))
            self._lose(s, "ingest.reject.dangling", params, group if first else [])
        return stays

    def _lose(self, s: Statement, reason: str, params: dict[str, str], group: list[Fragment]) -> None:
        """Reject a statement; where its fragment is gone with it and was the last of its row, the row is."""
        whole = False
        for fragment in group:
            first = fragment.record.statements[0]
            if (first.document, first.row) == (s.document, s.row) and s in fragment.record.statements:
                place = (s.document, s.row)
                self._gone[place] = self._gone.get(place, 0) + 1
                whole = self._gone[place] == fragment.siblings
                break
        self.lost.rows += whole
        self.lost.rejects.append(Reject(s.document, s.row, s.prop, s.original or s.value, reason, params, whole))

    def _person(self, record: Delivered, known: bool) -> None:
        bits = self._roles.get(_short(record.id), 0)
        roles = [role for i, role in enumerate(ROLES) if bits >> i & 1]
        births = [s.value for s in record.statements if s.prop == "birthDate"]
        record.role = strictest(roles)
        if known and not roles:
            roles = ["other"]  # it had its role in what was delivered before: only what is certain masks it now
        forced = self._forced.get(record.id, "")
        record.mask = forced or mask(record.schema, roles, births, self._opened, bool(record.mask)) or record.mask

    def _thing(self, record: Delivered, known: bool) -> None:
        owner = BELONGINGS.get(record.schema, "")
        inherited = self._mask_of(s.value for s in record.statements if s.prop == owner)
        record.mask = self._forced.get(record.id) or inherited or record.mask

    def _link(self, record: Delivered, known: bool) -> None:
        edge = link_types()[record.schema]
        hidden = self._mask_of(s.value for s in record.statements if s.prop in (edge.source, edge.target))
        record.mask = self._forced.get(record.id) or hidden or record.mask

    def _mask_of(self, ids: Iterator[str]) -> str:
        return next((m for i in ids if (m := self._masks.get(_short(i), ""))), "")
