"""A mapping compiled for one file: rows in, fragments of records and rejects out.

Everything that does not depend on the row is done once: columns are looked up, normalisers chosen, results kept per
distinct value. No entity object of FollowTheMoney is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import orjson

from graph.delivery import Reject
from graph.model import descends, link_types, model, property_type
from graph.protection import ROLES
from graph.statement import Delivered, Statement
from ingest.cleaners import Hints, cleaner, country_code
from ingest.context import Context, Outcome
from ingest.evaluation import SCHEMES, evaluation_code, handling_codes, union_handling
from ingest.mapping import Choice, EntitySpec, PropertySpec, QuerySpec
from ingest.normalise.dates import DAY_FIRST
from ingest.normalise.text import fold
from ingest.problems import MappingProblems, Problem, nearest
from ingest.readers.base import Row
from ingest.roles import role_of

Values = Mapping[str, str]
KEPT_IDS = 20_000  # ids of records kept per entity of a mapping: rows of one record come near each other
YES = frozenset(("si", "s", "sim", "yes", "y", "1", "true", "verdadero", "verdadeiro", "v", "x"))
NO = frozenset(("", "no", "n", "nao", "0", "false", "falso", "f"))


class _Tail(NamedTuple):
    """The provenance that the statements of one record of one row share."""

    row: int
    evaluation: str
    handling: str


class _Refused(Exception):
    """The whole row is refused: what it says of its own handling cannot be understood."""

    def __init__(self, reject: Reject) -> None:
        self.reject = reject


def check_columns(queries: Sequence[QuerySpec], columns: Mapping[str, Sequence[str]], name: str) -> None:
    """Every column that a query names stands in each of its files; :class:`MappingError` with all that do not."""
    problems = []
    for query in queries:
        for file in query.files:
            have = columns.get(file)
            if have is None:
                continue
            for column in sorted(query.columns - set(have)):
                near = nearest(column, have)
                problems.append(Problem("ingest.mapping.no_column", query.at, value=column, document=file, near=near))
    if problems:
        raise MappingProblems(problems, name)


class Mapper:
    """The queries of one file, compiled. ``orders`` gives the date order decided for a column."""

    def __init__(
        self,
        queries: Sequence[QuerySpec],
        context: Context,
        document: str,
        orders: Mapping[str, str] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.document = document
        self._queries = [_Query(q, context, document, orders or {}, {**(options or {}), **q.options}) for q in queries]

    def map(self, row: Row) -> Outcome:
        """What the row says, as fragments of records, and what of it could not be used."""
        number, values, problem = row
        if problem:
            return Outcome(number, [], [Reject(self.document, number, "", values.get("", ""), problem, {}, True)])
        fragments: list[Delivered] = []
        rejects: list[Reject] = []
        skipped: list[Reject] = []
        try:
            for query in self._queries:
                query.map(number, values, fragments, rejects, skipped)
        except _Refused as refused:
            return Outcome(number, [], [self._whole(number, values, refused.reject)])
        if fragments:
            rejects.extend(skipped)
            return Outcome(number, fragments, rejects)
        nothing = "ingest.reject.nothing" if any(q.takes(values) for q in self._queries) else "ingest.reject.filtered"
        why = (skipped or rejects or [Reject(self.document, number, "", "", nothing)])[0]
        return Outcome(number, [], [self._whole(number, values, why)])

    def _whole(self, number: int, values: Values, why: Reject) -> Reject:
        text = orjson.dumps({c: v for c, v in values.items() if v}).decode()
        return Reject(self.document, number, why.column, text, why.reason, why.params, True)


class _Query:
    def __init__(
        self, spec: QuerySpec, context: Context, document: str, orders: Mapping[str, str], options: Mapping[str, Any]
    ) -> None:
        self._document = document
        self._filters = tuple(spec.filters.items())
        self._filters_not = tuple(spec.filters_not.items())
        self._entities = [_Entity(e, spec, context, document, orders, options) for e in spec.entities]

    def takes(self, values: Values) -> bool:
        """Whether the query's filters let a row through."""
        if any(values[column].strip() not in wanted for column, wanted in self._filters):
            return False
        return all(values[column].strip() not in unwanted for column, unwanted in self._filters_not)

    def map(
        self, number: int, values: Values, fragments: list[Delivered], rejects: list[Reject], skipped: list[Reject]
    ) -> None:
        """What the query makes of a row, added to the three lists."""
        if (self._filters or self._filters_not) and not self.takes(values):
            return
        ids = {e.name: e.id_of(values) for e in self._entities}
        for entity in self._entities:
            entity.map(number, values, ids, fragments, rejects, skipped)


