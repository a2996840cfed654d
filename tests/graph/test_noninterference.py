"""Rule 2: what is not released to an actor changes nothing in what that actor gets, byte for byte, in both stores."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import casework
import pytest
import worlds
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.crossborder.run import run as raise_flags
from graph.audit import Audit
from graph.delivery import Release
from graph.export import FORMATS
from graph.store import open_store
from graph.store.base import Store
from graph.store.sqlite import SQLiteStore

READER = casework.ANA
AT = worlds.NOW.isoformat(timespec="seconds")
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a log survives a power cut is for other tests; here thousands of looks are written."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


def fresh(folder: str, name: str) -> SQLiteStore:
    store = SQLiteStore(Path(folder, name, "x.db"))
    store.set_meta("key", worlds.KEY)
    store.close()
    return SQLiteStore(Path(folder, name, "x.db"))


def everything(store: Store, asked: list[str], formats: tuple[str, ...], hops: int | None = None) -> dict[str, Any]:
    """All that the reader can get, its flags brought up to date before."""
    raise_flags(store, [READER.agency], AT)
    found = worlds.answers(store, READER, asked, hops=hops)
    return found | worlds.analyses(store, READER) | worlds.exports(store, READER, asked[:6], formats)


def same(after: dict[str, Any], before: dict[str, Any]) -> None:
    """Equal down to the last byte; of what differs, the names come first."""
    assert after.keys() == before.keys()
    assert [key for key in before if repr(after[key]) != repr(before[key])] == []


@settings(suppress_health_check=SLOW)
@given(data=st.data(), world=worlds.worlds(3))
def test_what_is_hidden_changes_nothing(data: st.DataObject, world: worlds.World) -> None:
    formats = (data.draw(st.sampled_from(FORMATS)),)
    with tempfile.TemporaryDirectory() as folder:
        before, after = fresh(folder, "before"), fresh(folder, "after")
        worlds.put(before, world)
        more = data.draw(worlds.hidden(world, worlds.levels(before, READER, world)))
        # into one store all at once and in any order, as if it had always been there
        everybody = worlds.whole(world, more)
        order = data.draw(st.permutations(range(len(everybody.datasets))))
        worlds.put(after, everybody, order)
        worlds.add(after, worlds.replace(more, datasets=(), judgements=()), everybody)
        asked = list(dict.fromkeys([*worlds.ids(after, everybody), *worlds.grown_ids(after, more)]))
        same(everything(after, asked, formats), everything(before, asked, formats))
        before.close()
        after.close()


@pytest.fixture(scope="module")
def server(neo4j_server: Any) -> Iterator[Any]:
    """A store on the shared server, and a driver to wipe it with."""
    from neo4j import GraphDatabase

    store = open_store(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password)
    with GraphDatabase.driver(neo4j_server.uri, auth=(neo4j_server.user, neo4j_server.password)) as driver:
        worlds.wipe(driver)
        store.close()
        store = open_store(neo4j_server.uri, user=neo4j_server.user, password=neo4j_server.password)
        yield store, driver
        worlds.wipe(driver)
    store.close()


# A server takes its time: one world is looked at again after each of ten or so additions, and at the end in full.
ADDITIONS = 10
ONE_BY_ONE = 12  # ids that are asked for one by one there, others at each example; in the other test all are


@pytest.mark.neo4j
@pytest.mark.timeout(900)
@settings(suppress_health_check=SLOW, max_examples=settings.default.max_examples // ADDITIONS)
@given(data=st.data(), world=worlds.worlds(2))
def test_what_is_hidden_changes_nothing_on_the_server(data: st.DataObject, world: worlds.World, server: Any) -> None:
    """The same, added to a store that the reader already looked at: what it had kept would show too."""
    store, driver = server
    formats = (data.draw(st.sampled_from(FORMATS)),)
    worlds.wipe(driver)
    with tempfile.TemporaryDirectory() as folder:
        store.audit = Audit(Path(folder))
        worlds.put(store, world)
        more = data.draw(worlds.hidden(world, worlds.levels(store, READER, world), 4, 5))
        everybody = worlds.whole(world, more)
        asked = list(dict.fromkeys([*worlds.ids(store, everybody), *worlds.grown_ids(store, more)]))
        one_by_one = data.draw(st.permutations(asked))[:ONE_BY_ONE]
        before = everything(store, one_by_one, formats, 4)
        whole = worlds.whole_view(store, READER, asked)
        for _ in worlds.adding(store, more, everybody):
            same(worlds.whole_view(store, READER, asked), whole)
        same(everything(store, one_by_one, formats, 4), before)


@settings(suppress_health_check=SLOW)
@given(data=st.data(), world=worlds.worlds(3))
def test_what_is_at_hit_adds_its_hits_and_nothing_else(data: st.DataObject, world: worlds.World) -> None:
    d = data.draw(worlds.dataset(len(world.datasets), worlds.OTHERS))
    held = worlds.replace(d, releases=(Release("AR-MPF", "hit"),))
    with tempfile.TemporaryDirectory() as folder:
        before, after = worlds.put(fresh(folder, "before"), world), fresh(folder, "after")
        worlds.put(after, worlds.World((*world.datasets, held), world.pairs, world.judgements))
        asked = worlds.ids(after, worlds.World((*world.datasets, held), (), ()))
        old, new = (everything(store, asked, ()) for store in (before, after))
        gone = ("hits", "flags", "read flags")
        same({k: v for k, v in new.items() if k not in gone}, {k: v for k, v in old.items() if k not in gone})
        others = [[f for f in found["flags"] if f.kind != "hit"] for found in (new, old)]
        assert others[0] == others[1]
        more = set(new["hits"]) - set(old["hits"])
        assert set(old["hits"]) <= set(new["hits"]) and all(held.owner in hit for hit in more)
        sides = {str(f["sides"][-1]) for f in new["read flags"] if f["kind"] == "hit"}
        assert not any(held.name in side for side in sides)
        before.close()
        after.close()
