"""Tables of links: family and associates, owners and directors."""

from __future__ import annotations

from ingest.scenario.tables.base import Desk, sort_of


def write_kin(desk: Desk) -> None:
    """Write the personal ties."""
    here, service = desk.package.index, desk.service
    rows = []
    for a, b, kind, label in desk.package.contents.kin:
        desk.kind("kin", kind)
        rows.append((a.local[here], b.local[here], service.word(kind), label))
    desk.save("kin", rows)


def write_interests(desk: Desk) -> None:
    """Write who owns and who directs the companies."""
    service, draw, here = desk.service, desk.rng.random, desk.package.index
    rows = []
    for company, holder, owner in desk.package.contents.interests:
        quality = "owner" if owner else "director"
        desk.kind("interests", quality, sort_of(holder))
        word = service.word("owner") if owner else desk.pick(service.word("director"))
        percent = service.write_decimal(500 + int(draw() * 190) * 50) if owner else ""
        since = service.write_date(desk.day(2500)) if draw() < 0.6 else ""
        rows.append((company.local[here], service.word(sort_of(holder)), holder.local[here], word, percent, since))
    desk.save("interests", rows)
