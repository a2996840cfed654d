"""Phones, accounts, plates, containers, devices: numbers that things and people share, one unique number per serial.

Phones lie in blocks that are well-formed for phonenumbers but not given out (a subscriber number that begins with 0 or
1, for instance), where a country has such a block; banks, shipping owner codes and device types are invented.
"""

from __future__ import annotations

from functools import lru_cache

from ingest.scenario import checks
from ingest.scenario.checks import spread

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_CONSONANTS = "BCDFGHJKLMNPRSTVWXYZ"


def phone(country: str, serial: int) -> str:
    """Phone number in E.164."""
    i = spread(serial, 0, 899_981)
    match country:
        case "AR":
            return f"+54911{i + 100_000:08d}"
        case "BO":
            return f"+5916{i + 100_000:07d}"
        case "BR":
            return f"+55{('11', '13', '21', '45', '67')[serial % 5]}90{i:07d}"
        case "CL":
            return f"+5692{i:07d}"
        case "CO":
            return f"+573000{i:06d}"
        case "EC":
            return f"+593980{i:06d}"
        case "ES":
            return f"+34600{i:06d}"
        case "MX":
            return f"+5255{i + 100_000:08d}"
        case "PA":
            return f"+50760{i:06d}"
        case "PE":
            return f"+51900{i:06d}"
        case "PT":
            return f"+351920{i:06d}"
        case "PY":
            return f"+595995{i:06d}"
        case "UY":
            return f"+5989{i // 100_000 + 1}0{i % 100_000:05d}"
        case _:
            raise ValueError(f"no phones for {country}")


@lru_cache(maxsize=1 << 15)
def dialled(number: str, country: str) -> str:
    """``number`` (E.164) as written in a file of ``country``: the home form for its own numbers, + form for others."""
    match country:
        case "AR" if number.startswith("+549"):
            return f"011 15-{number[6:10]}-{number[10:]}"
        case "BR" if number.startswith("+55"):
            return f"({number[3:5]}) {number[5:10]}-{number[10:]}"
        case "CL" if number.startswith("+56"):
            return f"{number[3]} {number[4:8]} {number[8:]}"
        case "CO" if number.startswith("+57"):
            return f"{number[3:6]} {number[6:9]} {number[9:]}"
        case "EC" if number.startswith("+593"):
            return f"0{number[4:6]} {number[6:9]} {number[9:]}"
        case "ES" if number.startswith("+34"):
            return f"{number[3:6]} {number[6:8]} {number[8:10]} {number[10:]}"
        case "MX" if number.startswith("+52"):
            return f"{number[3:5]} {number[5:9]} {number[9:]}"
        case "PA" if number.startswith("+507"):
            return f"{number[4:8]}-{number[8:]}"
        case "PE" if number.startswith("+51"):
            return f"{number[3:6]} {number[6:9]} {number[9:]}"
        case "PT" if number.startswith("+351"):
            return f"{number[4:7]} {number[7:10]} {number[10:]}"
        case "PY" if number.startswith("+595"):
            return f"0{number[4:7]} {number[7:]}"
        case "UY" if number.startswith("+598"):
            return f"0{number[4:6]} {number[6:9]} {number[9:]}"
        case "BO" if number.startswith("+591"):
            return f"{number[4:8]}{number[8:]}"
        case _:
            return number


def account(country: str, serial: int) -> str:
    """Bank account number in the country's form, of a bank that does not exist."""
    i = spread(serial, 0, 999_999_937)
    match country:
        case "ES":
            return checks.iban("ES", checks.ccc_es("99990001", f"{i:010d}"))
        case "PT":
            return checks.iban("PT", checks.nib_pt(f"99990001{i:011d}"))
        case "AR":
            return checks.cbu("9990001", f"{i:013d}")
        case "MX":
            return checks.clabe(f"999180{i:011d}")
        case "BR":
            return f"{9000 + i % 900}-{i % 7}/{i // 900:07d}-{i % 10}"
        case "PE":
            return f"999001{i:012d}{i % 97:02d}"
        case _:
            return f"9{i:011d}"


def plate(country: str, serial: int) -> str:
    """Registration plate in the country's current form."""
    i = spread(serial, 0, 3_199_997)
    high, low = divmod(i, 1000)
    three = _LETTERS[high % 22] + _LETTERS[high // 22 % 22] + _LETTERS[high // 484 % 22]
    match country:
        case "AR":
            return f"A{three[0]} {low:03d} {three[1:]}"
        case "BO":
            return f"{low:03d}{high % 10}{three}"
        case "BR":
            return f"{three}{low % 10}{_LETTERS[low // 10 % 22]}{low // 10 % 10}{low // 100}"
        case "CL":
            c = _CONSONANTS
            return f"{c[high % 20]}{c[high // 20 % 20]}{c[high // 400 % 20]}{c[low % 20]}-{low // 10:02d}"
        case "CO":
            return f"{three}{low:03d}"
        case "ES":
            c = _CONSONANTS
            return f"{i % 10_000:04d} {c[i // 10_000 % 20]}{c[i // 200_000 % 20]}{c[high % 20]}"
        case "MX":
            return f"{three}-{low:03d}-{_LETTERS[high % 22]}"
        case "PA":
            return f"{three[:2]}{low:03d}{_LETTERS.index(three[2]) % 10}"
        case "PE":
            return f"{three}-{low:03d}"
        case "PT":
            return f"{three[:2]}-{low % 100:02d}-{three[2]}{_LETTERS[low // 100]}"
        case "PY":
            return f"{three}{_LETTERS[high % 22]} {low:03d}"
        case _:
            return f"{three}-{low:03d}{high % 10}"


def container(serial: int) -> str:
    """Container number (ISO 6346) of one of the invented owners."""
    i = spread(serial, 0, 999_983)
    return checks.container(("VNCU", "LTRU", "QBRU", "SLRU")[serial % 4], i)


def imei(serial: int) -> str:
    """IMEI of an invented device type."""
    return checks.imei(f"99000{spread(serial, 0, 999_999_937):09d}")
