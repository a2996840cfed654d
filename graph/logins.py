"""Which actor a person is whom an OpenID Connect provider vouches for: (issuer, subject) or a verified e-mail address.

A provider's token says who somebody is and nothing of what they may do: roles come from the store, at every run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from graph.access import Actor
from graph.accounts import LOGINS, may_manage
from graph.errors import AccessDenied, InputError
from graph.login_change import set_entry
from graph.pending import Pending

if TYPE_CHECKING:
    from graph.store.base import Store

FUTURE = timedelta(minutes=1)  # how far the provider's clock may be ahead of ours


def _key(issuer: str, kind: str, value: str) -> str:
    return hashlib.sha256("\0".join((issuer, kind, value)).encode()).hexdigest()


def add(store: Store, by: Actor, actor_id: str, issuer: str, subject: str = "", email: str = "") -> Pending | None:
    """Let the person that ``issuer`` calls ``subject`` (or whose address it has verified) be this actor.

    The proposal, where a second person must agree (:mod:`graph.login_change`). Raises :class:`AccessDenied` where
    ``by`` may not, :class:`InputError` unless exactly one of the two is given or where that person is
    somebody else already.
    """
    target = store.actor(actor_id)
    may_manage(store, by, target, own=False)
    issuer, subject, email = issuer.strip().rstrip("/"), subject.strip(), email.strip().casefold()
    if not issuer or bool(subject) == bool(email):
        raise InputError("login.one_of")
    kind, value = ("sub", subject) if subject else ("email", email)
    key = _key(issuer, kind, value)
    if store.kept(LOGINS).get(key, {"actor": actor_id})["actor"] != actor_id:
        raise InputError("login.taken", value=value)
    at = store.clock().isoformat(timespec="seconds")
    entry = {"actor": actor_id, "issuer": issuer, kind: value, "by": by.id, "at": at}
    return set_entry(store, by, target, "login", LOGINS, {key: entry}, issuer=issuer)


def end(store: Store, by: Actor, actor_id: str) -> int:
    """Take every log-in of an actor away; how many there were."""
    target = store.actor(actor_id)
    may_manage(store, by, target, own=False)
    gone: dict[str, None] = {key: None for key, body in store.kept(LOGINS).items() if body["actor"] == actor_id}
    store.audit.changes.append(what="admin login end", actor=by.id, agency=target.agency, subject=actor_id)
    store.keep(LOGINS, gone)
    return len(gone)


def checked(claims: Mapping[str, Any], issuer: str, client: str, now: datetime) -> datetime:
    """When a token was issued; :class:`AccessDenied` unless it is the issuer's, for us, and in force at ``now``.

    OpenID Connect Core 1.0, section 3.1.3.7, without any leeway at the end. The signature was checked when it came.
    """
    if not issuer or str(claims.get("iss", "")).rstrip("/") != issuer or not claims.get("sub"):
        raise AccessDenied("login.issuer")
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if not client or client not in named or claims.get("azp", client) != client:
        raise AccessDenied("login.audience")
    issued, expires = _moment(claims.get("iat"), now), _moment(claims.get("exp"), now)
    begins = _moment(claims["nbf"], now) if "nbf" in claims else issued
    if issued is None or expires is None or begins is None or now >= expires or max(issued, begins) > now + FUTURE:
        raise AccessDenied("login.expired")
    return issued


def _moment(value: Any, now: datetime) -> datetime | None:
    """A NumericDate; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(value, now.tzinfo)
    except (OverflowError, OSError, ValueError):
        return None


def actor_of(store: Store, claims: Mapping[str, Any]) -> Actor:
    """The actor that these checked claims name; :class:`AccessDenied` for whom nobody let in, or who is locked."""
    known, issuer = store.kept(LOGINS), str(claims["iss"]).rstrip("/")
    found = known.get(_key(issuer, "sub", str(claims["sub"])))
    if found is None and claims.get("email_verified") is True and claims.get("email"):
        found = known.get(_key(issuer, "email", str(claims["email"]).strip().casefold()))
    if found is None:
        raise AccessDenied("login.stranger")
    return store.actor(str(found["actor"]))
