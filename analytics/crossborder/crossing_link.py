"""A direct link that crosses: one of its ends is an entity that also holds a record of another country's owner.

One flag for each pair of linked entities, with all their telling links.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from analytics.crossborder.flags import Draft, Named, Phrase
from analytics.crossborder.picture import Picture
from analytics.crossborder.rules import rarity
from graph.access import FULL, IDENTITY
from graph.store.base import RawLink


def find(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    """Pairs of entities, one of them known to another country, with a telling link between them."""
    weights: Mapping[str, float] = rule["weights"]
    between: dict[tuple[str, str], list[RawLink]] = {}
    near: dict[str, set[str]] = {}
    for k in picture.links:
        if k.relation not in weights:
            continue
        a, b = sorted((picture.entity[k.source], picture.entity[k.target]))
        between.setdefault((a, b), []).append(k)
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    countries = {e: {picture.country(r) for r in picture.groups[e]} for e in near}
    for (a, b), links in sorted(between.items()):
        crossing = [k for k in links if (countries[a] | countries[b]) - {picture.link_country(k)}]
        if not crossing or not (picture.ours(a) or picture.ours(b)):
            continue
        draft = _draft(picture, rule, (a, b), crossing, max(len(near[a]), len(near[b])))
        if draft:
            yield draft


def _draft(
    picture: Picture, rule: Mapping[str, Any], ends: tuple[str, str], links: list[RawLink], degree: int
) -> Draft | None:
    said = {picture.link_country(k) for k in links}
    # the end that crosses comes first: it holds a record of a country other than the link's
    shared, far = sorted(ends, key=lambda e: ({picture.country(r) for r in picture.groups[e]} <= said, e))
    held = sorted({r for k in links for r in (k.source, k.target)})
    known = [r for r in picture.groups[shared] if picture.country(r) not in said or picture.mine(r)]
    records = sorted({*held, *known})
    if not any(map(picture.mine, records)) or len({picture.country(r) for r in records}) < 2:
        return None
    telling = max(float(rule["weights"][k.relation]) for k in links)
    identity = picture.strength(shared)
    # two neighbours are nobody's hub: the discount begins with the third
    scarce = rarity(max(2, degree), rule)
    if (score := round(telling * identity * scarce, 4)) < rule["threshold"]:
        picture.common += not scarce
        return None
    params = {
        "name": Named(shared),
        "other": Named(far),
        "known": picture.place(known),
        "source": ", ".join(sorted({picture.link_place(k) for k in links})),
        "relations": [Phrase(f"relation.{r}") for r in sorted({k.relation for k in links})],
    }
    state = "confirmed" if picture.state.get(shared) == "confirmed" else "automatic"
    grounds = dict.fromkeys(picture.groups[shared], IDENTITY) | dict.fromkeys(held, FULL)
    return Draft(
        "crossing_link",
        tuple(sorted(picture.anchor(r for r in held if picture.entity[r] == e) for e in ends)),
        score,
        {"link": telling, "identity": identity, "rarity": round(scarce, 4)},
        [
            *picture.sides(shared, set(records) & set(picture.groups[shared])),
            *picture.sides(far, set(records) & set(picture.groups[far])),
        ],
        Phrase(f"flag.crossing_link.{state}", params),
        grounds=grounds | {k.record: FULL for k in links},
        inferred=state != "confirmed",
    )
