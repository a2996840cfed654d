"""Where a protected person of the case is named outside the list: notes on others, a route's comment, a document."""

from __future__ import annotations

from ingest.scenario import documents, identifiers
from ingest.scenario.people import Person
from ingest.scenario.tables.base import Desk


class Mentions:
    """Chooses the protected person whom this package's free texts name, if it has one, and writes the texts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        people = desk.package.contents.people
        self.person: Person | None = next((p for p, role in people if p.protected and role == p.protected), None)
        self._notes = list(desk.words("note_protected"))
        self._comment_due = self.person is not None

    def note(self) -> str | None:
        """A note that names the person, on one row in twelve until three notes are written; else None."""
        if self.person is None or len(self._notes) < 2 or self._desk.rng.random() >= 0.08:
            return None
        text = self._notes.pop(int(self._desk.rng.random() * len(self._notes)))
        return self._fill(text, self.person)

    def comment(self) -> str | None:
        """The comment on one route that names the person, once; else None."""
        if self.person is None or not self._comment_due:
            return None
        self._comment_due = False
        return self._fill(self._desk.pick(self._desk.words("comment_protected")), self.person)

    def _fill(self, text: str, person: Person) -> str:
        phone = identifiers.phone(person.country, person.phone) if person.phone else "s/d"
        day = "{2:02d}/{1:02d}/{0}".format(*person.born)
        number = documents.identity(person, person.country).text
        if not person.alias:
            text = text.replace(" ({alias})", "").replace("{alias}", "{name}")
        return text.format(name=person.full_name(), alias=person.alias, phone=phone, document=number, born=day)
