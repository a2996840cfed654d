"""A person as one service's list has it: the row, and what of the person the row really tells."""

from __future__ import annotations

from bisect import bisect_left
from random import Random

from ingest.scenario import documents, hardness, identifiers
from ingest.scenario.documents import Number
from ingest.scenario.hardness import fold
from ingest.scenario.measured import Measured, Shares
from ingest.scenario.naming import NameWriter
from ingest.scenario.parts import RESERVED_DAYS, iso
from ingest.scenario.people import Address, Listed, Person
from ingest.scenario.rates import Rates, Variant
from ingest.scenario.services import Service
from ingest.scenario.sheet import Cell
from ingest.scenario.stocks import load

_ROLES = ("suspect", "accused", "convicted", "contact", "other")
_ROLE_BOUNDS = (0.60, 0.78, 0.86, 0.96)
_BLANKS = {"es": ("S/D", "NO APORTA"), "pt": ("S/I", "IGNORADO")}


def role_of(u: float) -> str:
    """The role of an unprotected person at ``u`` between 0 and 1."""
    return _ROLES[bisect_left(_ROLE_BOUNDS, u)]


class Clerk:
    """Writes people into the list of one service's package, from one random stream."""

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
        self._draw = rng.random
        self._rates = rates
        self._counts = measured.counts
        self._names = NameWriter(service, rng, rates, variant, shares, measured)
        words = load("words")
        self._nations = words["nations"][service.language]
        self._jobs = words["occupations"][service.language]
        self._notes = words["notes"][service.language]
        self._roles = service.headers["roles"]
        self._sexes = (str(service.word("female")), str(service.word("male")))
        self._columns = frozenset(service.columns)
        self.dotted = rng.random() < 0.5  # whether this list writes numbers with separators

    def write(
        self, person: Person, key: int, role: str, address: Address | None, forced: Number | None = None
    ) -> tuple[dict[str, Cell], Listed, list[Number]]:
        """(cells by column, what the row tells, identity papers of other countries) of ``person`` under ``key``.

        ``address`` replaces the person's own one; ``forced`` is a number that the clerk notes with this person,
        whoever's it is.
        """
        draw, service, counts = self._draw, self._service, self._counts
        counts["rows"] += 1
        name, bits = self._names.write(person, len(person.packages) > 1)
        cells: dict[str, Cell] = {"id": key, **name}
        cells["born"], noted, born = self._birth(person)
        papers: list[Number] = []
        stems = self._numbers(person, cells, papers)
        if forced is not None:
            counts["document"] += not (stems or papers or "doc" in cells)
            cells["doc"] = documents.written(forced, self.dotted)
        if role == "minor":  # half of them in an open role: only the birth date tells that they are to be masked
            role = "contact" if noted == "full" and draw() < 0.5 else "victim"
            counts["protected"] += 1
        elif role in {"victim", "witness", "informant"}:
            counts["protected"] += 1
        labels = self._roles[role]
        cells["role"] = labels[int(draw() * len(labels))]
        phone = ""
        if person.phone and draw() < 0.62:
            phone = identifiers.phone(person.country, person.phone)
            cells["phone"] = identifiers.dialled(phone, service.country)
            stems.add(phone)
        if person.alias and (person.protected or draw() < 0.6):
            counts["alias"] += 1
            cells["alias"] = person.alias.upper() if service.upper else person.alias
        if draw() < 0.8:
            cells["sex"] = self._sexes[person.male]
        if draw() < 0.7:
            cells["nation"] = self._nations[person.country]
        shown = address or (None if person.shares and person.packages[0] != self._package else person.address)
        if shown is not None and (address is not None or draw() < 0.75):
            cells["address"], cells["city"] = (fold(part).upper() for part in shown) if service.fold else shown
        if draw() < 0.35:
            cells["occupation"] = self._jobs[int(draw() * len(self._jobs))]
        if draw() < 0.12 and not person.protected:
            cells["notes"] = self._notes[int(draw() * len(self._notes))]
        listed = Listed(self._package, bits, noted, frozenset(stems))
        if person.protected:
            listed.written = _written(cells, name, papers, born, phone)
        return cells, listed, papers

    def _birth(self, person: Person) -> tuple[Cell, str, str]:
        """(cell, how it was noted, ISO form of what was noted)."""
        draw, rates, counts, service = self._draw, self._rates, self._counts, self._service
        if draw() < rates.no_birth_date:
            counts["no_birth_date"] += 1
            u = draw()
            if u < 0.05:
                return _BLANKS[service.language][0], "none", ""
            return ("00/00/0000" if u < 0.08 and service.date != "cell" else ""), "none", ""
        if draw() >= rates.bad_birth_date:
            return service.write_date(person.born), "full", iso(person.born)
        if draw() < 0.45 or person.protected:  # a wrong date could be somebody else's
            counts["year_only"] += 1
            year = person.born[0]
            return (year if service.date == "cell" else str(year)), "year", str(year)
        counts["wrong_birth_date"] += 1
        wrong = hardness.wrong_date(person.born, self._rng)
        if wrong[2] in RESERVED_DAYS:
            wrong = (wrong[0], wrong[1], wrong[2] + 1)
            if wrong == person.born:
                wrong = (wrong[0] - 1, *wrong[1:])
        return service.write_date(wrong), "wrong", iso(wrong)

    def _numbers(self, person: Person, cells: dict[str, Cell], papers: list[Number]) -> set[str]:
        """Fill the number cells and ``papers`` (numbers of other countries); returns the stems written right."""
        draw, service, columns = self._draw, self._service, self._columns
        stems: set[str] = set()
        if draw() >= self._rates.document:
            if draw() < 0.02:
                cells["doc"] = _BLANKS[service.language][int(draw() * 2)]
            return stems
        self._counts["document"] += 1
        native = person.country == service.country
        u = draw()
        chosen: list[tuple[str, Number]] = []
        if native or u < 0.45:
            taxed = documents.tax(person, service.country) if "tax" in columns and draw() < 0.25 else None
            if taxed is None or draw() < 0.7:
                chosen.append(("doc", documents.identity(person, service.country)))
            if taxed is not None:
                chosen.append(("tax", taxed))
            if native and "passport" in columns and u < 0.1:
                chosen.append(("passport", documents.passport(person)))
        elif u < 0.65 and "passport" in columns:
            chosen.append(("passport", documents.passport(person)))
        else:
            chosen.append(("paper", documents.identity(person, person.country)))
        for where, number in chosen:
            text, stem = documents.written(number, self.dotted), number.stem
            if not person.protected and draw() < self._rates.document_typo:
                self._counts["document_typo"] += 1
                text, stem = hardness.misdigit(text, self._rng), ""
            if where == "paper":
                papers.append(number._replace(text=text))
            else:
                cells[where] = text
            if stem:
                stems.add(stem)
        return stems


def _written(
    cells: dict[str, Cell], name: dict[str, str], papers: list[Number], born: str, phone: str
) -> dict[str, str]:
    """The cells of a protected person's row by which somebody could look for that person."""
    noted = [str(cells[column]) for column in ("doc", "tax", "passport") if column in cells]
    noted += [paper.text for paper in papers]
    number = next((text for text in noted if any(map(str.isdigit, text))), "")
    return {
        "name": " ".join(part for part in name.values() if part),
        "document": number,
        "phone": str(cells.get("phone", "")),
        "phone_e164": phone,
        "birth_date": born,
    }
