"""kill -9 during a load: nothing partial is ever seen, and the same command again ends as an uninterrupted run."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import casework
import pytest

from graph.digest import digest
from graph.store import Store, open_store

KEY = "7a" * 32
ROWS = 3_000  # for twenty kills; the two of every run take a fifth, so that they stay short
LOAD = """
import os, signal, sys
from pathlib import Path
import graph.delivery, ingest.load
from graph.store import open_store
graph.delivery.BATCH = ingest.load.BATCH = int(sys.argv[6])  # many small batches: many points at which to be killed
store = open_store(sys.argv[1], user=sys.argv[2], password=sys.argv[3])
told_so_far, own_end = 0, int(sys.argv[5])
def tell(*words):
    global told_so_far
    print(*words, flush=True)
    told_so_far += 1
    if told_so_far == own_end:
        os.kill(os.getpid(), signal.SIGKILL)
def told(name, call):
    def step(*args):
        tell(name)
        result = call(*args)
        tell(name, "done")
        return result
    return step
for name in ("begin", "digests", "write", "retire", "keep_rejects", "publish"):
    setattr(store, name, told(name, getattr(store, name)))
ingest.load.deliver(store, Path(sys.argv[4]), store.actor("ar:ana"))
"""


def package(folder: Path, revision: int, rows: int) -> Path:
    """A package of some thousand people with a phone each; the second revision changes, drops and adds some."""
    (folder / "data").mkdir(parents=True)
    (folder / "case.yaml").write_text(
        f"vinculo: 1\ndataset: kill\nrevision: {revision}\nmode: full\ntitle: Ficticia\nowner: AR-MPF\n"
        "investigation: {number: K 1/2026, opened: 2026-01-01}\n"
    )
    (folder / "mapping.yml").write_text(
        "kill:\n  queries:\n    - csv_url: data/p.csv\n      entities:\n        p:\n          schema: Person\n"
        "          keys: [N]\n          properties: {name: {column: NOMBRE}, phone: {column: TEL}}\n"
    )
    people = [
        f"{n},Persona {n} {revision if n % 3 else 'igual'},11 4{n:07d}" for n in range(rows) if (n + revision) % 7
    ]
    (folder / "data/p.csv").write_text("N,NOMBRE,TEL\n" + "\n".join(people) + "\n")
    return folder


@pytest.fixture(params=["sqlite", "neo4j"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, str, str]]:
    """URL, user and password of an empty store of either engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'kill.db'}", "", ""
        return
    server = request.getfixturevalue("neo4j_server")
    yield server.uri, server.user, server.password


def fresh(place: tuple[str, str, str]) -> Store:
    """An empty store with a known key and our actors."""
    url, user, password = place
    if url.startswith("sqlite"):
        for file in Path(url.removeprefix("sqlite:///")).parent.glob("kill.db*"):
            if file.is_file():
                file.unlink()
    else:
        from neo4j import GraphDatabase

        with GraphDatabase.driver(url, auth=(user, password)) as driver:
            with driver.session() as session:
                session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
    store = open_store(url, user=user, password=password)
    store.set_meta("key", KEY)
    store.close()
    return casework.found(open_store(url, user=user, password=password))


def load(place: tuple[str, str, str], path: Path, batch: int, kill_after: int = 0, exactly: bool = False) -> int:
    """Load in a process of its own, killed after that many steps where one is named; steps told before its end.

    From outside the signal arrives somewhere after the step, in the middle of a call as a power cut would, but on a
    slow machine possibly after the end; `exactly` has the process send it to itself at the step.
    """
    command = [sys.executable, "-c", LOAD, *place, str(path), str(kill_after if exactly else 0), str(batch)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        steps = 0
        for steps, _ in enumerate(process.stdout, 1):
            if steps == kill_after and not exactly:
                process.kill()
                break
    ends = {-9} if exactly else {-9, 0} if kill_after else {0}
    assert process.returncode in ends
    return steps


def seen(store: Store) -> frozenset[str]:
    """Captions of everybody in the view: what a reader would count."""
    return frozenset(r.values("name")[0] for chunk in store.matching().scan(("Person",)) for r in chunk)


def kill_at_random_points(place: tuple[str, str, str], tmp_path: Path, times: int, rows: int) -> None:
    first, second, batch = package(tmp_path / "one", 1, rows), package(tmp_path / "two", 2, rows), rows // 20
    store = fresh(place)
    load(place, first, batch)
    old = seen(store)
    steps = load(place, second, batch)
    new, wanted = seen(store), digest(store)
    assert old != new and steps > 30
    store.close()
    rng = random.Random(11)  # noqa: S311
    # the first exactly in the middle, one while publishing, the others anywhere: those may find the load at its end
    points = [steps // 3, steps - 1, *(rng.randrange(2, steps - 1) for _ in range(times - 2))][:times]
    stopped = 0
    for number, point in enumerate(points):
        store = fresh(place)
        load(place, first, batch)
        mixtures: list[int] = []
        stop = threading.Event()
        watcher = threading.Thread(target=watch, args=(place, stop, (old, new), mixtures))
        watcher.start()
        load(place, second, batch, kill_after=point, exactly=number == 0)
        stop.set()
        watcher.join()
        assert not mixtures, "a reader saw neither the old delivery nor the new"
        now = seen(store)
        assert now in (old, new)
        assert number or now == old, "killed in the middle, and yet the new delivery is seen"
        stopped += now == old
        load(place, second, batch)
        assert digest(store) == wanted
        store.close()
    assert stopped, "every kill came after the load had ended: they prove nothing"


def watch(place: tuple[str, str, str], stop: threading.Event, good: tuple[Any, Any], mixtures: list[int]) -> None:
    """Read all the while the load runs."""
    url, user, password = place
    store = open_store(url, user=user, password=password)
    while not stop.is_set():
        if (now := seen(store)) not in good:
            mixtures.append(len(now))
    store.close()


def test_killed_loads_leave_nothing(place: tuple[str, str, str], tmp_path: Path) -> None:
    kill_at_random_points(place, tmp_path, 2 if place[0].startswith("sqlite") else 1, ROWS // 5)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_twenty_killed_loads_leave_nothing(place: tuple[str, str, str], tmp_path: Path) -> None:
    kill_at_random_points(place, tmp_path, 20, ROWS)
