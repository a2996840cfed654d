"""The model: FollowTheMoney's, extended through its private methods; an upgrade that moves them must fail here."""

from __future__ import annotations

import inspect
from importlib.metadata import version

import followthemoney
import pytest
import yaml
from followthemoney.model import Model
from followthemoney.schema import Schema

from graph import model
from graph.access import FULL, IDENTITY, TEXT
from graph.packing import identifier_kind, identifier_kinds, level_of

OURS = (
    "Route",
    "RouteLeg",
    "Investigation",
    "CaseRole",
    "Seizure",
    "Device",
    "PhoneNumber",
    "SimCard",
    "Container",
    "Weapon",
    "Substance",
    "Called",
)


def test_the_private_ways_of_followthemoney_are_as_we_use_them() -> None:
    assert version("followthemoney").startswith("4.11.")
    assert list(inspect.signature(Schema.__init__).parameters) == ["self", "model", "name", "data"]
    assert callable(Model.generate) and isinstance(followthemoney.model, Model)


@pytest.mark.parametrize("name", OURS)
def test_our_schemata_are_in_the_model(name: str) -> None:
    schema = model.schema(name)
    assert schema.is_a("Thing") or schema.is_a("Interval")
    assert model.caption_props(name)


def test_loading_twice_changes_nothing() -> None:
    before = {name: sorted(s.properties) for name, s in model.model().schemata.items()}
    model.model.cache_clear()
    assert {name: sorted(s.properties) for name, s in model.model().schemata.items()} == before


def test_every_edge_of_followthemoney_is_a_link_and_calls_are_too() -> None:
    links = model.link_types()
    assert len([s for s in model.model() if s.edge]) == 19  # 17 of FollowTheMoney's and two of ours
    assert {"Ownership", "CaseRole", "Called", "Call"} <= set(links)
    for name, link in links.items():
        for prop in (link.source, link.target):
            assert model.property_type(name, prop) == "entity", (name, prop)
        assert link.relation == link.relation.upper()


def test_persons_have_two_surnames_here() -> None:
    assert model.property_type("Person", "surname2") == "string"


def test_a_caption_is_a_function_of_the_values_given() -> None:
    values = {"name": ["Ana", "Ana Paz"], "alias": ["La Larga Historia"]}
    assert (
        model.caption("Person", values) == "Ana Paz" == model.caption("Person", {**values, "name": ["Ana Paz", "Ana"]})
    )
    assert model.caption("Person", {"alias": ["El Uno"]}) == "El Uno"
    assert model.caption("Person", {}) == ""


def test_what_can_be_one_thing() -> None:
    assert model.can_be_same("Person", "LegalEntity") and not model.can_be_same("Person", "Company")
    assert model.common_schema("Company", "LegalEntity") == "Company"


@pytest.mark.parametrize(
    ("schema", "prop", "level"),
    [
        ("Person", "name", IDENTITY),
        ("Person", "birthDate", IDENTITY),
        ("Person", "phone", FULL),
        ("Person", "address", FULL),
        ("Person", "notes", TEXT),
        ("Company", "taxNumber", IDENTITY),
        ("Company", "address", FULL),
        ("Route", "name", FULL),
        ("Route", "cargo", TEXT),
        ("PhoneNumber", "number", IDENTITY),
        ("Vessel", "imoNumber", IDENTITY),
        ("Ownership", "role", FULL),
        ("Investigation", "name", FULL),
    ],
)
def test_levels_of_properties(schema: str, prop: str, level: int) -> None:
    assert level_of(schema, prop) == level


@pytest.mark.parametrize(
    ("schema", "prop", "kind"),
    [
        ("Person", "phone", "phone"),
        ("PhoneNumber", "number", "phone"),
        ("Container", "number", "container"),
        ("Person", "idNumber", "document"),
        ("Company", "registrationNumber", "document"),
        ("Vehicle", "registrationNumber", "vehicle"),
        ("Person", "name", ""),
        ("Vessel", "imoNumber", "vessel"),
        ("RouteLeg", "containerNumber", "container"),
    ],
)
def test_kinds_of_identifiers(schema: str, prop: str, kind: str) -> None:
    assert identifier_kind(schema, prop) == kind


def test_the_tables_name_only_what_the_model_has() -> None:
    from importlib import resources

    levels = yaml.safe_load(resources.files("graph").joinpath("levels.yaml").read_text(encoding="utf-8"))
    for schema, props in levels["identity"].items():
        assert not [p for p in props if not model.property_type(schema, p)], schema
    for kind, entry in identifier_kinds().items():
        for spec in entry["props"]:
            prop, _, ancestor = spec.partition("@")
            holders = [s.name for s in model.model() if prop in s.properties and (not ancestor or s.is_a(ancestor))]
            assert holders, (kind, spec)
