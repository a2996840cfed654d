"""How the embedded store writes a batch of records: ids and identifiers interned as numbers, then one ``executemany`` a
table. Knows no ``sqlite3``: it is given the connection, inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from graph.ids import Ids
from graph.packing import Packed
from graph.store.named import named_queries
from graph.store.rows import json_list, table_rows

SQL = named_queries("sqlite.sql")


class Connection(Protocol):
    """What is used of a connection."""

    def execute(self, sql: str, parameters: Any = (), /) -> Any: ...  # noqa: D102

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any: ...  # noqa: D102


def put_records(db: Connection, ids: Ids, dataset: int, number: int, records: Sequence[Packed]) -> None:
    """Write new versions of records with all they draw, carry and say."""
    names = {p.id for p in records}
    for p in records:
        for k in p.links:
            names.add(k[3])
            names.add(k[4])
    nid = interned(db, "record", names)
    carried = {i[:2] for p in records for i in p.identifiers}
    named = {ids.identifier(*pair): pair for pair in carried}
    known = interned(db, "identifier", named, named)
    iid = {pair: known[name] for name, pair in named.items()}
    vid, wid = db.execute(SQL["last_numbers"]).fetchone()
    for table, rows in table_rows(records, dataset, number, nid, iid, vid, wid).items():
        db.executemany(SQL[f"put_{table}"], rows)


def interned(
    db: Connection, table: str, names: Iterable[str], more: Mapping[str, tuple[str, ...]] | None = None
) -> dict[str, int]:
    """Name → its number in ``table``, where what is not there yet is added, with ``more`` of it."""
    ordered = sorted(names)  # neighbours in the index are looked up, and added, one after the other
    found: dict[str, int] = dict(db.execute(SQL[f"known_{table}"], (json_list(ordered),)))
    if len(found) < len(ordered):
        last = db.execute(SQL[f"last_{table}"]).fetchone()[0]
        fresh = {name: n for n, name in enumerate((i for i in ordered if i not in found), last + 1)}
        rows = [(n, name, *more[name]) if more else (n, name) for name, n in fresh.items()]
        db.executemany(SQL[f"put_{table}"], rows)
        found |= fresh
    return found
