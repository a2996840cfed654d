"""Readers of further forms: old workbooks, charts of Analyst's Notebook, matrices, lists of pairs; lying names."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from graph.errors import ReaderError
from graph.i18n import LANGUAGES
from ingest.readers import Options, open_table

sys.path.insert(0, str(Path(__file__).parent))
from workbooks import ods, xls  # noqa: E402

SHEET = [["ID", "NOMBRE", "MONTO"], [17.0, "José Muñoz", 2.5], [18.0, "João d'Ávila", 1234567.0]]
CELLS = [(2, ("17", "José Muñoz", "2.5"), ""), (3, ("18", "João d'Ávila", "1234567"), "")]


def table(tmp_path: Path, data: bytes | str, name: str = "x.csv", reader: str = "", **options):
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    found = open_table(path, name, reader, Options(**options))
    return found.columns, [(r.number, tuple(r.values.values()), r.problem) for r in found.rows]


@pytest.mark.parametrize("make", [xls, ods])
@pytest.mark.parametrize("name", ["x.xls", "x.xlsx", "x.ods", "x.csv", "x.json"])
def test_old_and_open_workbooks_whatever_they_are_called(tmp_path, make, name):
    assert table(tmp_path, make(SHEET), name) == (("ID", "NOMBRE", "MONTO"), CELLS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tab_separated_text_that_calls_itself_a_workbook(tmp_path, encoding, end):
    data = f"ID\tNOMBRE{end}1\tJosé Muñoz, hijo{end}2\tAna{end}".encode(encoding)
    assert table(tmp_path, data, "export.xls") == (
        ("ID", "NOMBRE"),
        [(2, ("1", "José Muñoz, hijo"), ""), (3, ("2", "Ana"), "")],
    )


@pytest.mark.parametrize("text", ["<html><table><tr><td>ID</td></tr></table>", '<?xml version="1.0"?><Workbook/>'])
def test_a_web_page_that_calls_itself_a_workbook_is_refused(tmp_path, text):
    with pytest.raises(ReaderError) as told:
        table(tmp_path, text, "export.xls")
    assert told.value.key == "readers.web_page" and all(told.value.text(lang) for lang in LANGUAGES)


def test_json_lines_are_known_whatever_they_are_called(tmp_path):
    columns, rows = table(tmp_path, '{"a": 1, "b": [{"c": 1}]}\n{"a": 2}\n', "x.json")
    assert columns == ("a", "b") and [(n, v[0]) for n, v, _ in rows] == [(1, "1"), (2, "2")]
    columns, rows = table(tmp_path, '{"n": 1,\n "filas": [{"a": 1},\n {"a": 2}]}', "x.json")
    assert columns == ("a",) and [n for n, _, _ in rows] == [2, 3]


@pytest.mark.parametrize(
    "text", ['{"a": "1"}', '[ {"a": "1"}]', '[\r\n {"a": "1"}\r\n]', '{\n "filas": [{"a": "1"}]}', '[{"a": "1"}]']
)
def test_json_is_known_whatever_it_is_called(tmp_path, text):
    columns, rows = table(tmp_path, text, "x.txt")
    assert columns == ("a",) and [v for _, v, _ in rows] == [("1",)]


def test_an_object_that_leaves_a_column_out_has_it_blank(tmp_path):
    """A mapping names the column; a row without it must not fail."""
    for text, name in (('{"a": "1"}\n{"b": "2"}\n', "x.jsonl"), ('[{"a": "1"}, {"b": "2"}]', "x.json")):
        columns, rows = table(tmp_path, text, name)
        assert columns == ("a", "b") and [v for _, v, _ in rows] == [("1", ""), ("", "2")]


def test_text_that_nothing_can_store_is_replaced(tmp_path):
    _, rows = table(tmp_path, r'[{"a": "x\ud800y"}]', "x.json")
    assert rows == [(1, ("x?y",), "")]


CHART = (Path(__file__).parents[1] / "data" / "samples" / "anx" / "chart.anx").read_text(encoding="utf-8")


def chart(tmp_path: Path, text: str = CHART, name: str = "x.anx") -> list[dict[str, str]]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return [
        r.values | ({"problem": r.problem} if r.problem else {}) for r in open_table(path, name, "", Options()).rows
    ]


def test_a_chart_is_a_table_of_its_items(tmp_path):
    person, car, link, event, drawing = ({k: v for k, v in row.items() if v} for row in chart(tmp_path))
    assert person == {
        "item": "entity", "id": "p1", "identity": "PAZ-1", "label": "Ana Paz", "type": "Persona", "description": "Nota",
        "date": "2025-03-04", "grade_one": "B", "grade_two": "2", "grade_three": "H1", "source_reference": "acta 7",
        "source_type": "policial", "attr.DNI": "12345678; F-1",
        "cards": "2025-03-05T10:20:00.000 | informe 3 | A1 | Vista en el puerto | Con otra persona\nDeclaró",
    }  # fmt: skip
    # a date that is not set is none, the grade "-" says nothing, a grade the list lacks is told and not misread
    assert car == {
        "item": "entity", "id": "v1", "identity": "AB123CD", "label": "AB123CD", "type": "Vehículo", "grade_two": "#9",
    }  # fmt: skip
    assert link == {
        "item": "link", "label": "Titular", "type": "Titular de", "strength": "Confirmado", "direction": "forward",
        "end1": "p1", "end2": "v1", "end1_identity": "PAZ-1", "end2_identity": "AB123CD",
    }  # fmt: skip
    assert (event["item"], event["label"]) == ("event", "Operativo")
    assert drawing == {"": "dibujo", "problem": "readers.reject.anx_item"}


def test_grades_of_a_chart_without_lists_say_nothing(tmp_path):
    text = re.sub(r"<Grade(One|Two|Three)>.*?</Grade\1>", "", CHART, flags=re.DOTALL)
    assert not any(row.get(f"grade_{n}") for row in chart(tmp_path, text) for n in ("one", "two", "three"))


@pytest.mark.parametrize("name", ["x.anx", "x.xml", "x.txt"])
@pytest.mark.parametrize("prefix", ["", "i2:"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_a_chart_in_any_encoding_that_it_declares(tmp_path, encoding, prefix, name):
    path = tmp_path / name
    text = CHART.replace("UTF-8", encoding)
    if prefix:
        text = re.sub(r"<(/?)(?=\w)", r"<\1i2:", text).replace("<i2:Chart", '<i2:Chart xmlns:i2="urn:x"', 1)
    path.write_bytes(text.encode(encoding))
    assert [r.values.get("type") for r in open_table(path, name, "", Options()).rows][1] == "Vehículo"


LAUGHS = '<!DOCTYPE Chart [<!ENTITY a "ja"><!ENTITY b "&a;&a;&a;&a;">]><Chart><ChartItem Label="&b;"/></Chart>'
OUTSIDE = '<!DOCTYPE Chart [<!ENTITY x SYSTEM "file:///etc/passwd">]><Chart><ChartItem Label="&x;"/></Chart>'


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (LAUGHS, "readers.xml.dtd"),
        (OUTSIDE, "readers.xml.dtd"),
        ("<Chart><ChartItem></Chart>", "readers.xml.broken"),
        ("<Report/>", "readers.xml.root"),
        ("<Chart>" + "<a>" * 100 + "</a>" * 100 + "</Chart>", "readers.xml.deep"),
        ('<?xml version="1.0" encoding="klingon"?><Chart/>', "readers.xml.broken"),
        ("", "ingest.reader.empty"),
    ],
)
def test_dangerous_and_broken_charts_are_refused(tmp_path, text, key):
    with pytest.raises(ReaderError) as told:
        chart(tmp_path, text)
    assert told.value.key == key and all(told.value.text(lang) for lang in LANGUAGES)


def test_a_matrix_is_a_list_of_its_ties(tmp_path):
    data = '\ufeff"",1,A,B,C\n1,0,2,0,0\nB,1,0,7,\nA,3,0,0,0\nC,0,0,0,0\nD,,,,\n'
    columns, rows = table(tmp_path, data, "x.csv", "matrix")
    assert columns == ("source", "target", "weight", "first", "second")
    assert rows == [
        (2, ("1", "A", "2", "1", "A"), ""),
        (3, ("B", "1", "1", "1", "B"), ""),
        (3, ("B\tB\t7",), "readers.reject.matrix_diagonal"),
        (4, ("A", "1", "3", "1", "A"), ""),
        (5, ("C", "", "", "", ""), ""),
        (6, ("D", "", "", "", ""), ""),
    ]


def test_two_actors_of_one_label_cost_their_cells_only(tmp_path):
    _, rows = table(tmp_path, ",A,9,B,9\nA,0,4,1,0\n9,0,0,2,0\nB,1,0,0,0\n9,0,0,0,0\n", "x.csv", "matrix")
    assert rows == [
        (2, ("A\t9\t4",), "readers.reject.matrix_label"),
        (2, ("A", "B", "1", "A", "B"), ""),
        (3, ("9\tB\t2",), "readers.reject.matrix_label"),
        (4, ("B", "A", "1", "A", "B"), ""),
        (5, ("9",), "readers.reject.matrix_label"),
    ]


def test_matrices_of_two_kinds_and_in_workbooks(tmp_path):
    rows = [["", "delito 1", "delito 2"], ["Ana", 1.0, 0.0], ["Luis", 0.0, 0.0]]
    for make in (xls, ods):
        _, found = table(tmp_path, make(rows), "x.xlsx", "matrix")
        assert [v[:3] for _, v, _ in found] == [("Ana", "delito 1", "1"), ("Luis", "", ""), ("", "delito 2", "")]


@pytest.mark.parametrize(
    "zero", ["", " ", "0", "0.000", "0,000", "0e0", "-0", "+0.0", "00", ".0", ",00", "0.000,00", "0.0E+00", "-", "."]
)
def test_zero_is_no_tie_however_it_is_written(tmp_path, zero):
    _, rows = table(tmp_path, f"\tA\tB\nA\t\t{zero}\nB\t0.5\t\n", "x.tsv", "matrix")
    assert [v[:3] for _, v, problem in rows if v[1]] == [("B", "A", "0.5")] and not any(p for *_, p in rows)


@pytest.mark.parametrize("cell", ["NA", "n/a", "NaN", "?"])
def test_what_is_not_known_is_no_tie_and_is_not_lost(tmp_path, cell):
    _, rows = table(tmp_path, f"\tA\tB\nA\t\t{cell}\nB\t0,001\t\n", "x.tsv", "matrix")
    assert [(v, problem) for _, v, problem in rows if problem] == [
        ((f"A\tB\t{cell}",), "readers.reject.matrix_unknown")
    ]
    assert [v[:3] for _, v, problem in rows if not problem] == [("B", "A", "0,001")]


@pytest.mark.parametrize("data", [b"", b"\n\n", b"A\n"])
def test_what_is_no_matrix(tmp_path, data):
    with pytest.raises(ReaderError):
        table(tmp_path, data, "x.csv", "matrix")


def test_a_list_of_pairs_keeps_its_attributes_and_knows_its_ends_in_order(tmp_path):
    columns, rows = table(tmp_path, "de\ta\tpeso\nN5\tN11\t1\nN11\tN5\t2\n", "x.txt", "edges")
    assert columns == ("de", "a", "peso", "first", "second")
    assert [v for _, v, _ in rows] == [("N5", "N11", "1", "N11", "N5"), ("N11", "N5", "2", "N11", "N5")]
    columns, rows = table(tmp_path, "0\t1\t4\n", "x.csv", "edges", header=("source", "target", "weight"))
    assert columns == ("source", "target", "weight", "first", "second") and rows[0][1] == ("0", "1", "4", "0", "1")
    with pytest.raises(ReaderError):
        table(tmp_path, "solo\n1\n", "x.csv", "edges")
