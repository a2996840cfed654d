"""Rejects come back as files with their columns; corrected and added, all is as if it had been right at first."""

from __future__ import annotations

import csv
import io

import openpyxl
import orjson
import pytest
from click.testing import CliRunner

from dashboard.cli import cli
from graph.access import Actor
from graph.delivery import Reject
from graph.errors import InputError, PackageError
from graph.stewardship import latest_report
from ingest.load import deliver
from ingest.rejected import LARGEST, row_of
from ingest.rejects_file import write_rejects

MAPPING = """
caso:
  queries:
    - csv_url: data/personas.csv
      delimiter: ";"
      encoding: cp1252
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
RIGHT = """ID;NOMBRE;DNI;NACIMIENTO;CALIDAD;NOTA
1;PÉREZ GÓMEZ, Juan;12.345.678;03/04/1980;IMPUTADO;
2;Ana Ruiz;23.456.789;31/12/1990;VÍCTIMA;"dice ""no""; dos
líneas"
3;Luis Sosa;;25/05/1970;;
7;Nadia Núñez;;;TESTIGO;ñandú
"""
WRONG = RIGHT.replace("23.456.789", "S/D").replace("25/05/1970", "37/05/1970").replace("\n7;", "\n;")
LINKS = "A,B,TIPO\n1,2,socio\n1,3,amigo\n3,7,primo\n"


def files(people: str, links: str = LINKS) -> dict[str, str | bytes]:
    return {"mapping.yml": MAPPING, "data/personas.csv": people.encode("cp1252"), "data/vinculos.csv": links}


def give_back(store, actor, target, lang="es", document=""):
    columns = latest_report(store, actor, "ar-mpf-1")["files"]
    return write_rejects(lambda: store.rejects(1), columns, target, lang, document)


def rows_of(path, encoding="utf-8-sig"):
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding), newline="")))


def test_what_is_corrected_and_added_is_as_if_it_had_been_right(store, actor, package, content, tmp_path):
    deliver(store, package(files(RIGHT)), actor)
    wanted = content(actor)
    deliver(store, package(files(WRONG), revision=2), actor)
    assert content(actor) != wanted
    out = tmp_path / "rechazos"
    returned = give_back(store, actor, out)
    assert returned.files == {str(out / "data/personas.csv"): 3, str(out / "data/vinculos.csv"): 1}
    people = rows_of(out / "data/personas.csv")
    assert [r["ID"] for r in people] == ["2", "3", ""] and [r["vinculo:row"] for r in people] == ["3", "5", "6"]
    assert people[0]["NOTA"] == 'dice "no"; dos\nlíneas' and people[2]["NOTA"] == "ñandú"
    assert [r["vinculo:column"] for r in people] == ["DNI", "NACIMIENTO", "ID"]
    assert [r["vinculo:value"] for r in people] == ["S/D", "37/05/1970", ""]
    assert all(r["vinculo:reason"] for r in people)
    fixed = (out / "data/personas.csv").read_text("utf-8-sig").replace(",2,Ana Ruiz,S/D", ",2,Ana Ruiz,23.456.789")
    fixed = fixed.replace(",3,Luis Sosa,,37/", ",3,Luis Sosa,,25/").replace(",,Nadia", ",7,Nadia")
    again = package(
        {
            "mapping.yml": MAPPING,
            "data/personas.csv": fixed.encode("utf-8-sig"),
            "data/vinculos.csv": (out / "data/vinculos.csv").read_bytes(),
        },
        mode="add",
        revision=3,
    )
    report = deliver(store, again, actor)
    assert (report.rows_read, report.rows_accepted, report.rows_rejected, report.values_rejected) == (4, 4, 0, 0)
    assert content(actor) == wanted
    with pytest.raises(InputError, match="no rejects"):
        give_back(store, actor, tmp_path / "x")


def test_a_file_saved_by_a_spreadsheet_program_is_still_known(store, actor, package, content, tmp_path):
    deliver(store, package(files(RIGHT)), actor)
    wanted = content(actor)
    deliver(store, package(files(WRONG), revision=2), actor)
    give_back(store, actor, tmp_path / "r")
    out = io.StringIO(newline="")
    rows = [r | {"NOTA": r["NOTA"]} for r in rows_of(tmp_path / "r/data/personas.csv")]
    rows[0]["DNI"], rows[1]["NACIMIENTO"], rows[2]["ID"] = "23456789", "25/05/1970", "7"
    writer = csv.DictWriter(out, list(rows[0]), delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    saved = {"mapping.yml": MAPPING, "data/personas.csv": out.getvalue().encode("cp1252")}
    saved["data/vinculos.csv"] = (tmp_path / "r/data/vinculos.csv").read_bytes()
    report = deliver(store, package(saved, mode="add", revision=3), actor)
    assert report.rows_rejected == report.values_rejected == 0
    plain = {i: (s, m, {x[:2] for x in found}) for i, (s, m, found) in content(actor).items()}
    assert plain == {i: (s, m, {x[:2] for x in found}) for i, (s, m, found) in wanted.items()}


def test_what_stays_wrong_is_rejected_again_on_its_first_line(store, actor, package, tmp_path):
    deliver(store, package(files(WRONG)), actor)
    give_back(store, actor, tmp_path / "r")
    path = tmp_path / "r/data/personas.csv"
    again = {"mapping.yml": MAPPING, "data/personas.csv": path.read_bytes(), "data/vinculos.csv": "A,B,TIPO\n"}
    report = deliver(store, package(again, mode="add", revision=2), actor)
    assert (report.rows_read, report.rows_rejected, report.values_rejected) == (3, 1, 2)
    assert sorted(r.row for r in store.rejects(1)) == [3, 5, 6]
    before = path.read_bytes()
    give_back(store, actor, path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", ["full", "delete"])
def test_a_file_of_rejects_is_no_whole_delivery(store, actor, package, tmp_path, mode):
    deliver(store, package(files(WRONG)), actor)
    give_back(store, actor, tmp_path / "r")
    again = files(WRONG) | {"data/personas.csv": (tmp_path / "r/data/personas.csv").read_bytes()}
    with pytest.raises(PackageError, match="mode: add"):
        deliver(store, package(again, mode=mode, revision=2), actor)


def test_one_file_holds_the_rejects_of_one(store, actor, package, tmp_path):
    deliver(store, package(files(WRONG)), actor)
    with pytest.raises(InputError, match=r"data/personas\.csv, data/vinculos\.csv"):
        give_back(store, actor, tmp_path / "todo.csv")
    give_back(store, actor, tmp_path / "links.csv", document="data/vinculos.csv")
    [row] = rows_of(tmp_path / "links.csv")
    assert (row["A"], row["B"], row["TIPO"], row["vinculo:row"]) == ("3", "7", "primo", "4")


def test_withdrawn_and_filtered_rows_stay_out_and_are_counted(store, actor, package, tmp_path):
    mapping = MAPPING.replace(
        "      entities:\n        uno", "      filters: {TIPO: [socio, primo]}\n      entities:\n        uno"
    )
    rules = "[{key: 'persona:1', withdraw: true, reason: error}]"
    deliver(store, package({**files(WRONG), "mapping.yml": mapping}, records=rules), actor)
    returned = give_back(store, actor, tmp_path / "r")
    told = [r.reason.rpartition(".")[2] for r in store.rejects(1)]
    assert told.count("filtered") == 1 and told.count("withdrawn") > 0
    assert returned.left_out == told.count("filtered") + told.count("withdrawn")
    assert {r["A"] for r in rows_of(tmp_path / "r/data/vinculos.csv")} == {"1", "3"}


def test_a_workbook_and_a_document_on_one_line_come_back_as_tables(store, actor, package, tmp_path):
    book = openpyxl.Workbook()
    for line in (["Informe"], ["ID", "NOMBRE", "DNI"], [1, "Ana Paz", "12.345.678"], [2, "Luis Sosa", "S/D"]):
        book.active.append(line)
    raw = io.BytesIO()
    book.save(raw)
    people = [{"ID": "8", "NOMBRE": "Eva"}, {"ID": "", "NOMBRE": "Sin Clave"}, {"ID": "9", "NOMBRE": "", "DNI": "S/D"}]
    query = """
    - csv_url: {file}
      entities:
        persona:
          schema: Person
          key_literal: persona
          keys: [ID]
          properties: {{name: {{column: NOMBRE}}, idNumber: {{column: DNI, form: ar.dni}}}}
