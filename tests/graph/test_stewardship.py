"""Judging, releasing, withdrawing, drafts, federation and who asks: each refused to whoever has no right to it."""

from __future__ import annotations

from pathlib import Path

import casework
import pytest

from graph import judging, stewardship
from graph.access import Actor
from graph.delivery import Release
from graph.errors import AccessDenied, InputError, NotFound, PackageError, SettingsError, StoreBusy
from graph.federation import load
from graph.session import DEV_ACTOR, actor_for
from graph.settings import settings
from graph.store.sqlite import SQLiteStore

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO


@pytest.fixture
def store(tmp_path: Path) -> SQLiteStore:
    made = SQLiteStore(tmp_path / "x.db")
    casework.found(made)
    person = casework.record(made, "AR-MPF", "a", "p", name="Ana Paz", idNumber="12345678")
    casework.deliver(made, ANA, "a", [person], (Release("BR-MPF", "identity"), Release("CL-FN", "identity")))
    other = casework.record(made, "BR-MPF", "b", "q", name="Ana Paz")
    casework.deliver(made, BIA, "b", [other], (Release("AR-MPF", "identity"), Release("CL-FN", "identity")))
    return made


def two(store: SQLiteStore) -> tuple[str, str]:
    return store.ids.record("AR-MPF", "a", "p"), store.ids.record("BR-MPF", "b", "q")


def together(store: SQLiteStore, actor: Actor) -> bool:
    left, right = two(store)
    view = store.view(actor)
    return view.entity(left).id == view.entity(right).id


def test_a_judgement_holds_at_home_and_abroad_only_when_every_owner_gave_it(store: SQLiteStore) -> None:
    left, right = two(store)
    first = judging.judge(store, ANA, left, right, "same")
    assert [together(store, a) for a in (ANA, BIA, CARO)] == [True, False, False]
    judging.judge(store, CARO, right, left, "same")
    assert [together(store, a) for a in (ANA, BIA, CARO)] == [True, False, True]
    judging.judge(store, BIA, left, right, "same")
    assert [together(store, a) for a in (ANA, BIA, CARO)] == [True, True, True]
    judging.undo(store, ANA, first)
    assert [together(store, a) for a in (ANA, BIA, CARO)] == [False, True, True]


def test_undo_restores_the_word_before_it(store: SQLiteStore) -> None:
    left, right = two(store)
    judging.judge(store, ANA, left, right, "different")
    again = judging.judge(store, ANA, left, right, "same")
    assert together(store, ANA)
    judging.undo(store, ANA, again)
    assert not together(store, ANA)
    assert [j.verdict for j in store.standing("AR-MPF")] == ["different"]


def test_who_may_not_judge(store: SQLiteStore) -> None:
    left, right = two(store)
    number = judging.judge(store, ANA, left, right, "same")
    with pytest.raises(AccessDenied):
        judging.judge(store, casework.OPERATOR, left, right, "same")
    with pytest.raises(NotFound):
        judging.undo(store, BIA, number)
    with pytest.raises(NotFound):
        judging.undo(store, ANA, 999)
    with pytest.raises(NotFound):
        judging.judge(store, ANA, left, "r" + "0" * 32, "same")
    for wrong in ((left, left, "same"), (left, right, "maybe")):
        with pytest.raises(InputError):
            judging.judge(store, ANA, *wrong)


def test_a_partner_with_a_hit_alone_confirms_nothing(store: SQLiteStore) -> None:
    left, right = two(store)
    stewardship.release(store, ANA, "a", Release("BR-MPF", "hit"))
    with pytest.raises(NotFound):
        judging.judge(store, BIA, left, right, "same")


def test_a_release_holds_from_the_next_read_on_and_ends_so(store: SQLiteStore) -> None:
    left, _ = two(store)
    view = store.view(BIA)
    assert view.search("ana").total == 2
    stewardship.release(store, ANA, "a", Release("BR-MPF", "none"))
    assert view.search("ana").total == 1
    stewardship.release(store, ANA, "a", Release("BR-MPF", "identity"), record=left)
    assert view.search("ana").total == 2
    stewardship.release(store, ANA, "a", Release("BR-MPF", "none"), record=left)
    assert view.search("ana").total == 1
    stewardship.withdraw(store, ANA, "a")
    assert store.view(ANA).search("ana").total == 1


