"""The contract of both engines: who sees a draft, what it would connect to, and what changed between two revisions."""

from __future__ import annotations

from typing import Any

import casework
import pytest
import worlds

from analytics.jobs import run_flag_job
from graph import stewardship
from graph.access import Actor
from graph.delivery import Release
from graph.digest import digest
from graph.drafts import open_draft
from graph.errors import AccessDenied, NotFound
from graph.revisions import difference
from graph.statement import Delivered
from graph.store import Store

ANA, BIA, CARO, OPERATOR = casework.ANA, casework.BIA, casework.CARO, casework.OPERATOR
EVA = Actor("ar:eva", "AR-MPF", frozenset({"analyst"}))
PHONE, OTHER = "+5491123456789", "+5511987654321"


def record(store: Store, agency: str, dataset: str, key: str, schema: str = "Person", /, **more: object) -> Delivered:
    return casework.record(store, agency, dataset, key, schema, **more)


def opened(store: Store, records: list[Delivered], revision: int = 2, draft: bool = True, **more: Any) -> Any:
    with store.deliver(ANA, casework.manifest("AR-MPF", "nuevo", revision, **more), draft) as delivery:
        delivery.add(records)
        return delivery.publish()


def around(store: Store) -> None:
    """What stands before the draft: own and others' cases, of which one releases in full and one shows hits only."""
    own = [
        record(store, "AR-MPF", "viejo", "luz", name="Luz Vera", phone=PHONE),
        record(store, "AR-MPF", "viejo", "vic", name="Vic Tima", phone=PHONE, mask="victim"),
    ]
    casework.deliver(store, ANA, "viejo", own)
    shared = [
        record(store, "BR-MPF", "porto", "rui", name="Rui Prado", phone=PHONE),
        record(store, "BR-MPF", "porto", "tes", name="Tes Temunha", phone=PHONE, mask="witness"),
    ]
    casework.deliver(store, BIA, "porto", shared, (Release("AR-MPF", "full"),))
    hit = [record(store, "CL-FN", "andes", "oto", name="Oto Oculto", phone=PHONE, email="x@example.org")]
    casework.deliver(store, CARO, "andes", hit, (Release("AR-MPF", "hit"),))
    opened(store, [record(store, "AR-MPF", "nuevo", "a", name="Ana Paz", phone=PHONE)], 1, draft=False)


def drafted(store: Store) -> list[Delivered]:
    return [
        record(store, "AR-MPF", "nuevo", "a", name="Ana Paz", phone=(PHONE, OTHER)),
        record(store, "AR-MPF", "nuevo", "b", name="Beto Gil", phone=PHONE, email="x@example.org"),
        record(store, "AR-MPF", "nuevo", "v", name="Vera Oculta", phone=PHONE, mask="victim"),
    ]


def test_a_draft_shows_what_it_shares_with_its_own_agencys_view(store: Store) -> None:
    around(store)
    opened(store, drafted(store))
    found, more = open_draft(store, EVA, "nuevo").shared()
    assert more == 0
    [phone] = found
    assert (phone.kind, phone.value, phone.hidden) == ("phone", PHONE[1:], 0)
    assert sorted(phone.records) == ["Ana Paz", "Beto Gil", "Vera Oculta"]
    told = {(o.owner, o.dataset, o.caption) for o in phone.others}
    assert told == {("AR-MPF", "viejo", "Luz Vera"), ("AR-MPF", "viejo", "Vic Tima"), ("BR-MPF", "porto", "Rui Prado")}
    looked = list(store.audit.looks.lines())[-1]
    assert looked["what"] == "draft shared" and set(looked["records"]) == {o.id for o in phone.others}
    assert all(store.view(EVA).entity(o.id).caption == o.caption for o in phone.others)
    bounded, more = open_draft(store, EVA, "nuevo").shared(each=1)
    assert more == 0 and bounded[0].hidden == 2 and len(bounded[0].others) == 1
    assert open_draft(store, EVA, "nuevo").shared(limit=0) == ([], 1)


def test_what_stays_as_it_is_is_not_held_against_the_view(store: Store) -> None:
    around(store)
    same = record(store, "AR-MPF", "nuevo", "a", name="Ana Paz", phone=PHONE)
    opened(store, [same, record(store, "AR-MPF", "nuevo", "c", name="Caro Luz", phone=OTHER)])
    draft = open_draft(store, ANA, "nuevo")
    assert [r.values("name") for chunk in draft.records() for r in chunk] == [["Caro Luz"]]
    assert draft.shared() == ([], 0)


def test_what_others_hold_beyond_the_view_changes_nothing(store: Store) -> None:
    around(store)
    opened(store, drafted(store))
    before = open_draft(store, ANA, "nuevo").shared()
    hidden = [record(store, "CL-FN", "secreto", k, name="X", phone=p) for k, p in (("p", PHONE), ("q", OTHER))]
    casework.deliver(store, CARO, "secreto", hidden)
    assert open_draft(store, ANA, "nuevo").shared() == before
    known = str(before)
    assert "Oto" not in known and "andes" not in known and "Temunha" not in known


