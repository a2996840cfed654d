"""What a flag is: a connection between an agency's own records and somebody else's, with its score, sides and reason.

A flag's text is never stored: a sentence is a catalogue key with parameters, said in the reader's language when shown.
A parameter is text, a number, a :class:`Phrase`, or a list of these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from graph.i18n import DEFAULT_LANGUAGE, has, t

HIT = "hit"
TOLD = 4  # reasons said in a sentence; `reason` holds them all
KINDS = ("same_entity", "shared_identifier", "crossing_link", "shared_route", "money", HIT)


class Phrase(NamedTuple):
    """A sentence or word of the catalogue with its parameters."""

    key: str
    params: Mapping[str, Any] = {}


class Named(NamedTuple):
    """Stands for an entity's caption until all captions are read at once."""

    entity: str


class Side(NamedTuple):
    """One end of a flag. Of a hit only the owner is known: ``entity`` is ``hit``, dataset and records are empty."""

    owner: str
    country: str
    dataset: str
    entity: str
    records: tuple[str, ...] = ()


@dataclass(slots=True)
class Draft:
    """A flag as a kind finds it. ``grounds``: record → level its reader needs; ``parts``: what the score is made of."""

    kind: str
    key: tuple[str, ...]
    score: float
    parts: dict[str, float]
    sides: list[Side]
    reason: Phrase
    grounds: dict[str, int] = field(default_factory=dict)
    hits: tuple[tuple[int, str], ...] = ()
    inferred: bool = False
    raw: float = 0.0  # the score before it is calibrated


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag as its reader sees it. ``score`` and its ``parts`` lie between 0 and 1; ``state``: new or updated."""

    id: str
    agency: str
    kind: str
    score: float
    parts: Mapping[str, float]
    sides: tuple[Side, ...]
    reason: Phrase
    inferred: bool
    rule: str
    parameters: Mapping[str, Any]
    data: tuple[tuple[str, str, int], ...]
    digest: str
    state: str
    first_seen: str
    last_seen: str
    raw: float = 0.0  # the score before it was calibrated

    @property
    def countries(self) -> tuple[str, ...]:
        """Jurisdictions of its sides, sorted."""
        return tuple(sorted({side.country for side in self.sides}))

    @property
    def cross_border(self) -> bool:
        """Whether it rests on owners of at least two countries; else it is between two services of one country."""
        return len(self.countries) > 1

    def words(self, lang: str = DEFAULT_LANGUAGE) -> str:
        """Why it was raised, in one or two sentences, and whether it crosses a border."""
        scope = "cross_border" if self.cross_border else "cross_service"
        params = dict(self.reason.params)
        told = params.get("reasons")
        if isinstance(told, list) and len(told) > TOLD:
            params["reasons"] = [*told[:TOLD], Phrase("flag.more", {"count": len(told) - TOLD})]
        reason = say(Phrase(self.reason.key, params), lang)
        return f"{reason} {t(f'flag.scope.{scope}', lang, countries='–'.join(self.countries))}"

    def title(self, lang: str = DEFAULT_LANGUAGE) -> str:
        """Its kind in a few words."""
        return t(f"flag.kind.{self.kind}", lang)

    def as_json(self, lang: str = DEFAULT_LANGUAGE) -> dict[str, Any]:
        """One object for a program to read. Times are those of the job that saw it."""
        return {
            "id": self.id,
            "agency": self.agency,
            "kind": self.kind,
            "score": self.score,
            "parts": dict(self.parts),
            "sides": [{"owner": s.owner, "dataset": s.dataset, "entity": s.entity} for s in self.sides],
            "reason": self.words(lang),
            "inferred": self.inferred,
            "state": self.state,
            "first_seen": self.first_seen,
            "last_seen": self.last_seen,
            "cross_border": self.cross_border,
            "rule": self.rule,
            "parameters": dict(self.parameters),
            "data": [list(d) for d in self.data],
            "digest": self.digest,
        }


def say(value: Any, lang: str) -> str:
    """A parameter or phrase in words. A key that nobody wrote is shown by its last part: words may grow by data."""
    if isinstance(value, Phrase):
        if not has(value.key):
            return value.key.rpartition(".")[2]
        return t(value.key, lang, **{k: say(v, lang) for k, v in value.params.items()})
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence):
        return "; ".join(say(v, lang) for v in value)
    return str(value)


def plain(value: Any, captions: Mapping[str, str]) -> Any:
    """A parameter as JSON, with captions in place of :class:`Named`."""
    if isinstance(value, Named):
        return captions.get(value.entity, "")
    if isinstance(value, Phrase):
        return {"key": value.key, "params": {k: plain(v, captions) for k, v in value.params.items()}}
    if isinstance(value, (list, tuple)):
        return [plain(v, captions) for v in value]
    return value


def phrase(value: Any) -> Any:
    """The reverse of :func:`plain`."""
    if isinstance(value, dict):
        return Phrase(value["key"], {k: phrase(v) for k, v in value["params"].items()})
    if isinstance(value, list):
        return [phrase(v) for v in value]
    return value


def named(value: Any) -> set[str]:
    """Entities whose captions a parameter needs."""
    if isinstance(value, Named):
        return {value.entity}
    parts: Sequence[Any] = ()
    if isinstance(value, Phrase):
        parts = list(value.params.values())
    elif isinstance(value, (list, tuple)):
        parts = value
    return set().union(*map(named, parts)) if parts else set()


def digest_of(body: Mapping[str, Any]) -> str:
    """SHA-256 of what the flag says. The revisions it was last changed at are left out: a delivery that changes nothing
    of a flag is no news."""
    said = {k: v for k, v in body.items() if k != "data"}
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def noisy_or(parts: Mapping[str, float]) -> float:
    """Parts as independent grounds: 1 − Π(1 − part). Rounded to 4 places, so that order cannot show."""
    miss = 1.0
    for key in sorted(parts):
        miss *= 1.0 - parts[key]
    return round(1.0 - miss, 4)
