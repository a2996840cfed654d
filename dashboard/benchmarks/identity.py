"""``bench identity``: who is the same, against the truth of a generated corpus and beside other tools, in one run."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.benchmarks.figures import Figures, benchmark
from dashboard.commands.common import help_text

if TYPE_CHECKING:
    from analytics.identity.match import Scored
    from analytics.identity.model import Model
    from dashboard.benchmarks.corpus import Corpus
    from graph.identity import Pair

SEED, TRAINING_SEED = 77_001, 31
CUTS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)  # at which the opponents' pairs are grouped: the best counts for them
CHUNK = 5000


@benchmark("identity")
@click.option("--size", default=50_000, show_default=True, type=click.IntRange(300), help=help_text("option.records"))
@click.option("--seed", default=SEED, show_default=True, help=help_text("option.seed"))
@click.option("--train", default=0, type=click.IntRange(0), help=help_text("option.bench_train"))
@click.option("--opponents/--no-opponents", default=True, show_default=True, help=help_text("option.opponents"))
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1), help=help_text("option.threads"))
def identity(folder: Path, size: int, seed: int, train: int, opponents: bool, threads: int) -> Figures:
    """The shipped model (or, with ``--train``, one fitted in this run to that many records of the other name stock and
    seed) on ``size`` generated records, and splink and nomenklatura on the people among them."""
    from analytics.identity.model import shipped
    from dashboard.benchmarks import linkage
    from dashboard.benchmarks.corpus import make

    for name in linkage.OPPONENTS if opponents else ():
        linkage.installed(name)
    told: dict[str, Any] = {}
    model = shipped()
    if train:
        model, told["training"] = _trained(train)
    corpus = make(size, seed, "test")
    told |= {"corpus": {"records": len(corpus.records), "placed": len(corpus.who)}}
    told["vinculo"] = ours(corpus, model)
    if opponents:
        people = _people(corpus)
        told["vinculo_people"] = ours(people, model)
        _write(folder, people)
        for name in linkage.OPPONENTS:
            told[name] = opponent(folder, name, people, threads)
        told["margin"] = {
            name: round(told["vinculo_people"]["grouped"]["f1"] - told[name]["best_f1"], 4)
            for name in linkage.OPPONENTS
        }
    told["gates"] = _gates(told, size)
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return told


def ours(corpus: Corpus, model: Model) -> dict[str, Any]:
    """Every step on a corpus: what it cost, and how good what came out is."""
    from analytics.identity import measured
    from analytics.identity.clusters import CUT, groups
    from analytics.identity.match import compare, pairs_of

    clock = _Clock()
    chunks = [corpus.records[at : at + CHUNK] for at in range(0, len(corpus.records), CHUNK)]
    with clock("pairs"):
        scored = compare(chunks, model)
    with clock("reasons"):
        pairs = pairs_of(scored, model, {})
    with clock("groups"):
        made = groups(pairs)
    judged = measured.of_scored(scored, corpus.who)
    return {
        **clock.told(),
        "model": model.version,
        "candidates": _candidates(scored, judged.true, int(judged.same.sum())),
        "pairs": measured.at(judged, model.person.proposed),
        "pairs_best": measured.best(judged),
        "grouped": measured.grouped(corpus.who, [g.records for g in made], CUT),
        "bands": measured.bands(judged),
        "automatic": _automatic(pairs, corpus),
        "automatic_by_score": _automatic(
            pairs_of(scored, model, dict.fromkeys((r.owner for r in corpus.records), ("score",))), corpus
        ),
        "lookalikes": _lookalikes(pairs, corpus),
    }


def opponent(folder: Path, name: str, people: Corpus, threads: int, setup: str = "people") -> dict[str, Any]:
    """Another tool on the same people: its best figures over pairs and after grouping, by connected components and by
    our average linkage, each at the cut that is best for it."""
    import numpy as np

    from analytics.identity import measured
    from analytics.identity.clusters import groups
    from dashboard.benchmarks import linkage

    cost, frame = linkage.run(name, folder, setup, threads)
    ids = sorted(r.id for r in people.records)
    number = {id: n for n, id in enumerate(ids)}
    left, right = (np.array([number[r] for r in frame[side]], dtype=np.int64) for side in ("left", "right"))
    score = frame["score"].to_numpy(dtype="float64")
    judged = measured.judged(ids, left, right, score, people.who)
    best: dict[str, dict[str, Any]] = {"pairs": measured.best(judged)}
    for cut in CUTS:
        kept = linkage.as_pairs(frame[frame["score"] >= cut])
        for way, made in (
            ("components", linkage.components(kept)),
            ("linkage", [g.records for g in groups(kept)]),
        ):
            found = measured.grouped(people.who, made, cut)
            if (found["f1"] or 0) > (best.get(way, {}).get("f1") or 0):
                best[way] = found
    return {**cost, **best, "best_f1": max(found["f1"] or 0 for found in best.values())}


def _trained(size: int) -> tuple[Model, dict[str, Any]]:
    """A model fitted in this run to records of another seed, name stock and rates, and what that took."""
    import orjson

    from analytics.identity.model import load
    from analytics.identity.train import fit
    from dashboard.benchmarks.corpus import make

    corpus = make(size, TRAINING_SEED, "train")
    clock = _Clock()
    with clock("fit"):
        body = fit([corpus.records], corpus.who, note={"size": size, "seed": TRAINING_SEED})
    return load(orjson.dumps(body)), {**clock.told(), "records": len(corpus.records), "model": body["version"]}


def _people(corpus: Corpus) -> Corpus:
    """The people of a corpus."""
    from dashboard.benchmarks.corpus import Corpus as Made
    from graph.model import descends

    records = [r for r in corpus.records if descends(r.schema, "Person")]
    kept = {r.id for r in records}
    return Made(
        records,
        {r: who for r, who in corpus.who.items() if r in kept},
        {pair: kind for pair, kind in corpus.lookalikes.items() if kept.issuperset(pair)},
    )


def _write(folder: Path, people: Corpus) -> None:
    from dashboard.benchmarks import linkage

    people.save(folder)
    linkage.flat(people.records).to_parquet(folder / "flat.parquet", index=False)


def _candidates(scored: Scored, true: int, held: int) -> dict[str, Any]:
    counts = scored.counts
    return {
        "pairs": counts["candidates"],
        "per_record": round(counts["candidates"] / max(counts["records"], 1), 2),
        "recall": round(held / true, 4) if true else None,
        "dropped": {k.removeprefix("capped_"): n for k, n in counts.items() if k.startswith("capped_")},
    }


def _automatic(pairs: list[Pair], corpus: Corpus) -> dict[str, Any]:
    from analytics.identity import measured

    merged = [(p.left, p.right) for p in pairs if p.state == "automatic"]
    known = [(a, b) for a, b in merged if a in corpus.who and b in corpus.who]
    right = sum(corpus.who[a] == corpus.who[b] for a, b in known)
    told = measured.figures(len(known), right, measured.true_pairs(corpus.who.values()))
    return {**told, "lookalikes": sum(pair in corpus.lookalikes for pair in merged)}


def _lookalikes(pairs: list[Pair], corpus: Corpus) -> dict[str, Any]:
    proposed = Counter(corpus.lookalikes[p.left, p.right] for p in pairs if (p.left, p.right) in corpus.lookalikes)
    return {"pairs": dict(Counter(corpus.lookalikes.values())), "proposed": dict(proposed)}


def _gates(told: dict[str, Any], size: int) -> dict[str, bool]:
    """What must hold (docs/identity.md), as far as this run can say."""
    mine = told["vinculo"]
    large = size > 100_000
    gates = {
        "automatic_precision": (mine["automatic"]["precision"] or 0) >= 0.99,
        "automatic_by_score_precision": (mine["automatic_by_score"]["precision"] or 0) >= 0.99,
        "no_lookalike_merged": not mine["automatic"]["lookalikes"] + mine["automatic_by_score"]["lookalikes"],
        "grouped_f1": (mine["grouped"]["f1"] or 0) >= (0.90 if large else 0.95),
        "candidate_recall": (mine["candidates"]["recall"] or 0) >= (0.92 if large else 0.95),
        "candidates_per_record": mine["candidates"]["per_record"] <= 30,
    }
    if "margin" in told:
        gates["margin"] = min(told["margin"].values()) >= 0.10
        taken = told["vinculo_people"]["cpu_seconds"] + told.get("training", {}).get("cpu_seconds", 0.0)
        gates["twice_splinks_time"] = taken <= 2 * told["splink"]["cpu_seconds"]
    return gates


class _Clock:
    """Seconds by the clock and of the processor, whole and by part."""

    def __init__(self) -> None:
        self._parts: dict[str, float] = {}
        self._wall = self._cpu = 0.0

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self._parts[part] = round(time.process_time() - cpu, 2)
        self._wall += time.perf_counter() - wall
        self._cpu += time.process_time() - cpu

    def told(self) -> dict[str, Any]:
        return {"seconds": round(self._wall, 2), "cpu_seconds": round(self._cpu, 2), "cpu_by_step": self._parts}
