"""A package delivered: counts, idempotence, rules for single records, additions, deletions, drafts."""

from __future__ import annotations

import openpyxl
import pytest

from graph.access import Actor
from graph.errors import MappingError, PackageError
from graph.i18n import has
from ingest.context import Context
from ingest.load import deliver
from ingest.manifest import read_manifest

MAPPING = """
caso:
  queries:
    - csv_url: data/personas.csv
      entities:
        persona:
          schema: Person
          key_literal: persona
          keys: [ID]
          role: {column: CALIDAD}
          properties:
            name: {column: NOMBRE}
            idNumber: {column: DNI, form: ar.dni}
            birthDate: {column: NACIMIENTO}
    - csv_url: data/vinculos.csv
      entities:
        uno: {schema: Person, key_literal: persona, keys: [A]}
        otro: {schema: Person, key_literal: persona, keys: [B]}
        vinculo:
          schema: Associate
          key_literal: vinculo
          keys: [A, B]
          properties:
            person: {entity: uno}
            associate: {entity: otro}
            relationship: {column: TIPO}
"""
PEOPLE = """ID;NOMBRE;DNI;NACIMIENTO;CALIDAD
1;PÉREZ GÓMEZ, Juan;12.345.678;03/04/1980;IMPUTADO
2;Ana Ruiz;S/D;31/12/1990;VÍCTIMA
3;Luis Sosa;;1970;
;Nadie;;;
4;"Mal;;;
"""
LINKS = "A,B,TIPO\n1,2,socio\n1,3,amigo\n1,99,primo\n"
FILES = {"mapping.yml": MAPPING, "data/personas.csv": PEOPLE.encode("cp1252"), "data/vinculos.csv": LINKS}


def names(content, actor):
    return sorted(s.value for _, _, found in content(actor).values() for s in found if s.prop == "name")


def test_every_row_is_accounted_for(store, actor, package, content):
    report = deliver(store, package(FILES), actor)
    assert (report.state, report.rows_read, report.rows_accepted, report.rows_rejected) == ("current", 8, 5, 3)
    assert report.values_rejected == 1
    rejects = {(r.document, r.row): (r.column, r.reason, r.whole) for r in store.rejects(1)}
    assert rejects == {
        ("data/personas.csv", 3): ("DNI", "ingest.reject.placeholder", False),
        ("data/personas.csv", 5): ("ID", "ingest.reject.key", True),
        ("data/personas.csv", 6): ("", "ingest.reject.quote", True),
        ("data/vinculos.csv", 4): ("associate", "ingest.reject.dangling", True),
    }
    assert all(has(reason) for _, reason, _ in rejects.values())
    found = content(actor)
    ids = Context(store.ids, read_manifest(package(FILES) / "case.yaml", "")[0])
    assert found[ids.record("persona", "2")][:2] == ("Person", "victim")
    assert found[ids.record("vinculo", "1", "2")][:2] == ("Associate", "victim")
    assert found[ids.record("vinculo", "1", "3")][:2] == ("Associate", "")
    schema, _, case = found[ids.investigation]
    assert schema == "Investigation" and ("caseNumber", "FSM 1/2026") in {(s.prop, s.value) for s in case}
    assert {(s.document, s.row) for s in found[ids.record("persona", "1")][2]} == {("data/personas.csv", 2)}


def test_delivering_again_changes_nothing(store, actor, package, zipped):
    folder = package(FILES)
    first = deliver(store, folder, actor)
    again = deliver(store, folder, actor)
    assert (again.added, again.changed, again.removed, again.unchanged) == (0, 0, 0, first.added)
    assert deliver(store, zipped(folder), actor).unchanged == first.added


def test_a_full_delivery_replaces(store, actor, package, content):
    deliver(store, package(FILES), actor)
    people = PEOPLE.replace("1;PÉREZ GÓMEZ, Juan", "1;PÉREZ GÓMEZ, Juan José").replace("3;Luis", ";Luis")
    report = deliver(store, package({**FILES, "data/personas.csv": people}, revision=2), actor)
    assert (report.added, report.removed) == (0, 2)  # Luis and the link to him
    assert "Juan José PÉREZ GÓMEZ" in names(content, actor) and "Luis Sosa" not in names(content, actor)


