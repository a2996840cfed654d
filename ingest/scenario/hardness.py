"""What happens to a name or a date between the person and the list: accents, typing errors, short forms, spellings."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from ingest.scenario.stocks import short_forms, spellings

_FOLD = str.maketrans(
    "áàâãäéèêëíìîïóòôõöúùûüçñÁÀÂÃÄÉÈÊËÍÌÎÏÓÒÔÕÖÚÙÛÜÇÑªº", "aaaaaeeeeiiiiooooouuuucnAAAAAEEEEIIIIOOOOOUUUUCNao"
)
# The key beside, or the letter that sounds alike.
_SLIPS = dict(zip("bvszcgjyimneoualrtdfhkpqwx", "vbzssjgiynmiuoektrsgglowqc", strict=True))
_SCANNER = (("rn", "m"), ("m", "rn"), ("l", "1"), ("o", "0"), ("cl", "d"), ("ñ", "fi"), ("i", "l"))


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """``text`` without accents (ñ to n, ç to c)."""
    return text.translate(_FOLD)


def slip(word: str, rng: Random, ocr: float) -> str:
    """``word`` with one typing error: a letter doubled, lost, swapped with the next, or mistaken for a neighbour."""
    if len(word) < 3:
        return word
    if ocr and rng.random() < ocr:
        for wrong, right in _SCANNER:
            at = word.find(wrong, 1)
            if at > 0:
                return word[:at] + right + word[at + len(wrong) :]
    at = 1 + int(rng.random() * (len(word) - 2))
    kind = rng.random()
    if kind < 0.25:
        return word[:at] + word[at + 1 :]
    if kind < 0.40:
        return word[:at] + word[at] + word[at:]
    if kind < 0.65:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    letter = fold(word[at])
    return word[:at] + _SLIPS.get(letter, "e") + word[at + 1 :]


def hypocorism(given: str, rng: Random) -> str:
    """A familiar form of ``given`` where there is one."""
    forms = short_forms()[0].get(given)
    return forms[int(rng.random() * len(forms))] if forms else given


def abbreviated(token: str) -> str:
    """The clerk's abbreviation of a name where there is one."""
    return short_forms()[1].get(token, token)


def translated(token: str, to: str) -> str:
    """The name as a clerk of the other language writes it (``to`` is that language)."""
    forward, backward, _ = spellings()
    return (forward if to == "pt" else backward).get(token, token)


def respelled(token: str) -> str:
    """The alternative spelling within a language where there is one."""
    return spellings()[2].get(token, token)


def wrong_date(born: tuple[int, int, int], rng: Random) -> tuple[int, int, int]:
    """A birth date as wrongly noted: day and month exchanged, a digit off, a year off. Never equal to ``born``."""
    year, month, day = born
    kind = rng.random()
    if kind < 0.3 and day <= 12 and day != month:
        return year, day, month
    if kind < 0.6:
        return year + (1 if rng.random() < 0.5 else -1), month, min(day, 28)
    if kind < 0.8:
        return year, month % 12 + 1, min(day, 28)
    step = 10 if day <= 18 else -10
    return year, month, min(day + step, 28) if min(day + step, 28) != day else day - 1


def misdigit(text: str, rng: Random) -> str:
    """``text`` with one digit changed or two neighbouring ones exchanged. Never equal to ``text``."""
    spots = [index for index, character in enumerate(text) if character.isdigit()]
    at = spots[int(rng.random() * len(spots))]
    if rng.random() < 0.4 and at + 1 in spots and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + str((int(text[at]) + 1 + int(rng.random() * 9)) % 10) + text[at + 1 :]
