"""Who may see what: pure functions from actors, teams, grants and the clock to a :class:`Scope`.

The scope *is* the visibility predicate, as data. It is made here and nowhere else; the two stores only render it into
SQL and Cypher, and nothing above a store filters. Deny by default: what no line below allows is not seen.

A record's content is packed by the level that may read it (``graph/packing.py``):

    IDENTITY  what ``levels.yaml`` lists: names, documents, birth date …
    FULL      the rest, without free text
    TEXT      free text, file names
    OWN       the content of masked records (victims, witnesses, informants, minors)

A reader with level L of a dataset reads the packs up to L; a record exists for the reader when its lowest pack does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from graph.errors import AccessDenied

HIT, IDENTITY, FULL, TEXT, OWN = 1, 2, 3, 4, 5
DOCUMENT = "document:"  # a grant of level TEXT with such a `record` releases the name of that document
RELEASE_LEVELS = {"none": 0, "hit": HIT, "identity": IDENTITY, "full": FULL}
LEVEL_NAMES = {IDENTITY: "identity", FULL: "full", TEXT: "full", OWN: "own"}
READING_ROLES = frozenset({"analyst", "coordinator", "steward"})
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever asks: a person of one agency with roles. ``everything`` is the development actor's privilege only."""

    id: str
    agency: str
    roles: frozenset[str] = frozenset()
    everything: bool = False

    def has(self, role: str) -> bool:
        """Whether the actor holds ``role`` in its agency."""
        return role in self.roles


@dataclass(frozen=True, slots=True)
class Agency:
    """A service that owns records. ``automatic`` names the grounds on which its records may be merged automatically."""

    code: str
    name: str
    country: str
    contact: Mapping[str, str] = field(default_factory=dict)
    automatic: tuple[str, ...] = ("document+name+birth",)


@dataclass(frozen=True, slots=True)
class Team:
    """Several agencies for one purpose and term. Only members see the member list."""

    id: str
    members: frozenset[str]
    purpose: str = ""
    leader: str = ""
    since: str = ""
    until: str = ""

    def active(self, at: datetime) -> bool:
        """Whether the term has begun and not ended at ``at``; a team without an end has no term and is not active."""
        return bool(self.until) and at < end_of(self.until) and (not self.since or at >= start_of(self.since))


@dataclass(frozen=True, slots=True)
class Grant:
    """One release by an owner: a dataset, or one record of it, to an agency, a team (``team:ID``) or all (``*``).

    At level TEXT it adds to what is released: one record's free text, or (``document:FILE``) one document's name.
    """

    dataset: int
    to: str
    level: int
    record: str = ""
    until: str = ""
    purpose: str = ""
    ground: str = ""


@dataclass(frozen=True, slots=True)
class Lift:
    """A mask that its owner lifted: whoever reads ``record`` as a full release, as ``to``, reads it whole till then."""

    dataset: int
    record: str
    to: str
    until: str


@dataclass(frozen=True, slots=True)
class DatasetState:
    """A dataset as the store knows it. ``current`` is the number of the delivery that views read (0: none yet)."""

    number: int
    owner: str
    name: str
    country: str
    current: int
    revision: int
    protected: bool = False
    retention: str = ""
    title: str = ""
    accepted: bool = False  # has an investigation number: its records may raise hits


@dataclass(frozen=True, slots=True)
class Sight:
    """What a scope sees of one dataset: which delivery, and packs up to which level."""

    current: int
    level: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The visibility predicate of one reader at one moment. Equal scopes give equal answers."""

    viewer: str  # the agency (or team) whose pseudonyms and judgements apply
    sights: Mapping[int, Sight]
    overrides: Mapping[str, int]  # record id → level, where a grant of that record replaces the dataset's
    hits: frozenset[int]  # datasets of which only the hit matcher may tell this reader something
    mutual: frozenset[tuple[int, int]] | None  # pairs of datasets whose owners see each other; None: all
    expires: datetime  # first moment at which the clock alone changes the scope
    homes: Mapping[str, int] = field(default_factory=dict)  # record with an override → its dataset
    unhit: frozenset[str] = frozenset()  # records of ``hits`` datasets that their owner shut off: they raise none
    documents: frozenset[tuple[int, str]] = frozenset()  # (dataset, file) whose name was released one by one

    def level(self, dataset: int) -> int:
        """Level at which ``dataset`` is read, 0 for not at all."""
        sight = self.sights.get(dataset)
        return sight.level if sight else 0

    def names(self, dataset: int, document: str) -> bool:
        """Whether a document's name is told where the dataset holds a protected person."""
        return self.level(dataset) >= TEXT or (dataset, document) in self.documents


