"""Which normaliser reads which property, and what a value becomes: statements' parts, or the reason why it is
refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from followthemoney.types import registry

from graph.model import descends, model, property_type
from graph.statement import REPAIRED
from ingest.normalise import accounts, devices, transport
from ingest.normalise.addresses import normal_address
from ingest.normalise.countries import iso2, normal_country
from ingest.normalise.dates import DAY_FIRST, normal_date
from ingest.normalise.documents import forms, normal_document, squeeze
from ingest.normalise.emails import normal_email
from ingest.normalise.gender import normal_gender
from ingest.normalise.mrz import normal_mrz, read_zone
from ingest.normalise.names import person_name, plain_name
from ingest.normalise.numbers import decimal_sign, normal_money, normal_number
from ingest.normalise.phones import normal_phone
from ingest.normalise.result import UNKNOWN, WELLFORMED, WRONG, Normal
from ingest.normalise.text import clean, fold, is_placeholder, repair
from ingest.roles import role_of
from ingest.stages import UNWATCHED, Stages

LONGEST = 60_000  # characters of a value; beyond it, it is a document and no value
CACHED = 8192
NAME_PARTS = frozenset(
    (
        "firstName",
        "secondName",
        "middleName",
        "lastName",
        "surname1",
        "surname2",
        "marriedName",
        "fatherName",
        "motherName",
    )
)
DOCUMENT_PROPS = frozenset(
    (
        "idNumber",
        "taxNumber",
        "registrationNumber",
        "passportNumber",
        "socialSecurityNumber",
        "vatCode",
        "licenseNumber",
    )
)


ZONED = frozenset(("idNumber", "passportNumber", "number", "documentNumber"))


class Piece(NamedTuple):
    """What a value gives for one property: the fields of a statement that do not depend on the row."""

    prop: str
    value: str
    original: str
    form: str
    check: str
    derived: str


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known of a value besides itself. ``country`` and ``form`` are those said of it, ``home`` the file's."""

    home: str = ""
    decimal: str = ""
    order: str = DAY_FIRST
    format: str = ""
    name_order: str = ""


Cleaner = Callable[[str, str, str], "tuple[Piece, ...] | str"]
Reader = Callable[[str, str, str], "Normal | None"]


def cleaner(
    schema: str, prop: str, hints: Hints, map: Mapping[str, str] | None = None, stages: Stages = UNWATCHED
) -> Cleaner:
    """A function (text, country, form) → pieces, or the catalogue key of the reason why the text is refused.

    ``country`` and ``form`` are empty where the mapping does not say them. Results are kept per distinct value.
    """
    kind = property_type(schema, prop)
    read = _reader(schema, prop, kind, hints)
    known = model()[schema].properties
    names = "" if prop == "name" else prop
    table = map or {}

    def run(text: str, country: str = "", form: str = "") -> tuple[Piece, ...] | str:
        raw = text.strip()
        if len(raw) > LONGEST:
            return "ingest.reject.long"
        found = read(table.get(fold(raw), raw) if table else raw, country, form)
        if found is None:
            return (
                "ingest.reject.placeholder" if is_placeholder(raw) else f"ingest.reject.{_reason(schema, prop, kind)}"
            )
        original = "" if found.value == raw else raw
        mended = REPAIRED if original and not raw.isascii() and repair(raw) != raw else ""
        pieces = [Piece(prop, found.value, original, found.form, found.check, mended)]
        for d in found.derived:
            if d.prop in known and not (names and kind == "name" and d.prop != "weakAlias"):
                pieces.append(Piece(d.prop, d.value, "", d.form, d.check, d.rule))
        return tuple(pieces)

    return lru_cache(maxsize=CACHED)(stages.timed("normalise", run))


def _reason(schema: str, prop: str, kind: str) -> str:
    if (schema, prop) == ("CaseRole", "role"):
        return "role"
    if kind in ("name", "date", "country", "phone", "email", "gender", "address", "number", "identifier", "url"):
        return kind
    return "value"


def _plain(lines: bool) -> Reader:
    def read(text: str, country: str, form: str) -> Normal | None:
        value = clean(text, lines)
        return Normal(value) if value else None

    return read


def _part(text: str, country: str, form: str) -> Normal | None:
    value = clean(text).strip(" ,.;-") if len(text) > 2 else clean(text)
    return None if is_placeholder(value) or not any(c.isalpha() for c in value) else Normal(value)


def _alias(text: str, order: str, country: str) -> Normal | None:
    """A street name may be a number (``42``), which no registered name is."""
    return person_name(text, order, country) or (plain_name(text) if any(map(str.isdigit, text)) else None)


def _role(text: str, country: str, form: str) -> Normal | None:
    role = role_of(text)
    return Normal(role or "other") if clean(text) else None


def _followthemoney(kind: str) -> Reader:
    """FollowTheMoney's own cleaning, for the types we have no rules for."""
    kind_type = registry.get(kind)

    def read(text: str, country: str, form: str) -> Normal | None:
        value = kind_type.clean(text)
        return Normal(value) if value else None

    return read


