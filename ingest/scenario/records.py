"""A person as one service's list has it: the row, and what of the person the row really tells."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random

from ingest.scenario import documents, hardness, identifiers
from ingest.scenario.files import Cell
from ingest.scenario.hardness import fold
from ingest.scenario.people import RESERVED_DAYS, Date, Listed, Person
from ingest.scenario.rates import Rates, Variant
from ingest.scenario.services import Service
from ingest.scenario.stocks import load, names

ROLES = ("suspect", "accused", "convicted", "contact", "other")
_ROLE_BOUNDS = (0.60, 0.78, 0.86, 0.96, 1.0)
_BLANKS = {"es": ("S/D", "NO APORTA"), "pt": ("S/I", "IGNORADO")}


@dataclass(slots=True)
class Shares:
    """Shares for rows of services whose whole list is not already so, such that the scenario as a whole has the rate."""

    surname_first: float
    unaccented: float


class Measured:
    """What was really written: counts over the rows of people."""

    KEYS = ("rows", "drop_second", "swap", "surname_first", "unaccented", "typo", "no_birth_date", "year_only", "wrong_birth_date",
        "document", "document_typo", "listed_twice", "hypocorism", "abbreviation", "married", "translated", "respelled", "alias", "protected")  # fmt: skip

    def __init__(self) -> None:
        self.counts = dict.fromkeys(self.KEYS, 0)

    def shares(self) -> dict[str, float]:
        """Each count as a share of the rows; ``bad_birth_date`` as a share of the rows with a birth date."""
        rows = self.counts["rows"] or 1
        shares = {key: round(count / rows, 4) for key, count in self.counts.items() if key != "rows"}
        dated = rows - self.counts["no_birth_date"] or 1
        shares["bad_birth_date"] = round((self.counts["year_only"] + self.counts["wrong_birth_date"]) / dated, 4)
        return shares


class Clerk:
    """Writes people into the list of one service, in its style, from one random stream."""

    def __init__(
        self,
        service: Service,
        package: int,
        rng: Random,
        rates: Rates,
        variant: Variant,
        shares: Shares,
        measured: Measured,
    ) -> None:
        self._service = service
        self._package = package
        self._rng = rng
        self._rates = rates
        self._variant: Variant = variant
        self._counts = measured.counts
        self._words = load("words")
        self._first = service.name_style in {"comma", "plain"} or (
            shares.surname_first if service.name_style == "full" else 0.0
        )
        self._folded = 1.0 if service.fold else shares.unaccented
        self.dotted = rng.random() < 0.5

    def _name(self, person: Person) -> tuple[dict[str, str], dict[str, float]]:
        """(name columns, bits of the tokens written right)."""
        draw, rates, counts, service = self._rng.random, self._rates, self._counts, self._service
        stock = names(person.country, self._variant)
        given = list(person.given)
        portuguese = stock.language == "pt"
        first, second = person.surnames()
        stocks = stock.male if person.male else stock.female
        bits = {"given": stocks.bits.get(given[0], 12.0)}
        if len(given) == 2:
            u = draw()
            if u < rates.drop_given:
                given.pop(1 if draw() < 0.8 else 0)
                if given[0] != person.given[0]:
                    bits["given"] = stocks.bits.get(given[0], 12.0) / 2
            elif u < rates.drop_given + rates.initial:
                given[1] = given[1][0] + "."
            else:
                bits["given2"] = stocks.bits.get(given[1], 12.0)
        main, other = ("second", "first") if portuguese else ("first", "second")
        bits[main] = _surname_bits(person.pat, person.country, self._variant)
        bits[other] = _surname_bits(person.mat, person.country, self._variant)
        if draw() < rates.drop_second:
            counts["drop_second"] += 1
            del bits[other]
            if portuguese:
                first = ""
            else:
                second = ""
        elif draw() < rates.swap / (1 - rates.drop_second):
            counts["swap"] += 1
            first, second = second, first
        if person.spouse and draw() < rates.married * 2.2:
            counts["married"] += 1
            if portuguese or draw() < 0.2:
                first, second = (first or second) if not second else f"{first} {second}".strip(), person.spouse
                first = first if first != second else ""
            else:
                second = f"de {person.spouse}"
                bits.pop("second", None)
        if draw() < rates.hypocorism * 2.0:
            short = hardness.hypocorism(given[0], self._rng)
            if short != given[0]:
                counts["hypocorism"] += 1
                given[0], bits["given"] = short, bits["given"] / 2
        if draw() < rates.abbreviation * 3:
            before = (given[0], first, second)
            if draw() < 0.4:
                given[0] = hardness.abbreviated(given[0])
            else:
                first, second = hardness.abbreviated(first), hardness.abbreviated(second)
            if before != (given[0], first, second):
                counts["abbreviation"] += 1
        if (service.language == "pt") != portuguese:
            if draw() < rates.translated:
                before_all = (*given, first, second)
                given = [hardness.translated(token, service.language) for token in given]
                first, second = (hardness.translated(token, service.language) for token in (first, second))
                if before_all != (*given, first, second):
                    counts["translated"] += 1
        elif draw() < rates.respelled * 4:
            at = int(draw() * 3)
            tokens = [given[0], first, second]
            changed = hardness.respelled(tokens[at])
            if changed != tokens[at]:
                counts["respelled"] += 1
                tokens[at] = changed
                given[0], first, second = tokens
        if draw() < rates.typo and not person.protected:
            counts["typo"] += 1
            where = draw()
            if where < 0.35 or not (first or second):
                given[0] = hardness.slip(given[0], self._rng, rates.ocr)
                bits["given"] = bits.get("given", 0.0) / 2
            elif where < 0.7 and first:
                first = hardness.slip(first, self._rng, rates.ocr)
                bits["first"] = bits.get("first", 0.0) / 2
            else:
                second = hardness.slip(second, self._rng, rates.ocr)
                bits["second"] = bits.get("second", 0.0) / 2
        tail = person.suffix if person.suffix and draw() < 0.75 else ""
        upper = service.upper
        if draw() < self._folded:
            counts["unaccented"] += 1
            given = [fold(token) for token in given]
            first, second, tail = fold(first), fold(second), fold(tail)
            upper = upper or draw() < 0.6
        if upper:
            given = [token.upper() for token in given]
            first, second, tail = first.upper(), second.upper(), tail.upper()
        return self._columns(given, first, second, tail), bits

    def _columns(self, given: list[str], first: str, second: str, tail: str) -> dict[str, str]:
        draw, style = self._rng.random, self._service.name_style
        surnames = " ".join(part for part in (first, second, tail) if part)
        forenames = " ".join(given)
        match style:
            case "split3":
                if not first:
                    first, second = second, ""
                return {"given": forenames, "sur1": first, "sur2": f"{second} {tail}".strip()}
            case "split4":
                if not first:
                    first, second = second, ""
                rest = " ".join(given[1:])
                return {"given": given[0], "given2": rest, "sur1": first, "sur2": f"{second} {tail}".strip()}
            case "split2":
                return {"given": forenames, "surnames": surnames}
            case _:
                if self._first is True or draw() < self._first:
                    self._counts["surname_first"] += 1
                    comma = style == "comma" or (style == "full" and draw() < 0.5)
                    return {"name": f"{surnames}{',' if comma else ''} {forenames}"}
                return {"name": f"{forenames} {surnames}"}

    def _birth(self, person: Person) -> tuple[Cell, str, str]:
        """(cell, how it was noted, ISO form of what was noted)."""
        draw, rates, counts, service = self._rng.random, self._rates, self._counts, self._service
        if draw() < rates.no_birth_date:
            counts["no_birth_date"] += 1
            u = draw()
            if u < 0.05:
                return _BLANKS[service.language][0], "none", ""
            if u < 0.08 and service.date != "cell":
                return "00/00/0000", "none", ""
            return "", "none", ""
        if draw() < rates.bad_birth_date:
            if draw() < 0.45:
                counts["year_only"] += 1
                year = person.born[0]
                return (year if service.date == "cell" else str(year)), "year", str(year)
            counts["wrong_birth_date"] += 1
            wrong: Date = hardness.wrong_date(person.born, self._rng)
            if not person.protected and wrong[2] in RESERVED_DAYS:
                wrong = (wrong[0], wrong[1], wrong[2] + 1)
                if wrong == person.born:
                    wrong = (wrong[0] - 1, *wrong[1:])
            return service.write_date(wrong), "wrong", "{:04d}-{:02d}-{:02d}".format(*wrong)
        return service.write_date(person.born), "full", person.birth_date()

    def _numbers(self, person: Person, cells: dict[str, Cell], papers: list[documents.Number]) -> set[str]:
        """Fill the identity-number cells and ``papers`` (numbers of other countries); returns the stems written right."""
        draw, counts, service = self._rng.random, self._counts, self._service
        columns = service.columns
        stems: set[str] = set()
        if draw() >= self._rates.document:
            if draw() < 0.02:
                cells["doc"] = _BLANKS[service.language][int(draw() * 2)]
            return stems
        counts["document"] += 1
        u = draw()
        native = person.country == service.country
        chosen: list[tuple[str, documents.Number]] = []
        if native or u < 0.45:
            main = documents.identity(person, service.country)
            taxed = documents.tax(person, service.country) if "tax" in columns and draw() < 0.25 else None
            if taxed is None or draw() < 0.7:
                chosen.append(("doc", main))
            if taxed is not None:
                chosen.append(("tax", taxed))
        elif u < 0.65 and "passport" in columns:
            chosen.append(("passport", documents.passport(person)))
        else:
            chosen.append(("paper", documents.identity(person, person.country)))
        if native and "passport" in columns and draw() < 0.1:
            chosen.append(("passport", documents.passport(person)))
        for where, number in chosen:
            text = documents.written(number, self.dotted)
            stem = number.stem
            if not person.protected and draw() < self._rates.document_typo:
                counts["document_typo"] += 1
                text, stem = _misdigit(text, self._rng), ""
            if where == "paper":
                papers.append(number._replace(text=text))
            else:
                cells[where] = text
            if stem:
                stems.add(stem)
        return stems

    def write(
        self,
        person: Person,
        key: int,
        role: str,
        address: tuple[str, str] | None,
        forced: documents.Number | None = None,
    ) -> tuple[dict[str, Cell], Listed, list[documents.Number]]:
        """(cells by column, what the row tells, identity papers of other countries) of ``person`` under ``key``.

        ``forced`` is an identity number that the clerk notes with this person, whoever's it is.
        """
        draw, service, words, counts = self._rng.random, self._service, self._words, self._counts
        counts["rows"] += 1
        name_cells, bits = self._name(person)
        cells: dict[str, Cell] = {"id": key, **name_cells}
        cells["born"], noted, born = self._birth(person)
        papers: list[documents.Number] = []
        stems = self._numbers(person, cells, papers)
        if forced is not None:
            counts["document"] += not ({"doc", "tax", "passport"} & cells.keys() or papers)
            cells["doc"] = documents.written(forced, self.dotted)
        if role == "minor":  # half of them in an open role: only the birth date tells that they are masked
            role = "contact" if noted == "full" and draw() < 0.5 else "victim"
            labels = service.headers["roles"][role]
            role = "minor"
        else:
            labels = service.headers["roles"][role]
        cells["role"] = labels[int(draw() * len(labels))]
        if person.protected and role in {"victim", "witness", "informant", "minor"}:
            counts["protected"] += 1
        phone = ""
        if person.phone and draw() < 0.62:
            phone = identifiers.phone(person.country, person.phone)
            cells["phone"] = identifiers.dialled(phone, service.country)
            stems.add(f"tel:{phone}")
        if person.alias and (person.protected or draw() < 0.6):
            counts["alias"] += 1
            cells["alias"] = person.alias.upper() if service.upper else person.alias
        if draw() < 0.8:
            cells["sex"] = service.word("male" if person.male else "female")
        if draw() < 0.7:
            cells["nation"] = words["nations"][service.language][person.country]
        if address is not None and draw() < 0.75:
            street, city = (fold(part).upper() for part in address) if service.fold else address
            cells["address"], cells["city"] = street, city
        if draw() < 0.35:
            jobs = words["occupations"][service.language]
            cells["occupation"] = jobs[int(draw() * len(jobs))]
        if draw() < 0.12 and not person.protected:
            notes = words["notes"][service.language]
            cells["notes"] = notes[int(draw() * len(notes))]
        written = {
            "born": born,
            "phone": phone,
            "phone_written": str(cells.get("phone", "")),
            "alias": str(cells.get("alias", "")),
        }
        written["name"] = " ".join(
            filter(None, (name_cells.get(k, "") for k in ("name", "given", "given2", "sur1", "sur2", "surnames")))
        )
        written["document"] = str(cells.get("doc") or cells.get("passport") or cells.get("tax") or "")
        if papers and not written["document"]:
            written["document"] = papers[0].text
        return cells, Listed(self._package, bits, noted, frozenset(stems), written), papers


def _surname_bits(surname: str, country: str, variant: Variant) -> float:
    bits = names(country, variant).surname.bits
    return bits.get(surname) or bits.get(surname.split(" ", 1)[-1], 12.0)


def _misdigit(text: str, rng: Random) -> str:
    """``text`` with one digit changed or two neighbouring ones exchanged."""
    spots = [index for index, character in enumerate(text) if character.isdigit()]
    at = spots[int(rng.random() * len(spots))]
    if rng.random() < 0.4 and at + 1 in spots and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + str((int(text[at]) + 1 + int(rng.random() * 9)) % 10) + text[at + 1 :]


def role_of(u: float) -> str:
    """The role of an unprotected person at ``u`` between 0 and 1."""
    return next(role for role, bound in zip(ROLES, _ROLE_BOUNDS, strict=True) if u <= bound)


def date_bits(first: str, second: str) -> float:
    """Bits that two notes of one birth date give: full and equal 14.5, one of them a year only 5.5, wrong −4."""
    if "none" in (first, second):
        return 0.0
    if "wrong" in (first, second):
        return -4.0
    return 5.5 if "year" in (first, second) else 14.5


def name_bits(first: dict[str, float], second: dict[str, float]) -> float:
    """Bits of the name tokens that both rows have right, each at its weaker reading."""
    return math.fsum(min(bits, second[token]) for token, bits in first.items() if token in second)
