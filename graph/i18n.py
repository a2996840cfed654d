"""The catalogue: every sentence a user sees, in Spanish (default), Portuguese and English.

A file ``graph/locale/AREA.yaml`` maps a key to its three texts side by side, so that a missing one is seen at once (and
a test finds it). Texts are ``str.format`` templates.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any

import yaml

LANGUAGES = ("es", "pt", "en")
DEFAULT_LANGUAGE = "es"
# control characters but tab and line feed, and marks, embeddings and isolates of direction (Unicode UAX 9)
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# the safe loader in C where libyaml is there: ten times faster, and the catalogue is read by every start
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _entries(text: str) -> dict[str, dict[str, str]]:
    return yaml.load(text, Loader=LOADER) or {}  # noqa: S506 (a safe loader)


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """Key → {language: template}, of all areas together. A key stands in one area only."""
    texts: dict[str, dict[str, str]] = {}
    for file in sorted(resources.files("graph").joinpath("locale").iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        for key, entry in _entries(file.read_text(encoding="utf-8")).items():
            if key in texts:
                raise ValueError(f"catalogue key {key!r} stands twice ({file.name})")
            texts[key] = entry
    return texts


def harmless(text: str) -> str:
    """``text`` with what acts on a terminal or turns the order of letters around replaced by a visible mark (U+FFFD);
    tabs and line breaks stay."""
    return text if text.isprintable() else _ACTING.sub("\ufffd", text)


def t(key: str, lang: str = DEFAULT_LANGUAGE, **params: Any) -> str:
    """The text of ``key`` in ``lang``, filled with ``params``; a key nobody wrote is a programming error (KeyError)."""
    entry = catalogue()[key]
    filled = {name: harmless(value) if isinstance(value, str) else value for name, value in params.items()}
    return entry[lang if lang in entry else DEFAULT_LANGUAGE].format(**filled)


def outline(key: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """The text of ``key`` with ``…`` for whatever it names: one sentence for many cases of a kind."""
    entry = catalogue()[key]
    return _OUTLINE.vformat(entry[lang if lang in entry else DEFAULT_LANGUAGE], (), {})


class _Outline(Formatter):
    def get_value(self, key: int | str, args: Any, kwargs: Any) -> str:
        return "…"


_OUTLINE = _Outline()


def has(key: str) -> bool:
    """Whether the catalogue knows ``key`` (for vocabulary that may be extended by data)."""
    return key in catalogue()
