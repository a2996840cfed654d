"""Graph arrays made by hand, for tests of analytics that need no store."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from graph.result import GraphArrays, Stamp

STAMP = Stamp("AR-MPF", "test", "2026-01-01T00:00:00+00:00", ())


def made(schemata: list[str], links: list[tuple[int, int, str]], countries: list[str] | None = None) -> GraphArrays:
    """Arrays of nodes ``n0000`` … with the given schemata and links."""
    n = len(schemata)
    relations = sorted({r for _, _, r in links})
    held = countries or ["AR"] * n
    return GraphArrays(
        [f"n{i:04d}" for i in range(n)],
        ["entity"] * n,
        schemata,
        [tuple(f"{c}-X" for c in held[i].split()) for i in range(n)],
        [tuple(held[i].split()) for i in range(n)],
        [""] * n,
        np.array([a for a, _, _ in links], dtype=np.int32),
        np.array([b for _, b, _ in links], dtype=np.int32),
        np.array([relations.index(r) for _, _, r in links], dtype=np.int32),
        np.zeros(len(links), dtype=np.bool_),
        relations,
        [""] * len(links),
        STAMP,
    )


@pytest.fixture
def arrays_of() -> Callable[..., GraphArrays]:
    """Function (schemata, links, countries) → arrays."""
    return made
