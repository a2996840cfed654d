"""Breadth-first walks: distances and what lies within some steps of a node."""

from __future__ import annotations

import numpy as np

from analytics.compiled.csr import CSR, Ints, Nodes, compiled


def within(graph: CSR, centres: Ints, radius: int) -> tuple[Ints, Nodes]:
    """Nodes at most ``radius`` steps from each centre, the centre first, in the order in which a walk meets them.

    (``starts`` int64 (centres + 1), ``nodes`` int32): those of centre i are ``nodes[starts[i]:starts[i + 1]]``.
    """
    centres = np.asarray(centres, dtype=np.int64)
    starts = np.zeros(len(centres) + 1, dtype=np.int64)
    nothing = np.empty(0, dtype=np.int32)
    _within(graph.indptr, graph.indices, centres, radius, starts, nothing)
    nodes = np.empty(starts[-1], dtype=np.int32)
    _within(graph.indptr, graph.indices, centres, radius, starts, nodes)
    return starts, nodes


def distances(graph: CSR, sources: Ints) -> Nodes:
    """Steps from each source to every node (int32, sources × n), −1 where there is no way."""
    sources = np.asarray(sources, dtype=np.int64)
    found = np.full((len(sources), graph.n), -1, dtype=np.int32)
    _distances(graph.indptr, graph.indices, sources, found)
    return found


@compiled
def _within(indptr: Ints, indices: Nodes, centres: Ints, radius: int, starts: Ints, nodes: Nodes) -> None:
    """Counts at first, with no room for nodes; then fills them in."""
    n = len(indptr) - 1
    seen = np.full(n, -1, dtype=np.int64)
    queue = np.empty(n, dtype=np.int32)
    for number in range(len(centres)):
        queue[0] = centres[number]
        seen[centres[number]] = number
        length, begin = 1, 0
        for _ in range(radius):
            end = length
            for head in range(begin, end):
                u = queue[head]
                for at in range(indptr[u], indptr[u + 1]):
                    v = indices[at]
                    if seen[v] != number:
                        seen[v] = number
                        queue[length] = v
                        length += 1
            begin = end
        starts[number + 1] = starts[number] + length
        if len(nodes):
            nodes[starts[number] : starts[number] + length] = queue[:length]


@compiled
def _distances(indptr: Ints, indices: Nodes, sources: Ints, found: Nodes) -> None:
    n = len(indptr) - 1
    queue = np.empty(n, dtype=np.int32)
    for number in range(len(sources)):
        row = found[number]
        queue[0] = sources[number]
        row[sources[number]] = 0
        length, head = 1, 0
        while head < length:
            u = queue[head]
            head += 1
            for at in range(indptr[u], indptr[u + 1]):
                v = indices[at]
                if row[v] < 0:
                    row[v] = row[u] + 1
                    queue[length] = v
                    length += 1
