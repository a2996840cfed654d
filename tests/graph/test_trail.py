"""What an actor may read of the logs: the owner sees who looked at its records, and nobody sees more than that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import casework
import pytest

from graph.access import Actor
from graph.delivery import Release
from graph.errors import AccessDenied, InputError
from graph.export import export_chart
from graph.identity import Pair
from graph.store import open_store
from graph.store.base import Store
from graph.trail import Wanted, trail

ANALYST = Actor("ar:uno", "AR-MPF", frozenset({"analyst"}))
COORDINATOR = Actor("ar:coo", "AR-MPF", frozenset({"coordinator"}))
ALL = (Release("*", "full"),)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Argentina's Ana, Bea and a victim, Brazil's Ana; two of them held to be one, all released to all."""
    found = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    make = casework.record
    ana = make(found, "AR-MPF", "a", "ana", name="Ana Paz", phone="+541")
    bea = make(found, "AR-MPF", "a", "bea", name="Bea Luz")
    hurt = make(found, "AR-MPF", "a", "hurt", name="Clara Sol", mask="victim", role="victim")
    tie = make(found, "AR-MPF", "a", "tie", "Associate", person=ana.id, associate=bea.id)
    casework.deliver(found, casework.ANA, "a", [ana, bea, hurt, tie], ALL)
    other = make(found, "BR-MPF", "b", "ana", name="Ana Paz", phone="+541")
    casework.deliver(found, casework.BIA, "b", [other], ALL)
    left, right = sorted((ana.id, other.id))
    found.save_pairs([Pair(left, right, 0.99, "automatic", ())], "m")
    return found


def ids(store: Store) -> dict[str, str]:
    own = {key: store.ids.record("AR-MPF", "a", key) for key in ("ana", "bea", "hurt", "tie")}
    return own | {"brazil": store.ids.record("BR-MPF", "b", "ana")}


def last(store: Store, reader: Actor = casework.ANA, **wanted: Any) -> dict[str, Any]:
    return trail(store, reader, Wanted(**wanted))[-1]


def test_an_owner_sees_who_looked_at_its_records_and_no_others(store: Store) -> None:
    i = ids(store)
    store.view(casework.CARO, "causa 7").search("ana")
    line = last(store, ours=True)
    assert (line["actor"], line["agency"], line["what"], line["ground"]) == ("cl:caro", "CL-FN", "search", "causa 7")
    assert line["records"] == [i["ana"]] and line["results"] == 1  # not Brazil's, though it was found with it
    assert last(store, casework.BIA, ours=True)["records"] == [i["brazil"]]
    assert {"n", "hash"}.isdisjoint(line)


def test_every_record_that_a_look_shows_something_of_is_named(store: Store, tmp_path: Path) -> None:
    """An entity's id is one of its records; the others were seen with it, and so were the records of links."""
    i = ids(store)
    entity = min(i["ana"], i["brazil"])
    for ask in (entity, i["bea"]):
        store.view(casework.CARO).neighbourhood([ask])
        assert set(last(store, ours=True)["records"]) == {i["ana"], i["bea"], i["tie"]}
        assert last(store, casework.BIA, ours=True)["records"] == [i["brazil"]]
    store.view(casework.CARO).paths(entity, i["bea"])
    assert set(last(store, ours=True)["records"]) == {i["ana"], i["bea"], i["tie"]}
    store.view(casework.CARO).link_counts(entity)
    assert set(last(store, ours=True)["records"]) == {i["ana"], i["tie"]}
    export_chart(store, casework.CARO, [entity], form="csv", out=tmp_path / "out")
    line = last(store, ours=True)
    assert line["what"] == "export" and set(line["records"]) == {i["ana"], i["bea"], i["tie"]}


def test_a_masked_record_is_named_to_its_owner_and_to_nobody_else(store: Store) -> None:
    i = ids(store)
    for actor in (casework.CARO, casework.BIA):
        pseudonym = store.ids.pseudonym(i["hurt"], actor.agency)
        store.view(actor).records([pseudonym])
        line = last(store, ours=True, actor=actor.id)
        assert line["records"] == [i["hurt"]]
        assert trail(store, casework.ANA, Wanted(record=i["hurt"], actor=actor.id)) == [line]
        assert pseudonym not in str(trail(store, casework.ANA))
    assert i["hurt"] not in str(trail(store, casework.BIA)) + str(trail(store, casework.CARO))


