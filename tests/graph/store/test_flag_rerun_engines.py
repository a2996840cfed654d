"""A flag's whole way on both engines: raised, read, changed, told what is new, raised again, withdrawn."""

from __future__ import annotations

import casework

from analytics.crossborder import queue as desk
from analytics.crossborder.reader import flags
from analytics.crossborder.rerun import GONE, SAME, rerun
from analytics.crossborder.run import run
from analytics.crossborder.standing import due, keep
from graph import flagging
from graph.access import Actor
from graph.delivery import Release
from graph.store.base import Store

ANA, BIA = casework.ANA, casework.BIA
ONE, TWO = "+5491100000001", "+5491100000002"


def put(store: Store, actor: Actor, dataset: str, revision: int, *phones: str) -> None:
    who = casework.record(store, actor.agency, dataset, "1", name=f"Persona {dataset}", phone=phones)
    casework.deliver(store, actor, dataset, [who], (Release("*", "full"),), revision=revision)


def test_a_flags_whole_way(store: Store) -> None:
    put(store, ANA, "ar1", 1, ONE, TWO)
    put(store, BIA, "br1", 1, ONE)
    run(store)
    (flag,) = flags(store.view(ANA))
    keep(store, "AR-MPF", due(store, "AR-MPF"))
    assert due(store, "AR-MPF") == ""
    desk.opened(store, ANA, flag.id)
    assert rerun(store, ANA, flag.id).outcome == SAME
    put(store, BIA, "br1", 2, ONE, TWO)
    assert due(store, "AR-MPF") and [c.what for c in rerun(store, ANA, flag.id).changes] == ["added"]
    run(store)
    (item,) = desk.queue(store, ANA)
    assert item.flag.id == flag.id and [p.params["value"] for p in item.news.came] == [TWO]
    put(store, BIA, "br1", 3)
    found = rerun(store, ANA, flag.id)
    assert found.outcome == GONE and {c.what for c in found.changes} == {"withdrawn"}
    run(store)
    assert flags(store.view(ANA)) == [] and [w.flag for w in flagging.withdrawn(store, ANA)] == [flag.id]
