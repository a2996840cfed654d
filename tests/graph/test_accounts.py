"""Local accounts, people of an OpenID Connect provider, and how long a sitting lasts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import casework
import pytest
import worlds
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from graph import accounts, logins
from graph.access import Actor
from graph.errors import AccessDenied, InputError
from graph.sittings import ENDED, IDLE, LONG, Sittings
from graph.store import Store, open_store

ANA, BIA, OPERATOR = casework.ANA, casework.BIA, casework.OPERATOR
EVA = Actor("ar:eva", "AR-MPF", frozenset({"analyst"}))
GOOD, OTHER = "cuatro palabras muy tranquilas", "otras cuatro palabras buenas"
ISSUER, CLIENT = "https://id.example", "vinculo"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    found = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    found.save_federation([], [EVA], [])
    found.clock = lambda: worlds.NOW
    yield found
    found.close()


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same algorithm with little memory, for tests of what is around it."""
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(1, 64, 1))
    accounts._nobodys.cache_clear()


def refused(store: Store, name: str, password: str) -> str:
    with pytest.raises(AccessDenied) as refusal:
        accounts.check(store, name, password)
    return str(refusal.value)


def test_a_password_is_kept_as_argon2id_of_today_and_opens_its_account_alone(store: Store) -> None:
    accounts.set_password(store, ANA, EVA.id, GOOD)
    kept = str(store.kept("account"))
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in kept and GOOD not in kept  # RFC 9106, section 4, second choice
    assert GOOD not in str(list(store.audit.changes.lines()))
    assert accounts.check(store, EVA.id, GOOD) == EVA
    assert accounts.exist(store) and accounts.known(store, EVA.id) == EVA.id and accounts.known(store, GOOD) == ""
    assert len({refused(store, *tried) for tried in ((EVA.id, OTHER), ("zz:z", GOOD))}) == 1


def test_letters_are_the_same_however_they_are_typed(store: Store, quick: None) -> None:
    accounts.set_password(store, EVA, EVA.id, "la contraseña de la señora")
    assert accounts.check(store, EVA.id, "la contrasen\u0303a de la sen\u0303ora") == EVA


@pytest.mark.parametrize("bad", ["", "corta", "a" * 40, "abab" * 10, "x" * 300 + GOOD, f"mi clave es {EVA.id} y ya"])
def test_a_weak_password_is_not_taken(store: Store, bad: str) -> None:
    with pytest.raises(InputError):
        accounts.set_password(store, EVA, EVA.id, bad)
    assert store.kept("account") == {}


def test_an_account_waits_longer_after_each_failure_and_keeps_count_over_restarts(store: Store, quick: None) -> None:
    accounts.set_password(store, EVA, EVA.id, GOOD)
    now = [worlds.NOW]
    store.clock = lambda: now[0]
    for _ in range(accounts.FREE_TRIES - 1):
        refused(store, EVA.id, OTHER)
    assert accounts.check(store, EVA.id, GOOD) == EVA  # which forgets the count
    for _ in range(accounts.FREE_TRIES):
        said = refused(store, EVA.id, OTHER)
    again = open_store(store.url)  # another process
    again.clock = store.clock
    assert refused(again, EVA.id, GOOD) == said == refused(store, EVA.id, GOOD)  # right, and locked all the same
    now[0] += timedelta(seconds=59)
    refused(again, EVA.id, GOOD)
    now[0] += timedelta(seconds=1)
    refused(again, EVA.id, OTHER)  # the sixth
    now[0] += timedelta(seconds=119)
    refused(store, EVA.id, GOOD)
    now[0] += timedelta(seconds=1)
    assert accounts.check(store, EVA.id, GOOD) == EVA
    waits = [accounts.wait_after(n) for n in range(4, 40)]
    assert waits[:4] == [timedelta(minutes=m) for m in (0, 1, 2, 4)] and waits == sorted(waits)
    assert waits[-1] == timedelta(hours=24)
    again.close()


