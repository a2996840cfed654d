"""The machine-readable zone of passports and cards (ICAO 9303, parts 4 to 6): its check digits, and what it says.

Three sizes: TD3 (passport, 2 × 44), TD2 (2 × 36), TD1 (card, 3 × 30). The check digit of a field is mod 10 with weights
7, 3, 1 over its characters (digits as they are, A–Z as 10–35, ``<`` as 0).
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import NamedTuple

from ingest.normalise.countries import iso2
from ingest.normalise.result import VALID, WRONG, Derived, Normal

_ALPHABET = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
SIZES = {(2, 44): "TD3", (2, 36): "TD2", (3, 30): "TD1"}


class Zone(NamedTuple):
    """The fields of a zone as printed, fillers taken off; ``right`` says whether every check digit is."""

    kind: str
    document: str
    issuer: str
    surname: str
    given: str
    number: str
    nationality: str
    birth: str  # YYMMDD
    sex: str
    expiry: str  # YYMMDD
    right: bool


def mrz_digit(text: str) -> str:
    """Check digit of a field."""
    return str(sum(_ALPHABET[c] * (7, 3, 1)[i % 3] for i, c in enumerate(text)) % 10)


def _lines(text: str) -> list[str]:
    lines = ["".join(line.split()).upper() for line in text.splitlines() if line.strip()]
    if len(lines) == 1:
        one = lines[0]
        count, width = next(((c, w) for c, w in SIZES if c * w == len(one)), (1, len(one)))
        lines = [one[i * width : (i + 1) * width] for i in range(count)]
    return lines


def read_zone(text: str) -> Zone | None:
    """The fields of a zone, on two or three lines or all in one; None for what is none."""
    lines = _lines(text)
    kind = SIZES.get((len(lines), len(lines[0]))) if lines else None
    if not kind or len({len(line) for line in lines}) != 1 or not set("".join(lines)) <= set(_ALPHABET):
        return None
    if not lines[0][0].isalpha():
        return None
    if kind == "TD1":
        head, second, names = lines
        number, digit, long = head[5:14], head[14], head[15:30]
        birth, sex, expiry, nationality = second[:7], second[7], second[8:15], second[15:18]
        whole, last = head[5:30] + second[:7] + second[8:15] + second[18:29], second[29]
        if digit == "<":  # a number of more than nine characters goes on in the optional data
            more = long.partition("<")[0]
            number, digit = number + more[:-1], more[-1:]
    else:
        names, second = lines[0][5:], lines[1]
        number, digit, nationality = second[:9], second[9], second[10:13]
        birth, sex, expiry = second[13:20], second[20], second[21:28]
        end = 43 if kind == "TD3" else 35
        whole, last = second[:10] + second[13:20] + second[21:end], second[end]
    fields = ((number, digit), (birth[:6], birth[6]), (expiry[:6], expiry[6]), (whole, last))
    right = all(mrz_digit(field) == check for field, check in fields)
    if kind == "TD3":  # the optional data's own digit may be a filler where there is none
        right = right and lines[1][42] in (mrz_digit(lines[1][28:42]), "<" if not lines[1][28:42].strip("<") else "")
    surname, _, given = names.partition("<<")
    return Zone(
        kind, lines[0][:2].strip("<"), lines[0][2:5].strip("<"), _words(surname), _words(given), number.strip("<"),
        nationality.strip("<"), birth[:6], sex, expiry[:6], right,
    )  # fmt: skip


def _words(text: str) -> str:
    return " ".join(text.replace("<", " ").split())


def _birth(text: str) -> str:
    """ISO date of YYMMDD: the century in which it is not to come. An unknown day or month is a filler."""
    if not text[:2].isdigit():
        return ""
    year = 2000 + int(text[:2])
    year = year - 100 if year > date.today().year else year
    try:
        return date(year, int(text[2:4]), int(text[4:6])).isoformat()
    except ValueError:
        return str(year) if not text[2:].strip("<0") else ""


@lru_cache(maxsize=5_000)
def normal_mrz(text: str) -> Normal | None:
    """The zone on one line; number, names, birth date, sex and nationality as derived values where every check digit is
    right. None for what is no zone."""
    zone = read_zone(text)
    if zone is None:
        return None
    value = "".join(_lines(text))
    if not zone.right:
        return Normal(value, "mrz", WRONG)
    country = "DE" if zone.nationality == "D" else iso2(zone.nationality)
    pairs = (
        ("passportNumber" if zone.document.startswith("P") else "idNumber", zone.number),
        ("lastName", zone.surname), ("firstName", zone.given), ("birthDate", _birth(zone.birth)),
        ("gender", {"M": "male", "F": "female"}.get(zone.sex, "")), ("nationality", country.lower()),
    )  # fmt: skip
    return Normal(value, "mrz", VALID, tuple(Derived(p, v, f"mrz>{p}") for p, v in pairs if v))
