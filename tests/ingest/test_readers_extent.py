"""Workbooks that would take the machine's memory are refused before they are opened: finds of tools/fuzz.py."""

from __future__ import annotations

import importlib.util
import io
import random
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import ReaderError
from graph.i18n import LANGUAGES
from ingest.readers import Options, open_table
from ingest.readers.excel import CELLS
from ingest.readers.extent import Unreadable, infos_of, of_xls, of_zip

sys.path.insert(0, str(Path(__file__).parent))
from workbooks import ods, xls  # noqa: E402

ROOT = Path(__file__).parents[2]
ROWS = [["ID", "NOMBRE"], [1.0, "Ana"], [2.0, "Luis"]]


def xlsx(cells: dict[str, object]) -> bytes:
    book, target = openpyxl.Workbook(), io.BytesIO()
    for place, value in cells.items():
        book.active[place] = value
    book.save(target)
    return target.getvalue()


def repacked(data: bytes, name: str, change) -> bytes:
    """A zip with one member's bytes changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            body = old.read(info)
            new.writestr(info.filename, change(body) if info.filename == name else body)
    return target.getvalue()


def far(data: bytes) -> bytes:
    """The XLS of ROWS with its last cell moved to the last corner: row 65,536, column 256."""
    at = data.rindex(struct.pack("<HHH", 2, 1, 0))
    return data[:at] + struct.pack("<HHH", 65_535, 255, 0) + data[at + 6 :]


def refused(data: bytes, key: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.xlsx")
        path.write_bytes(data)
        with pytest.raises(ReaderError) as told:
            open_table(path, "x.xlsx", "", Options())
    assert told.value.key == key and all(told.value.text(lang) for lang in LANGUAGES)


def test_one_cell_in_the_last_corner():
    """Five kilobytes that ask for hundreds of megabytes (XLS) or half a terabyte (XLSX)."""
    for data in (far(xls(ROWS)), xlsx({"A1": "ID", "XFD1048576": 1})):
        assert len(data) < 10_000
        refused(data, "readers.cells")


def test_repeats_of_a_spreadsheet_are_counted():
    for what, times in ((b"table:table-row", b"rows"), (b'table:table-cell office:value-type="float"', b"columns")):
        head, tail = what.split(b" ")[0], what[len(what.split(b" ")[0]) :]
        plain = b"<" + what
        more = b"<" + head + b" table:number-" + times + b'-repeated="9000000"' + tail
        refused(repacked(ods(ROWS), "content.xml", lambda body, a=plain, b=more: body.replace(a, b)), "readers.cells")


def test_blank_rows_and_cells_at_the_end_do_not_count(tmp_path):
    """As office programs write them: a million rows and a thousand columns of nothing."""
    blank = (
        b'<table:table-row table:number-rows-repeated="1048573">'
        b'<table:table-cell table:number-columns-repeated="1024"/></table:table-row></table:table>'
    )
    path = tmp_path / "x.ods"
    path.write_bytes(repacked(ods(ROWS), "content.xml", lambda body: body.replace(b"</table:table>", blank)))
    assert [list(r.values.values()) for r in open_table(path, "x.ods", "", Options()).rows] == [
        ["1", "Ana"],
        ["2", "Luis"],
    ]


def test_what_is_told_of_honest_workbooks():
    data = xlsx({"A1": "ID", "C7": 1})
    assert of_zip(data, infos_of(data), CELLS) == 21
    assert of_xls(xls(ROWS)) == 6
    data = ods(ROWS)
    assert of_zip(data, infos_of(data), CELLS) == 6


def test_a_member_that_is_longer_than_it_says():
    """A zip may declare a small size for what unpacks to a large one; the compiled reader would unpack it all."""
    data = bytearray(xlsx({"A1": "ID", "A2": "x" * 5000}))
    for info in infos_of(bytes(data)):
        if info.filename.endswith("sheet1.xml"):
            short = struct.pack("<I", 100)
            data[info.header_offset + 22 : info.header_offset + 26] = short
            central = data.index(b"PK\x01\x02")
            while data[central + 46 : central + 46 + len(info.filename)] != info.filename.encode():
                central = data.index(b"PK\x01\x02", central + 4)
            data[central + 24 : central + 28] = short
    refused(bytes(data), "ingest.reader.broken")


def test_a_binary_workbook_is_refused():
    """XLSB: how large it would become cannot be told beforehand."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.bin", b"\0")
    refused(target.getvalue(), "ingest.reader.broken")


@given(data=st.binary(max_size=3000), start=st.sampled_from([b"", xls(ROWS)[:1600]]))
def test_any_compound_file_is_measured_or_refused(data, start):
    for piece in (start + data, data + start):
        try:
            assert of_xls(piece) >= 0
        except Unreadable:
            pass


@given(changes=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8))
def test_a_damaged_old_workbook_raises_nothing_but_our_errors(changes):
    data = bytearray(xls(ROWS))
    for at, byte in changes:
        data[at % len(data)] = byte
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.xls")
        path.write_bytes(bytes(data))
        try:
            list(open_table(path, "x.xls", "excel", Options()).rows)
        except ReaderError as told:
            assert told.text("es")


READERS = (
    "csv", "excel", "json", "jsonl", "anx", "matrix", "edges", "calls", "ftm", "ofac", "routes", "statements", "stix",
)  # fmt: skip


@pytest.mark.parametrize("reader", READERS)
def test_damaged_files_raise_nothing_but_our_errors(reader, tmp_path):
    """A short look with the fuzzer's own means, within this process; the long run is the proof below."""
    found = importlib.util.spec_from_file_location("fuzz", ROOT / "tools" / "fuzz.py")
    assert found and found.loader
    fuzz = importlib.util.module_from_spec(found)
    found.loader.exec_module(fuzz)
    run, files, chance = fuzz.target(reader, tmp_path), fuzz.seeds(reader), random.Random(7)
    small = [data[:4000] if reader == "ofac" else data for data in files]
    for data in [*small, *(fuzz.mutated(small, chance) for _ in range(60))]:
        run(data)


def test_the_fuzzer_tells_what_it_did(tmp_path):
    assert fuzz("jsonl", 0.005, tmp_path) == 0


@pytest.mark.prove
@pytest.mark.parametrize("reader", READERS)
def test_the_fuzzer_finds_nothing_in_ten_minutes(reader, tmp_path):
    """No crash, no hang, no memory above 512 MB (guided by coverage where atheris is there, else at random)."""
    assert fuzz(reader, 10, tmp_path) == 0


def fuzz(reader: str, minutes: float, keep: Path) -> int:
    command = [sys.executable, ROOT / "tools" / "fuzz.py", reader, "--minutes", str(minutes), "--keep", keep / "finds"]
    return subprocess.run(command, cwd=ROOT, timeout=minutes * 60 + 120).returncode
