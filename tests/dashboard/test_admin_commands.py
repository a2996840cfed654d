"""``vinculo admin``: as people type it, up to the second person's word."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from dashboard.cli import cli
from dashboard.commands.common import Session
from graph.errors import AccessDenied, InputError
from graph.settings import settings
from graph.store import open_store
from graph.store.base import Store
from tests.graph.casework import found


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    made.set_meta("made_by", "test")
    return made


def run(store: Store, actor: str, *words: str) -> Result:
    result = CliRunner().invoke(cli, ["--store", store.url, "--as", actor, "--lang", "es", *words], obj=Session())
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def number(result: Result) -> str:
    told = re.search(r"Propuesta (\w+):", result.output)
    assert told, result.output
    return told[1]


def test_a_team_from_its_proposal_to_its_end(store: Store) -> None:
    run(store, "ar:op", "admin", "actor", "add", "ar:leo", "--role", "coordinator")
    made = run(store, "ar:ana", "admin", "team", "add", "andes", "--member", "CL-FN", "--until", "2099-01-01",
               "--purpose", "ECI Andes")  # fmt: skip
    name = re.search(r"andes-\w+", made.output)
    assert name and "AR-MPF, CL-FN" in made.output
    waits = run(store, "cl:caro", "admin", "pending").output
    assert number(made) in waits and name[0] in waits and "ar:ana" in waits
    assert orjson.loads(run(store, "br:bia", "admin", "pending", "--json").output) == []
    with pytest.raises(AccessDenied):
        run(store, "ar:ana", "admin", "confirm", number(made))
    assert "AR-MPF" in run(store, "cl:caro", "admin", "confirm", number(made)).output
    assert "rige desde ahora" in run(store, "ar:leo", "admin", "confirm", number(made)).output
    for words in (("team",), ("team", "list")):
        assert name[0] in run(store, "cl:caro", "admin", *words).output
        assert name[0] not in run(store, "br:bia", "admin", *words).output
    change = run(store, "ar:leo", "admin", "team", "change", name[0], "--until", "2100-01-01")
    run(store, "cl:caro", "admin", "refuse", number(change))
    assert [t["until"] for t in orjson.loads(run(store, "cl:caro", "admin", "team", "--json").output)] == ["2099-01-01"]
    run(store, "cl:caro", "admin", "team", "remove", name[0])
    assert name[0] not in run(store, "cl:caro", "admin", "team").output


def test_agencies_and_actors_and_who_is_locked(store: Store) -> None:
    run(store, "ar:op", "admin", "agency", "add", "UY-FGN", "--name", "Fiscalía General", "--country", "uy",
        "--contact", "email=enlace@example.org")  # fmt: skip
    run(store, "ar:op", "admin", "agency", "change", "UY-FGN", "--name", "Fiscalía General de la Nación")
    listed = run(store, "ar:ana", "admin", "agency").output
    assert "Fiscalía General de la Nación" in listed and "enlace@example.org" in listed and "bloqueado" not in listed
    run(store, "ar:op", "admin", "actor", "add", "uy:leo", "--agency", "UY-FGN", "--role", "analyst")
    run(store, "ar:op", "admin", "actor", "change", "uy:leo", "--role", "steward")
    assert store.actor("uy:leo").roles == {"steward"}
    run(store, "ar:op", "admin", "agency", "remove", "UY-FGN")
    assert "bloqueado" in run(store, "ar:op", "admin", "agency", "list").output
    everybody = orjson.loads(run(store, "ar:op", "admin", "actor", "--json").output)
    assert [a["id"] for a in everybody if a["locked"]] == ["uy:leo"]
    with pytest.raises(AccessDenied):
        run(store, "uy:leo", "search", "paz")
    run(store, "ar:op", "admin", "actor", "remove", "br:bia")
    run(store, "ar:op", "admin", "agency", "change", "UY-FGN")
    assert store.actor("uy:leo").roles == {"steward"}
    with pytest.raises(AccessDenied):
        run(store, "cl:caro", "admin", "actor", "change", "br:bia")
    assert "br:" not in run(store, "cl:caro", "admin", "actor", "list").output


def test_a_file_brings_no_team_past_the_second_person(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "federation.yaml"
    agencies = "agencies: [{code: AR-MPF, country: AR}, {code: BR-MPF, country: BR}, {code: UY-FGN, country: UY}]\n"
    team = "teams: [{id: new, members: [AR-MPF, BR-MPF], leader: AR-MPF, until: 2099-01-01}]\n"
    store.set_meta("made_by", "")
    monkeypatch.setattr("getpass.getuser", lambda: "op")
    monkeypatch.setenv("VINCULO_ACTORS", "op=ar:op")
    settings.cache_clear()
    try:
        words = ["--store", store.url, "admin", "load", str(file)]
        file.write_text(agencies + team)
        refused = CliRunner().invoke(cli, words, obj=Session()).exception
        assert isinstance(refused, InputError) and refused.key == "admin.teams_by_proposal"
        assert "UY-FGN" not in {a.code for a in store.agencies()}
        file.write_text(agencies)
        assert CliRunner().invoke(cli, words, obj=Session()).exit_code == 0
        assert "UY-FGN" in {a.code for a in store.agencies()} and [t.id for t in store.teams()] == ["eci"]
    finally:
        settings.cache_clear()