def start_of(date: str) -> datetime:
    """First moment of an ISO date, or the moment itself where a time is given; naive means UTC."""
    moment = datetime.fromisoformat(date)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def end_of(date: str) -> datetime:
    """First moment after an ISO date (a release *until* a day holds through that day), or the moment itself."""
    return start_of(date) + timedelta(days=1) if len(date) == 10 else start_of(date)


def receivers(agency: str, teams: Iterable[Team], at: datetime) -> tuple[frozenset[str], datetime]:
    """Names under which ``agency`` receives at ``at`` (``*``, itself, its active teams), and until when that holds."""
    names, expires = {"*", agency}, FOREVER
    for team in teams:
        if agency not in team.members or not team.until:
            continue
        if team.active(at):
            names.add(f"team:{team.id}")
            expires = min(expires, end_of(team.until))
        elif team.since and at < start_of(team.since):
            expires = min(expires, start_of(team.since))
    return frozenset(names), expires


def _reading_level(granted: int, dataset: DatasetState) -> int:
    """A full release reads free text and file names too, unless the dataset holds a protected person."""
    return TEXT if granted >= FULL and not dataset.protected else granted


class _Received:
    """What an owner's grants and lifts give under the names that a reader receives by, and until when that holds."""

    def __init__(self, names: frozenset[str], grants: Iterable[Grant], lifts: Iterable[Lift], at: datetime) -> None:
        self._names, self._at, self.expires = names, at, FOREVER
        self.best: dict[int, int] = {}
        self.records: dict[int, dict[str, int]] = {}
        self.texts: dict[int, set[str]] = {}
        self.lifted: dict[int, set[str]] = {}
        for grant in grants:
            if self._holds(grant.to, grant.until):
                self._take(grant)
        for lift in lifts:
            if lift.until and self._holds(lift.to, lift.until):
                self.lifted.setdefault(lift.dataset, set()).add(lift.record)

    def _holds(self, to: str, until: str) -> bool:
        if to not in self._names or (until and self._at >= end_of(until)):
            return False
        if until:
            self.expires = min(self.expires, end_of(until))
        return True

    def _take(self, grant: Grant) -> None:
        if not grant.record:
            self.best[grant.dataset] = max(self.best.get(grant.dataset, 0), grant.level)
        elif grant.level >= TEXT:
            self.texts.setdefault(grant.dataset, set()).add(grant.record)
        else:
            known = self.records.setdefault(grant.dataset, {})
            known[grant.record] = max(known.get(grant.record, 0), grant.level)

    def overrides(self, d: DatasetState, level: int) -> dict[str, int]:
        """Record → level at which it is read instead of the dataset's ``level``.

        What is added to a full release (a text, a lifted mask) gives nothing to whoever has less than that.
        """
        found = {
            r: _reading_level(given, d) if given >= IDENTITY else 0
            for r, given in self.records.get(d.number, {}).items()
        }
        for added, records in ((TEXT, self.texts), (OWN, self.lifted)):
            for record in records.get(d.number, ()):
                if not record.startswith(DOCUMENT) and (known := found.get(record, level)) >= FULL:
                    found[record] = max(added, known)
        return found

    def documents(self, dataset: int) -> Iterable[tuple[int, str]]:
        """(Dataset, file) of the documents whose names were released."""
        texts = self.texts.get(dataset, ())
        return ((dataset, r.removeprefix(DOCUMENT)) for r in texts if r.startswith(DOCUMENT))