def test_a_look_at_everything_names_the_datasets_of_the_owner(store: Store) -> None:
    store.view(casework.CARO).arrays()
    line = last(store, ours=True)
    assert [d[:2] for d in line["datasets"]] == [["AR-MPF", "a"]] and line["records"] == []


def test_what_others_saw_of_others_is_not_told(store: Store) -> None:
    store.view(casework.CARO).records([ids(store)["brazil"]])
    store.view(casework.BIA).search("nobody")
    lines = trail(store, casework.ANA)
    assert {line["agency"] for line in lines} == {"AR-MPF"}
    assert trail(store, casework.ANA, Wanted(record=ids(store)["brazil"])) == []


def test_filters_by_record_actor_and_time(store: Store) -> None:
    i = ids(store)
    for actor, asked in ((casework.CARO, "ana"), (casework.BIA, "bea"), (casework.BIA, "ana")):
        store.view(actor).records([i[asked]])
    seen = lambda **w: [(x["actor"], x["records"]) for x in trail(store, casework.ANA, Wanted(ours=True, **w))]  # noqa: E731
    assert seen() == [("cl:caro", [i["ana"]]), ("br:bia", [i["bea"]]), ("br:bia", [i["ana"]])]
    assert seen(record=i["bea"]) == [("br:bia", [i["bea"]])]
    assert seen(record=i["ana"], actor="br:bia") == [("br:bia", [i["ana"]])]
    now = datetime.now(UTC)
    today, tomorrow = now.date().isoformat(), (now + timedelta(days=1)).date().isoformat()
    assert len(seen(since=today, until=today)) == 3
    assert seen(since=tomorrow) == seen(until=(now - timedelta(days=1)).date().isoformat()) == []
    at = trail(store, casework.ANA, Wanted(ours=True))[1]["at"]
    east = datetime.fromisoformat(at).astimezone(tz=None).isoformat()
    assert len(seen(since=at)) == len(seen(since=east)) == 2 and len(seen(until=at)) == 1
    for wrong in ({"since": "ayer"}, {"until": "2026-13-01"}, {"until": "9999-12-31"}):
        with pytest.raises(InputError):
            trail(store, casework.ANA, Wanted(**wrong))


def test_the_own_agencys_doings_are_whole_unless_only_others_are_wanted(store: Store) -> None:
    store.view(ANALYST).search("ana")
    assert set(last(store, actor=ANALYST.id)["records"]) == {ids(store)["ana"], ids(store)["brazil"]}
    assert [x["what"] for x in trail(store, casework.ANA, Wanted(ours=True))] == []
    assert "deliver current" in [x["what"] for x in trail(store, COORDINATOR)]
    assert "deliver current" not in [x["what"] for x in trail(store, COORDINATOR, Wanted(ours=True))]


def test_an_analyst_reads_no_log_and_an_operator_no_records(store: Store) -> None:
    i = ids(store)
    with pytest.raises(AccessDenied):
        trail(store, ANALYST)
    store.view(casework.CARO).search("ana")
    store.audit.changes.append(what="federation", actor="ar:op", agency="AR-MPF", file="federation.yaml")
    store.audit.looks.append(what="denied", actor="", agency="", records=[i["ana"]], results=0, ground="")
    lines = trail(store, casework.OPERATOR)
    assert [x["what"] for x in lines] == ["federation", "denied"]
    assert not any(value in str(lines) for value in i.values())
    both = Actor("ar:both", "AR-MPF", frozenset({"operator", "steward"}))
    said = [x["what"] for x in trail(store, both)]
    assert said.count("federation") == 1 and "search" in said and "denied" in said


def test_reading_the_log_is_a_look(store: Store) -> None:
    trail(store, casework.ANA)
    line = list(store.audit.looks.lines())[-1]
    assert (line["what"], line["actor"]) == ("audit show", casework.ANA.id)
    store.audit.looks.path.unlink()
    store.audit.looks.path.symlink_to("/dev/full")
    with pytest.raises(AccessDenied):
        trail(store, casework.ANA)
