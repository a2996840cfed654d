"""Record readers on files that are valid but for what was changed inside: cells, headers, rows, objects, nesting.

Arbitrary bytes are refused at the first of them; these get past the header, so that every row is looked at. The checks
are those of tools/fuzz.py: nothing but our errors, every row either taken or rejected, nothing that cannot be stored.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[2]
SEEDS = ROOT / "tests" / "data"
spec = importlib.util.spec_from_file_location("fuzz_tool", ROOT / "tools" / "fuzz.py")
assert spec and spec.loader
fuzz = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fuzz)

TABLES = {
    "calls": ["seeds/calls_pairs.csv", "seeds/calls_watched.csv"],
    "routes": ["seeds/routes_legs.csv", "seeds/routes_list.csv"],
    "statements": ["seeds/statements.csv"],
}
OBJECTS = {
    "stix": ["samples/stix/*.json"],
    "ftm": ["samples/entities/*.json"],
    "statements": ["seeds/statements.jsonl"],
}
HARD = [
    "", " ", "\x00", "\ud800", "ñ" * 300, "0" * 40, "-1", "1e999", "NaN", "null", "{}", '"', "a\nb", "=1+1", "–",
    "–" * 50, "31/02/2025", "99/99/9999", "+54 9 11", "S/D", "(a)", "\u0308", "\u202e", "p1", "Person", "owner",
    "Ownership", "name",
]  # fmt: skip
cell = st.one_of(st.sampled_from(HARD), st.text(max_size=12))


@st.composite
def tables(draw: Any, text: str) -> bytes:
    """The table of ``text`` with cells replaced, rows doubled or cut, columns swapped, dropped or renamed."""
    delimiter = ";" if ";" in text.splitlines()[0] else ","
    rows = [list(row) for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    for _ in range(draw(st.integers(1, 6))):
        kind, at = draw(st.integers(0, 5)), draw(st.integers(0, len(rows) - 1))
        column = draw(st.integers(0, max(0, len(rows[at]) - 1)))
        if kind <= 1 and len(rows) > 1:
            body = rows[max(1, at)]
            body[min(column, len(body) - 1)] = draw(cell)
        elif kind == 2:
            rows.insert(at + 1, list(rows[at]))
        elif kind == 3:
            rows[at] = rows[at][: max(1, column)]
        elif kind == 4:
            other = draw(st.integers(0, len(rows[0]) - 1))
            for row in rows:
                if max(column, other) < len(row):
                    row[column], row[other] = row[other], row[column]
        else:
            rows[at] = [*rows[at], draw(cell)]
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode("utf-8", "replace")


leaf = st.one_of(cell, st.none(), st.booleans(), st.integers(), st.floats(), st.just([]), st.just({}))


@st.composite
def documents(draw: Any, text: str) -> bytes:
    """The document (or lines) of ``text`` with values replaced, doubled or taken away anywhere inside."""
    try:
        parts = [json.loads(text)]
    except ValueError:
        parts = [json.loads(line) for line in text.splitlines() if line.strip()]
    for _ in range(draw(st.integers(1, 5))):
        places: list[tuple[Any, Any]] = []
        for part in parts:
            _walk(part, places)
        holder, key = draw(st.sampled_from(places))
        kind = draw(st.integers(0, 3))
        if kind == 0 and len(places) > 2:
            del holder[key]
        elif kind == 1:
            holder[key] = [holder[key]]
        else:
            holder[key] = draw(leaf)
        if not any(isinstance(p, dict | list) and p for p in parts):
            break
    return "\n".join(json.dumps(part, ensure_ascii=draw(st.booleans())) for part in parts).encode("utf-8", "replace")


def _walk(node: Any, places: list[tuple[Any, Any]]) -> None:
    found = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in found:
        places.append((node, key))
        _walk(value, places)


def read(reader: str) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            fuzz.target(reader, Path(folder))(data)

    return run


def texts(patterns: list[str]) -> list[str]:
    return [p.read_text(encoding="utf-8-sig") for pattern in patterns for p in sorted(SEEDS.glob(pattern))]


@pytest.mark.parametrize("reader", sorted(TABLES))
@given(data=st.data())
def test_damaged_tables_raise_nothing_but_our_errors(reader: str, data: st.DataObject) -> None:
    read(reader)(data.draw(tables(data.draw(st.sampled_from(texts(TABLES[reader]))))))


@pytest.mark.parametrize("reader", sorted(OBJECTS))
@given(data=st.data())
def test_damaged_objects_raise_nothing_but_our_errors(reader: str, data: st.DataObject) -> None:
    read(reader)(data.draw(documents(data.draw(st.sampled_from(texts(OBJECTS[reader]))))))


def test_an_object_whose_type_is_a_list_is_rejected_and_the_rest_is_read() -> None:
    """A find: the kind of an object was looked up before anybody looked whether it is a word."""
    thing = {"type": "identity", "id": "identity--1", "name": "Naviera Ficticia"}
    read("stix")(json.dumps({"objects": [{"type": ["identity"], "id": "x"}, thing]}).encode())


@pytest.mark.parametrize("reader", sorted({*TABLES, *OBJECTS}))
def test_the_seeds_themselves_get_past_the_header(reader: str, tmp_path: Path) -> None:
    """Else the tests above would look at refusals only."""
    from graph.delivery import Manifest
    from graph.ids import Ids
    from ingest.archive import Member
    from ingest.context import Context
    from ingest.manifest import SourceSpec
    from ingest.package import Package
    from ingest.records import RECORD_READERS

    manifest = Manifest("AR-MPF", "x", 1)
    for number, text in enumerate(texts([*TABLES.get(reader, []), *OBJECTS.get(reader, [])])):
        path = tmp_path / str(number)
        path.write_text(text, encoding="utf-8")
        package = Package(manifest, (), {"input": Member("input", path, len(text), "")}, "")
        found = RECORD_READERS[reader](package, SourceSpec("input", reader=reader), Context(Ids("00" * 32), manifest))
        assert any(outcome.fragments for outcome in found)
