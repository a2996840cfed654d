"""Queries over links, phones, goods and movements."""

from __future__ import annotations

from typing import Any

from ingest.scenario.mapping.base import Draft, Entity, ref

_TIES = {"family": ("Family", "relative"), "associate": ("Associate", "associate")}


def interests(draft: Draft) -> None:
    """Owners and directors, by the kind of holder."""
    word = draft.service.word
    for quality, kind in draft.kinds("interests"):
        keys = ("company", "kind", "holder", "quality")
        shared = {"role": draft.column("interests", "quality"), "startDate": draft.date("interests", "since")}
        if quality == "owner":
            percent = draft.column("interests", "percent")
            ends = {"owner": ref("titular"), "asset": ref("empresa"), "percentage": percent}
            link = draft.entity("Ownership", "participacion", "interests", *keys, **ends, **shared)
        else:
            ends = {"director": ref("titular"), "organization": ref("empresa")}
            link = draft.entity("Directorship", "cargo", "interests", *keys, **ends, **shared)
        entities = {
            "empresa": draft.subject("company", "interests", "company"),
            "titular": draft.subject(kind, "interests", "holder"),
            "vinculo": link,
        }
        draft.query("interests", entities, {"kind": word(kind), "quality": word(quality)})


def kin(draft: Draft) -> None:
    """Family and associates."""
    for (kind,) in draft.kinds("kin"):
        schema, other = _TIES[kind]
        ends = {"person": ref("persona"), other: ref("vinculado"), "relationship": draft.column("kin", "relation")}
        entities = {
            "persona": draft.subject("person", "kin", "person"),
            "vinculado": draft.subject("person", "kin", "relative"),
            "vinculo": draft.entity(schema, "vinculo", "kin", "person", "relative", "relation", **ends),
        }
        draft.query("kin", entities, {"kind": draft.service.word(kind)})


def phones(draft: Draft) -> None:
    """Who uses which phone and device."""
    number = draft.column("phones", "number", country=draft.service.country)
    person = {**draft.subject("person", "phones", "holder"), "properties": {"phone": dict(number)}}
    provider = draft.column("phones", "operator")
    phone = draft.entity(
        "PhoneNumber", "telefono", "phones", "number", number=number, provider=provider, user=ref("persona")
    )
    device = draft.entity(
        "Device", "equipo", "phones", "imei", imei=draft.column("phones", "imei"), user=ref("persona")
    )
    draft.query("phones", {"persona": person, "telefono": phone, "equipo": device})


def calls(draft: Draft) -> None:
    """Calls between numbers."""
    entities: dict[str, Entity] = {}
    for alias, column in (("origen", "caller"), ("destino", "called")):
        number = draft.column("calls", column, country=draft.service.country)
        entities[alias] = draft.entity("PhoneNumber", "telefono", "calls", column, number=number)
    entities["llamada"] = draft.entity(
        "Called",
        "llamada",
        "calls",
        "caller",
        "called",
        "start",
        caller=ref("origen"),
        called=ref("destino"),
        startDate=draft.moment("calls", "start"),
        duration=draft.column("calls", "seconds"),
        cell=draft.column("calls", "cell"),
    )
    draft.query("calls", entities)


def vehicles(draft: Draft) -> None:
    """Vehicles and their owners; a plate is kept with its country."""
    parts = {"registrationNumber": "plate", "country": "country", "make": "make", "model": "model", "colour": "colour"}
    properties: dict[str, Any] = {prop: draft.column("vehicles", column) for prop, column in parts.items()}
    properties["registrationNumber"]["country"] = draft.column("vehicles", "country")
    properties["buildDate"] = draft.column("vehicles", "year")
    properties["owner"] = ref("titular")
    vehicle = draft.entity("Vehicle", "vehiculo", "vehicles", "country", "plate", **properties)
    draft.query("vehicles", {"titular": draft.subject("person", "vehicles", "owner"), "vehiculo": vehicle})


