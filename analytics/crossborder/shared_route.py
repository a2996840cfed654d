"""Routes of two owners that share a container, a means of transport, a carrier, or a place within a few days.

One flag for each pair of routes, with everything they share. No single weak sign is enough: a common line, or a busy
port on the same days, only counts together with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any, NamedTuple

from analytics.crossborder.calibration import calibrated
from analytics.crossborder.flags import Draft, Named, Phrase, noisy_or
from analytics.crossborder.picture import Picture
from analytics.crossborder.rules import rarity
from graph.access import FULL
from graph.packing import fold, squeeze
from graph.statement import Record

NUMBERED = frozenset({"vehicle", "vessel", "container"})


class Sign(NamedTuple):
    """Something a leg shows: its kind, what is compared, how a person reads it, and the day (0: none)."""

    kind: str
    value: str
    shown: str
    day: int
    leg: str


def find(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    """Pairs of an own route and another owner's that share enough."""
    route_of = {k.source: k.target for k in picture.links if k.relation == "ON_ROUTE"}
    if not route_of:
        return
    signs: dict[tuple[str, str], list[Sign]] = {}
    for sign in _signs(picture, set(route_of)):
        signs.setdefault((sign.kind, sign.value), []).append(sign)
    shared: dict[tuple[str, str], dict[tuple[str, str], tuple[float, Sign, Sign, int]]] = {}
    for (kind, value), found in sorted(signs.items()):
        mine = [s for s in found if picture.mine(s.leg)]
        others = [s for s in found if not picture.mine(s.leg)]
        if not mine or not others:
            continue
        for a, b in product(mine, others):
            apart = abs(a.day - b.day)
            if kind in ("place", "leg", "voyage") and (not a.day or not b.day or apart > rule["days"]):
                continue
            # a place is common by how many routes pass it in those days, anything else by how many show it at all
            near = [s for s in found if kind not in ("place", "leg") or abs(s.day - a.day) <= rule["days"]]
            count = len({route_of[s.leg] for s in near})
            weight = round(float(rule["weights"][kind]) * rarity(count, rule), 4)
            picture.common += not weight
            pair = shared.setdefault((route_of[a.leg], route_of[b.leg]), {})
            if weight and weight > pair.get((kind, value), (0.0,))[0]:
                pair[kind, value] = (weight, a, b, apart)
    for (ours, theirs), found_signs in sorted(shared.items()):
        yield from _draft(picture, rule, ours, theirs, found_signs)


def _draft(
    picture: Picture,
    rule: Mapping[str, Any],
    ours: str,
    theirs: str,
    found: Mapping[tuple[str, str], tuple[float, Sign, Sign, int]],
) -> Iterator[Draft]:
    parts: dict[str, float] = {}
    if any(kind == "leg" for kind, _ in found):  # a leg in common is both its places in common: counted once
        found = {key: sign for key, sign in found.items() if key[0] != "place"}
    for (kind, _), (weight, *_rest) in sorted(found.items()):
        parts[kind] = max(weight, parts.get(kind, 0.0))
    raw = noisy_or(parts)
    if not parts or raw < rule["least"] or (score := calibrated(raw, rule)) < rule["threshold"]:
        return
    telling = [found[key] for key in sorted(found)]
    mine = {ours, *(a.leg for _, a, _, _ in telling)}
    others = {theirs, *(b.leg for _, _, b, _ in telling)}
    items = [
        Phrase(f"flag.route.{a.kind}", {"value": a.shown, "days": apart, "ours": _day(a), "theirs": _day(b)})
        for _, a, b, apart in telling
    ]
    params = {
        "left": Named(picture.entity[ours]),
        "right": Named(picture.entity[theirs]),
        "ours": picture.place([ours]),
        "theirs": picture.place([theirs]),
        "items": items,
    }
    yield Draft(
        "shared_route",
        (picture.anchor([ours]), picture.anchor([theirs])),
        score,
        parts,
        [*picture.sides(picture.entity[ours], mine), *picture.sides(picture.entity[theirs], others)],
        Phrase("flag.shared_route", params),
        grounds=dict.fromkeys(mine | others, FULL),
        raw=raw,
    )


def _day(sign: Sign) -> str:
    return date.fromordinal(sign.day).isoformat() if sign.day else ""


def _signs(picture: Picture, legs: set[str]) -> Iterator[Sign]:
    """What every leg that belongs to a route shows."""
    yield from _numbered(picture, legs)
    for records in picture.scan(["RouteLeg"]):
        for record in records:
            if record.id in legs:
                yield from _leg_signs(record)


def _numbered(picture: Picture, legs: set[str]) -> Iterator[Sign]:
    """Containers and means of transport: by number, or because they were found to be one entity."""
    numbers: dict[str, list[tuple[str, str]]] = {}
    for c in picture.carried:
        if c.kind in NUMBERED:
            numbers.setdefault(c.record, []).append((c.identifier, c.value))
    for leg in sorted(legs):
        for identifier, value in numbers.get(leg, ()):
            yield Sign("container", identifier, value.upper(), 0, leg)
    for k in picture.links:
        if k.relation == "BY_VEHICLE" and k.source in legs:
            for identifier, value in numbers.get(k.target, ()):
                yield Sign("means", identifier, value.rpartition(":")[2].upper(), 0, k.source)
            if not numbers.get(k.target):
                yield Sign("means", picture.entity[k.target], "", 0, k.source)


def _leg_signs(record: Record) -> Iterator[Sign]:
    first = {s.prop: s.value for s in reversed(record.statements)}
    left, came = day_of(first.get("departure", "")), day_of(first.get("arrival", ""))
    for number in record.values("carrierNumber"):
        if len(squeeze(number)) > 2:
            yield Sign("voyage", squeeze(number), number, left or came, record.id)
    for carrier in record.values("carrier"):
        yield Sign("carrier", squeeze(carrier), carrier, left or came, record.id)
    start = _place(first, "placeCode", "place")
    goal = _place(first, "toPlaceCode", "toPlace")
    for (key, text), day in ((start, left), (goal, came)):
        if key and day:
            yield Sign("place", key, text, day, record.id)
    if start[0] and goal[0] and left:
        yield Sign("leg", f"{start[0]}>{goal[0]}", f"{start[1]} – {goal[1]}", left, record.id)


def _place(first: Mapping[str, str], code: str, name: str) -> tuple[str, str]:
    """(what is compared, what is shown): the code where there is one, else the name without accents."""
    text = first.get(name) or first.get(code, "")
    return (squeeze(first[code]) if first.get(code) else fold(text)), text


def day_of(text: str) -> int:
    """The proleptic ordinal of an ISO date or time; 0 where the day is not known."""
    try:
        return date.fromisoformat(text[:10]).toordinal()
    except ValueError:
        return 0
