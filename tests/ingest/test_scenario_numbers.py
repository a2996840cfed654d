"""Numbers of the scenario: check digits by python-stdnum, phones by phonenumbers; and its files by our own readers."""

from __future__ import annotations

import random
import re
from importlib import import_module

import phonenumbers
import pytest
import stdnum.exceptions

from ingest.scenario import checks, documents, generate, hardness, identifiers
from ingest.scenario.families import PeopleMaker
from ingest.scenario.organisations import CompanyMaker
from ingest.scenario.rates import rates

COUNTRIES = ["AR", "BO", "BR", "CL", "CO", "EC", "ES", "MX", "PA", "PE", "PT", "PY", "UY"]
# Countries whose identity card has a check digit that python-stdnum knows.
IDENTITY = {"BR": "br.cpf", "CL": "cl.rut", "EC": "ec.ci", "MX": "mx.curp", "PT": "pt.cc"}
TAX = {"AR": "ar.cuit", "CO": "co.nit", "EC": "ec.ruc", "MX": "mx.rfc", "PE": "pe.ruc", "PT": "pt.nif", "PY": "py.ruc"}
COMPANY = {"AR": "ar.cuit", "BR": "br.cnpj", "CL": "cl.rut", "CO": "co.nit", "EC": "ec.ruc", "ES": "es.cif",
           "MX": "mx.rfc", "PE": "pe.ruc", "PT": "pt.nif", "PY": "py.ruc", "UY": "uy.rut"}  # fmt: skip
PLAIN = {"AR": r"\d{8}", "BO": r"\d{8}", "CO": r"\d{10}", "PE": r"\d{8}", "PY": r"\d{8}", "UY": r"\d{8}",
         "PA": r"(\d|E-\d)-\d{4,6}(-\d{1,4})?"}  # fmt: skip


def people(country: str, count: int = 120):
    maker = PeopleMaker(random.Random(4), rates("test"), "test")
    return [maker.person(n, country) for n in range(1, count + 1)]


def validate(module: str, text: str) -> None:
    loaded = import_module(f"stdnum.{module}")
    options = {"validate_check_digits": True} if module == "mx.rfc" else {}
    try:
        loaded.validate(text, **options)
    except stdnum.exceptions.ValidationError as error:
        pytest.fail(f"{module} refuses {text}: {error!r}")


@pytest.mark.parametrize("country", COUNTRIES)
def test_check_digits_of_people_are_right(country):
    for person in people(country):
        number = documents.identity(person, country)
        if country == "ES":
            validate("es.dni", number.text)
        elif country in IDENTITY:
            validate(IDENTITY[country], number.text)
        else:
            assert re.fullmatch(PLAIN[country], number.text), number.text
        if country in TAX:
            tax = documents.tax(person, country)
            validate(TAX[country], tax.text)
            if country in {"AR", "PE"}:
                assert number.text in tax.text
            if country in {"CO", "EC", "PY"}:
                assert tax.text.startswith(number.text)


def test_foreigners_have_numbers_of_their_own():
    for person in people("CO"):
        validate("es.nie", documents.identity(person, "ES").text)
        assert documents.identity(person, "AR").text.startswith(("86", "87", "88", "89"))
        assert documents.identity(person, "PA").text.startswith("E-")


def test_uruguay_s_rule_is_the_published_one():
    assert checks.ci_uy(1234567) == "12345672"


@pytest.mark.parametrize("country", COUNTRIES)
def test_check_digits_of_companies_are_right(country):
    maker = CompanyMaker(random.Random(4), "test")
    numbers = [documents.company_number(maker.company(n, country)) for n in range(1, 400)]
    assert len({number.text for number in numbers}) == len(numbers)
    for number in numbers[:150]:
        if country in COMPANY:
            validate(COMPANY[country], number.text)
    if country == "BR":
        assert any(re.search("[A-Z]", number.text) for number in numbers)


@pytest.mark.parametrize("country", COUNTRIES)
def test_identity_numbers_are_unique(country):
    numbers = {documents.identity(person, country).text for person in people(country, 2000)}
    assert len(numbers) == 2000


@pytest.mark.parametrize("country", COUNTRIES)
def test_phones_parse_as_they_are_written(country):
    serials = [*range(1, 200), 400_000, 899_980]
    numbers = [identifiers.phone(country, serial) for serial in serials]
    assert len(set(numbers)) == len(numbers)
    for number in numbers:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number))
        for at in COUNTRIES:
            read = phonenumbers.parse(identifiers.dialled(number, at), at)
            assert phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164) == number


def test_accounts_containers_and_devices_have_right_check_digits():
    for serial in range(1, 200):
        validate("iban", identifiers.account("ES", serial))
        validate("iban", identifiers.account("PT", serial))
        validate("ar.cbu", identifiers.account("AR", serial))
        validate("iso6346", identifiers.container(serial))
        validate("imei", identifiers.imei(serial))
    for country in COUNTRIES:
        plates = {identifiers.plate(country, serial) for serial in range(1, 20_000)}
        assert len(plates) == 19_999


def test_spread_visits_every_number_once():
    assert sorted(checks.spread(n, 50, 97) for n in range(97)) == list(range(50, 147))


def test_errors_change_what_they_touch():
    rng = random.Random(1)
    for born in [(1980, 1, 1), (1975, 12, 28), (1990, 5, 5), (1988, 3, 14)]:
        assert all(hardness.wrong_date(born, rng) != born for _ in range(300))
    for text in ("70.123.456", "11111111", "E-8-1234", "20-70123456-9"):
        assert all(hardness.misdigit(text, rng) != text for _ in range(200))
    slipped = [hardness.slip("Hernández", rng, 0.2) for _ in range(200)]
    assert sum(word != "Hernández" for word in slipped) > 190


def test_our_readers_refuse_nothing_but_placeholders(tmp_path):
    """Delivered to a real store, only what the scenario blanks out or withdraws is rejected."""
    from graph.federation import load
    from graph.store import open_store
    from ingest.load import deliver

    summary = generate(tmp_path / "s", size=400, seed=9)
    store = open_store(f"sqlite:///{tmp_path / 'v.db'}")
    agencies, actors, teams = load(summary.federation)
    store.save_federation(agencies, actors, teams)
    stewards = {actor.agency: actor for actor in actors if "steward" in actor.roles}
    read = 0
    for folder in summary.packages:
        owner = re.search(r"^owner: (\S+)$", (folder / "case.yaml").read_text(encoding="utf-8"), re.MULTILINE)[1]
        report = deliver(store, folder, stewards[owner])
        assert report.rows_rejected + report.rows_accepted == report.rows_read
        read += report.rows_read
    assert read == sum(summary.rows.values())
    rejects = [reject for dataset in store.datasets() for reject in store.rejects(dataset.number)]
    withdrawal = {"ingest.reject.withdrawn", "ingest.reject.dangling"}  # the withdrawn record, and what hangs on it
    assert {r.reason for r in rejects if r.whole} <= withdrawal
    values = {r.value for r in rejects if r.reason not in withdrawal}
    assert values <= {"S/D", "NO APORTA", "S/I", "IGNORADO", "00/00/0000"}
    assert sum(r.reason == "ingest.reject.withdrawn" for r in rejects) >= 1
