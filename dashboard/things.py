"""How an entity is put on a page: chips, key facts, groups of kinds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from dashboard import markup
from dashboard.texts import Speaker
from graph import words
from graph.model import caption_props, descends, is_link, model, property_type, schema
from graph.result import Entity, Node

# Kinds of things as an analyst groups them: group → the schemata it begins at.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "people": ("Person",),
    "organisations": ("Organization", "LegalEntity"),
    "cases": ("Investigation", "CourtCase"),
    "numbers": ("PhoneNumber", "SimCard", "Device", "BankAccount", "CryptoWallet", "UserAccount", "Identification"),
    "goods": ("Vehicle", "Container", "Weapon", "Substance", "RealEstate", "Security"),
    "routes": ("Route", "RouteLeg", "Seizure", "Address", "Trip"),
}
MOST_FACTS = 4


@cache
def schemata(group: str) -> tuple[str, ...]:
    """Every schema of a group, descendants included; a Person is no organisation although it is a LegalEntity."""
    found = [s.name for s in model() if not is_link(s.name) and any(descends(s.name, a) for a in GROUPS[group])]
    if group == "organisations":
        found = [name for name in found if not descends(name, "Person")]
    return tuple(sorted(found))


def entity_chips(entity: Entity | Node, say: Speaker) -> str:
    """Kind, owners, jurisdictions, whether it crosses borders, how it was joined, whether it is masked."""
    parts = [markup.chip(say.schema(entity.schema))]
    if entity.masked:
        parts.append(markup.chip(words.masked_name(entity.masked, say.lang), "masked"))
    if entity.crosses:
        names = say.listed([say.country(c) for c in entity.countries])
        parts.append(markup.chip(say("ui.crosses", countries=" · ".join(entity.countries)), "cross", names))
    parts += [markup.chip(owner, title=say("ui.owner")) for owner in entity.owners]
    if entity.state:
        tone = "sure" if entity.state == "confirmed" else "auto"
        parts.append(markup.chip(say(f"ui.state.{entity.state}"), tone, say(f"ui.state.{entity.state}.help")))
    return markup.chips(parts)


def key_facts(entity: Entity, say: Speaker) -> str:
    """The few values that tell this one from another of the same name."""
    caption = set(caption_props(entity.schema))
    found: list[str] = []
    for prop in [*schema(entity.schema).featured, "idNumber", "taxNumber", "registrationNumber", "country"]:
        values = entity.values(prop) if prop not in caption else []
        kind = property_type(entity.schema, prop)
        if not values or kind in ("entity", "text", "html"):
            continue
        shown = say.listed([say.value(kind, v) for v in values[:3]])
        entry = f"{say.prop(prop)}: {shown}"
        if entry not in found:
            found.append(entry)
    return " · ".join(found[:MOST_FACTS])
