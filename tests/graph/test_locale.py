"""The catalogue: every key in every language, with the same places to fill."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from graph.i18n import LANGUAGES, catalogue, t

ROOT = Path(__file__).parents[2]


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_key_has_every_language_and_the_same_places() -> None:
    wrong = []
    for key, texts in catalogue().items():
        if set(texts) != set(LANGUAGES) or not all(str(x).strip() for x in texts.values()):
            wrong.append((key, sorted(texts)))
        elif len({frozenset(places(texts[lang])) for lang in LANGUAGES}) > 1:
            wrong.append((key, "places differ"))
    assert wrong == []


def test_every_literal_key_in_the_code_is_in_the_catalogue() -> None:
    """Calls of ``t("…")`` and errors raised with a literal key name a text that exists."""
    known, missing = catalogue(), []
    for package in ("graph", "ingest", "analytics", "dashboard"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                    continue
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                key = node.args[0].value
                is_error = bool(re.fullmatch(r"[A-Z]\w*(Error|Denied|Found|Exceeded|Unavailable|Busy)", name))
                if (name in ("t", "say") or is_error) and isinstance(key, str) and re.fullmatch(r"\w+(\.\w+)+", key):
                    if key not in known:
                        missing.append((path.name, key))
    assert missing == []


def test_an_unknown_key_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        t("no.such.key")
