"""Random small worlds for property tests: datasets of three agencies, releases, links, victims, pairs, judgements.

A world is plain data, so that it can be put into any store, in any order, with or without some of its datasets.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import casework
from hypothesis import strategies as st

from analytics.communities import communities
from analytics.crossborder.reader import flags
from analytics.crossborder.run import run as raise_flags
from analytics.identities import identities
from analytics.projection import project, project_actors
from graph import administration, pending, teams, unmasking
from graph.access import FULL, HIT, IDENTITY, TEXT, Actor, Team
from graph.delivery import RecordRule, Reject, Release
from graph.digest import whole_scope
from graph.errors import VinculoError
from graph.export import FORMATS, export_chart
from graph.identity import Judgement, Pair, Reason
from graph.judging import judge
from graph.store.base import Store

KEY = "5f" * 32
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
NAMES = ("José Núñez", "Jose Nunez Paz", "Ana Souza", "Ana Paz", "Nuno Souza")
PHONES = ("+5491123456789", "+5511987654321", "+56961234567")
ACTORS = {a.agency: a for a in (casework.ANA, casework.BIA, casework.CARO)}
RECEIVERS = ("*", "AR-MPF", "BR-MPF", "CL-FN", "team:eci")
OTHERS = ("BR-MPF", "CL-FN")
GROWING = (0, IDENTITY, FULL, TEXT)  # at these levels something can be added to a dataset that its reader does not see
OTHER_TEAM = Team("other", frozenset(OTHERS), "x", "", "2026-01-01", "2099-01-01")
PAST_TEAM = Team("past", frozenset(ACTORS), "x", "", "2026-01-01", "2026-11-24")
UNKNOWN = tuple(prefix + "0" * 32 for prefix in "rip")
Person = tuple[str, str, str, str]  # name, alias, phone, mask


@dataclass(frozen=True)
class Dataset:
    owner: str
    name: str
    people: tuple[Person, ...]
    links: tuple[tuple[int, int], ...]
    releases: tuple[Release, ...]
    revision: int = 1
    withheld: tuple[int, ...] = ()  # people that the owner lets nobody else see, one by one
    remarks: tuple[str, ...] = ()  # more free text, on its people in turn


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
plain_people = st.tuples(
    st.sampled_from(NAMES), st.sampled_from(("", *NAMES)), st.sampled_from(("", *PHONES)), st.just("")
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


def links(count: int, most: int = 3) -> st.SearchStrategy[tuple[tuple[int, int], ...]]:
    """Some links among so many people."""
    if count < 2:
        return st.just(())
    end = st.integers(0, count - 1)
    return st.lists(st.tuples(end, end).filter(lambda e: e[0] != e[1]), max_size=most, unique=True).map(tuple)


def twos(count: int, least: int = 0) -> st.SearchStrategy[tuple[int, int]]:
    """Two different people among so many, at least one of them from number ``least`` on."""
    end = st.integers(0, count - 1)
    return st.tuples(end, end).filter(lambda e: e[0] != e[1] and max(e) >= least).map(lambda e: (min(e), max(e)))


@st.composite
def dataset(draw: st.DrawFn, number: int, owners: tuple[str, ...] = tuple(ACTORS)) -> Dataset:
    owner = draw(st.sampled_from(owners))
    who = tuple(draw(st.lists(people, min_size=1, max_size=4)))
    return Dataset(owner, f"case-{number}", who, draw(links(len(who))), draw(releases))


@st.composite
def worlds(draw: st.DrawFn, most: int = 4) -> World:
    sets = tuple(draw(dataset(n)) for n in range(draw(st.integers(2, most))))
    count = sum(len(d.people) for d in sets)
    two = twos(count)
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


def put_dataset(store: Store, d: Dataset, draft: bool = False) -> None:
    """Deliver one dataset: its people, links among them, the case, and a victim's role in it."""
    make = casework.record
    records = [make(store, d.owner, d.name, "case", "Investigation", name=f"Caso {d.name}")]
    secret: list[str] = []
    for n, (name, alias, phone, mask) in enumerate(d.people):
        more: dict[str, object] = {k: v for k, v in (("alias", alias), ("phone", phone)) if v}
        notes = (f"nota {n}", *d.remarks[n :: len(d.people)])
        records.append(make(store, d.owner, d.name, f"p{n}", name=name, mask=mask, notes=notes, **more))
        if n in d.withheld:
            secret.append(records[-1].id)
        if mask:
            ends = {"person": store.ids.record(d.owner, d.name, f"p{n}"), "investigation": records[0].id}
            records.append(make(store, d.owner, d.name, f"role{n}", "CaseRole", role="victim", mask=mask, **ends))
    for a, b in d.links:
        ends = {k: store.ids.record(d.owner, d.name, f"p{n}") for k, n in (("person", a), ("associate", b))}
        records.append(make(store, d.owner, d.name, f"link{a}-{b}", "Associate", relationship="socio", **ends))
        if {a, b} & set(d.withheld):
            secret.append(records[-1].id)
    rules = tuple(RecordRule(f"p:{i}", "release", to, "none", record=i) for i in secret for to in RECEIVERS)
    manifest = casework.manifest(d.owner, d.name, d.revision, d.releases, rules=rules)
    with store.deliver(ACTORS[d.owner], manifest, draft=draft) as delivery:
        delivery.add(records)
        delivery.publish()


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
    put_pairs(store, world, known)
    put_judgements(store, world, world.judgements, known)


