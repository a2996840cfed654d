"""Check digits that python-stdnum 2.2 has no module for. Each takes a normal form and says whether its digit is right.

None means that this number carries no check digit (a Peruvian DNI without its ninth character).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from stdnum.exceptions import ValidationError
from stdnum.mx import rfc


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(d) * w for d, w in zip(digits, weights, strict=False))


def uy_ci(value: str) -> bool:
    """Uruguay, cédula: weights 2,9,8,7,6,3,4 over seven digits, (10 − sum mod 10) mod 10."""
    return (10 - _weighted(value[:7], (2, 9, 8, 7, 6, 3, 4)) % 10) % 10 == int(value[7])


def sv_dui(value: str) -> bool:
    """El Salvador, DUI: weights 9..2 over eight digits, (10 − sum mod 10) mod 10."""
    return (10 - _weighted(value[:8], range(9, 1, -1)) % 10) % 10 == int(value[8])


def gt_cui(value: str) -> bool:
    """Guatemala, CUI: eight digits × 2..9, sum mod 11 is the ninth; then department (01–22) and municipality."""
    return _weighted(value[:8], range(2, 10)) % 11 == int(value[8]) and 1 <= int(value[9:11]) <= 22


def ni_cedula(value: str) -> bool:
    """Nicaragua, cédula: the thirteen digits as a number, mod 23, into a letter."""
    return "ABCDEFGHJKLMNPQRSTUVWXY"[int(value[:13]) % 23] == value[13]


def br_titulo(value: str) -> bool:
    """Brazil, título de eleitor: mod 11 over the sequence (weights 2..9) and over state and first digit (7, 8, 9)."""
    state = int(value[8:10])
    if not 1 <= state <= 28:
        return False

    def digit(total: int) -> int:
        rest = total % 11
        if rest == 0 and state in (1, 2):  # São Paulo and Minas Gerais
            return 1
        return 0 if rest == 10 else rest

    first = digit(_weighted(value[:8], range(2, 10)))
    return value[10:] == f"{first}{digit(int(value[8]) * 7 + int(value[9]) * 8 + first * 9)}"


def br_pis(value: str) -> bool:
    """Brazil, PIS/PASEP/NIS: mod 11, weights 3,2,9..2."""
    rest = 11 - _weighted(value[:10], (3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return int(value[10]) == (0 if rest > 9 else rest)


def br_cnh(value: str) -> bool:
    """Brazil, CNH: weights 9..1, then 1..9; a first remainder of 10 lessens the second by two."""
    first = _weighted(value[:9], range(9, 0, -1)) % 11
    less = 2 if first > 9 else 0
    second = _weighted(value[:9], range(1, 10)) % 11 - less
    second = second + 11 if second < 0 else second
    return value[9:] == f"{0 if first > 9 else first}{0 if second > 9 else second}"


def pt_bi(value: str) -> bool | None:
    """Portugal, civil number: weights 9..2 over eight digits, mod 11 (10 counts as 0). Without the ninth: no digit."""
    if len(value) < 9:
        return None
    rest = (11 - _weighted(value[:8], range(9, 1, -1)) % 11) % 11
    return int(value[8]) == (0 if rest == 10 else rest)


def pe_dni(value: str) -> bool | None:
    """Peru, DNI: the ninth character is taken off before; eight digits alone carry no check."""
    return None


def mx_rfc(value: str) -> bool | None:
    """Mexico, RFC: the last of the three characters after the date checks (SAT, mod 11). Old files leave the three
    out: then there is nothing to check, and the date alone must be right. Registers are known to have issued a few
    numbers that fail it; these come out wrong as well, since nothing tells them from typing errors."""
    date = value[4:10] if value[3].isalpha() or value[3] in "Ñ&" else value[3:9]
    try:
        if len(value) < 11:
            datetime.strptime(f"20{date}", "%Y%m%d")
            return None
        rfc.validate(value, validate_check_digits=True)
    except (ValidationError, ValueError):
        return False
    return True


# DGI, Panama: juridical numbers of old series (rolls that end in 00, 10, … 49) are renumbered before the sum
_CROSS = {
    "00": "00", "10": "01", "11": "02", "12": "03", "13": "04", "14": "05", "15": "06", "16": "07", "17": "08",
    "18": "09", "19": "01", "20": "02", "21": "03", "22": "04", "23": "07", "24": "08", "25": "09", "26": "02",
    "27": "03", "28": "04", "29": "05", "30": "06", "31": "07", "32": "08", "33": "09", "34": "01", "35": "02",
    "36": "03", "37": "04", "38": "05", "39": "06", "40": "07", "41": "08", "42": "09", "43": "01", "44": "02",
    "45": "03", "46": "04", "47": "05", "48": "06", "49": "07",
}  # fmt: skip
_KIND = {"E": "50", "N": "40", "PE": "75", "NT": "43", "AV": "15", "PI": "79"}


def pa_ruc_digits(number: str) -> str:
    """The two check digits of a Panamanian RUC without them (``155-1234-567890``); empty where its kind is not known.

    After the DGI's description as the public calculator apple314159/panama-dv gives it: the number is expanded to
    twenty digits by its kind, then weighted mod 11 twice.
    """
    parts = number.split("-")
    if len(parts) != 3:
        return ""
    first, second, third = parts
    letters = first.lstrip("0123456789")
    old = False
    if letters or (len(first) <= 2 and len(second) <= 4 and len(third) <= 6 and int(first or "0") <= 13):
        province = first[: len(first) - len(letters)] or "0"
        if letters in ("E", "N", "PE"):
            lead = f"00{_KIND[letters]}"
        elif letters in ("NT", "AV", "PI"):
            lead = f"{int(province):02d}{_KIND[letters]}"
        elif not letters:
            lead = f"{int(province):02d}00"
        else:
            return ""
        expanded = f"00000005{lead}{int(second):03d}{int(third):05d}" if len(second) <= 3 and len(third) <= 5 else ""
        if not expanded:
            expanded = f"0000005{lead}{int(second):04d}{int(third):05d}"[-20:]
    else:
        roll = f"{int(first):010d}"
        expanded = f"{roll}{int(second):04d}{int(third):06d}"
        old = expanded[3:5] == "00" and expanded[5:7] in _CROSS
        if old:
            expanded = expanded[:5] + _CROSS[expanded[5:7]] + expanded[7:]
    first_digit = _pa_digit(expanded, old)
    return f"{first_digit}{_pa_digit(expanded + str(first_digit), old)}"


def _pa_digit(digits: str, old: bool) -> int:
    total, weight = 0, 2
    for d in reversed(digits):
        if old and weight == 12:
            old = False
            weight -= 1
        total += weight * int(d)
        weight += 1
    rest = total % 11
    return 11 - rest if rest > 1 else 0


def pa_ruc(value: str) -> bool | None:
    """Panama, RUC: right when its ``DV`` is the one computed; None without a ``DV``."""
    number, sep, digits = value.partition("DV")
    if not sep:
        return None
    wanted = pa_ruc_digits(number)
    return None if not wanted else wanted == digits


RULES: Mapping[str, Callable[[str], bool | None]] = {
    rule.__name__: rule
    for rule in (uy_ci, sv_dui, gt_cui, ni_cedula, br_titulo, br_pis, br_cnh, pt_bi, pe_dni, pa_ruc, mx_rfc)
}
