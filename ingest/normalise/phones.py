"""Telephone numbers as E.164, read in the file's country; forms that numbering plans gave up are rewritten first.

The plans: MX dropped 044/045/01 and the 1 after +52 in 2019; BR added a ninth digit to mobiles 2012–2016; CL a
leading 9 (2012–2016, written 09/08 before); CO prefixed 60 to area codes in 2021; EC added a ninth digit to mobiles
in 2012.
"""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from ingest.normalise.result import UNKNOWN, WELLFORMED, Normal

_NOISE = re.compile(
    r"^(?:tel(?:[eé]fono|efone)?|cel(?:ular)?|m[oó]vil|fone|fax|whats\s?app|wa|phone|mobile)\b[.:\s]*", re.IGNORECASE
)
_EXTENSION = re.compile(r"\s*(?:ext|int|interno|ramal|anexo|x)\.?\s*:?\s*\d{1,6}\s*$", re.IGNORECASE)


def _rewrite(digits: str, country: str) -> str:
    """National digits in today's plan; the country code may stand in front (with ``+``)."""
    plus = digits.startswith("+")
    code = {"MX": "52", "BR": "55", "CL": "56", "CO": "57", "EC": "593"}.get(country, "")
    if not code or (plus and not digits.startswith(f"+{code}")):
        return digits
    number = digits.removeprefix(f"+{code}") if plus else digits
    if not plus and len(number) > 10 and number.startswith(code) and country != "BR":
        number = number.removeprefix(code)
    rewritten = _NATIONAL[country](number)
    return f"+{code}{rewritten}" if rewritten else digits


def _mexico(number: str) -> str:
    found = re.fullmatch(r"(?:04[45]|01|1)?(\d{10})", number)
    return found[1] if found else ""


def _brazil(number: str) -> str:
    """Area code and eight digits beginning with 6–9 are a mobile of before the ninth digit; carrier codes are
    dropped."""
    number = number.removeprefix("55") if len(number) in (12, 13) else number
    found = re.fullmatch(r"(?:0(?:\d\d)?)?([1-9]\d)([6-9]\d{7})", number)
    if found:
        return f"{found[1]}9{found[2]}"
    found = re.fullmatch(r"(?:0(?:\d\d)?)?([1-9]\d)(9\d{8}|[2-5]\d{7})", number)
    return f"{found[1]}{found[2]}" if found else ""


def _chile(number: str) -> str:
    found = re.fullmatch(r"0?(9\d{8})", number) or re.fullmatch(r"0?9?([5-9]\d{7})", number)
    if not found:
        return ""
    return found[1] if len(found[1]) == 9 else f"9{found[1]}"


def _colombia(number: str) -> str:
    found = re.fullmatch(r"0?([1-8])([2-8]\d{6})", number)
    return f"60{found[1]}{found[2]}" if found else ""


def _ecuador(number: str) -> str:
    found = re.fullmatch(r"0?([89]\d{7})", number)
    return f"9{found[1]}" if found and found[1][0] in "89" and len(found[1]) == 8 else ""


_NATIONAL = {"MX": _mexico, "BR": _brazil, "CL": _chile, "CO": _colombia, "EC": _ecuador}


@lru_cache(maxsize=10_000)
def normal_phone(text: str, country: str = "") -> Normal | None:
    """E.164 of a number written in ``country``: ``wellformed`` where its plan has such numbers, ``unknown`` where
    only the length fits. None for what cannot be one there (a local number without its area code says too little)."""
    plain = _EXTENSION.sub("", _NOISE.sub("", text.strip()))
    if not 5 <= sum(c.isdigit() for c in plain) <= 18 or any(c.isalpha() for c in plain):
        return None
    digits = re.sub(r"[^\d+]", "", plain)
    digits = f"+{digits[2:]}" if digits.startswith("00") and len(digits) > 9 else digits
    best: Normal | None = None
    for candidate in dict.fromkeys((_rewrite(digits, country), digits, plain)):
        try:
            number = phonenumbers.parse(candidate, country or None)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return Normal(phonenumbers.format_number(number, PhoneNumberFormat.E164), "phone", WELLFORMED)
        if best is None and candidate.startswith("+") and phonenumbers.is_possible_number(number):
            best = Normal(phonenumbers.format_number(number, PhoneNumberFormat.E164), "phone", UNKNOWN)
    return best
