"""The versioned model file: coefficients, prior, thresholds, word frequencies, over-common keys. JSON, never a pickle.

A pair's score and whether it is a candidate at all are pure functions of the two records and this file (the design's
third hard decision), so whatever stands for "how common is this" comes from here and never from the records at hand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from analytics.identity.names.phonetics import key
from analytics.identity.trees import Trees

FORMAT = 1


@dataclass(frozen=True)
class Scorer:
    """The score of one family of records: trees over named features, and the cuts. Scores are probabilities."""

    features: tuple[str, ...]
    trees: Trees
    automatic: float  # from here on precision ≥ 0.99 was measured; needs agreeing grounds besides
    proposed: float


@dataclass(frozen=True)
class Model:
    """A loaded model file. ``version`` names its content: equal versions give equal scores."""

    version: str
    person: Scorer
    firm: Scorer
    shares: Mapping[str, float]  # phonetic key → share of records whose names carry it
    country_shares: Mapping[str, Mapping[str, float]]
    floor: float  # share taken for a word never seen
    caps: Mapping[str, float]  # kind of key → greatest expected share of records at which the key is still used
    common: frozenset[tuple[str, str]]  # (kind, key) never used
    known: frozenset[str]  # words that are names for sure
    note: Mapping[str, Any] = field(default_factory=dict)

    def share(self, sound: str) -> float:
        """Share of records that carry a word of this phonetic key, whatever their country."""
        return self.shares.get(sound, self.floor)

    def bits(self, words: Iterable[str], countries: Iterable[str]) -> NDArray[np.float32]:
        """How much a word tells in each country: −log2 of its share there, (countries, words)."""
        sounds = [key(word) for word in words]
        everywhere = np.array([self.shares.get(sound, self.floor) for sound in sounds])
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
        caps=body["caps"],
        common=frozenset((kind, k) for kind, keys in body["common"].items() for k in keys),
        known=frozenset(words["known"]),
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
