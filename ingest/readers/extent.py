"""How many cells a workbook's largest sheet would take, told from its bytes before anything is opened.

The compiled reader lays a sheet out as a full rectangle: a file of 5 kB with one cell in the last corner asks it for
gigabytes, and what it cannot get ends the process. So the farthest row and column are looked up first: in XLSX by the
cells' references, in ODS by counting with its repeats, in XLS by walking its records. Found by tools/fuzz.py.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.etree.ElementTree import Element, ParseError  # noqa: S405  (types only: parsing goes through defusedxml)

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse

CHUNK = 1 << 20
OVERLAP = 64  # bytes of the chunk before, in which a reference may have begun
# ECMA-376: cells and rows say where they stand in `r`
_REFERENCE = re.compile(rb"""[\s:]r\s*=\s*["']\s*\$?([A-Za-z]{0,3})\$?(\d{1,10})""")
_CELL = re.compile(rb"<(?:\w+:)?c[\s/>]")
FREE = 0xFFFFFFFA  # sector numbers from here on are marks and no sectors
# [MS-XLS]: records that hold one cell, and those that hold a run of cells of one row
_ONE = frozenset(
    (0x0001, 0x0002, 0x0003, 0x0004, 0x0005, 0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E)
)
_RUN = frozenset((0x00BD, 0x00BE))


class Unreadable(ValueError):
    """The bytes are not what they claim to be."""


def members(data: bytes, infos: list[zipfile.ZipInfo]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """(name, chunks of the unpacked bytes) of each member. Raises :class:`Unreadable` where a member is longer than
    the archive declares, or packed in a way that no office program uses."""
    for info in infos:
        yield info.filename, _unpacked(data, info)


def _unpacked(data: bytes, info: zipfile.ZipInfo) -> Iterator[bytes]:
    head = data[info.header_offset : info.header_offset + 30]
    if len(head) < 30 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) or info.flag_bits & 1:
        raise Unreadable(info.filename)
    begin = info.header_offset + 30 + sum(struct.unpack("<HH", head[26:30]))
    packed = data[begin : begin + info.compress_size]
    if info.compress_type == zipfile.ZIP_STORED:
        if len(packed) != info.file_size:
            raise Unreadable(info.filename)
        yield from (packed[at : at + CHUNK] for at in range(0, len(packed), CHUNK))
        return
    unpacker, size = zlib.decompressobj(-15), 0
    while not unpacker.eof:
        try:
            chunk = unpacker.decompress(packed, CHUNK)
        except zlib.error as broken:
            raise Unreadable(str(broken)) from None
        size += len(chunk)
        if size > info.file_size or (not chunk and not unpacker.eof):
            raise Unreadable(info.filename)
        packed = unpacker.unconsumed_tail
        yield chunk


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def of_zip(data: bytes, infos: list[zipfile.ZipInfo], enough: int) -> int:
    """Cells of the largest sheet of an XLSX or ODS, counting no further than ``enough``."""
    largest = 0
    for name, chunks in members(data, infos):
        if name.lower().endswith(".bin") and "worksheets" in name.lower():
            raise Unreadable("XLSB")  # its cells cannot be looked up here
        if name == "content.xml":
            largest = max(largest, _of_ods(chunks, enough))
        elif name.lower().endswith((".xml", ".rels", ".vml")):
            largest = max(largest, _of_xml(chunks))
        else:
            for _ in chunks:
                """Unpacked once, so that no member is longer than declared."""
        if largest > enough:
            break
    return largest


def _of_xml(chunks: Iterator[bytes]) -> int:
    rows = columns = cells = 0
    before = b""
    for chunk in chunks:
        text = before + chunk
        for letters, digits in _REFERENCE.findall(text):
            rows = max(rows, int(digits))
            columns = max(columns, _column(letters))
        cells += len(_CELL.findall(text))
        before = text[-OVERLAP:]
    # cells that say nothing of where they stand come one after the other, at most all in one row
    return max(rows * columns, cells) if columns else max(rows, 1) * cells


