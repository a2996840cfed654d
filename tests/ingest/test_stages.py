"""The stopwatch of a load gives each moment to one stage, and an unwatched load is the same load."""

from __future__ import annotations

import time

import pytest

from ingest.stages import UNWATCHED, Stages, batched


def test_what_runs_inside_another_stage_is_taken_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    monkeypatch.setattr(time, "process_time", lambda: now[0] / 2)
    stages = Stages()

    def work(seconds: float) -> None:
        now[0] += seconds

    with stages("map"):
        work(1)
        stages.timed("normalise", work)(4)
        work(2)
    work(8)  # of no stage
    assert (stages.wall["map"], stages.wall["normalise"], stages.cpu["map"]) == (3, 4, 1.5)
    assert sum(stages.wall.values()) == 7


def test_making_a_chunk_is_time_of_its_stage_and_using_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    stages = Stages()

    def things() -> object:
        for n in range(5):
            now[0] += 1
            yield n

    found = []
    for chunk in stages.chunks("read", things(), 2):  # type: ignore[arg-type]
        now[0] += 10
        found.append(chunk)
    assert found == [[0, 1], [2, 3], [4]] and stages.wall["read"] == 5


def test_an_error_leaves_its_stage() -> None:
    stages = Stages()
    with pytest.raises(ValueError, match="x"), stages("read"):
        raise ValueError("x")
    with pytest.raises(ValueError, match="x"):
        stages.timed("map", lambda: (_ for _ in ()).throw(ValueError("x")))()
    assert stages._running == []


def test_an_unwatched_load_takes_no_time_and_gives_the_same_chunks() -> None:
    assert list(UNWATCHED.chunks("read", range(5), 2)) == list(batched(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert UNWATCHED.timed("map", len) is len and not any(UNWATCHED.wall.values())
