"""The main job end to end, through the command line: demonstration, evaluation, export, and the same on both stores."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dashboard.cli import cli
from dashboard.commands.demonstrate import load_all, make
from graph.access import READING_ROLES, Actor
from graph.digest import digest
from graph.session import DEV_ACTOR
from graph.store import Store, open_store

KEY = "3c" * 32
SIZE = 200


def run(*words: str) -> Result:
    result = CliRunner().invoke(cli, list(words))
    assert result.exit_code == 0, (words, result.output, result.exception)
    return result


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "out"
    make(out, SIZE, 3, "es")
    return out


@pytest.fixture(scope="module")
def loaded(scenario: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    path = tmp_path_factory.mktemp("store") / "demo.db"
    first = open_store(f"sqlite:///{path}")
    first.set_meta("key", KEY)
    first.close()
    store = open_store(f"sqlite:///{path}")
    load_all(store, scenario, "es")
    yield store
    store.close()


def flags_of(store: Store) -> list[tuple[str, str, str, str]]:
    """Every agency's flags: id, kind and content, without the times at which they were first seen."""
    found = []
    for agency in store.agencies():
        view = store.view(Actor("job:flags", agency.code, READING_ROLES))
        found += [(f.id, f.agency, f.kind, f.digest) for f in view.flags()]
    return found


def identities(store: Store, folder: Path) -> list[list[str]]:
    """The lines of `vinculo identities --csv`."""
    run("identities", "--csv", str(folder / "identities.csv"), "--store", store.url)
    with (folder / "identities.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_demonstration_finds_what_was_planted(loaded: Store, scenario: Path) -> None:
    result = json.loads(
        run("evaluate", "--truth", str(scenario / "truth.json"), "--json", "--store", loaded.url).output
    )
    assert result["lookalikes"]["merged"] == 0
    assert result["identities"]["automatic"]["precision"] == 1.0
    assert result["identities"]["proposed"]["f1"] > 0.85
    assert result["flags"]["kinds"]["all"]["recall"] > 0.85 and result["flags"]["kinds"]["all"]["precision"] > 0.8


def test_again_is_the_same(loaded: Store, scenario: Path) -> None:
    before, flags = digest(loaded), flags_of(loaded)
    counts = load_all(loaded, scenario, "es")
    assert counts["changed"] == counts["new"] == counts.get("pairs_added", 0) == 0
    assert digest(loaded) == before and flags_of(loaded) == flags


def test_every_source_row_has_its_line(loaded: Store, scenario: Path, tmp_path: Path) -> None:
    lines = identities(loaded, tmp_path)
    assert lines[0] == ["dataset", "document", "row", "schema", "record", "entity", "group", "state"]
    known = {(dataset, document, row) for dataset, document, row, *_ in lines[1:]}
    truth = json.loads((scenario / "truth.json").read_text(encoding="utf-8"))
    rows = [r for kind in ("people", "organisations") for one in truth[kind] for r in one["records"]]
    hidden = [p["record"] for p in truth["protected"]]  # nobody outside its owner learns a masked person's row
    rows = [r for r in rows if r not in hidden]
    missing = [r for r in rows if (r["dataset"], r["document"], str(r["row"])) not in known]
    assert len(missing) <= 0.03 * len(rows), missing  # single records that their owner withdrew


def test_flags_as_json_say_kind_score_sides_and_reason(loaded: Store) -> None:
    lines = [json.loads(line) for line in run("flag", "--json", "--no-run", "--store", loaded.url).stdout.splitlines()]
    assert lines
    for flag in lines:
        assert {"kind", "score", "sides", "reason"} <= set(flag) and 0 <= flag["score"] <= 1 and flag["reason"]
        assert len(flag["sides"]) >= 2 and {s["owner"] for s in flag["sides"]} != {""}


def test_the_commands_of_an_analysts_day(loaded: Store, tmp_path: Path) -> None:
    page = loaded.view(DEV_ACTOR).proposals(1)
    found = json.loads(run("search", page[0].left.caption, "--json", "--store", loaded.url).stdout)
    assert found["total"] >= 1
    for form in ("html", "graphml", "gexf", "csv", "ftm"):
        out = tmp_path / f"chart.{form}"
        run("export", "--entity", page[0].pair.left, "--format", form, "-o", str(out), "--store", loaded.url)
        assert out.exists() or any(tmp_path.glob("chart*")), form
    run("review", "--limit", "3", "--store", loaded.url)
    run("analyse", "communities", "--json", "--store", loaded.url)
    run("dataset", "list", "--json", "--store", loaded.url)
    run("audit", "verify", "--store", loaded.url)
    run("jobs", "history", "--json", "--store", loaded.url)
    run("store", "info", "--store", loaded.url)
    run("path", page[0].pair.left, page[0].pair.right, "--json", "--store", loaded.url)


def test_a_refusal_is_one_sentence_and_a_code(loaded: Store, tmp_path: Path) -> None:
    command = [sys.executable, "-c", "from dashboard.cli import main; main()"]
    for words, code in (
        (["search", "x", "--store", "mysql://x"], 2),
        (["dataset", "withdraw", "nothing", "--as", "nobody", "--store", loaded.url], 4),
        (["export", "--entity", "r0", "--format", "html", "-o", str(tmp_path / "x"), "--store", loaded.url], 5),
    ):
        done = subprocess.run([*command, *words], capture_output=True, text=True)
        assert done.returncode == code and "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr


def test_the_same_on_neo4j(loaded: Store, scenario: Path, neo4j_server: Any, tmp_path: Path) -> None:
    from neo4j import GraphDatabase

    uri, user, password = neo4j_server
    with GraphDatabase.driver(uri, auth=(user, password)) as driver, driver.session() as session:
        session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
    first = open_store(uri, user=user, password=password)
    first.set_meta("key", KEY)
    first.close()
    store = open_store(uri, user=user, password=password)
    try:
        load_all(store, scenario, "es")
        assert digest(store) == digest(loaded)
        assert flags_of(store) == flags_of(loaded)
        for actor in (DEV_ACTOR, *loaded.actors()):
            ours, theirs = store.view(actor), loaded.view(actor)
            assert ours.membership() == theirs.membership()
            assert [p.pair for p in ours.proposals()] == [p.pair for p in theirs.proposals()]
    finally:
        store.close()


def test_a_package_delivered_while_the_job_runs_is_flagged_within_one_interval(scenario: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'job.db'}"
    store = open_store(url)
    packages = sorted(p.parent for p in scenario.glob("*/case.yaml"))
    load_all(store, scenario, "es")
    before = len(flags_of(store))
    last = packages[-1]
    owner = next(d for d in store.datasets() if d.name == last.name)
    store.withdraw(owner.number)
    run("jobs", "run", "--store", url)
    without = len(flags_of(store))
    assert without < before
    interval = 2
    command = [sys.executable, "-c", "from dashboard.cli import main; main()"]
    runner = subprocess.Popen(
        [*command, "jobs", "start", "--interval", str(interval), "--store", url], stdout=subprocess.PIPE, text=True
    )
    try:
        assert runner.stdout is not None and runner.stdout.readline()
        time.sleep(interval)
        run("ingest", str(last), "--store", url)
        deadline = time.monotonic() + 60
        while len(flags_of(store)) < before and time.monotonic() < deadline:
            time.sleep(0.3)
        assert len(flags_of(store)) == before
        assert store.job_history("flags", 5)[0]["outcome"] == "ok"
    finally:
        runner.terminate()
        assert runner.wait(timeout=30) == 0
        runner.stdout.close()  # type: ignore[union-attr]
        store.close()
