"""What a store must be able to do. No engine in it: ``sqlite.py`` and ``neo4j.py`` each are one.

Three groups of calls: administration (who exists, who releases what), deliveries (the only way in), and reading, where
every call takes a :class:`~graph.access.Scope` – there is no read without an actor. A store renders the scope into its
query language; it never fetches first and filters after. One contract suite (``tests/graph/store``) holds for all.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from graph.access import IDENTITY, Actor, Agency, DatasetState, Grant, Lift, Scope, Sight, Team, compile_scope, require
from graph.audit import Audit
from graph.delivery import Delivery, DeliveryReport, Manifest, Reject
from graph.errors import AccessDenied
from graph.identity import Judgement, Opinion, Pair
from graph.ids import Ids
from graph.packing import Packed
from graph.settings import settings

if TYPE_CHECKING:
    from graph.matching import MatchingView
    from graph.view import View

FORMAT = 2
MATCHER = "system:matcher"


class RawRecord(NamedTuple):
    """A visible record: its true id, dataset, schema, why it is masked, the level it is read at, its packs in order."""

    id: str
    dataset: int
    schema: str
    mask: str
    level: int
    packs: tuple[bytes | str, ...]


class RawLink(NamedTuple):
    """A visible link between two visible records. ``record`` is the record that draws it."""

    record: str
    dataset: int
    relation: str
    schema: str
    prop: str
    source: str
    target: str
    directed: bool
    start: str
    end: str
    label: str
    origin: str


class RawCarried(NamedTuple):
    """A visible record's shared identifier."""

    record: str
    identifier: str
    kind: str
    value: str
    prop: str


class Terms(NamedTuple):
    """What decides who sees what, as of one moment."""

    datasets: list[DatasetState]
    grants: list[Grant]
    teams: list[Team]
    lifts: list[Lift]
    agencies: frozenset[str]  # codes of those registered
    locked: frozenset[str]  # ``actor:ID``, ``agency:CODE``


class StoredFlag(NamedTuple):
    """A flag as kept: ``body`` is JSON; ``grounds`` are the (record, level) that its reader must see to see it."""

    id: str
    agency: str
    kind: str
    body: str
    digest: str
    grounds: tuple[tuple[str, int], ...]
    hits: tuple[tuple[int, str], ...] = ()  # (dataset, record) that a hit rests on
    state: str = "new"
    first_seen: str = ""
    last_seen: str = ""


