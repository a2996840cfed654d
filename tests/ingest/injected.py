"""Packages with the texts of tests/data/injection.yaml in every field of every reader, and of the manifest."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import openpyxl
import yaml
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

Sources = tuple[str, dict[str, bytes], str]
CORPUS = Path(__file__).parents[1] / "data" / "injection.yaml"
LONG = "A" * 65_536
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def corpus() -> list[str]:
    """Every text, in the file's order, and one of 64k."""
    groups = yaml.safe_load(CORPUS.read_text(encoding="utf-8"))
    return [text for texts in groups.values() for text in texts] + [LONG]


COLUMNS = ("ID", "NOMBRE", "ALIAS", "NOTA", "DNI", "NACIMIENTO", "PAIS", "TEL", "MAIL", "DIR", "SEXO", "WEB", "ROL",
           "FIABILIDAD", "DATO", "CODIGO", "EMPRESA", "PORCENTAJE", "DESDE", "CARGO")  # fmt: skip
CODES = ("ROL", "FIABILIDAD", "DATO", "CODIGO")
MAPPING = """
csv_url: {file}
entities:
  persona:
    schema: Person
    keys: [ID]
    key_literal: persona
    role: {{column: ROL, map: {{victima: victim, imputado: accused}}}}
    evaluation: {{scheme: 4x4, source: {{column: FIABILIDAD}}, information: {{column: DATO}}}}
    handling: {{column: CODIGO}}
    properties:
      name: {{column: NOMBRE}}
      alias: {{column: ALIAS}}
      notes: {{template: "Nota: {{{{NOTA}}}}"}}
      idNumber: {{column: DNI, form: ar.dni}}
      birthDate: {{column: NACIMIENTO}}
      nationality: {{column: PAIS}}
      phone: {{column: TEL}}
      email: {{column: MAIL}}
      address: {{column: DIR}}
      gender: {{column: SEXO}}
      website: {{column: WEB}}
  empresa:
    schema: Company
    keys: [EMPRESA]
    key_literal: empresa
    properties: {{name: {{column: EMPRESA}}}}
  parte:
    schema: Ownership
    keys: [ID, EMPRESA]
    key_literal: parte
    properties:
      owner: {{entity: persona}}
      asset: {{entity: empresa}}
      percentage: {{column: PORCENTAJE}}
      startDate: {{column: DESDE}}
      role: {{column: CARGO}}
      summary: {{columns: [NOTA, ALIAS], join: " / "}}
"""
TIES = """
file: {file}
entities:
  uno: {{schema: Person, keys: [{one}], key_literal: actor, properties: {{name: {{column: {one}}}}}}}
  otro: {{schema: Person, keys: [{other}], key_literal: actor, properties: {{name: {{column: {other}}}}}}}
  vinculo:
    schema: UnknownLink
    keys: [{one}, {other}]
    key_literal: vinculo
    properties: {{subject: {{entity: uno}}, object: {{entity: otro}}, description: {{column: {weight}}}}}
"""
KONECT = """
file: {file}
entities:
  uno: {{schema: Person, keys: [persona], key_literal: uno, properties: {{name: {{column: persona.nombre}}}}}}
  otro: {{schema: Person, keys: [delito], key_literal: otro, properties: {{notes: {{column: nota}}}}}}
"""
CALLS = ("numero origen", "numero destino", "fecha y hora", "duracion", "celda", "imei", "imsi", "cantidad", "Tarifa")
CALL = ((), ("+5491123456789", "+5491134567890"), ("+5491123456789", "+5491134567890", "2025-02-13 08:00:00", "60"))
ROUTES = ("id ruta", "tramo", "origen", "destino", "locode origen", "locode destino", "medio", "naviera", "buque",
          "carga", "contenedor", "salida", "llegada", "Nota")  # fmt: skip
ITEM = """<ChartItem Label={0} Description={0} DateSet="true" DateTime={0} SourceReference={0} SourceType={0}
 GradeOneIndex={0}><End X={0} Y={0}><Entity EntityId={1} Identity={0}><Icon><IconStyle Type="Persona"/></Icon></Entity>
</End><AttributeCollection><Attribute AttributeClass={0} Value={0}/></AttributeCollection>
<CardCollection><Card Summary={0} Text={0} DateTime={0} SourceReference={0}/></CardCollection></ChartItem>"""


