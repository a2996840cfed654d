"""Dates as ISO 8601, as precise as they were written and no more: ``1980``, ``1980-05``, ``1980-05-12T14:30:00``.

Whether ``03/04/2024`` is the third of April or the fourth of March is decided once for a column (:class:`DateOrder`),
never for a cell: day first unless the column itself proves month first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache

from ingest.normalise.result import Normal
from ingest.normalise.text import fold

DAY_FIRST, MONTH_FIRST = "dmy", "mdy"
PIVOT = 30  # two-digit years: 00-29 are 2000-2029, 30-99 are 1930-1999

_NAMES = (
    ("enero", "janeiro", "january", "ene", "jan"), ("febrero", "fevereiro", "february", "feb", "fev"),
    ("marzo", "marco", "march", "mar"), ("abril", "april", "abr", "apr"), ("mayo", "maio", "may", "mai"),
    ("junio", "junho", "june", "jun"), ("julio", "julho", "july", "jul"), ("agosto", "august", "ago", "aug"),
    ("septiembre", "setiembre", "setembro", "september", "sep", "sept", "set"),
    ("octubre", "outubro", "october", "oct", "out"), ("noviembre", "novembro", "november", "nov"),
    ("diciembre", "dezembro", "december", "dic", "dez", "dec"),
)  # fmt: skip
MONTHS = {name: number for number, names in enumerate(_NAMES, 1) for name in names}

_ISO = re.compile(
    r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2})"
    r"(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?)?)?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?")
_NUMBERS = re.compile(
    r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})"
    r"(?:,?[T ]+(\d{1,2})[:.hH](\d{2})(?:[:.](\d{2}))?\s*(?:hs?|hrs?)?\.?\s*([ap]\.?\s?m\.?)?)?",
    re.IGNORECASE,
)
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})")
_ABOUT = re.compile(r"\b(?:circa|c|ca|aprox|aproximadamente|hacia|cerca de|por volta de|about)\b\.?\s*", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"^(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo|(?:segunda|ter[cç]a|quarta|quinta|sexta)(?:-feira)?)\s*,?\s+",
    re.IGNORECASE,
)
_FIRST, _LAST = 1600, 2199


@dataclass(slots=True)
class DateOrder:
    """Evidence of one column: cells that can only be day first, cells that can only be month first."""

    day_first: int = 0
    month_first: int = 0

    def see(self, text: str) -> None:
        """Take one cell into account."""
        found = _NUMBERS.fullmatch(text.strip())
        if found:
            first, second = int(found[1]), int(found[2])
            self.day_first += first > 12 >= second
            self.month_first += second > 12 >= first

    @property
    def order(self) -> str:
        """Month first only where some cell proves it and none the contrary."""
        return MONTH_FIRST if self.month_first and not self.day_first else DAY_FIRST


@lru_cache(maxsize=10_000)
def normal_date(text: str, order: str = DAY_FIRST, format: str = "") -> Normal | None:
    """The date that ``text`` states, None if none can be read from it. ``format`` is a ``strptime`` pattern; a cell
    that does not follow it is read like any other only where it is ISO already."""
    text = text.strip().rstrip(".")
    if format:
        found = _by_format(text, format) or _iso(text)
    else:
        found = _iso(text) or _numbers(text, order) or _words(text)
    return Normal(found) if found else None


_CODES = {f"%{c}": rf"(?P<{c}>\d{{1,2}})" for c in "dmHMS"} | {"%Y": r"(?P<Y>\d{4})", "%y": r"(?P<y>\d{2})"}


@cache
def _format_pattern(format: str) -> re.Pattern[str] | None:
    """A regular expression for a format of plain numbers: many times as fast as ``strptime``, and zeros may stand for
    an unknown day or month. None for other formats."""
    parts = re.split(r"(%.)", format)
    codes = parts[1::2]
    if not set(codes) <= set(_CODES) or len(set(codes)) < len(codes) or not {"%Y", "%y"} & set(codes):
        return None
    return re.compile("".join(_CODES.get(p) or re.escape(p).replace(r"\ ", r"\s+") for p in parts))


def _by_format(text: str, format: str) -> str:
    if pattern := _format_pattern(format):
        found = pattern.fullmatch(text)
        if not found:
            return ""
        part = found.groupdict()
        clock = (int(part["H"]), int(part.get("M") or 0), int(part.get("S") or 0)) if "H" in part else None
        day = int(part.get("d") or (1 if clock else 0))
        month = int(part.get("m") or (1 if clock else 0))
        return _build(_year(part.get("Y") or part["y"]), month, day, clock)
    try:
        moment = datetime.strptime(text, format)
    except ValueError:
        return ""
    if not _FIRST <= moment.year <= _LAST:
        return ""
    if any(code in format for code in ("%H", "%I", "%X", "%c", "%T")):
        if moment.tzinfo:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat(timespec="seconds")
    if "%d" in format or "%j" in format:
        return moment.date().isoformat()
    return f"{moment:%Y-%m}" if any(c in format for c in ("%m", "%b", "%B")) else f"{moment:%Y}"


def _build(year: int, month: int, day: int, clock: tuple[int, int, int] | None = None, zone: str = "") -> str:
    """ISO text of the parts, a part of 0 being unknown; empty where there is no such day or time."""
    if not _FIRST <= year <= _LAST or month > 12:
        return ""
    if not month:
        return f"{year:04d}" if not day else ""
    if not day:
        return f"{year:04d}-{month:02d}"
    try:
        if clock is None:
            return date(year, month, day).isoformat()
        moment = datetime(year, month, day, *clock)
        if zone and zone != "Z":
            moment = datetime.fromisoformat(f"{moment.isoformat()}{zone[:3]}:{zone[-2:]}").astimezone(UTC)
        return moment.replace(tzinfo=None).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def _iso(text: str) -> str:
    if found := _ISO.fullmatch(text):
        clock = (int(found[4]), int(found[5]), int(found[6] or 0)) if found[4] else None
        return _build(int(found[1]), int(found[2] or 0), int(found[3] or 0), clock, found[7] or "")
    if found := _COMPACT.fullmatch(text):
        clock = (int(found[4]), int(found[5]), int(found[6] or 0)) if found[4] else None
        return _build(int(found[1]), int(found[2]), int(found[3]), clock)
    return ""


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 4:
        return year
    return year + (2000 if year < PIVOT else 1900)


def _numbers(text: str, order: str) -> str:
    if found := _MONTH_YEAR.fullmatch(text):
        return _build(int(found[2]), int(found[1]), 0)
    found = _NUMBERS.fullmatch(text)
    if not found:
        return ""
    first, second = int(found[1]), int(found[2])
    day, month = (first, second) if order == DAY_FIRST else (second, first)
    clock = None
    if found[4]:
        hour = int(found[4])
        half = (found[7] or "")[:1].lower()
        if half:
            if not 1 <= hour <= 12:
                return ""
            hour = hour % 12 + (12 if half == "p" else 0)
        clock = (hour, int(found[5]), int(found[6] or 0))
    return _build(_year(found[3]), month, day, clock)


def _words(text: str) -> str:
    """Dates with the month in words, in Spanish, Portuguese or English; ``circa`` and its like leave the date as
    said."""
    text = _WEEKDAY.sub("", _ABOUT.sub("", text, count=1))
    if re.fullmatch(r"\d{4}", text):
        return _build(int(text), 0, 0)
    words = [w for w in fold(text).split() if w not in ("de", "del", "do", "of", "the", "dia", "el", "ano")]
    months = [(i, MONTHS[w]) for i, w in enumerate(words) if w in MONTHS]
    if len(months) != 1 or len(words) > 3:
        return ""
    at, month = months[0]
    rest = [re.sub(r"(?<=\d)(st|nd|rd|th|o|a|ro)$", "", w) for i, w in enumerate(words) if i != at]
    if not all(w.isdigit() for w in rest):
        return ""
    if len(rest) == 1 and len(rest[0]) == 4:
        return _build(int(rest[0]), month, 0)
    if len(rest) == 2 and len(rest[1]) in (2, 4) and len(rest[0]) <= 2:
        return _build(_year(rest[1]), month, int(rest[0]))
    return ""