def test_corrected_rejects_are_an_addition(store, actor, package, content):
    deliver(store, package(FILES), actor)
    fixed = "ID;NOMBRE;DNI;NACIMIENTO;CALIDAD\n2;Ana Ruiz;20.123.456;;\n5;Nadie;;;TESTIGO\n"
    links = "A,B,TIPO\n1,5,primo\n3,77,x\n"
    files = {**FILES, "data/personas.csv": fixed, "data/vinculos.csv": links}
    report = deliver(store, package(files, mode="add", revision=2), actor)
    assert (report.rows_read, report.rows_accepted, report.removed) == (4, 3, 0)
    found = content(actor)
    ids = Context(store.ids, read_manifest(package(FILES) / "case.yaml", "")[0])
    schema, mask, ana = found[ids.record("persona", "2")]
    assert mask == "victim", "the role that masks stands in the first delivery only"
    assert {("birthDate", "1990-12-31"), ("idNumber", "20123456")} <= {(s.prop, s.value) for s in ana}
    assert "Luis Sosa" in names(content, actor) and "Nadie" in names(content, actor)
    assert ids.record("vinculo", "1", "5") in found and ids.record("vinculo", "1", "3") in found
    again = deliver(store, package(files, mode="add", revision=2), actor)
    assert (again.added, again.changed, again.removed) == (0, 0, 0)


def test_an_addition_keeps_the_links_that_a_thing_draws(store, actor, package):
    mapping = """
    csv_url: data/legs.csv
    entities:
      ruta: {schema: Route, keys: [R], key_literal: r, properties: {name: {column: R}}}
      tramo:
        schema: RouteLeg
        keys: [R, N]
        key_literal: t
        properties: {route: {entity: ruta}, place: {column: L}, mode: {column: M}}
    """
    files = {"mapping.yml": mapping, "data/legs.csv": "R;N;L;M\nR1;1;Colón;\n", "data/personas.csv": None}
    deliver(store, package(files), actor)
    lighter = mapping.replace("route: {entity: ruta}, ", "")
    files = {"mapping.yml": lighter, "data/legs.csv": "R;N;L;M\nR1;1;Colón;MAR\n", "data/personas.csv": None}
    report = deliver(store, package(files, mode="add", revision=2), actor)
    assert report.changed >= 1 and report.removed == 0
    leg = Context(store.ids, read_manifest(package(files) / "case.yaml", "")[0]).record("t", "R1", "1")
    scope = store.scope(actor)
    assert [(link.record, link.relation) for link in store.links_of(scope, [leg])] == [(leg, "ON_ROUTE")]


def test_a_deletion_takes_what_its_rows_say(store, actor, package, content):
    deliver(store, package(FILES), actor)
    files = {
        **FILES,
        "data/personas.csv": "ID;NOMBRE;DNI;NACIMIENTO;CALIDAD\n",
        "data/vinculos.csv": "A,B,TIPO\n1,3,amigo\n",
    }
    report = deliver(store, package(files, mode="delete", revision=2), actor)
    assert report.removed == 1
    assert len(names(content, actor)) == 4  # three people and the case


def test_records_withdrawn_and_masked_one_by_one(store, actor, package, content):
    rules = "[{key: 'persona:1', mask: true}, {key: 'persona:3', withdraw: true, reason: error de identidad}]"
    report = deliver(store, package(FILES, records=rules), actor)
    assert report.rows_read == report.rows_accepted + report.rows_rejected and report.rows_rejected == 5
    assert {r.reason for r in store.rejects(1) if r.row in (3, 4)} >= {
        "ingest.reject.withdrawn",
        "ingest.reject.dangling",
    }
    ids = Context(store.ids, read_manifest(package(FILES) / "case.yaml", "")[0])
    found = content(actor)
    assert found[ids.record("persona", "1")][1] == "protected"
    assert ids.record("persona", "3") not in found


