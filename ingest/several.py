"""Several packages at once, each delivered whole by a process of its own: reading and mapping fill one core each.

A delivery is seen only when it is complete, and a store takes deliveries of many agencies at any time, so that nothing
is agreed on between the processes. Packages of one dataset are revisions of it and stay in one process, in their order.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple, cast
from zipfile import BadZipFile, ZipFile, is_zipfile

import yaml

from graph.access import Actor
from graph.delivery import DeliveryReport
from graph.errors import StoreError, VinculoError
from ingest.manifest import FILE

LONGEST = 1 << 20  # bytes of a manifest that are looked at
PATIENCE = 30.0  # seconds that a process has to take back what it began


class Task(NamedTuple):
    """A package to deliver, and as whom."""

    path: Path
    actor: Actor


class Done(NamedTuple):
    """The package at ``number`` is delivered. ``wall``, ``cpu``: stage → seconds (:mod:`ingest.stages`); ``peak``: most
    memory that ``process`` (its number in the system) has held so far, MB."""

    number: int
    report: DeliveryReport
    wall: dict[str, float]
    cpu: dict[str, float]
    peak: int
    process: int


def deliver_several(
    url: str, tasks: Sequence[Task], jobs: int, *, draft: bool = False, audit: Path | None = None
) -> Iterator[Done]:
    """Deliver ``tasks`` into the store at ``url`` (its password from the settings), up to ``jobs`` at a time.

    Each as it is done. The first that is refused ends the run and is raised when those under way have ended, as whole
    as they began. ``audit``: where the logs are, else as the settings say.
    """
    groups = _by_dataset(tasks)
    context = multiprocessing.get_context("spawn")  # a fork would share the store's connection
    workers: dict[Connection, BaseProcess] = {}
    busy: set[Connection] = set()
    refused: VinculoError | None = None
    try:
        for _ in range(min(jobs, len(groups))):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, url, draft, audit), daemon=True)
            process.start()
            theirs.close()
            workers[ours] = process
            busy.add(ours)
            ours.send(groups.pop(0))
        while busy:
            for ready in cast("list[Connection]", wait(list(busy))):
                try:
                    said = ready.recv()
                except EOFError:
                    raise StoreError("ingest.several.lost") from None
                if isinstance(said, Done):
                    yield said
                    continue
                if isinstance(said, VinculoError):
                    refused = refused or said
                if groups and refused is None:
                    ready.send(groups.pop(0))
                else:
                    ready.send([])
                    busy.discard(ready)
    finally:
        _end(workers, busy)
    if refused:
        raise refused


def _by_dataset(tasks: Sequence[Task]) -> list[list[tuple[int, Task]]]:
    """Numbered tasks; those that may be of one dataset together, large groups first."""
    groups: dict[Any, list[tuple[int, Task]]] = {}
    for number, task in enumerate(tasks):
        groups.setdefault(_dataset(task.path) or number, []).append((number, task))
    return sorted(groups.values(), key=lambda group: -sum(_size(task.path) for _, task in group))


def _dataset(path: Path) -> tuple[str, ...]:
    """What tells datasets apart before a package is opened and checked; empty where nothing does."""
    try:
        if path.is_dir():
            text = (path / FILE).read_bytes()
        elif is_zipfile(path):
            with ZipFile(path) as packed:
                text = packed.open(FILE).read(LONGEST)
        else:
            return ("entities",)  # files of entities: each names its dataset inside
        case = yaml.safe_load(text[:LONGEST])
    except (OSError, BadZipFile, KeyError, ValueError, yaml.YAMLError):
        return ()
    return (str(case.get("owner", "")), str(case.get("dataset", ""))) if isinstance(case, dict) else ()


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else (path,)
    return sum(f.stat().st_size for f in files if f.is_file())


def _end(workers: dict[Connection, BaseProcess], busy: set[Connection]) -> None:
    """Wait for processes that have no more to do; those that are in the middle take back what they began."""
    for connection, process in workers.items():
        if connection in busy:
            process.terminate()
        connection.close()
    for process in workers.values():
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()


def _stop(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _work(connection: Connection, url: str, draft: bool, audit: Path | None) -> None:
    """One process: groups of packages come, reports go back; None asks for more, an empty group ends it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the first process tells the others
    signal.signal(signal.SIGTERM, _stop)
    from graph.audit import Audit
    from graph.store import open_store

    with suppress(KeyboardInterrupt, EOFError, BrokenPipeError):
        store = open_store(url)
        try:
            if audit:
                store.audit = Audit(audit)
            while group := connection.recv():
                connection.send(_group(store, group, draft, connection.send))
        finally:
            store.close()


def _group(store: Any, group: list[tuple[int, Task]], draft: bool, tell: Callable[[Done], None]) -> VinculoError | None:
    from ingest.load import deliver
    from ingest.memory import peak_memory
    from ingest.stages import Stages

    for number, task in group:
        stages = Stages()
        try:
            report = deliver(store, task.path, task.actor, draft=draft, stages=stages)
        except VinculoError as error:
            return error
        tell(Done(number, report, stages.wall, stages.cpu, peak_memory(), os.getpid()))
    return None
