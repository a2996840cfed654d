"""Identity numbers of people and companies, one maker per country.

Numbers are drawn from ranges that the registers have not reached, wherever the form leaves such a range
(docs/scenario.md lists them), and are spread so that no two people have the same one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ingest.scenario import checks, mexico
from ingest.scenario.checks import spread
from ingest.scenario.hardness import fold

if TYPE_CHECKING:
    from ingest.scenario.organisations import Company
    from ingest.scenario.people import Person


class Number(NamedTuple):
    """An identity number: ``text`` in its plain form, country and type as the mapping's hints name them.

    ``stem`` is what numbers derived from one another share (the DNI inside a CUIT): equal stems are one number.
    """

    country: str
    type: str
    text: str
    stem: str


def identity(person: Person, country: str) -> Number:
    """The number that ``country`` gives ``person``: a citizen's, or a resident foreigner's own one."""
    n = person.n
    native = person.country == country
    match country:
        case "AR":
            text = str(spread(n, 70_000_000, 15_999_989) if native else spread(n, 86_000_000, 3_999_971))
            kind = "dni"
        case "BO":
            text, kind = str(spread(n, 50_000_000, 19_999_999) if native else spread(n, 80_000_000, 9_999_991)), "ci"
        case "BR":
            text, kind = checks.cpf(f"{spread(n, 0, 999_999_937):09d}"), "cpf"
        case "CL":
            text, kind = checks.rut(spread(n, 40_000_000, 9_999_991)), "rut"
        case "CO":
            text, kind = str(spread(n, 1_900_000_000, 99_999_989)), "cc"
        case "EC":
            i = spread(n, 0, 23_999_989)
            text, kind = checks.ci_ec(f"{i // 1_000_000 + 1:02d}5{i % 1_000_000:06d}"), "ci"
        case "ES":
            text, kind = (
                (checks.dni_es(spread(n, 90_000_000, 9_999_991)), "dni")
                if native
                else (checks.nie(spread(n, 0, 9_999_991)), "nie")
            )
        case "MX":
            text, kind = mexico.curp(n, person.given, person.pat, person.mat, person.born, person.male), "curp"
        case "PA":
            i, kind = spread(n, 0, 8_099_999), "cedula"
            book = f"{5000 + i // 9 % 4999}-{i // 44_991 + 1}"
            text = f"{i % 9 + 1}-{book}" if native else f"E-{i % 9 + 1}-{100_000 + i // 9}"
        case "PE":
            text, kind = str(spread(n, 90_000_000, 9_999_991)), "dni"
        case "PT":
            text, kind = checks.cc_pt(spread(n, 60_000_000, 39_999_983)), "cc"
        case "PY":
            text, kind = str(spread(n, 10_000_000, 19_999_999)), "ci"
        case "UY":
            text, kind = checks.ci_uy(spread(n, 7_000_000, 2_999_999)), "ci"
        case _:
            raise ValueError(f"no identity number for {country}")
    return Number(country, kind, text, f"{country}:{text}")


def tax(person: Person, country: str) -> Number | None:
    """The person's tax number, where ``country`` has one of its own; it shares the identity number's stem."""
    main = identity(person, country)
    match country:
        case "AR":
            return Number(country, "cuit", checks.cuit("20" if person.male else "27", main.text), main.stem)
        case "CO":
            return Number(country, "nit", checks.nit(main.text), main.stem)
        case "EC":
            return Number(country, "ruc", main.text + "001", main.stem)
        case "MX":
            text = mexico.rfc(main.text[:10] + mexico.homoclave(person.n))
            return Number(country, "rfc", text, f"MX:{text}")
        case "PE":
            return Number(country, "ruc", checks.ruc_pe("10" + main.text), main.stem)
        case "PT":
            text = checks.nif_pt(f"3{spread(person.n, 0, 9_999_991):07d}")
            return Number(country, "nif", text, f"PT:{text}")
        case "PY":
            return Number(country, "ruc", checks.ruc_py(main.text), main.stem)
        case _:
            return None


def passport(person: Person) -> Number:
    """The passport of the person's own country (form only: two letters and seven digits)."""
    text = f"{person.country[0]}Z{spread(person.n, 0, 9_999_991, 17):07d}"
    return Number(person.country, "passport", text, f"{person.country}:P{text}")


