"""How a file is to be read, as ``case.yaml`` and mappings say it: encoding, delimiter, sheet, header, country."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

OPTION_KEYS = ("encoding", "delimiter", "sheet", "header", "country", "decimal", "ends")
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


def _delimiter(value: Any) -> str | None:
    found = _DELIMITERS.get(value, value) if isinstance(value, str) else ""
    return found if len(found) == 1 and found not in '\r\n"' else None


def _header(value: Any) -> bool | int | tuple[str, ...] | None:
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return tuple(value)
    if not isinstance(value, str):
        return None
    if value.isdigit() and int(value) > 0:
        return int(value)
    return {"true": True, "yes": True, "false": False, "no": False, "none": False}.get(value.lower())


def _sheet(value: Any) -> str | int | None:
    if not isinstance(value, str):
        return None
    return int(value) if value.isdigit() else value


def _ends(value: Any) -> tuple[str, str] | None:
    two = isinstance(value, list) and len(value) == 2 and all(isinstance(v, str) and v for v in value)
    return (value[0], value[1]) if two else None


_READ: Mapping[str, Callable[[Any], Any]] = {
    "encoding": lambda v: v if isinstance(v, str) else None,
    "delimiter": _delimiter,
    "sheet": _sheet,
    "header": _header,
    "country": lambda v: v.upper() if isinstance(v, str) and re.fullmatch(r"[A-Za-z]{2}", v) else None,
    "ends": _ends,
    "decimal": lambda v: v if v in (",", ".") else None,
}


def read_options(data: Mapping[Any, Any]) -> tuple[dict[str, Any], list[str]]:
    """Options of a table that were said, and the names of those that cannot be understood."""
    found: dict[str, Any] = {}
    wrong = []
    for key, read in _READ.items():
        if data.get(key, "") in ("", []):
            continue
        value = read(data[key])
        if value is None:
            wrong.append(key)
        else:
            found[key] = value
    return found, wrong
