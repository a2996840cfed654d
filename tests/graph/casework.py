"""Small fictional deliveries for the kernel's tests: three agencies, a team, and short ways to deliver."""

from __future__ import annotations

from graph.access import Actor, Agency, Team
from graph.delivery import Manifest, Release
from graph.statement import Delivered, Statement
from graph.store.base import Store

AGENCIES = [
    Agency("AR-MPF", "Ministerio Público Fiscal", "AR", {"email": "contacto@example.org"}),
    Agency("BR-MPF", "Ministério Público Federal", "BR", {"email": "contato@example.org"}),
    Agency("CL-FN", "Fiscalía Nacional", "CL", {"email": "enlace@example.org"}),
]
ROLES = frozenset({"analyst", "steward"})
ANA = Actor("ar:ana", "AR-MPF", ROLES)
BIA = Actor("br:bia", "BR-MPF", ROLES)
CARO = Actor("cl:caro", "CL-FN", ROLES)
OPERATOR = Actor("ar:op", "AR-MPF", frozenset({"operator"}))
EVERYONE = Actor("dev:all", "DEV", ROLES, everything=True)
TEAM = Team("eci", frozenset({"AR-MPF", "BR-MPF"}), "ECI", "AR-MPF", "2026-01-01", "2099-01-01")


def found(store: Store) -> Store:
    """Let the agencies, actors and the team exist."""
    store.save_federation(AGENCIES, [ANA, BIA, CARO, OPERATOR], [TEAM])
    return store


def manifest(
    owner: str, dataset: str, revision: int = 1, releases: tuple[Release, ...] = (), **more: object
) -> Manifest:
    """A manifest with an investigation number, so that hits may rest on it."""
    more = {"investigation": {"number": f"{dataset}/1"}, "title": dataset, **more}
    return Manifest(owner, dataset, revision, releases=releases, **more)  # type: ignore[arg-type]


def record(store: Store, agency: str, dataset: str, key: str, schema: str = "Person", /, **props: object) -> Delivered:
    """A record with one statement per value; ``mask`` and ``role`` are its own, a tuple of values stays several."""
    mask, role = str(props.pop("mask", "")), str(props.pop("role", ""))
    statements = []
    for n, (prop, values) in enumerate(sorted(props.items())):
        for value in values if isinstance(values, tuple) else (values,):
            form = "ar.dni" if prop == "idNumber" else ""
            statements.append(Statement(prop, str(value), document="data/personas.csv", row=n + 2, form=form))
    return Delivered(store.ids.record(agency, dataset, key), schema, statements, role, mask)


def deliver(
    store: Store,
    actor: Actor,
    dataset: str,
    records: list[Delivered],
    releases: tuple[Release, ...] = (),
    revision: int = 1,
    **more: object,
) -> object:
    """Deliver records as ``actor``'s agency and publish them."""
    with store.deliver(actor, manifest(actor.agency, dataset, revision, releases, **more)) as delivery:
        delivery.add(records)
        return delivery.publish()
