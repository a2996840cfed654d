"""The versioned model file: coefficients, prior, thresholds, word frequencies, over-common keys. JSON, never a pickle.

A pair's score and whether it is a candidate at all are pure functions of the two records and this file (the design's
third hard decision), so whatever stands for "how common is this" comes from here and never from the records at hand.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from analytics.identity.names.phonetics import key
from analytics.identity.trees import Trees

FORMAT = 2
UNSEEN = 0.0025  # share, in keys, of a person's word never seen: few are more common than that


@dataclass(frozen=True)
class Scorer:
    """The score of one family of records: trees over named features, and the cuts. Scores are probabilities."""

    features: tuple[str, ...]
    trees: Trees
    automatic: float  # from here on precision ≥ 0.99 was measured; needs agreeing grounds besides
    proposed: float

    def shifted(self, shift: float) -> Scorer:
        """The same with log-odds lower by ``shift``."""
        return replace(self, trees=replace(self.trees, base=self.trees.base - shift))


@dataclass(frozen=True)
class Model:
    """A loaded model file. ``version`` names its content: equal versions give equal scores."""

    version: str
    person: Scorer
    firm: Scorer
    shares: Mapping[str, float]  # phonetic key → share of records whose names carry it
    country_shares: Mapping[str, Mapping[str, float]]
    floor: float  # share taken for an organisation's word or a nickname never seen
    unseen: float  # share that a word never seen has on average: what such a word tells
    size: int  # number of records that the scores and the caps are made for
    caps: Mapping[str, float]  # kind of key → greatest expected share of records at which the key is still used
    common: frozenset[tuple[str, str]]  # (kind, key) never used
    known: frozenset[str]  # words that are names for sure
    cut: float  # mean score from which on two groups are joined
    note: Mapping[str, Any] = field(default_factory=dict)

    def sized(self, size: int) -> Model:
        """This model for another number of records: a declared number, never the number of records at hand.

        True pairs grow with the number of records, pairs of strangers with its square. So a score's log-odds fall by
        the logarithm of the ratio of sizes, and a key may be carried by as much smaller a share of records.
        """
        if size == self.size:
            return self
        shift = math.log(size / self.size)
        return replace(
            self,
            version=f"{self.version}@{size}",
            person=self.person.shifted(shift),
            firm=self.firm.shifted(shift),
            caps={kind: cap * self.size / size for kind, cap in self.caps.items()},
            size=size,
        )

    def share(self, sound: str) -> float:
        """Share of records that carry a word of a person's name of this phonetic key, whatever their country, for keys:
        one never seen may be common where the records come from."""
        return self.shares.get(sound, max(self.floor, UNSEEN))

    def rare(self, sound: str) -> float:
        """The same for nicknames and words of organisations, of which those never seen are rare."""
        return self.shares.get(sound, self.floor)

    def bits(self, words: Iterable[str], countries: Iterable[str], unseen: float) -> NDArray[np.float32]:
        """How much a word tells in each country: −log2 of its share there, (countries, words).
        ``unseen``: the share of a word that the file does not hold."""
        sounds = [key(word) for word in words]
        everywhere = np.array([self.shares.get(sound, unseen) for sound in sounds])
        rows = []
        for country in countries:
            here = self.country_shares.get(country, {})
            rows.append(np.array([here.get(sound, share) for sound, share in zip(sounds, everywhere, strict=True)]))
        shares: NDArray[np.float64] = np.array(rows, dtype=np.float64).reshape(len(rows), len(sounds))
        return np.negative(np.log2(shares)).astype(np.float32)


def load(data: bytes) -> Model:
    """A model from the bytes of its file. ValueError on another format."""
    body = orjson.loads(data)
    if body["format"] != FORMAT:
        raise ValueError(f"model format {body['format']} is not {FORMAT}")
    words = body["words"]
    return Model(
        version=version(body),
        person=_scorer(body["person"]),
        firm=_scorer(body["firm"]),
        shares=words["shares"],
        country_shares=words["countries"],
        floor=words["floor"],
        unseen=words["unseen"],
        size=int(body["size"]),
        caps=body["caps"],
        common=frozenset((kind, k) for kind, keys in body["common"].items() for k in keys),
        known=frozenset(words["known"]),
        cut=float(body["cut"]),
        note=body.get("note", {}),
    )


def version(body: Mapping[str, Any]) -> str:
    """Name of a model's content: the format and a digest of everything but the note."""
    content = {name: value for name, value in body.items() if name not in ("note", "version")}
    digest = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return f"{FORMAT}-{digest[:12]}"


def _scorer(body: Mapping[str, Any]) -> Scorer:
    return Scorer(tuple(body["features"]), Trees.load(body["trees"]), float(body["automatic"]), float(body["proposed"]))


@cache
def shipped() -> Model:
    """The model that comes with this version of Vínculo."""
    return load(resources.files("analytics.identity").joinpath("model.json").read_bytes())
