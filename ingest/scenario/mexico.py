"""Mexico's CURP and RFC, which are made from name, birth date and sex; tests hold them against python-stdnum."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.scenario.hardness import fold

_CURP = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ")}
_STATES = ("SL", "JC", "MN", "DF", "VZ", "CS", "BC", "NL", "TS", "GR", "OC", "CH")
# The register replaces the second letter of these beginnings (Instructivo normativo de la CURP, annex 2; an extract).
_IMPROPER = frozenset(
    """
    BACA BAKA BUEI BUEY CACA CACO CAGA CAGO COGE COGI COJA COJE COJI COJO COLA CULO FALO FETO GETA GUEI GUEY JETA JOTO
    KACA KACO KAGA KAGO KOGE KOGI KOJA KOJE KOJI KOJO KOLA KULO LILO LOCA LOCO LOKA LOKO MAME MAMO MEAR MEAS MEON MIAR
    MION MOCO MOKO MULA MULO NACA NACO PEDA PEDO PENE PIPI PITO POPO PUTA PUTO QULO RATA ROBA ROBE ROBO RUIN SENO TETA
    VACA VAGA VAGO VAKA VUEI VUEY WUEI WUEY
    """.split()
)


def _letters(name: str) -> str:
    text = fold(name).upper()
    words = [
        word
        for word in text.replace("-", " ").split()
        if word not in {"DE", "LA", "DEL", "LOS", "DA", "DO", "DOS", "DAS", "Y"}
    ]
    return "".join(c for c in (words[0] if words else "X") if "A" <= c <= "Z") or "X"


def _inner(word: str, wanted: str) -> str:
    return next((c for c in word[1:] if c in wanted), "X")


def curp(n: int, given: Sequence[str], first: str, second: str, born: tuple[int, int, int], male: bool) -> str:
    """MX CURP from name, birth date and sex, with its check digit (stdnum mx.curp)."""
    consonants = "BCDFGHJKLMNPQRSTVWXYZ"
    used = given[1] if len(given) > 1 and fold(given[0]).upper() in {"JOSE", "MARIA"} else given[0]
    a, b, g = _letters(first), _letters(second) if second else "X", _letters(used)
    head = a[0] + _inner(a, "AEIOU") + b[0] + g[0]
    if head in _IMPROPER:
        head = head[0] + "X" + head[2:]
    year, month, day = born
    text = f"{head}{year % 100:02d}{month:02d}{day:02d}{'H' if male else 'M'}{_STATES[n % len(_STATES)]}"
    text += _inner(a, consonants) + _inner(b, consonants) + _inner(g, consonants)
    text += str(n % 10) if year < 2000 else "ABCDEFGHIJ"[n % 10]
    total = sum(_CURP[character] * (18 - index) for index, character in enumerate(text))
    return text + str(-total % 10)


_RFC = {c: i for i, c in enumerate("0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ")}


def rfc(text: str) -> str:
    """MX RFC with its check character, of 11 (company) or 12 (person) characters (stdnum mx.rfc)."""
    total = sum(_RFC[c] * (13 - i) for i, c in enumerate(text.rjust(12)))
    rest = -total % 11
    return text + ("A" if rest == 10 else str(rest))


def homoclave(n: int) -> str:
    """Two characters that tell people with the same RFC beginning apart."""
    characters = "123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"
    return characters[n // 34 % 30] + characters[n % 34]
