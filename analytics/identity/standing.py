"""Matching new records against those that stand already, at a cost near the number of the new ones.

What is kept of a standing record is its keys as 64-bit numbers. New records are compared with the standing ones that
share a key, read again for that; since a pair's score is a function of its two records and the model file, what comes
out is what a full run would give of the pairs that touch a new record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.identity import candidates
from analytics.identity.match import match
from analytics.identity.model import Model
from analytics.identity.table import build
from graph.identity import Pair
from graph.statement import Record

Fetch = Callable[[Sequence[str]], Iterable[Record]]
# Equal keys have equal numbers; that two others may share one costs a comparison and changes no result.
_KEYS = "SELECT record, hash(kind, key, family) AS key FROM keyed WHERE dropped = 0"


class Standing:
    """Keys of the records that stand, under one model. Not to be shared between threads."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self._kept = duckdb.connect(":memory:", config={"threads": 1})
        self._kept.execute("CREATE TABLE ids (number BIGINT, id VARCHAR)")
        self._kept.execute("CREATE TABLE keys (key UBIGINT, number BIGINT)")
        self._next = 0

    def __len__(self) -> int:
        return int(self._kept.execute("SELECT COUNT(*) FROM ids").fetchall()[0][0])

    def add(self, records: Sequence[Record]) -> None:
        """Keep the keys of records (in chunks of some thousands); one that stands already is replaced."""
        self.remove([record.id for record in records])
        ids, numbers, keys = self._keys(records)
        self._kept.register(
            "new_ids", pd.DataFrame({"number": np.arange(len(ids)) + self._next, "id": ids}, dtype=object)
        )
        self._kept.register("new_keys", pd.DataFrame({"key": keys, "number": numbers + self._next}))
        self._kept.execute("INSERT INTO ids SELECT number, id FROM new_ids")
        self._kept.execute("INSERT INTO keys SELECT key, number FROM new_keys")
        self._kept.unregister("new_ids")
        self._kept.unregister("new_keys")
        self._next += len(ids)

    def remove(self, ids: Sequence[str]) -> None:
        """Forget records, those of ``ids`` that stand."""
        self._kept.register("gone", pd.DataFrame({"id": list(ids)}, dtype=object))
        gone = "SELECT number FROM ids WHERE id IN (SELECT id FROM gone)"
        self._kept.execute(f"DELETE FROM keys WHERE number IN ({gone})")  # noqa: S608 - no value of anybody's
        self._kept.execute("DELETE FROM ids WHERE id IN (SELECT id FROM gone)")
        self._kept.unregister("gone")

    def partners(self, records: Sequence[Record]) -> list[str]:
        """Ids of the standing records that share a key with any of ``records``, sorted, without those themselves."""
        _, _, keys = self._keys(records)
        self._kept.register("wanted", pd.DataFrame({"key": np.unique(keys)}))
        found = self._kept.execute(
            "SELECT DISTINCT id FROM ids JOIN keys USING (number) WHERE key IN (SELECT key FROM wanted) ORDER BY id"
        ).fetchall()
        self._kept.unregister("wanted")
        new = {record.id for record in records}
        return [id for (id,) in found if id not in new]

    def match(
        self, records: Sequence[Record], fetch: Fetch, settings: Mapping[str, Sequence[str]] | None = None
    ) -> list[Pair]:
        """The pairs of new records with each other and with standing ones, sorted. ``fetch`` reads standing records by
        id; ``settings`` as for :func:`~analytics.identity.match.match`. The new ones do not stand until added."""
        new = {record.id for record in records}
        others = list(fetch(self.partners(records)))
        return match([[*records, *others]], self.model, settings, new).pairs

    def _keys(self, records: Sequence[Record]) -> tuple[list[str], NDArray[np.int64], NDArray[np.uint64]]:
        """(ids, number of the record of each key, keys)."""
        table = build([list(records)], self.model.known)
        connection = candidates.keyed(table, self.model)
        try:
            found = connection.execute(_KEYS).fetchnumpy()
        finally:
            connection.close()
        return table.ids, np.asarray(found["record"], dtype=np.int64), np.asarray(found["key"], dtype=np.uint64)
