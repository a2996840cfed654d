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


def _free(package: Package) -> list[Person]:
    gone = {person.n for person in package.contents.withdrawn}
    return [person for person, _ in package.contents.people if person.n not in gone]


def _kin(ground: Ground, package: Package) -> None:
    """Ties of relatives listed together, couples, and associates. A couple shares nothing else that is written."""
    draw, words, contents = ground.rng.random, package.service.headers["words"], package.contents
    people = _free(package)
    inside = {person.n for person in people}
    seen: set[tuple[int, int]] = set()

    def tie(a: Person, b: Person, kind: str, label: str) -> None:
        if (a.n, b.n) not in seen and (b.n, a.n) not in seen:
            seen.add((a.n, b.n))
            a.linked = b.linked = True
            contents.kin.append((a, b, kind, label))

    for person in people:
        related = person.of is not None and person.relation != "namesake" and person.of.n in inside
        if related and person.of is not None and draw() < 0.6:
            tie(person.of, person, "family", words["parent"] if person.relation == "son" else words["siblings"])
    for _ in range(round(len(people) * 0.07)):
        a, b = (people[int(draw() * len(people))] for _ in range(2))
        if a is b or a.of is b or b.of is a:
            continue
        if draw() < 0.2:
            tie(a, b, "family", words["spouse"])
        else:
            tie(a, b, "associate", words["partner"][int(draw() * len(words["partner"]))])


def _interests(ground: Ground, package: Package) -> None:
    """Owners and directors of the companies, mostly people no other service knows; one straw man directs several."""
    draw, contents = ground.rng.random, package.contents
    people = [person for person in _free(package) if not person.protected]
    if not people:
        return
    straw = people[int(draw() * len(people))]
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
                holder = people[int(draw() * len(people))]
                if len(holder.packages) > 1 and draw() < 0.7:
                    holder = people[int(draw() * len(people))]
            if id(holder) in holders:
                continue
            holders.add(id(holder))
            if isinstance(holder, Person):
                holder.linked = True
            contents.interests.append((company, holder, owner))
