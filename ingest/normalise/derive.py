"""What one number says of another, or of its bearer: a tax number embeds the person's card, a CURP birth date and sex.

Each takes a normal form and gives derived values; the caller drops those whose property the record cannot have. Only
the numbers whose own check is not wrong are derived from. See the shared research on identity, section 2, for what was
measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib import resources

import yaml
from stdnum.cu import ni
from stdnum.exceptions import ValidationError

from ingest.normalise.result import VALID, WELLFORMED, Derived


def _birth(year: int, month: str, day: str, rule: str) -> Iterator[Derived]:
    try:
        yield Derived("birthDate", date(year, int(month), int(day)).isoformat(), rule)
    except ValueError:
        return


def cuit(value: str) -> Iterator[Derived]:
    """Argentina: prefixes 20–27 are persons', the eight digits in the middle their DNI."""
    number = value[2:10].lstrip("0")
    if value[0] == "2" and len(number) >= 7:
        yield Derived("idNumber", number, "ar.cuit>ar.dni", "ar.dni", WELLFORMED)


def ruc_ec(value: str) -> Iterator[Derived]:
    """Ecuador: a third digit below 6 is a person's, the first ten digits the cédula."""
    if value[2] < "6":
        yield Derived("idNumber", value[:10], "ec.ruc>ec.cedula", "ec.cedula", VALID)


def ruc_pe(value: str) -> Iterator[Derived]:
    """Peru: prefix 10 is a person's, the next eight digits the DNI."""
    if value.startswith("10"):
        yield Derived("idNumber", value[2:10], "pe.ruc>pe.dni", "pe.dni", WELLFORMED)


def ruc_py(value: str) -> Iterator[Derived]:
    """Paraguay: numbers below 80 000 000 are persons', their CI followed by a check digit."""
    number = value[:-1].lstrip("0")
    if number and int(number) < 80_000_000 and len(number) >= 5:
        yield Derived("idNumber", number, "py.ruc>py.ci", "py.ci", WELLFORMED)


def nit_co(value: str) -> Iterator[Derived]:
    """Colombia: numbers that do not begin with 8 or 9 and nine digits are persons', their cédula and a check digit."""
    number = value[:-1].lstrip("0")
    if number and not (len(number) == 9 and number[0] in "89"):
        yield Derived("idNumber", number, "co.nit>co.cc", "co.cc", WELLFORMED)


def rif_ve(value: str) -> Iterator[Derived]:
    """Venezuela: V and E are persons', their cédula and a check digit."""
    if value[0] in "VE":
        number = value[1:9].lstrip("0")
        if len(number) >= 5:
            yield Derived("idNumber", value[0] + number, "ve.rif>ve.cedula", "ve.cedula", WELLFORMED)


def rtn_hn(value: str) -> Iterator[Derived]:
    """Honduras: a person's RTN is the identidad and one further digit."""
    if value[4:6] in ("19", "20") and 1 <= int(value[:2]) <= 18 and 1900 <= int(value[4:8]) <= 2099:
        yield Derived("idNumber", value[:13], "hn.rtn>hn.identidad", "hn.identidad", WELLFORMED)


def nif_es(value: str) -> Iterator[Derived]:
    """Spain: a person's NIF is the DNI, a foreigner's the NIE."""
    if value[0].isdigit():
        yield Derived("idNumber", value, "es.nif>es.dni", "es.dni", VALID)
    elif value[0] in "XYZ":
        yield Derived("idNumber", value, "es.nif>es.nie", "es.nie", VALID)
    elif value[0] not in "KLM":
        yield Derived("registrationNumber", value, "es.nif>es.cif", "es.cif", VALID)


def cc_pt(value: str) -> Iterator[Derived]:
    """Portugal: the first nine digits of the cartão de cidadão are the civil number with its check digit."""
    number = value[:8].lstrip("0")
    if len(number) >= 6:
        yield Derived("idNumber", number, "pt.cc>pt.bi", "pt.bi", WELLFORMED)


@cache
def curp_states() -> dict[str, str]:
    """Two letters of a CURP → the federal state in which its bearer was born."""
    text = resources.files("ingest.normalise").joinpath("curp_states.yaml").read_text(encoding="utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


def curp(value: str) -> Iterator[Derived]:
    """Mexico: CURP holds birth date (the seventeenth character tells the century), sex and state of birth."""
    century = 1900 if value[16].isdigit() else 2000
    yield from _birth(century + int(value[4:6]), value[6:8], value[8:10], "mx.curp>birthDate")
    if value[10] in "HM":
        yield Derived("gender", "male" if value[10] == "H" else "female", "mx.curp>gender")
    if state := curp_states().get(value[11:13]):  # NE: born abroad
        yield Derived("birthCountry", "mx", "mx.curp>birthCountry")
        yield Derived("birthPlace", state, "mx.curp>birthPlace")


def rfc(value: str) -> Iterator[Derived]:
    """Mexico: a person's RFC (13 characters, 10 in old files) holds the birth date, without the century: the one that
    is not to come."""
    if len(value) in (10, 13):
        year = 2000 + int(value[4:6])
        yield from _birth(year if year < 2015 else year - 100, value[6:8], value[8:10], "mx.rfc>birthDate")


def elector(value: str) -> Iterator[Derived]:
    """Mexico: the voter's key holds birth date and sex; its bearer is an adult."""
    year = 2000 + int(value[6:8])
    yield from _birth(year if year < 2010 else year - 100, value[8:10], value[10:12], "mx.elector>birthDate")
    yield Derived("gender", "male" if value[14] == "H" else "female", "mx.elector>gender")


def cedula_ni(value: str) -> Iterator[Derived]:
    """Nicaragua: digits four to nine are the birth date, DDMMYY."""
    year = 2000 + int(value[7:9])
    yield from _birth(year if year < 2015 else year - 100, value[5:7], value[3:5], "ni.cedula>birthDate")


def ni_cu(value: str) -> Iterator[Derived]:
    """Cuba: birth date, century digit and sex, as python-stdnum reads them."""
    try:
        yield Derived("birthDate", ni.get_birth_date(value).isoformat(), "cu.ni>birthDate")
        yield Derived("gender", "male" if ni.get_gender(value) == "M" else "female", "cu.ni>gender")
    except (ValidationError, ValueError):
        return


RULES: Mapping[str, Callable[[str], Iterator[Derived]]] = {
    rule.__name__: rule
    for rule in (
        cuit, ruc_ec, ruc_pe, ruc_py, nit_co, rif_ve, rtn_hn, nif_es, cc_pt, curp, rfc, elector, cedula_ni, ni_cu,
    )
}  # fmt: skip
