"""``mapping.yml`` → what to do with each row of each file. FollowTheMoney's mapping format, with what a case needs
besides.

Of FollowTheMoney: ``csv_url``/``csv_urls``, ``entities``, ``schema``, ``key``/``keys``, ``key_literal``, ``id_column``,
``properties`` (``column``/``columns``, ``literal``/``literals``, ``join``, ``split``, ``entity``, ``format``,
``required``, ``fuzzy``, ``template``), ``filters``, ``filters_not``. Its loader is not used: it opens any path or
address and drops what it cannot clean. Ours besides, on an entity: ``role``, ``protected``, ``evaluation``,
``handling``; on a property: ``country``, ``form`` (or ``type``, the form's name in that country), ``name_order``,
``map``; on a query: ``file``/``files`` and how to read it (``ingest/options.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import MappingError
from graph.model import model, property_type
from ingest.normalise.documents import forms
from ingest.normalise.text import fold
from ingest.options import OPTION_KEYS, read_options
from ingest.problems import MappingProblems, Problem, nearest
from ingest.yamlfile import load_yaml

QUERY_KEYS = ("csv_url", "csv_urls", "file", "files", "entities", "filters", "filters_not", *OPTION_KEYS)
ENTITY_KEYS = (
    "schema", "key", "keys", "key_literal", "id_column", "properties", "role", "protected", "evaluation", "handling",
)  # fmt: skip
PROPERTY_KEYS = (
    "column", "columns", "literal", "literals", "join", "split", "entity", "format", "required", "fuzzy", "template",
    "country", "type", "form", "name_order", "map",
)  # fmt: skip
OTHER_FORMS = frozenset(
    (
        "ar.cbu",
        "mx.clabe",
        "iban",
        "phone",
        "email",
        "vin",
        "imei",
        "imsi",
        "iccid",
        "container",
        "imo",
        "mmsi",
        "btc",
        "eth",
        "bic",
        "mrz",
        "br.account",
    )
)
NAME_ORDERS = ("surname_first", "given_first")
TRUE = ("true", "yes", "1")


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a row decides: a literal, or a column's value, by ``map`` where there is one (keys folded)."""

    literal: str = ""
    column: str = ""
    map: Mapping[str, str] = field(default_factory=dict)
    true: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.literal or self.column)


@dataclass(frozen=True, slots=True)
class PropertySpec:
    """Where the values of one property come from, and how they are read."""

    prop: str
    columns: tuple[str, ...] = ()
    literals: tuple[str, ...] = ()
    join: str | None = None
    split: str = ""
    entity: str = ""
    format: str = ""
    required: bool = False
    template: str = ""
    country: Choice = Choice()
    form: Choice = Choice()
    name_order: str = ""
    map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EntitySpec:
    """One record that a row makes."""

    name: str
    schema: str
    keys: tuple[str, ...]
    key_literal: str = ""
    properties: tuple[PropertySpec, ...] = ()
    role: Choice = Choice()
    protected: Choice = Choice()
    scheme: str = ""
    source: Choice = Choice()
    information: Choice = Choice()
    handling: Choice = Choice()

    @property
    def columns(self) -> set[str]:
        """Every column that the record reads."""
        choices = (self.role, self.protected, self.source, self.information, self.handling)
        found = {*self.keys, *(c.column for c in choices if c.column)}
        for spec in self.properties:
            found.update(spec.columns)
            found.update(c.column for c in (spec.country, spec.form) if c.column)
        return found


