"""Comparing whole names, many pairs at once: which words meet, in which role and order, what is left over on both
sides.

Words are aligned best first; a word may meet one of another role (a guessed order may be wrong) at a small cost. What
the model weighs is kept apart: surnames and given names, order, leftovers on one side (usual: a second surname is
often dropped) and on both sides (unusual: José Luis is not José María), and how much information the meeting words
carry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.identity.names.parse import MAX_GIVEN, MAX_SURNAMES, PORTUGUESE, Name, parse
from analytics.identity.names.vocabulary import KINDS, Vocabulary

SLOTS = MAX_GIVEN + MAX_SURNAMES
_LEAST = 0.4  # a weaker likeness of two words is none
Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slots:
    """Names as arrays, one row a name: word numbers (given names first, then surnames; −1 empty) and marks."""

    words: Ints  # (n, SLOTS)
    optional: Bools  # (n, SLOTS)
    generation: NDArray[np.int8]  # (n,)
    portuguese: Bools  # (n,)
    certain: Bools  # (n,): order of the parts was stated

    def take(self, rows: NDArray[np.intp]) -> Slots:
        """Rows of it."""
        return Slots(*(getattr(self, f.name)[rows] for f in fields(self)))


@dataclass(frozen=True, slots=True)
class Alignment:
    """What the comparison of ``n`` pairs of names found, one array per feature (n,). NaN: cannot be told."""

    surname_quality: Floats  # mean quality of the surnames that met, 0 if none did
    surname_cover: Floats  # share of the shorter side's surnames that met
    surname_main: Floats  # quality with which the surnames that lists go by met; 0: they did not
    surname_order: Floats  # 1: in the same order, 0: swapped
    surname_conflict: Floats  # surnames left over on both sides
    surname_missing: Floats  # surnames one side has more
    given_quality: Floats
    given_cover: Floats
    given_first: Floats
    given_order: Floats  # 1: in the same order, 0: swapped
    given_conflict: Floats
    given_extra: Floats
    crossed: Floats  # words that met in different roles
    generation: Floats  # 1 same mark, 0 on one side only, −1 different marks
    met: Floats  # bits of information in the words that met
    fresh: Floats  # words that met of which nobody knows how common they are
    missed: Floats  # bits left over, on the side that has less of them
    surname_kind: NDArray[np.uint8]  # weakest kind of match among surnames (vocabulary.KINDS), 0 none met
    given_kind: NDArray[np.uint8]


def slots(names: list[Name], vocabulary: Vocabulary) -> Slots:
    """Arrays of parsed names; every word must be in the vocabulary."""
    words = np.full((len(names), SLOTS), -1, dtype=np.int32)
    optional = np.zeros((len(names), SLOTS), dtype=bool)
    ids = vocabulary.ids
    for row, name in enumerate(names):
        for place, word in enumerate(name.given):
            words[row, place] = ids[word]
        for place, word in enumerate(name.surnames, MAX_GIVEN):
            words[row, place] = ids[word]
            if name.optional:
                optional[row, place] = word in name.optional
    return Slots(
        words,
        optional,
        np.array([name.generation for name in names], dtype=np.int8),
        np.array([name.tradition == PORTUGUESE for name in names], dtype=bool),
        np.array([name.certain for name in names], dtype=bool),
    )


def _preference() -> Floats:
    """Added to a quality when words are paired off: same role and same place first, another role last."""
    given = np.arange(SLOTS) < MAX_GIVEN
    same_role = given[:, None] == given[None, :]
    return (np.where(same_role, 0.02, -0.15) + 0.01 * np.eye(SLOTS)).astype(np.float32)


_PREFERENCE = _preference()


def pair_off(quality: Floats, preference: Floats) -> tuple[NDArray[np.int64], Floats]:
    """For each left word the right word it meets (−1 none) and the quality, best pairs first. ``quality``: (n, 8,
    8)."""
    count = len(quality)
    rank = np.where(quality >= _LEAST, quality + preference, -1.0).astype(np.float32)
    partner = np.full((count, SLOTS), -1, dtype=np.int64)
    strength = np.zeros((count, SLOTS), dtype=np.float32)
    rows = np.arange(count)
    for _ in range(SLOTS):
        flat = rank[rows].reshape(len(rows), SLOTS * SLOTS)
        best = flat.argmax(axis=1)
        alive = flat[np.arange(len(rows)), best] > 0
        rows, best = rows[alive], best[alive]
        if not len(rows):
            break
        left, right = best // SLOTS, best % SLOTS
        partner[rows, left] = right
        strength[rows, left] = quality[rows, left, right]
        rank[rows, left, :] = -1.0
        rank[rows, :, right] = -1.0
    return partner, strength


class Meeting(NamedTuple):
    """Which words of ``n`` pairs of names met: see :func:`meet`."""

    partner: NDArray[np.int64]  # (n, SLOTS) right slot that each left word meets, −1 none
    strength: Floats  # (n, SLOTS) quality of that meeting
    quality: Floats  # (n, SLOTS, SLOTS) quality of every pair of words
    kind: NDArray[np.uint8]  # (n, SLOTS) how the two words are alike
    right_met: Bools  # (n, SLOTS) right words that were met


def meet(vocabulary: Vocabulary, left: Ints, right: Ints, preference: Floats) -> Meeting:
    """Compare all words of ``left[i]`` with those of ``right[i]`` and pair them off. Both (n, SLOTS), −1 empty."""
    shape = (len(left), SLOTS, SLOTS)
    quality, kind = np.zeros(shape, dtype=np.float32), np.zeros(shape, dtype=np.uint8)
    row, i, j = np.nonzero((left[:, :, None] >= 0) & (right[:, None, :] >= 0))
    quality[row, i, j], kind[row, i, j] = vocabulary.compare(left[row, i], right[row, j])
    partner, strength = pair_off(quality, preference)
    met = partner >= 0
    right_met = np.zeros((len(left), SLOTS), dtype=bool)
    at = np.nonzero(met)
    right_met[at[0], partner[at]] = True
    rows = np.arange(len(left))[:, None]
    kinds = np.where(met, kind[rows, np.arange(SLOTS), np.maximum(partner, 0)], 0)
    return Meeting(partner, strength, quality, kinds, right_met)


def _main(words: Ints, portuguese: Bools) -> NDArray[np.int64]:
    """Slot of the surname that lists go by (the first, or the last in Portuguese), −1 without surnames."""
    has = words[:, MAX_GIVEN:] >= 0
    last = MAX_GIVEN + has.sum(axis=1) - 1
    return np.where(~has.any(axis=1), -1, np.where(portuguese, last, MAX_GIVEN))


def align(
    vocabulary: Vocabulary, left: Slots, right: Slots, left_bits: Floats, right_bits: Floats, fresh: Bools | None = None
) -> Alignment:
    """Compare ``left[i]`` with ``right[i]``. ``*_bits``: (n, SLOTS), how rare each word is, in bits. ``fresh``: for
    each word of the vocabulary whether that is a mere guess.

    Call it with each pair in one canonical order (:func:`compare` and the features do): ties between equally good
    pairings are broken by place.
    """
    partner, strength, quality, kinds, right_met = meet(vocabulary, left.words, right.words, _PREFERENCE)
    met = partner >= 0
    left_given = np.arange(SLOTS) < MAX_GIVEN
    partner_given = met & (partner < MAX_GIVEN)
    has_left, has_right = left.words >= 0, right.words >= 0
    same_role = met & (partner_given == left_given)

    parts: dict[str, Floats] = {}
    weakest: dict[str, NDArray[np.uint8]] = {}
    for name, role in (("given", slice(0, MAX_GIVEN)), ("surname", slice(MAX_GIVEN, SLOTS))):
        here = same_role[:, role]
        pairs = here.sum(axis=1)
        fewer = np.minimum(has_left[:, role].sum(axis=1), has_right[:, role].sum(axis=1))
        over_left = (has_left & ~met & ~left.optional)[:, role].sum(axis=1)
        over_right = (has_right & ~right_met & ~right.optional)[:, role].sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.where(pairs > 0, (strength[:, role] * here).sum(axis=1) / np.maximum(pairs, 1), 0.0)
            cover = np.minimum(pairs / np.where(fewer > 0, fewer, np.nan), 1.0)
        parts[f"{name}_quality"] = np.where(fewer > 0, mean, np.nan).astype(np.float32)
        parts[f"{name}_cover"] = cover.astype(np.float32)
        parts[f"{name}_conflict"] = np.minimum(over_left, over_right).astype(np.float32)
        parts[f"{name}_over"] = np.abs(over_left - over_right).astype(np.float32)
        weakest[name] = np.where(here, kinds[:, role], 0).max(axis=1).astype(np.uint8)

    first = np.where(has_left[:, 0] & has_right[:, 0], quality[:, 0, 0], np.nan)
    crossed = (met & ~same_role).sum(axis=1)
    mark = left.generation, right.generation
    none = (mark[0] == 0) & (mark[1] == 0)
    generation = np.where(none, np.nan, np.where(mark[0] == mark[1], 1.0, np.where(mark[0] * mark[1] == 0, 0.0, -1.0)))

    partner_bits = np.take_along_axis(right_bits, np.maximum(partner, 0), axis=1)
    shared_bits = (np.minimum(left_bits, partner_bits) * strength * met).sum(axis=1)
    rows = np.arange(len(partner))[:, None]
    guessed = np.zeros(len(partner), dtype=np.int64)
    if fresh is not None:
        other = right.words[rows, np.maximum(partner, 0)]
        guessed = (met & fresh[left.words] & fresh[other]).sum(axis=1)
    missed_left = (left_bits * (has_left & ~met & ~left.optional)).sum(axis=1)
    missed_right = (right_bits * (has_right & ~right_met & ~right.optional)).sum(axis=1)
    return Alignment(
        surname_quality=parts["surname_quality"],
        surname_cover=parts["surname_cover"],
        surname_main=_main_quality(left, right, quality),
        surname_order=_order(partner[:, MAX_GIVEN:], same_role[:, MAX_GIVEN:]),
        surname_conflict=parts["surname_conflict"],
        surname_missing=parts["surname_over"],
        given_quality=parts["given_quality"],
        given_cover=parts["given_cover"],
        given_first=first.astype(np.float32),
        given_order=_order(partner[:, :MAX_GIVEN], same_role[:, :MAX_GIVEN]),
        given_conflict=parts["given_conflict"],
        given_extra=parts["given_over"],
        crossed=crossed.astype(np.float32),
        generation=generation.astype(np.float32),
        met=shared_bits.astype(np.float32),
        fresh=guessed.astype(np.float32),
        missed=np.minimum(missed_left, missed_right).astype(np.float32),
        surname_kind=weakest["surname"],
        given_kind=weakest["given"],
    )


def _main_quality(left: Slots, right: Slots, quality: Floats) -> Floats:
    """Quality between the surnames that lists go by. Where the two languages differ, by the better of both readings."""
    rows = np.arange(len(quality))
    best = np.full(len(quality), np.nan, dtype=np.float32)
    either = left.portuguese != right.portuguese
    for portuguese in (False, True):
        reading = np.full(len(quality), portuguese)
        counts = either | (left.portuguese == portuguese)
        a, b = _main(left.words, reading), _main(right.words, reading)
        found = np.where((a >= 0) & (b >= 0), quality[rows, np.maximum(a, 0), np.maximum(b, 0)], np.nan)
        found = np.where(found >= _LEAST, found, np.where(np.isnan(found), np.nan, 0.0))
        best = np.where(counts, np.fmax(best, found), best).astype(np.float32)
    return best


def _order(partner: NDArray[np.int64], here: Bools) -> Floats:
    """1 where the words that met stand in the same order, 0 where any two are swapped, NaN with fewer than two."""
    swapped = np.zeros(len(partner), dtype=bool)
    for i in range(partner.shape[1]):
        for j in range(i + 1, partner.shape[1]):
            swapped |= here[:, i] & here[:, j] & (partner[:, i] > partner[:, j])
    return np.where(here.sum(axis=1) < 2, np.nan, np.where(swapped, 0.0, 1.0)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two names compared, for a person to read: the parsed names and every feature by name (NaN: cannot be told)."""

    left: Name
    right: Name
    features: dict[str, float]

    @property
    def surnames(self) -> str:
        """In what way the surnames agree: ``same``, ``sound``, ``missing``, ``swapped``, ``other_main``, ``partly``,
        ``different`` …"""
        f = self.features
        if not self.left.surnames or not self.right.surnames:
            return "absent"
        if not f["surname_cover"]:
            return "different"
        if f["surname_conflict"]:
            return "partly"
        if f["surname_order"] == 0:
            return "swapped"
        if f["surname_missing"]:
            return "missing" if f["surname_main"] else "other_main"
        return KINDS[int(f["surname_kind"])]

    @property
    def given(self) -> str:
        """In what way the given names agree: ``same``, ``short`` (a hypocorism), ``initial``, ``swapped``, ``extra``,
        ``partly``, ``different`` …"""
        f = self.features
        if not self.left.given or not self.right.given:
            return "absent"
        if not f["given_cover"]:
            return "different"
        if f["given_conflict"]:
            return "partly"
        if f["given_order"] == 0:
            return "swapped"
        kind = KINDS[int(f["given_kind"])]
        return "extra" if kind == "same" and f["given_extra"] else kind


def compare(left: Name | str, right: Name | str) -> Comparison:
    """Compare two names (strings are parsed as Spanish). Symmetric; for many pairs use :func:`align`."""
    first = parse(left) if isinstance(left, str) else left
    second = parse(right) if isinstance(right, str) else right
    a, b = sorted((first, second), key=lambda name: (name.normal, name.written))
    vocabulary = Vocabulary([*a.given, *a.surnames, *b.given, *b.surnames])
    bits = np.full((1, SLOTS), 10.0, dtype=np.float32)
    found = align(vocabulary, slots([a], vocabulary), slots([b], vocabulary), bits, bits)
    return Comparison(first, second, {f.name: float(getattr(found, f.name)[0]) for f in fields(found)})
