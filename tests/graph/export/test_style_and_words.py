"""Looks and names: every schema has one, colours can be told apart and read, nothing of a picture comes from data."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import combinations

import pytest

from graph.i18n import LANGUAGES, catalogue, has
from graph.model import link_types, model, property_links
from graph.packing import identifier_kinds
from graph.result import Link, Node
from graph.style import OUTLINES, group_of, icon_svg, link_style, node_style, rules
from graph.words import (
    evaluation_text,
    handling_text,
    kind_name,
    masked_name,
    prop_name,
    relation_name,
    schema_name,
    value_text,
)


def luminance(colour: str) -> float:
    """Relative luminance of WCAG 2.2."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """Contrast ratio of WCAG 2.2."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def seen_by(colour: str, kind: str) -> tuple[float, float, float]:
    """Linear RGB as somebody with full dichromacy of ``kind`` sees it (Machado, Oliveira, Fernandes, 2009)."""
    matrix = {
        "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
        "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
    }[kind]
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    found = [sum(m * v for m, v in zip(row, linear, strict=True)) for row in matrix]
    return found[0], found[1], found[2]


@pytest.mark.parametrize("group", sorted(rules()["groups"]))
def test_icons_can_be_read_on_their_fill_and_on_the_sheet(group: str) -> None:
    entry = rules()["groups"][group]
    ink = entry.get("ink", "#FFFFFF")
    assert contrast(entry["fill"], ink) >= 4.5
    assert max(contrast(entry["fill"], "#FFFFFF"), contrast(ink, "#FFFFFF")) >= 3
    assert entry["icon"] in rules()["icons"] and entry["shape"] in OUTLINES


@pytest.mark.parametrize("line", sorted(rules()["lines"]))
def test_lines_can_be_seen(line: str) -> None:
    assert contrast(rules()["lines"][line]["colour"], "#FFFFFF") >= 3
    assert contrast(rules()["crossing"], "#FFFFFF") >= 3


def test_colour_never_stands_alone() -> None:
    """Two groups of one shape differ in their icon; hues stay apart for colour-blind readers, or shapes differ."""
    groups = rules()["groups"]
    for a, b in combinations(groups, 2):
        one, two = groups[a], groups[b]
        assert (one["shape"], one["icon"]) != (two["shape"], two["icon"])
    for a, b in combinations(["person", "organisation", "route", "seizure"], 2):
        for kind in ("protan", "deutan", "tritan"):
            gap = sum(
                abs(x - y)
                for x, y in zip(seen_by(groups[a]["fill"], kind), seen_by(groups[b]["fill"], kind), strict=True)
            )
            assert gap > 0.08 or groups[a]["shape"] != groups[b]["shape"]


def test_every_schema_and_identifier_has_a_look() -> None:
    for schema in model():
        assert group_of("entity", schema.name) in rules()["groups"]
    assert group_of("entity", "Company") == group_of("entity", "PublicBody") == "organisation"
    assert group_of("entity", "Passport") == "document" and group_of("entity", "Vessel") == "vessel"
    for kind in identifier_kinds():
        assert group_of("identifier", kind) != "other"


def test_masked_people_have_a_look_of_their_own() -> None:
    masked = node_style(Node("p1", "entity", "Person", "", masked="victim"))
    assert masked.group == "masked" and masked.shape not in {
        g["shape"] for name, g in rules()["groups"].items() if name != "masked"
    }
    assert "stroke-dasharray" in icon_svg(masked)


def test_an_inference_is_dashed_and_a_statement_is_not() -> None:
    for relation in [*{k.relation for k in link_types().values()}, "POSSIBLY_SAME"]:
        link = Link("x", relation, "", "a", "b", True)
        assert not link_style(link).dashed or relation == "POSSIBLY_SAME"
        assert link_style(Link("x", relation, "", "a", "b", True, state="proposed")).dashed


def test_pictures_are_well_formed_and_ringed_when_several_countries_hold_the_thing() -> None:
    plain, crossing = (Node("r1", "entity", "Person", "Ana", ("AR-MPF",), c) for c in (("AR",), ("AR", "BR")))
    for node in (plain, crossing):
        ElementTree.fromstring(icon_svg(node_style(node)))  # noqa: S314 – our own text
    assert rules()["crossing"] in icon_svg(node_style(crossing))
    assert rules()["crossing"] not in icon_svg(node_style(plain))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_vocabulary_is_named(lang: str) -> None:
    """Every schema that is no abstract one, every relation and identifier; properties that a record may show."""
    for schema in model():
        if not schema.abstract:
            assert has(f"schema.{schema.name}"), schema.name
    for relation in {k.relation for k in [*link_types().values(), *property_links().values()]} | {"POSSIBLY_SAME"}:
        assert has(f"relation.{relation}"), relation
    for kind, entry in identifier_kinds().items():
        assert has(f"schema.{kind}") and has(f"relation.{entry['relation']}")
    for schema in (
        "Person",
        "Company",
        "Investigation",
        "CaseRole",
        "Route",
        "RouteLeg",
        "Seizure",
        "Vehicle",
        "Payment",
    ):
        missing = [
            n
            for n, p in model()[schema].properties.items()
            if not p.stub
            and p.type.name not in ("entity", "url")
            and n in model()[schema].featured
            and not has(f"prop.{n}")
        ]
        assert missing == []
    assert schema_name("Person", lang) in ("Persona", "Pessoa", "Person")
    assert prop_name("birthDate", lang) == catalogue()["prop.birthDate"][lang]


def test_what_nobody_translated_keeps_its_english_label() -> None:
    assert prop_name("okpoCode", "es") == "OKPO"
    assert schema_name("NoSuchThing", "es") == "NoSuchThing"
    assert relation_name("NO_SUCH_LINK", "pt") == "No such link"
    assert prop_name("noSuchProp", "pt") == "noSuchProp"


def test_codes_in_words() -> None:
    assert evaluation_text("4x4:B2", "en").startswith("Source reliable in most instances; information known")
    assert evaluation_text("4x4:Z9", "en") == "4x4:Z9"
    assert evaluation_text("local:muy buena", "es") == "local:muy buena"
    assert handling_text("H1,H3", "pt").startswith("H1: não pode") and "H3:" in handling_text("H1,H3", "pt")
    assert value_text("nationality", "ar", "es") == "Argentina" and value_text("nationality", "??", "es") == "??"
    assert value_text("role", "victim", "pt") == "vítima" and value_text("name", "ar", "es") == "ar"
    assert masked_name("witness", "es") == "Testigo protegido" and masked_name("xyz", "es") == "Persona protegida"
    assert kind_name(Node("i1", "identifier", "phone", "1"), "es") == "Teléfono"
    assert kind_name(Node("p1", "entity", "Person", "", masked="minor"), "en") == "Protected minor"
