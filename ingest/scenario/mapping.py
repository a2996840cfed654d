"""The mapping.yml of a package: FollowTheMoney's mapping format over its tables, with Vínculo's hints."""

from __future__ import annotations

from typing import Any

from ingest.scenario.services import Service
from ingest.scenario.stocks import load
from ingest.scenario.tables import Written

_LITERAL = {"person": ("persona", "Person"), "company": ("empresa", "Company")}
_DOC_TYPES = {
    "AR": "dni",
    "BO": "ci",
    "BR": "cpf",
    "CL": "rut",
    "CO": "cc",
    "EC": "ci",
    "ES": "dni",
    "MX": "curp",
    "PA": "cip",
    "PE": "dni",
    "PT": "cc",
    "PY": "ci",
    "UY": "ci",
}
_TAX_TYPES = {"AR": "cuit", "CO": "nit", "EC": "ruc", "MX": "rfc", "PE": "ruc", "PT": "nif", "PY": "ruc"}
_COMPANY_TYPES = {
    "AR": "cuit",
    "BO": "nit",
    "BR": "cnpj",
    "CL": "rut",
    "CO": "nit",
    "EC": "ruc",
    "ES": "cif",
    "MX": "rfc",
    "PA": "ruc",
    "PE": "ruc",
    "PT": "nipc",
    "PY": "ruc",
    "UY": "rut",
}
Entities = dict[str, dict[str, Any]]


