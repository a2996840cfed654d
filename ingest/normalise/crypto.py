"""Checksums of wallet addresses: Base58Check, Bech32 and Bech32m (BIP 173, BIP 350), and EIP-55 (Ethereum)."""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import yaml

from ingest.normalise.result import UNKNOWN, VALID, WELLFORMED, WRONG, Normal

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


@cache
def chains() -> dict[str, dict[str, Any]]:
    """Form → how its addresses are made (``crypto.yaml``)."""
    text = resources.files("ingest.normalise").joinpath("crypto.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return found


def base58check(text: str) -> bytes | None:
    """Version and payload of an address whose checksum (double SHA-256) is right; None else."""
    number = 0
    for letter in text:
        at = _BASE58.find(letter)
        if at < 0:
            return None
        number = number * 58 + at
    zeros = len(text) - len(text.lstrip("1"))
    raw = bytes(zeros) + (number.to_bytes((number.bit_length() + 7) // 8, "big") if number else b"")
    if len(raw) < 5:
        return None
    body, check = raw[:-4], raw[-4:]
    right = hashlib.sha256(hashlib.sha256(body).digest()).digest()[:4] == check
    return body if right else None


def bech32_right(text: str, prefix: str) -> bool:
    """Whether a lower-case address under ``prefix`` has a right checksum for its witness version."""
    data = [_BECH32.find(c) for c in text[len(prefix) + 1 :]]
    if len(data) < 8 or min(data) < 0 or len(text) > 90:
        return False
    residue = 1
    for value in [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix), *data]:
        top = residue >> 25
        residue = (residue & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            residue ^= generator if top >> i & 1 else 0
    return residue == (1 if data[0] == 0 else 0x2BC830A3)


_ROUNDS: list[int] = []


def _rounds() -> list[int]:
    """Round constants of Keccak-f[1600], from its linear feedback shift register (FIPS 202, 3.2.5)."""
    if not _ROUNDS:
        state = 1
        for _ in range(24):
            constant = 0
            for j in range(7):
                if state & 1:
                    constant ^= 1 << ((1 << j) - 1)
                state = state << 1 ^ (0x171 if state & 0x80 else 0)
            _ROUNDS.append(constant)
    return _ROUNDS


def _turn(lane: int, by: int) -> int:
    by %= 64
    return (lane << by | lane >> (64 - by)) & 0xFFFFFFFFFFFFFFFF


def keccak256(data: bytes) -> bytes:
    """Keccak-256 with the padding of before FIPS 202, which Ethereum uses and hashlib lacks."""
    padded = bytearray(data + b"\x01" + bytes(-(len(data) + 1) % 136))
    padded[-1] |= 0x80
    lanes = [[0] * 5 for _ in range(5)]
    for block in range(0, len(padded), 136):
        for i in range(17):
            lanes[i % 5][i // 5] ^= int.from_bytes(padded[block + 8 * i : block + 8 * i + 8], "little")
        for constant in _rounds():
            columns = [lanes[x][0] ^ lanes[x][1] ^ lanes[x][2] ^ lanes[x][3] ^ lanes[x][4] for x in range(5)]
            for x in range(5):
                mixed = columns[x - 1] ^ _turn(columns[(x + 1) % 5], 1)
                lanes[x] = [lane ^ mixed for lane in lanes[x]]
            x, y, current = 1, 0, lanes[1][0]
            for step in range(24):
                x, y = y, (2 * x + 3 * y) % 5
                current, lanes[x][y] = lanes[x][y], _turn(current, (step + 1) * (step + 2) // 2)
            for y in range(5):
                row = [lanes[x][y] for x in range(5)]
                for x in range(5):
                    lanes[x][y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5])
            lanes[0][0] ^= constant
    return b"".join(lanes[i % 5][i // 5].to_bytes(8, "little") for i in range(4))


def eip55(digits: str) -> str:
    """Forty hexadecimal digits with the capitals that are their checksum."""
    marks = keccak256(digits.lower().encode()).hex()
    return "".join(c.upper() if int(m, 16) > 7 else c for c, m in zip(digits.lower(), marks, strict=False))


@lru_cache(maxsize=10_000)
def wallet(value: str) -> Normal:
    """An address with its chain and the state of its checksum. One that looks like Bitcoin's or Ethereum's and fails
    is ``wrong``; of other chains only a right checksum tells that it is one of theirs."""
    if re.fullmatch(r"0[xX][0-9a-fA-F]{40}", value):
        digits = value[2:]
        plain = digits in (digits.lower(), digits.upper())
        check = WELLFORMED if plain else VALID if eip55(digits) == digits else WRONG
        return Normal(f"0x{digits}", "eth", check)
    for form, chain in chains().items():
        prefix = chain.get("bech32", "")
        if prefix and value.lower().startswith(f"{prefix}1") and value in (value.lower(), value.upper()):
            right = bech32_right(value.lower(), prefix)
            return Normal(value.lower(), form, VALID if right else WRONG)
    if 25 <= len(value) <= 36 and (body := base58check(value)) is not None:
        for form, chain in chains().items():
            for version, firsts in chain.get("versions", {}).items():
                if body.hex().startswith(version) and value.startswith(tuple(firsts)):
                    if len(body) == 20 + len(version) // 2:
                        return Normal(value, form, VALID)
    mixed = value != value.upper() and value != value.lower()
    if 26 <= len(value) <= 35 and value[0] in "13" and mixed and set(value) <= set(_BASE58):
        return Normal(value, "btc", WRONG)
    return Normal(value, "", UNKNOWN)
