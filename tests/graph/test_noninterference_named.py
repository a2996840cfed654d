"""Rule 2, case by case: the ways in which something hidden would show if it could. Each is also tried with the same
thing released, and then it must show: a test that nothing can fail would prove nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import casework
import pytest
import worlds
from worlds import PHONES, Dataset, Hidden, World

from analytics.crossborder.run import run as raise_flags
from graph.audit import Audit
from graph.delivery import Release
from graph.store import open_store
from graph.store.base import Store

READER = casework.ANA
AT = worlds.NOW.isoformat(timespec="seconds")
FULL = (Release("AR-MPF", "full"),)
ONE, TWO, THREE = PHONES
LITORAL = Dataset("AR-MPF", "case-0", (("José Núñez", "", ONE, ""), ("Ana Paz", "", "", "")), (), ())
# José's phone leads to Ana Souza, and over Nuno to Jose Nunez Paz
PORTO = Dataset(
    "BR-MPF",
    "case-1",
    (("Jose Nunez Paz", "", TWO, ""), ("Ana Souza", "", ONE, ""), ("Nuno Souza", "", "", "")),
    ((1, 2), (2, 0)),
    FULL,
)
BARE = replace(PORTO, releases=(Release("AR-MPF", "identity"),))
JOSE, ANA_PAZ, PAZ, SOUZA, NUNO, FIRST = range(6)
BASE = World((LITORAL, PORTO), (), ())


def chile(*people: tuple[str, str, str, str], ties: tuple[tuple[int, int], ...] = (), name: str = "case-2") -> Dataset:
    return Dataset("CL-FN", name, people, ties, (Release("BR-MPF", "full"),))


@dataclass(frozen=True)
class Case:
    more: Hidden
    base: World = BASE
    shows: Hidden | None = None  # the same thing released, where it is not a dataset that becomes so by its release


def grown(d: Dataset, **more: Any) -> Hidden:
    return Hidden(grown=(replace(d, revision=2, **more),))


CASES = {
    "in the middle of a path": Case(
        grown(
            PORTO,
            people=(*PORTO.people, ("Ana Paz", "", "", "")),
            links=(*PORTO.links, (1, 3), (3, 0)),
            withheld=(3,),
        )
    ),
    "a shorter path": Case(Hidden((chile(("Ana Paz", "", ONE, ""), ("Ana Paz", "", TWO, ""), ties=((0, 1),)),))),
    "alone ties two visible records": Case(
        Hidden(
            (chile(("José Núñez", "", "", "")),),
            pairs=((JOSE, 5, "automatic"), (PAZ, 5, "automatic")),
            judgements=((JOSE, 5, "same", "CL-FN"), (PAZ, 5, "same", "CL-FN")),
        )
    ),
    "an alias that would change a caption": Case(
        Hidden((chile(("AAA Primero", "AAA Alias", "", "")),), pairs=((PAZ, 5, "automatic"),))
    ),
    "another agency's word on two visible records": Case(
        Hidden(judgements=((JOSE, PAZ, "same", "CL-FN"), (SOUZA, NUNO, "different", "CL-FN"))),
        World((LITORAL, PORTO), ((JOSE, SOUZA, "automatic"), (JOSE, PAZ, "proposed")), ()),
        Hidden(judgements=((JOSE, PAZ, "same", "AR-MPF"),)),
    ),
    "owns an existing key": Case(Hidden((chile(("Ana Souza", "Otra", ONE, "victim"), name="case-1"),))),
    "five rows that would move a ranking": Case(
        Hidden((chile(*[("José Núñez", "Jose Nunez Paz", THREE, "")] * 4, ("Ana Souza", "", "", "")),))
    ),
    "a dataset seen in part is delivered again": Case(grown(PORTO), shows=grown(LITORAL)),
    "links and free text beside what identity shows": Case(
        grown(BARE, links=(*BARE.links, (0, 1)), remarks=("José Núñez paga",)), World((LITORAL, BARE), (), ())
    ),
    "a protected person beside what identity shows": Case(
        grown(BARE, people=(*BARE.people, ("Víctima Uno", "", ONE, "victim"))), World((LITORAL, BARE), (), ())
    ),
    "a draft of what is seen": Case(
        Hidden(drafts=(replace(PORTO, people=(("Otro", "", ONE, ""),), links=(), revision=2),)),
        shows=grown(PORTO, people=(("Otro", "", ONE, ""),), links=()),
    ),
    "was seen and is withdrawn": Case(
        Hidden(withdrawn=(replace(chile(("José Núñez", "", ONE, "")), releases=FULL),)),
        shows=Hidden((chile(("José Núñez", "", ONE, "")),)),
    ),
    "a release that has ended": Case(
        Hidden((replace(chile(("José Núñez", "", ONE, "")), releases=(Release("AR-MPF", "full", "2026-11-24"),)),))
    ),
    "a term that has ended": Case(
        Hidden((replace(chile(("José Núñez", "", ONE, "")), releases=(Release("team:past", "full"),)),))
    ),
}  # fmt: skip


def released(case: Case) -> Hidden:
    """The case's addition, released to the reader."""
    if case.shows:
        return Hidden(
            tuple(replace(d, releases=FULL) for d in case.shows.datasets),
            case.shows.grown,
            judgements=case.shows.judgements,
        )
    datasets = tuple(replace(d, releases=FULL) for d in case.more.datasets)
    bigger = tuple(replace(d, releases=FULL, withheld=()) for d in case.more.grown)
    return replace(case.more, datasets=datasets, grown=bigger)


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a log survives a power cut is for other tests."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture(scope="module")
def server(neo4j_server: Any) -> Iterator[Any]:
    from neo4j import GraphDatabase

    open_store(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password).close()
    with GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)) as driver:
        yield neo4j_server, driver


