"""STIX 2.1 bundles: what has a place in a criminal case, and a list of what does not, as rejects by type.

Identities, threat actors, campaigns, places and accounts become records, relationships between two of them links;
malware, indicators, patterns and network traffic have no place here and are rejected one by one. Markings become
handling codes, on the whole object or on the single property that a granular marking selects; a marking that is not
known counts as the strictest. Confidence (0–100) becomes the Admiralty credibility of STIX 2.1, appendix A.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from graph.delivery import Reject
from ingest.cleaners import Hints
from ingest.context import Context, Outcome
from ingest.evaluation import evaluation_code, union_handling
from ingest.readers.json_file import json_items, json_text, plain_text
from ingest.readers.layouts import layout
from ingest.readers.saying import Saying

if TYPE_CHECKING:
    from ingest.manifest import SourceSpec
    from ingest.package import Package

STRICTEST = "H2"
HINTS = Hints("")
KEPT = 4000  # characters of an object's text in a reject


def read_stix(package: Package, spec: SourceSpec, context: Context) -> Iterator[Outcome]:
    """Outcomes of a bundle, one an object; a row's number is the line on which the object begins."""
    member = package.member(spec.file)
    text = json_text(member.path, member.name, package.limits)
    bundle = _Bundle(context, member.name)
    for _, item in json_items(text, member.name):
        bundle.look(item)
    for number, item in json_items(text, member.name):
        yield bundle.outcome(number, item)


