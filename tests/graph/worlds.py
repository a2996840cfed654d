"""Random small worlds for property tests: datasets of three agencies, releases, links, victims, pairs, judgements.

A world is plain data, so that it can be put into any store, in any order, with or without some of its datasets.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import casework
from hypothesis import strategies as st

from graph.access import Actor
from graph.delivery import Release
from graph.errors import VinculoError
from graph.identity import Judgement, Pair, Reason
from graph.store.base import Store

KEY = "5f" * 32
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAMES = ("José Núñez", "Jose Nunez Paz", "Ana Souza", "Ana Paz", "Nuno Souza")
PHONES = ("+5491123456789", "+5511987654321", "+56961234567")
ACTORS = {a.agency: a for a in (casework.ANA, casework.BIA, casework.CARO)}
RECEIVERS = ("*", "AR-MPF", "BR-MPF", "CL-FN", "team:eci")


@dataclass(frozen=True)
class Dataset:
    owner: str
    name: str
    people: tuple[tuple[str, str, str, str], ...]  # name, alias, phone, mask
    links: tuple[tuple[int, int], ...]
    releases: tuple[Release, ...]


@dataclass(frozen=True)
class World:
    datasets: tuple[Dataset, ...]
    pairs: tuple[tuple[int, int, str], ...]  # over the flat list of people
    judgements: tuple[tuple[int, int, str, str], ...]  # people, verdict, agency
    extra: dict[str, Any] = field(default_factory=dict)


people = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(("", *NAMES)),
    st.sampled_from(("", *PHONES)),
    st.sampled_from(("", "", "victim")),
)
releases = st.lists(
    st.builds(
        Release,
        st.sampled_from(RECEIVERS),
        st.sampled_from(("hit", "identity", "full")),
        st.sampled_from(("", "2026-01-01", "2099-01-01")),
    ),
    max_size=2,
).map(tuple)


@st.composite
def dataset(draw: st.DrawFn, number: int, owners: tuple[str, ...] = tuple(ACTORS)) -> Dataset:
    owner = draw(st.sampled_from(owners))
    who = tuple(draw(st.lists(people, min_size=1, max_size=4)))
    end = st.integers(0, len(who) - 1)
    links = (
        tuple(draw(st.lists(st.tuples(end, end).filter(lambda e: e[0] != e[1]), max_size=3, unique=True)))
        if len(who) > 1
        else ()
    )
    return Dataset(owner, f"case-{number}", who, links, draw(releases))


@st.composite
def worlds(draw: st.DrawFn, most: int = 4) -> World:
    sets = tuple(draw(dataset(n)) for n in range(draw(st.integers(2, most))))
    count = sum(len(d.people) for d in sets)
    end = st.integers(0, count - 1)
    two = st.tuples(end, end).filter(lambda e: e[0] != e[1]).map(lambda e: (min(e), max(e)))
    pairs = draw(
        st.lists(st.tuples(two, st.sampled_from(("automatic", "proposed"))), max_size=5, unique_by=lambda p: p[0])
    )
    verdicts = st.tuples(two, st.sampled_from(("same", "different", "unsure")), st.sampled_from(tuple(ACTORS)))
    said = draw(st.lists(verdicts, max_size=5))
    return World(sets, tuple((*e, s) for e, s in pairs), tuple((*e, v, a) for e, v, a in said))


def ids(store: Store, world: World) -> list[str]:
    """Ids of all people of the world, in its order."""
    return [store.ids.record(d.owner, d.name, f"p{n}") for d in world.datasets for n in range(len(d.people))]


def owners(world: World) -> list[str]:
    return [d.owner for d in world.datasets for _ in d.people]


def put_dataset(store: Store, d: Dataset) -> None:
    """Deliver one dataset: its people, links among them, the case, and a victim's role in it."""
    make = casework.record
    records = [make(store, d.owner, d.name, "case", "Investigation", name=f"Caso {d.name}")]
    for n, (name, alias, phone, mask) in enumerate(d.people):
        more = {k: v for k, v in (("alias", alias), ("phone", phone)) if v}
        records.append(make(store, d.owner, d.name, f"p{n}", name=name, mask=mask, notes=f"nota {n}", **more))
        if mask:
            ends = {"person": store.ids.record(d.owner, d.name, f"p{n}"), "investigation": records[0].id}
            records.append(make(store, d.owner, d.name, f"role{n}", "CaseRole", role="victim", mask=mask, **ends))
    for a, b in d.links:
        ends = {k: store.ids.record(d.owner, d.name, f"p{n}") for k, n in (("person", a), ("associate", b))}
        records.append(make(store, d.owner, d.name, f"link{a}-{b}", "Associate", relationship="socio", **ends))
    casework.deliver(store, ACTORS[d.owner], d.name, records, d.releases)


