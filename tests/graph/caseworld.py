"""A fictional world of cases for the exports' tests, in any size: people, firms, routes, seizures, shared numbers."""

from __future__ import annotations

import random
from pathlib import Path

from graph.access import Actor, Agency, Team
from graph.delivery import Manifest, Release
from graph.identity import Pair, Reason
from graph.ids import Ids
from graph.statement import Delivered, Statement
from graph.store import open_store
from graph.store.base import Store

ROLES = frozenset({"analyst", "steward"})
AGENCIES = [
    Agency("AR-MPF", "Ministerio Público Fiscal", "AR"),
    Agency("BR-MPF", "Ministério Público Federal", "BR"),
    Agency("CL-FN", "Fiscalía Nacional", "CL"),
    Agency("PY-MP", "Ministerio Público", "PY"),
]
ACTORS = {a.code: Actor(f"{a.country.lower()}:uno", a.code, ROLES) for a in AGENCIES}
TEAM = Team("eci", frozenset({"AR-MPF", "BR-MPF", "CL-FN"}), "ECI", "AR-MPF", "2026-01-01", "2099-01-01")
GIVEN = [
    "Juan Carlos",
    "María Inés",
    "João",
    "Lucía",
    "Pedro Antonio",
    "Ana Paula",
    "Óscar",
    "Ximena",
    "Thiago",
    "Rosa",
]
FAMILY = [
    "Pérez Gómez",
    "da Silva Souza",
    "Núñez",
    "Benítez Ayala",
    "Oliveira",
    "Rojas Soto",
    "Quispe",
    "Ferreira Lima",
]
FIRMS = [
    "Transportes del Litoral S.A.",
    "Exportadora Río Claro Ltda.",
    "Logística Sur SpA",
    "Comercial Ypacaraí S.R.L.",
]


def statement(prop: str, value: str, row: int = 2, **more: str) -> Statement:
    """One statement of the package's people file; evaluated 4x4 unless said otherwise."""
    more = {"document": "data/personas.csv", "evaluation": "4x4:B2", **more}
    return Statement(prop, value, row=row, **more)  # type: ignore[arg-type]


class Maker:
    """Makes records of one dataset."""

    def __init__(self, ids: Ids, owner: str, dataset: str) -> None:
        self.ids, self.owner, self.dataset, self.row = ids, owner, dataset, 1
        self.records: list[Delivered] = []

    def add(
        self, key: str, schema: str, /, *, mask: str = "", role_mask: str = "", handling: str = "", **props: str
    ) -> str:
        """Add a record with one statement per property; its id."""
        self.row += 1
        form = {"idNumber": "ar.dni", "phone": "phone"}
        made = [
            statement(p, v, self.row, handling=handling, form=form.get(p, "")) for p, v in sorted(props.items()) if v
        ]
        record = Delivered(self.ids.record(self.owner, self.dataset, key), schema, made, role_mask, mask)
        self.records.append(record)
        return record.id


def world(folder: Path, things: int, seed: int = 1) -> tuple[Store, list[str]]:
    """A store with about ``things`` things over four agencies, all released to all; ids of the cases to start from."""
    rng = random.Random(seed)
    store = open_store(f"sqlite:///{folder / 'world.db'}")
    store.save_federation(AGENCIES, ACTORS.values(), [TEAM])
    starts, people = [], {}
    share = [0.4, 0.3, 0.2, 0.1]
    phones = [f"+54911{rng.randrange(10**7, 10**8)}" for _ in range(max(2, things // 25))]
    for agency, part in zip(AGENCIES, share, strict=True):
        count = max(3, round(things * part))
        make = Maker(store.ids, agency.code, f"{agency.code.lower()}-caso")
        case = make.add("case", "Investigation", name=f"Operación {agency.country} {seed}", caseNumber=f"{seed}/2026")
        persons = max(3, round(count * 0.6))
        mine = []
        for n in range(persons):
            protected = n == 1
            mine.append(
                make.add(
                    f"p{n}",
                    "Person",
                    mask="victim" if protected else "",
                    name=f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}",
                    birthDate=f"19{rng.randrange(60, 99)}-0{rng.randrange(1, 9)}-1{rng.randrange(9)}",
                    idNumber=str(rng.randrange(10**7, 5 * 10**7)),
                    nationality=agency.country.lower(),
                    phone=rng.choice(phones) if rng.random() < 0.35 else "",
                )
            )
            if n < 2 or rng.random() < 0.25:
                role = "victim" if protected else rng.choice(["suspect", "accused", "witness"])
                make.add(
                    f"role{n}",
                    "CaseRole",
                    mask="victim" if protected else "",
                    person=mine[-1],
                    investigation=case,
                    role=role,
                )
            elif rng.random() < 0.9:
                other = mine[int(rng.random() ** 2 * (n - 1))]
                kind = rng.choice(["Associate", "Family", "Called"])
                ends = {
                    "Associate": ("person", "associate"),
                    "Family": ("person", "relative"),
                    "Called": ("caller", "called"),
                }
                a, b = ends[kind]
                make.add(f"t{n}", kind, **{a: other, b: mine[-1]}, startDate=f"2025-0{rng.randrange(1, 9)}-11")  # type: ignore[arg-type]
        for n in range(round(count * 0.18)):
            firm = make.add(
                f"c{n}", "Company", name=f"{rng.choice(FIRMS)[:-1]} {n}", registrationNumber=str(30_000_000_000 + n)
            )
            owner, director = rng.choice(mine), rng.choice(mine)
            make.add(
                f"o{n}",
                "Ownership",
                owner=owner,
                asset=firm,
                percentage=str(rng.randrange(5, 100)),
                startDate="2019-03",
            )
            make.add(f"d{n}", "Directorship", director=director, organization=firm, role="presidente")
        for n in range(max(1, round(count * 0.06))):
            route = make.add(f"r{n}", "Route", name=f"Ruta {agency.country}-{n}: puerto a puerto", investigation=case)
            make.add(
                f"s{n}", "Seizure", name=f"Incautación {n}", what="cocaína", quantity="120", unit="kg", route=route
            )
            make.add(f"v{n}", "Vehicle", name=f"Camión {n}", registrationNumber=f"AB{n:03d}CD", owner=rng.choice(mine))
        manifest = Manifest(
            agency.code,
            make.dataset,
            1,
            title=make.dataset,
            investigation={"number": f"{seed}/2026"},
            releases=(Release("*", "full"),),
        )
        with store.deliver(ACTORS[agency.code], manifest) as delivery:
            delivery.add(make.records)
            delivery.publish()
        starts.append(case)
        people[agency.code] = mine
    pairs = []
    for left, right in [("AR-MPF", "BR-MPF"), ("AR-MPF", "CL-FN"), ("BR-MPF", "PY-MP")]:
        for n in range(max(1, things // 60)):
            a = people[left][2 + n % max(1, len(people[left]) - 2)]
            b = people[right][-1 - n % max(1, len(people[right]) - 2)]
            a, b = sorted((a, b))
            state = "automatic" if n % 2 == 0 else "proposed"
            why = (
                Reason("surnames.same", "Pérez Gómez", "Peres Gomes", 3.1),
                Reason("birth.same", "1980", "1980", 4.2),
            )
            pairs.append(Pair(a, b, 0.97 if state == "automatic" else 0.81, state, why))
    store.save_pairs({(p.left, p.right): p for p in pairs}.values(), "test")
    return store, starts
