"""E-mail addresses: lower case, the domain as it is typed, no ``mailto:`` and no angle brackets."""

from __future__ import annotations

import re
from functools import lru_cache

from ingest.normalise.result import WELLFORMED, Normal

_EMAIL = re.compile(r"[^@\s<>()\[\]\\,;:\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}")


@lru_cache(maxsize=10_000)
def normal_email(text: str) -> Normal | None:
    """The address in lower case; None where it is none."""
    text = text.strip().strip("<>").lower().removeprefix("mailto:").rstrip(".,;")
    return Normal(text, "email", WELLFORMED) if _EMAIL.fullmatch(text) else None
