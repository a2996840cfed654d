"""The page on which a service decides about its own: second persons, releases, withdrawals, lifted masks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.texts import plain
from graph import pending, stewardship, teams, unmasking
from graph.access import FULL, TEXT, Actor, Team
from graph.errors import AccessDenied
from graph.i18n import t
from graph.store.base import Store
from tests.graph.casework import ANA, BIA

LEO = Actor("ar:leo", "AR-MPF", frozenset({"coordinator"}))
LU = Actor("ar:lu", "AR-MPF", frozenset({"analyst"}))
LIT = "litoral-2026"


@pytest.fixture
def store(fresh: Store) -> Store:
    fresh.save_federation([], [LEO, LU], [])
    return fresh


def victim(store: Store) -> str:
    return store.ids.record("AR-MPF", LIT, "victima")


def html(at: AppTest) -> str:
    assert not at.exception, at.exception
    return "\n".join(e.proto.body for e in at.get("html"))


def keys(at: AppTest) -> set[str]:
    return {str(b.key) for b in at.button}


def press(at: AppTest, key: str) -> AppTest:
    return next(b for b in at.button if b.key == key).click().run()


def submit(at: AppTest, label: str) -> AppTest:
    return next(b for b in at.button if b.label == label).click().run()


def test_a_second_person_confirms_and_nobody_his_own(pages: Callable[..., AppTest], store: Store) -> None:
    team = Team("andes", frozenset({"AR-MPF", "BR-MPF"}), "ECI Andes", "AR-MPF", "", "2099-01-01")
    found = teams.propose(store, ANA, team, new=True)
    mine = pages(store, "administration", actor="ar:ana")
    assert "ECI Andes" in html(mine) and f"confirm-{found.id}" not in keys(mine)
    assert any(b.label == t("ui.waiting.take_back") for b in mine.button)
    assert "ECI Andes" not in html(pages(store, "administration", actor="cl:caro"))
    press(pages(store, "administration", actor="br:bia"), f"confirm-{found.id}")
    assert pending.one(store, ANA, found.id).open == ("AR-MPF",)
    at = press(pages(store, "administration", actor="ar:leo"), f"confirm-{found.id}")
    assert t("ui.waiting.none") in html(at) and teams.team_of(found) in store.teams()
    again = teams.propose(store, ANA, team, new=True)
    press(pages(store, "administration", actor="br:bia"), f"refuse-{again.id}")
    assert pending.waiting(store, ANA) == []


def test_a_mask_is_asked_for_confirmed_and_ended(pages: Callable[..., AppTest], store: Store) -> None:
    at = pages(store, "administration", actor="ar:ana")
    at.text_input(key="masks_record").set_value(victim(store))
    at.selectbox(key="masks_to").set_value("BR-MPF")
    at.date_input(key="masks_until").set_value(date(2030, 1, 1))
    refused = submit(at, t("ui.masks.ask"))
    assert refused.error[0].value == plain(t("unmask.reason"))
    at = pages(store, "administration", actor="ar:ana")
    at.text_input(key="masks_record").set_value(victim(store))
    at.selectbox(key="masks_to").set_value("BR-MPF")
    at.date_input(key="masks_until").set_value(date(2030, 1, 1))
    at.text_input(key="masks_reason").set_value("declaración")
    submit(at, t("ui.masks.ask"))
    (asked,) = pending.waiting(store, ANA)
    assert store.view(BIA).search("reservado uno").total == 0
    at = press(pages(store, "administration", actor="ar:leo"), f"confirm-{asked.id}")
    assert "declaración" in html(at) and victim(store) in html(at)
    assert store.view(BIA).search("reservado uno").total == 1
    assert "declaración" not in html(pages(store, "administration", actor="br:bia"))
    press(at, f"end-{asked.id}")
    assert store.view(BIA).search("reservado uno").total == 0 and unmasking.listed(store, ANA)[0] == []


def test_a_steward_releases_one_by_one_and_takes_it_back(pages: Callable[..., AppTest], store: Store) -> None:
    def save(of: str, to: str, level: str, what: str = "") -> AppTest:
        at = pages(store, "administration", actor="ar:ana")
        at.selectbox(key="releases_of").set_value(of).run()
        at.selectbox(key="releases_to").set_value(to)
        at.selectbox(key="releases_level").set_value(level)
        if what:
            at.text_input(key="releases_what").set_value(what)
        return submit(at, t("ui.releases.save"))

    def given() -> set[tuple[str, int, str]]:
        return {(g.to, g.level, g.record) for g in stewardship.releases(store, ANA, LIT)}

    before = given()
    at = save("dataset", "CL-FN", "full")
    assert given() - before == {("CL-FN", FULL, "")} and "CL-FN" in html(at)
    juan = store.ids.record("AR-MPF", LIT, "juan")
    save("text", "CL-FN", "full", juan)
    save("document", "CL-FN", "full", "data/personas.csv")
    assert {("CL-FN", TEXT, juan), ("CL-FN", TEXT, "document:data/personas.csv")} <= given()
    assert "personas.csv" in html(pages(store, "entity", actor="cl:caro", id=juan))
    wrong = save("document", "CL-FN", "full", "data/none.csv")
    assert wrong.error[0].value == plain(t("release.no_document", value="data/none.csv"))
    for of, what in (("text", juan), ("document", "data/personas.csv"), ("dataset", "")):
        save(of, "CL-FN", "none", what)
    assert given() == before


def test_a_dataset_is_withdrawn_by_whoever_is_sure(pages: Callable[..., AppTest], store: Store) -> None:
    at = pages(store, "administration", actor="ar:ana")
    assert next(b for b in at.button if b.key == "withdraw").disabled
    at.checkbox(key=f"withdraw-sure-{LIT}").check().run()
    press(at, "withdraw")
    assert not next(d for d in store.datasets() if d.name == LIT).current
    assert store.view(BIA).search("nunez iturbe").items[0].entity.owners == ("BR-MPF",)


def test_what_is_withheld_is_counted_on_the_entitys_page(pages: Callable[..., AppTest], staged: Store) -> None:
    record = staged.ids.record("AR-MPF", LIT, "juan")
    told = [i.value for i in pages(staged, "entity", actor="br:bia", id=record).info]
    assert any(t("ui.withheld", texts="0", documents="1") == text for text in told)
    own = staged.ids.record("AR-MPF", LIT, "litsa")
    assert not pages(staged, "entity", actor="ar:ana", id=own).info


def test_who_has_the_page(pages: Callable[..., AppTest], store: Store) -> None:
    for actor in ("ar:lu", "ar:op"):
        at = pages(store, "administration", actor=actor)
        assert not at.exception and at.title[0].value != t("ui.nav.administration")
    coordinator = pages(store, "administration", actor="ar:leo")
    assert "releases_dataset" not in {s.key for s in coordinator.selectbox}
    with pytest.raises(AccessDenied):
        stewardship.releases(store, LEO, LIT)