"""
    mapping = (
        "caso:\n  queries:" + query.format(file="data/hoja.xlsx\n      header: 2") + query.format(file="data/p.json")
    )
    content = {"mapping.yml": mapping, "data/hoja.xlsx": raw.getvalue(), "data/p.json": orjson.dumps(people)}
    deliver(store, package({**content, "data/personas.csv": None}), actor)
    give_back(store, actor, tmp_path / "r")
    [sheet] = rows_of(tmp_path / "r/data/hoja.xlsx.csv")
    assert (sheet["ID"], sheet["NOMBRE"], sheet["DNI"], sheet["vinculo:row"]) == ("2", "Luis Sosa", "S/D", "4")
    found = rows_of(tmp_path / "r/data/p.json.csv")
    assert [(r["ID"], r["NOMBRE"], r["DNI"]) for r in found] == [("", "Sin Clave", ""), ("9", "", "S/D")]
    fixed = (tmp_path / "r/data/hoja.xlsx.csv").read_text("utf-8-sig").replace("S/D", "23.456.789", 2)
    mapping = mapping.replace("hoja.xlsx", "hoja.xlsx.csv")
    again = {"mapping.yml": mapping, "data/hoja.xlsx.csv": fixed, "data/p.json": content["data/p.json"]}
    report = deliver(store, package({**again, "data/personas.csv": None}, mode="add", revision=2), actor)
    assert not [r for r in store.rejects(1) if "hoja" in r.document] and report.rows_read == 4


def test_calls_and_entities_come_back_in_their_own_form(store, actor, package, tmp_path):
    calls = "ORIGEN;DESTINO;FECHA;CELDA\n+54 11 4321-0001;+54 11 4321-0002;01/02/2026 10:00;A1\nprivado;911;x;B2\n"
    entities = [
        {"id": "a", "schema": "Person", "properties": {"name": ["Ana"], "birthDate": ["nunca"]}},
        {"id": "b", "schema": "Nada", "properties": {"name": ["Acme SA"]}},
        {"id": "c", "schema": "Person", "properties": {"name": ["Eva"]}},
    ]
    sources = "[{file: calls.csv, reader: calls}, {file: e.jsonl, reader: ftm}]"
    lines = b"\n".join(map(orjson.dumps, entities))
    content = {"mapping.yml": None, "data/personas.csv": None, "calls.csv": calls, "e.jsonl": lines}
    deliver(store, package(content, sources=sources), actor)
    give_back(store, actor, tmp_path / "r")
    [call] = rows_of(tmp_path / "r/calls.csv")
    assert (call["ORIGEN"], call["DESTINO"], call["CELDA"], call["vinculo:row"]) == ("privado", "911", "B2", "3")
    objects = [orjson.loads(line) for line in (tmp_path / "r/e.jsonl").read_bytes().splitlines()]
    assert [(o["id"], o["vinculo:row"], o["vinculo:column"]) for o in objects] == [
        ("a", 1, "birthDate"),
        ("b", 2, "schema"),
    ]
    objects[0]["properties"]["birthDate"], objects[1]["schema"] = ["1980-02-03"], "Company"
    content |= {"calls.csv": (tmp_path / "r/calls.csv").read_bytes().replace(b"privado", b"+541143210009")}
    content |= {"e.jsonl": b"\n".join(map(orjson.dumps, objects))}
    report = deliver(store, package(content, sources=sources, mode="add", revision=2), actor)
    # the date of the call was wrong too, and stays so
    assert (report.rows_read, report.rows_rejected, report.values_rejected) == (3, 0, 1)


def test_a_row_beyond_the_bound_is_found_by_its_line_only(store, actor, package, tmp_path):
    deliver(store, package(files(WRONG.replace("ñandú", "").replace('"dice', f'"{"x" * LARGEST}'))), actor)
    kept = {r.row: r.columns for r in store.rejects(1) if not r.whole}
    assert kept[3] == {} and kept[5]["NOMBRE"] == "Luis Sosa"
    give_back(store, actor, tmp_path / "p.csv", document="data/personas.csv")
    found = {r["vinculo:row"]: r for r in rows_of(tmp_path / "p.csv")}
    assert found["3"]["ID"] == "" and found["3"]["vinculo:value"] == "S/D" and found["5"]["ID"] == "3"


def test_a_row_is_kept_once_however_often_it_is_refused(store, actor, package):
    deliver(store, package(files(RIGHT.replace("23.456.789", "S/D").replace("31/12/1990", "99/99/1990"))), actor)
    told = [r for r in store.rejects(1) if r.row == 3]
    assert [bool(r.columns) for r in told] == [True, False]
    assert row_of(Reject("a", 1, "", "{broken", "r", {}, True)) == {}


def test_only_a_steward_of_the_owner_gets_them(store, actor, package, tmp_path):
    deliver(store, package(files(WRONG)), actor)
    analyst = Actor("ar:eva", "AR-MPF", frozenset({"analyst"}))
    store.save_federation([], [actor, analyst], [])
    store.set_meta("made_by", "test")
    ask = ["dataset", "rejects", "ar-mpf-1", "--store", store.url, "-o", str(tmp_path / "r"), "--lang", "es", "--as"]
    for who in (analyst.id, "us:o"):
        assert CliRunner().invoke(cli, [*ask, who]).exit_code != 0 and not (tmp_path / "r").exists()
    told = CliRunner().invoke(cli, [*ask, actor.id])
    assert told.exit_code == 0 and "mode: add" in told.output and (tmp_path / "r/data/personas.csv").exists()
