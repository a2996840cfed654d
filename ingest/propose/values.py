"""What the values of a column speak for: checks by kind, and the share of a sample that passes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

import pycountry

from ingest.evaluation import handling_codes
from ingest.mapper import NO, YES
from ingest.normalise import accounts, devices, transport
from ingest.normalise.countries import normal_country
from ingest.normalise.dates import normal_date
from ingest.normalise.documents import forms, normal_document
from ingest.normalise.emails import normal_email
from ingest.normalise.gender import normal_gender
from ingest.normalise.numbers import normal_number
from ingest.normalise.phones import normal_phone
from ingest.normalise.result import VALID, WELLFORMED, WRONG, Normal
from ingest.normalise.text import fold
from ingest.propose.vocabulary import vocabulary
from ingest.roles import role_of

Check = Callable[[str, str], bool]  # (value, country of the file) → whether it is of the kind

_LOCODE = re.compile(r"[A-Z]{2} ?[A-Z2-9]{3}")
_CLOCK = re.compile(r"\d{1,2}[:.hH]\d{2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\.?)?", re.IGNORECASE)
_TIES = frozenset(("asociado", "associado", "associate", "socio", "amigo", "conocido", "comercial"))
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_GRADE = re.compile(r"[A-FX]|[1-6X]")
_COMPANY = re.compile(
    r"\b(?:s ?a ?s?|s ?r ?l|s ?l|ltda?|limitada|eireli|s ?p ?a|s ?a de c ?v|inc|llc|corp|cia|compania|sociedad|lda"
    r"|e ?i ?r ?l)$"
)
FIRST = 10  # values of which at least one must be of a kind for the others to be looked at
LEAST = 5  # distinct values below which values alone prove nothing


def _digits(text: str, least: int) -> bool:
    return sum(c.isdigit() for c in text) >= least


def _right(found: Normal | None, *states: str) -> bool:
    return found is not None and found.check in (states or (VALID,))


def _name(text: str, country: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return letters >= 2 and not any(map(str.isdigit, text)) and letters >= 0.7 * len(text) and len(text) < 90


def _date(text: str, country: str) -> bool:
    plain = text.strip()
    if plain.isdigit() and len(plain) not in (4, 8):
        return False
    return normal_date(plain) is not None or normal_date(plain, "mdy") is not None


def _is(kind: str) -> Check:
    return lambda text, country: fold(text) in vocabulary().classes[kind]


def _plate(text: str, country: str) -> bool:
    value = re.sub(r"[\s.-]", "", text)
    if not 5 <= len(value) <= 8 or not value.isalnum() or not _digits(value, 1):
        return False
    known = transport.plate_shapes()
    shapes = [known[country]] if country in known else list(known.values())
    return any(shape.fullmatch(value.upper()) for shape in shapes) or (any(map(str.isalpha, value)) and country == "")


def _account(text: str, country: str) -> bool:
    value = re.sub(r"[\s./-]", "", text)
    return 5 <= len(value) <= 34 and value.isalnum() and _digits(value, 5)


def _document(text: str, country: str) -> bool:
    value = re.sub(r"[^0-9A-Za-z]", "", text)
    return 4 <= len(value) <= 20 and _digits(value, 4)


def _currency(text: str, country: str) -> bool:
    return pycountry.currencies.get(alpha_3=text.strip().upper()) is not None


def _quantity(text: str, country: str) -> bool:
    return normal_number(text, ",") is not None or normal_number(text, ".") is not None


def _wallet(text: str, country: str) -> bool:
    found = accounts.normal_wallet(text)
    return found is not None and bool(found.form)


def _locode(text: str, country: str) -> bool:
    value = text.strip()
    return bool(_LOCODE.fullmatch(value)) and normal_country(value[:2]) is not None


CHECKS: Mapping[str, Check] = {
    "text": lambda text, country: len(text) > 1 and not text.strip().isdigit(),
    "code": lambda text, country: len(text) <= 40,
    "name": _name,
    "date": _date,
    "clock": lambda text, country: bool(_CLOCK.fullmatch(text.strip())),
    "year": lambda text, country: text.strip().isdigit() and 1900 <= int(text.strip()[:5]) <= 2100,
    "phone": lambda text, country: normal_phone(text, country) is not None or (_digits(text, 7) and _phone_shape(text)),
    "email": lambda text, country: normal_email(text) is not None,
    "url": lambda text, country: bool(_URL.match(text.strip())),
    "number": _quantity,
    "gender": lambda text, country: normal_gender(text) is not None,
    "country": lambda text, country: normal_country(text) is not None,
    "role": lambda text, country: bool(role_of(text)),
    "yes": lambda text, country: fold(text) in YES or fold(text) in NO,
    "grade": lambda text, country: bool(_GRADE.fullmatch(text.strip().upper())),
    "handling": lambda text, country: text.strip().upper().startswith("H") and handling_codes(text) is not None,
    "kind": _is("kind"),
    "tie": lambda text, country: fold(text) in vocabulary().classes["tie"] or fold(text) in _TIES,
    "document": _document,
    "plate": _plate,
    "vin": lambda text, country: _right(transport.normal_vin(text), VALID, WELLFORMED),
    "container": lambda text, country: _right(transport.normal_container(text)),
    "imo": lambda text, country: _right(transport.normal_imo(text)),
    "mmsi": lambda text, country: _right(transport.normal_mmsi(text), WELLFORMED),
    "imei": lambda text, country: _right(devices.normal_imei(text)),
    "imsi": lambda text, country: devices.normal_imsi(text) is not None,
    "iban": lambda text, country: _right(accounts.normal_iban(text)),
    "cbu": lambda text, country: _right(accounts.normal_cbu(text)),
    "clabe": lambda text, country: _right(accounts.normal_clabe(text)),
    "account": _account,
    "wallet": _wallet,
    "currency": _currency,
    "locode": _locode,
}


def _phone_shape(text: str) -> bool:
    return bool(re.fullmatch(r"[\d\s()+./-]{7,22}", text.strip()))


@lru_cache(maxsize=200_000)
def is_kind(kind: str, text: str, country: str) -> bool:
    """Whether one value is of a kind."""
    return CHECKS[kind](text, country)


def share(kind: str, sample: Sequence[str], country: str = "") -> float | None:
    """Share of a sample that is of a kind; None for an empty sample, which speaks for nothing and against nothing."""
    if not sample:
        return None
    if not any(is_kind(kind, text, country) for text in sample[:FIRST]):
        return 0.0
    return sum(is_kind(kind, text, country) for text in sample) / len(sample)


def is_company(text: str) -> bool:
    """Whether a name ends as companies' names do."""
    return bool(_COMPANY.search(fold(text)))


@lru_cache(maxsize=4_000)
def form_share(form: str, sample: tuple[str, ...]) -> tuple[float, float]:
    """Shares of a sample with a right check digit, and with at least the shape, of one identity document."""
    if not sample:
        return 0.0, 0.0
    found = [normal_document(text, form) for text in sample]
    right = sum(n is not None and n.check == VALID for n in found)
    shaped = sum(n is not None and n.check != WRONG for n in found)
    return right / len(sample), shaped / len(sample)


def has_digit(form: str) -> bool:
    """Whether a form has a check digit that we know."""
    return forms()[form].check is not None
