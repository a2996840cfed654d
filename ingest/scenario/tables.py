"""Writes the tables of one package: people and companies first, then what hangs on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ingest.scenario import documents, identifiers, organisations
from ingest.scenario.files import Cell, open_table
from ingest.scenario.hardness import fold
from ingest.scenario.organisations import Company, ListedCompany
from ingest.scenario.people import Date, Person
from ingest.scenario.records import Clerk, Measured, Shares
from ingest.scenario.routes import legs, places
from ingest.scenario.stocks import load
from ingest.scenario.world import Leg, Mark, Package, World

COMPANY_COLUMNS = ("id", "name", "tax", "register", "country", "address", "phone", "activity", "founded", "notes")
COLUMNS = {
    "interests": ("company", "kind", "holder", "quality", "percent", "since"),
    "kin": ("person", "relative", "kind", "relation"),
    "papers": ("person", "type", "country", "number"),
    "phones": ("number", "holder", "operator", "imei", "since"),
    "calls": ("caller", "called", "start", "seconds", "cell"),
    "vehicles": ("plate", "country", "make", "model", "colour", "year", "owner"),
    "accounts": ("account", "bank", "kind", "holder", "currency", "opened"),
    "payments": ("op", "date", "from", "fkind", "payer", "to", "tkind", "payee", "payee_name", "amount", "currency", "concept"),
    "routes": ("route", "leg", "place", "code", "to", "to_code", "mode", "carrier", "number", "cargo", "container", "departure", "arrival", "comment"),
    "seizures": ("id", "date", "place", "code", "kind", "what", "quantity", "unit", "measure", "container"),
}  # fmt: skip


@dataclass(slots=True)
class Written:
    """What a package's tables hold: rows by table, and what the mapping must know."""

    rows: dict[str, int] = field(default_factory=dict)
    paper_types: set[tuple[str, str]] = field(default_factory=set)
    party_kinds: set[tuple[str, str]] = field(default_factory=set)
    holder_kinds: dict[str, set[str]] = field(default_factory=dict)
    passports: bool = False


