"""Fit the model file: ``python -m analytics.identity.train --records R.parquet --truth T.parquet --out model.json``.

Records come as a table of statements (columns of :data:`COLUMNS`), truth as a table record → entity, both made by the
caller: this package reads no case package. Trees are fitted with the direction of each feature fixed (a better
agreement never lowers a score), the prior is the share of true pairs among the candidates, and the cut for automatic
merging is where the precision of predictions on records not trained on is above 0.99 with 95 % confidence.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray
from pyarrow.parquet import ParquetFile  # type: ignore[import-untyped]
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from analytics.identity import candidates, relatives
from analytics.identity.clusters import CUT, groups
from analytics.identity.features import FIRM_FEATURES, PERSON_FEATURES, Arrays, compute
from analytics.identity.frequencies import frequencies, hidden
from analytics.identity.measured import grouped
from analytics.identity.model import FORMAT, Model, Scorer, version
from analytics.identity.reading import FIRM, PERSON, read
from analytics.identity.table import Table, build
from analytics.identity.trees import Trees
from graph.identity import Pair
from graph.statement import Record, Statement

COLUMNS = ("record", "schema", "owner", "country", "dataset", "prop", "value", "original", "form", "check", "derived")
# Kind of key → the most records that may be expected under one: the fewer, the less it tells that they share it.
BLOCKS = {
    "words": 8, "three": 30, "nation": 6, "year": 30, "birth": 40, "day": 10, "word": 30, "nickname": 40,
}  # fmt: skip
CUTS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)  # of groups, tried when fitting
RELATIVE = 0.5  # what a pair with a made-up relative counts: there are more of them than of relatives among strangers
PROPOSED = 0.2  # least score of a proposal: below it fewer than two in five were true on records not trained on

# +1: a greater value never lowers the score; −1: never raises it; 0: free.
DIRECTION = {
    "surname_quality": 1, "surname_cover": 1, "surname_main": 1, "surname_order": 1, "surname_conflict": -1,
    "given_quality": 1, "given_cover": 1, "given_first": 1, "given_order": 1, "given_conflict": -1, "crossed": -1,
    "generation": 1, "met": 1, "namesakes": 1, "missed": -1, "letters": 1, "nickname": 1, "birth": 1, "document": 1,
    "documents": 1, "document_near": 1, "document_conflict": -1, "sex": 1, "nation": 1, "cover": 1,
    "quality": 1, "first": 1, "conflict": -1, "form": 1,
}  # fmt: skip


def read_records(path: Path, chunk: int = 5000) -> Iterator[list[Record]]:
    """Records from a table of statements, in chunks. ValueError where a record's statements do not stand together."""
    batch: list[Record] = []
    seen: set[str] = set()
    for (name, schema, owner, country, dataset), rows in groupby(_rows(path), key=lambda row: row[:5]):
        if name in seen:
            raise ValueError(f"statements of record {name} stand apart in {path.name}")
        seen.add(name)
        statements = tuple(
            Statement(prop, value, original, form=form, check=check, derived=derived)
            for _, _, _, _, _, prop, value, original, form, check, derived in rows
        )
        batch.append(Record(name, schema, owner, country, dataset, 1, "identity", statements))
        if len(batch) == chunk:
            yield batch
            batch = []
    if batch:
        yield batch


def _rows(path: Path) -> Iterator[tuple[str, ...]]:
    with ParquetFile(path) as file:
        for part in file.iter_batches(50_000, columns=list(COLUMNS)):
            columns = ([str(v or "") for v in part.column(name).to_pylist()] for name in COLUMNS)
            yield from zip(*columns, strict=True)


def provisional(words: Mapping[str, Any], caps: Mapping[str, float], common: frozenset[tuple[str, str]]) -> Model:
    """A model without trees, to make candidates and features for training."""
    nothing = Trees.load(
        {"base": 0.0, **{f: [] for f in ("start", "feature", "cut", "left", "right", "missing", "value")}}
    )
    scorer = Scorer((), nothing, 1.0, 1.0)
    known = frozenset(words["known"])
    return Model(
        "provisional", scorer, scorer, words["shares"], words["countries"], words["floor"], words["unseen"], 0, caps,
        common, known, 1.0,
    )  # fmt: skip