def put_pairs(store: Store, world: World, known: set[int]) -> None:
    """The matcher's pairs: it sees no masked record."""
    names = ids(store, world)
    masked = {i for i, p in enumerate(p for d in world.datasets for p in d.people) if p[3]}
    pairs = []
    for a, b, state in world.pairs:
        if {a, b} <= known and not {a, b} & masked:
            left, right = sorted((names[a], names[b]))
            pairs.append(Pair(left, right, 0.9, state, (Reason("name", "x", "y", 1.5),)))
    store.save_pairs(pairs, "m1")


def put_judgements(
    store: Store, world: World, said: Iterable[tuple[int, int, str, str]], known: set[int] | None = None
) -> None:
    """Judgements in the order in which they were made."""
    names, own = ids(store, world), owners(world)
    for a, b, verdict, agency in said:
        if known is None or {a, b} <= known:
            (left, lo), (right, ro) = sorted(((names[a], own[a]), (names[b], own[b])))
            store.log_judgement(Judgement(0, left, right, verdict, agency, agency, NOW.isoformat()), (lo, ro))


# --- what is added that the reader may not see ------------------------------------------------------------------------


@dataclass(frozen=True)
class Hidden:
    """What is added to a world, none of it released to the reader."""

    datasets: tuple[Dataset, ...] = ()  # of other agencies
    grown: tuple[Dataset, ...] = ()  # others' datasets of the world, in a later revision with more that is hidden
    drafts: tuple[Dataset, ...] = ()
    withdrawn: tuple[Dataset, ...] = ()
    pairs: tuple[tuple[int, int, str], ...] = ()
    judgements: tuple[tuple[int, int, str, str], ...] = ()


def whole(world: World, hidden: Hidden) -> World:
    """The world with the hidden people behind its own, so that both count them alike."""
    return World(world.datasets + hidden.datasets, world.pairs + hidden.pairs, world.judgements + hidden.judgements)


NOT_TO_READER = st.lists(
    st.builds(Release, st.sampled_from((*OTHERS, "team:other")), st.sampled_from(("hit", "identity", "full"))),
    max_size=2,
).map(tuple)
PAST = st.builds(
    Release, st.sampled_from(("AR-MPF", "*", "team:eci")), st.sampled_from(("hit", "full")), st.just("2026-11-24")
)


