"""Places on the sheet: the same for the same, quick, without overlaps, and kept when a chart grows."""

from __future__ import annotations

import random
import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.layout import BOX, layout
from graph.overlap import overlapping


def case_graph(n: int, seed: int = 1) -> tuple[list[str], list[tuple[str, str]]]:
    """Hubs with leaves and some cross links, in a few components: what link charts look like."""
    tree = nx.barabasi_albert_graph(n, 1, seed=seed)
    tree.add_edges_from(nx.gnm_random_graph(n, n // 4, seed=seed).edges)
    tree.remove_nodes_from(random.Random(seed).sample(list(tree), n // 10))
    return [f"r{i:05d}" for i in tree], [(f"r{a:05d}", f"r{b:05d}") for a, b in tree.edges]


def overlaps(places: dict[str, tuple[float, float]]) -> int:
    at = np.array(list(places.values()))
    return len(overlapping(at, np.tile(np.array(BOX), (len(at), 1))))


@pytest.mark.parametrize("n", [1, 2, 3, 5, 40, 300])
def test_order_of_arrival_changes_nothing(n: int) -> None:
    ids, links = (
        case_graph(n) if n > 5 else ([f"r{i}" for i in range(n)], [(f"r{i}", f"r{i + 1}") for i in range(n - 1)])
    )
    first = layout(ids, links, seed=7)
    mixed = random.Random(3)
    for _ in range(3):
        turned = [(b, a) if mixed.random() < 0.5 else (a, b) for a, b in mixed.sample(links, len(links))]
        again = layout(mixed.sample(ids, len(ids)), [*turned, *turned[:2]], seed=7)
        assert again == first
    assert set(first) == set(ids)


def test_a_seed_decides() -> None:
    ids, links = case_graph(60)
    assert layout(ids, links, seed=1) != layout(ids, links, seed=2)


@pytest.mark.parametrize(("n", "seconds"), [(300, 1.0), (3000, 4.0)])
def test_quick_enough_and_nothing_overlaps(n: int, seconds: float) -> None:
    """Processor time of this process: the wall clock of a shared machine says nothing."""
    ids, links = case_graph(n)
    layout(ids[:20], links)
    began = time.process_time()
    places = layout(ids, links)
    assert time.process_time() - began < 1.5 * seconds  # two numeric threads may count twice
    assert overlaps(places) == 0


def test_what_is_linked_is_near() -> None:
    ids, links = case_graph(150)
    places = layout(ids, links)
    at = {i: np.array(p) for i, p in places.items()}
    tied = np.mean([np.linalg.norm(at[a] - at[b]) for a, b in links])
    mixed = random.Random(1)
    any_two = np.mean([np.linalg.norm(at[mixed.choice(ids)] - at[mixed.choice(ids)]) for _ in range(2000)])
    assert tied < 0.3 * any_two


def test_what_was_there_stays_exactly_where_it_was() -> None:
    ids, links = case_graph(120)
    old = ids[:60]
    first = layout(old, links)
    grown = layout(ids, links, previous=first)
    assert {i: grown[i] for i in old} == first
    assert overlaps(grown) == 0
    fresh = [i for i in ids if i not in first]
    linked = {i: [a if b == i else b for a, b in links if i in (a, b)] for i in fresh}
    beside = [min(np.hypot(*(np.array(grown[i]) - grown[j])) for j in near) for i, near in linked.items() if near]
    assert np.median(beside) < 500


def test_growing_by_nothing_changes_nothing() -> None:
    ids, links = case_graph(50)
    first = layout(ids, links)
    assert layout(ids, links, previous=first) == first


def test_components_do_not_lie_on_one_another() -> None:
    links = [(f"r{c}-{i}", f"r{c}-{i + 1}") for c in range(12) for i in range(c)]
    ids = sorted({f"r{c}-{i}" for c in range(12) for i in range(c + 1)})
    places = layout(ids, links)
    boxes = []
    for c in range(12):
        part = np.array([p for i, p in places.items() if i.startswith(f"r{c}-")])
        boxes.append((part.min(0) - np.array(BOX) / 2, part.max(0) + np.array(BOX) / 2))
    for n, (low, high) in enumerate(boxes):
        for other_low, other_high in boxes[n + 1 :]:
            assert (low >= other_high).any() or (other_low >= high).any()


@given(
    st.integers(1, 30),
    st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=60),
    st.integers(0, 29),
)
def test_any_graph_has_places(n: int, pairs: list[tuple[int, int]], kept: int) -> None:
    ids = [f"n{i}" for i in range(n)]
    links = [(f"n{a}", f"n{b}") for a, b in pairs]
    places = layout(ids, links)
    assert set(places) == set(ids)
    assert np.isfinite(np.array(list(places.values()))).all()
    assert overlaps(places) == 0
    some = {i: places[i] for i in ids[: kept % n]}
    again = layout(ids, links, previous=some)
    assert {i: again[i] for i in some} == some
    assert np.isfinite(np.array(list(again.values()))).all()
