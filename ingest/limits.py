"""How much a delivery may ask of this machine. Checked on what an archive declares and again on what it unpacks to.

After OWASP ASVS 5.0, items 5.2.1–5.2.3 and 5.3.3: size, count and ratio are bounded before anything is unpacked.
"""

from __future__ import annotations

from dataclasses import dataclass

MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one delivery. Sizes are bytes, ``ratio`` is unpacked to packed size."""

    members: int = 100  # files in a package
    member: int = 1024 * MB  # one file, unpacked
    total: int = 1536 * MB  # all files together, unpacked
    ratio: int = 100
    yaml: int = 1 * MB  # case.yaml, mapping.yml
    sheet_total: int = 512 * MB  # an XLSX or ODS, unpacked: it is read as a whole
    whole: int = 128 * MB  # a JSON document or XLS, which is read as a whole
    line: int = 4 * MB  # one line of JSON lines
    cell: int = 131_072  # characters in a cell
    cell_lines: int = 100  # lines in a quoted cell: beyond it a quote was left open
    columns: int = 2_000


LIMITS = Limits()
