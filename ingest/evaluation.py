"""Codes of evaluation (how good is the source, how good the information) and of handling, as delivered.

Schemes: 4x4 and H0–H3 after Regulation (EU) 2016/794, article 29; 5x5x5 after HMRC's manual MLR3C14000; 3x5x2 after the
College of Policing; the Admiralty code (NATO AJP-2.1) with six grades each.
"""

from __future__ import annotations

import re
from functools import lru_cache

SCHEMES = {
    "4x4": ("ABCX", "1234"),
    "5x5x5": ("ABCDE", "12345"),
    "3x5x2": ("123", "ABCDE"),
    "admiralty": ("ABCDEF", "123456"),
}
HANDLING = ("H0", "H1", "H2", "H3")


@lru_cache(maxsize=1024)
def evaluation_code(scheme: str, source: str, information: str) -> str:
    """``4x4:B2`` of its parts, empty where the scheme does not know them."""
    grades = SCHEMES.get(scheme.lower())
    s, i = source.strip().upper(), information.strip().upper().removesuffix(".0")
    if grades is None or len(s) != 1 or len(i) != 1 or s not in grades[0] or i not in grades[1]:
        return ""
    return f"{scheme.lower()}:{s}{i}"


@lru_cache(maxsize=1024)
def handling_codes(text: str) -> str | None:
    """A sorted set ``H1,H2`` of codes separated by blanks, commas, semicolons or ``+``; None where one is unknown."""
    codes = {c for c in re.split(r"[\s,;+/]+", text.upper()) if c}
    if not codes <= set(HANDLING):
        return None
    return ",".join(sorted(codes))


@lru_cache(maxsize=1024)
def union_handling(*sets: str) -> str:
    """Union of handling sets: a code, once given, is never lost."""
    return ",".join(sorted({c for s in sets for c in s.split(",") if c}))
