"""Which pairs of records are compared at all: those that share a key.

Keys: a document number (derived ones included); the birth date with a name's word; two words of a name by their
sound; and, where two words are common, two with the year of birth or three. A key too common by the model file's word
frequencies is not used, and how many pairs of records that drops is counted exactly, per kind of key. Nor are people
compared who state one birth date each, more than :data:`YEARS_APART` years apart, unless they share a number, a
nickname or the day and month of birth (then the year may be a slip): of 300,000 candidates so far apart among 47,000
records none was true, or scored high enough to be proposed.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analytics.identity.model import Model
from analytics.identity.reading import FIRM
from analytics.identity.table import Table, name_roots, nickname_entry
from graph.errors import LimitExceeded

DAY_SHARE, YEAR_SHARE = 1 / 15_000, 1 / 45  # chance of a birth date, of a birth year, among adults
NATION_SHARE = 1 / 10  # chance of a nationality
MOST_PAIRS_PER_RECORD = 300
LEAST_LIMIT = 2_000_000
YEARS_APART = 2
_BLOCK = 50_000  # records whose pairs are found together: bounds the memory
_COUNT = """
SELECT kind, dropped, SUM(n * (n - 1) / 2) AS pairs
FROM (SELECT kind, dropped, family, key, COUNT(*) AS n FROM keyed GROUP BY kind, dropped, family, key)
GROUP BY kind, dropped ORDER BY kind, dropped
"""
# of n records under a key, m of them asked for: pairs of one of these with another record
_COUNT_OF = """
SELECT kind, dropped, SUM(m * (n - m) + m * (m - 1) / 2) AS pairs
FROM (SELECT kind, dropped, family, key, COUNT(*) AS n, COUNT(w.record) AS m
  FROM keyed k LEFT JOIN wanted w ON k.record = w.record GROUP BY kind, dropped, family, key)
GROUP BY kind, dropped ORDER BY kind, dropped
"""
_LARGE = """
SELECT kind, key, COUNT(*) AS n FROM keyed WHERE dropped = 0 GROUP BY kind, family, key HAVING COUNT(*) > ?
ORDER BY kind, key
"""
# keys in use that more than one record has, as numbers
_SHARED = """
CREATE TABLE shared AS SELECT k.record, g.code, k.low, k.high, k.birthday FROM keyed k JOIN (
  SELECT family, kind, key, ROW_NUMBER() OVER () AS code FROM keyed
  WHERE dropped = 0 GROUP BY family, kind, key HAVING COUNT(*) > 1
) g ON k.family = g.family AND k.kind = g.kind AND k.key = g.key WHERE k.dropped = 0
"""
_PAIRS = """
SELECT l.record AS a, r.record AS b FROM shared l JOIN shared r ON l.code = r.code AND l.record < r.record
WHERE (l.low <= r.high AND r.low <= l.high OR l.birthday = r.birthday) AND l.record >= ? AND l.record < ?
GROUP BY l.record, r.record ORDER BY l.record, r.record
"""
_PAIRS_OF = """
SELECT a, b FROM (
  SELECT CASE WHEN l.record < r.record THEN l.record ELSE r.record END AS a,
    CASE WHEN l.record < r.record THEN r.record ELSE l.record END AS b
  FROM shared l JOIN wanted w ON l.record = w.record JOIN shared r ON l.code = r.code AND l.record <> r.record
  WHERE l.low <= r.high AND r.low <= l.high OR l.birthday = r.birthday)
GROUP BY a, b ORDER BY a, b
"""


@dataclass(frozen=True)
class Candidates:
    """Pairs of record numbers, ``left < right``, sorted. ``dropped``: kind of key → record pairs under keys not used
    (a pair under two such keys counts twice, and may be a candidate by another key)."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    by_key: dict[str, int]
    dropped: dict[str, int]


def keys_sql(model: Model) -> str:
    """The query that makes the keys, with the model's caps in it."""
    text = resources.files("analytics.identity").joinpath("candidates.sql").read_text(encoding="utf-8")
    caps = {f"{kind}_cap": repr(float(cap)) for kind, cap in model.caps.items()}
    shares = {"day_share": repr(DAY_SHARE), "year_share": repr(YEAR_SHARE), "nation_share": repr(NATION_SHARE)}
    return text.format(years_apart=YEARS_APART, **shares, **caps)


