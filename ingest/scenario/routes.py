"""Routes: ordered legs by port, airport, river and road, with carriers, containers and times."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from ingest.scenario.parts import Date, Leg
from ingest.scenario.stocks import load

_SPEED = {"sea": (6, 20), "air": (0, 1), "road": (1, 3), "river": (3, 7)}  # days of a leg, least and most


@cache
def places() -> list[dict[str, Any]]:
    """The places, in file order."""
    found: list[dict[str, Any]] = load("places")["places"]
    return found


@cache
def _by_mode(mode: str) -> list[int]:
    return [index for index, place in enumerate(places()) if mode in place["m"]]


@cache
def _of_country(country: str) -> list[int]:
    return [index for index, place in enumerate(places()) if place["country"] == country]


def small_carrier(rng: Random, serial: int) -> str:
    """Name of a carrier that nobody else uses."""
    words = load("words")
    heads = load("places")["small_carriers"]
    syllables = words["company_syllables"]
    stem = (
        "".join(syllables[int(rng.random() * len(syllables))] for _ in range(2))
        + words["company_ends"][serial % len(words["company_ends"])]
    )
    return f"{heads[serial % len(heads)]} {stem.capitalize()}"


def _shift(day: Date, days: int) -> Date:
    moved = date(*day) + timedelta(days=days)
    return moved.year, moved.month, moved.day


def _next(rng: Random, here: int, mode: str) -> int:
    options = [index for index in _by_mode(mode) if index != here]
    return options[int(rng.random() * len(options))]


def legs(
    rng: Random,
    opened: Date,
    country: str,
    *,
    carrier: str = "",
    container: str = "",
    mode: str = "",
    through: Leg | None = None,
) -> list[Leg]:
    """Two to four legs from a place of ``country``, in the months before ``opened``.

    With ``through`` the last leg takes that leg's mode and destination and arrives within four days of it; ``carrier``
    and ``container`` are those of the last leg.
    """
    draw = rng.random
    count = 2 + int(draw() * 2.3)
    starts = _of_country(country)
    here = starts[int(draw() * len(starts))]
    when = _shift(opened, -60 - int(draw() * 300))
    route: list[Leg] = []
    common = load("places")["common_carriers"]
    for step in range(count):
        modes = places()[here]["m"]
        final = step == count - 1
        chosen = through.mode if final and through else mode if final and mode else modes[int(draw() * len(modes))]
        to = through.to if final and through else _next(rng, here, chosen)
        if to == here:  # the last place is the meeting place already: come from elsewhere by the same mode
            here = _next(rng, to, chosen)
            if route:
                route[-1].to = here
        low, high = _SPEED[chosen]
        days = low + int(draw() * (high - low + 1))
        arrival = _shift(when, days)
        if final and through:
            arrival = _shift(through.arrival[0], int(draw() * 7) - 3)
            when = _shift(arrival, -days)
        leg = Leg(here, to, chosen, (when, int(draw() * 1440)), (arrival, int(draw() * 1440)))
        lines = common[chosen]
        leg.carrier = carrier if final and carrier else lines[int(draw() * len(lines))]
        if chosen == "sea":
            ships = load("places")["vessels"]
            leg.number = ships[int(draw() * len(ships))]
        elif chosen == "air":
            leg.number = f"{leg.carrier[0]}{leg.carrier[1].upper()}{100 + int(draw() * 900)}"
        if final and container:
            leg.container = container
        route.append(leg)
        here = to
        when = _shift(arrival, 1 + int(draw() * 5))
    if through:  # earlier legs end before the last one begins
        when = route[-1].departure[0]
        for leg in reversed(route[:-1]):
            arrival = _shift(when, -1 - int(draw() * 4))
            low, high = _SPEED[leg.mode]
            leg.arrival = (arrival, leg.arrival[1])
            leg.departure = (_shift(arrival, -low - int(draw() * (high - low + 1))), leg.departure[1])
            when = leg.departure[0]
    return route
