"""Each kernel against NetworkX on 200 random graphs: lone nodes, pieces, self-loops, parallel links, weights."""

from __future__ import annotations

import math
from random import Random
from typing import Any

import networkx as nx
import numpy as np
import pytest

from analytics.compiled.betweenness import dependencies
from analytics.compiled.cores import core_numbers
from analytics.compiled.csr import CSR, from_pairs
from analytics.compiled.holes import constraint
from analytics.compiled.removal import giant_after
from analytics.compiled.traversal import distances, within
from analytics.compiled.triangles import clustering, triangles

SEEDS = range(200)


def both(seed: int, directed: bool = False) -> tuple[CSR, Any]:
    """A random graph for the kernels and for NetworkX, which adds parallel weights up as well."""
    rng = Random(seed)
    n = rng.choice([1, 2, 5, 12, 30])
    links = rng.randrange(0, rng.choice([2, n + 1, 4 * n + 1]))
    a, b = ([rng.randrange(n) for _ in range(links)] for _ in "ab")
    w = [rng.choice([0.5, 1.0, 2.0, 3.25]) for _ in range(links)]
    oracle: Any = nx.DiGraph() if directed else nx.Graph()
    oracle.add_nodes_from(range(n))
    for i, j, x in zip(a, b, w, strict=True):
        if i != j:
            before = oracle.edges[i, j]["weight"] if oracle.has_edge(i, j) else 0.0
            oracle.add_edge(i, j, weight=before + x)
    return from_pairs(n, np.array(a, dtype=np.int64), np.array(b, dtype=np.int64), np.array(w), directed), oracle


@pytest.mark.parametrize("directed", [False, True])
def test_pairs_become_the_same_graph(directed: bool) -> None:
    for seed in SEEDS:
        graph, oracle = both(seed, directed)
        rows = np.repeat(np.arange(graph.n), graph.degrees()).tolist()
        ours = dict(zip(zip(rows, graph.indices.tolist(), strict=True), graph.weights.tolist(), strict=True))
        theirs = {(u, v): w for u, v, w in oracle.edges(data="weight")}
        assert ours == (theirs if directed else theirs | {(v, u): w for (u, v), w in theirs.items()})


@pytest.mark.parametrize("directed", [False, True])
def test_betweenness(directed: bool) -> None:
    for seed in SEEDS:
        graph, oracle = both(seed, directed)
        theirs = nx.betweenness_centrality(oracle, normalized=False)
        ours = dependencies(graph, np.arange(graph.n)) / (1 if directed else 2)
        assert ours == pytest.approx([theirs[u] for u in range(graph.n)], abs=1e-9)


def test_betweenness_is_the_same_bytes_at_any_number_of_threads() -> None:
    graph, _ = both(next(seed for seed in SEEDS if len(both(seed)[1]) == 30 and both(seed)[1].size() > 60))
    one, two = (dependencies(graph, np.arange(graph.n), threads) for threads in (1, 2))
    assert one.any() and one.tobytes() == two.tobytes()


def test_core_numbers_triangles_and_clustering() -> None:
    for seed in SEEDS:
        graph, oracle = both(seed)
        nodes = range(graph.n)
        assert core_numbers(graph).tolist() == [nx.core_number(oracle)[u] for u in nodes]
        assert triangles(graph).tolist() == [nx.triangles(oracle, u) for u in nodes]
        assert clustering(graph) == pytest.approx([nx.clustering(oracle, u) for u in nodes], abs=1e-12)


def test_constraint() -> None:
    for seed in SEEDS:
        graph, oracle = both(seed)
        theirs = nx.constraint(oracle, weight="weight")
        assert constraint(graph) == pytest.approx([theirs[u] for u in range(graph.n)], abs=1e-9, nan_ok=True)


def test_giant_component_after_each_removal() -> None:
    for seed in SEEDS:
        graph, oracle = both(seed)
        order = Random(seed).sample(range(graph.n), Random(seed).randrange(graph.n + 1))
        expected = []
        for taken in range(len(order) + 1):
            left = oracle.subgraph(set(range(graph.n)) - set(order[:taken]))
            expected.append(max(map(len, nx.connected_components(left)), default=0))
        assert giant_after(graph, np.array(order, dtype=np.int64)).tolist() == expected


def test_walks() -> None:
    for seed in SEEDS:
        graph, oracle = both(seed)
        centres = np.arange(graph.n, dtype=np.int64)
        lengths = dict(nx.all_pairs_shortest_path_length(oracle))
        assert distances(graph, centres).tolist() == [[lengths[u].get(v, -1) for v in centres] for u in centres]
        for radius in (0, 1, 2):
            starts, nodes = within(graph, centres, radius)
            for u in centres.tolist():
                found = nodes[starts[u] : starts[u + 1]].tolist()
                assert found[0] == u and sorted(found) == sorted(v for v, d in lengths[u].items() if d <= radius)


def test_a_graph_without_nodes_or_links() -> None:
    for n in (0, 3):
        graph = from_pairs(n, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
        assert core_numbers(graph).tolist() == triangles(graph).tolist() == [0] * n
        assert all(math.isnan(c) for c in constraint(graph))
        assert giant_after(graph, np.arange(n)).tolist() == [min(n, 1)] * n + [0]
