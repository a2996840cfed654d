"""What a view gives: entities, nodes, links, subgraphs, pages of search, and the stamp that every result carries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.identity import Pair
from graph.statement import Record, Statement


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a result rests on: the view, its datasets and revisions, window, parameters, code version, seed."""

    view: str
    actor: str
    at: str
    datasets: tuple[tuple[str, str, int], ...]  # (owner, dataset, revision)
    identities: str = "confirmed"
    parameters: Mapping[str, str] = field(default_factory=dict)
    code: str = ""
    model: str = ""
    seed: int = 0


@dataclass(frozen=True)
class Entity:
    """The visible records held to be one thing. ``state``: empty for a single record, else confirmed or automatic."""

    id: str
    schema: str
    caption: str
    records: tuple[Record, ...]
    state: str = ""

    @cached_property
    def owners(self) -> tuple[str, ...]:
        """Agencies that hold a record of it, sorted."""
        return tuple(sorted({r.owner for r in self.records}))

    @cached_property
    def countries(self) -> tuple[str, ...]:
        """Jurisdictions: countries of its owners (never of nationality or address), sorted."""
        return tuple(sorted({r.country for r in self.records}))

    @property
    def masked(self) -> str:
        """Why it is masked for this reader, empty when it is not."""
        return self.records[0].masked

    @property
    def crosses(self) -> bool:
        """Whether owners of at least two countries hold records of it."""
        return len(self.countries) > 1

    def values(self, prop: str) -> list[str]:
        """Values of ``prop`` over all records, without repeats."""
        return list(dict.fromkeys(v for r in self.records for v in r.values(prop)))

    def facts(self) -> list[tuple[Record, Statement]]:
        """Every statement with its record, by property then value."""
        found = [(r, s) for r in self.records for s in r.statements]
        return sorted(found, key=lambda f: (f[1].prop, f[1].value, f[0].owner, f[0].dataset, f[1].document, f[1].row))


@dataclass(frozen=True, slots=True)
class Node:
    """A point of a chart: an entity, or a shared identifier (then ``schema`` is its kind: phone, document …)."""

    id: str
    kind: str  # entity | identifier
    schema: str
    caption: str
    owners: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    masked: str = ""
    records: int = 1
    state: str = ""
    members: tuple[str, ...] = ()  # ids of those records: what the log of looks names

    @property
    def crosses(self) -> bool:
        """Whether owners of at least two countries hold it."""
        return len(self.countries) > 1


@dataclass(frozen=True, slots=True)
class Link:
    """A line of a chart. Several links between two ends stay apart.

    ``state``: ``stated`` (a record says so) or ``proposed`` (the matcher's inference: drawn dashed, worded as such).
    ``sources`` are (document, row, evaluation, handling) of the statements that draw it.
    """

    id: str
    relation: str
    schema: str
    source: str
    target: str
    directed: bool
    caption: str = ""
    start: str = ""
    end: str = ""
    owner: str = ""
    country: str = ""
    dataset: str = ""
    state: str = "stated"
    score: float = 0.0
    sources: tuple[tuple[str, int, str, str], ...] = ()
    record: str = ""


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Part of a view. ``hidden`` counts, by schema, what the cap left out; nothing is left out uncounted."""

    nodes: tuple[Node, ...]
    links: tuple[Link, ...]
    stamp: Stamp
    hidden: Mapping[str, int] = field(default_factory=dict)
    start: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchItem:
    """An entity found, the words that matched, and our own score of them (0–100), from visible text only."""

    entity: Entity
    matched: str
    score: float


@dataclass(frozen=True, slots=True)
class SearchPage:
    """``total`` counts every match, ``items`` are one page of them, in order."""

    total: int
    items: tuple[SearchItem, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """ "That agency holds something on this; ask there." Nothing more."""

    entity: str
    agency: str
    contact: Mapping[str, str]
    match: str  # kind of match


class Withheld(NamedTuple):
    """How many free texts, and how many documents' names, a reader does not get of what it reads in full."""

    texts: int
    documents: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """Two entities that may be the same, with the pair that says so."""

    pair: Pair
    left: Entity
    right: Entity


@dataclass(frozen=True, slots=True)
class GraphArrays:
    """A whole view as arrays. Node i is ``ids[i]``; link j goes from ``source[j]`` to ``target[j]``.

    ``countries[i]`` is the sorted tuple of jurisdictions of node i; ``relation[j]`` indexes ``relations``.
    Shapes: n nodes, m links; int32 indices.
    """

    ids: Sequence[str]
    kinds: Sequence[str]
    schemata: Sequence[str]
    owners: Sequence[tuple[str, ...]]
    countries: Sequence[tuple[str, ...]]
    masked: Sequence[str]
    source: NDArray[np.int32]
    target: NDArray[np.int32]
    relation: NDArray[np.int32]
    directed: NDArray[np.bool_]
    relations: Sequence[str]
    records: Sequence[str]  # per link: the record that draws it, empty for a carried identifier
    stamp: Stamp
