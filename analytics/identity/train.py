"""Fit the model file: ``python -m analytics.identity.train --records R.parquet --truth T.parquet --out model.json``.

Records come as a table of statements (columns of :data:`COLUMNS`), truth as a table record → entity, both made by the
caller: this package reads no case package. Trees are fitted with the direction of each feature fixed (a better
agreement never lowers a score), the prior is the share of true pairs among the candidates, and the cut for automatic
merging is where the precision of predictions on records not trained on is above 0.99 with 95 % confidence.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np
import orjson
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # comes with scikit-learn

from analytics.identity import candidates, relatives
from analytics.identity.features import FIRM_FEATURES, PERSON_FEATURES, Arrays, compute
from analytics.identity.model import FORMAT, Model, Scorer, version
from analytics.identity.names.fold import data
from analytics.identity.names.phonetics import key
from analytics.identity.reading import FIRM, PERSON, PORTUGUESE_SPEAKING, read
from analytics.identity.table import Table, build, name_roots
from analytics.identity.trees import Trees
from graph.statement import Record, Statement

COLUMNS = ("record", "schema", "owner", "country", "dataset", "prop", "value", "original", "form", "check", "derived")
BLOCK_RECORDS = 40  # a key is over-common where this many records of the training set would be expected under it
PROPOSED = 0.2  # least score of a proposal: below it fewer than two in five were true on records not trained on
_COUNTRY_LEAST = 25  # records with a word before a country's own share is kept
_KNOWN_LEAST = 2e-4  # share from which a word is a name for sure

# +1: a greater value never lowers the score; −1: never raises it; 0: free.
DIRECTION = {
    "surname_quality": 1, "surname_cover": 1, "surname_main": 1, "surname_order": 1, "surname_conflict": -1,
    "given_quality": 1, "given_cover": 1, "given_first": 1, "given_conflict": -1, "crossed": -1, "generation": 1,
    "met": 1,
    "missed": -1, "letters": 1, "nickname": 1, "birth": 1, "document": 1, "documents": 1, "document_near": 1,
    "document_conflict": -1, "sex": 1, "nation": 1, "cover": 1, "quality": 1, "first": 1, "conflict": -1, "form": 1,
}  # fmt: skip


def read_records(path: Path, chunk: int = 5000) -> Iterator[list[Record]]:
    """Records from a table of statements, in chunks."""
    frame = pd.read_parquet(path).fillna("")
    batch: list[Record] = []
    for name, rows in frame.groupby("record", sort=True):
        head = rows.iloc[0]
        columns = (
            rows[name].astype(str).tolist() for name in ("prop", "value", "original", "form", "check", "derived")
        )
        statements = tuple(
            Statement(prop, value, original, form=form, check=check, derived=derived)
            for prop, value, original, form, check, derived in zip(*columns, strict=True)
        )
        batch.append(Record(str(name), head.schema, head.owner, head.country, head.dataset, 1, "identity", statements))
        if len(batch) == chunk:
            yield batch
            batch = []
    if batch:
        yield batch


def frequencies(table: Table) -> dict[str, Any]:
    """Shares of records by phonetic key, over all and per country where a word is common enough there."""
    total = len(table)
    per_country = Counter(table.country)
    everywhere: Counter[str] = Counter()
    inside: dict[str, Counter[str]] = {}
    spelled: Counter[str] = Counter()
    starts = table.names.starts
    for record in range(total):
        sounds: set[str] = set()
        for parsed in table.parsed[starts[record] : starts[record + 1]]:
            for word in parsed.normal.split():
                sounds.add(key(word))
                spelled[word] += 1
            sounds.update(name_roots(parsed))
        everywhere.update(sounds)
        inside.setdefault(table.country[record], Counter()).update(sounds)
    published = public_shares()
    here = {sound: n / total for sound, n in everywhere.items() if n > 1}
    common = {sound: max(share.values()) for sound, share in published.items()}
    countries = {}
    for country, counts in sorted(inside.items()):
        own = {s: n / per_country[country] for s, n in counts.items() if n >= _COUNTRY_LEAST}
        listed = {s: share[language_of(country)] for s, share in published.items() if language_of(country) in share}
        countries[country] = {s: _round(max(own.get(s, 0), listed.get(s, 0))) for s in sorted({*own, *listed})}
    return {
        "shares": {s: _round(max(here.get(s, 0), common.get(s, 0))) for s in sorted({*here, *common})},
        "countries": countries,
        "floor": _round(1 / total),
        "known": sorted(word for word, n in spelled.items() if n >= max(3, _KNOWN_LEAST * total)),
    }


def public_shares() -> dict[str, dict[str, float]]:
    """Phonetic key → {language: share of people}, from the table of the most common names."""
    found: dict[str, dict[str, float]] = {}
    for language in ("es", "pt"):
        for word, percent in data("frequencies")[language].items():
            share = found.setdefault(key(word), {})
            share[language] = share.get(language, 0.0) + percent / 100
    return found


def language_of(country: str) -> str:
    """The language whose name frequencies hold in a country."""
    return "pt" if country in PORTUGUESE_SPEAKING else "es"


def _round(share: float) -> float:
    return float(f"{share:.4g}")


def provisional(words: Mapping[str, Any], caps: Mapping[str, float], common: frozenset[tuple[str, str]]) -> Model:
    """A model without trees, to make candidates and features for training."""
    nothing = Trees.load(
        {"base": 0.0, **{f: [] for f in ("start", "feature", "cut", "left", "right", "missing", "value")}}
    )
    scorer = Scorer((), nothing, 1.0, 1.0)
    known = frozenset(words["known"])
    return Model(
        "provisional", scorer, scorer, words["shares"], words["countries"], words["floor"], caps, common, known
    )


def over_common(table: Table, model: Model, records: int) -> frozenset[tuple[str, str]]:
    """Keys that more of the training records have than a key may, although their words' shares do not say so: a number
    written to fill the field, a birth date that stands for "unknown", a firm's name that everybody has."""
    most = max(BLOCK_RECORDS, round(2 * BLOCK_RECORDS * records / 50_000))
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
    made = list(relatives.make(given, [read(record, Counter()) for record in given]))
    table = build([given, made], words["known"])
    cap = BLOCK_RECORDS / max(len(given), sized_for)
    caps = {"words": cap, "year": cap, "three": cap, "birth": cap, "word": cap}
    common = over_common(table, provisional(words, caps, frozenset()), len(given))
    model = provisional(words, caps, common)
    found = candidates.find(table, model)
    arrays = Arrays(table, model)
    who = np.array([truth.get(record, f"?{record}") for record in table.ids], dtype=object)
    body: dict[str, Any] = {
        "format": FORMAT, "caps": caps, "words": words,
        "common": {kind: sorted(key for k, key in common if k == kind) for kind in sorted({k for k, _ in common})},
        "note": {**(note or {}), "records": len(given), "relatives": len(made), "candidates": len(found.left)},
    }  # fmt: skip
    # one thread: sums of floats depend on how many share the work, and the same records have to give the same file
    with threadpool_limits(limits=1, user_api="openmp"):
        _fit_families(body, table, found, arrays, who, former)
    body["version"] = version(body)
    return body