@st.composite
def hidden(draw: st.DrawFn, world: World, levels: dict[str, int], least: int = 0, most: int = 3) -> Hidden:
    """Something of every kind. ``levels``: how far the reader sees each of the world's datasets (OWN: its own)."""
    first = len(world.datasets)
    fresh = []
    for n in range(draw(st.integers(least, most))):
        d = draw(dataset(first + n, OTHERS))
        given = draw(NOT_TO_READER) + tuple(draw(st.lists(PAST, max_size=1)))
        fresh.append(replace(d, releases=given))
    grown = tuple(
        draw(_grown(d, levels[d.name])) for d in world.datasets if levels[d.name] in GROWING and draw(st.booleans())
    )
    drafts, withdrawn = (
        tuple(
            replace(draw(dataset(first + at + n, OTHERS)), releases=(Release("*", "full"),))
            for n in range(draw(st.integers(0, 1)))
        )
        for at in (most, most + 1)
    )
    # an open draft of what the reader sees
    for d in world.datasets:
        if d.owner in OTHERS and draw(st.integers(0, 3)) == 0:
            changed = replace(draw(dataset(0, (d.owner,))), name=d.name, revision=3, releases=(Release("*", "full"),))
            drafts = (*drafts, changed)
    # a pair or a word that touches a hidden record; and of another agency on any two, where it settles nothing
    own, shown = owners(world), len(owners(world))
    total = shown + sum(len(d.people) for d in fresh)
    pairs: tuple[tuple[int, int, str], ...] = ()
    said: list[tuple[int, int, str, str]] = []
    if total > shown and total > 1:
        two = twos(total, shown)
        state = st.sampled_from(("automatic", "proposed"))
        found = st.lists(st.tuples(two, state), max_size=4, unique_by=lambda p: p[0])
        pairs = tuple((*e, s) for e, s in draw(found))
        words = st.tuples(two, st.sampled_from(("same", "different")), st.sampled_from(OTHERS))
        said += [(*e, v, a) for e, v, a in draw(st.lists(words, max_size=3))]
    if shown > 1:
        words = st.tuples(twos(shown), st.sampled_from(("same", "different", "unsure")), st.sampled_from(OTHERS))
        for e, v, a in draw(st.lists(words, max_size=3)):
            if a not in (own[e[0]], own[e[1]]):
                said.append((*e, v, a))
    return Hidden(tuple(fresh), grown, drafts, withdrawn, pairs, tuple(said))


@st.composite
def _grown(draw: st.DrawFn, d: Dataset, level: int) -> Dataset:
    """A later revision of a dataset with more that a reader of this level does not see. What was there stays as it
    was: who is hidden comes behind who is there, so that everybody keeps the number he had."""
    count = len(d.people)
    if level > IDENTITY:  # all of it is released, save what the owner keeps back record by record
        more = tuple(draw(st.lists(plain_people, min_size=1, max_size=2)))
        back = tuple(range(count, count + len(more)))
        ties = tuple(e for e in draw(links(count + len(more))) if max(e) >= count)
        return replace(d, people=d.people + more, withheld=back, links=d.links + ties, revision=2)
    # at `identity` neither links, free text nor protected people are shown; with no release nothing is
    more = tuple(draw(st.lists(people if level == 0 else people.map(_protected), max_size=2)))
    ties = tuple(e for e in draw(links(count + len(more))) if e not in d.links)
    said = tuple(draw(st.lists(st.sampled_from(("vive con Ana Souza", "José Núñez paga")), max_size=2)))
    return replace(d, people=d.people + more, links=d.links + ties, remarks=said, revision=2)


def _protected(person: Person) -> Person:
    return (*person[:3], "victim")


def wipe(driver: Any) -> None:
    """Empty a server that holds a store, keeping its indexes; under the worlds' key."""
    with driver.session() as session:
        session.run("MATCH (n) WHERE NOT n:Meta DETACH DELETE n").consume()
        fresh = [["version", "1"], ["key", KEY], ["made_by", ""]]
        session.run("UNWIND $rows AS row MATCH (m:Meta {key: row[0]}) SET m.value = row[1]", rows=fresh).consume()
        session.run("CREATE (:Counter {name: 'pairs', value: 0})").consume()


def levels(store: Store, actor: Actor, world: World) -> dict[str, int]:
    """How far the actor sees each dataset of the world; where it may have hits, HIT."""
    scope, known = store.scope(actor), {d.name for d in world.datasets}
    return {
        d.name: HIT if d.number in scope.hits else scope.level(d.number) for d in store.datasets() if d.name in known
    }


def grown_ids(store: Store, more: Hidden) -> list[str]:
    """Ids of everybody in the datasets that grew, and of those in drafts."""
    return ids(store, World((*more.grown, *more.drafts, *more.withdrawn), (), ()))


def add(store: Store, more: Hidden, everybody: World) -> None:
    """Add what is hidden to a store, all at once; the pairs are those of ``everybody``, its last run of the matcher."""
    for _ in adding(store, more, everybody):
        pass


