"""A delivery: what a steward hands over, how it is written, and what is reported back.

A delivery is written in bounded batches under a number that no view reads; one small transaction makes it current (the
eleventh hard decision). Whoever is killed in between leaves remains that no reader sees and the next start sweeps.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Self

import orjson

from graph.errors import InputError, PackageError
from graph.packing import pack
from graph.statement import Delivered
from graph.unmasking import settle

if TYPE_CHECKING:
    from types import TracebackType

    from graph.store.base import Store

BATCH = 4000


@dataclass(frozen=True, slots=True)
class Release:
    """Whom the owner lets see how much: ``to`` is ``*``, an agency or ``team:ID``; ``level`` hit|identity|full."""

    to: str
    level: str
    until: str = ""
    purpose: str = ""
    ground: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """A document of the package, named and weighed."""

    file: str
    sha256: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class RecordRule:
    """A rule for one record (``key`` as ``entity:key values``): withdraw it, mask it, or release it to ``to``."""

    key: str
    action: str  # withdraw | mask | release
    to: str = ""
    level: str = ""
    until: str = ""
    reason: str = ""
    record: str = ""  # the record's id, once known


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ``case.yaml`` says of a delivery."""

    owner: str
    dataset: str
    revision: int
    mode: str = "full"  # full | add | delete
    title: str = ""
    investigation: dict[str, Any] = field(default_factory=dict)
    contact: dict[str, str] = field(default_factory=dict)
    evaluation: str = ""
    handling: str = ""
    releases: tuple[Release, ...] = ()
    documents: tuple[DocumentRef, ...] = ()
    rules: tuple[RecordRule, ...] = ()
    retention: str = ""
    digest: str = ""

    def as_json(self) -> str:
        """Canonical text of it, as the ledger keeps it."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS).decode()


@dataclass(frozen=True, slots=True)
class Reject:
    """What could not be used: nothing is lost, the value as written stays. ``reason`` is a catalogue key.

    ``whole``: the whole row was refused; else one value of it was, and the row's record was accepted without it.
    ``columns``: the row as delivered (blank cells left out), with the first reject of a row only, so that it can be
    given back to be corrected; empty where ``value`` holds the row, or where the file has no columns.
    """

    document: str
    row: int
    column: str
    value: str
    reason: str
    params: dict[str, Any] = field(default_factory=dict)
    whole: bool = False
    columns: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class DeliveryReport:
    """Counts of one delivery. ``rows_read`` = ``rows_accepted`` + ``rows_rejected``.

    ``files``: the columns of each delivered table, in their order (those of a list of objects: one without a name).
    ``quality``: further counts, as whoever read the files noted them.
    """

    owner: str
    dataset: str
    revision: int
    state: str = "loading"  # current | draft | unchanged
    rows_read: int = 0
    rows_accepted: int = 0
    rows_rejected: int = 0
    values_rejected: int = 0
    statements: int = 0
    records: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    files: dict[str, list[str]] = field(default_factory=dict)
    quality: dict[str, Any] = field(default_factory=dict)


class Delivery:
    """Writes one delivery. Use as a context manager; leaving it without :meth:`publish` leaves the store as it was."""

    def __init__(self, store: Store, actor: str, manifest: Manifest, draft: bool) -> None:
        self._store, self._actor, self.manifest, self._draft = store, actor, manifest, draft
        self.report = DeliveryReport(manifest.owner, manifest.dataset, manifest.revision)
        self._number = 0
        self._dataset = 0
        self._seen = array("Q")
        self._protected = False
        self._done = False

    def __enter__(self) -> Self:
        self._dataset, self._number = self._store.begin(self.manifest, self._draft)
        try:
            settle(self._store, self._dataset)
        except BaseException:
            self._store.abandon(self._dataset, self._number)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._done:
            self._store.abandon(self._dataset, self._number)

    def add(self, records: Iterable[Delivered]) -> None:
        """Write a batch. Every record id comes once in a delivery: fragments are assembled before."""
        batch = []
        for record in records:
            batch.append(record)
            if len(batch) >= BATCH:
                self._write(batch)
                batch = []
        if batch:
            self._write(batch)

    def _write(self, batch: list[Delivered]) -> None:
        ids = [record.id for record in batch]
        if len(set(ids)) != len(ids):
            raise ValueError("a record id came twice in one delivery: assemble its fragments first")
        self._protected = self._protected or any(record.mask for record in batch)
        self.report.records += len(batch)
        self.report.statements += sum(len(record.statements) for record in batch)
        if self.manifest.mode == "delete":
            self.report.removed += self._store.retire(self._dataset, self._number, ids)
            return
        known = self._store.digests(self._dataset, self._number, ids)
        self._seen.extend(int(i[1:17], 16) for i in ids)
        packed = [pack(record) for record in batch]
        changed = [p for p in packed if known.get(p.id) != p.digest]
        self._store.write(self._dataset, self._number, changed)
        news = sum(p.id not in known for p in changed)
        self.report.added += news
        self.report.changed += len(changed) - news
        self.report.unchanged += len(batch) - len(changed)

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Keep what could not be used, with file, row, column, value and reason."""
        rows = list(rejects)
        self.report.values_rejected += sum(not r.whole for r in rows)
        self._store.keep_rejects(self._dataset, self._number, rows)

    def publish(self, *, rows_read: int = 0, rows_accepted: int = 0, rows_rejected: int = 0) -> DeliveryReport:
        """Make the delivery current (or a draft) in one small transaction, and say what changed."""
        if rows_read != rows_accepted + rows_rejected:
            raise InputError("delivery.counts", read=rows_read, accepted=rows_accepted, rejected=rows_rejected)
        report = self.report
        report.rows_read, report.rows_accepted, report.rows_rejected = rows_read, rows_accepted, rows_rejected
        if self.manifest.mode == "full":
            report.removed += self._retire_unseen()
        if self.manifest.rules:
            gone = [rule.record for rule in self.manifest.rules if rule.action == "withdraw" and rule.record]
            report.removed += self._store.retire(self._dataset, self._number, gone)
        report.state = "draft" if self._draft else "current"
        counts = {"added": report.added, "changed": report.changed, "removed": report.removed}
        fields = {"actor": self._actor, "agency": self.manifest.owner, "dataset": self.manifest.dataset}
        self._store.audit.changes.append(what=f"deliver {report.state}", revision=report.revision, **fields, **counts)
        self._store.publish(self._dataset, self._number, self.manifest, self._actor, report, self._protected)
        self._done = True
        settle(self._store, self._dataset)
        return report

    def _retire_unseen(self) -> int:
        """End the records that a full delivery no longer names. Ids are random: 64 bits tell them apart."""
        seen = set(self._seen)
        gone: list[str] = []
        total = 0
        for ids in self._store.current_ids(self._dataset, self._number):
            gone.extend(i for i in ids if int(i[1:17], 16) not in seen)
            if len(gone) >= BATCH:
                total += self._store.retire(self._dataset, self._number, gone)
                gone = []
        return total + (self._store.retire(self._dataset, self._number, gone) if gone else 0)


def check_revision(manifest: Manifest, current: int) -> None:
    """Refuse a revision lower than the current one (a replayed old delivery)."""
    if manifest.revision < current:
        raise PackageError(
            "error.revision_old",
            file="case.yaml",
            revision=manifest.revision,
            dataset=manifest.dataset,
            current=current,
        )
