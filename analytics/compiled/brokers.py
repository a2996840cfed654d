"""Open triads counted by the groups of their three nodes, for Gould and Fernandez' brokerage."""

from __future__ import annotations

import numpy as np

from analytics.compiled.csr import CSR, Floats, Ints, Nodes, compiled

ROLES = 5


def open_triads(forward: CSR, backward: CSR, shares: Floats) -> Floats:
    """For every node b, over pairs a → b → c with no a → c: how likely its groups stand in each of five ways.

    ``shares`` (float64, n × groups): how much of each node belongs to each group, rows adding up to 1 (or 0: to none).
    Gives (float64, n × 5): coordinator, consultant, gatekeeper, representative, liaison. Sums of groups stand for the
    pairs, from which the closed ones are taken: time is that of the triangles, not of the pairs.
    """
    found = np.zeros((forward.n, ROLES))
    _count(forward.indptr, forward.indices, backward.indptr, backward.indices, shares, found)
    return found


@compiled
def _count(out_at: Ints, outs: Nodes, in_at: Ints, ins: Nodes, shares: Floats, found: Floats) -> None:
    n, groups = shares.shape
    target = np.full(n, -1, dtype=np.int64)
    given, taken = np.zeros(groups), np.zeros(groups)
    for b in range(n):
        given[:] = 0.0
        taken[:] = 0.0
        for at in range(in_at[b], in_at[b + 1]):
            for g in range(groups):
                given[g] += shares[ins[at], g]
        for at in range(out_at[b], out_at[b + 1]):
            target[outs[at]] = b
            for g in range(groups):
                taken[g] += shares[outs[at], g]
        pairs = (in_at[b + 1] - in_at[b]) * (out_at[b + 1] - out_at[b])
        _add(found[b], shares[b], given, taken, 1.0)
        closed = 0
        for at in range(in_at[b], in_at[b + 1]):
            a = ins[at]
            if target[a] == b:  # a → b → a is no pair
                _add(found[b], shares[b], shares[a], shares[a], -1.0)
                closed += 1
            for through in range(out_at[a], out_at[a + 1]):
                c = outs[through]
                if c != b and target[c] == b:
                    _add(found[b], shares[b], shares[a], shares[c], -1.0)
                    closed += 1
        if pairs == closed:  # what is left of the subtraction is rounding
            found[b] = 0.0


@compiled
def _add(row: Floats, broker: Floats, giver: Floats, taker: Floats, sign: float) -> None:
    whole, from_broker, to_broker, ends, all_three = 0.0, 0.0, 0.0, 0.0, 0.0
    givers, takers, brokers = giver.sum(), taker.sum(), broker.sum()
    whole = givers * takers * brokers
    for g in range(len(broker)):
        from_broker += giver[g] * broker[g]
        to_broker += broker[g] * taker[g]
        ends += giver[g] * taker[g]
        all_three += giver[g] * broker[g] * taker[g]
    row[0] += sign * all_three
    row[1] += sign * (ends * brokers - all_three)
    row[2] += sign * (to_broker * givers - all_three)
    row[3] += sign * (from_broker * takers - all_three)
    row[4] += sign * (whole - ends * brokers - to_broker * givers - from_broker * takers + 2.0 * all_three)
