"""Measuring: the figures against brute force, and the whole way on a demonstration scenario nobody tuned a rule on."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import casework
import orjson
import pytest
import yaml

from analytics.crossborder.run import run
from analytics.evaluate import clustering, evaluate, identities_table
from analytics.identity.resolve import resolve
from graph import federation
from graph.access import Actor
from graph.delivery import Release
from graph.errors import InputError
from graph.identity import Pair
from graph.session import DEV_ACTOR
from graph.store import open_store
from graph.store.base import Store
from ingest.load import deliver
from ingest.scenario import generate


@pytest.mark.parametrize("seed", range(20))
def test_figures_are_those_of_the_definitions(seed: int) -> None:
    rng = Random(seed)
    records = [f"r{n}" for n in range(rng.randint(1, 14))]
    truth = {r: f"t{rng.randrange(5)}" for r in records}
    found = {r: f"e{rng.randrange(5)}" for r in records}
    got = clustering(truth, found)
    true = {p for p in combinations(records, 2) if truth[p[0]] == truth[p[1]]}
    made = {p for p in combinations(records, 2) if found[p[0]] == found[p[1]]}
    assert (got["pairs_true"], got["pairs_found"], got["pairs_right"]) == (len(true), len(made), len(true & made))
    assert got["precision"] == (round(len(true & made) / len(made), 4) if made else None)
    assert got["recall"] == (round(len(true & made) / len(true), 4) if true else None)
    precise = recalled = 0.0
    for r in records:
        same = {x for x in records if truth[x] == truth[r]}
        held = {x for x in records if found[x] == found[r]}
        precise += len(same & held) / len(held)
        recalled += len(same & held) / len(same)
    assert got["b3_precision"] == pytest.approx(precise / len(records), abs=1e-4)
    assert got["b3_recall"] == pytest.approx(recalled / len(records), abs=1e-4)


def test_the_table_tells_entity_group_and_the_weakest_tie(tmp_path: Path) -> None:
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    made = [casework.record(store, "AR-MPF", "ar1", k, name=f"Juan {k}", idNumber=k) for k in "1234"]
    ids = [r.id for r in made]
    link = casework.record(store, "AR-MPF", "ar1", "k", "Associate", person=ids[0], associate=ids[1])
    casework.deliver(store, casework.ANA, "ar1", [*made, link], (Release("BR-MPF", "identity"),))
    pairs = [(0, 1, "automatic"), (1, 2, "proposed")]
    store.save_pairs([Pair(*sorted((ids[a], ids[b])), 0.9, state) for a, b, state in pairs], "m")
    rows = list(identities_table(store.view(casework.ANA)))
    assert {r.record for r in rows} == set(ids)  # links are no things
    of = {r.record: r for r in rows}
    assert of[ids[0]].entity == of[ids[1]].entity == min(ids[:2])
    assert of[ids[2]].entity == ids[2]
    assert of[ids[0]].group == of[ids[2]].group
    assert {of[i].state for i in ids[:3]} == {"proposed"}
    assert (of[ids[3]].group, of[ids[3]].state) == (ids[3], "")
    assert {(r.document, r.row) for r in rows} == {("data/personas.csv", 2), ("data/personas.csv", 3)}
    assert len(rows) == 8  # one line for each source row of a record
    others = list(identities_table(store.view(casework.BIA)))
    assert {(r.document, r.row) for r in others} == {("", 0)}  # documents and rows are no part of identity
    assert len(others) == 4


def test_a_masked_record_is_listed_under_its_pseudonym_and_its_file_is_not_named(tmp_path: Path) -> None:
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    victim = casework.record(store, "AR-MPF", "ar1", "1", name="Víctima", mask="victim")
    other = casework.record(store, "AR-MPF", "ar1", "2", name="Otro")
    casework.deliver(store, casework.ANA, "ar1", [victim, other], (Release("*", "full"),))
    rows = list(identities_table(store.view(casework.BIA)))
    assert victim.id not in {r.record for r in rows}
    assert {r.record[0] for r in rows} == {"p", "r"}
    assert "data/personas.csv" not in {r.document for r in rows}


def test_what_is_no_truth_is_refused(tmp_path: Path) -> None:
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    for text in ("{", "[]", '{"people": []}'):
        (tmp_path / "t.json").write_text(text)
        with pytest.raises(InputError):
            evaluate(store, tmp_path / "t.json", casework.ANA)


# --- the whole way ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Path, dict[str, Any]]]:
    """A scenario of 900 records, delivered, matched and flagged, with its truth and its figures."""
    folder = tmp_path_factory.mktemp("scenario")
    made = generate(folder / "s", size=900, seed=20261125)
    store = open_store(f"sqlite:///{folder / 'x.db'}")
    store.set_meta("made_by", "test")
    store.save_federation(*federation.load(made.federation))
    stewards = {a.agency: a for a in store.actors() if a.has("steward")}
    for package in made.packages:
        owner = yaml.safe_load((package / "case.yaml").read_text(encoding="utf-8"))["owner"]
        deliver(store, package, stewards[owner])
    resolve(store)
    run(store)
    yield store, made.truth, evaluate(store, made.truth, DEV_ACTOR)
    store.close()


Scenario = tuple[Store, Path, dict[str, Any]]


def test_no_planted_lookalike_is_merged_automatically(scenario: Scenario) -> None:
    figures = scenario[2]
    assert figures["lookalikes"]["total"] > 30
    assert figures["lookalikes"]["merged"] == 0
    withdrawn = orjson.loads(scenario[1].read_bytes())["withdrawn"]
    assert figures["identities"]["unplaced_rows"] == len(withdrawn)  # every other row of the truth has its record
    assert figures["identities"]["automatic"]["precision"] == 1.0
    assert figures["identities"]["proposed"]["recall"] > 0.9
    assert figures["identities"]["proposed"]["precision"] > 0.9


def test_flags_find_what_was_planted_and_little_else(scenario: Scenario) -> None:
    kinds = scenario[2]["flags"]["kinds"]
    assert set(kinds) == {"same_entity", "shared_identifier", "crossing_link", "shared_route", "money", "hit", "all"}
    assert kinds["all"]["recall_any_kind"] >= 0.95
    assert kinds["all"]["precision"] >= 0.9
    assert all(k["expected"] > 0 for k in kinds.values())
    for figures in kinds.values():
        assert figures["recall_any_kind"] >= 0.8
    # what rests on no number is found too
    assert scenario[2]["flags"]["basis"]["name"]["recall"] >= 0.8
    bands = [b for b in scenario[2]["flags"]["calibration"] if b["flags"] > 30]
    assert all(b["right"] >= b["mean_score"] - 0.1 for b in bands)


def test_running_again_on_the_scenario_raises_no_second_flag(scenario: Scenario) -> None:
    store = scenario[0]
    counts = run(store)
    seen = {kind: figures["flags"] for kind, figures in scenario[2]["flags"]["kinds"].items() if kind != "all"}
    assert seen == {kind: counts[kind] for kind in seen}  # whoever a flag is raised for sees all it rests on
    assert counts["unchanged"] == sum(seen.values()) > 100
    assert counts["new"] == counts["updated"] == counts["withdrawn"] == 0


def test_one_agency_measures_what_it_sees(scenario: Scenario) -> None:
    store, truth, everybody = scenario
    actor = next(a for a in store.actors() if a.agency == "AR-MPF" and a.has("coordinator"))
    own = evaluate(store, truth, Actor(actor.id, actor.agency, actor.roles))
    assert 0 < own["flags"]["kinds"]["all"]["flags"] < everybody["flags"]["kinds"]["all"]["flags"]
    assert 0 < own["identities"]["records"] < everybody["identities"]["records"]


def test_the_table_joins_the_truth_by_dataset_document_and_row(scenario: Scenario, tmp_path: Path) -> None:
    store = scenario[0]
    path = tmp_path / "identities.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(identities_table(store.view(DEV_ACTOR)))
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert all(len(row) == 8 for row in rows)
    assert {row[7] for row in rows} == {"", "automatic", "proposed"}
    assert len({tuple(row[:5]) for row in rows}) == len(rows)
