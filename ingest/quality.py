"""How good a delivery was: counted while it is read, kept with it, so that a steward sees what to mend at the source.

What is counted is what the delivery said, also where it adds to what was there. Nothing of it is content: reasons,
columns, forms of numbers and counts.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from graph.delivery import Reject
from graph.model import descends
from graph.packing import identifier_kind
from graph.statement import REPAIRED, Delivered, Statement

PLACES = 50  # places (file, column, reason) that are told one by one, the most frequent first


class TableNotes:
    """What is noted of one table while its rows pass: mapped columns without any value, and rows that repeat one."""

    __slots__ = ("_empty", "_rows")

    def __init__(self, columns: Iterable[str]) -> None:
        self._empty = set(columns)
        self._rows = array("q")

    def see(self, values: Mapping[str, str]) -> None:
        """Note a row."""
        self._rows.append(hash(tuple(values.values())))
        if self._empty:
            self._empty -= {c for c in self._empty if values.get(c, "").strip()}

    def never_filled(self) -> list[str]:
        """Mapped columns that had no value in any row; none where there was no row."""
        return sorted(self._empty) if self._rows else []

    def repeated(self) -> int:
        """Rows that say, cell by cell, what an earlier one says."""
        return len(self._rows) - len(np.unique(np.frombuffer(self._rows, np.int64))) if self._rows else 0


class Quality:
    """Counts one delivery; :meth:`report` gives the counts as JSON has them."""

    def __init__(self) -> None:
        self._refused = {True: Counter[str](), False: Counter[str]()}
        self._places: Counter[tuple[str, str, str]] = Counter()
        self._values = self._changed = self._repaired = self._derived = 0
        self._checks: Counter[tuple[str, str]] = Counter()
        self._numbers, self._carriers = array("q"), array("q")
        self._masks: Counter[str] = Counter()

    def rejects(self, rejects: Iterable[Reject]) -> None:
        """Count rejects by reason, whole rows apart from single values."""
        for reject in rejects:
            self._refused[reject.whole][reject.reason] += 1
            self._places[reject.document, reject.column, reject.reason] += 1

    def said(self, fragments: Iterable[Delivered]) -> None:
        """Count what a row said."""
        for fragment in fragments:
            statements = fragment.statements
            self._values += len(statements)
            for s in statements:
                if s.original:
                    self._changed += 1
                if s.derived:
                    if s.derived == REPAIRED:
                        self._repaired += 1
                    else:
                        self._derived += 1
                if s.check:
                    self._number(fragment, s)

    def _number(self, fragment: Delivered, s: Statement) -> None:
        if not s.derived:
            self._checks[s.form, s.check] += 1
        if s.form and identifier_kind(fragment.schema, s.prop) == "document":
            self._numbers.append(hash((s.form, s.value)))
            self._carriers.append(hash(fragment.id))

    def records(self, records: Iterable[Delivered]) -> None:
        """Count the people among finished records who are masked outside their owner."""
        for record in records:
            if record.mask and descends(record.schema, "LegalEntity"):
                self._masks[record.mask] += 1

    def report(self, tables: Mapping[str, TableNotes]) -> dict[str, Any]:
        """The counts. ``tables``: file → what was noted of it."""
        checks: dict[str, dict[str, int]] = {}
        for (form, check), count in sorted(self._checks.items()):
            checks.setdefault(form, {})[check] = count
        places = self._places.most_common(PLACES)
        empty = {name: columns for name, notes in tables.items() if (columns := notes.never_filled())}
        return {
            "rows": dict(self._refused[True].most_common()),
            "values": dict(self._refused[False].most_common()),
            "places": [[*place, count] for place, count in places],
            "places_more": sum(self._places.values()) - sum(count for _, count in places),
            "said": self._values,
            "normalised": self._changed,
            "repaired": self._repaired,
            "derived": self._derived,
            "checks": checks,
            "rows_repeated": {name: count for name, notes in tables.items() if (count := notes.repeated())},
            "numbers_shared": self._shared(),
            "never_filled": empty,
            "protected": dict(self._masks.most_common()),
        }

    def _shared(self) -> int:
        """Document numbers that more than one record of the delivery carries."""
        if not self._numbers:
            return 0
        pairs = np.stack([np.frombuffer(self._numbers, np.int64), np.frombuffer(self._carriers, np.int64)], axis=1)
        _, counts = np.unique(np.unique(pairs, axis=0)[:, 0], return_counts=True)
        return int((counts > 1).sum())
