"""How long who logged in may stay: a time without a click, and a time in all. Kept in the server's memory.

What the memory does not know (after a restart) counts from the log-in on, so that a restart lengthens nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

IDLE, LONG, ENDED = "login.idle", "login.long", "login.ended"


class Sittings:
    """Open sittings by key: one log-in each, in as many windows as it may have."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[datetime, datetime]] = {}  # key → (begun, last click)
        self._ended: dict[str, tuple[datetime, str]] = {}  # key → (begun, why)
        self._lock = Lock()

    def over(self, key: str, begun: datetime, now: datetime, idle: timedelta, length: timedelta) -> str:
        """Why a sitting is over (a catalogue key), empty while it goes on."""
        with self._lock:
            return self._over(key, begun, now, idle, length)

    def touch(self, key: str, begun: datetime, now: datetime, idle: timedelta, length: timedelta) -> str:
        """Note a click. Why the sitting is over (and stays so), empty while it goes on."""
        with self._lock:
            if why := self._over(key, begun, now, idle, length):
                self._ended.setdefault(key, (begun, why))
                self._last.pop(key, None)
            else:
                self._last[key] = (begun, now)
            old = [k for k, (when, _) in self._last.items() if now - when > length]
            for gone in old:
                del self._last[gone]
            # what is older than a sitting can be is refused for its age, so nobody need remember why it ended
            for gone in [k for k, (when, _) in self._ended.items() if now - when > length]:
                del self._ended[gone]
            return why

    def end(self, key: str, begun: datetime) -> None:
        """Somebody logs out: the sitting is over in every window."""
        with self._lock:
            self._last.pop(key, None)
            self._ended[key] = (begun, ENDED)

    def _over(self, key: str, begun: datetime, now: datetime, idle: timedelta, length: timedelta) -> str:
        if key in self._ended:
            return self._ended[key][1]
        if now - begun > length:
            return LONG
        last = self._last.get(key, (begun, begun))[1]
        return IDLE if now - last > idle else ""
