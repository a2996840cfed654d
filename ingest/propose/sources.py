"""What stands behind one property of a draft mapping: its columns, and how their values are to be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from graph.model import descends, model, property_type
from ingest.normalise.countries import iso2
from ingest.normalise.documents import forms
from ingest.propose.columns import Column, Sheet, date_reading
from ingest.propose.documents import form_of
from ingest.propose.match import SUBJECT, Match, Slot
from ingest.propose.vocabulary import vocabulary

Source = dict[str, Any]
SEVERAL = re.compile(r"\S\s*([;|])\s*\S")
JOINED = {
    "startDate": " ",
    "location": ", ",
    "address": ", ",
    "notes": "; ",
}  # how columns of one property are put together


class Sources:
    """Sources of a table's properties. ``orders`` (``dmy`` or ``mdy``) and ``forms`` are a person's own decisions about
    single columns; everything else is decided from the values."""

    def __init__(
        self,
        sheet: Sheet,
        match: Match,
        country: str,
        orders: Mapping[str, str] | None = None,
        forms: Mapping[str, str] | None = None,
    ) -> None:
        self._sheet, self._match, self.country = sheet, match, country
        self.orders, self._forms = orders or {}, forms or {}

    def of(self, text: str, schema: str, prop: str) -> Source | None:
        """The source that a slot of ``vocabulary.yaml`` (``slot``, ``slot@side``, alternatives ``a | b``) gives."""
        for one in text.split("|"):
            slot = Slot.of(one.strip())
            if columns := self._match.slots.get(slot):
                return self.columns(slot, columns, schema, prop)
        return None

    def joined(self, texts: Sequence[str], schema: str, prop: str) -> Source | None:
        """The source that several slots give together, those that are filled."""
        columns = [c for text in texts for c in self._match.slots.get(Slot.of(text), ())]
        if not columns:
            return None
        if len(columns) == 1:
            slot = next(Slot.of(text) for text in texts if columns[0] in self._match.slots.get(Slot.of(text), ()))
            return self.columns(slot, columns, schema, prop)
        source: Source = {"columns": columns, "join": JOINED.get(prop, " · ")}
        return source

    def columns(self, slot: Slot, columns: Sequence[str], schema: str, prop: str) -> Source:
        """The source that columns filling one slot give a property."""
        source: Source = {"column": columns[0]} if len(columns) == 1 else {"columns": list(columns)}
        sample = [v for c in columns for v in self._sheet.column(c).sample]
        kind = property_type(schema, prop)
        if kind == "date":
            source.update(self.date(columns[0]))
        elif kind == "phone" or (kind == "identifier" and descends(schema, "PhoneNumber")):
            source.update({"country": self.country} if self.country else {})
        elif prop == "registrationNumber" and descends(schema, "Vehicle"):
            source.update(self._country_of_row() or ({"country": self.country} if self.country else {}))
        elif prop == "passportNumber":
            nation = self._match.first(Slot("nation", slot.side))
            source.update({"country": {"column": nation}} if nation else {})
        elif prop == "name" and descends(schema, "Person") and (order := self._name_order(columns[0])):
            source["name_order"] = order
        elif slot.concept == "alias" and (mark := _separator(sample)):
            source["split"] = mark
        return source

    def date(self, column: str) -> dict[str, str]:
        """The format of a column of dates; nothing where they are read without one."""
        found = date_reading(self._sheet, column, self.orders.get(column, ""))
        return {"format": found.format} if found.format else {}

    def _country_of_row(self) -> Source:
        column = self._match.first(Slot("country"))
        return {"country": {"column": column}} if column else {}

    def documents(self, slot: Slot, schema: str) -> dict[str, Source]:
        """Sources of the identity numbers at a side: property → column with its form, as far as it can be told."""
        found: dict[str, list[tuple[str, str]]] = {}
        for column in self._match.slots.get(slot, ()):
            prop, form = self.document(self._sheet.column(column), schema)
            found.setdefault(prop, []).append((column, form))
        return {prop: self._numbers(entries, schema) for prop, entries in found.items()}

    def document(self, column: Column, schema: str) -> tuple[str, str]:
        """(property, form) of a column of identity numbers; the form is empty where it cannot be told."""
        person = descends(schema, "Person")
        form = self._forms.get(column.name) or form_of(column, self.country).form
        if form.endswith(".passport"):
            return "passportNumber", form
        table = vocabulary().documents
        said = next((table[w]["person" if person else "company"] for w in column.words if w in table), "")
        prop = said or (forms()[form].prop if form else "idNumber")
        if not person and prop in ("socialSecurityNumber", "passportNumber"):
            prop = "idNumber"
        return (prop if prop in model()[schema].properties else "idNumber"), form

    def _numbers(self, entries: Sequence[tuple[str, str]], schema: str) -> Source:
        if len(entries) > 1:  # one property has one form: of several numbers the country alone is said
            source: Source = {"columns": [c for c, _ in entries]}
            return source | ({"country": self.country} if self.country else {})
        column, form = entries[0]
        if by_row := self._forms_by_country(column, schema):
            return {"column": column, "form": by_row}
        if form:
            return {"column": column, "country": form[:2].upper(), "form": form}
        return {"column": column} | ({"country": self.country} if self.country else {})

    def _forms_by_country(self, number: str, schema: str) -> Source | None:
        """A company's number is of its own country, where the row says which."""
        column = self._match.first(Slot("country", SUBJECT))
        table = vocabulary().company_forms
        if not column or number in self._forms or not descends(schema, "Organization"):
            return None
        known = {text: table.get(iso2(text)) for text in self._sheet.column(column).sample}
        found = {text: form for text, form in sorted(known.items()) if form}
        return {"column": column, "map": found} if len(found) > 1 else None

    def _name_order(self, column: str) -> str:
        """Which stands first, where the header says it; names with a comma say it themselves."""
        words = [w for w in self._sheet.column(column).words if w in ("nombre", "nombres", "apellido", "apellidos")]
        if words and words[0].startswith("apellido") and len(words) > 1:
            return "surname_first"
        if len(words) > 1 or (words and "completo" in self._sheet.column(column).words):
            return "given_first"
        return ""


def _separator(sample: Sequence[str]) -> str:
    """The sign that separates several values in one cell, if there is one."""
    marks = [found[1] for text in sample if (found := SEVERAL.search(text))]
    return max(set(marks), key=marks.count) if marks and len(marks) >= 0.02 * len(sample) else ""
