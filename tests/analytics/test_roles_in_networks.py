"""Brokerage, key players and disruption: against their definitions, spelled out, and published networks."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random

import networkx as nx
import numpy as np
import pytest

from analytics.brokerage import ROLES, brokerage
from analytics.compiled.csr import CSR, from_pairs
from analytics.disruption import at_random, by_metric, by_order
from analytics.key_players import key_players_negative, key_players_positive


def csr(graph: nx.Graph[int]) -> CSR:
    nodes = {u: i for i, u in enumerate(graph)}
    pairs = np.array([(nodes[a], nodes[b]) for a, b in graph.edges], dtype=np.int64).reshape(-1, 2)
    return from_pairs(len(nodes), pairs[:, 0], pairs[:, 1], directed=graph.is_directed())


def spelled_out(graph: nx.DiGraph[int], countries: list[tuple[str, ...]]) -> list[list[float]]:
    """Every open pair around every node, with each choice of one jurisdiction for each of the three."""
    found = [[0.0] * 5 for _ in graph]
    for a, b, c in permutations(graph, 3):
        if not (graph.has_edge(a, b) and graph.has_edge(b, c)) or graph.has_edge(a, c):
            continue
        for x in countries[a]:
            for y in countries[b]:
                for z in countries[c]:
                    role = 0 if x == y == z else 1 if x == z else 2 if y == z else 3 if x == y else 4
                    found[b][role] += 1 / (len(countries[a]) * len(countries[b]) * len(countries[c]))
    return found


@pytest.mark.parametrize("directed", [True, False])
def test_brokerage_is_its_definition(directed: bool) -> None:
    some = [("AR",), ("BR",), ("CL",), ("AR", "BR"), ("AR", "CL", "PY")]
    for seed in range(60):
        rng = Random(seed)
        graph = nx.gnp_random_graph(rng.choice([3, 7, 10]), rng.choice([0.2, 0.5, 0.8]), seed, directed=directed)
        countries = [rng.choice(some) for _ in graph]
        ours = brokerage(csr(graph), countries, directed)
        assert ours.counts == pytest.approx(np.array(spelled_out(nx.DiGraph(graph), countries)), abs=1e-8)
        assert ours.shared == sum(len(c) > 1 for c in countries)


def test_who_carries_across_a_border() -> None:
    """Two Argentines, a courier known in both countries' rings, two Brazilians: he alone connects them."""
    graph = nx.Graph([(0, 1), (1, 2), (2, 3), (3, 4)])
    found = brokerage(csr(graph), [("AR",), ("AR",), ("AR",), ("BR",), ("BR",)])
    named = [dict(zip(ROLES, row, strict=True)) for row in found.counts.tolist()]
    assert named[1] == {"coordinator": 2, "consultant": 0, "gatekeeper": 0, "representative": 0, "liaison": 0}
    assert named[2] == {"coordinator": 0, "consultant": 0, "gatekeeper": 1, "representative": 1, "liaison": 0}
    assert found.across().tolist() == [0, 0, 2, 2, 0]


def test_key_players_of_small_networks_are_the_best_of_all_sets() -> None:
    exact = [0, 0]
    for seed in range(40):
        graph = nx.gnp_random_graph(9, 0.28, seed)
        steps = dict(nx.all_pairs_shortest_path_length(graph))

        def reach(chosen: tuple[int, ...], steps: dict[int, dict[int, int]] = steps) -> float:
            near = [max((1 / max(steps[u][v], 1) for u in chosen if v in steps[u]), default=0.0) for v in range(9)]
            return sum(near) / 9

        def cut(chosen: tuple[int, ...], graph: nx.Graph[int] = graph) -> float:
            left = graph.subgraph(set(graph) - set(chosen))
            lengths = dict(nx.all_pairs_shortest_path_length(left))
            return 1 - sum(1 / d for u in left for v, d in lengths[u].items() if u != v) / 72

        positive, negative = key_players_positive(csr(graph), 2), key_players_negative(csr(graph), 2)
        assert positive.value == pytest.approx(reach(positive.nodes), abs=1e-6)
        assert negative.value == pytest.approx(cut(negative.nodes), abs=1e-9)
        assert negative.before == pytest.approx(cut(()), abs=1e-9)
        best = [max(map(measure, combinations(range(9), 2))) for measure in (reach, cut)]
        exact[0] += positive.value == pytest.approx(best[0], abs=1e-6)
        exact[1] += negative.value == pytest.approx(best[1], abs=1e-9)
    assert min(exact) >= 36, f"exchanges find the best of all pairs in nearly every small network, not in {exact} of 40"


def test_without_distances_a_large_network_is_cut_at_its_bridge() -> None:
    graph = nx.barbell_graph(300, 1)
    found = key_players_negative(csr(graph), 1)
    assert found.nodes == (list(graph).index(300),) and not found.weighted
    assert found.value == pytest.approx(1 - 2 * 300 * 299 / (601 * 600), abs=1e-9)


def test_removal_in_order_of_a_metric_measured_anew() -> None:
    for metric, measure in (("degree", dict), ("betweenness", nx.betweenness_centrality)):
        for seed in range(10):
            graph = nx.gnp_random_graph(14, 0.2, seed)
            left, sizes = graph.copy(), [max(map(len, nx.connected_components(graph)))]
            for _ in range(14):
                values = dict(left.degree) if measure is dict else measure(left)
                left.remove_node(max(left, key=lambda u, values=values: (round(values[u], 9), -u)))
                sizes.append(max(map(len, nx.connected_components(left)), default=0))
            assert by_metric(csr(graph), metric).giant.tolist() == sizes


def test_a_star_falls_at_once_and_hardly_at_random() -> None:
    star = csr(nx.star_graph(50))
    targeted = by_metric(star, "degree", again=False)
    assert targeted.order[0] == 0 and targeted.fall(0.02) == 1 - 1 / 51
    chance = at_random(star, 1)
    assert chance[0] == 51 and chance[1] > 45
    assert by_order(star, [7, 8]).giant.tolist() == [51, 50, 49]