class Store(ABC):
    """A place where statements are kept. Made by :func:`graph.store.open_store`."""

    url: str
    ids: Ids
    clock: Callable[[], datetime]

    # --- administration -------------------------------------------------------------------------------------------

    @abstractmethod
    def meta(self, key: str) -> str:
        """A value of the store's own (``key``, ``format``, ``made_by``), empty when unset."""

    @abstractmethod
    def set_meta(self, key: str, value: str) -> None:
        """Set a value of the store's own."""

    @abstractmethod
    def version(self) -> int:
        """A number that grows with every change of what anybody may see: deliveries, grants, teams, judgements."""

    @abstractmethod
    def keep(self, kind: str, bodies: Mapping[str, Mapping[str, Any] | None], seen: bool = False) -> None:
        """Add or replace small documents of the kernel's own (accounts, pending changes …); ``None`` drops one.

        One transaction. ``seen``: they change what somebody may see, so the version grows.
        """

    @abstractmethod
    def kept(self, kind: str) -> dict[str, dict[str, Any]]:
        """Key → document of one kind, by key. For the kernel: what a reader gets of them is for its callers to say."""

    @abstractmethod
    def agencies(self) -> list[Agency]:
        """Every agency, by code."""

    @abstractmethod
    def actors(self) -> list[Actor]:
        """Every actor, by id."""

    @abstractmethod
    def teams(self) -> list[Team]:
        """Every team, by id. For the kernel: a page shows a team to its members only."""

    @abstractmethod
    def save_federation(self, agencies: Iterable[Agency], actors: Iterable[Actor], teams: Iterable[Team]) -> None:
        """Add or replace agencies, actors and teams."""

    @abstractmethod
    def datasets(self) -> list[DatasetState]:
        """Every dataset. For the kernel: a reader asks its view."""

    @abstractmethod
    def grants(self) -> list[Grant]:
        """Every grant that was not withdrawn."""

    @abstractmethod
    def terms(self) -> Terms:
        """All of one moment: a release must never be read with another delivery than its own, nor a lifted mask."""

    @abstractmethod
    def replace_grants(self, dataset: int, grants: Iterable[Grant]) -> None:
        """Set the grants of one dataset (what the owner said last holds)."""

    @abstractmethod
    def manifest(self, dataset: int) -> str:
        """The current delivery's manifest as JSON (contact, investigation, documents), empty for none."""

    @abstractmethod
    def ledger(self, owner: str) -> list[dict[str, Any]]:
        """Deliveries of one owner, newest first: dataset, revision, state, digest, times, report."""

    @abstractmethod
    def withdraw(self, dataset: int) -> None:
        """Take a dataset out of every view at once (its deliveries stay in the ledger)."""

    # --- deliveries -----------------------------------------------------------------------------------------------

    @abstractmethod
    def begin(self, manifest: Manifest, draft: bool) -> tuple[int, int]:
        """Open a delivery: (dataset number, delivery number). Refuses while another one of the dataset is under way."""

    @abstractmethod
    def digests(self, dataset: int, number: int, ids: Sequence[str]) -> dict[str, bytes]:
        """Digests of those of ``ids`` that the dataset's current delivery has."""

    @abstractmethod
    def write(self, dataset: int, number: int, records: Sequence[Packed]) -> None:
        """Write new versions of records under a delivery number that no view reads yet."""

    @abstractmethod
    def retire(self, dataset: int, number: int, ids: Sequence[str]) -> int:
        """End records with this delivery; how many the current one has."""

    @abstractmethod
    def current_ids(self, dataset: int, number: int) -> Iterator[list[str]]:
        """Ids of the records of the dataset's current delivery that this one has not ended, in chunks."""

    @abstractmethod
    def keep_rejects(self, dataset: int, number: int, rejects: Sequence[Reject]) -> None:
        """Keep rejects of a delivery."""

    def rejects(self, dataset: int) -> Iterator[Reject]:
        """Rejects of a dataset's latest delivery."""
        last = -1
        while rows := self.named("rejects", did=dataset, last=last):
            for _, body in rows:
                yield Reject(**orjson.loads(body))
            last = rows[-1][0]

    @abstractmethod
    def publish(
        self, dataset: int, number: int, manifest: Manifest, actor: str, report: DeliveryReport, protected: bool
    ) -> None:
        """Make the delivery current, with its grants and ledger line, in one transaction."""

    @abstractmethod
    def abandon(self, dataset: int, number: int) -> None:
        """Undo everything a delivery wrote."""

    @abstractmethod
    def sweep(self) -> int:
        """Undo deliveries whose process is gone; how many."""

    @abstractmethod
    def named(self, name: str, /, **params: Any) -> Sequence[Sequence[Any]]:
        """Rows of one of the store's named queries. For this class only."""

    def deliveries(self, dataset: int) -> list[tuple[int, int, str]]:
        """(number, revision, state) of a dataset's deliveries, oldest first. For the kernel: numbers are nobody's."""
        return [(int(n), int(revision), str(state)) for n, revision, state in self.named("deliveries", did=dataset)]

    def changed(self, dataset: int, before: int, after: int) -> Iterator[list[tuple[str, bool, bool]]]:
        """Records that delivery ``after`` leaves otherwise than ``before`` did (0: nothing), in chunks by id: (id,
        whether it was there, whether it is)."""
        last = ""
        while rows := self.named("differing", did=dataset, before=before, after=after, last=last):
            yield [(str(i), bool(was), bool(is_)) for i, was, is_ in rows]
            last = rows[-1][0]

    # --- reading --------------------------------------------------------------------------------------------------

    @abstractmethod
    def fetch(self, scope: Scope, ids: Sequence[str]) -> list[RawRecord]:
        """Those of ``ids`` that are visible, by id."""

    @abstractmethod
    def scan(self, scope: Scope, schemata: Sequence[str], chunk: int) -> Iterator[list[RawRecord]]:
        """All visible records of the schemata (all where empty), in chunks."""

    @abstractmethod
    def find(self, scope: Scope, words: Sequence[str], schemata: Sequence[str]) -> list[tuple[str, str]]:
        """Visible records in whose visible words every one of ``words`` begins some word: (id, those words)."""

    @abstractmethod
    def nodes(self, scope: Scope) -> list[tuple[str, int, str, str]]:
        """All visible records that are no links: (id, dataset, schema, mask), by id."""

    @abstractmethod
    def links_of(self, scope: Scope, ids: Sequence[str]) -> list[RawLink]:
        """Visible links with an end in ``ids``, ordered."""

    @abstractmethod
    def all_links(self, scope: Scope) -> list[RawLink]:
        """All visible links, ordered."""

    @abstractmethod
    def carried(self, scope: Scope, ids: Sequence[str]) -> list[RawCarried]:
        """Shared identifiers that these records visibly carry, ordered."""

    @abstractmethod
    def carriers(self, scope: Scope, identifiers: Sequence[str]) -> list[RawCarried]:
        """Visible records that carry these identifiers, ordered."""

    @abstractmethod
    def all_carried(self, scope: Scope) -> list[RawCarried]:
        """Every visible record's identifiers that at least two visible records carry, ordered."""

    # --- identity -------------------------------------------------------------------------------------------------

    @abstractmethod
    def save_pairs(self, pairs: Iterable[Pair], model: str) -> dict[str, int]:
        """Replace the matcher's pairs; counts added, changed, removed, unchanged."""

    @abstractmethod
    def pairs(self, scope: Scope, ids: Sequence[str] | None) -> list[Pair]:
        """The matcher's pairs with both records visible (touching ``ids``; None: all), ordered.

        Proposed ones only where both owners see each other's record.
        """

    @abstractmethod
    def opinions(self, scope: Scope, ids: Sequence[str] | None) -> list[Opinion]:
        """Judgements in effect for the scope's viewer with both records visible, ordered."""

    @abstractmethod
    def judgements(self, left: str, right: str) -> list[Judgement]:
        """The log of one pair. For the kernel."""

    @abstractmethod
    def log_judgement(self, judgement: Judgement, owners: tuple[str, str]) -> int:
        """Append a judgement and bring the opinions of its pair up to date; its number."""

    @abstractmethod
    def retract(self, number: int, at: str, owners: tuple[str, str]) -> None:
        """Mark a judgement as retracted and restore what was in effect before it."""

    @abstractmethod
    def owners_of(self, ids: Sequence[str]) -> dict[str, str]:
        """Record id → its owner, whether or not it is current. For the kernel's bookkeeping of judgements."""

    @abstractmethod
    def standing(self, agency: str) -> list[Judgement]:
        """Judgements of an agency that stand, newest first."""

    @abstractmethod
    def drafts(self, owner: str) -> list[tuple[int, int, str]]:
        """Open drafts of an owner: (dataset number, delivery number, dataset name)."""

    @abstractmethod
    def draft(self, number: int) -> tuple[str, str, bool]:
        """A draft's manifest and report as JSON, and whether it holds protected people."""

    @abstractmethod
    def judgement(self, number: int) -> Judgement | None:
        """One judgement of the log."""

    # --- hits, flags, jobs ----------------------------------------------------------------------------------------

    @abstractmethod
    def hits(self, scope: Scope, agency: str) -> list[tuple[str, int, str]]:
        """The only read across owners: (own record, dataset at ``hit``, kind of match), ordered.

        For records of the accepted deliveries of ``agency`` that share an identifier with such a dataset, or that the
        matcher
        paired with it (kind ``identity``). Masked records raise none.
        """

    @abstractmethod
    def save_flags(self, agency: str, flags: Sequence[StoredFlag], at: str) -> dict[str, int]:
        """Bring an agency's flags up to date: counts new, updated, unchanged, withdrawn."""

    @abstractmethod
    def flags(self, scope: Scope, agency: str) -> list[StoredFlag]:
        """An agency's flags whose grounds its scope sees, ordered by id."""

    def flag_states(self, agency: str) -> list[tuple[str, str, str, str]]:
        """(id, kind, state, last change) of every flag ever raised for an agency, withdrawn ones too, by id.

        For the kernel: it says of none what it rests on, nor whether its reader still sees that.
        """
        return [(str(i), str(k), str(s), str(at)) for i, k, s, at in self.named("flag_states", agency=agency)]

    def flag_kept(self, agency: str, flag: str) -> tuple[str, dict[str, Any], str] | None:
        """(kind, body without its sentence, digest) of one flag of an agency, a withdrawn one too.

        For the kernel, to compare it with what is there now: its reader may not see its grounds any more.
        """
        for kind, body, digest in self.named("flag_kept", agency=agency, id=flag):
            return str(kind), {k: v for k, v in orjson.loads(body).items() if k != "reason"}, str(digest)
        return None

    @abstractmethod
    def take_lock(self, name: str, holder: str, until: str, now: str) -> bool:
        """Take a lock unless somebody holds it past ``now``."""

    @abstractmethod
    def drop_lock(self, name: str, holder: str) -> None:
        """Give a lock back."""

    @abstractmethod
    def log_job(self, name: str, started: str, ended: str, outcome: str, counts: str) -> None:
        """Keep a line of a job's history (no case content)."""

    @abstractmethod
    def job_history(self, name: str, limit: int) -> list[dict[str, str]]:
        """Newest lines of a job's history."""

    @abstractmethod
    def close(self) -> None:
        """Let go of connections."""

    @abstractmethod
    def folder(self) -> Path:
        """Where this store keeps its own files: an embedded one beside itself, a server in the user's data folder."""

    # --- for all stores alike -------------------------------------------------------------------------------------

    @cached_property
    def audit(self) -> Audit:
        """The logs of changes and looks."""
        return Audit(Path(settings().audit) if settings().audit else self.folder() / "audit")

    def scope(self, actor: Actor) -> Scope:
        """The visibility predicate of ``actor`` now."""
        return self.sight(actor)[0]

    def sight(self, actor: Actor) -> tuple[Scope, dict[int, DatasetState]]:
        """The visibility predicate of ``actor`` now, and the datasets of the same moment by number."""
        terms = self.terms()
        _admit(actor, terms.agencies, terms.locked)
        scope = compile_scope(actor, terms.datasets, terms.grants, terms.teams, self.clock(), terms.lifts)
        return scope, {d.number: d for d in terms.datasets}

    def admit(self, actor: Actor) -> None:
        """:class:`AccessDenied` for an actor of no registered agency, and for whoever is locked, or whose agency is.

        Whoever reads is asked this with the scope; this is for what changes something.
        """
        _admit(actor, frozenset(a.code for a in self.agencies()), frozenset(self.kept("lock")))

    def open_agencies(self) -> list[Agency]:
        """Every agency that is not locked, by code."""
        locked = self.kept("lock")
        return [a for a in self.agencies() if f"agency:{a.code}" not in locked]

    def view(self, actor: Actor, purpose: str = "") -> View:
        """The graph as ``actor`` may see it; ``purpose`` is the ground that the log of looks keeps."""
        from graph.view import View

        return View(self, actor, purpose)

    def matching(self) -> MatchingView:
        """What the matcher reads: identity-level content of every unmasked record, of all owners."""
        from graph.matching import MatchingView

        return MatchingView(self)

    def matching_scope(self) -> Scope:
        """The matcher's scope: every dataset at ``identity``. Its pairs are shown to those who see both records."""
        live = {d.number: Sight(d.current, IDENTITY) for d in self.datasets() if d.current}
        return Scope(MATCHER, live, {}, frozenset(), None, datetime.max.replace(tzinfo=UTC))

    def deliver(self, actor: Actor, manifest: Manifest, draft: bool = False) -> Delivery:
        """Open a delivery as a steward of its owner."""
        if actor.agency != manifest.owner and not actor.everything:
            raise AccessDenied("error.owner_taken", owner=manifest.owner)
        require(actor, "steward", manifest.owner)
        self.admit(actor)
        self.sweep()
        return Delivery(self, actor.id, manifest, draft)

    def actor(self, actor_id: str) -> Actor:
        """A registered actor; :class:`AccessDenied` for anybody else, and for whoever is locked."""
        for found in self.actors():
            if found.id == actor_id:
                self.admit(found)
                return found
        raise AccessDenied("error.unknown_actor")


def _admit(actor: Actor, agencies: frozenset[str], locked: frozenset[str]) -> None:
    if actor.everything:  # the development actor, whom a real store knows by no name
        return
    if actor.agency not in agencies:
        raise AccessDenied("error.unknown_actor")
    if {f"actor:{actor.id}", f"agency:{actor.agency}"} & locked:
        raise AccessDenied("access.locked")
