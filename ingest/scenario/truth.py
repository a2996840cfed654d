"""truth.json: who is the same, what is planted, what is not to be taken for it (docs/scenario.md has the format)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import Any

from ingest.scenario import evidence
from ingest.scenario.organisations import Company, ListedCompany
from ingest.scenario.packages import Package
from ingest.scenario.parts import Mark
from ingest.scenario.people import Listed, Person
from ingest.scenario.plants import Plant, Thing
from ingest.scenario.sections import Sections

Row = Listed | ListedCompany


class Place:
    """What truth.json needs of a package, kept after its content is gone."""

    __slots__ = ("country", "dataset", "files", "owner")

    def __init__(self, package: Package) -> None:
        service = package.service
        self.owner = service.code
        self.country = service.country
        self.dataset = package.dataset
        self.files = {table: service.file_name(table) for table in service.headers["file"]}


class Truth:
    """Tells the truth of a scenario of ``size`` records, piece by piece, into ``sections``."""

    def __init__(self, sections: Sections, size: int) -> None:
        self._sections = sections
        self._places: list[Place] = []
        self._threshold = evidence.threshold(size)

    def place(self, package: Package) -> None:
        """Make ``package`` known; in the order of their indices."""
        self._places.append(Place(package))

    def person(self, person: Person) -> None:
        """A person whose records are all written: the entry, the connection, the likeness, the protection."""
        records = self._records("people", person.listed)
        entry = {
            "truth": person.truth,
            "name": person.full_name(),
            "given": person.given,
            "paternal": person.pat,
            "maternal": person.mat,
            "born": person.birth_date(),
            "sex": "male" if person.male else "female",
            "country": person.country,
            "records": records,
        }
        self._sections.add("people", entry)
        self._same_entity(person, "people", person.listed)
        if person.of is not None:
            records = self._records("people", person.of.listed) + records
            self._lookalike(person.relation, [person.of.truth, person.truth], records)
        if person.protected:
            self._protected(person)

    def company(self, company: Company) -> None:
        """The same for a company."""
        entry = {"truth": company.truth, "name": company.full_name(), "country": company.country}
        records = self._records("companies", company.listed)
        self._sections.add("organisations", {**entry, "records": records})
        self._same_entity(company, "companies", company.listed)

    def connection(self, plant: Plant) -> None:
        """A connection that was planted between packages."""
        sides = [self._side(package, self._of_things(things, package)) for package, things in plant.sides]
        self._connection(
            plant.kind, plant.basis, _truths(plant), sides, telling=True, border=True, via=plant.via, value=plant.value
        )

    def lookalike(self, plant: Plant) -> None:
        """A planted look-alike."""
        records = [record for package, things in plant.sides for record in self._of_things(things, package)]
        self._lookalike(plant.kind, _truths(plant), records, via=plant.via, value=plant.value)

    def package(self, package: Package) -> None:
        """The links of ``package`` that cross a border, and the records that it withdraws."""
        contents = package.contents
        links: list[tuple[Person | Company, Person | Company]] = [(a, b) for a, b, _, _ in contents.kin]
        links += [(holder, company) for company, holder, _ in contents.interests]
        for ends in dict.fromkeys(links):
            self._crossing(package, ends)
        for person in contents.withdrawn:
            for record in self._of_things([person], package.index):
                self._sections.add(
                    "withdrawn", {"truth": person.truth, "owner": package.service.code, "record": record}
                )

    def _record(self, package: int, table: str, row: int) -> dict[str, Any]:
        place = self._places[package]
        return {"dataset": place.dataset, "document": place.files[table], "row": row}

    def _records(self, table: str, rows: Iterable[Row]) -> list[dict[str, Any]]:
        return [self._record(listed.package, table, listed.row) for listed in rows]

    def _of_things(self, things: Iterable[Thing], package: int) -> list[dict[str, Any]]:
        """The rows of ``things`` in one package."""
        found = []
        for thing in things:
            if isinstance(thing, Mark):
                found.append(self._record(package, thing.table, thing.row))
            else:
                found += self._records(_table(thing), [listed for listed in thing.listed if listed.package == package])
        return found

    def _side(self, package: int, records: list[dict[str, Any]]) -> dict[str, Any]:
        place = self._places[package]
        return {"owner": place.owner, "dataset": place.dataset, "records": records}

    def _best(self, first: Iterable[Row], second: list[Row]) -> tuple[str, float]:
        """(basis, bits) of the strongest pair of rows."""
        found = []
        for a in first:
            for b in second:
                if isinstance(a, Listed) and isinstance(b, Listed):
                    found.append(evidence.people(a, b))
                elif isinstance(a, ListedCompany) and isinstance(b, ListedCompany):
                    found.append(evidence.companies(a, b))
        return max(found, key=lambda pair: (pair[1], evidence.RANK[pair[0]]))

    def _pair(self, i: int, j: int, first: list[Row], second: list[Row]) -> dict[str, Any]:
        """What rows of one thing on the sides ``i`` and ``j`` have in common at best."""
        basis, bits = self._best(first, second)
        return {"sides": [i, j], "basis": basis, "bits": round(bits, 1), "telling": bits >= self._threshold}

    def _same_entity(self, thing: Person | Company, table: str, rows: Iterable[Row]) -> None:
        """The connection of a thing that two or more services know; what is masked for others takes no part."""
        if len(thing.packages) < 2:
            return
        masked = _masked(thing)
        by_package: dict[int, list[Row]] = {}
        for listed in rows:
            if listed.package not in masked:
                by_package.setdefault(listed.package, []).append(listed)
        places = {package: self._places[package] for package in by_package}
        if len({place.owner for place in places.values()}) < 2:
            return
        pairs = []
        for (i, one), (j, two) in combinations(enumerate(by_package), 2):
            if places[one].owner != places[two].owner:
                pairs.append(self._pair(i, j, by_package[one], by_package[two]))
        best = max(pairs, key=lambda pair: (pair["telling"], evidence.RANK[str(pair["basis"])]))
        sides = [self._side(package, self._records(table, listed)) for package, listed in by_package.items()]
        border = len({place.country for place in places.values()}) > 1
        self._connection(
            "same_entity",
            str(best["basis"]),
            [thing.truth],
            sides,
            telling=bool(best["telling"]),
            border=border,
            pairs=pairs,
        )

    def _crossing(self, package: Package, ends: tuple[Person | Company, Person | Company]) -> None:
        """A link inside a package, one end of which a service of another country holds too."""
        if any(package.index in _masked(end) for end in ends):
            return
        home = self._places[package.index]
        sides = [self._side(package.index, self._of_things(ends, package.index))]
        pairs: list[dict[str, Any]] = []
        for end in ends:
            rows: list[Row] = list(end.listed)
            here = [listed for listed in rows if listed.package == package.index]
            for other in dict.fromkeys(listed.package for listed in rows):
                if self._places[other].country != home.country and other not in _masked(end):
                    there = [listed for listed in rows if listed.package == other]
                    pairs.append(self._pair(0, len(sides), here, there))
                    sides.append(self._side(other, self._records(_table(end), there)))
        if len(sides) > 1:
            truths = [end.truth for end in ends]
            telling = any(pair["telling"] for pair in pairs)
            self._connection("crossing_link", "link", truths, sides, telling=telling, border=True, pairs=pairs)

    def _connection(
        self,
        kind: str,
        basis: str,
        truths: list[str],
        sides: list[dict[str, Any]],
        *,
        telling: bool,
        border: bool,
        **more: Any,
    ) -> None:
        sections = self._sections
        scope = "cross_border" if border else "cross_service"
        sections.count("connections_by_kind", kind)
        sections.count("connections_by_basis", basis)
        sections.count("connections_by_scope", scope)
        sections.count("connections_telling", str(telling).lower())
        entry = {"kind": kind, "basis": basis, "scope": scope, "telling": telling, "truth": truths, "sides": sides}
        sections.add("connections", {"id": sections.next_id("connections", "K"), **entry, **more})

    def _lookalike(self, kind: str, truths: list[str], records: list[dict[str, Any]], **more: Any) -> None:
        sections = self._sections
        sections.count("lookalikes_by_kind", kind)
        entry = {"id": sections.next_id("lookalikes", "L"), "kind": kind, "truth": truths, "records": records}
        sections.add("lookalikes", {**entry, **more})

    def _protected(self, person: Person) -> None:
        """By which words somebody could look for a protected person, for each row in which the person is masked."""
        masked = person.masked_in
        for listed in person.listed:
            if listed.package not in masked:
                continue
            place, written = self._places[listed.package], listed.written
            self._sections.count("protected_by_role", person.protected)
            entry = {
                "truth": person.truth,
                "role": person.protected,
                "name": person.full_name(),
                "written": written["name"],
                "alias": person.alias,
                "document": written["document"],
                "phone": written["phone"],
                "phone_e164": written["phone_e164"],
                "born": person.birth_date(),
                "birth_date": written["birth_date"],
                "owner": place.owner,
                "dataset": place.dataset,
                "record": self._record(listed.package, "people", listed.row),
                "elsewhere": len(masked) < len(set(person.packages)),
            }
            self._sections.add("protected", entry)


def _table(thing: Person | Company) -> str:
    return "people" if isinstance(thing, Person) else "companies"


def _masked(thing: Person | Company) -> frozenset[int]:
    return thing.masked_in if isinstance(thing, Person) else frozenset()


def _truths(plant: Plant) -> list[str]:
    found = [thing.truth for _, things in plant.sides for thing in things if not isinstance(thing, Mark)]
    return list(dict.fromkeys(found))
