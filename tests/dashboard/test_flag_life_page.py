"""The flags page as a desk: a flag is read, judged, assigned and closed there, and a withdrawn one is told."""

from __future__ import annotations

from collections.abc import Callable

import casework
from streamlit.testing.v1 import AppTest

from analytics import notices
from analytics.crossborder.queue import queue
from analytics.crossborder.run import run
from graph import flagging, watching
from graph.delivery import Release
from graph.i18n import t
from graph.store.base import Store
from tests.dashboard.stage import pairs
from tests.graph.casework import ANA, BIA

Pages = Callable[..., AppTest]


def html(at: AppTest) -> str:
    assert not at.exception
    return "\n".join(e.proto.body for e in at.get("html"))


def press(at: AppTest, label: str) -> AppTest:
    next(b for b in at.button if b.label == label).click().run()
    return at


def test_a_flag_is_read_judged_assigned_and_closed(pages: Pages, fresh: Store) -> None:
    at = pages(fresh, "flags")
    assert t("flag_life.step.new") in html(at) and t("ui.flag_life.pair") in html(at)
    press(at, t("ui.flag_life.read"))
    first = at.session_state["flags_open"]
    assert flagging.lives(fresh, ANA)[first].step == "read" and t("flag_life.event.read") in html(at)
    at.selectbox(key=f"flags-step-{first}").set_value("wrong")
    press(at, t("ui.flag_life.save"))  # without a reason
    assert [e.value for e in at.error if "coincidence" in e.value.replace("\\", "")]
    assert flagging.lives(fresh, ANA)[first].step == "read"
    at.selectbox(key=f"flags-step-{first}").set_value("wrong")
    at.selectbox(key=f"flags-reason-{first}").set_value("common")
    at.selectbox(key=f"flags-assignee-{first}").set_value(ANA.id)
    at.text_area(key=f"flags-text-{first}").set_value("<b>central</b> telefónica")
    press(at, t("ui.flag_life.save"))
    life = flagging.lives(fresh, ANA)[first]
    assert (life.step, life.reason, life.assignee) == ("wrong", "common", ANA.id)
    assert "&lt;b&gt;central" in html(at) and "<b>central" not in html(at)
    at.selectbox(key=f"flags-step-{first}").set_value("closed")
    press(at, t("ui.flag_life.save"))
    assert flagging.lives(fresh, ANA)[first].step == "closed"
    left = len(queue(fresh, ANA)) - 1
    assert t(f"ui.flags.total.{'one' if left == 1 else 'other'}", count=left) in html(at)
    assert "flags_open" not in at.session_state


def test_who_read_a_withdrawn_flag_is_told_until_it_is_noted(pages: Pages, fresh: Store) -> None:
    press(pages(fresh, "flags"), t("ui.flag_life.read"))
    (flag,) = flagging.lives(fresh, ANA)
    fresh.replace_grants(2, [])
    fresh.replace_grants(3, [])
    fresh.save_pairs(pairs(fresh)[:0], "test-2")
    run(fresh)
    for lang in ("pt", "en"):
        at = pages(fresh, "flags", lang=lang)
        assert any(b.label == t("ui.flag_life.note", lang) for b in at.button)
    press(at, t("ui.flag_life.note", "en"))
    assert flagging.withdrawn(fresh, ANA) == []
    assert all(b.label != t("ui.flag_life.note", "en") for b in at.button)
    assert flag in flagging.lives(fresh, ANA)


def test_another_agencys_work_shows_nowhere(pages: Pages, fresh: Store) -> None:
    before = html(pages(fresh, "flags", actor=BIA.id))
    press(pages(fresh, "flags"), t("ui.flag_life.read"))
    (flag,) = flagging.lives(fresh, ANA)
    flagging.comment(fresh, ANA, flag, "solo nuestro")
    assert html(pages(fresh, "flags", actor=BIA.id)) == before
    assert "solo nuestro" in html(press(pages(fresh, "flags"), t("ui.flag_life.open")))


def test_a_watch_is_begun_told_noted_and_ended_on_the_page(pages: Pages, fresh: Store) -> None:
    at = pages(fresh, "flags")
    assert t("ui.watch.none") in html(at)
    at.selectbox(key="watch_kind").set_value("phone")
    at.text_input(key="watch_value").set_value("+5491199999999")
    press(at, t("ui.watch.add"))
    assert "+5491199999999" in html(at)
    who = casework.record(fresh, "BR-MPF", "novo", "1", name="Recém Chegado", phone="+5491199999999")
    casework.deliver(fresh, BIA, "novo", [who], (Release("AR-MPF", "full"),))
    at = pages(fresh, "flags")
    assert "Recém Chegado (BR-MPF)" in html(at)
    press(at, t("ui.flag_life.note"))
    assert "Recém Chegado (BR-MPF)" not in html(at)
    at.text_input(key="watch_mail").set_value("nada")
    press(at, t("ui.watch.mail.save"))
    assert at.error
    at.text_input(key="watch_mail").set_value("ana@example.org")
    press(at, t("ui.watch.mail.save"))
    assert notices.address_of(fresh, ANA) == "ana@example.org"
    press(at, t("ui.watch.end"))
    assert watching.watches(fresh, ANA) == [] and t("ui.watch.none") in html(at)
