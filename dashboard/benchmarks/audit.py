"""``bench audit``: what it costs that every look is written down and forced to disk before its answer is given."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path
from typing import Any

import click

from dashboard.benchmarks.figures import Figures, benchmark
from dashboard.commands.common import help_text

LINKS = 10  # a person has so many on average: a neighbourhood of some twenty people
OWNER = "XX-BENCH"


class Unwritten:
    """Stands in for a log and writes nothing."""

    def append(self, **_: Any) -> None:
        """Keep nothing."""


@benchmark("audit")
@click.option("--size", default=2_000, show_default=True, type=click.IntRange(20), help=help_text("option.bench_size"))
@click.option("--queries", default=300, show_default=True, type=click.IntRange(2), help=help_text("option.queries"))
@click.option("--lines", default=100_000, show_default=True, type=click.IntRange(1), help=help_text("option.lines"))
def audit(folder: Path, size: int, queries: int, lines: int) -> Figures:
    """Neighbourhoods with and without the log of looks, by turns in one run, and the check of a log of ``lines``."""
    store, view, ids = _filled(folder, size)
    rng = random.Random(4)  # noqa: S311 (no secret)
    logs = {"with_log": store.audit.looks, "without_log": Unwritten()}
    taken: dict[str, list[float]] = {name: [] for name in logs}
    nodes = 0
    for n, asked in enumerate(rng.choices(ids, k=queries)):
        # by turns, since the first of the two finds colder caches
        for name, log in sorted(logs.items(), reverse=bool(n % 2)):
            store.audit.looks = log
            began = time.perf_counter()
            nodes += len(view.neighbourhood([asked]).nodes)
            taken[name].append(time.perf_counter() - began)
    medians = {name: statistics.median(times) for name, times in taken.items()}
    return {
        "nodes_per_answer": round(nodes / queries / 2, 1),
        **{f"{name}_ms": round(1000 * median, 3) for name, median in medians.items()},
        "ratio": round(medians["with_log"] / medians["without_log"], 3),
        "verify_s": round(_verified(folder, lines), 3),
    }


def _verified(folder: Path, lines: int) -> float:
    """Seconds that the check of a log takes."""
    from graph.audit import Log, chain

    log = Log(folder / "long.jsonl")
    bodies = (
        {"actor": "xx:bench", "agency": OWNER, "what": "search", "ground": "", "results": n, "records": [f"r{n:032x}"]}
        for n in range(lines)
    )
    log.path.write_bytes(b"".join(chain(bodies)))
    began = time.perf_counter()
    if log.verify(log.head()):
        raise RuntimeError("a log that was just written does not verify")
    return time.perf_counter() - began


def _filled(folder: Path, size: int) -> tuple[Any, Any, list[str]]:
    """A store of ``size`` people with some links each, a view of all of it, and their ids."""
    from graph.access import READING_ROLES, Actor, Agency
    from graph.audit import Audit
    from graph.delivery import Manifest
    from graph.statement import Delivered, Statement
    from graph.store import open_store

    store = open_store(f"sqlite:///{folder / 'bench.db'}")
    store.audit = Audit(folder / "audit")  # whatever the settings say: these looks are nobody's
    actor = Actor("xx:bench", OWNER, READING_ROLES)
    store.save_federation([Agency(OWNER, OWNER, "XX")], [actor], [])
    rng = random.Random(4)  # noqa: S311 (no secret)
    ids = [store.ids.record(OWNER, "bench", f"p{n}") for n in range(size)]
    records = [Delivered(i, "Person", [Statement("name", f"Persona {n}")]) for n, i in enumerate(ids)]
    for n in range(size * LINKS // 2):
        ends = zip(("person", "associate"), rng.sample(ids, 2), strict=True)
        link = store.ids.record(OWNER, "bench", f"l{n}")
        records.append(Delivered(link, "Associate", [Statement(prop, end) for prop, end in ends]))
    with store.deliver(actor, Manifest(OWNER, "bench", 1)) as delivery:
        delivery.add(records)
        delivery.publish()
    return store, store.view(actor), ids
