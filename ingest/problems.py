"""All that is wrong with a package or a mapping, said at once: one error that lists its problems, in any language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from graph.errors import InputError, MappingError, PackageError, cut
from graph.i18n import harmless, t


class Problem:
    """One thing to correct: a catalogue key, where it is (``at``: ``release[1].level``) and the sentence's values."""

    __slots__ = ("at", "key", "params")

    def __init__(self, key: str, at: str = "", **params: Any) -> None:
        self.key, self.at, self.params = key, at, params

    def text(self, lang: str) -> str:
        """The sentence in ``lang``, with the nearest known name where there is one."""
        params = dict(self.params)
        near = params.pop("near", "")
        sentence = t(self.key, lang, **cut(params))
        if near:
            sentence = f"{sentence} {t('ingest.hint.near', lang, near=near)}"
        return f"{cut({'at': harmless(self.at)})['at']}: {sentence}" if self.at else sentence


class _Several(InputError):
    def __init__(self, problems: Sequence[Problem], file: str) -> None:
        self.problems = tuple(problems)
        super().__init__("ingest.problems", file=file, count=len(problems))

    def text(self, lang: str) -> str:
        lines = [p.text(lang) for p in self.problems]
        if len(lines) == 1:
            return f"{self.file}: {lines[0]}"
        return "\n".join([super().text(lang), *(f"  - {line}" for line in lines)])


class PackageProblems(_Several, PackageError):
    """A case package with one or more things to correct."""


class MappingProblems(_Several, MappingError):
    """A mapping with one or more things to correct."""


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that ``name`` was most likely meant to be; empty when none is near."""
    by_fold = {k.casefold(): k for k in known}
    found = get_close_matches(name.casefold(), list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""
