"""What the readers of records share: statements of one record made from one row, under the rules of our normal forms.

A reader says ``say(prop, text)``; what the normaliser refuses becomes a reject that names file, row, column, value and
reason, so that no reader can lose a value by forgetting it.
"""

from __future__ import annotations

from functools import lru_cache

from graph.delivery import Reject
from graph.model import model
from graph.statement import Delivered, Statement
from ingest.cleaners import Cleaner, Hints, cleaner
from ingest.context import Context


@lru_cache(maxsize=4096)
def _cleaner(schema: str, prop: str, hints: Hints) -> Cleaner:
    return cleaner(schema, prop, hints)


class Saying:
    """Statements of one record. ``rejects`` is the row's list, shared by its records; ``handling`` and ``evaluation``
    are the row's own where it states them, else the delivery's."""

    def __init__(
        self,
        context: Context,
        document: str,
        row: int,
        schema: str,
        id: str,
        rejects: list[Reject],
        *,
        evaluation: str | None = None,
        handling: str | None = None,
    ) -> None:
        manifest = context.manifest
        self.schema, self.id = schema, id
        self.statements: list[Statement] = []
        self._document, self._row, self._rejects = document, row, rejects
        self._evaluation = manifest.evaluation if evaluation is None else evaluation
        self.handling = manifest.handling if handling is None else handling

    def has(self, prop: str) -> bool:
        """Whether the record's schema has the property."""
        found = model()[self.schema].properties.get(prop)
        return found is not None and not found.stub

    def say(self, prop: str, text: str, hints: Hints, *, column: str = "", handling: str | None = None) -> bool:
        """Add what ``text`` says of ``prop``; whether it could be read. A blank says nothing."""
        if not text.strip():
            return False
        pieces = _cleaner(self.schema, prop, hints)(text, "", "") if self.has(prop) else "ingest.reject.no_property"
        if isinstance(pieces, str):
            params = {"prop": prop, "schema": self.schema}
            self._rejects.append(Reject(self._document, self._row, column or prop, text, pieces, params))
            return False
        codes = self.handling if handling is None else handling
        for p in pieces:
            self._add(p.prop, p.value, p.original, codes, p.form, p.check, p.derived)
        return True

    def refer(self, prop: str, id: str, original: str = "") -> None:
        """Name another record."""
        self._add(prop, id, original, self.handling)

    def _add(
        self, prop: str, value: str, original: str, handling: str, form: str = "", check: str = "", derived: str = ""
    ) -> None:
        place = (self._document, self._row, self._evaluation, handling)
        self.statements.append(Statement(prop, value, original, *place, form, check, derived))

    def delivered(self) -> Delivered:
        """The record as it goes to the assembler."""
        return Delivered(self.id, self.schema, self.statements)
