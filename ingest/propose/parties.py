"""Persons and companies of a row: how they are told apart, and what the row says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph.model import descends, model
from ingest.evaluation import SCHEMES, evaluation_code
from ingest.propose.columns import Sheet
from ingest.propose.match import SUBJECT, Match, Slot
from ingest.propose.sources import Source, Sources
from ingest.propose.values import is_company
from ingest.propose.vocabulary import vocabulary
from ingest.roles import role_of

FULL = 0.98  # share of rows that must say something in a column for it to be a key
MOSTLY = 0.6
ROLES = 40  # distinct words for a role beyond which the column is no list of roles
LITERALS = {"Person": "persona", "Company": "empresa", "LegalEntity": "titular"}

Entity = dict[str, Any]
Rows = Sequence[Mapping[str, str]]


class Parties:
    """Makes the entities of a table's persons and companies."""

    def __init__(self, sheet: Sheet, match: Match, sources: Sources) -> None:
        self._sheet, self._match, self._sources = sheet, match, sources

    def filled(self, side: str, *concepts: str) -> list[str]:
        """Columns at a side."""
        return [c for concept in concepts for c in self._match.slots.get(Slot(concept, side), ())]

    def class_of(self, side: str, schema: str) -> str:
        """``schema``, or what the names at a side say: mostly companies', or some."""
        names = [v for c in self.filled(side, "name", "company_name") for v in self._sheet.column(c).sample]
        if schema != "Person" or not names:
            return schema
        companies = sum(map(is_company, names)) / len(names)
        return "Company" if companies >= MOSTLY else "LegalEntity" if companies >= 0.1 else "Person"

    def keys(self, side: str, rows: Rows) -> tuple[list[str], bool]:
        """(columns that tell those at a side apart in these rows, whether they are more than a name)."""
        numbers = [c for concept in ("id", "doc", "tax", "passport") for c in self.filled(side, concept)]
        for column in numbers:
            if self._sheet.fullness(column, rows) >= FULL:
                return [column], True
        names = self.filled(side, "name", "company_name")[:1] or self.filled(
            side, "given", "given2", "sur1", "sur2", "surnames"
        )
        full = [c for c in (*names, *self.filled(side, "born")) if self._sheet.fullness(c, rows) >= FULL]
        if full:
            return full, False
        best = max((*numbers, *names), key=lambda c: self._sheet.fullness(c, rows), default="")
        return ([best] if best and self._sheet.fullness(best, rows) > 0 else []), best in numbers

    def entity(self, side: str, schema: str, keys: list[str], literal: str = "") -> Entity:
        """The entity of those at a side, with all that the columns say of them."""
        found: Entity = {"schema": schema, "key_literal": literal or LITERALS.get(schema, schema.lower()), "keys": keys}
        properties = self._properties(side, schema)
        if properties:
            found["properties"] = properties
        if side == SUBJECT:
            found.update(self._said_of_row(schema))
        return found

    def _properties(self, side: str, schema: str) -> dict[str, Source]:
        person = descends(schema, "Person")
        found: dict[str, Source] = {}
        for concept, pair in vocabulary().party.items():
            prop = pair[0] if person else pair[1]
            if not prop or prop in found or prop not in model()[schema].properties or prop == "address":
                continue
            slot = Slot(concept, side)
            if concept == "tax":
                continue
            if columns := self._match.slots.get(slot):
                found[prop] = self._sources.columns(slot, columns, schema, prop)
        for concept in ("doc", "tax"):
            for prop, source in self._sources.documents(Slot(concept, side), schema).items():
                found.setdefault(prop, source)
        if address := self._sources.joined(
            [f"{c}@{side}" if side else c for c in ("address", "city", "province")], schema, "address"
        ):
            found["address"] = address
        return found

    def _said_of_row(self, schema: str) -> Entity:
        """Role, protection, evaluation and handling."""
        found: Entity = {}
        if descends(schema, "Person"):
            if role := self._match.first(Slot("role")):
                found["role"] = self._role(role)
            if protected := self._match.first(Slot("protected")):
                found["protected"] = {"column": protected}
        grades = {c: self._match.first(Slot(c)) for c in ("source", "information")}
        if grades["source"] and grades["information"]:
            found["evaluation"] = {
                "scheme": self._scheme(grades["source"], grades["information"]),
                **{c: {"column": column} for c, column in grades.items()},
            }
        if handling := self._match.first(Slot("handling")):
            found["handling"] = {"column": handling}
        return found

    def _role(self, column: str) -> Source:
        """A column of roles; words that are no known role are listed, for a person to say what they are."""
        unknown = sorted(v for v in self._sheet.column(column).sample if not role_of(v))
        if not unknown or len(unknown) > ROLES:
            return {"column": column}
        return {"column": column, "map": dict.fromkeys(unknown, "other")}

    def _scheme(self, source: str, information: str) -> str:
        """The scheme that knows most of the grades given; 4x4 where several do."""
        pairs = {(r[source].strip(), r[information].strip()) for r in self._sheet.rows}
        return max(SCHEMES, key=lambda scheme: sum(bool(evaluation_code(scheme, *p)) for p in pairs if all(p)))
