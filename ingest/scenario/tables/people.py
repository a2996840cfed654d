"""Tables of people, of companies, and of identity papers of other countries."""

from __future__ import annotations

import zlib

from ingest.scenario import documents, identifiers, organisations
from ingest.scenario.checks import spread
from ingest.scenario.documents import Number
from ingest.scenario.hardness import fold
from ingest.scenario.measured import Measured, Shares
from ingest.scenario.organisations import ListedCompany
from ingest.scenario.people import Person
from ingest.scenario.records import Clerk
from ingest.scenario.sheet import Cell
from ingest.scenario.stocks import names
from ingest.scenario.tables.base import COLUMNS, Desk
from ingest.scenario.tables.mentions import Mentions

_HANDLING = (("H0", 0.80), ("H1", 0.93), ("H2", 1.0))
_GRADES: dict[str, list[str]] = {"source": ["A", "B", "C", "X"], "information": ["1", "2", "3", "4"]}


def write_people(desk: Desk, mentions: Mentions, shares: Shares, measured: Measured) -> bool:
    """Write the people and their papers; returns whether the list writes numbers with separators."""
    package, service = desk.package, desk.service
    contents, index = package.contents, package.index
    clerk = Clerk(service, index, desk.rng, desk.world.rates, desk.world.variant, shares, measured)
    extra = _Extra(desk, mentions)
    papers: list[tuple[int, Number]] = []
    with desk.open("people", service.columns) as out:
        for key, (person, role) in enumerate(contents.people, 1):
            if index in person.local:
                measured.counts["listed_twice"] += 1
            person.local.setdefault(index, key)
            cells, listed, foreign = clerk.write(
                person, key, role, contents.addresses.get(person.n), contents.numbers.get(person.n)
            )
            papers.extend((key, number) for number in foreign)
            extra.fill(cells, person, role)
            listed.row = out.write([cells.get(column, "") for column in service.columns])
            person.listed.append(listed)
    desk.written.rows["people"] = len(contents.people)
    desk.written.papers = {(number.country, number.type) for _, number in papers}
    desk.save("papers", [(key, number.type.upper(), number.country, number.text) for key, number in papers])
    return clerk.dotted


class _Extra:
    """Columns that only some services have."""

    def __init__(self, desk: Desk, mentions: Mentions) -> None:
        self._desk = desk
        self._draw = desk.rng.random
        self._mentions = mentions
        self._columns = frozenset(desk.service.columns)
        self._grades: dict[str, list[str]] = desk.service.evaluation or _GRADES
        self._mother = self._parent(female=True)
        self._father = self._parent(female=False)

    def fill(self, cells: dict[str, Cell], person: Person, role: str) -> None:
        """Add to the cells of one row."""
        draw, columns, service = self._draw, self._columns, self._desk.service
        if "protected" in columns:
            hidden = bool(person.protected) and role == person.protected
            if hidden or draw() < 0.9:
                cells["protected"] = service.word("affirm" if hidden and draw() < 0.9 else "deny")
        if "src" in columns and draw() < 0.8:
            source, information = self._grades["source"], self._grades["information"]
            cells["src"] = source[int(draw() ** 1.5 * len(source))]
            cells["info"] = str(information[int(draw() ** 1.5 * len(information))])
        if "handling" in columns:
            u = draw()
            cells["handling"] = next(code for code, bound in _HANDLING if u <= bound)
        if person.protected:
            return
        if "email" in columns and draw() < 0.15:
            cells["email"] = f"{fold(person.given[0]).lower().replace(' ', '')}.{person.n}@example.net"
        if "mother" in columns and draw() < 0.4:
            cells["mother"] = self._name(self._mother, person.mat, person)
        if "father" in columns and draw() < 0.3:
            cells["father"] = self._name(self._father, person.pat, person)
        if (note := self._mentions.note()) is not None:
            cells["notes"] = note

    def _parent(self, female: bool) -> list[str]:
        stock = names(self._desk.service.country, self._desk.world.variant)
        return (stock.female if female else stock.male).values[:60]

    def _name(self, given: list[str], surname: str, person: Person) -> str:
        """A parent's name: the same for all children of one couple, in whatever list."""
        text = f"{given[zlib.crc32(f'{person.pat}|{person.mat}'.encode()) % len(given)]} {surname}"
        return fold(text).upper() if self._desk.service.fold else text


def write_companies(desk: Desk, dotted: bool) -> None:
    """Write the companies."""
    service, draw = desk.service, desk.rng.random
    index, companies = desk.package.index, desk.package.contents.companies
    with desk.open("companies", COLUMNS["companies"]) as out:
        for key, company in enumerate(companies, 1):
            company.local[index] = key
            name, bits = organisations.written(company, desk.rng, service.fold)
            stems: set[str] = set()
            number = ""
            if draw() < (0.7 if company.country == service.country else 0.3):
                identity = documents.company_number(company)
                number = documents.written(identity, dotted)
                stems.add(identity.stem)
            register = str(spread(company.n, 100_000, 899_981)) if draw() < 0.3 else ""
            phone = ""
            if company.phone and draw() < 0.6:
                dialled = identifiers.phone(company.country, company.phone)
                phone = identifiers.dialled(dialled, service.country)
                stems.add(dialled)
            address = ", ".join(company.address) if company.address and draw() < 0.8 else ""
            listed = ListedCompany(index, bits, frozenset(stems))
            activity = company.head if draw() < 0.3 else ""
            founded = service.write_date(company.founded) if draw() < 0.6 else ""
            if service.fold:
                address, activity = fold(address).upper(), fold(activity).upper()
            listed.row = out.write(
                (key, name, number, register, company.country, address, phone, activity, founded, "")
            )
            company.listed.append(listed)
    desk.written.rows["companies"] = len(companies)
