"""truth.json: who is the same, what is planted, what is not to be taken for it. Written piece by piece, in bounded memory.

docs/scenario.md describes the format.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import combinations
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from ingest.scenario.organisations import Company, ListedCompany
from ingest.scenario.people import Listed, Person
from ingest.scenario.plants import Plant
from ingest.scenario.records import date_bits, name_bits
from ingest.scenario.services import Service
from ingest.scenario.world import Mark, Package

SECTIONS = ("people", "organisations", "connections", "lookalikes", "protected", "withdrawn")
_RANK = {"number": 3, "date": 2, "name": 1}


class Place:
    """What truth.json needs of a package, kept after the package itself is gone."""

    __slots__ = ("country", "dataset", "files", "owner")

    def __init__(self, package: Package) -> None:
        service: Service = package.service
        self.owner = service.code
        self.country = service.country
        self.dataset = package.dataset
        self.files = {table: service.file_name(table) for table in service.headers["file"]}


class Truth:
    """Collects the sections in files beside ``path`` and joins them at the end."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._parts = {name: path.with_name(f".truth-{name}") for name in SECTIONS}
        self._files: dict[str, IO[str]] = {}
        self._counts: Counter[str] = Counter()
        self._places: list[Place] = []
        self._size = size
        # Evidence is telling when fewer than one of 32 scenarios would hold such an agreement by chance.
        self._threshold = math.log2(size) + 5

    def __enter__(self) -> Self:
        self._files = {name: part.open("w", encoding="utf-8") for name, part in self._parts.items()}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()
        for part in self._parts.values():
            part.unlink(missing_ok=True)

    def place(self, package: Package) -> None:
        """Make ``package`` known; in the order of their indices."""
        self._places.append(Place(package))

    def _add(self, section: str, entry: dict[str, Any]) -> None:
        file = self._files[section]
        file.write(",\n" if self._counts[section] else "\n")
        file.write(json.dumps(entry, ensure_ascii=False, separators=(",", ":")))
        self._counts[section] += 1

    def _record(self, package: int, table: str, row: int) -> dict[str, Any]:
        place = self._places[package]
        return {"dataset": place.dataset, "document": place.files[table], "row": row}

    def _thing_records(self, thing: Person | Company | Mark, package: int) -> list[dict[str, Any]]:
        if isinstance(thing, Mark):
            return [self._record(package, thing.table, thing.row)]
        table = "people" if isinstance(thing, Person) else "companies"
        return [self._record(package, table, listed.row) for listed in thing.listed if listed.package == package]

    def person(self, person: Person) -> None:
        """A person whose records are all written: the entry, and the connection where two services know the person."""
        records = [self._record(listed.package, "people", listed.row) for listed in person.listed]
        self._add(
            "people",
            {
                "truth": person.truth,
                "name": person.full_name(),
                "born": person.birth_date(),
                "country": person.country,
                "records": records,
            },
        )
        if person.protected:
            self._protected(person)
        self._same(person, "people", person.listed)
        if person.relation and person.of is not None and person.of.listed:
            pair = (person.of, person)
            records = [self._record(listed.package, "people", listed.row) for one in pair for listed in one.listed]
            self._lookalike(person.relation, [one.truth for one in pair], records)

    def company(self, company: Company) -> None:
        """The same for a company."""
        records = [self._record(listed.package, "companies", listed.row) for listed in company.listed]
        self._add(
            "organisations",
            {"truth": company.truth, "name": company.full_name(), "country": company.country, "records": records},
        )
        self._same(company, "companies", company.listed)

    def _evidence(self, first: Listed | ListedCompany, second: Listed | ListedCompany) -> tuple[str, float]:
        """(basis, bits) of what two rows have in common; a number they share counts 40 bits."""
        bits = 40.0 if first.numbers & second.numbers else 0.0
        basis = "number" if bits else "name"
        if isinstance(first, Listed) and isinstance(second, Listed):
            dated = date_bits(first.date, second.date)
            bits += name_bits(first.bits, second.bits) + dated
            if basis == "name" and dated > 0:
                basis = "date"
        elif isinstance(first, ListedCompany) and isinstance(second, ListedCompany):
            bits += min(first.bits, second.bits)
        return basis, bits

    def _same(self, thing: Person | Company, table: str, rows: Sequence[Listed] | Sequence[ListedCompany]) -> None:
        by_package: dict[int, list[Listed | ListedCompany]] = {}
        for listed in rows:
            by_package.setdefault(listed.package, []).append(listed)
        hidden = self._masked(thing)
        open_packages = [package for package in by_package if package not in hidden]
        owners = {self._places[package].owner for package in open_packages}
        if len(owners) < 2:
            return
        pairs = []
        for (i, one), (j, two) in combinations(enumerate(open_packages), 2):
            if self._places[one].owner == self._places[two].owner:
                continue
            basis, bits = max(
                (self._evidence(a, b) for a in by_package[one] for b in by_package[two]),
                key=lambda found: (found[1], _RANK[found[0]]),
            )
            pairs.append({"sides": [i, j], "basis": basis, "bits": round(bits, 1), "telling": bits >= self._threshold})
        best = max(pairs, key=lambda pair: (pair["telling"], _RANK[str(pair["basis"])]))
        sides = [
            {"owner": self._places[package].owner, "dataset": self._places[package].dataset,
                "records": [self._record(package, table, listed.row) for listed in by_package[package]]}
            for package in open_packages
        ]  # fmt: skip
        countries = {self._places[package].country for package in open_packages}
        self._connection(
            "same_entity",
            str(best["basis"]),
            [thing.truth],
            sides,
            bool(best["telling"]),
            len(countries) > 1,
            pairs=pairs,
        )

    @staticmethod
    def _masked(thing: Person | Company) -> set[int]:
        """Packages in which the thing is masked: a protected person's home case; everywhere for a minor."""
        if isinstance(thing, Company) or not thing.protected:
            return set()
        return set(thing.packages) if thing.protected == "minor" else {thing.packages[0]}

    def _connection(
        self,
        kind: str,
        basis: str,
        truths: list[str],
        sides: list[dict[str, Any]],
        telling: bool,
        border: bool,
        **more: Any,
    ) -> None:
        number = self._counts["connections"] + 1
        self._counts[f"{kind} connections"] += 1
        self._counts[f"{basis} basis"] += 1
        self._counts["telling"] += telling
        entry = {
            "id": f"K{number:07d}",
            "kind": kind,
            "basis": basis,
            "scope": "cross_border" if border else "cross_service",
            "truth": truths,
        }
        self._add("connections", {**entry, "sides": sides, "telling": telling, **more})

    def planted(self, plant: Plant) -> None:
        """A connection that was planted between packages."""
        sides, truths = [], []
        for package, things in plant.sides:
            records = [record for thing in things for record in self._thing_records(thing, package)]
            truths += [thing.truth for thing in things if not isinstance(thing, Mark)]
            sides.append(
                {"owner": self._places[package].owner, "dataset": self._places[package].dataset, "records": records}
            )
        self._connection(plant.kind, plant.basis, truths, sides, True, True, via=plant.via, value=plant.value)

    def crossing(self, package: Package) -> None:
        """The links of ``package`` between people and companies, one end of which another country's service knows."""
        links: list[tuple[Person | Company, Person | Company]] = [(a, b) for a, b, _, _ in package.kin]
        links += [(holder, company) for company, holder, _ in package.interests]
        home = self._places[package.index]
        for ends in dict.fromkeys(links):
            if any(package.index in self._masked(end) for end in ends) or ends[0] is ends[1]:
                continue
            rows = [record for end in ends for record in self._thing_records(end, package.index)]
            sides = [{"owner": home.owner, "dataset": home.dataset, "records": rows}]
            telling = False
            for end in ends:
                here = [listed for listed in end.listed if listed.package == package.index]
                for other in dict.fromkeys(listed.package for listed in end.listed):
                    place = self._places[other]
                    if place.country == home.country or other in self._masked(end):
                        continue
                    there = [listed for listed in end.listed if listed.package == other]
                    bits = max(self._evidence(a, b)[1] for a in here for b in there)
                    telling = telling or bits >= self._threshold
                    sides.append(
                        {"owner": place.owner, "dataset": place.dataset, "records": self._thing_records(end, other)}
                    )
            if len(sides) > 1:
                self._connection("crossing_link", "link", [end.truth for end in ends], sides, telling, True)

    def lookalike(self, plant: Plant) -> None:
        """A planted look-alike."""
        records: list[dict[str, Any]] = []
        truths: list[str] = []
        for package, things in plant.sides:
            records += [record for thing in things for record in self._thing_records(thing, package)]
            truths += [thing.truth for thing in things if not isinstance(thing, Mark)]
        self._lookalike(plant.kind, truths, records, via=plant.via, value=plant.value)

    def _lookalike(self, kind: str, truths: list[str], records: list[dict[str, Any]], **more: Any) -> None:
        number = self._counts["lookalikes"] + 1
        self._counts[f"{kind} lookalikes"] += 1
        self._add("lookalikes", {"id": f"L{number:07d}", "kind": kind, "truth": truths, "records": records, **more})

    def _protected(self, person: Person) -> None:
        home = self._masked(person)
        for listed in person.listed:
            if listed.package not in home:
                continue
            place = self._places[listed.package]
            written = listed.written
            self._add("protected", {
                "truth": person.truth, "role": person.protected, "name": person.full_name(), "written": written["name"], "alias": person.alias,
                "document": written["document"], "phone": written["phone_written"], "phone_e164": written["phone"], "born": person.birth_date(),
                "birth_date": written["born"], "owner": place.owner, "dataset": place.dataset,
                "record": self._record(listed.package, "people", listed.row), "elsewhere": len(set(person.packages) - home) > 0})  # fmt: skip

    def withdrawn(self, package: Package) -> None:
        """Records that the package's own case.yaml withdraws: nobody is to find them."""
        for person in package.withdrawn:
            for record in self._thing_records(person, package.index):
                self._add("withdrawn", {"truth": person.truth, "owner": package.service.code, "record": record})

    def finish(self, head: dict[str, Any], tail: dict[str, Any]) -> dict[str, int]:
        """Join the parts into truth.json; returns the counts."""
        for file in self._files.values():
            file.close()
        counts = dict(sorted(self._counts.items()))
        with self._path.open("w", encoding="utf-8") as out:
            out.write(
                json.dumps({**head, "counts": {**head.get("counts", {}), **counts}}, ensure_ascii=False, indent=1)[:-2]
            )
            for name in SECTIONS:
                out.write(f',\n "{name}": [')
                with self._parts[name].open(encoding="utf-8") as part:
                    _copy(part, out)
                out.write("\n ]")
            out.write(",\n " + json.dumps(tail, ensure_ascii=False)[1:-1] + "\n}\n")
        return counts


def _copy(source: Iterable[str], target: IO[str]) -> None:
    for line in source:
        target.write(line)
