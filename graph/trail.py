"""What an actor may read of the logs.

Its agency's changes and its people's looks whole; of others' looks those at its agency's records, with these records
alone, so that they tell nothing of anybody else's. A look names a masked record by the looker's pseudonym; the owner
gets its own name for it. An operator reads what was administered and who was refused, without records.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from graph.access import FOREVER, OWN, Actor, Scope, Sight, end_of, start_of
from graph.errors import AccessDenied, InputError

if TYPE_CHECKING:
    from graph.store.base import Store

READERS = frozenset({"steward", "coordinator"})
DENIED = "denied"
ADMINISTERED = ("admin", "federation", "audit", "unfinished")
OF_OTHERS = ("at", "actor", "agency", "what", "ground", "holder")  # what an owner may know of a look by others
CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: about ``record``, by ``actor``, from ``since`` through ``until`` (ISO), looks at ours only."""

    record: str = ""
    actor: str = ""
    since: str = ""
    until: str = ""
    ours: bool = False


def trail(store: Store, actor: Actor, wanted: Wanted | None = None) -> list[dict[str, Any]]:
    """The lines that ``actor`` may read and wants, oldest first, each without number and hash. This is a look too.

    :class:`AccessDenied` for an actor who is no steward, coordinator or operator of its agency, :class:`InputError` for
    what is no date.
    """
    wanted = wanted or Wanted()
    reads = actor.everything or bool(actor.roles & READERS)
    if not reads and not actor.has("operator"):
        raise AccessDenied("error.role_needed", role="steward | coordinator | operator")
    first, past = _span(wanted)
    found: list[dict[str, Any]] = []
    if reads and not wanted.ours:
        found += (x for x in _within(store.audit.changes.lines(), wanted, first, past) if _own(x, actor))
    if reads:
        found += _looks(store, actor, wanted, list(_within(store.audit.looks.lines(), wanted, first, past)))
    if actor.has("operator") and not wanted.ours:
        found += _administered(store, actor, reads, wanted, first, past)
    kept = [line for line in found if not wanted.record or wanted.record in line.get("records", ())]
    kept = [{k: v for k, v in line.items() if k not in ("n", "hash")} for line in kept]
    fields = {"actor": actor.id, "agency": actor.agency, "what": "audit show", "records": []}
    store.audit.looks.append(**fields, results=len(kept), ground="")
    return sorted(kept, key=lambda line: str(line["at"]))


def _span(wanted: Wanted) -> tuple[str, str]:
    """First moment wanted and first past it, written as the logs write them; ``~`` comes after every moment."""
    try:
        first = _written(start_of(wanted.since)) if wanted.since else ""
        past = _written(end_of(wanted.until)) if wanted.until else "~"
    except (ValueError, OverflowError) as error:
        raise InputError("audit.bad_date", value=f"{wanted.since} {wanted.until}".strip()) from error
    return first, past


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def _within(lines: Iterable[dict[str, Any]], wanted: Wanted, first: str, past: str) -> Iterator[dict[str, Any]]:
    for line in lines:
        if first <= line["at"] < past and (not wanted.actor or line.get("actor") == wanted.actor):
            yield line


def _own(line: Mapping[str, Any], actor: Actor) -> bool:
    return actor.everything or line.get("agency") == actor.agency


def _administered(
    store: Store, actor: Actor, reads: bool, wanted: Wanted, first: str, past: str
) -> Iterator[dict[str, Any]]:
    """What an operator reads beside what it may read as its agency's steward or coordinator."""
    for line in _within(store.audit.changes.lines(), wanted, first, past):
        if not (reads and _own(line, actor)) and str(line.get("what", "")).startswith(ADMINISTERED):
            yield line
    for line in _within(store.audit.looks.lines(), wanted, first, past):
        if not (reads and _own(line, actor)) and line.get("what") == DENIED:
            yield {k: v for k, v in line.items() if k not in ("records", "datasets")}


def _looks(store: Store, actor: Actor, wanted: Wanted, looks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Looks by the agency's people (unless only those at its records by others are wanted) and by others at ours."""
    others = [line for line in looks if line.get("agency") != actor.agency]
    if actor.everything:
        yield from looks if not wanted.ours else others
        return
    if not wanted.ours:
        yield from (line for line in looks if line.get("agency") == actor.agency)
    names = {r for line in others for r in line.get("records", ())}
    owners = store.owners_of(sorted(n for n in names if not n.startswith("p")))
    known = {name: name for name, owner in owners.items() if owner == actor.agency}
    if any(name.startswith("p") for name in names):
        known |= _pseudonyms(store, actor.agency)
    for line in others:
        records = sorted({known[r] for r in line.get("records", ()) if r in known})
        datasets = [d for d in line.get("datasets", ()) if d[0] == actor.agency]
        if records or datasets or line.get("holder") == actor.agency:
            shown = {name: line[name] for name in OF_OTHERS if name in line} | {"records": records}
            yield shown | {"results": len(records)} | ({"datasets": datasets} if datasets else {})


def _pseudonyms(store: Store, agency: str) -> dict[str, str]:
    """Pseudonym → true id of the agency's masked records, as every other agency and every team knows them."""
    own = {d.number: Sight(d.current, OWN) for d in store.datasets() if d.owner == agency and d.current}
    scope = Scope(agency, own, {}, frozenset(), None, FOREVER)
    masked = [raw.id for chunk in store.scan(scope, (), CHUNK) for raw in chunk if raw.mask]
    viewers = [*(a.code for a in store.agencies()), *(f"team:{t.id}" for t in store.teams())]
    return {store.ids.pseudonym(record, viewer): record for record in masked for viewer in viewers}
