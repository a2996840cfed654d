"""A hit: "that agency holds something on this; ask there". The only kind that rests on what its reader may not see.

It says the agency, its contact point and the kind of match, and nothing else: not how many records or datasets match,
nor which. Its strength comes from the reader's own records alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from analytics.crossborder.calibration import calibrated
from analytics.crossborder.flags import HIT, Draft, Named, Phrase, Side, noisy_or
from analytics.crossborder.parties import Party, parties
from analytics.crossborder.picture import Picture, job_actor
from analytics.crossborder.rules import rarity
from graph import hits
from graph.access import IDENTITY


def find(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    """One flag for each of the reader's entities and each agency that holds something on it."""
    found: dict[tuple[str, str], dict[str, set[tuple[int, str]]]] = {}
    behind = parties(picture)
    # within the agency's limit of a day, and told to the holder as well
    told = hits.told(picture.store, picture.scope, picture.agency, job_actor(picture.agency).id)
    for record, dataset, kind in told.hits:
        if record not in picture.home or not picture.mine(record):
            continue
        # a telephone line is listed beside its user: the hit is on the user
        for party in behind.get(record) or (Party(picture.entity[record]),):
            key = (party.entity, picture.datasets[dataset].owner)
            found.setdefault(key, {}).setdefault(kind, set()).add((dataset, record))
    common = _commonness(picture)
    for (entity, owner), kinds in sorted(found.items()):
        parts = {}
        for kind, rests in kinds.items():
            count = min(common.get((record, kind), 2) for _, record in rests)
            weight = round(float(rule["weights"].get(kind, 0.0)) * rarity(count, rule), 4)
            if weight:
                parts[kind] = weight
        raw = noisy_or(parts)
        if not parts or raw < rule["least"] or (score := calibrated(raw, rule)) < rule["threshold"]:
            continue
        rests_on = {rest for kind in parts for rest in kinds[kind]}
        ours = sorted({record for _, record in rests_on} | set(picture.ours(entity)))
        country = next(d.country for d in picture.datasets.values() if d.owner == owner)
        params = {
            "name": Named(entity),
            "agency": owner,
            "contact": hits.contact(picture.store, picture.scope, owner, {dataset for dataset, _ in rests_on}),
            "ours": picture.place(ours),
            "kinds": [Phrase("flag.match.identity" if k == "identity" else f"schema.{k}") for k in sorted(parts)],
        }
        yield Draft(
            HIT,
            (picture.anchor(picture.ours(entity)), owner),
            score,
            parts,
            [*picture.sides(entity, ours), Side(owner, country, "", HIT)],
            Phrase("flag.hit", params),
            grounds=dict.fromkeys(ours, IDENTITY),
            hits=tuple(sorted(rests_on)),
            inferred="identity" in parts,
            raw=raw,
        )


def _commonness(picture: Picture) -> dict[tuple[str, str], int]:
    """(own record, kind) → carriers in the view of its rarest identifier of that kind that others carry too."""
    found: dict[tuple[str, str], int] = {}
    for c in picture.carried:
        if picture.mine(c.record):
            key = (c.record, c.kind)
            found[key] = min(picture.carriers[c.identifier], found.get(key, picture.carriers[c.identifier]))
    return found
