"""FollowTheMoney JSON lines that the plain library accepts, our own schemata as their nearest relatives in it.

What FollowTheMoney cannot hold is written twice: for people in ``notes``, for programs under the key ``vinculo``, which
its library keeps: every statement with document, row, evaluation and handling. The first line is a ``Note`` with the
stamp. Shared identifiers are values there, not things, so their nodes are not written; a possible identity is a
``Similar``.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
import yaml

from graph.export.base import Written, whole
from graph.export.contents import Contents, Fact, Item, Line
from graph.export.flat import fact_dict, pairs_list
from graph.export.island import reason_text
from graph.export.stamped import stamp_rows
from graph.i18n import t
from graph.model import is_link, link_types, model
from graph.words import masked_name, prop_name, relation_name


@cache
def _degraded() -> Mapping[str, dict[str, Any]]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(
        resources.files("graph.export").joinpath("ftm.yaml").read_text(encoding="utf-8")
    )
    return loaded


@cache
def _added() -> frozenset[tuple[str, str]]:
    """(schema, property) that this project adds to FollowTheMoney's own schemata and their descendants."""
    found: set[tuple[str, str]] = set()
    for file in resources.files("graph").joinpath("schema").iterdir():
        if file.name.endswith(".yaml"):
            extend = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("Extend", {})
            found |= {(s.name, p) for name, props in extend.items() for p in props for s in model() if s.is_a(name)}
    return frozenset(found)


@cache
def _relation_props() -> Mapping[str, str]:
    """Relation → the entity-typed property that draws it."""
    loaded = yaml.safe_load(resources.files("graph").joinpath("links.yaml").read_text(encoding="utf-8"))
    return {relation: prop for prop, relation in loaded["properties"].items()}


def plain_schema(schema: str) -> str:
    """The plain FollowTheMoney schema that stands for ``schema``."""
    return str(_degraded()[schema]["schema"]) if schema in _degraded() else schema


def plain_prop(schema: str, prop: str) -> str:
    """The property of :func:`plain_schema` that holds ``prop``; empty where plain FollowTheMoney has none."""
    entry = _degraded().get(schema)
    if entry and prop in entry["props"]:
        return str(entry["props"][prop])
    target = model()[plain_schema(schema)]
    if prop not in target.properties or (target.name, prop) in _added() or target.properties[prop].stub:
        return ""
    return prop


class Plain:
    """One entity as plain FollowTheMoney knows it, with notes for what it does not."""

    def __init__(self, key: str, schema: str, lang: str) -> None:
        self.id, self.schema, self.lang = key, schema, lang
        self.target = model()[plain_schema(schema)]
        self.props: dict[str, list[str]] = {}
        self.lines: list[str] = []
        if self.target.name != schema:
            self.lines.append(f"{t('export.ftm.schema', lang)}: {schema}")

    def put(self, prop: str, value: str) -> bool:
        """Set a value of the *plain* schema, once; False where its type refuses it or changes it."""
        kept = self.target.properties[prop].type.clean(value) if prop in self.target.properties else None
        if kept is not None and kept not in self.props.setdefault(prop, []):
            self.props[prop].append(kept)
        return kept == value

    def tell(self, prop: str, value: str) -> bool:
        """Set a value of *our* schema; what has no place, or not as it is written, goes to the notes (True)."""
        plain = plain_prop(self.schema, prop)
        if plain and self.put(plain, value):
            return False
        note = f"{prop_name(prop, self.lang)}: {value}"
        if note not in self.lines:
            self.lines.append(note)
        return True

    def refer(self, prop: str, key: str) -> bool:
        """Name another entity in one of *our* properties; False where plain FollowTheMoney has no such property."""
        plain = plain_prop(self.schema, prop)
        if not plain or self.target.properties[plain].type.name != "entity":
            return False
        self.props.setdefault(plain, [])
        if key not in self.props[plain]:
            self.props[plain].append(key)
        return True

    def line(
        self, datasets: Iterable[str], referents: Iterable[str], extra: Mapping[str, Any], caption: str = ""
    ) -> bytes:
        """The entity as one line of JSON."""
        home = next((p for p in ("notes", "description", "summary") if p in self.target.properties), "")
        if home and self.lines:
            self.props.setdefault(home, []).append("\n".join(self.lines))
        whole_entity = {
            "id": self.id,
            "caption": caption or self.target.label,
            "schema": self.target.name,
            "properties": {p: v for p, v in sorted(self.props.items()) if v},
            "datasets": sorted(set(datasets)),
            "referents": sorted(set(referents) - {self.id}),
            "vinculo": extra,
        }
        return orjson.dumps(whole_entity) + b"\n"


