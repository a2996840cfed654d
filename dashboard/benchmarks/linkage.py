"""Records as other tools want them, and those tools as programs of their own."""

from __future__ import annotations

import json
import os
import resource
import subprocess  # noqa: S404 - the opponents' pins contradict ours, so each runs in an environment of its own
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa  # type: ignore[import-untyped]
from pyarrow.parquet import ParquetWriter  # type: ignore[import-untyped]
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from analytics.identity.names.parse import Name
from analytics.identity.names.phonetics import key
from analytics.identity.reading import PERSON, SEXES, read
from graph.errors import SettingsError
from graph.identity import Pair
from graph.statement import Record

FOLDER = Path(__file__).parent / "opponents"
OPPONENTS = ("splink", "nomenklatura")
FLAT = ("unique_id", "given", "surname1", "surname2", "birth", "documents", "sex", "sound_given", "sound1", "sound2")
_FLAT = pa.schema([(name, pa.list_(pa.string()) if name == "documents" else pa.string()) for name in FLAT])


def flat(records: Iterable[Record]) -> pd.DataFrame:
    """People as a table of one row each, for tools that know neither several values nor name parts: our parser's first
    given name and two surnames of the first name, the last birth date, all numbers. More help than those tools would
    have in use, so that what they miss is not a matter of how a name was written down."""
    rows = []
    for record in records:
        row = read(record, Counter())
        if row.family != PERSON:
            continue
        name = next((n for _, _, n in row.names if isinstance(n, Name)), None)
        given = name.given[0] if name and name.given else None
        one, two = (*(name.surnames if name else ()), None, None)[:2]
        birth = next((f"{y:04d}-{m:02d}-{d:02d}" for _, y, m, d in row.births[::-1] if d), None)
        numbers = sorted({value for _, value, *_ in row.documents})
        sounds = (key(word) if word else None for word in (given, one, two))
        rows.append((row.id, given, one, two, birth, numbers, SEXES[row.sex] or None, *sounds))
    return pd.DataFrame(rows, columns=list(FLAT))


def write_flat(path: Path, chunks: Iterable[list[Record]]) -> None:
    """The table of :func:`flat` as a file, written in parts."""
    writer: ParquetWriter | None = None
    for chunk in chunks:
        part = pa.Table.from_pandas(flat(chunk), schema=_FLAT, preserve_index=False)
        writer = writer or ParquetWriter(path, _FLAT)
        writer.write_table(part)
    if writer:
        writer.close()


def environment(name: str) -> Path | None:
    """The interpreter of an opponent's environment, None where ``tools/opponents`` has not made it."""
    cache = os.environ.get("VINCULO_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "vinculo"
    folder = Path(cache).expanduser() / "opponents" / name
    return folder / "bin" / "python" if any(folder.glob(".made-*")) else None


def installed(name: str) -> Path:
    """The interpreter of an opponent's environment; :class:`~graph.errors.SettingsError` where it is not there."""
    python = environment(name)
    if python is None:
        raise SettingsError("bench.opponent_missing", name=name)
    return python


def run(name: str, folder: Path, setup: str, threads: int) -> tuple[dict[str, Any], pd.DataFrame]:
    """Let an opponent work on the tables of ``folder``: (what it cost, its pairs as left, right, score).

    Seconds are its own count, without the start of its program; ``peak_mb`` is the largest of the opponents run so
    far. Raises :class:`~graph.errors.SettingsError` where it is not installed, and RuntimeError where it fails.
    """
    python = installed(name)
    began = time.perf_counter()
    script = FOLDER / f"with_{name}.py"
    done = subprocess.run(  # noqa: S603 - our own script under our own interpreter
        [str(python), str(script), str(folder), setup, str(threads)],
        capture_output=True,
        text=True,
        env={**{k: v for k, v in os.environ.items() if k != "PYTHONPATH"}, "PYTHONWARNINGS": "ignore"},
    )
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stderr[-2000:]}")
    cost: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    cost["with_start_seconds"] = round(time.perf_counter() - began, 2)
    cost["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
    return cost, pd.read_parquet(folder / f"{name}.parquet")


def as_pairs(frame: pd.DataFrame) -> list[Pair]:
    """An opponent's pairs in our form."""
    rows = frame[["left", "right", "score"]].itertuples(index=False)
    return sorted(Pair(min(a, b), max(a, b), float(score), "proposed") for a, b, score in rows)


def components(pairs: list[Pair]) -> list[list[str]]:
    """Connected components of pairs, each sorted."""
    ids = sorted({record for pair in pairs for record in (pair.left, pair.right)})
    number = {record: n for n, record in enumerate(ids)}
    left, right = ([number[getattr(p, side)] for p in pairs] for side in ("left", "right"))
    tied = coo_array((np.ones(len(pairs), dtype=np.int8), (left, right)), shape=(len(ids), len(ids)))
    found: dict[int, list[str]] = {}
    for record, label in zip(ids, connected_components(tied, directed=False)[1].tolist(), strict=True):
        found.setdefault(label, []).append(record)
    return list(found.values())
