"""Groups: average linkage against scipy's, pairs that must stay apart, no chains, the same in whatever order."""

from __future__ import annotations

from itertools import combinations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from analytics.identity.clusters import groups
from graph.identity import Pair


def pair(left: str, right: str, score: float) -> Pair:
    return Pair(min(left, right), max(left, right), score, "proposed")


def graphs(size: int) -> st.SearchStrategy[list[Pair]]:
    """Random graphs whose scores are all different, so that there is one right answer."""
    names = [f"r{n}" for n in range(size)]
    edges = list(combinations(names, 2))
    return st.permutations(range(len(edges))).flatmap(
        lambda order: st.integers(1, len(edges)).map(
            lambda count: [
                pair(*edges[e], 0.05 + 0.9 * rank / len(edges) + 0.001) for rank, e in enumerate(order[:count])
            ]
        )
    )


@given(graphs(7), st.sampled_from([0.11, 0.27, 0.43, 0.61]))
def test_against_scipys_average_linkage(pairs: list[Pair], cut: float) -> None:
    records = sorted({r for p in pairs for r in (p.left, p.right)})
    far = np.ones((len(records), len(records))) - np.eye(len(records))
    for p in pairs:
        a, b = records.index(p.left), records.index(p.right)
        far[a, b] = far[b, a] = 1 - p.score
    labels = fcluster(linkage(squareform(far), "average"), 1 - cut + 1e-12, "distance")
    expected = {frozenset(r for r, x in zip(records, labels, strict=True) if x == y) for y in labels}
    assert {frozenset(g.records) for g in groups(pairs, cut=cut)} == {g for g in expected if len(g) > 1}


@given(graphs(7), st.data())
def test_pairs_that_must_stay_apart_stay_apart(pairs: list[Pair], data: st.DataObject) -> None:
    names = [f"r{n}" for n in range(7)]
    apart = data.draw(st.lists(st.sampled_from(list(combinations(names, 2))), max_size=6))
    for group in groups(pairs, apart, cut=0.05):
        assert not any(a in group.records and b in group.records for a, b in apart)


@given(graphs(6), st.randoms(use_true_random=False))
def test_order_says_nothing(pairs: list[Pair], random: object) -> None:
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert repr(groups(pairs)) == repr(groups(shuffled))


@given(st.lists(st.sampled_from([0.3, 0.5, 0.9]), min_size=3, max_size=15), st.randoms(use_true_random=False))
def test_order_says_nothing_among_equal_scores_either(scores: list[float], random: object) -> None:
    edges = list(combinations([f"r{n}" for n in range(6)], 2))
    pairs = [pair(*edge, score) for edge, score in zip(edges, scores, strict=False)]
    shuffled = list(pairs)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert repr(groups(pairs)) == repr(groups(shuffled))


@given(graphs(6))
def test_other_components_say_nothing(pairs: list[Pair]) -> None:
    alone = groups(pairs)
    others = [pair("x1", "x2", 0.99), pair("x2", "x3", 0.98), pair("a1", "a2", 0.97)]
    assert [g for g in groups([*others, *pairs]) if g.records[0].startswith("r")] == alone


def test_a_chain_does_not_collapse() -> None:
    """A hundred records, each likely the next one's: bare components would make one group of them."""
    chain = [pair(f"r{n:03d}", f"r{n + 1:03d}", 0.8) for n in range(100)]
    assert max(len(g.records) for g in groups(chain)) <= 4


def test_a_group_says_where_it_would_fall_apart() -> None:
    pairs = [pair("a", "b", 0.99), pair("b", "c", 0.7), pair("a", "c", 0.6), pair("c", "d", 0.2)]
    (group,) = groups(pairs, cut=0.25)
    assert group.records == ("a", "b", "c")
    assert [(t.left, t.right, t.score, t.mean) for t in group.ties] == [("a", "b", 0.99, 0.99), ("b", "c", 0.7, 0.65)]