def company_number(company: Company) -> Number:
    """The tax or register number of a company in its own country."""
    n, country = company.n, company.country
    match country:
        case "AR":
            text, kind = checks.cuit("30", f"{spread(n, 79_000_000, 999_983):08d}"), "cuit"
        case "BO":
            text, kind = str(spread(n, 9_000_000_000, 99_999_989)), "nit"
        case "BR":
            i = spread(n, 0, 99_999_989)
            root = f"{i:08d}" if n % 9 else f"{i % 100:02d}VN{i // 100 % 10_000:04d}"
            text, kind = checks.cnpj(root + "0001"), "cnpj"
        case "CL":
            text, kind = checks.rut(spread(n, 98_000_000, 1_999_993)), "rut"
        case "CO":
            text, kind = checks.nit(str(spread(n, 980_000_000, 19_999_999))), "nit"
        case "EC":
            text, kind = checks.ruc_ec(f"{n % 24 + 1:02d}9{spread(n, 0, 999_983):06d}"), "ruc"
        case "ES":
            text, kind = checks.cif_es(f"B{spread(n, 0, 9_999_991):07d}"), "cif"
        case "MX":
            year, month, day = company.founded
            head = "".join(c for c in fold(company.stem).upper() if "A" <= c <= "Z")[:3].ljust(3, "X")
            text = mexico.rfc(f"{head}{year % 100:02d}{month:02d}{day:02d}{mexico.homoclave(n)}")
            kind = "rfc"
        case "PA":
            text, kind = f"155{spread(n, 100_000, 899_981)}-2-{company.founded[0]}", "ruc"
        case "PE":
            text, kind = checks.ruc_pe(f"209{spread(n, 0, 9_999_991):07d}"), "ruc"
        case "PT":
            text, kind = checks.nif_pt(f"59{spread(n, 0, 999_983):06d}"), "nipc"
        case "PY":
            text, kind = checks.ruc_py(f"89{spread(n, 0, 999_983):06d}"), "ruc"
        case "UY":
            text, kind = checks.rut_uy(f"21{spread(n, 100_000, 899_981)}001"), "rut"
        case _:
            raise ValueError(f"no company number for {country}")
    return Number(country, kind, text, f"{country}:{text}")


def written(number: Number, dotted: bool) -> str:
    """``number`` as a clerk writes it: with its country's separators, or plain."""
    text = number.text
    match number.country, number.type:
        case (("AR" | "PY" | "CO" | "UY"), ("dni" | "ci" | "cc")):
            body, tail = (text[:-1], "-" + text[-1]) if number.country == "UY" else (text, "")
            return f"{int(body):,}".replace(",", ".") + tail if dotted else body + tail
        case "AR", "cuit":
            return f"{text[:2]}-{text[2:10]}-{text[10]}" if dotted else text
        case "BR", "cpf":
            return f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}" if dotted else text
        case "BR", "cnpj":
            return f"{text[:2]}.{text[2:5]}.{text[5:8]}/{text[8:12]}-{text[12:]}" if dotted else text
        case "CL", "rut":
            return f"{int(text[:-1]):,}".replace(",", ".") + "-" + text[-1] if dotted else f"{text[:-1]}-{text[-1]}"
        case "CO", "nit":
            return f"{int(text[:-1]):,}".replace(",", ".") + "-" + text[-1] if dotted else f"{text[:-1]}-{text[-1]}"
        case "PT", "cc":
            return f"{text[:8]} {text[8]} {text[9:]}" if dotted else text
        case "BO", "ci":
            return f"{text} SC" if dotted else text
        case _:
            return text