class _Chunks:
    """A file to read from, made of chunks."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        found, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        return found


def _of_ods(chunks: Iterator[bytes], enough: int) -> int:
    try:
        return _count_ods(iterparse(_Chunks(chunks), ("start", "end"), forbid_dtd=True), enough)
    except (DefusedXmlException, ParseError, ValueError, LookupError) as broken:
        raise Unreadable(str(broken)) from None


def _count_ods(events: Any, enough: int) -> int:
    """Height and width of what is not blank, repeats counted; blank rows and cells at the end do not count."""
    largest = rows = waiting = columns = width = at = 0
    filled = False
    for event, element in events:
        tag = element.tag.rpartition("}")[2]
        if event == "start":
            if tag == "table":
                rows = waiting = columns = 0
            elif tag == "table-row":
                width = at = 0
                filled = False
            continue
        if tag in ("table-cell", "covered-table-cell"):
            at += _repeats(element, "columns")
            if len(element) or any(k.rpartition("}")[2] in ("value-type", "formula") for k in element.keys()):
                width, filled = at, True
        elif tag == "table-row":
            repeats = _repeats(element, "rows")
            if filled:
                rows, waiting = rows + waiting + repeats, 0
                columns = max(columns, width)
                largest = max(largest, rows * columns)
            else:
                waiting += repeats
        if tag not in ("p", "span", "a", "s"):
            element.clear()
        if largest > enough:
            break
    return largest


def _repeats(element: Element, what: str) -> int:
    text = next((v for k, v in element.items() if k.rpartition("}")[2] == f"number-{what}-repeated"), "1")
    return max(1, int(text)) if text.isdigit() and len(text) < 10 else 1


def of_xls(data: bytes) -> int:
    """Cells of the largest rectangle that an XLS can ask for: its farthest row times its farthest column."""
    book = _stream(data)
    rows = columns = at = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        if kind in _ONE and length >= 4:
            row, column = struct.unpack_from("<HH", book, at + 4) if at + 8 <= len(book) else (0, 0)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        elif kind in _RUN and length >= 6 and at + 4 + length <= len(book):
            row, first = struct.unpack_from("<HH", book, at + 4)
            (last,) = struct.unpack_from("<H", book, at + 2 + length)
            rows, columns = max(rows, row + 1), max(columns, first + 1, last + 1, first + (length - 6) // 2)
        at += 4 + length
    return rows * columns


def _stream(data: bytes) -> bytes:
    """The stream ``Workbook`` (or ``Book``) of a compound file ([MS-CFB])."""
    try:
        return _read_stream(data)
    except (struct.error, IndexError, OverflowError, ValueError) as broken:
        raise Unreadable(str(broken)) from None


def _read_stream(data: bytes) -> bytes:
    shift, small_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or small_shift != 6:
        raise Unreadable("sector size")
    size = 1 << shift
    directory, _, cutoff, small_fat, small_count, more, _ = struct.unpack_from("<IIIIIII", data, 48)

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    def numbers(raw: bytes) -> tuple[int, ...]:
        return struct.unpack(f"<{len(raw) // 4}I", raw[: len(raw) // 4 * 4])

    tables = [n for n in numbers(data[76:512]) if n < FREE]
    seen: set[int] = set()
    while more < FREE and more not in seen:
        seen.add(more)
        *found, more = numbers(sector(more))
        tables += [n for n in found if n < FREE]
    fat = [entry for n in tables for entry in numbers(sector(n))]

    def chain(start: int, table: list[int]) -> Iterator[int]:
        steps = 0
        while start < FREE:
            if start >= len(table) or steps > len(table):
                raise Unreadable("chain")
            yield start
            start, steps = table[start], steps + 1

    entries = b"".join(map(sector, chain(directory, fat)))
    root = b""
    for at in range(0, len(entries) - 127, 128):
        entry = entries[at : at + 128]
        name = entry[: max(0, int.from_bytes(entry[64:66], "little") - 2)].decode("utf-16-le", "replace").lower()
        start, length = struct.unpack_from("<II", entry, 116)
        if entry[66] == 5:
            root = b"".join(map(sector, chain(start, fat))) if start < FREE else b""
        elif name in ("workbook", "book"):
            if length >= cutoff:
                return b"".join(map(sector, chain(start, fat)))[:length]
            small = [e for n in chain(small_fat, fat) for e in numbers(sector(n))] if small_count else []
            return b"".join(root[n * 64 : n * 64 + 64] for n in chain(start, small))[:length]
    raise Unreadable("no workbook")


def infos_of(data: bytes) -> list[zipfile.ZipInfo]:
    """The members of a zip. Raises :class:`Unreadable`."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error) as broken:
        raise Unreadable(str(broken)) from None
