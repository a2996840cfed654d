"""The log-in page and the end of a local session, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher
from streamlit.testing.v1 import AppTest

from dashboard import state
from graph import accounts
from graph.i18n import LANGUAGES, t
from graph.settings import settings
from graph.store.base import Store
from tests.graph.casework import ANA, BIA

PHRASE, WRONG = "cuatro palabras muy tranquilas", "otra frase larga y equivocada"


@pytest.fixture
def real(fresh: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A real store with one local account."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(1, 64, 1))
    accounts._nobodys.cache_clear()
    fresh.set_meta("made_by", "")
    accounts.set_password(fresh, ANA, ANA.id, PHRASE)
    yield fresh
    state._opened.clear()


@pytest.fixture
def opened(pages: Callable[..., AppTest], real: Store) -> Callable[..., AppTest]:
    return lambda **more: pages(real, "", actor="", **more)


def enter(at: AppTest, password: str, actor: str = ANA.id) -> AppTest:
    at.text_input(key="login_actor").set_value(actor)
    at.text_input(key="login_password").set_value(password)
    at.button(key="FormSubmitter:local-" + at.button[0].label).click().run()
    return at


def denied(store: Store) -> list[tuple[str, str]]:
    return [(x["actor"], x["ground"]) for x in store.audit.looks.lines() if x["what"] == "denied"]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_speaks_every_language_and_says_nothing_of_what_there_is(opened: Any, lang: str) -> None:
    at = opened(lang=lang)
    assert [e.value for e in at.title] == [t("login.title", lang)] and not at.error and not at.exception
    labels = [e.label for e in at.text_input]
    assert labels == [t("login.actor", lang), t("login.password", lang)]
    assert t("login.notice", lang) in "".join(e.proto.body for e in at.get("html"))
    assert "AR-MPF" not in str(at.main) and ANA.id not in str(at.main)
    assert [e.value for e in enter(at, WRONG).error] == [t("login.refused", lang)]


def test_a_password_lets_in_and_a_wrong_one_is_written_down_without_what_was_typed(opened: Any, real: Store) -> None:
    at = opened()
    enter(at, WRONG)
    enter(at, PHRASE, actor=PHRASE)  # a password in the wrong field
    assert [e.value for e in at.error] == [t("login.refused")] and not at.session_state["login_password"]
    assert denied(real) == [(ANA.id, "login.refused"), ("", "login.refused")]
    assert not any(w in str(list(real.audit.looks.lines())) for w in ("frase", "palabras"))
    enter(at, PHRASE)
    assert at.title[0].value == t("ui.nav.search") and not at.error
    assert at.session_state["actor"] == ANA
    last = [line for line in real.audit.looks.lines() if line["what"] == "login"]
    assert [(x["actor"], x["agency"], x["ground"]) for x in last] == [(ANA.id, "AR-MPF", "local")]
    at.text_input(key="search_text").set_value("quiroga").run()
    assert at.title[0].value == t("ui.nav.search") and at.session_state["answers"]
    at.button(key="log-out").click().run()
    assert at.title[0].value == t("login.title") and "actor" not in at.session_state
    assert not [name for name in (*state.PERSONAL, "search_text") if name in at.session_state]


@pytest.mark.parametrize("what", ["password", "account", "locked", "actor"])
def test_a_session_ends_with_what_it_was_made_with(opened: Any, real: Store, what: str) -> None:
    at = enter(opened(), PHRASE)
    assert at.title[0].value == t("ui.nav.search")
    if what == "password":
        accounts.set_password(real, ANA, ANA.id, PHRASE + " otra")
    elif what == "account":
        accounts.drop_account(real, ANA, ANA.id)
    elif what == "locked":
        real.keep("lock", {f"actor:{ANA.id}": {"by": "ar:op"}}, seen=True)
    else:
        real.save_federation([], [replace(ANA, agency="BR-MPF", roles=frozenset({"operator"}))], [])
        at.run()  # what it may do is looked up in every run
        assert at.title[0].value == t("ui.nav.service") and "litoral" not in str(at.main)
        return
    at.run()
    assert "actor" not in at.session_state and "litoral" not in str(at.main)
    if what == "locked":  # as an administrator locks somebody: refused from the next click on, and written down
        assert at.error and denied(real) == [(ANA.id, "access.locked")]
    else:
        assert [e.value for e in at.error] == [t("login.changed")] and denied(real) == []


def test_nobody_is_another_in_the_address_of_a_session(opened: Any, real: Store) -> None:
    at = enter(opened(), PHRASE)
    at.query_params["as"] = BIA.id
    at.run()
    assert [e.value for e in at.error] == [t("session.as_refused")] and "actor" not in at.session_state
    assert denied(real) == [(ANA.id, "session.as_refused")]


def test_local_accounts_are_for_this_machine_or_behind_tls(
    pages: Any, real: Store, address: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    at = enter(pages(real, "", actor=""), PHRASE)
    address("0.0.0.0")  # noqa: S104
    at.run()
    assert "actor" not in at.session_state and not at.text_input
    away = pages(real, "", actor="")
    assert not away.text_input and [e.value for e in away.info] == [t("login.nothing_set")]
    monkeypatch.setenv("VINCULO_TLS", "1")
    settings.cache_clear()
    assert len(pages(real, "", actor="").text_input) == 2


def test_a_log_in_that_cannot_be_written_down_is_none(opened: Any, real: Store) -> None:
    at = opened()
    real.audit.looks.path.unlink()
    real.audit.looks.path.mkdir()
    enter(at, PHRASE)
    assert "actor" not in at.session_state and "litoral" not in str(at.main)
    assert t("error.audit_failed", detail="").split("{")[0][:10] in at.error[0].value


def test_the_development_log_in_is_off_where_a_provider_is_set_up(
    pages: Any, staged: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VINCULO_OIDC_ISSUER", "https://id.example")
    at = pages(staged, "", actor="")
    assert at.title[0].value == t("login.title") and [b.key for b in at.button] == ["log-in"]
    assert "actor" not in at.session_state and "AR-MPF" not in str(at.main)