def adding(store: Store, more: Hidden, everybody: World) -> Iterator[str]:
    """Add what is hidden step by step, and say after each step what it was."""
    store.save_federation((), [Actor("br:otro", "BR-MPF", frozenset({"analyst"}))], [OTHER_TEAM, PAST_TEAM])
    for d in (*more.datasets, *more.grown, *more.withdrawn):
        put_dataset(store, d)
        if d in more.withdrawn:
            store.withdraw(next(state.number for state in store.datasets() if state.name == d.name))
        yield f"{d.name} in revision {d.revision}"
    for d in more.drafts:
        put_dataset(store, d, draft=True)
        yield f"draft of {d.name}"
    if more.drafts:
        did, number, _ = store.drafts(more.drafts[0].owner)[0]
        store.keep_rejects(did, number, [Reject("a.csv", 2, "x", "y", "z")])
    put_pairs(store, everybody, set(range(len(owners(everybody)))))
    yield "pairs"
    put_judgements(store, everybody, more.judgements)
    yield "judgements"
    # of what everybody but the reader does, and of what the kernel keeps, nothing shows
    for agency in OTHERS:
        actor = ACTORS[agency]
        pending.propose(store, actor, "team", OTHERS, {"action": "put", "team": {"id": "otro"}, "before": ""})
        store.audit.changes.append(what="deliver current", actor=actor.id, agency=agency, dataset="otro")
        store.audit.looks.append(actor=actor.id, agency=agency, what="search", records=[], results=3, ground="")
    store.log_job("flags", NOW.isoformat(), NOW.isoformat(), "ok", "new 7")
    store.keep("lock", {"actor:br:otro": {"by": "br:op", "operator": False}}, seen=True)
    store.keep("lift", lifted_for_others(store), seen=True)
    yield "somebody else locked, and masks lifted for somebody else"
    raise_flags(store, OTHERS, NOW.isoformat(timespec="seconds"))
    yield "flags and logs of others"


def lifted_for_others(store: Store) -> dict[str, dict[str, Any]]:
    """Every mask of others lifted for whoever is not the reader, and for the reader up to yesterday."""
    found: dict[str, dict[str, Any]] = {}
    owner = {d.number: d.owner for d in store.datasets()}
    scope = whole_scope(store)
    masked = replace(scope, sights={n: replace(s, level=FULL) for n, s in scope.sights.items()})
    for record, dataset, _, mask in store.nodes(masked):
        for to, until in (("BR-MPF", "2099-01-01"), ("team:other", "2099-01-01"), ("AR-MPF", "2026-11-24")):
            body = {"dataset": dataset, "name": "x", "record": record, "records": [record], "mask": mask, "to": to}
            more = {"until": until, "reason": "x", "owner": owner[dataset], "by": "a", "confirmed": "b"}
            if mask and owner[dataset] in OTHERS and owner[dataset] != to:  # its own are the reader's to list
                found[f"{record}:{to}"] = body | more
    return found


# --- what an actor gets -----------------------------------------------------------------------------------------------


def got(call: Any) -> Any:
    """What a call gives, or the error it gives instead: its kind and its words."""
    try:
        return call()
    except VinculoError as error:
        return type(error).__name__, error.text("es"), error.text("en")


def whole_view(store: Store, actor: Actor, asked: list[str]) -> dict[str, Any]:
    """What the actor can read of the whole view, and of ``asked`` ids, in a few calls."""
    view = store.view(actor)
    return {
        # numbers are the kernel's own, and no surface shows them
        "datasets": [replace(d, number=0, current=0) for d in view.datasets()],
        "membership": dict(view.membership()),
        "proposals": [(p.pair, p.left, p.right) for p in view.proposals()],
        "flags": view.flags(),
        "hits": hits(view),
        "records": view.records(asked),
        "entities": view.entities(asked),
        "standing": [j._replace(number=0) for j in store.standing(actor.agency)],
        "waiting": pending.waiting(store, actor),
        "lifted": unmasking.listed(store, actor),
        "people": administration.actors(store, actor),
        # the team whose term has ended is the reader's own
        "teams": [t for t in teams.member_teams(store, actor) if t.id != PAST_TEAM.id],
        "ledger": sorted(store.ledger(actor.agency), key=str),
        "drafts": [name for _, _, name in store.drafts(actor.agency)],
        "arrays": _plain(view.arrays(True)),
        "search": [view.search(text) for text in ("jose", "souza")],
    }