def over_common(table: Table, model: Model, records: int) -> frozenset[tuple[str, str]]:
    """Keys that more of the training records have than a key may, although their words' shares do not say so: a number
    written to fill the field, a birth date that stands for "unknown", a firm's name that everybody has."""
    block = max(BLOCKS.values())
    most = max(block, round(2 * block * records / 50_000))
    return frozenset((kind, key) for kind, key, n in candidates.key_counts(table, model, most) if kind != "words")


def fit(
    records: Iterable[list[Record]],
    truth: Mapping[str, str],
    former: Mapping[str, Any] | None = None,
    sized_for: int = 50_000,
    note: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The body of a model file fitted to labelled records. ``truth``: record id → who it is. A family of records
    (persons, organisations) with too few labelled pairs keeps its part of the ``former`` body; ValueError where there
    is none."""
    given = [record for chunk in records for record in chunk]
    words = frequencies(build([given]))
    seen = hidden(words)
    made = list(relatives.make(given, [read(record, Counter()) for record in given]))
    table = build([given, made], seen["known"])
    caps = {kind: most / sized_for for kind, most in BLOCKS.items()}
    common = over_common(table, provisional(seen, caps, frozenset()), len(given))
    model = provisional(seen, caps, common)
    found = candidates.find(table, model)
    arrays = Arrays(table, model)
    who = np.array([truth.get(record, f"?{record}") for record in table.ids], dtype=object)
    body: dict[str, Any] = {
        "format": FORMAT, "size": sized_for, "cut": (former or {}).get("cut", CUT), "caps": caps, "words": words,
        "common": {kind: sorted(key for k, key in common if k == kind) for kind in sorted({k for k, _ in common})},
        "note": {**(note or {}), "records": len(given), "relatives": len(made), "candidates": len(found.left)},
    }  # fmt: skip
    # one thread: sums of floats depend on how many share the work, and the same records have to give the same file
    with threadpool_limits(limits=1, user_api="openmp"):
        shift = float(np.log(sized_for / len(given)))
        _fit_families(body, table, found, arrays, who, former, shift)
    body["version"] = version(body)
    return body


def _fit_families(
    body: dict[str, Any],
    table: Table,
    found: candidates.Candidates,
    arrays: Arrays,
    who: NDArray[np.object_],
    former: Mapping[str, Any] | None,
    shift: float,
) -> None:
    """Put the fitted parts of persons and of organisations into the body, and the cut at which groups of the scores of
    pairs not fitted to are best. ``shift``: logarithm of the size to fit for over that of the records at hand."""
    held: list[pd.DataFrame] = []
    made = np.array([record.startswith("~") for record in table.ids], dtype=bool)
    for family, name, features in ((PERSON, "person", PERSON_FEATURES), (FIRM, "firm", FIRM_FEATURES)):
        chosen = table.family[found.left] == family
        left, right = found.left[chosen], found.right[chosen]
        evidence = compute(arrays, family, left, right)
        same = (who[left] == who[right]).astype(np.int8)
        if min(same.sum(), len(same) - same.sum()) < LEAST:
            if former is None:
                raise ValueError(f"{int(same.sum())} true of {len(same)} pairs are too few to fit the model of {name}")
            body[name], body["note"][name] = former[name], former["note"][name]
        else:
            body[name], body["note"][name], scores, kept = fit_family(
                evidence.rows, same, who[left], features, shift, np.where(made[left] | made[right], RELATIVE, 1.0)
            )
            held.append(pd.DataFrame({"left": left[kept], "right": right[kept], "score": scores}))
    if held:
        ids = {id: str(entity) for id, entity in zip(table.ids, who, strict=True) if entity[0] != "?"}
        body["cut"], body["note"]["grouped_f1"] = grouping_cut(pd.concat(held), table.ids, ids)


def grouping_cut(held: pd.DataFrame, ids: Sequence[str], who: Mapping[str, str]) -> tuple[float, float]:
    """(cut, F1 of grouped pairs) that is best for records of known identity, from scores of pairs not fitted to."""
    likely = held[held["score"] >= CUTS[0] / 2]
    rows = likely.itertuples(index=False)
    pairs = [Pair(min(ids[a], ids[b]), max(ids[a], ids[b]), float(s), "proposed") for a, b, s in rows]
    found = [(grouped(who, [g.records for g in groups(pairs, cut=cut)])["f1"] or 0.0, -cut) for cut in CUTS]
    f1, cut = max(found)
    return -cut, f1


def learner(features: tuple[str, ...], trees: int = 350) -> HistGradientBoostingClassifier:
    """The learner: shallow trees, directions fixed, no early stopping (which would draw a random sample)."""
    return HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=0.06, max_leaf_nodes=16, min_samples_leaf=40, l2_regularization=2.0, max_bins=128,
        monotonic_cst=[DIRECTION.get(name, 0) for name in features], early_stopping=False, random_state=7,
    )  # fmt: skip


FEW = 5000
LEAST = 40  # fewer true, or fewer false, pairs of a family than this teach nothing: its former part is kept


def fit_family(
    rows: NDArray[np.float32],
    same: NDArray[np.int8],
    group: NDArray[np.object_],
    features: tuple[str, ...],
    shift: float = 0.0,
    worth: NDArray[np.float64] | None = None,
) -> tuple[dict[str, Any], dict[str, float], NDArray[np.float64], NDArray[np.int64]]:
    """Trees and cuts from the features of labelled pairs, and how good they are on pairs not trained on; the scores of
    these, and which pairs they are. ``shift`` is taken off the trees' log-odds, not off these scores, which are right
    for the size at hand, as the cuts are; ``worth``: weight of each pair."""
    total = len(rows)
    kept, weight = worth_learning(rows, same, features)
    weight = weight if worth is None else weight * worth[kept]
    rows, same, group = rows[kept], same[kept], group[kept]
    held = np.zeros(len(rows))
    leaf = int(np.clip(same.sum() / 40, 8, 40))  # fewer pairs to a leaf where there are few to learn from

    def fitted(chosen: NDArray[np.int64]) -> HistGradientBoostingClassifier:
        start = learner(features).set_params(min_samples_leaf=leaf)
        if same.sum() < FEW:  # much less to learn from: a smoother model
            start.set_params(max_iter=start.max_iter // 2, max_leaf_nodes=8)
        part = rows[chosen]
        part[:, np.isnan(part).all(axis=0)] = 0  # a feature nobody has cannot be binned, nor be split on
        return start.fit(part, same[chosen], weight[chosen])

    for inside, outside in GroupKFold(2).split(rows, same, group):
        fold = fitted(inside)
        held[outside] = fold.predict_proba(rows[outside])[:, 1]
    final = fitted(np.arange(len(rows)))
    automatic, (cut, quality) = precise_cut(held, same), best_cut(held, same)
    trees = export(final)
    trees = replace(trees, base=trees.base - shift)
    note = {
        "pairs": total,
        "true": int(same.sum()),
        "f1": round(quality, 4),
        "f1_cut": round(cut, 4),
        "automatic": round(automatic, 4),
    }
    return (
        {
            "features": list(features),
            "trees": trees.dump(),
            "automatic": automatic,
            "proposed": PROPOSED,
        },
        note,
        held,
        kept,
    )


def worth_learning(
    rows: NDArray[np.float32], same: NDArray[np.int8], features: tuple[str, ...]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(pairs to learn from, their weights): of the pairs that a first, rough model is sure are different one in ten
    stands for all, since nine in ten candidates are such."""
    every = np.arange(len(rows), dtype=np.int64)
    if len(rows) < 50_000:
        return every, np.ones(len(rows))
    few = rows[::6].copy()
    few[:, np.isnan(few).all(axis=0)] = 0
    rough = learner(features, 60).fit(few, same[::6]).predict_proba(rows)[:, 1]
    easy = (same == 0) & (rough < 0.003)
    kept = np.flatnonzero(~easy | (every % 10 == 0))
    return kept, np.where(easy, 10.0, 1.0)[kept]


def precise_cut(score: NDArray[np.float64], same: NDArray[np.int8], precision: float = 0.99) -> float:
    """Least score from which on the precision is at least ``precision`` at the lower end of Wilson's 95 % interval."""
    order = np.argsort(-score, kind="stable")
    right = np.cumsum(same[order])
    n = np.arange(1, len(order) + 1)
    z, p = 1.645, right / n
    low = (p + z * z / (2 * n) - z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)
    good = np.flatnonzero(low >= precision)
    return float(np.round(score[order][good[-1]], 4)) if len(good) else 1.0


def best_cut(score: NDArray[np.float64], same: NDArray[np.int8]) -> tuple[float, float]:
    """(cut, F1) with the best F1 of pairs among the candidates."""
    order = np.argsort(-score, kind="stable")
    right = np.cumsum(same[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + max(int(same.sum()), 1))
    best = int(np.argmax(f1))
    return float(score[order][best]), float(f1[best])


def export(model: HistGradientBoostingClassifier) -> Trees:
    """The fitted trees as plain arrays. scikit-learn keeps them in private structures, read here and nowhere else."""
    start, parts = [], []
    at = 0
    for (predictor,) in model._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        count, value = nodes["count"].astype(float), nodes["value"].astype(float)
        for node in np.flatnonzero(~leaf)[::-1]:  # children come after their parents
            a, b = nodes["left"][node], nodes["right"][node]
            value[node] = (count[a] * value[a] + count[b] * value[b]) / (count[a] + count[b])
        start.append(at)
        parts.append(
            (
                np.where(leaf, 0, nodes["feature_idx"]), np.where(leaf, 0.0, nodes["num_threshold"]),
                np.where(leaf, -1, nodes["left"].astype(int) + at), np.where(leaf, -1, nodes["right"].astype(int) + at),
                nodes["missing_go_to_left"], np.round(value, 6),
            )
        )  # fmt: skip
        at += len(nodes)
    feature, cut, left, right, missing, value = (np.concatenate(column) for column in zip(*parts, strict=True))
    base = float(np.round(np.ravel(model._baseline_prediction)[0], 6))
    # cuts are compared with float32 features: rounded to the neighbouring float32 they separate the same rows
    return Trees(
        base,
        np.array(start),
        feature.astype(np.int16),
        cut.astype(np.float32).astype(np.float64),
        left.astype(np.int32),
        right.astype(np.int32),
        missing.astype(bool),
        value,
    )


_FILE = click.Path(exists=True, path_type=Path)


@click.command()
@click.option("--records", type=_FILE, required=True, multiple=True, help="Parquet of statements; may be repeated")
@click.option("--truth", type=_FILE, required=True, multiple=True, help="Parquet of record, entity; likewise")
@click.option("--former", type=_FILE, help="Model file to keep parts of")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Model file to write")
def main(records: tuple[Path, ...], truth: tuple[Path, ...], former: Path | None, out: Path) -> None:
    """Fit the identity model to labelled records and write its JSON file. Files are of different worlds: nobody of one
    is in another. Persons, or organisations, of whom there
    are too few labelled pairs keep their part of the former file."""
    # what one file calls P1 is not what another does
    labels = pd.concat([pd.read_parquet(path).assign(file=str(n)) for n, path in enumerate(truth)])
    named = labels["file"] + ":" + labels["entity"].astype(str)
    kept = orjson.loads(former.read_bytes()) if former else None
    chunks = (chunk for path in records for chunk in read_records(path))
    body = fit(chunks, dict(zip(labels["record"], named, strict=True)), kept)
    out.write_bytes(orjson.dumps(body, option=orjson.OPT_SORT_KEYS))
    click.echo(f"{body['version']} {orjson.dumps(body['note']).decode()}")


if __name__ == "__main__":
    sys.exit(main())
