"""Check digits and number rules of the scenario's countries.

The rules are those of python-stdnum's modules (named beside each) and, for UY and PY, the published ones; tests hold
them against python-stdnum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache


@cache
def _step(size: int) -> int:
    """A step near the golden section of ``size`` that shares no factor with it, so that it visits every number once."""
    step = int(size * 0.6180339887) | 1
    while math.gcd(step, size) != 1:
        step += 2
    return step


def spread(n: int, start: int, size: int, salt: int = 0) -> int:
    """The ``n``-th number of ``start`` … ``start + size - 1`` in a scattered order without repeats (n < size)."""
    return start + (n * _step(size) + salt) % size


def _mod11(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False)) % 11


def cuit(prefix: str, dni: str) -> str:
    """AR CUIT/CUIL of an 8-digit number (stdnum ar.cuit); prefix 23 replaces one whose check would be 10."""
    for chosen in (prefix, "23", "24"):
        check = (11 - _mod11(chosen + dni, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))) % 11
        if check < 10:
            return f"{chosen}{dni}{check}"
    return f"20{dni}9"


def cpf(base: str) -> str:
    """BR CPF of nine digits (stdnum br.cpf)."""
    for _ in range(2):
        total = sum((len(base) + 1 - i) * int(digit) for i, digit in enumerate(base))
        base += str((11 - total % 11) % 11 % 10)
    return base


def cnpj(base: str) -> str:
    """BR CNPJ of twelve characters, letters allowed since July 2026 (stdnum br.cnpj)."""
    values = [ord(character) - 48 for character in base]
    for _ in range(2):
        weights = [((len(values) - 1 - i) % 8) + 2 for i in range(len(values))]
        rest = sum(a * b for a, b in zip(values, weights, strict=True)) % 11
        values.append(0 if rest < 2 else 11 - rest)
    return base + "".join(map(str, values[-2:]))


def rut(number: int) -> str:
    """CL RUN/RUT with its check character (stdnum cl.rut)."""
    rest = sum(int(digit) * (i % 6 + 2) for i, digit in enumerate(reversed(str(number)))) % 11
    return f"{number}{'0K987654321'[rest]}"


def nit(number: str) -> str:
    """CO NIT with its check digit (stdnum co.nit)."""
    weights = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)
    return number + "01987654321"[_mod11(number[::-1], weights)]


def dni_es(number: int) -> str:
    """ES DNI with its letter (stdnum es.dni)."""
    return f"{number:08d}{'TRWAGMYFPDXBNJZSQVHLCKE'[number % 23]}"


def nie(number: int) -> str:
    """ES NIE of the Z series (stdnum es.nie)."""
    return f"Z{number:07d}{'TRWAGMYFPDXBNJZSQVHLCKE'[(20_000_000 + number) % 23]}"


def ruc_pe(base: str) -> str:
    """PE RUC of ten digits (stdnum pe.ruc)."""
    return base + str((11 - _mod11(base, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2))) % 10)


def nif_pt(base: str) -> str:
    """PT NIF of eight digits (stdnum pt.nif)."""
    return base + str((11 - _mod11(base, range(9, 1, -1))) % 11 % 10)


def cc_pt(number: int) -> str:
    """PT citizen card: civil number of eight digits with its check digit, version ZZ and check digit (stdnum pt.cc)."""
    civil = f"{number:08d}"
    rest = sum(int(digit) * weight for digit, weight in zip(civil, range(9, 1, -1), strict=True)) % 11
    text = f"{civil}{0 if rest < 2 else 11 - rest}ZZ"
    total = 0
    for index, character in enumerate(reversed(text)):
        value = int(character, 36) * (2 if index % 2 == 0 else 1)
        total += value - 9 if value > 9 and index % 2 == 0 else value
    return text + str((10 - total % 10) % 10)


def ci_ec(base: str) -> str:
    """EC cédula of nine digits (stdnum ec.ci)."""
    total = 0
    for index, digit in enumerate(base):
        value = int(digit) * (2 - index % 2)
        total += value - 9 if value > 9 else value
    return base + str((10 - total % 10) % 10)


def ci_uy(number: int) -> str:
    """UY cédula of seven digits (published weights 2 9 8 7 6 3 4)."""
    digits = f"{number:07d}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, (2, 9, 8, 7, 6, 3, 4), strict=True))
    return digits + str((10 - total % 10) % 10)


def ruc_py(number: str) -> str:
    """PY RUC: number, dash, check digit (stdnum py.ruc)."""
    total = sum(int(digit) * weight for weight, digit in enumerate(reversed(number), 2))
    return f"{number}-{(-total % 11) % 10}"


def cif_es(text: str) -> str:
    """ES CIF of a letter and seven digits, with a digit as control (stdnum es.cif)."""
    total = 0
    for index, digit in enumerate(text[1:]):
        value = int(digit) * (2 - index % 2)
        total += value - 9 if value > 9 else value
    return text + str((10 - total % 10) % 10)


def ruc_ec(base: str) -> str:
    """EC RUC of a company: nine digits, the third being 9, with check digit and establishment (stdnum ec.ruc)."""
    rest = _mod11(base, (4, 3, 2, 7, 6, 5, 4, 3, 2))
    if rest == 1:  # the check would be 10: the register skips such numbers
        return ruc_ec(base[:-1] + str((int(base[-1]) + 1) % 10))
    return f"{base}{(11 - rest) % 11}001"


def rut_uy(base: str) -> str:
    """UY RUT of eleven digits (stdnum uy.rut)."""
    rest = _mod11(base, (4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
    if rest == 1:  # likewise skipped
        return rut_uy(f"{base[:7]}{(int(base[7]) + 1) % 10}{base[8:]}")
    return base + str((11 - rest) % 11)


def iban(country: str, bban: str) -> str:
    """IBAN with its two check digits (ISO 13616, stdnum iban)."""
    digits = "".join(str(int(character, 36)) for character in f"{bban}{country}00")
    return f"{country}{98 - int(digits) % 97:02d}{bban}"


def ccc_es(bank: str, account: str) -> str:
    """ES account of bank and branch (8) and account (10) with its two control digits (stdnum es.ccc)."""

    def control(digits: str) -> str:
        rest = 11 - sum(int(digit) * 2**index for index, digit in enumerate(digits)) % 11
        return str({10: 1, 11: 0}.get(rest, rest))

    return bank + control("00" + bank) + control(account) + account


def nib_pt(base: str) -> str:
    """PT account of 19 digits with its two check digits (ISO 7064 mod 97-10)."""
    return f"{base}{98 - int(base) * 100 % 97:02d}"


def cbu(bank: str, account: str) -> str:
    """AR CBU: bank and branch (7) and account (13), each block with its check digit (stdnum ar.cbu)."""

    def check(digits: str) -> str:
        weights = (3, 1, 7, 9)
        total = sum(int(digit) * weights[index % 4] for index, digit in enumerate(reversed(digits)))
        return str(-total % 10)

    return bank + check(bank) + account + check(account)


def clabe(base: str) -> str:
    """MX CLABE of 17 digits with its check digit (weights 3 7 1)."""
    total = sum(int(digit) * (3, 7, 1)[index % 3] % 10 for index, digit in enumerate(base))
    return base + str(-total % 10)


# ISO 6346: digits stand for themselves, letters from 10 on, leaving out the multiples of 11.
_ISO6346 = {str(digit): digit for digit in range(10)} | dict(
    zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (value for value in range(10, 39) if value % 11), strict=True)
)


def container(owner: str, serial: int) -> str:
    """Container number of an owner code of four letters and six digits (ISO 6346, stdnum iso6346)."""
    text = f"{owner}{serial:06d}"
    total = sum(_ISO6346[c] * 2**index for index, c in enumerate(text))
    return text + str(total % 11 % 10)


def imei(base: str) -> str:
    """IMEI of 14 digits with its Luhn digit (stdnum imei)."""
    total = 0
    for index, digit in enumerate(base):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return base + str((10 - total % 10) % 10)
