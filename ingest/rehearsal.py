"""A dry run: everything a delivery does, but nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Self

from graph.access import Actor, require
from graph.delivery import Delivery, DeliveryReport, Manifest, Reject, check_revision
from graph.errors import InputError
from graph.statement import Delivered
from graph.store.base import Store

MOST_REJECTS = 200


class Rehearsal(Delivery):
    """A delivery that only counts. ``kinds``: records by schema; ``rejects``: the first :data:`MOST_REJECTS` of them.

    Raises what the delivery would: :class:`AccessDenied` for whoever may not deliver, :class:`PackageError` for a
    revision that is older than the current one.
    """

    def __init__(self, store: Store, actor: Actor, manifest: Manifest) -> None:
        require(actor, "steward", manifest.owner)
        store.admit(actor)
        check_revision(manifest, current_revision(store, manifest.owner, manifest.dataset))
        super().__init__(store, actor.id, manifest, draft=True)
        self.kinds: Counter[str] = Counter()
        self.rejects: list[Reject] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing was written, so there is nothing to sweep."""

    def add(self, records: Iterable[Delivered]) -> None:
        """Count a batch."""
        for record in records:
            self.kinds[record.schema] += 1
            self.report.records += 1
            self.report.statements += len(record.statements)

    def reject(self, rejects: Iterable[Reject]) -> None:
        """Count what could not be used, and remember the first of it."""
        for reject in rejects:
            self.report.values_rejected += not reject.whole
            if len(self.rejects) < MOST_REJECTS:
                self.rejects.append(reject)

    def publish(self, *, rows_read: int = 0, rows_accepted: int = 0, rows_rejected: int = 0) -> DeliveryReport:
        """The counts; nothing becomes current."""
        if rows_read != rows_accepted + rows_rejected:
            raise InputError("delivery.counts", read=rows_read, accepted=rows_accepted, rejected=rows_rejected)
        report = self.report
        report.rows_read, report.rows_accepted, report.rows_rejected = rows_read, rows_accepted, rows_rejected
        report.state = "rehearsal"
        return report


def current_revision(store: Store, owner: str, dataset: str) -> int:
    """Revision of the current delivery of a dataset, 0 where there is none."""
    return max((d.revision for d in store.datasets() if (d.owner, d.name) == (owner, dataset) and d.current), default=0)
