"""Several packages at once end as one after the other: the same store, whole deliveries, errors that say the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import casework
import pytest

from graph.digest import digest
from graph.errors import StoreError
from graph.store import Store, open_store
from ingest.load import deliver
from ingest.problems import PackageProblems
from ingest.several import Task, deliver_several

KEY = "5c" * 32
MAPPING = (
    "case:\n  queries:\n    - csv_url: p.csv\n      entities:\n        p:\n          schema: Person\n"
    "          keys: [N]\n          properties: {name: {column: NOMBRE}, phone: {column: TEL}}\n"
)


def package(folder: Path, name: str, revision: int = 1, rows: int = 40, owner: str = "AR-MPF") -> Path:
    place = folder / f"{name}-{revision}"
    place.mkdir(parents=True)
    (place / "case.yaml").write_text(
        f"vinculo: 1\ndataset: {name}\nrevision: {revision}\nmode: full\ntitle: Ficticia\nowner: {owner}\n"
        "investigation: {number: K 1/2026, opened: 2026-01-01}\n"
    )
    (place / "mapping.yml").write_text(MAPPING)
    people = [f"{n},Persona {name} {revision} {n},11 4{n:07d}" for n in range(rows)]
    (place / "p.csv").write_text("N,NOMBRE,TEL\n" + "\n".join(people) + "\n")
    return place


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    yield from made(tmp_path / "s")


def made(folder: Path) -> Iterator[Store]:
    url = f"sqlite:///{folder / 'x.db'}"
    first = open_store(url)
    first.set_meta("key", KEY)
    first.close()
    found = casework.found(open_store(url))
    yield found
    found.close()


def test_the_store_is_the_same_and_revisions_keep_their_order(store: Store, tmp_path: Path) -> None:
    paths = [
        package(tmp_path / "p", "uno"),
        package(tmp_path / "p", "dos", rows=300),
        package(tmp_path / "p", "uno", 2),
    ]
    paths += [
        package(tmp_path / "p", "tres"),
        package(tmp_path / "p", "uno", 3, rows=900),  # the largest: by size alone it would come first
    ]
    found = list(deliver_several(store.url, [Task(p, casework.ANA) for p in paths], 2, audit=store.audit.folder))
    assert sorted(done.number for done in found) == list(range(5))
    order = [done.report.revision for done in found if done.report.dataset == "uno"]
    assert order == [1, 2, 3]
    assert all(done.report.rows_read == done.report.rows_accepted for done in found)
    assert all(sum(done.cpu.values()) > 0 and done.peak > 10 and done.process != os.getpid() for done in found)
    for other in made(tmp_path / "o"):
        for path in paths:
            deliver(other, path, casework.ANA)
        assert digest(other) == digest(store)
    theirs = [store.audit.changes.verify(), sum(1 for _ in store.audit.changes.lines())]
    assert theirs == [None, sum(1 for _ in other.audit.changes.lines())]


def test_a_refusal_is_told_whole_and_ends_the_run(store: Store, tmp_path: Path) -> None:
    wrong = package(tmp_path / "p", "mal", rows=500)
    (wrong / "case.yaml").write_text((wrong / "case.yaml").read_text().replace("mode: full", "mode: fulll"))
    with pytest.raises(PackageProblems) as there:
        deliver(store, wrong, casework.ANA)
    more = [package(tmp_path / "p", f"n{n}") for n in range(12)]
    tasks = [Task(p, casework.ANA) for p in (wrong, *more)]
    with pytest.raises(PackageProblems) as said:
        list(deliver_several(store.url, tasks, 2, audit=store.audit.folder))
    for lang in ("es", "pt", "en"):
        assert said.value.text(lang) == there.value.text(lang)
    delivered = [d for d in store.datasets() if d.current]
    assert len(delivered) < 12, "those behind it are not begun"
    names = {r.values("name")[0] for chunk in store.matching().scan(("Person",)) for r in chunk}
    assert len(names) == 40 * len(delivered), "those under way ended whole"


def test_errors_come_over_from_another_process(store: Store, tmp_path: Path) -> None:
    stranger = Task(package(tmp_path / "p", "ajeno", owner="BR-MPF"), casework.ANA)
    with pytest.raises(Exception) as there:
        deliver(store, stranger.path, stranger.actor)
    other = Task(package(tmp_path / "p", "propio"), casework.ANA)
    with pytest.raises(type(there.value)) as said:
        list(deliver_several(store.url, [stranger, other], 2, audit=store.audit.folder))
    assert str(said.value) == str(there.value)


def test_a_process_that_dies_is_told_and_leaves_nothing(store: Store, tmp_path: Path) -> None:
    tasks = [
        Task(package(tmp_path / "p", "gran", rows=40_000), casework.ANA),
        Task(package(tmp_path / "p", "a"), casework.ANA),
    ]
    running = deliver_several(store.url, tasks, 2, audit=store.audit.folder)
    first = next(running)
    assert first.report.dataset == "a"
    [big] = [p for p in children(os.getpid()) if p != first.process]
    os.kill(big, signal.SIGKILL)
    with pytest.raises(StoreError):
        list(running)
    assert [d.name for d in store.datasets() if d.current] == ["a"]
    deliver(store, package(tmp_path / "p", "gran", 2), casework.ANA)
    assert {d.name for d in store.datasets() if d.current} == {"a", "gran"}


def children(pid: int) -> list[int]:
    """Workers of a process; the resource tracker that Python starts beside them is none."""
    found = [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [p for p in found if b"spawn_main" in Path(f"/proc/{p}/cmdline").read_bytes()]


INTERRUPTED = """
import sys
from pathlib import Path
from graph.access import Actor
from ingest.several import Task, deliver_several
if __name__ == "__main__":
    ana = Actor("ar:ana", "AR-MPF", frozenset({"analyst", "coordinator", "steward"}))
    tasks = [Task(Path(p), ana) for p in sys.argv[2:]]
    for done in deliver_several(sys.argv[1], tasks, 2):
        print(done.report.dataset, flush=True)
"""


def test_an_interrupt_leaves_whole_deliveries_and_no_process(store: Store, tmp_path: Path) -> None:
    (tmp_path / "go.py").write_text(INTERRUPTED)
    paths = [package(tmp_path / "p", "gran", rows=40_000), package(tmp_path / "p", "a")]
    command = [sys.executable, str(tmp_path / "go.py"), store.url, *map(str, paths)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None and process.stdout.readline().strip() == b"a"
        workers = children(process.pid)
        assert workers
        os.killpg(process.pid, signal.SIGINT)
        process.wait(60)
    assert process.returncode not in (0, -9)
    assert not [pid for pid in workers if Path(f"/proc/{pid}").exists()]
    assert [d.name for d in store.datasets() if d.current] == ["a"]
    deliver(store, package(tmp_path / "p", "gran", 2), casework.ANA)
