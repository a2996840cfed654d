"""A delivered record made ready for a store: content packed by level, links, identifiers, words and a digest.

What each level may read is decided here, once, at write time, so that a read's predicate picks whole packs
(``graph/access.py`` names the levels, ``graph/levels.yaml`` lists the properties).
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

import orjson
import yaml

from graph.access import FULL, IDENTITY, OWN, TEXT
from graph.model import (
    NAME_PROPS,
    caption,
    caption_props,
    descends,
    is_link,
    link_types,
    model,
    property_links,
    property_type,
)
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


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Lower case without accents, words separated by one blank: the form in which things are searched."""
    if text.isascii():  # nothing to decompose
        return text.lower() if text.isalnum() else _NOT_WORD.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_FOLD))
    return _NOT_WORD.sub(" ", "".join([c for c in plain if not unicodedata.combining(c)])).strip()


@lru_cache(maxsize=50_000)
def squeeze(text: str) -> str:
    """Folded and without blanks: the form in which numbers are compared."""
    return fold(text).replace(" ", "")


def encode(statements: Iterable[Statement]) -> bytes:
    """Statements as compact JSON: arrays with their empty tails cut, in one canonical order."""
    return orjson.dumps([_cut(tuple(s)) for s in statements])


def _cut(s: Plain) -> Plain:
    """A statement without the empty fields at its end; property and value always stay. The commonest tails first."""
    if not s[7] and not s[8] and not s[9]:
        if s[5]:
            return s[:7] if s[6] else s[:6]
        return s[:7] if s[6] else s[:5] if s[4] else s[:4] if s[3] else s[:3] if s[2] else s[:2]
    return s if s[9] else s[:9] if s[8] else s[:8]


def decode(payload: bytes | str) -> list[Statement]:
    """The statements of one pack."""
    return [Statement(*row) for row in orjson.loads(payload)]


Plain = tuple[Any, ...]  # the fields of a statement
_made = tuple.__new__  # a named tuple without the call of a Python function
STARTS, ENDS = ("startDate", "date", "departure"), ("endDate", "arrival")


class _Trait(NamedTuple):
    """What is known of a property of a schema before any value of it is seen."""

    entity: bool  # its values are ids of other records
    level: int
    masked: int  # level in a masked record
    kind: str  # of the shared identifier that it carries
    name: bool
    kept: bool  # its values caption the record or date its links


class _Traits(dict[str, _Trait]):
    """Property → trait, for one schema."""

    def __init__(self, schema: str) -> None:
        super().__init__()
        self._schema = schema

    def __missing__(self, prop: str) -> _Trait:
        schema, levels = self._schema, _tables()[0]
        masked = FULL if schema == levels["masked_link"] and prop in levels["masked_props"] else OWN
        # a link is found through its ends: a number it states is no thing that it carries
        kind = "" if is_link(schema) else identifier_kind(schema, prop)
        kept = prop in (*caption_props(schema), *STARTS, *ENDS)
        entity = property_type(schema, prop) == "entity"
        found = _Trait(entity, level_of(schema, prop), masked, kind, prop in NAME_PROPS and not kind, kept)
        return self.setdefault(prop, found)


@cache
def _traits(schema: str) -> _Traits:
    return _Traits(schema)


def pack(record: Delivered) -> Packed:
    """``record`` made ready for the store.

    Entity-typed values are kept out of the packs: they are the ids of other records, which the reader may not see, and
    stand as links instead, visible only with both their ends. Statements go through it as plain tuples, which sort,
    slice and serialise several times faster than named ones: there are millions.
    """
    schema, hidden = record.schema, record.mask
    # None sorts before text nowhere: statements are all text and numbers, so their tuples have one order
    ordered: list[Plain] = sorted(set(map(tuple, record.statements)))
    digest = hashlib.sha256(orjson.dumps([schema, hidden, ordered])).digest()[:16]
    rows: dict[int, list[Plain]] = {}
    words: dict[int, list[str]] = {}
    identifiers: dict[tuple[str, str], PackedIdentifier] = {}
    refs: dict[str, list[Plain]] = {}
    values: dict[str, list[str]] = {}
    traits = _traits(schema)
    for s in ordered:
        prop, value = s[0], s[1]
        entity, level, masked, kind, name, kept = traits[prop]
        if kept:
            if prop in values:
                values[prop].append(value)
            else:
                values[prop] = [value]
        if entity:
            if prop in refs:
                refs[prop].append(s)
            else:
                refs[prop] = [s]
            continue
        if hidden:
            level = masked
        if level in rows:
            rows[level].append(_cut(s))
        else:
            rows[level] = [_cut(s)]
        if kind:
            _carry(kind, s, level, words.setdefault(level, []), identifiers)
        elif name:
            words.setdefault(level, []).append(fold(value))
    called = caption(schema, values)
    return Packed(
        record.id,
        schema,
        hidden,
        _low(schema, hidden, rows),
        digest,
        called,
        {level: orjson.dumps(rows[level]) for level in sorted(rows)},
        {level: " ".join([w for w in dict.fromkeys(words[level]) if w]) for level in sorted(words)} if words else {},
        _links(record, values, refs, called) if refs else [],
        sorted(identifiers.values()) if identifiers else [],
    )


