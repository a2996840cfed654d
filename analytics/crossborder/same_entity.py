"""The same person or organisation in records of different owners: confirmed, automatic, or only proposed.

One flag for each of the reader's entities and each other owner. A proposal that is accepted later keeps its flag: the
key names one record of each owner, not the state. A shared number, which the matcher does not see because it is no
identity-level content, strengthens a proposal here, in the reader's own view, instead of raising a second flag.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from analytics.crossborder.calibration import calibrated
from analytics.crossborder.flags import Draft, Named, Phrase, noisy_or
from analytics.crossborder.picture import Picture
from analytics.crossborder.shared_identifier import Tie, items, ties
from graph.access import IDENTITY
from graph.identity import Pair

TELLING = 0.5  # log-odds below which a reason is not worth saying


def find(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    """Entities that hold own and others' records, then proposals between an own entity and another's."""
    inside: dict[str, list[Pair]] = {}
    for pair in picture.pairs:
        if pair.state == "automatic" and picture.entity[pair.left] == picture.entity[pair.right]:
            inside.setdefault(picture.entity[pair.left], []).append(pair)
    for entity, records in picture.groups.items():
        if len(records) < 2 or not (ours := picture.ours(entity)):
            continue
        for _, theirs in sorted(picture.others(entity).items()):
            draft = _held(picture, rule, entity, ours, theirs, inside.get(entity, []))
            if draft.score >= rule["threshold"]:
                yield draft
    yield from _proposed(picture, rule)


def _held(
    picture: Picture, rule: Mapping[str, Any], entity: str, ours: list[str], theirs: list[str], pairs: list[Pair]
) -> Draft:
    state = picture.state[entity]
    mine, other = set(ours), set(theirs)
    direct = [p for p in pairs if {p.left, p.right} & mine and {p.left, p.right} & other]
    best = max(direct or pairs, key=lambda p: (p.score, p.left, p.right), default=None)
    if state == "confirmed" or best is None:
        raw, why = 1.0, []
    else:
        chain = best.score if direct else min(p.score for p in pairs)
        raw, why = min(max(chain, float(rule["automatic_least"])), float(rule["most"])), reasons(best)
    score = calibrated(raw, rule)
    params = {"name": Named(entity), "ours": picture.place(ours), "theirs": picture.place(theirs), "reasons": why}
    return Draft(
        "same_entity",
        (picture.anchor(ours), picture.anchor(theirs)),
        score,
        {"identity": round(raw, 4)},
        picture.sides(entity, [*ours, *theirs]),
        Phrase(f"flag.same_entity.{state}", params),
        # whatever ties the two may run through any record of the entity
        grounds=dict.fromkeys(picture.groups[entity], IDENTITY),
        inferred=state != "confirmed",
        raw=round(raw, 4),
    )


def best_proposals(picture: Picture) -> dict[tuple[str, str, str], Pair]:
    """(own entity, other entity, its owner) → the best proposal between an own record and one of that owner's."""
    best: dict[tuple[str, str, str], Pair] = {}
    for pair in picture.proposed:
        for mine, other in ((pair.left, pair.right), (pair.right, pair.left)):
            if not picture.mine(mine) or picture.mine(other):
                continue
            ours, theirs, owner = picture.entity[mine], picture.entity[other], picture.owner(other)
            if owner in picture.others(
                ours
            ):  # that owner is known to know it: which of its records is its own question
                continue
            key = (ours, theirs, owner)
            if key not in best or (pair.score, pair.left, pair.right) > (
                best[key].score,
                best[key].left,
                best[key].right,
            ):
                best[key] = pair
    return best


def _proposed(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    shared = ties(picture)
    for (ours, theirs, owner), pair in sorted(best_proposals(picture).items()):
        tie = shared.get((ours, theirs, owner), Tie())
        # a document is identity-level content: the pair's score has it already
        more = {kind: weight for kind, weight in tie.parts.items() if kind != "document"}
        parts = {"identity": round(pair.score, 4), **more}
        raw = min(noisy_or(parts), float(rule["most"]))
        score = calibrated(raw, rule)
        if raw < rule["least"] or score < rule["threshold"]:
            continue
        picture.likely.add((ours, theirs))
        held, known = picture.ours(ours), picture.others(theirs)[owner]
        params = {
            "left": Named(ours),
            "right": Named(theirs),
            "ours": picture.place(held),
            "theirs": picture.place(known),
            "reasons": [*reasons(pair), *items(tie)],
            "percent": int(100 * score),
        }
        yield Draft(
            "same_entity",
            (picture.anchor(held), picture.anchor(known)),
            score,
            parts,
            [*picture.sides(ours, held), *picture.sides(theirs, known)],
            Phrase("flag.same_entity.proposed", params),
            grounds={**dict.fromkeys([*picture.groups[ours], *picture.groups[theirs]], IDENTITY), **tie.grounds},
            inferred=True,
            raw=raw,
        )


def reasons(pair: Pair) -> list[Phrase]:
    """A pair's reasons, the weightiest first, as the matcher's catalogue words them."""
    ordered = sorted(pair.reasons, key=lambda r: (-r.weight, r.feature, r.left, r.right))
    return [Phrase(f"reason.{r.feature}", {"left": r.left, "right": r.right}) for r in ordered if r.weight >= TELLING]
