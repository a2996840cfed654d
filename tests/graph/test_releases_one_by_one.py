"""Free text and documents' names beside a protected person: withheld and counted, released one by one, taken back."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import casework
import pytest

from graph import stewardship
from graph.access import Actor
from graph.audit import Audit
from graph.delivery import DocumentRef, Release
from graph.errors import AccessDenied, InputError, NotFound
from graph.export.audience import audience_view
from graph.statement import Delivered, Statement
from graph.store.base import Store
from graph.store.sqlite import SQLiteStore
from graph.view import View

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
TO_BR = Release("BR-MPF", "full")
BOTH = (Release("BR-MPF", "full"), Release("CL-FN", "identity"))


@pytest.fixture(autouse=True)
def unsynced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a log survives a power cut is for other tests."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def store(tmp_path: Path) -> SQLiteStore:
    made = casework.found(SQLiteStore(tmp_path / "x.db"))
    made.clock = lambda: NOW
    put(made)
    return made  # type: ignore[return-value]


def ref(store: Store, key: str) -> str:
    return store.ids.record("AR-MPF", "lit", key)


def records(store: Store) -> list[Delivered]:
    said = lambda prop, value, document: Statement(prop, value, document=document, row=2)  # noqa: E731
    sus = [
        said("name", "Raúl Cruz", "data/personas.csv"),
        said("notes", "hermano de Vera", "documents/acta-vera.pdf"),
        said("notes", "vive en Posadas", "data/personas.csv"),
        said("phone", "+5491155554444", "documents/acta-12.pdf"),
    ]
    lia = [said("name", "Lía Paz", "data/personas.csv"), said("notes", "otra nota", "data/personas.csv")]
    vic = casework.record(store, "AR-MPF", "lit", "vic", name="Vera Cruz", notes="teme", mask="victim")
    owns = [
        said("owner", ref(store, "sus"), "documents/acta-12.pdf"),
        said("asset", ref(store, "firm"), "documents/acta-12.pdf"),
    ]
    return [
        Delivered(ref(store, "sus"), "Person", sus),
        Delivered(ref(store, "lia"), "Person", lia),
        Delivered(ref(store, "o"), "Ownership", owns),
        casework.record(store, "AR-MPF", "lit", "firm", "Company", name="Acme SA"),
        vic,
    ]


def put(store: Store, revision: int = 1) -> None:
    documents = (DocumentRef("documents/acta-vera.pdf"), DocumentRef("documents/otra.pdf"))
    casework.deliver(store, ANA, "lit", records(store), BOTH, revision=revision, documents=documents)


def texts(view: View, store: Store, key: str = "sus") -> list[str]:
    return sorted(view.entity(ref(store, key)).values("notes"))


def named(view: View, store: Store, key: str = "sus") -> set[str]:
    """Documents that the reader is told by name."""
    return {s.document for _, s in view.entity(ref(store, key)).facts() if "/" in s.document}


def withheld(store: Store, actor: Actor, key: str) -> tuple[int, int]:
    view = store.view(actor)
    return view.withheld(view.entity(ref(store, key)))


def test_what_is_withheld_is_counted_for_whoever_reads_the_rest(store: SQLiteStore) -> None:
    view = store.view(BIA)
    assert texts(view, store) == [] and named(view, store) == set()
    assert withheld(store, BIA, "sus") == (2, 2)  # the file of the texts alone is not told of either
    assert withheld(store, BIA, "lia") == (1, 1)
    assert withheld(store, ANA, "sus") == (0, 0) and texts(store.view(ANA), store) != []
    assert withheld(store, CARO, "sus") == (0, 0), "at `identity` neither is part of what is read"
    shown = store.ids.pseudonym(ref(store, "vic"), "BR-MPF")
    assert view.withheld(view.entity(shown)) == (0, 0), "of a masked person nothing is said"
    look = list(store.audit.looks.lines())[-1]
    assert look["what"] == "withheld" and look["actor"] == "br:bia"


def test_the_text_of_one_record_is_released_and_taken_back(store: SQLiteStore) -> None:
    view = store.view(BIA)
    stewardship.release_text(store, ANA, "lit", TO_BR, record=ref(store, "sus"))
    assert texts(view, store) == ["hermano de Vera", "vive en Posadas"]
    assert texts(view, store, "lia") == [] and named(view, store) == set()
    assert withheld(store, BIA, "sus") == (0, 3), "the file behind a text is told of by its number now"
    assert withheld(store, BIA, "lia") == (1, 1)
    stewardship.release_text(store, ANA, "lit", Release("BR-MPF", "none"), record=ref(store, "sus"))
    assert texts(view, store) == [] and withheld(store, BIA, "sus") == (2, 2)


def test_the_name_of_one_document_is_released_everywhere_it_stands(store: SQLiteStore) -> None:
    view = store.view(BIA)
    stewardship.release_text(store, ANA, "lit", TO_BR, document="documents/acta-12.pdf")
    assert named(view, store) == {"documents/acta-12.pdf"} and withheld(store, BIA, "sus") == (2, 1)
    (link,) = view.neighbourhood([ref(store, "firm")]).links
    assert [source[0] for source in link.sources] == ["documents/acta-12.pdf"]
    line = list(store.audit.changes.lines())[-1]
    assert line["what"] == "release text" and "acta" not in str(line), "a file's name may hold a person's"
    stewardship.release_text(store, ANA, "lit", Release("BR-MPF", "none"), document="documents/acta-12.pdf")
    assert named(view, store) == set()
    (link,) = view.neighbourhood([ref(store, "firm")]).links
    assert [source[0] for source in link.sources] == [store.ids.document("AR-MPF", "lit", "documents/acta-12.pdf")]


def test_it_adds_to_a_full_release_and_gives_nothing_without_it(store: SQLiteStore) -> None:
    to = Release("CL-FN", "full")
    before = store.view(CARO).entity(ref(store, "sus"))
    stewardship.release_text(store, ANA, "lit", to, record=ref(store, "sus"))
    stewardship.release_text(store, ANA, "lit", to, document="documents/acta-12.pdf")
    assert store.view(CARO).entity(ref(store, "sus")) == before
    stewardship.release(store, ANA, "lit", Release("BR-MPF", "none"))
    stewardship.release_text(store, ANA, "lit", TO_BR, record=ref(store, "sus"))
    assert not store.view(BIA).scope().sights
    # and never opens a masked person
    stewardship.release(store, ANA, "lit", TO_BR)
    stewardship.release_text(store, ANA, "lit", TO_BR, record=ref(store, "vic"))
    assert store.view(BIA).search("vera").total == 0


def test_an_export_holds_what_sender_and_receivers_all_may_have(store: SQLiteStore) -> None:
    stewardship.release(store, ANA, "lit", Release("CL-FN", "full"))
    for kind in ({"record": ref(store, "sus")}, {"document": "documents/acta-12.pdf"}):
        stewardship.release_text(store, ANA, "lit", TO_BR, **kind)
    for sender, receiver, whole in ((ANA, "BR-MPF", True), (BIA, "AR-MPF", True), (ANA, "CL-FN", False),
                                    (BIA, "CL-FN", False), (CARO, "BR-MPF", False)):  # fmt: skip
        view = audience_view(store, sender, f"agency:{receiver}")
        assert bool(texts(view, store)) is whole, (sender.id, receiver)
        assert named(view, store) == ({"documents/acta-12.pdf"} if whole else set()), (sender.id, receiver)


def test_it_ends_with_its_day_and_with_the_next_delivery(store: SQLiteStore) -> None:
    view = store.view(BIA)
    stewardship.release_text(store, ANA, "lit", Release("BR-MPF", "full", "2026-11-26"), record=ref(store, "sus"))
    assert len(texts(view, store)) == 2
    store.clock = lambda: datetime(2026, 11, 27, tzinfo=UTC)
    assert texts(view, store) == []
    stewardship.release_text(store, ANA, "lit", TO_BR, record=ref(store, "sus"))
    assert len(texts(view, store)) == 2
    put(store, 2)  # what the owner said last holds: the manifest says nothing of texts
    assert texts(view, store) == [] and len(stewardship.releases(store, ANA, "lit")) == 2


def test_who_releases_what(store: SQLiteStore) -> None:
    analyst = Actor("ar:lu", "AR-MPF", frozenset({"analyst", "coordinator"}))
    for actor in (analyst, casework.OPERATOR):
        with pytest.raises(AccessDenied):
            stewardship.release_text(store, actor, "lit", TO_BR, record=ref(store, "sus"))
        with pytest.raises(AccessDenied):
            stewardship.releases(store, actor, "lit")
    with pytest.raises(NotFound):
        stewardship.release_text(store, BIA, "lit", TO_BR, record=ref(store, "sus"))
    other = casework.record(store, "BR-MPF", "b", "x", name="X")
    casework.deliver(store, BIA, "b", [other], (Release("AR-MPF", "identity"),))
    for record in (other.id, "r" + "0" * 32):  # another's record is not ours to release, at whatever level
        with pytest.raises(NotFound):
            stewardship.release_text(store, ANA, "lit", TO_BR, record=record)
        with pytest.raises(NotFound):
            stewardship.release(store, ANA, "lit", TO_BR, record=record)
    sus = {"record": ref(store, "sus")}
    wrong: list[tuple[Release, dict[str, str]]] = [
        (TO_BR, {}),
        (TO_BR, {**sus, "document": "documents/acta-12.pdf"}),
        (TO_BR, {"document": "documents/none.pdf"}),
        (Release("BR-MPF", "identity"), sus),
        (Release("BR-MPF", "hit"), sus),
        (Release("ZZ", "full"), sus),
        (Release("team:none", "full"), sus),
        (Release("BR-MPF", "full", "soon"), sus),
    ]
    for to, what in wrong:
        with pytest.raises(InputError):
            stewardship.release_text(store, ANA, "lit", to, **what)
    with pytest.raises(InputError):
        stewardship.release(store, ANA, "lit", Release("BR-MPF", "full", "2026-13-01"))
    assert len(store.grants()) == 3
    stewardship.release_text(store, ANA, "lit", TO_BR, document="documents/otra.pdf")
    assert len(store.grants()) == 4


def test_what_cannot_be_written_down_is_not_released(store: SQLiteStore, tmp_path: Path) -> None:
    before = store.grants()
    (tmp_path / "file").write_text("")
    store.audit = Audit(tmp_path / "file" / "no-folder")
    for attempt in (
        lambda: stewardship.release_text(store, ANA, "lit", TO_BR, record=ref(store, "sus")),
        lambda: stewardship.release(store, ANA, "lit", Release("*", "full")),
        lambda: stewardship.withdraw(store, ANA, "lit"),
        lambda: store.view(BIA).search("raul"),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    assert store.grants() == before and store.datasets()[0].current
