"""Readers: every form of CSV, workbooks, JSON; and nothing but our errors on arbitrary bytes."""

from __future__ import annotations

import codecs
import io
import json
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ReaderError
from ingest.limits import Limits
from ingest.readers import ROW_READERS, Options, guess, open_table
from ingest.readers.encoding import detect

TEXT = "ID;NOMBRE\n1;José Muñoz Ávila\n2;João d'Ávila\n"


def table(tmp_path: Path, data: bytes, name: str = "x.csv", reader: str = "", **options):
    path = tmp_path / name
    path.write_bytes(data)
    found = open_table(path, name, reader, Options(**options))
    return found.columns, [(r.number, tuple(r.values.values()), r.problem) for r in found.rows]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp850"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_csv_of_any_encoding_line_end_and_delimiter(tmp_path, encoding, end, delimiter):
    data = TEXT.replace(";", delimiter).replace("\n", end).encode(encoding)
    columns, rows = table(tmp_path, data)
    assert columns == ("ID", "NOMBRE")
    assert rows == [(2, ("1", "José Muñoz Ávila"), ""), (3, ("2", "João d'Ávila"), "")]


def test_the_encoding_is_decided_for_the_whole_file(tmp_path):
    """Ten thousand lines of ASCII and one letter at the end."""
    data = "ID;NOMBRE\n" + "".join(f"{n};Ana\n" for n in range(10_000))
    for encoding in ("cp1252", "utf-8"):
        _, rows = table(tmp_path, (data + "10000;Muñoz\n").encode(encoding))
        assert rows[-1] == (10_002, ("10000", "Muñoz"), "")


