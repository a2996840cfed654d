"""``vinculo audit``: whole or not, exported and checked elsewhere, shown to whom it may be shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dashboard.cli import cli
from graph.errors import AccessDenied, InputError, StoreError
from graph.store.base import Store
from tests.graph import casework


def run(store: Store, actor: str, *words: str) -> Result:
    return CliRunner().invoke(cli, ["audit", *words, "--store", store.url, "--as", actor, "--lang", "en"])


@pytest.fixture
def looked(fresh: Store) -> Store:
    for _ in range(3):
        fresh.view(casework.BIA, "causa 9").search("nunez")
    return fresh


def test_the_owner_sees_who_looked_and_how_many_lines_are_not_shown(looked: Store) -> None:
    result = run(looked, "ar:ana", "show", "--ours", "--actor", "br:bia", "--limit", "2", "--json")
    lines = [json.loads(x) for x in result.stdout.splitlines()]
    assert len(lines) == 2 and {x["ground"] for x in lines} == {"causa 9"}
    assert "1 earlier" in result.stderr
    record = lines[0]["records"][0]
    assert len(run(looked, "ar:ana", "show", "--record", record, "--actor", "br:bia").stdout.splitlines()) == 3
    assert run(looked, "ar:ana", "show", "--record", record, "--since", "2099-01-01").stdout == ""
    wrong = run(looked, "ar:ana", "show", "--since", "gestern")
    assert isinstance(wrong.exception, InputError)


def test_logs_are_exported_and_checked_against_that_copy(looked: Store, tmp_path: Path) -> None:
    looked.save_federation((), [casework.OPERATOR], ())
    out = tmp_path / "logs.zip"
    assert isinstance(run(looked, "ar:ana", "export", "-o", str(out)).exception, AccessDenied) and not out.exists()
    head = json.loads(run(looked, "ar:op", "export", "-o", str(out), "--json").stdout)
    assert "whole" in run(looked, "ar:op", "verify", "--head", str(out)).stdout
    # away from the store, against the key that was noted
    assert (
        "whole" in CliRunner().invoke(cli, ["audit", "verify", str(out), "--key", head["key"], "--lang", "en"]).stdout
    )
    assert isinstance(CliRunner().invoke(cli, ["audit", "verify", str(out)]).exception, InputError)
    other = CliRunner().invoke(cli, ["audit", "verify", str(out), "--key", "11" * 32])
    assert isinstance(other.exception, StoreError)
    assert isinstance(run(looked, "ar:op", "verify", "--head", str(out), "--key", "11" * 32).exception, StoreError)
    path = looked.audit.looks.path
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert run(looked, "ar:op", "verify").exit_code == 0  # a cut tail does not show by itself
    cut = run(looked, "ar:op", "verify", "--head", str(out), "--json")
    assert isinstance(cut.exception, StoreError) and json.loads(cut.stdout)["broken"]["looks"]["why"] == "head"
    # how many lines there are is counted over everybody's doings
    told = run(looked, "ar:ana", "verify", "--head", str(out), "--json")
    assert json.loads(told.stdout) == {"broken": {"looks": {"line": 0, "why": "head"}}}


def test_logs_that_cannot_be_opened_are_an_error_of_ours(looked: Store) -> None:
    looked.audit.looks.path.unlink()
    looked.audit.looks.path.mkdir()
    assert isinstance(run(looked, "ar:ana", "verify").exception, StoreError)
