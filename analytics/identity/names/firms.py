"""Comparing names of organisations, many pairs at once. Order matters little, common words and the legal form little
too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.identity.names.compare import SLOTS, Floats, Ints, meet
from analytics.identity.names.organisations import Firm, common_words
from analytics.identity.names.vocabulary import Vocabulary

_PREFERENCE = (0.01 * np.eye(SLOTS)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class FirmSlots:
    """Names of organisations as arrays: word numbers (n, SLOTS; −1 empty), common words marked, legal form as a
    number (−1 none)."""

    words: Ints
    common: NDArray[np.bool_]
    form: Ints

    def take(self, rows: NDArray[np.int64]) -> FirmSlots:
        """Rows of it."""
        return FirmSlots(self.words[rows], self.common[rows], self.form[rows])


@dataclass(frozen=True, slots=True)
class FirmAlignment:
    """What the comparison of ``n`` pairs found, one array per feature (n,)."""

    cover: Floats  # share of the shorter name's telling words that met
    quality: Floats  # mean quality of the words that met
    first: Floats  # quality between the first telling words
    conflict: Floats  # telling words left over on both sides
    extra: Floats  # telling words one side has more
    form: Floats  # 1 same legal form, 0 another one, NaN not stated on a side
    met: Floats
    missed: Floats
    kind: NDArray[np.uint8]


def firm_slots(firms: list[Firm], vocabulary: Vocabulary) -> FirmSlots:
    """Arrays of parsed names; every word must be in the vocabulary."""
    words = np.full((len(firms), SLOTS), -1, dtype=np.int32)
    common = np.zeros((len(firms), SLOTS), dtype=bool)
    forms: dict[str, int] = {form: i for i, form in enumerate(sorted({firm.form for firm in firms} - {""}))}
    plain = common_words()
    for row, firm in enumerate(firms):
        every_common = all(word in plain for word in firm.words)
        for place, word in enumerate(firm.words):
            words[row, place] = vocabulary.ids[word]
            common[row, place] = word in plain and not every_common
    return FirmSlots(words, common, np.array([forms.get(firm.form, -1) for firm in firms], dtype=np.int32))


def _first(slots: FirmSlots) -> NDArray[np.int64]:
    telling: NDArray[np.bool_] = (slots.words >= 0) & ~slots.common
    first: NDArray[np.int64] = np.argmax(telling, axis=1)
    return first


def align_firms(
    vocabulary: Vocabulary, left: FirmSlots, right: FirmSlots, left_bits: Floats, right_bits: Floats
) -> FirmAlignment:
    """Compare ``left[i]`` with ``right[i]``; each pair in one canonical order, as for :func:`.compare.align`."""
    rows = np.arange(len(left.words))
    partner, strength, quality, kinds, right_met = meet(vocabulary, left.words, right.words, _PREFERENCE)
    met = partner >= 0
    telling_left, telling_right = (left.words >= 0) & ~left.common, (right.words >= 0) & ~right.common
    pairs = (met & telling_left).sum(axis=1)
    fewer = np.minimum(telling_left.sum(axis=1), telling_right.sum(axis=1))
    over_left, over_right = (telling_left & ~met).sum(axis=1), (telling_right & ~right_met).sum(axis=1)
    partner_bits = np.take_along_axis(right_bits, np.maximum(partner, 0), axis=1)
    shared = (np.minimum(left_bits, partner_bits) * strength * (met & telling_left)).sum(axis=1)
    missed = np.minimum(
        (left_bits * (telling_left & ~met)).sum(axis=1), (right_bits * (telling_right & ~right_met)).sum(axis=1)
    )
    stated = (left.form >= 0) & (right.form >= 0)
    return FirmAlignment(
        cover=np.minimum(pairs / np.maximum(fewer, 1), 1.0).astype(np.float32),
        quality=((strength * (met & telling_left)).sum(axis=1) / np.maximum(pairs, 1)).astype(np.float32),
        first=quality[rows, _first(left), _first(right)],
        conflict=np.minimum(over_left, over_right).astype(np.float32),
        extra=np.abs(over_left - over_right).astype(np.float32),
        form=np.where(stated, left.form == right.form, np.nan).astype(np.float32),
        met=shared.astype(np.float32),
        missed=missed.astype(np.float32),
        kind=kinds.max(axis=1).astype(np.uint8),
    )
