"""Devices and cards: IMEI (3GPP TS 23.003), IMSI, ICCID (ITU-T E.118)."""

from __future__ import annotations

from functools import lru_cache

from stdnum import luhn

from ingest.normalise.documents import squeeze
from ingest.normalise.result import UNKNOWN, VALID, WELLFORMED, WRONG, Normal


def _digits(text: str, least: int) -> str:
    value = squeeze(text)
    return value if value.isdigit() and len(value) >= least and len(set(value)) > 1 else ""


@lru_cache(maxsize=10_000)
def normal_imei(text: str) -> Normal | None:
    """IMEI as its fourteen digits and check digit; sixteen digits (IMEISV) lose the software version, fourteen gain the
    check digit, so that the three ways to write one device meet."""
    value = _digits(text, 8)
    if not value:
        return None
    if len(value) == 15:
        # networks print 0 where the check digit stands
        if value[14] == "0" and not luhn.is_valid(value):
            return Normal(value[:14] + luhn.calc_check_digit(value[:14]), "imei", WELLFORMED)
        return Normal(value, "imei", VALID if luhn.is_valid(value) else WRONG)
    if len(value) in (14, 16):
        return Normal(value[:14] + luhn.calc_check_digit(value[:14]), "imei", WELLFORMED)
    return Normal(value, "imei", WRONG)


@lru_cache(maxsize=10_000)
def normal_imsi(text: str) -> Normal | None:
    """IMSI: country, network, subscriber; it has no check digit."""
    value = _digits(text, 8)
    return Normal(value, "imsi", WELLFORMED if len(value) in (14, 15) else WRONG) if value else None


@lru_cache(maxsize=10_000)
def normal_iccid(text: str) -> Normal | None:
    """ICCID: 89, issuer, number; nineteen or twenty digits end in a Luhn digit, an ``F`` that fills up is dropped."""
    value = squeeze(text).rstrip("F")
    if not value.isdigit() or len(value) < 10:
        return None
    if not value.startswith("89"):
        return Normal(value, "", UNKNOWN)
    if len(value) == 18:
        return Normal(value, "iccid", WELLFORMED)
    return Normal(value, "iccid", VALID if len(value) in (19, 20) and luhn.is_valid(value) else WRONG)
