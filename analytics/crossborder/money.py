"""Money that passes through accounts of two cases: a payment of one touches an account of the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from analytics.crossborder.calibration import calibrated
from analytics.crossborder.flags import Draft, Named, Phrase
from analytics.crossborder.parties import parties
from analytics.crossborder.picture import Picture, raise_to
from analytics.crossborder.rules import rarity
from analytics.crossborder.shared_identifier import readable
from graph.access import FULL, IDENTITY
from graph.store.base import RawCarried, RawLink

TOUCHES = frozenset({"FROM_ACCOUNT", "TO_ACCOUNT"})
ACCOUNTS = frozenset({"account", "wallet"})


def find(picture: Picture, rule: Mapping[str, Any]) -> Iterable[Draft]:
    """Accounts known to the reader's agency and another owner, with payments through them; one flag for each owner."""
    payments: dict[str, list[RawLink]] = {}
    for k in picture.links:
        if k.relation in TOUCHES:
            payments.setdefault(k.target, []).append(k)
    carriers: dict[str, list[RawCarried]] = {}
    for c in picture.carried:
        if c.kind in ACCOUNTS:
            carriers.setdefault(c.identifier, []).append(c)
    behind = parties(picture)
    for identifier, found in sorted(carriers.items()):
        touching = [k for c in found for k in payments.get(c.record, ())]
        if not touching:
            continue
        who = {picture.entity[k.source] for k in touching}
        who |= {p.entity for c in found for p in behind.get(c.record, ())}
        scarce = rarity(len(who), rule)
        picture.common += not scarce
        for owner in sorted({picture.owner(c.record) for c in found if not picture.mine(c.record)}):
            draft = _draft(picture, rule, found, touching, owner, scarce)
            if draft:
                picture.paid.add((identifier, owner))
                yield draft


def _draft(
    picture: Picture,
    rule: Mapping[str, Any],
    found: list[RawCarried],
    touching: list[RawLink],
    owner: str,
    scarce: float,
) -> Draft | None:
    ours = {c.record for c in found if picture.mine(c.record)}
    theirs = {c.record for c in found if picture.owner(c.record) == owner}
    if not ours or not theirs:
        return None
    paid_ours = [k for k in touching if k.target in ours]
    paid_theirs = [k for k in touching if k.target in theirs]
    if not paid_ours and not paid_theirs:
        return None
    telling = float(rule["weights"]["both" if paid_ours and paid_theirs else "one"])
    raw = round(telling * scarce, 4)
    if raw < rule["least"] or (score := calibrated(raw, rule)) < rule["threshold"]:
        return None
    grounds = {c.record: picture.need(c.record, c.prop) for c in found if c.record in ours | theirs}
    sides = []
    for accounts, paid in ((ours, paid_ours), (theirs, paid_theirs)):
        entity, records = _side(picture, accounts, paid, grounds)
        sides.append((entity, records))
    params = {
        "left": Named(sides[0][0]),
        "right": Named(sides[1][0]),
        "account": readable(found[0].kind, found[0].value),
        "ours": picture.place(ours),
        "theirs": picture.place(theirs),
        "paid_ours": len({k.record for k in paid_ours}),
        "paid_theirs": len({k.record for k in paid_theirs}),
    }
    return Draft(
        "money",
        (picture.anchor(ours), picture.anchor(theirs)),
        score,
        {"payments": telling, "rarity": round(scarce, 4)},
        [side for entity, records in sides for side in picture.sides(entity, records)],
        Phrase("flag.money", params),
        grounds=grounds,
        raw=raw,
    )


def _side(picture: Picture, accounts: set[str], paid: list[RawLink], grounds: dict[str, int]) -> tuple[str, set[str]]:
    """Whoever holds the accounts, else who paid, else the account itself; with every record that tells it."""
    records = set(accounts)
    holders: list[str] = []
    for account in sorted(accounts):
        for party in parties(picture).get(account, ()):
            holders.append(party.entity)
            records.update(r for r, _ in party.grounds if r in picture.home)
            raise_to(grounds, party.grounds)
    for k in paid:
        records.add(k.source)
        raise_to(grounds, ((k.record, FULL), (k.source, IDENTITY), (k.target, IDENTITY)))
    payers = sorted({picture.entity[k.source] for k in paid})
    return (sorted(holders) or payers or [picture.entity[min(accounts)]])[0], records
