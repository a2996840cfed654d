"""Where the time of a load goes: a stopwatch with one stage running at a time.

The pipeline of a load passes rows from stage to stage in chunks, so that the watch costs nothing that could be measured
and a load without one costs nothing at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
CHUNK = 500  # rows that pass from stage to stage at once
STAGES = ("open", "read", "map", "normalise", "assemble", "quality", "store")


def batched(things: Iterable[T], size: int) -> Iterator[list[T]]:
    """``things`` in lists of ``size``, the last one shorter."""
    rest = iter(things)
    while chunk := list(islice(rest, size)):
        yield chunk


class Stages:
    """Wall and processor seconds of each stage. What runs inside another stage is taken from that one."""

    def __init__(self) -> None:
        self.wall = dict.fromkeys(STAGES, 0.0)
        self.cpu = dict.fromkeys(STAGES, 0.0)
        self._running: list[str] = []
        self._since = (0.0, 0.0)

    def add(self, wall: Mapping[str, float], cpu: Mapping[str, float]) -> None:
        """Count seconds of another process too."""
        for stage in STAGES:
            self.wall[stage] += wall[stage]
            self.cpu[stage] += cpu[stage]

    def _charge(self) -> None:
        """Give the time since the last change to the stage that runs."""
        now = (time.perf_counter(), time.process_time())
        if self._running:
            self.wall[self._running[-1]] += now[0] - self._since[0]
            self.cpu[self._running[-1]] += now[1] - self._since[1]
        self._since = now

    def begin(self, stage: str) -> None:
        """Let ``stage`` run, in place of the one that runs, until :meth:`end`."""
        self._charge()
        self._running.append(stage)

    def end(self) -> None:
        """Stop the stage that runs; the one it took the place of goes on."""
        self._charge()
        self._running.pop()

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        self.begin(stage)
        try:
            yield
        finally:
            self.end()

    def chunks(self, stage: str, things: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
        """``things`` in chunks, whose making is time of ``stage``."""
        rest = batched(things, size)
        while True:
            with self(stage):
                chunk = next(rest, None)
            if chunk is None:
                return
            yield chunk

    def timed(self, stage: str, function: Callable[..., T]) -> Callable[..., T]:
        """``function``, whose calls are time of ``stage``."""

        def run(*args: object) -> T:
            self.begin(stage)
            try:
                return function(*args)
            finally:
                self.end()

        return run


class Unwatched(Stages):
    """A watch that nobody reads: it takes no time."""

    def begin(self, stage: str) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""

    def timed(self, stage: str, function: Callable[..., T]) -> Callable[..., T]:
        """``function`` itself."""
        return function


UNWATCHED = Unwatched()
