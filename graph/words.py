"""What the vocabulary is called in the reader's language: schemata, properties, relations, kinds, codes.

Names come from ``graph/locale/schema.yaml``. What nobody translated keeps FollowTheMoney's English label, so that
a model with more schemata than the catalogue still reads well.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from babel import Locale

from graph.i18n import DEFAULT_LANGUAGE, has, t
from graph.model import link_types, model
from graph.packing import identifier_kinds
from graph.result import Node

MASKED_REASONS = ("victim", "witness", "informant", "minor", "protected")


def _named(key: str, lang: str) -> str:
    return t(key, lang) if has(key) else ""


def schema_name(name: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What a thing of schema ``name`` is called: "Persona", "Empresa"."""
    if found := _named(f"schema.{name}", lang):
        return found
    known = model().schemata.get(name)
    return str(known.label) if known else name


def identifier_name(kind: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What a kind of shared identifier is called: "Teléfono"."""
    entry = identifier_kinds().get(kind)
    return _named(f"schema.{kind}", lang) or (str(entry["label"]) if entry else kind)


def kind_name(node: Node, lang: str = DEFAULT_LANGUAGE) -> str:
    """What kind of thing a node of a chart is."""
    if node.masked:
        return masked_name(node.masked, lang)
    return identifier_name(node.schema, lang) if node.kind == "identifier" else schema_name(node.schema, lang)


@cache
def _relation_labels() -> dict[str, str]:
    labels = {link.relation: str(model()[name].label) for name, link in sorted(link_types().items(), reverse=True)}
    return {relation: label for relation, label in labels.items()}


def relation_name(relation: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What a relation is called, read from its source: "titular de"."""
    if found := _named(f"relation.{relation}", lang):
        return found
    return _relation_labels().get(relation, relation.replace("_", " ").capitalize())


@cache
def _prop_labels() -> dict[str, str]:
    return {name: str(p.label) for s in sorted(model(), key=lambda s: s.name) for name, p in s.properties.items()}


def prop_name(prop: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What a property is called: "Fecha de nacimiento"."""
    return _named(f"prop.{prop}", lang) or _prop_labels().get(prop, prop)


@cache
def _country_props() -> frozenset[str]:
    return frozenset(n for s in model() for n, p in s.properties.items() if p.type.name == "country")


def value_text(prop: str, value: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """A value as people read it: countries and roles by name, all else as it is."""
    if prop == "role":
        return role_name(value, lang)
    if prop in _country_props():
        return str(_territories(lang).get(value.upper(), value))
    return value


@cache
def _territories(lang: str) -> Mapping[str, str]:
    return dict(Locale.parse(lang).territories)


def role_name(role: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """A role in a case; words that are none of ours stay as written."""
    return _named(f"role.{role}", lang) or role


def masked_name(reason: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What a masked record is called outside its owner: a protected person, and in which role."""
    reason = reason if reason in MASKED_REASONS else "protected"
    return t(f"masked.{reason}", lang)


def level_name(level: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """A level at which something is read: full, identity, hit."""
    return _named(f"level.{level}", lang) or level


def evaluation_text(evaluation: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What ``4x4:B2`` says of source and information; a scheme or code that the catalogue lacks stays as written."""
    scheme, _, codes = evaluation.partition(":")
    parts = [_named(f"evaluation.{scheme}.{code}", lang) for code in codes]
    known = [part for part in parts if part]
    return "; ".join(known) if known and len(known) == len(parts) else evaluation


def handling_text(handling: str, lang: str = DEFAULT_LANGUAGE) -> str:
    """What each handling code of a set asks for: ``H1,H2``."""
    codes = [code for code in handling.split(",") if code]
    return " ".join(_named(f"handling.{code}", lang) or code for code in codes)
