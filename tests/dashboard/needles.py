"""Finding protected people's values in whatever is shown or written: as written or in any other usual form."""

from __future__ import annotations

import codecs
import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from streamlit.testing.v1 import AppTest

from dashboard.texts import SPEAKERS
from graph.access import FOREVER, OWN, Scope, Sight
from graph.model import model
from graph.packing import decode, fold
from graph.statement import Statement
from graph.store.base import RawRecord, Store

NAMES = ("name", "alias", "previousName", "weakAlias")
NUMBERS = ("phone", "idNumber", "passportNumber", "taxNumber", "socialSecurityNumber", "registrationNumber", "mobile")
FREE = ("text", "html", "string")  # types whose values are prose: they excuse nothing
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Needle(NamedTuple):
    """One way of writing one value of a protected person; ``squeezed``: to be looked for with all blanks left out."""

    owner: str
    kind: str  # name | number | birth
    value: str
    form: str
    squeezed: bool = False


def flat(text: str) -> str:
    """Words of a text with every escape undone that pages, exports and logs use, folded, one blank around each."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), text)
    text = html.unescape(unquote(re.sub(r"\\[nrt]|\+", " ", text)))
    plain = {ord(c): "" if unicodedata.combining(c) else fold(c) or " " for c in set(text)}
    return f" {' '.join(text.translate(plain).split())} "


def proto(text: str) -> str:
    """The text form of a protocol buffer, its octal escapes undone."""
    return codecs.escape_decode(text.encode())[0].decode("utf-8", "replace")  # type: ignore[attr-defined]


def page(at: AppTest) -> str:
    """All elements of a page with all they hold."""
    return "\n".join(proto(str(e.proto)) for part in (at.main, at.sidebar) for e in part)


def forms_of_name(name: str) -> set[str]:
    """In its order, from any of its words on: surnames first or last."""
    words = flat(name).split()
    turned = {" ".join(words[n:] + words[:n]) for n in range(len(words))}
    return {f" {form} " for form in turned if len(words) > 1 or len(form) > 4}


def forms_of_date(iso: str) -> set[str]:
    """As ISO 8601, day first, and as each language's pages write it."""
    year, month, day = iso.split("-")
    written = [
        iso,
        f"{day}-{month}-{year}",
        f"{int(day)}-{int(month)}-{year}",
        *(s.day(iso) for s in SPEAKERS.values()),
    ]
    return {flat(form) for form in written}


def needles_of(owner: str, said: Iterable[Statement]) -> Iterator[Needle]:
    """Needles of one protected record, from what its owner sees of it."""
    for s in said:
        for value in {s.value, s.original} - {""}:
            if s.prop in NAMES:
                yield from (Needle(owner, "name", value, form) for form in forms_of_name(value))
            elif s.prop in NUMBERS:
                form = flat(value).replace(" ", "")
                if len(form) > 5:
                    yield Needle(owner, "number", value, form, True)
            elif s.prop == "birthDate" and DATE.fullmatch(value):
                yield from (Needle(owner, "birth", value, form) for form in forms_of_date(value))


def of_truth(entry: dict[str, Any]) -> Iterator[Needle]:
    """Needles of one protected person of the scenario, from its truth."""
    said = [Statement("name", entry[k]) for k in ("name", "written", "alias")]
    said += [Statement("phone", entry[k]) for k in ("phone", "phone_e164")]
    said += [Statement("idNumber", entry["document"]), Statement("birthDate", entry["born"])]
    return needles_of(entry["owner"], said)


class Haystack:
    """What was told to somebody, to be looked through for many needles."""

    def __init__(self, text: str) -> None:
        self.words = flat(text)
        self.squeezed = self.words.replace(" ", "")

    def holds(self, needle: Needle) -> bool:
        return needle.form in (self.squeezed if needle.squeezed else self.words)


def owner_scope(store: Store, agency: str) -> Scope:
    """Everything of an agency's own datasets."""
    own = {d.number: Sight(d.current, OWN) for d in store.datasets() if d.owner == agency and d.current}
    return Scope(agency, own, {}, frozenset(), None, FOREVER)


def scanned(store: Store, scope: Scope) -> Iterator[tuple[RawRecord, list[Statement]]]:
    for chunk in store.scan(scope, (), 5000):
        for raw in chunk:
            yield raw, [s for pack in raw.packs for s in decode(pack)]


def protected(store: Store) -> set[Needle]:
    """Needles of every masked record of the store."""
    found: set[Needle] = set()
    for agency in store.agencies():
        for raw, said in scanned(store, owner_scope(store, agency.code)):
            if raw.mask:
                found.update(needles_of(agency.code, said))
    return found


def openly(store: Store, scope: Scope) -> Haystack:
    """Values that this reader may see on records that are not protected from it: no prose, no files."""
    values: set[str] = set()
    for raw, said in scanned(store, scope):
        if not raw.mask or raw.level >= OWN:
            kinds = model().get(raw.schema).properties
            for s in said:
                if s.prop in NAMES or s.prop in NUMBERS or (s.prop in kinds and kinds[s.prop].type.name not in FREE):
                    values |= {s.value, s.original}
                    if DATE.match(s.value):
                        values |= forms_of_date(s.value[:10])
    return Haystack(" | ".join(sorted(values)))
