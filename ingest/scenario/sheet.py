"""A writer of XLSX with one sheet.

It is our own because the same rows must give the same bytes (no clock, no zip dates) and a large sheet must need no
memory: rows go into the archive as they come.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self
from xml.sax.saxutils import escape

Cell = str | int | float | date

_EPOCH = date(1899, 12, 30).toordinal()
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATIONS = "application/vnd.openxmlformats-package.relationships+xml"
_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{_RELATIONS}"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}.worksheet+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/worksheet" '
        f'Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill '
        'patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
        '<border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf xfId="0"/>'
        '<xf numFmtId="164" applyNumberFormat="1" xfId="0"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" '
        'xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}
_WORKBOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{{name}}" sheetId="1" r:id="rId1"/></sheets>'
    "</workbook>"
)


def _column(index: int) -> str:
    return chr(65 + index) if index < 26 else chr(64 + index // 26) + chr(65 + index % 26)


class SheetTable:
    """XLSX with one sheet. A ``date`` becomes a true date cell, a number a number, text an inline string."""

    def __init__(self, path: Path, header: Sequence[str], sheet: str) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._columns = [_column(index) for index in range(len(header))]
        for name, text in (*_PARTS.items(), ("xl/workbook.xml", _WORKBOOK.format(name=escape(sheet)))):
            self._zip.writestr(self._entry(name), (_XML + text).encode())
        self._sheet = self._zip.open(self._entry("xl/worksheets/sheet1.xml"), "w")
        self._buffer = [f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>']
        self.row = 0
        self.write(header)

    @staticmethod
    def _entry(name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.create_system = 3
        return entry

    def write(self, cells: Iterable[Cell]) -> int:
        """Write one row; returns its number."""
        self.row = row = self.row + 1
        parts = [f'<row r="{row}">']
        for column, cell in zip(self._columns, cells, strict=False):
            if cell == "":
                continue
            if isinstance(cell, str):
                parts.append(f'<c r="{column}{row}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
            elif isinstance(cell, date):
                parts.append(f'<c r="{column}{row}" s="1"><v>{cell.toordinal() - _EPOCH}</v></c>')
            else:
                parts.append(f'<c r="{column}{row}"><v>{cell}</v></c>')
        parts.append("</row>")
        self._buffer.append("".join(parts))
        if len(self._buffer) >= 500:
            self._flush()
        return row

    def write_all(self, rows: Iterable[Iterable[Cell]]) -> None:
        """Write many rows."""
        for row in rows:
            self.write(row)

    def _flush(self) -> None:
        self._sheet.write("".join(self._buffer).encode())
        self._buffer.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._buffer.append("</sheetData></worksheet>")
        self._flush()
        self._sheet.close()
        self._zip.close()