@pytest.fixture(params=("sqlite", pytest.param("neo4j", marks=pytest.mark.prove)))
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Store]]:
    """Function that gives an empty store of the engine."""
    made: list[Store] = []

    def new() -> Store:
        folder = tmp_path / str(len(made))
        if request.param == "sqlite":
            first = open_store(f"sqlite:///{folder / 'x.db'}")
            first.set_meta("key", worlds.KEY)
            first.close()
            store = open_store(f"sqlite:///{folder / 'x.db'}")
        else:
            place, driver = request.getfixturevalue("server")
            worlds.wipe(driver)
            store = open_store(place.uri, user=place.user, password=place.password)
        store.audit = Audit(folder / "audit")
        made.append(store)
        return store

    yield new
    for store in made:
        store.close()


def reads(store: Store, asked: list[str]) -> dict[str, Any]:
    raise_flags(store, [READER.agency], AT)
    return worlds.answers(store, READER, asked, ("primero", "aaa", "victima", "otro"))


def everything(store: Store, asked: list[str]) -> dict[str, Any]:
    made = worlds.analyses(store, READER) | worlds.exports(store, READER, asked, ("ftm", "gexf"))
    return reads(store, asked) | made


def changed(case: Case, more: Hidden, store: Store, look: Callable[[Store, list[str]], dict[str, Any]]) -> list[str]:
    """Names of the answers that adding ``more`` changes."""
    worlds.put(store, case.base)
    everybody = worlds.whole(case.base, more)
    asked = list(dict.fromkeys([*worlds.ids(store, everybody), *worlds.grown_ids(store, more)]))
    before = look(store, asked)
    worlds.add(store, more, everybody)
    after = look(store, asked)
    return [key for key in (after | before) if repr(after.get(key)) != repr(before.get(key))]


@pytest.mark.parametrize("name", CASES)
def test_hidden_it_changes_nothing(name: str, fresh: Callable[[], Store]) -> None:
    assert changed(CASES[name], CASES[name].more, fresh(), everything) == []


@pytest.mark.parametrize("name", CASES)
def test_released_it_shows(name: str, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    assert changed(CASES[name], released(CASES[name]), store, reads)
    store.close()
