"""Nobody lets himself in as his own second person: what is set for somebody whose word counts takes another's word."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import casework
import pytest
import worlds
from argon2 import PasswordHasher

from graph import accounts, confirming, logins, pending, tokens
from graph.access import Actor
from graph.errors import AccessDenied, InputError, NotFound
from graph.pending import Pending
from graph.store import Store, open_store

ANA, BIA, OPERATOR = casework.ANA, casework.BIA, casework.OPERATOR
LEO = Actor("ar:leo", "AR-MPF", frozenset({"coordinator"}))
SOL = Actor("ar:sol", "AR-MPF", frozenset({"steward"}))
EVA = Actor("ar:eva", "AR-MPF", frozenset({"analyst"}))
GOOD, OTHER = "cuatro palabras muy tranquilas", "otras cuatro palabras buenas"
ISSUER = "https://id.example"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(1, 64, 1))
    accounts._nobodys.cache_clear()
    found = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    found.save_federation([], [LEO, SOL, EVA], [])
    found.clock = lambda: worlds.NOW
    accounts.set_password(found, ANA, ANA.id, GOOD)  # so that the agency has somebody who can log in
    yield found
    found.close()


def by_password(store: Store, by: Actor, target: Actor) -> tuple[Pending | None, Callable[[], Actor]]:
    return accounts.set_password(store, by, target.id, OTHER), lambda: accounts.check(store, target.id, OTHER)


def by_provider(store: Store, by: Actor, target: Actor) -> tuple[Pending | None, Callable[[], Actor]]:
    claims = {"iss": ISSUER, "sub": target.id}
    return logins.add(store, by, target.id, ISSUER, subject=target.id), lambda: logins.actor_of(store, claims)


def by_token(store: Store, by: Actor, target: Actor) -> tuple[Pending | None, Callable[[], Actor]]:
    token, waits = tokens.issue(store, by, target.id, 2)
    return waits, lambda: tokens.actor_of(store, token)


WAYS = (by_password, by_provider, by_token)
every_way = pytest.mark.parametrize("way", WAYS)
Way = Callable[[Store, Actor, Actor], tuple[Pending | None, Callable[[], Actor]]]


@every_way
@pytest.mark.parametrize("second", [SOL, OPERATOR], ids=["colleague", "operator"])
def test_for_a_colleague_whose_word_counts_a_second_person_agrees(store: Store, way: Way, second: Actor) -> None:
    waits, enter = way(store, ANA, LEO)
    assert waits and waits.needs == ("AR-MPF",)
    with pytest.raises(AccessDenied):
        enter()
    with pytest.raises(AccessDenied, match=str(AccessDenied("pending.own"))):
        confirming.confirm(store, ANA, waits.id)
    for stranger in (BIA, EVA):
        with pytest.raises((AccessDenied, NotFound)):
            confirming.confirm(store, stranger, waits.id)
    with pytest.raises(AccessDenied):
        enter()
    assert not confirming.confirm(store, second, waits.id).open
    assert enter() == LEO and not store.kept("login_proposed") and not pending.waiting(store, ANA)
    steps = [(x["what"], x["actor"]) for x in store.audit.changes.lines() if x.get("subject") == LEO.id]
    assert steps[-1] == ("admin login confirm", second.id) and steps[-2][1] == ANA.id


@every_way
def test_for_others_and_oneself_it_holds_at_once(store: Store, way: Way) -> None:
    waits, enter = way(store, ANA, EVA)
    assert waits is None and enter() == EVA
    if way is not by_token:
        waits, enter = way(store, ANA, ANA)
        assert waits is None and enter() == ANA


@every_way
def test_what_was_refused_or_lapsed_opens_nothing(store: Store, way: Way) -> None:
    waits, enter = way(store, ANA, LEO)
    assert waits
    confirming.refuse(store, SOL, waits.id)
    with pytest.raises(AccessDenied):
        enter()
    waits, enter = way(store, ANA, LEO)
    assert waits
    store.clock = lambda: worlds.NOW + timedelta(days=pending.DAYS, seconds=1)
    with pytest.raises(NotFound):
        confirming.confirm(store, SOL, waits.id)
    with pytest.raises(AccessDenied):
        enter()


def test_the_others_are_shown_no_secret_of_what_waits(store: Store) -> None:
    accounts.set_password(store, ANA, LEO.id, OTHER)
    for actor in (ANA, SOL, OPERATOR):
        assert [p.kind for p in pending.waiting(store, actor)] == ["login"]
        assert "argon2" not in repr(pending.waiting(store, actor))
    assert not pending.waiting(store, BIA)
    assert "argon2" not in repr(list(store.audit.changes.lines()))


def test_what_the_person_set_in_between_stays(store: Store) -> None:
    waits = accounts.set_password(store, ANA, LEO.id, OTHER)
    accounts.set_password(store, LEO, LEO.id, GOOD)
    assert waits
    with pytest.raises(InputError, match="ar:leo"):
        confirming.confirm(store, SOL, waits.id)
    assert accounts.check(store, LEO.id, GOOD) == LEO


def test_an_operator_agrees_to_no_other_kind(store: Store) -> None:
    store.save_federation([], [Actor("ar:otro", "AR-MPF", frozenset({"analyst"}))], [])
    from graph.administration import put_actor

    waits = put_actor(store, ANA, Actor("ar:otro", "AR-MPF", frozenset({"steward"})), new=False)
    assert waits
    with pytest.raises((AccessDenied, NotFound)):
        confirming.confirm(store, OPERATOR, waits.id)