def put(store: Store, world: World, order: Iterable[int] | None = None) -> Store:
    """Put a world into an empty store, its datasets in ``order``."""
    store.clock = lambda: NOW
    casework.found(store)
    for n in order if order is not None else range(len(world.datasets)):
        put_dataset(store, world.datasets[n])
    put_identity(store, world, set(range(len(owners(world)))))
    return store


def put_identity(store: Store, world: World, known: set[int]) -> None:
    """The world's pairs and judgements between people of whom ``known`` holds the numbers."""
    names, own = ids(store, world), owners(world)
    masked = {i for i, p in enumerate(p for d in world.datasets for p in d.people) if p[3]}
    pairs = []
    for a, b, state in world.pairs:
        if {a, b} <= known and not {a, b} & masked:
            left, right = sorted((names[a], names[b]))
            pairs.append(Pair(left, right, 0.9, state, (Reason("name", "x", "y", 1.5),)))
    store.save_pairs(pairs, "m1")
    for a, b, verdict, agency in world.judgements:
        if {a, b} <= known:
            (left, lo), (right, ro) = sorted(((names[a], own[a]), (names[b], own[b])))
            store.log_judgement(Judgement(0, left, right, verdict, agency, agency, NOW.isoformat()), (lo, ro))


def answers(store: Store, actor: Actor, asked: list[str]) -> dict[str, Any]:
    """Everything the actor can get: every read, its counts, order, ids and errors, about ``asked`` ids."""
    view = store.view(actor)
    got: dict[str, Any] = {
        "datasets": [(d.owner, d.name, d.revision) for d in view.datasets()],
        "membership": dict(view.membership()),
        "proposals": [(p.pair, p.left, p.right) for p in view.proposals()],
        "flags": view.flags(),
        "hits": [(r, d.owner, kind) for r, d, kind in view.hits()],
    }
    arrays = view.arrays(proposed=True)
    got["arrays"] = [
        arrays.ids,
        arrays.kinds,
        arrays.schemata,
        arrays.owners,
        arrays.countries,
        arrays.masked,
        arrays.relations,
        sorted(
            zip(arrays.source.tolist(), arrays.target.tolist(), arrays.relation.tolist(), arrays.records, strict=True)
        ),
    ]
    for text in ("jose", "nunez paz", "ana", "souza", "5491123456789", "caso", "zzz"):
        got[f"search {text}"] = view.search(text, limit=3), view.search(text, limit=3, offset=2)
    for i in [*asked, *arrays.ids]:
        for name, call in (
            ("entity", lambda i=i: (view.entity(i), view.grounds(view.entity(i)))),
            ("hop", lambda i=i: (view.neighbourhood([i], depth=2, cap=5), view.link_counts(i))),
        ):
            try:
                got[f"{name} {i}"] = call()
            except VinculoError as error:
                got[f"{name} {i}"] = (type(error).__name__, str(error))
    for a, b in zip(asked, asked[1:], strict=False):
        try:
            got[f"path {a} {b}"] = view.paths(a, b)
        except VinculoError as error:
            got[f"path {a} {b}"] = (type(error).__name__, str(error))
    return got
