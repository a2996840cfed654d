"""Records in, pairs of records that are or may be the same thing out, each with its score, its state and its
reasons."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from analytics.identity import candidates, score
from analytics.identity.features import Arrays, Evidence, compute
from analytics.identity.model import Model, Scorer
from analytics.identity.names.fold import data, fold
from analytics.identity.names.parse import Name, unscanned
from analytics.identity.ragged import Index
from analytics.identity.reading import FIRM, PERSON, SEXES
from analytics.identity.table import Table, Values, build
from graph.collecting import rare_collections
from graph.identity import Pair, Reason
from graph.model import can_be_same
from graph.statement import Record

_BLOCK = 100_000  # pairs scored at a time: bounds the memory
_SMALL = 0.05  # parts below this go into the prior, so that the sum stays exact and the list short
_NAME_GROUPS = frozenset(("surnames", "given", "generation", "writing", "words", "form", "rarity"))
_WORD = re.compile(r"[^\W_]+[.ªº]?")


class Matching(NamedTuple):
    """Pairs sorted by (left, right), and what was counted on the way (records, candidates, dropped keys, states)."""

    pairs: list[Pair]
    counts: dict[str, int]


@dataclass(frozen=True)
class Scored:
    """Every candidate pair of a table with its score, (n,): what training and measuring look at; and the evidence on
    those that were to be kept, with their scores, in parts."""

    table: Table
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    score: NDArray[np.float32]
    evidence: list[Evidence]
    scores: list[NDArray[np.float64]]
    counts: dict[str, int]


@rare_collections()
def match(
    records: Iterable[list[Record]],
    model: Model,
    settings: Mapping[str, Sequence[str]] | None = None,
    only: Collection[str] | None = None,
) -> Matching:
    """Compare records and keep the pairs that reach the model's cut for a proposal.

    ``settings``: owner → grounds on which its records may be merged automatically (see :func:`score.automatic`);
    owners not named have the default. ``only``: ids of records; pairs without any of them are not compared. Equal
    records give equal output, byte for byte, in whatever order they come.
    """
    scored = compare(records, model, min(model.person.proposed, model.firm.proposed), only)
    pairs = pairs_of(scored, model, settings or {})
    counts = scored.counts
    counts["automatic"] = sum(pair.state == "automatic" for pair in pairs)
    counts["proposed"] = len(pairs) - counts["automatic"]
    return Matching(pairs, counts)


@rare_collections()
def pairs_of(scored: Scored, model: Model, settings: Mapping[str, Sequence[str]]) -> list[Pair]:
    """The pairs of a run that reach the model's cut for a proposal, sorted, with state and reasons."""
    pairs: list[Pair] = []
    for evidence, scores in zip(scored.evidence, scored.scores, strict=True):
        pairs.extend(_pairs(scored.table, evidence, scores, scorer_of(model, evidence.family), settings))
    pairs.sort()
    return pairs


def scorer_of(model: Model, family: int) -> Scorer:
    """The model's part for persons or for organisations."""
    return model.firm if family == FIRM else model.person


@rare_collections()
def compare(
    records: Iterable[list[Record]], model: Model, least: float = 0.0, only: Collection[str] | None = None
) -> Scored:
    """Candidates, features and score of all records, without deciding anything. The evidence on pairs that do not
    reach ``least`` is not kept, which bounds the memory."""
    table = build(records, model.known)
    wanted = None if only is None else np.flatnonzero(np.array([id in only for id in table.ids], dtype=bool))
    found = candidates.find(table, model, wanted)
    left, right = found.left, found.right
    schema, code = np.unique(np.array(table.schema, dtype=object).astype(str), return_inverse=True)
    alike = np.array([[can_be_same(a, b) for b in schema] for a in schema], dtype=bool).reshape(
        len(schema), len(schema)
    )
    if len(left):
        fits = alike[code[left], code[right]]
        left, right = left[fits], right[fits]
    arrays = Arrays(table, model)
    evidence: list[Evidence] = []
    scores: list[NDArray[np.float64]] = []
    sides: tuple[list[NDArray[np.int32]], list[NDArray[np.int32]]] = [], []
    told: list[NDArray[np.float32]] = []
    for family in (PERSON, FIRM):
        chosen = table.family[left] == family
        ends = left[chosen], right[chosen]
        for at in range(0, len(ends[0]), _BLOCK):
            part = compute(arrays, family, *(end[at : at + _BLOCK].astype(np.int64) for end in ends))
            likely = score.probability(score.log_odds(part, scorer_of(model, family)))
            told.append(likely.astype(np.float32))
            kept = np.flatnonzero(likely >= least)
            evidence.append(part if len(kept) == len(likely) else _rows(part, kept))
            scores.append(likely[kept])
        for side, end in zip(sides, ends, strict=True):
            side.append(end)
    counts = {"records": len(table), "candidates": len(left)}
    counts.update({f"key_{kind}": pairs for kind, pairs in sorted(found.by_key.items())})
    counts.update({f"capped_{kind}": pairs for kind, pairs in sorted(found.dropped.items())})
    counts.update({f"unusable_{kind}": values for kind, values in sorted(table.unusable.items())})
    every = np.concatenate([np.zeros(0, dtype=np.float32), *told])
    return Scored(table, np.concatenate(sides[0]), np.concatenate(sides[1]), every, evidence, scores, counts)