def test_tries_at_one_moment_are_all_counted(store: Store, quick: None) -> None:
    accounts.set_password(store, EVA, EVA.id, GOOD)
    threads = [threading.Thread(target=lambda: refused(store, EVA.id, OTHER)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.kept("account_tries")[EVA.id]["failures"] == accounts.FREE_TRIES
    refused(store, EVA.id, GOOD)


def test_a_new_password_ends_the_wait_and_the_open_sessions(store: Store, quick: None) -> None:
    accounts.set_password(store, EVA, EVA.id, GOOD)
    before = accounts.stand(store, EVA.id)
    for _ in range(accounts.FREE_TRIES):
        refused(store, EVA.id, OTHER)
    store.clock = lambda: worlds.NOW + timedelta(seconds=1)
    accounts.set_password(store, ANA, EVA.id, OTHER)
    assert accounts.check(store, EVA.id, OTHER) == EVA and accounts.stand(store, EVA.id) != before
    accounts.drop_account(store, ANA, EVA.id)
    refused(store, EVA.id, OTHER)
    assert accounts.stand(store, EVA.id) == "" and not accounts.exist(store)


def test_a_hash_of_weaker_parameters_is_renewed_at_the_next_log_in(store: Store) -> None:
    weak = PasswordHasher(1, 64, 1).hash(GOOD)
    store.keep("account", {EVA.id: {"hash": weak, "by": "x", "at": "t"}, BIA.id: {"hash": "$broken", "at": "t"}})
    assert accounts.check(store, EVA.id, GOOD) == EVA
    assert "m=65536" in store.kept("account")[EVA.id]["hash"] and accounts.stand(store, EVA.id) == "t"
    refused(store, BIA.id, GOOD)


def test_who_may_say_how_somebody_logs_in(store: Store, quick: None) -> None:
    def may(by: Actor, target: Actor, own: bool = True) -> bool:
        try:
            accounts.may_manage(store, by, target, own)
        except AccessDenied:
            return False
        return True

    assert may(ANA, EVA) and may(EVA, EVA) and not may(EVA, EVA, own=False)
    assert not may(EVA, ANA) and not may(BIA, EVA) and not may(ANA, OPERATOR)
    assert may(OPERATOR, ANA) and may(OPERATOR, BIA)  # the first of each agency
    accounts.set_password(store, OPERATOR, ANA.id, GOOD)
    assert not may(OPERATOR, ANA) and not may(OPERATOR, EVA) and may(OPERATOR, BIA)
    logins.add(store, OPERATOR, BIA.id, ISSUER, subject="b")
    assert not may(OPERATOR, BIA)


# --- people of a provider ---------------------------------------------------------------------------------------------


def claims(**more: Any) -> dict[str, Any]:
    now = int(worlds.NOW.timestamp())
    return {"iss": ISSUER, "aud": CLIENT, "sub": "e", "iat": now - 10, "exp": now + 600, **more}


def test_a_person_is_known_by_subject_or_by_a_verified_address(store: Store) -> None:
    logins.add(store, ANA, EVA.id, ISSUER + "/", subject="e")
    assert logins.actor_of(store, claims()) == EVA
    for stranger in (claims(sub="f"), claims(iss="https://other.example"), claims(sub="E")):
        with pytest.raises(AccessDenied, match="registered"):
            logins.actor_of(store, stranger)
    mail = Actor("ar:luz", "AR-MPF", frozenset({"analyst"}))
    store.save_federation([], [mail], [])
    logins.add(store, ANA, mail.id, ISSUER, email=" Luz@Example.ORG ")
    assert logins.actor_of(store, claims(sub="l", email="luz@example.org", email_verified=True)) == mail
    for loose in (False, None, "true", 1):
        with pytest.raises(AccessDenied):
            logins.actor_of(store, claims(sub="l", email="luz@example.org", email_verified=loose))
    with pytest.raises(InputError):
        logins.add(store, ANA, mail.id, ISSUER, subject="e")  # somebody else already
    for wrong in ({}, {"subject": "a", "email": "b@c"}):
        with pytest.raises(InputError):
            logins.add(store, ANA, mail.id, ISSUER, **wrong)
    assert logins.end(store, ANA, EVA.id) == 1
    with pytest.raises(AccessDenied):
        logins.actor_of(store, claims())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"iss": "https://other.example"}, "provider"),
        ({"iss": ""}, "provider"),
        ({"sub": ""}, "provider"),
        ({"aud": "another"}, "application"),
        ({"aud": ["another", "third"]}, "application"),
        ({"aud": None}, "application"),
        ({"aud": [CLIENT, "another"], "azp": "another"}, "application"),
        ({"exp": int(worlds.NOW.timestamp())}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": True}, "expired"),
        ({"exp": "9999999999"}, "expired"),
        ({"exp": float("inf")}, "expired"),
        ({"iat": int(worlds.NOW.timestamp()) + 61}, "expired"),
        ({"iat": None}, "expired"),
        ({"nbf": int(worlds.NOW.timestamp()) + 61}, "expired"),
    ],
)
def test_a_token_that_is_not_ours_or_not_in_force_is_refused(wrong: dict[str, Any], why: str) -> None:
    with pytest.raises(AccessDenied, match=why):
        logins.checked(claims(**wrong), ISSUER, CLIENT, worlds.NOW)