Fill = Callable[[Values, "_Tail", list[Statement], list[Reject]], None]


class _Entity:
    def __init__(
        self,
        spec: EntitySpec,
        query: QuerySpec,
        context: Context,
        document: str,
        orders: Mapping[str, str],
        options: Mapping[str, Any],
    ) -> None:
        self.name = spec.name
        self._spec, self._document, self._context = spec, document, context
        self._keys = spec.keys
        self._prefix = (spec.key_literal,) if spec.key_literal else ()
        self._made: dict[tuple[str, ...], tuple[str, str]] = {}
        others = (
            set().union(*(e.columns for e in query.entities if e is not spec)) if len(query.entities) > 1 else set()
        )
        self._own = sorted(spec.columns - others)
        self._required = [p.prop for p in spec.properties if p.required]
        edge = link_types().get(spec.schema)
        self._ends = {edge.source, edge.target} if edge else set()
        self._links = [(p.prop, p.entity) for p in spec.properties if p.entity]
        self._fills = [
            _fill(spec.schema, p, document, orders, options, context)
            for p in spec.properties
            if not p.entity and p.columns
        ]
        self._literals = [
            piece for p in spec.properties if not p.entity for piece in _literals(spec.schema, p, options, context)
        ]
        props = {p.prop for p in spec.properties}
        self._to_case = spec.schema == "CaseRole" and "investigation" not in props
        self._join_name = (
            descends(spec.schema, "Person")
            and "name" not in props
            and bool(props & {"firstName", "surname1", "lastName"})
        )
        self._evaluation = context.manifest.evaluation
        self._handling = context.manifest.handling
        self._plain = not (spec.source or spec.information or spec.handling)

    def id_of(self, values: Values) -> tuple[str, str] | None:
        """(id of the record that the row names, its key as written), None where a part of the key is blank."""
        key = tuple([" ".join(values[k].split()) for k in self._keys])
        if not all(key):
            return None
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= KEPT_IDS:
                self._made.clear()
            found = self._made[key] = self._context.record(*self._prefix, *key), " ".join(key)
        return found

    def map(
        self,
        number: int,
        values: Values,
        ids: Mapping[str, tuple[str, str] | None],
        fragments: list[Delivered],
        rejects: list[Reject],
        skipped: list[Reject],
    ) -> None:
        own = ids[self.name]
        if own is None:
            blank = [k for k in self._keys if not values[k].strip()]
            self._skip(number, values, "ingest.reject.key", blank, skipped)
            return
        tail = _Tail(number, self._evaluation, self._handling) if self._plain else self._tail(number, values, rejects)
        found: list[Statement] = []
        missing = set(self._ends)
        document, row, evaluation, handling = self._document, number, tail.evaluation, tail.handling
        for prop, entity in self._links:
            if target := ids[entity]:
                found.append(Statement(prop, target[0], target[1], document, row, evaluation, handling))
                missing.discard(prop)
        if self._to_case:
            case = self._context.investigation
            found.append(Statement("investigation", case, "", document, row, evaluation, handling))
            missing.discard("investigation")
        if missing:
            self._skip(number, values, "ingest.reject.end", sorted(missing), skipped)
            return
        refused: list[Reject] = []
        for fill in self._fills:
            fill(values, tail, found, refused)
        if found and self._literals:
            for p in self._literals:
                found.append(Statement(p[0], p[1], p[2], document, row, evaluation, handling, p[3], p[4], p[5]))
        if self._join_name:
            self._add_name(found, tail)
        if self._required:
            have = {s.prop for s in found}
            blank = [p for p in self._required if p not in have]
            if blank:
                self._skip(number, values, "ingest.reject.required", blank, skipped)
                return
        rejects.extend(refused)
        mask = "protected" if self._spec.protected and self._protected(number, values, rejects) else ""
        if found or mask:
            fragments.append(Delivered(own[0], self._spec.schema, found, "", mask))
        if self._spec.role:
            self._role(values, own, tail, fragments, rejects)

    def _skip(self, number: int, values: Values, reason: str, what: list[str], skipped: list[Reject]) -> None:
        """The record cannot be made. Nothing is lost where none of its own columns says anything."""
        said = {c: values[c] for c in self._own if values[c].strip()}
        if said:
            column, value = ", ".join(what), orjson.dumps(said).decode()
            skipped.append(Reject(self._document, number, column, value, reason, {"entity": self.name}))

    def _add_name(self, found: list[Statement], tail: _Tail) -> None:
        parts: dict[str, str] = {}
        for s in found:
            parts.setdefault(s.prop, s.value)
        last = [parts[p] for p in ("surname1", "surname2") if p in parts] or [parts.get("lastName", "")]
        order = (
            [parts.get(p, "") for p in ("firstName", "secondName", "middleName")] + last + [parts.get("nameSuffix", "")]
        )
        name = " ".join(p for p in order if p)
        if name:
            found.append(Statement("name", name, "", self._document, *tail, "", "", "parts>name"))

    def _tail(self, number: int, values: Values, rejects: list[Reject]) -> _Tail:
        spec = self._spec
        evaluation = self._evaluation
        if spec.source or spec.information:
            source, information = _value(spec.source, values), _value(spec.information, values)
            if source or information:
                scheme, _, default = evaluation.partition(":")
                code = evaluation_code(
                    spec.scheme or scheme or "4x4", source or default[:1], information or default[1:]
                )
                if code:
                    evaluation = code
                else:
                    column = spec.source.column or spec.information.column
                    rejects.append(
                        Reject(self._document, number, column, f"{source}{information}", "ingest.reject.evaluation")
                    )
        handling = self._handling
        if spec.handling and (text := _value(spec.handling, values)):
            codes = handling_codes(text)
            if codes is None:
                # who cannot be told how to handle it must not get it
                raise _Refused(Reject(self._document, number, spec.handling.column, text, "ingest.reject.handling"))
            handling = union_handling(handling, codes)
        return _Tail(number, evaluation, handling)

    def _protected(self, number: int, values: Values, rejects: list[Reject]) -> bool:
        choice = self._spec.protected
        if not choice.column:
            return fold(choice.literal) in YES
        text = values[choice.column]
        key = fold(choice.map.get(fold(text), text))
        if choice.true:
            if key in choice.true:
                return True
            if key in NO:
                return False
        elif key in YES or key in NO:
            return key in YES
        # protect first: an answer nobody understands is no "no"
        rejects.append(Reject(self._document, number, choice.column, text, "ingest.reject.protected"))
        return True

    def _role(
        self, values: Values, own: tuple[str, str], tail: _Tail, fragments: list[Delivered], rejects: list[Reject]
    ) -> None:
        choice = self._spec.role
        text = values[choice.column].strip() if choice.column else choice.literal
        if not text:
            return
        role = choice.map.get(fold(text)) or role_of(text)
        if not role:
            rejects.append(Reject(self._document, tail.row, choice.column, text, "ingest.reject.role"))
            role = "other"
        case = self._context.investigation
        record = self._context.record("case-role", own[0], role)
        rest = (self._document, *tail)
        statements = [
            Statement("person", own[0], own[1], *rest),
            Statement("investigation", case, "", *rest),
            Statement("role", role, "" if role == text else text, *rest),
        ]
        fragments.append(Delivered(record, "CaseRole", statements))


