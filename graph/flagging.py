"""The life of a flag inside the agency it was raised for: who read it, what was said of it, who has it, until when.

A life is a list of events, each a small document of its own (``Store.keep``), so that two people who act at once lose
nothing of each other. What a flag's state is follows from its events in order; a step that :data:`STEPS` does not allow
from where the flag stands then (somebody else was quicker) stays in the history and changes nothing.

Events are kept per agency and nobody else's code reads them: another agency's flags, comments and counts change nothing
here. A flag that its reader does not see any more has no life for that reader either: :class:`NotFound`. Each change is
written into the log of changes before it is made, without what was said.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from graph.access import READING_ROLES, Actor
from graph.errors import AccessDenied, InputError, NotFound

if TYPE_CHECKING:
    from graph.store.base import Store, StoredFlag

NEW, READ, ACCEPTED, KNOWN, WRONG, PASSED, CLOSED = "new", "read", "accepted", "known", "wrong", "passed_on", "closed"
# From where to where. Only reading makes a flag read; a closed one may be taken up again.
STEPS: Mapping[str, tuple[str, ...]] = {
    NEW: (READ,),
    READ: (ACCEPTED, KNOWN, WRONG),
    ACCEPTED: (PASSED, KNOWN, WRONG, CLOSED),
    KNOWN: (ACCEPTED, WRONG, CLOSED),
    WRONG: (ACCEPTED, KNOWN, CLOSED),
    PASSED: (CLOSED, WRONG),
    CLOSED: (READ,),
}
VERDICTS = (ACCEPTED, KNOWN, WRONG)
REASONS = ("coincidence", "data_error", "common", "outdated", "other")  # why a flag is wrong
WORKING_ROLES = frozenset({"analyst", "coordinator"})
LONGEST = 4000  # characters of a comment
DONE = "noted"  # the event by which a person says that a withdrawal was taken note of


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did. ``what``: read | step | assign | due | comment | noted; the rest as it needs."""

    number: int
    flag: str
    at: str
    actor: str
    what: str
    step: str = ""
    reason: str = ""
    text: str = ""
    value: str = ""  # whom it is assigned to, the due date, or which withdrawal was noted
    held: Mapping[str, Any] = field(default_factory=dict)  # what the flag said then, without content
    ignored: bool = False


@dataclass(slots=True)
class Life:
    """Where a flag stands. ``reads``: actor → the event by which that person read it last."""

    flag: str
    step: str = NEW
    verdict: str = ""
    reason: str = ""
    assignee: str = ""
    due: str = ""
    history: list[Event] = field(default_factory=list)
    reads: dict[str, Event] = field(default_factory=dict)

    @property
    def comments(self) -> list[Event]:
        """What people said, oldest first."""
        return [e for e in self.history if e.text]

    @property
    def allowed(self) -> tuple[str, ...]:
        """Steps that a person may take from here. That a new flag is read is noted by itself."""
        return () if self.step == NEW else STEPS[self.step]

    def overdue(self, today: date) -> bool:
        """Whether its date has come and nobody has closed it."""
        return bool(self.due) and self.step != CLOSED and date.fromisoformat(self.due) <= today


def _kind(agency: str) -> str:
    return f"flag_life:{agency}"


def live(flag: str, events: Iterable[Event]) -> Life:
    """The life that these events make, in order. Pure."""
    life = Life(flag)
    for event in sorted(events, key=lambda e: (e.number, e.at, e.actor)):
        life.history.append(_applied(life, event))
    return life


def _applied(life: Life, event: Event) -> Event:
    if event.what == "read":
        life.reads[event.actor] = event
        if life.step == NEW:
            life.step = READ
    elif event.what == "assign":
        life.assignee = event.value
    elif event.what == "due":
        life.due = event.value
    elif event.what == "step":
        if event.step not in STEPS[life.step]:
            return Event(**{**{n: getattr(event, n) for n in Event.__slots__}, "ignored": True})
        life.step = event.step
        if event.step in VERDICTS:
            life.verdict, life.reason = event.step, event.reason
    return event


def lives(store: Store, actor: Actor) -> dict[str, Life]:
    """Flag → its life, of every flag of the actor's agency that has one. The caller shows those the actor sees."""
    store.admit(actor)
    if not actor.roles & READING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst | coordinator")
    return _lives(store, actor.agency)


def _lives(store: Store, agency: str) -> dict[str, Life]:
    found: dict[str, list[Event]] = {}
    for body in store.kept(_kind(agency)).values():
        found.setdefault(body["flag"], []).append(Event(**body))
    return {flag: live(flag, events) for flag, events in found.items()}


def seen(store: Store, actor: Actor, flag: str) -> StoredFlag:
    """A flag of the actor's agency as stored, all of whose grounds the actor sees; :class:`NotFound` otherwise."""
    for found in store.view(actor).flags([flag]):
        return found
    raise NotFound("error.not_found", id=flag)


def read(store: Store, actor: Actor, flag: str, held: Mapping[str, Any]) -> Life:
    """Note that the actor read the flag as it is now; ``held`` is what it said, without content. Twice is once.

    Whoever may read but not work on flags (a steward) leaves no trace here; the look itself is logged all the same.
    """
    seen(store, actor, flag)
    life = lives(store, actor).get(flag, Life(flag))
    last = life.reads.get(actor.id)
    if not actor.roles & WORKING_ROLES or (last and last.held == held and life.step != NEW):
        return life
    return _add(store, actor, life, what="read", held=held)


