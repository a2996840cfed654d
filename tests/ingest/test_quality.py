"""The quality report: every count of it, on a delivery in which each thing happens a known number of times."""

from __future__ import annotations

import orjson
import pytest
from click.testing import CliRunner

from dashboard.cli import cli
from dashboard.quality import sections
from dashboard.texts import Speaker
from graph.access import Actor
from graph.errors import AccessDenied, NotFound
from graph.stewardship import delivered, latest_report
from ingest.load import deliver

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
            taxNumber: {column: CUIT, form: ar.cuit}
            email: {column: CORREO}
            birthDate: {column: NACIMIENTO}
"""
PEOPLE = """ID;NOMBRE;DNI;CUIT;CORREO;NACIMIENTO;CALIDAD
1;José Pérez;12.345.678;20-12345678-6;;03/04/1980;IMPUTADO
2;MarÃ­a NÃºÃ±ez;23.456.789;20-12345678-9;;31/12/1990;VÍCTIMA
3;Luis Sosa;23456789;;;37/12/1990;TESTIGO
3;Luis Sosa;23456789;;;37/12/1990;TESTIGO
;Sin Clave;;;;;
4;Ana Paz;S/D;;;;IMPUTADO
"""
FILES = {"mapping.yml": MAPPING, "data/personas.csv": PEOPLE}


def quality(store, actor):
    return latest_report(store, actor, "ar-mpf-1")["quality"]


def test_every_count_is_what_the_delivery_holds(store, actor, package):
    report = deliver(store, package(FILES), actor)
    found = quality(store, actor)
    assert found == report.quality
    assert found["rows"] == {"ingest.reject.key": 1}
    assert found["values"] == {"ingest.reject.date": 2, "ingest.reject.placeholder": 1}
    assert [p for p in found["places"] if p[1] == "NACIMIENTO"] == [
        ["data/personas.csv", "NACIMIENTO", "ingest.reject.date", 2]
    ]
    assert sum(p[3] for p in found["places"]) == report.rows_rejected + report.values_rejected
    assert found["repaired"] == 1
    assert found["checks"]["ar.cuit"] == {"valid": 1, "wrong": 1}
    assert found["checks"]["ar.dni"] == {"wellformed": 4}, "those derived from a CUIT are not the source's"
    assert found["rows_repeated"] == {"data/personas.csv": 1}
    # 23456789 of records 2 and 3; the tax number of record 2 is wrong and gives no 12345678
    assert found["numbers_shared"] == 1
    assert found["never_filled"] == {"data/personas.csv": ["CORREO"]}
    assert found["protected"] == {"victim": 1, "witness": 1}


def test_places_beyond_the_bound_are_counted(store, actor, package, monkeypatch):
    monkeypatch.setattr("ingest.quality.PLACES", 1)
    report = deliver(store, package(FILES), actor)
    [place] = report.quality["places"]
    assert place[3] == 2 and report.quality["places_more"] == 2


def test_links_without_their_ends_are_counted_with_the_rest(store, actor, package):
    links = """
    - csv_url: data/v.csv
      entities:
        a: {schema: Person, key_literal: persona, keys: [A]}
        b: {schema: Person, key_literal: persona, keys: [B]}
        v: {schema: Associate, keys: [A, B], properties: {person: {entity: a}, associate: {entity: b}}}
"""
    files = {**FILES, "mapping.yml": MAPPING + links, "data/v.csv": "A,B\n1,2\n1,77\n"}
    report = deliver(store, package(files), actor)
    assert report.quality["rows"] == {"ingest.reject.key": 1, "ingest.reject.dangling": 1}
    assert sum(report.quality["rows"].values()) == report.rows_rejected


def test_a_broken_encoding_is_marked_as_mended(store, actor, package, content):
    deliver(store, package(FILES), actor)
    said = [s for _, _, found in content(actor).values() for s in found if s.prop == "name"]
    marked = {s.value: (s.original, s.derived, s.inferred) for s in said if s.derived}
    assert marked == {"María Núñez": ("MarÃ­a NÃºÃ±ez", "written>repaired", False)}


def test_each_revision_keeps_its_own_report(store, actor, package):
    deliver(store, package(FILES), actor)
    deliver(store, package({**FILES, "data/personas.csv": PEOPLE.replace("37/12", "31/12")}, revision=2), actor)
    assert "ingest.reject.date" not in quality(store, actor)["values"]
    assert "ingest.reject.date" in delivered(store, actor, "ar-mpf-1", 1)["report"]["quality"]["values"]
    with pytest.raises(NotFound):
        delivered(store, actor, "ar-mpf-1", 3)


def test_only_a_steward_of_the_owner_reads_it(store, actor, package):
    deliver(store, package(FILES), actor)
    with pytest.raises(AccessDenied):
        delivered(store, Actor("ar:eva", "AR-MPF", frozenset({"analyst"})), "ar-mpf-1")
    with pytest.raises(NotFound):
        delivered(store, Actor("us:o", "US-OFAC", frozenset({"steward"})), "ar-mpf-1")


@pytest.mark.parametrize("lang", ["es", "pt", "en"])
def test_the_report_in_words_holds_every_section(store, actor, package, lang):
    deliver(store, package(FILES), actor)
    say = Speaker(lang)
    titles = ["rows", "reasons", "places", "values", "checks", "duplicates", "never_filled", "protected"]
    found = sections(latest_report(store, actor, "ar-mpf-1"), say)
    assert [s.title for s in found] == [say(f"quality.{name}") for name in titles]
    assert all(len(row) == len(s.heads) for s in found for row in s.rows)
    assert "{" not in str(found)
    store.set_meta("made_by", "test")
    ask = ["dataset", "report", "ar-mpf-1", "--store", store.url, "--as", actor.id, "--lang", lang]
    told = CliRunner().invoke(cli, ask)
    assert told.exit_code == 0 and "CORREO" in told.output and say("quality.duplicates") in told.output
    whole = orjson.loads(CliRunner().invoke(cli, [*ask, "--json"]).output)
    assert whole["report"]["quality"]["protected"] == {"victim": 1, "witness": 1}