def _pairs(
    table: Table, evidence: Evidence, scores: NDArray[np.float64], scorer: Scorer, settings: Mapping[str, Sequence[str]]
) -> Iterable[Pair]:
    kept = np.flatnonzero(scores >= scorer.proposed)
    if not len(kept):
        return
    part, likely = _rows(evidence, kept), scores[kept]
    owner = np.array(table.owner, dtype=object)
    merged = score.automatic(part, likely, scorer, (owner[part.left], owner[part.right]), settings)
    weights = score.grouped(part, scorer)
    cases = {group: values.tolist() for group, values in score.codes(part).items()}
    numbers = {group: values.tolist() for group, values in weights.items()}
    shown = _Shown(table, part)
    for i, (a, b, likelihood, done) in enumerate(
        zip(part.left.tolist(), part.right.tolist(), likely.tolist(), merged.tolist(), strict=True)
    ):
        reasons, rest = [], numbers["prior"][i]
        for group in score.GROUPS:
            weight = numbers[group][i] if group in numbers else 0.0
            if abs(weight) < _SMALL:
                rest += weight
            else:
                reasons.append(Reason(f"{group}.{cases[group][i]}", *shown.values(group, i), round(weight, 4)))
        reasons.sort(key=lambda reason: (-abs(reason.weight), reason.feature))
        reasons.append(Reason("prior", "", "", round(rest, 4)))
        yield Pair(table.ids[a], table.ids[b], likelihood, "automatic" if done else "proposed", tuple(reasons))


def _rows(evidence: Evidence, kept: Index) -> Evidence:
    def both(rows: tuple[Index, Index]) -> tuple[Index, Index]:
        return rows[0][kept], rows[1][kept]

    return replace(
        evidence,
        left=evidence.left[kept],
        right=evidence.right[kept],
        rows=evidence.rows[kept],
        names=both(evidence.names),
        births=both(evidence.births),
        documents=both(evidence.documents),
        against=both(evidence.against),
        kinds={name: values[kept] for name, values in evidence.kinds.items()},
    )


class _Shown:
    """The two values that a reason speaks of, as written."""

    def __init__(self, table: Table, evidence: Evidence) -> None:
        self._table = table
        self._left, self._right = evidence.left.tolist(), evidence.right.tolist()
        self._names = _both(evidence.names)
        self._of = {
            "birth": (table.births.shown, _both(evidence.births)),
            "document": (table.documents.shown, _both(evidence.documents)),
            "document_conflict": (table.documents.shown, _both(evidence.against)),
        }
        self._written: dict[tuple[int, str], str] = {}

    def values(self, group: str, i: int) -> tuple[str, str]:
        """(left, right) of a group's reason on pair i; empty where it speaks of no value."""
        if group in _NAME_GROUPS:
            a, b = self._names[i]
            return (self._name(a, group), self._name(b, group)) if a >= 0 else ("", "")
        if group in self._of:
            shown, rows = self._of[group]
            a, b = rows[i]
            return shown[a] if a >= 0 else "", shown[b] if b >= 0 else ""
        left, right = self._left[i], self._right[i]
        if group == "sex":
            return SEXES[self._table.sex[left]], SEXES[self._table.sex[right]]
        values = self._table.nations if group == "nation" else self._table.nicknames
        return self._every(values, left), self._every(values, right)

    def _name(self, row: int, group: str) -> str:
        name = self._table.parsed[row]
        if not isinstance(name, Name) or group not in ("surnames", "given"):
            return self._table.names.shown[row]
        found = self._written.get((row, group))
        if found is None:
            found = as_written(name, name.surnames if group == "surnames" else name.given)
            self._written[row, group] = found
        return found

    @staticmethod
    def _every(values: Values, record: int) -> str:
        return ", ".join(values.shown[values.starts[record] : values.starts[record + 1]])


def _both(rows: tuple[Index, Index]) -> list[tuple[int, int]]:
    return list(zip(rows[0].tolist(), rows[1].tolist(), strict=True))


@cache
def _short() -> dict[str, str]:
    return {**data("abbreviations")["given"], **data("abbreviations")["surname"]}


def as_written(name: Name, parts: tuple[str, ...]) -> str:
    """The words of ``parts`` as the name writes them; the folded words where they cannot be found in it."""
    short = _short()
    joined = "|".join(parts)
    found = []
    for word in _WORD.findall(name.written):
        plain = unscanned(fold(word))
        if (
            plain in parts
            or short.get(plain) in parts
            or (plain in ("san", "santa", "santo", "sao") and plain in joined)
        ):
            found.append(word)
        elif any(part.startswith(("san", "sao")) and part.endswith(plain) and len(plain) > 2 for part in parts):
            found.append(word)
    return " ".join(found) or " ".join(parts)
