"""What the Neo4j engine sends and how its scope is written in Cypher. Knows no driver, so that it can be read alone.

Layout (docs/decisions/0020-neo4j-layout.md): a record is one node, an edge record too; what it draws are
relationships; its later versions are ``Version`` nodes behind it. What was written is never changed but for its end,
since a reader has no snapshot here and might see half of a change. Everything that has versions (record, link, carried
number) has the same five properties – ``id`` of its record, ``did`` of its dataset, the deliveries it is ``born`` and
``died`` with, and the least ``level`` that reads it – so that one predicate, :data:`SEEN`, holds for all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from graph.access import Actor, Agency, DatasetState, Scope, Team
from graph.identity import SETTLED_BY_ALL, Opinion
from graph.ids import Ids
from graph.model import const_case, is_link, link_types, model, property_links
from graph.packing import Packed, identifier_kinds, property_links_of_edge
from graph.store.named import named_queries
from graph.store.rows import ALIVE, agency_body, team_body

EDGE = "EdgeRecord"
VERDICT_TYPES = ("JUDGED_SAME", "JUDGED_DIFFERENT", "JUDGED_UNSURE")
PAIR_TYPES = ("SAME_AS", "POSSIBLY_SAME")
Row = dict[str, Any]

# The visibility predicate: `x` belongs to the delivery that the reader has of its dataset, and needs no higher level.
ALIVE_IN = "{x}.born <= ${list}[{x}.did] AND {x}.died > ${list}[{x}.did]"
LEVEL = "coalesce($ovr[{x}.id], $level[{x}.did])"
SEEN = f"({ALIVE_IN.replace('{list}', 'cur')} AND {{x}}.level <= {LEVEL})"
# Lists are indexed by dataset number; a dataset that is not in the scope has null there, and null passes no WHERE.
CHOOSE = "CASE WHEN {here} THEN {x} WHEN {x}.later THEN head([({x})-[:LATER]->(next) WHERE {there} | next]) END"


@cache
def link_relations() -> tuple[str, ...]:
    """Every relationship type that a link may have; nothing else gets into a query's text."""
    further = {
        property_links_of_edge(name)
        for schema in link_types()
        for name, prop in model()[schema].properties.items()
        if prop.type.name == "entity"
    }
    drawn = {link.relation for table in (link_types(), property_links()) for link in table.values()}
    return tuple(sorted(const_case(name) for name in drawn | further))


def _macro(match: re.Match[str]) -> str:
    name, _, argument = match[1].partition("(")
    x, _, at = argument.rstrip(")").partition(", ")
    if name == "seen":
        return SEEN.format(x=x)
    if name == "level":
        return LEVEL.format(x=x)
    if name == "clear":
        return f"({x}.mask IS NULL OR {LEVEL.format(x=x)} = 5)"
    if name == "version":
        return CHOOSE.format(x=x, here=SEEN.format(x=x), there=SEEN.format(x="next"))
    if name == "alive":
        return ALIVE_IN.format(x=x, list=at)
    if name == "of":
        return CHOOSE.format(x=x, here=ALIVE_IN.format(x=x, list=at), there=ALIVE_IN.format(x="next", list=at))
    if name == "living":
        return CHOOSE.format(x=x, here=f"{x}.died = $alive", there="next.died = $alive")
    if name == "links":
        return "|".join(link_relations())
    if name == "carries":
        return "|".join(sorted({kind["relation"] for kind in identifier_kinds().values()}))
    if name == "opinions":
        return "|".join((PAIR_TYPES[0], *VERDICT_TYPES))
    return match[0]


@cache
def queries() -> Mapping[str, str]:
    """Name → Cypher, with its macros written out."""
    macro = re.compile(r"@(\w+(?:\([\w, ]+\))?)")
    parameter = re.compile(r"\$(?=\w)")
    texts = {name: macro.sub(_macro, text) for name, text in named_queries("neo4j.cypher").items()}
    # all parameters travel in one map: the planner makes a plan anew for every new size and type of a parameter
    return {name: parameter.sub("$p.", text) for name, text in texts.items()}


def scope_params(scope: Scope) -> Row:
    """The scope as parameters: lists by dataset number, and the overrides of single records."""
    size = max(scope.sights, default=-1) + 1
    cur: list[int | None] = [None] * size
    level: list[int | None] = [None] * size
    for number, sight in scope.sights.items():
        cur[number], level[number] = sight.current, sight.level
    return {"cur": cur, "level": level, "ovr": dict(scope.overrides), "viewer": scope.viewer} | _mutual(scope, size)


def hit_params(scope: Scope, datasets: Iterable[DatasetState], agency: str) -> tuple[list[int], list[int | None]]:
    """The reader's own accepted datasets, and by dataset number the current delivery of those it may have hits in."""
    known = list(datasets)
    theirs: list[int | None] = [None] * (max((d.number for d in known), default=0) + 1)
    for d in known:
        if d.number in scope.hits:
            theirs[d.number] = d.current
    return [d.number for d in known if d.owner == agency and d.accepted and d.number in scope.sights], theirs


