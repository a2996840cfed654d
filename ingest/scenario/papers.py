"""The source documents of a package: short texts and PDFs of one page, one of them named after a protected person."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from ingest.scenario.hardness import fold
from ingest.scenario.people import Person
from ingest.scenario.stocks import load
from ingest.scenario.world import Package, World

_STATEMENT = {"es": "Declaración reservada", "pt": "Depoimento sigiloso"}
_TEXT = {
    "es": "{title}\n{service}\n{unit}\nInvestigación {case} ({operation})\n\nDocumento ficticio del escenario de demostración de Vínculo.\n"
    "En la fecha se deja constancia de {rows} personas y {companies} empresas relevadas en las actuaciones.\n",
    "pt": "{title}\n{service}\n{unit}\nInvestigação {case} ({operation})\n\nDocumento fictício do cenário de demonstração do Vínculo.\n"
    "Nesta data registra-se o levantamento de {rows} pessoas e {companies} empresas nos autos.\n",
}


def pdf(text: str) -> bytes:
    """A PDF (1.4) of one page that shows ``text`` line by line in Helvetica; the same text gives the same bytes."""

    def escaped(line: str) -> bytes:
        return re.sub(rb"([()\\])", rb"\\\1", line.encode("cp1252", "replace"))

    lines = b"\n".join(b"(" + escaped(line) + b") Tj T*" for line in text.splitlines())
    stream = b"BT /F1 11 Tf 14 TL 60 780 Td\n" + lines + b"\nET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return body + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        count, table, count, len(body))  # fmt: skip


def slug(text: str) -> str:
    """``text`` as part of a file name: lower case, no accents, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text).lower()).strip("-")


def write(
    world: World, package: Package, folder: Path, title: str, unit: str, mentioned: Person | None
) -> list[dict[str, Any]]:
    """Write the documents of ``package`` under ``folder``/documents; returns their entries for case.yaml."""
    service = package.service
    rng = world.rng("papers", package.index)
    kinds = load("words")["papers"][service.language]
    entries: list[dict[str, Any]] = []

    def add(name: str, title: str, text: str) -> None:
        data = pdf(text) if name.endswith(".pdf") else text.encode("utf-8")
        (folder / "documents" / name).write_bytes(data)
        entries.append({"file": f"documents/{name}", "sha256": hashlib.sha256(data).hexdigest(), "title": title})

    def body(heading: str) -> str:
        return _TEXT[service.language].format(title=heading, service=service.title, unit=unit, case=package.case_number(), operation=title,
            rows=len(package.people), companies=len(package.companies))  # fmt: skip

    for number in range(1, 3 + min(len(package.people) // 150, 6)):
        heading = f"{kinds[int(rng.random() * len(kinds))]} {number}"
        add(f"{slug(heading)}.{'pdf' if number % 2 else 'txt'}", heading, body(heading))
    if mentioned is not None:
        heading = f"{_STATEMENT[service.language]} {mentioned.full_name()}"
        add(
            f"{slug(heading)}.txt",
            heading,
            body(heading) + f"\n{mentioned.full_name()}\n{mentioned.birth_date()}\n{mentioned.alias}\n",
        )
    return entries
