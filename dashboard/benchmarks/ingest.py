"""``bench ingest``: where the time of a load goes, and what the store costs beside the bare rows it writes.

A scenario is delivered package by package, as a steward would; then the rows that the store holds are written once
more, bare (``graph/store/bare.py``), in the same run, so that the ratio of both holds on a busy machine too.
"""

from __future__ import annotations

import re
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
STATUS, REFS = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@benchmark("ingest")
@click.option(
    "--size", default=200_000, show_default=True, type=click.IntRange(150), help=help_text("option.bench_records")
)
@click.option("--neo4j", default="", metavar="URL", help=help_text("option.bench_neo4j"))
@click.option("--scenario", type=click.Path(exists=True, file_okay=False), help=help_text("option.bench_scenario"))
def ingest(folder: Path, size: int, neo4j: str, scenario: str | None) -> Figures:
    """Loads into a new SQLite store and, where a server is named, into that (empty) Neo4j."""
    from graph.store.bare import bare_sqlite

    made, generated = _scenario(folder, size, scenario)
    url, fresh = f"sqlite:///{folder / 'store' / 'bench.db'}", folder / "bare" / "bench.db"
    figures = {"sqlite": _measure(url, folder, made, lambda store: bare_sqlite(store.path, fresh))}  # type: ignore[attr-defined]
    if neo4j:
        figures["neo4j"] = _neo4j(neo4j, folder, made)
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


def _neo4j(url: str, folder: Path, made: Path) -> Figures:
    from graph.errors import InputError
    from graph.store import open_store
    from graph.store.bare import MADE_BY, bare_neo4j, empty_neo4j

    store = open_store(url)
    if store.meta("made_by") != MADE_BY and (store.meta("made_by") or store.datasets() or store.agencies()):
        raise InputError("cli.bench.not_empty", file=url)
    store.set_meta("made_by", MADE_BY)
    empty_neo4j(store)  # type: ignore[arg-type]
    try:
        return _measure(url, folder, made, bare_neo4j)  # type: ignore[arg-type]
    finally:
        empty_neo4j(store)  # type: ignore[arg-type]
        store.close()


def _measure(url: str, folder: Path, made: Path, bare: Callable[[Store], Written]) -> Figures:
    """Load all packages of the scenario, then write the rows bare."""
    from dashboard.commands.demonstrate import owner_of, stewards
    from graph.audit import Audit
    from graph.federation import load
    from graph.store import open_store
    from ingest.load import deliver
    from ingest.stages import Stages

    store, stages, counts = open_store(url), Stages(), Counter[str]()
    store.audit = Audit(folder / "audit")  # whatever the settings say
    store.save_federation(*load(made / "federation.yaml"))
    by_agency = stewards(store)
    forget_peak()
    for case in sorted(made.glob("*/case.yaml")):
        report = deliver(store, case.parent, by_agency[owner_of(case.parent)], stages=stages)
        counts.update(rows=report.rows_read, records=report.records, statements=report.statements)
    peak = peak_memory()
    written = bare(store)
    store.close()
    return {**counts, "peak_memory_mb": peak, **_told(stages, counts, written)}


def _told(stages: Stages, counts: Counter[str], bare: Written) -> Figures:
    wall, cpu = sum(stages.wall.values()), sum(stages.cpu.values())
    table = {
        stage: {
            "seconds": round(seconds, 2),
            "cpu_seconds": round(stages.cpu[stage], 2),
            "share": round(seconds / wall, 3),
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


def forget_peak() -> None:
    """Let the kernel count this process's peak memory anew, where it can."""
    try:
        REFS.write_text("5", encoding="ascii")
    except OSError:  # not Linux, or not allowed: the peak is then that of the whole run, which is no less
        return


def peak_memory() -> int:
    """Most memory this process held since, MB."""
    import resource

    if STATUS.exists() and (found := re.search(r"VmHWM:\s*(\d+) kB", STATUS.read_text(encoding="ascii"))):
        return round(int(found[1]) / 1024)
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
