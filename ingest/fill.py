"""One property of a mapping compiled: a row in, its statements and rejects out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from graph.delivery import Reject
from graph.statement import Statement
from ingest.cleaners import Cleaner, Hints, cleaner, country_code
from ingest.context import Context
from ingest.mapping import Choice, PropertySpec
from ingest.normalise.dates import DAY_FIRST
from ingest.normalise.text import fold
from ingest.problems import MappingProblems, Problem

Values = Mapping[str, str]
_made = tuple.__new__  # a statement without the call of a Python function: there are millions


class Tail(NamedTuple):
    """The provenance that the statements of one record of one row share."""

    row: int
    evaluation: str
    handling: str


Fill = Callable[[Values, Tail, list[Statement], list[Reject]], None]


def value_of(choice: Choice, values: Values) -> str:
    """What a choice says for a row, by its map where it has one."""
    if not choice.column:
        return choice.literal
    text = values[choice.column].strip()
    return choice.map.get(fold(text), text) if choice.map else text


def _hints(spec: PropertySpec, orders: Mapping[str, str], options: Mapping[str, Any], context: Context) -> Hints:
    order = next((orders[c] for c in spec.columns if c in orders), DAY_FIRST)
    home = options.get("country") or context.country
    return Hints(home, options.get("decimal", ""), order, spec.format, spec.name_order)


def literals_of(
    schema: str, spec: PropertySpec, options: Mapping[str, Any], context: Context
) -> list[tuple[str, str, str, str, str, str]]:
    """Pieces of a property's literals where it has no columns (with columns they are read along with these)."""
    if spec.columns or not spec.literals:
        return []
    clean = cleaner(schema, spec.prop, _hints(spec, {}, options, context), spec.map)
    found: list[tuple[str, str, str, str, str, str]] = []
    for text in spec.literals:
        pieces = clean(text, country_code(spec.country.literal), spec.form.literal)
        if isinstance(pieces, str):
            raise MappingProblems([Problem("ingest.mapping.literal", spec.prop, value=text)], "mapping")
        found.extend(pieces)
    return found


def _texts(spec: PropertySpec) -> Callable[[Values], list[tuple[str, str]]]:
    """A function that gives (column, text) of a property's values in a row: columns, literals, template, join,
    split."""
    columns, literals, template = spec.columns, spec.literals, spec.template
    join, split = spec.join, spec.split
    label = ", ".join(columns)

    def texts(values: Values) -> list[tuple[str, str]]:
        if template:
            text = template
            for column in columns:
                text = text.replace("{{" + column + "}}", values[column].strip())
            found = [(label, text)] if any(values[c].strip() for c in columns) else []
        else:
            found = [(c, values[c]) for c in columns]
            if join is not None:
                said = [*literals, *(v.strip() for _, v in found)]
                found = [(label, join.join(v for v in said if v))]
            else:
                found += [("", v) for v in literals if any(values[c].strip() for c in columns)]
        if split:
            found = [(c, part) for c, v in found for part in v.split(split)]
        return found

    return texts


def _plain_fill(clean: Cleaner, column: str, document: str, country: str, form: str, params: dict[str, str]) -> Fill:
    """What most properties are: one column, whose country and form the mapping knows."""

    def fill(values: Values, tail: Tail, found: list[Statement], rejects: list[Reject]) -> None:
        text = values[column]
        if not text or text.isspace():
            return
        pieces = clean(text, country, form)
        row, evaluation, handling = tail
        if isinstance(pieces, str):
            rejects.append(Reject(document, row, column, text, pieces, params))
            return
        for prop, value, original, kind, check, derived in pieces:
            fields = (prop, value, original, document, row, evaluation, handling, kind, check, derived)
            found.append(_made(Statement, fields))

    return fill


def fill_of(
    schema: str,
    spec: PropertySpec,
    document: str,
    orders: Mapping[str, str],
    options: Mapping[str, Any],
    context: Context,
) -> Fill:
    """A function that adds a row's statements of one property, or rejects what it cannot read."""
    clean = cleaner(schema, spec.prop, _hints(spec, orders, options, context), spec.map, context.stages)
    country, form = spec.country, spec.form
    said_country = country_code(country.literal)
    params = {"prop": spec.prop, "schema": schema}
    form_map = form.map

    def say(column: str, text: str, values: Values, tail: Tail, found: list[Statement], rejects: list[Reject]) -> None:
        of = country_code(value_of(country, values)) if country.column else said_country
        shape = form.literal
        if form.column:
            shape = form_map.get(fold(values[form.column]), "") or form.literal
        pieces = clean(text, of, shape)
        row, evaluation, handling = tail
        if isinstance(pieces, str):
            rejects.append(Reject(document, row, column, text, pieces, params))
            return
        for prop, value, original, kind, check, derived in pieces:
            found.append(Statement(prop, value, original, document, row, evaluation, handling, kind, check, derived))

    simple = len(spec.columns) == 1 and not (spec.literals or spec.template or spec.split or spec.join is not None)
    if simple and not country.column and not form.column:
        return _plain_fill(clean, spec.columns[0], document, said_country, form.literal, params)
    if simple:
        column = spec.columns[0]

        def fill(values: Values, tail: Tail, found: list[Statement], rejects: list[Reject]) -> None:
            text = values[column]
            if text and not text.isspace():
                say(column, text, values, tail, found, rejects)

        return fill
    texts = _texts(spec)

    def fill_many(values: Values, tail: Tail, found: list[Statement], rejects: list[Reject]) -> None:
        for column, text in texts(values):
            if text and not text.isspace():
                say(column, text, values, tail, found, rejects)

    return fill_many