def _fit_families(
    body: dict[str, Any],
    table: Table,
    found: candidates.Candidates,
    arrays: Arrays,
    who: NDArray[np.object_],
    former: Mapping[str, Any] | None,
) -> None:
    """Put the fitted parts of persons and of organisations into the body."""
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
            body[name], body["note"][name] = fit_family(evidence.rows, same, who[left], features)


def learner(features: tuple[str, ...], trees: int = 180) -> HistGradientBoostingClassifier:
    """The learner: shallow trees, directions fixed, no early stopping (which would draw a random sample)."""
    return HistGradientBoostingClassifier(
        max_iter=trees, learning_rate=0.09, max_leaf_nodes=12, min_samples_leaf=30, l2_regularization=2.0, max_bins=128,
        monotonic_cst=[DIRECTION.get(name, 0) for name in features], early_stopping=False, random_state=7,
    )  # fmt: skip


LEAST = 40  # fewer true, or fewer false, pairs of a family than this teach nothing: its former part is kept


def fit_family(
    rows: NDArray[np.float32], same: NDArray[np.int8], group: NDArray[np.object_], features: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, float]]:
    """Trees and cuts from the features of labelled pairs, and how good they are on pairs not trained on."""
    rows = np.where(
        np.isnan(rows).all(axis=0), np.float32(0), rows
    )  # a feature nobody has cannot be binned, nor be split on
    total = len(rows)
    kept, weight = worth_learning(rows, same, features)
    rows, same, group = rows[kept], same[kept], group[kept]
    held = np.zeros(len(rows))
    for inside, outside in GroupKFold(2).split(rows, same, group):
        fold = learner(features).fit(rows[inside], same[inside], weight[inside])
        held[outside] = fold.predict_proba(rows[outside])[:, 1]
    final = learner(features).fit(rows, same, weight)
    automatic, (cut, quality) = precise_cut(held, same), best_cut(held, same)
    trees = export(final)
    note = {
        "pairs": total,
        "true": int(same.sum()),
        "f1": round(quality, 4),
        "f1_cut": round(cut, 4),
        "automatic": round(automatic, 4),
    }
    return {
        "features": list(features),
        "trees": trees.dump(),
        "automatic": automatic,
        "proposed": PROPOSED,
    }, note


def worth_learning(
    rows: NDArray[np.float32], same: NDArray[np.int8], features: tuple[str, ...]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(pairs to learn from, their weights): of the pairs that a first, rough model is sure are different one in ten
    stands for all, since nine in ten candidates are such."""
    every = np.arange(len(rows), dtype=np.int64)
    if len(rows) < 50_000:
        return every, np.ones(len(rows))
    rough = learner(features, 60).fit(rows[::6], same[::6]).predict_proba(rows)[:, 1]
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


@click.command()
@click.option("--records", type=click.Path(exists=True, path_type=Path), required=True, help="Parquet of statements")
@click.option("--truth", type=click.Path(exists=True, path_type=Path), required=True, help="Parquet of record, entity")
@click.option("--former", type=click.Path(exists=True, path_type=Path), help="Model file to keep parts of")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Model file to write")
def main(records: Path, truth: Path, former: Path | None, out: Path) -> None:
    """Fit the identity model to labelled records and write its JSON file. Persons, or organisations, of whom there
    are too few labelled pairs keep their part of the former file."""
    labels = pd.read_parquet(truth)
    kept = orjson.loads(former.read_bytes()) if former else None
    body = fit(read_records(records), dict(zip(labels["record"], labels["entity"], strict=True)), kept)
    out.write_bytes(orjson.dumps(body, option=orjson.OPT_SORT_KEYS))
    click.echo(f"{body['version']} {orjson.dumps(body['note']).decode()}")


if __name__ == "__main__":
    sys.exit(main())