def table(columns: tuple[str, ...], rows: list[list[str]], delimiter: str = ";") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([columns, *rows])
    return out.getvalue().encode()


def workbook(columns: tuple[str, ...], rows: list[list[str]]) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    for n, row in enumerate([list(columns), *rows], 1):
        for m, text in enumerate(row, 1):
            cell = sheet.cell(n, m)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_000]
            cell.data_type = "s"  # a text, as the file of somebody who means ill would say of nothing
    book.save(out)
    return out.getvalue()


def stix(texts: list[str]) -> bytes:
    objects: list[dict[str, object]] = []
    for n, x in enumerate(texts):
        one: dict[str, object] = dict.fromkeys(("name", "description", "identity_class", "created", "lang", x), x)
        one |= dict.fromkeys(("roles", "sectors", "labels", "object_marking_refs"), [x])
        one |= {"contact_information": x, "confidence": x, "external_references": [{"source_name": x, "url": x}]}
        one |= {"type": "identity", "id": f"identity--{n}"}
        two = {"type": "threat-actor", "id": x, "name": x, "aliases": [x], "goals": [x]}
        tie = {"type": "relationship", "id": f"relationship--{n}", "relationship_type": x, "description": x,
               "source_ref": f"identity--{n}", "target_ref": x, "start_time": x}  # fmt: skip
        objects += [one, two, tie, {"type": x, "id": x, "name": x}]
    return json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}).encode()


def ftm(texts: list[str]) -> bytes:
    lines: list[dict[str, object]] = []
    for n, x in enumerate(texts):
        props = {p: [x] for p in ("name", "alias", "notes", "birthDate", "nationality", "phone", "idNumber", x)}
        lines.append({"id": f"p{n}", "schema": "Person", "properties": props})
        lines.append({"id": x, "schema": "Company", "properties": {"name": [x], "website": [x], "address": [x]}})
        ends = {"owner": [f"p{n}"], "asset": [x], "percentage": [x], "role": [x], "startDate": [x]}
        lines.append({"id": f"o{n}", "schema": "Ownership", "properties": ends})
        lines.append({"id": f"x{n}", "schema": x, "properties": {"name": [x]}})
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def statements(texts: list[str]) -> bytes:
    columns = ("canonical_id", "entity_id", "prop", "schema", "value", "original_value", "lang", "origin", "external")
    rows = []
    for n, x in enumerate(texts):
        for prop in ("name", "notes", "birthDate", "phone", x):
            rows.append([x, f"p{n}", prop, "Person", x, x, x, x, ""])
        rows += [[x, x, "name", "Company", x, x, x, x, ""], [x, f"q{n}", "name", x, x, x, x, x, ""]]
        rows += [
            ["", f"o{n}", prop, "Ownership", end, "", "", "", ""] for prop, end in (("owner", f"p{n}"), ("asset", x))
        ]
    return table(columns, rows, ",")


def chart(texts: list[str]) -> bytes:
    items = []
    for n, text in enumerate(texts):
        value = quoteattr(NO_XML.sub("", text))
        items.append(ITEM.format(value, quoteattr(f"e{n}")))
        link = '<ChartItem Label={0}><Link End1Id="e0" End2Id={1}><LinkStyle Type={0} Strength={0}/></Link></ChartItem>'
        items.append(link.format(value, quoteattr(f"e{n}")))
    body = "".join(items)
    return f'<?xml version="1.0"?><Chart><ChartItemCollection>{body}</ChartItemCollection></Chart>'.encode()


def ofac(texts: list[str]) -> dict[str, bytes]:
    """The three files of the list, each with a number and then every text in every column."""

    def lines(width: int, kinds: tuple[int, ...]) -> bytes:
        out = io.StringIO()
        rows = [[str(n + 1), *([x] * (width - 1))] for n, x in enumerate(t for t in texts if "\0" not in t)]
        for n, row in enumerate(rows):
            for place in kinds:
                row[place] = ("individual", "-0- ", row[1])[n % 3]
        csv.writer(out).writerows(rows)
        return out.getvalue().encode()

    return {"sdn.csv": lines(12, (2,)), "alt.csv": lines(5, ()), "add.csv": lines(6, ())}


