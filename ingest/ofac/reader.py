"""Reader ``ofac``: ``sdn.csv`` with ``alt.csv`` and ``add.csv`` beside it, as the Treasury publishes them (``-0-`` is
null).

Layout: sdn = number, name, type, programme, title, call sign, vessel type, tonnage, GRT, flag, owner, remarks;
alt = number, alias number, type, name, remarks; add = number, address number, address, city, country, remarks.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import orjson

from graph.delivery import Reject
from graph.errors import ReaderError
from graph.model import model
from graph.statement import Delivered, Statement
from ingest.archive import Member
from ingest.cleaners import Cleaner, Hints, cleaner
from ingest.context import Context, Outcome
from ingest.normalise.agreement import agrees
from ingest.normalise.countries import iso2
from ingest.normalise.text import fold
from ingest.ofac.remarks import Part, parse, split
from ingest.readers.encoding import detect

if TYPE_CHECKING:
    from ingest.manifest import SourceSpec
    from ingest.package import Package

PAGE = "https://sanctionssearch.ofac.treas.gov/Details.aspx?id="
NULL = "-0-"
SDN = (
    "ent_num",
    "name",
    "type",
    "program",
    "title",
    "call_sign",
    "vessel_type",
    "tonnage",
    "grt",
    "flag",
    "owner",
    "remarks",
)
ALT = ("ent_num", "alt_num", "type", "name", "remarks")
ADD = ("ent_num", "add_num", "address", "city", "country", "remarks")
SCHEMATA = {"individual": "Person", "vessel": "Vessel", "aircraft": "Airplane", "": "Organization"}
ALIAS_PROPS = {"aka": "alias", "fka": "previousName", "nka": "alias"}


@lru_cache(maxsize=512)
def _cleaner(schema: str, prop: str) -> Cleaner:
    return cleaner(schema, prop, Hints("US"))


def _rows(member: Member, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str] | list[str]]]:
    """(line, values) of a headerless file; a row of another width comes as its cells."""
    try:
        with member.path.open(encoding=detect(member.path), newline="") as source:
            parser = csv.reader(line for line in source if line.strip("\x1a\r\n"))
            while True:
                begins = parser.line_num + 1
                cells = next(parser, None)
                if cells is None:
                    return
                if len(cells) != len(columns):
                    yield begins, cells
                    continue
                values = (c.strip() for c in cells)
                yield begins, {k: "" if v == NULL else v for k, v in zip(columns, values, strict=True)}
    except (csv.Error, UnicodeError, OSError) as broken:
        raise ReaderError("ingest.reader.broken", file=member.name, detail=str(broken)) from None


class _List:
    """What must be known of all entries before one can be read: their schemata, and whom a name names."""

    def __init__(self, context: Context, sdn: Member, alt: Member | None) -> None:
        self.context = context
        self.schemata: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        for _, row in _rows(sdn, SDN):
            if isinstance(row, dict) and row["ent_num"]:
                self.schemata[row["ent_num"]] = SCHEMATA.get(row["type"].lower(), "LegalEntity")
                self._exact.setdefault(row["name"], row["ent_num"])
                self._folded.setdefault(fold(row["name"]), row["ent_num"])
        for _, row in _rows(alt, ALT) if alt else ():
            if isinstance(row, dict):
                self._folded.setdefault(fold(row["name"]), row["ent_num"])

    def named(self, name: str) -> str:
        """Number of the entry called ``name``; the full stop at the end of a remark may be the name's own (S.A. DE
        C.V.) or not, so names are compared without their points. Empty where there is none."""
        return self._exact.get(name) or self._exact.get(name.removesuffix(".")) or self._folded.get(fold(name), "")

    def id(self, number: str) -> str:
        return self.context.record("ofac", number)


def read_ofac(package: Package, spec: SourceSpec, context: Context) -> Iterator[Outcome]:
    """Outcomes of the three files; ``alt.csv`` and ``add.csv`` are read where the package has them."""
    folder, _, _ = spec.file.rpartition("/")

    def beside(name: str) -> Member | None:
        return package.members.get(f"{folder}/{name}" if folder else name)

    sdn, alt, add = package.member(spec.file), beside("alt.csv"), beside("add.csv")
    known = _List(context, sdn, alt)
    for number, row in _rows(sdn, SDN):
        yield _entry(known, sdn.name, number, row)
    for number, row in _rows(alt, ALT) if alt else ():
        yield _alias(known, alt.name if alt else "", number, row)
    for number, row in _rows(add, ADD) if add else ():
        yield _address(known, add.name if add else "", number, row)


def _whole(document: str, number: int, row: object, reason: str, column: str = "") -> Outcome:
    return Outcome(number, [], [Reject(document, number, column, orjson.dumps(row).decode(), reason, {}, True)])


class _Writer:
    """Statements of one row for one record."""

    def __init__(self, known: _List, document: str, row: int, ent_num: str) -> None:
        self.known, self.document, self.row = known, document, row
        self.schema = known.schemata[ent_num]
        self.id = known.id(ent_num)
        m = known.context.manifest
        self.tail = (document, row, m.evaluation, m.handling)
        self.statements: list[Statement] = []
        self.rejects: list[Reject] = []

    def say(self, prop: str, text: str, country: str = "", form: str = "", original: str = "") -> bool:
        """Add what ``text`` says of ``prop``; whether it could be read."""
        if prop not in model()[self.schema].properties:
            return False
        pieces = _cleaner(self.schema, prop)(text, country, form)
        if isinstance(pieces, str):
            return False
        for p in pieces:
            written = original or p.original if not p.derived else p.original
            self.statements.append(Statement(p.prop, p.value, written, *self.tail, p.form, p.check, p.derived))
        return True

    def compare_births(self) -> None:
        """Take back birth dates that a number tells and the list contradicts: each becomes a reject that names both."""
        stated = [s.value for s in self.statements if s.prop == "birthDate" and not s.derived]
        for s in [s for s in self.statements if s.prop == "birthDate" and s.derived]:
            if not agrees(s.value, stated):
                self.statements.remove(s)
                params = {"rule": s.derived, "stated": ", ".join(stated)}
                self.rejects.append(
                    Reject(self.document, self.row, "remarks", s.value, "readers.reject.disagrees", params)
                )

    def note(self, text: str) -> None:
        """Keep what no rule reads as a note."""
        self.say("notes", text)


def _entry(known: _List, document: str, number: int, row: dict[str, str] | list[str]) -> Outcome:
    if not isinstance(row, dict) or not row["ent_num"]:
        return _whole(
            document, number, row, "ingest.reject.too_many_cells" if isinstance(row, list) else "ingest.reject.key"
        )
    w = _Writer(known, document, number, row["ent_num"])
    if not w.say("name", row["name"]):
        return _whole(document, number, row, "ingest.reject.name", "name")
    for program in row["program"].split("] ["):
        w.say("program", program.strip("[] "))
    w.say("topics", "sanction")
    w.statements.append(Statement("sourceUrl", f"{PAGE}{row['ent_num']}", "", *w.tail))
    if row["title"] and not w.say("position", row["title"]):
        w.note(row["title"])
    for column in ("call_sign", "vessel_type", "tonnage", "grt", "flag", "owner"):
        prop = {
            "call_sign": "callSign",
            "vessel_type": "type",
            "tonnage": "tonnage",
            "grt": "grossRegisteredTonnage",
            "flag": "flag",
        }
        if row[column] and not w.say(prop.get(column, ""), row[column]):
            w.note(f"{column}: {row[column]}")
    more: list[Delivered] = []
    for index, text in enumerate(split(row["remarks"])):
        _remark(w, parse(text), index, row["ent_num"], more)
    w.compare_births()
    return Outcome(number, [Delivered(w.id, w.schema, w.statements), *more], w.rejects)


def _remark(w: _Writer, part: Part, index: int, ent_num: str, more: list[Delivered]) -> None:
    if part.kind == "link":
        other = w.known.named(part.value)
        if not other:
            w.rejects.append(Reject(w.document, w.row, "remarks", part.text, "ingest.reject.dangling"))
            return
        link = w.known.context.record("ofac-link", ent_num, str(index))
        ends = [
            Statement("subject", w.id, ent_num, *w.tail),
            Statement("object", w.known.id(other), part.value, *w.tail),
            Statement("role", "Linked To", "", *w.tail),
        ]
        more.append(Delivered(link, "UnknownLink", ends))
    elif part.kind == "wallet":
        wallet = w.known.context.record("ofac-wallet", part.value)
        pieces = _cleaner("CryptoWallet", "publicKey")(part.value, "", "")
        if isinstance(pieces, str):
            w.note(part.text)
            return
        found = [Statement(p.prop, p.value, p.original, *w.tail, p.form, p.check, p.derived) for p in pieces]
        found += [Statement("currencySymbol", part.form, "", *w.tail), Statement("holder", w.id, ent_num, *w.tail)]
        more.append(Delivered(wallet, "CryptoWallet", found))
    elif part.kind == "note":
        w.note(part.value)
    else:
        country = "" if part.plain else part.country
        original = part.text if part.kind.endswith("Number") else ""
        if not w.say(part.kind, part.value, country, part.form, original):
            w.note(part.text)
        if part.kind == "birthPlace" and (born := iso2(part.value.rpartition(",")[2].strip())):
            w.statements.append(Statement("birthCountry", born.lower(), "", *w.tail, "", "", "birthPlace>birthCountry"))


def _alias(known: _List, document: str, number: int, row: dict[str, str] | list[str]) -> Outcome:
    if not isinstance(row, dict):
        return _whole(document, number, row, "ingest.reject.too_many_cells")
    if row["ent_num"] not in known.schemata:
        return _whole(document, number, row, "ingest.reject.dangling", "ent_num")
    w = _Writer(known, document, number, row["ent_num"])
    if not w.say(ALIAS_PROPS.get(row["type"].lower(), "alias"), row["name"]):
        return _whole(document, number, row, "ingest.reject.name", "name")
    if row["remarks"]:
        w.note(row["remarks"])
    return Outcome(number, [Delivered(w.id, w.schema, w.statements)], [])


def _address(known: _List, document: str, number: int, row: dict[str, str] | list[str]) -> Outcome:
    """A street with its town is the entry's address; a town alone is an address record of its own, because as a shared
    identifier it would tie together everybody who lives there."""
    if not isinstance(row, dict):
        return _whole(document, number, row, "ingest.reject.too_many_cells")
    if row["ent_num"] not in known.schemata:
        return _whole(document, number, row, "ingest.reject.dangling", "ent_num")
    w = _Writer(known, document, number, row["ent_num"])
    more: list[Delivered] = []
    if row["country"] and not w.say("country", row["country"]):
        w.note(row["country"])
    if row["address"]:
        w.say("address", ", ".join(v for v in (row["address"], row["city"], row["country"]) if v))
    elif row["city"]:
        place = known.context.record("ofac-address", row["add_num"])
        found = [Statement("city", row["city"], "", *w.tail)]
        if country := iso2(row["country"]):
            found.append(Statement("country", country.lower(), row["country"], *w.tail))
        more.append(Delivered(place, "Address", found))
        w.statements.append(Statement("addressEntity", place, row["add_num"], *w.tail))
    if row["remarks"]:
        w.note(row["remarks"])
    if not w.statements:
        return _whole(document, number, row, "ingest.reject.nothing", "address")
    return Outcome(number, [Delivered(w.id, w.schema, w.statements), *more], [])
