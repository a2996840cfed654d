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
ROWS = 3_000
LOAD = """
import sys
from pathlib import Path
import graph.delivery, ingest.load
from graph.store import open_store
graph.delivery.BATCH = ingest.load.BATCH = 150  # many small batches: many points at which to be killed
store = open_store(sys.argv[1], user=sys.argv[2], password=sys.argv[3])
def told(name, call):
    def step(*args):
        print(name, flush=True)
        result = call(*args)
        print(name, "done", flush=True)
        return result
    return step
for name in ("begin", "digests", "write", "retire", "keep_rejects", "publish"):
    setattr(store, name, told(name, getattr(store, name)))
ingest.load.deliver(store, Path(sys.argv[4]), store.actor("ar:ana"))
"""


def package(folder: Path, revision: int) -> Path:
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
        f"{n},Persona {n} {revision if n % 3 else 'igual'},11 4{n:07d}" for n in range(ROWS) if (n + revision) % 7
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


def load(place: tuple[str, str, str], path: Path, kill_after: int = 0) -> int:
    """Load in a process of its own, killed after that many steps where one is named; steps told before its end."""
    command = [sys.executable, "-c", LOAD, *place, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        steps = 0
        for steps, _ in enumerate(process.stdout, 1):
            if steps == kill_after:
                process.kill()
                break
    assert process.returncode == (-9 if kill_after else 0)
    return steps


def seen(store: Store) -> frozenset[str]:
    """Captions of everybody in the view: what a reader would count."""
    return frozenset(r.values("name")[0] for chunk in store.matching().scan(("Person",)) for r in chunk)


def kill_at_random_points(place: tuple[str, str, str], tmp_path: Path, times: int) -> None:
    first, second = package(tmp_path / "one", 1), package(tmp_path / "two", 2)
    store = fresh(place)
    load(place, first)
    old = seen(store)
    steps = load(place, second)
    new, wanted = seen(store), digest(store)
    assert old != new and steps > 30
    store.close()
    rng = random.Random(11)  # noqa: S311
    # one surely in the middle, one while publishing, the others anywhere; a slow kill may find the load at its end
    points = [steps // 3, steps - 1, *(rng.randrange(2, steps - 1) for _ in range(times - 2))]
    stopped = 0
    for point in points:
        store = fresh(place)
        load(place, first)
        mixtures: list[int] = []
        stop = threading.Event()
        watcher = threading.Thread(target=watch, args=(place, stop, (old, new), mixtures))
        watcher.start()
        load(place, second, kill_after=point)
        stop.set()
        watcher.join()
        assert not mixtures, "a reader saw neither the old delivery nor the new"
        now = seen(store)
        assert now in (old, new)
        stopped += now == old
        load(place, second)
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
    kill_at_random_points(place, tmp_path, 2)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_twenty_killed_loads_leave_nothing(place: tuple[str, str, str], tmp_path: Path) -> None:
    kill_at_random_points(place, tmp_path, 20)
