"""A delivered record made ready for a store: content packed by level, links, identifiers, words and a digest.

What each level may read is decided here, once, at write time, so that a read's predicate picks whole packs
(``graph/access.py`` names the levels, ``graph/levels.yaml`` lists the properties).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import orjson
import yaml

from graph.access import FULL, IDENTITY, OWN, TEXT
from graph.model import NAME_PROPS, caption, descends, is_link, link_types, model, property_links, property_type
from graph.statement import Delivered, Statement


class PackedLink(NamedTuple):
    """A link drawn by a record: an edge record itself (``relation`` of its schema), or an entity-typed property."""

    relation: str
    schema: str  # schema of the edge record, or of the node whose property it is
    prop: str  # the property, for a property link; empty for an edge record
    source: str
    target: str
    directed: bool
    level: int
    start: str
    end: str
    label: str
    origin: str  # JSON [document, row, evaluation, handling]


class PackedIdentifier(NamedTuple):
    """A shared identifier that a record carries."""

    kind: str
    value: str
    prop: str
    level: int


@dataclass(slots=True)
class Packed:
    """What a store writes of one record."""

    id: str
    schema: str
    mask: str
    low: int  # lowest level at which the record exists for a reader
    digest: bytes
    caption: str
    packs: dict[int, bytes] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    links: list[PackedLink] = field(default_factory=list)
    identifiers: list[PackedIdentifier] = field(default_factory=list)


@cache
def _tables() -> tuple[dict[str, Any], dict[str, Any]]:
    def load(name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = yaml.safe_load(resources.files("graph").joinpath(name).read_text(encoding="utf-8"))
        return loaded

    return load("levels.yaml"), load("identifiers.yaml")


@cache
def level_of(schema: str, prop: str) -> int:
    """Level at which a property of a schema may be read (masks apart). A property nobody listed needs ``full``."""
    levels = _tables()[0]
    if prop in levels["text_props"] or property_type(schema, prop) in levels["text_types"]:
        return TEXT
    chain = [
        s.name for s in sorted(model()[schema].schemata, key=lambda s: (-len(s.schemata), s.name))
    ]  # nearest first
    listed = next((levels["identity"][name] for name in chain if name in levels["identity"]), ())
    return IDENTITY if prop in listed else FULL


@cache
def identifier_kind(schema: str, prop: str) -> str:
    """Kind of shared identifier that a property carries (``phone``, ``document`` …), empty for none."""
    for kind, entry in _tables()[1].items():
        for spec in entry["props"]:
            name, _, ancestor = spec.partition("@")
            if name == prop and (not ancestor or descends(schema, ancestor)):
                return str(kind)
    return ""


def identifier_kinds() -> dict[str, dict[str, Any]]:
    """Kind → its entry in ``identifiers.yaml`` (relation, label, props)."""
    return _tables()[1]


_FOLD = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "ı": "i", "æ": "ae", "œ": "oe"})
_NOT_WORD = re.compile(r"[^0-9a-z]+")


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Lower case without accents, words separated by one blank: the form in which things are searched."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_FOLD))
    return _NOT_WORD.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


@lru_cache(maxsize=200_000)
def squeeze(text: str) -> str:
    """Folded and without blanks: the form in which numbers are compared."""
    return fold(text).replace(" ", "")


def encode(statements: Iterable[Statement]) -> bytes:
    """Statements as compact JSON: arrays with their empty tails cut, in one canonical order."""
    rows = []
    for s in statements:
        row: list[Any] = list(s)
        while len(row) > 2 and not row[-1]:
            row.pop()
        rows.append(row)
    return orjson.dumps(rows)


def decode(payload: bytes | str) -> list[Statement]:
    """The statements of one pack."""
    return [Statement(*row) for row in orjson.loads(payload)]


def pack(record: Delivered, statements_by_entity: bool = True) -> Packed:
    """``record`` made ready for the store.

    Entity-typed values are kept out of the packs: they are the ids of other records, which the reader may not see, and
    stand as links instead, visible only with both their ends.
    """
    levels = _tables()[0]
    schema = record.schema
    # None sorts before text nowhere: statements are all text and numbers, so their tuples have one order
    ordered = sorted(set(record.statements))
    digest = hashlib.sha256(orjson.dumps([schema, record.mask, [list(s) for s in ordered]])).digest()[:16]
    by_level: dict[int, list[Statement]] = {}
    words: dict[int, list[str]] = {}
    identifiers: dict[tuple[str, str], PackedIdentifier] = {}
    refs: dict[str, list[Statement]] = {}
    masked_link = bool(record.mask) and schema == levels["masked_link"]
    for s in ordered:
        if property_type(schema, s.prop) == "entity":
            refs.setdefault(s.prop, []).append(s)
            continue
        level = level_of(schema, s.prop)
        if record.mask:
            level = FULL if masked_link and s.prop in levels["masked_props"] else OWN
        by_level.setdefault(level, []).append(s)
        # a link is found through its ends: a number it states is no thing that it carries
        kind = "" if is_link(schema) else identifier_kind(schema, s.prop)
        if s.prop in NAME_PROPS or kind:
            words.setdefault(level, []).append(fold(s.value) if not kind else squeeze(s.value))
            if kind and s.original:
                words[level].append(squeeze(s.original))
        if kind:
            found = _identifier(kind, s, level)
            if found and ((key := (found.kind, found.value)) not in identifiers or identifiers[key].level > level):
                identifiers[key] = found
    packed = Packed(
        record.id,
        schema,
        record.mask,
        low=_low(record, by_level, masked_link),
        digest=digest,
        caption=caption(schema, _values(ordered)),
        packs={level: encode(found) for level, found in sorted(by_level.items())},
        words={level: " ".join(dict.fromkeys(w for w in found if w)) for level, found in sorted(words.items())},
        identifiers=sorted(identifiers.values()),
    )
    packed.links = _links(record, ordered, refs)
    return packed


def _low(record: Delivered, by_level: dict[int, list[Statement]], masked_link: bool) -> int:
    """Lowest level that reads the record. A masked person is a bare node to a full reader, other things are not."""
    if record.mask:
        return FULL if masked_link or record.schema in ("Person", "LegalEntity") else OWN
    return min([FULL, *by_level])


def _values(statements: Iterable[Statement]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for s in statements:
        values.setdefault(s.prop, []).append(s.value)
    return values


def _identifier(kind: str, s: Statement, level: int) -> PackedIdentifier | None:
    """The shared identifier of a statement. A document number without a typed form is too ambiguous to share."""
    entry = _tables()[1][kind]
    if entry.get("forms_only") and not s.form:
        return None
    value = squeeze(s.value) if kind != "address" else fold(s.value)
    if not value:
        return None
    keep = f"{s.form}:{value}" if kind in ("document", "vehicle") and s.form else value
    return PackedIdentifier(kind, keep, s.prop, level)


def _links(record: Delivered, ordered: list[Statement], refs: dict[str, list[Statement]]) -> list[PackedLink]:
    edge = link_types().get(record.schema)
    first = {s.prop: s.value for s in reversed(ordered)}
    start = first.get("startDate") or first.get("date") or first.get("departure") or ""
    end = first.get("endDate") or first.get("arrival") or ""
    if record.mask:  # what a masked record shows is its role, not when
        start = end = ""
    found: list[PackedLink] = []
    if edge:
        label = caption(record.schema, _values(ordered))
        for a, b in _tied(refs.get(edge.source, ()), refs.get(edge.target, ())):
            ends = (a.value, b.value, edge.directed)
            found.append(PackedLink(edge.relation, record.schema, "", *ends, FULL, start, end, label, _origin(a, b)))
    for prop, statements in refs.items():
        if edge and prop in (edge.source, edge.target):
            continue
        link = property_links().get((record.schema, prop))
        if edge is None and link:
            for s in statements:
                found.append(
                    PackedLink(
                        link.relation, record.schema, prop, record.id, s.value, True, FULL, start, end, "", _origin(s)
                    )
                )
        elif edge:
            # a payment's accounts: the edge record's further ends are drawn from its source
            relation = property_links_of_edge(prop)
            for a, s in _tied(refs.get(edge.source, ()), statements):
                ends = (a.value, s.value, True)
                found.append(PackedLink(relation, record.schema, prop, *ends, FULL, start, end, "", _origin(s, a)))
    return found


def _tied(left: Sequence[Statement], right: Sequence[Statement]) -> list[tuple[Statement, Statement]]:
    """Pairs of ends that a record ties: those that one row states, once for each such row.

    An end that no row states beside another is tied to every end of the other side, as FollowTheMoney has it; two rows
    that state two ties do not tie the one's source to the other's target.
    """
    rows: dict[tuple[str, int], list[Statement]] = {}
    for b in right:
        rows.setdefault((b.document, b.row), []).append(b)
    found = [(a, b) for a in left for b in rows.get((a.document, a.row), ())]
    met = {a.value for a, _ in found}, {b.value for _, b in found}
    first = [list({s.value: s for s in reversed(side)}.values())[::-1] for side in (left, right)]
    return found + [(a, b) for a in first[0] for b in first[1] if a.value not in met[0] or b.value not in met[1]]


@cache
def property_links_of_edge(prop: str) -> str:
    """Relation drawn for a further entity-typed property of an edge record (``payerAccount`` of a payment)."""
    table: dict[str, str] = yaml.safe_load(resources.files("graph").joinpath("links.yaml").read_text(encoding="utf-8"))[
        "properties"
    ]
    return table.get(prop, "NAMES")


def _origin(s: Statement, other: Statement | None = None) -> str:
    """Where a link comes from; it carries the handling codes of both its ends (they are a set, not a scale)."""
    codes = {*s.handling.split(","), *(other.handling.split(",") if other else ())} - {""}
    return orjson.dumps([s.document, s.row, s.evaluation, ",".join(sorted(codes))]).decode()
