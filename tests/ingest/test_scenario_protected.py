"""Protected people of the scenario: seeded where a leak would show, and findable nowhere else."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ingest.scenario import generate

sys.path.insert(0, str(Path(__file__).parent))
from scenario_files import Scenario, fold, read_scenario  # noqa: E402


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    out = tmp_path_factory.mktemp("protected")
    generate(out, size=1500, seed=8)
    return read_scenario(out)


def texts(scenario: Scenario) -> dict[str, str]:
    """Everything each owner delivers, folded: cells, case files, file names, documents."""
    found: dict[str, list[str]] = {}
    for package in scenario.packages.values():
        parts = found.setdefault(package.case["owner"], [])
        parts += [str(cell) for rows in package.tables.values() for row in rows for cell in row]
        for path in sorted(package.folder.rglob("*")):
            parts.append(path.name)
            if path.suffix in {".txt", ".yaml", ".yml"} and path.parent.name != "data":
                parts.append(path.read_text(encoding="utf-8"))
            elif path.suffix == ".pdf":
                parts.append(path.read_bytes().decode("cp1252"))
    return {owner: fold("\n".join(parts)) for owner, parts in found.items()}


def needles(entry: dict) -> list[str]:
    """Words by which somebody would look for a protected person."""
    year, month, day = entry["born"].split("-")
    dates = [entry["born"], f"{day}/{month}/{year}", f"{day}-{month}-{year}"]
    words = [
        entry["name"],
        entry["written"],
        entry["alias"],
        entry["document"],
        entry["phone"],
        entry["phone_e164"],
        *dates,
    ]
    return [fold(word) for word in words if word]


def test_each_is_found_in_the_owner_s_files_and_in_no_other_s(scenario):
    everything = texts(scenario)
    alone = [entry for entry in scenario.truth["protected"] if not entry["elsewhere"]]
    assert len(alone) > 60
    for entry in alone:
        assert all(word in everything[entry["owner"]] for word in fold(entry["written"]).split())
        for owner, text in everything.items():
            if owner != entry["owner"]:
                assert [needle for needle in needles(entry) if needle in text] == []


def test_every_kind_is_there_and_some_are_known_elsewhere(scenario):
    entries = scenario.truth["protected"]
    assert {entry["role"] for entry in entries} == {"victim", "witness", "informant", "minor"}
    assert any(entry["elsewhere"] for entry in entries) and any(entry["alias"] for entry in entries)
    for entry in entries:
        assert scenario.packages[entry["dataset"]].case["owner"] == entry["owner"]
        opened = scenario.packages[entry["dataset"]].case["investigation"]["opened"]
        minor = int(opened[:4]) - int(entry["born"][:4]) < 18
        assert minor == (entry["role"] == "minor")


def test_nobody_else_is_a_minor(scenario):
    minors = {entry["truth"] for entry in scenario.truth["protected"] if entry["role"] == "minor"}
    for person in scenario.truth["people"]:
        for record in person["records"]:
            opened = scenario.packages[record["dataset"]].case["investigation"]["opened"]
            assert (int(opened[:4]) - int(person["born"][:4]) < 19) == (person["truth"] in minors)


def test_they_are_named_in_notes_comments_and_file_names(scenario):
    notes = comments = names = 0
    for entry in scenario.truth["protected"]:
        package = scenario.packages[entry["dataset"]]
        written = fold(entry["name"])
        for query in package.queries:
            rows = package.tables[query["csv_url"]]
            schemata = {entity["schema"] for entity in query["entities"].values()}
            said = sum(written in fold(str(cell)) and str(cell) != entry["written"] for row in rows[1:] for cell in row)
            notes += said if "Person" in schemata and len(schemata) == 1 else 0
            comments += said if "RouteLeg" in schemata else 0
        slug = "-".join(written.split())
        names += any(slug in path.name for path in (package.folder / "documents").iterdir())
    assert notes >= 5 and comments >= 3 and names >= 5


def test_they_take_no_part_in_connections_where_they_are_masked(scenario):
    masked = {
        (e["record"]["dataset"], e["record"]["document"], e["record"]["row"]) for e in scenario.truth["protected"]
    }
    for connection in scenario.truth["connections"]:
        for side in connection["sides"]:
            for record in side["records"]:
                assert (record["dataset"], record["document"], record["row"]) not in masked
