"""Who may be the same as somebody in a draft: the score that the matcher will give, from what the reader sees only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import casework
import orjson
import pytest
from click.testing import CliRunner

from analytics import drafts
from analytics.drafts import alike
from analytics.identity.resolve import resolve
from dashboard.cli import cli
from graph.delivery import Release
from graph.drafts import open_draft
from graph.errors import NotFound
from graph.stewardship import accept
from graph.store import Store, open_store

ANA, BIA, CARO = casework.ANA, casework.BIA, casework.CARO
WHO = {"name": "Nicanor Etchegaray Lafuente", "birthDate": "1974-03-12", "idNumber": "23456789"}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = casework.found(open_store(f"sqlite:///{tmp_path}/x.db"))
    made.set_meta("made_by", "test")
    theirs = [
        casework.record(made, "BR-MPF", "porto", "n", **{**WHO, "name": "Nicanor Etchegaray"}),
        casework.record(made, "BR-MPF", "porto", "o", name="Otilia Brandsen", birthDate="1990-01-01"),
        casework.record(made, "BR-MPF", "porto", "t", **WHO, mask="witness"),
    ]
    casework.deliver(made, BIA, "porto", theirs, (Release("AR-MPF", "identity"), Release("CL-FN", "identity")))
    hidden = [casework.record(made, "CL-FN", "andes", "n", **WHO)]
    casework.deliver(made, CARO, "andes", hidden, (Release("AR-MPF", "hit"),))
    own = [casework.record(made, "AR-MPF", "viejo", "n", **WHO, notes="nota", mask="victim")]
    casework.deliver(made, ANA, "viejo", own)
    casework.deliver(made, ANA, "nuevo", [casework.record(made, "AR-MPF", "nuevo", "n", **WHO)])
    with made.deliver(ANA, casework.manifest("AR-MPF", "nuevo", 2), True) as delivery:
        delivery.add([casework.record(made, "AR-MPF", "nuevo", "n", **WHO, alias="El Vasco")])
        delivery.publish()
    yield made
    made.close()


def told(store: Store, **more: Any) -> list[tuple[str, str]]:
    return sorted((a.other.owner, a.other.dataset) for a in alike(open_draft(store, ANA, "nuevo"), **more)[0])


def test_people_of_the_view_are_compared_and_nobody_else(store: Store) -> None:
    assert told(store) == [("AR-MPF", "viejo"), ("BR-MPF", "porto")]
    found, more = alike(open_draft(store, ANA, "nuevo"), limit=1)
    assert len(found) == 1 and more == 1
    assert all(a.pair.reasons for a in found)


def test_the_score_is_the_one_that_the_matcher_gives_once_accepted(store: Store) -> None:
    [expected] = [a.pair for a in alike(open_draft(store, ANA, "nuevo"))[0] if a.other.owner == "BR-MPF"]
    accept(store, ANA, "nuevo")
    resolve(store)
    pairs = {(p.left, p.right): p for p in store.pairs(store.matching_scope(), None)}
    found = pairs[expected.left, expected.right]
    assert (found.score, found.reasons) == (expected.score, expected.reasons)


def test_the_size_of_a_chunk_changes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = alike(open_draft(store, ANA, "nuevo"))
    monkeypatch.setattr(drafts, "CHUNK", 1)
    assert alike(open_draft(store, ANA, "nuevo")) == whole


def test_looking_for_people_is_written_down(store: Store) -> None:
    found, _ = alike(open_draft(store, ANA, "nuevo"))
    last = list(store.audit.looks.lines())[-1]
    assert last["what"] == "draft alike" and sorted(last["records"]) == sorted(a.other.id for a in found)


@pytest.mark.parametrize("lang", ["es", "pt", "en"])
def test_the_commands_tell_it_in_words_and_as_json(store: Store, lang: str) -> None:
    base = ["--store", store.url, "--as", ANA.id, "--lang", lang]
    said = CliRunner().invoke(cli, ["draft", "show", "nuevo", *base])
    assert said.exit_code == 0, said.output
    assert "BR-MPF · porto" in said.output and "?=" in said.output and "andes" not in said.output
    shown = orjson.loads(CliRunner().invoke(cli, ["draft", "show", "nuevo", *base, "--json"]).output)
    assert {p["other"]["owner"] for p in shown["maybe_same"]} == {"AR-MPF", "BR-MPF"}
    assert all(p["reasons"] for p in shown["maybe_same"])
    assert [s["kind"] for s in shown["shared"]] == ["document"]
    none = CliRunner().invoke(cli, ["dataset", "list", "--diff", "nuevo", *base])
    assert isinstance(none.exception, NotFound)
    accept(store, ANA, "nuevo")
    diff = CliRunner().invoke(cli, ["dataset", "list", "--diff", "nuevo", *base])
    assert diff.exit_code == 0 and "El Vasco" in diff.output, diff.output
    as_json = orjson.loads(CliRunner().invoke(cli, ["dataset", "list", "--diff", "nuevo", "--json", *base]).output)
    assert as_json["counts"] == {"changed": 1} and (as_json["before"], as_json["after"]) == (1, 2)
    for who in (CARO, BIA):
        other = [*base[:2], "--as", who.id, "--lang", lang]
        assert isinstance(CliRunner().invoke(cli, ["dataset", "list", "--diff", "nuevo", *other]).exception, NotFound)
