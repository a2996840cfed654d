"""A person's name as one service's list has it."""

from __future__ import annotations

from random import Random

from ingest.scenario import hardness
from ingest.scenario.hardness import fold
from ingest.scenario.measured import Measured, Shares
from ingest.scenario.people import Person
from ingest.scenario.rates import Rates, Variant
from ingest.scenario.services import Service
from ingest.scenario.stocks import Names, names

_UNKNOWN = 12.0  # bits of a name outside the stock


class _Draft:
    """A name on its way into the list: ``first`` and ``second`` surname as they stand, ``tail`` a generation mark."""

    __slots__ = ("first", "given", "lost", "second", "tail")

    def __init__(self, person: Person) -> None:
        self.given = list(person.given)
        self.first, self.second = person.surnames()
        self.tail = ""
        self.lost: dict[str, float] = {}  # share of a token's information that did not survive


class NameWriter:
    """Writes names in the style of one service."""

    def __init__(
        self, service: Service, rng: Random, rates: Rates, variant: Variant, shares: Shares, measured: Measured
    ) -> None:
        self._service = service
        self._rng = rng
        self._draw = rng.random
        self._rates = rates
        self._variant: Variant = variant
        self._counts = measured.counts
        self._style = service.name_style
        self._first = {"comma": 1.0, "plain": 1.0, "full": shares.surname_first}.get(service.name_style, 0.0)
        self._folded = 1.0 if service.fold else shares.unaccented

    def write(self, person: Person, weigh: bool) -> tuple[dict[str, str], dict[str, float]]:
        """(name cells by column, bits of the name tokens written right; empty unless ``weigh``)."""
        draw, rates = self._draw, self._rates
        stock = names(person.country, self._variant)
        name = _Draft(person)
        self._forenames(name)
        self._surnames(name, person, stock)
        if draw() < rates.hypocorism * 2:
            self._replace(name, "hypocorism", hardness.hypocorism(name.given[0], self._rng))
        if draw() < rates.abbreviation * 3:
            self._abbreviate(name)
        if (self._service.language == "pt") != (stock.language == "pt"):
            if draw() < rates.translated:
                self._translate(name)
        elif draw() < rates.respelled * 4:
            self._respell(name)
        if draw() < rates.typo and not person.protected:
            self._typo(name)
        if person.suffix and draw() < 0.75:
            name.tail = person.suffix
        self._case(name)
        bits = _bits(name, person, stock) if weigh else {}
        return self._columns(name), bits

    def _forenames(self, name: _Draft) -> None:
        if len(name.given) < 2:
            return
        draw, rates = self._draw, self._rates
        u = draw()
        if u < rates.drop_given:
            if draw() < 0.8:
                name.given.pop(1)
                name.lost["given2"] = 1.0
            else:
                name.given.pop(0)
                name.lost["given"] = 1.0
        elif u < rates.drop_given + rates.initial:
            name.given[1] = name.given[1][0] + "."
            name.lost["given2"] = 0.7

    def _surnames(self, name: _Draft, person: Person, stock: Names) -> None:
        draw, rates, counts = self._draw, self._rates, self._counts
        portuguese = stock.language == "pt"
        if draw() < rates.drop_second:
            counts["drop_second"] += 1
            name.lost["mat"] = 1.0
            if portuguese:
                name.first = ""
            else:
                name.second = ""
        elif draw() < rates.swap / (1 - rates.drop_second):
            counts["swap"] += 1
            name.first, name.second = name.second, name.first
        if person.spouse and draw() < rates.married * 2.2:
            counts["married"] += 1
            if portuguese:  # the husband's surname goes to the end
                name.first, name.second = f"{name.first} {name.second}".strip(), person.spouse
            else:  # "de" and the husband's surname take the place of the mother's
                name.first, name.second = name.first or name.second, f"de {person.spouse}"
                name.lost["mat"] = 1.0

    def _replace(self, name: _Draft, trait: str, given: str) -> None:
        if given != name.given[0]:
            self._counts[trait] += 1
            name.given[0] = given
            name.lost["given"] = 0.5

    def _abbreviate(self, name: _Draft) -> None:
        if self._draw() < 0.4:
            self._replace(name, "abbreviation", hardness.abbreviated(name.given[0]))
            return
        before = (name.first, name.second)
        name.first, name.second = hardness.abbreviated(name.first), hardness.abbreviated(name.second)
        self._counts["abbreviation"] += before != (name.first, name.second)

    def _translate(self, name: _Draft) -> None:
        to = self._service.language
        before = (*name.given, name.first, name.second)
        name.given = [hardness.translated(token, to) for token in name.given]
        name.first, name.second = hardness.translated(name.first, to), hardness.translated(name.second, to)
        self._counts["translated"] += before != (*name.given, name.first, name.second)

    def _respell(self, name: _Draft) -> None:
        at = int(self._draw() * 3)
        before = (name.given[0], name.first, name.second)
        if at == 0:
            name.given[0] = hardness.respelled(name.given[0])
        elif at == 1:
            name.first = hardness.respelled(name.first)
        else:
            name.second = hardness.respelled(name.second)
        self._counts["respelled"] += before != (name.given[0], name.first, name.second)

    def _typo(self, name: _Draft) -> None:
        where, rng, ocr = self._draw(), self._rng, self._rates.ocr
        self._counts["typo"] += 1
        if where < 0.35:
            name.given[0] = hardness.slip(name.given[0], rng, ocr)
            name.lost.setdefault("given", 0.5)
        elif (where < 0.7 and name.first) or not name.second:
            name.first = hardness.slip(name.first, rng, ocr)
            name.lost.setdefault("first", 0.5)
        else:
            name.second = hardness.slip(name.second, rng, ocr)
            name.lost.setdefault("second", 0.5)

    def _case(self, name: _Draft) -> None:
        upper = self._service.upper
        if self._folded == 1.0 or self._draw() < self._folded:
            self._counts["unaccented"] += 1
            name.given = [fold(token) for token in name.given]
            name.first, name.second, name.tail = fold(name.first), fold(name.second), fold(name.tail)
            upper = upper or self._draw() < 0.6
        if upper:
            name.given = [token.upper() for token in name.given]
            name.first, name.second, name.tail = name.first.upper(), name.second.upper(), name.tail.upper()

    def _columns(self, name: _Draft) -> dict[str, str]:
        first, second = (name.first, name.second) if name.first else (name.second, "")
        match self._style:
            case "split3":
                return {"given": " ".join(name.given), "sur1": first, "sur2": f"{second} {name.tail}".strip()}
            case "split4":
                rest = " ".join(name.given[1:])
                return {"given": name.given[0], "given2": rest, "sur1": first, "sur2": f"{second} {name.tail}".strip()}
            case _:
                surnames = " ".join(part for part in (first, second, name.tail) if part)
        forenames = " ".join(name.given)
        if self._style == "split2":
            return {"given": forenames, "surnames": surnames}
        if self._first == 1.0 or self._draw() < self._first:
            self._counts["surname_first"] += 1
            comma = self._style == "comma" or (self._style == "full" and self._draw() < 0.5)
            return {"name": f"{surnames}{',' if comma else ''} {forenames}"}
        return {"name": f"{forenames} {surnames}"}


def _bits(name: _Draft, person: Person, stock: Names) -> dict[str, float]:
    """Information of each name token as written, by its role; a slip in a surname weighs on the father's."""
    stocks = stock.male if person.male else stock.female
    lost = name.lost
    slipped = max(lost.get("first", 0.0), lost.get("second", 0.0))
    tokens = {"given": (person.given[0], stocks.bits, lost.get("given", 0.0))}
    if len(person.given) > 1:
        tokens["given2"] = (person.given[1], stocks.bits, lost.get("given2", 0.0))
    tokens["pat"] = (person.pat, stock.surname.bits, slipped)
    tokens["mat"] = (person.mat, stock.surname.bits, lost.get("mat", 0.0))
    found = {}
    for role, (token, known, share) in tokens.items():
        if share < 1:
            bits = known.get(token) or known.get(token.split(" ", 1)[-1], _UNKNOWN)
            found[role] = bits * (1 - share)
    return found