def _value(choice: Choice, values: Values) -> str:
    """What a choice says for a row, by its map where it has one."""
    if not choice.column:
        return choice.literal
    text = values[choice.column].strip()
    return choice.map.get(fold(text), text) if choice.map else text


def _hints(spec: PropertySpec, orders: Mapping[str, str], options: Mapping[str, Any], context: Context) -> Hints:
    order = next((orders[c] for c in spec.columns if c in orders), DAY_FIRST)
    home = options.get("country") or context.country
    return Hints(home, options.get("decimal", ""), order, spec.format, spec.name_order)


def _literals(
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


def _fill(
    schema: str,
    spec: PropertySpec,
    document: str,
    orders: Mapping[str, str],
    options: Mapping[str, Any],
    context: Context,
) -> Fill:
    """A function that adds a row's statements of one property, or rejects what it cannot read."""
    clean = cleaner(schema, spec.prop, _hints(spec, orders, options, context), spec.map)
    country, form = spec.country, spec.form
    said_country = country_code(country.literal)
    params = {"prop": spec.prop, "schema": schema}
    form_map = form.map

    def say(column: str, text: str, values: Values, tail: _Tail, found: list[Statement], rejects: list[Reject]) -> None:
        of = country_code(_value(country, values)) if country.column else said_country
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
    if simple:
        column = spec.columns[0]

        def fill(values: Values, tail: _Tail, found: list[Statement], rejects: list[Reject]) -> None:
            text = values[column]
            if text and not text.isspace():
                say(column, text, values, tail, found, rejects)

        return fill
    texts = _texts(spec)

    def fill_many(values: Values, tail: _Tail, found: list[Statement], rejects: list[Reject]) -> None:
        for column, text in texts(values):
            if text and not text.isspace():
                say(column, text, values, tail, found, rejects)

    return fill_many


def date_columns(queries: Sequence[QuerySpec]) -> set[str]:
    """Columns that are read as dates and whose mapping does not say how: their day–month order is decided
    beforehand."""
    return {
        column
        for query in queries
        for entity in query.entities
        for spec in entity.properties
        if not spec.format and not spec.template and property_type(entity.schema, spec.prop) == "date"
        for column in spec.columns
    }


def check_roles(queries: Sequence[QuerySpec], name: str) -> None:
    """A role that a mapping gives is one that the kernel knows; schemes of evaluation likewise."""
    problems = []
    for query in queries:
        for entity in query.entities:
            at = f"{query.at}.entities.{entity.name}" if query.at else f"entities.{entity.name}"
            for role in filter(None, entity.role.map.values()):
                if role not in ROLES:
                    problems.append(Problem("ingest.case.choice", f"{at}.role", value=role, known=", ".join(ROLES)))
            if entity.role.literal and not role_of(entity.role.literal):
                problems.append(
                    Problem("ingest.case.choice", f"{at}.role", value=entity.role.literal, known=", ".join(ROLES))
                )
            if entity.scheme and entity.scheme.lower() not in SCHEMES:
                problems.append(
                    Problem(
                        "ingest.case.choice", f"{at}.evaluation.scheme", value=entity.scheme, known=", ".join(SCHEMES)
                    )
                )
            if entity.role and not (
                descends(entity.schema, "LegalEntity") or model()[entity.schema].is_a("LegalEntity")
            ):
                problems.append(Problem("ingest.mapping.role_of_thing", f"{at}.role", value=entity.schema))
    if problems:
        raise MappingProblems(problems, name)
