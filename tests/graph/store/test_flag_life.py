"""The life of a flag on both engines: steps, who may take them, what is kept, and that it is nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any

import casework
import pytest

from graph import flagging
from graph.access import Actor
from graph.delivery import Release
from graph.errors import AccessDenied, InputError, NotFound
from graph.flagging import REASONS, STEPS, Event, Life, live
from graph.store.base import Store, StoredFlag

ANA, BIA = casework.ANA, casework.BIA
EVA = Actor("ar:eva", "AR-MPF", frozenset({"coordinator"}))
STEWARD = Actor("ar:custodio", "AR-MPF", frozenset({"steward"}))
HELD: dict[str, Any] = {"digest": "d1", "kind": "money", "score": 0.8, "parts": {"payments": 0.8}}


@pytest.fixture
def flags(store: Store) -> Store:
    """:func:`raised` on both engines."""
    return raised(store)


@pytest.fixture
def local(empty: Callable[[str], Store]) -> Store:
    """:func:`raised` on one engine, for what no engine has a part in."""
    return raised(casework.found(empty("sqlite")))


def raised(store: Store) -> Store:
    """A flag of Argentina on its own and Brazil's record, and one of Brazil's."""
    store.save_federation([], [EVA, STEWARD], [])
    a = casework.record(store, "AR-MPF", "ar1", "1", name="Juan Pérez")
    b = casework.record(store, "BR-MPF", "br1", "1", name="João Peres")
    casework.deliver(store, ANA, "ar1", [a], (Release("BR-MPF", "full"),))
    casework.deliver(store, BIA, "br1", [b], (Release("AR-MPF", "full"),))
    put(store)
    store.save_flags("BR-MPF", [StoredFlag("f9", "BR-MPF", "money", "{}", "d", ((b.id, 2),))], "2026-01-01")
    return store


def put(store: Store, digest: str = "d1") -> dict[str, int]:
    grounds = tuple((store.ids.record(o, d, "1"), 2) for o, d in (("AR-MPF", "ar1"), ("BR-MPF", "br1")))
    return store.save_flags("AR-MPF", [StoredFlag("f1", "AR-MPF", "money", "{}", digest, grounds)], "2026-01-01")


def changes(store: Store) -> list[dict[str, Any]]:
    return [line for line in store.audit.changes.lines() if str(line["what"]).startswith("flag ")]


def test_the_whole_life(flags: Store) -> None:
    assert flagging.read(flags, ANA, "f1", HELD).step == "read"
    flagging.assign(flags, EVA, "f1", EVA.id)
    flagging.due(flags, EVA, "f1", "2026-12-01")
    flagging.comment(flags, ANA, "f1", " Ver con la fiscalía. ")
    flagging.step(flags, ANA, "f1", "accepted", HELD, text="vale la pena")
    flagging.step(flags, EVA, "f1", "passed_on", HELD)
    life = flagging.step(flags, EVA, "f1", "closed", HELD)
    assert (life.step, life.verdict, life.assignee, life.due) == ("closed", "accepted", EVA.id, "2026-12-01")
    assert [(e.what, e.actor) for e in life.history] == [
        ("read", ANA.id), ("assign", EVA.id), ("due", EVA.id), ("comment", ANA.id), ("step", ANA.id), ("step", EVA.id),
        ("step", EVA.id),
    ]  # fmt: skip
    assert [e.text for e in life.comments] == ["Ver con la fiscalía.", "vale la pena"]
    assert life.history[4].held == HELD and not life.history[5].held  # a verdict is kept with what it was given on
    assert flagging.lives(flags, ANA) == {"f1": life}
    logged = changes(flags)
    assert [line["actor"] for line in logged] == [e.actor for e in life.history]
    assert {line["flag"] for line in logged} == {"f1"} and logged[4]["step"] == "accepted"
    assert "fiscal" not in str(logged) and "pena" not in str(logged)
    with pytest.raises(InputError):  # taken up again: say why
        flagging.step(flags, EVA, "f1", "read", HELD)
    assert flagging.step(flags, EVA, "f1", "read", HELD, text="nuevo dato").step == "read"


def test_what_is_kept_of_a_flag_is_its_agencys_and_without_its_sentence(flags: Store) -> None:
    put(flags, "d7")
    body = '{"score": 0.8, "reason": {"key": "flag.money", "params": {"left": "Juan"}}}'
    stored = flags.view(ANA).flags()[0]._replace(body=body, digest="d8")
    flags.save_flags("AR-MPF", [stored], "2026-01-03")
    assert flags.flag_kept("AR-MPF", "f1") == ("money", {"score": 0.8}, "d8")
    assert flags.flag_kept("BR-MPF", "f1") is None and flags.flag_kept("AR-MPF", "f9") is None
    assert flags.flag_states("AR-MPF") == [("f1", "money", "updated", "2026-01-03")]
    flags.save_flags("AR-MPF", [], "2026-01-04")
    assert flags.flag_states("AR-MPF") == [("f1", "money", "withdrawn", "2026-01-04")]
    assert flags.flag_kept("AR-MPF", "f1") is not None


def test_it_is_read_once_until_it_says_something_else(local: Store) -> None:
    for _ in range(3):
        flagging.read(local, ANA, "f1", HELD)
    assert len(flagging.read(local, EVA, "f1", HELD).history) == 2
    life = flagging.read(local, ANA, "f1", {**HELD, "digest": "d2"})
    assert life.reads[ANA.id].held["digest"] == "d2" and life.reads[EVA.id].held["digest"] == "d1"
    assert flagging.read(local, STEWARD, "f1", HELD) == life  # who reads only leaves no mark on it


@pytest.mark.parametrize(("start", "goal"), list(product(STEPS, STEPS)))
def test_only_steps_of_the_table_are_taken(start: str, goal: str) -> None:
    """Pure: whoever comes too late leaves a line in the history that changes nothing."""
    ways = {"new": [], "read": [], "accepted": ["accepted"], "known": ["known"], "wrong": ["wrong"],
            "passed_on": ["accepted", "passed_on"], "closed": ["known", "closed"]}  # fmt: skip
    events = [Event(1, "f", "t", "a", "read")] if start != "new" else []
    events += [Event(n, "f", "t", "a", "step", step) for n, step in enumerate(ways[start], 2)]
    assert live("f", events).step == start
    life = live("f", [*events, Event(9, "f", "t", "a", "step", goal)])
    assert life.step == (goal if goal in STEPS[start] else start)
    assert life.history[-1].ignored == (goal not in STEPS[start])


def test_two_at_once_lose_nothing_of_each_other(flags: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    flagging.read(flags, ANA, "f1", HELD)
    former = flagging._lives(flags, "AR-MPF")
    with monkeypatch.context() as patch:  # both looked before either wrote
        patch.setattr(flagging, "_lives", lambda store, agency: former)
        flagging.step(flags, ANA, "f1", "known", HELD)
        flagging.step(flags, EVA, "f1", "wrong", HELD, "coincidence")
        flagging.comment(flags, EVA, "f1", "no es él")
    life = flagging.lives(flags, ANA)["f1"]
    assert {e.actor for e in life.history if e.what == "step"} == {ANA.id, EVA.id}
    assert life.verdict in ("known", "wrong") and life.step == life.verdict
    assert [e.text for e in life.comments] == ["no es él"]


def test_what_is_refused(local: Store) -> None:
    flagging.read(local, ANA, "f1", HELD)
    for call in (
        lambda: flagging.step(local, ANA, "f1", "closed", HELD),
        lambda: flagging.step(local, ANA, "f1", "wrong", HELD, "porque sí"),
        lambda: flagging.step(local, ANA, "f1", "wrong", HELD),
        lambda: flagging.assign(local, ANA, "f1", BIA.id),
        lambda: flagging.assign(local, ANA, "f1", STEWARD.id),
        lambda: flagging.due(local, ANA, "f1", "mañana"),
        lambda: flagging.comment(local, ANA, "f1", " "),
        lambda: flagging.comment(local, ANA, "f1", "x" * 4001),
    ):
        with pytest.raises(InputError):
            call()
    for actor, error in ((STEWARD, AccessDenied), (BIA, NotFound), (casework.OPERATOR, AccessDenied)):
        with pytest.raises(error):
            flagging.comment(local, actor, "f1", "hola")
    with pytest.raises(NotFound):
        flagging.read(local, ANA, "f9", HELD)  # Brazil's
    with pytest.raises(AccessDenied):
        flagging.lives(local, casework.OPERATOR)
    local.keep("lock", {f"actor:{EVA.id}": {}})
    with pytest.raises(AccessDenied):
        flagging.comment(local, EVA, "f1", "hola")
    with pytest.raises(InputError):
        flagging.assign(local, ANA, "f1", EVA.id)
    assert len(changes(local)) == 1  # only the reading


def test_a_life_is_nobody_elses(flags: Store) -> None:
    """Whatever Brazil does with its flags changes nothing of what Argentina gets, and the other way round."""

    def told(actor: Actor) -> tuple[Any, ...]:
        life = flagging.lives(flags, actor)
        return life, flags.view(actor).flags(), flagging.withdrawn(flags, actor), flagging.workers(flags, actor)

    flagging.read(flags, ANA, "f1", HELD)
    before = told(ANA)
    flagging.read(flags, BIA, "f9", HELD)
    flagging.step(flags, BIA, "f9", "wrong", HELD, REASONS[0], "no")
    flagging.comment(flags, BIA, "f9", "nada")
    flags.save_flags("BR-MPF", [], "2026-01-02")
    assert told(ANA) == before
    assert set(flagging.lives(flags, BIA)) == {"f9"}


def test_whoever_read_a_flag_is_told_that_it_was_withdrawn(flags: Store) -> None:
    flagging.read(flags, ANA, "f1", HELD)
    assert flagging.withdrawn(flags, ANA) == []
    flags.save_flags("AR-MPF", [], "2026-02-01")
    (told,) = flagging.withdrawn(flags, ANA)
    assert (told.flag, told.kind, told.at) == ("f1", "money", "2026-02-01")
    assert flagging.withdrawn(flags, EVA) == []  # never read it
    with pytest.raises(NotFound):
        flagging.comment(flags, ANA, "f1", "?")
    with pytest.raises(NotFound):
        flagging.note(flags, EVA, "f1")
    flagging.note(flags, ANA, "f1")
    assert flagging.withdrawn(flags, ANA) == []
    # the ground comes back: the same flag with its life, and told again when it goes again
    assert put(flags)["updated"] == 1
    assert [f.id for f in flags.view(ANA).flags()] == ["f1"] and flagging.lives(flags, ANA)["f1"].step == "read"
    flags.save_flags("AR-MPF", [], "2026-03-01")
    assert [w.at for w in flagging.withdrawn(flags, ANA)] == ["2026-03-01"]


def test_a_release_taken_back_hides_life_and_flag_at_once(flags: Store) -> None:
    flagging.read(flags, ANA, "f1", HELD)
    flags.replace_grants(2, [])
    with pytest.raises(NotFound):
        flagging.step(flags, ANA, "f1", "accepted", HELD)
    assert flagging.withdrawn(flags, ANA) == []  # no run has withdrawn it yet


def test_a_date_has_come_on_its_day() -> None:
    today = date(2026, 11, 25)
    for day, step, expected in (("2026-11-25", "read", True), ("2026-11-26", "read", False), ("", "read", False),
                                ("2026-11-01", "closed", False)):  # fmt: skip
        assert Life("f", step=step, due=day).overdue(today) == expected


def test_the_clock_set_back_does_not_turn_the_history_round(local: Store) -> None:
    flagging.read(local, ANA, "f1", HELD)
    local.clock = lambda: datetime(2020, 1, 1, tzinfo=UTC) - timedelta(days=1)
    flagging.step(local, ANA, "f1", "known", HELD)
    life = flagging.step(local, ANA, "f1", "closed", HELD)
    assert [e.step for e in life.history] == ["", "known", "closed"]
