"""The chained logs: every edit, drop, swap and cut is found; nothing is answered that could not be written down."""

from __future__ import annotations

import random
import time
from pathlib import Path

import casework
import pytest

from graph.access import Actor
from graph.audit import Log
from graph.errors import AccessDenied
from graph.store.sqlite import SQLiteStore


def filled(path: Path, lines: int) -> Log:
    """A log of ``lines`` lines, written without a forced write per line."""
    log = Log(path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("os.fsync", lambda _: None)
        for n in range(lines):
            log.append(actor="ar:ana", what="search", results=n, records=[f"r{n}"])
    return log


def test_any_edit_drop_swap_or_cut_is_found(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 2_000)
    head, whole = log.head(), (tmp_path / "log.jsonl").read_bytes()
    assert log.verify(head) is None
    lines, rng = whole.splitlines(keepends=True), random.Random(4)  # noqa: S311
    for damage in ("edit", "drop", "swap", "cut"):
        for _ in range(25):
            broken, n = list(lines), rng.randrange(len(lines) - 1)
            if damage == "edit":
                text = bytearray(broken[n])
                place = rng.randrange(len(text) - 1)
                text[place] = (text[place] + 1) % 256 or 1
                broken[n] = bytes(text)
            elif damage == "drop":
                del broken[n]
            elif damage == "swap":
                broken[n], broken[n + 1] = broken[n + 1], broken[n]
            else:
                broken = broken[: n + 1]
            (tmp_path / "log.jsonl").write_bytes(b"".join(broken))
            assert log.verify(head) is not None, (damage, n)


def test_a_hundred_thousand_lines_verify_in_seconds(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 2_000)
    began = time.perf_counter()
    assert log.verify() is None
    # 100,000 lines are asked for in 2 s: 2,000 may take 0.04; the bound is wide for a loaded machine
    assert time.perf_counter() - began < 0.4


def test_a_damaged_last_line_stops_the_log(tmp_path: Path) -> None:
    log = filled(tmp_path / "log.jsonl", 3)
    with log.path.open("ab") as file:
        file.write(b'{"n": 4, "ha')
    with pytest.raises(AccessDenied):
        log.append(what="search")


def test_no_answer_without_a_line(tmp_path: Path) -> None:
    store = casework.found(SQLiteStore(tmp_path / "x.db"))
    record = casework.record(store, "AR-MPF", "a", "p", name="Ana Paz")
    casework.deliver(store, casework.ANA, "a", [record])
    view = store.view(casework.ANA)
    assert view.search("ana").total == 1
    store.audit.looks.path.unlink()
    store.audit.looks.path.mkdir()  # nothing can be written there any more
    for read in (
        lambda: view.search("ana"),
        lambda: view.search("nobody"),
        lambda: view.entity(record.id),
        lambda: view.records([record.id]),
        lambda: view.neighbourhood([record.id]),
        lambda: view.link_counts(record.id),
        lambda: view.paths(record.id, record.id),
        lambda: view.arrays(),
        lambda: view.membership(),
        lambda: view.proposals(),
        lambda: view.flags(),
        lambda: view.hits(),
    ):
        with pytest.raises(AccessDenied):
            read()


def test_a_look_says_who_what_and_why_and_never_the_content(tmp_path: Path) -> None:
    store = casework.found(SQLiteStore(tmp_path / "x.db"))
    record = casework.record(store, "AR-MPF", "a", "p", name="Ana Paz")
    casework.deliver(store, casework.ANA, "a", [record])
    store.view(Actor("ar:ana", "AR-MPF", frozenset({"analyst"})), "causa 123").search("ana paz")
    line = list(store.audit.looks.lines())[-1]
    assert (line["actor"], line["agency"], line["what"], line["ground"]) == ("ar:ana", "AR-MPF", "search", "causa 123")
    assert line["records"] == [record.id] and line["results"] == 1
    assert "paz" not in store.audit.looks.path.read_text().lower()
