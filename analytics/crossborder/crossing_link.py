"""A direct link that crosses: one of its ends is an entity that also holds a record of another country's owner.

One flag for each pair of linked entities, with all their telling links. Where that end is known abroad by a strong
proposal only, the flag is a hypothesis and is worded as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from analytics.crossborder.calibration import calibrated
from analytics.crossborder.flags import Draft, Named, Phrase
from analytics.crossborder.parties import is_thing
from analytics.crossborder.picture import Picture
from analytics.crossborder.rules import rarity
from analytics.crossborder.same_entity import best_proposals
from graph.access import FULL, IDENTITY
from graph.store.base import RawLink

RANK = {"confirmed": 2, "automatic": 1, "proposed": 0}


@dataclass(slots=True)
class Known:
    """How an end of a link is known abroad: records, how sure it is that they are the same, and by what."""

    records: set[str] = field(default_factory=set)
    strength: float = 0.0
    state: str = "proposed"
    grounds: set[str] = field(default_factory=set)

    def add(self, records: Iterable[str], strength: float, state: str, grounds: Iterable[str]) -> None:
        """Add records of another country, keeping the surest way."""
        self.records.update(records)
        self.grounds.update(grounds)
        if (RANK[state], strength) > (RANK[self.state], self.strength):
            self.strength, self.state = strength, state


def find(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    """Pairs of people or organisations, one of them known to another country, with a telling link between them."""
    between: dict[tuple[str, str], list[RawLink]] = {}
    near: dict[str, set[str]] = {}
    things = {s for s in set(picture.schema.values()) if is_thing(s)}
    for k in picture.links:
        if k.relation not in rule["weights"] or {picture.schema[k.source], picture.schema[k.target]} & things:
            continue
        a, b = sorted((picture.entity[k.source], picture.entity[k.target]))
        between.setdefault((a, b), []).append(k)
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    partners: dict[str, list[tuple[str, float]]] = {}
    for (ours, theirs, _), pair in best_proposals(picture).items():
        if pair.score >= rule["proposed_least"]:
            partners.setdefault(ours, []).append((theirs, pair.score))
            partners.setdefault(theirs, []).append((ours, pair.score))
    for ends, links in sorted(between.items()):
        known = {end: _known(picture, end, links, partners.get(end, [])) for end in ends}
        if any(k.records for k in known.values()):
            yield from _draft(picture, rule, known, links, max(len(near[e]) for e in ends))


def _known(picture: Picture, end: str, links: list[RawLink], partners: list[tuple[str, float]]) -> Known:
    said = {picture.link_country(k) for k in links}
    known = Known()
    group = picture.groups[end]
    if abroad := [r for r in group if picture.country(r) not in said]:
        state = "confirmed" if picture.state.get(end) == "confirmed" else "automatic"
        known.add(abroad, picture.strength(end), state, group)
    for partner, score in partners:
        other = picture.groups[partner]
        if abroad := [r for r in other if picture.country(r) not in said]:
            known.add(abroad, score, "proposed", [*group, *other])
    return known


def _draft(
    picture: Picture, rule: Mapping[str, Any], known: Mapping[str, Known], links: list[RawLink], degree: int
) -> Iterable[Draft]:
    # the end that is known abroad more surely comes first
    shared, far = sorted(known, key=lambda e: (-RANK[known[e].state] if known[e].records else 1, -known[e].strength, e))
    abroad = known[shared].records | known[far].records
    held = sorted({r for k in links for r in (k.source, k.target)})
    if not any(map(picture.mine, [*abroad, *held])):
        return
    telling = max(float(rule["weights"][k.relation]) for k in links)
    scarce = rarity(max(2, degree), rule)
    raw = round(telling * known[shared].strength * scarce, 4)
    if raw < rule["least"] or (score := calibrated(raw, rule)) < rule["threshold"]:
        picture.common += not scarce
        return
    params = {
        "name": Named(shared),
        "other": Named(far),
        "known": picture.place(abroad),
        "source": ", ".join(sorted({picture.link_place(k) for k in links})),
        "relations": [Phrase(f"relation.{r}") for r in sorted({k.relation for k in links})],
        "percent": int(100 * known[shared].strength),
    }
    state = known[shared].state
    sides = [s for e in known for s in picture.sides(e, (r for r in held if picture.entity[r] == e))]
    sides += [s for e in {picture.entity[r] for r in abroad} for s in picture.sides(e, _of(picture, abroad, e))]
    identities = dict.fromkeys(known[shared].grounds | known[far].grounds, IDENTITY)
    yield Draft(
        "crossing_link",
        tuple(sorted(picture.anchor(_of(picture, held, e)) for e in known)),
        score,
        {"link": telling, "identity": round(known[shared].strength, 4), "rarity": round(scarce, 4)},
        sides,
        Phrase(f"flag.crossing_link.{state}", params),
        grounds=identities | dict.fromkeys(held, IDENTITY) | {k.record: FULL for k in links},
        inferred=state != "confirmed",
        raw=raw,
    )


def _of(picture: Picture, records: Iterable[str], entity: str) -> list[str]:
    return [r for r in records if picture.entity[r] == entity]
