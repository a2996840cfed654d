"""kill -9 during a load: nothing partial is ever seen, and the same command again ends as an uninterrupted run."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import casework
import pytest

from graph.digest import digest
from graph.errors import VinculoError
from graph.store import Store, open_store

KEY = "7a" * 32
ROWS = 4_000
LOAD = """
import sys
from pathlib import Path
from graph.store import open_store
from ingest.load import deliver
store = open_store(sys.argv[1], user=sys.argv[2], password=sys.argv[3])
print("open", flush=True)
deliver(store, Path(sys.argv[4]), store.actor("ar:ana"))
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


def load(place: tuple[str, str, str], path: Path) -> subprocess.Popen[str]:
    """The load in a process of its own, its store open already."""
    process = subprocess.Popen([sys.executable, "-c", LOAD, *place, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "open\n"
    process.stdout.close()
    return process


def seen(store: Store) -> frozenset[str]:
    """Captions of everybody in the view: what a reader would count."""
    return frozenset(r.values("name")[0] for chunk in store.matching().scan(("Person",)) for r in chunk)


def kill_at_random_points(place: tuple[str, str, str], tmp_path: Path, times: int) -> None:
    first, second = package(tmp_path / "one", 1), package(tmp_path / "two", 2)
    store = fresh(place)
    assert load(place, first).wait() == 0
    old = seen(store)
    began = time.monotonic()
    assert load(place, second).wait() == 0
    lasted = time.monotonic() - began
    new, wanted = seen(store), digest(store)
    assert old != new
    store.close()
    rng, stopped = random.Random(11), 0  # noqa: S311
    for _ in range(times):
        store = fresh(place)
        assert load(place, first).wait() == 0
        process = load(place, second)
        mixtures: list[int] = []
        watcher = threading.Thread(target=watch, args=(place, process, old, new, mixtures))
        watcher.start()
        time.sleep(rng.uniform(0.02, lasted))
        process.kill()
        process.wait()
        watcher.join()
        assert not mixtures, "a reader saw neither the old delivery nor the new"
        now = seen(store)
        assert now in (old, new)
        stopped += now == old
        assert load(place, second).wait() == 0
        assert digest(store) == wanted
        store.close()
    assert stopped, "no kill came before the load ended: the points prove nothing"


def watch(
    place: tuple[str, str, str], process: Any, old: frozenset[str], new: frozenset[str], mixtures: list[int]
) -> None:
    """Read all the while the load runs."""
    url, user, password = place
    store = open_store(url, user=user, password=password)
    while process.poll() is None:
        try:
            now = seen(store)
        except VinculoError:
            continue
        if now not in (old, new):
            mixtures.append(len(now))
    store.close()


def test_killed_loads_leave_nothing(place: tuple[str, str, str], tmp_path: Path) -> None:
    kill_at_random_points(place, tmp_path, 2)


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_twenty_killed_loads_leave_nothing(place: tuple[str, str, str], tmp_path: Path) -> None:
    kill_at_random_points(place, tmp_path, 20)
