"""The log-in page and the end of a local session, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import streamlit as st
from argon2 import PasswordHasher
from streamlit.testing.v1 import AppTest

from dashboard import identity, state
from dashboard.texts import plain
from graph import accounts, logins
from graph.i18n import LANGUAGES, t
from graph.settings import settings
from graph.sittings import Sittings
from graph.store.base import Store
from tests.graph.casework import ANA, BIA, CARO

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


@pytest.mark.parametrize("what", ["password", "account", "actor", "lock"])
def test_a_session_ends_with_what_it_was_made_with(opened: Any, real: Store, what: str) -> None:
    at = enter(opened(), PHRASE)
    assert at.title[0].value == t("ui.nav.search")
    if what == "password":
        accounts.set_password(real, ANA, ANA.id, PHRASE + " otra")
    elif what == "account":
        accounts.drop_account(real, ANA, ANA.id)
    elif what == "lock":
        real.keep("lock", {f"actor:{ANA.id}": {"by": "ar:op"}}, seen=True)
    else:
        real.save_federation([], [replace(ANA, agency="BR-MPF", roles=frozenset({"operator"}))], [])
        at.run()  # what it may do is looked up in every run
        assert at.title[0].value == t("ui.nav.service") and "litoral" not in str(at.main)
        return
    at.run()
    assert "actor" not in at.session_state and "litoral" not in str(at.main)
    assert [e.value for e in at.error] == [plain(t("access.locked" if what == "lock" else "login.changed"))]
    assert [ground for _, ground in denied(real)] == (["access.locked"] if what == "lock" else [])


def test_nobody_is_another_in_the_address_of_a_session(opened: Any, real: Store) -> None:
    at = enter(opened(), PHRASE)
    at.query_params["as"] = BIA.id
    at.run()
    assert [e.value for e in at.error] == [plain(t("session.as_refused"))] and "actor" not in at.session_state
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


# --- a provider's claims, as st.user gives them -----------------------------------------------------------------------

ISSUER, CLIENT = "https://id.example", "vinculo"


class Person(dict[str, Any]):
    """What ``st.user`` is to the page."""

    def to_dict(self) -> dict[str, Any]:
        return dict(self)


@pytest.fixture
def vouched(pages: Any, real: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[..., AppTest]:
    """Open the first page as whoever the provider vouches for."""
    logins.add(real, CARO, CARO.id, ISSUER, subject="caro")
    monkeypatch.setenv("VINCULO_OIDC_ISSUER", ISSUER)
    monkeypatch.setenv("VINCULO_OIDC_CLIENT", CLIENT)
    monkeypatch.setattr(identity, "SITTINGS", Sittings())

    def opened(issued: datetime, **more: Any) -> AppTest:
        now = int(issued.timestamp())
        body = {"iss": ISSUER, "aud": CLIENT, "sub": "caro", "iat": now, "exp": now + 1800, "nonce": "n"}
        monkeypatch.setattr(st, "user", Person({**body, "is_logged_in": True, "provider": "default", **more}))
        at: AppTest = pages(real, "", actor="")
        return at

    return opened


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"sub": "nobody"}, "login.stranger"),
        ({"exp": 1_700_000_000}, "login.expired"),
        ({"aud": "another-application"}, "login.audience"),
        ({"iss": "https://other.example"}, "login.issuer"),
    ],
)
def test_an_identity_that_does_not_hold_is_refused_written_down_and_shown_nothing(
    vouched: Any, real: Store, wrong: dict[str, Any], why: str
) -> None:
    at = vouched(datetime.now(UTC), **wrong)
    assert [e.value for e in at.error] == [plain(t(why))] and denied(real) == [("", why)]
    at.run()
    assert denied(real) == [("", why)]  # a page that is run again is no other attempt
    assert "actor" not in at.session_state and "andes" not in str(at.main)


def test_a_persons_session_ends_by_the_clock_and_a_kept_cookie_with_it(
    vouched: Any, real: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, now = datetime.now(UTC), [datetime.now(UTC)]
    monkeypatch.setattr(state, "store", lambda: real)
    real.clock = lambda: now[0]
    at = vouched(began)
    assert at.title[0].value == t("ui.nav.search") and at.session_state["actor"] == CARO
    now[0] += timedelta(minutes=14)
    assert at.run().title[0].value == t("ui.nav.search")
    now[0] += timedelta(minutes=14)
    assert at.run().title[0].value == t("ui.nav.search")
    now[0] += timedelta(minutes=2)  # the token held for thirty
    assert [e.value for e in at.run().error] == [plain(t("login.expired"))]
    now[0] = began + timedelta(minutes=16)
    other = vouched(began, nonce="other", tokens={"id": "x"})  # looked up anew, never clicked since its log-in
    assert [e.value for e in other.error] == [plain(t("login.idle"))] and denied(real) == [("", "login.expired")]
    now[0] = began  # what is over stays so, also for the same cookie without what may come with it
    again = vouched(began, nonce="other")
    assert [e.value for e in again.error] == [plain(t("login.idle"))] and "actor" not in again.session_state
