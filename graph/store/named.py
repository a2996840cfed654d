"""Query texts kept beside an engine, by name: ``-- name: NAME`` begins one, ``{NAME}`` puts an earlier one in."""

from __future__ import annotations

import re
from importlib import resources

_HEAD = re.compile(r"^(?:--|//) name: (\w+)\n", re.MULTILINE)


def named_queries(file: str) -> dict[str, str]:
    """Name → text of every query in ``graph/store/FILE``. A name that stands twice is a programming error."""
    text = resources.files("graph.store").joinpath(file).read_text(encoding="utf-8")
    parts = _HEAD.split(text)[1:]
    queries: dict[str, str] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        if name in queries:
            raise ValueError(f"{file} has two queries called {name}")
        query = body.strip()
        for known, earlier in queries.items():
            query = query.replace("{" + known + "}", earlier)
        queries[name] = query
    return queries
