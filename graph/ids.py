"""Identifiers that cannot be guessed, and do not tell two datasets' records apart or together.

An id is HMAC-SHA256 under a key of the store (RFC 2104), over parts that are length-prefixed, so that ("ab", "c") and
("a", "bc") differ and (a, b) differs from (b, a). 128 bits are kept: enough for 2**50 records without a collision.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable


def new_key() -> str:
    """A fresh store key, 256 bits as hex. Made once per store; losing it loses nothing but the power to add."""
    return secrets.token_hex(32)


class Ids:
    """Makes ids under one store's key."""

    def __init__(self, key: str) -> None:
        self._mac = hmac.new(bytes.fromhex(key), digestmod=hashlib.sha256)

    def _make(self, prefix: str, parts: Iterable[str]) -> str:
        mac, data = self._mac.copy(), [part.encode() for part in (prefix, *parts)]
        mac.update(b"".join(len(part).to_bytes(8, "big") + part for part in data))
        return prefix + mac.hexdigest()[:32]

    def record(self, owner: str, dataset: str, *key: str) -> str:
        """Id of a record: (owner, dataset, ordered key values)."""
        return self._make("r", (owner, dataset, *key))

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

    def flag(self, agency: str, *key: str) -> str:
        """Id of a flag: (reader's agency, kind, what it connects)."""
        return self._make("f", (agency, *key))

    def chart(self, agency: str, *key: str) -> str:
        """Id of a saved chart."""
        return self._make("c", (agency, *key))
