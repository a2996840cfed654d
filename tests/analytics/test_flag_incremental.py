"""Only agencies whose flags can have changed are looked at, and the flags are those of a full run, byte for byte."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import casework
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics import jobs
from analytics.crossborder import standing
from analytics.crossborder.picture import Picture
from analytics.crossborder.run import flags_of
from graph.access import Grant
from graph.delivery import Release
from graph.identity import Pair, Reason
from graph.judging import judge, undo
from graph.settings import settings as chosen
from graph.store import open_store
from graph.store.base import Store

ACTORS = (casework.ANA, casework.BIA, casework.CARO)
NAMES = ("Juan Pérez", "João Peres", "Ana Souza")
RELEASES = ("", "hit", "identity", "full")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def no_matcher(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pairs are made by the tests themselves."""
    monkeypatch.setattr(jobs, "_resolve", lambda store, step: {})


class World:
    """A store that actions change, one after the other."""

    def __init__(self, store: Store) -> None:
        self.store, self.revision, self.people, self.judged = casework.found(store), 0, {}, []
        self.days = 0
        store.clock = lambda: NOW + timedelta(days=self.days)

    people: dict[str, dict[str, str]]  # dataset → record → name
    judged: list[tuple[Any, int]]

    def deliver(self, who: int, name: int, phone: int, level: int) -> None:
        actor, self.revision = ACTORS[who], self.revision + 1
        dataset = f"{actor.agency[:2].lower()}1"
        made = [
            casework.record(self.store, actor.agency, dataset, key, name=NAMES[n % 3], phone=(f"+549110000000{phone}",))
            for key, n in (("1", name), ("2", name + 1))
        ]
        releases = (Release("*", RELEASES[level]),) if RELEASES[level] else ()
        casework.deliver(self.store, actor, dataset, made, releases, revision=self.revision)
        self.people[dataset] = {r.id: NAMES[n % 3] for r, n in zip(made, (name, name + 1), strict=True)}
        self.match()

    def match(self) -> None:
        known = [(i, name, d) for d, people in sorted(self.people.items()) for i, name in people.items()]
        pairs = [
            Pair(*sorted((a, b)), 0.95, "automatic" if n[0] == "J" else "proposed", (Reason("x", n, m, 2.0),))
            for (a, n, d), (b, m, e) in combinations(known, 2)
            if d != e and n == m
        ]
        self.store.save_pairs(pairs, "m")

    def release(self, who: int, level: int, days: int) -> None:
        for state in self.store.datasets():
            if state.owner == ACTORS[who].agency:
                until = (NOW + timedelta(days=days)).date().isoformat()
                grants = [Grant(state.number, "*", level, "", until)] if level else []
                self.store.replace_grants(state.number, grants)

    def withdraw(self, who: int) -> None:
        for state in self.store.datasets():
            if state.owner == ACTORS[who].agency and state.current:
                self.store.withdraw(state.number)
                self.people.pop(state.name, None)

    def judge(self, who: int, verdict: int) -> None:
        pairs = self.store.pairs(self.store.scope(ACTORS[who]), None)
        if pairs:
            word = ("same", "different")[verdict]
            self.judged.append((ACTORS[who], judge(self.store, ACTORS[who], pairs[0].left, pairs[0].right, word)))

    def undo(self) -> None:
        if self.judged:
            undo(self.store, *self.judged.pop())

    def wait(self, days: int) -> None:
        self.days += days


small = st.integers(0, 2)
actions = st.one_of(
    st.tuples(st.just("deliver"), small, small, small, st.integers(0, 3)),
    st.tuples(st.just("release"), small, st.integers(0, 3), st.integers(1, 4)),
    st.tuples(st.just("withdraw"), small),
    st.tuples(st.just("judge"), small, st.integers(0, 1)),
    st.tuples(st.just("undo")),
    st.tuples(st.just("wait"), st.integers(1, 2)),
)
first = st.tuples(*[st.tuples(st.just("deliver"), st.just(n), small, small, st.just(3)) for n in range(3)])


def check(store: Store, steps: list[tuple[Any, ...]]) -> int:
    """Run the job after each step and compare with a full look; how many agencies were passed over."""
    world, passed = World(store), 0
    for name, *arguments in steps:
        getattr(world, name)(*arguments)
        passed += jobs.run_flag_job(store).get("agencies_unchanged", 0)
        for actor in ACTORS:
            picture = Picture(store, actor.agency)
            full = {f.id: (f.digest, f.grounds) for f in flags_of(picture)}
            kept = {f.id: (f.digest, f.grounds) for f in store.flags(picture.scope, actor.agency)}
            assert kept == full, (name, arguments, actor.agency)
    return passed


@settings(max_examples=settings().max_examples // 8, suppress_health_check=list(HealthCheck))
@given(begin=first, more=st.lists(actions, max_size=6))
def test_passing_over_what_did_not_change_gives_the_flags_of_a_full_run(
    begin: tuple[Any, ...], more: list[tuple[Any, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{Path(folder, 'x.db')}")
        check(store, [*begin, *more])
        store.close()


def test_a_release_to_one_agency_makes_no_work_for_another(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    world = World(store)
    for n in range(3):
        world.deliver(n, 0, 1, 3)
    assert jobs.run_flag_job(store).get("agencies_unchanged", 0) == 0
    casework.deliver(
        store, casework.BIA, "br2", [casework.record(store, "BR-MPF", "br2", "1", name="Nuevo")],
        (Release("AR-MPF", "full"),),
    )  # fmt: skip
    counts = jobs.run_flag_job(store)
    assert (counts["agencies"], counts["agencies_unchanged"]) == (2, 1)  # Chile sees nothing of it
    assert jobs.run_flag_job(store, force=True)["agencies"] == 3
    store.close()


@pytest.mark.parametrize(
    "change", ["rules", "contact", "verdicts", "waiting", "hidden pairs", "pairs", "judgement", "hit"]
)
def test_what_else_changes_flags_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'x.db'}")
    world = World(store)
    for n in range(3):
        world.deliver(n, 0, 1, {"waiting": 1, "hidden pairs": 1, "hit": 0}.get(change, 3))
    monkeypatch.setenv("VINCULO_HITS_PER_DAY", "1" if change == "waiting" else "1000")
    chosen.cache_clear()
    jobs.run_flag_job(store)
    before = standing.stand(store, "AR-MPF")
    assert before == standing.stand(store, "AR-MPF")
    if change == "rules":
        monkeypatch.setenv("VINCULO_FLAG_THRESHOLDS", "money=0.9")
        chosen.cache_clear()
    elif change == "contact":
        agency = casework.AGENCIES[1]
        store.save_federation([type(agency)(agency.code, agency.name, agency.country, {"email": "x@y.org"})], [], [])
    elif change == "verdicts":
        store.keep("flag_calibration", {"AR-MPF": {"layers": {"money": [1.0, 1.0, 3]}}})
    elif change in ("hidden pairs", "pairs"):
        store.save_pairs([], "m2")  # another model: the identities are others, or the hits
    elif change == "judgement":
        world.judge(0, 0)
    elif change == "hit":
        world.release(1, 1, 4)
    else:
        world.wait(1)
    assert standing.stand(store, "AR-MPF") != before
    store.close()
    chosen.cache_clear()
