"""Raising a flag again: the same digest, or exactly what changed, and no more than its reader may see."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import casework
import pytest
from click.testing import CliRunner

from analytics.crossborder import queue as desk
from analytics.crossborder.reader import flags
from analytics.crossborder.rerun import CHANGED, GONE, SAME, Rerun, rerun
from analytics.crossborder.run import run
from dashboard.cli import cli
from graph.access import Actor
from graph.delivery import Release
from graph.errors import NotFound
from graph.i18n import LANGUAGES
from graph.identity import Pair, Reason
from graph.judging import judge, undo
from graph.settings import settings
from graph.store import open_store
from graph.store.base import Store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
FULL = (Release("*", "full"),)
ONE, TWO = "+5491100000001", "+5491100000002"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    store.set_meta("made_by", "test")
    store.clock = lambda: datetime(2026, 11, 25, 12, tzinfo=UTC)
    yield store
    store.close()
    settings.cache_clear()


def put(
    store: Store,
    actor: Actor,
    revision: int = 1,
    phones: tuple[str, ...] = (ONE, TWO),
    releases: tuple[Release, ...] = FULL,
    **more: str,
) -> str:
    dataset = f"{actor.agency[:2].lower()}1"
    who = casework.record(store, actor.agency, dataset, "1", name=f"Persona {dataset}", phone=phones, **more)
    casework.deliver(store, actor, dataset, [who], releases, revision=revision)
    return who.id


def only(store: Store, actor: Actor = ANA) -> str:
    (flag,) = flags(store.view(actor))
    return flag.id


def whats(found: Rerun) -> list[tuple[str, str, str]]:
    for lang in LANGUAGES:
        assert all(change.words(lang) for change in found.changes)
    return [(c.what, c.owner, c.detail) for c in found.changes]


def test_the_same_digest_while_nothing_changes(store: Store) -> None:
    put(store, ANA)
    put(store, BIA)
    run(store)
    flag = only(store)
    before = flags(store.view(ANA))
    found = rerun(store, ANA, flag)
    assert (found.outcome, found.digest, found.changes) == (SAME, before[0].digest, ())
    put(store, BIA, 2, address="Rua Nova 1")  # says nothing of the flag
    assert rerun(store, ANA, flag).outcome == SAME
    assert flags(store.view(ANA)) == before


def test_a_statement_that_was_withdrawn_is_named_without_its_value(store: Store) -> None:
    put(store, ANA)
    theirs = put(store, BIA)
    run(store)
    flag = only(store)
    put(store, BIA, 2, (TWO,))
    found = rerun(store, ANA, flag)
    assert found.outcome == CHANGED and whats(found) == [("withdrawn", "BR-MPF", "phone")]
    assert found.changes[0].record == theirs and ONE not in str(found)
    put(store, BIA, 3, ())
    assert whats(rerun(store, ANA, flag))[0] == ("withdrawn", "BR-MPF", "phone")
    assert rerun(store, ANA, flag).outcome == GONE
    put(store, BIA, 4, (ONE, TWO, "+5491100000003"))
    assert rerun(store, ANA, flag).outcome == SAME  # the flag does not rest on the third
    run(store)
    put(store, ANA, 2, (ONE, TWO, "+5491100000003"))
    assert ("added", "AR-MPF", "phone") in whats(rerun(store, ANA, flag))


def test_a_judgement_that_was_retracted_is_named(store: Store) -> None:
    ids = sorted((put(store, ANA, phones=()), put(store, BIA, phones=())))
    store.save_pairs([Pair(*ids, 0.9, "proposed", (Reason("documents.same", "1", "1", 4.0),))], "m")
    number = judge(store, ANA, *ids, "same")
    run(store)
    flag = only(store)
    undo(store, ANA, number)
    found = rerun(store, ANA, flag)
    (change,) = [c for c in found.changes if c.what == "judgement"]
    assert (change.record, change.detail, change.before, change.after) == (*ids, "same", "")
    run(store)
    store.save_pairs([Pair(*ids, 0.7, "proposed", (Reason("documents.same", "1", "1", 4.0),))], "m")
    (change,) = [c for c in rerun(store, ANA, flag).changes if c.what == "pair"]
    assert (change.before, change.after) == ("proposed 0.9", "proposed 0.7")


def end_release(store: Store) -> None:
    store.clock = lambda: datetime(2026, 12, 2, tzinfo=UTC)


def take_back(store: Store) -> None:
    store.replace_grants(2, [])


def withdraw(store: Store) -> None:
    store.withdraw(2)


@pytest.mark.parametrize("how", [end_release, take_back, withdraw])
@pytest.mark.parametrize("ran", [True, False])
def test_a_release_that_ended_is_named_by_its_owner_alone(
    store: Store, how: Callable[[Store], None], ran: bool
) -> None:
    put(store, ANA)
    put(store, BIA, releases=(Release("AR-MPF", "full", "2026-12-01"),))
    run(store)
    flag = only(store)
    desk.opened(store, ANA, flag)
    how(store)
    if ran:
        run(store)
    found = rerun(store, ANA, flag)
    assert found.outcome == GONE
    ended = [("ended", "BR-MPF", "2026-12-01")] if how is end_release else []
    assert whats(found) == [*ended, ("release", "BR-MPF", "1")]
    assert "br1" not in str(found) and "Persona" not in str(found)
    # whoever never read it, and everybody else, is told that there is no such flag
    for actor in (Actor("ar:eva", "AR-MPF", casework.ROLES), CARO):
        with pytest.raises(NotFound):
            rerun(store, actor, flag)


def test_a_withdrawn_own_record_and_another_rule_are_named(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, ANA)
    put(store, BIA)
    run(store)
    flag = only(store, BIA)
    desk.opened(store, BIA, flag)
    other = casework.record(store, "BR-MPF", "br1", "2", name="Outra")
    casework.deliver(store, BIA, "br1", [other], FULL, revision=2)
    assert ("record", "BR-MPF", "1") in whats(rerun(store, BIA, flag))
    put(store, BIA, 3)
    monkeypatch.setenv("VINCULO_FLAG_THRESHOLDS", "shared_identifier=0.6")
    settings.cache_clear()
    assert whats(rerun(store, BIA, flag)) == [("rule", "", "")]


def test_what_a_hit_rested_on_stays_unsaid(store: Store) -> None:
    put(store, ANA)
    put(store, BIA, releases=(Release("AR-MPF", "hit"),))
    run(store)
    flag = only(store)
    desk.opened(store, ANA, flag)
    assert rerun(store, ANA, flag).outcome == SAME
    store.replace_grants(2, [])
    found = rerun(store, ANA, flag)
    assert (found.outcome, whats(found)) == (GONE, [("hit", "BR-MPF", "")])


def test_hidden_data_change_nothing_of_a_rerun(store: Store) -> None:
    put(store, ANA)
    put(store, BIA)
    run(store)
    flag = only(store)
    put(store, BIA, 2, (TWO,))
    before = rerun(store, ANA, flag)
    put(store, CARO, releases=())
    assert rerun(store, ANA, flag) == before


def test_rerun_on_the_command_line(store: Store) -> None:
    put(store, ANA)
    put(store, BIA)
    run(store)
    flag = only(store)

    def vinculo(*words: str) -> str:
        result = CliRunner().invoke(cli, ["flag", "--rerun", flag, *words, "--store", store.url, "--as", ANA.id])
        assert result.exception is None, result.exception
        return result.output

    assert "se obtiene igual" in vinculo()
    put(store, BIA, 2, (TWO,))
    said = json.loads(vinculo("--json", "--lang", "en"))
    assert said["outcome"] == "changed" and "was withdrawn or corrected" in said["words"][0]
    assert "se retiró o corrigió" in vinculo()
