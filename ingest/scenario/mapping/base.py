"""Columns, references and queries: what all parts of a mapping share."""

from __future__ import annotations

from typing import Any

from ingest.scenario.services import Service
from ingest.scenario.tables import Written

Entity = dict[str, Any]
_SUBJECTS = {"person": ("persona", "Person"), "company": ("empresa", "Company")}


class Draft:
    """The mapping of one package while it is made."""

    def __init__(self, service: Service, written: Written) -> None:
        self.service = service
        self.written = written
        self.queries: list[dict[str, Any]] = []

    def column(self, table: str, column: str, **hints: Any) -> dict[str, Any]:
        """A property's source: one column, with Vínculo's hints."""
        return {"column": self.service.header(table, column), **hints}

    def columns(self, table: str, *columns: str, join: str, **hints: Any) -> dict[str, Any]:
        """A property's source: several columns joined."""
        return {"columns": [self.service.header(table, column) for column in columns], "join": join, **hints}

    def number(self, table: str, column: str, country: str, kind: str) -> dict[str, Any]:
        """A property's source: an identity number of ``country``."""
        return self.column(table, column, country=country, form=f"{country.lower()}.{kind}")

    def date(self, table: str, column: str) -> dict[str, Any]:
        """A property's source: a day."""
        form = self.service.date
        return self.column(table, column) if form == "cell" else self.column(table, column, format=form)

    def moment(self, table: str, column: str) -> dict[str, Any]:
        """A property's source: a day and a time, which sheets have as text too."""
        form = "%Y-%m-%d" if self.service.date == "cell" else self.service.date
        return self.column(table, column, format=f"{form} %H:%M")

    def entity(self, schema: str, literal: str, table: str, *keys: str, **properties: Any) -> Entity:
        """An entity of ``schema``, whose key is ``literal`` and the columns ``keys``."""
        found: Entity = {
            "schema": schema,
            "key_literal": literal,
            "keys": [self.service.header(table, k) for k in keys],
        }
        if properties:
            found["properties"] = properties
        return found

    def subject(self, kind: str, table: str, column: str) -> Entity:
        """A person or company that another table describes: schema and key only."""
        literal, schema = _SUBJECTS[kind]
        return self.entity(schema, literal, table, column)

    def query(self, table: str, entities: dict[str, Entity], filters: dict[str, Any] | None = None) -> None:
        """Add a query over ``table``; ``filters`` by column key."""
        service = self.service
        query: dict[str, Any] = {"csv_url": service.file_name(table)}
        if service.file["kind"] == "xlsx":
            query["sheet"] = service.sheet(table)
        else:
            query["encoding"], query["delimiter"] = service.file["encoding"], service.file["delimiter"]
        if filters:
            query["filters"] = {service.header(table, column): value for column, value in filters.items()}
        query["entities"] = entities
        self.queries.append(query)

    def kinds(self, table: str) -> list[tuple[str, ...]]:
        """The sorts of rows that ``table`` holds, in a fixed order."""
        return sorted(self.written.kinds.get(table, ()))


def ref(alias: str) -> dict[str, str]:
    """A property's source: another entity of the same query."""
    return {"entity": alias}
