"""What both engines keep as JSON, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import orjson

from graph.access import RELEASE_LEVELS, Agency, Grant, Lift, Team
from graph.delivery import DeliveryReport, Manifest
from graph.identity import Pair, Reason
from graph.model import is_link
from graph.packing import Packed
from graph.store.base import RawLink, RawRecord, StoredFlag

ALIVE = 9007199254740991  # `died` of a version that lives: larger than any delivery number, exact as a float


def agency_body(agency: Agency) -> str:
    """An agency as JSON."""
    return orjson.dumps(asdict(agency)).decode()


def agency_of(body: str) -> Agency:
    """An agency from its JSON."""
    fields = orjson.loads(body)
    return Agency(**{**fields, "automatic": tuple(fields["automatic"])})


def team_body(team: Team) -> str:
    """A team as JSON."""
    return orjson.dumps({**asdict(team), "members": sorted(team.members)}).decode()


def team_of(body: str) -> Team:
    """A team from its JSON."""
    fields = orjson.loads(body)
    return Team(**{**fields, "members": frozenset(fields["members"])})


def report_body(report: DeliveryReport) -> str:
    """A delivery's counts as JSON."""
    return orjson.dumps(asdict(report)).decode()


def grants_of(manifest: Manifest, dataset: int) -> list[Grant]:
    """The grants a delivery's manifest makes: of the dataset, and of single records."""
    grants = [
        Grant(dataset, r.to, RELEASE_LEVELS[r.level], "", r.until, r.purpose, r.ground) for r in manifest.releases
    ]
    grants += [
        Grant(dataset, r.to, RELEASE_LEVELS[r.level], r.record, r.until, r.reason)
        for r in manifest.rules
        if r.action == "release" and r.record
    ]
    return grants


def lifts_of(bodies: Iterable[Mapping[str, Any]]) -> list[Lift]:
    """Lifted masks (documents of kind ``lift``): one for the person, one for each record that says its role."""
    return [Lift(body["dataset"], record, body["to"], body["until"]) for body in bodies for record in body["records"]]


def reasons_body(pair: Pair) -> str:
    """A pair's reasons as JSON."""
    return orjson.dumps([list(reason) for reason in pair.reasons]).decode()


def reasons_of(body: str) -> tuple[Reason, ...]:
    """A pair's reasons from their JSON."""
    return tuple(Reason(*fields) for fields in orjson.loads(body))


def json_list(values: Iterable[str]) -> str:
    """Strings as one JSON parameter: a list of any length in one round trip."""
    return orjson.dumps(list(values)).decode()


def kept_rows(kind: str, bodies: Mapping[str, Mapping[str, Any] | None]) -> list[tuple[str, str, str]]:
    """Documents of the kernel's own as rows (kind, key, JSON), those to be dropped left out."""
    return [(kind, key, orjson.dumps(body).decode()) for key, body in bodies.items() if body is not None]


def flags_of(rows: Iterable[tuple[Any, ...]], found: Iterable[tuple[str, str, int, int]]) -> list[StoredFlag]:
    """Flags from their rows and those of their grounds (flag, record, level, dataset of a hit or 0)."""
    grounds: dict[str, list[tuple[str, int]]] = {}
    hits: dict[str, list[tuple[int, str]]] = {}
    for flag, record, level, did in found:
        if did:
            hits.setdefault(flag, []).append((did, record))
        else:
            grounds.setdefault(flag, []).append((record, level))
    return [
        StoredFlag(i, who, kind, body, digest, tuple(grounds.get(i, ())), tuple(hits.get(i, ())), state, first, last)
        for i, who, kind, body, digest, state, first, last in rows
    ]


def links_of(rows: Iterable[tuple[Any, ...]]) -> list[RawLink]:
    """Rows of links from an engine without a truth type, ordered."""
    return sorted(RawLink(*row)._replace(directed=bool(row[7])) for row in rows)


def table_rows(
    records: Iterable[Packed],
    dataset: int,
    number: int,
    nid: Mapping[str, int],
    iid: Mapping[tuple[str, str], int],
    vid: int,
    wid: int,
) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of a batch for a relational engine, by table. ``vid`` and ``wid`` are the last numbers given."""
    versions: list[tuple[Any, ...]] = []
    packs: list[tuple[Any, ...]] = []
    links: list[tuple[Any, ...]] = []
    carries: list[tuple[Any, ...]] = []
    words: list[tuple[Any, ...]] = []
    texts: list[tuple[Any, ...]] = []
    for p in records:
        vid += 1
        schema = p.schema
        versions.append((vid, nid[p.id], dataset, number, ALIVE, schema, p.low, p.mask, p.digest, is_link(schema)))
        for level, payload in p.packs.items():
            packs.append((vid, level, payload))
        for relation, _, prop, source, target, directed, level, *rest in p.links:
            links.append((vid, nid[source], nid[target], level, relation, prop, directed, *rest))
        for kind, value, prop, level in p.identifiers:
            carries.append((vid, iid[kind, value], level, prop))
        text = ""
        for level, found in p.words.items():  # a level reads the words of the levels below it too
            wid, text = wid + 1, f"{text} {found}".strip()
            words.append((wid, vid, level))
            texts.append((wid, text))
    return {"version": versions, "pack": packs, "link": links, "carries": carries, "words": words, "fulltext": texts}


def gathered(rows: Iterable[tuple[Any, ...]]) -> list[RawRecord]:
    """Rows of one pack each, ordered by record, as records of several packs."""
    found: dict[str, tuple[tuple[Any, ...], list[bytes]]] = {}
    for row in rows:
        packs = found.setdefault(row[0], (row, []))[1]
        if row[5] is not None:
            packs.append(row[5])
    return [RawRecord(row[0], row[1], row[2], row[3], row[4], tuple(packs)) for row, packs in found.values()]
