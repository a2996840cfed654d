"""The chained logs: every edit, drop, swap and cut is found; nothing is answered that could not be written down."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import casework
import orjson
import pytest

from graph.access import Actor
from graph.audit import Broken, Log, chain, verify
from graph.errors import AccessDenied
from graph.stewardship import withdraw
from graph.store.base import Store
from graph.store.sqlite import SQLiteStore


def filled(path: Path, lines: int) -> Log:
    """A log of ``lines`` lines, written at once."""
    bodies = ({"actor": "ar:ana", "what": "search", "results": n, "records": [f"r{n}"]} for n in range(lines))
    path.write_bytes(b"".join(chain(bodies)))
    return Log(path)


def damaged(kind: str, lines: list[bytes], rng: random.Random) -> bytes:
    """The log with one thing done to it."""
    n, other = rng.sample(range(len(lines)), 2)
    if kind == "drop":
        return b"".join(lines[:n] + lines[n + 1 :])
    if kind == "swap":
        lines = list(lines)
        lines[n], lines[other] = lines[other], lines[n]
        return b"".join(lines)
    text = b"".join(lines)
    place = rng.randrange(len(text))
    if kind == "cut":
        return text[:place] if rng.random() < 0.5 else b"".join(lines[:n])
    new = bytes([rng.choice([b for b in range(256) if b != text[place]])])
    return rng.choice([text[:place] + new + text[place + 1 :], text[:place] + text[place + 1 :]])


def found(log: Log, kind: str, tries: int, seed: int) -> int:
    """Of so many random damages, each of a whole log, how many are found."""
    rng, head, whole = random.Random(seed), log.head(), log.path.read_bytes()
    assert log.verify(head) is None
    lines, count = whole.splitlines(keepends=True), 0
    for _ in range(tries):
        log.path.write_bytes(damaged(kind, lines, rng))
        count += log.verify(head) is not None
    log.path.write_bytes(whole)
    return count


@pytest.mark.parametrize("kind", ["edit", "drop", "swap", "cut"])
def test_any_edit_drop_swap_or_cut_is_found(kind: str, tmp_path: Path) -> None:
    assert found(filled(tmp_path / "log.jsonl", 300), kind, 50, 4) == 50


@pytest.mark.prove
@pytest.mark.parametrize("kind", ["edit", "drop", "swap", "cut"])
def test_any_edit_drop_swap_or_cut_of_ten_thousand_lines_is_found(kind: str, tmp_path: Path) -> None:
    assert found(filled(tmp_path / "log.jsonl", 10_000), kind, 100, 5) == 100


def test_every_single_byte_of_a_log_counts(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 3)
    head, text = log.head(), log.path.read_bytes()
    for place in range(len(text)):
        changed = text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]
        assert verify(changed.splitlines(keepends=True), head) is not None, place


@pytest.mark.prove
def test_a_hundred_thousand_lines_verify_in_two_seconds(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 100_000)
    began = time.perf_counter()
    assert log.verify(log.head()) is None
    assert time.perf_counter() - began < 2


def test_where_a_chain_breaks_is_said(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 5)
    text, head = log.path.read_bytes(), log.head()
    for change, said in (
        ((b'"r2"', b'"r3"'), Broken(3, "hash")),
        ((b'"results":1', b'"results":7'), Broken(2, "hash")),
        ((b"\n", b"\r\n"), Broken(1, "form")),
    ):
        log.path.write_bytes(text.replace(*change, 1))
        assert log.verify() == said
    log.path.write_bytes(b"".join(text.splitlines(keepends=True)[:4]))
    assert log.verify() is None and log.verify(head) == Broken(4, "head")


def test_a_log_that_went_on_still_has_its_former_heads(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 3)
    nothing, former = (0, "0" * 64), log.head()
    log.append(what="search")
    assert log.verify(former) is None and log.verify(log.head()) is None and log.verify(nothing) is None
    rewritten = [x.replace(b'"r1"', b'"r9"') for x in log.path.read_bytes().splitlines()]
    bodies = [{k: v for k, v in orjson.loads(x).items() if k not in ("hash", "n")} for x in rewritten]
    log.path.write_bytes(b"".join(chain(bodies)))
    assert log.verify() is None and log.verify(former) == Broken(4, "head")


def former(bodies: list[dict[str, object]]) -> bytes:
    """Lines as they were written before: keys in the order given, the hash over them in order."""
    text, previous = b"", "0" * 64
    for n, body in enumerate(bodies, 1):
        line = {"n": n, "at": "2026-11-25T00:00:00.000+00:00", **body}
        previous = hashlib.sha256(previous.encode() + orjson.dumps(line, option=orjson.OPT_SORT_KEYS)).hexdigest()
        text += orjson.dumps({**line, "hash": previous}) + b"\n"
    return text


def test_a_log_begun_in_the_former_form_goes_on(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.jsonl")
    log.path.write_bytes(former([{"what": "search", "actor": "ar:ana"}, {"what": "records", "actor": "br:bia"}]))
    log.append(what="paths", actor="cl:caro")
    text = log.path.read_bytes()
    assert log.verify() is None and [x["n"] for x in log.lines()] == [1, 2, 3]
    for old, new in (
        (b"br:bia", b"br:eva"),
        (b'"what":"search","actor":"ar:ana"', b'"actor":"ar:ana","what":"search" '),
    ):
        assert old in text
        log.path.write_bytes(text.replace(old, new))
        assert log.verify() is not None
    # behind a line of today's form none of the former is taken: its keys could be moved about unseen
    log.path.write_bytes(text)
    log.append(what="search", actor="cl:caro")
    lines = log.path.read_bytes().splitlines(keepends=True)
    last = orjson.loads(lines[3])
    moved = {k: last[k] for k in (*sorted(last.keys() - {"hash"}, reverse=True), "hash")}
    log.path.write_bytes(b"".join([*lines[:3], orjson.dumps(moved) + b"\n"]))
    assert log.verify() == Broken(4, "hash")


def test_a_damaged_last_line_stops_the_log(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 3)
    with log.path.open("ab") as file:
        file.write(b'{"n": 4, "ha\n')
    with pytest.raises(AccessDenied):
        log.append(what="search")


def test_what_a_killed_writer_left_of_a_line_is_dropped_and_told(tmp_path: Path) -> None:
    for whole in (0, 3):
        log = filled(tmp_path / "log.jsonl", whole)
        with log.path.open("ab") as file:
            file.write(b'{"actor":"ar:ana","what":"sea')
        assert log.verify() is not None
        assert log.head().number == whole
        log.append(what="search")
        assert [x["what"] for x in log.lines()][whole:] == ["unfinished line dropped", "search"]
        assert list(log.lines())[whole]["bytes"] == 29
        assert log.verify() is None


def test_a_long_last_line_is_found(tmp_path: Path) -> None:
    log = Log(tmp_path / "log.jsonl")
    for n in range(3):
        log.append(what="records", records=[f"r{k:032x}" for k in range(3_000 * (n + 1))])
    assert log.verify(log.head()) is None and log.head().number == 3
    assert log.head().size == log.path.stat().st_size


# --- no answer without a line -----------------------------------------------------------------------------------------


def world(folder: Path) -> tuple[Store, str]:
    store = casework.found(SQLiteStore(folder / "x.db"))
    record = casework.record(store, "AR-MPF", "a", "p", name="Ana Paz")
    casework.deliver(store, casework.ANA, "a", [record])
    return store, record.id


def refused(store: Store, record: str) -> None:
    """No read gives anything, and none says more than that."""
    view = store.view(casework.ANA)
    reads: tuple[Callable[[], object], ...] = (
        lambda: view.search("ana"),
        lambda: view.search("nobody"),
        lambda: view.entity(record),
        lambda: view.records([record]),
        lambda: view.neighbourhood([record]),
        lambda: view.link_counts(record),
        lambda: view.paths(record, record),
        lambda: view.arrays(),
        lambda: view.membership(),
        lambda: view.proposals(),
        lambda: view.flags(),
        lambda: view.hits(),
    )
    for read in reads:
        with pytest.raises(AccessDenied) as caught:
            read()
        assert caught.value.key == "error.audit_failed"


def test_no_answer_without_a_line(tmp_path: Path) -> None:
    store, record = world(tmp_path)
    assert store.view(casework.ANA).search("ana").total == 1
    store.audit.looks.path.unlink()
    store.audit.looks.path.mkdir()  # nothing can be written there any more
    refused(store, record)


def test_no_answer_from_a_full_disk(tmp_path: Path) -> None:
    store, record = world(tmp_path)
    store.audit.looks.path.unlink(missing_ok=True)
    store.audit.looks.path.symlink_to("/dev/full")  # every write to it says that there is no space left
    refused(store, record)


def test_half_a_line_that_found_no_more_space_is_taken_back(tmp_path: Path) -> None:
    store, record = world(tmp_path)
    path = store.audit.looks.path
    filled(path, 3_000)
    before = path.read_bytes()
    assert len(before) > (tmp_path / "x.db").stat().st_size  # the log is what the limit below is for
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limit[1]))
        refused(store, record)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert path.read_bytes() == before
    assert store.view(casework.ANA).search("ana").total == 1  # there is space again
    assert store.audit.looks.verify() is None


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of its own for a person without privileges, as whom the test runs on: root may write anything."""
    folder = Path(tempfile.mkdtemp(prefix="vinculo-audit-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    shutil.rmtree(folder)


def test_no_answer_where_the_log_may_only_be_read(unprivileged: Path) -> None:
    store, record = world(unprivileged)
    assert store.view(casework.ANA).search("ana").total == 1
    store.audit.looks.path.chmod(0o400)
    refused(store, record)
    store.audit.looks.path.unlink()
    store.audit.folder.chmod(0o500)
    refused(store, record)
    store.audit.folder.chmod(0o700)


def test_a_change_that_cannot_be_written_down_is_not_made(tmp_path: Path) -> None:
    store, _ = world(tmp_path)
    store.audit.changes.path.unlink()
    store.audit.changes.path.symlink_to("/dev/full")
    before = (store.version(), store.datasets())
    with pytest.raises(AccessDenied):
        withdraw(store, casework.ANA, "a")
    assert (store.version(), store.datasets()) == before


def test_a_look_says_who_what_and_why_and_never_the_content(tmp_path: Path) -> None:
    store, record = world(tmp_path)
    store.view(Actor("ar:ana", "AR-MPF", frozenset({"analyst"})), "causa 123").search("ana paz")
    line = list(store.audit.looks.lines())[-1]
    assert (line["actor"], line["agency"], line["what"], line["ground"]) == ("ar:ana", "AR-MPF", "search", "causa 123")
    assert line["records"] == [record] and line["results"] == 1
    assert "paz" not in store.audit.looks.path.read_text().lower()