class _Bundle:
    """What must be known of all objects before one can be read: which have a place, and what the markings say."""

    def __init__(self, context: Context, document: str) -> None:
        table = layout("stix")
        self._types: Mapping[str, Any] = table["types"]
        self._table = table
        self._context, self._document = context, document
        self._placed: set[str] = set()
        self._markings = {id: table["tlp"][tlp] for id, tlp in table["markings"].items()}

    def look(self, item: Any) -> None:
        """Take an object into account before any is read."""
        kind = item.get("type") if isinstance(item, dict) else None
        if not isinstance(kind, str) or not isinstance(item.get("id"), str):
            return
        if kind == "marking-definition":
            self._markings.setdefault(item["id"], self._marking(item))
        elif kind in self._types and _text(item.get("name") or item.get("display_name") or item["id"]):
            self._placed.add(item["id"])

    def _marking(self, item: dict[str, Any]) -> str:
        """Handling code of a marking: TLP by its colour, a statement none, anything else the strictest."""
        definition = item.get("definition")
        if item.get("definition_type") == "statement":
            return ""
        colour = definition.get("tlp") if isinstance(definition, dict) else item.get("name", "")
        return str(self._table["tlp"].get(str(colour).lower().removeprefix("tlp:"), STRICTEST))

    def outcome(self, number: int, item: Any) -> Outcome:
        """What became of an object."""
        kind = item.get("type") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(kind, str) or not isinstance(item.get("id"), str):
            return self._whole(number, item, "readers.reject.stix_object")
        if kind == "relationship":
            return self._relationship(number, item)
        if kind == "marking-definition":
            return self._whole(number, item, "readers.reject.stix_marking")
        if kind not in self._types:
            return self._whole(number, item, "readers.reject.stix_type", kind=kind[:60])
        return self._thing(number, item, self._types[kind])

    def _whole(self, number: int, item: Any, reason: str, **params: str) -> Outcome:
        text = plain_text(json.dumps(item, ensure_ascii=False))[:KEPT]
        return Outcome(number, [], [Reject(self._document, number, "", text, reason, params, True)])

    def _saying(self, number: int, item: dict[str, Any], schema: str, rejects: list[Reject]) -> Saying:
        refs = item.get("object_marking_refs")
        codes = [self._code(ref) for ref in refs] if isinstance(refs, list) else []
        handling = union_handling(self._context.manifest.handling, *codes)
        id = self._context.record("stix", plain_text(item["id"]))
        evaluation = _evaluation(item.get("confidence")) or None
        return Saying(
            self._context, self._document, number, schema, id, rejects, evaluation=evaluation, handling=handling
        )

    def _code(self, ref: Any) -> str:
        return self._markings.get(ref, STRICTEST) if isinstance(ref, str) else STRICTEST

    def _thing(self, number: int, item: dict[str, Any], rule: Mapping[str, Any]) -> Outcome:
        schema = rule["schema"]
        for field, schemata in rule.get("by", {}).items():
            value = item.get(field)
            schema = schemata.get(value, schema) if isinstance(value, str) else schema
        rejects: list[Reject] = []
        record = self._saying(number, item, schema, rejects)
        single = self._granular(item)
        base = record.handling
        for field, prop in {**rule["props"], **self._table["created"]}.items():
            self._say(record, field, prop, item.get(field), single, base)
        for topic in rule.get("topics", ()):
            record.say("topics", topic, HINTS)
        known = {*rule["props"], *self._table["structural"]}
        for field, value in item.items():
            if field not in known:
                codes = union_handling(base, *(c for s, c in single.items() if _selects(s, field, None)))
                record.say("notes", f"{plain_text(field)}: {_text(value)}", HINTS, column=field, handling=codes)
        if not any(s.prop in ("name", "username", "city", "country", "full", "latitude") for s in record.statements):
            return self._whole(number, item, "ingest.reject.nothing")
        return Outcome(number, [record.delivered()], rejects)

    def _say(self, record: Saying, field: str, prop: str, value: Any, single: Mapping[str, str], base: str) -> None:
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            text = _text(each)
            if not text:
                continue
            at = index if isinstance(value, list) else None
            codes = union_handling(base, *(c for s, c in single.items() if _selects(s, field, at)))
            if prop == "email" and "@" not in text:
                record.say("notes", f"{field}: {text}", HINTS, column=field, handling=codes)
            else:
                record.say(prop, text, HINTS, column=field, handling=codes)

    def _granular(self, item: dict[str, Any]) -> dict[str, str]:
        """Selector → handling code, of the granular markings that restrict anything."""
        found: dict[str, str] = {}
        entries = item.get("granular_markings")
        for entry in entries if isinstance(entries, list) else ():
            if not isinstance(entry, dict) or "marking_ref" not in entry:
                continue
            code = self._code(entry["marking_ref"])
            selectors = entry.get("selectors")
            for selector in selectors if code and isinstance(selectors, list) else ():
                found[str(selector)] = union_handling(found.get(str(selector), ""), code)
        return found

    def _relationship(self, number: int, item: dict[str, Any]) -> Outcome:
        ends = item.get("source_ref"), item.get("target_ref")
        if not all(isinstance(e, str) and e in self._placed for e in ends):
            kinds = ", ".join(str(e).partition("--")[0][:40] for e in ends)
            return self._whole(number, item, "readers.reject.stix_end", kind=kinds)
        rejects: list[Reject] = []
        link = self._saying(number, item, "UnknownLink", rejects)
        for prop, end in zip(("subject", "object"), ends, strict=True):
            link.refer(prop, self._context.record("stix", plain_text(str(end))), plain_text(str(end)))
        link.say("role", _text(item.get("relationship_type")), HINTS)
        single = self._granular(item)
        for field, prop in self._table["link"]["props"].items():
            self._say(link, field, prop, item.get(field), single, link.handling)
        return Outcome(number, [link.delivered()], rejects)


def _selects(selector: str, field: str, index: int | None) -> bool:
    """Whether a selector names the field, the element of its list, or something inside it. What is kept as one text
    carries the marking of any of its parts."""
    head, _, rest = selector.partition(".")
    if head != field:
        return False
    return not rest or index is None or rest.startswith(f"[{index}]")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return plain_text(value)
    return plain_text(json.dumps(value, ensure_ascii=False))


def _evaluation(confidence: Any) -> str:
    """Admiralty credibility of a confidence: 80–100 is 1 (confirmed), …, 0–19 is 5 (improbable). Of the source it says
    nothing (F)."""
    if isinstance(confidence, bool) or not isinstance(confidence, int) or not 0 <= confidence <= 100:
        return ""
    return evaluation_code("admiralty", "F", str(5 - min(confidence // 20, 4)))
