"""From a written name to its parts: given names, surnames in order, generation mark, married name.

Spanish: given names, first (paternal) surname, second (maternal). Portuguese: the last surname is the father's. Lists
write ``SURNAME1 SURNAME2, Given``, or the same without the comma; a small list of common given names decides which
end is which. Particles carry no identity and are dropped; the words of "San Martín" stay one surname.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from analytics.identity.names.fold import data, fold

MAX_GIVEN, MAX_SURNAMES = 4, 4
SPANISH, PORTUGUESE = "es", "pt"

_NO_WORDS: frozenset[str] = frozenset()
_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"\d")
_SCANNED = str.maketrans("013458", "oleasb")  # digits that a scanner reads for letters
_QUOTED = re.compile(r"\"[^\"]*\"|«[^»]*»|“[^”]*”|\((?!\s*\w{1,5}\s*\))[^)]*\)")
_BRACKETED = re.compile(r"\(\s*(\w{1,5})\s*\)\s*$")
_ALIAS = re.compile(r"\balias\b.*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Name:
    """A parsed name. Words are folded, abbreviations written out, particles dropped.

    ``optional`` are surnames that may be left out without meaning anything (a husband's name). ``generation`` is 0
    for no mark, 1 elder, 2 younger, 3 grandson, 4 nephew. ``certain``: the order was stated (a comma, separate
    fields), not guessed. ``expanded`` are words that were abbreviated as written. ``nobody`` marks a placeholder
    ("N.N.", "no identificado").
    """

    written: str
    given: tuple[str, ...]
    surnames: tuple[str, ...]
    generation: int = 0
    optional: frozenset[str] = frozenset()
    certain: bool = False
    expanded: frozenset[str] = frozenset()
    tradition: str = SPANISH
    nobody: bool = False

    @property
    def main_surname(self) -> str:
        """The surname that a list files the name under: the first in Spanish, the last in Portuguese; empty without
        one."""
        if not self.surnames:
            return ""
        return self.surnames[-1 if self.tradition == PORTUGUESE else 0]

    @property
    def normal(self) -> str:
        """Normal form: given names, surnames, in the order of the language, folded."""
        return " ".join((*self.given, *self.surnames))


class _Tables:
    """The name tables, as sets and dictionaries."""

    def __init__(self) -> None:
        particles, suffixes, given = data("particles"), data("suffixes"), data("given_names")
        self.particles = frozenset(particles["particles"])
        self.articles = frozenset(particles["articles"])
        self.saints = frozenset(particles["saints"])
        self.married = frozenset(particles["married"])
        self.titles = frozenset(particles["titles"])
        self.placeholders = frozenset(particles["placeholders"])
        self.suffixes: dict[str, int] = suffixes["always"]
        self.portuguese_suffixes: dict[str, int] = suffixes["portuguese"]
        self.bracketed: dict[str, int] = suffixes["bracketed"]
        self.short_given: dict[str, str] = data("abbreviations")["given"]
        self.short_surname: dict[str, str] = data("abbreviations")["surname"]
        hypocorisms = {*data("hypocorisms_es")["forms"], *data("hypocorisms_pt")["forms"]}
        both = frozenset(given["both"])
        self.given = (
            frozenset(given["male"]) | frozenset(given["female"]) | hypocorisms | set(self.short_given)
        ) - both


@cache
def _tables() -> _Tables:
    return _Tables()


def _leaning(word: str, tables: _Tables) -> int:
    """+2: a given name; −2: a surname; 0: cannot be told."""
    if word in tables.given:
        return 2
    if word in tables.short_surname or (len(word) > 4 and word.endswith("ez")):
        return -2
    return 0


# What number of given names and of surnames is usual (log-odds by eye, only to break ties).
_GIVEN_PRIOR = (-9.0, 0.4, 0.4, -0.6, -1.5)
_SURNAME_PRIOR = (-9.0, 0.2, 0.6, -0.3, -1.0)


def _split(words: list[str], tables: _Tables) -> tuple[list[str], list[str]]:
    """Given names and surnames of a name written without a comma, by the best place to cut it in two."""
    count = len(words)
    if count == 1:
        return (words, []) if _leaning(words[0], tables) > 0 else ([], words)
    sums = [0]
    for word in words:
        sums.append(sums[-1] + _leaning(word, tables))
    best, cut, first = -1e9, 1, True
    for k in range(1, count):
        given_first = sums[k] - (sums[count] - sums[k])
        lengths = _GIVEN_PRIOR[min(k, 4)] + _SURNAME_PRIOR[min(count - k, 4)]
        if given_first + 1.0 + lengths > best:
            best, cut, first = given_first + 1.0 + lengths, k, True
        lengths = _GIVEN_PRIOR[min(count - k, 4)] + _SURNAME_PRIOR[min(k, 4)]
        if -given_first + lengths > best:
            best, cut, first = -given_first + lengths, k, False
    return (words[:cut], words[cut:]) if first else (words[cut:], words[:cut])


def _tokens(text: str, tables: _Tables, tradition: str, before: int = 0) -> tuple[list[str], set[str]]:
    """Words that carry identity, in order, and those of them that are a husband's name. ``before``: words of the name
    that precede the text."""
    found: list[str] = []
    optional: set[str] = set()
    plain = fold(text)
    raw = _WORD.findall(plain)
    if _DIGIT.search(plain):
        raw = [unscanned(word) for word in raw]
    position, count = 0, len(raw)
    bare_de = widow = False
    while position < count:
        word = raw[position]
        position += 1
        if word in tables.married:
            widow = True
        elif word in tables.particles:
            bare_de = word == "de" and position < count and raw[position] not in tables.articles
        elif word in tables.titles and (not found or position == count) and count > 2:
            continue
        else:
            if word in tables.saints and position < count and raw[position] not in tables.particles and found:
                word += raw[position]
                position += 1
            last = position == count and len(found) + before >= 2
            if (widow or (bare_de and tradition == SPANISH and last)) and found:
                optional.add(word)
            found.append(word)
            bare_de = False
    return found, optional


def unscanned(word: str) -> str:
    """A word with the digits that a scanner put into it read as letters; a number stays one."""
    return word if word.isalpha() or not any(map(str.isalpha, word)) else word.translate(_SCANNED)


def _mark(words: list[str], tables: _Tables, tradition: str, written: str) -> int:
    """Take a generation mark off the end of ``words``; 0 for none."""
    bracket = _BRACKETED.search(written)
    if bracket and (mark := tables.bracketed.get(fold(bracket[1]), 0)):
        if words and words[-1] == fold(bracket[1]):
            words.pop()
        return mark
    if len(words) < 2:
        return 0
    mark = tables.suffixes.get(words[-1], 0)
    if not mark and tradition == PORTUGUESE and len(words) > 2:
        mark = tables.portuguese_suffixes.get(words[-1], 0)
    if mark:
        words.pop()
    return mark


def parse(written: str, tradition: str = SPANISH) -> Name:
    """Parse a name written as one string. ``tradition`` is ``es`` or ``pt`` (which surname is the father's)."""
    tables = _tables()
    text = _ALIAS.sub("", _QUOTED.sub(" ", written)) or written
    if " ".join(_WORD.findall(fold(text))) in tables.placeholders:
        return Name(written, (), (), nobody=True, tradition=tradition)
    left, comma, right = text.partition(",")
    if comma:
        surnames, optional = _tokens(left, tables, tradition)
        given, more = _tokens(right, tables, tradition)
        mark = _mark(surnames, tables, tradition, left)
        while given and given[0] in tables.suffixes:  # "Meza, Jr., Arturo", "Lins, Pedro, Júnior" ends in one too
            mark = tables.suffixes[given.pop(0)]
        if not given:
            mark = mark or _mark(surnames, tables, tradition, left)
        elif not mark:
            mark = _mark(given, tables, tradition, right)
        if given and surnames:
            return _name(written, given, surnames, mark, optional, True, tradition)
        words, optional = surnames + given, optional | more
    else:
        words, optional = _tokens(text, tables, tradition)
        mark = _mark(words, tables, tradition, text)
    if not words:
        return Name(written, (), (), nobody=True, tradition=tradition)
    given, surnames = _split(words, tables)
    return _name(written, given, surnames, mark, optional, False, tradition)


def from_parts(
    given: str, surname1: str, surname2: str = "", married: str = "", suffix: str = "", tradition: str = SPANISH
) -> Name:
    """A name whose parts were stated in separate fields."""
    tables = _tables()
    first, _ = _tokens(given, tables, tradition)
    surnames, optional = _tokens(f"{surname1} {surname2}", tables, tradition, len(first))
    mark = _mark(surnames, tables, tradition, surname2 or surname1)
    if married:
        husband, _ = _tokens(married, tables, tradition)
        surnames += [word for word in husband if word not in surnames]
        optional |= set(husband)
    if suffix:
        mark = tables.suffixes.get(fold(suffix).strip(), 0) or tables.portuguese_suffixes.get(
            fold(suffix).strip(), mark
        )
    written = " ".join(part for part in (given, surname1, surname2, married, suffix) if part)
    return _name(written, first, surnames, mark, optional, True, tradition)


def _name(
    written: str, given: list[str], surnames: list[str], mark: int, optional: set[str], certain: bool, tradition: str
) -> Name:
    tables = _tables()
    expanded = set()
    for words, short in ((given, tables.short_given), (surnames, tables.short_surname)):
        for position, word in enumerate(words):
            if len(word) <= 6 and word in short:
                words[position] = short[word]
                expanded.add(short[word])
    return Name(
        written,
        tuple(given[:MAX_GIVEN]),
        tuple(surnames[:MAX_SURNAMES]),
        mark,
        frozenset(optional.intersection(surnames)) if optional else _NO_WORDS,
        certain,
        frozenset(expanded) if expanded else _NO_WORDS,
        tradition,
    )
