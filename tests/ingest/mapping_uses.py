"""What a mapping makes of each column, so that two mappings of one table can be held against each other."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.mapping import QuerySpec
from ingest.normalise.documents import forms

NAMES = {"firstName", "secondName", "surname1", "surname2", "lastName"}  # the mapper joins these into the name
Use = tuple[str, ...]


def uses(queries: Iterable[QuerySpec]) -> dict[str, set[Use]]:
    """Column → (schema, property), ("key", schema), ("end", schema, property), (schema, "role") …"""
    found: dict[str, set[Use]] = {}

    def add(column: str, *use: str) -> None:
        if column:
            found.setdefault(column, set()).add(use)

    for query in queries:
        for column in (*query.filters, *query.filters_not):
            add(column, "filter")
        keys = {e.name: e for e in query.entities}
        for entity in query.entities:
            schema = entity.schema
            for column in entity.keys:
                add(column, "key", schema)
            for what in ("role", "protected", "source", "information", "handling"):
                add(getattr(entity, what).column, schema, what)
            for spec in entity.properties:
                for column in spec.columns:
                    add(column, schema, spec.prop)
                    if spec.form.literal:
                        add(column, schema, spec.prop, canonical(spec.form.literal))
                if spec.entity:
                    for column in keys[spec.entity].keys:
                        add(column, "end", entity.schema, spec.prop)
    for known in found.values():
        if known & {("Person", p) for p in NAMES}:
            known.discard(("Person", "name"))
    return found


def canonical(form: str) -> str:
    """A form by its own name, where it has several."""
    return forms()[form].name if form in forms() else form


def right(truth: set[Use], proposed: set[Use]) -> bool:
    """Whether a column is proposed as in the truth: it fills the same properties of the same kinds of things, names the
    same ends of the same links, and, where it is only a key or a filter, is one."""
    said = {u for u in truth if u[0] not in ("key", "filter")}
    if said:
        return said <= proposed and not _other(said, proposed)
    return truth <= proposed


def _other(said: set[Use], proposed: set[Use]) -> set[Use]:
    """Properties that the proposal fills besides, of things the truth fills one of: a value in two places is wrong."""
    kinds = {u[0] for u in said if u[0] not in ("end", "key", "filter")}
    return {u for u in proposed if u[0] in kinds and len(u) == 2 and u not in said}
