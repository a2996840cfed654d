"""A table as it was understood → the draft mapping: queries, their filters, their entities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from graph.model import link_types, model
from ingest.mapping import is_form
from ingest.normalise.countries import iso2
from ingest.normalise.text import fold
from ingest.propose.columns import Sheet
from ingest.propose.match import SUBJECT, Match, Slot
from ingest.propose.parties import FULL, LITERALS, Entity, Parties, Rows
from ingest.propose.sources import Sources
from ingest.propose.vocabulary import vocabulary

MOST_QUERIES = 24
BLANK = ""
NUMBERED, UNNUMBERED = "numbered", "unnumbered"

Query = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """A column that decides what a row is: value → class (by itself, where it is nothing known)."""

    column: str
    side: str
    what: str  # kind | by | number | paper
    classes: Mapping[str, str]

    def of(self, row: Mapping[str, str]) -> str:
        """The class of a row."""
        value = row[self.column].strip()
        if self.what == "number":
            return NUMBERED if value else UNNUMBERED
        return self.classes.get(fold(value), BLANK)


@dataclass(slots=True)
class Draft:
    """The queries of one table, and what a person must look at (keys of ``graph/locale/propose.yaml``)."""

    queries: list[Query] = field(default_factory=list)
    warnings: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def warn(self, key: str, **params: str) -> None:
        """Note something once."""
        if (key, params) not in self.warnings:
            self.warnings.append((key, params))


class Drafter:
    """Makes the queries of one table that was matched."""

    def __init__(self, sheet: Sheet, match: Match, sources: Sources) -> None:
        self._sheet, self._match, self._sources = sheet, match, sources
        self._frame = vocabulary().frames[match.frame]
        self._parties = Parties(sheet, match, sources)
        self._draft = Draft()

    def draft(self) -> Draft:
        """All queries of the table."""
        if "papers" in self._frame:
            self._draft.queries = list(self._papers())
            return self._draft
        axes = self._axes()
        for classes, rows in self._groups(axes):
            entities = self._entities(dict(zip(axes, classes, strict=True)), rows)
            if entities:
                query: Query = {}
                self._filter(query, axes, classes, rows)
                self._draft.queries.append({**query, "entities": entities})
        return self._draft

    # which rows are alike

    def _axes(self) -> tuple[Axis, ...]:
        classes, found = vocabulary().classes, []
        for side in self._sides():
            if column := self._match.first(Slot("kind", side)):
                found.append(Axis(column, side, "kind", classes["kind"]))
        for entity in self._frame.get("entities", {}).values():
            by = entity.get("by", "")
            if by and (column := self._match.first(Slot.of(by))):
                found.append(Axis(column, "", "by", classes[by]))
        subject = self._subject_side()
        if subject is not None and not self._parties.filled(subject, "id"):
            for column in self._parties.filled(subject, "doc", "tax"):
                if 0.02 < self._sheet.fullness(column) < 0.98:
                    found.append(Axis(column, subject, "number", {}))
                    break
        return tuple(found)

    def _groups(self, axes: Sequence[Axis]) -> Iterator[tuple[tuple[str, ...], Rows]]:
        if not axes or not self._sheet.rows:
            yield tuple(NUMBERED if a.what == "number" else BLANK for a in axes), self._sheet.rows
            return
        groups: dict[tuple[str, ...], list[Mapping[str, str]]] = {}
        for row in self._sheet.rows:
            groups.setdefault(tuple(a.of(row) for a in axes), []).append(row)
        counts = Counter({key: len(rows) for key, rows in groups.items()})
        kept = [key for key, _ in counts.most_common(MOST_QUERIES)]
        if len(kept) < len(groups):
            self._draft.warn("propose.warn.groups", count=str(len(groups) - len(kept)))
        for key in sorted(kept, reverse=True):
            yield key, groups[key]

    def _filter(self, query: Query, axes: Sequence[Axis], classes: Sequence[str], rows: Rows) -> None:
        """Only rows of these classes. What is otherwise is said by what it is not, so that new words fall there."""
        for axis, name in zip(axes, classes, strict=True):
            if axis.what == "number":
                query.setdefault("filters" if name == UNNUMBERED else "filters_not", {})[axis.column] = [""]
                continue
            known = {r[axis.column].strip() for r in self._sheet.rows if axis.of(r)}
            if axis.what == "by" and not name and known:
                query.setdefault("filters_not", {})[axis.column] = sorted(known)
            else:
                query.setdefault("filters", {})[axis.column] = sorted({r[axis.column].strip() for r in rows})

    # what a row makes

    def _sides(self) -> list[str]:
        """Sides at which a person or company stands."""
        entities = self._frame.get("entities", {}).values()
        subject = self._subject_side()
        return [*([] if subject is None else [subject]), *(e["side"] for e in entities if "side" in e)]

    def _subject_side(self) -> str | None:
        subject = self._frame.get("subject")
        return subject.get("side", SUBJECT) if subject else None

    def _entities(self, classes: Mapping[Axis, str], rows: Rows) -> dict[str, Entity]:
        found: dict[str, Entity] = {}
        alias_of: dict[str, str] = {}  # side → alias
        kinds = {axis.side: name for axis, name in classes.items() if axis.what == "kind"}
        by = next((name for axis, name in classes.items() if axis.what == "by"), None)
        side = self._subject_side()
        if side is not None:
            subject = self._frame["subject"]
            if made := self._party(side, subject["schema"], subject["literal"], kinds, rows, ()):
                alias = made["key_literal"]
                alias_of[side], found[alias] = alias, made
                for prop, slot in self._frame.get("also", {}).items():
                    if source := self._sources.of(slot, made["schema"], prop):
                        made.setdefault("properties", {})[prop] = source
        for alias, spec in self._frame.get("entities", {}).items():
            if "side" in spec:
                if made := self._party(
                    spec["side"], spec["schema"], spec["literal"], kinds, rows, spec.get("else", ())
                ):
                    alias_of[spec["side"]], found[alias] = alias, made
        for alias, spec in self._frame.get("entities", {}).items():
            if "side" not in spec and (made := self._thing(spec, by, found, alias_of, rows)):
                found[alias] = made
        self._others(found, alias_of.get(SUBJECT, ""), rows)
        self._attached(found, alias_of.get(SUBJECT, ""), rows)
        return _whole(found)

    def _party(
        self, side: str, schema: str, literal: str, kinds: Mapping[str, str], rows: Rows, otherwise: Sequence[str]
    ) -> Entity | None:
        said = kinds.get(side)
        schema = (said or "LegalEntity") if said is not None else self._parties.class_of(side, schema)
        keys, number = self._parties.keys(side, rows)
        instead = [c for slot in otherwise if (c := self._match.first(Slot(slot, side)))]
        if not number and instead and all(self._sheet.fullness(c, rows) >= FULL for c in instead):
            # an account tells its holder from others of the name
            return self._parties.entity(side, schema, instead, LITERALS["LegalEntity"])
        if not keys:
            return None
        if not number:
            self._draft.warn("propose.warn.by_name", columns=", ".join(keys))
        same = schema in ("Person", "LegalEntity") and literal not in LITERALS.values()
        return self._parties.entity(side, schema, keys, literal if same or schema not in LITERALS else LITERALS[schema])

    def _keys(
        self, texts: Sequence[str], found: Mapping[str, Entity], alias_of: Mapping[str, str], rows: Rows
    ) -> list[str]:
        """Columns of a key, each a slot or somebody's own key; empty where one that is no option (``*``) is missing."""
        keys: list[str] = []
        for text in texts:
            name, option = text.removesuffix("*"), text.endswith("*")
            entity = found.get(alias_of.get(name, name))
            columns = entity["keys"] if entity else [c for c in (self._match.first(Slot.of(name)),) if c]
            if option and any(self._sheet.fullness(c, rows) < 0.999 for c in columns):
                continue
            if not columns and not option:
                return []
            keys += [c for c in columns if c not in keys]
        return keys

    def _thing(
        self,
        spec: Mapping[str, Any],
        by: str | None,
        found: Mapping[str, Entity],
        alias_of: Mapping[str, str],
        rows: Rows,
    ) -> Entity | None:
        schema = spec["schema"] if by is None or by == spec["schema"] else by or spec["otherwise"]
        keys = self._keys(spec["keys"], found, alias_of, rows)
        keys = keys or self._keys(spec.get("or", ()), found, alias_of, rows)
        if not keys:
            return None
        made: Entity = {"schema": schema, "key_literal": spec["literal"], "keys": keys}
        properties: dict[str, Any] = {}
        for prop, text in spec["properties"].items():
            if prop not in model()[schema].properties:
                continue
            if isinstance(text, str) and text.startswith("@"):
                alias = alias_of.get(text[1:], text[1:])
                source = {"entity": alias} if alias in found else None
            elif isinstance(text, list):
                source = self._sources.joined(text, schema, prop)
            else:
                source = self._sources.of(text, schema, prop)
            if source:
                properties[prop] = source
        return made | ({"properties": properties} if properties else {})

    def _others(self, found: dict[str, Entity], subject: str, rows: Rows) -> None:
        """Whom a row names besides its subject, with a role in the case or a tie to the subject."""
        for name in self._frame.get("others", ()):
            other = vocabulary().others[name]
            keys, number = self._parties.keys(name, rows)
            if not keys:
                continue
            if not number:
                self._draft.warn("propose.warn.by_name", columns=", ".join(keys))
            schema = other.get("schema") or self._parties.class_of(name, "Person")
            found[name] = self._parties.entity(name, schema, keys)
            if "role" in other and schema == "Person":
                found[name]["role"] = other["role"]
            if subject and (link := other.get("link")):
                first, second = link["ends"]
                ends = (name, subject) if link.get("company_is") == "subject" else (subject, name)
                made: Entity = {
                    "schema": link["schema"],
                    "key_literal": link["literal"],
                    "keys": list(dict.fromkeys([*found[subject]["keys"], *keys])),
                    "properties": {first: {"entity": ends[0]}, second: {"entity": ends[1]}},
                }
                if says := link.get("says"):
                    made["properties"]["relationship"] = {"literal": says}
                found[f"{link['literal']}_{name}"] = made

    def _attached(self, found: dict[str, Entity], subject: str, rows: Rows) -> None:
        """Things of the subject that its row holds."""
        for name in self._frame.get("attached", ()):
            thing = vocabulary().attached[name]
            if not subject or not self._match.first(Slot(thing["needs"])):
                continue
            spec = {
                **thing,
                "properties": {p: f"@{subject}" if s == "@" else s for p, s in thing["properties"].items()},
            }
            made = self._thing(spec, None, found, {}, rows)
            if not made:
                continue
            found[thing["literal"]] = made
            if link := thing.get("link"):
                first, second = link["ends"]
                found[link["literal"]] = {
                    "schema": link["schema"],
                    "key_literal": link["literal"],
                    "keys": list(dict.fromkeys([*found[subject]["keys"], *made["keys"]])),
                    "properties": {first: {"entity": subject}, second: {"entity": thing["literal"]}},
                }

    def _papers(self) -> Iterator[Query]:
        """One query for each country and type of identity papers: a number's form follows from both."""
        spec, match = self._frame["papers"], self._match
        kind, country, number = (match.first(Slot(spec[part])) for part in ("type", "country", "number"))
        keys, _ = self._parties.keys(SUBJECT, self._sheet.rows)
        seen = {(r[kind].strip() if kind else "", r[country].strip() if country else "") for r in self._sheet.rows}
        for said, where in sorted(seen):
            form = paper_form(said, iso2(where) or self._sources.country)
            prop = "passportNumber" if form.endswith(".passport") else "idNumber"
            source = {"column": number} | ({"country": form[:2].upper(), "form": form} if form else {})
            if not form and (code := iso2(where) or self._sources.country):
                source["country"] = code.upper()
            filters = {c: [v] for c, v in ((kind, said), (country, where)) if c}
            subject = self._frame["subject"]
            entity: Entity = {"schema": subject["schema"], "key_literal": subject["literal"], "keys": keys}
            yield {"filters": filters, "entities": {subject["literal"]: {**entity, "properties": {prop: source}}}}


def paper_form(said: str, country: str) -> str:
    """The form of a document that a cell names (``DNI``, ``pasaporte``) in a country; empty where it is not known."""
    home = f"{country.lower()}."
    words = fold(said).split()
    if country and {"pasaporte", "passaporte", "passport", "pas"} & set(words):
        return f"{home}passport"
    table = vocabulary().documents
    named = [form for w in words if w in table for form in table[w]["forms"]]
    exact = [f"{home}{w}" for w in words if country and is_form(f"{home}{w}")]
    return next(chain(exact, (f for f in named if f.startswith(home))), named[0] if len(named) == 1 else "")


def _whole(found: dict[str, Entity]) -> dict[str, Entity]:
    """Entities without those links an end of which is not there."""
    kept = {}
    for alias, entity in found.items():
        edge = link_types().get(entity["schema"])
        properties = entity.get("properties", {})
        if edge and not {edge.source, edge.target} <= set(properties):
            continue
        kept[alias] = entity
    return kept
