"""The projection against NetworkX, on random graphs with parallel links, self-loops and lone nodes."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import networkx as nx
import pytest
from networkx.algorithms import bipartite

from analytics.projection import project, project_actors
from graph.result import GraphArrays

ArraysOf = Callable[..., GraphArrays]


def random_graph(arrays_of: ArraysOf, seed: int, actors: int, things: int, links: int) -> GraphArrays:
    rng = Random(seed)
    schemata = [rng.choice(["Person", "Company"]) for _ in range(actors)] + ["PhoneNumber"] * things
    ends = range(actors + things)
    drawn = [(rng.choice(ends), rng.choice(ends), rng.choice(["ASSOCIATE", "PAYMENT"])) for _ in range(links)]
    return arrays_of(schemata, drawn)


@pytest.mark.parametrize("seed", range(40))
def test_projection_is_the_networkx_graph_of_the_same_links(arrays_of: ArraysOf, seed: int) -> None:
    arrays = random_graph(arrays_of, seed, 12, 6, 40)
    counted: dict[tuple[int, int, int], int] = {}
    for a, b, r in zip(arrays.source.tolist(), arrays.target.tolist(), arrays.relation.tolist(), strict=True):
        if a != b:
            key = (min(a, b), max(a, b), r)
            counted[key] = counted.get(key, 0) + 1
    oracle: nx.Graph[str] = nx.Graph()
    oracle.add_nodes_from(arrays.ids)
    for (a, b, _), n in counted.items():
        one, two = arrays.ids[a], arrays.ids[b]
        before = oracle.edges[one, two]["weight"] if oracle.has_edge(one, two) else 0.0
        oracle.add_edge(one, two, weight=before + 1 + math.log(n))
    ours = project(arrays).to_networkx()
    assert set(ours.nodes) == set(oracle.nodes)
    assert {frozenset(e) for e in ours.edges} == {frozenset(e) for e in oracle.edges}
    for a, b, w in ours.edges(data="weight"):
        assert w == pytest.approx(oracle.edges[a, b]["weight"])


@pytest.mark.parametrize("seed", range(40))
def test_one_connector_is_newmans_projection(arrays_of: ArraysOf, seed: int) -> None:
    rng = Random(seed)
    people, lines = 15, 8
    pairs = sorted({(rng.randrange(people), people + rng.randrange(lines)) for _ in range(30)})
    arrays = arrays_of(["Person"] * people + ["PhoneNumber"] * lines, [(a, b, "USED_BY") for a, b in pairs])
    graph: nx.Graph[str] = nx.Graph()
    graph.add_nodes_from(arrays.ids)
    graph.add_edges_from((arrays.ids[a], arrays.ids[b]) for a, b in pairs)
    oracle = bipartite.collaboration_weighted_projected_graph(graph, arrays.ids[:people])
    ours = project_actors(arrays, depth=1).to_networkx()
    assert {frozenset(e) for e in ours.edges} == {frozenset(e) for e in oracle.edges}
    for a, b, w in ours.edges(data="weight"):
        assert w == pytest.approx(oracle.edges[a, b]["weight"], abs=1e-8)


def test_a_chain_of_connectors_ties_and_a_hub_does_not(arrays_of: ArraysOf) -> None:
    # person – line – number – line – person, and a number that 60 people carry
    schemata = ["Person", "Person", "PhoneNumber", "PhoneNumber", "phone"] + ["Person"] * 60 + ["address"]
    links = [(0, 2, "USED_BY"), (1, 3, "USED_BY"), (2, 4, "HAS_PHONE"), (3, 4, "HAS_PHONE")]
    links += [(i, 65, "HAS_ADDRESS") for i in range(5, 65)]
    found = project_actors(arrays_of(schemata, links))
    assert found.hubs == 1
    assert found.to_networkx().has_edge("n0000", "n0001")
    assert found.to_networkx().number_of_edges() == 1
    assert project_actors(arrays_of(schemata, links), depth=2).to_networkx().number_of_edges() == 0


@pytest.mark.parametrize("seed", range(10))
def test_the_three_forms_say_the_same(arrays_of: ArraysOf, seed: int) -> None:
    found = project_actors(random_graph(arrays_of, seed, 20, 10, 60))
    matrix = found.to_scipy()
    assert abs(matrix - matrix.T).max() == 0
    assert matrix.diagonal().sum() == 0
    nodes, links = found.to_pandas()
    assert list(nodes["id"]) == found.ids
    assert len(links) == found.to_networkx().number_of_edges() == matrix.nnz // 2
    assert links["weight"].sum() == pytest.approx(matrix.sum() / 2)
    assert not links.duplicated(["source", "target"]).any()


def test_an_empty_view_projects_to_nothing(arrays_of: ArraysOf) -> None:
    found = project_actors(arrays_of([], []))
    assert len(found) == 0
    assert found.to_networkx().number_of_nodes() == 0
    assert found.to_pandas()[1].empty
