"""Hits on both engines: told to the holder, asked within a limit that says nothing of what others hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import casework
import pytest
import worlds

from analytics.crossborder.run import run as raise_flags
from graph import hits
from graph.access import FOREVER, Scope
from graph.delivery import Release
from graph.errors import AccessDenied, LimitExceeded, StoreBusy
from graph.identity import Pair
from graph.settings import settings
from graph.store import Store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
HELD = (Release("*", "hit"),)


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Sets the limit of a day; 3 at first."""

    def to(count: int) -> None:
        monkeypatch.setenv("VINCULO_HITS_PER_DAY", str(count))
        settings.cache_clear()

    to(3)
    yield to
    settings.cache_clear()


def phone(n: int) -> str:
    return f"+54911{n:08d}"


def put(
    store: Store, actor: Any, name: str, numbers: Any, releases: Any = (), revision: int = 1, **more: Any
) -> list[str]:
    """A dataset with one person for each number; their ids."""
    manifest = {k: more.pop(k) for k in ("investigation",) if k in more}
    people = [
        casework.record(store, actor.agency, name, f"p{n}", **{"name": f"Persona {n}", "phone": phone(n), **more})
        for n in numbers
    ]
    casework.deliver(store, actor, name, people, releases, revision, **manifest)
    return [p.id for p in people]


def told(store: Store) -> list[dict[str, Any]]:
    """The holders' lines, without what every line has."""
    lines = [line for line in store.audit.looks.lines() if line["what"] == "hit"]
    return [{k: line[k] for k in ("actor", "agency", "holder", "records")} for line in lines]


def waits(store: Store, actor: Any) -> int:
    """How many records the refusal says are waiting, 0 where nothing is refused."""
    try:
        store.view(actor).hits()
    except LimitExceeded as refused:
        return int(refused.params["waiting"])
    return 0


def test_the_holder_is_told_once_who_got_a_hit_on_which_of_its_records(store: Store) -> None:
    (mine,) = put(store, ANA, "mio", [1])
    theirs = put(store, BIA, "suyo", [1, 2], HELD)
    other = put(store, CARO, "otro", [1], HELD)
    view = store.view(ANA)
    first = view.hits()
    assert [(h.record, h.holder.owner, h.kind) for h in first] == [(mine, "BR-MPF", "phone"), (mine, "CL-FN", "phone")]
    assert first[0].holder.contact == "contato@example.org"
    line = {"actor": ANA.id, "agency": "AR-MPF"}
    expected = [
        {**line, "holder": "BR-MPF", "records": [theirs[0]]},
        {**line, "holder": "CL-FN", "records": other},
    ]
    assert told(store) == expected
    assert view.hits() == first and store.view(ANA).hits() == first and told(store) == expected
    third = put(store, BIA, "más", [1], HELD)  # more of the same holder: to its readers the same hit, to it another
    assert view.hits() == first
    assert told(store) == [*expected, {**line, "holder": "BR-MPF", "records": third}]


def test_a_pair_is_told_to_the_holder_by_the_record_it_rests_on(store: Store) -> None:
    mine, theirs = put(store, ANA, "mio", [1]), put(store, BIA, "suyo", [2, 3], HELD)
    left, right = sorted((mine[0], theirs[1]))
    store.save_pairs([Pair(left, right, 0.9, "proposed")], "m")
    assert [h.kind for h in store.view(ANA).hits()] == ["identity"]
    assert [line["records"] for line in told(store)] == [[theirs[1]]]


def test_no_hit_is_given_that_could_not_be_told_to_its_holder(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, ANA, "mio", [1])
    put(store, BIA, "suyo", [1], HELD)
    view = store.view(ANA)

    def full(**body: Any) -> None:
        if body["what"] == "hit":
            raise AccessDenied("error.audit_failed", detail="full")

    with monkeypatch.context() as patch:
        patch.setattr(store.audit.looks, "append", full)
        with pytest.raises(AccessDenied):
            view.hits()
        with pytest.raises(AccessDenied):
            raise_flags(store, ["AR-MPF"])
    assert store.view(ANA).flags() == []
    assert len(view.hits()) == 1 and len(told(store)) == 1  # what was refused counts as not told


def test_the_limit_is_on_questions_and_so_tells_nothing_of_the_answers(store: Store) -> None:
    """The same with everything known elsewhere, something, and nothing: same refusal, same count, same books."""
    put(store, BIA, "suyo", [*range(10, 20), 30], HELD)
    seen = []
    for actor, numbers in ((ANA, range(10, 20)), (CARO, range(20, 30))):  # all of them known, none of them
        put(store, actor, "mío", numbers)
        seen.append([waits(store, actor)])
        put(store, actor, "más", [30 if actor is ANA else 31])  # the limit is used up: one more, known or not
        seen[-1].append(waits(store, actor))
        seen[-1].append([body["new"] for body in store.kept(f"hit_asked:{actor.agency}").values()])
        seen[-1].append(hits.waiting(store, actor))
    assert seen == [[7, 8, [3], 8]] * 2
    assert told(store) == []  # what is refused as a whole is told to nobody, and no holder hears of it
    assert str(LimitExceeded("hits.limit", waiting=8, limit=3)).startswith("8 records of your agency")
    assert hits.waiting(store, BIA) == 0 and hits.waiting(store, casework.OPERATOR) == 0