def compile_scope(
    actor: Actor,
    datasets: Iterable[DatasetState],
    grants: Iterable[Grant],
    teams: Iterable[Team],
    at: datetime,
    lifts: Iterable[Lift] = (),
) -> Scope:
    """The visibility predicate of ``actor`` at ``at``. Raises :class:`AccessDenied` for an actor of no agency.

    An operator (no reading role) gets an empty scope: the application shows an operator no case content.
    """
    if not actor.agency:
        raise AccessDenied("error.unknown_actor")
    teams, grants = list(teams), list(grants)
    live = [d for d in datasets if d.current and not (d.retention and at >= end_of(d.retention))]
    expires = min((end_of(d.retention) for d in live if d.retention), default=FOREVER)
    if not actor.everything and not actor.roles & READING_ROLES:
        return Scope(actor.agency, {}, {}, frozenset(), frozenset(), expires)
    names, changes = receivers(actor.agency, teams, at)
    given = _Received(names, grants, lifts, at)
    sights: dict[int, Sight] = {}
    overrides: dict[str, int] = {}
    homes: dict[str, int] = {}
    documents: set[tuple[int, str]] = set()
    hits: set[int] = set()
    unhit: set[str] = set()
    for d in live:
        if actor.everything:
            sights[d.number] = Sight(d.current, TEXT)
        elif d.owner == actor.agency:
            sights[d.number] = Sight(d.current, OWN)
        else:
            granted = given.best.get(d.number, 0)
            level = _reading_level(granted, d) if granted >= IDENTITY else 0
            single = given.overrides(d, level)
            if level or any(single.values()):
                sights[d.number] = Sight(d.current, level)
                overrides.update(single)
                homes.update(dict.fromkeys(single, d.number))
                documents.update(given.documents(d.number))
            if granted == HIT:
                hits.add(d.number)
                unhit.update(r for r, level in given.records.get(d.number, {}).items() if level < HIT)
    mutual = None if actor.everything else _mutual(actor.agency, live, sights, grants, teams, at)
    expires = min(expires, changes, given.expires)
    told = frozenset(unhit), frozenset(documents)
    return Scope(actor.agency, sights, overrides, frozenset(hits), mutual, expires, homes, *told)


def _mutual(
    viewer: str,
    live: list[DatasetState],
    sights: Mapping[int, Sight],
    grants: list[Grant],
    teams: list[Team],
    at: datetime,
) -> frozenset[tuple[int, int]]:
    """Pairs of visible datasets of two owners who each see the other's at ``identity`` or more (both orders)."""
    by_number = {d.number: d for d in live if d.number in sights}
    owners = {d.owner for d in by_number.values()}
    received = {owner: receivers(owner, teams, at)[0] for owner in owners}
    sees: dict[int, set[str]] = {number: {d.owner} for number, d in by_number.items()}
    for grant in grants:
        if grant.record or grant.level < IDENTITY or grant.dataset not in sees:
            continue
        if grant.until and at >= end_of(grant.until):
            continue
        sees[grant.dataset].update(owner for owner in owners if grant.to in received[owner])
    numbers = sorted(by_number)
    return frozenset(
        (a, b) for a in numbers for b in numbers if by_number[b].owner in sees[a] and by_number[a].owner in sees[b]
    )


def owner_scope(dataset: DatasetState, at: datetime) -> Scope:
    """What its owner sees of one dataset. For the kernel's own books."""
    return compile_scope(Actor("system:owner", dataset.owner, READING_ROLES), [dataset], (), (), at)


def with_texts(scope: Scope, records: Iterable[str]) -> Scope:
    """``scope`` with the free text of these records too: to count what is withheld of them, never to show it."""
    return replace(scope, overrides={**scope.overrides, **dict.fromkeys(records, TEXT)})


def intersect(scopes: Iterable[Scope], viewer: str) -> Scope:
    """What every one of ``scopes`` may read: the audience of an export to a team or another agency."""
    parts = list(scopes)
    if not parts:
        raise AccessDenied("error.unknown_actor")
    shared = set(parts[0].sights).intersection(*(p.sights for p in parts[1:]))
    sights = {n: Sight(parts[0].sights[n].current, min(p.sights[n].level for p in parts)) for n in shared}
    # nobody's own content goes to others: a masked record stays masked in whatever is made for more than its owner
    if len({p.viewer for p in parts}) > 1:
        sights = {n: Sight(s.current, min(s.level, TEXT)) for n, s in sights.items()}
    # where one reads a single record at a level of its own, the others read it at their level of its dataset
    homes = {record: home for p in parts for record, home in p.homes.items()}
    # (a lifted mask stays lifted only if it is the owner's or lifted for every one of them)
    overrides = {r: min(p.overrides.get(r, p.level(home)) for p in parts) for r, home in homes.items()}
    named = {entry for p in parts for entry in p.documents}
    documents = frozenset(entry for entry in named if all(p.names(*entry) for p in parts))
    mutual = [p.mutual for p in parts if p.mutual is not None]
    both = frozenset.intersection(*mutual) if mutual else None
    expires = min(p.expires for p in parts)
    return Scope(viewer, sights, overrides, frozenset(), both, expires, homes, documents=documents)


def require(actor: Actor, role: str, agency: str) -> None:
    """Refuse unless ``actor`` holds ``role`` in ``agency``. The refusal does not tell what exists."""
    if actor.everything:
        return
    if actor.agency != agency or not actor.has(role):
        raise AccessDenied("error.role_needed", role=role)
