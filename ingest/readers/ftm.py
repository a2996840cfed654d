"""FollowTheMoney entities as JSON lines: each line a row, each value a statement under the rules of our own normal
forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from graph.delivery import Reject
from graph.model import link_types, model, property_type
from graph.statement import Delivered, Statement
from ingest.cleaners import Cleaner, Hints, cleaner
from ingest.context import Context, Outcome
from ingest.readers.base import Row, Table
from ingest.readers.json_file import json_lines
from ingest.readers.returned import returned_line

if TYPE_CHECKING:
    from ingest.manifest import SourceSpec
    from ingest.package import Package

LEFT_OUT = frozenset(("namesMentioned",))  # copies of names into links, where a mask would not reach them


@lru_cache(maxsize=4096)
def _cleaner(schema: str, prop: str, home: str) -> Cleaner:
    return cleaner(schema, prop, Hints(home))


def read_ftm(package: Package, spec: SourceSpec, context: Context) -> Iterator[Outcome]:
    """Outcomes of a file of entities. Their ids become ours; nothing else of FollowTheMoney's ids is kept."""
    member = package.member(spec.file)
    home = str(spec.options.get("country", ""))
    for number, data in json_lines(member.path, member.name, package.limits):
        yield _outcome(member.name, returned_line(number, data), data, context, home)


def entity_table(package: Package, spec: SourceSpec) -> Callable[[], Table]:
    """What opens the file as a table of one column without a name, which holds an entity as JSON."""
    member = package.member(spec.file)

    def rows() -> Iterator[Row]:
        for number, data in json_lines(member.path, member.name, package.limits):
            text = data if isinstance(data, str) else orjson.dumps(data).decode()
            yield Row(returned_line(number, data), {"": text})

    return lambda: Table(("",), rows())


def _outcome(document: str, number: int, data: Any, context: Context, home: str) -> Outcome:
    def whole(reason: str, column: str = "", **params: str) -> Outcome:
        text = data if isinstance(data, str) else orjson.dumps(data).decode()
        return Outcome(number, [], [Reject(document, number, column, text, reason, params, True)])

    if not isinstance(data, dict) or not isinstance(data.get("properties"), dict):
        return whole("ingest.reject.not_object")
    id, schema = data.get("id"), data.get("schema")
    if not isinstance(id, str) or not id:
        return whole("ingest.reject.key", "id")
    if not isinstance(schema, str) or schema not in model().schemata or model()[schema].abstract:
        return whole("ingest.reject.no_schema", "schema", schema=str(schema))
    statements: list[Statement] = []
    rejects: list[Reject] = []
    m = context.manifest
    tail = (document, number, m.evaluation, m.handling)
    known = model()[schema].properties
    for prop, values in data["properties"].items():
        if prop in LEFT_OUT:
            continue
        for text in values if isinstance(values, list) else [values]:
            if not isinstance(text, str) or prop not in known or known[prop].stub:
                rejects.append(
                    Reject(document, number, prop, str(text), "ingest.reject.no_property", {"schema": schema})
                )
            elif property_type(schema, prop) == "entity":
                statements.append(Statement(prop, context.record(text), text, *tail))
            elif text.strip():
                pieces = _cleaner(schema, prop, home)(text, "", "")
                if isinstance(pieces, str):
                    rejects.append(Reject(document, number, prop, text, pieces, {"prop": prop, "schema": schema}))
                else:
                    statements.extend(Statement(p[0], p[1], p[2], *tail, p[3], p[4], p[5]) for p in pieces)
    edge = link_types().get(schema)
    if edge and not {edge.source, edge.target} <= {s.prop for s in statements}:
        return whole("ingest.reject.end", f"{edge.source}, {edge.target}")
    if not statements:
        return whole("ingest.reject.nothing")
    return Outcome(number, [Delivered(context.record(id), schema, statements)], rejects)
