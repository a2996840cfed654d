"""The contract of both engines: hits, flags and their grounds, locks, jobs, who exists, the store's own values."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import Any

import casework
import pytest

from graph.access import Actor, Agency, Team
from graph.delivery import RecordRule, Release
from graph.errors import AccessDenied
from graph.identity import Pair
from graph.process import holder
from graph.store import Store
from graph.store.base import FORMAT, StoredFlag

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
PHONE, DNI = "+5491123456789", "30111222"


def put(store: Store, actor: Actor, name: str, *releases: Release, revision: int = 1, **more: Any) -> str:
    """A dataset of one person; its id."""
    rules = {k: more.pop(k) for k in ("rules", "investigation", "mode") if k in more}
    who = casework.record(store, actor.agency, name, "x", **{"name": "Ana", "phone": PHONE, **more})
    casework.deliver(store, actor, name, [who], releases, revision, **rules)
    return who.id


def hits(store: Store, actor: Actor) -> list[tuple[str, str, str]]:
    return [(record, holder.owner, kind) for record, holder, kind in store.view(actor).hits()]


def test_a_hit_says_that_an_agency_holds_something_on_a_shared_number(store: Store) -> None:
    mine = put(store, ANA, "mio", idNumber=DNI)
    put(store, BIA, "suyo", Release("*", "hit"), idNumber=DNI)
    assert hits(store, ANA) == [(mine, "BR-MPF", "document"), (mine, "BR-MPF", "phone")]
    assert hits(store, BIA) == [] == hits(store, CARO)


def test_what_raises_no_hit(store: Store) -> None:
    put(store, ANA, "mio")
    put(store, BIA, "cerrado")
    put(store, BIA, "abierto", Release("AR-MPF", "identity"))
    put(store, BIA, "otros", Release("CL-FN", "hit"))
    put(store, BIA, "victima", Release("*", "hit"), mask="victim")
    assert hits(store, ANA) == []
    put(store, BIA, "ido", Release("*", "hit"))
    assert [h[1] for h in hits(store, ANA)] == ["BR-MPF"]
    put(store, BIA, "ido", Release("*", "hit"), revision=2, phone="+5511987654321")
    assert hits(store, ANA) == []
    put(store, BIA, "ido", Release("*", "hit"), revision=3)
    put(store, ANA, "mio", revision=2, investigation={})  # no investigation number: not accepted
    assert hits(store, ANA) == []
    put(store, ANA, "mio", revision=3, mask="victim")
    assert hits(store, ANA) == []
    put(store, ANA, "mio", revision=4)
    assert [h[1] for h in hits(store, ANA)] == ["BR-MPF"]
    store.withdraw(next(d.number for d in store.datasets() if d.name == "ido"))
    assert hits(store, ANA) == []


def test_drafts_raise_no_hit_and_loads_under_way_neither(store: Store) -> None:
    mine = put(store, ANA, "mio")
    put(store, BIA, "suyo", Release("*", "hit"), phone="+5511987654321")
    more = casework.record(store, "BR-MPF", "suyo", "y", phone=PHONE, name="Bia")
    with store.deliver(BIA, casework.manifest("BR-MPF", "suyo", 2, (Release("*", "hit"),)), draft=True) as delivery:
        delivery.add([more])
        assert hits(store, ANA) == []
        delivery.publish()
    assert hits(store, ANA) == []
    theirs, number, _ = store.drafts("BR-MPF")[0]
    store.abandon(theirs, number)
    casework.deliver(store, BIA, "suyo", [more], (Release("*", "hit"),), 2)
    assert hits(store, ANA) == [(mine, "BR-MPF", "phone")]


def test_a_pair_of_the_matcher_raises_a_hit_of_kind_identity(store: Store) -> None:
    mine = put(store, ANA, "mio", phone="+5491111111111")
    theirs = put(store, BIA, "suyo", Release("*", "hit"))
    masked = put(store, BIA, "victima", Release("*", "hit"), mask="victim")
    left, right = sorted((mine, theirs))
    low, high = sorted((mine, masked))
    store.save_pairs([Pair(left, right, 0.5, "proposed"), Pair(low, high, 0.9, "automatic")], "m")
    assert hits(store, ANA) == [(mine, "BR-MPF", "identity")]
    store.save_pairs([], "m")
    assert hits(store, ANA) == []


def test_a_record_that_its_owner_shuts_off_raises_no_hit_and_takes_back_what_it_raised(store: Store) -> None:
    mine = put(store, ANA, "mio", idNumber=DNI)
    shut = store.ids.record("BR-MPF", "suyo", "x")
    alike = casework.record(store, "BR-MPF", "suyo", "y", name="Ana", idNumber=DNI)
    one = casework.record(store, "BR-MPF", "suyo", "x", name="Ana", phone=PHONE)

    def release(revision: int, *rules: RecordRule) -> None:
        casework.deliver(store, BIA, "suyo", [one, alike], (Release("*", "hit"),), revision, rules=rules)

    def rule(level: str, to: str = "*") -> RecordRule:
        return RecordRule("x", "release", to, level, record=shut)

    release(1)
    left, right = sorted((mine, shut))
    store.save_pairs([Pair(left, right, 0.5, "proposed")], "m")
    raised = [(mine, "BR-MPF", kind) for kind in ("document", "identity", "phone")]
    assert hits(store, ANA) == raised
    told = flag("1", (mine, 2), hits=((next(d.number for d in store.datasets() if d.name == "suyo"), mine),))
    store.save_flags("AR-MPF", [told], "t")
    release(2, rule("none", "CL-FN"))
    assert hits(store, ANA) == raised and len(store.view(ANA).flags()) == 1
    release(3, rule("none"))
    assert hits(store, ANA) == raised[:1] and len(store.view(ANA).flags()) == 1
    casework.deliver(store, BIA, "suyo", [one], (Release("*", "hit"),), 4, rules=(rule("none"),))
    assert hits(store, ANA) == [] == store.view(ANA).flags()
    release(5, rule("none"), rule("hit", "AR-MPF"))  # the widest of what it receives under any name
    assert hits(store, ANA) == raised


def flag(key: str, *grounds: tuple[str, int], digest: str = "d1", **more: Any) -> StoredFlag:
    return StoredFlag(f"f{key}", "AR-MPF", "same_entity", f'{{"k": "{key}"}}', digest, grounds, **more)


def test_flags_are_brought_up_to_date_and_keep_their_history(store: Store) -> None:
    mine = put(store, ANA, "mio")
    first = [flag("1", (mine, 2)), flag("2", (mine, 3)), flag("3", (mine, 5))]
    counts = {"new": 3, "updated": 0, "unchanged": 0, "withdrawn": 0}
    assert store.save_flags("AR-MPF", first, "t1") == counts
    assert store.save_flags("AR-MPF", first, "t2") == {"new": 0, "updated": 0, "unchanged": 3, "withdrawn": 0}
    shown = store.flags(store.scope(ANA), "AR-MPF")
    assert shown == [f._replace(first_seen="t1", last_seen="t1") for f in first]
    second = [flag("1", (mine, 2)), flag("2", (mine, 2), digest="d2"), flag("4")]
    assert store.save_flags("AR-MPF", second, "t3") == {"new": 1, "updated": 1, "unchanged": 1, "withdrawn": 1}
    shown = {f.id: f for f in store.flags(store.scope(ANA), "AR-MPF")}
    assert sorted(shown) == ["f1", "f2", "f4"]
    assert (shown["f2"].state, shown["f2"].grounds, shown["f2"].first_seen, shown["f2"].last_seen) == (
        "updated", ((mine, 2),), "t1", "t3",
    )  # fmt: skip
    assert store.save_flags("AR-MPF", first, "t4") == {"new": 0, "updated": 2, "unchanged": 1, "withdrawn": 1}
    shown = {f.id: f for f in store.flags(store.scope(ANA), "AR-MPF")}
    assert (shown["f3"].state, shown["f3"].first_seen, shown["f3"].last_seen) == ("updated", "t1", "t4")
    assert store.save_flags("BR-MPF", [], "t5") == {"new": 0, "updated": 0, "unchanged": 0, "withdrawn": 0}
    assert store.save_flags("AR-MPF", [], "t5")["withdrawn"] == 3
    assert store.flags(store.scope(ANA), "AR-MPF") == []


def test_a_flag_is_seen_only_with_all_its_grounds(store: Store) -> None:
    mine = put(store, ANA, "mio", Release("BR-MPF", "full"), Release("CL-FN", "identity"))
    theirs = put(store, BIA, "suyo", Release("AR-MPF", "identity"))
    some = [flag("1", (mine, 2)), flag("2", (mine, 2), (theirs, 2)), flag("3", (mine, 2), (theirs, 3)), flag("4")]
    store.save_flags("AR-MPF", some, "t")
    assert [f.id for f in store.flags(store.scope(ANA), "AR-MPF")] == ["f1", "f2", "f4"]
    assert [f.id for f in store.flags(store.scope(BIA), "AR-MPF")] == ["f1", "f2", "f3", "f4"]
    assert [f.id for f in store.flags(store.scope(CARO), "AR-MPF")] == ["f1", "f4"]
    assert store.flags(store.scope(ANA), "BR-MPF") == []
    assert [f.id for f in store.flags(store.scope(casework.OPERATOR), "AR-MPF")] == ["f4"]
    put(store, BIA, "suyo", revision=2)
    assert [f.id for f in store.flags(store.scope(ANA), "AR-MPF")] == ["f1", "f4"]
    put(store, BIA, "suyo", Release("AR-MPF", "full"), revision=3, phone="+5511987654321")
    assert [f.id for f in store.flags(store.scope(ANA), "AR-MPF")] == ["f1", "f2", "f3", "f4"]
    rule = RecordRule("persona:x", "release", "AR-MPF", "none", record=theirs)
    put(store, BIA, "suyo", Release("AR-MPF", "full"), revision=4, rules=(rule,))
    assert [f.id for f in store.flags(store.scope(ANA), "AR-MPF")] == ["f1", "f4"]


def test_a_flag_that_rests_on_a_hit_goes_with_the_hit(store: Store) -> None:
    mine = put(store, ANA, "mio")
    put(store, BIA, "suyo", Release("*", "hit"))
    other = next(d.number for d in store.datasets() if d.name == "suyo")
    told = flag("1", (mine, 2), hits=((other, mine),))
    store.save_flags("AR-MPF", [told], "t")
    assert store.flags(store.scope(ANA), "AR-MPF") == [told._replace(first_seen="t", last_seen="t")]
    store.replace_grants(other, [])
    assert store.flags(store.scope(ANA), "AR-MPF") == []


def test_a_lock_is_held_by_one_until_it_ends_or_its_process_does(store: Store, again: Callable[[], Store]) -> None:
    other = again()
    me = holder()
    host = me.partition("|")[0]
    elsewhere = "another-host/boot|1|1"
    assert store.take_lock("flag", me, "2026-11-25T13", "2026-11-25T12")
    assert store.take_lock("flag", me, "2026-11-25T14", "2026-11-25T12")
    assert not other.take_lock("flag", elsewhere, "2026-11-25T15", "2026-11-25T13")
    assert other.take_lock("watch", elsewhere, "2026-11-25T15", "2026-11-25T13")
    assert not store.take_lock("watch", me, "2026-11-25T16", "2026-11-25T14")
    assert store.take_lock("watch", me, "2026-11-25T16", "2026-11-25T15")
    assert other.take_lock("flag", elsewhere, "2026-11-25T18", "2026-11-25T17")
    store.drop_lock("flag", me)  # not its any more
    assert not store.take_lock("flag", me, "2026-11-25T19", "2026-11-25T17")
    other.drop_lock("flag", elsewhere)
    with subprocess.Popen(["sleep", "0"]) as process:
        process.wait()
    assert store.take_lock("flag", f"{host}|{process.pid}|1", "2026-11-25T19", "2026-11-25T17")
    assert other.take_lock("flag", elsewhere, "2026-11-25T19", "2026-11-25T17")


def test_job_history_is_newest_first(store: Store) -> None:
    for n in range(5):
        store.log_job("flag", f"s{n}", f"e{n}", "ok" if n else "failed", f'{{"n": {n}}}')
    store.log_job("watch", "s", "e", "ok", "{}")
    assert store.job_history("flag", 2) == [
        {"started": "s4", "ended": "e4", "outcome": "ok", "counts": '{"n": 4}'},
        {"started": "s3", "ended": "e3", "outcome": "ok", "counts": '{"n": 3}'},
    ]
    assert len(store.job_history("flag", 10)) == 5 and store.job_history("other", 3) == []


def test_who_exists_is_added_and_replaced(store: Store) -> None:
    assert store.agencies() == sorted(casework.AGENCIES, key=lambda a: a.code)
    assert store.actors() == sorted([ANA, BIA, CARO, casework.OPERATOR], key=lambda a: a.id) and store.teams() == [
        casework.TEAM
    ]
    moved = Actor(ANA.id, "CL-FN", frozenset({"coordinator"}))
    nobody = Actor("zz:z", "ZZ-NEW", frozenset())
    store.save_federation(
        [Agency("AR-MPF", "Ñandú", "UY", {"tel": "1"}, ("document+name+birth", "score")), Agency("PT-MP", "MP", "PT")],
        [moved, nobody],
        [
            Team("eci", frozenset({"CL-FN"})),
            Team("aaa", frozenset({"PT-MP", "AR-MPF"}), "p", "PT-MP", "", "2027-01-01"),
        ],
    )
    assert [a.code for a in store.agencies()] == ["AR-MPF", "BR-MPF", "CL-FN", "PT-MP"]
    assert store.agencies()[0] == Agency("AR-MPF", "Ñandú", "UY", {"tel": "1"}, ("document+name+birth", "score"))
    assert [a.id for a in store.actors()] == ["ar:ana", "ar:op", "br:bia", "cl:caro", "zz:z"]
    assert store.actor(ANA.id) == moved and nobody in store.actors()
    with pytest.raises(AccessDenied):  # of an agency that is not registered
        store.actor("zz:z")
    assert [(t.id, sorted(t.members)) for t in store.teams()] == [("aaa", ["AR-MPF", "PT-MP"]), ("eci", ["CL-FN"])]


def test_the_stores_own_values(store: Store, again: Callable[[], Store]) -> None:
    assert store.meta("made_by") == "" == store.meta("nothing")
    store.set_meta("made_by", "test")
    store.set_meta("made_by", "demo")
    assert again().meta("made_by") == "demo"
    assert store.meta("format") == str(FORMAT) and store.version() == int(store.meta("version"))
    assert store.folder().name and store.folder() == again().folder()


def test_small_documents_are_kept_replaced_and_dropped(store):
    version = store.version()
    store.keep("account", {"ana": {"n": 1}, "bea": {"n": 2, "á": ["x", None]}})
    store.keep("lift", {"ana": {"n": 9}})
    assert store.kept("account") == {"ana": {"n": 1}, "bea": {"n": 2, "á": ["x", None]}}
    assert store.version() == version
    store.keep("account", {"ana": None, "bea": {"n": 3}, "eva": {}, "nobody": None}, seen=True)
    assert list(store.kept("account").items()) == [("bea", {"n": 3}), ("eva", {})]
    assert store.kept("lift") == {"ana": {"n": 9}} and store.kept("other") == {}
    assert store.version() == version + 1
