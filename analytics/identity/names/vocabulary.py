"""Comparing words of names, many at a time: equal, same sound, other spelling, short form, one letter off.

Words are numbered once in a :class:`Vocabulary`; a pair of words is then compared once however many pairs of names
hold it, which is where the time goes (edit distances by rapidfuzz over the distinct pairs only).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA, Prefix
from rapidfuzz.process import cpdist

from analytics.identity.names.fold import data
from analytics.identity.names.phonetics import key

# What makes two words one name, weakest last; the number is what arrays hold.
KINDS = ("", "same", "sound", "translation", "short", "typo", "typos", "cut", "initial", "close")
NONE, SAME, SOUND, TRANSLATION, SHORT, TYPO, TYPOS, CUT, INITIAL, CLOSE = range(len(KINDS))
# How much of the name such a match is taken to be (a measure for alignment; weights are the model's).
_QUALITY = np.array([0.0, 1.0, 0.95, 0.85, 0.8, 0.85, 0.65, 0.6, 0.5, 0.45], dtype=np.float32)


@cache
def _short_forms(table: str) -> dict[str, dict[str, float]]:
    """A table of hypocorisms, each that ends in "y" or "i" with the other ending too (Paty, Pati)."""
    forms: dict[str, dict[str, float]] = data(table)["forms"]
    ends = {"y": "i", "i": "y"}
    return {**{s[:-1] + ends[s[-1]]: meant for s, meant in forms.items() if s[-1] in ends and len(s) > 3}, **forms}


@cache
def _relations() -> dict[str, dict[str, tuple[int, float]]]:
    """Word → {related word: (kind, quality)} from the tables of spellings and hypocorisms, both ways."""
    found: dict[str, dict[str, tuple[int, float]]] = {}

    def tie(a: str, b: str, kind: int, quality: float) -> None:
        if a != b and quality > found.get(a, {}).get(b, (0, 0.0))[1]:
            found.setdefault(a, {})[b] = (kind, quality)
            found.setdefault(b, {})[a] = (kind, quality)

    for table in ("hypocorisms_es", "hypocorisms_pt"):
        forms = _short_forms(table)
        for short, meant in forms.items():
            for full, sure in meant.items():
                tie(short, full, SHORT, 0.5 + 0.35 * sure)
            sure_ones = [full for full, sure in meant.items() if sure >= 0.9]
            for other, others in forms.items():
                if other > short and any(others.get(full, 0) >= 0.9 for full in sure_ones):
                    tie(short, other, SHORT, 0.7)
    spelling = data("spelling_pairs")
    for group in spelling["translations"]:
        for a, b in combinations(group, 2):
            tie(a, b, TRANSLATION, 0.85)
    for group in spelling["variants"]:
        for a, b in combinations(group, 2):
            tie(a, b, SOUND, 0.95)
    return found


@cache
def _roots() -> dict[str, tuple[str, ...]]:
    """Word → phonetic keys of the names it may stand for, itself first, where the tables say more than its own key."""
    roots: dict[str, list[str]] = {}
    spelling = data("spelling_pairs")
    for group in [*spelling["variants"], *spelling["translations"]]:
        for word in group:
            roots.setdefault(word, [key(word)]).append(key(group[0]))
    for table in ("hypocorisms_es", "hypocorisms_pt"):
        for short, meant in _short_forms(table).items():
            for full, sure in meant.items():
                if sure >= 0.4:
                    roots.setdefault(short, [key(short)]).extend(roots.get(full, [key(full)]))
    return {word: tuple(dict.fromkeys(keys)) for word, keys in roots.items()}


def roots(word: str) -> tuple[str, ...]:
    """Phonetic keys under which a word is looked for: its own, and those of the names it is a form of."""
    return _roots().get(word) or (key(word),)


@cache
def known_words() -> frozenset[str]:
    """Words that the tables know as names: two of them one letter apart are two names, hardly a slip of the pen."""
    given, spelling = data("given_names"), data("spelling_pairs")
    listed = [*given["male"], *given["female"], *given["both"], *data("abbreviations")["surname"].values()]
    listed += [*data("frequencies")["es"], *data("frequencies")["pt"]]
    return frozenset(listed) | {w for group in [*spelling["variants"], *spelling["translations"]] for w in group}


def _stem(word: str) -> str:
    """A given name without the ending that tells a man's from a woman's (Mario, María; Daniel, Daniela)."""
    return word[:-1] if len(word) > 3 and word[-1] in "oae" else word


class Vocabulary:
    """Words numbered from 0 in sorted order, with what is needed to compare them. Fixed once made."""

    def __init__(self, words: Iterable[str], known: Iterable[str] = ()) -> None:
        self.words: list[str] = sorted(set(words))
        self.ids = {word: number for number, word in enumerate(self.words)}
        self.text = np.array(self.words, dtype=object)
        sounds = [key(word) for word in self.words]
        self.scanned = np.array([word.replace("rn", "m").replace("cl", "d") for word in self.words], dtype=object)
        self.sound_text = np.array(sounds, dtype=object)
        numbered = {sound: number for number, sound in enumerate(sorted(set(sounds)))}
        self.sound = np.array([numbered[s] for s in sounds], dtype=np.int32)
        self.length = np.array([len(word) for word in self.words], dtype=np.int16)
        self.head = np.array([ord(word[0]) if word else 0 for word in self.words], dtype=np.int32)
        self.tail = np.array([hash2(word[-2:]) for word in self.words], dtype=np.int32)
        stems = {stem: number for number, stem in enumerate(sorted({_stem(word) for word in self.words}))}
        self.stem = np.array([stems[_stem(word)] for word in self.words], dtype=np.int32)
        sure = known_words().union(known)
        self.known = np.array([word in sure for word in self.words], dtype=bool)
        self.is_alpha = np.array([word.isalpha() for word in self.words], dtype=bool)
        self._tie()

    def _tie(self) -> None:
        size, ties = len(self.words), {}
        for word, related in _relations().items():
            if word in self.ids:
                for other, (kind, quality) in related.items():
                    if other in self.ids:
                        ties[self.ids[word] * size + self.ids[other]] = (kind, quality)
        ordered = sorted(ties)
        self.tie_keys = np.array(ordered, dtype=np.int64)
        self.tie_kind = np.array([ties[k][0] for k in ordered], dtype=np.uint8)
        self.tie_quality = np.array([ties[k][1] for k in ordered], dtype=np.float32)

    def compare(
        self, left: NDArray[np.int32], right: NDArray[np.int32]
    ) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        """Quality (0–1) and kind of the match of ``left[i]`` with ``right[i]`` (word numbers). Symmetric."""
        size = max(len(self.words), 1)
        kind = np.zeros(len(left), dtype=np.uint8)
        quality = np.zeros(len(left), dtype=np.float32)
        same = left == right
        kind[same], quality[same] = SAME, 1.0
        rest = np.flatnonzero(~same)
        a, b = left[rest], right[rest]
        sound = (self.sound[a] == self.sound[b]) & (self.length[a] > 1) & (self.length[b] > 1)
        kind[rest[sound]], quality[rest[sound]] = SOUND, _QUALITY[SOUND]
        rest, a, b = rest[~sound], a[~sound], b[~sound]
        if len(self.tie_keys):
            wanted = a.astype(np.int64) * size + b
            at = np.minimum(np.searchsorted(self.tie_keys, wanted), len(self.tie_keys) - 1)
            tied = self.tie_keys[at] == wanted
            kind[rest[tied]], quality[rest[tied]] = self.tie_kind[at[tied]], self.tie_quality[at[tied]]
            rest, a, b = rest[~tied], a[~tied], b[~tied]
        short = np.minimum(self.length[a], self.length[b])
        initial = (short == 1) & (self.head[a] == self.head[b]) & self.is_alpha[a] & self.is_alpha[b]
        kind[rest[initial]], quality[rest[initial]] = INITIAL, _QUALITY[INITIAL]
        alike = (self.head[a] == self.head[b]) | (self.tail[a] == self.tail[b])
        # of two very short words only one that is no name can be a slip of the other
        least = np.where(self.known[a] & self.known[b], 4, 3)
        maybe = alike & (short >= least) & self.is_alpha[a] & self.is_alpha[b]
        rest, a, b = rest[maybe], a[maybe], b[maybe]
        low, high = np.minimum(a, b).astype(np.int64), np.maximum(a, b).astype(np.int64)
        distinct, back = np.unique(low * size + high, return_inverse=True)
        if len(distinct):
            found = self._letters((distinct // size).astype(np.int32), (distinct % size).astype(np.int32))[back]
            kind[rest], quality[rest] = found, _QUALITY[found]
        return quality, kind

    def _letters(self, a: NDArray[np.int32], b: NDArray[np.int32]) -> NDArray[np.uint8]:
        """Kind of match by letters alone, for distinct pairs of words that begin or end alike."""
        short = np.minimum(self.length[a], self.length[b])
        gap = np.abs(self.length[a] - self.length[b])
        kind = np.zeros(len(a), dtype=np.uint8)
        prefix = cpdist(self.text[a], self.text[b], scorer=Prefix.similarity, dtype=np.int32)
        kind[(prefix == short) & (gap >= 2)] = CUT
        near = np.flatnonzero(gap <= 2)
        written = cpdist(self.text[a[near]], self.text[b[near]], scorer=OSA.distance, score_cutoff=3, dtype=np.int32)
        heard = cpdist(
            self.sound_text[a[near]], self.sound_text[b[near]], scorer=OSA.distance, score_cutoff=2, dtype=np.int32
        )
        length, other = short[near], kind[near]
        one = (written <= 1) | ((heard <= 1) & (written <= 2) & (length >= 6))
        two = (written <= 2) & (length >= 7)
        one |= self.scanned[a[near]] == self.scanned[b[near]]  # as a scanner reads "rn" and "cl"
        one &= (length >= 4) | (gap[near] == 1)
        both_known = self.known[a[near]] & self.known[b[near]]
        sexes = self.stem[a[near]] == self.stem[b[near]]
        found = np.where(one, TYPO, np.where(two, TYPOS, other)).astype(np.uint8)
        found[(one | two) & both_known] = CLOSE
        found[sexes] = NONE
        kind[near] = found
        return kind


def hash2(text: str) -> int:
    """A number for up to two letters, the same in every process."""
    return sum(ord(char) << (8 * position) for position, char in enumerate(text)) % (1 << 31)