def answers(
    store: Store, actor: Actor, asked: list[str], texts: Iterable[str] = (), hops: int | None = None
) -> dict[str, Any]:
    """Everything the actor can read: every call of a view, its counts, order, ids and errors, about ``asked`` ids.

    ``hops``: of how many of the visible ids the neighbourhood is asked for one by one, all where None.
    """
    view = store.view(actor)
    arrays = view.arrays(False)
    found: dict[str, Any] = whole_view(store, actor, asked) | {
        "proposals 1": [(p.pair, p.left, p.right) for p in view.proposals(1)],
        "read flags": [f.as_json() for f in flags(view)],
        "stamp": view.stamp(x=1),
        "arrays without proposals": _plain(arrays),
    }
    for text in ("jose", "nunez paz", "ana", "5491123456789", "caso", "nota", "zzz", *texts):
        found[f"search {text}"] = view.search(text, limit=3), view.search(text, limit=3, offset=2)
    for i in [*arrays.ids[:hops], *UNKNOWN]:
        found[f"hop {i}"] = got(lambda i=i: (view.neighbourhood([i]), view.link_counts(i)))
    seen = found["entities"]
    for i in asked:
        if i in seen:
            found[f"entity {i}"] = view.entity(i), view.grounds(seen[i])
        else:  # what is not visible and what does not exist give one and the same error
            found[f"entity {i}"] = got(lambda i=i: view.entity(i)), got(lambda i=i: view.neighbourhood([i]))
    start = sorted({e.id for e in seen.values()})[:5]
    if start:
        found["wide"] = view.neighbourhood(start[:2], depth=2, cap=5)
        found["few kinds"] = view.neighbourhood(start[:2], kinds=("ASSOCIATE", "HAS_PHONE"), depth=2, proposed=False)
    strange = [i for i in asked if i not in seen][:2]
    for a, b in zip([*start, *strange], [*start, *strange][1:], strict=False):
        found[f"path {a} {b}"] = got(lambda a=a, b=b: view.paths(a, b))
    for i in strange:
        found[f"judge {i}"] = got(lambda i=i: judge(store, actor, i, (start or UNKNOWN)[0], "same"))
    return found


def hits(view: Any) -> list[tuple[str, ...]]:
    """The hits of a view as text: what is said of each, whatever form the call gives it in."""
    return sorted(tuple(str(getattr(part, "owner", part)) for part in hit) for hit in view.hits())


def _plain(arrays: Any) -> list[Any]:
    drawn = zip(arrays.source.tolist(), arrays.target.tolist(), arrays.relation.tolist(), arrays.records, strict=True)
    return [
        *(arrays.ids, arrays.kinds, arrays.schemata, arrays.owners, arrays.countries, arrays.masked),
        *(arrays.relations, list(drawn), arrays.directed.tolist(), arrays.stamp),
    ]


def analyses(store: Store, actor: Actor) -> dict[str, Any]:
    """What is computed on the actor's view: communities, identities, metrics."""
    view = store.view(actor)
    return {
        "communities": [communities(view, proposed=p).as_json() for p in (True, False)],
        "identities": list(identities(view)),
        "metrics": list(_metrics(view)),
    }


def _metrics(view: Any) -> Iterator[Any]:
    for graph in (project(view.arrays(True)), project_actors(view.arrays(False))):
        nodes, ties = graph.to_pandas()
        yield nodes.to_csv(), ties.to_csv(), graph.hubs, graph.to_scipy().sum(axis=0).tolist()


def exports(store: Store, actor: Actor, asked: list[str], formats: Iterable[str] = FORMATS) -> dict[str, Any]:
    """Every byte and every count of the actor's exports: of all it sees of ``asked``, for itself, a team, an agency."""
    known = store.view(actor).entities(asked)
    start = sorted({e.id for e in known.values()})[:4]
    found: dict[str, Any] = {}
    for form in formats:
        for receiver in ("self", "team:eci", "agency:BR-MPF"):
            found[f"{form} {receiver}"] = got(lambda f=form, r=receiver: _export(store, actor, start, f, r))
    for receiver in ("team:other", "team:none"):  # a team of others and one that does not exist
        found[receiver] = got(lambda r=receiver: _export(store, actor, start, "csv", r))
    missing = next((i for i in asked if i not in known), "r" + "0" * 32)
    found["missing"] = got(lambda: _export(store, actor, [missing], "csv", "self"))
    return found


def _export(store: Store, actor: Actor, start: list[str], form: str, receiver: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, f"chart.{form}")
        report = export_chart(store, actor, start, depth=2, cap=12, form=form, receiver=receiver, out=out)
        bodies = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(Path(folder).iterdir())}
        return bodies, replace(report, files=())