class PackageWriter:
    """Writes one package's tables under ``folder`` and marks where everything stands."""

    def __init__(self, world: World, package: Package, folder: Path, shares: Shares, measured: Measured) -> None:
        self.world = world
        self.package = package
        self.service = package.service
        self.folder = folder
        self.rng: Random = world.rng("tables", package.index)
        self.written = Written()
        self.clerk = Clerk(self.service, package.index, self.rng, world.rates, world.variant, shares, measured)
        self._words = load("words")
        self._tongue = self.service.language
        self._measured = measured
        self._papers: list[tuple[int, documents.Number]] = []
        self._phones: list[str] = []
        self._owned: list[tuple[str, Person | Company]] = []
        self.mentioned: Person | None = next(
            (p for p, role in package.people if p.protected and role == p.protected), None
        )

    def write(self) -> Written:
        """All tables; returns what was written."""
        self._people()
        self._companies()
        self._interests()
        self._kin()
        self._paper_rows()
        self._phone_rows()
        self._call_rows()
        self._vehicle_rows()
        self._account_rows()
        self._payment_rows()
        self._route_rows()
        self._seizure_rows()
        return self.written

    def _rows(self, table: str, rows: Sequence[Sequence[Cell]], marks: Sequence[Mark | None] = ()) -> None:
        """Write ``rows`` of ``table``; the i-th mark is told where the i-th row stands. An empty table is not written."""
        if not rows:
            return
        header = [self.service.header(table, column) for column in COLUMNS[table]]
        path = self.folder / self.service.file_name(table)
        with open_table(path, header, self.service.file, self.service.headers["file"][table]) as out:
            for index, row in enumerate(rows):
                number = out.write(row)
                if index < len(marks) and (mark := marks[index]) is not None:
                    mark.package, mark.row = self.package.index, number
        self.written.rows[table] = len(rows)

    def _pick(self, values: Sequence[str]) -> str:
        return values[int(self.rng.random() * len(values))]

    def _day(self, days: int = 300) -> Date:
        """A day in the ``days`` before the case was opened (months of 28 days)."""
        year, month, day = self.package.opened
        back = (year * 12 + month - 1) * 28 + day - 1 - int(self.rng.random() * days)
        months, day = divmod(back, 28)
        return months // 12, months % 12 + 1, day + 1

    def _people(self) -> None:
        package, service, draw = self.package, self.service, self.rng.random
        columns = service.columns
        header = [service.header("people", column) for column in columns]
        path = self.folder / service.file_name("people")
        mentions = 0
        grades = service.evaluation or {"source": ["A", "B", "C", "X"], "information": [1, 2, 3, 4]}
        plain = {"H0": 0.8, "H1": 0.93, "H2": 1.0}
        with open_table(path, header, service.file, service.headers["file"]["people"]) as out:
            for key, (person, role) in enumerate(package.people, 1):
                if package.index in person.local:
                    self._measured.counts["listed_twice"] += 1
                person.local.setdefault(package.index, key)
                address = package.addresses.get(person.n) or person.address
                cells, listed, papers = self.clerk.write(person, key, role, address, package.numbers.get(person.n))
                if person.n in package.addresses:
                    cells["address"], cells["city"] = package.addresses[person.n]
                self._papers.extend((key, paper) for paper in papers)
                self.written.passports |= "passport" in cells
                if "protected" in columns:
                    hidden = bool(person.protected) and role == person.protected
                    cells["protected"] = (
                        service.word("affirm" if hidden and draw() < 0.9 else "deny") if draw() < 0.9 or hidden else ""
                    )
                if "src" in columns and draw() < 0.8:
                    cells["src"] = str(grades["source"][int(draw() ** 1.5 * len(grades["source"]))])
                    cells["info"] = str(grades["information"][int(draw() ** 1.5 * len(grades["information"]))])
                if "handling" in columns:
                    u = draw()
                    cells["handling"] = next(code for code, bound in plain.items() if u <= bound)
                if "email" in columns and not person.protected and draw() < 0.15:
                    cells["email"] = f"{fold(person.given[0]).lower().replace(' ', '')}.{person.n}@example.net"
                if "mother" in columns and not person.protected and draw() < 0.4:
                    cells["mother"] = (
                        f"{'MARIA' if service.fold else 'Maria'} {person.mat.upper() if service.fold else person.mat}"
                    )
                if (
                    self.mentioned is not None
                    and person is not self.mentioned
                    and not person.protected
                    and mentions < 3
                    and draw() < 0.15
                ):
                    mentions += 1
                    cells["notes"] = self._mention("note_protected", self.mentioned)
                listed.row = out.write([cells.get(column, "") for column in columns])
                person.listed.append(listed)
        self.written.rows["people"] = len(package.people)

    def _mention(self, template: str, person: Person) -> str:
        """A free text that names a protected person."""
        phone = identifiers.phone(person.country, person.phone) if person.phone else "s/d"
        number = documents.identity(person, person.country).text
        text = self._pick(self._words[template][self._tongue])
        return text.format(name=person.full_name(), alias=person.alias or person.full_name(), phone=phone, document=number,
            born="{2:02d}/{1:02d}/{0}".format(*person.born))  # fmt: skip

    def _companies(self) -> None:
        package, service, draw = self.package, self.service, self.rng.random
        header = [service.header("companies", column) for column in COMPANY_COLUMNS]
        path = self.folder / service.file_name("companies")
        with open_table(path, header, service.file, service.headers["file"]["companies"]) as out:
            for key, company in enumerate(package.companies, 1):
                company.local.setdefault(package.index, key)
                name, bits = organisations.written(company, self.rng, service.fold)
                number = documents.company_number(company)
                stems: set[str] = set()
                text = register = ""
                if draw() < (0.7 if company.country == service.country else 0.3):
                    text = documents.written(number, self.clerk.dotted)
                    stems.add(number.stem)
                if draw() < 0.3:
                    register = str(identifiers.spread(company.n, 100_000, 899_981))
                phone = ""
                if company.phone and draw() < 0.6:
                    number_text = identifiers.phone(company.country, company.phone)
                    phone = identifiers.dialled(number_text, service.country)
                    stems.add(f"tel:{number_text}")
                street, city = company.address or ("", "")
                address = f"{street}, {city}" if street and draw() < 0.8 else ""
                listed = ListedCompany(package.index, bits, frozenset(stems))
                listed.row = out.write((
                    key, name, text, register, company.country if draw() < 0.8 else "", fold(address).upper() if service.fold else address,
                    phone, company.head if draw() < 0.3 else "", service.write_date(company.founded) if draw() < 0.6 else "", ""))  # fmt: skip
                company.listed.append(listed)
        self.written.rows["companies"] = len(package.companies)

    def _kind(self, holder: Person | Company, table: str) -> str:
        word = str(self.service.word("person" if isinstance(holder, Person) else "company"))
        self.written.holder_kinds.setdefault(table, set()).add("person" if isinstance(holder, Person) else "company")
        return word

    def _interests(self) -> None:
        service, draw, here = self.service, self.rng.random, self.package.index
        rows = []
        for company, holder, owner in self.package.interests:
            kind = self._kind(holder, f"interests {'owner' if owner else 'director'}")
            quality = service.word("owner") if owner else self._pick(service.word("director"))
            percent = service.write_decimal((5 + int(draw() * 95)) * 100 + (50 if draw() < 0.3 else 0)) if owner else ""
            since = service.write_date(self._day(2500)) if draw() < 0.6 else ""
            rows.append((company.local[here], kind, holder.local[here], quality, percent, since))
        self._rows("interests", rows)

    def _kin(self) -> None:
        here, service = self.package.index, self.service
        self._rows(
            "kin", [(a.local[here], b.local[here], service.word(kind), label) for a, b, kind, label in self.package.kin]
        )
        self.written.holder_kinds["kin"] = {kind for _, _, kind, _ in self.package.kin}

    def _paper_rows(self) -> None:
        self.written.paper_types = {(paper.country, paper.type) for _, paper in self._papers}
        self._rows("papers", [(key, paper.type.upper(), paper.country, paper.text) for key, paper in self._papers])

    def _phone_rows(self) -> None:
        draw, world, service, here = self.rng.random, self.world, self.service, self.package.index
        rows: list[tuple[Cell, ...]] = []
        marks: list[Mark | None] = []
        seen: set[int] = set()

        def add(number: str, person: Person, mark: Mark | None) -> None:
            imei = identifiers.imei(world.serial("imei")) if draw() < 0.35 else ""
            operators = self._words["operators"][service.country]
            since = service.write_date(self._day(1500)) if draw() < 0.5 else ""
            rows.append(
                (identifiers.dialled(number, service.country), person.local[here], self._pick(operators), imei, since)
            )
            marks.append(mark)

        for person, _ in self.package.people:
            if person.n in seen:
                continue
            seen.add(person.n)
            if person.phone and draw() < 0.5:
                number = identifiers.phone(person.country, person.phone)
                add(number, person, None)
                self._phones.append(number)
            if draw() < 0.08:
                number = identifiers.phone(service.country, world.serial(service.country))
                add(number, person, None)
                self._phones.append(number)
        for number, person, mark in self.package.phones:
            add(number, person, mark)
        self._rows("phones", rows, marks)

    def _call_rows(self) -> None:
        draw, world, service = self.rng.random, self.world, self.service
        phones = self._phones
        if not phones:
            return
        outside = [
            identifiers.phone(service.country, world.serial(service.country)) for _ in range(len(phones) // 4 + 1)
        ]
        towns = self._words["cities"][service.country]
        rows: list[tuple[Cell, ...]] = []
        marks: list[Mark | None] = []

        def add(caller: str, called: str, mark: Mark | None) -> None:
            cell = f"{fold(self._pick(towns)).upper()[:3]}-{int(draw() * 90) + 10}" if draw() < 0.7 else ""
            start = service.write_time(self._day(120), int(draw() * 1440))
            rows.append(
                (
                    identifiers.dialled(caller, service.country),
                    identifiers.dialled(called, service.country),
                    start,
                    int(draw() ** 2 * 900),
                    cell,
                )
            )
            marks.append(mark)

        for _ in range(round(len(self.package.people) * 1.1)):
            caller = phones[int(draw() ** 1.8 * len(phones))]
            called = outside[int(draw() * len(outside))] if draw() < 0.3 else phones[int(draw() * len(phones))]
            if caller != called:
                add(caller, called, None)
        for caller, called, mark in self.package.calls:
            add(caller, called, mark)
        self._rows("calls", rows, marks)

    def _vehicle_rows(self) -> None:
        draw, world, service, here = self.rng.random, self.world, self.service, self.package.index
        rows: list[tuple[Cell, ...]] = []
        marks: list[Mark | None] = []

        def add(plate: str, country: str, person: Person, mark: Mark | None) -> None:
            models = self._words["vehicles"]
            make, model = models[int(draw() * len(models))]
            colour = self._pick(self._words["colours"][self._tongue])
            rows.append((plate, country, make, model, colour, 2004 + int(draw() * 21), person.local[here]))
            marks.append(mark)

        for person, _ in self.package.people:
            if draw() < 0.16:
                add(identifiers.plate(service.country, world.serial("plate")), service.country, person, None)
        for plate, country, person, mark in self.package.vehicles:
            add(plate, country, person, mark)
        self._rows("vehicles", rows, marks)

    def _account_rows(self) -> None:
        draw, world, service, here = self.rng.random, self.world, self.service, self.package.index
        rows: list[tuple[Cell, ...]] = []
        marks: list[Mark | None] = []

        def add(number: str, holder: Person | Company, mark: Mark | None) -> None:
            opened = service.write_date(self._day(2000)) if draw() < 0.6 else ""
            rows.append((number, self._pick(self._words["banks"][service.country]), self._kind(holder, "accounts"), holder.local[here],
                self._words["currencies"][service.country], opened))  # fmt: skip
            marks.append(mark)

        holders: list[tuple[Person | Company, float]] = [
            (person, 0.22) for person, _ in self.package.people if not person.protected
        ]
        holders += [(company, 0.7) for company in self.package.companies]
        for holder, share in holders:
            if draw() < share:
                number = identifiers.account(service.country, world.serial("account"))
                self._owned.append((number, holder))
                add(number, holder, None)
        for number, holder, mark in self.package.accounts:
            add(number, holder, mark)
        self._rows("accounts", rows, marks)

    def _payment_rows(self) -> None:
        draw, world, service, here = self.rng.random, self.world, self.service, self.package.index
        owned = self._owned
        rows: list[tuple[Cell, ...]] = []
        marks: list[Mark | None] = []

        def add(
            payer: Person | Company, origin: str, target: str, payee: Person | Company | None, mark: Mark | None
        ) -> None:
            kinds = tuple(
                "outside" if party is None else "person" if isinstance(party, Person) else "company"
                for party in (payer, payee)
            )
            self.written.party_kinds.add((kinds[0], kinds[1]))
            outside = f"{service.word('payee')} {target}" if payee is None else ""
            rows.append((2_600_000 + len(rows) * 7, service.write_date(self._day(200)), origin, service.word(kinds[0]), payer.local[here], target,
                service.word(kinds[1]), "" if payee is None else payee.local[here], outside, service.write_decimal(int(10 ** (4 + draw() * 4))),
                self._words["currencies"][service.country], self._pick(self._words["concepts"][self._tongue])))  # fmt: skip
            marks.append(mark)

        if len(owned) > 1:
            outside = [
                identifiers.account(service.country, world.serial("account")) for _ in range(len(owned) // 6 + 1)
            ]
            for _ in range(round(len(self.package.people) * 0.5)):
                origin, payer = owned[int(draw() ** 1.5 * len(owned))]
                if draw() < 0.25:
                    add(payer, origin, outside[int(draw() * len(outside))], None, None)
                    continue
                target, payee = owned[int(draw() * len(owned))]
                if target != origin:
                    add(payer, origin, target, payee, None)
        for person, origin, target, mark in self.package.payments:
            add(person, origin, target, None, mark)
        self._rows("payments", rows, marks)

    def _route_rows(self) -> None:
        draw, world, service = self.rng.random, self.world, self.service
        routes: list[tuple[list[Leg], Mark | None]] = []
        for _ in range(1 + round(len(self.package.people) * 0.07)):
            route = legs(self.rng, self.package.opened, service.country)
            container = identifiers.container(world.serial("container")) if draw() < 0.6 else ""
            for leg in route:
                if leg.mode == "sea":
                    leg.container = container
            routes.append((route, None))
        routes.extend(self.package.routes)
        self.rng.shuffle(routes)
        rows: list[tuple[Cell, ...]] = []
        marks: list[Mark | None] = []
        names = places()
        comments = self._words["comments"][self._tongue]
        told = self.mentioned
        for number, (route, mark) in enumerate(routes, 1):
            cargo = self._pick(self._words["cargos"][self._tongue])
            for step, leg in enumerate(route, 1):
                comment = self._pick(comments)
                if told is not None and step == len(route):
                    comment, told = self._mention("comment_protected", told), None
                here, to = names[leg.place], names[leg.to]
                carrier = leg.carrier.upper() if service.upper else leg.carrier
                rows.append((f"R{number:03d}", step, here["name"], here["code"], to["name"], to["code"], service.word(leg.mode), carrier, leg.number,
                    cargo, leg.container, service.write_time(*leg.departure), service.write_time(*leg.arrival), comment))  # fmt: skip
                marks.append(mark if step == len(route) else None)
        self._rows("routes", rows, marks)

    def _seizure_rows(self) -> None:
        draw, service = self.rng.random, self.service
        rows: list[tuple[Cell, ...]] = []
        marks: list[Mark | None] = []
        home = [place for place in places() if place["country"] == service.country]
        kinds = self._words["seized"][self._tongue]

        def add(container: str, mark: Mark | None) -> None:
            kind, what, unit, measure = kinds[0] if container else kinds[int(draw() * len(kinds))]
            place = home[int(draw() * len(home))]
            quantity: Cell = (
                service.write_decimal(int(draw() ** 2 * 80_000) + 50) if unit == "kg" else 1 + int(draw() ** 2 * 400)
            )
            rows.append((f"A-{len(rows) + 1:03d}/{self.package.opened[0] % 100}", service.write_date(self._day(250)), place["name"], place["code"], kind, what,
                quantity, unit, measure, container))  # fmt: skip
            marks.append(mark)

        for _ in range(max(2, round(len(self.package.people) * 0.04))):
            add("", None)
        for container, _, mark in self.package.seizures:
            add(container, mark)
        self._rows("seizures", rows, marks)
