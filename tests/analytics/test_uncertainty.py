"""Rank intervals under missing and doubtful links: their coverage on networks whose whole is known."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from scipy.stats import rankdata

from analytics.compiled.csr import CSR, from_pairs
from analytics.uncertainty import MEASURES, Imputation, rank_intervals, ranked


def csr(graph: nx.Graph[int]) -> CSR:
    pairs = np.array(sorted(graph.edges), dtype=np.int64).reshape(-1, 2)
    return from_pairs(len(graph), pairs[:, 0], pairs[:, 1])


def networks(count: int) -> list[nx.Graph[int]]:
    """Small worlds, heavy tails and clustered ones, as case files are."""
    made = []
    for seed in range(count):
        made.append(
            (
                nx.powerlaw_cluster_graph(60, 3, 0.5, seed),
                nx.watts_strogatz_graph(60, 6, 0.2, seed),
                nx.gnp_random_graph(60, 0.1, seed),
            )[seed % 3]
        )
    return made


@pytest.mark.parametrize("measure", ["degree", "betweenness", "constraint"])
def test_the_interval_holds_the_rank_that_the_whole_network_gives(measure: str) -> None:
    held = total = 0
    for seed, whole in enumerate(networks(12)):
        rng = np.random.RandomState(seed)
        seen = whole.copy()
        edges = sorted(whole.edges)
        seen.remove_edges_from([edges[i] for i in rng.choice(len(edges), len(edges) // 5, replace=False)])
        truth = ranked(MEASURES[measure](csr(whole)))
        told = rank_intervals(csr(seen), measure, missing=0.2, replicates=60, level=0.9, seed=seed)
        held += int(((told.low <= truth) & (truth <= told.high)).sum())
        total += len(truth)
        assert (told.low <= told.rank).all() and (told.rank <= told.high).all()
        assert (told.high - told.low).mean() < len(truth) * 0.75, "an interval that holds everything says nothing"
    assert 0.83 <= held / total <= 0.97  # 0.87 (degree), 0.90 (betweenness), 0.88 (constraint) on sixty


def test_equals_share_the_mean_of_their_ranks() -> None:
    rng = np.random.RandomState(4)
    for size in (0, 1, 7, 50):
        values = rng.randint(0, 6, size).astype(float)
        assert ranked(values) == pytest.approx(rankdata(-values, method="average"))


def test_a_file_that_lacks_nothing_and_is_believed_has_no_doubt() -> None:
    graph = csr(nx.karate_club_graph())
    told = rank_intervals(graph, "betweenness", missing=0.0, replicates=5)
    assert (told.low == told.rank).all() and (told.high == told.rank).all()


def test_links_that_are_not_believed_go_and_the_top_is_no_longer_sure() -> None:
    star = csr(nx.star_graph(20))
    assert rank_intervals(star, "degree", missing=0.0, replicates=20).told_apart(1)
    doubt = np.full(len(star.indices), 0.02)
    unsure = rank_intervals(star, "degree", missing=0.3, believed=doubt, replicates=60)
    assert not unsure.told_apart(1)


def test_what_is_drawn_has_no_link_twice_and_none_to_itself() -> None:
    graph = csr(nx.gnp_random_graph(40, 0.2, 2))
    rng = np.random.RandomState(1)
    for _ in range(20):
        one = Imputation(graph, 0.3).draw(rng)
        rows = np.repeat(np.arange(one.n), one.degrees())
        assert (rows != one.indices).all()
        assert len({*zip(rows.tolist(), one.indices.tolist(), strict=True)}) == len(rows)
        assert len(rows) >= len(graph.indices)


def test_one_seed_gives_one_answer() -> None:
    graph = csr(nx.karate_club_graph())
    a, b = (rank_intervals(graph, "degree", replicates=20, seed=3) for _ in range(2))
    assert all((x == y).all() for x, y in zip(a, b, strict=True))