def write(contents: Contents, out: Path, lang: str) -> Written:
    """Write ``contents`` to ``out``; ``notes`` counts what plain FollowTheMoney holds otherwise than we do."""
    things = {i.node.id: i for i in contents.items if i.node.kind == "entity"}
    entities = {key: Plain(key, item.node.schema, lang) for key, item in things.items()}
    notes: Counter[str] = Counter()
    edges: dict[str, tuple[Plain, list[Line]]] = {}
    others: list[bytes] = []
    for line in contents.lines:
        if line.link.source not in things or line.link.target not in things:
            notes["identifier_links"] += 1  # the value stands on the thing that carries it
        elif line.link.state == "proposed":
            others.append(_similar(line, lang))
        elif not _on_entity(line, entities) and not _on_edge(line, edges, entities, lang):
            notes["unknown_links"] += 1
            others.append(_unknown(line, lang))
    with whole(out) as stream:
        stream.write(_stamp(contents, lang))
        for key, item in things.items():
            stream.write(_thing(item, entities[key], notes, lang))
        for plain, lines in edges.values():
            stream.write(_edge(plain, lines, notes))
        for other in others:
            stream.write(other)
    notes["identifiers"] = len(contents.items) - len(things)
    notes["degraded"] = sum(p.target.name != p.schema for p in [*entities.values(), *(e[0] for e in edges.values())])
    return Written((out,), notes={key: count for key, count in sorted(notes.items()) if count})


def _on_entity(line: Line, entities: Mapping[str, Plain]) -> bool:
    """A link that a property of a thing draws is written as that property."""
    link = line.link
    prop = _relation_props().get(link.relation, "")
    return not is_link(link.schema) and bool(prop) and entities[link.source].refer(prop, link.target)


def _on_edge(line: Line, edges: dict[str, tuple[Plain, list[Line]]], entities: Mapping[str, Plain], lang: str) -> bool:
    """A link that a record of its own draws is written as that record, once for all its ends."""
    link, kind = line.link, link_types().get(line.link.schema)
    if kind is None or line.record is None:
        return False
    key = line.record.id
    plain, lines = edges.get(key) or (Plain(key, link.schema, lang), [])
    if link.relation == kind.relation:
        ends = {kind.source: link.source, kind.target: link.target}
    else:  # a further thing that the record names: the account that a payment came from
        ends = {_relation_props().get(link.relation, ""): link.target}
    for prop, end in ends.items():
        name = plain_prop(link.schema, prop)
        wanted = plain.target.properties[name].range if name and name in plain.target.properties else None
        if wanted is None or not entities[end].target.is_a(wanted):
            return False
    for prop, end in ends.items():
        plain.refer(prop, end)
    edges[key] = (plain, [*lines, line])
    return True


def _thing(item: Item, plain: Plain, notes: Counter[str], lang: str) -> bytes:
    if item.node.masked:
        plain.lines.append(masked_name(item.node.masked, lang))
    for fact in item.facts:
        notes["values_in_notes"] += plain.tell(fact.statement.prop, fact.statement.value)
    extra = {
        "statements": _statements(item.facts),
        "schema": item.node.schema,
        "protected": item.node.masked,
        "identity": item.node.state,
        "reasons": pairs_list(item.grounds),
    }
    datasets = [f"{r.owner}/{r.dataset}" for r in item.records]
    return plain.line(datasets, [r.id for r in item.records], extra, item.label)


def _edge(plain: Plain, lines: list[Line], notes: Counter[str]) -> bytes:
    facts = [f for f in lines[0].facts if f.statement.prop]
    ties = [f for line in lines for f in line.facts if not f.statement.prop]
    for fact in facts:
        notes["values_in_notes"] += plain.tell(fact.statement.prop, fact.statement.value)
    link = lines[0].link
    extra = {"statements": _statements([*ties, *facts]), "schema": link.schema, "links": [line.id for line in lines]}
    return plain.line([f"{link.owner}/{link.dataset}"], [], extra)


def _unknown(line: Line, lang: str) -> bytes:
    """A link that plain FollowTheMoney has no word for."""
    link = line.link
    plain = Plain(line.id, "UnknownLink", lang)
    plain.refer("subject", link.source)
    plain.refer("object", link.target)
    for prop, value in (("role", relation_name(link.relation, lang)), ("startDate", link.start), ("endDate", link.end)):
        if value:
            plain.tell(prop, value)
    for fact in line.facts:
        if fact.statement.prop:
            plain.lines.append(f"{prop_name(fact.statement.prop, lang)}: {fact.statement.value}")
    extra = {
        "statements": _statements(line.facts),
        "schema": link.schema,
        "relation": link.relation,
        "links": [line.id],
    }
    return plain.line([f"{link.owner}/{link.dataset}"], [], extra)


def _similar(line: Line, lang: str) -> bytes:
    """An inference that two things may be one."""
    plain = Plain(line.id, "Similar", lang)
    plain.refer("candidate", line.link.source)
    plain.refer("match", line.link.target)
    plain.put("confidenceScore", f"{line.link.score:.4f}")
    plain.put("matcher", "Vínculo")
    pairs = [line.pair] if line.pair else []
    for reason in (r for p in pairs for r in p.reasons):
        plain.put("criteria", reason_text(reason, lang))
    return plain.line([], [], {"reasons": pairs_list(pairs), "links": [line.id], "state": line.link.state})


def _stamp(contents: Contents, lang: str) -> bytes:
    rows = stamp_rows(contents, lang)
    text = "\n".join(f"{label}: {value}" for _, label, value in rows)
    plain = Plain("s" + hashlib.sha256(text.encode()).hexdigest()[:32], "Note", lang)
    plain.put("name", contents.chart.title)
    plain.put("description", text)
    return plain.line([], [], {"stamp": {key: value for key, _, value in rows}}, contents.chart.title)


def _statements(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    return [fact_dict(f) for f in facts]
