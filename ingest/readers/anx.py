"""i2 Analyst's Notebook charts (ANX, chart exchange XML) as one table: a row an entity or a link.

Read only; drawing (positions, fonts, icons) is left out. The chart's own attribute classes follow the fixed columns,
each as ``attr.NAME``; what the rows mean (which type is a person, which a car) is the mapping's business, and a
mapping for usual types is shipped as ``ingest/samples/anx``. There is no published specification: the structure is
that on which four independent programs agree. A grade is a position in the chart's own list of grades, counted from 0;
a chart without that list says nothing by it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree.ElementTree import Element  # noqa: S405  (types only)

from graph.errors import ReaderError
from ingest.limits import Limits
from ingest.readers.base import Options, Row, Table
from ingest.readers.xml import children, elements, first, local

FIXED = (
    "item", "id", "identity", "label", "type", "description", "date", "end_date",
    "grade_one", "grade_two", "grade_three", "source_reference", "source_type",
    "strength", "direction", "end1", "end2", "end1_identity", "end2_identity", "cards",
)  # fmt: skip
GRADES = {"GradeOne": "grade_one", "GradeTwo": "grade_two", "GradeThree": "grade_three"}
ENDS = ("Entity", "Theme", "Event", "Box", "Circle", "TextBlock", "Label", "OLE_OBJECT")
DIRECTIONS = {
    "ArrowNone": "none", "ArrowOnHead": "forward", "ArrowOnTail": "backward", "ArrowOnBoth": "both",
}  # fmt: skip
UNGRADED = frozenset(("", "-"))
NO_DATE = ("1899-12-30", "1899-12-31")  # what i2 writes where a date was never set


@dataclass(slots=True)
class _Chart:
    """What must be known of the chart before its rows can be read."""

    grades: dict[str, list[str]] = field(default_factory=dict)
    strengths: dict[str, str] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, None] = field(default_factory=dict)
    identities: dict[str, str] = field(default_factory=dict)


def read_anx(path: Path, name: str, options: Options) -> Table:
    """Open ``path`` as a chart. A row's number counts the chart's items from 1, since a chart has no lines."""
    chart = _look(path, name, options.limits)
    columns = (*FIXED, *(f"attr.{a}" for a in chart.attributes))
    if len(columns) > options.limits.columns:
        raise ReaderError("ingest.reader.columns", file=name, count=len(columns), limit=options.limits.columns)
    return Table(columns, _rows(path, name, options.limits, chart, columns))


def _look(path: Path, name: str, limits: Limits) -> _Chart:
    chart = _Chart()
    wanted = frozenset((*GRADES, "Strength", "EntityType", "LinkType", "AttributeClass", "ChartItem"))
    for element in elements(path, name, limits, "Chart", wanted):
        tag = local(element)
        if tag in GRADES:
            texts = [s.get("Text", "") for s in children(element, "StringCollection", "String")]
            chart.grades[GRADES[tag]] = texts
        elif tag == "Strength":
            chart.strengths[element.get("Id", "")] = element.get("Name", "")
        elif tag in ("EntityType", "LinkType"):
            chart.types[element.get("Id", "")] = element.get("Name", "")
        elif tag == "AttributeClass":
            chart.classes[element.get("Id", "")] = element.get("Name", "")
        else:
            _look_at_item(chart, element)
    return chart


def _look_at_item(chart: _Chart, item: Element) -> None:
    for attribute in children(item, "AttributeCollection", "Attribute"):
        if attribute_name := _attribute_name(chart, attribute):
            chart.attributes[attribute_name] = None
    end = first(item, "End")
    if end is not None:
        for kind in ENDS:
            if (thing := first(end, kind)) is not None:
                known = _identity(thing, item)
                for key in (thing.get("EntityId", ""), item.get("Id", ""), thing.get(f"{kind}Id", "")):
                    if key:
                        chart.identities.setdefault(key, known)


def _identity(thing: Element, item: Element) -> str:
    return thing.get("Identity", "") or item.get("Label", "") or thing.get("EntityId", "")


def _attribute_name(chart: _Chart, attribute: Element) -> str:
    named = attribute.get("AttributeClass", "") or chart.classes.get(attribute.get("AttributeClassReference", ""), "")
    return " ".join(named.split())


def _rows(path: Path, name: str, limits: Limits, chart: _Chart, columns: tuple[str, ...]) -> Iterator[Row]:
    blank = dict.fromkeys(columns, "")
    for number, item in enumerate(elements(path, name, limits, "Chart", frozenset(("ChartItem",))), 1):
        values = blank | _common(chart, item)
        end, link = first(item, "End"), first(item, "Link")
        if link is not None:
            values |= _link(chart, link)
        elif end is not None:
            values |= _end(chart, item, end)
        else:
            yield Row(number, {"": item.get("Label", "") or item.get("Id", "")}, "readers.reject.anx_item")
            continue
        yield Row(number, {c: v[: limits.cell] for c, v in values.items()})


def _common(chart: _Chart, item: Element) -> dict[str, str]:
    found = {
        "label": item.get("Label", ""),
        "description": item.get("Description", ""),
        "source_reference": item.get("SourceReference", ""),
        "source_type": item.get("SourceType", ""),
        "date": _moment(item, "DateTime"),
        "end_date": _moment(item, "EndDateTime"),
        "cards": "\n".join(filter(None, (_card(chart, c) for c in children(item, "CardCollection", "Card")))),
    }
    found |= {column: _grade(chart, column, item.get(f"{tag}Index", "")) for tag, column in GRADES.items()}
    for attribute in children(item, "AttributeCollection", "Attribute"):
        if attribute_name := _attribute_name(chart, attribute):
            column = f"attr.{attribute_name}"
            found[column] = "; ".join(filter(None, (found.get(column, ""), attribute.get("Value", ""))))
    return found


def _moment(item: Element, attribute: str) -> str:
    """A date that was set; its time only where that was set as well."""
    text = item.get(attribute, "").strip()
    if not text or item.get("DateSet", "true") != "true" or text.startswith(NO_DATE):
        return ""
    return text if item.get("TimeSet", "true") == "true" else text.partition("T")[0]


def _grade(chart: _Chart, column: str, index: str) -> str:
    """The label of a grade without its explanation (``B - usually reliable`` → ``B``); ``#3`` where the list has no
    third entry, so that it is refused and not misread."""
    labels = chart.grades.get(column)
    if labels is None or not index.strip().lstrip("-").isdigit():
        return ""
    at = int(index)
    if at < 0:
        return ""
    if at >= len(labels):
        return f"#{at}"
    label = labels[at].strip()
    return "" if label in UNGRADED else label.split(" - ")[0].split("–")[0].strip()


def _card(chart: _Chart, card: Element) -> str:
    graded = "".join(_grade(chart, GRADES[tag], card.get(f"{tag}Index", "")) for tag in ("GradeOne", "GradeTwo"))
    parts = (
        _moment(card, "DateTime"), card.get("SourceType", ""), card.get("SourceReference", ""), graded,
        card.get("Summary", ""), card.get("Text", "") or (card.text or "").strip(),
    )  # fmt: skip
    return " | ".join(p.strip() for p in parts if p.strip())


def _end(chart: _Chart, item: Element, end: Element) -> dict[str, str]:
    kind, thing = next(((k, t) for k in ENDS if (t := first(end, k)) is not None), ("", None))
    if thing is None:
        return {"item": "other", "id": item.get("Id", "")}
    style = next(
        (s for s in thing.iter() if s.tag.rpartition("}")[2].endswith("Style") and _style_type(chart, s)), None
    )
    return {
        "item": "entity" if kind == "Entity" else kind.lower(),
        "id": thing.get("EntityId", "") or thing.get(f"{kind}Id", "") or item.get("Id", ""),
        "identity": _identity(thing, item),
        "type": _style_type(chart, style) if style is not None else "",
    }


def _style_type(chart: _Chart, style: Element) -> str:
    for attribute in ("Type", "EntityTypeReference", "LinkTypeReference"):
        if value := style.get(attribute, ""):
            return value if attribute == "Type" else chart.types.get(value, value)
    return ""


def _link(chart: _Chart, link: Element) -> dict[str, str]:
    ends = [link.get(f"End{i}Id", "") or link.get(f"End{i}Reference", "") for i in (1, 2)]
    style = first(link, "LinkStyle")
    strength = (style.get("Strength", "") or style.get("StrengthReference", "")) if style is not None else ""
    return {
        "item": "link",
        "id": link.get("LinkId", ""),
        "type": _style_type(chart, style) if style is not None else "",
        "strength": chart.strengths.get(strength, strength),
        "direction": DIRECTIONS.get(style.get("ArrowStyle", ""), "") if style is not None else "",
        "end1": ends[0],
        "end2": ends[1],
        "end1_identity": chart.identities.get(ends[0], ""),
        "end2_identity": chart.identities.get(ends[1], ""),
    }
