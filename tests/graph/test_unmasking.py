"""Lifted masks: asked by one, agreed by another of the owner, shown to one receiver for a term."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import casework
import pytest

from analytics.crossborder.run import run as raise_flags
from graph import confirming, judging, pending, stewardship, unmasking
from graph.access import Actor, Team
from graph.audit import Audit
from graph.delivery import Release
from graph.errors import AccessDenied, InputError, NotFound
from graph.export.audience import audience_view
from graph.statement import Delivered
from graph.store.base import Store
from graph.store.sqlite import SQLiteStore

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANA, BIA, CARO, OPERATOR = casework.ANA, casework.BIA, casework.CARO, casework.OPERATOR
LEO = Actor("ar:leo", "AR-MPF", frozenset({"coordinator"}))
LU = Actor("ar:lu", "AR-MPF", frozenset({"analyst"}))
DAY = "2026-12-31"
WHY = "declaración en juicio"


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a log survives a power cut is for other tests."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def store(tmp_path: Path) -> SQLiteStore:
    made = SQLiteStore(tmp_path / "x.db")
    made.clock = lambda: NOW
    casework.found(made)
    made.save_federation([], [LEO, LU], [])
    put(made)
    return made


def ref(store: Store, key: str) -> str:
    return store.ids.record("AR-MPF", "lit", key)


def records(store: Store, mask: str = "victim", without: str = "") -> list[Delivered]:
    made = lambda key, schema="Person", **p: casework.record(store, "AR-MPF", "lit", key, schema, **p)  # noqa: E731
    found = [
        made("case", "Investigation", name="Operación Litoral"),
        made("vic", name="Vera Cruz", idNumber="40222333", phone="+5491155554444", notes="vive en Posadas", mask=mask),
        made("wit", name="Tomás Testigo", mask="witness"),
        made("sus", name="Raúl Cruz", phone="+5491155554444"),
        made("r1", "CaseRole", person=ref(store, "vic"), investigation=ref(store, "case"), role="victim",
             startDate="2026-03-01", mask=mask),
        made("r2", "CaseRole", person=ref(store, "wit"), investigation=ref(store, "case"), role="witness",
             mask="witness"),
        made("f1", "Family", person=ref(store, "vic"), relative=ref(store, "sus"), relationship="hermana"),
        made("f2", "Family", person=ref(store, "vic"), relative=ref(store, "wit"), relationship="madre"),
    ]  # fmt: skip
    return [r for r in found if r.id != ref(store, without)]


FULL_TO = (Release("BR-MPF", "full"), Release("CL-FN", "full"))


def put(store: Store, revision: int = 1, releases: tuple[Release, ...] = FULL_TO, **more: Any) -> None:
    casework.deliver(store, ANA, "lit", records(store, **more), releases, revision=revision)


def lift(store: Store, to: str = "BR-MPF", until: str = DAY, key: str = "vic") -> str:
    asked = unmasking.request(store, ANA, ref(store, key), to, until, WHY)
    return confirming.confirm(store, LEO, asked.id).id


def seen(store: Store, actor: Actor, key: str = "vic") -> str:
    """What the actor finds of the record by its true id."""
    view = store.view(actor)
    found = view.entities([ref(store, key)])
    return found[ref(store, key)].caption if found else ""


def kinds(store: Store, actor: Actor) -> list[str]:
    view = store.view(actor)
    start = view.search("cruz", ("Person",)).items[0].entity.id
    return sorted({k.relation for k in view.neighbourhood([start], depth=2).links})


# --- who, whom, when --------------------------------------------------------------------------------------------------


def test_it_takes_two_people_of_the_owner_and_is_shown_to_the_receiver_alone(store: SQLiteStore) -> None:
    asked = unmasking.request(store, ANA, ref(store, "vic"), "BR-MPF", DAY, WHY)
    assert seen(store, BIA) == "" and asked.needs == ("AR-MPF",)
    for actor in (ANA, LU):
        with pytest.raises(AccessDenied):
            confirming.confirm(store, actor, asked.id)
    assert pending.waiting(store, OPERATOR) == [], "an operator is shown no case content"
    for actor in (BIA, CARO, OPERATOR):
        with pytest.raises(NotFound):
            confirming.confirm(store, actor, asked.id)
    assert seen(store, BIA) == ""
    confirming.confirm(store, LEO, asked.id)
    assert (seen(store, BIA), seen(store, CARO), seen(store, ANA)) == ("Vera Cruz", "", "Vera Cruz")
    assert seen(store, BIA, "wit") == ""
    said = [(line["what"], line["actor"]) for line in store.audit.changes.lines() if "unmask" in line["what"]]
    assert said == [("unmask request", "ar:ana"), ("unmask confirm", "ar:leo"), ("unmask", "ar:leo")]
    last = list(store.audit.changes.lines())[-1]
    assert (last["records"], last["to"], last["until"], last["ground"]) == ([ref(store, "vic")], "BR-MPF", DAY, WHY)


def test_everything_the_receiver_reads_follows(store: SQLiteStore) -> None:
    before = {actor.id: everything(store, actor) for actor in (BIA, CARO)}
    assert before["br:bia"]["kinds"] == ["CASE_ROLE"] and before["br:bia"]["search"] == 0
    lift(store)
    now = everything(store, BIA)
    assert now["kinds"] == ["CASE_ROLE", "FAMILY", "HAS_PHONE"]
    assert (now["search"], now["number"], now["nodes"]) == (1, 1, before["br:bia"]["nodes"])
    assert now["captions"] == {"Vera Cruz", "Raúl Cruz", "Operación Litoral", ""}  # the witness stays masked
    assert everything(store, CARO) == before["cl:caro"]
    record = store.view(BIA).records([ref(store, "vic")])[0]
    assert record.level == "full" and not record.masked and "vive en Posadas" in record.values("notes")
    # where her statements come from is still withheld: the case holds others who are protected
    assert all("personas" not in s.document for s in record.statements)
    assert judging.judge(store, BIA, ref(store, "vic"), ref(store, "sus"), "different")


def everything(store: Store, actor: Actor) -> dict[str, Any]:
    view = store.view(actor)
    arrays = view.arrays()
    hood = view.neighbourhood([ref(store, "case")], depth=2)
    return {
        "kinds": sorted({k.relation for k in hood.links}),
        "search": view.search("vera").total,
        "number": view.search("40222333").total,
        "nodes": sum(s in ("Person", "Investigation") for s in arrays.schemata),
        "captions": {n.caption for n in hood.nodes if n.kind == "entity"},
        "dates": [k.start for k in hood.links],
    }


@pytest.mark.parametrize("how", ["term", "owner", "team", "release", "withdrawal"])
def test_it_ends_and_then_nothing_is_left(store: SQLiteStore, how: str) -> None:
    before = everything(store, BIA)
    number = lift(store, "team:eci" if how == "team" else "BR-MPF")
    view = store.view(BIA)
    assert view.search("vera").total == 1
    if how == "term":
        store.clock = lambda: datetime(2026, 12, 31, 23, 59, tzinfo=UTC)
        assert view.search("vera").total == 1, "it holds through its last day"
        store.clock = lambda: datetime(2027, 1, 1, tzinfo=UTC)
    elif how == "owner":
        with pytest.raises(NotFound):
            unmasking.end(store, BIA, number)
        with pytest.raises(AccessDenied):
            unmasking.end(store, LU, number)
        unmasking.end(store, LEO, number)
    elif how == "team":
        team = casework.TEAM
        store.save_federation([], [], [Team(team.id, team.members, "", "AR-MPF", "", "2026-11-24")])
    elif how == "release":
        stewardship.release(store, ANA, "lit", Release("BR-MPF", "identity"))
    else:
        stewardship.withdraw(store, ANA, "lit")
    assert view.search("vera").total == 0
    if how in ("term", "owner", "team"):
        assert everything(store, BIA) == before
    if how == "withdrawal":
        assert store.kept("lift") == {}
        put(store, revision=2)
        assert everything(store, BIA) == before, "it does not come back unmasked"
        assert [x["what"] for x in store.audit.changes.lines() if x["actor"] == "system:settle"] == ["unmask end"]


def test_after_its_end_a_judgement_made_meanwhile_joins_nothing_masked(store: SQLiteStore) -> None:
    other = casework.record(store, "BR-MPF", "b", "v", name="Vera Cruz")
    casework.deliver(store, BIA, "b", [other])
    number = lift(store)
    judging.judge(store, BIA, ref(store, "vic"), other.id, "same")
    assert len(store.view(BIA).entity(other.id).records) == 2
    unmasking.end(store, ANA, number)
    entity = store.view(BIA).entity(other.id)
    assert [r.owner for r in entity.records] == ["BR-MPF"]
    shown = store.ids.pseudonym(ref(store, "vic"), "BR-MPF")
    assert store.view(BIA).entity(shown).caption == ""


def test_a_flag_that_rests_on_it_is_seen_for_as_long_as_it_is_lifted(store: SQLiteStore) -> None:
    mine = casework.record(store, "BR-MPF", "b", "v", name="Outra Pessoa", phone="+5491155554444")
    casework.deliver(store, BIA, "b", [mine], (Release("AR-MPF", "full"),))
    raise_flags(store, ["BR-MPF"])
    assert "Vera" not in str([f.body for f in store.view(BIA).flags()])
    number = lift(store)
    raise_flags(store, ["BR-MPF"])
    told = [f for f in store.view(BIA).flags() if ref(store, "vic") in dict(f.grounds)]
    assert told and any("Vera Cruz" in f.body for f in told)
    unmasking.end(store, ANA, number)
    left = store.view(BIA).flags()
    assert not {f.id for f in told} & {f.id for f in left} and "Vera" not in str([f.body for f in left])


# --- what it survives and what it does not ----------------------------------------------------------------------------


def test_a_new_delivery_leaves_it_in_force_as_long_as_the_record_is_masked_for_the_same_reason(
    store: SQLiteStore,
) -> None:
    lift(store)
    put(store, revision=2)
    assert seen(store, BIA) == "Vera Cruz"
    more = casework.record(store, "AR-MPF", "lit", "r9", "CaseRole", person=ref(store, "vic"), mask="victim",
                           investigation=ref(store, "case"), role="victim", startDate="2026-09-09")  # fmt: skip
    casework.deliver(store, ANA, "lit", [more], FULL_TO, revision=3, mode="add")
    assert more.id in next(iter(store.kept("lift").values()))["records"], "a new role is shown with the person"
    put(store, revision=4, mask="informant")
    assert seen(store, BIA) == "" and store.kept("lift") == {}


def test_a_record_that_was_withdrawn_comes_back_masked(store: SQLiteStore) -> None:
    lift(store)
    put(store, revision=2, without="vic")
    assert store.kept("lift") == {}
    put(store, revision=3)
    assert seen(store, BIA) == ""


def test_an_accepted_draft_ends_what_it_takes_away(store: SQLiteStore) -> None:
    lift(store)
    with store.deliver(ANA, casework.manifest("AR-MPF", "lit", 2, FULL_TO), draft=True) as delivery:
        delivery.add(records(store, without="vic"))
        delivery.publish()
    assert seen(store, BIA) == "Vera Cruz"
    stewardship.accept(store, ANA, "lit")
    assert store.kept("lift") == {} and seen(store, BIA) == ""


# --- what is refused --------------------------------------------------------------------------------------------------


def test_only_a_masked_record_of_ones_own_is_asked_for_by_who_may(store: SQLiteStore) -> None:
    theirs = casework.record(store, "BR-MPF", "b", "v", name="Vítima", mask="victim")
    casework.deliver(store, BIA, "b", [theirs], (Release("AR-MPF", "full"),))
    for record in (ref(store, "sus"), ref(store, "r1"), theirs.id, "r" + "0" * 32, ""):
        with pytest.raises(NotFound):
            unmasking.request(store, ANA, record, "CL-FN", DAY, WHY)
    for actor in (LU, OPERATOR):
        with pytest.raises(AccessDenied):
            unmasking.request(store, actor, ref(store, "vic"), "BR-MPF", DAY, WHY)
    with pytest.raises(NotFound):
        unmasking.request(store, BIA, ref(store, "vic"), "CL-FN", DAY, WHY)


@pytest.mark.parametrize(
    ("to", "until", "why"),
    [
        ("AR-MPF", DAY, WHY), ("*", DAY, WHY), ("ZZ", DAY, WHY), ("team:none", DAY, WHY), ("", DAY, WHY),
        ("team:others", DAY, WHY), ("team:over", DAY, WHY),
        ("BR-MPF", "", WHY), ("BR-MPF", "soon", WHY), ("BR-MPF", "2026-11-24", WHY), ("BR-MPF", DAY, "  "),
    ],
)  # fmt: skip
def test_without_receiver_term_and_reason_nothing_is_asked(store: SQLiteStore, to: str, until: str, why: str) -> None:
    both = frozenset({"BR-MPF", "CL-FN"})
    over = Team("over", both | {"AR-MPF"}, "", "AR-MPF", "", "2026-11-24")
    store.save_federation([], [], [Team("others", both, "", "BR-MPF", "", "2099-01-01"), over])
    with pytest.raises(InputError):
        unmasking.request(store, ANA, ref(store, "vic"), to, until, why)
    assert store.kept("pending") == {}


@pytest.mark.parametrize("level", ["identity", "hit", "none"])
def test_a_mask_is_lifted_only_over_a_full_release(store: SQLiteStore, level: str) -> None:
    lift(store, "CL-FN")
    stewardship.release(store, ANA, "lit", Release("BR-MPF", level))
    stewardship.release(store, ANA, "lit", Release("CL-FN", level))
    with pytest.raises(InputError) as error:
        lift(store)
    assert error.value.key == "unmask.not_released"
    assert seen(store, CARO) == "" and store.view(CARO).search("vera").total == 0


def test_what_has_changed_since_it_was_asked_is_void(store: SQLiteStore) -> None:
    gone = unmasking.request(store, ANA, ref(store, "vic"), "BR-MPF", DAY, WHY)
    put(store, revision=2, mask="informant")
    with pytest.raises(InputError):
        confirming.confirm(store, LEO, gone.id)
    late = unmasking.request(store, ANA, ref(store, "vic"), "BR-MPF", "2026-11-26", WHY)
    store.clock = lambda: NOW + timedelta(days=3)
    with pytest.raises(InputError):
        confirming.confirm(store, LEO, late.id)
    assert pending.waiting(store, ANA) == [] and store.kept("lift") == {} and seen(store, BIA) == ""


def test_who_sees_the_list(store: SQLiteStore) -> None:
    number = lift(store)
    asked = unmasking.request(store, LEO, ref(store, "wit"), "BR-MPF", DAY, WHY)
    lifts, waiting = unmasking.listed(store, LU)
    assert [(x.id, x.record, x.to, x.by, x.confirmed) for x in lifts] == [
        (number, ref(store, "vic"), "BR-MPF", "ar:ana", "ar:leo")
    ]
    assert [p.id for p in waiting] == [asked.id]
    assert unmasking.listed(store, BIA) == unmasking.listed(store, casework.EVERYONE) == ([], [])
    with pytest.raises(AccessDenied):
        unmasking.listed(store, OPERATOR)
    store.clock = lambda: datetime(2027, 1, 1, tzinfo=UTC)
    assert unmasking.listed(store, ANA)[0] == []


def test_what_cannot_be_written_down_is_not_lifted_and_not_ended(store: SQLiteStore, tmp_path: Path) -> None:
    number = lift(store, key="wit")
    asked = unmasking.request(store, ANA, ref(store, "vic"), "BR-MPF", DAY, WHY)
    before = store.kept("lift"), store.kept("pending")
    (tmp_path / "file").write_text("")
    store.audit = Audit(tmp_path / "file" / "no-folder")
    attempts: list[Callable[[], object]] = [
        lambda: unmasking.request(store, ANA, ref(store, "vic"), "CL-FN", DAY, WHY),
        lambda: confirming.confirm(store, LEO, asked.id),
        lambda: confirming.refuse(store, LEO, asked.id),
        lambda: unmasking.end(store, LEO, number),
    ]
    for attempt in attempts:
        with pytest.raises(AccessDenied):
            attempt()
    assert (store.kept("lift"), store.kept("pending")) == before


# --- onward -----------------------------------------------------------------------------------------------------------


def chart_of(store: Store, sender: Actor, receiver: str) -> set[str]:
    view = audience_view(store, sender, receiver)
    case = ref(store, "case")
    return {n.caption for n in view.neighbourhood([case], depth=2).nodes if n.kind == "entity"}


def test_an_export_goes_to_nobody_beyond_the_receiver(store: SQLiteStore) -> None:
    lift(store)
    assert "Vera Cruz" in chart_of(store, ANA, "agency:BR-MPF")
    assert "Vera Cruz" in chart_of(store, BIA, "self") and "Vera Cruz" in chart_of(store, BIA, "agency:AR-MPF")
    store.save_federation(
        [], [], [Team("all", frozenset({"AR-MPF", "BR-MPF", "CL-FN"}), "", "AR-MPF", "", "2099-01-01")]
    )
    for sender, receiver in ((ANA, "agency:CL-FN"), (BIA, "agency:CL-FN"), (ANA, "team:all"), (BIA, "team:all"),
                             (CARO, "agency:BR-MPF")):  # fmt: skip
        assert "Vera Cruz" not in chart_of(store, sender, receiver), (sender.id, receiver)
    assert "Vera Cruz" in chart_of(store, ANA, "team:eci")
    lift(store, "CL-FN")
    assert "Vera Cruz" in chart_of(store, BIA, "team:all")
