"""A file of FollowTheMoney entities is a delivery: each line a row, nothing lost."""

from __future__ import annotations

import orjson
import pytest

from graph.errors import PackageError
from ingest.ftm import dataset_name, is_ftm
from ingest.limits import Limits
from ingest.load import deliver

ENTITIES = [
    {
        "id": "a",
        "schema": "Person",
        "properties": {"name": ["Ana Paz"], "birthDate": ["1980"], "country": ["ar"], "phone": ["+541143456789"]},
    },
    {"id": "b", "schema": "Company", "properties": {"name": ["Sur SA"], "taxNumber": ["30-71031609-7"]}},
    {
        "id": "l",
        "schema": "Ownership",
        "properties": {"owner": ["a"], "asset": ["b"], "startDate": ["2020"], "namesMentioned": ["Ana Paz"]},
    },
    {"id": "m", "schema": "Ownership", "properties": {"owner": ["a"], "asset": ["zz"]}},
    {"id": "n", "schema": "Ownership", "properties": {"owner": ["a"]}},
    {"id": "o", "schema": "Persona", "properties": {"name": ["X"]}},
    {"id": "p", "schema": "Person", "properties": {"name": [], "nombre": ["X"]}},
    {"schema": "Person", "properties": {"name": ["X"]}},
    {
        "id": "q",
        "schema": "Person",
        "properties": {"name": ["Eva"], "birthDate": ["ayer"], "height": [3], "alias": ["Мария"]},
    },
    [1],
]


@pytest.fixture
def entities(tmp_path):
    path = tmp_path / "Caso Sur.ftm.json"
    path.write_bytes(b"\n".join([*map(orjson.dumps, ENTITIES), b"no json", b""]))
    return path


def test_a_file_of_entities(store, actor, entities, content):
    assert is_ftm(entities) and dataset_name(entities) == "caso-sur"
    report = deliver(store, entities, actor)
    assert (report.owner, report.dataset, report.revision) == ("AR-MPF", "caso-sur", 1)
    assert (report.rows_read, report.rows_accepted, report.rows_rejected) == (11, 4, 7)
    whole = {r.row: r.reason.removeprefix("ingest.reject.") for r in store.rejects(1) if r.whole}
    assert whole == {
        4: "dangling", 5: "end", 6: "no_schema", 7: "nothing", 8: "key", 10: "not_object", 11: "not_object",
    }  # fmt: skip
    values = {(r.row, r.column) for r in store.rejects(1) if not r.whole}
    assert values == {(9, "birthDate"), (9, "height")}
    found = content(actor)
    assert {(s.prop, s.value) for s in found[store.ids.record("AR-MPF", "caso-sur", "a")][2]} == {
        ("name", "Ana Paz"), ("birthDate", "1980"), ("country", "ar"), ("phone", "+541143456789"),
    }  # fmt: skip
    assert not any(s.prop == "namesMentioned" for _, _, values in found.values() for s in values)


def test_again_is_the_next_revision_and_changes_nothing(store, actor, entities):
    first = deliver(store, entities, actor)
    again = deliver(store, entities, actor)
    assert (again.revision, again.added, again.changed, again.unchanged) == (2, 0, 0, first.added)


def test_in_a_package(store, actor, package):
    body = b"\n".join(map(orjson.dumps, ENTITIES[:3]))
    folder = package({"e.json": body, "mapping.yml": None}, sources="[{file: e.json, reader: ftm}]")
    report = deliver(store, folder, actor)
    assert (report.rows_read, report.rows_accepted) == (3, 3)


def test_too_large(store, actor, entities):
    with pytest.raises(PackageError):
        deliver(store, entities, actor, limits=Limits(member=100))


@pytest.mark.parametrize(
    ("data", "answer"), [(b'{"id"', True), (b"\xef\xbb\xbf {", True), (b"PK\x03\x04", False), (b"", False)]
)
def test_what_looks_like_entities(tmp_path, data, answer):
    (tmp_path / "x").write_bytes(data)
    assert is_ftm(tmp_path / "x") is answer
