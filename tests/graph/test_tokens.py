"""Tokens for programs, the actor of a command, and the test's clock: what is refused, and that it is written down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import casework
import pytest
import worlds
from click.testing import CliRunner

from dashboard.cli import cli
from graph import tokens
from graph.access import Actor
from graph.errors import AccessDenied, InputError, SettingsError
from graph.session import actor_for
from graph.settings import settings
from graph.store import Store, open_store

ANA, BIA, OPERATOR = casework.ANA, casework.BIA, casework.OPERATOR
EVA = Actor("ar:eva", "AR-MPF", frozenset({"analyst"}))


@pytest.fixture(autouse=True)
def anew() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A real store: neither a test nor the demonstration is said to have made it."""
    found = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    found.save_federation([], [EVA], [])
    found.clock = lambda: worlds.NOW
    yield found
    found.close()


def setting(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"VINCULO_{name}", value)
    settings.cache_clear()


def test_a_token_is_its_actor_until_it_expires_or_is_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    token = tokens.issue(store, ANA, EVA.id, 2)[0]
    setting(monkeypatch, TOKEN=token)
    assert actor_for(store) == EVA
    assert token not in str(store.kept("token")) and token.removeprefix("vinculo_") not in str(store.kept("token"))
    store.clock = lambda: worlds.NOW + timedelta(days=2, seconds=-1)
    assert actor_for(store) == EVA
    store.clock = lambda: worlds.NOW + timedelta(days=2)
    with pytest.raises(AccessDenied, match="token"):
        actor_for(store)
    store.clock = lambda: worlds.NOW
    other = tokens.issue(store, ANA, EVA.id, 1)[0]
    assert tokens.end(store, EVA, EVA.id) == 2
    for gone in (token, other, "vinculo_", token[:-1]):
        setting(monkeypatch, TOKEN=gone)
        with pytest.raises(AccessDenied, match="token"):
            actor_for(store)


