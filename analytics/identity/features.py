"""What speaks for and against each candidate pair, as numbers: one row a pair, one column a feature. No loop over
pairs.

Where records carry several values the best pair of values counts, and which one it is is kept for the reasons. Every
feature is symmetric: each pair of names is compared in one canonical order.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from analytics.identity.model import Model
from analytics.identity.names.compare import SLOTS, Alignment, Floats, Slots, align, slots
from analytics.identity.names.firms import FirmAlignment, FirmSlots, align_firms, firm_slots
from analytics.identity.names.organisations import Firm
from analytics.identity.names.parse import MAX_GIVEN, Name
from analytics.identity.names.phonetics import key
from analytics.identity.ragged import Cross, Index, best, cross, largest
from analytics.identity.reading import FIRM, PERSON, UNKNOWN_FORM, permanent
from analytics.identity.table import Table, Values, nickname_entry

NAME_FEATURES = (
    "surname_quality", "surname_cover", "surname_main", "surname_order", "surname_conflict", "surname_missing",
    "given_quality", "given_cover", "given_first", "given_order", "given_conflict", "given_extra", "crossed",
    "generation", "met", "missed", "fresh", "namesakes", "letters", "weak", "nickname",
)  # fmt: skip
BIRTH_FEATURES = ("birth", "year_gap")
DOCUMENT_FEATURES = ("document", "documents", "document_near", "document_conflict")
PERSON_FEATURES = (*NAME_FEATURES, *BIRTH_FEATURES, *DOCUMENT_FEATURES, "sex", "nation")
FIRM_FEATURES = (
    "cover", "quality", "first", "conflict", "extra", "form", "met", "missed", "letters", "weak",
    *DOCUMENT_FEATURES, "nation",
)  # fmt: skip
_CHUNK = 40_000
_ALIKE, _NEARLY = 85, 0.6  # likeness of two nicknames (per cent) from which they may be one, and what that is worth

# How two birth dates agree; the greater, the closer. Text of the reasons: reason.birth.NAME
BIRTH = ("different", "same_day", "near_year", "same_year", "same_month", "slip", "swapped", "same")
DIFFERENT, SAME_DAY, NEAR_YEAR, SAME_YEAR, SAME_MONTH, SLIP, SWAPPED, EXACT = range(len(BIRTH))
# Bits that such an agreement of two strangers' dates tells: how seldom it comes about by chance among adults.
_BIRTH_BITS = np.array([0.0, 6.0, 4.5, 5.5, 7.0, 9.2, 12.0, 13.9], dtype=np.float32)
# How two numbers agree: same digits (kind unknown or check digit wrong), one of the two derived, same number of one
# kind.
DOCUMENT = ("none", "number", "derived", "same")


@dataclass(frozen=True)
class Evidence:
    """Features of pairs, (n, features) with NaN for "cannot be told", and the values that count: numbers of the name,
    birth date and document rows of the table on either side (−1 none), and the kinds of match."""

    family: int
    left: Index
    right: Index
    rows: Floats
    names: tuple[Index, Index]
    births: tuple[Index, Index]
    documents: tuple[Index, Index]
    against: tuple[Index, Index]  # documents that contradict each other
    kinds: dict[str, NDArray[np.uint8]]

    def column(self, name: str) -> Floats:
        """One feature, (n,)."""
        return self.rows[:, (PERSON_FEATURES if self.family == PERSON else FIRM_FEATURES).index(name)]


class Arrays:
    """What of a table is the same for every pair: words, marks and frequencies of all names."""

    def __init__(self, table: Table, model: Model) -> None:
        self.table = table
        homes = table.homes()
        countries = sorted(set(homes))
        # a word that the file does not hold is a rare one in an organisation's name, not in a person's
        self.bits = [model.bits(table.vocabulary.words, countries, s) for s in (model.unseen, model.floor)]
        numbered = {country: number for number, country in enumerate(countries)}
        country = np.array([numbered[c] for c in homes], dtype=np.int64)
        self.fresh = np.array([key(word) not in model.shares for word in table.vocabulary.words], dtype=bool)
        self.name_country = country[table.names.record]
        people = [n if isinstance(n, Name) else _NO_NAME for n in table.parsed]
        firms = [n if isinstance(n, Firm) else _NO_FIRM for n in table.parsed]
        self.people: Slots = slots(people, table.vocabulary)
        self.firms: FirmSlots = firm_slots(firms, table.vocabulary)
        self.normal = _codes(table.names.columns["normal"])
        self.number = _codes(table.documents.columns["value"])
        self.form = _codes(table.documents.columns["form"])
        self.nation = _codes(table.nations.columns["code"])
        dates = (table.births.columns[part].tolist() for part in ("year", "month", "day"))
        written = [f"{year:04d}{month:02d}{day:02d}" for year, month, day in zip(*dates, strict=True)]
        self.date = np.array(written, dtype=object)
        called = table.nicknames.columns["text"]
        self.nickname = _codes(called)
        self.nickname_bits = np.array([-np.log2(model.rare(nickname_entry(t))) for t in called], dtype=np.float32)
        lasting = [sorted(permanent(family)) for family in (PERSON, FIRM)]
        self.lasting = [np.isin(table.documents.columns["form"].astype(str), forms) for forms in lasting]

    def word_bits(self, family: int, names: Index, words: NDArray[np.int32], other: Index) -> Floats:
        """Bits of the names' words, (n, SLOTS): the lesser of those in either record's country."""
        at = np.maximum(words, 0)
        bits = self.bits[family]
        here = bits[self.name_country[names][:, None], at]
        there = bits[self.name_country[other][:, None], at]
        return np.where(words >= 0, np.minimum(here, there), 0.0).astype(np.float32)


_NO_NAME, _NO_FIRM = Name("", (), ()), Firm("", ())


def _codes(values: NDArray[np.object_]) -> NDArray[np.int64]:
    return np.unique(values.astype(str), return_inverse=True)[1].astype(np.int64)


def compute(arrays: Arrays, family: int, left: Index, right: Index) -> Evidence:
    """Evidence on pairs of records of one family."""
    table = arrays.table
    count = len(left)
    columns: dict[str, Floats] = {}
    found = cross(table.names.starts, left, right)
    row, kinds = _names(arrays, family, found, count, columns)
    name_rows = tuple(np.where(row >= 0, side[np.maximum(row, 0)] if len(side) else -1, -1) for side in found[1:])
    births = _births(arrays, left, right, columns) if family == PERSON else (_none(count), _none(count))
    documents, against = _documents(arrays, family, left, right, columns)
    if family == PERSON:
        a, b = table.sex[left], table.sex[right]
        columns["sex"] = np.where((a > 0) & (b > 0), a == b, np.nan).astype(np.float32)
        columns["nickname"] = _nicknames(arrays, left, right)
        told = np.nan_to_num(columns["birth"]).astype(np.int64)
        columns["namesakes"] = (columns["met"] + _BIRTH_BITS[told]).astype(np.float32)
    columns["nation"] = _shared(table.nations, arrays.nation, left, right)
    wanted = PERSON_FEATURES if family == PERSON else FIRM_FEATURES
    rows = (
        np.column_stack([columns[name] for name in wanted]) if count else np.zeros((0, len(wanted)), dtype=np.float32)
    )
    return Evidence(family, left, right, rows, (name_rows[0], name_rows[1]), births, documents, against, kinds)


def _none(count: int) -> Index:
    return np.full(count, -1, dtype=np.int64)


def _shared(values: Values, codes: NDArray[np.int64], left: Index, right: Index) -> Floats:
    """1 where the records share a value, 0 where both have values but none in common, NaN otherwise."""
    found = cross(values.starts, left, right)
    return largest(found.pair, len(left), (codes[found.left] == codes[found.right]).astype(np.float32))


def _nicknames(arrays: Arrays, left: Index, right: Index) -> Floats:
    """Bits of the nicknames in common, fewer for one that is only nearly the same; 0 where none is."""
    called = arrays.table.nicknames
    found = cross(called.starts, left, right)
    a, b = found.left, found.right
    worth = np.where(arrays.nickname[a] == arrays.nickname[b], arrays.nickname_bits[a], 0).astype(np.float32)
    other = np.flatnonzero(worth == 0)
    if len(other):
        text = called.columns["text"]
        alike = cpdist(text[a[other]], text[b[other]], scorer=fuzz.ratio, score_cutoff=_ALIKE, dtype=np.float32) > 0
        bits = np.minimum(arrays.nickname_bits[a[other]], arrays.nickname_bits[b[other]])
        worth[other] = np.where(alike, _NEARLY * bits, 0)
    told = np.bincount(found.pair, weights=worth, minlength=len(left)).astype(np.float32)
    told[np.bincount(found.pair, minlength=len(left)) == 0] = np.nan
    return told


def _names(
    arrays: Arrays, family: int, found: Cross, count: int, columns: dict[str, Floats]
) -> tuple[Index, dict[str, NDArray[np.uint8]]]:
    """Name features of the best pair of names of each pair of records; the row of it in ``found`` (−1 none)."""
    first = np.where(arrays.normal[found.left] <= arrays.normal[found.right], found.left, found.right)
    second = np.where(arrays.normal[found.left] <= arrays.normal[found.right], found.right, found.left)
    parts: list[Alignment] | list[FirmAlignment] = [
        _align(arrays, family, first[at : at + _CHUNK], second[at : at + _CHUNK])
        for at in range(0, max(len(first), 1), _CHUNK)
    ]  # type: ignore[assignment]
    names = [f.name for f in fields(parts[0])]
    every = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    text = arrays.table.names.columns["normal"]
    every["letters"] = cpdist(text[first], text[second], scorer=fuzz.token_sort_ratio, dtype=np.float32) / 100
    weak = arrays.table.names.columns["weak"]
    every["weak"] = (weak[found.left] + weak[found.right]).astype(np.float32)
    conflict = every["conflict"] if family == FIRM else every["surname_conflict"] + every["given_conflict"]
    worth = every["met"] - every["missed"] - 2 * conflict + 4 * every["letters"] - 2 * every["weak"]
    row = best(found.pair, count, worth)
    at = np.maximum(row, 0)
    kinds: dict[str, NDArray[np.uint8]] = {}
    for name, values in every.items():
        if not len(values):
            values = np.zeros(1, dtype=values.dtype)
        if name.endswith("kind"):
            kinds[name] = np.where(row >= 0, values[at], 0).astype(np.uint8)
        else:
            columns[name] = np.where(row >= 0, values[at], np.nan).astype(np.float32)
    return row, kinds


def _align(arrays: Arrays, family: int, first: Index, second: Index) -> Alignment | FirmAlignment:
    vocabulary = arrays.table.vocabulary
    if family == PERSON:
        a, b = arrays.people.take(first), arrays.people.take(second)
        bits = arrays.word_bits(family, first, a.words, second), arrays.word_bits(family, second, b.words, first)
        return align(vocabulary, a, b, *bits, arrays.fresh)
    c, d = arrays.firms.take(first), arrays.firms.take(second)
    bits = arrays.word_bits(family, first, c.words, second), arrays.word_bits(family, second, d.words, first)
    return align_firms(vocabulary, c, d, *bits)


def _births(arrays: Arrays, left: Index, right: Index, columns: dict[str, Floats]) -> tuple[Index, Index]:
    """Agreement of the closest pair of birth dates; 1 January counts as a year only, since clerks write it for that."""
    births, text = arrays.table.births, arrays.date
    found = cross(births.starts, left, right)
    year, month, day = (births.columns[name] for name in ("year", "month", "day"))
    y1, y2, m1, m2, d1, d2 = (c[side] for c in (year, month, day) for side in (found.left, found.right))
    nominal = (m1 == 1) & (d1 == 1) | (m2 == 1) & (d2 == 1)
    full = (d1 > 0) & (d2 > 0)
    gap = np.abs(y1 - y2)
    days = np.abs((y1 - y2) * 365 + (m1 - m2) * 30.5 + (d1 - d2)) / 365
    same_year = gap == 0
    same_day = full & (m1 == m2) & (d1 == d2)
    letters = np.full(len(y1), 9, dtype=np.int32)
    near = np.flatnonzero(full & ~(same_year & same_day))
    if len(near):
        one, two = text[found.left[near]], text[found.right[near]]
        letters[near] = cpdist(one, two, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
    level = np.select(
        [
            same_year & same_day & ~nominal,
            same_year & full & (m1 == d2) & (d1 == m2) & (m1 != m2),
            same_year & same_day,
            letters == 1,
            same_year & (m1 == m2) & (m1 > 0) & ~nominal,
            same_year & (~full | nominal),
            (gap == 1) & (~full | nominal),
            same_day & (gap > 0) & ~nominal,
        ],
        [EXACT, SWAPPED, SAME_YEAR, SLIP, SAME_MONTH, SAME_YEAR, NEAR_YEAR, SAME_DAY],
        DIFFERENT,
    ).astype(np.float32)
    # two full dates of one year that are not alike are two dates: no better than different, but the gap says so
    row = best(found.pair, len(left), level * 1000 - gap)
    at = np.maximum(row, 0)
    if not len(level):
        columns["birth"] = columns["year_gap"] = np.full(len(left), np.nan, dtype=np.float32)
        return _none(len(left)), _none(len(left))
    columns["birth"] = np.where(row >= 0, level[at], np.nan).astype(np.float32)
    years = np.where(full, np.round(days, 3), gap)
    columns["year_gap"] = np.where(row >= 0, np.minimum(years[at], 60), np.nan).astype(np.float32)
    return np.where(row >= 0, found.left[at], -1), np.where(row >= 0, found.right[at], -1)


def _documents(
    arrays: Arrays, family: int, left: Index, right: Index, columns: dict[str, Floats]
) -> tuple[tuple[Index, Index], tuple[Index, Index]]:
    """Agreement and contradiction of numbers. A number for life that differs, both well written, speaks against."""
    numbers = arrays.table.documents
    count = len(left)
    found = cross(numbers.starts, left, right)
    check, derived = numbers.columns["check"], numbers.columns["derived"]
    value, form = arrays.number, arrays.form
    same = value[found.left] == value[found.right]
    kind = form[found.left] == form[found.right]
    known = kind & (numbers.columns["form"][found.left] != UNKNOWN_FORM) if len(found.pair) else kind
    plain = ~derived[found.left] & ~derived[found.right]
    sound = np.minimum(check[found.left], check[found.right])
    level = np.where(same, np.where(known & (sound >= 2), np.where(plain, 3, 2), 1), 0).astype(np.float32)
    columns["document"] = largest(found.pair, count, level)
    columns["documents"] = np.bincount(found.pair[same & known & plain], minlength=count).astype(np.float32)
    columns["documents"][np.isnan(columns["document"])] = np.nan
    lasting = arrays.lasting[family]
    other = np.flatnonzero(known & ~same & lasting[found.left]) if len(found.pair) else np.zeros(0, dtype=np.int64)
    distance = np.full(len(found.pair), 9, dtype=np.int32)
    if len(other):
        text = numbers.columns["value"]
        one, two = text[found.left[other]], text[found.right[other]]
        distance[other] = cpdist(one, two, scorer=OSA.distance, score_cutoff=2, dtype=np.int32)
    slip = (distance == 1).astype(np.float32)
    columns["document_near"] = np.where(np.isnan(columns["document"]), np.nan, largest(found.pair, count, slip, 0.0))
    strength = np.zeros(len(found.pair), dtype=np.float32)
    strength[other] = np.where(sound[other] >= 3, 1.0, np.where(sound[other] == 2, 0.8, 0.3))
    # the same kind agreeing elsewhere (two cards, one mistyped) takes the contradiction back
    agreeing = largest(found.pair, count, (level >= 2).astype(np.float32), 0.0) > 0
    strength = np.where(agreeing[found.pair] | (distance == 1), 0.0, strength).astype(np.float32)
    columns["document_conflict"] = np.where(
        np.isnan(columns["document"]), np.nan, largest(found.pair, count, strength, 0.0)
    ).astype(np.float32)
    chosen = []
    for worth in (level * 10 + slip * 5, strength):
        row = best(found.pair, count, worth)
        at = np.maximum(row, 0)
        use = row >= 0
        if len(worth):
            use &= worth[at] > 0
            chosen.append((np.where(use, found.left[at], -1), np.where(use, found.right[at], -1)))
        else:
            chosen.append((_none(count), _none(count)))
    return chosen[0], chosen[1]


__all__ = ["BIRTH", "FIRM_FEATURES", "MAX_GIVEN", "PERSON_FEATURES", "SLOTS", "Arrays", "Evidence", "compute"]