def step(
    store: Store, actor: Actor, flag: str, to: str, held: Mapping[str, Any], reason: str = "", text: str = ""
) -> Life:
    """Take a flag one step on. ``wrong`` needs one of :data:`REASONS`; what is taken up again needs a word of why.

    Raises :class:`InputError` for a step that is not allowed from where it stands, :class:`NotFound` for a flag that
    the actor does not see, :class:`AccessDenied` for one who does not work on flags.
    """
    _may(store, actor)
    seen(store, actor, flag)
    life = _lives(store, actor.agency).get(flag, Life(flag))
    if to not in life.allowed:
        raise InputError("flag_life.step", value=to, known=", ".join(life.allowed) or "–")
    if to == WRONG and reason not in REASONS:
        raise InputError("flag_life.reason", value=reason, known=", ".join(REASONS))
    if to == READ and not text.strip():
        raise InputError("flag_life.why")
    fields = {"step": to, "reason": reason if to == WRONG else "", "text": _text(text)}
    return _add(store, actor, life, what="step", **fields, held=held if to in VERDICTS else {})


def assign(store: Store, actor: Actor, flag: str, to: str) -> Life:
    """Give a flag to a person of the same agency who may work on it; nobody where ``to`` is empty."""
    _may(store, actor)
    seen(store, actor, flag)
    if to and to not in workers(store, actor):
        raise InputError("flag_life.assignee", value=to)
    return _add(store, actor, _lives(store, actor.agency).get(flag, Life(flag)), what="assign", value=to)


def workers(store: Store, actor: Actor) -> list[str]:
    """People of the actor's agency who may work on flags, by id."""
    locked = store.kept("lock")
    mine = [a for a in store.actors() if a.agency == actor.agency and a.roles & WORKING_ROLES]
    return [a.id for a in mine if f"actor:{a.id}" not in locked]


def due(store: Store, actor: Actor, flag: str, day: str) -> Life:
    """Set the date by which a flag is to be dealt with (ISO), or none."""
    _may(store, actor)
    seen(store, actor, flag)
    try:
        value = date.fromisoformat(day).isoformat() if day else ""
    except ValueError as error:
        raise InputError("flag_life.date", value=day) from error
    return _add(store, actor, _lives(store, actor.agency).get(flag, Life(flag)), what="due", value=value)


def comment(store: Store, actor: Actor, flag: str, text: str) -> Life:
    """Say something of a flag to one's own agency."""
    _may(store, actor)
    seen(store, actor, flag)
    if not text.strip():
        raise InputError("flag_life.empty")
    return _add(store, actor, _lives(store, actor.agency).get(flag, Life(flag)), what="comment", text=_text(text))


def _text(text: str) -> str:
    if len(text := text.strip()) > LONGEST:
        raise InputError("flag_life.long", most=LONGEST)
    return text


def _may(store: Store, actor: Actor) -> None:
    store.admit(actor)
    if not actor.roles & WORKING_ROLES:
        raise AccessDenied("error.role_needed", role="analyst | coordinator")


def _add(store: Store, actor: Actor, life: Life, *, what: str, **fields: Any) -> Life:
    number, at = len(life.history) + 1, store.clock().isoformat(timespec="seconds")
    event = {"number": number, "flag": life.flag, "at": at, "actor": actor.id, "what": what, **fields}
    told = {name: fields[name] for name in ("step", "reason") if fields.get(name)}
    store.audit.changes.append(
        what=f"flag {what}", actor=actor.id, agency=actor.agency, records=[], flag=life.flag, **told
    )
    store.keep(_kind(actor.agency), {f"{life.flag}/{number:06d}/{secrets.token_hex(4)}": event})
    return _lives(store, actor.agency)[life.flag]


# --- withdrawn ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A flag that lost its ground after somebody read it: nothing of what it said, which may be hidden by now."""

    flag: str
    kind: str
    read: str
    at: str


def withdrawn(store: Store, actor: Actor) -> list[Withdrawn]:
    """Flags that the actor read, or has in hand, and that have lost their ground since; until it takes note of it."""
    found = []
    gone = {i: (kind, at) for i, kind, state, at in store.flag_states(actor.agency) if state == "withdrawn"}
    for flag, life in sorted(lives(store, actor).items()):
        if flag not in gone or (actor.id not in life.reads and life.assignee != actor.id):
            continue
        kind, at = gone[flag]
        noted = any(e.what == DONE and e.actor == actor.id and e.value == at for e in life.history)
        if not noted:
            read_at = life.reads[actor.id].at if actor.id in life.reads else ""
            found.append(Withdrawn(flag, kind, read_at, at))
    return sorted(found, key=lambda w: (w.at, w.flag))


def note(store: Store, actor: Actor, flag: str) -> None:
    """Say that one knows a flag to be withdrawn; :class:`NotFound` for what :func:`withdrawn` does not tell."""
    _may(store, actor)
    for told in withdrawn(store, actor):
        if told.flag == flag:
            _add(store, actor, _lives(store, actor.agency)[flag], what=DONE, value=told.at)
            return
    raise NotFound("error.not_found", id=flag)