def _mutual(scope: Scope, size: int) -> Row:
    """Who sees each other: datasets fall into circles with equal sight, and a small matrix says which circles may."""
    if scope.mutual is None:
        return {"all": True, "circle": [], "mutual": []}
    sees: dict[int, set[int]] = {}
    seen: dict[int, set[int]] = {}
    for a, b in scope.mutual:
        sees.setdefault(a, set()).add(b)
        seen.setdefault(b, set()).add(a)
    circles: dict[tuple[frozenset[int], frozenset[int]], int] = {}
    circle: list[int | None] = [None] * size
    one: list[int] = []
    for number in sorted(scope.sights):
        key = (frozenset(sees.get(number, ())), frozenset(seen.get(number, ())))
        if key not in circles:
            circles[key] = len(one)
            one.append(number)
        circle[number] = circles[key]
    return {"all": False, "circle": circle, "mutual": [[(a, b) in scope.mutual for b in one] for a in one]}


def spans(prefix: str, count: int) -> list[list[str]]:
    """Ranges of ids that split ``count`` things into parts of some thousands; together they hold every id there is."""
    digits = 0
    while count > 6000 * 16**digits and digits < 4:
        digits += 1
    bounds = [f"{prefix}{n:0{digits}x}" for n in range(1, 16**digits)]
    return [[low, high] for low, high in zip(["", *bounds], [*bounds, "\uffff"], strict=True)]


def _filled(fields: Row) -> Row:
    """Without what is empty: an absent property costs nothing, and queries read it as empty."""
    return {name: value for name, value in fields.items() if value not in ("", False, None)}


def record_row(packed: Packed, did: int, number: int) -> Row:
    """A record's node. Its caption is for people: no read depends on it, nor on labels."""
    edge = is_link(packed.schema)
    fields: Row = {"id": packed.id, "did": did, "born": number, "died": ALIVE, "level": packed.low}
    fields |= {"schema": packed.schema, "mask": packed.mask, "digest": packed.digest.hex(), "edge": edge}
    fields |= {"caption": packed.caption}
    fields |= {"draws": sorted({link.relation for link in packed.links}) or None}
    fields |= {f"p{level}": payload.decode() for level, payload in packed.packs.items()}
    fields |= {f"w{level}": words for level, words in packed.words.items()}
    return {"id": packed.id, "fields": _filled(fields), "labels": [packed.schema, EDGE] if edge else [packed.schema]}


def link_rows(packed: Packed, did: int, number: int) -> list[Row]:
    """The relationships a record draws; each says itself what it takes to be seen."""
    rows = []
    for k in packed.links:
        fields: Row = {"id": packed.id, "did": did, "born": number, "died": ALIVE, "level": max(k.level, packed.low)}
        fields |= {"schema": k.schema, "prop": k.prop, "start": k.start, "end": k.end, "label": k.label}
        fields = _filled(fields) | {"directed": bool(k.directed), "origin": k.origin}
        rows.append({"a": k.source, "b": k.target, "type": k.relation, "fields": fields})
    return rows


def carried_rows(packed: Packed, did: int, number: int, ids: Ids) -> list[tuple[Row, Row]]:
    """(identifier, relationship to it) for every shared identifier of a record."""
    rows = []
    for i in packed.identifiers:
        kind, name = identifier_kinds()[i.kind], ids.identifier(i.kind, i.value)
        fields: Row = {"id": packed.id, "did": did, "born": number, "died": ALIVE, "level": max(i.level, packed.low)}
        fields |= {"mask": packed.mask, "prop": i.prop}
        identifier = {"id": name, "kind": i.kind, "value": i.value, "label": kind["label"]}
        rows.append((identifier, {"to": name, "type": kind["relation"], "fields": _filled(fields)}))
    return rows


def federation_rows(
    agencies: Iterable[Agency], actors: Iterable[Actor], teams: Iterable[Team]
) -> tuple[list[Row], list[Row], list[Row]]:
    """Who exists, as nodes; the JSON is what is read back, the rest is for people."""
    return (
        [{"code": a.code, "name": a.name, "country": a.country, "body": agency_body(a)} for a in agencies],
        [{"id": a.id, "agency": a.agency, "roles": sorted(a.roles)} for a in actors],
        [{"id": t.id, "body": team_body(t), "purpose": t.purpose, "members": sorted(t.members)} for t in teams],
    )


def opinion_row(opinion: Opinion) -> Row:
    """An opinion in effect as a relationship: all owners' "same" is a confirmed SAME_AS, the rest somebody's word."""
    settled = opinion.agency == SETTLED_BY_ALL and opinion.verdict == "same"
    kind = PAIR_TYPES[0] if settled else f"JUDGED_{opinion.verdict.upper()}"
    return {"type": kind, "fields": {"agency": opinion.agency, "verdict": opinion.verdict}}


def drawn(rows: Iterable[tuple[str, list[str] | None]]) -> dict[str, list[str]]:
    """Relationship type → ids of the records that draw such, from (id, types drawn)."""
    found: dict[str, list[str]] = {}
    for record, kinds in rows:
        for kind in kinds or ():
            found.setdefault(kind, []).append(record)
    return found
