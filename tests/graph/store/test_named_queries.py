"""Queries by name: a name is given once, or the later one would silently take the earlier one's place."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.store.named import named_queries


@pytest.mark.parametrize("file", ["sqlite.sql", "neo4j.cypher"])
def test_each_engines_queries_have_names_of_their_own(file: str) -> None:
    assert len(named_queries(file)) > 40


def test_two_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.sql"
    file.write_text("-- name: a\nSELECT 1\n-- name: b\nSELECT 2, {a}\n")
    assert named_queries(str(file)) == {"a": "SELECT 1", "b": "SELECT 2, SELECT 1"}
    file.write_text("-- name: a\nSELECT 1\n-- name: a\nSELECT 2\n")
    with pytest.raises(ValueError, match="two queries called a"):
        named_queries(str(file))
