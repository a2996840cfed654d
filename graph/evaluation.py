"""What an evaluation of one scheme is in another, by the declared tables of ``evaluation.yaml``; never done unasked.

A code is kept and shown as its owner gave it. A translation is shown beside it with how good it is: of both parts
(source and information) whether the two definitions say the same, only nearly, or whether there is no equivalent.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, NamedTuple

import yaml

from graph.errors import InputError
from graph.i18n import DEFAULT_LANGUAGE, LOADER, t

SAME, NEAR, NONE, UNJUDGED = "same", "near", "none", "unjudged"
MARKS = {"=": SAME, "~": NEAR, "-": NONE}
BLANK = "–"  # stands for the part that has no equivalent


class Translation(NamedTuple):
    """A code of another scheme (``admiralty:D6``), and how good it is for the source and for the information.

    A part without equivalent is :data:`BLANK`. What cannot be judged is ``unjudged``, and never a grade.
    """

    code: str
    source: str
    information: str

    @property
    def lossless(self) -> bool:
        """Whether translating back gives the code as it was given."""
        return {self.source, self.information} <= {SAME, UNJUDGED}

    def note(self, lang: str = DEFAULT_LANGUAGE) -> str:
        """How good the translation is, in words, for both parts."""
        parts = (("source", self.source), ("information", self.information))
        return " ".join(t(f"evaluation.note.{part}.{how}", lang) for part, how in parts)


@cache
def _body() -> dict[str, Any]:
    text = resources.files("graph").joinpath("evaluation.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=LOADER)  # noqa: S506 (a safe loader)
    return found


def schemes() -> tuple[str, ...]:
    """Names of the schemes."""
    return tuple(_body()["schemes"])


def grades(scheme: str) -> tuple[str, str]:
    """Codes of the source and codes of the information, one character each."""
    found = _body()["schemes"][scheme]
    return found["source"], found["information"]


def reference(scheme: str) -> str:
    """Where the scheme's codes are defined."""
    return str(_body()["schemes"][scheme]["from"])


def unjudged(scheme: str, part: str, code: str) -> bool:
    """Whether a code of ``part`` (``source`` | ``information``) says that it cannot be judged."""
    return bool(code) and code in _body()["schemes"][scheme]["unjudged"][part]


def translate(scheme: str, code: str, to: str) -> Translation:
    """``code`` (``B2``) of ``scheme`` as one of ``to``; :class:`InputError` for a scheme or code that is not known."""
    if scheme not in schemes() or to not in schemes():
        raise InputError("evaluation.unknown", value=f"{scheme} → {to}", known=", ".join(schemes()))
    good, sure = grades(scheme)
    if len(code) != 2 or code[0] not in good or code[1] not in sure:
        raise InputError("evaluation.unknown", value=f"{scheme}:{code}", known=", ".join(schemes()))
    if to == scheme:
        source, information = (f"={given}" for given in code)
    else:
        table = _body()["tables"][scheme][to]
        source, information = table["source"][code[0]], table["information"][code[1]]
    first, how = _part(scheme, "source", code[0], source)
    second, why = _part(scheme, "information", code[1], information)
    return Translation(f"{to}:{first}{second}", how, why)


def _part(scheme: str, part: str, given: str, entry: str) -> tuple[str, str]:
    how = MARKS[entry[0]]
    if how == NONE:
        return BLANK, NONE
    return entry[1:], UNJUDGED if unjudged(scheme, part, given) else how
