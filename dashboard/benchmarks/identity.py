"""``bench identity``: who is the same, against the truth of a generated corpus and beside other tools, in one run."""

from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dashboard.benchmarks.figures import Figures, benchmark
from dashboard.commands.common import help_text

if TYPE_CHECKING:
    from analytics.identity.match import Scored
    from analytics.identity.model import Model
    from dashboard.benchmarks.corpus import Told
    from graph.identity import Pair
    from graph.statement import Record

SEED, TRAINING_SEED = 77_001, 31
LARGE = 100_000  # records from which the model is sized for them and they stay in a file
CUTS = (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)  # at which the opponents' pairs are grouped: the best counts for them


@benchmark("identity")
@click.option("--size", default=50_000, show_default=True, type=click.IntRange(300), help=help_text("option.records"))
@click.option("--seed", default=SEED, show_default=True, help=help_text("option.seed"))
@click.option("--train", default=0, type=click.IntRange(0), help=help_text("option.bench_train"))
@click.option("--opponents/--no-opponents", default=True, show_default=True, help=help_text("option.opponents"))
@click.option("--new", default=0, type=click.IntRange(0), help=help_text("option.bench_new"))
@click.option(
    "--corpus",
    "at",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=help_text("option.corpus"),
)
@click.option("--threads", default=1, show_default=True, type=click.IntRange(1), help=help_text("option.threads"))
def identity(
    folder: Path, size: int, seed: int, train: int, opponents: bool, new: int, at: Path | None, threads: int
) -> Figures:
    """The shipped model (or, with ``--train``, one fitted in this run to that many records of the other name stock and
    seed) on ``size`` generated records, and splink and nomenklatura on the people among them."""
    from analytics.identity.model import shipped
    from dashboard.benchmarks import linkage
    from dashboard.benchmarks.corpus import made_apart, make, saved

    rivals = linkage.OPPONENTS if size <= LARGE else linkage.OPPONENTS[:1]  # the other would take hours
    for name in rivals if opponents else ():
        linkage.installed(name)
    told: dict[str, Any] = {}
    model = shipped()
    if train:
        model, told["training"] = _trained(train)
    model = model.sized(size) if size > LARGE else model
    if at:
        corpus: Told = saved(at)
    else:
        corpus = made_apart(folder, size, seed, "test") if size > LARGE else make(size, seed, "test")
    told["vinculo"] = ours(corpus, model)
    told["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    told |= {"corpus": {"records": told["vinculo"].pop("records"), "placed": len(corpus.who)}}
    if new:
        told["new_records"] = newcomers(corpus, model, new)
    if opponents:
        people, beside = only_people(corpus), folder / "people"
        beside.mkdir()
        told["vinculo_people"] = ours(people, model)
        people.save(beside)
        linkage.write_flat(beside / "flat.parquet", people.chunks())
        for name in rivals:
            told[name] = opponent(beside, name, people, threads)
        told["margin"] = {
            name: round(told["vinculo_people"]["grouped"]["f1"] - told[name]["best_f1"], 4) for name in rivals
        }
    told["gates"] = _gates(told, size)
    return told


def newcomers(corpus: Told, model: Model, count: int) -> dict[str, Any]:
    """``count`` records of the corpus matched against the rest, which stand: what that costs, and whether it gives the
    pairs that a full run gives of them."""
    from analytics.identity.match import match
    from analytics.identity.standing import Standing

    standing, clock = Standing(model), _Clock()
    new: list[Record] = []
    records: dict[str, Record] = {}
    with clock("stand"):
        for chunk in corpus.chunks():
            chosen = [r for r in chunk if len(new) < count and r.id[-1] == "7"]
            new += chosen[: count - len(new)]
            left = {r.id for r in new}
            rest = [r for r in chunk if r.id not in left]
            records.update((r.id, r) for r in rest)
            standing.add(rest)
    began = time.perf_counter()
    found = standing.match(new, lambda ids: [records[id] for id in ids])
    seconds = round(time.perf_counter() - began, 2)
    every = match([[*new, *records.values()]], model).pairs
    names = {r.id for r in new}
    same = found == [p for p in every if p.left in names or p.right in names]
    cpu = clock.told()["cpu_by_step"]["stand"]
    told = {"records": len(new), "against": len(records), "seconds": seconds, "pairs": len(found)}
    return {**told, "as_a_full_run": same, "standing_cpu_seconds": cpu}


def ours(corpus: Told, model: Model) -> dict[str, Any]:
    """Every step on a corpus: what it cost, and how good what came out is."""
    from analytics.identity import measured
    from analytics.identity.clusters import groups
    from analytics.identity.match import compare, pairs_of
    from graph.collecting import rare_collections

    clock = _Clock()
    with rare_collections():  # as resolve does
        with clock("pairs"):
            scored = compare(corpus.chunks(), model, min(model.person.proposed, model.firm.proposed))
        with clock("reasons"):
            pairs = pairs_of(scored, model, {})
        with clock("groups"):
            made = groups(pairs, cut=model.cut)
    judged = measured.of_scored(scored, corpus.who)
    return {
        **clock.told(),
        "records": len(scored.table),
        "model": model.version,
        "candidates": _candidates(scored, judged.true, int(judged.same.sum())),
        "pairs": measured.at(judged, model.person.proposed),
        "pairs_best": measured.best(judged),
        "grouped": measured.grouped(corpus.who, [g.records for g in made], model.cut),
        "bands": measured.bands(judged),
        "automatic": _automatic(pairs, corpus),
        "automatic_by_score": _automatic(
            pairs_of(scored, model, dict.fromkeys(set(scored.table.owner), ("score",))), corpus
        ),
        "lookalikes": _lookalikes(pairs, corpus),
    }


def opponent(folder: Path, name: str, people: Told, threads: int, setup: str = "people") -> dict[str, Any]:
    """Another tool on the same people: its best figures over pairs and after grouping, by connected components and by
    our average linkage, each at the cut that is best for it."""
    import numpy as np

    from analytics.identity import measured
    from analytics.identity.clusters import groups
    from dashboard.benchmarks import linkage

    cost, frame = linkage.run(name, folder, setup, threads)
    ids = sorted(r.id for chunk in people.chunks() for r in chunk)
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


def only_people(corpus: Told) -> Told:
    """The people of a corpus."""
    from graph.model import descends

    people = corpus.only(lambda record: descends(record.schema, "Person"))
    kept = {r.id for chunk in people.chunks() for r in chunk}
    return replace(
        people,
        who={r: who for r, who in corpus.who.items() if r in kept},
        lookalikes={pair: kind for pair, kind in corpus.lookalikes.items() if kept.issuperset(pair)},
    )


def _candidates(scored: Scored, true: int, held: int) -> dict[str, Any]:
    counts = scored.counts
    return {
        "pairs": counts["candidates"],
        "per_record": round(counts["candidates"] / max(counts["records"], 1), 2),
        "recall": round(held / true, 4) if true else None,
        "dropped": {k.removeprefix("capped_"): n for k, n in counts.items() if k.startswith("capped_")},
    }


def _automatic(pairs: list[Pair], corpus: Told) -> dict[str, Any]:
    from analytics.identity import measured

    merged = [(p.left, p.right) for p in pairs if p.state == "automatic"]
    known = [(a, b) for a, b in merged if a in corpus.who and b in corpus.who]
    right = sum(corpus.who[a] == corpus.who[b] for a, b in known)
    told = measured.figures(len(known), right, measured.true_pairs(corpus.who.values()))
    return {**told, "lookalikes": sum(pair in corpus.lookalikes for pair in merged)}


def _lookalikes(pairs: list[Pair], corpus: Told) -> dict[str, Any]:
    proposed = Counter(corpus.lookalikes[p.left, p.right] for p in pairs if (p.left, p.right) in corpus.lookalikes)
    return {"pairs": dict(Counter(corpus.lookalikes.values())), "proposed": dict(proposed)}


def _gates(told: dict[str, Any], size: int) -> dict[str, bool]:
    """What must hold (docs/identity.md), as far as this run can say."""
    mine = told["vinculo"]
    large = size > LARGE
    gates = {
        "automatic_precision": (mine["automatic"]["precision"] or 0) >= 0.99,
        "automatic_by_score_precision": (mine["automatic_by_score"]["precision"] or 0) >= 0.99,
        "no_lookalike_merged": not mine["automatic"]["lookalikes"] + mine["automatic_by_score"]["lookalikes"],
        "grouped_f1": (mine["grouped"]["f1"] or 0) >= (0.90 if large else 0.95),
        "candidate_recall": (mine["candidates"]["recall"] or 0) >= (0.92 if large else 0.95),
        "candidates_per_record": mine["candidates"]["per_record"] <= 30,
        "calibrated": _calibrated(mine["bands"]),
        "memory": told["peak_mb"] <= 3072,
    }
    if "new_records" in told:
        gates["new_records"] = told["new_records"]["as_a_full_run"] and told["new_records"]["seconds"] <= 3
    if "margin" in told:
        gates["margin"] = min(told["margin"].values()) >= 0.10
        taken = told["vinculo_people"]["cpu_seconds"] + told.get("training", {}).get("cpu_seconds", 0.0)
        gates["twice_splinks_time"] = taken <= 2 * told["splink"]["cpu_seconds"]
    return gates


def _calibrated(bands: list[dict[str, Any]]) -> bool:
    """Whether of the pairs in each band of scores as many are true as the band says, give or take two in a hundred
    (0.88 to 0.97 from 0.9 to 0.95); bands of fewer than a hundred pairs say nothing."""
    return all(b["from"] - 0.02 <= b["right"] <= b["to"] + 0.02 for b in bands if b["pairs"] >= 100)


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
