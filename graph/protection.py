"""Who is masked outside its owner: victims, witnesses, informants, minors (the sixth hard decision of the design).

AIAMP's Guías de Santiago (2008, revised 2020) ask for the protection of victims and witnesses; a person can be victim
and suspect in one case, and then the protection of the stricter role holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

# strictest first; what stands before "suspect" is masked
ROLES = ("informant", "protected", "victim", "witness", "minor", "suspect", "accused", "convicted", "contact", "other")
PROTECTED_ROLES = frozenset(ROLES[:5])
ADULT_YEARS = 18
MASKED = frozenset({"Person", "LegalEntity"})  # what may be masked; a role's link is masked with its person


def strictest(roles: Iterable[str]) -> str:
    """The role among ``roles`` that protects most; unknown words count as ``other``; empty for none."""
    known = [role if role in ROLES else "other" for role in roles if role]
    return min(known, key=ROLES.index, default="")


def years_at(birth: str, day: str) -> tuple[int, int] | None:
    """Least and most full years between a (possibly partial) birth date and ``day``; None for unreadable ones."""
    try:
        first, last = _range(birth)
        at_first, at_last = _range(day)
    except ValueError:
        return None
    return _years(last, at_first), _years(first, at_last)


def _range(day: str) -> tuple[date, date]:
    parts = [int(p) for p in day[:10].split("-")]
    if len(parts) == 1:
        return date(parts[0], 1, 1), date(parts[0], 12, 31)
    if len(parts) == 2:
        end = date(parts[0] + parts[1] // 12, parts[1] % 12 + 1, 1).toordinal() - 1
        return date(parts[0], parts[1], 1), date.fromordinal(end)
    return date(*parts), date(*parts)


def _years(born: date, at: date) -> int:
    return at.year - born.year - ((at.month, at.day) < (born.month, born.day))


def mask(schema: str, roles: Iterable[str], birth_dates: Iterable[str], opened: str, protected: bool) -> str:
    """Why a record of ``schema`` is masked outside its owner: a protected role, ``minor``, ``protected`` or empty.

    ``opened`` is the day the case was opened (ISO, may be partial or empty). A person is a minor when any stated birth
    date makes it under 18 then for certain; with no known role, when any stated birth date makes it possible. Only
    persons (and legal entities of unknown kind) are masked.
    """
    if schema not in MASKED:
        return ""
    roles = [r for r in roles if r]
    role = strictest(roles)
    if role in PROTECTED_ROLES:
        return role
    if protected:
        return "protected"
    if opened:
        for birth in birth_dates:
            ages = years_at(birth, opened)
            if ages and (ages[1] < ADULT_YEARS or (not roles and ages[0] < ADULT_YEARS)):
                return "minor"
    return ""
