"""Who exists: changed by those who may, teams by every member's second person, the locked refused everywhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import casework
import pytest

from graph import administration, confirming, judging, pending, stewardship, teams
from graph.access import Actor, Agency, Team
from graph.audit import Audit
from graph.delivery import Release
from graph.errors import AccessDenied, InputError, NotFound, VinculoError
from graph.export.audience import audience_view
from graph.session import actor_for
from graph.settings import settings
from graph.store.base import Store
from graph.store.sqlite import SQLiteStore

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANA, BIA, CARO, OPERATOR = casework.ANA, casework.BIA, casework.CARO, casework.OPERATOR
LEO = Actor("ar:leo", "AR-MPF", frozenset({"coordinator"}))
BRUNO = Actor("br:bruno", "BR-MPF", frozenset({"coordinator"}))
LU = Actor("ar:lu", "AR-MPF", frozenset({"analyst"}))
NEW = Team("andes", frozenset({"AR-MPF", "BR-MPF", "CL-FN"}), "ECI Andes", "AR-MPF", "2026-11-01", "2027-06-30")


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a log survives a power cut is for other tests."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def store(tmp_path: Path) -> SQLiteStore:
    made = SQLiteStore(tmp_path / "x.db")
    made.clock = lambda: NOW
    casework.found(made)
    made.save_federation([], [LEO, BRUNO, LU], [])
    return made


def changes(store: Store) -> list[dict[str, Any]]:
    return list(store.audit.changes.lines())


def known(store: Store) -> dict[str, Actor]:
    return {a.id: a for a in store.actors()}


# --- agencies and actors ----------------------------------------------------------------------------------------------


def test_an_operator_adds_and_changes_agencies_and_others_do_not(store: SQLiteStore) -> None:
    uy = Agency("UY-FGN", "Fiscalía General", "UY", {"email": "enlace@example.org"})
    for actor in (ANA, LEO, BIA, Actor("x", "NONE", frozenset({"operator"}))):
        with pytest.raises(AccessDenied):
            administration.put_agency(store, actor, uy, new=True)
    administration.put_agency(store, OPERATOR, uy, new=True)
    assert uy in store.agencies()
    with pytest.raises(InputError):
        administration.put_agency(store, OPERATOR, uy, new=True)
    with pytest.raises(InputError):
        administration.put_agency(store, OPERATOR, Agency("PY-MP", "x", "PY"), new=False)
    for wrong in (
        Agency("PY:MP", "x", "PY"),
        Agency("", "x", "PY"),
        Agency("P", "x", "PRY"),
        Agency("P", "x", "PY", {}, ("any",)),
    ):
        with pytest.raises(InputError):
            administration.put_agency(store, OPERATOR, wrong, new=True)
    line = changes(store)[-1]
    assert (line["what"], line["subject"], line["actor"], line["before"]) == (
        "admin agency add",
        "UY-FGN",
        OPERATOR.id,
        "",
    )
    assert len(line["after"]) == 16 and "Fiscal" not in str(line)


def test_a_coordinator_adds_analysts_of_its_own_agency_at_once(store: SQLiteStore) -> None:
    eva = Actor("ar:eva", "AR-MPF", frozenset({"analyst"}))
    assert administration.put_actor(store, LEO, eva, new=True) is None
    assert known(store)["ar:eva"] == eva and store.actor("ar:eva") == eva
    refused: list[tuple[Actor, Actor]] = [
        (LU, Actor("ar:x", "AR-MPF", frozenset({"analyst"}))),  # an analyst administers nobody
        (LEO, Actor("br:x", "BR-MPF", frozenset({"analyst"}))),  # another agency's
        (LEO, Actor("ar:x", "AR-MPF", frozenset({"operator"}))),  # an operator's role is not a coordinator's to give
        (LEO, Actor("ar:op", "AR-MPF", frozenset({"analyst"}))),  # nor to take
        (LEO, Actor("br:bia", "AR-MPF", frozenset({"analyst"}))),  # nor another's person to move
        (LEO, LEO),  # nor oneself to change
    ]
    for actor, person in refused:
        with pytest.raises(AccessDenied):
            administration.put_actor(store, actor, person, new=person.id not in known(store))
    for name in ("x y", "dev:all", "job:flags", "agency:AR-MPF", "", "br:nobody", "zz"):
        with pytest.raises(InputError):
            administration.put_actor(store, LEO, Actor(name, "AR-MPF", frozenset({"analyst"})), new=True)
    for roles in (frozenset(), frozenset({"king"})):
        with pytest.raises(InputError):
            administration.put_actor(store, LEO, Actor("ar:y", "AR-MPF", roles), new=True)
    assert known(store)["br:bia"] == BIA and known(store)["ar:op"] == OPERATOR and "ar:x" not in known(store)


def test_whether_a_name_is_taken_elsewhere_is_not_found_out_by_trying(store: SQLiteStore) -> None:
    tried = []
    for name in ("br:bia", "br:nobody"):
        with pytest.raises(VinculoError) as error:
            administration.put_actor(store, LEO, Actor(name, "BR-MPF", frozenset({"analyst"})), new=True)
        tried.append((type(error.value), str(error.value)))
    assert tried[0] == tried[1]


def test_whoever_confirms_for_an_agency_is_made_by_two(store: SQLiteStore) -> None:
    second = Actor("ar:eva", "AR-MPF", frozenset({"analyst", "steward"}))
    waits = administration.put_actor(store, LEO, second, new=True)
    assert waits is not None and "ar:eva" not in known(store)
    with pytest.raises(AccessDenied):
        confirming.confirm(store, LEO, waits.id)
    with pytest.raises(AccessDenied):
        confirming.confirm(store, LU, waits.id)
    with pytest.raises(NotFound):
        confirming.confirm(store, BIA, waits.id)
    confirming.confirm(store, ANA, waits.id)
    assert known(store)["ar:eva"] == second
    assert [line["what"] for line in changes(store)] == [
        "admin actor propose",
        "admin actor confirm",
        "admin actor add",
    ]
    # an operator needs no second person
    assert administration.put_actor(store, OPERATOR, Actor("cl:eva", "CL-FN", frozenset({"steward"})), new=True) is None


def test_what_was_changed_in_between_is_void(store: SQLiteStore) -> None:
    waits = administration.put_actor(store, LEO, Actor("ar:lu", "AR-MPF", frozenset({"steward"})), new=False)
    assert waits
    administration.put_actor(
        store, ANA, Actor("ar:lu", "AR-MPF", frozenset({"analyst", "operator"}) - {"operator"}), False
    )
    administration.put_actor(store, OPERATOR, Actor("ar:lu", "AR-MPF", frozenset({"analyst", "operator"})), new=False)
    with pytest.raises(InputError):
        confirming.confirm(store, ANA, waits.id)
    assert pending.waiting(store, ANA) == [] and known(store)["ar:lu"].roles == {"analyst", "operator"}
    assert changes(store)[-1]["what"] == "admin actor void"


def test_what_an_operator_locked_two_people_do_not_open(store: SQLiteStore) -> None:
    waits = administration.put_actor(store, LEO, Actor("ar:lu", "AR-MPF", frozenset({"steward"})), new=False)
    assert waits
    administration.lock_actor(store, OPERATOR, "ar:lu")
    administration.lock_actor(store, ANA, "ar:lu")  # and a later lock by somebody else does not change whose it is
    with pytest.raises(InputError):
        confirming.confirm(store, ANA, waits.id)
    with pytest.raises(AccessDenied):
        administration.put_actor(store, LEO, LU, new=False)
    administration.put_actor(store, OPERATOR, LU, new=False)
    assert store.actor("ar:lu") == LU


# --- the locked -------------------------------------------------------------------------------------------------------


def does(store: Store, actor: Actor) -> dict[str, Callable[[], object]]:
    """Everything that somebody can try."""
    record = store.ids.record("AR-MPF", "a", "p")
    return {
        "be": lambda: store.actor(actor.id),
        "see": lambda: store.view(actor),
        "scope": lambda: store.scope(actor),
        "take back": lambda: judging.undo(store, actor, 1),
        "judge": lambda: judging.judge(store, actor, record, store.ids.record("AR-MPF", "a", "q"), "same"),
        "deliver": lambda: store.deliver(actor, casework.manifest("AR-MPF", "z")),
        "accept": lambda: stewardship.accept(store, actor, "d"),
        "drop": lambda: stewardship.drop(store, actor, "d"),
        "release": lambda: stewardship.release(store, actor, "a", Release("BR-MPF", "full")),
        "withdraw": lambda: stewardship.withdraw(store, actor, "a"),
        "export": lambda: audience_view(store, actor, "agency:BR-MPF"),
        "propose": lambda: teams.propose(store, actor, NEW, new=True),
        "wait": lambda: pending.waiting(store, actor),
        "teams": lambda: teams.member_teams(store, actor),
        "actors": lambda: administration.actors(store, actor),
        "add": lambda: administration.put_actor(store, actor, Actor("ar:z", "AR-MPF", frozenset({"analyst"})), True),
        "lock": lambda: administration.lock_actor(store, actor, "ar:lu"),
    }


def cased(store: Store) -> None:
    people = [casework.record(store, "AR-MPF", "a", k, name=f"{k} Paz") for k in ("p", "q")]
    casework.deliver(store, ANA, "a", people, (Release("BR-MPF", "identity"),))


@pytest.mark.parametrize("what", ["actor", "agency"])
def test_the_locked_are_refused_everywhere_at_once_and_kept_in_the_list(store: SQLiteStore, what: str) -> None:
    cased(store)
    view = store.view(ANA)
    assert view.search("paz").total == 2
    if what == "actor":
        administration.lock_actor(store, LEO, ANA.id)
    else:
        other = Actor("br:op", "BR-MPF", frozenset({"operator"}))
        administration.lock_agency(store, other, "AR-MPF")
    with pytest.raises(AccessDenied):
        view.search("paz")  # a view that was open sees nothing more
    for name, attempt in does(store, ANA).items():
        with pytest.raises(AccessDenied) as error:
            attempt()
        assert error.value.key == "access.locked", name
    assert (ANA, True) in administration.actors(store, Actor("br:op", "BR-MPF", frozenset({"operator"})))
    assert store.view(BIA).search("paz").total == 2, "what was released stays released"
    if what == "actor":
        administration.put_actor(store, OPERATOR, ANA, new=False)
        assert view.search("paz").total == 2 and store.actor(ANA.id) == ANA


def test_the_command_line_refuses_the_locked(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "ana")
    monkeypatch.setenv("VINCULO_ACTORS", "ana=ar:ana")
    settings.cache_clear()
    try:
        assert actor_for(store) == ANA
        administration.lock_actor(store, LEO, ANA.id)
        with pytest.raises(AccessDenied):
            actor_for(store)
    finally:
        settings.cache_clear()


def test_who_may_lock_whom(store: SQLiteStore) -> None:
    for actor, name in ((LU, "ar:leo"), (LEO, "br:bia"), (LEO, "ar:op"), (LEO, "ar:leo"), (LEO, "nobody")):
        with pytest.raises(AccessDenied):
            administration.lock_actor(store, actor, name)
    for actor, code in ((LEO, "BR-MPF"), (OPERATOR, "AR-MPF")):
        with pytest.raises(AccessDenied):
            administration.lock_agency(store, actor, code)
    with pytest.raises(InputError):
        administration.lock_agency(store, OPERATOR, "XX")
    assert store.kept("lock") == {}


def test_an_actor_of_no_registered_agency_is_refused(store: SQLiteStore) -> None:
    stranger = Actor("xx:no", "XX-NO", casework.ROLES)
    for attempt in (
        lambda: store.view(stranger),
        lambda: store.admit(stranger),
        lambda: store.deliver(stranger, casework.manifest("XX-NO", "z")),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    store.save_federation([], [stranger], [])
    with pytest.raises(AccessDenied):
        store.actor("xx:no")


def test_a_locked_agency_gets_no_export_and_its_job_does_not_run(store: SQLiteStore) -> None:
    from analytics.crossborder.run import run

    cased(store)
    administration.lock_agency(store, OPERATOR, "BR-MPF")
    with pytest.raises(AccessDenied):
        audience_view(store, ANA, "agency:BR-MPF")
    assert run(store)["agencies"] == 2


# --- teams ------------------------------------------------------------------------------------------------------------


def team(store: Store, name: str) -> Team | None:
    return next((t for t in store.teams() if t.id == name), None)


def proposed(store: Store) -> tuple[pending.Pending, str]:
    found = teams.propose(store, ANA, NEW, new=True)
    return found, teams.team_of(found).id


def test_a_team_takes_effect_when_every_member_and_a_second_person_of_the_leader_agreed(store: SQLiteStore) -> None:
    found, name = proposed(store)
    assert found.needs == ("AR-MPF", "BR-MPF", "CL-FN") and name.startswith("andes-")
    with pytest.raises(AccessDenied):
        confirming.confirm(store, ANA, found.id)  # nobody confirms his own
    assert confirming.confirm(store, BIA, found.id).open == ("AR-MPF", "CL-FN")
    assert confirming.confirm(store, BRUNO, found.id).open == ("AR-MPF", "CL-FN")  # two of one agency are one word
    assert confirming.confirm(store, CARO, found.id).open == ("AR-MPF",)
    assert team(store, name) is None
    confirming.confirm(store, LEO, found.id)
    assert team(store, name) == Team(name, *list(vars_of(NEW))[1:])
    assert pending.waiting(store, ANA) == [] and store.kept("agreed") == {} and store.kept("pending") == {}
    said = [(line["what"], line["actor"]) for line in changes(store)]
    assert said == [
        ("admin team propose", "ar:ana"), ("admin team confirm", "br:bia"), ("admin team confirm", "br:bruno"),
        ("admin team confirm", "cl:caro"), ("admin team confirm", "ar:leo"), ("admin team put", "ar:leo"),
    ]  # fmt: skip
    assert "ECI Andes" not in str(changes(store))


def vars_of(known: Team) -> tuple[Any, ...]:
    return (known.id, known.members, known.purpose, known.leader, known.since, known.until)


def test_only_a_coordinator_or_steward_of_the_leader_proposes(store: SQLiteStore) -> None:
    for actor in (LU, OPERATOR):
        with pytest.raises(AccessDenied):
            teams.propose(store, actor, NEW, new=True)
    with pytest.raises(AccessDenied):
        teams.propose(store, BIA, NEW, new=True)
    with pytest.raises(NotFound):
        teams.propose(store, CARO, Team("eci", frozenset({"CL-FN", "AR-MPF"}), "", "CL-FN", "", "2027-01-01"), False)
    with pytest.raises(AccessDenied):
        teams.propose(store, BIA, Team("eci", casework.TEAM.members, "", "BR-MPF", "", "2099-01-01"), new=False)


@pytest.mark.parametrize(
    "wrong",
    [
        Team("a:b", NEW.members, "", "AR-MPF", "", "2027-01-01"),
        Team("a", frozenset({"AR-MPF"}), "", "AR-MPF", "", "2027-01-01"),
        Team("a", frozenset({"AR-MPF", "ZZ"}), "", "AR-MPF", "", "2027-01-01"),
        Team("a", frozenset({"BR-MPF", "CL-FN"}), "", "AR-MPF", "", "2027-01-01"),
        Team("a", NEW.members, "", "AR-MPF", "", ""),
        Team("a", NEW.members, "", "AR-MPF", "", "soon"),
        Team("a", NEW.members, "", "AR-MPF", "", "2026-11-24"),
        Team("a", NEW.members, "", "AR-MPF", "2027-02-01", "2027-01-01"),
    ],
)
def test_a_team_that_can_be_none_is_refused(store: SQLiteStore, wrong: Team) -> None:
    with pytest.raises(InputError):
        teams.propose(store, ANA, wrong, new=True)
    assert store.kept("pending") == {} and changes(store) == []


def test_a_locked_agency_joins_no_team_even_when_it_was_locked_meanwhile(store: SQLiteStore) -> None:
    found, name = proposed(store)
    for actor in (BIA, CARO):
        confirming.confirm(store, actor, found.id)
    administration.lock_agency(store, OPERATOR, "CL-FN")
    with pytest.raises(InputError):
        confirming.confirm(store, LEO, found.id)
    assert team(store, name) is None and store.kept("pending") == {}


def test_a_proposal_lapses_is_refused_or_taken_back(store: SQLiteStore) -> None:
    found, _ = proposed(store)
    confirming.refuse(store, CARO, found.id)
    with pytest.raises(NotFound):
        confirming.confirm(store, BIA, found.id)
    mine, _ = proposed(store)
    with pytest.raises(AccessDenied):
        confirming.refuse(store, LU, mine.id)
    confirming.refuse(store, ANA, mine.id)
    assert pending.waiting(store, BIA) == []
    late, _ = proposed(store)
    store.clock = lambda: NOW + timedelta(days=30) - timedelta(seconds=1)
    assert [p.id for p in pending.waiting(store, BIA)] == [late.id]
    store.clock = lambda: NOW + timedelta(days=30)
    with pytest.raises(NotFound):
        confirming.confirm(store, BIA, late.id)
    again, _ = proposed(store)
    assert set(store.kept("pending")) == {again.id}, "what has lapsed is forgotten with the next proposal"


def test_only_those_concerned_know_of_a_proposal(store: SQLiteStore) -> None:
    two = Team("dos", frozenset({"AR-MPF", "BR-MPF"}), "x", "AR-MPF", "", "2027-01-01")
    found = teams.propose(store, ANA, two, new=True)
    assert [p.id for p in pending.waiting(store, BIA)] == [found.id]
    assert pending.waiting(store, CARO) == []
    for attempt in (confirming.confirm, confirming.refuse):
        with pytest.raises(NotFound):
            attempt(store, CARO, found.id)


def test_the_word_of_the_locked_does_not_count(store: SQLiteStore) -> None:
    found, name = proposed(store)
    for actor in (BRUNO, CARO, LEO):
        confirming.confirm(store, actor, found.id) if actor != LEO else None
    administration.lock_actor(store, BIA, BRUNO.id)
    assert confirming.confirm(store, LEO, found.id).open == ("BR-MPF",) and team(store, name) is None
    administration.lock_actor(store, LEO, ANA.id)  # who proposed it
    with pytest.raises(NotFound):
        confirming.confirm(store, BIA, found.id)


def test_a_word_that_comes_with_a_refusal_does_not_bring_it_back(store: SQLiteStore) -> None:
    found, name = proposed(store)
    pending.drop(store, found)
    with pytest.raises(NotFound):
        pending.agree(store, BIA, found)
    assert store.kept("agreed") == {} and team(store, name) is None


def test_a_change_takes_all_members_an_end_a_second_person_and_leaving_one(store: SQLiteStore) -> None:
    longer = Team("eci", casework.TEAM.members | {"CL-FN"}, "ECI", "AR-MPF", "2026-01-01", "2030-01-01")
    found = teams.propose(store, ANA, longer, new=False)
    for actor in (BIA, CARO):
        assert team(store, "eci") == casework.TEAM
        confirming.confirm(store, actor, found.id)
    confirming.confirm(store, LEO, found.id)
    assert team(store, "eci") == longer
    assert teams.end(store, CARO, "eci") is None
    assert team(store, "eci") == casework.TEAM.__class__("eci", casework.TEAM.members, *vars_of(longer)[2:])
    with pytest.raises(NotFound):
        teams.end(store, CARO, "eci")
    over = teams.end(store, ANA, "eci")
    assert over and over.needs == ("AR-MPF",)
    with pytest.raises(AccessDenied):
        confirming.confirm(store, ANA, over.id)
    confirming.confirm(store, LEO, over.id)
    ended = team(store, "eci")
    assert ended and not ended.active(NOW)


def test_an_ended_team_receives_nothing_from_the_next_read_on(store: SQLiteStore) -> None:
    person = casework.record(store, "AR-MPF", "a", "p", name="Ana Paz")
    casework.deliver(store, ANA, "a", [person], (Release("team:eci", "full"),))
    view = store.view(BIA)
    assert view.search("paz").total == 1
    over = teams.end(store, ANA, "eci")
    assert over
    confirming.confirm(store, LEO, over.id)
    assert view.search("paz").total == 0


def test_a_changed_team_voids_what_was_proposed_before(store: SQLiteStore) -> None:
    first = teams.propose(
        store, ANA, casework.TEAM.__class__("eci", casework.TEAM.members, "A", "AR-MPF", "", "2030-01-01"), False
    )
    second = teams.propose(
        store, LEO, casework.TEAM.__class__("eci", casework.TEAM.members, "B", "AR-MPF", "", "2030-01-01"), False
    )
    for found, ours in ((second, ANA), (first, LEO)):
        confirming.confirm(store, BIA, found.id)
        if found is second:
            confirming.confirm(store, ours, found.id)
    with pytest.raises(InputError):
        confirming.confirm(store, LEO, first.id)
    now = team(store, "eci")
    assert now and now.purpose == "B" and pending.waiting(store, ANA) == []


# --- nothing unlogged -------------------------------------------------------------------------------------------------


def test_what_cannot_be_written_down_is_not_done(store: SQLiteStore, tmp_path: Path) -> None:
    found, name = proposed(store)
    before = (store.agencies(), store.actors(), store.teams(), store.kept("pending"), store.kept("agreed"))
    (tmp_path / "file").write_text("")
    store.audit = Audit(tmp_path / "file" / "no-folder")
    attempts: list[Callable[[], object]] = [
        lambda: administration.put_agency(store, OPERATOR, Agency("UY-FGN", "x", "UY"), new=True),
        lambda: administration.lock_agency(store, OPERATOR, "BR-MPF"),
        lambda: administration.put_actor(store, OPERATOR, Actor("ar:z", "AR-MPF", frozenset({"analyst"})), new=True),
        lambda: administration.put_actor(store, LEO, Actor("ar:z", "AR-MPF", frozenset({"steward"})), new=True),
        lambda: administration.lock_actor(store, LEO, ANA.id),
        lambda: teams.propose(store, ANA, NEW, new=True),
        lambda: teams.end(store, BIA, "eci"),
        lambda: confirming.confirm(store, BIA, found.id),
        lambda: confirming.refuse(store, BIA, found.id),
    ]
    for attempt in attempts:
        with pytest.raises(AccessDenied) as error:
            attempt()
        assert error.value.key == "error.audit_failed"
    after = (store.agencies(), store.actors(), store.teams(), store.kept("pending"), store.kept("agreed"))
    assert after == before and store.kept("lock") == {}
