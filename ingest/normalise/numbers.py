"""Numbers and money as the region writes them: ``1.234,56``, ``1,234.56``, ``$ 12.500``, ``USD 300``, ``450 kg``.

A point before exactly three digits is ambiguous: the country's custom decides (CLDR's decimal sign).
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError

from ingest.normalise.result import Derived, Normal

_NUMBER = re.compile(r"([+-]?)\s*(\d[\d.,'\u00a0 ]*)")
CURRENCIES = {
    "u$s": "USD", "us$": "USD", "usd": "USD", "r$": "BRL", "brl": "BRL", "€": "EUR", "eur": "EUR", "euros": "EUR",
    "ars": "ARS", "clp": "CLP", "cop": "COP", "mxn": "MXN", "pen": "PEN", "s/": "PEN", "s/.": "PEN", "uyu": "UYU",
    "pyg": "PYG", "gs": "PYG", "gs.": "PYG", "₲": "PYG", "bob": "BOB", "bs": "BOB", "bs.": "BOB", "ves": "VES",
    "gtq": "GTQ", "hnl": "HNL", "nio": "NIO", "crc": "CRC", "₡": "CRC", "dop": "DOP", "rd$": "DOP", "cup": "CUP",
    "pab": "PAB", "b/.": "PAB", "svc": "SVC", "£": "GBP", "gbp": "GBP", "$": "", "pesos": "", "dolares": "USD",
}  # fmt: skip
_SIGNS = "|".join(re.escape(s) for s in sorted(CURRENCIES, key=len, reverse=True))
_MONEY = re.compile(rf"^(?:({_SIGNS})\s*)?(.*?)(?:\s*({_SIGNS}))?$", re.IGNORECASE)
UNITS = re.compile(
    r"\s*(kg|kgs|kilos?|kilogramos|g|gr|grs|gramos|gramas|t|ton|toneladas|l|lts?|litros|u|un|uds?|unidades|seg|s|min|minutos|minutes|seconds|%)\.?$",
    re.IGNORECASE,
)


@cache
def decimal_sign(country: str) -> str:
    """The decimal sign in use in ``country`` (comma unless CLDR says point)."""
    try:
        language = "pt" if country in ("BR", "PT") else "es"
        return str(Locale(language, country).number_symbols["latn"]["decimal"])
    except (UnknownLocaleError, ValueError, KeyError):
        return ","


@lru_cache(maxsize=10_000)
def normal_number(text: str, sign: str = ",") -> Normal | None:
    """``text`` as a plain decimal (``1234.56``), its unit left out; None where it is no single number. ``sign`` is the
    decimal sign in use, which decides what a single point or comma before three digits means.

    A normal form never has exactly three decimals, which would read as thousands in half of the region: one zero is
    added.
    """
    text = UNITS.sub("", text.strip())
    found = _NUMBER.fullmatch(text)
    plain = _plain(re.sub(r"['\u00a0 ]", "", found[2]), sign) if found else ""
    if not found or not plain:
        return None
    whole, _, decimals = plain.partition(".")
    whole = whole.lstrip("0") or "0"
    decimals = decimals + "0" if len(decimals) == 3 else decimals
    value = f"{whole}.{decimals}" if decimals.strip("0") else whole
    return Normal(f"-{value}" if found[1] == "-" and value != "0" else value)


def _plain(digits: str, sign: str) -> str:
    points, commas = digits.count("."), digits.count(",")
    if not points and not commas:
        return digits
    if points and commas:
        decimal = max(".", ",", key=digits.rfind)
        other = "," if decimal == "." else "."
        head, _, tail = digits.rpartition(decimal)
        return f"{head.replace(other, '')}.{tail}" if _grouped(head, other) and tail.isdigit() else ""
    mark = "." if points else ","
    head, _, tail = digits.rpartition(mark)
    if points + commas > 1:
        return digits.replace(mark, "") if _grouped(digits, mark) else ""
    thousands = len(tail) == 3 and 1 <= len(head) <= 3 and head != "0" and mark != sign
    return head + tail if thousands else f"{head}.{tail}" if tail else head


def _grouped(digits: str, mark: str) -> bool:
    groups = digits.split(mark)
    return len(groups) == 1 and digits.isdigit() or (
        1 <= len(groups[0]) <= 3 and all(len(g) == 3 for g in groups[1:]) and all(g.isdigit() for g in groups)
    )  # fmt: skip


@lru_cache(maxsize=2_000)
def normal_money(text: str, sign: str = ",") -> Normal | None:
    """An amount; a currency sign that says which currency gives it as a derived value of ``currency``."""
    found = _MONEY.match(text.strip())
    if not found:
        return None
    number = normal_number(found[2], sign)
    if number is None:
        return None
    currency = CURRENCIES.get((found[1] or found[3] or "").lower(), "")
    return number._replace(derived=(Derived("currency", currency, "amount>currency"),)) if currency else number