def tables(table: Table, model: Model) -> dict[str, pd.DataFrame]:
    """The relations that the query reads: words, dates, documents, nations, nicknames, common."""
    names, births, numbers = table.names, table.births, table.documents
    record: list[int] = []
    root: list[str] = []
    for owner, weak, parsed in zip(names.record.tolist(), names.columns["weak"].tolist(), table.parsed, strict=True):
        if weak < 2:
            found = name_roots(parsed)
            record.extend([owner] * len(found))
            root.extend(found)
    words = pd.DataFrame({"record": record, "root": root}, dtype=object).drop_duplicates()
    words = words.astype({"record": np.int64})
    words["family"] = table.family[words["record"].to_numpy(dtype=np.int64)]
    distinct = {r: (model.share(r), model.rare(r)) for r in set(root)}
    told = np.array([distinct[r] for r in words["root"]], dtype=np.float64).reshape(len(words), 2)
    words["share"] = np.where(words["family"].to_numpy() == FIRM, told[:, 1], told[:, 0])
    year, month, day = (births.columns[c] for c in ("year", "month", "day"))
    low, high = np.minimum(month, day), np.maximum(month, day)
    full = (month > 0) & (day > 0)
    days = [f"{y:04d}{a:02d}{b:02d}" if f else "" for y, a, b, f in zip(year, low, high, full, strict=True)]
    dates = pd.DataFrame({"record": births.record, "day": days, "year": year}).drop_duplicates()
    dates["family"] = table.family[dates["record"].to_numpy(dtype=np.int64)]
    documents = pd.DataFrame(
        {
            "record": numbers.record,
            "family": table.family[numbers.record],
            "key": numbers.columns["value"],
        }
    ).drop_duplicates()
    called = table.nicknames
    nicknames = pd.DataFrame({"record": called.record, "text": called.columns["text"]}).drop_duplicates()
    nicknames["share"] = np.array([model.rare(nickname_entry(t)) for t in nicknames["text"]], dtype=np.float64)
    citizens = table.nations
    nations = pd.DataFrame({"record": citizens.record, "nation": citizens.columns["code"]}).drop_duplicates()
    common = pd.DataFrame(sorted(model.common), columns=["kind", "key"], dtype=object)
    return {
        "words": words,
        "dates": dates,
        "documents": documents,
        "nations": nations,
        "nicknames": nicknames,
        "common": common,
    }


def key_counts(table: Table, model: Model, more_than: int) -> list[tuple[str, str, int]]:
    """(kind, key, records) of the keys in use that more than so many records have."""
    connection = keyed(table, model)
    try:
        rows = connection.execute(_LARGE, [more_than]).fetchall()
    finally:
        connection.close()
    return [(kind, key, int(n)) for kind, key, n in rows]


def keyed(table: Table, model: Model) -> duckdb.DuckDBPyConnection:
    """A connection in which the relation ``keyed`` holds every record's keys."""
    threads = 2 if len(table) > 5000 else 1  # threads cost more than they gain on few records
    connection = duckdb.connect(":memory:", config={"threads": threads})
    for name, frame in tables(table, model).items():
        connection.register(name, frame)
    connection.execute(f"CREATE TABLE keyed AS {keys_sql(model)}")
    return connection


def find(table: Table, model: Model, only: NDArray[np.int64] | None = None) -> Candidates:
    """Candidate pairs of a table; with ``only`` (numbers of records) those of them with any record, and nothing is
    counted or limited but these. :class:`LimitExceeded` where the keys would give more pairs than could be compared:
    then the model file's word frequencies do not fit these records, and it has to be fitted to them."""
    connection = keyed(table, model)
    try:
        if only is not None:
            connection.register("wanted", pd.DataFrame({"record": only}))
        by_key: dict[str, int] = {}
        dropped: dict[str, int] = {}
        for kind, out, pairs in connection.execute(_COUNT if only is None else _COUNT_OF).fetchall():
            if pairs:
                (dropped if out else by_key)[kind] = int(pairs)
        limit = max(MOST_PAIRS_PER_RECORD * len(table), LEAST_LIMIT)
        if sum(by_key.values()) > limit:
            raise LimitExceeded("identity.too_many_candidates", pairs=sum(by_key.values()), limit=limit)
        connection.execute(_SHARED)
        connection.execute("DROP TABLE keyed")
        if only is None:  # a pair may share many keys: some records at a time, so that its copies never all stand
            spans = [(at, at + _BLOCK) for at in range(0, len(table), _BLOCK)]
            found = [connection.execute(_PAIRS, span).fetchnumpy() for span in spans]
        else:
            found = [connection.execute(_PAIRS_OF).fetchnumpy()]
    finally:
        connection.close()
    sides = [[np.asarray(part[side], dtype=np.int32) for part in found] for side in ("a", "b")]
    left, right = (np.concatenate([np.zeros(0, dtype=np.int32), *side]) for side in sides)
    return Candidates(left, right, by_key, dropped)
