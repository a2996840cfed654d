"""Bring the flags of the agencies up to date: find, compare with what is kept, withdraw what has lost its ground."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from analytics.crossborder import crossing_link, hit, money, same_entity, shared_identifier, shared_route
from analytics.crossborder.basis import basis
from analytics.crossborder.flags import HIT, Draft, digest_of, named, plain
from analytics.crossborder.picture import Picture
from graph.access import OWN
from graph.store.base import StoredFlag

if TYPE_CHECKING:
    from graph.store.base import Store

Finder = Callable[[Picture, Mapping[str, Any]], Iterable[Draft]]
# In this order: what knows most of a connection says it, and what follows does not say it again.
FINDERS: Mapping[str, Finder] = {
    "money": money.find,
    "same_entity": same_entity.find,
    "shared_identifier": shared_identifier.find,
    "crossing_link": crossing_link.find,
    "shared_route": shared_route.find,
    HIT: hit.find,
}


def run(store: Store, agencies: Sequence[str] | None = None, at: str | None = None) -> dict[str, int]:
    """Flag every agency's cross-owner connections (or those of ``agencies``); counts, without case content.

    Keys: ``agencies``, ``new``, ``updated``, ``unchanged``, ``withdrawn``, ``common`` (things above a cap, which
    connected nobody) and the number of flags of each kind. ``at`` is the ISO time the flags are said to be seen.
    """
    at = at or store.clock().isoformat(timespec="seconds")
    counts: Counter[str] = Counter(dict.fromkeys(("agencies", "new", "updated", "unchanged", "withdrawn", "common"), 0))
    counts.update(dict.fromkeys(FINDERS, 0))
    for agency in [a for a in store.open_agencies() if agencies is None or a.code in agencies]:
        picture = Picture(store, agency.code)
        found = flags_of(picture)
        counts.update(_save(picture, found, at))
        counts.update(flag.kind for flag in found)
        counts.update({"agencies": 1, "common": picture.common})
    return dict(counts)


def _save(picture: Picture, found: list[StoredFlag], at: str) -> Counter[str]:
    """Keep the flags of one agency, and give those new grounds that its reader would not see by the former ones.

    A store leaves a flag that says the same as it is, grounds included. Where one of several things it rests on is gone
    (a hit in two datasets, one of them withdrawn) it would stay hidden although the others still bear it.
    """
    store, agency = picture.store, picture.agency
    counts = Counter(store.save_flags(agency, found, at))
    seen = {flag.id for flag in store.flags(picture.scope, agency)}
    if lost := [flag for flag in found if flag.id not in seen]:
        store.save_flags(agency, [flag for flag in found if flag.id in seen], at)
        store.save_flags(agency, found, at)
        counts.update({"unchanged": -len(lost), "updated": len(lost)})
    return counts


def flags_of(picture: Picture) -> list[StoredFlag]:
    """All flags of one agency now, by id. A pure function of what its view holds."""
    drafts = [draft for kind, find in FINDERS.items() for draft in find(picture, picture.rules[kind])]
    picture.name(e for draft in drafts for e in named(draft.reason))
    picture.prepare(r for draft in drafts for r in draft.grounds if r in picture.home)
    kept: dict[str, StoredFlag] = {}
    for draft in drafts:
        flag = _stored(picture, draft)
        if flag.id not in kept or flag.body > kept[flag.id].body:
            kept[flag.id] = flag
    return [kept[i] for i in sorted(kept)]


def parameters(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What a flag keeps of the rule that raised it, beside the rule's version."""
    knots = orjson.dumps(rule["knots"])
    kept = {k: v for k, v in rule.items() if k not in ("rule", "weights", "knots")}
    return {**kept, "calibration": hashlib.sha256(knots).hexdigest()[:12]}


def _stored(picture: Picture, draft: Draft) -> StoredFlag:
    grounds = dict(draft.grounds)
    captions: dict[str, str] = {}
    for entity in named(draft.reason):
        captions[entity], holders = picture.caption(entity)
        for record, level in holders.items():
            grounds[record] = max(level, grounds.get(record, 0))
    # what rests on a lifted mask is seen for as long as it is lifted
    grounds.update(dict.fromkeys(picture.lifted & grounds.keys(), OWN))
    rule = picture.rules[draft.kind]
    body: dict[str, Any] = {
        "score": draft.score,
        "raw": draft.raw,
        "parts": draft.parts,
        "sides": [list(side) for side in sorted(set(draft.sides), key=lambda s: (s.owner != picture.agency, s))],
        "reason": plain(draft.reason, captions),
        "inferred": draft.inferred,
        "rule": rule["rule"],
        "parameters": parameters(rule),
        "data": picture.data(grounds),
    }
    digest = digest_of({**body, "grounds": sorted(grounds.items())})
    body["basis"] = basis(picture, grounds)
    return StoredFlag(
        picture.store.ids.flag(picture.agency, draft.kind, *draft.key),
        picture.agency,
        draft.kind,
        orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode(),
        digest,
        tuple(sorted(grounds.items())),
        draft.hits,
    )
