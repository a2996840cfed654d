"""Who may log in, and local accounts for a laptop: a password for an actor, hashed with Argon2id (RFC 9106).

Guessing is slowed per account and the count is kept in the store: it is raised before a password is looked at, so that
neither a restart nor tries at the same moment give more of them. Whatever is wrong – no such account, a wrong password,
an account that waits – is told in one sentence and takes as long.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from graph.access import READING_ROLES, Actor
from graph.errors import AccessDenied, InputError
from graph.login_change import set_entry
from graph.pending import Pending

if TYPE_CHECKING:
    from graph.store.base import Store

KIND, TRIES = "account", "account_tries"
LOGINS = "login"
SHORTEST, LONGEST = 15, 256  # characters; NIST SP 800-63B-4, section 3.1.1.2, for a password that stands alone
FREE_TRIES = 5
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=24)
MANAGERS = frozenset({"steward", "coordinator"})

_hasher = PasswordHasher()  # Argon2id with the parameters that RFC 9106 recommends second (64 MiB, 3 passes)
_one_at_a_time = Lock()  # a try takes 64 MiB, and two of them must not read one count


@cache
def _nobodys() -> str:
    """A hash for names that have no account, so that these take as long."""
    return _hasher.hash("nobody has this password")


def may_manage(store: Store, by: Actor, target: Actor, own: bool = True) -> None:
    """Refuse unless ``by`` may say how ``target`` logs in. Raises :class:`AccessDenied`.

    A steward or coordinator may for its agency's people who are no operators, and (``own``) everybody for itself. An
    operator may for those who read no cases, and for an agency of which no steward or coordinator can log in yet: else
    it could let itself in as one.
    """
    if by.everything or (own and by.id == target.id):
        return
    if by.agency == target.agency and by.roles & MANAGERS and not target.has("operator"):
        return
    if by.has("operator") and (not target.roles & READING_ROLES or not _managed(store, target.agency)):
        return
    raise AccessDenied("login.not_yours")


def _managed(store: Store, agency: str) -> bool:
    """Whether a steward or coordinator of the agency can log in."""
    able = set(store.kept(KIND)) | {str(body["actor"]) for body in store.kept(LOGINS).values()}
    return any(a.agency == agency and a.roles & MANAGERS and a.id in able for a in store.actors())


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


def set_password(store: Store, by: Actor, actor_id: str, password: str) -> Pending | None:
    """Give an actor a local account, or another password; its open sessions end. The account waits no longer.

    The proposal, where a second person must agree (:mod:`graph.login_change`). Raises :class:`AccessDenied` where
    ``by`` may not, :class:`InputError` for a password that is no good.
    """
    target = store.actor(actor_id)
    may_manage(store, by, target)
    password = _normal(password)
    if not SHORTEST <= len(password) <= LONGEST or len(set(password)) < 5 or actor_id.casefold() in password.casefold():
        raise InputError("login.bad_password", least=SHORTEST, most=LONGEST)
    at = store.clock().isoformat(timespec="microseconds")
    entry = {"hash": _hasher.hash(password), "by": by.id, "at": at}
    return set_entry(store, by, target, "account", KIND, {actor_id: entry})


def drop_account(store: Store, by: Actor, actor_id: str) -> None:
    """Take an actor's local account away; its open sessions end."""
    target = store.actor(actor_id)
    may_manage(store, by, target)
    store.audit.changes.append(what="admin account end", actor=by.id, agency=target.agency, subject=actor_id)
    store.keep(KIND, {actor_id: None})


def exist(store: Store) -> bool:
    """Whether the store has any local account."""
    return bool(store.kept(KIND))


def known(store: Store, actor_id: str) -> str:
    """``actor_id`` where it has an account, else nothing: whatever else was typed may be a password."""
    return actor_id if actor_id in store.kept(KIND) else ""


def stand(store: Store, actor_id: str) -> str:
    """When the account's password was set, empty for no account: a session made with a former one has ended."""
    return str(store.kept(KIND).get(actor_id, {}).get("at", ""))


def wait_after(failures: int) -> timedelta:
    """How long an account waits after so many wrong passwords in a row: none, then 1, 2, 4 … minutes, a day at most."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(LONGEST_WAIT, FIRST_WAIT * (1 << min(failures - FREE_TRIES, 20)))


def check(store: Store, actor_id: str, password: str) -> Actor:
    """The actor whose password this is; :class:`AccessDenied` for anything else, without saying which."""
    with _one_at_a_time:
        account, tries = store.kept(KIND).get(actor_id), store.kept(TRIES).get(actor_id, {})
        if account and tries.get("of") != account["at"]:
            tries = {}  # a password that was set since waits no longer
        now = store.clock()
        waits = bool(tries.get("until")) and now < datetime.fromisoformat(tries["until"])
        if account and not waits:
            failures = int(tries.get("failures", 0)) + 1
            until = (now + wait_after(failures)).isoformat(timespec="microseconds")
            store.keep(TRIES, {actor_id: {"failures": failures, "until": until, "of": account["at"]}})
        right = _verify(str(account["hash"]) if account else _nobodys(), _normal(password[: LONGEST + 1]))
        if not account or waits or not right:
            raise AccessDenied("login.refused")
        store.keep(TRIES, {actor_id: None})
        _renew(store, actor_id, account, password)
    return store.actor(actor_id)


def _verify(kept: str, password: str) -> bool:
    try:
        return _hasher.verify(kept, password)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


def _renew(store: Store, actor_id: str, account: dict[str, Any], password: str) -> None:
    """Hash anew what was hashed with weaker parameters than today's."""
    if _hasher.check_needs_rehash(str(account["hash"])):
        store.keep(KIND, {actor_id: {**account, "hash": _hasher.hash(_normal(password))}})
