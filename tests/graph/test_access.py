"""The predicate: who sees what, cell by cell, and until when."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest

from graph.access import (
    FULL,
    HIT,
    IDENTITY,
    OWN,
    TEXT,
    Actor,
    DatasetState,
    Grant,
    Team,
    compile_scope,
    end_of,
    intersect,
    require,
)
from graph.errors import AccessDenied

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANALYST = frozenset({"analyst"})
BR = Actor("br:bia", "BR-MPF", ANALYST)
AR = Actor("ar:ana", "AR-MPF", ANALYST)
SET = DatasetState(1, "AR-MPF", "a", "AR", current=7, revision=1)
VICTIMS = DatasetState(2, "AR-MPF", "b", "AR", current=8, revision=1, protected=True)
TEAM = Team("eci", frozenset({"AR-MPF", "BR-MPF"}), "x", "", "2026-01-01", "2026-12-31")


def level(actor: Actor, grants: list[Grant], dataset: DatasetState = SET, at: datetime = NOW) -> int:
    return compile_scope(actor, [dataset], grants, [TEAM], at).level(dataset.number)


@pytest.mark.parametrize(
    ("granted", "protected", "expected"),
    [
        (0, False, 0), (HIT, False, 0), (IDENTITY, False, IDENTITY), (FULL, False, TEXT),
        (0, True, 0), (HIT, True, 0), (IDENTITY, True, IDENTITY), (FULL, True, FULL),
    ],
)  # fmt: skip
def test_a_release_gives_its_level_and_no_text_beside_a_protected_person(
    granted: int, protected: bool, expected: int
) -> None:
    dataset = VICTIMS if protected else SET
    assert level(BR, [Grant(dataset.number, "BR-MPF", granted)], dataset) == expected


@pytest.mark.parametrize("to", ["*", "BR-MPF", "team:eci"])
def test_every_kind_of_receiver(to: str) -> None:
    assert level(BR, [Grant(1, to, IDENTITY)]) == IDENTITY


@pytest.mark.parametrize("to", ["CL-FN", "team:other", "", "br-mpf", "team:", "eci"])
def test_a_release_to_somebody_else_gives_nothing(to: str) -> None:
    assert level(BR, [Grant(1, to, FULL)]) == 0


def test_the_owner_sees_its_own_whole_and_needs_no_release() -> None:
    assert level(AR, []) == OWN


@pytest.mark.parametrize("roles", [frozenset(), frozenset({"operator"}), frozenset({"admin"})])
def test_without_a_reading_role_nothing_is_seen_not_even_ones_own(roles: frozenset[str]) -> None:
    scope = compile_scope(Actor("ar:op", "AR-MPF", roles), [SET], [Grant(1, "*", FULL)], [TEAM], NOW)
    assert not scope.sights and not scope.hits and not scope.overrides


def test_an_actor_of_no_agency_is_refused() -> None:
    with pytest.raises(AccessDenied):
        compile_scope(Actor("x", "", ANALYST), [SET], [], [], NOW)


def test_the_best_of_several_releases_holds_and_an_expired_one_does_not_count() -> None:
    grants = [Grant(1, "*", HIT), Grant(1, "BR-MPF", FULL, until="2026-11-24"), Grant(1, "team:eci", IDENTITY)]
    assert level(BR, grants) == IDENTITY


@pytest.mark.parametrize(("until", "seen"), [("2026-11-24", False), ("2026-11-25", True), ("2026-11-25T11:59", False)])
def test_until_a_day_holds_through_that_day(until: str, seen: bool) -> None:
    assert bool(level(BR, [Grant(1, "BR-MPF", FULL, until=until)])) is seen


def test_a_teams_term_bounds_what_it_receives() -> None:
    grants = [Grant(1, "team:eci", FULL)]
    for day, seen in (("2025-12-31", False), ("2026-01-01", True), ("2026-12-31", True), ("2027-01-01", False)):
        at = datetime.fromisoformat(f"{day}T12:00:00+00:00")
        assert bool(level(BR, grants, at=at)) is seen, day


def test_a_team_without_an_end_is_no_team() -> None:
    endless = Team("eci", TEAM.members)
    assert compile_scope(BR, [SET], [Grant(1, "team:eci", FULL)], [endless], NOW).level(1) == 0


def test_the_scope_says_when_the_clock_changes_it() -> None:
    grants = [Grant(1, "BR-MPF", FULL, until="2026-11-30"), Grant(1, "team:eci", FULL)]
    assert compile_scope(BR, [SET], grants, [TEAM], NOW).expires == end_of("2026-11-30")


def test_a_record_release_replaces_the_datasets() -> None:
    grants = [Grant(1, "BR-MPF", FULL), Grant(1, "BR-MPF", 0, record="r1"), Grant(1, "*", IDENTITY, record="r2")]
    scope = compile_scope(BR, [SET], grants, [TEAM], NOW)
    assert scope.overrides == {"r1": 0, "r2": IDENTITY}
    only = compile_scope(BR, [SET], [Grant(1, "BR-MPF", FULL, record="r9")], [TEAM], NOW)
    assert only.level(1) == 0 and only.overrides == {"r9": TEXT}


def test_what_is_past_its_retention_or_not_current_is_in_no_view() -> None:
    old = DatasetState(1, "AR-MPF", "a", "AR", current=7, revision=1, retention="2026-11-24")
    none = DatasetState(1, "AR-MPF", "a", "AR", current=0, revision=0)
    for dataset, actor in itertools.product((old, none), (AR, BR)):
        assert level(actor, [Grant(1, "*", FULL)], dataset) == 0


def test_hits_are_where_the_release_is_a_hit_and_nothing_more() -> None:
    assert compile_scope(BR, [SET], [Grant(1, "*", HIT)], [TEAM], NOW).hits == {1}
    assert compile_scope(BR, [SET], [Grant(1, "*", IDENTITY)], [TEAM], NOW).hits == frozenset()
    assert compile_scope(AR, [SET], [Grant(1, "*", HIT)], [TEAM], NOW).hits == frozenset()


def test_mutual_sight_needs_both_directions() -> None:
    other = DatasetState(3, "BR-MPF", "c", "BR", current=9, revision=1)
    one_way = [Grant(1, "BR-MPF", IDENTITY)]
    assert (1, 3) not in (compile_scope(BR, [SET, other], one_way, [TEAM], NOW).mutual or set())
    both = [*one_way, Grant(3, "AR-MPF", IDENTITY)]
    assert (1, 3) in (compile_scope(BR, [SET, other], both, [TEAM], NOW).mutual or set())


def test_an_audience_sees_what_all_of_it_sees_and_no_masked_content() -> None:
    grants = [Grant(1, "BR-MPF", FULL), Grant(2, "CL-FN", FULL)]
    cl = Actor("cl:caro", "CL-FN", ANALYST)
    scopes = [compile_scope(a, [SET, VICTIMS], grants, [TEAM], NOW) for a in (AR, BR, cl)]
    assert intersect(scopes[:2], "x").sights[1].level == TEXT
    assert not intersect(scopes, "x").sights
    with pytest.raises(AccessDenied):
        intersect([], "x")


def test_roles_are_required_in_the_owning_agency() -> None:
    steward = Actor("ar:st", "AR-MPF", frozenset({"steward"}))
    require(steward, "steward", "AR-MPF")
    for actor, agency in ((steward, "BR-MPF"), (AR, "AR-MPF"), (BR, "AR-MPF")):
        with pytest.raises(AccessDenied):
            require(actor, "steward", agency)
