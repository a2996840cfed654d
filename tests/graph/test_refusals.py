"""Deny by default, and the clock alone is enough: each way in which a right is not there, or not any more."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import casework
import pytest

from graph.access import Actor, Team
from graph.audit import Audit
from graph.delivery import Release
from graph.errors import AccessDenied, NotFound
from graph.export.audience import audience_view
from graph.store.sqlite import SQLiteStore

ANA, BIA = casework.ANA, casework.BIA
BEFORE, LAST, AFTER = (datetime(*day, 12, tzinfo=UTC) for day in ((2026, 5, 31), (2026, 12, 31), (2027, 1, 1)))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SQLiteStore:
    monkeypatch.setattr(os, "fsync", lambda handle: None)
    made = SQLiteStore(tmp_path / "x.db")
    made.clock = lambda: LAST
    casework.found(made)
    made.save_federation([], [], [Team("eci", casework.TEAM.members, "x", "AR-MPF", "2026-06-01", "2026-12-31")])
    return made


def put(store: SQLiteStore, *releases: Release, retention: str = "") -> str:
    person = casework.record(store, "AR-MPF", "a", "p", name="Ana Paz")
    casework.deliver(store, ANA, "a", [person], releases, retention=retention)
    return person.id


def sees(store: SQLiteStore, record: str) -> bool:
    """Whether the reader gets it; what is refused and what does not exist give one error."""
    view = store.view(BIA)
    found = view.search("paz").total == 1
    assert found == bool(view.records([record])) == bool(view.datasets())
    if not found:
        for name in (record, "r" + "0" * 32):
            with pytest.raises(NotFound) as error:
                view.entity(name)
            assert error.value.key == "error.not_found"
    return found


CASES: dict[str, tuple[tuple[Release, ...], str]] = {
    "a release until a day": ((Release("BR-MPF", "full", "2026-12-31"),), ""),
    "a release to a team with a term": ((Release("team:eci", "full"),), ""),
    "a team's term within a longer release": ((Release("team:eci", "full", "2099-01-01"),), ""),
    "a release within a longer term": ((Release("team:eci", "full", "2026-12-31"),), ""),
    "a dataset's retention": ((Release("BR-MPF", "full"),), "2026-12-31"),
}


@pytest.mark.parametrize("name", CASES)
def test_it_ends_with_its_day_by_the_clock_alone(store: SQLiteStore, name: str) -> None:
    releases, retention = CASES[name]
    record = put(store, *releases, retention=retention)
    view, version = store.view(BIA), store.version()
    assert sees(store, record) and view.search("paz").total == 1
    store.clock = lambda: AFTER
    assert not sees(store, record)
    assert view.search("paz").total == 0, "in a view that was open before, too"
    assert store.version() == version, "nothing was written"
    store.clock = lambda: LAST
    assert sees(store, record), "and a clock set back gives it again"


def test_a_team_whose_term_has_not_begun_receives_nothing(store: SQLiteStore) -> None:
    record = put(store, Release("team:eci", "full"))
    store.clock = lambda: BEFORE
    assert not sees(store, record)


NOTHING: dict[str, tuple[Release, ...]] = {
    "no release": (),
    "to somebody else": (Release("CL-FN", "full"),),
    "to a team of others": (Release("team:none", "full"),),
    "a hit is no sight": (Release("BR-MPF", "hit"), Release("*", "hit")),
}


@pytest.mark.parametrize("name", NOTHING)
def test_without_a_release_there_is_nothing(store: SQLiteStore, name: str) -> None:
    assert not sees(store, put(store, *NOTHING[name]))


def test_an_export_is_refused_when_the_receivers_term_has_ended(store: SQLiteStore) -> None:
    put(store, Release("team:eci", "full"))
    told = set()
    audience_view(store, ANA, "team:eci")
    for clock, receiver in ((AFTER, "team:eci"), (BEFORE, "team:eci"), (LAST, "team:none"), (LAST, "agency:ZZ")):
        store.clock = lambda clock=clock: clock  # type: ignore[misc]
        with pytest.raises(AccessDenied) as error:
            audience_view(store, ANA, receiver)
        told.add(error.value.key)
    assert told == {"export.no_audience"}, "one sentence for all of them"


@pytest.mark.parametrize("agency", ["", "ZZ-NO", "ar-mpf", "DEV", "*", "team:eci"])
def test_an_actor_of_no_agency_has_no_view_and_delivers_nothing(store: SQLiteStore, agency: str) -> None:
    put(store, Release("*", "full"))
    who = Actor("xx:no", agency, casework.ROLES)
    for attempt in (lambda: store.view(who), lambda: store.deliver(who, casework.manifest(agency, "z"))):
        with pytest.raises(AccessDenied):
            attempt()


def test_no_answer_without_a_line_in_the_log(store: SQLiteStore, tmp_path: Path) -> None:
    record = put(store, Release("BR-MPF", "full"))
    (tmp_path / "file").write_text("")
    view = store.view(BIA)
    store.audit = Audit(tmp_path / "file" / "no-folder")
    reads: list[Callable[[], object]] = [
        lambda: view.search("paz"),
        lambda: view.entity(record),
        lambda: view.records([record]),
        lambda: view.neighbourhood([record]),
        lambda: view.arrays(),
        lambda: view.flags(),
        lambda: view.withheld(view.resolve(view.scope(), [record])[record]),
        lambda: casework.deliver(store, ANA, "z", []),
    ]
    for read in reads:
        with pytest.raises(AccessDenied) as error:
            read()
        assert error.value.key == "error.audit_failed"
    assert [d.name for d in store.datasets() if d.current] == ["a"]