@dataclass(frozen=True, slots=True)
class QuerySpec:
    """What one query makes of each row of its files."""

    at: str
    files: tuple[str, ...]
    entities: tuple[EntitySpec, ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    filters_not: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def columns(self) -> set[str]:
        """Every column that the query reads."""
        return {*self.filters, *self.filters_not}.union(*(e.columns for e in self.entities))


def read_mapping(path: Path, name: str) -> tuple[QuerySpec, ...]:
    """The queries of a mapping file. Raises :class:`MappingError` with all that must be corrected."""
    data = load_yaml(path, name, MappingError)
    problems: list[Problem] = []
    queries = [_query(table, at, problems) for at, table in _tables(data, problems)]
    if not queries and not problems:
        problems.append(Problem("ingest.mapping.no_queries"))
    if problems:
        raise MappingProblems(problems, name)
    return tuple(q for q in queries if q)


def _tables(data: Any, problems: list[Problem]) -> list[tuple[str, dict[str, Any]]]:
    """The queries of a mapping: of each of its datasets (FollowTheMoney), or at its top."""
    if not isinstance(data, dict):
        problems.append(Problem("ingest.mapping.not_table"))
        return []
    if "entities" in data:
        return [("", data)]
    datasets = {"": data} if "queries" in data or "query" in data else data
    found = []
    for dataset, meta in datasets.items():
        if not isinstance(meta, dict):
            problems.append(Problem("ingest.mapping.not_table", str(dataset)))
            continue
        entries = meta.get("queries", meta.get("query", []))
        for number, entry in enumerate(entries if isinstance(entries, list) else [entries], 1):
            at = f"{dataset}.queries[{number}]" if dataset else f"queries[{number}]"
            if isinstance(entry, dict):
                found.append((at, entry))
            else:
                problems.append(Problem("ingest.mapping.not_table", at))
    return found


class _Reader:
    """Takes values out of the tables of one query and notes what is wrong with them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems

    def add(self, key: str, at: str, **params: Any) -> None:
        self.problems.append(Problem(key, at, **params))

    def known(self, table: Mapping[str, Any], keys: tuple[str, ...], at: str) -> None:
        for key in table:
            if key not in keys:
                self.add("ingest.mapping.unknown_key", f"{at}.{key}", near=nearest(key, keys))

    def words(self, table: Mapping[str, Any], keys: tuple[str, ...], at: str) -> tuple[str, ...]:
        """Texts under the first of ``keys`` that is there; one text counts as a list of one."""
        for key in keys:
            found = table.get(key)
            if found in (None, ""):
                continue
            entries = found if isinstance(found, list) else [found]
            if all(isinstance(e, str) for e in entries):
                return tuple(entries)
            self.add("ingest.mapping.not_text", f"{at}.{key}")
        return ()

    def word(self, table: Mapping[str, Any], key: str, at: str) -> str:
        found = self.words(table, (key,), at)
        return found[0] if found else ""

    def table(self, table: Mapping[str, Any], key: str, at: str) -> Mapping[str, Any]:
        found = table.get(key) or {}
        if not isinstance(found, dict):
            self.add("ingest.mapping.not_table", f"{at}.{key}")
            return {}
        return found

    def mapped(self, table: Mapping[str, Any], at: str) -> dict[str, str]:
        found = self.table(table, "map", at)
        if not all(isinstance(v, str) for v in found.values()):
            self.add("ingest.mapping.not_text", f"{at}.map")
            return {}
        return {fold(k): v for k, v in found.items()}

    def choice(self, table: Mapping[str, Any], key: str, at: str) -> Choice:
        """``key: word`` or ``key: {column: NAME, map: {…}}`` or ``key: {literal: word}``."""
        found = table.get(key)
        where = f"{at}.{key}"
        if found in (None, ""):
            return Choice()
        if isinstance(found, str):
            return Choice(literal=found)
        if not isinstance(found, dict):
            self.add("ingest.mapping.choice", where)
            return Choice()
        self.known(found, ("column", "map", "literal", "true"), where)
        true = frozenset(fold(w) for w in self.words(found, ("true",), where))
        choice = Choice(
            self.word(found, "literal", where), self.word(found, "column", where), self.mapped(found, where), true
        )
        if not choice:
            self.add("ingest.mapping.choice", where)
        return choice

    def filters(self, table: Mapping[str, Any], key: str, at: str) -> dict[str, frozenset[str]]:
        found = self.table(table, key, at)
        return {column: frozenset(self.words(found, (column,), f"{at}.{key}")) for column in found}


def _query(table: dict[str, Any], at: str, problems: list[Problem]) -> QuerySpec | None:
    read = _Reader(problems)
    for key in ("database", "databases"):
        if key in table:
            read.add("ingest.mapping.database", f"{at}.{key}")
    read.known({k: v for k, v in table.items() if k not in ("database", "databases")}, QUERY_KEYS, at or "mapping")
    files = (*read.words(table, ("csv_url", "csv_urls"), at), *read.words(table, ("file", "files"), at))
    options, wrong = read_options(table)
    for key in wrong:
        read.add("ingest.case.form", f"{at}.{key}", value=str(table[key])[:80])
    entities = read.table(table, "entities", at)
    if not entities:
        read.add("ingest.mapping.no_entities", at)
    prefix = f"{at}." if at else ""
    specs = []
    for name, entry in entities.items():
        where = f"{prefix}entities.{name}"
        if isinstance(entry, dict):
            specs.append(_entity(read, name, entry, where))
        else:
            read.add("ingest.mapping.not_table", where)
    _check_references(read, specs, prefix)
    filters, filters_not = (read.filters(table, k, at) for k in ("filters", "filters_not"))
    return QuerySpec(at, tuple(files), tuple(specs), options, filters, filters_not)


def _entity(read: _Reader, name: str, table: dict[str, Any], at: str) -> EntitySpec:
    read.known(table, ENTITY_KEYS, at)
    schema = read.word(table, "schema", at)
    if schema not in model().schemata:
        key = "ingest.mapping.no_schema" if schema else "ingest.mapping.schema_missing"
        read.add(key, f"{at}.schema", value=schema, near=nearest(schema, model().schemata) if schema else "")
        schema = ""
    elif model()[schema].abstract:
        read.add("ingest.mapping.abstract", f"{at}.schema", value=schema)
    keys = read.words(table, ("key", "keys"), at) or read.words(table, ("id_column",), at)
    if not keys:
        read.add("ingest.mapping.no_key", at)
    specs = []
    for prop, entry in read.table(table, "properties", at).items():
        where = f"{at}.properties.{prop}"
        if schema and (prop not in model()[schema].properties or model()[schema].properties[prop].stub):
            known = [p for p, found in model()[schema].properties.items() if not found.stub]
            read.add("ingest.mapping.no_property", where, value=prop, schema=schema, near=nearest(prop, known))
        elif isinstance(entry, dict):
            specs.append(_property(read, schema, prop, entry, where))
        else:
            read.add("ingest.mapping.not_table", where)
    evaluation = read.table(table, "evaluation", at)
    read.known(evaluation, ("scheme", "source", "information"), f"{at}.evaluation")
    return EntitySpec(
        name,
        schema,
        keys,
        read.word(table, "key_literal", at),
        tuple(specs),
        read.choice(table, "role", at),
        read.choice(table, "protected", at),
        read.word(evaluation, "scheme", at),
        read.choice(evaluation, "source", f"{at}.evaluation"),
        read.choice(evaluation, "information", f"{at}.evaluation"),
        read.choice(table, "handling", at),
    )


def _property(read: _Reader, schema: str, prop: str, table: dict[str, Any], at: str) -> PropertySpec:
    read.known(table, PROPERTY_KEYS, at)
    template = read.word(table, "template", at)
    columns = (*read.words(table, ("column", "columns"), at), *_holes(template))
    literals = read.words(table, ("literal", "literals"), at)
    entity = read.word(table, "entity", at)
    if not (columns or literals or entity):
        read.add("ingest.mapping.no_source", at)
    is_entity = bool(schema) and property_type(schema, prop) == "entity"
    if schema and bool(entity) != is_entity:
        read.add("ingest.mapping.needs_entity" if is_entity else "ingest.mapping.no_entity_type", at, value=prop)
    order = read.word(table, "name_order", at)
    if order and order not in NAME_ORDERS:
        read.add("ingest.case.choice", f"{at}.name_order", value=order, known=", ".join(NAME_ORDERS))
    form, country = read.choice(table, "form", at), read.choice(table, "country", at)
    if not form and (kind := read.word(table, "type", at)):
        form = Choice(literal=f"{country.literal.lower()}.{kind}") if country.literal else Choice()
    for name in filter(None, (form.literal, *form.map.values())):
        if not is_form(name):
            read.add("ingest.mapping.no_form", f"{at}.form", value=name, near=nearest(name, forms()))
    join = table.get("join")
    return PropertySpec(
        prop, columns, literals, join if isinstance(join, str) else None, read.word(table, "split", at), entity,
        read.word(table, "format", at), read.word(table, "required", at).lower() in TRUE, template,
        country, form, order, read.mapped(table, at),
    )  # fmt: skip


def is_form(name: str) -> bool:
    """Whether ``name`` is a typed normal form: a document of ``documents.yaml``, or one of the other kinds of
    number."""
    country, _, kind = name.partition(".")
    return name in forms() or name in OTHER_FORMS or (kind in ("passport", "plate") and len(country) == 2)


def _holes(template: str) -> list[str]:
    """Columns named in a template: ``{{NOMBRE}} {{APELLIDO}}``."""
    return [part.split("}}")[0] for part in template.split("{{")[1:] if "}}" in part]


def _check_references(read: _Reader, specs: list[EntitySpec], prefix: str) -> None:
    """Entity properties name entities of the same query whose schema fits; two records of one key are of one kind."""
    by_name = {s.name: s for s in specs}
    for spec in specs:
        for prop in spec.properties:
            if not prop.entity:
                continue
            at = f"{prefix}entities.{spec.name}.properties.{prop.prop}"
            target = by_name.get(prop.entity)
            if target is None:
                read.add("ingest.mapping.no_entity", at, value=prop.entity, near=nearest(prop.entity, by_name))
                continue
            wanted = model()[spec.schema].properties[prop.prop].range if spec.schema else None
            if wanted and target.schema and not (model()[target.schema].is_a(wanted) or wanted.is_a(target.schema)):
                read.add("ingest.mapping.range", at, value=prop.entity, schema=target.schema, wanted=wanted.name)
    for one in specs:
        for other in specs[specs.index(one) + 1 :]:
            same = one.keys == other.keys and one.key_literal == other.key_literal
            if same and one.schema and other.schema and not _compatible(one.schema, other.schema):
                at = f"{prefix}entities.{other.name}"
                read.add("ingest.mapping.same_key", at, value=one.name, schema=other.schema)


def _compatible(left: str, right: str) -> bool:
    return bool(model()[left].is_a(right) or model()[right].is_a(left))
