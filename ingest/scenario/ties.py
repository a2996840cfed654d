"""Links inside a package: family and associates, owners and directors; and the records that its owner withdraws."""

from __future__ import annotations

from ingest.scenario.organisations import Company
from ingest.scenario.packages import Package
from ingest.scenario.people import Person
from ingest.scenario.plants import Ground


def plant(ground: Ground) -> None:
    """Fill the links and withdrawals of all packages of the wave."""
    for package in ground.packages:
        if package.index % 3 == 1 and (person := ground.person(package)) is not None:
            package.contents.withdrawn.append(person)
        _kin(ground, package)
        _interests(ground, package)


class _People:
    """The people of one package that links may hold; five draws in six fall on those whom no other case knows."""

    def __init__(self, ground: Ground, package: Package) -> None:
        gone = {person.n for person in package.contents.withdrawn}
        self._draw = ground.rng.random
        self.all = [person for person, _ in package.contents.people if person.n not in gone]
        self._local = [person for person in self.all if len(person.packages) == 1]

    def one(self) -> Person:
        """One of them; there always is one, since packages are never that small."""
        pool = self._local if self._local and self._draw() < 5 / 6 else self.all
        return pool[int(self._draw() * len(pool))]


def _kin(ground: Ground, package: Package) -> None:
    """Ties of relatives listed together, couples, and associates. A couple shares nothing else that is written."""
    draw, words, contents = ground.rng.random, package.service.headers["words"], package.contents
    people = _People(ground, package)
    inside = {person.n for person in people.all}
    seen: set[tuple[int, int]] = set()

    def tie(a: Person, b: Person, kind: str, label: str) -> None:
        if (a.n, b.n) not in seen and (b.n, a.n) not in seen:
            seen.add((a.n, b.n))
            a.linked = b.linked = True
            contents.kin.append((a, b, kind, label))

    for person in people.all:
        related = person.of is not None and person.relation != "namesake" and person.of.n in inside
        if related and person.of is not None and draw() < 0.6:
            tie(person.of, person, "family", words["parent"] if person.relation == "son" else words["siblings"])
    for _ in range(round(len(people.all) * 0.07)):
        a, b = people.one(), people.one()
        if a is b or a.of is b or b.of is a:
            continue
        if draw() < 0.2:
            tie(a, b, "family", words["spouse"])
        else:
            tie(a, b, "associate", words["partner"][int(draw() * len(words["partner"]))])


def _interests(ground: Ground, package: Package) -> None:
    """Owners and directors of the companies, mostly people no other service knows; one straw man directs several."""
    draw, contents = ground.rng.random, package.contents
    people = _People(ground, package)
    straw = people.one()
    for company in contents.companies:
        holders: set[int] = set()
        for _ in range(1 + int(draw() * 2.4)):
            owner = draw() < 0.55
            holder: Person | Company
            if draw() < 0.12 and len(contents.companies) > 1:
                holder, owner = contents.companies[int(draw() * len(contents.companies))], True
                if holder is company:
                    continue
            elif not owner and draw() < 0.15:
                holder = straw
            else:
                holder = people.one()
            if id(holder) in holders or (isinstance(holder, Person) and holder.protected):
                continue
            holders.add(id(holder))
            if isinstance(holder, Person):
                holder.linked = True
            contents.interests.append((company, holder, owner))
