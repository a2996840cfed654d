"""Text as such: Unicode form, white space, control characters, mojibake, and the folded form tables are keyed by."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# a UTF-8 lead byte read as a Latin letter, followed by what a continuation byte looks like in that code page
_MOJIBAKE = re.compile(
    "[ÂÃâ][\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]"
)
_CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff\ufffe\uffff]"
)
_SPACE = re.compile(r"\s+")
_NOT_WORD = re.compile(r"[^0-9a-z]+")

# "not stated", as clerks write it; the value says nothing, so it is nobody's name and no number
PLACEHOLDERS = frozenset(
    """s d|sd|s i|sin dato|sin datos|sin informacion|sin especificar|no consta|no aporta|no informa|no informado|
    no registra|no posee|no tiene|no aplica|desconocido|desconocida|se desconoce|a determinar|ignorado|ignorada|
    sem dados|sem informacao|nao consta|nao informado|nao informada|nao possui|desconhecido|desconhecida|a apurar|
    n a|n d|n c|na|nd|nc|null|none|nan|unknown|not available|not stated|x|xx|xxx|xxxx|no|nao""".replace("\n", "")
    .replace("    ", "")
    .split("|")
)


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Lower case, no accents, words of letters and digits separated by one blank."""
    if text.isascii():  # nothing to decompose
        return text.lower() if text.isalnum() else _NOT_WORD.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _NOT_WORD.sub(" ", "".join([c for c in plain if not unicodedata.combining(c)])).strip()


def is_placeholder(text: str) -> bool:
    """Whether ``text`` is one of the ways to write that nothing is known."""
    return len(text) < 24 and (fold(text) in PLACEHOLDERS or not any(map(str.isalnum, text)))


def repair(text: str) -> str:
    """``text`` with mojibake undone (``JosÃ©`` → ``José``) where it is certain: every character goes back to a byte of
    one code page, the bytes are UTF-8, and the marks of the error are there. Else ``text`` unchanged."""
    for _ in range(2):  # files that were converted wrongly twice exist
        if not _MOJIBAKE.search(text):
            break
        for page in ("cp1252", "latin-1"):
            try:
                better = text.encode(page).decode("utf-8")
            except UnicodeError:
                continue
            text = better
            break
        else:
            break
    return text


def clean(text: str, lines: bool = False) -> str:
    """``text`` in NFC, without control characters, white space squeezed; ``lines`` keeps line breaks."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    text = _CONTROL.sub("", unicodedata.normalize("NFC", repair(text)))
    if lines:
        return "\n".join(_SPACE.sub(" ", line).strip() for line in text.splitlines()).strip()
    return _SPACE.sub(" ", text).strip()
