"""How much two rows tell of being one person or company, in bits, by what was really written in them.

This needs no matcher: it counts the surprise of the agreements that the generator knows it left intact. A pair whose
bits exceed the logarithm of the number of records by five is ``telling``: fewer than one record in 32 would find such
an agreement by chance among all others.
"""

from __future__ import annotations

import math

from ingest.scenario.organisations import ListedCompany
from ingest.scenario.people import Listed

NUMBER = 40.0
RANK = {"number": 3, "date": 2, "name": 1}


def threshold(size: int) -> float:
    """Bits from which evidence tells among ``size`` records."""
    return math.log2(size) + 5


def date_bits(first: str, second: str) -> float:
    """Bits that two notes of one birth date give: full and equal 14.5, one of them a year only 5.5, one wrong −4."""
    if "none" in (first, second):
        return 0.0
    if "wrong" in (first, second):
        return -4.0
    return 5.5 if "year" in (first, second) else 14.5


def people(first: Listed, second: Listed) -> tuple[str, float]:
    """(basis, bits) of two rows of one person: number, date or name is the strongest thing they share."""
    bits = sum(min(bits, second.bits[role]) for role, bits in first.bits.items() if role in second.bits)
    dated = date_bits(first.date, second.date)
    bits += dated
    if first.numbers & second.numbers:
        return "number", bits + NUMBER
    return ("date" if dated > 0 else "name"), bits


def companies(first: ListedCompany, second: ListedCompany) -> tuple[str, float]:
    """(basis, bits) of two rows of one company."""
    bits = min(first.bits, second.bits)
    return ("number", bits + NUMBER) if first.numbers & second.numbers else ("name", bits)
