"""A fictional store for the dashboard's tests: three services, a joint team, masked people, pairs, routes and money.

Nobody in it exists. ``build`` makes it in a second, with flags when the analytics are there to make them.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from analytics.crossborder.run import run as raise_flags
from graph.delivery import Reject, Release
from graph.identity import Pair, Reason
from graph.statement import Delivered, Statement
from graph.store import open_store
from graph.store.base import Store
from tests.graph.casework import ANA, BIA, CARO, found, manifest

CROWD = 340  # people of one organisation: more than a chart draws


def person(store: Store, actor: object, dataset: str, key: str, **props: object) -> Delivered:
    """A record with sources, forms, checks and evaluations as a real delivery has them."""
    agency = actor.agency  # type: ignore[attr-defined]
    schema = str(props.pop("schema", "Person"))
    mask, role = str(props.pop("mask", "")), str(props.pop("role", ""))
    statements = []
    for n, (prop, values) in enumerate(props.items()):
        for value in values if isinstance(values, list) else [values]:
            written, _, normal = str(value).rpartition("|")
            form = check = ""
            if prop == "idNumber":
                form, check = ("ar.dni", "wellformed") if agency == "AR-MPF" else ("br.cpf", "valid")
            if prop == "phone":
                form, check = "phone", "wellformed"
            statements.append(
                Statement(
                    prop, normal, written, "data/personas.csv", n + 2, "4x4:B2", "H1" if n == 3 else "", form, check
                )
            )
    return Delivered(store.ids.record(agency, dataset, key), schema, statements, role, mask)


def link(store: Store, actor: object, dataset: str, key: str, schema: str, **props: str) -> Delivered:
    """A link between records of one dataset."""
    agency = actor.agency  # type: ignore[attr-defined]
    statements = [
        Statement(p, v, document="data/vinculos.csv", row=7, evaluation="4x4:A1") for p, v in sorted(props.items())
    ]
    return Delivered(store.ids.record(agency, dataset, key), schema, statements)


def build(path: Path) -> Store:
    """The store at ``path``, made by a test."""
    store = found(open_store(f"sqlite:///{path}"))
    store.set_meta("made_by", "test")
    ids = store.ids.record
    team = (Release("team:eci", "full", "2099-01-01", "ECI Litoral"),)
    known = (*team, Release("CL-FN", "identity", "2099-01-01"))

    lit, por, and_ = "litoral-2026", "porto-2026", "andes-2026"
    p = lambda key, **props: person(store, ANA, lit, key, **props)  # noqa: E731
    ar = [
        p("juan", name="JUAN PABLO NUÑEZ ITURBE|Juan Pablo Núñez Iturbe", alias="El Contador",
          idNumber="20.123.456|20123456", birthDate="14/03/1979|1979-03-14", nationality="ar",
          phone="+59598112345", address="Av. Costanera 1450, Posadas"),
        p("marta", name="Marta Quiroga Benítez", idNumber="24987654", birthDate="1985-11", nationality="ar",
          phone="+59598112345"),
        p("victima", name="Nombre Reservado Uno", birthDate="2001-01-01", mask="victim", role="victim"),
        p("litsa", schema="Company", name="Litoral Cereales S.A.", taxNumber="30712345678", country="ar"),
        p("caso", schema="Investigation", name="Operación Litoral", caseNumber="FSM 123/2026",
          openingDate="2026-03-01"),
        p("ruta", schema="Route", name="Posadas – Paranaguá", mode="road"),
        p("bongo", name="<img src=x onerror=alert(1)> *Bongo* href", idNumber="31222333"),
        link(store, ANA, lit, "l1", "Directorship", director=ids("AR-MPF", lit, "juan"),
             organization=ids("AR-MPF", lit, "litsa"), role="presidente", startDate="2019-05-01"),
        link(store, ANA, lit, "l2", "Family", person=ids("AR-MPF", lit, "juan"), relative=ids("AR-MPF", lit, "marta"),
             relationship="cónyuge"),
        link(store, ANA, lit, "l3", "CaseRole", person=ids("AR-MPF", lit, "juan"),
             investigation=ids("AR-MPF", lit, "caso"), role="suspect"),
        link(store, ANA, lit, "l4", "CaseRole", person=ids("AR-MPF", lit, "victima"),
             investigation=ids("AR-MPF", lit, "caso"), role="victim"),
        link(store, ANA, lit, "l5", "Payment", payer=ids("AR-MPF", lit, "litsa"),
             beneficiary=ids("AR-MPF", lit, "marta"), amount="125000", currency="USD", date="2025-09-30"),
        link(store, ANA, lit, "l6", "Payment", payer=ids("AR-MPF", lit, "litsa"),
             beneficiary=ids("AR-MPF", lit, "marta"), amount="98000", currency="USD", date="2025-10-30"),
        link(store, ANA, lit, "l7", "UnknownLink", subject=ids("AR-MPF", lit, "bongo"),
             object=ids("AR-MPF", lit, "litsa")),
    ]  # fmt: skip
    q = lambda key, **props: person(store, BIA, por, key, **props)  # noqa: E731
    br = [
        q("joao", name="Juan Pablo Nuñez Iturbe", idNumber="12345678909", birthDate="1979-03-14", nationality="ar"),
        q("carlos", name="Carlos Eduardo Siqueira Prado", idNumber="98765432100", birthDate="1972-07-02",
          nationality="br", phone="+59598112345"),
        q("firma", schema="Company", name="Prado Logística Ltda.", taxNumber="11222333000181", country="br"),
        q("porto", schema="Investigation", name="Operação Porto", caseNumber="PR-77/2026", openingDate="2026-04-01"),
        q("marta", name="Marta Quiroga", birthDate="1985", nationality="ar"),
        q("teste", name="Nome Reservado", mask="witness", role="witness"),
        link(store, BIA, por, "m1", "Ownership", owner=ids("BR-MPF", por, "carlos"), asset=ids("BR-MPF", por, "firma"),
             percentage="80", startDate="2020"),
        link(store, BIA, por, "m2", "CaseRole", person=ids("BR-MPF", por, "carlos"),
             investigation=ids("BR-MPF", por, "porto"), role="accused"),
        link(store, BIA, por, "m3", "Associate", person=ids("BR-MPF", por, "joao"),
             associate=ids("BR-MPF", por, "carlos")),
        link(store, BIA, por, "m4", "CaseRole", person=ids("BR-MPF", por, "teste"),
             investigation=ids("BR-MPF", por, "porto"), role="witness"),
    ]  # fmt: skip
    r = lambda key, **props: person(store, CARO, and_, key, **props)  # noqa: E731
    cl = [
        r("prado", name="Carlos Siqueira Prado", birthDate="1972-07-02", phone="+59598112345"),
        r("sindicato", schema="Organization", name="Cooperativa Andina de Fletes", country="cl"),
        *(r(f"s{n}", name=f"Socio Número {n:03d}", birthDate="1990") for n in range(CROWD)),
        *(
            link(store, CARO, and_, f"k{n}", "Membership", member=ids("CL-FN", and_, f"s{n}"),
                 organization=ids("CL-FN", and_, "sindicato"))
            for n in range(CROWD)
        ),
    ]  # fmt: skip
    rejects = [
        Reject("data/personas.csv", 14, "fecha_nac", "31/02/1980", "reject.unknown_reason", {}, False),
        Reject("data/personas.csv", 15, "dni", "", "delivery.counts", {"read": 3, "accepted": 1, "rejected": 1}, True),
    ]
    andes = (Release("AR-MPF", "full"), Release("BR-MPF", "hit"))
    for actor, dataset, records, releases, refused in (
        (ANA, lit, ar, team, rejects),
        (BIA, por, br, known, []),
        (CARO, and_, cl, andes, []),
    ):
        case = manifest(actor.agency, dataset, releases=releases, title=dataset.title())
        with store.deliver(actor, case) as delivery:
            delivery.add(records)
            delivery.reject(refused)
            if refused:
                delivery.report.quality = {"values": {"ingest.reject.date": 1}, "never_filled": {"p.csv": ["CORREO"]}}
            delivery.publish(rows_read=20, rows_accepted=19, rows_rejected=1)
    store.save_pairs(pairs(store), "test-1")
    raise_flags(store)
    now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC).isoformat(timespec="seconds")
    store.log_job("flags", now, now, "ok", "new 3")
    return store


def pairs(store: Store) -> list[Pair]:
    """One automatic identity across a border, one proposal."""

    def pair(a: str, b: str, score: float, state: str, *reasons: Reason) -> Pair:
        left, right = sorted((a, b))
        return Pair(left, right, score, state, reasons)

    ids = store.ids.record
    return [
        pair(
            ids("AR-MPF", "litoral-2026", "juan"), ids("BR-MPF", "porto-2026", "joao"), 0.998, "automatic",
            Reason("surnames.same", "Núñez Iturbe", "Nuñez Iturbe", 6.2), Reason("prior", "", "", -5.0),
        ),
        pair(
            ids("AR-MPF", "litoral-2026", "marta"), ids("BR-MPF", "porto-2026", "marta"), 0.71, "proposed",
            Reason("surnames.short", "Quiroga Benítez", "Quiroga", 3.1), Reason("prior", "", "", -5.0),
        ),
        pair(
            ids("BR-MPF", "porto-2026", "carlos"), ids("CL-FN", "andes-2026", "prado"), 0.83, "proposed",
            Reason("surnames.same", "Siqueira Prado", "Siqueira Prado", 5.1), Reason("prior", "", "", -5.0),
        ),
    ]  # fmt: skip