def test_a_rule_for_an_entity_that_the_mapping_does_not_have(store, actor, package):
    with pytest.raises(PackageError, match="persona"):
        deliver(store, package(FILES, records="[{key: 'personas:1', mask: true}]"), actor)


def test_a_draft_is_not_seen(store, actor, package, content):
    report = deliver(store, package(FILES), actor, draft=True)
    assert report.state == "draft" and content(actor) == {}


def test_progress_is_told(store, actor, package):
    told = []
    deliver(store, package(FILES), actor, progress=told.append)
    assert [p.stage for p in told][:2] == ["read", "read"] and told[-1].stage == "store" and told[-1].done == 8


def test_a_workbook_under_the_name_of_another(store, actor, package, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["ID", "NOMBRE", "DNI", "NACIMIENTO"])
    book.active.append([1, "Ana Paz", 12345678, "03/04/1980"])
    book.save(tmp_path / "x.xlsx")
    report = deliver(store, package({"data/personas.csv": (tmp_path / "x.xlsx").read_bytes()}), actor)
    assert (report.rows_read, report.rows_accepted) == (1, 1)


def test_the_order_of_dates_is_the_columns(store, actor, package, content):
    rows = "ID;NOMBRE;DNI;NACIMIENTO\n1;Ana;;03/04/1980\n2;Eva;;12/31/1980\n"
    deliver(store, package({"data/personas.csv": rows}), actor)
    births = sorted(s.value for _, _, found in content(actor).values() for s in found if s.prop == "birthDate")
    assert births == ["1980-03-04", "1980-12-31"]


def test_sources_say_how_a_file_is_read(store, actor, package, content):
    data = "ID|NOMBRE|DNI|NACIMIENTO\n1|Mu\u00f1oz|x|\n".encode("utf-16-le")
    sources = "[{file: data/personas.csv, mapping: mapping.yml, encoding: utf-16-le, delimiter: '|', reader: csv}]"
    deliver(store, package({"data/personas.csv": data}, sources=sources), actor)
    assert "Muñoz" in names(content, actor)


def test_a_mapping_without_a_file_takes_that_of_its_source(store, actor, package):
    mapping = FILES["mapping.yml"]
    plain = "entities:\n  p: {schema: Person, keys: [ID], properties: {name: {column: NOMBRE}}}\n"
    sources = "[{file: data/personas.csv, mapping: mapping.yml}]"
    assert deliver(store, package({"mapping.yml": plain}, sources=sources), actor).rows_accepted == 2
    assert mapping


@pytest.mark.parametrize(
    ("sources", "error", "key"),
    [
        ("[{file: data/personas.csv, reader: csvv}]", PackageError, "ingest.case.reader"),
        ("[{file: data/persona.csv}]", PackageError, "ingest.package.no_file"),
        ("[{file: ../x.csv}]", PackageError, "ingest.package.outside"),
        ("[{file: case.yaml}]", PackageError, "ingest.case.no_query"),
        (
            "[{file: data/personas.csv, mapping: mapping.yml, reader: ftm}]",
            PackageError,
            "ingest.case.reader_no_mapping",
        ),
        ("[{file: data/personas.csv, encoding: [a], sheet: {}}]", PackageError, "ingest.case.form"),
        ("x", PackageError, "ingest.case.not_list"),
        ("[x]", PackageError, "ingest.case.not_table"),
    ],
)
def test_sources_that_cannot_be_read(store, actor, package, sources, error, key):
    with pytest.raises(error) as told:
        deliver(store, package(sources=sources), actor)
    assert key in {p.key for p in told.value.problems}


def test_two_queries_that_contradict_each_other(store, actor, package):
    entities = "{p: {schema: Person, keys: [ID], properties: {name: {column: NOMBRE}}}}"
    query = "  - {{csv_url: data/personas.csv, encoding: {}, entities: {}}}\n"
    mapping = "queries:\n" + query.format("utf-8", entities) + query.format("cp1252", entities)
    with pytest.raises(MappingError, match="encoding"):
        deliver(store, package({"mapping.yml": mapping}), actor)


