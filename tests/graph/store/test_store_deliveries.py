"""The contract of both engines: what a delivery writes, when it is seen, and how it is taken back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import casework
import pytest
import worlds

from graph import stewardship
from graph.access import Agency
from graph.delivery import Delivery, RecordRule, Reject, Release
from graph.digest import digest
from graph.errors import InputError, NotFound, PackageError, StoreBusy
from graph.packing import decode
from graph.process import holder
from graph.statement import Delivered
from graph.store import Store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
FULL = (Release("BR-MPF", "full"),)


def person(store: Store, key: str, name: str, **more: object) -> Delivered:
    return casework.record(store, "AR-MPF", "litoral", key, name=name, **more)


def owns(store: Store, key: str, owner: str, asset: str, **more: object) -> Delivered:
    ends = {
        "owner": store.ids.record("AR-MPF", "litoral", owner),
        "asset": store.ids.record("AR-MPF", "litoral", asset),
    }
    return casework.record(store, "AR-MPF", "litoral", key, "Ownership", **ends, **more)


def case(store: Store) -> list[Delivered]:
    """Two people, a company that both own, a shared phone, free text."""
    firm = casework.record(store, "AR-MPF", "litoral", "acme", "Company", name="Acme SA", phone="+5491123456789")
    return [
        person(store, "ana", "Ana Paz", alias="La Jefa", idNumber="30111222", phone="+5491123456789", notes="nota"),
        person(store, "leo", "Leo Núñez", birthDate="1980-05-01"),
        firm,
        owns(store, "o1", "ana", "acme", startDate="2020-01-01", percentage="60"),
        owns(store, "o2", "leo", "acme"),
    ]


def deliver(store: Store, records: list[Delivered], revision: int = 1, **more: Any) -> Any:
    return casework.deliver(store, ANA, "litoral", records, FULL, revision, **more)


def opened(store: Store, revision: int = 1, draft: bool = False, **more: Any) -> Delivery:
    return store.deliver(ANA, casework.manifest("AR-MPF", "litoral", revision, FULL, **more), draft)


def picture(store: Store, actor: Any = BIA) -> dict[str, Any]:
    """What a reader gets: names, links, numbers and searches."""
    view = store.view(actor)
    scope = view.scope()
    raws = [raw for chunk in store.scan(scope, (), 2) for raw in chunk]
    return {
        "captions": sorted(e.caption for e in view.entities([n[0] for n in store.nodes(scope)]).values()),
        "records": [(r.id, r.schema, r.level, [decode(p) for p in r.packs]) for r in raws],
        "links": store.all_links(scope),
        "numbers": store.carried(scope, [r.id for r in raws]),
        "found": {word: store.find(scope, [word], ()) for word in ("ana", "jefa", "leo", "acme", "5491123456789")},
    }


def test_what_was_delivered_is_read_back_whole(store: Store) -> None:
    records = case(store)
    report = deliver(store, records)
    assert (report.records, report.added, report.changed, report.removed, report.state) == (5, 5, 0, 0, "current")
    scope = store.scope(ANA)
    raws = {raw.id: raw for raw in store.fetch(scope, [r.id for r in records] * 2)}
    for record in records:
        got = sorted(s for p in raws[record.id].packs for s in decode(p))
        kept = [s for s in record.statements if s.prop not in ("owner", "asset")]
        assert got == sorted(kept)
        assert (raws[record.id].schema, raws[record.id].level, raws[record.id].mask) == (record.schema, 5, "")
    assert [k.relation for k in store.all_links(scope)] == ["OWNERSHIP", "OWNERSHIP"]
    link = next(k for k in store.all_links(scope) if k.start)
    assert (link.record, link.source, link.target) == (records[3].id, records[0].id, records[2].id)
    assert (link.schema, link.prop, bool(link.directed), link.start) == ("Ownership", "", True, "2020-01-01")
    assert [n[0] for n in store.nodes(scope)] == sorted(r.id for r in records[:3])
    assert store.owners_of([records[0].id, "r" + "0" * 32]) == {records[0].id: "AR-MPF"}


def test_delivering_the_same_again_rewrites_nothing(store: Store, contents: Callable[[], Any]) -> None:
    deliver(store, case(store))
    before, looked = digest(store), picture(store)
    report = deliver(store, case(store))
    assert (report.unchanged, report.added, report.changed, report.removed) == (5, 0, 0, 0)
    assert digest(store) == before and picture(store) == looked
    if store.url.startswith("sqlite"):
        assert len(contents()["version"]) == 5
    else:
        assert not [row for row in contents()[0] if "Version" in row]


def test_changed_and_removed_records_are_seen_so_and_nothing_else_is(store: Store) -> None:
    deliver(store, case(store))
    ana, leo, firm, first, _ = case(store)
    other = person(store, "ana", "Ana Paz Soto", phone="+5511987654321")
    report = deliver(store, [other, leo, firm, first], revision=2)
    assert (report.added, report.changed, report.unchanged, report.removed) == (0, 1, 3, 1)
    view, scope = store.view(BIA), store.scope(BIA)
    assert view.entity(ana.id).caption == "Ana Paz Soto"
    assert store.find(scope, ["jefa"], ()) == [] and store.find(scope, ["30111222"], ()) == []
    assert [i for i, _ in store.find(scope, ["soto"], ())] == [ana.id]
    assert [k.record for k in store.all_links(scope)] == [first.id]
    assert [c.value for c in store.carried(scope, [ana.id])] == ["5511987654321"]
    assert store.all_carried(scope) == []
    assert [store.view(actor).datasets()[0].revision for actor in (ANA, BIA)] == [2, 0]


def test_four_revisions_change_remove_and_bring_back_a_record(store: Store) -> None:
    ana, leo, *rest = case(store)
    told = [[ana, leo, *rest], [person(store, "ana", "Ana Dos"), leo, *rest], [leo, *rest], [ana, leo, *rest]]
    pictures = []
    for revision, records in enumerate(told, 1):
        deliver(store, records, revision)
        pictures.append(picture(store))
    assert pictures[0] == pictures[3]
    assert [len(p["links"]) for p in pictures] == [2, 2, 1, 2]
    assert [len(p["found"]["ana"]) for p in pictures] == [1, 1, 0, 1]
    assert "Ana Dos" in pictures[1]["captions"]


def test_a_record_may_become_of_another_schema(store: Store) -> None:
    thing = casework.record(store, "AR-MPF", "litoral", "x", "LegalEntity", name="Acme")
    deliver(store, [thing])
    deliver(store, [casework.record(store, "AR-MPF", "litoral", "x", "Company", name="Acme")], 2)
    scope = store.scope(BIA)
    assert [n[2] for n in store.nodes(scope)] == ["Company"]
    assert [r.id for chunk in store.scan(scope, ["Company"], 10) for r in chunk] == [thing.id]
    assert list(store.scan(scope, ["LegalEntity"], 10)) == []


def test_add_and_delete_name_only_what_changes(store: Store) -> None:
    deliver(store, case(store))
    more = person(store, "eva", "Eva Soto")
    report = deliver(store, [more], 2, mode="add")
    assert (report.added, report.removed) == (1, 0)
    assert len(store.nodes(store.scope(BIA))) == 4
    report = deliver(store, [more, person(store, "nobody", "x")], 3, mode="delete")
    assert report.removed == 1
    assert picture(store)["captions"] == ["Acme SA", "Ana Paz", "Leo Núñez"]


def test_a_withdrawn_record_of_a_rule_is_gone_with_the_delivery(store: Store) -> None:
    deliver(store, case(store))
    ana = case(store)[0]
    rule = RecordRule("persona:ana", "withdraw", record=ana.id)
    deliver(store, case(store)[1:], 2, mode="add", rules=(rule,))
    assert [k.target for k in store.all_links(store.scope(BIA))] == [case(store)[2].id]
    with pytest.raises(NotFound):
        store.view(BIA).entity(ana.id)


def test_links_wait_for_both_their_ends(store: Store) -> None:
    ana, leo, firm, first, second = case(store)
    deliver(store, [ana, first, second])
    assert store.all_links(store.scope(BIA)) == []
    deliver(store, [firm], 2, mode="add")
    assert [k.record for k in store.all_links(store.scope(BIA))] == [first.id]
    both = casework.record(store, "AR-MPF", "litoral", "o3", "Ownership", owner=(ana.id, leo.id), asset=(firm.id,))
    deliver(store, [leo, both], 3, mode="add")
    drawn = [(k.record, k.source) for k in store.all_links(store.scope(BIA))]
    assert drawn == sorted([(first.id, ana.id), (second.id, leo.id), (both.id, ana.id), (both.id, leo.id)])
    assert {k.record for k in store.links_of(store.scope(BIA), [leo.id])} == {second.id, both.id}


def test_a_property_that_names_a_record_is_a_link(store: Store) -> None:
    route = casework.record(store, "AR-MPF", "litoral", "r", "Route", name="Rosario - Santos")
    leg = casework.record(store, "AR-MPF", "litoral", "l", "RouteLeg", route=route.id, place="Rosario")
    deliver(store, [route, leg])
    [link] = store.all_links(store.scope(BIA))
    assert (link.relation, link.prop, link.source, link.target) == ("ON_ROUTE", "route", leg.id, route.id)
    deliver(store, [route, casework.record(store, "AR-MPF", "litoral", "l", "RouteLeg", place="Rosario")], 2)
    assert store.all_links(store.scope(BIA)) == []


def test_an_abandoned_delivery_leaves_nothing(store: Store, contents: Callable[[], Any]) -> None:
    deliver(store, case(store))
    before, looked, version = contents(), picture(store), store.version()
    with pytest.raises(InputError), opened(store, 2) as delivery:
        changed = casework.record(store, "AR-MPF", "litoral", "acme", "LegalEntity", name="Acme", phone="+56961234567")
        delivery.add([person(store, "ana", "Otra"), changed, person(store, "nueva", "Nueva", phone="+56961234567")])
        delivery.add([owns(store, "o1", "leo", "acme"), owns(store, "o9", "nueva", "missing")])
        delivery.reject([Reject("a.csv", 1, "x", "y", "reason")])
        delivery.publish(rows_read=2, rows_accepted=1)
    assert contents() == before
    assert (picture(store), store.version()) == (looked, version)
    assert deliver(store, case(store), 2).unchanged == 5


def test_a_first_delivery_abandoned_leaves_an_empty_dataset(store: Store) -> None:
    with pytest.raises(RuntimeError), opened(store) as delivery:
        delivery.add(case(store))
        raise RuntimeError
    assert store.nodes(store.scope(ANA)) == [] and store.view(ANA).datasets() == []
    assert store.ledger("AR-MPF") == []
    assert deliver(store, case(store)).added == 5


def test_a_reader_sees_the_old_delivery_or_the_new_never_a_mixture(store: Store, again: Callable[[], Store]) -> None:
    deliver(store, case(store))
    reader = again()
    before = picture(reader)
    ana, leo, firm, first, second = case(store)
    with opened(store, 2) as delivery:
        delivery.add([person(store, "ana", "Ana Nueva", phone="+5511987654321"), owns(store, "o1", "leo", "acme")])
        assert picture(reader) == before
        delivery.add([person(store, "eva", "Eva", phone="+5511987654321"), firm])
        assert picture(reader) == before
        number = delivery._number
        assert sorted(i for ids in store.current_ids(delivery._dataset, number) for i in ids) == sorted(
            [leo.id, second.id, firm.id]
        )
        delivery.publish()
    after = picture(reader)
    assert after["captions"] == ["Acme SA", "Ana Nueva", "Eva"]
    assert [k.record for k in after["links"]] == []  # both owners' ends changed: one link went, one lost an end
    assert picture(store) == after


def test_a_draft_is_seen_by_nobody_until_it_is_accepted(store: Store, contents: Callable[[], Any]) -> None:
    deliver(store, case(store))
    before, held = picture(store), contents()
    with opened(store, 2, draft=True) as delivery:
        delivery.add([person(store, "ana", "Ana Borrador"), *case(store)[1:]])
        assert delivery.publish().state == "draft"
    assert picture(store) == before
    assert picture(store, ANA)["captions"] == ["Acme SA", "Ana Paz", "Leo Núñez"]
    assert [name for _, _, name in store.drafts("AR-MPF")] == ["litoral"] and store.drafts("BR-MPF") == []
    with pytest.raises(StoreBusy):
        opened(store, 3).__enter__()
    stewardship.drop(store, ANA, "litoral")
    assert contents() == held and store.drafts("AR-MPF") == []
    with opened(store, 2, draft=True) as delivery:
        delivery.add([person(store, "ana", "Ana Borrador"), *case(store)[1:]])
        delivery.publish()
    stewardship.accept(store, ANA, "litoral")
    assert store.view(BIA).entity(case(store)[0].id).caption == "Ana Borrador"
    assert [line["state"] for line in store.ledger("AR-MPF")] == ["current", "superseded"]


def test_one_load_of_a_dataset_at_a_time(store: Store, again: Callable[[], Store]) -> None:
    other = again()
    with opened(store) as delivery:
        with pytest.raises(StoreBusy):
            opened(other).__enter__()
        with other.deliver(ANA, casework.manifest("AR-MPF", "otro")) as parallel:
            parallel.add([casework.record(other, "AR-MPF", "otro", "x", name="Otra", phone="+5491123456789")])
            delivery.add(case(store))
            parallel.publish()
        delivery.publish()
    assert len(store.nodes(store.scope(ANA))) == 4
    assert len(store.all_carried(store.scope(ANA))) == 3


def test_an_older_revision_is_refused_and_changes_nothing(store: Store, contents: Callable[[], Any]) -> None:
    deliver(store, case(store), 5)
    before = contents()
    with pytest.raises(PackageError):
        opened(store, 4).__enter__()
    assert contents() == before
    deliver(store, case(store), 5)


def test_a_killed_load_is_swept_and_the_living_one_is_not(
    store: Store, again: Callable[[], Store], contents: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver(store, case(store))
    before = contents()
    with subprocess.Popen(["sleep", "0"]) as process:
        process.wait()
    host = holder().partition("|")[0]
    with monkeypatch.context() as patch:
        patch.setattr(f"{type(store).__module__}.holder", lambda: f"{host}|{process.pid}|1")
        killed = opened(store, 2).__enter__()
    killed.add([person(store, "ana", "Matada"), person(store, "eva", "Eva", phone="+5511987654321")])
    other = again()
    assert other.sweep() == 1 and other.sweep() == 0
    assert contents() == before
    with opened(store, 2) as living:
        living.add([person(store, "ana", "Viva")])
        assert other.sweep() == 0
        living.publish()
    assert picture(store)["captions"] == ["Viva"]


def test_a_withdrawn_dataset_is_out_of_every_view_and_its_next_delivery_starts_from_nothing(store: Store) -> None:
    deliver(store, case(store))
    stewardship.withdraw(store, ANA, "litoral")
    assert picture(store)["captions"] == [] == picture(store, ANA)["captions"]
    assert store.ledger("AR-MPF")[0]["state"] == "withdrawn"
    leo = person(store, "leo", "Leo Nuevo")
    report = deliver(store, [leo], 2, mode="add")
    assert (report.added, report.changed, report.unchanged) == (1, 0, 0)
    assert picture(store)["captions"] == ["Leo Nuevo"]
    assert picture(store)["links"] == [] == picture(store)["numbers"]
    assert len(store.fetch(store.scope(BIA), [leo.id])) == 1
    assert [line["state"] for line in store.ledger("AR-MPF")] == ["current", "withdrawn"]


def test_a_delivery_abandoned_after_a_withdrawal_leaves_the_withdrawal(
    store: Store, contents: Callable[[], Any]
) -> None:
    deliver(store, case(store))
    stewardship.withdraw(store, ANA, "litoral")
    before = contents()
    with pytest.raises(RuntimeError), opened(store, 2) as delivery:
        delivery.add(case(store)[:2])
        raise RuntimeError
    assert contents() == before


def test_rejects_are_those_of_the_latest_delivery_in_order(store: Store) -> None:
    def told(revision: int, count: int, draft: bool = False) -> list[Reject]:
        rejects = [
            Reject("a.csv", n, "DNI", f"valor «{n}»", "reason.x", {"n": n, "why": ["a", None]}, n % 2 == 0)
            for n in range(count)
        ]
        with opened(store, revision, draft) as delivery:
            delivery.reject(rejects[: count // 2])
            delivery.reject(rejects[count // 2 :])
            assert delivery.publish().values_rejected == count // 2
        return rejects

    first = told(1, 7)
    [dataset] = store.datasets()
    assert list(store.rejects(dataset.number)) == first
    second = told(2, 3)
    assert list(store.rejects(dataset.number)) == second
    assert list(store.rejects(dataset.number + 1)) == []
    third = told(3, 5, draft=True)
    assert list(store.rejects(dataset.number)) == third
    stewardship.drop(store, ANA, "litoral")
    assert list(store.rejects(dataset.number)) == second


def test_the_ledger_and_the_datasets_say_what_was_delivered(store: Store) -> None:
    assert store.datasets() == [] and store.ledger("AR-MPF") == []
    with opened(store, 1, title="Operación Litoral", retention="2031-03-01", digest="abc") as delivery:
        delivery.add(case(store))
        delivery.publish(rows_read=6, rows_accepted=5, rows_rejected=1)
    [state] = store.datasets()
    assert (state.owner, state.name, state.country, state.revision) == ("AR-MPF", "litoral", "AR", 1)
    assert (state.title, state.retention) == ("Operación Litoral", "2031-03-01")
    assert (state.protected, state.accepted) == (False, True)
    [line] = store.ledger("AR-MPF")
    assert (line["dataset"], line["revision"], line["state"], line["digest"]) == ("litoral", 1, "current", "abc")
    assert line["started"] == line["published"] == worlds.NOW.isoformat(timespec="seconds")
    assert line["actor"] == ANA.id
    assert (line["report"]["rows_read"], line["report"]["rows_rejected"]) == (6, 1)
    assert store.ledger("BR-MPF") == []
    assert stewardship.manifest_of(store.manifest(state.number)).title == "Operación Litoral"
    assert store.manifest(state.number + 1) == ""
    masked = person(store, "vic", "Víctima", mask="victim")
    deliver(store, [masked], 2, mode="add", investigation={})
    [state] = store.datasets()
    assert (state.protected, state.accepted, state.title) == (True, False, "litoral")
    deliver(store, case(store)[:1], 3, mode="add")
    assert store.datasets()[0].protected  # the victim is still in it
    deliver(store, case(store)[:1], 4)
    assert not store.datasets()[0].protected


def test_the_country_of_a_dataset_is_its_owners(store: Store) -> None:
    store.save_federation([Agency("AR-MPF", "x", "UY")], [], [])
    deliver(store, case(store))
    assert store.datasets()[0].country == "UY"


def test_every_change_of_what_may_be_seen_counts_up(store: Store) -> None:
    seen = [store.version()]

    def grew() -> bool:
        seen.append(store.version())
        return seen[-1] > seen[-2]

    deliver(store, case(store))
    assert grew()
    store.replace_grants(store.datasets()[0].number, [])
    assert grew()
    store.save_federation([], [], [casework.TEAM])
    assert grew()
    stewardship.withdraw(store, ANA, "litoral")
    assert grew()
    store.keep_rejects(1, 1, [])
    assert not grew()


def test_a_second_process_reads_the_same(store: Store, again: Callable[[], Store]) -> None:
    deliver(store, case(store))
    other = again()
    assert other.ids.record("a", "b") == store.ids.record("a", "b")
    assert digest(other) == digest(store)
    assert (other.agencies(), other.actors(), other.teams()) == (store.agencies(), store.actors(), store.teams())
