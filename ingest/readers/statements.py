"""FollowTheMoney statements, as CSV or JSON lines: each line one value of one property of one entity.

The value is read under our own normal forms from what the source wrote (``original_value`` where it is there), so that
a value means the same however it was delivered. ``dataset``, ``origin``, ``first_seen`` and ``last_seen`` are
FollowTheMoney's bookkeeping: the delivery's own provenance takes their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import orjson

from graph.delivery import Reject
from graph.errors import ReaderError
from graph.model import link_types, model, property_type
from ingest.cleaners import Hints
from ingest.context import Context, Outcome
from ingest.readers import Row, Table, opener
from ingest.readers.saying import Saying

if TYPE_CHECKING:
    from ingest.manifest import SourceSpec
    from ingest.package import Package

NEEDED = ("entity_id", "prop", "schema", "value")
LEFT_OUT = frozenset(("namesMentioned",))  # copies of names into links, where a mask would not reach them
TRUE = frozenset(("1", "t", "true", "True", "TRUE"))


class _Known:
    """What must be known of all lines before one can be read: whose id is whose, and which links have both ends."""

    def __init__(self, table: Table) -> None:
        self._members: dict[str, str | None] = {}  # canonical id → its one entity, None where it has several
        self._entities: set[str] = set()
        ends: dict[str, set[str]] = {}
        for row in table.rows:
            if row.problem:
                continue
            entity, canonical = row.values.get("entity_id", ""), row.values.get("canonical_id", "")
            self._entities.add(entity)
            if canonical and canonical != entity:
                self._members[canonical] = entity if self._members.get(canonical, entity) == entity else None
            edge = link_types().get(row.values.get("schema", ""))
            if edge:
                ends.setdefault(entity, set()).update({row.values.get("prop", "")} & {edge.source, edge.target})
        self.incomplete = {entity for entity, props in ends.items() if len(props) < 2}

    def entity(self, id: str) -> str:
        """The entity that an id in a value names: itself, or the only one behind a canonical id."""
        if id in self._entities:
            return id
        return self._members.get(id) or id


def read_statements(package: Package, spec: SourceSpec, context: Context) -> Iterator[Outcome]:
    """Outcomes of a file of statements. Raises :class:`ReaderError` where it has not the columns of one."""
    name, table = opener(package, spec)
    columns = table().columns
    missing = [c for c in NEEDED if c not in columns]
    if missing:
        raise ReaderError("readers.columns", file=name, known=", ".join(missing))
    known = _Known(table())
    hints = Hints(str(spec.options.get("country", "")))
    for row in table().rows:
        yield _outcome(name, row, context, known, hints)


def _outcome(document: str, row: Row, context: Context, known: _Known, hints: Hints) -> Outcome:
    values = row.values

    def whole(reason: str, column: str = "", **params: str) -> Outcome:
        text = orjson.dumps({c: v for c, v in values.items() if v}).decode()
        return Outcome(row.number, [], [Reject(document, row.number, column, text, reason, params, True)])

    if row.problem:
        return Outcome(row.number, [], [Reject(document, row.number, "", values.get("", ""), row.problem, whole=True)])
    entity, schema, prop, reason, column = _checked(values, known)
    if reason:
        return whole(reason, column, schema=schema)
    rejects: list[Reject] = []
    record = Saying(context, document, row.number, schema, context.record(entity), rejects)
    if property_type(schema, prop) == "entity":
        target = known.entity(values["value"].strip())
        record.refer(prop, context.record(target), values["value"].strip())
    else:
        record.say(prop, values.get("original_value", "") or values["value"], hints, column=prop)
        if rejects and values.get("original_value", ""):
            # what the source wrote cannot be read, but somebody has cleaned it already
            rejects.clear()
            record.say(prop, values["value"], hints, column=prop)
    if not record.statements:
        why = rejects[0] if rejects else Reject(document, row.number, prop, "", "ingest.reject.nothing")
        return whole(why.reason, prop, **why.params)
    return Outcome(row.number, [record.delivered()], rejects)


def _checked(values: Mapping[str, str], known: _Known) -> tuple[str, str, str, str, str]:
    """(entity, schema, property, reason why the line cannot be used, column at fault)."""
    entity, schema, prop = (values.get(c, "").strip() for c in ("entity_id", "schema", "prop"))
    reason = column = ""
    if not entity:
        reason, column = "ingest.reject.key", "entity_id"
    elif prop == "id":
        reason, column = "readers.reject.bookkeeping", "prop"
    elif values.get("external", "") in TRUE:
        reason, column = "readers.reject.external", "external"
    elif schema not in model().schemata or model()[schema].abstract:
        reason, column = "ingest.reject.no_schema", "schema"
    elif prop in LEFT_OUT:
        reason, column = "readers.reject.bookkeeping", "prop"
    elif prop not in model()[schema].properties or model()[schema].properties[prop].stub:
        reason, column = "ingest.reject.no_property", "prop"
    elif entity in known.incomplete:
        reason, column = "ingest.reject.end", "prop"
    return entity, schema, prop, reason, column
