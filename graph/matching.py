"""What the matcher may read: identity-level content, nothing of masked records, of every owner.

A pair's score must be a function of the two records at a level that everybody who is shown the pair sees, so the
matcher gets no more than ``identity`` (see the third hard decision of the design).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graph.access import Agency
from graph.statement import Record

if TYPE_CHECKING:
    from graph.store.base import Store


class MatchingView:
    """Bulk reading for the matcher. Not for people: its results are shown through a :class:`~graph.view.View`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def scan(self, schemata: Sequence[str] = (), chunk: int = 5000) -> Iterator[list[Record]]:
        """Every unmasked record of the schemata (exact names), in chunks, with its identity-level statements."""
        from graph.view import as_record

        datasets = {d.number: d for d in self._store.datasets()}
        for raws in self._store.scan(self._store.matching_scope(), schemata, chunk):
            yield [as_record(raw, datasets[raw.dataset], raw.id) for raw in raws if not raw.mask]

    def agencies(self) -> dict[str, Agency]:
        """Owners' settings for automatic merging, by agency."""
        return {agency.code: agency for agency in self._store.agencies()}
