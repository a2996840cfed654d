"""A view's graph as compressed sparse rows, and its one-mode projection onto people and companies.

Made from :meth:`graph.view.View.arrays` in one bulk read, for compiled libraries. Undirected; parallel links count by
their logarithm: n calls between two lines tie them 1 + ln n times as much as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from graph.model import descends, model

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd

    from graph.result import GraphArrays

# How much a link of a relation ties its ends, where all others count 1: shared numbers and inferences weigh less.
WEIGHTS: Mapping[str, float] = {"POSSIBLY_SAME": 0.5, "HAS_ADDRESS": 0.5, "AT_ADDRESS": 0.5, "CASE_ROLE": 0.5}
HUB_CAP = 50  # a case of 200 people ties 19,900 pairs, and says nothing of any
DEPTH = 3


@dataclass(frozen=True)
class Projection:
    """Node i is ``ids[i]``; its neighbours are ``indices[indptr[i]:indptr[i + 1]]`` with ``weights`` beside them.

    Symmetric, without self-loops, neighbours ascending. Shapes: ``indptr`` int64 (n + 1), ``indices`` int32 (m),
    ``weights`` float64 (m), where m counts every link twice. ``hubs`` counts connectors above the cap, left out.
    """

    arrays: GraphArrays
    nodes: NDArray[np.int32]  # index into ``arrays`` of every node here
    indptr: NDArray[np.int64]
    indices: NDArray[np.int32]
    weights: NDArray[np.float64]
    hubs: int = 0

    @cached_property
    def ids(self) -> list[str]:
        """Ids of the nodes."""
        return [self.arrays.ids[i] for i in self.nodes]

    def __len__(self) -> int:
        return len(self.nodes)

    def countries(self, node: int) -> tuple[str, ...]:
        """Jurisdictions of a node, sorted."""
        return self.arrays.countries[int(self.nodes[node])]

    def owners(self, node: int) -> tuple[str, ...]:
        """Agencies that hold a node, sorted."""
        return self.arrays.owners[int(self.nodes[node])]

    def to_scipy(self) -> sparse.csr_matrix[np.float64]:
        """Adjacency as a SciPy CSR matrix (n × n, float64)."""
        return sparse.csr_matrix((self.weights, self.indices, self.indptr), shape=(len(self), len(self)))

    def to_networkx(self) -> nx.Graph[str]:
        """The same graph for NetworkX, nodes by id with ``schema``, ``owners`` and ``countries``."""
        import networkx as nx

        graph: nx.Graph[str] = nx.Graph()
        for name, node in zip(self.ids, self.nodes, strict=True):
            a = self.arrays
            graph.add_node(name, schema=a.schemata[node], owners=a.owners[node], countries=a.countries[node])
        upper = sparse.triu(self.to_scipy(), k=1).tocoo()
        ids = self.ids
        for i, j, w in zip(upper.row, upper.col, upper.data, strict=True):
            graph.add_edge(ids[i], ids[j], weight=float(w))
        return graph

    def to_pandas(self) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(nodes: id, kind, schema, owners, countries; links: source, target, weight, each once), ordered."""
        import pandas as pd

        a, upper = self.arrays, sparse.triu(self.to_scipy(), k=1).tocoo()
        order = np.lexsort((upper.col, upper.row))
        ids = np.array(self.ids, dtype=object)
        nodes = pd.DataFrame(
            {
                "id": self.ids,
                "kind": [a.kinds[i] for i in self.nodes],
                "schema": [a.schemata[i] for i in self.nodes],
                "owners": [" ".join(a.owners[i]) for i in self.nodes],
                "countries": [" ".join(a.countries[i]) for i in self.nodes],
            }
        )
        columns: dict[str, Any] = {
            "source": ids[upper.row[order]],
            "target": ids[upper.col[order]],
            "weight": upper.data[order],
        }
        return nodes, pd.DataFrame(columns)


def is_actor(schema: str) -> bool:
    """Whether nodes of this schema act: people and organisations."""
    return schema in model().schemata and descends(schema, "LegalEntity")


def project(arrays: GraphArrays, weights: Mapping[str, float] = WEIGHTS) -> Projection:
    """Every node and link of the view; the weight of a pair is the sum over its relations."""
    return _of(arrays, np.arange(len(arrays.ids), dtype=np.int32), _adjacency(arrays, weights))


def project_actors(
    arrays: GraphArrays, weights: Mapping[str, float] = WEIGHTS, hub_cap: int = HUB_CAP, depth: int = DEPTH
) -> Projection:
    """People and companies, tied by links and through what stands between them (a number, an account, a case, a route).

    A connector of k neighbours ties each two of them with 1 / (k − 1), as Newman (2001, Phys. Rev. E 64, 016132) weighs
    joint papers, so that a hub ties nobody strongly; above ``hub_cap`` it ties nobody and is counted. Up to ``depth``
    connectors in a row are gone through (person – line – number – line – person has three); what a longer way brings is
    the product of its steps.
    """
    actor = np.fromiter((is_actor(s) for s in arrays.schemata), np.bool_, len(arrays.schemata))
    full = _adjacency(arrays, weights)
    degree = np.diff(full.indptr)
    hub = ~actor & (degree > hub_cap)
    share = np.where(~actor & ~hub & (degree > 1), 1.0 / np.maximum(degree - 1, 1), 0.0)
    inner, nodes = np.flatnonzero(~actor), np.flatnonzero(actor).astype(np.int32)
    spread = sparse.diags(share[inner])
    between = full[inner][:, inner]
    out = full[nodes][:, inner] @ spread  # a walk from an actor, shared out at the connector it reaches
    into = full[inner][:, nodes]
    tied = full[nodes][:, nodes]
    for step in range(depth):
        tied = tied + out @ into
        if step + 1 < depth:
            out = out @ between @ spread
    tied = (tied + tied.T) * 0.5
    return _of(arrays, nodes, tied, int(hub.sum()))


def _adjacency(arrays: GraphArrays, weights: Mapping[str, float]) -> sparse.csr_matrix[np.float64]:
    n, kinds = len(arrays.ids), max(len(arrays.relations), 1)
    low = np.minimum(arrays.source, arrays.target).astype(np.int64)
    high = np.maximum(arrays.source, arrays.target).astype(np.int64)
    keys, count = np.unique((low * n + high) * kinds + arrays.relation, return_counts=True)
    each = np.array([weights.get(r, 1.0) for r in arrays.relations] or [1.0])
    value = each[keys % kinds] * (1.0 + np.log(count))
    pair = keys // kinds
    one = sparse.coo_matrix((value, (pair // max(n, 1), pair % max(n, 1))), shape=(n, n)).tocsr()
    return _clean((one + one.T).tocsr())


def _clean(matrix: sparse.csr_matrix[np.float64]) -> sparse.csr_matrix[np.float64]:
    matrix = matrix - sparse.diags(matrix.diagonal(), format="csr")
    matrix.eliminate_zeros()
    matrix.sort_indices()
    return matrix


def _of(
    arrays: GraphArrays, nodes: NDArray[np.int32], matrix: sparse.csr_matrix[np.float64], hubs: int = 0
) -> Projection:
    matrix = _clean(matrix.tocsr())
    # sums of floats depend on their order in the last bit; nothing that is compared may
    weights = np.round(matrix.data.astype(np.float64), 9)
    return Projection(arrays, nodes, matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), weights, hubs)
