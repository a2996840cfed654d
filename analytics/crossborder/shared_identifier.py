"""One identifier carried by different entities of different owners: a phone, an account, a document, a vehicle …

One flag for each pair of an own entity and another owner's, with all the identifiers they share. What many entities of
the view carry (a lawyer's phone, a free port's address) is discounted, and above the cap connects nobody.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.crossborder.calibration import calibrated
from analytics.crossborder.flags import Draft, Named, Phrase, noisy_or
from analytics.crossborder.parties import Party, parties
from analytics.crossborder.picture import Picture, raise_to
from analytics.crossborder.rules import rarity

Pairing = tuple[str, str, str]  # own entity, other entity, its owner


@dataclass(slots=True)
class Tie:
    """What two entities share: parts of the score by kind, (kind, value, carriers) of each, the records behind it."""

    parts: dict[str, float] = field(default_factory=dict)
    shared: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    ours: set[str] = field(default_factory=set)
    theirs: set[str] = field(default_factory=set)
    grounds: dict[str, int] = field(default_factory=dict)


def find(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    """Pairs of entities whose shared identifiers tell enough; those proposed as one entity are flagged as such."""
    for (ours, theirs, _), tie in sorted(ties(picture).items()):
        raw = noisy_or(tie.parts)
        score = calibrated(raw, rule)
        if raw < rule["least"] or score < rule["threshold"] or (ours, theirs) in picture.likely:
            continue
        params = {
            "left": Named(ours),
            "right": Named(theirs),
            "ours": picture.place(tie.ours),
            "theirs": picture.place(tie.theirs),
            "items": items(tie),
        }
        yield Draft(
            "shared_identifier",
            (picture.anchor(tie.ours), picture.anchor(tie.theirs)),
            score,
            tie.parts,
            [*picture.sides(ours, tie.ours), *picture.sides(theirs, tie.theirs)],
            Phrase("flag.shared_identifier", params),
            grounds=tie.grounds,
            raw=raw,
        )


def items(tie: Tie) -> list[Phrase]:
    """The identifiers of a tie in words, each with how many of the view's entities carry it."""
    listed = sorted(tie.shared.values())
    return [
        Phrase("flag.carried", {"kind": Phrase(f"schema.{kind}"), "value": value, "count": count})
        for kind, value, count in listed
    ]


def readable(kind: str, value: str) -> str:
    """An identifier as a person reads it: without the name of its form, a telephone with its plus sign."""
    plain = value.partition(":")[2] if kind in ("document", "vehicle") and ":" in value else value
    if kind == "phone":
        return f"+{plain}" if plain.isdigit() else plain
    return plain if kind in ("address", "email", "wallet") else plain.upper()


def ties(picture: Picture) -> Mapping[Pairing, Tie]:
    """All pairs of an own and another's entity that share an identifier. Found once per picture."""
    if picture.ties is None:
        picture.ties = _ties(picture, picture.rules["shared_identifier"])
    return picture.ties


def _ties(picture: Picture, rule: Mapping[str, Any]) -> dict[Pairing, Tie]:
    found: dict[Pairing, Tie] = {}
    behind = parties(picture)
    by_number: dict[str, list[tuple[Party, str, int]]] = {}
    named: dict[str, tuple[str, str]] = {}
    for c in picture.carried:
        need = picture.need(c.record, c.prop)
        named[c.identifier] = (c.kind, readable(c.kind, c.value))
        for party in behind.get(c.record) or (Party(picture.entity[c.record]),):
            by_number.setdefault(c.identifier, []).append((party, c.record, need))
    for identifier, carriers in sorted(by_number.items()):
        kind, value = named[identifier]
        count = len({party.entity for party, _, _ in carriers})
        weight = round(float(rule["weights"].get(kind, 0.0)) * rarity(count, rule), 4)
        if not weight:
            picture.common += count > rule["cap"]
            continue
        if kind == "container" and _only_legs(picture, carriers):
            continue  # a shared route says it
        mine = [entry for entry in carriers if picture.mine(entry[1])]
        others = [entry for entry in carriers if not picture.mine(entry[1])]
        for ours, record, need in mine:
            for theirs, other, level in others:
                if ours.entity == theirs.entity or (identifier, picture.owner(other)) in picture.paid:
                    continue
                tie = found.setdefault((ours.entity, theirs.entity, picture.owner(other)), Tie())
                tie.parts[kind] = max(weight, tie.parts.get(kind, 0.0))
                tie.shared[identifier] = (kind, value, count)
                tie.ours.update([record, *_nodes(picture, ours)])
                tie.theirs.update([other, *_nodes(picture, theirs)])
                raise_to(tie.grounds, ((record, need), (other, level), *ours.grounds, *theirs.grounds))
    return found


def _nodes(picture: Picture, party: Party) -> list[str]:
    return [record for record, _ in party.grounds if record in picture.home]


def _only_legs(picture: Picture, carriers: list[tuple[Party, str, int]]) -> bool:
    """Whether every owner of a container's number has it on a leg of a route: that is a shared route."""
    legs = {picture.owner(r) for _, r, _ in carriers if picture.schema[r] == "RouteLeg"}
    return legs == {picture.owner(r) for _, r, _ in carriers}
