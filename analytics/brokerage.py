"""Who carries things across a border: brokerage of Gould and Fernandez with jurisdictions as the groups.

Gould and Fernandez 1989, Sociological Methodology 19, 89. A node stands between a and c where a is tied to it, it to c,
and a not to c. By whose jurisdictions these are it acts as coordinator (all one), consultant (both ends one, it
another), gatekeeper (it and the receiver one), representative (the giver and it one) or liaison (all different).
An entity of several jurisdictions is shared out equally among them, so that counts may be fractions.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.compiled.brokers import open_triads
from analytics.compiled.csr import CSR, Floats

ROLES = ("coordinator", "consultant", "gatekeeper", "representative", "liaison")


class Brokerage(NamedTuple):
    """``counts`` (float64, n × 5) in the order of :data:`ROLES`; ``shared``: nodes of several jurisdictions."""

    counts: Floats
    shared: int

    def across(self) -> Floats:
        """Open pairs that a node holds together and that touch more than one jurisdiction (float64, n)."""
        found: Floats = self.counts[:, 1:].sum(axis=1)
        return found


def jurisdiction_shares(countries: Sequence[Sequence[str]]) -> tuple[Floats, tuple[str, ...]]:
    """(n × countries, float64: an equal part for each of a node's, the countries in the order of the columns)."""
    names = tuple(sorted({c for some in countries for c in some}))
    column = {c: i for i, c in enumerate(names)}
    shares = np.zeros((len(countries), len(names)))
    for node, some in enumerate(countries):
        for country in some:
            shares[node, column[country]] = 1.0 / len(some)
    return shares, names


def brokerage(graph: CSR, countries: Sequence[Sequence[str]], directed: bool = False) -> Brokerage:
    """Brokerage of every node. In an undirected graph each open pair counts once in each direction."""
    shares, _ = jurisdiction_shares(countries)
    counts = open_triads(graph, reverse(graph) if directed else graph, shares)
    return Brokerage(np.round(counts, 9) + 0.0, sum(len(some) > 1 for some in countries))


def reverse(graph: CSR) -> CSR:
    """Every link pointing the other way."""
    rows: NDArray[np.int64] = np.repeat(np.arange(graph.n), graph.degrees())
    order = np.lexsort((rows, graph.indices))
    indptr = np.zeros(graph.n + 1, dtype=np.int64)
    np.cumsum(np.bincount(graph.indices, minlength=graph.n), out=indptr[1:])
    return CSR(indptr, rows[order].astype(np.int32), graph.weights[order])
