"""Watch lists on both engines: what comes into the view is told, and nothing can be fished for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import casework
import pytest

from graph import watching
from graph.access import Actor
from graph.delivery import Release
from graph.errors import AccessDenied, InputError, NotFound
from graph.identity import Pair
from graph.store.base import Store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
FULL = (Release("AR-MPF", "full"),)
PHONE = "+5491100000001"


@pytest.fixture
def local(empty: Callable[[str], Store]) -> Store:
    """One engine, for what no engine has a part in."""
    return casework.found(empty("sqlite"))


def put(
    store: Store, actor: Actor, dataset: str, releases: tuple[Release, ...] = FULL, linked: bool = False, rev: int = 1,
    **props: Any,
) -> str:  # fmt: skip
    """A person, and one linked with it."""
    who = casework.record(store, actor.agency, dataset, "1", name=f"Persona {dataset}", **props)
    found = [who]
    if linked:
        other = casework.record(store, actor.agency, dataset, "2", name="Pariente")
        ends = {"person": who.id, "relative": other.id}
        found += [other, casework.record(store, actor.agency, dataset, "3", "Family", **ends)]
    casework.deliver(store, actor, dataset, found, releases, revision=rev)
    return who.id


def told(store: Store, actor: Actor = ANA) -> list[tuple[str, str]]:
    return [(f.entity.caption, f.relation) for w in watching.news(store, actor) for f in w.fresh]


def test_an_identifier_that_comes_into_the_view_is_told_until_it_is_noted(store: Store) -> None:
    put(store, ANA, "ar1", phone=PHONE)
    w = watching.watch(store, ANA, "phone", "+54 9 11 0000-0001")
    assert told(store) == [] and watching.stirring(store, ANA) == {}
    put(store, BIA, "br1", phone=PHONE)
    assert told(store) == [("Persona br1", "")] and set(watching.stirring(store, ANA)) == {w.id}
    assert told(store) == [("Persona br1", "")]  # looking is not noting
    watching.note(store, ANA, w.id)
    assert told(store) == [] and watching.stirring(store, ANA) == {}
    released = [g for g in store.grants() if g.dataset == 2]
    store.replace_grants(2, [])  # gone, and back again: no news
    assert told(store) == []
    store.replace_grants(2, released)
    assert told(store) == [] and [len(w.about) for w in watching.news(store, ANA)] == [2]
    look = list(store.audit.looks.lines())[-1]
    assert (look["what"], look["results"]) == ("watch", 0) and PHONE not in str(look)


def test_an_entity_is_watched_with_its_records_and_links(store: Store) -> None:
    ours = put(store, ANA, "ar1")
    w = watching.watch(store, ANA, "entity", ours, urgent=True)
    put(store, ANA, "ar1", linked=True, rev=2)
    assert told(store) == [("Pariente", "FAMILY")]
    watching.note(store, ANA, w.id)
    theirs = put(store, BIA, "br1")
    assert told(store) == []
    store.save_pairs([Pair(*sorted((ours, theirs)), 0.95, "automatic")], "m")
    (urgent, ids) = watching.stirring(store, ANA)[w.id]
    assert urgent and theirs in ids
    assert [(f.owners, f.relation) for x in watching.news(store, ANA) for f in x.fresh] == [(("BR-MPF",), "")]
    watching.unwatch(store, ANA, w.id)
    assert told(store) == [] and watching.watches(store, ANA) == []


def test_a_document_is_watched_with_and_without_its_form(store: Store) -> None:
    for typed in ("20.123.456", "ar.dni:20123456"):
        watching.watch(store, ANA, "document", typed)
    put(store, BIA, "br1", idNumber="20123456")
    put(store, BIA, "br2", idNumber="201234567")
    assert told(store) == [("Persona br1", "")] * 2


def test_a_watch_is_no_way_to_fish(store: Store) -> None:
    """On what is not released a watch says the same as on what does not exist; nothing is looked up elsewhere."""

    def everything() -> tuple[object, ...]:
        seen = [(w.watch.value, w.about, w.fresh) for w in watching.news(store, ANA)]
        return seen, watching.stirring(store, ANA).values(), list(store.kept("hit_asked:AR-MPF"))

    watching.watch(store, ANA, "phone", PHONE)
    watching.watch(store, ANA, "phone", "+5491199999999")
    before = str(everything())
    hidden = put(store, BIA, "br1", releases=(), phone=PHONE)
    put(store, CARO, "cl1", releases=(Release("AR-MPF", "hit"),), phone=PHONE)
    put(store, CARO, "cl2", releases=(Release("AR-MPF", "identity"),), phone=PHONE)  # a phone is not identity content
    who = casework.record(store, "CL-FN", "cl3", "1", name="Testigo", phone=PHONE, mask="witness")
    casework.deliver(store, CARO, "cl3", [who], FULL)
    assert str(everything()) == before
    assert [line for line in store.audit.looks.lines() if line["what"] == "hit"] == []
    errors = []
    for entity in (hidden, who.id, "r" + "0" * 32):
        with pytest.raises(NotFound) as caught:
            watching.watch(store, ANA, "entity", entity)
        errors.append(caught.value.text("es").replace(entity, "ID"))
    assert len(set(errors)) == 1
    # once it is released it is told
    put(store, BIA, "br1", releases=FULL, phone=PHONE, rev=2)
    assert told(store) == [("Persona br1", "")]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda s: watching.watch(s, ANA, "phone", " "), InputError),
        (lambda s: watching.watch(s, ANA, "phone", "--"), InputError),
        (lambda s: watching.watch(s, ANA, "phone", "1" * 201), InputError),
        (lambda s: watching.watch(s, ANA, "name", "Juan"), InputError),
        (lambda s: watching.watch(s, casework.OPERATOR, "phone", PHONE), AccessDenied),
        (lambda s: watching.watches(s, casework.OPERATOR), AccessDenied),
        (lambda s: watching.note(s, ANA, "x"), NotFound),
        (lambda s: watching.unwatch(s, ANA, "x"), NotFound),
    ],
)
def test_what_is_refused(local: Store, call: Callable[[Store], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        call(local)


def test_a_watch_is_its_persons_own(local: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    eva = Actor("ar:eva", "AR-MPF", casework.ROLES)
    local.save_federation([], [eva], [])
    w = watching.watch(local, ANA, "phone", PHONE)
    assert watching.watch(local, ANA, "phone", PHONE) == w  # once
    assert watching.watches(local, eva) == [] and watching.watches(local, BIA) == []
    for actor in (eva, BIA):
        with pytest.raises(NotFound):
            watching.unwatch(local, actor, w.id)
    monkeypatch.setattr(watching, "MOST", 1)
    with pytest.raises(InputError):
        watching.watch(local, ANA, "phone", "+5491100000002")
    logged = [line for line in local.audit.changes.lines() if line["what"] == "watch"]
    assert len(logged) == 1 and PHONE not in str(logged)