def test_only_a_steward_of_the_owner_releases_and_only_to_whom_there_is(store: SQLiteStore) -> None:
    analyst = Actor("ar:lu", "AR-MPF", frozenset({"analyst"}))
    with pytest.raises(AccessDenied):
        stewardship.release(store, analyst, "a", Release("BR-MPF", "full"))
    with pytest.raises(NotFound):
        stewardship.release(store, BIA, "a", Release("BR-MPF", "full"))
    for wrong in (Release("XX-NO", "full"), Release("BR-MPF", "everything"), Release("team:none", "hit")):
        with pytest.raises(InputError):
            stewardship.release(store, ANA, "a", wrong)


def test_drafts_are_seen_by_nobody_until_accepted(store: SQLiteStore) -> None:
    person = casework.record(store, "AR-MPF", "d", "p", name="Borrador Paz")
    with store.deliver(ANA, casework.manifest("AR-MPF", "d"), draft=True) as delivery:
        delivery.add([person])
        delivery.publish()
    assert store.view(DEV_ACTOR).search("borrador").total == 0
    assert stewardship.listed(store, ANA) == [("d", 1)] and stewardship.listed(store, BIA) == []
    with pytest.raises(StoreBusy):
        casework.deliver(store, ANA, "d", [person])
    with pytest.raises(NotFound):
        stewardship.accept(store, BIA, "d")
    stewardship.accept(store, ANA, "d")
    assert store.view(ANA).search("borrador").total == 1


def test_a_dropped_draft_leaves_nothing(store: SQLiteStore) -> None:
    with store.deliver(ANA, casework.manifest("AR-MPF", "d"), draft=True) as delivery:
        delivery.add([casework.record(store, "AR-MPF", "d", "p", name="Borrador Paz")])
        delivery.publish()
    stewardship.drop(store, ANA, "d")
    assert stewardship.listed(store, ANA) == []
    casework.deliver(store, ANA, "d", [casework.record(store, "AR-MPF", "d", "p", name="Otra Cosa")])
    assert store.view(ANA).search("borrador").total == 0


def test_nobody_delivers_in_anothers_name_or_an_older_revision(store: SQLiteStore) -> None:
    for actor in (BIA, casework.OPERATOR, Actor("ar:lu", "AR-MPF", frozenset({"analyst"}))):
        with pytest.raises(AccessDenied):
            store.deliver(actor, casework.manifest("AR-MPF", "z"))
    casework.deliver(store, ANA, "a", [], revision=3)
    with pytest.raises(PackageError):
        casework.deliver(store, ANA, "a", [], revision=2)


def test_the_command_line_knows_its_actor_or_refuses(store: SQLiteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "lucia")
    for wanted in ("", "ar:ana", "dev:all"):
        with pytest.raises(AccessDenied):
            actor_for(store, wanted)
    monkeypatch.setenv("VINCULO_ACTORS", "pedro=br:bia, lucia=ar:ana")
    settings.cache_clear()
    try:
        assert actor_for(store) == ANA
        monkeypatch.setenv("VINCULO_ACTORS", "lucia=nobody")
        settings.cache_clear()
        with pytest.raises(AccessDenied):
            actor_for(store)
        store.set_meta("made_by", "test")
        assert actor_for(store) == DEV_ACTOR and actor_for(store, "br:bia") == BIA
    finally:
        settings.cache_clear()


def test_federation_says_everything_that_is_wrong_at_once(tmp_path: Path) -> None:
    file = tmp_path / "federation.yaml"
    file.write_text(
        "agencies: [{code: AR-MPF, country: ARG}]\nactors: [{id: x, agency: ZZ, roles: [king]}]\nteams: [{id: t}]"
    )
    with pytest.raises(SettingsError) as error:
        load(file)
    for part in ("AR-MPF", "actor x", "king", "team t"):
        assert part in str(error.value)
    file.write_text("a: !!python/object/apply:os.system [echo]")
    with pytest.raises(SettingsError):
        load(file)


@pytest.mark.parametrize(
    ("name", "value"), [("JOB_INTERVAL", "0"), ("JOB_INTERVAL", "often"), ("LANG", "fr"), ("CHART_CAP", "-1")]
)
def test_a_setting_that_cannot_be_used_stops_at_once(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"VINCULO_{name}", value)
    settings.cache_clear()
    try:
        with pytest.raises(SettingsError) as error:
            settings()
        assert f"VINCULO_{name}" in str(error.value)
    finally:
        settings.cache_clear()
