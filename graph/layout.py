"""Where the things of a chart are drawn: seeded, deterministic, quick, and stable when a chart grows.

Distances on the sheet follow distances in the graph ("stress"). All pairs count up to :data:`WHOLE` nodes; above that
every node is compared with some pivots only (Ortmann, Klimenta, Brandes, *A Sparse Stress Model*, 2017), from a start
by PivotMDS (Brandes, Pich, 2007). The update is the majorization of Gansner, Koren and North (2005), for all nodes at
once and damped. Then boxes that overlap are moved apart, and components are packed as on shelves. All of it is numpy:
no loop over nodes. Units are pixels at scale 1; y grows downwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.sparse.csgraph import connected_components, dijkstra

from graph.overlap import apart

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

EDGE = 120.0  # length of a link between two things with few links
BOX = (96.0, 64.0)  # room of a thing with its label, where no size is given
GAP = 60.0  # between components
WHOLE, PIVOTS = 320, 64
ROUNDS, DAMPING = 120, 0.85
LANDSCAPE = 1.6
STRETCH = (1.18, 0.9)
FULL = 0.4


def layout(
    ids: Iterable[str],
    links: Iterable[tuple[str, str]],
    *,
    sizes: Mapping[str, tuple[float, float]] | None = None,
    previous: Mapping[str, tuple[float, float]] | None = None,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """Position of each id. ``sizes`` are the (width, height) of boxes that should not overlap.

    Ids with a ``previous`` position keep it exactly; what is new is placed around it. The same sets give the same
    positions in whatever order they come.
    """
    order = sorted(set(ids))
    if not order:
        return {}
    index = {i: n for n, i in enumerate(order)}
    pairs = sorted({tuple(sorted((index[a], index[b]))) for a, b in links if a in index and b in index and a != b})
    ends = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    box = np.array([(sizes or {}).get(i, BOX) for i in order], dtype=np.float64)
    known = np.array([bool(previous) and i in (previous or {}) for i in order])
    at = np.zeros((len(order), 2))
    for i, n in index.items():
        if known[n] and previous:
            at[n] = previous[i]
    graph = _adjacency(len(order), ends)
    count, label = connected_components(graph, directed=False)
    loose: list[Ints] = []
    for number in range(count):
        members = np.flatnonzero(label == number)
        part = graph[members][:, members]
        fixed = known[members]
        if fixed.all():
            continue
        rng = np.random.default_rng([seed, len(members), number])
        if fixed.any():
            at[members] = _grown(part, at[members], fixed, rng)
        else:
            at[members] = apart(_roomy(_level(_stress(part, rng)), box[members]), box[members], fixed, rng)
            loose.append(members)
    placed = np.ones(len(order), bool)
    for members in loose:
        placed[members] = False
    if placed.any():
        at[placed] = apart(at[placed], box[placed], known[placed], np.random.default_rng(seed))
    _pack(at, box, loose, placed)
    return {i: (round(float(at[n, 0]), 1), round(float(at[n, 1]), 1)) for i, n in index.items()}


def _adjacency(n: int, ends: Ints) -> csr_matrix:
    """Symmetric matrix of ideal lengths: a link at a hub is longer, so that the hub's other things have room."""
    degree = np.bincount(ends.ravel(), minlength=n).astype(np.float64)
    busy = np.maximum(degree[ends[:, 0]], degree[ends[:, 1]])
    quiet = np.minimum(degree[ends[:, 0]], degree[ends[:, 1]])
    length = EDGE * (0.8 + 0.16 * np.sqrt(busy) + 0.22 * np.sqrt(quiet))
    rows, cols = np.concatenate([ends, ends[:, ::-1]]).T if len(ends) else (ends[:, 0], ends[:, 1])
    return coo_matrix((np.concatenate([length, length]), (rows, cols)), shape=(n, n)).tocsr()


def _pivots(graph: csr_matrix) -> tuple[Ints, Floats]:
    """Pivots and their distances, shape (k, n): every node up to WHOLE, else those farthest from one another."""
    n = graph.shape[0]
    if n <= WHOLE:
        return np.arange(n), np.asarray(dijkstra(graph, directed=False))
    chosen = [int(np.argmax(np.diff(graph.indptr)))]
    rows = [np.asarray(dijkstra(graph, directed=False, indices=chosen[0]))]
    nearest = rows[0].copy()
    while len(chosen) < PIVOTS:
        chosen.append(int(np.argmax(nearest)))
        rows.append(np.asarray(dijkstra(graph, directed=False, indices=chosen[-1])))
        nearest = np.minimum(nearest, rows[-1])
    return np.array(chosen, dtype=np.intp), np.array(rows)


def _classical(distance: Floats, rng: np.random.Generator) -> Floats:
    """PivotMDS: the two widest directions of the doubly centred squared distances, (n, 2), with a little noise."""
    squared = distance.T**2
    centred = -0.5 * (squared - squared.mean(0) - squared.mean(1)[:, None] + squared.mean())
    values, vectors = np.linalg.eigh(centred.T @ centred)
    widest = vectors[:, np.argsort(values)[::-1][:2]]
    if widest.shape[1] < 2:
        widest = np.column_stack([widest, np.zeros(len(widest))])
    widest *= np.where(widest.sum(0) < 0, -1.0, 1.0)  # an eigenvector has no sign of its own
    start = centred @ widest
    spread = np.sqrt((start**2).mean(0))
    ideal = np.sqrt((distance**2).mean()) / 2
    start *= np.where(spread > 0, ideal / np.maximum(spread, 1e-9), 0.0)
    return np.asarray(start + rng.normal(0, EDGE * 0.15, start.shape))