MANIFEST = {
    "contact": "{name: Punto de contacto, email: a@example.org}",
    "evaluation": "{scheme: 4x4, source: B, information: 2}",
    "handling": "[H2, H1]",
    "release": "[{to: '*', level: hit}, {to: BR-MPF, level: identity, until: 2027-01-01, purpose: ECI, ground: Acuerdo}"
    ", {to: 'team:eci', level: full}]",
    "retention": "{until: 2031-03-01}",
}


def test_the_manifest_in_full(package):
    manifest, sources = read_manifest(package(**MANIFEST) / "case.yaml", "d1")
    assert (manifest.evaluation, manifest.handling, manifest.retention, manifest.digest) == (
        "4x4:B2",
        "H1,H2",
        "2031-03-01",
        "d1",
    )
    assert [(r.to, r.level, r.until) for r in manifest.releases] == [
        ("*", "hit", ""), ("BR-MPF", "identity", "2027-01-01"), ("team:eci", "full", ""),
    ]  # fmt: skip
    assert manifest.investigation["offences"] == ["iccs:0601"] and manifest.contact["email"] == "a@example.org"
    assert manifest.mode == "full" and sources == ()


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ({"vinculo": 2}, "version"),
        ({"vinculo": None}, "version"),
        ({"owner": None}, "missing"),
        ({"dataset": "../x"}, "form"),
        ({"owner": "AR MPF"}, "form"),
        ({"revision": 0}, "revision"),
        ({"revision": "1.5"}, "revision"),
        ({"revision": "uno"}, "revision"),
        ({"mode": "replace"}, "choice"),
        ({"ownr": "X"}, "unknown_key"),
        ({"investigation": "{abierto: 2026-01-01}"}, "unknown_key"),
        ({"investigation": "{opened: 01/03/2026}"}, "day"),
        ({"investigation": "x"}, "not_table"),
        ({"evaluation": "{source: Z, information: 1}"}, "evaluation"),
        ({"handling": "[H9]"}, "handling"),
        ({"release": "[{to: BR-MPF}]"}, "missing"),
        ({"release": "[{to: BR, level: full}]"}, "form"),
        ({"release": "[{to: BR-MPF, level: all}]"}, "choice"),
        ({"release": "[{to: BR-MPF, level: hit, until: mañana}]"}, "day"),
        ({"documents": "[{title: x}]"}, "missing"),
        ({"documents": "[{file: x, sha256: abc}]"}, "sha256_form"),
        ({"records": "[{key: 17, mask: true}]"}, "record_key"),
        ({"records": "[{key: 'p:17'}]"}, "record_action"),
        ({"records": "[{key: 'p:17', withdraw: maybe}]"}, "record_action"),
        ({"title": "[a]"}, "not_text"),
        ({"retention": "{til: x}"}, "unknown_key"),
    ],
)
def test_what_is_wrong_with_a_manifest(package, line, key):
    with pytest.raises(PackageError) as told:
        read_manifest(package(**line) / "case.yaml", "")
    assert f"ingest.case.{key}" in {p.key for p in told.value.problems}


def test_all_that_is_wrong_with_a_manifest_is_said(package):
    with pytest.raises(PackageError) as told:
        read_manifest(package(revision="x", mode="y", ownr="z", owner="bad") / "case.yaml", "")
    assert len(told.value.problems) == 4
    text = told.value.text("es")
    assert text.count("\n  - ") == 4 and "¿Quiso decir «owner»?" in text


def test_a_single_record_released(package):
    one = "{key: 'p:1|2', release: {to: BR-MPF, level: identity, until: 2027-01-01}}"
    rules = f"[{one}, {{key: 'p:3', release: [{{to: CL-FN, level: full}}]}}]"
    manifest, _ = read_manifest(package(records=rules) / "case.yaml", "")
    assert [(r.key, r.action, r.to, r.level, r.until) for r in manifest.rules] == [
        ("p:1|2", "release", "BR-MPF", "identity", "2027-01-01"),
        ("p:3", "release", "CL-FN", "full", ""),
    ]


def test_another_actor_of_the_agency_sees_the_same(store, actor, package, content):
    deliver(store, package(FILES), actor)
    assert content(Actor("ar:x", "AR-MPF", frozenset({"analyst"}))) == content(actor)
