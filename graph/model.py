"""The vocabulary: FollowTheMoney's schemata, extended by ours (``graph/schema/*.yaml``).

FollowTheMoney offers no public way to add schemata, so its ``Model._load``, ``Schema`` and ``Model.generate`` are used
here and nowhere else; ``tests/graph/test_model.py`` fails loudly when an upgrade changes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from followthemoney.model import Model
    from followthemoney.schema import Schema

NAME_PROPS = ("name", "alias", "previousName", "weakAlias")


@dataclass(frozen=True, slots=True)
class LinkType:
    """A schema that the graph draws as a link: ``source`` and ``target`` are its entity-typed properties."""

    schema: str
    source: str
    target: str
    directed: bool
    relation: str  # relationship type in const case, as a person reads it in Neo4j Browser


def _data(name: str) -> Any:
    return yaml.safe_load(resources.files("graph").joinpath(name).read_text(encoding="utf-8"))


@cache
def model() -> Model:
    """FollowTheMoney's model with our schemata and properties in it. Loaded once, and not before it is asked for: its
    import takes as long as all others of a command together."""
    from followthemoney import model as ftm_model
    from followthemoney.property import Property
    from followthemoney.schema import Schema

    folder = resources.files("graph").joinpath("schema")
    additions: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".yaml"):
            continue
        schemata = yaml.safe_load(file.read_text(encoding="utf-8"))
        additions.update(schemata.pop("Extend", {}))
        for name, config in schemata.items():
            ftm_model.schemata[name] = Schema(ftm_model, name, config)
    for name, properties in additions.items():
        schema = ftm_model.schemata[name]
        for prop, config in properties.items():
            schema.properties[prop] = Property(schema, prop, config)
            ftm_model.properties.add(schema.properties[prop])
    ftm_model.generate()
    return ftm_model


def schema(name: str) -> Schema:
    """The schema called ``name``; KeyError when the model has none."""
    return model()[name]


@cache
def link_types() -> Mapping[str, LinkType]:
    """Schema name → how the graph draws it as a link. Edge schemata, and the few that ``links.yaml`` makes links of."""
    types = {
        s.name: LinkType(s.name, s.edge_source, s.edge_target, bool(s.edge_directed), const_case(s.name))
        for s in model()
        if s.edge and s.edge_source and s.edge_target
    }
    for name, ends in _data("links.yaml")["schemata"].items():
        types[name] = LinkType(name, ends["source"], ends["target"], ends["directed"], ends["relation"])
    return types


@cache
def property_links() -> Mapping[tuple[str, str], LinkType]:
    """(schema, property) → the link an entity-typed property of a node draws (a leg's route, a seizure's case)."""
    return {
        (name, prop): LinkType(name, "", prop, True, relation)
        for prop, relation in _data("links.yaml")["properties"].items()
        for name, s in model().schemata.items()
        if name not in link_types() and prop in s.properties and s.properties[prop].type.name == "entity"
    }


def is_link(name: str) -> bool:
    """Whether records of this schema are links between records."""
    return name in link_types()


@cache
def const_case(name: str) -> str:
    """``CaseRole`` → ``CASE_ROLE``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).upper()


@cache
def property_type(schema_name: str, prop: str) -> str:
    """FollowTheMoney's type of a property (``name``, ``date``, ``entity``, ``text`` …), empty for an unknown one."""
    found = model().schemata[schema_name].properties.get(prop)
    return found.type.name if found else ""


@cache
def caption_props(schema_name: str) -> tuple[str, ...]:
    """Properties that may caption a thing of this schema, best first."""
    s = model()[schema_name]
    own = list(s.edge_caption if s.edge else s.caption)
    return tuple(dict.fromkeys([*own, *NAME_PROPS]))


def caption(schema_name: str, values: Mapping[str, Iterable[str]]) -> str:
    """What to call a thing: the longest, then alphabetically first, value of its best caption property.

    Pure function of the values given, so a caption can rest on nothing that its reader may not see.
    """
    for prop in caption_props(schema_name):
        if prop in values and (found := [v for v in values[prop] if v]):
            return found[0] if len(found) == 1 else min(found, key=lambda v: (-len(v), v))
    return ""


@cache
def common_schema(left: str, right: str) -> str:
    """The narrower of two schemata of which one is a kind of the other; else the broader name both descend from."""
    a, b = model()[left], model()[right]
    if a.is_a(b):
        return a.name
    if b.is_a(a):
        return b.name
    return "LegalEntity" if a.is_a("LegalEntity") and b.is_a("LegalEntity") else "Thing"


@cache
def can_be_same(left: str, right: str) -> bool:
    """Whether records of these schemata can be one thing (a Person never is a Company)."""
    a, b = model()[left], model()[right]
    return bool(a.is_a(b) or b.is_a(a))


def descends(name: str, ancestor: str) -> bool:
    """Whether schema ``name`` is a kind of ``ancestor``."""
    return bool(model()[name].is_a(ancestor))
