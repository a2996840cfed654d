"""A person's role in a case, in the words of prosecutors, to the roles that the kernel protects (``roles.yaml``)."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib import resources

import yaml

from graph.protection import ROLES
from ingest.normalise.text import fold


@cache
def _words() -> dict[str, str]:
    text = resources.files("ingest").joinpath("roles.yaml").read_text(encoding="utf-8")
    found = {fold(word): role for role, words in yaml.safe_load(text).items() for word in words}
    return found | {role: role for role in ROLES}


@lru_cache(maxsize=2048)
def role_of(text: str) -> str:
    """The role that ``text`` names, empty where it names none that is known.

    Where several words of it are roles, the one that protects most holds: ``víctima - testigo`` is a victim.
    """
    words = _words()
    key = fold(text)
    if key in words:
        return words[key]
    tokens = key.split()
    found = {words[t] for t in tokens if t in words}
    found |= {words[pair] for pair in map(" ".join, zip(tokens, tokens[1:], strict=False)) if pair in words}
    return min(found, key=ROLES.index, default="")
