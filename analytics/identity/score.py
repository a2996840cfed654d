"""From features to a score, its reasons in words, and what may be merged without a person's word.

A score is the model's probability that two records are one. Its reasons are the parts of its log-odds by group of
features: together with the ``prior`` they add up to it. What may be merged automatically is decided by rules on top
of the score, so that look-alikes (brothers, a father and son of one name, namesakes of one year, people sharing a
number) cannot get there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from analytics.identity.features import (
    BIRTH,
    DOCUMENT,
    EXACT,
    FIRM_FEATURES,
    PERSON_FEATURES,
    SAME_YEAR,
    SLIP,
    Evidence,
)
from analytics.identity.model import Scorer
from analytics.identity.names.vocabulary import KINDS
from analytics.identity.reading import PERSON

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DEFAULT_GROUNDS = ("document+name+birth",)
UNPROVED = float(np.log(0.97 / 0.03))
_RARE = 24.0  # bits: the words that meet are those of fewer than one in 16 million

# Feature → the reason its weight is shown under.
GROUP = {
    **{name: "surnames" for name in PERSON_FEATURES if name.startswith("surname")},
    **{name: "given" for name in PERSON_FEATURES if name.startswith("given")},
    **dict.fromkeys(("cover", "quality", "first", "conflict", "extra"), "words"),
    "crossed": "surnames", "generation": "generation", "met": "rarity", "missed": "rarity", "fresh": "rarity",
    "namesakes": "rarity", "letters": "writing",
    "weak": "writing", "nickname": "nickname", "birth": "birth", "year_gap": "birth", "document": "document",
    "documents": "document", "document_near": "document", "document_conflict": "document_conflict", "sex": "sex",
    "nation": "nation", "form": "form",
}  # fmt: skip
GROUPS = tuple(dict.fromkeys(GROUP.values()))
_AGREEMENT = ("absent", "same", "different")
_LEFT_OVER = ("absent", "different", "partly")
# Group of reasons → its cases; the catalogue holds a sentence ``reason.GROUP.CASE`` for each (``reason.prior`` alone).
CASES: Mapping[str, tuple[str, ...]] = {
    "surnames": (*_LEFT_OVER, "swapped", "other_main", "missing", *KINDS[1:]),
    "given": (*_LEFT_OVER, "swapped", "extra", *KINDS[1:]),
    "words": (*_LEFT_OVER, "extra", *KINDS[1:]),
    "generation": ("absent", "same", "one_side", "different"),
    "rarity": ("rare", "common"),
    "writing": ("alias", "alike", "unlike"),
    "birth": ("absent", *BIRTH),
    "document": ("absent", "near", *DOCUMENT),
    "document_conflict": ("other", "none"),
    "nickname": _AGREEMENT,
    "sex": _AGREEMENT,
    "nation": _AGREEMENT,
    "form": _AGREEMENT,
}


def probability(odds: Floats) -> Floats:
    """Log-odds to probability, rounded so that a stored score is the same text everywhere."""
    return np.round(1.0 / (1.0 + np.exp(-odds)), 6)


def log_odds(evidence: Evidence, scorer: Scorer) -> Floats:
    """The trees' log-odds, of two people no higher than :data:`UNPROVED` where neither a number nor a full birth date
    agrees: lists of a case hold few namesakes, a country holds many, so a name is never proof by itself."""
    odds = scorer.trees.score(evidence.rows)
    if evidence.family != PERSON:
        return odds
    proved = (evidence.column("document") >= 1) | (evidence.column("birth") >= SLIP)
    return np.where(proved, odds, np.minimum(odds, UNPROVED))


def grouped(evidence: Evidence, scorer: Scorer) -> dict[str, Floats]:
    """Each group's part of the log-odds of each pair, and the ``prior``. What :func:`log_odds` takes off is taken off
    how rare the name is."""
    parts = scorer.trees.parts(evidence.rows)
    found: dict[str, Floats] = {}
    for position, name in enumerate(scorer.features):
        found[GROUP[name]] = found.get(GROUP[name], 0.0) + parts[:, position]
    found["rarity"] = found["rarity"] + log_odds(evidence, scorer) - scorer.trees.score(evidence.rows)
    found["prior"] = np.full(len(evidence.rows), scorer.trees.expected)
    return found


def codes(evidence: Evidence) -> dict[str, NDArray[np.object_]]:
    """For each group of reasons the case each pair is in: the last part of its key in the catalogue."""
    column = evidence.column
    count = len(evidence.rows)
    found: dict[str, NDArray[np.object_]] = {}
    kinds = np.array(KINDS, dtype=object)
    if evidence.family == PERSON:
        for role, group in (("surname", "surnames"), ("given", "given")):
            cover, conflict = column(f"{role}_cover"), column(f"{role}_conflict")
            more = column("surname_missing" if role == "surname" else "given_extra")
            cases: list[tuple[Bools, object]] = [
                (np.isnan(cover), "absent"),
                (cover == 0, "different"),
                (conflict > 0, "partly"),
            ]
            if role == "surname":
                cases += [
                    (column("surname_order") == 0, "swapped"),
                    ((more > 0) & ~(column("surname_main") > 0), "other_main"),
                    (more > 0, "missing"),
                ]
            else:
                cases.append((column("given_order") == 0, "swapped"))
                cases.append(((more > 0) & (evidence.kinds["given_kind"] <= 1), "extra"))
            found[group] = _select(cases, kinds[evidence.kinds[f"{role}_kind"]])
        found["generation"] = _select(
            [
                (np.isnan(column("generation")), "absent"),
                (column("generation") > 0, "same"),
                (column("generation") == 0, "one_side"),
            ],
            _all("different", count),
        )
        found["nickname"] = _agreement(column("nickname"))
        birth = column("birth")
        found["birth"] = _select(
            [(np.isnan(birth), "absent")], np.array(BIRTH, dtype=object)[np.nan_to_num(birth).astype(int)]
        )
        found["sex"] = _agreement(column("sex"))
    else:
        cases = [
            (np.isnan(column("cover")), "absent"),
            (column("cover") == 0, "different"),
            (column("conflict") > 0, "partly"),
            (column("extra") > 0, "extra"),
        ]
        found["words"] = _select(cases, kinds[evidence.kinds["kind"]])
        found["form"] = _agreement(column("form"))
    found["rarity"] = _select([(column("met") >= _RARE, "rare")], _all("common", count))
    found["writing"] = _select(
        [(column("weak") > 0, "alias"), (column("letters") >= 0.9, "alike")], _all("unlike", count)
    )
    number = column("document")
    found["document"] = _select(
        [(np.isnan(number), "absent"), ((number == 0) & (column("document_near") > 0), "near")],
        np.array(DOCUMENT, dtype=object)[np.nan_to_num(number).astype(int)],
    )
    found["document_conflict"] = _select([(column("document_conflict") > 0, "other")], _all("none", count))
    found["nation"] = _agreement(column("nation"))
    return found


def _all(value: str, count: int) -> NDArray[np.object_]:
    return np.full(count, value, dtype=object)


def _select(cases: Sequence[tuple[Bools, object]], otherwise: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.select(
        [case for case, _ in cases], [np.full(len(otherwise), value, dtype=object) for _, value in cases], otherwise
    )


def _agreement(values: NDArray[np.float32]) -> NDArray[np.object_]:
    return _select([(np.isnan(values), "absent"), (values > 0, "same")], _all("different", len(values)))


def agreeing(evidence: Evidence) -> dict[str, Bools]:
    """The grounds on which owners may allow automatic merging: ``document``, ``name``, ``birth``. An organisation has
    no birth date, so that ground holds for it of itself."""
    column = evidence.column
    document = column("document") >= 2
    if evidence.family != PERSON:
        name = (column("cover") == 1) & (column("conflict") == 0) & (column("quality") >= 0.84) & (column("weak") == 0)
        return {"document": document, "name": name, "birth": np.ones(len(name), dtype=bool)}
    name = (
        (column("surname_cover") == 1)
        & (column("given_cover") == 1)
        & (column("surname_conflict") == 0)
        & (column("given_conflict") == 0)
        & (column("surname_main") >= 0.84)
        & (column("surname_quality") >= 0.84)
        & (column("given_quality") >= 0.8)
        & ~(column("surname_order") == 0)
        & ~(column("given_order") == 0)
        & (column("crossed") == 0)
        & ~(column("generation") <= 0)
        & (column("weak") <= 1)
    )
    return {"document": document, "name": name, "birth": column("birth") == EXACT}


def against(evidence: Evidence) -> Bools:
    """What forbids automatic merging whatever the score: another valid number for life, another birth date, another
    sex, a generation mark on one side only."""
    column = evidence.column
    found: Bools = column("document_conflict") >= 0.8
    if evidence.family != PERSON:
        other_form: Bools = (column("form") == 0) & ~(column("document") >= 2)
        return found | other_form
    birth = column("birth")
    dates = ~np.isnan(birth) & (birth != EXACT) & (birth != SAME_YEAR)  # a slip or an exchange is for a person to see
    forbidden: Bools = np.logical_or.reduce([found, dates, column("sex") == 0, column("generation") <= 0])
    return forbidden


def automatic(
    evidence: Evidence,
    score: Floats,
    scorer: Scorer,
    owners: tuple[NDArray[np.object_], NDArray[np.object_]],
    settings: Mapping[str, Sequence[str]],
) -> Bools:
    """Which pairs are merged without a person's word.

    Within one owner: name and document, or name and full birth date, agree. Across owners: what both owners' settings
    allow, by default only where document, name and birth date agree (``score`` allows what is allowed within one
    owner). In both cases the score must reach the measured cut and nothing may speak :func:`against`.
    """
    grounds = agreeing(evidence)
    within = grounds["name"] & (grounds["document"] | (grounds["birth"] if evidence.family == PERSON else False))
    left, right = owners
    allowed = {owner: _allowed(settings.get(owner, DEFAULT_GROUNDS), grounds, within) for owner in {*left, *right}}
    mine = np.zeros(len(score), dtype=bool)
    theirs = np.zeros(len(score), dtype=bool)
    for owner, permits in allowed.items():
        mine |= (left == owner) & permits
        theirs |= (right == owner) & permits
    permitted = np.where(left == right, within, mine & theirs)
    return (score >= scorer.automatic) & permitted & ~against(evidence)


def _allowed(setting: Sequence[str], grounds: Mapping[str, Bools], within: Bools) -> Bools:
    found = np.zeros(len(within), dtype=bool)
    for combination in setting:
        if combination == "score":
            found |= within
        else:
            found |= np.logical_and.reduce([grounds[ground] for ground in combination.split("+")])
    return found


__all__ = ["FIRM_FEATURES", "GROUPS", "agreeing", "against", "automatic", "codes", "grouped", "log_odds", "probability"]
