"""What a normaliser gives back."""

from __future__ import annotations

from typing import NamedTuple

UNKNOWN, WELLFORMED, VALID, WRONG = "unknown", "wellformed", "valid", "wrong"


class Derived(NamedTuple):
    """A value that follows from another one: for property ``prop`` of the same record, by the rule ``rule``."""

    prop: str
    value: str
    rule: str
    form: str = ""
    check: str = ""


class Normal(NamedTuple):
    """A normal form. ``form`` and ``check`` are those of a :class:`~graph.statement.Statement`."""

    value: str
    form: str = ""
    check: str = ""
    derived: tuple[Derived, ...] = ()