def test_a_letter_across_the_border_of_two_reads(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(b"a" * ((1 << 20) - 1) + "ñ".encode() + b"\n")
    assert detect(path) == "utf-8"
    path.write_bytes(b"a" * ((1 << 20) - 1) + "ñ".encode()[:1])
    assert detect(path) != "utf-8"


def test_declared_values_win(tmp_path):
    columns, rows = table(tmp_path, b"a,b;c\n\xf1,2;3\n", encoding="cp1252", delimiter=",")
    assert columns == ("a", "b;c") and rows == [(2, ("ñ", "2;3"), "")]


def test_a_row_is_numbered_by_the_line_on_which_it_begins(tmp_path):
    data = b'ID,T\n1,"uno\ndos\r\ntres"\n\n2,x\n,\n3,"y\rz"\n4,w\n'
    _, rows = table(tmp_path, data)
    assert [(n, v[0]) for n, v, _ in rows] == [(2, "1"), (6, "2"), (8, "3"), (10, "4")]
    assert rows[0][1][1] == "uno\ndos\r\ntres"


def test_a_quote_left_open_costs_its_line_only(tmp_path):
    data = 'ID;NOMBRE\n1;"Ana\n2;Luis\n3;"EL TUERTO" SA\n4;Eva "la Rubia" Paz\n5;"ok; sí"\n'.encode()
    _, rows = table(tmp_path, data)
    assert rows == [
        (2, ('1;"Ana',), "ingest.reject.quote"),
        (3, ("2", "Luis"), ""),
        (4, ('3;"EL TUERTO" SA',), "ingest.reject.quote"),
        (5, ("4", 'Eva "la Rubia" Paz'), ""),
        (6, ("5", "ok; sí"), ""),
    ]


def test_a_quote_left_open_in_a_long_file_stays_cheap_and_local(tmp_path):
    lines = [f'{n};"abierta' if n % 2 else f"{n};bien" for n in range(4000)]
    _, rows = table(tmp_path, ("ID;N\n" + "\n".join(lines) + "\n").encode())
    assert len(rows) == 4000
    assert sum(bool(problem) for _, _, problem in rows) == 2000


def test_rows_that_are_too_long_are_problems_and_short_ones_are_filled(tmp_path):
    _, rows = table(tmp_path, b"a;b\n1;2;3\n1\n1;2;;\n;;;\n")
    assert rows == [(2, ("1\t2\t3",), "ingest.reject.too_many_cells"), (3, ("1", ""), ""), (4, ("1", "2"), "")]


def test_headers_without_name_or_with_one_name_twice(tmp_path):
    columns, _ = table(tmp_path, b"\xef\xbb\xbf ID ;;NOMBRE;NOMBRE;\n1;2;3;4;\n")
    assert columns == ("ID", "2", "NOMBRE", "NOMBRE.2")


@pytest.mark.parametrize(
    ("header", "columns", "first"),
    [(2, ("a", "b"), 3), (("X", "Y"), ("X", "Y"), 1), (False, ("1", "2"), 1)],
)
def test_where_the_header_is(tmp_path, header, columns, first):
    found, rows = table(tmp_path, b"Listado;\na;b\n1;2\n", header=header)
    assert found == columns and rows[0][0] == first


def workbook(rows, kind="xlsx") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    other = book.create_sheet("Otra")
    other.append(["Z"])
    other.append([1])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


WORKBOOK = workbook([["ID", "N"], [1, "x"], [2, date(2020, 1, 1)]])  # made once: its bytes hold the time


def test_a_workbook_is_known_by_its_bytes(tmp_path):
    rows = [
        ["ID", "F", "N", "S"],
        [17, date(1980, 3, 4), 1.5, True],
        [None] * 4,
        [18, datetime(2024, 1, 2, 3, 4), None, "x"],
    ]
    columns, found = table(tmp_path, workbook(rows), name="x.xls")
    assert columns == ("ID", "F", "N", "S")
    assert found == [(2, ("17", "1980-03-04", "1.5", "1"), ""), (4, ("18", "2024-01-02T03:04:00", "", "x"), "")]


def test_sheets_by_name_and_number(tmp_path):
    data = workbook([["A"], [1]])
    assert table(tmp_path, data, "x.xlsx", sheet="Otra")[0] == ("Z",)
    assert table(tmp_path, data, "x.xlsx", sheet=2)[0] == ("Z",)
    for wrong in ("Otras", 3):
        with pytest.raises(ReaderError, match="Otra"):
            table(tmp_path, data, "x.xlsx", sheet=wrong)


def test_a_workbook_that_is_a_bomb(tmp_path):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", bytes(80 << 20))
    with pytest.raises(ReaderError) as told:
        table(tmp_path, target.getvalue(), "x.xlsx")
    assert told.value.key == "ingest.reader.bomb"


def test_json_documents_and_lines(tmp_path):
    items = [{"id": 1, "n": {"a": "x"}, "l": ["p", "q"]}, {"id": 2.0, "n": None, "b": True}, 7]
    text = "[\n" + ",\n".join(json.dumps(i) for i in items) + "\n]"
    columns, rows = table(tmp_path, text.encode(), "x.json")
    assert columns == ("id", "n.a", "l", "n", "b")
    assert rows == [
        (2, ("1", "x", "p; q", "", ""), ""), (3, ("2", "", "", "", "1"), ""), (4, ("7",), "ingest.reject.not_object"),
    ]  # fmt: skip
    wrapped = json.dumps({"total": 2, "filas": items[:2]})
    assert len(table(tmp_path, wrapped.encode(), "x.json")[1]) == 2
    lines = "\n".join(["", *map(json.dumps, items), "no json"])
    columns, rows = table(tmp_path, lines.encode(), "x.jsonl")
    assert [r[0] for r in rows] == [2, 3, 4, 5]
    assert [r[2] for r in rows] == ["", "", "ingest.reject.not_object", "ingest.reject.not_object"]


@pytest.mark.parametrize(
    "text", ["[1,", "{", '{"a" 1}', "[{]", '{"a": [{}', "[" * 100_000, '[{"a":1} {"b":2}]', '"x"', "{}"]
)
def test_broken_json(tmp_path, text):
    with pytest.raises(ReaderError):
        table(tmp_path, text.encode(), "x.json", "json")


@pytest.mark.parametrize(
    ("name", "data", "reader"),
    [
        ("x.csv", b"a;b\n", "csv"),
        ("x.xls", b"PK\x03\x04", "excel"),
        ("x.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel"),
        ("x.json", b" {", "json"),
        ("x.jsonl", b"{}", "jsonl"),
        ("x.txt", b'[{"a":1}]', "json"),
    ],
)
def test_the_reader_is_found_by_content(tmp_path, name, data, reader):
    path = tmp_path / name
    path.write_bytes(data)
    assert guess(path, name) == reader


SMALL = Limits(line=4096, cell=1024, columns=50, whole=1 << 16)
STARTS = [
    b"",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    codecs.BOM_UTF8,
    codecs.BOM_UTF16_LE,
    b"[{",
    b'a;"',
    b"{",
    b'<Chart><ChartItemCollection><ChartItem Label="a">',
    b'<?xml version="1.0" encoding="utf-16"?><Chart>',
    b";A;B\nA;0;",
]


@pytest.mark.parametrize("reader", sorted(ROW_READERS))
@given(start=st.sampled_from(STARTS), data=st.binary(max_size=2000))
def test_arbitrary_bytes_raise_nothing_but_our_errors(reader, start, data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        path.write_bytes(start + data)
        try:
            found = ROW_READERS[reader](path, "x", Options(limits=SMALL))
            for row in found.rows:
                assert row.number > 0 and all(isinstance(v, str) for v in row.values.values())
        except ReaderError as told:
            assert told.text("es")


@given(data=st.data())
def test_a_damaged_workbook_raises_nothing_but_our_errors(data):
    whole = bytearray(WORKBOOK)
    for _ in range(data.draw(st.integers(1, 12))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.xlsx")
        path.write_bytes(bytes(whole[: data.draw(st.integers(4, len(whole)))]))
        try:
            list(ROW_READERS["excel"](path, "x", Options()).rows)
        except ReaderError as told:
            assert told.text("pt")


@given(
    st.lists(
        st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8), min_size=3, max_size=3),
        max_size=8,
    )
)
def test_what_was_written_as_csv_is_read_again(rows):
    import csv

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.csv")
        with path.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target).writerows([["a", "b", "c"], *rows])
        found = [
            list(r.values.values())
            for r in open_table(path, "x.csv", "csv", Options(encoding="utf-8", delimiter=",")).rows
        ]
    assert found == [row for row in rows if any(cell.strip() for cell in row)]


def test_shared_exports_with_their_real_defects(tmp_path):
    """An extra on the real exports, where they are at hand: BOM and semicolons, ISO-8859-1, an .xls that is an
    .xlsx."""
    folder = Path(__file__).parents[3] / "shared" / "data" / "open-data-exports"
    wanted = {
        "pe_mpfn_delitos_2019-2023.csv": 1000,
        "pe_trata_denuncias_2017-2023.csv": 1000,
        "br_isp_rj_estado_1991.csv": 300,
        "br_isp_rj_dicionario.xls": 10,
        "pe_mpfn_delitos_2019-2023.xlsx": 1000,
    }
    counts = {}
    for name in wanted if folder.is_dir() else ():
        found = open_table(folder / name, name, "", Options(header=4 if name.endswith(".xls") else True))
        assert not any("\ufeff" in c or "Ã" in c for c in found.columns)
        rows = list(found.rows)
        assert not any(r.problem for r in rows)
        assert len(found.columns) > 1
        counts[name] = len(rows)
    assert all(counts[name] >= least for name, least in wanted.items() if counts)
