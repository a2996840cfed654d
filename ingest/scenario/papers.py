"""The source documents of a package: short texts and PDFs of one page, one of them named after a protected person."""

from __future__ import annotations

import hashlib
import re

from ingest.scenario.casefile import operation, unit
from ingest.scenario.hardness import fold
from ingest.scenario.people import Person
from ingest.scenario.tables import Desk

_STATEMENT = {"es": "Declaración reservada", "pt": "Depoimento sigiloso"}
_TEXT = {
    "es": (
        "{title}\n{service}\n{unit}\nInvestigación {case} ({operation})\n\n"
        "Documento ficticio del escenario de demostración de Vínculo.\n"
        "En la fecha se deja constancia de {people} personas y {companies} empresas relevadas en las actuaciones.\n"
    ),
    "pt": (
        "{title}\n{service}\n{unit}\nInvestigação {case} ({operation})\n\n"
        "Documento fictício do cenário de demonstração do Vínculo.\n"
        "Nesta data registra-se o levantamento de {people} pessoas e {companies} empresas nos autos.\n"
    ),
}
_PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 5 0 R /Resources << /Font << /F1 4 0 R >> >> >>"
)


def pdf(text: str) -> bytes:
    """A PDF (1.4) of one page that shows ``text`` line by line in Helvetica; the same text gives the same bytes."""

    def escaped(line: str) -> bytes:
        return re.sub(rb"([()\\])", rb"\\\1", line.encode("cp1252", "replace"))

    lines = b"\n".join(b"(" + escaped(line) + b") Tj T*" for line in text.splitlines())
    stream = b"BT /F1 11 Tf 14 TL 60 780 Td\n" + lines + b"\nET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        _PAGE,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    body = b"%PDF-1.4\n"
    entries = [b"0000000000 65535 f \n"]
    for number, content in enumerate(objects, 1):
        entries.append(b"%010d 00000 n \n" % len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(entries), len(body))
    return body + b"xref\n0 %d\n" % len(entries) + b"".join(entries) + trailer


def slug(text: str) -> str:
    """``text`` as part of a file name: lower case, no accents, hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text).lower()).strip("-")


def write_papers(desk: Desk, mentioned: Person | None) -> list[dict[str, str]]:
    """Write the documents of ``desk``'s package; returns their entries for case.yaml.

    ``mentioned`` is the protected person whose statement is among them, named in its file name, title and text.
    """
    package, service = desk.package, desk.service
    kinds = desk.words("papers")
    entries: list[dict[str, str]] = []

    def body(title: str) -> str:
        return _TEXT[service.language].format(
            title=title,
            service=service.title,
            unit=unit(package),
            case=package.case_number(),
            operation=operation(package),
            people=len(package.contents.people),
            companies=len(package.contents.companies),
        )

    def add(name: str, title: str, text: str) -> None:
        data = pdf(text) if name.endswith(".pdf") else text.encode()
        (desk.folder / "documents" / name).write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        entries.append({"file": f"documents/{name}", "sha256": digest, "title": title})

    for number in range(1, 3 + min(len(package.contents.people) // 150, 6)):
        title = f"{desk.pick(kinds)} {number}"
        add(f"{slug(title)}.{'pdf' if number % 2 else 'txt'}", title, body(title))
    if mentioned is not None:
        name = mentioned.full_name()
        title = f"{_STATEMENT[service.language]} {name}"
        facts = "\n".join(filter(None, (name, mentioned.birth_date(), mentioned.alias)))
        add(f"{slug(title)}.txt", title, f"{body(title)}\n{facts}\n")
    return entries
