"""The demonstration scenario: fictional case packages of many services, in the forms real exports have, with the truth.

``generate`` writes a folder of case packages, ``federation.yaml`` and ``truth.json``; docs/scenario.md describes them.
Nobody in it exists: names are random combinations, numbers lie where registers have not given any out as far as their
forms allow.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ingest.scenario import casefile, papers
from ingest.scenario.mapping import MappingMaker
from ingest.scenario.people import Person
from ingest.scenario.plants import Planter
from ingest.scenario.rates import Rates, Variant, rates
from ingest.scenario.records import Measured, Shares
from ingest.scenario.services import Service, services
from ingest.scenario.tables import PackageWriter, Written
from ingest.scenario.truth import Truth
from ingest.scenario.world import Package, Wave, World

__all__ = ["SMALLEST", "Summary", "Variant", "generate"]

SMALLEST = 150
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Summary:
    """What was made: the package folders in order of delivery, where the truth is, rows by table, counts and rates."""

    packages: tuple[Path, ...]
    truth: Path
    federation: Path
    rows: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)


def generate(
    out: Path, *, size: int, seed: int, progress: Progress | None = None, variant: Variant = "test"
) -> Summary:
    """Write a scenario of ``size`` records (rows of people and companies together) under ``out``.

    The same ``seed``, ``size`` and ``variant`` give the same bytes. ``progress`` is told (records written, ``size``) after
    each package. ``variant`` chooses the stock of names and the held-out rates: matchers learn on ``train`` and are
    measured on ``test``. Raises ValueError below ``SMALLEST`` records, and FileExistsError where ``out`` holds anything.
    """
    if size < SMALLEST:
        raise ValueError(f"a scenario needs at least {SMALLEST} records")
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty")
    taking_part = services(size)
    chosen = rates(variant)
    world = World(seed, size, chosen, variant, taking_part)
    measured = Measured()
    rows: dict[str, int] = {}
    folders: list[Path] = []
    with Truth(out / "truth.json", size) as truth:
        shares = _shares(chosen, taking_part)
        done = 0
        for wave in world.waves():
            wave.fill()
            planter = Planter(wave)
            planter.plant()
            for package in wave.packages:
                truth.place(package)
                folders.append(out / package.dataset)
                for table, count in _package(world, package, folders[-1], shares, measured).rows.items():
                    rows[table] = rows.get(table, 0) + count
                done += len(package.people) + len(package.companies)
                if progress is not None:
                    progress(done, size)
            _tell(world, wave, planter, truth)
        head = {
            "version": 1,
            "seed": seed,
            "size": size,
            "variant": variant,
            "counts": {"records": done, "packages": len(folders), "rows": rows},
        }
        counts = truth.finish(head, {"rates": measured.shares()})
    casefile.dump(casefile.federation(taking_part), out / "federation.yaml")
    return Summary(tuple(folders), out / "truth.json", out / "federation.yaml", rows, counts, measured.shares())


def _shares(chosen: Rates, taking_part: list[Service]) -> Shares:
    """Shares for the services whose style leaves it open, so that the scenario as a whole meets the rates."""
    total = sum(service.weight for service in taking_part)
    first = sum(s.weight for s in taking_part if s.name_style in {"comma", "plain"}) / total
    free = sum(s.weight for s in taking_part if s.name_style == "full") / total
    folded = sum(s.weight for s in taking_part if s.fold) / total
    return Shares(max(0.0, chosen.surname_first - first) / free, max(0.0, chosen.unaccented - folded) / (1 - folded))


def _package(world: World, package: Package, folder: Path, shares: Shares, measured: Measured) -> Written:
    """Write one case package."""
    (folder / "data").mkdir(parents=True)
    (folder / "documents").mkdir()
    writer = PackageWriter(world, package, folder, shares, measured)
    written = writer.write()
    title, unit = casefile.operation(package), casefile.unit(package)
    documents = papers.write(world, package, folder, title, unit, writer.mentioned)
    casefile.dump(casefile.case(package, documents), folder / "case.yaml")
    casefile.dump(MappingMaker(package.service, written).make(package.dataset), folder / "mapping.yml")
    return written


def _tell(world: World, wave: Wave, planter: Planter, truth: Truth) -> None:
    """Write what is true of the wave, and choose who reappears in the next one."""
    rng = world.rng("carried", wave.number)
    carried: list[Person] = []
    resembled = {id(person.of) for person in wave.people}
    for person in wave.people:
        free = not (
            wave.last or person.protected or person.taken or person.linked or person.relation or id(person) in resembled
        )
        if free and len(person.packages) < 3 and rng.random() < 0.03:
            carried.append(person)
        else:
            truth.person(person)
    for company in wave.companies:
        truth.company(company)
    for plant in planter.connections:
        truth.planted(plant)
    for plant in planter.lookalikes:
        truth.lookalike(plant)
    for package in wave.packages:
        truth.crossing(package)
        truth.withdrawn(package)
    world.carried = carried
    for package in wave.packages:
        package.release_memory()