def _stress(graph: csr_matrix, rng: np.random.Generator) -> Floats:
    """Positions of one connected component, shape (n, 2)."""
    n = graph.shape[0]
    if n == 1:
        return np.zeros((1, 2))
    pivots, distance = _pivots(graph)
    at = _classical(distance, rng)
    return _majorized(graph, at, pivots, distance, np.ones(n, bool), ROUNDS)


def _majorized(
    graph: csr_matrix, at: Floats, pivots: Ints, distance: Floats, free: NDArray[np.bool_], rounds: int
) -> Floats:
    """``at`` after ``rounds`` of damped stress majorization of the ``free`` nodes."""
    wanted = distance.T  # (n, k)
    share = max(1.0, len(wanted) / len(pivots))
    with np.errstate(divide="ignore"):
        weight = np.where(wanted > 0, share / wanted**2, 0.0)
    edges = graph.tocoo() if len(pivots) < len(wanted) else None
    total = weight.sum(1)
    if edges is not None:
        near = 4.0 / edges.data**2
        total = total + np.bincount(edges.row, near, len(at))
    bond = weight * wanted
    for _ in range(rounds):
        pivot = at[pivots]
        # |a - b|² = |a|² + |b|² - 2ab keeps everything in (n, k) matrices
        square = (at**2).sum(1)[:, None] + (pivot**2).sum(1) - 2 * at @ pivot.T
        pull = bond / np.sqrt(np.maximum(square, 1e-6))
        vote = at * pull.sum(1)[:, None] + (weight - pull) @ pivot
        if edges is not None:
            between = at[edges.row] - at[edges.col]
            stretch = near * edges.data / np.maximum(np.sqrt((between**2).sum(1)), 1e-3)
            for axis in (0, 1):
                part = near * at[edges.col, axis] + stretch * between[:, axis]
                vote[:, axis] += np.bincount(edges.row, part, len(at))
        step = np.where(free[:, None], DAMPING * (vote / total[:, None] - at), 0.0)
        at = at + step
        if np.abs(step).max() < EDGE * 0.002:
            break
    return at


def _grown(graph: csr_matrix, at: Floats, fixed: NDArray[np.bool_], rng: np.random.Generator) -> Floats:
    """Positions of a component of which some nodes stay where they were: new ones begin beside what they hang on."""
    at = at.copy()
    centre = at[fixed].mean(0)
    placed = fixed.copy()
    reach = (graph > 0).astype(np.float64)
    while not placed.all():
        degree = np.asarray(reach @ placed.astype(np.float64))
        fresh = ~placed & (degree > 0)
        mean = np.asarray(reach @ np.where(placed[:, None], at, 0.0))[fresh] / degree[fresh, None]
        outward = mean - centre
        away = outward / np.maximum(np.sqrt((outward**2).sum(1)), 1.0)[:, None]
        angle = rng.uniform(-1.2, 1.2, len(mean))
        turned = np.column_stack(
            [
                away[:, 0] * np.cos(angle) - away[:, 1] * np.sin(angle),
                away[:, 0] * np.sin(angle) + away[:, 1] * np.cos(angle),
            ]
        )
        at[fresh] = mean + turned * EDGE + rng.normal(0, EDGE * 0.1, mean.shape)
        placed = placed | fresh
    pivots, distance = _pivots(graph)
    return _majorized(graph, at, pivots, distance, ~fixed, ROUNDS // 2)


def _level(at: Floats) -> Floats:
    """A component with its long side level and a little wider than it is high, as sheets, screens and words are."""
    width, height = at.max(0) - at.min(0)
    return np.asarray((at if width >= height else at[:, ::-1] * [1.0, -1.0]) * STRETCH)


def _roomy(at: Floats, box: Floats) -> Floats:
    """A component drawn larger where its boxes would fill more than :data:`FULL` of its sheet."""
    width, height = np.maximum(at.max(0) - at.min(0), box.max(0))
    return np.asarray(at * max(1.0, float(np.sqrt(box.prod(1).sum() / (FULL * width * height)))))


def _pack(at: Floats, box: Floats, loose: Sequence[Ints], placed: NDArray[np.bool_]) -> None:
    """Move the loose components (in place) onto shelves under what is placed already, largest first."""
    if not loose:
        return
    low = [(at[m] - box[m] / 2).min(0) for m in loose]
    size = [(at[m] + box[m] / 2).max(0) - lo for m, lo in zip(loose, low, strict=True)]
    left, top = 0.0, 0.0
    width = max(
        LANDSCAPE * np.sqrt(sum(float((s[0] + GAP) * (s[1] + GAP)) for s in size) / LANDSCAPE),
        max(float(s[0]) for s in size),
    )
    if placed.any():
        corner = (at[placed] - box[placed] / 2).min(0)
        far = (at[placed] + box[placed] / 2).max(0)
        left, top = float(corner[0]), float(far[1]) + GAP
        width = max(width, float(far[0] - corner[0]))
    x, y, shelf = 0.0, top, 0.0
    for n in sorted(
        range(len(loose)), key=lambda n: (-round(float(size[n][1])), -round(float(size[n][0])), int(loose[n][0]))
    ):
        w, h = float(size[n][0]), float(size[n][1])
        if x and x + w > width:
            x, y, shelf = 0.0, y + shelf + GAP, 0.0
        at[loose[n]] += np.array([left + x, y]) - low[n]
        x, shelf = x + w + GAP, max(shelf, h)