def _passport(text: str, country: str, form: str) -> Normal | None:
    value = squeeze(text)
    for label in ("PASAPORTE", "PASSAPORTE", "PASSPORT", "PASS"):
        value = value.removeprefix(label)
    if len(value) < 4 or is_placeholder(text) or len(set(value)) == 1 or not any(map(str.isdigit, value)):
        return None
    if not country:
        return Normal(value, "", UNKNOWN)
    return Normal(value, f"{country.lower()}.passport", WELLFORMED if 5 <= len(value) <= 12 else WRONG)


def _identifier(schema: str, prop: str, home: str) -> Reader:
    plain = _identifier_without_zone(schema, prop, home)
    if prop not in ZONED:
        return plain
    return lambda text, country, form: _zone(text, prop) if form == "mrz" else plain(text, country, form)


def _zone(text: str, prop: str) -> Normal | None:
    """The number that a passport's or card's machine-readable zone holds, with whatever else it says."""
    found = normal_mrz(text)
    zone = read_zone(text) if found else None
    if found is None or zone is None:
        return None
    own = {"passportNumber", "idNumber", prop}
    form = f"{iso2(zone.issuer).lower()}.passport" if zone.document.startswith("P") and iso2(zone.issuer) else ""
    return Normal(zone.number, form, found.check, tuple(d for d in found.derived if d.prop not in own))


def _identifier_without_zone(schema: str, prop: str, home: str) -> Reader:
    special = _SPECIAL.get(prop)
    if special:
        for ancestor, function in special:
            if not ancestor or descends(schema, ancestor):
                return lambda text, country, form: function(text)
    if prop == "registrationNumber" and descends(schema, "Vehicle"):
        if schema in ("Vessel", "Airplane"):
            return _bare
        return lambda text, country, form: _plate(text, country, home)
    if prop == "passportNumber" or schema == "Passport":
        return lambda text, country, form: (
            normal_document(text, form) if form in forms() else _passport(text, country or form[:2].upper(), form)
        )
    if prop in DOCUMENT_PROPS or prop == "number":
        base = "idNumber" if prop == "number" else prop
        return lambda text, country, form: (
            _passport(text, country or form[:2].upper(), form)
            if form.endswith(".passport")
            else normal_document(text, form if form in forms() else "", country, base)
        )
    return _bare


def _bare(text: str, country: str, form: str) -> Normal | None:
    value = clean(text)
    return None if not value or is_placeholder(value) else Normal(value, "", UNKNOWN)


def _plate(text: str, country: str, home: str) -> Normal | None:
    """A plate of a country that was said, else of the file's where it has that shape, else of no known country."""
    if country:
        return transport.normal_plate(text, country)
    found = transport.normal_plate(text, home)
    return found if found is None or found.check == WELLFORMED else transport.normal_plate(text)


_SPECIAL: Mapping[str, tuple[tuple[str, Callable[[str], Normal | None]], ...]] = {
    "vin": (("", transport.normal_vin),),
    "imoNumber": (("", transport.normal_imo),),
    "mmsi": (("", transport.normal_mmsi),),
    "iban": (("", accounts.normal_iban),),
    "cbu": (("", accounts.normal_cbu),),
    "clabe": (("", accounts.normal_clabe),),
    "accountNumber": (("", accounts.normal_account),),
    "bic": (("", accounts.normal_bic),),
    "swiftBic": (("", accounts.normal_bic),),
    "publicKey": (("", accounts.normal_wallet),),
    "imei": (("", devices.normal_imei),),
    "imsi": (("", devices.normal_imsi),),
    "iccid": (("", devices.normal_iccid),),
    "containerNumber": (("", transport.normal_container),),
    "number": (("Container", transport.normal_container),),
}


def _reader(schema: str, prop: str, kind: str, hints: Hints) -> Reader:
    sign = hints.decimal or decimal_sign(hints.home)
    if (schema, prop) == ("CaseRole", "role"):
        return _role
    if kind == "name":
        if descends(schema, "Person"):
            order = hints.name_order
            if prop != "name":
                return lambda text, country, form: _alias(text, order, country or hints.home)
            return lambda text, country, form: person_name(text, order, country or hints.home)
        return lambda text, country, form: plain_name(text)
    if prop in NAME_PARTS:
        return _part
    if kind == "date":
        return lambda text, country, form: normal_date(text, hints.order, hints.format)
    if kind == "country":
        return lambda text, country, form: normal_country(text)
    if kind == "phone":
        return lambda text, country, form: normal_phone(text, country or hints.home)
    if kind == "email":
        return lambda text, country, form: normal_email(text)
    if kind == "gender":
        return lambda text, country, form: normal_gender(text)
    if kind == "address":
        return lambda text, country, form: normal_address(text)
    if kind == "number":
        money = "currency" in model()[schema].properties and prop not in ("duration", "latitude", "longitude")
        return lambda text, country, form: (normal_money if money else normal_number)(
            text, decimal_sign(country) if country else sign
        )
    if kind == "identifier":
        return _identifier(schema, prop, hints.home)
    if kind in ("string", "text", "html", "json"):
        return _plain(lines=kind != "string")
    return _followthemoney(kind)


def country_code(text: str) -> str:
    """ISO code of a country that a mapping or a cell names; empty for none."""
    return iso2(text)
