"""Whether what a number says of its bearer agrees with what the record states of it: dates as precise as both are."""

from __future__ import annotations

from collections.abc import Iterable


def agrees(derived: str, stated: Iterable[str]) -> bool:
    """Whether a derived date (ISO) is one of the stated ones, or more or less precise than one (``1980`` and
    ``1980-05-12``). True where nothing is stated: then nothing contradicts it."""
    known = [s for s in stated if s]
    return not known or any(derived.startswith(s) or s.startswith(derived) for s in known)
