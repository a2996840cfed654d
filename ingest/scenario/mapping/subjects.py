"""Queries over people, companies and identity papers."""

from __future__ import annotations

from typing import Any

from ingest.scenario.mapping.base import Draft
from ingest.scenario.stocks import load

_IDENTITY = {
    "AR": "dni", "BO": "ci", "BR": "cpf", "CL": "rut", "CO": "cc", "EC": "ci", "ES": "nif", "MX": "curp",
    "PA": "cedula", "PE": "dni", "PT": "cc", "PY": "ci", "UY": "ci",
}  # fmt: skip
_TAX = {"AR": "cuit", "CO": "nit", "EC": "ruc", "MX": "rfc", "PE": "ruc", "PT": "nif", "PY": "ruc"}
_COMPANY = {
    "AR": "cuit", "BO": "nit", "BR": "cnpj", "CL": "rut", "CO": "nit", "EC": "ruc", "ES": "cif", "MX": "rfc",
    "PA": "ruc", "PE": "ruc", "PT": "nipc", "PY": "ruc", "UY": "rut",
}  # fmt: skip
_PLAIN = {
    "given": "firstName", "given2": "secondName", "sur1": "surname1", "sur2": "surname2", "surnames": "lastName",
    "alias": "weakAlias", "email": "email", "occupation": "profession", "father": "fatherName", "mother": "motherName",
    "notes": "notes",
}  # fmt: skip


def people(draft: Draft) -> None:
    """The query over the list of people, with role, protection, evaluation and handling by row."""
    service = draft.service
    present = set(service.columns)
    person = draft.entity("Person", "persona", "people", "id", **_properties(draft, present))
    roles = {word: role for role, words in service.headers["roles"].items() for word in words}
    person["role"] = draft.column("people", "role", map=roles)
    if "protected" in present:
        person["protected"] = draft.column("people", "protected", true=[service.word("affirm")])
    if "src" in present:
        person["evaluation"] = {"source": draft.column("people", "src"), "information": draft.column("people", "info")}
    if "handling" in present:
        person["handling"] = draft.column("people", "handling")
    draft.query("people", {"persona": person})


def _properties(draft: Draft, present: set[str]) -> dict[str, Any]:
    service, country = draft.service, draft.service.country
    order = "surname_first" if service.name_style in {"comma", "plain"} else "given_first"
    parts = [part for part in ("given", "given2", "sur1", "sur2", "surnames") if part in present]
    found: dict[str, Any] = {}
    if parts:
        found["name"] = draft.columns("people", *parts, join=" ", name_order=order)
    else:
        found["name"] = draft.column("people", "name", name_order=order)
    for column, prop in _PLAIN.items():
        if column in present:
            found[prop] = draft.column("people", column)
    if "sex" in present:
        sexes = {service.word("male"): "male", service.word("female"): "female"}
        found["gender"] = draft.column("people", "sex", map=sexes)
    if "nation" in present:
        found["nationality"] = _nation(draft)
    if "born" in present:
        found["birthDate"] = draft.date("people", "born")
    if "doc" in present:
        found["idNumber"] = draft.number("people", "doc", country, _IDENTITY[country])
    if "tax" in present:
        found["taxNumber"] = draft.number("people", "tax", country, _TAX[country])
    if "passport" in present:
        found["passportNumber"] = draft.column("people", "passport", country=_nation(draft))
    if "phone" in present:
        found["phone"] = draft.column("people", "phone", country=country)
    if "address" in present:
        found["address"] = draft.columns("people", "address", "city", join=", ")
    return found


def _nation(draft: Draft) -> dict[str, Any]:
    """The nationality column, its words as country codes."""
    nations = load("words")["nations"][draft.service.language]
    return draft.column("people", "nation", map={word: country for country, word in nations.items()})


def companies(draft: Draft) -> None:
    """The query over the list of companies."""
    service = draft.service
    # A company's number is of its own country, which the row says.
    forms = {country: f"{country.lower()}.{kind}" for country, kind in _COMPANY.items()}
    number = draft.column("companies", "tax", form=draft.column("companies", "country", map=forms))
    company = draft.entity(
        "Company",
        "empresa",
        "companies",
        "id",
        name=draft.column("companies", "name"),
        taxNumber=number,
        registrationNumber=draft.column("companies", "register"),
        country=draft.column("companies", "country"),
        address=draft.column("companies", "address"),
        phone=draft.column("companies", "phone", country=service.country),
        sector=draft.column("companies", "activity"),
        incorporationDate=draft.date("companies", "founded"),
        notes=draft.column("companies", "notes"),
    )
    draft.query("companies", {"empresa": company})


def papers(draft: Draft) -> None:
    """One query for each country and type of identity papers."""
    for country, kind in sorted(draft.written.papers):
        person = draft.subject("person", "papers", "person")
        person["properties"] = {"idNumber": draft.number("papers", "number", country, kind)}
        draft.query("papers", {"persona": person}, {"type": kind.upper(), "country": country})
