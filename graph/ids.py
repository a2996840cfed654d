"""Identifiers that cannot be guessed, and do not tell two datasets' records apart or together.

An id is HMAC-SHA256 under a key of the store (RFC 2104), over parts that are length-prefixed, so that ("ab", "c") and
("a", "bc") differ and (a, b) differs from (b, a). 128 bits are kept: enough for 2**50 records without a collision.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable


def new_key() -> str:
    """A fresh store key, 256 bits as hex. Made once per store; losing it loses nothing but the power to add."""
    return secrets.token_hex(32)


BLOCK = 64  # bytes that SHA-256 takes at once


def _framed(parts: Iterable[str]) -> bytes:
    """Parts with their lengths before them."""
    encoded = [part.encode() for part in parts]
    return b"".join([len(part).to_bytes(8, "big") + part for part in encoded])


class Ids:
    """Makes ids under one store's key."""

    def __init__(self, key: str) -> None:
        # HMAC spelt out: hashing the two padded keys once and copying them is what makes an id cheap
        block = bytes.fromhex(key)
        block = (block if len(block) <= BLOCK else hashlib.sha256(block).digest()).ljust(BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self._heads: dict[tuple[str, str], bytes] = {}

    def _hashed(self, prefix: str, message: bytes) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return prefix + outer.hexdigest()[:32]

    def _make(self, prefix: str, parts: Iterable[str]) -> str:
        return self._hashed(prefix, _framed((prefix, *parts)))

    def record(self, owner: str, dataset: str, *key: str) -> str:
        """Id of a record: (owner, dataset, ordered key values)."""
        head = self._heads.get((owner, dataset))
        if head is None:
            head = self._heads[owner, dataset] = _framed(("r", owner, dataset))
        return self._hashed("r", head + _framed(key))

    def identifier(self, kind: str, value: str) -> str:
        """Id of a shared identifier's node (a phone, an account, a document)."""
        return self._make("i", (kind, value))

    def pseudonym(self, record: str, viewer: str) -> str:
        """What ``viewer`` (an agency or team) knows a masked record by."""
        return self._make("p", (record, viewer))

    def document(self, owner: str, dataset: str, name: str) -> str:
        """What a withheld document is called outside its owner."""
        return self._make("d", (owner, dataset, name))

    def judgement(self, agency: str, left: str, right: str, at: str, verdict: str) -> str:
        """What an agency knows its judgement by: the log's own number counts everybody's."""
        return self._make("j", (agency, left, right, at, verdict))

    def question(self, agency: str, *parts: str) -> str:
        """What an agency asks others for by a record: its identity and shared identifiers."""
        return self._make("q", (agency, *parts))

    def flag(self, agency: str, *key: str) -> str:
        """Id of a flag: (reader's agency, kind, what it connects)."""
        return self._make("f", (agency, *key))

    def chart(self, agency: str, *key: str) -> str:
        """Id of a saved chart."""
        return self._make("c", (agency, *key))
