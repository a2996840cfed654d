"""Who stands behind a number: a phone's user, a vehicle's owner, an account's holder, the route a container went on.

A case lists a telephone both as a line of its own and with its user. What a flag connects are the users; the line
itself stands for them only where nobody is known to use it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from analytics.crossborder.picture import Picture, raise_to
from graph.access import FULL, IDENTITY
from graph.model import descends

THINGS = (
    "PhoneNumber",
    "SimCard",
    "Device",
    "BankAccount",
    "CryptoWallet",
    "Vehicle",
    "Container",
    "Weapon",
    "Address",
)
OF_PARTY = frozenset(
    {"USED_BY", "OWNED_BY", "OPERATED_BY", "HELD_BY", "OWNERSHIP", "SEIZED_FROM", "AT_ADDRESS", "ON_ROUTE"}
)


class Party(NamedTuple):
    """An entity that stands behind a record, with the records that say so and the level each needs."""

    entity: str
    grounds: tuple[tuple[str, int], ...] = ()


def is_thing(schema: str) -> bool:
    """Whether records of this schema are things with a number rather than whoever has them."""
    return schema == "RouteLeg" or any(descends(schema, thing) for thing in THINGS)


def parties(picture: Picture) -> Mapping[str, tuple[Party, ...]]:
    """Record of a thing → who stands behind it, from links of the same dataset. Absent where nobody is known."""
    if picture.behind is None:
        picture.behind = _parties(picture)
    return picture.behind


def _parties(picture: Picture) -> dict[str, tuple[Party, ...]]:
    found: dict[str, dict[str, dict[str, int]]] = {}
    things = {s: is_thing(s) for s in set(picture.schema.values())}
    for k in picture.links:
        if k.relation not in OF_PARTY:
            continue
        for thing, party in ((k.source, k.target), (k.target, k.source)):
            if things[picture.schema[thing]] and not things[picture.schema[party]]:
                grounds = found.setdefault(thing, {}).setdefault(picture.entity[party], {})
                raise_to(grounds, ((k.record, FULL), (party, IDENTITY), (thing, IDENTITY)))
    return {
        thing: tuple(Party(entity, tuple(sorted(grounds.items()))) for entity, grounds in sorted(behind.items()))
        for thing, behind in found.items()
    }
