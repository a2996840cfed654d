"""The demonstration scenario: fictional case packages of many services, in the forms real exports have, with the truth.

``generate`` writes a folder of case packages, ``federation.yaml`` and ``truth.json``; docs/scenario.md describes them.
Nobody in it exists: names are random combinations, numbers lie where registers have not given any out as far as their
forms allow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.scenario import casefile, ties
from ingest.scenario.connections import Connections
from ingest.scenario.federation import federation
from ingest.scenario.lookalikes import Lookalikes
from ingest.scenario.mapping import mapping
from ingest.scenario.measured import Measured, Shares
from ingest.scenario.packages import Contents, Package, World
from ingest.scenario.papers import write_papers
from ingest.scenario.people import Person
from ingest.scenario.plants import Ground, Plant
from ingest.scenario.rates import Rates, Variant, rates
from ingest.scenario.sections import Sections
from ingest.scenario.services import Service, services
from ingest.scenario.tables import Desk, Mentions, write_tables
from ingest.scenario.truth import Truth
from ingest.scenario.wave import Wave

__all__ = ["SMALLEST", "Summary", "Variant", "generate"]

SMALLEST = 150
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made.

    ``packages`` are the folders in order of delivery, ``rows`` counts the rows by table, ``counts`` is what truth.json
    counts, ``rates`` what was really written of the hardness.
    """

    packages: tuple[Path, ...]
    truth: Path
    federation: Path
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)


def generate(
    out: Path, *, size: int, seed: int, progress: Progress | None = None, variant: Variant = "test"
) -> Summary:
    """Write a scenario of ``size`` records (rows of people and companies together) under ``out``.

    The same ``seed``, ``size`` and ``variant`` give the same bytes. ``progress`` is told (records written, ``size``)
    after each package. ``variant`` chooses the stock of names and the held-out rates: matchers learn on ``train`` and
    are measured on ``test``. Raises ValueError below ``SMALLEST`` records, and FileExistsError where ``out`` holds
    anything.
    """
    if size < SMALLEST:
        raise ValueError(f"a scenario needs at least {SMALLEST} records")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty")
    taking_part = services(size)
    world = World(seed, size, rates(variant), variant, taking_part)
    with Sections(out / "truth.json") as sections:
        studio = _Studio(out, world, Truth(sections, size), _shares(world.rates, taking_part), progress)
        for number, packages in enumerate(world.plan()):
            studio.wave(Wave(world, number, packages), last=sum(studio.sizes) + _wanted(packages) == size)
        records = {"records": sum(studio.sizes), "packages": len(studio.folders), "rows": studio.rows}
        head = {"version": 1, "seed": seed, "size": size, "variant": variant, "counts": records}
        counts = sections.finish(head, {"rates": studio.measured.shares()})
    casefile.dump(federation(taking_part), out / "federation.yaml")
    made = (tuple(studio.folders), out / "truth.json", out / "federation.yaml")
    return Summary(*made, studio.rows, counts, studio.measured.shares())


def _wanted(packages: list[Package]) -> int:
    return sum(package.people_wanted + package.companies_wanted for package in packages)


def _shares(chosen: Rates, taking_part: list[Service]) -> Shares:
    """Shares for the services whose style leaves it open, so that the scenario as a whole meets the rates."""
    total = sum(service.weight for service in taking_part)
    first = sum(s.weight for s in taking_part if s.name_style in {"comma", "plain"}) / total
    free = sum(s.weight for s in taking_part if s.name_style == "full") / total
    folded = sum(s.weight for s in taking_part if s.fold) / total
    return Shares(max(0.0, chosen.surname_first - first) / free, max(0.0, chosen.unaccented - folded) / (1 - folded))


class _Studio:
    """Writes wave after wave and adds up what was written."""

    def __init__(self, out: Path, world: World, truth: Truth, shares: Shares, progress: Progress | None) -> None:
        self._out = out
        self._world = world
        self._truth = truth
        self._shares = shares
        self._progress = progress
        self.measured = Measured()
        self.rows: dict[str, int] = {}
        self.folders: list[Path] = []
        self.sizes: list[int] = []

    def wave(self, wave: Wave, last: bool) -> None:
        """Fill, plant, write and tell one wave; afterwards its content is forgotten."""
        wave.fill()
        ground = Ground(wave)
        lookalikes, connections = Lookalikes(ground), Connections(ground)
        lookalikes.plant()
        connections.plant()
        ties.plant(ground)
        for package in wave.packages:
            self._truth.place(package)
            self._package(package)
        self._tell(wave, connections.planted, lookalikes.planted, last)
        for package in wave.packages:
            package.contents = Contents()

    def _package(self, package: Package) -> None:
        """Write one case package."""
        folder = self._out / package.dataset
        (folder / "data").mkdir(parents=True)
        (folder / "documents").mkdir()
        desk = Desk(self._world, package, folder, self._world.rng("tables", package.index))
        mentions = Mentions(desk)
        write_tables(desk, mentions, self._shares, self.measured)
        casefile.dump(casefile.case(package, write_papers(desk, mentions.person)), folder / "case.yaml")
        casefile.dump(mapping(package.service, desk.written, package.dataset), folder / "mapping.yml")
        for table, count in desk.written.rows.items():
            self.rows[table] = self.rows.get(table, 0) + count
        self.folders.append(folder)
        self.sizes.append(desk.written.rows["people"] + desk.written.rows["companies"])
        if self._progress is not None:
            self._progress(sum(self.sizes), self._world.size)

    def _tell(self, wave: Wave, connections: list[Plant], lookalikes: list[Plant], last: bool) -> None:
        """Write what is true of the wave, and choose who reappears in the next one."""
        rng = self._world.rng("carried", wave.number)
        resembled = {id(person.of) for person in wave.people}
        carried: list[Person] = []
        for person in wave.people:
            plain = not (person.protected or person.taken or person.linked or person.relation)
            if not last and plain and id(person) not in resembled and len(person.packages) < 3 and rng.random() < 0.03:
                carried.append(person)
            else:
                self._truth.person(person)
        for company in wave.companies:
            self._truth.company(company)
        for plant in connections:
            self._truth.connection(plant)
        for plant in lookalikes:
            self._truth.lookalike(plant)
        for package in wave.packages:
            self._truth.package(package)
        self._world.carried = carried