@pytest.mark.parametrize("store", ["sqlite", pytest.param("neo4j", marks=pytest.mark.prove)], indirect=True)
def test_a_thousand_invented_people_reveal_no_more_than_the_limit(
    store: Store, limit: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.fsync", lambda handle: None)
    limit(20)
    put(store, BIA, "suyo", range(1000), HELD)
    with store.deliver(ANA, casework.manifest("AR-MPF", "borrador", 1), draft=True) as draft:
        draft.add(
            [casework.record(store, "AR-MPF", "borrador", f"p{n}", name="x", phone=phone(n)) for n in range(1000)]
        )
        draft.publish()
    assert store.view(ANA).hits() == [] and store.kept("hit_asked:AR-MPF") == {}
    put(store, ANA, "sin número", range(1000), investigation={})
    assert store.view(ANA).hits() == [] and store.kept("hit_asked:AR-MPF") == {}
    put(store, ANA, "inventados", range(1000))
    assert waits(store, ANA) == 980
    for _ in range(3):  # nor by asking again, by the job, by withdrawing and delivering under another name
        raise_flags(store, ["AR-MPF"])
        assert len(store.view(ANA).flags()) == 20
    store.withdraw(next(d.number for d in store.datasets() if d.name == "inventados"))
    put(store, ANA, "otros", range(500, 1000))
    raise_flags(store, ["AR-MPF"])
    known = len(store.view(ANA).flags())
    assert known <= 20 and len({r for line in told(store) for r in line["records"]}) == 20
    store.clock = lambda: worlds.NOW + timedelta(days=1)
    raise_flags(store, ["AR-MPF"])
    assert len(store.view(ANA).flags()) == known + 20


def test_what_was_asked_once_is_no_new_question(store: Store) -> None:
    put(store, BIA, "suyo", [1, 2, 3, 4, 5], HELD)
    put(store, ANA, "uno", [1, 2])
    assert waits(store, ANA) == 0
    put(store, ANA, "uno", [1, 2], revision=2, notes="lo mismo, y una nota")  # says more, asks the same
    put(store, ANA, "dos", [1, 2])  # the same people in another case
    assert waits(store, ANA) == 0 and len(store.view(ANA).hits()) == 4
    put(store, ANA, "tres", [3])
    assert waits(store, ANA) == 0
    put(store, ANA, "tres", [3], revision=2, phone=phone(4))  # another number under the same key is another question
    assert waits(store, ANA) == 1
    found = {record for record, _, _ in hits.told(store, store.scope(ANA), "AR-MPF", "x").hits}
    assert len(found) == 4 and store.ids.record("AR-MPF", "tres", "p3") not in found


def test_small_cases_go_first_and_the_next_day_takes_what_waits(store: Store) -> None:
    put(store, BIA, "suyo", range(10), HELD)
    put(store, ANA, "grande", range(1, 8))
    (small,) = put(store, ANA, "chico", [0])
    found = hits.told(store, store.scope(ANA), "AR-MPF", "x")
    assert small in {record for record, _, _ in found.hits} and (len(found.hits), found.waiting) == (3, 5)
    assert hits.due(store) == worlds.NOW.replace(hour=0) + timedelta(days=1)
    for day, left in ((1, 2), (2, 0)):
        store.clock = lambda day=day: worlds.NOW + timedelta(days=day)
        assert waits(store, ANA) == left
    assert len(store.view(ANA).hits()) == 8 and hits.due(store) == FOREVER


def test_one_look_up_at_a_time_has_the_limit_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, ANA, "mio", [1])
    soon = (worlds.NOW + timedelta(minutes=1)).isoformat()
    assert store.take_lock("hits:AR-MPF", "another-host/boot|1|1", soon, worlds.NOW.isoformat())
    monkeypatch.setattr(hits, "PATIENCE", 0.1)
    with pytest.raises(StoreBusy):
        store.view(ANA).hits()
    assert store.view(BIA).hits() == [] and store.kept("hit_asked:AR-MPF") == {}
    store.drop_lock("hits:AR-MPF", "another-host/boot|1|1")
    assert store.view(ANA).hits() == [] and len(store.kept("hit_asked:AR-MPF")) == 1


def test_a_contact_point_is_given_for_what_is_at_hit_only(store: Store) -> None:
    put(store, BIA, "suyo", [1], HELD)
    number = store.datasets()[0].number
    with store.deliver(BIA, casework.manifest("BR-MPF", "suyo", 2, HELD, contact={"name": "Enlace PR-77"})) as delivery:
        delivery.publish()
    assert hits.contact(store, store.scope(ANA), "BR-MPF", [number]) == "Enlace PR-77"
    blind = Scope("AR-MPF", {}, {}, frozenset(), frozenset(), FOREVER)
    assert hits.contact(store, blind, "BR-MPF", [number]) == "contato@example.org"