def accounts(draft: Draft) -> None:
    """Accounts and their holders."""
    properties: dict[str, Any] = {
        "accountNumber": draft.column("accounts", "account"),
        "bankName": draft.column("accounts", "bank"),
        "currency": draft.column("accounts", "currency"),
        "openingDate": draft.date("accounts", "opened"),
    }
    for (kind,) in draft.kinds("accounts"):
        ends = {"owner": ref("titular"), "asset": ref("cuenta")}
        entities = {
            "titular": draft.subject(kind, "accounts", "holder"),
            "cuenta": draft.entity("BankAccount", "cuenta", "accounts", "account", **properties),
            "titularidad": draft.entity("Ownership", "titularidad", "accounts", "account", "kind", "holder", **ends),
        }
        draft.query("accounts", entities, {"kind": draft.service.word(kind)})


def payments(draft: Draft) -> None:
    """Payments, by the kinds of payer and payee; an account of nobody known has a holder without further facts."""
    column = draft.column
    for payer, payee in draft.kinds("payments"):
        entities: dict[str, Entity] = {"ordenante": draft.subject(payer, "payments", "payer")}
        if payee == "outside":
            name = column("payments", "payee_name")
            entities["beneficiario"] = draft.entity("LegalEntity", "titular", "payments", "to", name=name)
        else:
            entities["beneficiario"] = draft.subject(payee, "payments", "payee")
        for alias, side in (("origen", "from"), ("destino", "to")):
            number = column("payments", side)
            entities[alias] = draft.entity("BankAccount", "cuenta", "payments", side, accountNumber=number)
        entities["pago"] = draft.entity(
            "Payment",
            "pago",
            "payments",
            "op",
            payer=ref("ordenante"),
            beneficiary=ref("beneficiario"),
            payerAccount=ref("origen"),
            beneficiaryAccount=ref("destino"),
            amount=column("payments", "amount"),
            currency=column("payments", "currency"),
            date=draft.date("payments", "date"),
            purpose=column("payments", "concept"),
        )
        words = {"fkind": draft.service.word(payer), "tkind": draft.service.word(payee)}
        draft.query("payments", entities, words)


def _container(draft: Draft, table: str) -> Entity:
    return draft.entity("Container", "contenedor", table, "container", number=draft.column(table, "container"))


def routes(draft: Draft) -> None:
    """Routes and their legs."""
    column = draft.column
    route = draft.entity(
        "Route", "ruta", "routes", "route", name=column("routes", "route"), cargo=column("routes", "cargo")
    )
    parts = {
        "order": "leg", "place": "place", "placeCode": "code", "toPlace": "to", "toPlaceCode": "to_code",
        "mode": "mode", "carrier": "carrier", "carrierNumber": "number", "cargo": "cargo",
        "containerNumber": "container", "description": "comment",
    }  # fmt: skip
    properties: dict[str, Any] = {prop: column("routes", source) for prop, source in parts.items()}
    properties["departure"] = draft.moment("routes", "departure")
    properties["arrival"] = draft.moment("routes", "arrival")
    leg = draft.entity("RouteLeg", "tramo", "routes", "route", "leg", route=ref("ruta"), **properties)
    draft.query("routes", {"ruta": route, "tramo": leg, "contenedor": _container(draft, "routes")})


def seizures(draft: Draft) -> None:
    """Seizures, with the container where one was seized."""
    parts = {
        "what": "what", "kind": "kind", "quantity": "quantity", "unit": "unit", "measure": "measure", "place": "place",
        "placeCode": "code",
    }  # fmt: skip
    properties: dict[str, Any] = {prop: draft.column("seizures", source) for prop, source in parts.items()}
    properties["name"] = draft.columns("seizures", "id", "what", join=" · ")
    properties["seizureDate"] = draft.date("seizures", "date")
    act = draft.entity("Seizure", "acta", "seizures", "id", **properties)
    draft.query("seizures", {"acta": act, "contenedor": _container(draft, "seizures")})