def test_a_good_token_says_when_it_was_issued() -> None:
    for good in (claims(), claims(iss=ISSUER + "/"), claims(aud=[CLIENT, "x"], azp=CLIENT), claims(nbf=1)):
        assert logins.checked(good, ISSUER, CLIENT, worlds.NOW) == worlds.NOW - timedelta(seconds=10)
    for nothing in (("", CLIENT), (ISSUER, "")):
        with pytest.raises(AccessDenied):
            logins.checked(claims(), *nothing, worlds.NOW)


# --- sittings ---------------------------------------------------------------------------------------------------------

IDLE_TIME, LENGTH = timedelta(minutes=15), timedelta(hours=10)


def test_a_sitting_ends_without_clicks_and_at_its_greatest_length() -> None:
    sittings, at = Sittings(), lambda **t: worlds.NOW + timedelta(**t)
    click: Callable[..., str] = lambda **t: sittings.touch("k", worlds.NOW, at(**t), IDLE_TIME, LENGTH)  # noqa: E731
    assert click() == click(minutes=15) == click(minutes=30) == ""
    assert sittings.over("k", worlds.NOW, at(minutes=46), IDLE_TIME, LENGTH) == IDLE
    assert sittings.over("k", worlds.NOW, at(minutes=44), IDLE_TIME, LENGTH) == ""  # looking is no click
    assert click(minutes=46) == IDLE == click(minutes=31)  # and over it stays
    for n in range(0, 601, 10):
        assert sittings.touch("j", worlds.NOW, at(minutes=n), IDLE_TIME, LENGTH) == ""
    assert sittings.touch("j", worlds.NOW, at(minutes=601), IDLE_TIME, LENGTH) == LONG
    sittings.touch("l", worlds.NOW, at(), IDLE_TIME, LENGTH)
    sittings.end("l", worlds.NOW)
    assert sittings.touch("l", worlds.NOW, at(minutes=1), IDLE_TIME, LENGTH) == ENDED
    # a server that has just started knows no click: what was begun long ago counts as idle since
    assert Sittings().touch("k", worlds.NOW, at(minutes=16), IDLE_TIME, LENGTH) == IDLE


@given(st.lists(st.integers(0, 3600), min_size=1, max_size=30))
def test_no_clicks_prolong_a_sitting_and_none_is_kept_for_ever(steps: list[int]) -> None:
    sittings, now = Sittings(), worlds.NOW
    for n, step in enumerate(steps):
        now += timedelta(seconds=step)
        why = sittings.touch("k", worlds.NOW, now, IDLE_TIME, LENGTH)
        if now - worlds.NOW > LENGTH or any(s > 900 for s in steps[: n + 1]):
            assert why
    sittings.touch("other", now + LENGTH * 2, now + LENGTH * 2, IDLE_TIME, LENGTH)
    assert set(sittings._last) | set(sittings._ended) == {"other"}
