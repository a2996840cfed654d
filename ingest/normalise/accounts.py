"""Bank accounts and wallets: IBAN (ISO 13616), BIC (ISO 9362), CBU (Argentina), CLABE (Mexico), wallets."""

from __future__ import annotations

import re
from functools import lru_cache

from stdnum import bic, iban
from stdnum.ar import cbu
from stdnum.exceptions import ValidationError

from ingest.normalise.crypto import wallet
from ingest.normalise.documents import squeeze
from ingest.normalise.result import UNKNOWN, VALID, WELLFORMED, WRONG, Derived, Normal
from ingest.normalise.text import is_placeholder


@lru_cache(maxsize=10_000)
def normal_iban(text: str) -> Normal | None:
    """IBAN without blanks; ``wrong`` where country, length or mod 97 do not hold."""
    value = squeeze(text).removeprefix("IBAN")
    if len(value) < 8 or is_placeholder(text):
        return None
    try:
        iban.validate(value)
    except ValidationError:
        return Normal(value, "iban", WRONG)
    return Normal(value, "iban", VALID)


@lru_cache(maxsize=10_000)
def normal_bic(text: str) -> Normal | None:
    """BIC of eight or eleven characters; it has no check digit, so well-formed is all it can be."""
    value = squeeze(text).removeprefix("SWIFT").removeprefix("BIC")
    if len(value) < 6 or is_placeholder(text) or len(set(value)) == 1:
        return None
    return Normal(value, "bic", WELLFORMED if bic.is_valid(value) else WRONG)


@lru_cache(maxsize=10_000)
def normal_cbu(text: str) -> Normal | None:
    """Argentine CBU, 22 digits in two blocks, each with its check digit."""
    value = squeeze(text).removeprefix("CBU")
    if not value.isdigit() or len(value) < 8:
        return None
    value = value.zfill(22) if len(value) >= 20 else value
    return Normal(value, "ar.cbu", VALID if len(value) == 22 and cbu.is_valid(value) else WRONG)


def clabe_digit(value: str) -> int:
    """Check digit of a CLABE's first seventeen digits: weights 3, 7, 1, each product mod 10 (Banxico, circular
    3/2012)."""
    return (10 - sum(int(d) * (3, 7, 1)[i % 3] % 10 for i, d in enumerate(value[:17])) % 10) % 10


@lru_cache(maxsize=10_000)
def normal_clabe(text: str) -> Normal | None:
    """Mexican CLABE, 18 digits."""
    value = squeeze(text).removeprefix("CLABE")
    if not value.isdigit() or len(value) < 8:
        return None
    value = value.zfill(18) if len(value) == 17 else value
    right = len(value) == 18 and clabe_digit(value) == int(value[17])
    return Normal(value, "mx.clabe", VALID if right else WRONG)


_BRAZILIAN = re.compile(
    r"(?:(?:bco|banco|bc)\.?:?\s*(?P<bank>\d{3})\b\D{0,30}?)?\b(?:ag[êe]ncia|ag)\.?\s*(?:n[º°o]\.?)?\s*:?\s*"
    r"(?P<branch>\d{1,5}(?:-[\dxX])?)\D{1,6}?(?:c\s?[/.]?\s?c\b|conta(?:\s+corrente|\s+poupan[çc]a)?|cc|cta|c\s?/\s?p)\.?"
    r"\s*(?:n[º°o]\.?)?\s*:?\s*(?P<account>\d[\d.]{0,14}\d-?[\dxX]?)\s*",
    re.IGNORECASE,
)


_BRAZILIAN_FORM = re.compile(r"(?:[0-9]{3}/)?[0-9]{4,5}(?:-[0-9X])?/[0-9]{1,16}(?:-[0-9X])?", re.ASCII)


def brazilian_account(text: str) -> str:
    """``BANK/BRANCH/ACCOUNT`` of a Brazilian account told by its words (``Ag. 0123-4 C/C 56.789-0``), the bank's three
    digits where they are said; empty for any other text.

    Banks have check digits of their own (Febraban sets none for all), so that the form is all that can be right. The
    branch is written with four digits, check digits after a hyphen.
    """
    if _BRAZILIAN_FORM.fullmatch(text.strip()):
        return text.strip()
    found = _BRAZILIAN.fullmatch(text.strip())
    if not found:
        return ""
    branch, _, digit = found["branch"].upper().partition("-")
    account = found["account"].replace(".", "").upper()
    whole = [found["bank"] or "", branch.zfill(4) + (f"-{digit}" if digit else ""), account]
    return "/".join(part for part in whole if part)


@lru_cache(maxsize=10_000)
def normal_account(text: str) -> Normal | None:
    """An account number as a bank writes it. One that is a CBU, CLABE or IBAN by its check digits gives that as
    well."""
    if brazilian := brazilian_account(text):
        return Normal(brazilian, "br.account", WELLFORMED)
    value = squeeze(text)
    if len(value) < 4 or is_placeholder(text) or len(set(value)) == 1:
        return None
    if value.isdigit() and len(value) in (18, 22):
        prop, found = ("cbu", normal_cbu(value)) if len(value) == 22 else ("clabe", normal_clabe(value))
        if found and found.check == VALID:
            return Normal(value, "", UNKNOWN, (Derived(prop, found.value, f"accountNumber>{prop}", found.form, VALID),))
    if value[:2].isalpha() and len(value) >= 15:
        found = normal_iban(value)
        if found and found.check == VALID:
            return Normal(value, "", UNKNOWN, (Derived("iban", value, "accountNumber>iban", "iban", VALID),))
    return Normal(value, "", UNKNOWN)


@lru_cache(maxsize=10_000)
def normal_wallet(text: str) -> Normal | None:
    """A wallet's address as written (case matters), with its chain and checksum (``crypto.py``)."""
    value = "".join(text.split())
    if len(value) < 14 or not value.isascii() or not value.isalnum():
        return None
    return wallet(value)
