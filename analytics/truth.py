"""truth.json of the demonstration scenario, tied to a view's records by (dataset, document, row)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from analytics.identities import IdentityRow
from graph.errors import InputError
from graph.model import descends

Row = tuple[str, str, int]


class TrueSide(NamedTuple):
    """One end of a planted connection: owner, dataset and the records of its rows."""

    owner: str
    dataset: str
    records: frozenset[str]


class Connection(NamedTuple):
    """A planted connection; ``pairs`` are the two sides of it that tell enough, all where the truth names none."""

    id: str
    kind: str
    basis: str
    telling: bool
    via: str
    sides: tuple[TrueSide, ...]
    pairs: frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Truth:
    """What is true of the records of a view.

    ``who``: record → person or organisation, of records that a view may tie (masked ones are left out: nothing may);
    ``behind``: any record → those whose row it comes from too (a telephone line's user);
    ``held``: (owner, dataset, person or organisation); ``lookalikes``: (kind, records) that are not one.
    """

    who: Mapping[str, str]
    behind: Mapping[str, frozenset[str]]
    held: frozenset[tuple[str, str, str]]
    connections: tuple[Connection, ...]
    lookalikes: tuple[tuple[str, frozenset[str]], ...]
    unplaced: int  # rows of the truth that no record of the view comes from


def load(path: Path, rows: Iterable[IdentityRow], owners: Mapping[str, str]) -> Truth:
    """Read the truth and place it; ``owners``: dataset → owner. :class:`InputError` for a file of another form."""
    try:
        body = orjson.loads(path.read_bytes())
        people, firms = body["people"], body["organisations"]
        connections, lookalikes, protected = body["connections"], body["lookalikes"], body["protected"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError("evaluate.truth", file=str(path)) from error
    at: dict[Row, set[str]] = {}
    schema: dict[str, str] = {}
    for r in rows:
        at.setdefault((r.dataset, r.document, r.row), set()).add(r.record)
        schema[r.record] = r.schema
    masked = {_row(entry["record"]) for entry in protected}
    who: dict[str, str] = {}
    held: set[tuple[str, str, str]] = set()
    unplaced = 0
    for entries, kind in ((people, "Person"), (firms, "Organization")):
        for entry in entries:
            for place in map(_row, entry["records"]):
                if place in masked:
                    continue
                found = [r for r in at.get(place, ()) if descends(schema[r], kind)]
                unplaced += not found
                who.update((r, entry["truth"]) for r in found)
                if found:
                    held.add((owners[place[0]], place[0], entry["truth"]))
    return Truth(
        who,
        _behind(who, at),
        frozenset(held),
        tuple(_connection(entry, at) for entry in connections),
        tuple((entry["kind"], _records(entry["records"], at)) for entry in lookalikes),
        unplaced,
    )


def _behind(who: Mapping[str, str], at: Mapping[Row, set[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {r: {t} for r, t in who.items()}
    for records in at.values():
        if truths := {who[r] for r in records if r in who}:
            for r in records - who.keys():
                found.setdefault(r, set()).update(truths)
    return {r: frozenset(truths) for r, truths in found.items()}


def _row(record: Mapping[str, Any]) -> Row:
    return record["dataset"], record["document"], record["row"]


def _records(places: Iterable[Mapping[str, Any]], at: Mapping[Row, set[str]]) -> frozenset[str]:
    return frozenset(r for place in places for r in at.get(_row(place), ()))


def _connection(entry: Mapping[str, Any], at: Mapping[Row, set[str]]) -> Connection:
    sides = tuple(TrueSide(s["owner"], s["dataset"], _records(s["records"], at)) for s in entry["sides"])
    every = [(i, j) for i in range(len(sides)) for j in range(i + 1, len(sides))]
    if entry["kind"] == "crossing_link":  # what crosses is between the side that states the link and another
        every = [(0, j) for j in range(1, len(sides))]
    told = [(p["sides"][0], p["sides"][1]) for p in entry["pairs"] if p["telling"]] if "pairs" in entry else every
    return Connection(
        entry["id"], entry["kind"], entry["basis"], entry["telling"], entry.get("via", ""), sides, frozenset(told)
    )
