"""Communities: against NetworkX on random graphs, on a planted partition, and through a real view."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import casework
import networkx as nx
import numpy as np
import pytest

from analytics.communities import communities, modularity, partition
from analytics.projection import Projection, project_actors
from graph.delivery import Release
from graph.result import GraphArrays
from graph.store import open_store
from graph.store.base import Store

ArraysOf = Callable[..., GraphArrays]


def of_networkx(arrays_of: ArraysOf, graph: nx.Graph[int]) -> Projection:
    links = [(a, b, "ASSOCIATE") for a, b in graph.edges]
    return project_actors(arrays_of(["Person"] * graph.number_of_nodes(), links))


@pytest.mark.parametrize("seed", range(25))
def test_modularity_is_networkx_and_leiden_is_no_worse_than_its_louvain(arrays_of: ArraysOf, seed: int) -> None:
    rng = Random(seed)
    graph = nx.gnp_random_graph(rng.randint(20, 60), rng.uniform(0.05, 0.2), seed=seed)
    projection = of_networkx(arrays_of, graph)
    labels = partition(projection, seed=1)
    groups = [set(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)]
    ours = modularity(projection, labels)
    if graph.number_of_edges():
        assert ours == pytest.approx(nx.community.modularity(graph, groups), abs=1e-6)
        theirs = nx.community.modularity(graph, nx.community.louvain_communities(graph, seed=seed))
        assert ours >= theirs - 0.001
    for group in groups:  # Leiden promises connected communities
        assert nx.is_connected(graph.subgraph(group))


def test_the_karate_club_reaches_its_known_modularity(arrays_of: ArraysOf) -> None:
    # 0.4198 is the optimum of the unweighted club (Brandes et al. 2008, IEEE TKDE 20(2))
    graph: nx.Graph[int] = nx.Graph(nx.karate_club_graph().edges)
    projection = of_networkx(arrays_of, nx.convert_node_labels_to_integers(graph))
    best = max(modularity(projection, partition(projection, seed)) for seed in range(5))
    assert best == pytest.approx(0.4198, abs=0.0042)


def test_planted_groups_are_found(arrays_of: ArraysOf) -> None:
    graph = nx.planted_partition_graph(4, 30, 0.5, 0.01, seed=7)
    labels = partition(of_networkx(arrays_of, graph), seed=1)
    assert len(np.unique(labels)) == 4
    for group in range(4):
        assert len(np.unique(labels[group * 30 : group * 30 + 30])) == 1


def test_higher_resolution_gives_more_communities(arrays_of: ArraysOf) -> None:
    projection = of_networkx(arrays_of, nx.planted_partition_graph(4, 20, 0.5, 0.05, seed=3))
    few, many = (len(np.unique(partition(projection, 1, r))) for r in (0.2, 6.0))
    assert few < many


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Two gangs of two people each in AR and in BR; one shared phone ties the gangs; a lone man."""
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    store.set_meta("made_by", "test")
    everybody = (Release("*", "full"),)
    for actor, name in ((casework.ANA, "ar"), (casework.BIA, "br")):
        made = [casework.record(store, actor.agency, name, str(i), name=f"{name} {i}") for i in range(3)]
        made.append(casework.record(store, actor.agency, name, "boss", name=f"{name} boss", phone="+541150000000"))
        made += [
            casework.record(
                store,
                actor.agency,
                name,
                f"link {i}",
                "Associate",
                person=store.ids.record(actor.agency, name, str(i)),
                associate=store.ids.record(actor.agency, name, "boss"),
            )
            for i in range(3)
        ]
        casework.deliver(store, actor, name, made, everybody)
    casework.deliver(store, casework.CARO, "cl", [casework.record(store, "CL-FN", "cl", "1", name="Solo")], everybody)
    return store


def test_a_view_s_communities_know_their_jurisdictions(store: Store) -> None:
    found = communities(store.view(casework.ANA), resolution=0.1)
    (one,) = found.communities
    assert len(one.members) == 8
    assert dict(one.mix) == {"AR": 0.5, "BR": 0.5}
    assert one.entropy == 1.0
    assert one.owners == ("AR-MPF", "BR-MPF")
    assert one.crosses
    assert one.inside[0] == 7
    assert one.outside == (0, 0.0)
    bosses = {store.ids.record(a, n, "boss") for a, n in (("AR-MPF", "ar"), ("BR-MPF", "br"))}
    assert {b.member for b in one.bridges} == bosses
    assert found.alone == 1
    assert found.of(min(bosses)) == one
    assert {d[1] for d in found.stamp.datasets} == {"ar", "br", "cl"}
    assert found.stamp.seed == 1


def test_communities_of_a_view_rest_on_what_it_sees(store: Store) -> None:
    before = communities(store.view(casework.ANA))
    store.clock = lambda: datetime.fromisoformat(before.stamp.at)
    hidden = [casework.record(store, "CL-FN", "secret", "x", name="Oculto", phone="+541150000000")]
    casework.deliver(store, casework.CARO, "secret", hidden)
    assert communities(store.view(casework.ANA)).as_json() == before.as_json()


def test_another_process_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    code = (
        "import sys, casework\n"
        "from datetime import UTC, datetime\n"
        "from analytics.communities import communities\n"
        "from graph.store import open_store\n"
        "store = open_store(sys.argv[1])\n"
        "store.clock = lambda: datetime(2026, 5, 1, tzinfo=UTC)\n"
        "sys.stdout.buffer.write(communities(store.view(casework.ANA), seed=3).as_json())\n"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {"PYTHONPATH": f"{root}:{root / 'tests' / 'graph'}", "PYTHONHASHSEED": "7", "PATH": "/usr/bin"}
    command = [sys.executable, "-c", code, store.url]
    theirs = subprocess.run(command, env=environment, cwd=tmp_path, check=True, capture_output=True).stdout
    store.clock = lambda: datetime(2026, 5, 1, tzinfo=UTC)
    assert communities(store.view(casework.ANA), seed=3).as_json() == theirs