def test_nobody_else_and_no_job_sees_a_draft(store: Store) -> None:
    around(store)
    run_flag_job(store, force=True)
    ids = [r.id for r in drafted(store)]
    watched = (ANA, BIA, CARO, casework.EVERYONE)

    def seen() -> Any:
        return [{k: v for k, v in worlds.whole_view(store, actor, ids).items() if k not in hers} for actor in watched]

    hers = ("drafts", "ledger")  # her agency's own books do say that there is a draft
    before, whole, books = seen(), digest(store), [worlds.whole_view(store, a, ids) for a in (BIA, CARO)]
    opened(store, drafted(store))
    run_flag_job(store, force=True)
    assert seen() == before
    assert [worlds.whole_view(store, a, ids) for a in (BIA, CARO)] == books
    for stranger in (BIA, CARO):
        with pytest.raises(NotFound):
            open_draft(store, stranger, "nuevo")
    with pytest.raises(AccessDenied):
        open_draft(store, OPERATOR, "nuevo")
    stewardship.drop(store, ANA, "nuevo")
    assert digest(store) == whole
    with pytest.raises(NotFound):
        open_draft(store, ANA, "nuevo")


def test_the_difference_of_two_revisions_tells_each_record(store: Store) -> None:
    def leg(place: str, route: str) -> Delivered:
        at = store.ids.record("AR-MPF", "nuevo", route)
        return record(store, "AR-MPF", "nuevo", "leg", "RouteLeg", place=place, route=at)

    def routes(*names: str) -> list[Delivered]:
        return [record(store, "AR-MPF", "nuevo", n, "Route", name=n) for n in names]

    one = record(store, "AR-MPF", "nuevo", "a", name="Ana Paz", phone=PHONE, notes="vieja")
    gone = record(store, "AR-MPF", "nuevo", "g", name="Gil Ido")
    opened(store, [one, gone, *routes("r1", "r2"), leg("Colón", "r1")], 1, draft=False)
    two = record(store, "AR-MPF", "nuevo", "a", name="Ana Paz", phone=OTHER, notes="vieja")
    moved = routes("r2")[0]
    moved.statements = [s._replace(row=99) for s in moved.statements]
    new = record(store, "AR-MPF", "nuevo", "n", name="Nora Sol")
    opened(store, [two, new, routes("r1")[0], moved, leg("Colón", "r2")], 2, draft=False)
    found = difference(store, EVA, "nuevo")
    assert (found.before, found.after, found.hidden) == (1, 2, 0)
    assert found.counts == {"added": 1, "changed": 2, "removed": 1, "source": 1}
    told = {(r.caption, r.what): {p.prop: (p.before, p.after) for p in r.props} for r in found.records}
    assert told["Ana Paz", "changed"] == {"phone": ((PHONE,), (OTHER,))}
    assert told["Nora Sol", "added"] == told["Gil Ido", "removed"] == told["r2", "source"] == {}
    ids = {n: store.ids.record("AR-MPF", "nuevo", n) for n in ("r1", "r2", "leg")}
    [legs] = [r.props for r in found.records if r.id == ids["leg"]]
    assert [(p.prop, p.before, p.after) for p in legs] == [("route", (ids["r1"],), (ids["r2"],))]
    back = difference(store, EVA, "nuevo", 2, 1)
    assert back.counts == {"added": 1, "changed": 2, "removed": 1, "source": 1}
    assert {r.caption for r in back.records if r.what == "removed"} == {"Nora Sol"}
    short = difference(store, EVA, "nuevo", limit=2)
    assert (len(short.records), short.hidden, short.counts) == (2, 3, found.counts)


def test_a_difference_skips_drafts_takes_what_came_last_and_is_for_the_owners_people(store: Store) -> None:
    def told(name: str, revision: int, draft: bool = False) -> None:
        opened(store, [record(store, "AR-MPF", "nuevo", "a", name=name)], revision, draft)

    told("Uno", 1)
    told("Dos", 2)
    told("Tres", 2)
    told("Cuatro", 5)
    told("Borrador", 6, draft=True)
    found = difference(store, ANA, "nuevo")
    assert (found.before, found.after) == (2, 5)
    [change] = found.records
    assert [(p.before, p.after) for p in change.props] == [(("Tres",), ("Cuatro",))]
    assert difference(store, ANA, "nuevo", 1, 5).records[0].props[0].before == ("Uno",)
    for wrong in ((3, 5), (1, 6), (9, 0)):
        with pytest.raises(NotFound):
            difference(store, ANA, "nuevo", *wrong)
    for stranger in (BIA, CARO):
        with pytest.raises(NotFound):
            difference(store, stranger, "nuevo")
    with pytest.raises(AccessDenied):
        difference(store, OPERATOR, "nuevo")
