"""A mapping compiled for one file: rows in, fragments of records and rejects out.

Everything that does not depend on the row is done once: columns are looked up, normalisers chosen, results kept per
distinct value. No entity object of FollowTheMoney is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from graph.delivery import Reject
from graph.model import descends, link_types
from graph.statement import Delivered, Statement
from ingest.context import Context, Outcome
from ingest.evaluation import evaluation_code, handling_codes, union_handling
from ingest.fill import Tail, Values, fill_of, literals_of, value_of
from ingest.mapping import EntitySpec, QuerySpec
from ingest.normalise.text import fold
from ingest.readers.base import Row
from ingest.roles import role_of

KEPT_IDS = 20_000  # ids of records kept per entity of a mapping: rows of one record come near each other
YES = frozenset(("si", "s", "sim", "yes", "y", "1", "true", "verdadero", "verdadeiro", "v", "x"))
NO = frozenset(("", "no", "n", "nao", "0", "false", "falso", "f"))


class _Refused(Exception):
    """The whole row is refused: what it says of its own handling cannot be understood."""

    def __init__(self, reject: Reject) -> None:
        self.reject = reject


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
            fill_of(spec.schema, p, document, orders, options, context)
            for p in spec.properties
            if not p.entity and p.columns
        ]
        self._literals = [
            piece for p in spec.properties if not p.entity for piece in literals_of(spec.schema, p, options, context)
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
        self._case = context.investigation
        self._plain = not (spec.source or spec.information or spec.handling)

    def id_of(self, values: Values) -> tuple[str, str] | None:
        """(id of the record that the row names, its key as written), None where a part of the key is blank."""
        written = tuple([values[k] for k in self._keys])
        found = self._made.get(written)
        if found is None:
            key = [" ".join(text.split()) for text in written]
            if not all(key):
                return None
            if len(self._made) >= KEPT_IDS:
                self._made.clear()
            found = self._made[written] = self._context.record(*self._prefix, *key), " ".join(key)
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
        tail = Tail(number, self._evaluation, self._handling) if self._plain else self._tail(number, values, rejects)
        found: list[Statement] = []
        missing = set(self._ends)
        document, row, evaluation, handling = self._document, number, tail.evaluation, tail.handling
        for prop, entity in self._links:
            if target := ids[entity]:
                found.append(Statement(prop, target[0], target[1], document, row, evaluation, handling))
                missing.discard(prop)
        if self._to_case:
            found.append(Statement("investigation", self._case, "", document, row, evaluation, handling))
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

    def _add_name(self, found: list[Statement], tail: Tail) -> None:
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

    def _tail(self, number: int, values: Values, rejects: list[Reject]) -> Tail:
        spec = self._spec
        evaluation = self._evaluation
        if spec.source or spec.information:
            source, information = value_of(spec.source, values), value_of(spec.information, values)
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
        if spec.handling and (text := value_of(spec.handling, values)):
            codes = handling_codes(text)
            if codes is None:
                # who cannot be told how to handle it must not get it
                raise _Refused(Reject(self._document, number, spec.handling.column, text, "ingest.reject.handling"))
            handling = union_handling(handling, codes)
        return Tail(number, evaluation, handling)

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
        self, values: Values, own: tuple[str, str], tail: Tail, fragments: list[Delivered], rejects: list[Reject]
    ) -> None:
        choice = self._spec.role
        text = values[choice.column].strip() if choice.column else choice.literal
        if not text:
            return
        role = choice.map.get(fold(text)) or role_of(text)
        if not role:
            rejects.append(Reject(self._document, tail.row, choice.column, text, "ingest.reject.role"))
            role = "other"
        record = self._context.record("case-role", own[0], role)
        rest = (self._document, *tail)
        statements = [
            Statement("person", own[0], own[1], *rest),
            Statement("investigation", self._case, "", *rest),
            Statement("role", role, "" if role == text else text, *rest),
        ]
        fragments.append(Delivered(record, "CaseRole", statements))