def _carry(
    kind: str, s: Plain, level: int, words: list[str], identifiers: dict[tuple[str, str], PackedIdentifier]
) -> None:
    """Add the words and the shared identifier of a statement. Where one comes at two levels, the lower one holds."""
    value = squeeze(s[1])
    words.append(value)
    if s[2]:
        words.append(squeeze(s[2]))
    form = s[7]
    if kind == "address":
        value = fold(s[1])
    elif form and kind in ("document", "vehicle"):
        value = value and f"{form}:{value}"
    elif _tables()[1][kind].get("forms_only"):  # a document number without a typed form is too ambiguous to share
        return
    if not value:
        return
    key = kind, value
    if key not in identifiers or identifiers[key].level > level:
        identifiers[key] = PackedIdentifier(kind, value, s[0], level)


def _low(schema: str, hidden: str, levels: Iterable[int]) -> int:
    """Lowest level that reads the record. A masked person is a bare node to a full reader, other things are not."""
    if hidden:
        return FULL if schema in ("Person", "LegalEntity", _tables()[0]["masked_link"]) else OWN
    return min(FULL, *levels) if levels else FULL


def _links(
    record: Delivered, values: Mapping[str, list[str]], refs: dict[str, list[Plain]], label: str
) -> list[PackedLink]:
    schema = record.schema
    edge = link_types().get(schema)
    start = end = ""
    if not record.mask:  # what a masked record shows is its role, not when
        start = next((values[p][0] for p in STARTS if p in values and values[p][0]), "")
        end = next((values[p][0] for p in ENDS if p in values and values[p][0]), "")
    found: list[PackedLink] = []
    if edge is None:
        known = property_links()
        for prop, statements in refs.items():
            if link := known.get((schema, prop)):
                of = (link.relation, schema, prop, record.id)
                for s in statements:
                    found.append(_made(PackedLink, (*of, s[1], True, FULL, start, end, "", _origin(s, s))))
        return found
    relation, source, target = edge.relation, edge.source, edge.target
    sources = refs.get(source, [])
    for a, b in _tied(sources, refs.get(target, [])):
        ends = (relation, schema, "", a[1], b[1], edge.directed, FULL, start, end, label, _origin(a, b))
        found.append(_made(PackedLink, ends))
    for prop, statements in refs.items():
        if prop != source and prop != target:
            # a payment's accounts: the edge record's further ends are drawn from its source
            relation = property_links_of_edge(prop)
            for a, s in _tied(sources, statements):
                ends = (relation, schema, prop, a[1], s[1], True, FULL, start, end, "", _origin(s, a))
                found.append(_made(PackedLink, ends))
    return found


def _tied(left: Sequence[Plain], right: Sequence[Plain]) -> list[tuple[Plain, Plain]]:
    """Pairs of ends that a record ties: those that one row states, once for each such row.

    An end that no row states beside another is tied to every end of the other side, as FollowTheMoney has it; two rows
    that state two ties do not tie the one's source to the other's target.
    """
    if len(left) == 1 and len(right) == 1:  # nearly always
        return [(left[0], right[0])]
    rows: dict[Any, list[Plain]] = {}
    for b in right:
        rows.setdefault(b[3:5], []).append(b)
    found = [(a, b) for a in left for b in rows.get(a[3:5], ())]
    met = {a[1] for a, _ in found}, {b[1] for _, b in found}
    first = [list({s[1]: s for s in reversed(side)}.values())[::-1] for side in (left, right)]
    return found + [(a, b) for a in first[0] for b in first[1] if a[1] not in met[0] or b[1] not in met[1]]


@cache
def property_links_of_edge(prop: str) -> str:
    """Relation drawn for a further entity-typed property of an edge record (``payerAccount`` of a payment)."""
    table: dict[str, str] = yaml.safe_load(resources.files("graph").joinpath("links.yaml").read_text(encoding="utf-8"))[
        "properties"
    ]
    return table.get(prop, "NAMES")


def _origin(s: Plain, other: Plain) -> str:
    """Where a link comes from: document, row, evaluation, and the handling codes of both its ends."""
    return orjson.dumps([s[3], s[4], s[5], _union(s[6], other[6]) if s[6] or other[6] else ""]).decode()


@lru_cache(maxsize=1000)
def _union(handling: str, other: str) -> str:
    """Handling codes of either (they are a set, not a scale)."""
    return ",".join(sorted({*handling.split(","), *other.split(",")} - {""}))
