"""The demonstration scenario: that it is repeatable, whole, and as hard as it says."""

from __future__ import annotations

import hashlib
import itertools
import json
import sys
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest
import yaml

from ingest.scenario import SMALLEST, generate, packages
from ingest.scenario.stocks import names

sys.path.insert(0, str(Path(__file__).parent))
from scenario_files import PLACEHOLDERS, Package, Scenario, digits, fold, read_scenario, tokens  # noqa: E402

CORE = {"AR-MPF", "BR-MPF", "CL-FN", "CO-FGN", "ES-FGE", "MX-FGR", "PT-PGR", "PY-MP"}
MASKED = ("victim", "witness", "informant", "minor")


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    out = tmp_path_factory.mktemp("scenario")
    generate(out, size=4000, seed=20261)
    return read_scenario(out)


def digest(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        generate(tmp_path / name, size=300, seed=5)
    generate(tmp_path / "other", size=300, seed=6)
    one = digest(tmp_path / "one")
    assert one == digest(tmp_path / "two")
    assert any(name.endswith(".xlsx") for name in one)
    assert one["truth.json"] != digest(tmp_path / "other")["truth.json"]


@pytest.mark.parametrize("size", [SMALLEST, 200, 601])
def test_small_scenarios_are_whole(tmp_path, size):
    told = []
    summary = generate(tmp_path / "s", size=size, seed=1, progress=lambda done, total: told.append((done, total)))
    made = read_scenario(tmp_path / "s")
    assert {package.case["owner"] for package in made.packages.values()} == CORE
    assert made.truth["counts"]["records"] == size == told[-1][0] == told[-1][1]
    assert summary.rows["people"] + summary.rows["companies"] == size
    assert [path.name for path in summary.packages] == [path.name for path in summary.packages if path.is_dir()]
    assert {c["kind"] for c in made.truth["connections"]} == {
        "same_entity", "shared_identifier", "crossing_link", "shared_route", "money",
    }  # fmt: skip


def test_it_refuses_what_would_not_be_a_scenario(tmp_path):
    with pytest.raises(ValueError, match=str(SMALLEST)):
        generate(tmp_path / "tiny", size=SMALLEST - 1, seed=1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "somebody's work").touch()
    with pytest.raises(FileExistsError):
        generate(tmp_path / "full", size=200, seed=1)


def test_every_row_of_people_and_companies_is_in_the_truth_once(scenario):
    for schema, section in (("Person", "people"), ("Company", "organisations")):
        told = Counter((r["dataset"], r["row"]) for thing in scenario.truth[section] for r in thing["records"])
        there = {(name, row) for name, package in scenario.packages.items() for row in package.rows(schema)}
        assert set(told) == there
        assert set(told.values()) == {1}
    assert sum(len(person["records"]) for person in scenario.truth["people"]) > 3400


def test_the_rows_told_hold_the_person_told(scenario):
    shared = 0
    for person, package, row, _ in scenario.people():
        written = set(tokens(package.cell(row, "name")))
        shared += bool(written & set(tokens(person["name"])))
    assert shared / len(scenario.people()) > 0.99
    for company in scenario.truth["organisations"][:300]:
        for record in company["records"]:
            name = scenario.packages[record["dataset"]].rows("Company")[record["row"]]
            column = scenario.packages[record["dataset"]].entity("Company")["properties"]["name"]["column"]
            assert set(tokens(name[column])) & set(tokens(company["name"]))


def born(package: Package, row: dict) -> str:
    """The birth date of a row as ISO, a year, or nothing."""
    text = row[package.entity("Person")["properties"]["birthDate"]["column"]]
    if isinstance(text, datetime | date):
        return text.strftime("%Y-%m-%d")
    if str(text) in PLACEHOLDERS or text == "":
        return ""
    if len(str(text)) == 4:
        return str(text)
    form = package.entity("Person")["properties"]["birthDate"]["format"]
    return datetime.strptime(str(text), form).strftime("%Y-%m-%d")


def test_birth_dates_are_as_bad_as_stated(scenario):
    people = scenario.people()
    dates = [(person["born"], born(package, row)) for person, package, row, _ in people]
    noted = [(true, text) for true, text in dates if text]
    assert 1 - len(noted) / len(dates) == pytest.approx(0.18, abs=0.02)
    bad = [(true, text) for true, text in noted if text != true]
    assert len(bad) / len(noted) == pytest.approx(0.135, abs=0.02)
    years = [text for _, text in bad if len(text) == 4]
    assert 0.3 < len(years) / len(bad) < 0.6
    assert all(true.startswith(text) for true, text in bad if len(text) == 4)


def test_documents_are_as_rare_as_stated_and_differ_between_countries(scenario):
    papers = set()
    for name, package in scenario.packages.items():
        for query in package.queries:
            if "documentos" in query["csv_url"]:
                papers |= {(name, str(row[0])) for row in package.tables[query["csv_url"]][1:]}
    with_number, known = 0, {}
    for person, package, row, number in scenario.people():
        cells = {digits(package.cell(row, prop)) for prop in ("idNumber", "taxNumber", "passportNumber")}
        cells -= {"", *map(digits, PLACEHOLDERS)}
        key = (package.case["dataset"], str(row[package.entity("Person")["keys"][0]]))
        assert int(key[1]) == number - 1
        with_number += bool(cells) or key in papers
        known.setdefault(person["truth"], []).append((package.case["owner"], cells))
    assert with_number / len(scenario.people()) == pytest.approx(0.48, abs=0.03)
    several = [rows for rows in known.values() if len({o for o, cells in rows if cells}) > 1]
    differ = [rows for rows in several if not set.intersection(*(cells for _, cells in rows if cells))]
    assert len(differ) / len(several) > 0.6


def test_names_are_as_hard_as_stated(scenario):
    first = second = accents = bare = swapped = both = 0
    for person, package, row, _ in scenario.people():
        text = package.cell(row, "name")
        written, head = tokens(text), tokens(person["given"][0])[0]
        paternal, maternal = tokens(person["paternal"])[-1], tokens(person["maternal"])[-1]
        second += maternal not in written
        if {paternal, maternal} <= set(written) and paternal != maternal:
            both += 1
            order = (maternal, paternal) if person["country"] in {"BR", "PT"} else (paternal, maternal)
            swapped += written.index(order[0]) > written.index(order[1])
        if "surname1" not in package.entity("Person")["properties"] and head in written:
            first += written[0] != head and written[0] in tokens(f"{person['paternal']} {person['maternal']}")
        if fold(person["given"][0]) != person["given"][0].lower() and head in written:
            accents += 1
            bare += text.isascii() or person["given"][0].lower() not in text.lower()
    rows = len(scenario.people())
    # Typing errors, married names and spellings in the other language also cost a second surname.
    assert 0.26 < second / rows < 0.38
    assert swapped / both == pytest.approx(0.06 / 0.72, abs=0.02)
    assert first / rows == pytest.approx(0.20, abs=0.035)
    assert bare / accents == pytest.approx(0.50, abs=0.05)


def test_the_rates_told_are_those_asked_for(scenario):
    rates = scenario.truth["rates"]
    asked = {"drop_second": 0.28, "swap": 0.06, "surname_first": 0.20, "unaccented": 0.50, "no_birth_date": 0.18,
             "bad_birth_date": 0.135, "document": 0.48}  # fmt: skip
    for name, share in asked.items():
        assert rates[name] == pytest.approx(share, abs=0.025), name
    assert 0.03 < rates["typo"] < 0.08
    for name in ("hypocorism", "abbreviation", "married", "translated", "respelled", "listed_twice"):
        assert rates[name] > 0.002, name


def test_people_are_known_to_one_to_four_services(scenario):
    owners = Counter(
        len({scenario.packages[r["dataset"]].case["owner"] for r in person["records"]})
        for person in scenario.truth["people"]
    )
    assert set(owners) == {1, 2, 3, 4}
    assert 0.72 < owners[1] / owners.total() < 0.86


def test_connections_stand_on_rows_of_different_services(scenario):
    truth = scenario.truth
    assert {c["kind"] for c in truth["connections"]} == {
        "same_entity", "shared_identifier", "crossing_link", "shared_route", "money",
    }  # fmt: skip
    for connection in truth["connections"]:
        owners = {side["owner"] for side in connection["sides"]}
        countries = {owner[:2] for owner in owners}
        assert len(owners) > 1
        assert (connection["scope"] == "cross_border") == (len(countries) > 1)
        for side in connection["sides"]:
            assert side["records"]
            assert scenario.packages[side["dataset"]].case["owner"] == side["owner"]
            for record in side["records"]:
                assert record["dataset"] == side["dataset"]
                assert any(str(cell) for cell in scenario.row(record).values())
        if connection["kind"] in {"same_entity", "crossing_link"}:
            pairs = connection["pairs"]
            assert connection["telling"] == any(pair["telling"] for pair in pairs)
            ends = [{connection["sides"][at]["owner"] for at in pair["sides"]} for pair in pairs]
            assert all(len(owners) == 2 for owners in ends)
    bases = Counter(c["basis"] for c in truth["connections"] if c["scope"] == "cross_border")
    assert 1 - bases["number"] / bases.total() >= 0.30
    telling = Counter(c["basis"] for c in truth["connections"] if c["telling"] and c["scope"] == "cross_border")
    assert 1 - telling["number"] / telling.total() >= 0.30


def test_what_is_said_to_be_shared_is_in_the_rows(scenario):
    ways = Counter()
    for connection in scenario.truth["connections"]:
        if connection["kind"] not in {"shared_identifier", "money", "shared_route"}:
            continue
        ways[connection["kind"], connection["via"]] += 1
        value = connection["value"]
        needle = (
            digits(fold(value.split(",")[0].split(" ", 1)[-1])) if connection["via"] == "address" else digits(value)
        )
        needle = needle[-7:] if connection["via"] == "phone" else digits(fold(needle))
        for side in connection["sides"]:
            cells = [digits(fold(str(cell))) for record in side["records"] for cell in scenario.row(record).values()]
            assert any(needle in cell for cell in cells), (connection["id"], needle)
    assert {via for kind, via in ways if kind == "shared_identifier"} == {
        "phone", "vehicle", "account", "address", "container",
    }  # fmt: skip
    assert ways["money", "account"] and ways["shared_route", "carrier"] and ways["shared_route", "container"]


def test_routes_that_meet_meet_in_one_place_within_four_days(scenario):
    for connection in scenario.truth["connections"]:
        if connection["kind"] != "shared_route":
            continue
        places, times = set(), []
        for side in connection["sides"]:
            package = scenario.packages[side["dataset"]]
            leg = package.entity("RouteLeg")["properties"]
            row = scenario.row(side["records"][0])
            places.add(row[leg["toPlaceCode"]["column"]])
            times.append(datetime.strptime(row[leg["arrival"]["column"]], leg["arrival"]["format"]))
        assert len(places) == 1
        assert abs((times[0] - times[1]).total_seconds()) < 4 * 86_400


def test_lookalikes_are_no_connections(scenario):
    truth = scenario.truth
    kinds = Counter(look["kind"] for look in truth["lookalikes"])
    assert set(kinds) == {
        "sibling", "son", "twin", "namesake", "shared_document", "common_phone", "hub_address", "common_carrier",
    }  # fmt: skip
    for look in truth["lookalikes"]:
        for record in look["records"]:
            assert any(str(cell) for cell in scenario.row(record).values())
    alike = [set(pair) for look in truth["lookalikes"] for pair in itertools.combinations(look["truth"], 2)]
    for connection in truth["connections"]:
        people = set(connection["truth"])
        if connection["kind"] == "same_entity":
            assert len(people) == 1
        elif connection["kind"] != "crossing_link":  # brothers may be tied by a stated family link
            assert not any(pair <= people for pair in alike)
    everybody = {person["truth"]: person for person in truth["people"]}
    for look in truth["lookalikes"]:
        if look["kind"] in {"sibling", "son", "twin", "namesake"}:
            one, two = (everybody[name] for name in look["truth"])
            assert one["paternal"] == two["paternal"]
            assert (one["born"] == two["born"]) == (look["kind"] == "twin")
            assert look["kind"] != "namesake" or one["born"][:4] == two["born"][:4]
            assert look["kind"] not in {"sibling", "twin"} or one["maternal"] == two["maternal"]
            assert look["kind"] not in {"son", "namesake"} or one["given"] == two["given"]


def test_two_people_share_a_number_by_a_typing_error(scenario):
    found = [look for look in scenario.truth["lookalikes"] if look["kind"] == "shared_document"]
    assert found
    for look in found:
        numbers = set()
        for record in look["records"]:
            package = scenario.packages[record["dataset"]]
            numbers.add(digits(package.cell(scenario.row(record), "idNumber")))
        assert len(numbers) == 1 and len(look["truth"]) == 2


def test_releases_and_teams_are_varied(scenario):
    federation = yaml.safe_load((scenario.folder / "federation.yaml").read_text(encoding="utf-8"))
    assert {a["code"] for a in federation["agencies"]} == {p.case["owner"] for p in scenario.packages.values()} > CORE
    assert {"ar:ana", "br:bia"} <= {actor["id"] for actor in federation["actors"]}
    assert all(actor["roles"] for actor in federation["actors"])
    assert {team["id"] for team in federation["teams"]} == {"eci-litoral", "eci-atlantico"}
    seen = Counter()
    for package in scenario.packages.values():
        seen[tuple(sorted((r["to"], r["level"]) for r in package.case.get("release", [])))] += 1
        for entry in package.case.get("documents", []):
            data = (package.folder / entry["file"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    assert seen[()] and seen[(("*", "hit"),)] and seen[(("*", "identity"),)]
    assert any(to == "team:eci-litoral" for key in seen for to, _ in key)
    withdrawn = {(w["record"]["dataset"], w["record"]["row"]) for w in scenario.truth["withdrawn"]}
    told = {
        (name, int(rule["key"].removeprefix("persona:")) + 1)
        for name, package in scenario.packages.items()
        for rule in package.case.get("records", [])
    }
    assert withdrawn == told != set()


def test_exports_come_in_many_messy_forms(scenario):
    forms = Counter()
    for package in scenario.packages.values():
        query = package.query("Person")
        forms[query.get("encoding", "xlsx"), query.get("delimiter", "")] += 1
        if query["csv_url"].endswith(".csv"):
            raw = (package.folder / query["csv_url"]).read_bytes()
            assert raw.startswith(b"\xef\xbb\xbf") == (query["encoding"] == "utf-8-sig")
            forms["crlf" if b"\r\n" in raw else "lf"] += 1
        assert len(package.tables) >= 8
    assert {("cp1252", ";"), ("utf-8-sig", ";"), ("utf-8", "\t"), ("utf-8", ","), ("xlsx", ""), "crlf", "lf"} <= set(
        forms
    )
    orders = {p.entity("Person")["properties"]["name"]["name_order"] for p in scenario.packages.values()}
    assert orders == {"surname_first", "given_first"}


def test_variants_have_names_that_the_other_lacks():
    for country in ("AR", "BR"):
        train, test = (set(names(country, variant).surname.values) for variant in ("train", "test"))
        assert len(train - test) > 40 and len(test - train) > 40 and len(train & test) > 150


def test_waves_keep_the_truth_together(tmp_path, monkeypatch):
    """With small waves people reappear in a later one, and all that holds of one wave holds of many."""
    monkeypatch.setattr(packages, "WAVE", 500)
    generate(tmp_path / "s", size=2000, seed=3)
    made = read_scenario(tmp_path / "s")
    assert made.truth["counts"]["records"] == 2000
    order = {name: at for at, name in enumerate(p.name for p in sorted((tmp_path / "s").iterdir()) if p.is_dir())}
    assert len(order) == made.truth["counts"]["packages"]
    told = Counter((r["dataset"], r["row"]) for person in made.truth["people"] for r in person["records"])
    assert set(told.values()) == {1}
    assert sum(told.values()) == made.truth["counts"]["rows"]["people"]
    ids = [int(person["truth"][1:]) for person in made.truth["people"]]
    assert len(set(ids)) == len(ids)
    # Entries stand in the order of their numbers but for those who were carried into a later wave.
    late = [n for before, n in itertools.pairwise(ids) if n < before]
    assert late


def test_truth_is_streamed(tmp_path):
    """No part of it is left behind, and one entry stands on one line, so that it can be read line by line."""
    generate(tmp_path / "s", size=200, seed=2)
    assert sorted(p.name for p in (tmp_path / "s").iterdir() if p.is_file()) == ["federation.yaml", "truth.json"]
    lines = (tmp_path / "s" / "truth.json").read_text(encoding="utf-8").splitlines()
    people = [json.loads(line.rstrip(",")) for line in lines if line.startswith('{"truth":"P') and '"given"' in line]
    assert len(people) == json.loads("\n".join(lines))["counts"]["people"]
