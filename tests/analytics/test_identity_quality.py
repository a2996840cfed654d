"""The matcher on the generator's records, through the store: names and rates that no rule was fitted to.

Figures are what was measured (docs/identity.md) less a margin: a change that lowers them has to say so.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pytest

from analytics.identity.clusters import groups
from analytics.identity.match import compare
from analytics.identity.model import shipped
from analytics.identity.reading import schemata
from analytics.identity.resolve import resolve
from graph import federation
from graph.access import Actor
from graph.identity import Pair
from graph.statement import Record
from graph.store import open_store
from graph.store.base import Store
from graph.view import as_record
from ingest.load import deliver
from ingest.scenario import generate

SIZE, SEED = 3000, 424242
Two = tuple[str, str]


@dataclass(frozen=True)
class World:
    """A delivered scenario: records by id, who each is, look-alikes as pairs of records by kind, what was counted."""

    store: Store
    records: dict[str, Record]
    who: dict[str, str]
    lookalikes: dict[Two, str]
    pairs: list[Pair]
    counts: dict[str, int]

    @property
    def true(self) -> set[Two]:
        same: dict[str, list[str]] = {}
        for record, person in self.who.items():
            same.setdefault(person, []).append(record)
        return {(min(p), max(p)) for group in same.values() for p in combinations(group, 2)}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("identity")
    summary = generate(folder / "scenario", size=SIZE, seed=SEED, variant="test")
    store = open_store(f"sqlite:///{folder}/store.db")
    agencies, actors, teams = federation.load(summary.federation)
    store.save_federation(agencies, actors, teams)
    stewards = {actor.agency: actor for actor in actors if actor.has("steward")}
    for package in summary.packages:
        owner = next(a.code for a in agencies if package.name.startswith(a.code.lower()))
        deliver(store, package, stewards[owner])
    records = {record.id: record for chunk in store.matching().scan(schemata()) for record in chunk}
    truth = json.loads(summary.truth.read_text(encoding="utf-8"))
    where = {
        (row["dataset"], row["document"], row["row"]): entry["truth"]
        for section in ("people", "organisations")
        for entry in truth[section]
        for row in entry["records"]
    }
    by_row: dict[tuple[str, str, int], str] = {}
    who: dict[str, str] = {}
    # rows are shown at more than identity level only
    everything = store.scope(Actor("dev:all", "DEV", frozenset({"analyst"}), everything=True))
    datasets = {dataset.number: dataset for dataset in store.datasets()}
    for raws in store.scan(everything, schemata(), 5000):
        for raw in raws:
            if raw.id in records:
                for s in as_record(raw, datasets[raw.dataset], raw.id).of("name", "firstName", "surname1"):
                    place = (datasets[raw.dataset].name, s.document, s.row)
                    if place in where:
                        who[raw.id] = where[place]
                        by_row[place] = raw.id
    lookalikes: dict[Two, str] = {}
    for entry in truth["lookalikes"]:
        rows = [(r["dataset"], r["document"], r["row"]) for r in entry["records"]]
        for a, b in combinations(sorted({by_row[row] for row in rows if row in by_row}), 2):
            if who[a] != who[b]:
                lookalikes[a, b] = entry["kind"]
    report = resolve(store)
    scored = store.pairs(store.matching_scope(), None)
    yield World(store, records, who, lookalikes, scored, report.counts)
    store.close()


def test_the_scenario_is_what_it_should_be(world: World) -> None:
    assert len(world.records) > 0.9 * SIZE
    assert len(world.who) > 0.9 * len(world.records)  # the rest: holders of accounts that no list names
    assert len(world.true) > 600
    assert {"sibling", "son", "twin", "namesake", "shared_document"} <= set(world.lookalikes.values())


def test_candidates_hold_nearly_every_true_pair(world: World) -> None:
    scored = compare([list(world.records.values())], shipped())
    ids = scored.table.ids
    found = {(ids[a], ids[b]) for e in scored.evidence for a, b in zip(e.left.tolist(), e.right.tolist(), strict=True)}
    recall = len(found & world.true) / len(world.true)
    assert recall >= 0.95
    assert len(found) <= 30 * len(ids)


def test_precision_and_recall(world: World) -> None:
    true = world.true
    found = {(p.left, p.right) for p in world.pairs}
    grouped = {pair for group in groups(world.pairs) for pair in combinations(group.records, 2)}
    right = len(grouped & true)
    precision, recall = right / len(grouped), right / len(true)
    assert len(found & true) / len(found) >= 0.90, "pairs"
    assert precision >= 0.92 and recall >= 0.90, (precision, recall)
    assert 2 * right / (len(grouped) + len(true)) >= 0.93


def test_automatic_pairs_are_right(world: World) -> None:
    automatic = {(p.left, p.right) for p in world.pairs if p.state == "automatic"}
    assert len(automatic) >= 20
    assert len(automatic & world.true) >= 0.99 * len(automatic)


def test_no_look_alike_is_merged(world: World) -> None:
    state = {(p.left, p.right): p.state for p in world.pairs}
    merged = {pair: kind for pair, kind in world.lookalikes.items() if state.get(pair) == "automatic"}
    assert not merged
    proposed = Counter(kind for pair, kind in world.lookalikes.items() if pair in state)
    assert sum(proposed.values()) <= 0.15 * len(world.lookalikes), proposed


def test_scores_are_calibrated(world: World) -> None:
    """Among what is scored 0.9 and more nearly all is true, and of what is in doubt some is and some is not."""
    true = world.true
    high = [(p.left, p.right) in true for p in world.pairs if p.score >= 0.95]
    middle = [(p.left, p.right) in true for p in world.pairs if 0.5 <= p.score < 0.9]
    assert sum(high) / len(high) >= 0.96
    assert 0.4 <= sum(middle) / len(middle) <= 0.98


def test_a_second_run_changes_nothing(world: World) -> None:
    report = resolve(world.store)
    assert report.saved["unchanged"] == len(world.pairs)
    assert not report.saved["added"] and not report.saved["changed"] and not report.saved["removed"]
    assert report.counts == world.counts


def test_counts_add_up(world: World) -> None:
    counts = world.counts
    assert counts["records"] == len(world.records)
    assert counts["automatic"] + counts["proposed"] == len(world.pairs) <= counts["candidates"]
    assert counts["candidates"] <= sum(n for key, n in counts.items() if key.startswith("key_"))
