"""What a reader may know of a dataset itself, beside its records: what stands in a manifest is content too.

A revision's number counts every delivery, also one that only changed what a reader does not see, so it is its owner's.
Title, whether it holds a protected person and whether it has an investigation number are read from ``full`` on, as the
records that they tell of are.
"""

from __future__ import annotations

from dataclasses import replace

from graph.access import FULL, OWN, DatasetState, Scope


def as_known(dataset: DatasetState, scope: Scope) -> DatasetState:
    """``dataset`` as the reader of ``scope`` may know it: ``revision`` 0 where that is the owner's to know."""
    level = scope.level(dataset.number)
    if level >= OWN or scope.mutual is None:  # its owner; the development actor, to whom everything is released
        return dataset
    seen = replace(dataset, revision=0, current=0)
    return seen if level >= FULL else replace(seen, title="", protected=False, accepted=False)