class MappingMaker:
    """Makes the queries for one service's tables."""

    def __init__(self, service: Service, written: Written) -> None:
        self._service = service
        self._written = written
        self._queries: list[dict[str, Any]] = []

    def make(self, dataset: str) -> dict[str, Any]:
        """The whole mapping, as plain data for YAML."""
        rows = self._written.rows
        for table in (
            "people",
            "companies",
            "interests",
            "kin",
            "papers",
            "phones",
            "calls",
            "vehicles",
            "accounts",
            "payments",
            "routes",
            "seizures",
        ):
            if rows.get(table):
                getattr(self, f"_{table}")()
        return {dataset: {"queries": self._queries}}

    def _column(self, table: str, column: str, **hints: Any) -> dict[str, Any]:
        return {"column": self._service.header(table, column), **hints}

    def _date(self, table: str, column: str, time: bool = False) -> dict[str, Any]:
        form = self._service.date
        if form == "cell":
            return self._column(table, column) if not time else self._column(table, column, format="%Y-%m-%d %H:%M")
        return self._column(table, column, format=f"{form} %H:%M" if time else form)

    def _query(self, table: str, entities: Entities, filters: dict[str, Any] | None = None) -> None:
        service = self._service
        query: dict[str, Any] = {"csv_url": service.file_name(table)}
        if service.file["kind"] == "xlsx":
            query["sheet"] = service.headers["file"][table]
        else:
            query["encoding"], query["delimiter"] = service.file["encoding"], service.file["delimiter"]
        if filters:
            query["filters"] = filters
        query["entities"] = entities
        self._queries.append(query)

    def _ref(self, kind: str, table: str, column: str) -> dict[str, Any]:
        """An entity that another query describes: schema and key only."""
        literal, schema = _LITERAL[kind]
        return {"schema": schema, "key_literal": literal, "keys": [self._service.header(table, column)]}

    def _people(self) -> None:
        service, country = self._service, self._service.country
        columns = set(service.columns)
        order = "surname_first" if service.name_style in {"comma", "plain"} else "given_first"
        parts = [column for column in ("given", "given2", "sur1", "sur2", "surnames") if column in columns]
        if parts:
            name: dict[str, Any] = {
                "columns": [service.header("people", part) for part in parts],
                "join": " ",
                "name_order": order,
            }
        else:
            name = self._column("people", "name", name_order=order)
        properties: dict[str, Any] = {"name": name}
        simple = {"given": "firstName", "given2": "secondName", "sur1": "surname1", "sur2": "surname2", "surnames": "lastName", "alias": "weakAlias", "sex": "gender",
            "nation": "nationality", "email": "email", "occupation": "profession", "father": "fatherName", "mother": "motherName", "notes": "notes"}  # fmt: skip
        for column, prop in simple.items():
            if column in columns:
                properties[prop] = self._column("people", column)
        if "sex" in columns:
            properties["gender"]["map"] = {service.word("male"): "male", service.word("female"): "female"}
        if "nation" in columns:
            properties["nationality"]["map"] = {
                word: code.lower() for code, word in load("words")["nations"][service.language].items()
            }
        if "born" in columns:
            properties["birthDate"] = self._date("people", "born")
        if "doc" in columns:
            kind = _DOC_TYPES[country]
            properties["idNumber"] = self._column(
                "people", "doc", country=country, type=kind, form=f"{country.lower()}.{kind}"
            )
        if "tax" in columns:
            kind = _TAX_TYPES[country]
            properties["taxNumber"] = self._column(
                "people", "tax", country=country, type=kind, form=f"{country.lower()}.{kind}"
            )
        if "passport" in columns:
            properties["passportNumber"] = self._column("people", "passport", type="passport")
        if "phone" in columns:
            properties["phone"] = self._column("people", "phone", country=country)
        if "address" in columns:
            properties["address"] = {
                "columns": [service.header("people", part) for part in ("address", "city") if part in columns],
                "join": ", ",
            }
        person: dict[str, Any] = {
            "schema": "Person",
            "key_literal": "persona",
            "keys": [service.header("people", "id")],
            "properties": properties,
        }
        roles = {word: role for role, words in service.headers["roles"].items() for word in words}
        person["role"] = self._column("people", "role", map=roles)
        if "protected" in columns:
            person["protected"] = {"column": service.header("people", "protected"), "true": [service.word("affirm")]}
        if "src" in columns:
            scheme = (service.evaluation or {"scheme": "4x4"})["scheme"]
            person["evaluation"] = {
                "scheme": scheme,
                "source": self._column("people", "src"),
                "information": self._column("people", "info"),
            }
        if "handling" in columns:
            person["handling"] = self._column("people", "handling")
        self._query("people", {"persona": person})

    def _companies(self) -> None:
        service, country = self._service, self._service.country
        kind = _COMPANY_TYPES[country]
        properties = {
            "name": self._column("companies", "name"),
            "taxNumber": self._column("companies", "tax", country=country, type=kind, form=f"{country.lower()}.{kind}"),
            "registrationNumber": self._column("companies", "register"),
            "country": self._column("companies", "country"),
            "address": self._column("companies", "address"),
            "phone": self._column("companies", "phone", country=country),
            "sector": self._column("companies", "activity"),
            "incorporationDate": self._date("companies", "founded"),
            "notes": self._column("companies", "notes"),
        }
        self._query(
            "companies",
            {
                "empresa": {
                    "schema": "Company",
                    "key_literal": "empresa",
                    "keys": [service.header("companies", "id")],
                    "properties": properties,
                }
            },
        )

    def _interests(self) -> None:
        service = self._service
        key = [service.header("interests", column) for column in ("company", "kind", "holder", "quality")]
        owner = service.word("owner")
        for quality in ("owner", "director"):
            for kind in sorted(self._written.holder_kinds.get(f"interests {quality}", ())):
                holder = self._ref(kind, "interests", "holder")
                common = {"role": self._column("interests", "quality"), "startDate": self._date("interests", "since")}
                if quality == "owner":
                    link = {"schema": "Ownership", "key_literal": "participacion", "keys": key,
                        "properties": {"owner": {"entity": "titular"}, "asset": {"entity": "empresa"}, "percentage": self._column("interests", "percent"), **common}}  # fmt: skip
                    wanted: Any = owner
                else:
                    link = {"schema": "Directorship", "key_literal": "cargo", "keys": key,
                        "properties": {"director": {"entity": "titular"}, "organization": {"entity": "empresa"}, **common}}  # fmt: skip
                    wanted = list(service.word("director"))
                filters = {
                    service.header("interests", "kind"): service.word(kind),
                    service.header("interests", "quality"): wanted,
                }
                self._query(
                    "interests",
                    {"empresa": self._ref("company", "interests", "company"), "titular": holder, "vinculo": link},
                    filters,
                )

    def _kin(self) -> None:
        service = self._service
        ends = {"family": ("Family", "person", "relative"), "associate": ("Associate", "person", "associate")}
        for kind in sorted(self._written.holder_kinds.get("kin", ())):
            schema, source, target = ends[kind]
            link = {"schema": schema, "key_literal": "vinculo", "keys": [service.header("kin", column) for column in ("person", "relative", "relation")],
                "properties": {source: {"entity": "persona"}, target: {"entity": "vinculado"}, "relationship": self._column("kin", "relation")}}  # fmt: skip
            entities = {
                "persona": self._ref("person", "kin", "person"),
                "vinculado": self._ref("person", "kin", "relative"),
                "vinculo": link,
            }
            self._query("kin", entities, {service.header("kin", "kind"): service.word(kind)})

    def _papers(self) -> None:
        service = self._service
        for country, kind in sorted(self._written.paper_types):
            prop = "passportNumber" if kind == "passport" else "idNumber"
            person = self._ref("person", "papers", "person")
            person["properties"] = {
                prop: self._column("papers", "number", country=country, type=kind, form=f"{country.lower()}.{kind}")
            }
            self._query(
                "papers",
                {"persona": person},
                {service.header("papers", "type"): kind.upper(), service.header("papers", "country"): country},
            )

    def _phones(self) -> None:
        service = self._service
        number = self._column("phones", "number", country=service.country)
        phone = {"schema": "PhoneNumber", "key_literal": "telefono", "keys": [service.header("phones", "number")],
            "properties": {"number": number, "provider": self._column("phones", "operator"), "user": {"entity": "persona"}}}  # fmt: skip
        person = {**self._ref("person", "phones", "holder"), "properties": {"phone": dict(number)}}
        device = {"schema": "Device", "key_literal": "equipo", "keys": [service.header("phones", "imei")],
            "properties": {"imei": self._column("phones", "imei"), "user": {"entity": "persona"}}}  # fmt: skip
        self._query("phones", {"persona": person, "telefono": phone, "equipo": device})

    def _calls(self) -> None:
        service = self._service
        entities: Entities = {}
        for alias, column in (("origen", "caller"), ("destino", "called")):
            entities[alias] = {"schema": "PhoneNumber", "key_literal": "telefono", "keys": [service.header("calls", column)],
                "properties": {"number": self._column("calls", column, country=service.country)}}  # fmt: skip
        entities["llamada"] = {"schema": "Called", "key_literal": "llamada", "keys": [service.header("calls", column) for column in ("caller", "called", "start")],
            "properties": {"caller": {"entity": "origen"}, "called": {"entity": "destino"}, "startDate": self._date("calls", "start", time=True),
                "duration": self._column("calls", "seconds"), "cell": self._column("calls", "cell")}}  # fmt: skip
        self._query("calls", entities)

    def _vehicles(self) -> None:
        service = self._service
        vehicle = {"schema": "Vehicle", "key_literal": "vehiculo", "keys": [service.header("vehicles", "country"), service.header("vehicles", "plate")],
            "properties": {"registrationNumber": self._column("vehicles", "plate"), "country": self._column("vehicles", "country"), "make": self._column("vehicles", "make"),
                "model": self._column("vehicles", "model"), "colour": self._column("vehicles", "colour"), "buildDate": self._column("vehicles", "year"),
                "owner": {"entity": "titular"}}}  # fmt: skip
        self._query("vehicles", {"titular": self._ref("person", "vehicles", "owner"), "vehiculo": vehicle})

    def _account_hint(self, table: str, column: str) -> tuple[str, dict[str, Any]]:
        """(property, column) for account numbers of the service's country."""
        country = self._service.country
        if country in {"ES", "PT"}:
            return "iban", self._column(table, column, form="iban")
        kind = {"AR": "cbu", "MX": "clabe"}.get(country)
        return (
            (kind, self._column(table, column, form=f"{country.lower()}.{kind}"))
            if kind
            else ("accountNumber", self._column(table, column))
        )

    def _accounts(self) -> None:
        service = self._service
        prop, number = self._account_hint("accounts", "account")
        for kind in sorted(self._written.holder_kinds.get("accounts", ())):
            account = {"schema": "BankAccount", "key_literal": "cuenta", "keys": [service.header("accounts", "account")],
                "properties": {prop: number, "bankName": self._column("accounts", "bank"), "currency": self._column("accounts", "currency"),
                    "openingDate": self._date("accounts", "opened")}}  # fmt: skip
            if prop != "accountNumber":
                account["properties"]["accountNumber"] = dict(number)
            link = {"schema": "Ownership", "key_literal": "titularidad", "keys": [service.header("accounts", column) for column in ("account", "kind", "holder")],
                "properties": {"owner": {"entity": "titular"}, "asset": {"entity": "cuenta"}}}  # fmt: skip
            self._query("accounts", {"titular": self._ref(kind, "accounts", "holder"), "cuenta": account, "titularidad": link},
                {service.header("accounts", "kind"): service.word(kind)})  # fmt: skip

    def _payments(self) -> None:
        service = self._service
        for payer, payee in sorted(self._written.party_kinds):
            entities: Entities = {"ordenante": self._ref(payer, "payments", "payer")}
            if payee == "outside":
                entities["beneficiario"] = {"schema": "LegalEntity", "key_literal": "titular", "keys": [service.header("payments", "to")],
                    "properties": {"name": self._column("payments", "payee_name")}}  # fmt: skip
            else:
                entities["beneficiario"] = self._ref(payee, "payments", "payee")
            for alias, column in (("origen", "from"), ("destino", "to")):
                entities[alias] = {"schema": "BankAccount", "key_literal": "cuenta", "keys": [service.header("payments", column)],
                    "properties": {"accountNumber": self._column("payments", column)}}  # fmt: skip
            entities["pago"] = {"schema": "Payment", "key_literal": "pago", "keys": [service.header("payments", "op")],
                "properties": {"payer": {"entity": "ordenante"}, "beneficiary": {"entity": "beneficiario"}, "payerAccount": {"entity": "origen"},
                    "beneficiaryAccount": {"entity": "destino"}, "amount": self._column("payments", "amount"), "currency": self._column("payments", "currency"),
                    "date": self._date("payments", "date"), "purpose": self._column("payments", "concept")}}  # fmt: skip
            self._query(
                "payments",
                entities,
                {
                    service.header("payments", "fkind"): service.word(payer),
                    service.header("payments", "tkind"): service.word(payee),
                },
            )

    def _routes(self) -> None:
        service = self._service
        column = self._column
        route = {"schema": "Route", "key_literal": "ruta", "keys": [service.header("routes", "route")],
            "properties": {"name": column("routes", "route"), "cargo": column("routes", "cargo")}}  # fmt: skip
        leg = {"schema": "RouteLeg", "key_literal": "tramo", "keys": [service.header("routes", "route"), service.header("routes", "leg")],
            "properties": {"route": {"entity": "ruta"}, "order": column("routes", "leg"), "place": column("routes", "place"), "placeCode": column("routes", "code"),
                "toPlace": column("routes", "to"), "toPlaceCode": column("routes", "to_code"), "mode": column("routes", "mode"), "carrier": column("routes", "carrier"),
                "carrierNumber": column("routes", "number"), "cargo": column("routes", "cargo"), "containerNumber": column("routes", "container"),
                "departure": self._date("routes", "departure", time=True), "arrival": self._date("routes", "arrival", time=True),
                "description": column("routes", "comment")}}  # fmt: skip
        box = {
            "schema": "Container",
            "key_literal": "contenedor",
            "keys": [service.header("routes", "container")],
            "properties": {"number": column("routes", "container")},
        }
        self._query("routes", {"ruta": route, "tramo": leg, "contenedor": box})

    def _seizures(self) -> None:
        service = self._service
        column = self._column
        seizure = {"schema": "Seizure", "key_literal": "acta", "keys": [service.header("seizures", "id")],
            "properties": {"name": {"columns": [service.header("seizures", "id"), service.header("seizures", "what")], "join": " · "}, "what": column("seizures", "what"),
                "kind": column("seizures", "kind"), "quantity": column("seizures", "quantity"), "unit": column("seizures", "unit"), "measure": column("seizures", "measure"),
                "place": column("seizures", "place"), "placeCode": column("seizures", "code"), "seizureDate": self._date("seizures", "date")}}  # fmt: skip
        box = {
            "schema": "Container",
            "key_literal": "contenedor",
            "keys": [service.header("seizures", "container")],
            "properties": {"number": column("seizures", "container")},
        }
        self._query("seizures", {"acta": seizure, "contenedor": box})