def test_a_token_comes_from_a_file_too_and_never_from_an_argument(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "token"
    file.write_text(tokens.issue(store, ANA, EVA.id, 2)[0] + "\n")
    setting(monkeypatch, TOKEN_FILE=str(file), TOKEN="worse")
    assert actor_for(store) == EVA
    setting(monkeypatch, TOKEN_FILE=str(tmp_path / "none"))
    with pytest.raises(SettingsError):
        actor_for(store)
    assert CliRunner().invoke(cli, ["search", "--token", "x"]).exit_code == 2


@pytest.mark.parametrize("by", [BIA, EVA, OPERATOR, Actor("ar:x", "AR-MPF", frozenset())], ids=lambda a: a.id)
def test_only_the_agencys_steward_gives_tokens_out(store: Store, by: Actor) -> None:
    store.keep("account", {ANA.id: {"hash": "", "at": ""}})  # a steward can log in: the operator has no say any more
    before = store.audit.changes.head()
    for target in (EVA.id, ANA.id):
        with pytest.raises(AccessDenied):
            tokens.issue(store, by, target, 1)
    assert store.kept("token") == {} and store.audit.changes.head() == before
    with pytest.raises(AccessDenied):
        tokens.issue(store, ANA, "ar:op", 1)  # nor makes itself an operator
    for days in (0, 366):
        with pytest.raises(InputError):
            tokens.issue(store, ANA, EVA.id, days)
    assert tokens.issue(store, ANA, EVA.id, 1) and store.audit.changes.head() != before


def test_a_token_dies_with_its_actor(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    setting(monkeypatch, TOKEN=tokens.issue(store, ANA, EVA.id, 2)[0])
    monkeypatch.setattr(store, "actors", lambda: [ANA])
    with pytest.raises(AccessDenied):
        actor_for(store)


def lines(store: Store) -> list[dict[str, Any]]:
    shown = ("actor", "agency", "ground", "records", "results", "via")
    return [{k: line[k] for k in shown} for line in store.audit.looks.lines() if line["what"] == "denied"]


@pytest.mark.parametrize(
    ("words", "values", "reason", "actor"),
    [
        (["--as", "br:bia"], {}, "session.as_refused", "br:bia"),
        (["--as", "dev:all"], {"ACTORS": "me=ar:ana"}, "error.dev_actor_refused", ""),
        (["--as", "s3cret"], {"TOKEN": "x"}, "session.as_refused", ""),
        ([], {}, "session.no_actor", ""),
        ([], {"ACTORS": "me=nobody"}, "error.unknown_actor", ""),
        ([], {"ACTORS": "me=ar:ana", "TOKEN": "vinculo_guess"}, "login.token_refused", ""),
    ],
)
def test_who_is_not_known_on_the_command_line_is_refused_written_down_and_shown_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, words: list[str], values: dict[str, str], reason: str, actor: str
) -> None:
    casework.deliver(store, BIA, "porto", [casework.record(store, "BR-MPF", "porto", "x", name="Joana Prado")])
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    setting(monkeypatch, **values)
    for command in (["search", "prado"], ["dataset", "list"], ["admin", "actor"], ["flag", "--no-run"]):
        before = len(lines(store))
        result = CliRunner().invoke(cli, [*command, *words, "--store", store.url], catch_exceptions=True)
        assert isinstance(result.exception, AccessDenied) and result.exception.key == reason
        assert "rado" not in result.output and "s3cret" not in str(list(store.audit.looks.lines()))
        agency = "BR-MPF" if actor else ""
        line = {"actor": actor, "agency": agency, "ground": reason, "records": [], "results": 0, "via": "command line"}
        assert lines(store)[before:] == [line]


def test_the_commands_that_say_how_somebody_logs_in(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("getpass.getuser", lambda: "me")
    setting(monkeypatch, ACTORS="me=ar:ana")

    def run(*words: str, said: str = "") -> str:
        result = CliRunner().invoke(cli, ["admin", *words, "--store", store.url, "--lang", "en"], input=said)
        return result.output if result.exit_code == 0 else repr(result.exception)

    token = run("token", EVA.id, "--days", "3").strip()
    assert tokens.actor_of(store, token) == EVA
    assert run("token", EVA.id, "--end") == "Tokens of ar:eva ended: 1.\n"
    assert "password is set" in run("account", EVA.id, said="una frase larga y buena\n")
    assert set(store.kept("account")) == {EVA.id} and "frase" not in str(store.kept("account"))
    assert "taken away" in run("account", EVA.id, "--end") and store.kept("account") == {}
    assert "can log in" in run("login", EVA.id, "--issuer", "https://id.example", "--subject", "e")
    assert run("login", EVA.id, "--end") == "Log-ins of ar:eva taken away: 1.\n"
    for words in (["token", "br:bia"], ["account", "br:bia"], ["login", "br:bia", "--issuer", "x", "--subject", "y"]):
        assert "AccessDenied" in run(*words, said="una frase larga y buena\n")
    whats = [line["what"] for line in store.audit.changes.lines()]
    ours = [f"admin {kind}{end}" for kind in ("token", "account", "login") for end in ("", " end")]
    assert whats == ours and "frase" not in str(list(store.audit.changes.lines())) and token not in str(whats)


def test_no_real_store_obeys_a_tests_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url, ahead = f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "ahead"
    ahead.write_text("3600")
    for made_by in ("", "demo"):
        settings.cache_clear()
        real = open_store(url)
        real.set_meta("made_by", made_by)
        real.close()
        with monkeypatch.context() as patch:
            setting(patch, TEST_CLOCK=str(ahead), DEV="1")
            with pytest.raises(SettingsError):
                open_store(url)
        settings.cache_clear()
    real = open_store(url)
    real.set_meta("made_by", "test")
    now = real.clock()
    real.close()
    setting(monkeypatch, TEST_CLOCK=str(ahead))
    moved = open_store(url)
    assert timedelta(hours=1) <= moved.clock() - now < timedelta(hours=1, minutes=1)
    ahead.write_text("-60")
    assert moved.clock() < now
    moved.close()
