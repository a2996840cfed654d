"""The flag job: once, again, two at a time, killed, failing, and on a schedule in a process of its own."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import casework
import orjson
import pytest

from analytics import jobs
from analytics.crossborder.reader import flags
from analytics.jobs import JOB, LEASE, STATE, run_flag_job, tick
from graph.delivery import Release
from graph.errors import StoreBusy, StoreError
from graph.judging import judge
from graph.process import holder
from graph.store import open_store
from graph.store.base import Store

ANA, BIA = casework.ANA, casework.BIA
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FULL = (Release("*", "full"),)
PHONE = "+5491100000001"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = casework.found(open_store(f"sqlite:///{tmp_path / 'x.db'}"))
    store.clock = lambda: NOW
    put(store, ANA, "ar1")
    return store


def put(store: Store, actor: casework.Actor, dataset: str, releases: tuple[Release, ...] = FULL, rev: int = 1) -> None:
    """A case with one person who has the phone."""
    who = casework.record(store, actor.agency, dataset, "1", name=f"Alguien {dataset}", phone=PHONE)
    casework.deliver(store, actor, dataset, [who], releases, revision=rev)


def told(store: Store) -> list[str]:
    return [f.kind for f in flags(store.view(ANA))]


def history(store: Store) -> list[str]:
    return [row["outcome"] for row in store.job_history(JOB, 100)]


def test_the_job_flags_and_then_has_nothing_to_do(store: Store) -> None:
    put(store, BIA, "br1")
    counts = run_flag_job(store)
    assert counts["new"] == 2  # for AR and BR: CL, to whom both are released, has no side in it
    assert told(store) == ["shared_identifier"]
    assert run_flag_job(store) == {"skipped": 1}
    assert run_flag_job(store, force=True)["new"] == 0
    assert history(store) == ["ok", "ok"]


@pytest.mark.parametrize("change", ["delivery", "release", "judgement", "rules", "term", "clock back"])
def test_whatever_changes_a_flag_wakes_the_job(store: Store, change: str, monkeypatch: pytest.MonkeyPatch) -> None:
    put(store, BIA, "br1", (Release("*", "full", "2026-12-01"),))
    run_flag_job(store)
    assert run_flag_job(store) == {"skipped": 1}
    if change == "delivery":
        put(store, BIA, "br2")
    elif change == "release":
        store.replace_grants(2, [])
    elif change == "judgement":
        left, right = sorted(store.ids.record(a.agency, d, "1") for a, d in ((ANA, "ar1"), (BIA, "br1")))
        judge(store, ANA, left, right, "same")
    elif change == "rules":
        monkeypatch.setattr(jobs, "rules_digest", lambda store: "other")
    elif change == "term":
        store.clock = lambda: datetime(2026, 12, 2, tzinfo=UTC)
    else:
        store.clock = lambda: NOW - timedelta(hours=1)
    assert "skipped" not in run_flag_job(store)
    assert run_flag_job(store) == {"skipped": 1}
    gone = change in ("release", "term")
    more = {"judgement": ["same_entity"], "delivery": ["shared_identifier"] * 2}
    assert told(store) == ([] if gone else more.get(change, ["shared_identifier"]))


def test_a_delivery_that_comes_while_the_job_runs_is_not_missed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    real = jobs._resolve

    def meanwhile(store: Store, step: Callable[[], None]) -> dict[str, int]:
        saved = real(store, step)
        put(store, BIA, "br1")  # too late for the matcher, in time for the flags
        return saved

    monkeypatch.setattr(jobs, "_resolve", meanwhile)
    run_flag_job(store)
    monkeypatch.setattr(jobs, "_resolve", real)
    assert "skipped" not in run_flag_job(store)
    assert told(store) == ["shared_identifier"]
    assert run_flag_job(store) == {"skipped": 1}


def test_a_failure_is_kept_without_case_content_and_the_next_run_goes_on(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(store: Store, step: Callable[[], None]) -> dict[str, int]:
        raise StoreError("error.store_broken", detail="Juan Pérez")

    monkeypatch.setattr(jobs, "_resolve", broken)
    with caplog.at_level(logging.INFO), pytest.raises(StoreError):
        tick(store)
    (line,) = store.job_history(JOB, 10)
    assert line["outcome"] == "failed"
    assert orjson.loads(line["counts"]) == {"error": "StoreError", "key": "error.store_broken"}
    assert "Juan" not in caplog.text
    monkeypatch.undo()
    assert run_flag_job(store)["agencies"] == 3
    assert history(store) == ["ok", "failed"]


def test_another_machines_runner_has_the_job_until_its_lease_ends(store: Store) -> None:
    until = (NOW + LEASE).isoformat()
    assert store.take_lock(JOB, "elsewhere/boot|7|1", until, NOW.isoformat())
    with pytest.raises(StoreBusy):
        run_flag_job(store)
    tick(store)  # on a schedule that is no error
    assert history(store) == []
    store.clock = lambda: NOW + LEASE + timedelta(seconds=1)
    assert run_flag_job(store)["agencies"] == 3


def test_a_runner_that_lost_its_lease_stops(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(store: Store, step: Callable[[], None]) -> dict[str, int]:
        late = NOW + LEASE + timedelta(minutes=1)  # the machine slept
        store.clock = lambda: late
        assert store.take_lock(JOB, "elsewhere/boot|7|1", (late + LEASE).isoformat(), late.isoformat())
        step()
        return {}

    monkeypatch.setattr(jobs, "_resolve", slow)
    with pytest.raises(StoreBusy):
        run_flag_job(store)
    assert store.meta(STATE) == ""
    with pytest.raises(StoreBusy):  # the other one still has it
        run_flag_job(store)


def test_of_two_threads_one_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go_on = threading.Event(), threading.Event()
    real = jobs._resolve

    def waiting(store: Store, step: Callable[[], None]) -> dict[str, int]:
        inside.set()
        assert go_on.wait(30)
        return real(store, step)

    monkeypatch.setattr(jobs, "_resolve", waiting)
    done: list[dict[str, int]] = []
    first = threading.Thread(target=lambda: done.append(run_flag_job(store)))
    first.start()
    assert inside.wait(30)
    with pytest.raises(StoreBusy):
        run_flag_job(store)
    go_on.set()
    first.join(60)
    assert done[0]["agencies"] == 3
    assert run_flag_job(store) == {"skipped": 1}


def test_asked_to_stop_it_stops_at_the_next_step(store: Store) -> None:
    stop = threading.Event()
    stop.set()
    tick(store, stop)
    assert history(store) == ["stopped"]
    assert "skipped" not in run_flag_job(store)


def test_in_the_background_a_delivery_is_flagged_in_its_turn(store: Store) -> None:
    end = jobs.background(store, 0.3)
    try:
        put(store, BIA, "br1")
        wait_until(lambda: told(store) == ["shared_identifier"])
    finally:
        end()
    assert store.take_lock(JOB, "elsewhere/boot|7|1", (NOW + LEASE).isoformat(), NOW.isoformat())


# --- a process of its own -----------------------------------------------------------------------------------------

RUNNER = """
import sys
from analytics.jobs import start
from graph.store import open_store
start(open_store(sys.argv[1]), 1)
"""


@contextmanager
def runner(store: Store) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", RUNNER, store.url], env=environment, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(true: Callable[[], bool], patience: float = 90) -> None:
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.prove)])
def test_a_package_delivered_while_the_runner_runs_is_flagged_and_a_signal_ends_it(store: Store, number: int) -> None:
    with runner(store) as process:
        wait_until(lambda: history(store) == ["ok"])
        put(store, BIA, "br1")
        wait_until(lambda: told(store) == ["shared_identifier"])
        wait_until(lambda: len(history(store)) > 1)
        time.sleep(2.5)  # turns in which there is nothing to do leave no line
        assert history(store) == ["ok", "ok"]
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0
        assert errors == b""
    store.clock = lambda: datetime.now(UTC)
    assert run_flag_job(store) == {"skipped": 1}


def test_a_killed_runner_stops_nobody(store: Store) -> None:
    with runner(store) as process:
        wait_until(lambda: history(store) == ["ok"])
        process.kill()
        process.wait(60)
        name = f"{holder().partition('|')[0]}|{process.pid}|1"  # a lock as that process would have left it
        assert store.take_lock(JOB, name, (NOW + LEASE).isoformat(), NOW.isoformat())
    put(store, BIA, "br1")
    assert run_flag_job(store)["new"] == 2