def packages() -> Iterator[Sources]:
    """(reader, files, what ``sources`` says) for every reader; the mapped ones share one mapping."""
    texts = corpus()
    rows = [[text] * len(COLUMNS) for text in texts]  # refused for its codes
    rows += [
        ["" if c in CODES else text for c in COLUMNS] for text in texts
    ]  # taken, with what of it is no text refused
    coded = [[f"{code} {n}" if c not in CODES else text * (c == code) for c in COLUMNS]
             for n, text in enumerate(texts) for code in CODES]  # fmt: skip
    objects = [dict(zip(COLUMNS, row, strict=True)) | {row[0]: row[0]} for row in rows]

    def mapped(
        reader: str, file: str, data: bytes, mapping: str = MAPPING, **more: str
    ) -> tuple[str, dict[str, bytes], str]:
        files = {file: data, "mapping.yml": mapping.format(file=file, **more).encode()}
        return reader, files, f"[{{file: {file}, mapping: mapping.yml, reader: {reader}}}]"

    yield mapped("csv", "data/x.csv", table(COLUMNS, rows + coded))
    yield mapped("excel", "data/x.xlsx", workbook(COLUMNS, rows))
    yield mapped("json", "data/x.json", json.dumps(objects).encode())
    yield mapped("jsonl", "data/x.jsonl", "".join(json.dumps(o) + "\n" for o in objects).encode())
    anx = """
file: {file}
entities:
  cosa:
    schema: Person
    keys: [id]
    key_literal: anx
    properties:
      name: {{column: identity}}
      alias: {{column: label}}
      description: {{column: description}}
      notes: {{columns: [cards, source_reference]}}
"""
    yield mapped("anx", "data/x.anx", chart(texts), anx)
    short = [t for t in texts if t.strip() and "\0" not in t]
    ring = [["0"] * len(short) for _ in short]
    for n, text in enumerate(short):
        ring[n][n - 1] = text
    square = table(("", *short), [[t, *cells] for t, cells in zip(short, ring, strict=True)])
    yield mapped("matrix", "data/m.csv", square, TIES, one="source", other="target", weight="weight")
    pairs = table(("de", "a", "peso"), [[t, "otro", t] for t in texts])
    yield mapped("edges", "data/e.csv", pairs, TIES, one="de", other="a", weight="peso")
    lines = "\n".join(t.replace("\n", " ") for t in texts).encode()
    net = "".join(f"{n} {n} {n}\n" for n in range(1, len(texts) + 1)).encode() + lines  # those are no edges: refused
    reader, files, sources = mapped("konect", "data/out.x", net, KONECT)
    beside = {
        "data/meta.x": b"entity-names: persona,delito\n",
        "data/rel.acto.nota": lines,
        "data/ent.persona.nombre": lines,
    }
    yield reader, files | beside, sources
    for reader, name, data in (
        (
            "calls",
            "llamadas.csv",
            table(CALLS, [[*ends, *[t] * (len(CALLS) - len(ends))] for t in texts for ends in CALL]),
        ),
        ("routes", "rutas.csv", table(ROUTES, [[t] * len(ROUTES) for t in texts])),
        ("statements", "st.csv", statements(texts)),
        ("stix", "bundle.json", stix(texts)),
        ("ftm", "x.ftm.json", ftm(texts)),
    ):
        yield reader, {f"data/{name}": data}, f"[{{file: data/{name}, reader: {reader}}}]"


CASE = {
    "vinculo": "1", "revision": "1", "owner": "AR-MPF", "title": "Prueba",
    "investigation": {"number": "FSM 1/2026", "unit": "U", "offences": ["iccs:0601"], "opened": "2026-03-01"},
}  # fmt: skip


def folder_of(place: Path, name: str, files: dict[str, bytes], case: dict[str, Any], sources: str = "") -> Path:
    """A package folder under ``place``: a plain ``case.yaml`` with what ``case`` says instead, and these files."""
    text = yaml.safe_dump({**CASE, "dataset": name, **case}, allow_unicode=True).replace("'1'", "1")
    files = {**files, "case.yaml": (text + (f"sources: {sources}\n" if sources else "")).encode()}
    for file, data in files.items():
        path = place / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return place / name
