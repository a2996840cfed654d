"""Headers of tables that readers of records know: which column plays which part, by words kept as data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from ingest.normalise.text import fold

SMALL = frozenset("de del la el los las da do das dos o e y en em".split())


@cache
def layout(name: str) -> Mapping[str, Any]:
    """The words of ``ingest/readers/NAME.yaml``."""
    text = resources.files("ingest.readers").joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    return found


def find_parts(columns: Iterable[str], words: Mapping[str, list[str]]) -> dict[str, str]:
    """Part → column. A header that is one of a part's words plays it; of several, the one whose word stands first in
    the list. Headers are compared folded and without articles, so that case, accents, underscores and "de" do not
    matter."""
    by_key = {_key(c): c for c in reversed(list(columns))}
    found = {}
    for part, known in words.items():
        column = next((by_key[w] for w in map(_key, known) if w in by_key), "")
        if column:
            found[part] = column
    return found


def _key(header: str) -> str:
    words = fold(header).split()
    return " ".join(w for w in words if w not in SMALL) or " ".join(words)
