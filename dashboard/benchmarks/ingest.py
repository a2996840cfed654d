"""``bench ingest``: where the time of a load goes, and what the store costs beside the bare rows it writes.

A scenario is delivered package by package, as a steward would; then the rows that the store holds are written once
more, bare (``graph/store/bare.py``), in the same run, so that the ratio of both holds on a busy machine too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.benchmarks.figures import Figures, benchmark
from dashboard.commands.common import help_text

if TYPE_CHECKING:
    from graph.store.bare import Written
    from graph.store.base import Store
    from ingest.stages import Stages

SEED = 1


@benchmark("ingest")
@click.option(
    "--size", default=200_000, show_default=True, type=click.IntRange(150), help=help_text("option.bench_records")
)
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(1, 64), help=help_text("option.jobs"))
@click.option("--neo4j", default="", metavar="URL", help=help_text("option.bench_neo4j"))
@click.option("--scenario", type=click.Path(exists=True, file_okay=False), help=help_text("option.bench_scenario"))
def ingest(folder: Path, size: int, jobs: int, neo4j: str, scenario: str | None) -> Figures:
    """Loads into a new SQLite store and, where a server is named, into that (empty) Neo4j."""
    from graph.store.bare import bare_sqlite

    made, generated = _scenario(folder, size, scenario)
    url, fresh = f"sqlite:///{folder / 'store' / 'bench.db'}", folder / "bare" / "bench.db"
    figures = {"sqlite": _measure(url, folder, made, jobs, lambda store: bare_sqlite(store.path, fresh))}  # type: ignore[attr-defined]
    if neo4j:
        figures["neo4j"] = _neo4j(neo4j, folder, made, jobs)
    return {**generated, **figures}


def _scenario(folder: Path, size: int, given: str | None) -> tuple[Path, dict[str, Any]]:
    """The scenario to load, and how fast it was made (records a second of this process's time)."""
    import time

    from ingest.scenario import generate

    if given:
        return Path(given), {}
    began = time.process_time()
    generate(folder / "scenario", size=size, seed=SEED)
    return folder / "scenario", {"scenario_records_per_cpu_s": round(size / (time.process_time() - began))}


def _neo4j(url: str, folder: Path, made: Path, jobs: int) -> Figures:
    from graph.errors import InputError
    from graph.store import open_store
    from graph.store.bare import MADE_BY, bare_neo4j, empty_neo4j

    store = open_store(url)
    if store.meta("made_by") != MADE_BY and (store.meta("made_by") or store.datasets() or store.agencies()):
        raise InputError("cli.bench.not_empty", file=url)
    store.set_meta("made_by", MADE_BY)
    empty_neo4j(store)  # type: ignore[arg-type]
    try:
        return _measure(url, folder, made, jobs, bare_neo4j)  # type: ignore[arg-type]
    finally:
        empty_neo4j(store)  # type: ignore[arg-type]
        store.close()


def _measure(url: str, folder: Path, made: Path, jobs: int, bare: Callable[[Store], Written]) -> Figures:
    """Load all packages of the scenario, then write the rows bare."""
    import time

    from dashboard.commands.demonstrate import owner_of, stewards
    from graph.audit import Audit
    from graph.federation import load
    from graph.store import open_store
    from ingest.load import deliver
    from ingest.memory import forget_peak, peak_memory
    from ingest.several import Task, deliver_several
    from ingest.stages import Stages

    store, stages, counts = open_store(url), Stages(), Counter[str]()
    store.audit = Audit(folder / "audit")  # whatever the settings say
    store.save_federation(*load(made / "federation.yaml"))
    by_agency = stewards(store)
    tasks = [Task(c.parent, by_agency[owner_of(c.parent)]) for c in sorted(made.glob("*/case.yaml"))]
    forget_peak()
    began, peaks = time.perf_counter(), Counter[int]()
    if jobs == 1:
        for task in tasks:
            report = deliver(store, task.path, task.actor, stages=stages)
            counts.update(rows=report.rows_read, records=report.records, statements=report.statements)
    else:
        for done in deliver_several(url, tasks, jobs, audit=folder / "audit"):
            counts.update(rows=done.report.rows_read, records=done.report.records, statements=done.report.statements)
            stages.add(done.wall, done.cpu)
            peaks[done.process] = max(peaks[done.process], done.peak)
    wall, peak = time.perf_counter() - began, peak_memory() + sum(peaks.values())
    written = bare(store)
    store.close()
    return {**counts, "jobs": jobs, "peak_memory_mb": peak, **_told(stages, counts, wall, written)}


def _told(stages: Stages, counts: Counter[str], wall: float, bare: Written) -> Figures:
    """The figures. Of several processes the stages' seconds are sums, with what one waited for another's writing."""
    whole, cpu = sum(stages.wall.values()), sum(stages.cpu.values())
    table = {
        stage: {
            "seconds": round(seconds, 2),
            "cpu_seconds": round(stages.cpu[stage], 2),
            "share": round(seconds / whole, 3),
            "rows_per_s": round(counts["rows"] / seconds) if seconds else 0,
            "statements_per_s": round(counts["statements"] / seconds) if seconds else 0,
        }
        for stage, seconds in stages.wall.items()
    }
    return {
        "seconds": round(wall, 2),
        "cpu_seconds": round(cpu, 2),
        "statements_per_s": round(counts["statements"] / wall),
        "statements_per_cpu_s": round(counts["statements"] / cpu),
        "stages": table,
        "stored_rows": bare.rows,
        "bare_seconds": round(bare.wall, 2),
        "bare_cpu_seconds": round(bare.cpu, 2),
        # the store's rows a second as a share of the bare ones'
        "store_to_bare": round(bare.wall / stages.wall["store"], 3),
        "store_to_bare_cpu": round(bare.cpu / stages.cpu["store"], 3),
    }
