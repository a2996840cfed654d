"""Things and links as rows of plain typed values, for the forms that know no lists: GraphML, GEXF, CSV.

The way back is part of the form: :func:`unflat` undoes :func:`flat`, and the column ``statements`` holds every
statement with its source as JSON, so that nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from graph.export.contents import Contents, Fact, Item, Line
from graph.identity import Pair
from graph.style import link_style, node_style
from graph.words import kind_name, prop_name, relation_name

Value = str | int | float | bool
Row = dict[str, Value]

# What XML 1.0 cannot hold (https://www.w3.org/TR/xml/#charsets)
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def flat(values: Iterable[str]) -> str:
    """Several values in one cell: one alone stays as it is; several, or what looks like a list, are a JSON array."""
    found = list(values)
    if len(found) == 1 and found[0] and not found[0].startswith("["):
        return found[0]
    return orjson.dumps(found).decode() if found else ""


def unflat(cell: str) -> list[str]:
    """The values of a cell that :func:`flat` made."""
    if not cell:
        return []
    return [str(v) for v in orjson.loads(cell)] if cell.startswith("[") else [cell]


def legal(text: str) -> tuple[str, int]:
    """``text`` without the characters that XML cannot hold, and how many they were."""
    return _ILLEGAL.subn("", text)


def facts_json(facts: Iterable[Fact]) -> str:
    """Statements with their sources as a JSON array; empty fields are left out.

    What XML cannot hold is written as an escape of JSON's, so it survives there too.
    """
    return _escaped([fact_dict(f) for f in facts])


def _escaped(value: Any) -> str:
    return _ILLEGAL.sub(lambda found: f"\\u{ord(found[0]):04x}", orjson.dumps(value).decode())


def fact_dict(fact: Fact) -> dict[str, Any]:
    """One statement with its source, as JSON knows it."""
    s = fact.statement
    whole = {
        "prop": s.prop,
        "value": s.value,
        "original": s.original,
        "form": s.form,
        "check": s.check,
        "derived": s.derived,
        "owner": fact.owner,
        "dataset": fact.dataset,
        "revision": fact.revision,
        "record": fact.record,
        "document": s.document,
        "row": s.row,
        "evaluation": s.evaluation,
        "handling": s.handling,
    }
    return {key: value for key, value in whole.items() if value}


def reasons_json(pairs: Iterable[Pair]) -> str:
    """Why records are held to be one, or may be, as a JSON array; empty for no pair."""
    found = pairs_list(pairs)
    return _escaped(found) if found else ""


def pairs_list(pairs: Iterable[Pair]) -> list[dict[str, Any]]:
    """Score, state and reasons of each pair, as JSON knows them."""
    return [{"score": p.score, "state": p.state, "reasons": [r._asdict() for r in p.reasons]} for p in pairs]


def node_row(item: Item, position: tuple[float, float], lang: str) -> Row:
    """A thing as one row. Names of columns never change with the language."""
    node = item.node
    row: Row = {
        "id": node.id,
        "label": item.label,
        "kind": node.kind,
        "schema": node.schema,
        "kind_name": kind_name(node, lang),
        "group": node_style(node).group,
        "colour": node_style(node).fill,
        "owners": flat(node.owners),
        "countries": flat(node.countries),
        "crosses": node.crosses,
        "records": node.records,
        "identity": node.state,
        "protected": node.masked,
        "handling": flat(sorted(codes(item.facts))),
        "x": position[0],
        "y": position[1],
    }
    values: dict[str, list[str]] = {}
    for fact in item.facts:
        known = values.setdefault(fact.statement.prop, [])
        if fact.statement.value not in known:
            known.append(fact.statement.value)
    row.update({f"prop_{prop}": flat(found) for prop, found in sorted(values.items())})
    row["statements"] = facts_json(item.facts)
    row["reasons"] = reasons_json(item.grounds)
    return row


def link_row(line: Line, lang: str) -> Row:
    """A link as one row."""
    link = line.link
    return {
        "id": line.id,
        "source": link.source,
        "target": link.target,
        "label": relation_name(link.relation, lang),
        "caption": link.caption,
        "relation": link.relation,
        "schema": link.schema,
        "directed": link.directed,
        "state": link.state,
        "start_date": link.start,
        "end_date": link.end,
        "owner": link.owner,
        "country": link.country,
        "dataset": link.dataset,
        "score": link.score,
        "evaluation": flat(sorted({f.statement.evaluation for f in line.facts if f.statement.evaluation})),
        "handling": flat(sorted(codes(line.facts))),
        "documents": flat(dict.fromkeys(f.statement.document for f in line.facts if f.statement.document)),
        "colour": link_style(link).colour,
        "statements": facts_json(line.facts),
        "reasons": reasons_json([line.pair] if line.pair else []),
    }


def rows(contents: Contents, lang: str) -> tuple[list[Row], list[Row]]:
    """All things and all links as rows."""
    at = contents.chart.positions
    return [node_row(i, at[i.node.id], lang) for i in contents.items], [link_row(k, lang) for k in contents.lines]


# columns of a link, also where there is none: a table has its heads, empty or not
LINK_COLUMNS: Mapping[str, type] = {
    **dict.fromkeys(("id", "source", "target", "label", "caption", "relation", "schema"), str),
    "directed": bool,
    **dict.fromkeys(("state", "start_date", "end_date", "owner", "country", "dataset"), str),
    "score": float,
    **dict.fromkeys(("evaluation", "handling", "documents", "colour", "statements", "reasons"), str),
}


def columns(found: Iterable[Row], least: Mapping[str, type] | None = None) -> Mapping[str, type]:
    """Column → type over all rows: those that every row has in their order, properties in order of their names."""
    types: dict[str, type] = dict(least or {})
    for row in found:
        for name, value in row.items():
            types.setdefault(name, type(value))
    first = [name for name in types if not name.startswith("prop_")]
    tail = [name for name in first if name in ("statements", "reasons")]
    props = sorted(name for name in types if name.startswith("prop_"))
    return {name: types[name] for name in [*(n for n in first if n not in tail), *props, *tail]}


def title_of(column: str, lang: str) -> str:
    """What a column is called for people."""
    return prop_name(column.removeprefix("prop_"), lang) if column.startswith("prop_") else column


def codes(facts: Iterable[Fact]) -> set[str]:
    """Handling codes of these facts."""
    return {code for f in facts for code in f.statement.handling.split(",") if code}
