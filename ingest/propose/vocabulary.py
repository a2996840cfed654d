"""``vocabulary.yaml`` loaded, and headers in its words: accents, case, underscores and abbreviations do not count."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from graph.errors import MappingError
from ingest.normalise.text import fold
from ingest.yamlfile import load_yaml

LONG = 6  # letters from which a slip of the pen in a word is looked through
_CAMEL = re.compile(r"(?<=[a-záéíóúâêôãõç])(?=[A-ZÁÉÍÓÚ])")
_NUMBER_SIGN = re.compile(r"\bn\s?\.?\s?[º°]|\bno\.(?!\w)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?<=[a-z])(?=\d)")
_LETTERS = re.compile(r"\b[a-z](?: [a-z]\b)+")


@dataclass(frozen=True, slots=True)
class Concept:
    """What a column may say: its phrases as sets of words, the kind of value that speaks for it."""

    name: str
    phrases: tuple[frozenset[str], ...]
    values: str
    many: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The whole table. ``documents`` holds identity numbers by word; the rest is as in the file."""

    concepts: Mapping[str, Concept]
    documents: Mapping[str, Mapping[str, Any]]
    frames: Mapping[str, Mapping[str, Any]]
    party: Mapping[str, tuple[str, str]]
    others: Mapping[str, Mapping[str, Any]]
    attached: Mapping[str, Mapping[str, Any]]
    classes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # kind → folded word → class
    company_forms: Mapping[str, str] = field(default_factory=dict)


@cache
def _raw() -> dict[str, Any]:
    with resources.as_file(resources.files("ingest.propose").joinpath("vocabulary.yaml")) as path:
        loaded: dict[str, Any] = load_yaml(path, path.name, MappingError)  # "no" and "n" are words of it
    return loaded


@cache
def _words() -> tuple[dict[str, tuple[str, ...]], int]:
    """Folded word or words → the vocabulary's own; how many words the longest entry has. Own words stay themselves."""
    found: dict[str, tuple[str, ...]] = {}
    for own, others in _raw()["words"].items():
        for other in others:
            found.setdefault(fold(str(other)), (own,))
    for own in _raw()["words"]:
        found[own] = (own,)
    for phrase, stands_for in _raw()["phrases"].items():
        found[fold(phrase)] = tuple(stands_for.split())
    return found, max(len(key.split()) for key in found)


@lru_cache(maxsize=5_000)
def words_of(header: str) -> tuple[str, ...]:
    """A header in the vocabulary's words, words that only join left out (unless there are no others)."""
    spelt = _NUMBER_SIGN.sub(" nro ", header)
    plain = _NUMBERED.sub(" ", fold(_CAMEL.sub(" ", spelt)))
    plain = _LETTERS.sub(lambda found: found[0].replace(" ", ""), plain)
    table, longest = _words()
    stop = frozenset(_raw()["stop"])
    tokens, at = plain.split(), 0
    found: list[str] = []
    whole = table.get(" ".join(tokens)) or table.get("".join(t for t in tokens if t not in stop) or "".join(tokens))
    if whole:
        return whole
    if all(t in stop for t in tokens):
        stop = frozenset()
    while at < len(tokens):
        taken, said = _phrase(tokens[at:], stop, longest)
        if taken:
            found += said
        elif tokens[at] not in stop:
            found += _near(tokens[at])
        at += taken or 1
    return tuple(dict.fromkeys(found))


def _phrase(tokens: list[str], stop: frozenset[str], longest: int) -> tuple[int, tuple[str, ...]]:
    """How many tokens the longest entry at their beginning takes, and its words. It may hold words that only join, or
    stand with such between its own."""
    table, _ = _words()
    for length in range(min(longest + 2, len(tokens)), 0, -1):
        part = tokens[:length]
        exact, bare = " ".join(part), " ".join(t for t in part if t not in stop)
        if exact in table and exact not in stop:
            return length, table[exact]
        if bare in table and not {part[0], part[-1]} & stop:
            return length, table[bare]
    return 0, ()


def _near(word: str) -> tuple[str, ...]:
    """The vocabulary's word for one that it lacks: its singular, the same in Spanish, or what it was most likely meant
    to be."""
    table, _ = _words()
    if word in documents() or len(word) < 4:
        return (word,)
    for ending, other in (("s", ""), ("es", ""), ("cao", "cion"), ("coes", "cion"), ("sao", "sion"), ("dade", "dad")):
        if word.endswith(ending) and word.removesuffix(ending) + other in table:
            return table[word.removesuffix(ending) + other]
    if len(word) >= LONG:
        near = get_close_matches(word, [w for w in table if len(w) >= LONG and " " not in w], n=1, cutoff=0.9)
        if near:
            return table[near[0]]
    return (word,)


@cache
def documents() -> dict[str, dict[str, Any]]:
    """Identity numbers by the word that headers have for them."""
    found: dict[str, dict[str, Any]] = _raw()["documents"]
    return found


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary, once for the process."""
    raw = _raw()
    concepts = {
        name: Concept(name, _phrases(name, entry["phrases"]), entry["values"], bool(entry.get("many")))
        for name, entry in {**raw["concepts"], **raw["extra_concepts"]}.items()
    }
    classes = {
        kind: {fold(str(word)): name for name, words in table.items() for word in words}
        for kind, table in raw["classes"].items()
    }
    party = {concept: (str(pair[0]), str(pair[1])) for concept, pair in raw["party"].items()}
    return Vocabulary(
        concepts, documents(), raw["frames"], party, raw["others"], raw["attached"], classes, raw["company_forms"]
    )


def _phrases(name: str, phrases: Iterable[str]) -> tuple[frozenset[str], ...]:
    found = [frozenset(words_of(str(phrase))) for phrase in phrases]
    if name in ("doc", "doc_number"):  # a number's own name says what it is
        found += [frozenset((word,)) for word in documents()]
    return tuple(dict.fromkeys(found))


def kinds() -> tuple[str, ...]:
    """The kinds of table that are known."""
    return tuple(vocabulary().frames)
